/* A model that passed the door: everything in it may be trusted. */
#ifndef TERN_MODEL_H
#define TERN_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "kernels.h"
#include "tern.h"

/* A ternary matrix: out = weight * in. */
typedef struct {
    const uint8_t *tiles; /* [n_groups, n_blocks, 64 bytes], the caller's memory */
    size_t n_groups;      /* rows / 4, rounded up */
    size_t n_blocks;      /* columns / 64, rounded up */
    float scale;
} tern_linear;

/* One row of d_model elements per token of the vocabulary, the caller's memory, of any alignment. */
typedef struct {
    const uint8_t *rows;
    const uint8_t *scales; /* f32 a row, TERN_I8 only */
    uint32_t dtype;        /* TERN_F32, F16, BF16 or I8 */
    size_t row_bytes;
} tern_vocabulary;

typedef struct {
    tern_linear q, k, v, o, gate, up, down;
    const float *attn_norm;     /* [d_model] */
    const float *attn_sub_norm; /* [n_heads * head_dim], NULL without sub-norms */
    const float *ffn_norm;      /* [d_model] */
    const float *ffn_sub_norm;  /* [d_ff], NULL without sub-norms */
} tern_layer;

struct tern_model {
    tern_config config;
    const tern_kernels *kernels;
    tern_vocabulary embed, head;
    const float *final_norm; /* [d_model] */
    float *norms;            /* owns what the pointers to norms point into */
    tern_layer *layers;      /* [n_layers] */
};

/* x[0..d_model) = the row of a token. */
void tern_vocabulary_row(const tern_vocabulary *table, uint32_t token, size_t d_model, float *x);

/* The row of a token times x. */
float tern_vocabulary_dot(const tern_vocabulary *table, const tern_kernels *kernels, uint32_t token, const float *x,
                          size_t d_model);

#endif
