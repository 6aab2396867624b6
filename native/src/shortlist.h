/* A coarse copy of the head, two bits a weight, that tells which rows of the head can matter (decision 43). */
#ifndef TERN_SHORTLIST_H
#define TERN_SHORTLIST_H

#include <stdbool.h>

#include "model.h"
#include "pool.h"

typedef struct tern_shortlist {
    tern_linear coarse; /* T2 tiles whose codes 0..3 are -1.5, -0.5, 0.5 and 1.5 steps; one step for SHORTLIST_COLS columns */
    uint8_t *tiles, *steps;
    float *row_errors;    /* [n_vocab]: root mean square of what rounding took from a row, over that of the typical row */
    float *column_errors; /* [d_model]: mean square of what it took from a column */
} tern_shortlist;

/* What a session needs beside it. */
typedef struct {
    int8_t *codes;     /* [d_model rounded up to blocks]: the hidden state as the coarse rows take it */
    float *inverse;    /* [groups of columns] */
    int32_t *code_sum; /* [groups of columns]: one and a half times the sum of the codes */
    int32_t *ids;      /* [n_vocab]: rows that can matter */
    float *exact;      /* [tern_shortlist_most(n_vocab)]: their logits */
} tern_short_scratch;

/* TERN_OK, TERN_E_MEMORY or TERN_E_THREAD. */
int tern_shortlist_create(tern_shortlist **out, const tern_model *model, uint32_t n_threads);
void tern_shortlist_free(tern_shortlist *shortlist);

/* False without memory; zeroed before, to be released in any case. */
bool tern_short_scratch_create(tern_short_scratch *scratch, const tern_config *config);
void tern_short_scratch_release(tern_short_scratch *scratch);

/* The hidden state for a product with the coarse rows. */
tern_activations tern_shortlist_input(const tern_model *model, tern_short_scratch *scratch, const float *hidden);

/* More rows than this are no shortlist: all of them are as fast. */
size_t tern_shortlist_most(size_t n_vocab);

/* Rows, in order, whose logit can reach `floor` by what is known of its coarse one, to ids [n_vocab]; returns their number. */
size_t tern_shortlist_choose(const tern_model *model, const float *coarse, const float *hidden, float floor, int32_t *ids);

#endif
