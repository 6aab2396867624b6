/* The door: a good model passes, and each way to be wrong is refused with a message that names it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "memory.h"
#include "synthetic.h"

static const tern_config small = {.n_layers = 2,
                                  .d_model = 36,
                                  .d_ff = 50,
                                  .n_heads = 6,
                                  .n_kv_heads = 2,
                                  .head_dim = 6,
                                  .n_vocab = 40,
                                  .max_context = 32,
                                  .activation = TERN_ACT_RELU2,
                                  .sub_norms = 1,
                                  .rope_theta = 10000.0f,
                                  .norm_eps = 1e-5f};

static int open_once(const synthetic *m, char *why, size_t why_len)
{
    tern_model *model = NULL;
    int status = tern_model_open(&model, &m->config, m->tensors, m->n_tensors, UINT32_MAX, 0, why, why_len);
    CHECK((status == TERN_OK) == (model != NULL));
    tern_model_close(model);
    return status;
}

/* Opening fails with code, and the message has this word in it. */
static void refused(const synthetic *m, int code, const char *word, int line)
{
    char why[200];
    int status = open_once(m, why, sizeof why);
    check_that(status == code, __FILE__, line, "opening gave %d, not %d (%s)", status, code, why);
    check_that(strstr(why, word) != NULL, __FILE__, line, "\"%s\" does not mention %s", why, word);
}

#define REFUSED(m, code, word) refused(m, code, word, __LINE__)

static void test_config(synthetic *m)
{
    static const struct {
        const char *name;
        size_t offset;
        uint32_t too_large;
    } counts[] = {{"n_layers", offsetof(tern_config, n_layers), 100000},
                  {"d_model", offsetof(tern_config, d_model), UINT32_MAX},
                  {"d_ff", offsetof(tern_config, d_ff), TERN_MAX_COLS + 1},
                  {"n_heads", offsetof(tern_config, n_heads), UINT32_MAX},
                  {"n_kv_heads", offsetof(tern_config, n_kv_heads), UINT32_MAX},
                  {"head_dim", offsetof(tern_config, head_dim), UINT32_MAX},
                  {"n_vocab", offsetof(tern_config, n_vocab), UINT32_MAX},
                  {"max_context", offsetof(tern_config, max_context), UINT32_MAX}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        uint32_t bad[] = {0, counts[i].too_large};
        for (int j = 0; j < 2; j++) {
            m->config = small;
            memcpy((char *)&m->config + counts[i].offset, &bad[j], sizeof bad[j]);
            refused(m, TERN_E_MODEL, counts[i].name, __LINE__);
        }
    }
#define WITH(member, value, word)                                                                                      \
    m->config = small;                                                                                                 \
    m->config.member = value;                                                                                          \
    REFUSED(m, TERN_E_MODEL, word)
    WITH(head_dim, 5, "head_dim");
    WITH(n_kv_heads, 4, "n_kv_heads");
    WITH(activation, 2, "activation");
    WITH(sub_norms, 2, "sub_norms");
    WITH(rope_theta, NAN, "rope_theta");
    WITH(rope_theta, 0.0f, "rope_theta");
    WITH(rope_theta, INFINITY, "rope_theta");
    WITH(norm_eps, NAN, "norm_eps");
    WITH(norm_eps, 0.0f, "norm_eps");
    WITH(norm_eps, -1.0f, "norm_eps");
    WITH(n_layers, 1, "38 tensors");
    WITH(n_layers, 3, "layers.2.");
    WITH(sub_norms, 0, "sub_norm");
    WITH(d_ff, 51, "gate");
    WITH(n_vocab, 41, "embed");
#undef WITH
    m->config = small;
    m->config.n_heads = 1024;
    m->config.n_kv_heads = 1;
    m->config.head_dim = 1024;
    REFUSED(m, TERN_E_MODEL, "n_heads * head_dim");
    m->config = small;
}

