/* Sessions: what is in the cache, and the calls that change it. */
#include "session.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "memory.h"

enum { ROWS_PER_LOOP = 256 /* of the head: fewer are not worth waking threads for */ };

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

typedef struct {
    const tern_session *session;
    const int32_t *ids;
    const tern_rows *kept; /* where the rows of the ids are, when they were fetched; else NULL */
    tern_fine fine;        /* for a head of 4 bits */
    float *out;
    size_t n;
    const tern_linear *ternary; /* a ternary head, or coarse rows */
    tern_activations hidden;    /* for these */
} head_rows;

enum { GROUPS_AT_ONCE = 16 };

/* Groups begin..end of a ternary head, of which the last may reach beyond n rows. */
static void multiply_ternary_head(void *context, size_t begin, size_t end, uint32_t thread)
{
    (void)thread;
    const head_rows *h = context;
    const tern_model *m = h->session->model;
    for (size_t group = begin; group < end; group += GROUPS_AT_ONCE) {
        float rows[GROUPS_AT_ONCE * TERN_GROUP_ROWS];
        size_t to = tern_smaller(group + GROUPS_AT_ONCE, end), first = group * TERN_GROUP_ROWS;
        const tern_linear part = tern_linear_from(h->ternary, group);
        tern_multiply_linear(m->kernels, &part, 0, to - group, rows, 0, &h->hidden);
        size_t n = tern_smaller((to - group) * TERN_GROUP_ROWS, h->n - first);
        memcpy(h->out + first, rows, n * sizeof *rows);
    }
}

/* Chosen rows of a ternary head: each is computed with its group, so that it has the bits it has among all. */
static void multiply_ternary_rows(void *context, size_t begin, size_t end, uint32_t thread)
{
    (void)thread;
    const head_rows *h = context;
    const tern_model *m = h->session->model;
    for (size_t i = begin; i < end; i++) {
        float rows[TERN_GROUP_ROWS];
        size_t group = (uint32_t)h->ids[i] / TERN_GROUP_ROWS;
        const tern_linear part = tern_linear_from(&m->head.ternary, group);
        tern_multiply_linear(m->kernels, &part, 0, 1, rows, 0, &h->hidden);
        h->out[i] = rows[(uint32_t)h->ids[i] % TERN_GROUP_ROWS];
    }
}

static void multiply_head(void *context, size_t begin, size_t end, uint32_t thread)
{
    (void)thread;
    const head_rows *h = context;
    const tern_model *m = h->session->model;
    const tern_vocabulary *table = h->kept == NULL ? &m->head : &h->kept->table;
    for (size_t i = begin, n; i < end; i += n) {
        uint32_t row = h->ids == NULL ? (uint32_t)i : (uint32_t)h->ids[i];
        row = h->kept == NULL ? row : h->kept->slots[row];
        n = h->ids == NULL && table->dtype == TERN_I4 ? end - i : 1;
        if (h->ids != NULL && i + 1 < end) {
            tern_vocabulary_ask_for(table, h->kept == NULL ? (uint32_t)h->ids[i + 1] : h->kept->slots[h->ids[i + 1]]);
        }
        if (table->dtype == TERN_I4) {
            tern_vocabulary_dots_i4(table, m->kernels, row, n, &h->fine, m->config.d_model, h->out + i);
        } else {
            h->out[i] = tern_vocabulary_dot(table, m->kernels, row, h->session->hidden, m->config.d_model);
        }
    }
}

/* Reads the rows of a few ids; many are taken from the mapping. */
static int fetch_rows(tern_session *s, head_rows *rows)
{
    tern_rows *kept = s->head_rows.of != NULL ? &s->head_rows : &s->embed_rows;
    if (rows->ids == NULL || rows->n == 0 || rows->n > TERN_KEPT_ROWS || kept->of == NULL ||
        s->model->head.dtype == TERN_T2 || kept->of->rows != s->model->head.rows) {
        return TERN_OK;
    }
    rows->kept = kept;
    return tern_rows_fetch(kept, s->model->file, rows->ids, (uint32_t)rows->n);
}

