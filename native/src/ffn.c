/* The feed-forward network. Of squared ReLU most is zero: rows of `up` and columns of `down` that zeros would meet are left out, with
 * the same bits. */
#include <string.h>

#include "memory.h"
#include "pass.h"

static void quantize_ffn_input(void *context, size_t begin, size_t end, uint32_t thread)
{
    const pass *p = context;
    size_t d = p->model->config.d_model;
    for (size_t t = p->first + begin; t < p->first + end; t++) {
        if (p->has_projected) {
            tern_add_residual(p, t);
        }
        tern_set_activations(p, t, p->session->x + t * d, p->layer->ffn_norm, p->model->config.norm_eps, d, thread);
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
        tern_set_activations(p, t, gate, p->layer->ffn_sub_norm, tern_sub_norm_eps(p), d_ff, thread);
    }
}

static void add_ffn(void *context, size_t begin, size_t end, uint32_t thread)
{
    (void)thread;
    const pass *p = context;
    for (size_t t = p->first + begin; t < p->first + end; t++) {
        tern_add_residual(p, t);
    }
}

/* So many groups between two that are wanted are read, too: an unbroken stream is read faster. */
enum { BRIDGED_GROUPS = 1, PREFETCH_BYTES = 1024, CACHE_LINE = 64 };

/* The end of the run of neighbours that starts with active[i]. */
static size_t find_run(const uint32_t *active, size_t i, size_t end)
{
    size_t first = active[i] - i;
    while (i < end && active[i] - i == first) {
        i++;
    }
    return i;
}

/* Rows of `up` whose gate is not zero, of one token alone, in groups. */
static void project_active(void *context, size_t begin, size_t end, uint32_t thread)
{
    (void)thread;
    const projection *up = context;
    const tern_linear *linear = up->products[0].linear;
    const uint32_t *active = up->pass->session->active;
    size_t group_bytes = linear->n_blocks * linear->tile_bytes;
    for (size_t i = begin, next; i < end; i = next) {
        next = find_run(active, i, end);
        const uint8_t *after = linear->tiles + active[next < end ? next : i] * group_bytes;
        for (size_t at = 0; at < tern_smaller(PREFETCH_BYTES, group_bytes); at += CACHE_LINE) {
            __builtin_prefetch(after + at); /* what is skipped ends the streams that a CPU foresees */
        }
        tern_multiply_linear(up->pass->kernels, linear, active[i], active[i] + (next - i), up->products[0].out,
                             up->products[0].stride, &up->activations);
    }
}

static size_t find_active_groups(const pass *p)
{
    const tern_session *s = p->session;
    const float *restrict gate = s->gate + p->first * s->ff_stride;
    int8_t *restrict wanted = s->packed; /* not in use before `down` */
    size_t d_ff = p->model->config.d_ff, n_groups = p->layer->up.n_groups, n = 0, next = 0;
    for (size_t i = 0; i < d_ff; i++) {
        wanted[i] = (int8_t)(gate[i] <= 0.0f ? 0 : 1); /* a NaN is wanted */
    }
    memset(wanted + d_ff, 0, n_groups * TERN_GROUP_ROWS - d_ff);
    for (size_t group = 0; group < n_groups; group++) {
        int32_t rows;
        memcpy(&rows, wanted + group * TERN_GROUP_ROWS, sizeof rows);
        if (rows != 0) {
            for (next = group - next <= BRIDGED_GROUPS ? next : group; next <= group; next++) {
                s->active[n++] = (uint32_t)next;
            }
        }
    }
    return n;
}

static void project_gate_then_up(pass *p)
{
    tern_session *s = p->session;
    const input gate[] = {{&p->layer->gate, NULL, s->gate, s->ff_stride}};
    tern_project_inputs(p, quantize_ffn_input, gate, 1);
    size_t n = find_active_groups(p);
    projection up = tern_begin_projection(p, p->model->config.d_model);
    tern_add_product(&up, &p->layer->up, s->up, s->ff_stride);
    tern_run_loop(p, project_active, &up, n);
    if (s->counts) {
        tern_zeros *zeros = &s->zeros[p->layer_index];
        zeros->up_rows += p->layer->up.n_groups * TERN_GROUP_ROWS;
        zeros->up_skipped += (p->layer->up.n_groups - n) * TERN_GROUP_ROWS;
    }
}