static void test_each_tensor(synthetic *m)
{
    for (size_t i = 0; i < m->n_tensors; i++) {
        tern_tensor *t = &m->tensors[i];
        const tern_tensor good = *t;
        t->size--;
        refused(m, TERN_E_MODEL, good.name, __LINE__);
        t->size = good.size + 1;
        refused(m, TERN_E_MODEL, good.name, __LINE__);
        *t = good;
        t->size = UINT64_MAX;
        refused(m, TERN_E_MODEL, good.name, __LINE__);
        *t = good;
        t->rank = 3;
        refused(m, TERN_E_MODEL, good.name, __LINE__);
        *t = good;
        t->shape[0]++;
        refused(m, TERN_E_MODEL, good.name, __LINE__);
        *t = good;
        t->shape[good.rank - 1] = UINT64_MAX;
        refused(m, TERN_E_MODEL, good.name, __LINE__);
        *t = good;
        t->dtype = 77;
        refused(m, TERN_E_MODEL, good.name, __LINE__);
        *t = good;
        t->dtype = good.dtype == TERN_T2 ? TERN_I8 : TERN_T2;
        refused(m, TERN_E_MODEL, good.name, __LINE__);
        *t = good;
        t->data = NULL;
        refused(m, TERN_E_ARG, "data", __LINE__);
        *t = good;
        t->name = NULL;
        refused(m, TERN_E_ARG, "name", __LINE__);
        *t = good;
        t->name = "layers.0.q\n\x1b[31m";
        refused(m, TERN_E_MODEL, strcmp(good.name, "head") == 0 ? "no place" : good.name, __LINE__);
        *t = good;
        t->name = i == 0 ? m->tensors[1].name : m->tensors[0].name;
        refused(m, TERN_E_MODEL, "twice", __LINE__);
        *t = good;
        if (good.dtype == TERN_F32) {
            static const float bad[] = {NAN, INFINITY, -INFINITY};
            for (size_t j = 0; j < 3; j++) {
                float *last = (float *)(uintptr_t)good.data + good.size / 4 - 1, kept = *last;
                *last = bad[j];
                refused(m, TERN_E_MODEL, good.name, __LINE__);
                *last = kept;
            }
        }
        if (good.dtype == TERN_T2) {
            uint8_t *last = (uint8_t *)(uintptr_t)good.data + good.size - 1, kept = *last;
            for (int shift = 0; shift < 8; shift += 2) {
                *last = (uint8_t)(kept | 3 << shift);
                refused(m, TERN_E_MODEL, good.name, __LINE__);
            }
            *last = kept;
        }
    }
    CHECK_EQUAL(open_once(m, NULL, 0), TERN_OK);
}

static void test_wrong_sets(synthetic *m)
{
    tern_tensor last = m->tensors[m->n_tensors - 1];
    m->n_tensors--;
    refused(m, TERN_E_MODEL, last.name, __LINE__);
    m->n_tensors++;
    static const char *const strange[] = {"",
                                          "layers.0.bias",
                                          "layers.7.q",
                                          "layers.00.q",
                                          "layers.0.q ",
                                          "rope",
                                          "layers.-1.q",
                                          "layers.99999999999999999999.q",
                                          "head_scale"};
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        tern_tensor *extra = &m->tensors[m->n_tensors++];
        *extra = last;
        extra->name = strange[i];
        refused(m, TERN_E_MODEL, "no place", __LINE__);
        m->n_tensors--;
    }
    m->tensors[m->n_tensors] = (tern_tensor){0};
    size_t n = m->n_tensors;
    m->n_tensors = 0;
    REFUSED(m, TERN_E_MODEL, "0 tensors");
    m->n_tensors = SIZE_MAX;
    REFUSED(m, TERN_E_MODEL, "tensors");
    m->n_tensors = n;
}

