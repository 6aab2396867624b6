/* A shortlist gives the rows that can be the likeliest the bits of the whole head, whatever the head is like. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "memory.h"
#include "session.h"
#include "synthetic.h"

enum { VOCAB = 5003, WIDEST = 330, PROMPT = 4 };

static const tern_config shape = {.n_layers = 1,
                                  .d_model = WIDEST,
                                  .d_ff = 40,
                                  .n_heads = 2,
                                  .n_kv_heads = 1,
                                  .head_dim = 8,
                                  .n_vocab = VOCAB,
                                  .max_context = 64,
                                  .activation = TERN_ACT_RELU2,
                                  .rope_theta = 10000.0f,
                                  .norm_eps = 1e-5f};

static tern_model *open_model(const synthetic *made, uint32_t mask)
{
    tern_model *model = NULL;
    CHECK_EQUAL(tern_model_open(&model, &made->config, made->tensors, made->n_tensors, mask, 0, NULL, 0), TERN_OK);
    return model;
}

static tern_session *open_session(const tern_model *model, uint32_t n_threads)
{
    tern_session *s = NULL;
    CHECK_EQUAL(tern_session_create(&s, model, 64, n_threads, TERN_KV_INT8, NULL, 0), TERN_OK);
    return s;
}

static uint32_t greatest(const float *logits)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < VOCAB; i++) {
        best = logits[i] > logits[best] ? i : best;
    }
    return best;
}

/* How many of the coarse logits are not those of the head; these are near them and below the greatest. */
static size_t check_logits(const float *got, const float *wanted)
{
    uint32_t best = greatest(wanted);
    double squares = 0.0, error = 0.0, most = 0.0;
    size_t n = 0;
    CHECK_EQUAL(greatest(got), best);
    CHECK(memcmp(&got[best], &wanted[best], sizeof *got) == 0);
    for (size_t i = 0; i < VOCAB; i++) {
        double difference = (double)got[i] - (double)wanted[i];
        if (memcmp(&got[i], &wanted[i], sizeof *got) != 0) {
            n++;
            CHECK(got[i] < wanted[best]);
        }
        squares += (double)wanted[i] * (double)wanted[i];
        error += difference * difference;
        most = fabs(difference) > most ? fabs(difference) : most;
    }
    CHECK(error < 0.15 * squares); /* a normal distribution in four levels: 0.119 */
    CHECK(most < 7.0 * sqrt(error / (double)(n > 0 ? n : 1)));
    return n;
}

static void run(tern_session *s, test_random *random, float *logits)
{
    int32_t tokens[PROMPT];
    for (size_t i = 0; i < PROMPT; i++) {
        tokens[i] = (int32_t)random_below(random, VOCAB);
    }
    CHECK_EQUAL(tern_session_sync(s, tokens, PROMPT, NULL), TERN_OK);
    CHECK_EQUAL(tern_session_logits(s, NULL, VOCAB, logits), TERN_OK);
}

/* All kinds of heads, all instruction sets, and a width that is no multiple of anything. */
static void test_same_greatest(uint32_t dtype, uint32_t untied, uint32_t d_model)
{
    synthetic made;
    tern_config config = shape;
    config.d_model = d_model;
    CHECK_EQUAL(synthetic_create(&made, &config, (synthetic_options){dtype, untied, 7}), 0);
    static float wanted[VOCAB], got[VOCAB], first[VOCAB];
    uint32_t masks[TEST_MASKS];
    size_t n_masks = test_masks(masks), coarse = 0;
    for (size_t mask = 0; mask < n_masks; mask++) {
        tern_model *plain = open_model(&made, masks[mask]), *brief = open_model(&made, masks[mask]);
        CHECK_EQUAL(tern_model_shortlist(brief, 2), TERN_OK);
        CHECK_EQUAL(tern_model_shortlist(brief, 2), TERN_E_ARG); /* once */
        tern_session *a = open_session(plain, 2), *b = open_session(brief, (uint32_t)mask % 3 + 1);
        for (uint64_t round = 0; round < 6; round++) {
            test_random one = {round}, other = {round};
            run(a, &one, wanted);
            run(b, &other, got);
            coarse += check_logits(got, wanted);
            CHECK(tern_session_rows_read(a) == VOCAB && tern_session_rows_read(b) <= VOCAB);
            if (round == 0 && mask == 0) {
                memcpy(first, got, sizeof got);
            } else if (round == 0) {
                CHECK(memcmp(first, got, sizeof got) == 0); /* of any threads and instructions */
            }
        }
        static const int32_t ids[] = {VOCAB - 1, 3, 3, 0};
        CHECK_EQUAL(tern_session_logits(b, ids, 4, got), TERN_OK);
        for (size_t i = 0; i < 4; i++) {
            CHECK(memcmp(&got[i], &wanted[ids[i]], sizeof *got) == 0); /* chosen rows are those of the head */
        }
        CHECK_EQUAL(tern_session_logits(b, NULL, VOCAB - 1, got), TERN_OK);
        CHECK(memcmp(got, wanted, (VOCAB - 1) * sizeof *got) == 0); /* nor is a part of them coarse */
        tern_session_free(a);
        tern_session_free(b);
        tern_model_close(plain);
        tern_model_close(brief);
    }
    CHECK(coarse > n_masks * 6 * VOCAB / 2);
    synthetic_free(&made);
}