static void count_zeros(const pass *p)
{
    const tern_session *s = p->session;
    size_t d_ff = p->model->config.d_ff, stride = tern_round_up(d_ff, TERN_BLOCK_COLS);
    tern_zeros *zeros = &s->zeros[p->layer_index];
    for (size_t t = p->first; t < p->n; t++) {
        zeros->inputs += d_ff;
        for (size_t i = 0; i < d_ff; i++) {
            zeros->zeros += s->gate[t * s->ff_stride + i] == 0.0f;
            zeros->zero_codes += s->codes[t * stride + i] == 0;
        }
    }
}

/* Indexes of the codes that are not zero, and these codes side by side; both have room for n. Returns their number. */
static size_t pick_nonzero(uint32_t *restrict index, int8_t *restrict packed, const int8_t *restrict codes, size_t n)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        index[found] = (uint32_t)i;
        packed[found] = codes[i];
        found += codes[i] != 0;
    }
    return found;
}

/* The same for columns that any of several tokens needs, whose codes lie in rows of `stride` and go to rows of `most`. */
static size_t pick_any_nonzero(uint32_t *restrict index, int8_t *restrict packed, size_t most,
                               const int8_t *restrict codes, size_t stride, size_t n, size_t n_tokens)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        int any = 0;
        for (size_t t = 0; t < n_tokens; t++) {
            any |= codes[t * stride + i];
        }
        index[found] = (uint32_t)i;
        found += any != 0;
    }
    for (size_t t = 0; t < n_tokens; t++) {
        for (size_t i = 0; i < found; i++) {
            packed[t * most + i] = codes[t * stride + index[i]];
        }
    }
    return found;
}

/* Columns of `down` that some token's activations need, and these codes; the number is a multiple of TERN_COLUMNS_AT_ONCE, filled up
 * with zeros. */
static size_t find_active_columns(const pass *p)
{
    const tern_session *s = p->session;
    size_t d_ff = p->model->config.d_ff, stride = tern_round_up(d_ff, TERN_BLOCK_COLS);
    size_t most = tern_round_up(d_ff, TERN_COLUMNS_AT_ONCE), n_tokens = p->n - p->first;
    const int8_t *codes = s->codes + p->first * stride;
    int8_t *packed = s->packed + p->first * most;
    size_t n = n_tokens == 1 ? pick_nonzero(s->active, packed, codes, d_ff)
                             : pick_any_nonzero(s->active, packed, most, codes, stride, d_ff, n_tokens);
    size_t padded = tern_round_up(n, TERN_COLUMNS_AT_ONCE);
    memset(s->active + n, 0, (padded - n) * sizeof *s->active);
    for (size_t t = 0; t < n_tokens; t++) {
        memset(packed + t * most + n, 0, padded - n);
    }
    if (s->counts && n_tokens == 1) {
        s->zeros[p->layer_index].down_columns += d_ff;
        s->zeros[p->layer_index].down_skipped += d_ff - n;
    }
    return padded;
}

enum { LINE_BLOCKS = 4 /* of a column, a cache line */, TOKENS_BY_COLUMNS = 16 };

typedef struct {
    const pass *pass;
    size_t n_columns; /* that are active, a multiple of TERN_COLUMNS_AT_ONCE */
    size_t n_blocks;  /* of the outputs */
} column_product;

static column_product begin_columns(const pass *p)
{
    size_t n_blocks = tern_round_up(p->model->config.d_model, TERN_BLOCK_COLS) / TERN_BLOCK_COLS;
    return (column_product){p, find_active_columns(p), n_blocks};
}

static void scale_sums(const pass *p, size_t t, const int32_t *sums, size_t from, size_t to)
{
    float scale = p->session->inverse[t] * p->layer->down.scale, *out = p->session->projected + t * p->session->d_stride;
    int32_t code_sum = p->session->code_sum[t];
    for (size_t r = from; r < to; r++) {
        out[r] = (float)(sums[r] - code_sum) * scale;
    }
}

