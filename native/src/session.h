/* One sequence of tokens: its KV cache and the scratch memory of the forward pass. */
#ifndef TERN_SESSION_H
#define TERN_SESSION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "model.h"
#include "pool.h"
#include "rows.h"
#include "shortlist.h"

enum { TERN_MAX_BATCH = 64 }; /* tokens evaluated at once: enough to read each weight rarely, small enough for caches */

struct tern_session {
    const tern_model *model;
    tern_pool *pool;
    uint32_t n_ctx;
    uint32_t kv_type;
    uint32_t max_batch; /* min(n_ctx, TERN_MAX_BATCH) */
    uint32_t length;    /* tokens in the cache */
    bool has_hidden;    /* hidden belongs to the last token of the cache, or to the selected one */
    bool selected;      /* it belongs to another token than the last */
    bool every;         /* the forward pass goes to its end for all tokens, not for the last alone */
    uint32_t n_every;   /* x holds the ends of the streams of so many last tokens */
    atomic_bool cancelled;
    int32_t *tokens; /* [n_ctx] */
    float *hidden;   /* [d_model]: of the last token, after the final norm */
    tern_rows embed_rows, head_rows; /* of a model with a file; those of the head are unused when it is the embedding */

    uint8_t *keys, *values;           /* [n_layers, n_kv_heads, n_ctx, head_dim] of f16 or int8 */
    float *key_scales, *value_scales; /* [n_layers, n_kv_heads, n_ctx], int8 only */
    float *cosine, *sine;             /* [n_ctx, head_dim / 2] */

    /* Scratch of a batch. Widths in rows of a matrix are rounded up to whole groups. */
    float *x;          /* [max_batch, d_model]: the residual stream */
    float *gate, *up;  /* [max_batch, ff_stride] */
    float *qkv;        /* [max_batch, qkv_stride]: q, then k, then v; where the gate comes later */
    float *attention;  /* [max_batch, n_heads * head_dim], behind that */
    float *projected;  /* [max_batch, d_stride], there, too: what o and down give */
    int8_t *codes;     /* [max_batch, widest input rounded up to whole blocks] */
    float *inverse;    /* [max_batch, most_scales] */
    int32_t *code_sum; /* [max_batch, most_scales] */
    float *normed;     /* [n_threads, widest]: one token's activations before they are quantised */
    float *weights;    /* [n_threads, n_ctx]: attention */
    tern_short_scratch coarse; /* of a session that was made after its model's shortlist */
    uint32_t rows_read;        /* of the head, for the last logits */
    void *fine;        /* the hidden state as a head of 4 bits takes it, else NULL */
    /* Of the feed-forward network: what is not zero, and what was. */
    uint32_t *active;    /* [d_ff rounded up to columns at once]: columns of down, or groups of rows of up */
    int8_t *packed;      /* [max_batch, d_ff rounded up to columns at once]: the codes of the active columns */
    int32_t *sums;       /* [max_batch or n_threads, whichever is more, d_model rounded up to blocks] */
    tern_zeros *zeros;   /* [n_layers] */
    bool counts;
    size_t q_stride, kv_stride, qkv_stride, ff_stride, d_stride, widest;
    uint32_t n_threads;
    size_t most_scales; /* of one token's activations: groups of columns of the widest input, or 1 */
};

/* How many scales n activations have. */
size_t tern_scales_of(const tern_config *config, size_t n);

/* Quantises n activations of one token: codes [n rounded up to blocks], inverse and code_sum [tern_scales_of(n)]. */
void tern_quantize(const tern_model *model, const float *x, size_t n, int8_t *codes, float *inverse, int32_t *code_sum);

/* A linear without its first groups of rows. */
static inline tern_linear tern_linear_from(const tern_linear *linear, size_t group)
{
    tern_linear rest = *linear;
    rest.tiles += group * linear->n_blocks * TERN_TILE_BYTES;
    if (linear->scales != NULL) {
        rest.scales += group * linear->n_scales * TERN_GROUP_ROWS * sizeof(uint16_t);
    }
    rest.n_groups -= group;
    return rest;
}

/* A linear's groups of rows from..to times all tokens. */
void tern_multiply_linear(const tern_kernels *kernels, const tern_linear *linear, size_t from, size_t to, float *out,
                          size_t out_stride, const tern_activations *all);

/* Evaluates tokens[0..n) at positions length.., 1 <= n <= max_batch, room for them checked, ids checked. On success
 * they are in the cache and hidden is of the last one; TERN_E_CANCELLED leaves length as it was. */
int tern_forward(tern_session *session, const int32_t *tokens, uint32_t n);

#endif
