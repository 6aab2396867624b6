/* The forward pass of BitNet b1.58, a batch of tokens at a time.
 *
 * A token's numbers never depend on the batch it is in or on the thread that computes it: every float operation
 * belongs to one token (and one head or row), with an order that its kernel fixes. So a prompt gives the same bits
 * however it is split, and with any number of threads.
 */
#include <math.h>
#include <string.h>

#include "memory.h"
#include "session.h"

/* What the loops of one layer share. */
typedef struct {
    tern_session *session;
    const tern_model *model;
    const tern_kernels *kernels;
    const tern_layer *layer;
    uint32_t layer_index;
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

enum {
    PANEL_BYTES = 32 << 10,  /* of activations, to stay in the first-level cache */
    STRIP_BYTES = 128 << 10, /* of weights, to stay in the second-level cache while all panels pass by */
    PANEL_TOKENS = 8         /* a panel is at least, and a multiple of, what kernels take at once */
};

/* A linear's groups from..to times all tokens, cut into strips and panels that fit the caches. */
static void multiply(const tern_kernels *kernels, const tern_linear *linear, size_t from, size_t to, float *out,
                     size_t out_stride, const tern_activations *all)
{
    size_t group_bytes = linear->n_blocks * TERN_TILE_BYTES;
    size_t panel = PANEL_BYTES / all->stride / PANEL_TOKENS * PANEL_TOKENS, strip = STRIP_BYTES / group_bytes / 2 * 2;
    panel = panel > 0 ? panel : PANEL_TOKENS;
    strip = panel >= all->n_tokens ? to - from : strip > 0 ? strip : 2;
    for (size_t group = from; group < to; group += strip) {
        size_t n_groups = tern_smaller(strip, to - group);
        for (size_t t = 0; t < all->n_tokens; t += panel) {
            const tern_activations part = {.codes = all->codes + t * all->stride,
                                           .stride = all->stride,
                                           .inverse = all->inverse + t,
                                           .code_sum = all->code_sum + t,
                                           .n_tokens = tern_smaller(panel, all->n_tokens - t)};
            kernels->matmul_t2_i8(out + t * out_stride + group * TERN_GROUP_ROWS, out_stride,
                                  linear->tiles + group * group_bytes, n_groups, linear->n_blocks, &part,
                                  linear->scale);
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
            multiply(p->pass->kernels, linear, from, to, p->products[i].out, p->products[i].stride, &p->activations);
        }
        start += linear->n_groups;
    }
}

static void add_product(projection *p, const tern_linear *linear, float *out, size_t stride)
{
    p->products[p->n_products].linear = linear;
    p->products[p->n_products].out = out + p->pass->first * stride;
    p->products[p->n_products].stride = stride;
    p->n_products++;
}

static projection begin_projection(const pass *p, size_t cols)
{
    const tern_session *s = p->session;
    size_t stride = tern_round_up(cols, TERN_BLOCK_COLS);
    return (projection){
        .pass = p,
        .activations = {.codes = s->codes + p->first * stride,
                        .stride = stride,
                        .inverse = s->inverse + p->first,
                        .code_sum = s->code_sum + p->first,
                        .n_tokens = p->n - p->first},
    };
}

static void run_projection(const pass *p, projection *all)
{
    size_t n_groups = 0;
    for (size_t i = 0; i < all->n_products; i++) {
        n_groups += all->products[i].linear->n_groups;
    }
    tern_pool_run(p->session->pool, project_groups, all, n_groups);
}

static void run_tokens(const pass *p, tern_loop_body *body)
{
    tern_pool_run(p->session->pool, body, (void *)p, p->n - p->first);
}

/* Quantises token t's n activations, after a norm when there is one. */
static void set_activations(const pass *p, size_t t, const float *x, const float *norm, size_t n, uint32_t thread)
{
    tern_session *s = p->session;
    size_t stride = tern_round_up(n, TERN_BLOCK_COLS);
    if (norm != NULL) {
        float *normed = s->normed + thread * s->widest;
        p->kernels->rms_norm(normed, x, norm, n, p->model->config.norm_eps);
        x = normed;
    }
    p->kernels->quantize(s->codes + t * stride, stride, x, n, &s->inverse[t], &s->code_sum[t]);
}

static void embed_tokens(void *context, size_t begin, size_t end, uint32_t thread)
{
    (void)thread;
    const pass *p = context;
    size_t d = p->model->config.d_model;
    for (size_t t = begin; t < end; t++) {
        tern_vocabulary_row(&p->model->embed, (uint32_t)p->tokens[t], d, p->session->x + t * d);
    }
}

static void quantize_attention_input(void *context, size_t begin, size_t end, uint32_t thread)
{
    const pass *p = context;
    size_t d = p->model->config.d_model;
    for (size_t t = p->first + begin; t < p->first + end; t++) {
        set_activations(p, t, p->session->x + t * d, p->layer->attn_norm, d, thread);
    }
}

static void store_head(const pass *p, uint32_t head, size_t position, const float *k, const float *v)
{
    tern_session *s = p->session;
    const tern_config *c = &p->model->config;
    size_t at = ((size_t)p->layer_index * c->n_kv_heads + head) * s->n_ctx + position;
    if (s->kv_type == TERN_KV_F16) {
        p->kernels->store_f16((uint16_t *)(void *)s->keys + at * c->head_dim, k, c->head_dim);
        p->kernels->store_f16((uint16_t *)(void *)s->values + at * c->head_dim, v, c->head_dim);
    } else {
        s->key_scales[at] = p->kernels->store_i8((int8_t *)s->keys + at * c->head_dim, k, c->head_dim);
        s->value_scales[at] = p->kernels->store_i8((int8_t *)s->values + at * c->head_dim, v, c->head_dim);
    }
}

static void rotate_and_store(void *context, size_t begin, size_t end, uint32_t thread)
{
    (void)thread;
    const pass *p = context;
    tern_session *s = p->session;
    const tern_config *c = &p->model->config;
    size_t half = c->head_dim / 2;
    for (size_t t = begin; t < end; t++) {
        size_t position = p->position + t;
        const float *cosine = s->cosine + position * half, *sine = s->sine + position * half;
        float *q = s->qkv + t * s->qkv_stride, *k = q + s->q_stride, *v = k + s->kv_stride;
        for (uint32_t h = 0; h < c->n_heads; h++) {
            p->kernels->rope(q + (size_t)h * c->head_dim, cosine, sine, half);
        }
        for (uint32_t h = 0; h < c->n_kv_heads; h++) {
            float *key = k + (size_t)h * c->head_dim;
            p->kernels->rope(key, cosine, sine, half);
            store_head(p, h, position, key, v + (size_t)h * c->head_dim);
        }
    }
}

/* Items are (head, token) with the tokens of a head together, which read the same keys and values. */
static void attend(void *context, size_t begin, size_t end, uint32_t thread)
{
    const pass *p = context;
    const tern_session *s = p->session;
    const tern_config *c = &p->model->config;
    size_t n_tokens = p->n - p->first, q_dim = (size_t)c->n_heads * c->head_dim;
    size_t width = s->kv_type == TERN_KV_F16 ? sizeof(uint16_t) : sizeof(int8_t);
    float scale = (float)(1.0 / sqrt((double)c->head_dim));
    for (size_t i = begin; i < end; i++) {
        size_t head = i / n_tokens, t = p->first + i % n_tokens;
        size_t kv_head = head / (c->n_heads / c->n_kv_heads);
        size_t at = ((size_t)p->layer_index * c->n_kv_heads + kv_head) * s->n_ctx;
        tern_cached keys = {.rows = s->keys + at * c->head_dim * width};
        tern_cached values = {.rows = s->values + at * c->head_dim * width};
        const float *query = s->qkv + t * s->qkv_stride + head * c->head_dim;
        float *out = s->attention + t * q_dim + head * c->head_dim;
        float *weights = s->weights + (size_t)thread * s->n_ctx;
        if (s->kv_type == TERN_KV_F16) {
            p->kernels->attend_f16(out, query, keys, values, p->position + t + 1, c->head_dim, scale, weights);
        } else {
            keys.scales = s->key_scales + at;
            values.scales = s->value_scales + at;
            p->kernels->attend_i8(out, query, keys, values, p->position + t + 1, c->head_dim, scale, weights);
        }
    }
}

static void quantize_attention_output(void *context, size_t begin, size_t end, uint32_t thread)
{
    const pass *p = context;
    size_t q_dim = (size_t)p->model->config.n_heads * p->model->config.head_dim;
    for (size_t t = p->first + begin; t < p->first + end; t++) {
        set_activations(p, t, p->session->attention + t * q_dim, p->layer->attn_sub_norm, q_dim, thread);
    }
}

static void add_residual(const pass *p, size_t t)
{
    const tern_session *s = p->session;
    size_t d = p->model->config.d_model;
    float *restrict x = s->x + t * d;
    const float *restrict projected = s->projected + t * s->d_stride;
    for (size_t i = 0; i < d; i++) {
        x[i] += projected[i];
    }
}

static void quantize_ffn_input(void *context, size_t begin, size_t end, uint32_t thread)
{
    const pass *p = context;
    size_t d = p->model->config.d_model;
    for (size_t t = p->first + begin; t < p->first + end; t++) {
        add_residual(p, t);
        set_activations(p, t, p->session->x + t * d, p->layer->ffn_norm, d, thread);
    }
}

static void gate_and_quantize(void *context, size_t begin, size_t end, uint32_t thread)
{
    const pass *p = context;
    const tern_session *s = p->session;
    size_t d_ff = p->model->config.d_ff;
    for (size_t t = p->first + begin; t < p->first + end; t++) {
        float *gate = s->gate + t * s->ff_stride;
        const float *up = s->up + t * s->ff_stride;
        if (p->model->config.activation == TERN_ACT_RELU2) {
            p->kernels->gate_relu2(gate, up, d_ff);
        } else {
            p->kernels->gate_silu(gate, up, d_ff);
        }
        set_activations(p, t, gate, p->layer->ffn_sub_norm, d_ff, thread);
    }
}

static void add_ffn(void *context, size_t begin, size_t end, uint32_t thread)
{
    (void)thread;
    const pass *p = context;
    for (size_t t = p->first + begin; t < p->first + end; t++) {
        add_residual(p, t);
    }
}

static void run_attention(pass *p)
{
    tern_session *s = p->session;
    const tern_config *c = &p->model->config;
    run_tokens(p, quantize_attention_input);
    projection qkv = begin_projection(p, c->d_model);
    add_product(&qkv, &p->layer->q, s->qkv, s->qkv_stride);
    add_product(&qkv, &p->layer->k, s->qkv + s->q_stride, s->qkv_stride);
    add_product(&qkv, &p->layer->v, s->qkv + s->q_stride + s->kv_stride, s->qkv_stride);
    run_projection(p, &qkv);
    run_tokens(p, rotate_and_store);
    if (p->layer_index == c->n_layers - 1) {
        p->first = p->n - 1; /* of the others, only the keys and values will be asked for */
    }
    tern_pool_run(s->pool, attend, p, (p->n - p->first) * c->n_heads);
    run_tokens(p, quantize_attention_output);
    projection o = begin_projection(p, (size_t)c->n_heads * c->head_dim);
    add_product(&o, &p->layer->o, s->projected, s->d_stride);
    run_projection(p, &o);
}

static void run_ffn(pass *p)
{
    tern_session *s = p->session;
    const tern_config *c = &p->model->config;
    run_tokens(p, quantize_ffn_input);
    projection gate_up = begin_projection(p, c->d_model);
    add_product(&gate_up, &p->layer->gate, s->gate, s->ff_stride);
    add_product(&gate_up, &p->layer->up, s->up, s->ff_stride);
    run_projection(p, &gate_up);
    run_tokens(p, gate_and_quantize);
    projection down = begin_projection(p, c->d_ff);
    add_product(&down, &p->layer->down, s->projected, s->d_stride);
    run_projection(p, &down);
    run_tokens(p, add_ffn);
}

int tern_forward(tern_session *session, const int32_t *tokens, uint32_t n)
{
    const tern_model *model = session->model;
    pass p = {.session = session,
              .model = model,
              .kernels = model->kernels,
              .tokens = tokens,
              .position = session->length,
              .n = n};
    run_tokens(&p, embed_tokens);
    for (uint32_t i = 0; i < model->config.n_layers; i++) {
        if (atomic_exchange(&session->cancelled, false)) {
            return TERN_E_CANCELLED;
        }
        p.layer = &model->layers[i];
        p.layer_index = i;
        run_attention(&p);
        run_ffn(&p);
    }
    size_t d = model->config.d_model;
    p.kernels->rms_norm(session->hidden, session->x + (n - 1) * d, model->final_norm, d, model->config.norm_eps);
    session->has_hidden = true;
    memcpy(session->tokens + session->length, tokens, n * sizeof *tokens);
    session->length += n;
    return TERN_OK;
}
