/* Rows of the vocabulary that are read from the model's file have the bits of those in memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "memory.h"
#include "rows.h"
#include "synthetic.h"

enum { VOCAB = 2600 /* more than twice what is kept */, PROMPT = 20, AHEAD = 4096 /* bytes before the tensors */ };

static const tern_config shape = {.n_layers = 1,
                                  .d_model = 70,
                                  .d_ff = 40,
                                  .n_heads = 2,
                                  .n_kv_heads = 1,
                                  .head_dim = 8,
                                  .n_vocab = VOCAB,
                                  .max_context = 64,
                                  .activation = TERN_ACT_RELU2,
                                  .rope_theta = 10000.0f,
                                  .norm_eps = 1e-5f};

/* A model whose vocabulary lies in a mapped file. */
typedef struct {
    synthetic made;
    FILE *file;
    uint8_t *mapped;
    size_t size;
    tern_tensor *tensors;
} fixture;

static int is_vocabulary(const char *name)
{
    return strncmp(name, "embed", 5) == 0 || strncmp(name, "head", 4) == 0;
}

static void make(fixture *f, uint32_t dtype, uint32_t untied)
{
    CHECK_EQUAL(synthetic_create(&f->made, &shape, (synthetic_options){dtype, untied, 5}), 0);
    f->file = tmpfile();
    f->tensors = malloc(f->made.n_tensors * sizeof *f->tensors);
    memcpy(f->tensors, f->made.tensors, f->made.n_tensors * sizeof *f->tensors);
    f->size = AHEAD;
    for (size_t i = 0; i < f->made.n_tensors; i++) {
        if (is_vocabulary(f->tensors[i].name)) {
            CHECK(pwrite(fileno(f->file), f->tensors[i].data, f->tensors[i].size, (off_t)f->size) ==
                  (ssize_t)f->tensors[i].size);
            f->size += f->tensors[i].size;
        }
    }
    f->mapped = mmap(NULL, f->size, PROT_READ, MAP_PRIVATE, fileno(f->file), 0);
    CHECK(f->mapped != MAP_FAILED);
    size_t at = AHEAD;
    for (size_t i = 0; i < f->made.n_tensors; i++) {
        if (is_vocabulary(f->tensors[i].name)) {
            f->tensors[i].data = f->mapped + at;
            at += f->tensors[i].size;
        }
    }
}

static void drop(fixture *f)
{
    munmap(f->mapped, f->size);
    fclose(f->file);
    free(f->tensors);
    synthetic_free(&f->made);
}

static tern_model *open_model(const fixture *f)
{
    tern_model *model = NULL;
    char why[200] = "";
    CHECK_EQUAL(tern_model_open(&model, &f->made.config, f->tensors, f->made.n_tensors, UINT32_MAX, 0, why, sizeof why),
                TERN_OK);
    return model;
}

static tern_session *open_session(const tern_model *model)
{
    tern_session *s = NULL;
    CHECK_EQUAL(tern_session_create(&s, model, 64, 2, TERN_KV_INT8, NULL, 0), TERN_OK);
    return s;
}

static void test_same_bits(uint32_t dtype, uint32_t untied)
{
    fixture f;
    make(&f, dtype, untied);
    tern_model *in_memory = open_model(&f), *in_file = open_model(&f);
    CHECK_EQUAL(tern_model_read_rows(in_file, fileno(f.file), f.mapped, f.size), TERN_OK);
    CHECK_EQUAL(tern_model_read_rows(in_file, fileno(f.file), f.mapped, f.size), TERN_E_ARG); /* once */
    tern_session *a = open_session(in_memory), *b = open_session(in_file);
    static float wanted[VOCAB], got[VOCAB];
    static int32_t ids[VOCAB];
    test_random random = {dtype + untied};
    for (int round = 0; round < 8; round++) {
        int32_t tokens[PROMPT];
        for (size_t i = 0; i < PROMPT; i++) {
            tokens[i] = (int32_t)random_below(&random, VOCAB);
        }
        CHECK_EQUAL(tern_session_sync(a, tokens, PROMPT, NULL), TERN_OK);
        CHECK_EQUAL(tern_session_sync(b, tokens, PROMPT, NULL), TERN_OK);
        size_t n = round == 7 ? TERN_KEPT_ROWS + 1 : round == 6 ? TERN_KEPT_ROWS : 10 + random_below(&random, 900);
        for (size_t i = 0; i < n; i++) {
            ids[i] = (int32_t)random_below(&random, VOCAB); /* some of them twice */
        }
        CHECK_EQUAL(tern_session_logits(a, ids, (uint32_t)n, wanted), TERN_OK);
        CHECK_EQUAL(tern_session_logits(b, ids, (uint32_t)n, got), TERN_OK);
        CHECK(memcmp(got, wanted, n * sizeof *got) == 0);
        CHECK_EQUAL(tern_session_logits(a, NULL, VOCAB, wanted), TERN_OK);
        CHECK_EQUAL(tern_session_logits(b, NULL, VOCAB, got), TERN_OK);
        CHECK(memcmp(got, wanted, sizeof got) == 0);
    }
    tern_session_free(a);
    tern_session_free(b);
    tern_model_close(in_memory);
    tern_model_close(in_file);
    drop(&f);
}