/* The hidden state as a ternary head takes it, in the scratch memory of a forward pass. */
static tern_activations quantized_hidden(tern_session *s)
{
    const tern_config *c = &s->model->config;
    tern_quantize(s->model, s->hidden, c->d_model, s->codes, s->inverse, s->code_sum);
    return (tern_activations){.codes = s->codes,
                              .stride = tern_round_up(c->d_model, TERN_BLOCK_COLS),
                              .inverse = s->inverse,
                              .code_sum = s->code_sum,
                              .n_scales = tern_scales_of(c, c->d_model),
                              .n_tokens = 1};
}

static void run_rows(tern_session *s, tern_loop_body *body, head_rows *rows, size_t n_items)
{
    if (rows->n < ROWS_PER_LOOP) {
        body(rows, 0, n_items, 0);
    } else {
        tern_pool_run(s->pool, body, rows, n_items, TERN_LONG_LOOP);
    }
}

/* The given rows of the head (ids NULL: the first n) times the hidden state. */
static void multiply_rows(tern_session *s, head_rows rows)
{
    const tern_model *m = s->model;
    s->rows_read = (uint32_t)rows.n;
    if (m->head.dtype == TERN_I4) {
        rows.fine = tern_fine_of(s->hidden, m->config.d_model, s->fine);
    }
    if (m->head.dtype == TERN_T2) {
        rows.ternary = &m->head.ternary;
        rows.hidden = quantized_hidden(s);
        run_rows(s, rows.ids == NULL ? multiply_ternary_head : multiply_ternary_rows, &rows,
                 rows.ids == NULL ? tern_round_up(rows.n, TERN_GROUP_ROWS) / TERN_GROUP_ROWS : rows.n);
    } else {
        run_rows(s, multiply_head, &rows, rows.n);
    }
}

static uint32_t find_greatest(const float *logits, uint32_t n)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < n; i++) {
        best = logits[i] > logits[best] ? i : best;
    }
    return best;
}

/* The coarse logits of all rows, then those of the head for the rows that may be above the best so far. */
static void multiply_shortlist(tern_session *s, float *out)
{
    const tern_model *m = s->model;
    uint32_t n_vocab = m->config.n_vocab;
    head_rows coarse = {.session = s, .out = out, .n = n_vocab, .ternary = &m->shortlist->coarse};
    coarse.hidden = tern_shortlist_input(m, &s->coarse, s->hidden);
    run_rows(s, multiply_ternary_head, &coarse, m->shortlist->coarse.n_groups);
    int32_t best = (int32_t)find_greatest(out, n_vocab), *ids = s->coarse.ids;
    multiply_rows(s, (head_rows){.session = s, .ids = &best, .out = &out[best], .n = 1});
    size_t n = tern_shortlist_choose(m, out, s->hidden, out[best], ids);
    if (n > tern_shortlist_most(n_vocab)) {
        multiply_rows(s, (head_rows){.session = s, .out = out, .n = n_vocab});
        return;
    }
    multiply_rows(s, (head_rows){.session = s, .ids = ids, .out = s->coarse.exact, .n = n});
    for (size_t i = 0; i < n; i++) {
        out[ids[i]] = s->coarse.exact[i];
    }
}

int tern_session_logits(tern_session *session, const int32_t *ids, uint32_t n, float *out)
{
    if (session == NULL || (n > 0 && out == NULL)) {
        return TERN_E_ARG;
    }
    uint32_t n_vocab = session->model->config.n_vocab;
    if (ids == NULL && n > n_vocab) {
        return TERN_E_ARG;
    }
    for (uint32_t i = 0; ids != NULL && i < n; i++) {
        if (ids[i] < 0 || (uint32_t)ids[i] >= n_vocab) {
            return TERN_E_ARG;
        }
    }
    if (!session->has_hidden) {
        return TERN_E_STATE;
    }
    if (ids == NULL && n == n_vocab && session->coarse.ids != NULL) {
        multiply_shortlist(session, out);
        return TERN_OK;
    }
    head_rows rows = {.session = session, .ids = ids, .out = out, .n = n};
    int status = fetch_rows(session, &rows);
    if (status == TERN_OK) {
        multiply_rows(session, rows);
    }
    return status;
}

uint32_t tern_session_rows_read(const tern_session *session)
{
    return session == NULL ? 0 : session->rows_read;
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
