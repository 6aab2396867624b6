/* The one door: everything about a model is checked here, once, so that nothing behind it has to. */
#include "model.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"
#include "pack.h"
#include "shortlist.h"
#include "tensors.h"

enum {
    MAX_LAYERS = 512,
    MAX_HEADS = 1024,
    MAX_VOCAB = 1 << 21,
    MAX_CONTEXT = 1 << 20,
    MAX_OUTSIDE = 6,    /* tensors that belong to no layer */
    MAX_PER_LAYER = 25, /* seven matrices, their scales, eleven norms */
};

static int check_range(const tern_opening *o, const char *name, uint32_t value, uint32_t largest)
{
    if (value < 1 || value > largest) {
        return tern_refuse(o, TERN_E_MODEL, "%s is %u; it must be 1 to %u", name, value, largest);
    }
    return TERN_OK;
}

/* What architectures differ in. */
static int check_variants(const tern_opening *o)
{
    const tern_config *c = o->config;
    const struct {
        const char *name;
        uint32_t value;
    } switches[] = {{"sub_norms", c->sub_norms},
                    {"input_norms", c->input_norms},
                    {"qk_norms", c->qk_norms},
                    {"rope_factors", c->rope_factors}};
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        if (switches[i].value > 1) {
            return tern_refuse(o, TERN_E_MODEL, "%s is %u; it must be 0 or 1", switches[i].name, switches[i].value);
        }
    }
    if (c->group_size != 0 && c->group_size != 64 && c->group_size != 128 && c->group_size != 256) {
        return tern_refuse(o, TERN_E_MODEL, "group_size is %u; it must be 0, 64, 128 or 256", c->group_size);
    }
    if (!(c->rope_amplitude >= 0.0f && c->rope_amplitude <= 100.0f)) {
        return tern_refuse(o, TERN_E_MODEL, "rope_amplitude is %g; it must be 0 to 100", (double)c->rope_amplitude);
    }
    if (!(c->sub_norm_eps >= 0.0f && c->sub_norm_eps <= 1.0f)) {
        return tern_refuse(o, TERN_E_MODEL, "sub_norm_eps is %g; it must be 0 to 1", (double)c->sub_norm_eps);
    }
    return TERN_OK;
}

static int check_config(const tern_opening *o)
{
    const tern_config *c = o->config;
    const struct {
        const char *name;
        uint32_t value, largest;
    } ranges[] = {
        {"n_layers", c->n_layers, MAX_LAYERS},    {"d_model", c->d_model, TERN_MAX_COLS},
        {"d_ff", c->d_ff, TERN_MAX_COLS},         {"n_heads", c->n_heads, MAX_HEADS},
        {"n_kv_heads", c->n_kv_heads, MAX_HEADS}, {"head_dim", c->head_dim, TERN_MAX_HEAD_DIM},
        {"n_vocab", c->n_vocab, MAX_VOCAB},       {"max_context", c->max_context, MAX_CONTEXT},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        int status = check_range(o, ranges[i].name, ranges[i].value, ranges[i].largest);
        if (status != TERN_OK) {
            return status;
        }
    }
    if (c->head_dim % 2 != 0) {
        return tern_refuse(o, TERN_E_MODEL, "head_dim is %u; rotary embedding needs an even one", c->head_dim);
    }
    if (c->n_heads % c->n_kv_heads != 0) {
        return tern_refuse(o, TERN_E_MODEL, "n_heads %u is no multiple of n_kv_heads %u", c->n_heads, c->n_kv_heads);
    }
    if (c->n_heads * c->head_dim > TERN_MAX_COLS) {
        return tern_refuse(o, TERN_E_MODEL, "n_heads * head_dim is %u; it must be at most %u", c->n_heads * c->head_dim,
                           (unsigned)TERN_MAX_COLS);
    }
    if (c->activation != TERN_ACT_RELU2 && c->activation != TERN_ACT_SILU) {
        return tern_refuse(o, TERN_E_MODEL, "activation %u is unknown", c->activation);
    }
    if (!(c->rope_theta >= 1.0f && c->rope_theta <= 1e12f)) {
        return tern_refuse(o, TERN_E_MODEL, "rope_theta is %g; it must be 1 to 1e12", (double)c->rope_theta);
    }
    if (!(c->norm_eps > 0.0f && c->norm_eps <= 1.0f)) {
        return tern_refuse(o, TERN_E_MODEL, "norm_eps is %g; it must be above 0 and at most 1", (double)c->norm_eps);
    }
    return check_variants(o);
}

