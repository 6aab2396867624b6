/* A model that passed the door: everything in it may be trusted. */
#ifndef TERN_MODEL_H
#define TERN_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "kernels.h"
#include "tern.h"

/* A ternary matrix: out = weight * in. */
typedef struct {
    const uint8_t *tiles;    /* [n_groups, n_blocks, tile_bytes], the caller's memory */
    const uint8_t *scales;   /* f16 [n_groups, n_scales, 4], the caller's memory, any alignment; NULL: scale is for all */
    size_t n_groups;         /* rows / 4, rounded up */
    size_t n_blocks;         /* columns / 64, of T5 / 48, of T8 / 80, of T1 / 128, rounded up */
    size_t tile_bytes;       /* TERN_TILE_BYTES, TERN_T5_TILE or TERN_T8_TILE */
    uint32_t dtype;          /* TERN_T2, T5, T8, T1 or C2 */
    const uint8_t *columns;  /* C2: [columns, rows / 64 rounded up, 16 bytes], the caller's memory; else NULL */
    size_t n_scales;         /* columns / group_size, rounded up; 1 without groups */
    size_t blocks_per_scale; /* group_size / 64, of T1 / 128 */
    float scale;
} tern_linear; /* of C2 only columns and scale are there */

/* One row of d_model elements per token of the vocabulary, the caller's memory, of any alignment. */
typedef struct {
    const uint8_t *rows;
    const uint8_t *scales; /* TERN_I8 and I4: f32 [n_vocab], else NULL */
    uint32_t dtype;        /* TERN_F32, F16, BF16, I8, I4 or T2 */
    size_t row_bytes;      /* but for T2 */
    size_t scale_bytes;    /* of the scale of one row: I8 and I4, else 0 */
    tern_linear ternary;   /* T2 only */
    uint64_t rows_at, scales_at; /* where they begin in the model's file, if it has one */
} tern_vocabulary;

typedef struct {
    tern_linear q, k, v, o, gate, up, down;
    const float *q_in_norm, *k_in_norm, *v_in_norm, *gate_in_norm, *up_in_norm; /* [d_model], NULL without */
    const float *q_norm, *k_norm;                                              /* [head_dim], NULL without */
    const float *attn_norm;     /* [d_model] */
    const float *attn_sub_norm; /* [n_heads * head_dim], NULL without sub-norms */
    const float *ffn_norm;      /* [d_model] */
    const float *ffn_sub_norm;  /* [d_ff], NULL without sub-norms */
} tern_layer;

struct tern_model {
    tern_config config;
    const tern_kernels *kernels;
    tern_vocabulary embed, head;
    const float *final_norm;   /* [d_model] */
    const float *rope_factors; /* [head_dim / 2], NULL without */
    float *norms;              /* owns what the pointers to norms and factors point into */
    tern_layer *layers;        /* [n_layers] */
    struct tern_shortlist *shortlist; /* NULL without */
    int file;                  /* descriptor to read rows of the vocabulary from, or -1: they are in memory */
};

/* The f16 number at any address; infinities and NaN become numbers beyond 65504. */
float tern_from_f16(const uint8_t *half);

/* x[0..d_model) = the row of a token. */
void tern_vocabulary_row(const tern_vocabulary *table, uint32_t token, size_t d_model, float *x);

/* Asks for the row of a token that will be wanted soon; not for T2. */
void tern_vocabulary_ask_for(const tern_vocabulary *table, uint32_t token);

/* The row of a token times x; not for T2 and I4. */
float tern_vocabulary_dot(const tern_vocabulary *table, const tern_kernels *kernels, uint32_t token, const float *x,
                          size_t d_model);

/* The same of n tokens from this one on, for I4. */
void tern_vocabulary_dots_i4(const tern_vocabulary *table, const tern_kernels *kernels, uint32_t token, size_t n,
                             const tern_fine *x, size_t d_model, float *out);

/* Bytes of what tern_fine points to, for n activations, and x rounded to it there. */
size_t tern_fine_size(size_t n);
tern_fine tern_fine_of(const float *x, size_t n, void *memory);

#endif
