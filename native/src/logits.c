/* The head: rows of the vocabulary times the hidden state, all of them, chosen ones, or those of a shortlist. */
#include <string.h>

#include "memory.h"
#include "session.h"

enum {
    ROWS_PER_LOOP = 256, /* fewer are not worth waking threads for */
    GROUPS_AT_ONCE = 16,
};

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