static int take_floats(tern_opening *o, const char *name, uint32_t n, const float **out)
{
    const tern_tensor *t;
    int status = tern_require_f32(o, name, n, &t);
    if (status == TERN_OK) {
        memcpy(o->next_norm, t->data, n * sizeof(float));
        *out = o->next_norm;
        o->next_norm += n;
    }
    return status;
}

static int take_factors(tern_opening *o, const float **out)
{
    uint32_t n = o->config->head_dim / 2;
    int status = take_floats(o, "rope_factors", n, out);
    for (uint32_t i = 0; status == TERN_OK && i < n; i++) {
        if (!((*out)[i] >= 1e-6f && (*out)[i] <= 1e9f)) {
            status = tern_refuse(o, TERN_E_MODEL, "tensor rope_factors holds %g; it must be 1e-6 to 1e9", (double)(*out)[i]);
        }
    }
    return status;
}

static int take_scales(tern_opening *o, const char *name, tern_linear *linear)
{
    char scale_name[TERN_NAME_LENGTH + 8];
    snprintf(scale_name, sizeof scale_name, "%s_scale", name);
    const tern_tensor *scale;
    if (o->config->group_size == 0) {
        int status = tern_require_f32(o, scale_name, 1, &scale);
        if (status == TERN_OK) {
            memcpy(&linear->scale, scale->data, sizeof linear->scale);
        }
        return status;
    }
    const uint64_t shape[3] = {linear->n_groups, linear->n_scales, TERN_GROUP_ROWS};
    uint64_t size = shape[0] * shape[1] * shape[2] * sizeof(uint16_t); /* below the size of the tiles, which fits */
    int status = tern_require(o, scale_name, TERN_F16, shape, size, &scale);
    if (status == TERN_OK) {
        linear->scales = scale->data;
        status = tern_check_matrix(o, scale);
    }
    return status;
}

/* The packing that a matrix of this type may have: 0 is T2. */
static size_t choose_packing(uint32_t dtype, size_t group)
{
    if (group == 0) {
        return dtype == TERN_T5 ? 1 : dtype == TERN_T8 ? 2 : 0;
    }
    return dtype == TERN_T1 && group % TERN_T1_COLS == 0 ? 3 : 0;
}

static int take_linear(tern_opening *o, const char *name, uint32_t rows, uint32_t cols, tern_linear *out)
{
    const tern_tensor *tiles;
    uint64_t size;
    size_t group = o->config->group_size;
    const tern_found_tensor *found = tern_find_tensor(o, name);
    static const struct {
        uint32_t dtype;
        size_t cols, bytes; /* of a tile */
        int (*size)(uint64_t rows, uint64_t cols, uint64_t *size);
    } packings[] = {{TERN_T2, TERN_BLOCK_COLS, TERN_TILE_BYTES, tern_pack_size},
                    {TERN_T5, TERN_T5_COLS, TERN_T5_TILE, tern_pack5_size},
                    {TERN_T8, TERN_T8_COLS, TERN_T8_TILE, tern_pack8_size},
                    {TERN_T1, TERN_T1_COLS, TERN_TILE_BYTES, tern_pack1_size}};
    size_t which = found == NULL ? 0 : choose_packing(found->tensor->dtype, group);
    int status = packings[which].size(rows, cols, &size);
    if (status == TERN_OK) {
        status = tern_require(o, name, packings[which].dtype, (const uint64_t[3]){rows, cols}, size, &tiles);
    }
    if (status == TERN_OK) {
        status = tern_check_matrix(o, tiles);
    }
    if (status != TERN_OK) {
        return status;
    }
    *out = (tern_linear){.tiles = tiles->data,
                         .n_groups = tern_round_up(rows, TERN_GROUP_ROWS) / TERN_GROUP_ROWS,
                         .n_blocks = tern_round_up(cols, packings[which].cols) / packings[which].cols,
                         .tile_bytes = packings[which].bytes,
                         .dtype = packings[which].dtype,
                         .n_scales = group == 0 ? 1 : tern_round_up(cols, group) / group,
                         .blocks_per_scale = group / packings[which].cols};
    return take_scales(o, name, out);
}

