/* Makes a synthetic model and replays calls on a session of one thread, for counting instructions (arm_tables.py):
 *
 *   replay_calls N_LAYERS D_MODEL D_FF N_HEADS N_KV_HEADS HEAD_DIM N_VOCAB SILU SUB_NORMS < CALLS
 *
 * CALLS: a = append that many tokens, l = logits of so many rows, t = truncate to so many: "a12 l40 a1 l7 t0". */
#include <stdio.h>
#include <stdlib.h>

#include "synthetic.h"
#include "tern.h"

enum { MOST_TOKENS = 1024 };

static void must(int status)
{
    if (status != TERN_OK) {
        fprintf(stderr, "replay_calls: %s\n", tern_error_string(status));
        exit(1);
    }
}

int main(int argc, char **argv)
{
    uint32_t n[9];
    for (int i = 0; i < 9; i++) {
        n[i] = argc == 10 ? (uint32_t)strtoul(argv[i + 1], NULL, 10) : 0;
    }
    const tern_config config = {.n_layers = n[0],
                                .d_model = n[1],
                                .d_ff = n[2],
                                .n_heads = n[3],
                                .n_kv_heads = n[4],
                                .head_dim = n[5],
                                .n_vocab = n[6],
                                .max_context = MOST_TOKENS,
                                .activation = n[7] ? TERN_ACT_SILU : TERN_ACT_RELU2,
                                .sub_norms = n[8],
                                .rope_theta = 10000.0f,
                                .norm_eps = 1e-5f};
    synthetic m;
    if (synthetic_create(&m, &config, (synthetic_options){TERN_I8, 0, 1}) != 0) {
        must(TERN_E_MEMORY);
    }
    tern_model *model;
    tern_session *session;
    char why[200];
    must(tern_model_open(&model, &m.config, m.tensors, m.n_tensors, UINT32_MAX, 0, why, sizeof why));
    must(tern_session_create(&session, model, MOST_TOKENS, 1, TERN_KV_F16, why, sizeof why));
    int32_t tokens[MOST_TOKENS];
    float *logits = malloc(n[6] * sizeof *logits);
    for (uint32_t i = 0; i < MOST_TOKENS; i++) {
        tokens[i] = (int32_t)(i * 7919u % n[6]);
    }
    char call;
    unsigned count;
    while (scanf(" %c%u", &call, &count) == 2) {
        if (call == 'a' && count <= MOST_TOKENS) {
            must(tern_session_append(session, tokens, count));
        } else if (call == 'l' && logits != NULL && count <= n[6]) {
            must(tern_session_logits(session, NULL, count, logits));
        } else if (call == 't') {
            must(tern_session_truncate(session, count));
        } else {
            must(TERN_E_ARG);
        }
    }
    printf("%s\n", tern_model_isa(model));
    free(logits);
    tern_session_free(session);
    tern_model_close(model);
    synthetic_free(&m);
    return 0;
}
