/* The forward pass of ternary transformers, a batch of tokens at a time.
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

static void run_loop(const pass *p, tern_loop_body *body, void *context, size_t n_items)
{
    tern_pool_run(p->session->pool, body, context, n_items, p->n == 1 ? TERN_SHORT_LOOP : TERN_LONG_LOOP);
}

static void run_projection(const pass *p, projection *all)
{
    size_t n_groups = 0;
    for (size_t i = 0; i < all->n_products; i++) {
        n_groups += all->products[i].linear->n_groups;
    }
    run_loop(p, project_groups, all, n_groups);
}

static void run_tokens(const pass *p, tern_loop_body *body)
{
    run_loop(p, body, (void *)p, p->n - p->first);
}

static float sub_norm_eps(const pass *p)
{
    const tern_config *c = &p->model->config;
    return c->sub_norm_eps == 0.0f ? c->norm_eps : c->sub_norm_eps;
}

/* Quantises token t's n activations, after a norm when there is one. */
static void set_activations(const pass *p, size_t t, const float *x, const float *norm, float eps, size_t n,
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
        p->kernels->rms_norm(normed, x, p->in_norm, n, sub_norm_eps(p));
        x = normed;
    }
    tern_quantize(p->model, x, n, s->codes + t * stride, s->inverse + t * n_scales, s->code_sum + t * n_scales);
}

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
        set_activations(p, t, p->session->x + t * d, p->layer->attn_norm, p->model->config.norm_eps, d, thread);
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
        set_activations(p, t, p->session->attention + t * q_dim, p->layer->attn_sub_norm, sub_norm_eps(p), q_dim,
                        thread);
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
        if (p->has_projected) {
            add_residual(p, t);
        }
        set_activations(p, t, p->session->x + t * d, p->layer->ffn_norm, p->model->config.norm_eps, d, thread);
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
        set_activations(p, t, gate, p->layer->ffn_sub_norm, sub_norm_eps(p), d_ff, thread);
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

/* One of the matrices that are multiplied by a block's normed input. */
typedef struct {
    const tern_linear *linear;
    const float *in_norm; /* NULL: it takes the input as the others do */
    float *out;
    size_t stride;
} input;

/* Side by side, unless each has a norm of its own before it. */
static void project_inputs(pass *p, tern_loop_body *quantize_input, const input *inputs, size_t n)
{
    size_t at_once = inputs[0].in_norm == NULL ? n : 1;
    for (size_t i = 0; i < n; i += at_once) {
        p->in_norm = inputs[i].in_norm;
        run_tokens(p, quantize_input);
        p->has_projected = false;
        projection all = begin_projection(p, p->model->config.d_model);
        for (size_t j = i; j < i + at_once; j++) {
            add_product(&all, inputs[j].linear, inputs[j].out, inputs[j].stride);
        }
        run_projection(p, &all);
    }
    p->in_norm = NULL;
}