/* The last matrix of a layer, which may be stored by columns. */
static int take_down(tern_opening *o, const char *name, uint32_t rows, uint32_t cols, tern_linear *out)
{
    const tern_found_tensor *found = tern_find_tensor(o, name);
    if (found == NULL || found->tensor->dtype != TERN_C2 || o->config->group_size != 0) {
        return take_linear(o, name, rows, cols, out);
    }
    const tern_tensor *columns;
    uint64_t size;
    int status = tern_pack_columns_size(rows, cols, &size);
    if (status == TERN_OK) {
        status = tern_require(o, name, TERN_C2, (const uint64_t[3]){rows, cols}, size, &columns);
    }
    if (status == TERN_OK) {
        status = tern_check_matrix(o, columns);
    }
    if (status != TERN_OK) {
        return status;
    }
    *out = (tern_linear){.dtype = TERN_C2, .columns = columns->data, .n_scales = 1};
    return take_scales(o, name, out);
}

/* The scales of the rows of an I8 or I4 vocabulary. */
static int take_row_scales(tern_opening *o, const char *name, tern_vocabulary *out)
{
    char scale_name[TERN_NAME_LENGTH];
    snprintf(scale_name, sizeof scale_name, "%s_scale", name);
    const tern_tensor *scales;
    int status = tern_require_f32(o, scale_name, o->config->n_vocab, &scales);
    if (status == TERN_OK) {
        out->scales = scales->data;
        out->scale_bytes = sizeof(float);
    }
    return status;
}

static int take_vocabulary(tern_opening *o, const char *name, tern_vocabulary *out)
{
    uint64_t rows = o->config->n_vocab, cols = o->config->d_model;
    const tern_found_tensor *found = tern_find_tensor(o, name);
    if (found == NULL) {
        return tern_refuse(o, TERN_E_MODEL, "tensor %s is missing", name);
    }
    *out = (tern_vocabulary){.dtype = found->tensor->dtype};
    switch (out->dtype) {
    case TERN_T2:
        return take_linear(o, name, (uint32_t)rows, (uint32_t)cols, &out->ternary);
    case TERN_F32:
        out->row_bytes = (size_t)cols * 4;
        break;
    case TERN_F16:
    case TERN_BF16:
        out->row_bytes = (size_t)cols * 2;
        break;
    case TERN_I8:
        out->row_bytes = (size_t)cols;
        break;
    case TERN_I4:
        if (cols > TERN_I4_MAX_COLS) {
            return tern_refuse(o, TERN_E_MODEL, "tensor %s has %llu columns; at 4 bits it can have %d: store it as int8", name,
                               (unsigned long long)cols, TERN_I4_MAX_COLS);
        }
        out->row_bytes = tern_round_up(cols, TERN_I4_COLS) / TERN_I4_COLS * TERN_I4_BLOCK;
        break;
    default:
        return tern_refuse(o, TERN_E_MODEL, "tensor %s has dtype %u; it must be F32, F16, BF16, I8, I4 or T2", name,
                           found->tensor->dtype);
    }
    size_t size;
    if (!tern_multiply((size_t)rows, out->row_bytes, &size)) {
        return tern_refuse(o, TERN_E_MODEL, "tensor %s is too large", name);
    }
    const tern_tensor *t;
    int status = tern_require(o, name, out->dtype, (const uint64_t[3]){rows, cols}, size, &t);
    if (status == TERN_OK) {
        out->rows = t->data;
        status = tern_check_matrix(o, t);
    }
    if (status == TERN_OK && (out->dtype == TERN_I8 || out->dtype == TERN_I4)) {
        status = take_row_scales(o, name, out);
    }
    return status;
}

