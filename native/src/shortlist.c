/* The shortlist: coarse logits of all rows of the head, and which rows deserve their own. */
#include "shortlist.h"

#include <math.h>
#include <string.h>

#include "memory.h"
#include "pages.h"

enum {
    SHORTLIST_COLS = 128, /* of a row that share a step */
    BLOCKS_PER_STEP = SHORTLIST_COLS / TERN_BLOCK_COLS,
    SAMPLED_ROWS = 4096 /* whose errors speak for those of all */
};

/* Of four levels at equal distances the best distance for a normal distribution, over its deviation (Max, "Quantizing for minimum
 * distortion", 1960). */
static const float best_step = 0.9957f;

/* A row is left out when its logit would have to be so many deviations of its error away from its coarse one. */
static const float most_deviations = 6.0f;

static size_t count_steps(const tern_config *config)
{
    return tern_round_up(config->d_model, SHORTLIST_COLS) / SHORTLIST_COLS;
}

/* Rounds `n` weights of a row to codes and a step, f16, and leaves what that took from them in place of the weights. */
static void round_weights(const tern_kernels *kernels, float *weights, size_t n, uint8_t *codes, uint8_t *step)
{
    float squares = 0.0f;
    for (size_t i = 0; i < n; i++) {
        squares += weights[i] * weights[i];
    }
    const float largest = 65504.0f; /* of f16 */
    float distance = best_step * sqrtf(squares / (float)n);
    distance = distance < largest ? distance : largest;
    uint16_t half;
    kernels->store_f16(&half, &distance, 1);
    memcpy(step, &half, sizeof half);
    distance = tern_from_f16(step);
    float inverse = distance > 0.0f ? 1.0f / distance : 0.0f;
    for (size_t i = 0; i < n; i++) {
        float level = weights[i] * inverse + 2.0f;
        level = level > 0.0f ? level : 0.0f;
        int code = (int)(level < 3.0f ? level : 3.0f);
        codes[i] = (uint8_t)code;
        weights[i] -= ((float)code - 1.5f) * distance;
    }
}

/* Rounds a row of the head; `row` [d_model] then has what that took from it, `codes` [d_model] and `steps` the coarse row. */
static void round_row(const tern_model *model, uint32_t token, float *row, uint8_t *codes, uint8_t *steps, size_t step_stride)
{
    size_t d = model->config.d_model;
    tern_vocabulary_row(&model->head, token, d, row);
    for (size_t at = 0; at < d; at += SHORTLIST_COLS) {
        round_weights(model->kernels, row + at, tern_smaller(SHORTLIST_COLS, d - at), codes + at,
                      steps + at / SHORTLIST_COLS * step_stride);
    }
}

typedef struct {
    const tern_model *model;
    tern_shortlist *shortlist;
    float *rows;    /* [n_threads, d_model] */
    uint8_t *codes; /* [n_threads, d_model] */
    double typical; /* mean square of the errors of a column, over all of them */
} building;

/* A sample of the rows, one after the other, so that the sums are the same with any number of threads. */
static void find_column_errors(building *b)
{
    const tern_config *c = &b->model->config;
    float *restrict errors = b->shortlist->column_errors;
    size_t apart = c->n_vocab / SAMPLED_ROWS + 1, n = 0;
    memset(errors, 0, c->d_model * sizeof *errors);
    for (size_t token = 0; token < c->n_vocab; token += apart, n++) {
        round_row(b->model, (uint32_t)token, b->rows, b->codes, b->shortlist->steps, sizeof(uint16_t));
        for (size_t i = 0; i < c->d_model; i++) {
            errors[i] += b->rows[i] * b->rows[i];
        }
    }
    for (size_t i = 0; i < c->d_model; i++) {
        errors[i] /= (float)n;
        b->typical += (double)errors[i];
    }
    b->typical /= c->d_model;
}

static void pack_row(const building *b, size_t group, size_t lane, const uint8_t *codes)
{
    uint8_t *tiles = b->shortlist->tiles + group * b->shortlist->coarse.n_blocks * TERN_TILE_BYTES + lane * 16;
    for (size_t i = 0; i < b->model->config.d_model; i++) {
        size_t within = i % TERN_BLOCK_COLS;
        uint8_t *to = &tiles[i / TERN_BLOCK_COLS * TERN_TILE_BYTES + within % 16];
        *to = (uint8_t)(*to | codes[i] << within / 16 * 2);
    }
}

static void pack_groups(void *context, size_t begin, size_t end, uint32_t thread)
{
    const building *b = context;
    size_t d = b->model->config.d_model, n_vocab = b->model->config.n_vocab, n_steps = b->shortlist->coarse.n_scales;
    float *row = b->rows + thread * d;
    uint8_t *codes = b->codes + thread * d;
    size_t step_bytes = n_steps * TERN_GROUP_ROWS * sizeof(uint16_t), tile_bytes = b->shortlist->coarse.n_blocks * TERN_TILE_BYTES;
    for (size_t group = begin; group < end; group++) {
        uint8_t *steps = b->shortlist->steps + group * step_bytes;
        memset(steps, 0, step_bytes);
        memset(b->shortlist->tiles + group * tile_bytes, 0, tile_bytes);
        size_t first = group * TERN_GROUP_ROWS, n_rows = tern_smaller(TERN_GROUP_ROWS, n_vocab - first);
        for (size_t lane = 0; lane < n_rows; lane++) {
            round_row(b->model, (uint32_t)(first + lane), row, codes, steps + lane * sizeof(uint16_t),
                      TERN_GROUP_ROWS * sizeof(uint16_t));
            pack_row(b, group, lane, codes);
            double squares = 0.0;
            for (size_t i = 0; i < d; i++) {
                squares += (double)row[i] * (double)row[i];
            }
            b->shortlist->row_errors[first + lane] = (float)sqrt(squares / (double)d / b->typical);
        }
    }
}

