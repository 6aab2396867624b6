/* Zeros skipped: a matrix by columns, and rows of `up` that nobody asks for, must not change a bit. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "synthetic.h"

enum { PROMPT = 70 /* more than a batch */, MOST_VOCAB = 100 };

static const tern_config shapes[] = {
    {2, 64, 96, 4, 2, 16, 100, 128, TERN_ACT_RELU2, 1, 500000.0f, 1e-5f, .qk_norms = 0},
    {3, 50, 37, 5, 1, 10, 67, 128, TERN_ACT_RELU2, 0, 10000.0f, 1e-5f, .qk_norms = 0},
    {1, 300, 1030, 2, 1, 20, 30, 128, TERN_ACT_SILU, 1, 10000.0f, 1e-5f, .qk_norms = 0},
    {1, 7, 9, 1, 1, 2, 5, 128, TERN_ACT_RELU2, 1, 100.0f, 1e-5f, .qk_norms = 0},
};

enum { N_SHAPES = sizeof shapes / sizeof shapes[0] };

/* ---- packing and kernel ---- */

static void test_pack_columns(void)
{
    static const size_t sizes[] = {1, 3, 63, 64, 65, 130};
    test_random random = {80};
    for (size_t i = 0; i < 36; i++) {
        size_t rows = sizes[i / 6], cols = sizes[i % 6];
        uint64_t size = 0;
        CHECK_EQUAL(tern_pack_columns_size(rows, cols, &size), TERN_OK);
        CHECK_EQUAL(size, cols * ((rows + 63) / 64) * 16);
        int8_t *codes = malloc(rows * cols), *back = malloc(rows * cols);
        uint8_t *packed = malloc((size_t)size);
        for (size_t j = 0; j < rows * cols; j++) {
            codes[j] = (int8_t)((int)random_below(&random, 3) - 1);
        }
        CHECK_EQUAL(tern_pack_columns(codes, rows, cols, packed, size), TERN_OK);
        CHECK_EQUAL(tern_unpack_columns(packed, rows, cols, back, rows * cols), TERN_OK);
        CHECK(memcmp(codes, back, rows * cols) == 0);
        CHECK_EQUAL(tern_check_content(TERN_C2, packed, size), TERN_OK);
        packed[0] |= 3;
        CHECK_EQUAL(tern_unpack_columns(packed, rows, cols, back, rows * cols), TERN_E_MODEL);
        CHECK_EQUAL(tern_check_content(TERN_C2, packed, size), TERN_E_MODEL);
        codes[rows * cols - 1] = 2;
        CHECK_EQUAL(tern_pack_columns(codes, rows, cols, packed, size), TERN_E_ARG);
        CHECK_EQUAL(tern_pack_columns(codes, rows, cols, packed, size - 1), TERN_E_ARG);
        CHECK_EQUAL(tern_unpack_columns(packed, rows, cols, back, rows * cols - 1), TERN_E_ARG);
        free(codes);
        free(back);
        free(packed);
    }
    uint64_t size;
    CHECK_EQUAL(tern_pack_columns_size(0, 1, &size), TERN_E_ARG);
    CHECK_EQUAL(tern_pack_columns_size(1, 0, &size), TERN_E_ARG);
    CHECK_EQUAL(tern_pack_columns_size(UINT64_MAX, 2, &size), TERN_E_ARG);
    CHECK_EQUAL(tern_pack_columns_size(1, 1, NULL), TERN_E_ARG);
    CHECK_EQUAL(tern_pack_columns(NULL, 1, 1, NULL, 0), TERN_E_ARG);
    CHECK_EQUAL(tern_unpack_columns(NULL, 1, 1, NULL, 0), TERN_E_ARG);
}