/* Heads that a shortlist cannot shorten: rows that are all alike, zeros, and one column that is all that counts. */
static void test_hard_heads(void)
{
    for (int kind = 0; kind < 4; kind++) {
        synthetic made;
        CHECK_EQUAL(synthetic_create(&made, &shape, (synthetic_options){TERN_F32, 1, 11}), 0);
        float *head = (float *)(uintptr_t)synthetic_find(&made, "head")->data;
        test_random random = {3};
        for (size_t i = 0; i < (size_t)VOCAB * WIDEST; i++) {
            size_t row = i / WIDEST, column = i % WIDEST;
            if (kind == 0) {
                head[i] = 0.0f;
            } else if (kind == 1) {
                head[i] = (float)(column % 7) - 3.0f; /* all rows the same */
            } else if (kind == 2) {
                head[i] = column == 5 ? 300.0f * random_float(&random) : 0.01f * random_float(&random);
            } else {
                head[i] = row == 4321 ? 1e20f * random_float(&random) : random_float(&random);
            }
        }
        tern_model *plain = open_model(&made, UINT32_MAX), *brief = open_model(&made, UINT32_MAX);
        CHECK_EQUAL(tern_model_shortlist(brief, 3), TERN_OK);
        tern_session *a = open_session(plain, 1), *b = open_session(brief, 1);
        static float wanted[VOCAB], got[VOCAB];
        for (uint64_t round = 0; round < 6; round++) {
            test_random one = {round}, other = {round};
            run(a, &one, wanted);
            run(b, &other, got);
            CHECK_EQUAL(greatest(got), greatest(wanted));
            CHECK(memcmp(&got[greatest(wanted)], &wanted[greatest(wanted)], sizeof *got) == 0);
        }
        tern_session_free(a);
        tern_session_free(b);
        tern_model_close(plain);
        tern_model_close(brief);
        synthetic_free(&made);
    }
}

static void test_arguments(void)
{
    synthetic made;
    CHECK_EQUAL(synthetic_create(&made, &shape, (synthetic_options){TERN_T2, 1, 5}), 0);
    tern_model *model = open_model(&made, UINT32_MAX);
    CHECK_EQUAL(tern_model_shortlist(NULL, 1), TERN_E_ARG);
    CHECK_EQUAL(tern_model_shortlist(model, 0), TERN_E_ARG);
    CHECK_EQUAL(tern_model_shortlist(model, 65), TERN_E_ARG);
    CHECK_EQUAL(tern_model_shortlist(model, 1), TERN_OK); /* is ternary already: nothing changes */
    CHECK_EQUAL(tern_session_rows_read(NULL), 0);
    tern_session *s = open_session(model, 1);
    static float logits[VOCAB];
    test_random random = {1};
    run(s, &random, logits);
    CHECK_EQUAL(tern_session_rows_read(s), VOCAB);
    tern_session_free(s);
    tern_model_close(model);
    synthetic_free(&made);
}

#ifdef TERN_TEST_FAILURES
static void test_without_memory(void)
{
    synthetic made;
    CHECK_EQUAL(synthetic_create(&made, &shape, (synthetic_options){TERN_I4, 1, 5}), 0);
    tern_model *model = open_model(&made, UINT32_MAX);
    long k = 1;
    for (int status = TERN_E_MEMORY; status != TERN_OK; k++) {
        tern_test_fail(k);
        status = tern_model_shortlist(model, 2);
        CHECK(status == TERN_OK || status == TERN_E_MEMORY || status == TERN_E_THREAD);
    }
    tern_test_fail(0);
    CHECK(k > 8);
    tern_session *s = NULL;
    for (k = 1; s == NULL; k++) {
        tern_test_fail(k);
        int status = tern_session_create(&s, model, 64, 2, TERN_KV_F16, NULL, 0);
        CHECK((status == TERN_OK) == (s != NULL));
    }
    tern_test_fail(0);
    tern_session_free(s);
    tern_model_close(model);
    synthetic_free(&made);
}
#endif

void test_shortlist(void)
{
    static const uint32_t dtypes[] = {TERN_I8, TERN_I4, TERN_F32, TERN_F16, TERN_BF16};
    for (size_t i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++) {
        test_same_greatest(dtypes[i], i % 2, i == 0 ? WIDEST : 128 + (uint32_t)i * 50);
    }
    test_hard_heads();
    test_arguments();
#ifdef TERN_TEST_FAILURES
    test_without_memory();
#endif
}