static int take_layer(tern_opening *o, uint32_t index, tern_layer *layer)
{
    const tern_config *c = o->config;
    uint32_t q_dim = c->n_heads * c->head_dim, kv_dim = c->n_kv_heads * c->head_dim;
    const struct {
        const char *name;
        uint32_t rows, cols;
        tern_linear *to;
    } linears[] = {
        {"q", q_dim, c->d_model, &layer->q},         {"k", kv_dim, c->d_model, &layer->k},
        {"v", kv_dim, c->d_model, &layer->v},        {"o", c->d_model, q_dim, &layer->o},
        {"gate", c->d_ff, c->d_model, &layer->gate}, {"up", c->d_ff, c->d_model, &layer->up},
    };
    const struct {
        const char *name;
        uint32_t n, wanted;
        const float **to;
    } norms[] = {
        {"attn_norm", c->d_model, 1, &layer->attn_norm},
        {"attn_sub_norm", q_dim, c->sub_norms, &layer->attn_sub_norm},
        {"ffn_norm", c->d_model, 1, &layer->ffn_norm},
        {"ffn_sub_norm", c->d_ff, c->sub_norms, &layer->ffn_sub_norm},
        {"q_in_norm", c->d_model, c->input_norms, &layer->q_in_norm},
        {"k_in_norm", c->d_model, c->input_norms, &layer->k_in_norm},
        {"v_in_norm", c->d_model, c->input_norms, &layer->v_in_norm},
        {"gate_in_norm", c->d_model, c->input_norms, &layer->gate_in_norm},
        {"up_in_norm", c->d_model, c->input_norms, &layer->up_in_norm},
        {"q_norm", c->head_dim, c->qk_norms, &layer->q_norm},
        {"k_norm", c->head_dim, c->qk_norms, &layer->k_norm},
    };
    char name[TERN_NAME_LENGTH];
    int status = TERN_OK;
    for (size_t i = 0; i < sizeof linears / sizeof linears[0] && status == TERN_OK; i++) {
        snprintf(name, sizeof name, "layers.%u.%s", index, linears[i].name);
        status = take_linear(o, name, linears[i].rows, linears[i].cols, linears[i].to);
    }
    if (status == TERN_OK) {
        snprintf(name, sizeof name, "layers.%u.down", index);
        status = take_down(o, name, c->d_model, c->d_ff, &layer->down);
    }
    for (size_t i = 0; i < sizeof norms / sizeof norms[0] && status == TERN_OK; i++) {
        *norms[i].to = NULL;
        if (norms[i].wanted) {
            snprintf(name, sizeof name, "layers.%u.%s", index, norms[i].name);
            status = take_floats(o, name, norms[i].n, norms[i].to);
        }
    }
    return status;
}

static int take_all(tern_opening *o, tern_model *m)
{
    int status = take_vocabulary(o, "embed", &m->embed);
    if (status == TERN_OK) {
        m->head = m->embed;
        if (tern_find_tensor(o, "head") != NULL) {
            status = take_vocabulary(o, "head", &m->head);
        }
    }
    if (status == TERN_OK) {
        status = take_floats(o, "final_norm", o->config->d_model, &m->final_norm);
    }
    if (status == TERN_OK && o->config->rope_factors) {
        status = take_factors(o, &m->rope_factors);
    }
    for (uint32_t i = 0; i < o->config->n_layers && status == TERN_OK; i++) {
        status = take_layer(o, i, &m->layers[i]);
    }
    return status == TERN_OK ? tern_refuse_unused(o) : status;
}

/* Floats in all norms and factors; fits, as each factor is capped. */
static size_t count_norms(const tern_config *c)
{
    size_t layer = (c->input_norms ? 7 : 2) * (size_t)c->d_model;
    if (c->sub_norms) {
        layer += (size_t)c->n_heads * c->head_dim + c->d_ff;
    }
    if (c->qk_norms) {
        layer += 2 * (size_t)c->head_dim;
    }
    return c->n_layers * layer + c->d_model + c->head_dim / 2;
}

/* TERN_E_CPU when a mask asks only for what this CPU lacks. */
static int choose_cpu(const tern_opening *o, uint32_t mask, const tern_kernels **out)
{
    const uint32_t known = TERN_CPU_AVX2 | TERN_CPU_AVX_VNNI | TERN_CPU_AVX512_VNNI | TERN_CPU_AVX512_VBMI | TERN_CPU_NEON |
                           TERN_CPU_DOTPROD;
    uint32_t flags = tern_cpu_flags();
    if ((mask & known) != 0 && mask != UINT32_MAX && (mask & known & flags) == 0) {
        return tern_refuse(o, TERN_E_CPU, "this CPU has none of the instruction sets in mask %#x; it has %#x", mask, flags);
    }
    *out = tern_choose_kernels(flags & mask);
    return TERN_OK;
}

