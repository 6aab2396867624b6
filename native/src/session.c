/* Sessions: what is in the cache, and the calls that change it. */
#include "session.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "memory.h"

static int explain(char *why, size_t why_len, int code, const char *message)
{
    if (why != NULL && why_len > 0) {
        snprintf(why, why_len, "%s", message);
    }
    return code;
}

static void *allocate_array(size_t n, size_t m, size_t width)
{
    size_t size;
    return tern_multiply(n, m, &size) && tern_multiply(size, width, &size) ? tern_allocate(size) : NULL;
}

static bool allocate_cache(tern_session *s)
{
    const tern_config *c = &s->model->config;
    size_t width = s->kv_type == TERN_KV_F16 ? sizeof(uint16_t) : sizeof(int8_t);
    size_t heads = (size_t)c->n_layers * c->n_kv_heads, half = c->head_dim / 2, rows;
    if (!tern_multiply(heads, s->n_ctx, &rows)) {
        return false;
    }
    if (s->kv_type == TERN_KV_INT8 && !((s->key_scales = allocate_array(rows, 1, sizeof(float))) != NULL &&
                                        (s->value_scales = allocate_array(rows, 1, sizeof(float))) != NULL)) {
        return false;
    }
    return (s->keys = allocate_array(rows, c->head_dim, width)) != NULL &&
           (s->values = allocate_array(rows, c->head_dim, width)) != NULL &&
           (s->cosine = allocate_array(s->n_ctx, half, sizeof(float))) != NULL &&
           (s->sine = allocate_array(s->n_ctx, half, sizeof(float))) != NULL;
}

static bool allocate_scratch(tern_session *s, uint32_t n_threads)
{
    const tern_config *c = &s->model->config;
    size_t q_dim = (size_t)c->n_heads * c->head_dim, batch = s->max_batch;
    s->q_stride = tern_round_up(q_dim, TERN_GROUP_ROWS);
    s->kv_stride = tern_round_up((size_t)c->n_kv_heads * c->head_dim, TERN_GROUP_ROWS);
    s->qkv_stride = s->q_stride + 2 * s->kv_stride;
    s->ff_stride = tern_round_up(c->d_ff, TERN_GROUP_ROWS);
    s->d_stride = tern_round_up(c->d_model, TERN_GROUP_ROWS);
    s->widest = c->d_model > c->d_ff ? c->d_model : c->d_ff;
    s->widest = tern_round_up(s->widest > q_dim ? s->widest : q_dim, TERN_BLOCK_COLS);
    s->most_scales = tern_scales_of(c, s->widest);
    /* When the gate is computed, nobody needs what attention left any more, and what o and down give is added to the
     * residual stream before the next of them is. */
    size_t attention_part = s->qkv_stride + q_dim;
    size_t widest_part = attention_part > s->ff_stride ? attention_part : s->ff_stride;
    widest_part = widest_part > s->d_stride ? widest_part : s->d_stride;
    bool allocated =
        (s->tokens = allocate_array(s->n_ctx, 1, sizeof(int32_t))) != NULL &&
        (s->hidden = allocate_array(c->d_model, 1, sizeof(float))) != NULL &&
        (s->x = allocate_array(batch, c->d_model, sizeof(float))) != NULL &&
        (s->gate = allocate_array(batch, widest_part, sizeof(float))) != NULL &&
        (s->up = allocate_array(batch, s->ff_stride, sizeof(float))) != NULL &&
        (s->codes = allocate_array(batch + 2, s->widest, sizeof(int8_t))) != NULL && /* kernels read on a little */
        (s->inverse = allocate_array(batch, s->most_scales, sizeof(float))) != NULL &&
        (s->code_sum = allocate_array(batch, s->most_scales, sizeof(int32_t))) != NULL &&
        (s->normed = allocate_array(n_threads, s->widest, sizeof(float))) != NULL &&
        (s->weights = allocate_array(n_threads, s->n_ctx, sizeof(float))) != NULL &&
        (s->active = allocate_array(tern_round_up(c->d_ff, TERN_COLUMNS_AT_ONCE), 1, sizeof(uint32_t))) != NULL &&
        (s->packed = allocate_array(batch, tern_round_up(c->d_ff, TERN_COLUMNS_AT_ONCE), sizeof(int8_t))) != NULL &&
        (s->sums = allocate_array(batch > n_threads ? batch : n_threads, tern_round_up(c->d_model, TERN_BLOCK_COLS), sizeof(int32_t))) != NULL &&
        (s->zeros = allocate_array(c->n_layers, 1, sizeof(tern_zeros))) != NULL &&
        (s->model->head.dtype != TERN_I4 || (s->fine = tern_allocate(tern_fine_size(c->d_model))) != NULL);
    s->qkv = s->projected = s->gate;
    s->attention = allocated ? s->gate + batch * s->qkv_stride : NULL;
    return allocated;
}

