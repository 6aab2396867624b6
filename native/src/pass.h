/* What the parts of a forward pass share: the batch that passes through a layer, and products of its activations. */
#ifndef TERN_PASS_H
#define TERN_PASS_H

#include "session.h"

/* What the loops of one layer share. */
typedef struct {
    tern_session *session;
    const tern_model *model;
    const tern_kernels *kernels;
    const tern_layer *layer;
    uint32_t layer_index;
    const float *in_norm; /* of the projection that is next, after the block's own norm; NULL without */
    bool has_projected;   /* what o gave is not yet added to the residual stream */
    const int32_t *tokens;
    uint32_t position; /* of the batch's first token */
    size_t first;      /* tokens first..n of the batch are still wanted */
    size_t n;
} pass;

/* Matrices that are multiplied by the same activations, side by side in one loop over groups of rows. */
typedef struct {
    const pass *pass;
    tern_activations activations;
    struct {
        const tern_linear *linear;
        float *out;
        size_t stride;
    } products[3];
    size_t n_products;
} projection;

/* One of the matrices that are multiplied by a block's normed input. */
typedef struct {
    const tern_linear *linear;
    const float *in_norm; /* NULL: it takes the input as the others do */
    float *out;
    size_t stride;
} input;

/* A loop over n_items by all threads: many small chunks for a batch, few for a token. */
void tern_run_loop(const pass *p, tern_loop_body *body, void *context, size_t n_items);

/* A loop over the tokens that are still wanted. */
void tern_run_tokens(const pass *p, tern_loop_body *body);

/* Of the quantised activations of so many columns. */
projection tern_begin_projection(const pass *p, size_t cols);
void tern_add_product(projection *p, const tern_linear *linear, float *out, size_t stride);
void tern_run_projection(const pass *p, projection *all);

/* Side by side, unless each has a norm of its own before it. */
void tern_project_inputs(pass *p, tern_loop_body *quantize_input, const input *inputs, size_t n);

/* Quantises token t's n activations, after a norm when there is one. */
void tern_set_activations(const pass *p, size_t t, const float *x, const float *norm, float eps, size_t n, uint32_t thread);

float tern_sub_norm_eps(const pass *p);

/* What was projected last is added to the residual stream of token t. */
void tern_add_residual(const pass *p, size_t t);

/* The feed-forward network of the pass's layer. */
void tern_run_ffn(pass *p);

#endif
