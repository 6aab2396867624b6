/* Products of quantised activations with ternary matrices, by all threads. */
#include <string.h>

#include "memory.h"
#include "pass.h"

enum {
    PANEL_BYTES = 32 << 10,  /* of activations, to stay in the first-level cache */
    STRIP_BYTES = 128 << 10, /* of weights, to stay in the second-level cache while all panels pass by */
    PANEL_TOKENS = 8         /* a panel is at least, and a multiple of, what kernels take at once */
};

size_t tern_scales_of(const tern_config *config, size_t n)
{
    return config->group_size == 0 ? 1 : tern_round_up(n, config->group_size) / config->group_size;
}

void tern_quantize(const tern_model *model, const float *x, size_t n, int8_t *codes, float *inverse, int32_t *code_sum)
{
    size_t group = model->config.group_size == 0 ? n : model->config.group_size;
    for (size_t at = 0, i = 0; at < n; at += group, i++) {
        size_t n_here = tern_smaller(group, n - at);
        model->kernels->quantize(codes + at, tern_round_up(n_here, TERN_BLOCK_COLS), x + at, n_here, &inverse[i],
                                 &code_sum[i]);
    }
}

/* Cut into strips and panels that fit the caches. */
void tern_multiply_linear(const tern_kernels *kernels, const tern_linear *linear, size_t from, size_t to, float *out,
                          size_t out_stride, const tern_activations *all)
{
    size_t group_bytes = linear->n_blocks * linear->tile_bytes;
    size_t scale_bytes = linear->n_scales * TERN_GROUP_ROWS * sizeof(uint16_t);
    size_t panel = PANEL_BYTES / all->stride / PANEL_TOKENS * PANEL_TOKENS, strip = STRIP_BYTES / group_bytes / 2 * 2;
    panel = panel > 0 ? panel : PANEL_TOKENS;
    strip = panel >= all->n_tokens ? to - from : strip > 0 ? strip : 2;
    for (size_t group = from; group < to; group += strip) {
        size_t n_groups = tern_smaller(strip, to - group);
        for (size_t t = 0; t < all->n_tokens; t += panel) {
            const tern_activations part = {.codes = all->codes + t * all->stride,
                                           .stride = all->stride,
                                           .inverse = all->inverse + t * all->n_scales,
                                           .code_sum = all->code_sum + t * all->n_scales,
                                           .n_scales = all->n_scales,
                                           .n_tokens = tern_smaller(panel, all->n_tokens - t)};
            float *to_rows = out + t * out_stride + group * TERN_GROUP_ROWS;
            const uint8_t *tiles = linear->tiles + group * group_bytes;
            if (linear->dtype == TERN_T8) {
                kernels->matmul_t8_i8(to_rows, out_stride, tiles, n_groups, linear->n_blocks, &part, linear->scale);
            } else if (linear->dtype == TERN_T5) {
                kernels->matmul_t5_i8(to_rows, out_stride, tiles, n_groups, linear->n_blocks, &part, linear->scale);
            } else if (linear->scales == NULL) {
                kernels->matmul_t2_i8(to_rows, out_stride, tiles, n_groups, linear->n_blocks, &part, linear->scale);
            } else {
                const uint8_t *scales = linear->scales + group * scale_bytes;
                (linear->dtype == TERN_T1 ? kernels->matmul_t1_grouped : kernels->matmul_t2_grouped)(
                    to_rows, out_stride, tiles, scales, n_groups, linear->n_blocks, linear->blocks_per_scale, &part);
            }
        }
    }
}

static void project_groups(void *context, size_t begin, size_t end, uint32_t thread)
{
    (void)thread;
    const projection *p = context;
    size_t start = 0; /* of this product's groups among all */
    for (size_t i = 0; i < p->n_products; i++) {
        const tern_linear *linear = p->products[i].linear;
        size_t from = begin > start ? begin - start : 0;
        size_t to = end > start ? tern_smaller(end - start, linear->n_groups) : 0;
        if (from < to) {
            tern_multiply_linear(p->pass->kernels, linear, from, to, p->products[i].out, p->products[i].stride,
                                 &p->activations);
        }
        start += linear->n_groups;
    }
}

void tern_add_product(projection *p, const tern_linear *linear, float *out, size_t stride)
{
    p->products[p->n_products].linear = linear;
    p->products[p->n_products].out = out + p->pass->first * stride;
    p->products[p->n_products].stride = stride;
    p->n_products++;
}

projection tern_begin_projection(const pass *p, size_t cols)
{
    const tern_session *s = p->session;
    size_t stride = tern_round_up(cols, TERN_BLOCK_COLS), n_scales = tern_scales_of(&p->model->config, cols);
    return (projection){
        .pass = p,
        .activations = {.codes = s->codes + p->first * stride,
                        .stride = stride,
                        .inverse = s->inverse + p->first * n_scales,
                        .code_sum = s->code_sum + p->first * n_scales,
                        .n_scales = n_scales,
                        .n_tokens = p->n - p->first},
    };
}

void tern_run_loop(const pass *p, tern_loop_body *body, void *context, size_t n_items)
{
    tern_pool_run(p->session->pool, body, context, n_items, p->n == 1 ? TERN_SHORT_LOOP : TERN_LONG_LOOP);
}

void tern_run_projection(const pass *p, projection *all)
{
    size_t n_groups = 0;
    for (size_t i = 0; i < all->n_products; i++) {
        n_groups += all->products[i].linear->n_groups;
    }
    tern_run_loop(p, project_groups, all, n_groups);
}

void tern_run_tokens(const pass *p, tern_loop_body *body)
{
    tern_run_loop(p, body, (void *)p, p->n - p->first);
}

float tern_sub_norm_eps(const pass *p)
{
    const tern_config *c = &p->model->config;
    return c->sub_norm_eps == 0.0f ? c->norm_eps : c->sub_norm_eps;
}

void tern_set_activations(const pass *p, size_t t, const float *x, const float *norm, float eps, size_t n,
                            uint32_t thread)
{
    tern_session *s = p->session;
    size_t stride = tern_round_up(n, TERN_BLOCK_COLS), n_scales = tern_scales_of(&p->model->config, n);
    float *normed = s->normed + thread * s->widest;
    if (norm != NULL) {
        p->kernels->rms_norm(normed, x, norm, n, eps);
        x = normed;
    }
    if (p->in_norm != NULL) {
        p->kernels->rms_norm(normed, x, p->in_norm, n, tern_sub_norm_eps(p));
        x = normed;
    }
    tern_quantize(p->model, x, n, s->codes + t * stride, s->inverse + t * n_scales, s->code_sum + t * n_scales);
}

void tern_add_residual(const pass *p, size_t t)
{
    const tern_session *s = p->session;
    size_t d = p->model->config.d_model;
    float *restrict x = s->x + t * d;
    const float *restrict projected = s->projected + t * s->d_stride;
    for (size_t i = 0; i < d; i++) {
        x[i] += projected[i];
    }
}

void tern_project_inputs(pass *p, tern_loop_body *quantize_input, const input *inputs, size_t n)
{
    size_t at_once = inputs[0].in_norm == NULL ? n : 1;
    for (size_t i = 0; i < n; i += at_once) {
        p->in_norm = inputs[i].in_norm;
        tern_run_tokens(p, quantize_input);
        p->has_projected = false;
        projection all = tern_begin_projection(p, p->model->config.d_model);
        for (size_t j = i; j < i + at_once; j++) {
            tern_add_product(&all, inputs[j].linear, inputs[j].out, inputs[j].stride);
        }
        tern_run_projection(p, &all);
    }
    p->in_norm = NULL;
}
