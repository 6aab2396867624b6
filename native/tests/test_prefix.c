/* Prefixes: what comes back gives the bits of what was saved, and whatever the bytes are, nothing is read or written
 * out of bounds and a refusal changes nothing. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "synthetic.h"

enum { VOCAB = 60, PROMPT = 40, CONTEXT = 64 };

static const tern_config shape = {.n_layers = 2,
                                  .d_model = 48,
                                  .d_ff = 70,
                                  .n_heads = 4,
                                  .n_kv_heads = 2,
                                  .head_dim = 12,
                                  .n_vocab = VOCAB,
                                  .max_context = 128,
                                  .activation = TERN_ACT_RELU2,
                                  .sub_norms = 1,
                                  .rope_theta = 10000.0f,
                                  .norm_eps = 1e-5f};

static const uint8_t key[TERN_KEY_BYTES] = "the key of this model, 32 bytes";

typedef struct {
    synthetic made;
    tern_model *model;
    int32_t tokens[PROMPT];
    float wanted[VOCAB]; /* after all of the prompt */
} fixture;

static tern_session *new_session(const fixture *f, uint32_t n_ctx, uint32_t kv)
{
    tern_session *s = NULL;
    CHECK_EQUAL(tern_session_create(&s, f->model, n_ctx, 1, kv, NULL, 0), TERN_OK);
    return s;
}

static void expect_logits(tern_session *s, const float *wanted, int line)
{
    float got[VOCAB];
    CHECK_EQUAL(tern_session_logits(s, NULL, VOCAB, got), TERN_OK);
    check_that(memcmp(got, wanted, sizeof got) == 0, __FILE__, line, "logits differ");
}

#define EXPECT_LOGITS(s, wanted) expect_logits(s, wanted, __LINE__)

/* A prefix of n tokens, of exactly its size. */
static uint8_t *save(tern_session *s, uint32_t n, uint64_t *size)
{
    CHECK_EQUAL(tern_prefix_size(s, n, size), TERN_OK);
    uint8_t *data = malloc((size_t)*size);
    CHECK_EQUAL(tern_prefix_save(s, key, n, data, *size - 1), TERN_E_ARG);
    CHECK_EQUAL(tern_prefix_save(s, key, n, data, *size), TERN_OK);
    return data;
}

static void test_there_and_back(const fixture *f, uint32_t kv, const float *wanted)
{
    uint64_t size, part_size;
    uint32_t evaluated, matched;
    tern_session *s = new_session(f, CONTEXT, kv);
    CHECK_EQUAL(tern_session_sync(s, f->tokens, PROMPT, NULL), TERN_OK);
    uint8_t *whole = save(s, PROMPT, &size), *part = save(s, 25, &part_size);
    CHECK(part_size < size);
    tern_session_free(s);

    s = new_session(f, PROMPT + 1, kv); /* another length of context */
    CHECK_EQUAL(tern_prefix_load(s, key, whole, size, NULL, 0), TERN_OK);
    CHECK_EQUAL(tern_session_length(s), PROMPT);
    EXPECT_LOGITS(s, wanted); /* at once */
    CHECK_EQUAL(tern_session_sync(s, f->tokens, PROMPT, &evaluated), TERN_OK);
    CHECK_EQUAL(evaluated, 1);
    EXPECT_LOGITS(s, wanted);

    CHECK_EQUAL(tern_prefix_load(s, key, part, part_size, NULL, 0), TERN_OK);
    CHECK_EQUAL(tern_session_length(s), 25);
    float one;
    CHECK_EQUAL(tern_session_logits(s, NULL, 1, &one), TERN_E_STATE);
    CHECK_EQUAL(tern_session_sync(s, f->tokens, PROMPT, &evaluated), TERN_OK);
    CHECK_EQUAL(evaluated, PROMPT - 25);
    EXPECT_LOGITS(s, wanted);

    CHECK_EQUAL(tern_prefix_match(s, key, part, part_size, f->tokens, PROMPT, &matched), TERN_OK);
    CHECK_EQUAL(matched, 25);
    CHECK_EQUAL(tern_prefix_match(s, key, part, part_size, f->tokens, 24, &matched), TERN_OK);
    CHECK_EQUAL(matched, 0);
    CHECK_EQUAL(tern_prefix_match(s, key, part, part_size, f->tokens + 1, PROMPT - 1, &matched), TERN_OK);
    CHECK_EQUAL(matched, 0);
    CHECK_EQUAL(tern_prefix_match(s, (const uint8_t *)"another key of exactly 32 bytes", part, part_size, f->tokens,
                                  PROMPT, &matched),
                TERN_E_KEY);
    tern_session_free(s);
    free(whole);
    free(part);
}