/* Active columns begin..end, in TERN_COLUMNS_AT_ONCE, of one token alone: each thread reads whole columns into sums of its own. */
static void add_whole_columns(void *context, size_t begin, size_t end, uint32_t thread)
{
    const column_product *product = context;
    const pass *p = product->pass;
    const tern_session *s = p->session;
    size_t most = tern_round_up(p->model->config.d_ff, TERN_COLUMNS_AT_ONCE), first = begin * TERN_COLUMNS_AT_ONCE;
    p->kernels->add_columns(s->sums + thread * product->n_blocks * TERN_BLOCK_COLS, 0, p->layer->down.columns,
                            product->n_blocks * 16, product->n_blocks, s->active + first,
                            s->packed + p->first * most + first, most, (end - begin) * TERN_COLUMNS_AT_ONCE, 1);
}

static void project_one_by_columns(const pass *p)
{
    const tern_session *s = p->session;
    column_product product = begin_columns(p);
    size_t width = product.n_blocks * TERN_BLOCK_COLS;
    memset(s->sums, 0, s->n_threads * width * sizeof *s->sums);
    tern_run_loop(p, add_whole_columns, &product, product.n_columns / TERN_COLUMNS_AT_ONCE);
    int32_t *restrict all = s->sums;
    for (uint32_t thread = 1; thread < s->n_threads; thread++) {
        const int32_t *restrict sums = s->sums + thread * width;
        for (size_t r = 0; r < width; r++) {
            all[r] += sums[r];
        }
    }
    scale_sums(p, p->first, all, 0, p->model->config.d_model);
}

/* Blocks begin..end of the outputs of `down`, of several tokens: sums stay within the first-level cache. */
static void multiply_columns(void *context, size_t begin, size_t end, uint32_t thread)
{
    (void)thread;
    const column_product *product = context;
    const pass *p = product->pass;
    const tern_session *s = p->session;
    size_t d = p->model->config.d_model, width = product->n_blocks * TERN_BLOCK_COLS;
    size_t most = tern_round_up(p->model->config.d_ff, TERN_COLUMNS_AT_ONCE);
    size_t at_once = p->n - p->first <= 4 ? end - begin : LINE_BLOCKS;
    for (size_t block = begin; block < end; block += at_once) {
        size_t n_here = tern_smaller(at_once, end - block), from = block * TERN_BLOCK_COLS;
        for (size_t first = p->first; first < p->n; first += TOKENS_BY_COLUMNS) {
            size_t n_tokens = tern_smaller(TOKENS_BY_COLUMNS, p->n - first);
            int32_t *sums = s->sums + first * width + from;
            for (size_t t = 0; t < n_tokens; t++) {
                memset(sums + t * width, 0, n_here * TERN_BLOCK_COLS * sizeof *sums);
            }
            p->kernels->add_columns(sums, width, p->layer->down.columns + block * 16, product->n_blocks * 16, n_here,
                                    s->active, s->packed + first * most, most, product->n_columns, n_tokens);
        }
        for (size_t t = p->first; t < p->n; t++) {
            scale_sums(p, t, s->sums + t * width, from, tern_smaller(from + n_here * TERN_BLOCK_COLS, d));
        }
    }
}

static void project_down(pass *p)
{
    tern_session *s = p->session;
    if (p->layer->down.columns == NULL) {
        projection down = tern_begin_projection(p, p->model->config.d_ff);
        tern_add_product(&down, &p->layer->down, s->projected, s->d_stride);
        tern_run_projection(p, &down);
    } else if (p->n - p->first == 1) {
        project_one_by_columns(p);
    } else {
        column_product product = begin_columns(p);
        tern_run_loop(p, multiply_columns, &product, product.n_blocks);
    }
}

void tern_run_ffn(pass *p)
{
    tern_session *s = p->session;
    const tern_config *c = &p->model->config;
    p->has_projected = true;
    if (c->activation == TERN_ACT_RELU2 && p->n - p->first == 1 && !c->input_norms) {
        project_gate_then_up(p);
    } else {
        const input gate_up[] = {{&p->layer->gate, p->layer->gate_in_norm, s->gate, s->ff_stride},
                                 {&p->layer->up, p->layer->up_in_norm, s->up, s->ff_stride}};
        tern_project_inputs(p, quantize_ffn_input, gate_up, 2);
    }
    tern_run_tokens(p, gate_and_quantize);
    if (s->counts) {
        count_zeros(p);
    }
    project_down(p);
    tern_run_tokens(p, add_ffn);
}