static void check_add_columns(const tern_kernels *k, size_t n_blocks, size_t n_columns, size_t n_tokens, int extreme)
{
    enum { COLUMNS = 40 };
    test_random random = {n_blocks * 100 + n_columns + n_tokens};
    size_t column = n_blocks * 16, stride = n_blocks * 64 + 3, codes_stride = n_columns + 5;
    uint8_t *columns = malloc(COLUMNS * column);
    uint32_t *index = malloc(n_columns * sizeof *index);
    int8_t *codes = malloc(n_tokens * codes_stride);
    int32_t *got = malloc(n_tokens * stride * sizeof *got), *wanted = malloc(n_tokens * stride * sizeof *wanted);
    for (size_t i = 0; i < COLUMNS * column; i++) {
        unsigned byte = (unsigned)random_bits(&random) & 0xff;
        columns[i] = (uint8_t)(extreme ? 0xaa : byte & ~((byte & byte >> 1 & 0x55) << 1));
    }
    for (size_t i = 0; i < n_columns; i++) {
        index[i] = (uint32_t)random_below(&random, COLUMNS);
    }
    for (size_t i = 0; i < n_tokens * codes_stride; i++) {
        codes[i] = (int8_t)(extreme ? -128 : (int)(random_bits(&random) & 0xff) - 128);
    }
    for (size_t i = 0; i < n_tokens * stride; i++) {
        got[i] = wanted[i] = (int32_t)random_below(&random, 1000);
    }
    for (size_t t = 0; t < n_tokens; t++) {
        for (size_t r = 0; r < n_blocks * 64; r++) {
            for (size_t i = 0; i < n_columns; i++) {
                int code = columns[index[i] * column + r / 64 * 16 + r % 16] >> r % 64 / 16 * 2 & 3;
                wanted[t * stride + r] += code * codes[t * codes_stride + i];
            }
        }
    }
    k->add_columns(got, stride, columns, column, n_blocks, index, codes, codes_stride, n_columns, n_tokens);
    check_that(memcmp(got, wanted, n_tokens * stride * sizeof *got) == 0, __FILE__, __LINE__,
               "%s: %zu columns of %zu blocks times %zu tokens differ", k->name, n_columns, n_blocks, n_tokens);
    free(columns);
    free(index);
    free(codes);
    free(got);
    free(wanted);
}

static void test_add_columns(void)
{
    uint32_t masks[TEST_MASKS];
    size_t n_masks = test_masks(masks);
    for (size_t m = 0; m < n_masks; m++) {
        const tern_kernels *k = tern_choose_kernels(masks[m]);
        for (size_t n_blocks = 1; n_blocks <= 5; n_blocks += 2) {
            for (size_t n_columns = 0; n_columns <= 64; n_columns += 16) {
                check_add_columns(k, n_blocks, n_columns, 1 + n_columns % 7, 0);
            }
        }
        check_add_columns(k, 2, 6912, 2, 1);
    }
}

/* ---- whole models ---- */

/* The same model with `down` by columns. */
static void store_by_columns(synthetic *m)
{
    for (size_t i = 0; i < m->n_tensors; i++) {
        tern_tensor *t = &m->tensors[i];
        const char *end = strrchr(t->name, '.');
        if (end == NULL || strcmp(end, ".down") != 0) {
            continue;
        }
        size_t n = (size_t)(t->shape[0] * t->shape[1]);
        int8_t *codes = malloc(n);
        uint64_t size = 0;
        CHECK_EQUAL(tern_unpack(t->data, t->shape[0], t->shape[1], codes, n), TERN_OK);
        CHECK_EQUAL(tern_pack_columns_size(t->shape[0], t->shape[1], &size), TERN_OK);
        uint8_t *packed = malloc((size_t)size);
        CHECK_EQUAL(tern_pack_columns(codes, t->shape[0], t->shape[1], packed, size), TERN_OK);
        free(codes);
        free((void *)(uintptr_t)t->data);
        t->data = packed;
        t->size = size;
        t->dtype = TERN_C2;
    }
}

/* Logits after the prompt, evaluated in batches of these sizes. */
static void evaluate(const synthetic *m, uint32_t mask, uint32_t n_threads, uint32_t batch, float *logits,
                     tern_zeros *zeros)
{
    tern_model *model = NULL;
    tern_session *s = NULL;
    int32_t tokens[PROMPT];
    test_random random = {81};
    for (size_t i = 0; i < PROMPT; i++) {
        tokens[i] = (int32_t)random_below(&random, m->config.n_vocab);
    }
    CHECK_EQUAL(tern_model_open(&model, &m->config, m->tensors, m->n_tensors, mask, 0, NULL, 0), TERN_OK);
    CHECK_EQUAL(tern_session_create(&s, model, PROMPT, n_threads, TERN_KV_F16, NULL, 0), TERN_OK);
    CHECK_EQUAL(tern_session_count(s, zeros != NULL), TERN_OK);
    for (uint32_t at = 0; at < PROMPT; at += batch) {
        CHECK_EQUAL(tern_session_append(s, tokens + at, batch < PROMPT - at ? batch : PROMPT - at), TERN_OK);
    }
    CHECK_EQUAL(tern_session_logits(s, NULL, m->config.n_vocab, logits), TERN_OK);
    if (zeros != NULL) {
        CHECK_EQUAL(tern_session_zeros(s, 0, zeros), TERN_OK);
        CHECK_EQUAL(tern_session_zeros(s, m->config.n_layers, zeros), TERN_E_ARG);
        CHECK_EQUAL(tern_session_zeros(s, 0, NULL), TERN_E_ARG);
        CHECK_EQUAL(tern_session_count(s, 2), TERN_E_ARG);
    }
    tern_session_free(s);
    tern_model_close(model);
}

