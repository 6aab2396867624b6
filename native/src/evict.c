/* Forgetting tokens in the middle of the cache: what follows moves up and its keys are turned back by as many positions. */
#include <string.h>

#include "memory.h"
#include "session.h"

typedef struct {
    tern_session *session;
    uint32_t keep, n;
    const float *turned; /* [head_dim]: cosine, then sine, of the angles to turn back */
} eviction;

static void load_row(const tern_session *s, const uint8_t *row, float scale, float *x, size_t head_dim)
{
    for (size_t i = 0; i < head_dim; i++) {
        if (s->kv_type == TERN_KV_F16) {
            x[i] = tern_from_f16(row + i * sizeof(uint16_t));
        } else {
            x[i] = (float)(int8_t)row[i] * scale;
        }
    }
}

/* One head of one layer at a time: its rows are nobody else's. */
static void evict_heads(void *context, size_t begin, size_t end, uint32_t thread)
{
    (void)thread;
    const eviction *e = context;
    tern_session *s = e->session;
    const tern_kernels *kernels = s->model->kernels;
    size_t head_dim = s->model->config.head_dim;
    size_t row_bytes = head_dim * (s->kv_type == TERN_KV_F16 ? sizeof(uint16_t) : sizeof(int8_t));
    size_t n_moved = s->length - e->keep - e->n;
    for (size_t head = begin; head < end; head++) {
        size_t first = head * s->n_ctx;
        for (size_t i = 0; i < n_moved; i++) {
            size_t to = first + e->keep + i, from = to + e->n;
            float x[TERN_MAX_HEAD_DIM];
            load_row(s, s->keys + from * row_bytes, s->kv_type == TERN_KV_F16 ? 0.0f : s->key_scales[from], x,
                     head_dim);
            kernels->rope(x, e->turned, e->turned + head_dim / 2, head_dim / 2);
            if (s->kv_type == TERN_KV_F16) {
                kernels->store_f16((uint16_t *)(void *)(s->keys + to * row_bytes), x, head_dim);
            } else {
                s->key_scales[to] = kernels->store_i8((int8_t *)s->keys + to * row_bytes, x, head_dim);
                s->value_scales[to] = s->value_scales[from];
            }
        }
        memmove(s->values + (first + e->keep) * row_bytes, s->values + (first + e->keep + e->n) * row_bytes,
                n_moved * row_bytes);
    }
}

int tern_session_evict(tern_session *session, uint32_t keep, uint32_t n)
{
    /* At least the last token stays, with what it makes of those before it. */
    if (session == NULL || keep >= session->length || n >= session->length - keep) {
        return TERN_E_ARG;
    }
    if (n == 0) {
        return TERN_OK;
    }
    tern_session *s = session;
    const tern_config *c = &s->model->config;
    size_t half = c->head_dim / 2;
    float turned[TERN_MAX_HEAD_DIM];
    float amplitude = c->rope_amplitude == 0.0f ? 1.0f : c->rope_amplitude; /* the keys have it already */
    for (size_t i = 0; i < half; i++) {
        turned[i] = s->cosine[n * half + i] / amplitude;
        turned[half + i] = -s->sine[n * half + i] / amplitude;
    }
    eviction e = {s, keep, n, turned};
    tern_pool_run(s->pool, evict_heads, &e, (size_t)c->n_layers * c->n_kv_heads, TERN_LONG_LOOP);
    memmove(s->tokens + keep, s->tokens + keep + n, (s->length - keep - n) * sizeof *s->tokens);
    s->length -= n;
    s->n_every = 0;
    return TERN_OK;
}