/* A file that ends too early, and one that is none. */
static void test_broken_files(void)
{
    fixture f;
    make(&f, TERN_I8, 0);
    FILE *cut = tmpfile();
    int32_t first = 0, last = VOCAB - 1;
    float logit;
    CHECK(ftruncate(fileno(cut), (off_t)f.size / 2) == 0);
    tern_model *model = open_model(&f);
    CHECK_EQUAL(tern_model_read_rows(NULL, fileno(cut), f.mapped, f.size), TERN_E_ARG);
    CHECK_EQUAL(tern_model_read_rows(model, fileno(cut), NULL, f.size), TERN_E_ARG);
    CHECK_EQUAL(tern_model_read_rows(model, fileno(cut), f.mapped, f.size - 1), TERN_E_ARG);
    CHECK_EQUAL(tern_model_read_rows(model, fileno(cut), f.mapped + AHEAD + 1, f.size), TERN_E_ARG);
    CHECK_EQUAL(tern_model_read_rows(model, -1, f.mapped, f.size), TERN_E_FILE);
    CHECK_EQUAL(tern_model_read_rows(model, fileno(cut), f.mapped, f.size), TERN_OK);
    fclose(cut); /* the model has its own descriptor */
    tern_session *s = open_session(model);
    CHECK_EQUAL(tern_session_append(s, &last, 1), TERN_E_FILE);
    CHECK_EQUAL(tern_session_length(s), 0);
    /* The scale of every row lies behind the end, too. */
    CHECK_EQUAL(tern_session_append(s, &first, 1), TERN_E_FILE);
    CHECK_EQUAL(tern_session_append(s, &first, 1), TERN_E_FILE);
    CHECK_EQUAL(tern_session_logits(s, &last, 1, &logit), TERN_E_STATE);
    tern_session_free(s);
    tern_model_close(model);
    drop(&f);
}

static void test_without_memory(void)
{
    fixture f;
    make(&f, TERN_I4, 1);
    tern_model *model = open_model(&f);
    CHECK_EQUAL(tern_model_read_rows(model, fileno(f.file), f.mapped, f.size), TERN_OK);
    int status = TERN_E_MEMORY;
    long k = 0;
    while (status == TERN_E_MEMORY || status == TERN_E_THREAD) {
        tern_session *s = NULL;
        tern_test_fail(++k);
        status = tern_session_create(&s, model, 16, 2, TERN_KV_F16, NULL, 0);
        CHECK((s == NULL) == (status != TERN_OK));
        tern_session_free(s);
    }
    tern_test_fail(0);
    CHECK_EQUAL(status, TERN_OK);
    CHECK(k > 25);
    tern_model_close(model);
    drop(&f);
}

void test_rows(void)
{
    static const uint32_t dtypes[] = {TERN_F32, TERN_F16, TERN_BF16, TERN_I8, TERN_I4, TERN_T2};
    for (size_t i = 0; i < 2 * sizeof dtypes / sizeof dtypes[0]; i++) {
        test_same_bits(dtypes[i / 2], i % 2);
    }
    test_broken_files();
    test_without_memory();
}