/* Each byte of a prefix changed, and each length cut: refused, and the session as it was. */
static void test_damage(const fixture *f, uint32_t kv, const float *wanted)
{
    uint64_t size;
    tern_session *s = new_session(f, CONTEXT, kv);
    CHECK_EQUAL(tern_session_sync(s, f->tokens, PROMPT, NULL), TERN_OK);
    uint8_t *data = save(s, 3, &size);
    char why[100];
    int refused = 1;
    for (uint64_t i = 0; i < size; i += i < 120 ? 1 : 37) {
        if (i >= 16 + TERN_KEY_BYTES + 24 && i < 16 + TERN_KEY_BYTES + 32) {
            continue; /* reserved */
        }
        data[i] ^= 0x41;
        int status = tern_prefix_load(s, key, data, size, why, sizeof why);
        refused &= (status == TERN_E_MODEL || status == TERN_E_KEY) && strlen(why) > 10;
        data[i] ^= 0x41;
    }
    CHECK(refused);
    for (uint64_t n = 0; n < size; n += n < 120 ? 1 : 53) {
        uint8_t *exact = malloc(n > 0 ? (size_t)n : 1);
        memcpy(exact, data, (size_t)n);
        refused &= tern_prefix_load(s, key, exact, n, why, sizeof why) == TERN_E_MODEL;
        free(exact);
    }
    CHECK(refused);
    CHECK_EQUAL(tern_session_length(s), PROMPT);
    EXPECT_LOGITS(s, wanted);
    tern_session *other = new_session(f, CONTEXT, kv == TERN_KV_F16 ? TERN_KV_INT8 : TERN_KV_F16);
    CHECK_EQUAL(tern_prefix_load(other, key, data, size, why, sizeof why), TERN_E_KEY);
    tern_session_free(other);
    other = new_session(f, 2, kv);
    CHECK_EQUAL(tern_prefix_load(other, key, data, size, why, sizeof why), TERN_E_FULL);
    CHECK_EQUAL(tern_session_length(other), 0);
    tern_session_free(other);
    tern_session_free(s);
    free(data);
}

static void test_prefix_arguments(const fixture *f)
{
    tern_session *s = new_session(f, CONTEXT, TERN_KV_F16);
    uint64_t size;
    uint32_t matched;
    uint8_t data[4] = {0};
    CHECK_EQUAL(tern_prefix_size(NULL, 1, &size), TERN_E_ARG);
    CHECK_EQUAL(tern_prefix_size(s, 1, &size), TERN_E_ARG); /* nothing is there */
    CHECK_EQUAL(tern_prefix_size(s, 0, &size), TERN_E_ARG);
    CHECK_EQUAL(tern_session_append(s, f->tokens, 2), TERN_OK);
    CHECK_EQUAL(tern_prefix_size(s, 2, NULL), TERN_E_ARG);
    CHECK_EQUAL(tern_prefix_size(s, 3, &size), TERN_E_ARG);
    CHECK_EQUAL(tern_prefix_save(s, NULL, 2, data, UINT64_MAX), TERN_E_ARG);
    CHECK_EQUAL(tern_prefix_save(s, key, 2, NULL, UINT64_MAX), TERN_E_ARG);
    CHECK_EQUAL(tern_prefix_load(NULL, key, data, 4, NULL, 0), TERN_E_ARG);
    CHECK_EQUAL(tern_prefix_load(s, NULL, data, 4, NULL, 0), TERN_E_ARG);
    CHECK_EQUAL(tern_prefix_load(s, key, NULL, 4, NULL, 0), TERN_E_ARG);
    CHECK_EQUAL(tern_prefix_match(s, key, data, 4, NULL, 1, &matched), TERN_E_ARG);
    CHECK_EQUAL(tern_prefix_match(s, key, data, 4, NULL, 0, NULL), TERN_E_ARG);
    CHECK_EQUAL(tern_prefix_match(s, key, data, 4, NULL, 0, &matched), TERN_E_MODEL);
    CHECK_EQUAL(tern_session_length(s), 2);
    tern_session_free(s);
}

void test_prefix(void)
{
    fixture f = {0};
    CHECK(synthetic_create(&f.made, &shape, (synthetic_options){TERN_I8, 0, 70}) == 0);
    CHECK_EQUAL(tern_model_open(&f.model, &f.made.config, f.made.tensors, f.made.n_tensors, UINT32_MAX, 0, NULL, 0),
                TERN_OK);
    test_random random = {71};
    for (int i = 0; i < PROMPT; i++) {
        f.tokens[i] = (int32_t)random_below(&random, VOCAB);
    }
    for (uint32_t kv = TERN_KV_F16; kv <= TERN_KV_INT8; kv++) {
        tern_session *s = new_session(&f, CONTEXT, kv);
        CHECK_EQUAL(tern_session_sync(s, f.tokens, PROMPT, NULL), TERN_OK);
        CHECK_EQUAL(tern_session_logits(s, NULL, VOCAB, f.wanted), TERN_OK);
        tern_session_free(s);
        test_there_and_back(&f, kv, f.wanted);
        test_damage(&f, kv, f.wanted);
    }
    test_prefix_arguments(&f);
    tern_model_close(f.model);
    synthetic_free(&f.made);
}