/* Where single rows of the vocabulary are read from, of a model with a file. */
static bool allocate_rows(tern_session *s)
{
    const tern_model *m = s->model;
    bool tied = m->head.rows == m->embed.rows;
    return (m->file < 0 || m->embed.dtype == TERN_T2 || tern_rows_create(&s->embed_rows, m, &m->embed)) &&
           (m->file < 0 || tied || m->head.dtype == TERN_T2 || tern_rows_create(&s->head_rows, m, &m->head));
}

/* Angles as the published model computes them: the frequency and its product with the position rounded to f32. */
static void fill_rope(tern_session *s)
{
    const tern_config *c = &s->model->config;
    size_t half = c->head_dim / 2;
    float amplitude = c->rope_amplitude == 0.0f ? 1.0f : c->rope_amplitude;
    for (size_t i = 0; i < half; i++) {
        float frequency = (float)(1.0 / pow((double)c->rope_theta, 2.0 * (double)i / c->head_dim));
        if (s->model->rope_factors != NULL) {
            frequency /= s->model->rope_factors[i];
        }
        for (size_t position = 0; position < s->n_ctx; position++) {
            float angle = (float)position * frequency;
            s->cosine[position * half + i] = (float)cos((double)angle) * amplitude;
            s->sine[position * half + i] = (float)sin((double)angle) * amplitude;
        }
    }
}

int tern_session_create(tern_session **out, const tern_model *model, uint32_t n_ctx, uint32_t n_threads,
                        uint32_t kv_type, char *why, size_t why_len)
{
    if (why != NULL && why_len > 0) {
        why[0] = '\0';
    }
    if (out == NULL || model == NULL) {
        return explain(why, why_len, TERN_E_ARG, "a null pointer was given");
    }
    *out = NULL;
    if (n_ctx < 1 || n_ctx > model->config.max_context) {
        return explain(why, why_len, TERN_E_ARG, "n_ctx must be 1 to the model's max_context");
    }
    if (n_threads < 1 || n_threads > TERN_MAX_THREADS) {
        return explain(why, why_len, TERN_E_ARG, "n_threads must be 1 to 64");
    }
    if (kv_type != TERN_KV_F16 && kv_type != TERN_KV_INT8) {
        return explain(why, why_len, TERN_E_ARG, "kv_type must be TERN_KV_F16 or TERN_KV_INT8");
    }
    tern_session *s = tern_allocate(sizeof *s);
    if (s == NULL) {
        return explain(why, why_len, TERN_E_MEMORY, "out of memory");
    }
    memset(s, 0, sizeof *s);
    s->model = model;
    s->n_ctx = n_ctx;
    s->n_threads = n_threads;
    s->kv_type = kv_type;
    s->max_batch = n_ctx < TERN_MAX_BATCH ? n_ctx : TERN_MAX_BATCH;
    atomic_init(&s->cancelled, false);
    if (!allocate_cache(s) || !allocate_scratch(s, n_threads) || !allocate_rows(s) ||
        (model->shortlist != NULL && !tern_short_scratch_create(&s->coarse, &model->config))) {
        tern_session_free(s);
        return explain(why, why_len, TERN_E_MEMORY, "out of memory for the KV cache: try a smaller n_ctx or int8");
    }
    fill_rope(s);
    memset(s->zeros, 0, model->config.n_layers * sizeof *s->zeros);
    int status = tern_pool_create(&s->pool, n_threads);
    if (status != TERN_OK) {
        tern_session_free(s);
        return explain(why, why_len, status, tern_error_string(status));
    }
    *out = s;
    return TERN_OK;
}

void tern_session_free(tern_session *s)
{
    if (s == NULL) {
        return;
    }
    tern_pool_free(s->pool);
    tern_rows_release(&s->embed_rows);
    tern_rows_release(&s->head_rows);
    tern_short_scratch_release(&s->coarse);
    void *const owned[] = {s->tokens, s->hidden, s->keys, s->values, s->key_scales, s->value_scales,
                           s->cosine, s->sine, s->x, s->gate, s->up, s->codes, s->inverse,
                           s->code_sum, s->normed, s->weights, s->active, s->packed, s->sums, s->zeros, s->fine};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++) {
        tern_release(owned[i]);
    }
    tern_release(s);
}