static tern_shortlist *allocate(const tern_model *model)
{
    const tern_config *c = &model->config;
    tern_shortlist *s = tern_allocate(sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    size_t n_groups = tern_round_up(c->n_vocab, TERN_GROUP_ROWS) / TERN_GROUP_ROWS;
    size_t n_blocks = tern_round_up(c->d_model, TERN_BLOCK_COLS) / TERN_BLOCK_COLS, n_steps = count_steps(c);
    size_t tile_bytes, step_bytes;
    *s = (tern_shortlist){.coarse = {.n_groups = n_groups, .n_blocks = n_blocks, .tile_bytes = TERN_TILE_BYTES, .dtype = TERN_T2,
                                     .n_scales = n_steps, .blocks_per_scale = BLOCKS_PER_STEP}};
    if (tern_multiply(n_groups, n_blocks * TERN_TILE_BYTES, &tile_bytes) &&
        tern_multiply(n_groups, n_steps * TERN_GROUP_ROWS * sizeof(uint16_t), &step_bytes)) {
        s->coarse.tiles = s->tiles = tern_allocate(tile_bytes);
        s->coarse.scales = s->steps = tern_allocate(step_bytes);
        s->row_errors = tern_allocate(c->n_vocab * sizeof *s->row_errors);
        s->column_errors = tern_allocate(c->d_model * sizeof *s->column_errors);
    }
    if (s->tiles == NULL || s->steps == NULL || s->row_errors == NULL || s->column_errors == NULL) {
        tern_shortlist_free(s);
        return NULL;
    }
    tern_want_huge_pages(s->tiles, tile_bytes);
    return s;
}

int tern_shortlist_create(tern_shortlist **out, const tern_model *model, uint32_t n_threads)
{
    tern_pool *pool = NULL;
    int status = tern_pool_create(&pool, n_threads);
    if (status != TERN_OK) {
        return status;
    }
    building b = {.model = model, .shortlist = allocate(model)};
    b.rows = tern_allocate(n_threads * model->config.d_model * sizeof *b.rows);
    b.codes = tern_allocate(n_threads * model->config.d_model * sizeof *b.codes);
    if (b.shortlist == NULL || b.rows == NULL || b.codes == NULL) {
        tern_shortlist_free(b.shortlist);
        status = TERN_E_MEMORY;
    } else {
        find_column_errors(&b);
        tern_pool_run(pool, pack_groups, &b, b.shortlist->coarse.n_groups, TERN_LONG_LOOP);
        *out = b.shortlist;
    }
    tern_release(b.rows);
    tern_release(b.codes);
    tern_pool_free(pool);
    return status;
}

void tern_shortlist_free(tern_shortlist *s)
{
    if (s != NULL) {
        tern_release(s->tiles);
        tern_release(s->steps);
        tern_release(s->row_errors);
        tern_release(s->column_errors);
        tern_release(s);
    }
}

bool tern_short_scratch_create(tern_short_scratch *s, const tern_config *config)
{
    size_t n_steps = count_steps(config);
    s->codes = tern_allocate(tern_round_up(config->d_model, TERN_BLOCK_COLS));
    s->inverse = tern_allocate(n_steps * sizeof *s->inverse);
    s->code_sum = tern_allocate(n_steps * sizeof *s->code_sum);
    s->ids = tern_allocate(config->n_vocab * sizeof *s->ids);
    s->exact = tern_allocate(tern_shortlist_most(config->n_vocab) * sizeof *s->exact);
    return s->codes != NULL && s->inverse != NULL && s->code_sum != NULL && s->ids != NULL && s->exact != NULL;
}

void tern_short_scratch_release(tern_short_scratch *s)
{
    tern_release(s->codes);
    tern_release(s->inverse);
    tern_release(s->code_sum);
    tern_release(s->ids);
    tern_release(s->exact);
}

tern_activations tern_shortlist_input(const tern_model *model, tern_short_scratch *scratch, const float *hidden)
{
    size_t d = model->config.d_model;
    for (size_t at = 0, i = 0; at < d; at += SHORTLIST_COLS, i++) {
        size_t n = tern_smaller(SHORTLIST_COLS, d - at);
        model->kernels->quantize(scratch->codes + at, tern_round_up(n, TERN_BLOCK_COLS), hidden + at, n, &scratch->inverse[i],
                                 &scratch->code_sum[i]);
        scratch->code_sum[i] += scratch->code_sum[i] / 2; /* code 1.5 is a weight of 0 */
    }
    return (tern_activations){.codes = scratch->codes,
                              .stride = tern_round_up(d, TERN_BLOCK_COLS),
                              .inverse = scratch->inverse,
                              .code_sum = scratch->code_sum,
                              .n_scales = count_steps(&model->config),
                              .n_tokens = 1};
}

size_t tern_shortlist_most(size_t n_vocab)
{
    return n_vocab / 4 + 1;
}

size_t tern_shortlist_choose(const tern_model *model, const float *coarse, const float *hidden, float floor, int32_t *ids)
{
    const tern_shortlist *s = model->shortlist;
    double variance = 0.0;
    for (size_t i = 0; i < model->config.d_model; i++) {
        variance += (double)s->column_errors[i] * (double)hidden[i] * (double)hidden[i];
    }
    float reach = most_deviations * (float)sqrt(variance);
    size_t n = 0;
    for (size_t i = 0; i < model->config.n_vocab; i++) {
        ids[n] = (int32_t)i;
        n += !(coarse[i] + reach * s->row_errors[i] < floor); /* so that what is no number is looked at */
    }
    return n;
}
