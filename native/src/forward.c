/* The forward pass of ternary transformers, a batch of tokens at a time.
 *
 * A token's numbers never depend on the batch it is in or on the thread that computes it: every float operation
 * belongs to one token (and one head or row), with an order that its kernel fixes. So a prompt gives the same bits
 * however it is split, and with any number of threads.
 */
#include <math.h>
#include <string.h>

#include "memory.h"
#include "pass.h"

static void embed_tokens(void *context, size_t begin, size_t end, uint32_t thread)
{
    (void)thread;
    const pass *p = context;
    size_t d = p->model->config.d_model;
    for (size_t t = begin; t < end; t++) {
        uint32_t token = (uint32_t)p->tokens[t];
        const tern_rows *kept = &p->session->embed_rows;
        if (kept->of != NULL) {
            tern_vocabulary_row(&kept->table, kept->slots[token], d, p->session->x + t * d);
        } else {
            tern_vocabulary_row(&p->model->embed, token, d, p->session->x + t * d);
        }
    }
}

static void quantize_attention_input(void *context, size_t begin, size_t end, uint32_t thread)
{
    const pass *p = context;
    size_t d = p->model->config.d_model;
    for (size_t t = p->first + begin; t < p->first + end; t++) {
        tern_set_activations(p, t, p->session->x + t * d, p->layer->attn_norm, p->model->config.norm_eps, d, thread);
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

static void norm_head(const pass *p, float *head, const float *norm)
{
    if (norm != NULL) {
        p->kernels->rms_norm(head, head, norm, p->model->config.head_dim, p->model->config.norm_eps);
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
            float *query = q + (size_t)h * c->head_dim;
            norm_head(p, query, p->layer->q_norm);
            p->kernels->rope(query, cosine, sine, half);
        }
        for (uint32_t h = 0; h < c->n_kv_heads; h++) {
            float *key = k + (size_t)h * c->head_dim;
            norm_head(p, key, p->layer->k_norm);
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
        tern_set_activations(p, t, p->session->attention + t * q_dim, p->layer->attn_sub_norm, tern_sub_norm_eps(p), q_dim,
                        thread);
    }
}

static void run_attention(pass *p)
{
    tern_session *s = p->session;
    const tern_config *c = &p->model->config;
    const input qkv[] = {{&p->layer->q, p->layer->q_in_norm, s->qkv, s->qkv_stride},
                         {&p->layer->k, p->layer->k_in_norm, s->qkv + s->q_stride, s->qkv_stride},
                         {&p->layer->v, p->layer->v_in_norm, s->qkv + s->q_stride + s->kv_stride, s->qkv_stride}};
    tern_project_inputs(p, quantize_attention_input, qkv, 3);
    tern_run_tokens(p, rotate_and_store);
    if (p->layer_index == c->n_layers - 1 && !s->every) {
        p->first = p->n - 1; /* of the others, only the keys and values will be asked for */
    }
    tern_run_loop(p, attend, p, (p->n - p->first) * c->n_heads);
    tern_run_tokens(p, quantize_attention_output);
    projection o = tern_begin_projection(p, (size_t)c->n_heads * c->head_dim);
    tern_add_product(&o, &p->layer->o, s->projected, s->d_stride);
    tern_run_projection(p, &o);
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
    session->n_every = 0;
    if (session->embed_rows.of != NULL) {
        int status = tern_rows_fetch(&session->embed_rows, model->file, tokens, n);
        if (status != TERN_OK) {
            return status;
        }
    }
    tern_run_tokens(&p, embed_tokens);
    for (uint32_t i = 0; i < model->config.n_layers; i++) {
        if (atomic_exchange(&session->cancelled, false)) {
            return TERN_E_CANCELLED;
        }
        p.layer = &model->layers[i];
        p.layer_index = i;
        run_attention(&p);
        tern_run_ffn(&p);
    }
    size_t d = model->config.d_model;
    p.kernels->rms_norm(session->hidden, session->x + (n - 1) * d, model->final_norm, d, model->config.norm_eps);
    session->has_hidden = true;
    session->selected = false;
    session->n_every = session->every ? n : 0;
    memcpy(session->tokens + session->length, tokens, n * sizeof *tokens);
    session->length += n;
    return TERN_OK;
}