int tern_model_open(tern_model **out, const tern_config *config, const tern_tensor *tensors, size_t n_tensors,
                    uint32_t cpu_mask, uint32_t flags, char *why, size_t why_len)
{
    tern_opening o = {.config = config, .n = n_tensors, .flags = flags, .why = why, .why_len = why_len};
    if (why != NULL && why_len > 0) {
        why[0] = '\0';
    }
    if (out == NULL || config == NULL || tensors == NULL) {
        return tern_refuse(&o, TERN_E_ARG, "a null pointer was given");
    }
    *out = NULL;
    const tern_kernels *kernels = NULL;
    int status = check_config(&o);
    if (status == TERN_OK) {
        status = choose_cpu(&o, cpu_mask, &kernels);
    }
    if (status != TERN_OK) {
        return status;
    }
    if (n_tensors == 0 || n_tensors > MAX_OUTSIDE + MAX_PER_LAYER * (size_t)config->n_layers) {
        return tern_refuse(&o, TERN_E_MODEL, "%zu tensors are no model of %u layers", n_tensors, config->n_layers);
    }
    tern_model *m = tern_allocate(sizeof *m);
    if (m == NULL) {
        return tern_refuse(&o, TERN_E_MEMORY, "out of memory");
    }
    *m = (tern_model){.config = *config, .kernels = kernels, .file = -1};
    m->layers = tern_allocate(config->n_layers * sizeof *m->layers);
    m->norms = tern_allocate(count_norms(config) * sizeof *m->norms);
    o.sorted = tern_allocate(n_tensors * sizeof *o.sorted);
    if (m->layers == NULL || m->norms == NULL || o.sorted == NULL) {
        status = tern_refuse(&o, TERN_E_MEMORY, "out of memory");
    } else {
        o.next_norm = m->norms;
        status = tern_sort_tensors(&o, tensors);
    }
    if (status == TERN_OK) {
        status = take_all(&o, m);
    }
    tern_release(o.sorted);
    if (status != TERN_OK) {
        tern_model_close(m);
        return status;
    }
    *out = m;
    return TERN_OK;
}

/* Where n bytes at data, which lie in the mapped file, are in it. */
static bool locate(const uint8_t *data, uint64_t n, const uint8_t *mapped, uint64_t size, uint64_t *at)
{
    uintptr_t offset = (uintptr_t)data - (uintptr_t)mapped;
    *at = offset;
    return n == 0 || ((uintptr_t)data >= (uintptr_t)mapped && offset <= size && n <= size - offset);
}

static bool locate_rows(tern_vocabulary *table, uint64_t n_vocab, const uint8_t *mapped, uint64_t size)
{
    return table->dtype == TERN_T2 ||
           (locate(table->rows, n_vocab * table->row_bytes, mapped, size, &table->rows_at) &&
            locate(table->scales, n_vocab * table->scale_bytes, mapped, size, &table->scales_at));
}

int tern_model_read_rows(tern_model *model, int descriptor, const void *mapped, uint64_t size)
{
    if (model == NULL || mapped == NULL || model->file >= 0 ||
        !locate_rows(&model->embed, model->config.n_vocab, mapped, size) ||
        !locate_rows(&model->head, model->config.n_vocab, mapped, size)) {
        return TERN_E_ARG;
    }
    model->file = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    return model->file >= 0 ? TERN_OK : TERN_E_FILE;
}

int tern_model_shortlist(tern_model *model, uint32_t n_threads)
{
    if (model == NULL || model->shortlist != NULL || n_threads < 1 || n_threads > TERN_MAX_THREADS) {
        return TERN_E_ARG;
    }
    return model->head.dtype == TERN_T2 ? TERN_OK : tern_shortlist_create(&model->shortlist, model, n_threads);
}

void tern_model_close(tern_model *model)
{
    if (model != NULL) {
        tern_shortlist_free(model->shortlist);
        if (model->file >= 0) {
            close(model->file);
        }
        tern_release(model->norms);
        tern_release(model->layers);
        tern_release(model);
    }
}

const char *tern_model_isa(const tern_model *model)
{
    return model == NULL ? "" : model->kernels->name;
}