static void check_counts(const synthetic *m, const tern_zeros *z, int by_columns, uint32_t quiet)
{
    CHECK_EQUAL(z->inputs, (uint64_t)PROMPT * m->config.d_ff);
    CHECK(z->zeros <= z->zero_codes && z->zero_codes <= z->inputs);
    if (m->config.activation == TERN_ACT_RELU2) {
        CHECK(z->zeros * 100 >= z->inputs * quiet);
        CHECK_EQUAL(z->up_rows, (uint64_t)PROMPT * ((m->config.d_ff + 3) / 4) * 4);
        CHECK(z->up_skipped <= z->zeros + (uint64_t)PROMPT * 3);
        CHECK(quiet < 80 || m->config.d_ff < 30 || z->up_skipped > 0);
    } else {
        CHECK_EQUAL(z->up_rows, 0);
    }
    CHECK_EQUAL(z->down_columns, by_columns ? z->inputs : 0);
    CHECK_EQUAL(z->down_skipped, by_columns ? z->zero_codes : 0);
}

static void test_models(void)
{
    uint32_t masks[TEST_MASKS];
    size_t n_masks = test_masks(masks);
    for (size_t i = 0; i < N_SHAPES; i++) {
        for (uint32_t quiet = 0; quiet <= 100; quiet += quiet < 90 ? 90 : 10) {
            float wanted[MOST_VOCAB], got[MOST_VOCAB];
            tern_zeros zeros;
            synthetic m;
            CHECK(synthetic_create(&m, &shapes[i], (synthetic_options){TERN_F16, 0, 90 + i}) == 0);
            synthetic_quieten(&m, quiet);
            evaluate(&m, 0, 1, 64, wanted, NULL);
            for (int by_columns = 0; by_columns < 2; by_columns++) {
                if (by_columns) {
                    store_by_columns(&m);
                }
                for (size_t k = 0; k < n_masks; k++) {
                    for (uint32_t batch = 1; batch <= 64; batch += batch == 1 ? 4 : 59) {
                        evaluate(&m, masks[k], 1 + batch % 3, batch, got, batch == 1 ? &zeros : NULL);
                        check_that(memcmp(got, wanted, m.config.n_vocab * sizeof *got) == 0, __FILE__, __LINE__,
                                   "shape %zu, quiet %u, by columns %d, mask %u, batch %u: logits differ", i, quiet,
                                   by_columns, masks[k], batch);
                    }
                    check_counts(&m, &zeros, by_columns, quiet);
                }
            }
            synthetic_free(&m);
        }
    }
}

/* C2 is for `down` alone, and not for models with groups. */
static void test_refusals(void)
{
    synthetic m;
    tern_model *model = NULL;
    tern_config grouped = shapes[0];
    grouped.group_size = 64;
    CHECK(synthetic_create(&m, &grouped, (synthetic_options){TERN_F16, 0, 95}) == 0);
    store_by_columns(&m);
    CHECK_EQUAL(tern_model_open(&model, &m.config, m.tensors, m.n_tensors, 0, 0, NULL, 0), TERN_E_MODEL);
    synthetic_free(&m);
    CHECK(synthetic_create(&m, &shapes[0], (synthetic_options){TERN_F16, 0, 95}) == 0);
    synthetic_find(&m, "layers.0.up")->dtype = TERN_C2;
    CHECK_EQUAL(tern_model_open(&model, &m.config, m.tensors, m.n_tensors, 0, 0, NULL, 0), TERN_E_MODEL);
    synthetic_find(&m, "layers.0.up")->dtype = TERN_T2;
    store_by_columns(&m);
    synthetic_find(&m, "layers.1.down")->size--;
    CHECK_EQUAL(tern_model_open(&model, &m.config, m.tensors, m.n_tensors, 0, 0, NULL, 0), TERN_E_MODEL);
    synthetic_free(&m);
    CHECK_EQUAL(tern_session_count(NULL, 1), TERN_E_ARG);
    CHECK_EQUAL(tern_session_zeros(NULL, 0, NULL), TERN_E_ARG);
}

void test_zeros(void)
{
    test_pack_columns();
    test_add_columns();
    test_models();
    test_refusals();
}