/* Whether n more tokens after the first `kept` may be evaluated. */
static int check_tokens(const tern_session *s, uint32_t kept, const int32_t *tokens, uint32_t n)
{
    if (n > 0 && tokens == NULL) {
        return TERN_E_ARG;
    }
    if (n > s->n_ctx - kept) {
        return TERN_E_FULL;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (tokens[i] < 0 || (uint32_t)tokens[i] >= s->model->config.n_vocab) {
            return TERN_E_ARG;
        }
    }
    return TERN_OK;
}

static int evaluate(tern_session *s, const int32_t *tokens, uint32_t n)
{
    while (n > 0) {
        uint32_t batch = n < s->max_batch ? n : s->max_batch;
        int status = tern_forward(s, tokens, batch);
        if (status != TERN_OK) {
            return status;
        }
        tokens += batch;
        n -= batch;
    }
    return TERN_OK;
}

static void keep(tern_session *s, uint32_t n)
{
    if (n < s->length) {
        s->length = n;
        s->has_hidden = false;
        s->n_every = 0;
    }
}

int tern_session_sync(tern_session *session, const int32_t *tokens, uint32_t n, uint32_t *evaluated)
{
    if (evaluated != NULL) {
        *evaluated = 0;
    }
    if (session == NULL) {
        return TERN_E_ARG;
    }
    int status = check_tokens(session, 0, tokens, n);
    if (status != TERN_OK) {
        return status;
    }
    if (n == 0) {
        keep(session, 0);
        return TERN_OK;
    }
    uint32_t common = 0;
    while (common < n && common < session->length && tokens[common] == session->tokens[common]) {
        common++;
    }
    if (common == n) {
        common--;
    }
    keep(session, common);
    status = evaluate(session, tokens + common, n - common);
    if (evaluated != NULL) {
        *evaluated = session->length - common;
    }
    return status;
}

int tern_session_append(tern_session *session, const int32_t *tokens, uint32_t n)
{
    if (session == NULL) {
        return TERN_E_ARG;
    }
    int status = check_tokens(session, session->length, tokens, n);
    return status == TERN_OK ? evaluate(session, tokens, n) : status;
}

int tern_session_append_every(tern_session *session, const int32_t *tokens, uint32_t n)
{
    if (session == NULL || n < 1 || n > session->max_batch) {
        return TERN_E_ARG;
    }
    int status = check_tokens(session, session->length, tokens, n);
    if (status == TERN_OK) {
        session->every = true;
        status = tern_forward(session, tokens, n);
        session->every = false;
    }
    return status;
}

int tern_session_select(tern_session *session, uint32_t index)
{
    if (session == NULL || (session->n_every > 0 && index >= session->n_every)) {
        return TERN_E_ARG;
    }
    if (session->n_every == 0) {
        return TERN_E_STATE;
    }
    const tern_model *m = session->model;
    size_t d = m->config.d_model;
    m->kernels->rms_norm(session->hidden, session->x + index * d, m->final_norm, d, m->config.norm_eps);
    session->selected = index != session->n_every - 1;
    return TERN_OK;
}

uint32_t tern_session_length(const tern_session *session)
{
    return session == NULL ? 0 : session->length;
}

int tern_session_tokens(const tern_session *session, int32_t *out, uint32_t n)
{
    if (session == NULL || (out == NULL && n > 0) || n > session->length) {
        return TERN_E_ARG;
    }
    if (n > 0) {
        memcpy(out, session->tokens, n * sizeof *out);
    }
    return TERN_OK;
}

int tern_session_truncate(tern_session *session, uint32_t n)
{
    if (session == NULL || n > session->length) {
        return TERN_E_ARG;
    }
    keep(session, n);
    return TERN_OK;
}

int tern_session_count(tern_session *session, uint32_t on)
{
    if (session == NULL || on > 1) {
        return TERN_E_ARG;
    }
    session->counts = on == 1;
    if (session->counts) {
        memset(session->zeros, 0, session->model->config.n_layers * sizeof *session->zeros);
    }
    return TERN_OK;
}

int tern_session_zeros(const tern_session *session, uint32_t layer, tern_zeros *out)
{
    if (session == NULL || out == NULL || layer >= session->model->config.n_layers) {
        return TERN_E_ARG;
    }
    *out = session->zeros[layer];
    return TERN_OK;
}

void tern_session_cancel(tern_session *session)
{
    if (session != NULL) {
        atomic_store(&session->cancelled, true);
    }
}