static void run_attention(pass *p)
{
    tern_session *s = p->session;
    const tern_config *c = &p->model->config;
    const input qkv[] = {{&p->layer->q, p->layer->q_in_norm, s->qkv, s->qkv_stride},
                         {&p->layer->k, p->layer->k_in_norm, s->qkv + s->q_stride, s->qkv_stride},
                         {&p->layer->v, p->layer->v_in_norm, s->qkv + s->q_stride + s->kv_stride, s->qkv_stride}};
    project_inputs(p, quantize_attention_input, qkv, 3);
    run_tokens(p, rotate_and_store);
    if (p->layer_index == c->n_layers - 1 && !s->every) {
        p->first = p->n - 1; /* of the others, only the keys and values will be asked for */
    }
    run_loop(p, attend, p, (p->n - p->first) * c->n_heads);
    run_tokens(p, quantize_attention_output);
    projection o = begin_projection(p, (size_t)c->n_heads * c->head_dim);
    add_product(&o, &p->layer->o, s->projected, s->d_stride);
    run_projection(p, &o);
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
    project_inputs(p, quantize_ffn_input, gate, 1);
    size_t n = find_active_groups(p);
    projection up = begin_projection(p, p->model->config.d_model);
    add_product(&up, &p->layer->up, s->up, s->ff_stride);
    run_loop(p, project_active, &up, n);
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

/* Columns of `down` that some token's activations need, and these codes side by side; the number is a multiple of
 * TERN_COLUMNS_AT_ONCE, filled up with zeros. */
static size_t find_active_columns(const pass *p)
{
    const tern_session *s = p->session;
    size_t d_ff = p->model->config.d_ff, stride = tern_round_up(d_ff, TERN_BLOCK_COLS), n = 0;
    size_t most = tern_round_up(d_ff, TERN_COLUMNS_AT_ONCE);
    for (size_t i = 0; i < d_ff; i++) {
        int any = 0;
        for (size_t t = p->first; t < p->n; t++) {
            any |= s->codes[t * stride + i];
        }
        s->active[n] = (uint32_t)i;
        n += any != 0;
    }
    size_t padded = tern_round_up(n, TERN_COLUMNS_AT_ONCE);
    for (size_t i = n; i < padded; i++) {
        s->active[i] = 0;
    }
    for (size_t t = p->first; t < p->n; t++) {
        int8_t *to = s->packed + t * most;
        for (size_t i = 0; i < n; i++) {
            to[i] = s->codes[t * stride + s->active[i]];
        }
        memset(to + n, 0, padded - n);
    }
    if (s->counts && p->n - p->first == 1) {
        s->zeros[p->layer_index].down_columns += d_ff;
        s->zeros[p->layer_index].down_skipped += d_ff - n;
    }
    return padded;
}

enum { LINE_BLOCKS = 4 /* of a column, a cache line */, TOKENS_BY_COLUMNS = 16 };

typedef struct {
    const pass *pass;
    size_t n_columns;
} column_product;

/* Blocks begin..end of the outputs of `down`. Few tokens read each column as one stream; many stay within sums that fit
 * the first-level cache. */
static void multiply_columns(void *context, size_t begin, size_t end, uint32_t thread)
{
    (void)thread;
    const column_product *product = context;
    const pass *p = product->pass;
    const tern_session *s = p->session;
    size_t d = p->model->config.d_model, n_blocks = tern_round_up(d, TERN_BLOCK_COLS) / TERN_BLOCK_COLS;
    size_t most = tern_round_up(p->model->config.d_ff, TERN_COLUMNS_AT_ONCE), sums_stride = n_blocks * TERN_BLOCK_COLS;
    size_t at_once = p->n - p->first <= 4 ? end - begin : LINE_BLOCKS;
    for (size_t block = begin; block < end; block += at_once) {
        size_t n_here = tern_smaller(at_once, end - block);
        for (size_t first = p->first; first < p->n; first += TOKENS_BY_COLUMNS) {
            size_t n_tokens = tern_smaller(TOKENS_BY_COLUMNS, p->n - first);
            int32_t *sums = s->sums + first * sums_stride + block * TERN_BLOCK_COLS;
            for (size_t t = 0; t < n_tokens; t++) {
                memset(sums + t * sums_stride, 0, n_here * TERN_BLOCK_COLS * sizeof *sums);
            }
            p->kernels->add_columns(sums, sums_stride, p->layer->down.columns + block * 16, n_blocks * 16, n_here,
                                    s->active, s->packed + first * most, most, product->n_columns, n_tokens);
        }
        for (size_t t = p->first; t < p->n; t++) {
            float scale = s->inverse[t] * p->layer->down.scale;
            const int32_t *sums = s->sums + t * sums_stride;
            for (size_t r = block * TERN_BLOCK_COLS; r < tern_smaller((block + n_here) * TERN_BLOCK_COLS, d); r++) {
                s->projected[t * s->d_stride + r] = (float)(sums[r] - s->code_sum[t]) * scale;
            }
        }
    }
}

static void project_down(pass *p)
{
    tern_session *s = p->session;
    const tern_config *c = &p->model->config;
    if (p->layer->down.columns != NULL) {
        column_product product = {p, find_active_columns(p)};
        size_t n_blocks = tern_round_up(c->d_model, TERN_BLOCK_COLS) / TERN_BLOCK_COLS;
        run_loop(p, multiply_columns, &product, n_blocks);
        return;
    }
    projection down = begin_projection(p, c->d_ff);
    add_product(&down, &p->layer->down, s->projected, s->d_stride);
    run_projection(p, &down);
}

static void run_ffn(pass *p)
{
    tern_session *s = p->session;
    const tern_config *c = &p->model->config;
    p->has_projected = true;
    if (c->activation == TERN_ACT_RELU2 && p->n - p->first == 1 && !c->input_norms) {
        project_gate_then_up(p);
    } else {
        const input gate_up[] = {{&p->layer->gate, p->layer->gate_in_norm, s->gate, s->ff_stride},
                                 {&p->layer->up, p->layer->up_in_norm, s->up, s->ff_stride}};
        project_inputs(p, quantize_ffn_input, gate_up, 2);
    }
    run_tokens(p, gate_and_quantize);
    if (s->counts) {
        count_zeros(p);
    }
    project_down(p);
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
    session->n_every = 0;
    if (session->embed_rows.of != NULL) {
        int status = tern_rows_fetch(&session->embed_rows, model->file, tokens, n);
        if (status != TERN_OK) {
            return status;
        }
    }
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
    session->selected = false;
    session->n_every = session->every ? n : 0;
    memcpy(session->tokens + session->length, tokens, n * sizeof *tokens);
    session->length += n;
    return TERN_OK;
}
