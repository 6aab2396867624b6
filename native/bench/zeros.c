/* What skipping zeros gains: layers of the shape of BitNet-b1.58-2B-4T whose gates are zero in so many rows, with
 * `down` by rows (T2) and by columns (C2), one after the other in each round.
 *
 *   zeros [LAYERS [ROUNDS]]     (4 and 9; CPU time of one thread, medians) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "synthetic.h"
#include "tern.h"

enum { PROMPT = 64, STEPS = 4, MOST_ROUNDS = 100 };

typedef struct {
    uint32_t quiet; /* per cent of the gates' rows that are zero whatever the input; of the others, half are */
    int by_columns;
    synthetic made;
    tern_session *session;
    tern_zeros zeros;
    double decode[MOST_ROUNDS], prefill[MOST_ROUNDS];
} variant;

static void store_by_columns(tern_tensor *t)
{
    size_t n = (size_t)(t->shape[0] * t->shape[1]);
    uint64_t size = 0;
    int8_t *codes = malloc(n);
    uint8_t *packed = NULL;
    if (codes == NULL || tern_pack_columns_size(t->shape[0], t->shape[1], &size) != TERN_OK ||
        (packed = malloc((size_t)size)) == NULL ||
        tern_unpack(t->data, t->shape[0], t->shape[1], codes, n) != TERN_OK ||
        tern_pack_columns(codes, t->shape[0], t->shape[1], packed, size) != TERN_OK) {
        die("out of memory");
    }
    free(codes);
    free((void *)(uintptr_t)t->data);
    t->data = packed;
    t->size = size;
    t->dtype = TERN_C2;
}

static void prepare(variant *v, uint32_t n_layers)
{
    const tern_config config = {.n_layers = n_layers,
                                .d_model = 2560,
                                .d_ff = 6912,
                                .n_heads = 20,
                                .n_kv_heads = 5,
                                .head_dim = 128,
                                .n_vocab = 512,
                                .max_context = 2 * PROMPT,
                                .activation = TERN_ACT_RELU2,
                                .sub_norms = 1,
                                .rope_theta = 500000.0f,
                                .norm_eps = 1e-5f};
    if (synthetic_create(&v->made, &config, (synthetic_options){TERN_I8, 0, 1}) != 0) {
        die("out of memory");
    }
    synthetic_quieten(&v->made, v->quiet);
    for (size_t i = 0; v->by_columns && i < v->made.n_tensors; i++) {
        const char *end = strrchr(v->made.tensors[i].name, '.');
        if (end != NULL && strcmp(end, ".down") == 0) {
            store_by_columns(&v->made.tensors[i]);
        }
    }
    tern_model *model = NULL;
    char why[200];
    if (tern_model_open(&model, &v->made.config, v->made.tensors, v->made.n_tensors, UINT32_MAX, 0, why, sizeof why) !=
            TERN_OK ||
        tern_session_create(&v->session, model, 2 * PROMPT, 1, TERN_KV_INT8, why, sizeof why) != TERN_OK) {
        die(why);
    }
}

static void run(variant *v, int round)
{
    int32_t tokens[PROMPT];
    for (int32_t i = 0; i < PROMPT; i++) {
        tokens[i] = i * 7 % 512;
    }
    if (tern_session_truncate(v->session, 0) != TERN_OK || tern_session_count(v->session, round == 0) != TERN_OK) {
        die("the session cannot be used");
    }
    double start = processor_time();
    int status = tern_session_append(v->session, tokens, PROMPT);
    double middle = processor_time();
    for (int i = 0; i < STEPS && status == TERN_OK; i++) {
        status = tern_session_append(v->session, tokens + i, 1);
    }
    if (status != TERN_OK) {
        die(tern_error_string(status));
    }
    v->prefill[round] = (middle - start) / PROMPT;
    v->decode[round] = (processor_time() - middle) / STEPS;
    if (round == 0) {
        tern_session_zeros(v->session, v->made.config.n_layers - 1, &v->zeros);
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double share(uint64_t part, uint64_t all)
{
    return all == 0 ? 0.0 : 100.0 * (double)part / (double)all;
}

int main(int argc, char **argv)
{
    static variant variants[] = {{.quiet = 0},  {.quiet = 0, .by_columns = 1},  {.quiet = 60},
                                 {.quiet = 60, .by_columns = 1}, {.quiet = 80}, {.quiet = 80, .by_columns = 1}};
    enum { N = sizeof variants / sizeof variants[0] };
    int n_layers = argc > 1 ? atoi(argv[1]) : 4, n_rounds = argc > 2 ? atoi(argv[2]) : 9;
    if (n_layers < 1 || n_layers > 30 || n_rounds < 1 || n_rounds > MOST_ROUNDS) {
        die("usage: zeros [LAYERS [ROUNDS]], 1 to 30 and 1 to 100");
    }
    for (size_t i = 0; i < N; i++) {
        prepare(&variants[i], (uint32_t)n_layers);
    }
    for (int round = 0; round < n_rounds; round++) {
        for (size_t i = 0; i < N; i++) {
            run(&variants[i], round);
        }
    }
    printf("down  zeros  codes 0  up skipped  down skipped  decode ms a layer   prefill of %d, ms a token and layer\n",
           PROMPT);
    double decode[N], prefill[N];
    for (size_t i = 0; i < N; i++) {
        variant *v = &variants[i];
        const tern_zeros *z = &v->zeros;
        qsort(v->decode, (size_t)n_rounds, sizeof *v->decode, by_size);
        qsort(v->prefill, (size_t)n_rounds, sizeof *v->prefill, by_size);
        printf("%s   %4.0f %%   %4.0f %%      %4.0f %%        %4.0f %%      %.3f               %.4f\n",
               v->by_columns ? "C2" : "T2", share(z->zeros, z->inputs), share(z->zero_codes, z->inputs),
               share(z->up_skipped, z->up_rows), share(z->down_skipped, z->down_columns),
               v->decode[n_rounds / 2] * 1e3 / n_layers, v->prefill[n_rounds / 2] * 1e3 / n_layers);
        decode[i] = v->decode[n_rounds / 2];
        prefill[i] = v->prefill[n_rounds / 2];
    }
    for (size_t i = 0; i < N; i += 2) {
        const tern_zeros *z = &variants[i].zeros;
        printf("%.0f %% zeros: down by columns takes %+.0f %% of the time, %+.0f %% in prefill", share(z->zeros, z->inputs),
               100 * (decode[i + 1] / decode[i] - 1), 100 * (prefill[i + 1] / prefill[i] - 1));
        if (i > 0) {
            const tern_zeros *least = &variants[0].zeros;
            printf("; by rows decoding takes %+.0f %% against %.0f %% zeros", 100 * (decode[i] / decode[0] - 1),
                   share(least->zeros, least->inputs));
        }
        printf("\n");
    }
    return 0;
}