static void test_arguments(const synthetic *m)
{
    tern_model *model = NULL;
    char why[8];
    CHECK_EQUAL(tern_model_open(NULL, &m->config, m->tensors, m->n_tensors, 0, 0, NULL, 0), TERN_E_ARG);
    CHECK_EQUAL(tern_model_open(&model, NULL, m->tensors, m->n_tensors, 0, 0, why, sizeof why), TERN_E_ARG);
    CHECK_EQUAL(strlen(why), 7); /* cut, and terminated */
    CHECK_EQUAL(tern_model_open(&model, &m->config, NULL, m->n_tensors, 0, 0, why, 1), TERN_E_ARG);
    CHECK_EQUAL(strlen(why), 0);
    tern_model_close(NULL);
    CHECK(strcmp(tern_model_isa(NULL), "") == 0);
    for (int code = 1; code >= -9; code--) {
        CHECK(tern_error_string(code) != NULL && strlen(tern_error_string(code)) > 1);
    }
    CHECK(strlen(tern_version()) >= 5);
}

static void test_masks_of_models(const synthetic *m)
{
    uint32_t masks[TEST_MASKS], have = tern_cpu_flags();
    size_t n = test_masks(masks);
    for (size_t i = 0; i < n; i++) {
        tern_model *model = NULL;
        CHECK_EQUAL(tern_model_open(&model, &m->config, m->tensors, m->n_tensors, masks[i], 0, NULL, 0), TERN_OK);
        CHECK(strcmp(tern_model_isa(model), tern_choose_kernels(masks[i])->name) == 0);
        tern_model_close(model);
    }
    for (uint32_t bit = 1; bit <= TERN_CPU_DOTPROD; bit <<= 1) {
        tern_model *model = NULL;
        int status = tern_model_open(&model, &m->config, m->tensors, m->n_tensors, bit, 0, NULL, 0);
        CHECK_EQUAL(status, have & bit ? TERN_OK : TERN_E_CPU);
        tern_model_close(model);
    }
}

/* Fails each allocation in turn until opening needs no more. */
static void test_out_of_memory(const synthetic *m)
{
    int status = TERN_E_MEMORY, k = 0;
    while (status != TERN_OK && k < 100) {
        tern_test_fail(++k);
        char why[100];
        status = open_once(m, why, sizeof why);
        CHECK(status == TERN_OK || (status == TERN_E_MEMORY && strstr(why, "memory") != NULL));
    }
    tern_test_fail(0);
    CHECK(k > 3 && k < 100);
}

/* More columns than whose sums fit int32. */
static void test_width_of_four_bits(void)
{
    tern_config wide = small;
    wide.n_layers = 1;
    for (uint32_t beyond = 0; beyond < 2; beyond++) {
        wide.d_model = TERN_I4_MAX_COLS + beyond;
        synthetic m;
        CHECK(synthetic_create(&m, &wide, (synthetic_options){TERN_I4, 1, 5}) == 0);
        if (beyond) {
            REFUSED(&m, TERN_E_MODEL, "at 4 bits it can have 16384");
        } else {
            CHECK_EQUAL(open_once(&m, NULL, 0), TERN_OK);
        }
        synthetic_free(&m);
    }
}

void test_model(void)
{
    static const uint32_t dtypes[] = {TERN_F32, TERN_F16, TERN_BF16, TERN_I8, TERN_I4};
    for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++) {
        for (uint32_t untied = 0; untied < 2; untied++) {
            synthetic m;
            CHECK(synthetic_create(&m, &small, (synthetic_options){dtypes[i], untied, 5}) == 0);
            CHECK_EQUAL(open_once(&m, NULL, 0), TERN_OK);
            test_each_tensor(&m);
            synthetic_free(&m);
        }
    }
    synthetic m;
    CHECK(synthetic_create(&m, &small, (synthetic_options){TERN_F16, 0, 6}) == 0);
    uint16_t *embed = (uint16_t *)(uintptr_t)synthetic_find(&m, "embed")->data, kept = embed[77];
    embed[77] = 0x7c00; /* infinity */
    REFUSED(&m, TERN_E_MODEL, "embed");
    embed[77] = kept;
    test_config(&m);
    test_wrong_sets(&m);
    test_arguments(&m);
    test_masks_of_models(&m);
    test_out_of_memory(&m);
    synthetic_free(&m);
    test_width_of_four_bits();
}
