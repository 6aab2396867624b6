/* The one door: everything about a model is checked here, once, so that nothing behind it has to. */
#include "model.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "pack.h"

enum {
    MAX_LAYERS = 512,
    MAX_HEADS = 1024,
    MAX_HEAD_DIM = 1024,
    MAX_VOCAB = 1 << 21,
    MAX_CONTEXT = 1 << 20,
    NAME_LENGTH = 64
};

/* What is wanted while the tensors are looked up. */
typedef struct {
    const tern_config *config;
    const tern_tensor **sorted; /* [n] by name */
    size_t n;
    size_t n_used;
    float *next_norm; /* where the next norm is copied to */
    char *why;
    size_t why_len;
} opening;

static int fail(const opening *o, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

static int fail(const opening *o, int code, const char *format, ...)
{
    if (o->why != NULL && o->why_len > 0) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(o->why, o->why_len, format, arguments);
        va_end(arguments);
    }
    return code;
}

static int check_range(const opening *o, const char *name, uint32_t value, uint32_t largest)
{
    if (value < 1 || value > largest) {
        return fail(o, TERN_E_MODEL, "%s is %u; it must be 1 to %u", name, value, largest);
    }
    return TERN_OK;
}

static int check_config(const opening *o)
{
    const tern_config *c = o->config;
    const struct {
        const char *name;
        uint32_t value, largest;
    } ranges[] = {
        {"n_layers", c->n_layers, MAX_LAYERS},    {"d_model", c->d_model, TERN_MAX_COLS},
        {"d_ff", c->d_ff, TERN_MAX_COLS},         {"n_heads", c->n_heads, MAX_HEADS},
        {"n_kv_heads", c->n_kv_heads, MAX_HEADS}, {"head_dim", c->head_dim, MAX_HEAD_DIM},
        {"n_vocab", c->n_vocab, MAX_VOCAB},       {"max_context", c->max_context, MAX_CONTEXT},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        int status = check_range(o, ranges[i].name, ranges[i].value, ranges[i].largest);
        if (status != TERN_OK) {
            return status;
        }
    }
    if (c->head_dim % 2 != 0) {
        return fail(o, TERN_E_MODEL, "head_dim is %u; rotary embedding needs an even one", c->head_dim);
    }
    if (c->n_heads % c->n_kv_heads != 0) {
        return fail(o, TERN_E_MODEL, "n_heads %u is no multiple of n_kv_heads %u", c->n_heads, c->n_kv_heads);
    }
    if (c->n_heads * c->head_dim > TERN_MAX_COLS) {
        return fail(o, TERN_E_MODEL, "n_heads * head_dim is %u; it must be at most %u", c->n_heads * c->head_dim,
                    (unsigned)TERN_MAX_COLS);
    }
    if (c->activation != TERN_ACT_RELU2 && c->activation != TERN_ACT_SILU) {
        return fail(o, TERN_E_MODEL, "activation %u is unknown", c->activation);
    }
    if (c->sub_norms > 1) {
        return fail(o, TERN_E_MODEL, "sub_norms is %u; it must be 0 or 1", c->sub_norms);
    }
    if (!(c->rope_theta >= 1.0f && c->rope_theta <= 1e12f)) {
        return fail(o, TERN_E_MODEL, "rope_theta is %g; it must be 1 to 1e12", (double)c->rope_theta);
    }
    if (!(c->norm_eps > 0.0f && c->norm_eps <= 1.0f)) {
        return fail(o, TERN_E_MODEL, "norm_eps is %g; it must be above 0 and at most 1", (double)c->norm_eps);
    }
    return TERN_OK;
}

static int by_name(const void *a, const void *b)
{
    const tern_tensor *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

/* A name for an error message: what cannot be printed becomes '?'. */
static const char *printable(const char *name, char copy[NAME_LENGTH])
{
    size_t i = 0;
    for (; i + 1 < NAME_LENGTH && name[i] != '\0'; i++) {
        copy[i] = name[i] >= ' ' && name[i] <= '~' ? name[i] : '?';
    }
    copy[i] = '\0';
    return copy;
}

static int sort_tensors(opening *o, const tern_tensor *tensors)
{
    for (size_t i = 0; i < o->n; i++) {
        if (tensors[i].name == NULL || tensors[i].data == NULL) {
            return fail(o, TERN_E_ARG, "tensor number %zu has no %s", i, tensors[i].name == NULL ? "name" : "data");
        }
        o->sorted[i] = &tensors[i];
    }
    qsort(o->sorted, o->n, sizeof *o->sorted, by_name);
    char name[NAME_LENGTH];
    for (size_t i = 1; i < o->n; i++) {
        if (strcmp(o->sorted[i - 1]->name, o->sorted[i]->name) == 0) {
            return fail(o, TERN_E_MODEL, "tensor %s is there twice", printable(o->sorted[i]->name, name));
        }
    }
    return TERN_OK;
}

/* NULL when there is none of this name; the caller counts those it uses. */
static const tern_tensor *find(const opening *o, const char *name)
{
    const tern_tensor key = {.name = name}, *key_at = &key;
    const tern_tensor **found = bsearch(&key_at, o->sorted, o->n, sizeof *o->sorted, by_name);
    return found == NULL ? NULL : *found;
}

/* A tensor that must be there with this type and shape [rows, cols], or [rows] when cols is 0, of `size` bytes. */
static int require(opening *o, const char *name, uint32_t dtype, uint64_t rows, uint64_t cols, uint64_t size,
                   const tern_tensor **out)
{
    static const char *const dtypes[] = {"F32", "F16", "I8", "T2", "BF16"};
    const tern_tensor *t = find(o, name);
    if (t == NULL) {
        return fail(o, TERN_E_MODEL, "tensor %s is missing", name);
    }
    if (t->dtype != dtype) {
        return fail(o, TERN_E_MODEL, "tensor %s has dtype %u; it must be %s (%u)", name, t->dtype, dtypes[dtype],
                    dtype);
    }
    uint32_t rank = cols == 0 ? 1 : 2;
    if (t->rank != rank || t->shape[0] != rows || (rank == 2 && t->shape[1] != cols)) {
        return fail(o, TERN_E_MODEL, "tensor %s has the wrong shape; it must be [%llu%s%.0llu]", name,
                    (unsigned long long)rows, rank == 2 ? ", " : "", (unsigned long long)cols);
    }
    if (t->size != size) {
        return fail(o, TERN_E_MODEL, "tensor %s has %llu bytes; its shape needs %llu", name,
                    (unsigned long long)t->size, (unsigned long long)size);
    }
    o->n_used++;
    *out = t;
    return TERN_OK;
}

static bool all_finite_f32(const void *data, size_t n)
{
    const uint8_t *bytes = data;
    uint32_t broken = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, bytes + i * sizeof bits, sizeof bits);
        broken |= (bits & 0x7f800000) == 0x7f800000;
    }
    return !broken;
}

/* Elements of 16 bits whose exponent has the bits of mask. */
static bool all_finite_16(const void *data, size_t n, unsigned mask)
{
    const uint8_t *bytes = data;
    unsigned broken = 0;
    for (size_t i = 0; i < n; i++) {
        uint16_t bits;
        memcpy(&bits, bytes + i * sizeof bits, sizeof bits);
        broken |= (bits & mask) == mask;
    }
    return !broken;
}

static int require_f32(opening *o, const char *name, uint64_t n, const tern_tensor **out)
{
    int status = require(o, name, TERN_F32, n, 0, n * sizeof(float), out);
    if (status == TERN_OK && !all_finite_f32((*out)->data, (size_t)n)) {
        return fail(o, TERN_E_MODEL, "tensor %s holds a value that is no finite number", name);
    }
    return status;
}

static int take_norm(opening *o, const char *name, uint32_t n, const float **out)
{
    const tern_tensor *t;
    int status = require_f32(o, name, n, &t);
    if (status == TERN_OK) {
        memcpy(o->next_norm, t->data, n * sizeof(float));
        *out = o->next_norm;
        o->next_norm += n;
    }
    return status;
}

static int take_linear(opening *o, const char *name, uint32_t rows, uint32_t cols, tern_linear *out)
{
    char scale_name[NAME_LENGTH + 8];
    snprintf(scale_name, sizeof scale_name, "%s_scale", name);
    const tern_tensor *tiles, *scale;
    uint64_t size;
    int status = tern_pack_size(rows, cols, &size);
    if (status == TERN_OK) {
        status = require(o, name, TERN_T2, rows, cols, size, &tiles);
    }
    if (status == TERN_OK) {
        status = require_f32(o, scale_name, 1, &scale);
    }
    if (status != TERN_OK) {
        return status;
    }
    if (!tern_packed_codes_valid(tiles->data, (size_t)size)) {
        return fail(o, TERN_E_MODEL, "tensor %s holds a code that is no ternary weight", name);
    }
    out->tiles = tiles->data;
    out->n_groups = ((size_t)rows + TERN_GROUP_ROWS - 1) / TERN_GROUP_ROWS;
    out->n_blocks = ((size_t)cols + TERN_BLOCK_COLS - 1) / TERN_BLOCK_COLS;
    memcpy(&out->scale, scale->data, sizeof out->scale);
    return TERN_OK;
}

static int take_vocabulary(opening *o, const char *name, tern_vocabulary *out)
{
    static const size_t widths[] = {[TERN_F32] = 4, [TERN_F16] = 2, [TERN_I8] = 1, [TERN_BF16] = 2};
    uint64_t rows = o->config->n_vocab, cols = o->config->d_model, n = rows * cols;
    const tern_tensor *t = find(o, name);
    if (t == NULL) {
        return fail(o, TERN_E_MODEL, "tensor %s is missing", name);
    }
    if (t->dtype != TERN_F32 && t->dtype != TERN_F16 && t->dtype != TERN_BF16 && t->dtype != TERN_I8) {
        return fail(o, TERN_E_MODEL, "tensor %s has dtype %u; it must be F32, F16, BF16 or I8", name, t->dtype);
    }
    size_t size;
    if (n > SIZE_MAX || !tern_multiply((size_t)n, widths[t->dtype], &size)) {
        return fail(o, TERN_E_MODEL, "tensor %s is too large", name);
    }
    int status = require(o, name, t->dtype, rows, cols, size, &t);
    if (status != TERN_OK) {
        return status;
    }
    bool finite = t->dtype == TERN_I8    ? true
                  : t->dtype == TERN_F32 ? all_finite_f32(t->data, (size_t)n)
                  : t->dtype == TERN_F16 ? all_finite_16(t->data, (size_t)n, 0x7c00)
                                         : all_finite_16(t->data, (size_t)n, 0x7f80);
    if (!finite) {
        return fail(o, TERN_E_MODEL, "tensor %s holds a value that is no finite number", name);
    }
    *out = (tern_vocabulary){.rows = t->data, .dtype = t->dtype, .row_bytes = (size_t)cols * widths[t->dtype]};
    if (t->dtype == TERN_I8) {
        char scale_name[NAME_LENGTH];
        snprintf(scale_name, sizeof scale_name, "%s_scale", name);
        const tern_tensor *scales;
        status = require_f32(o, scale_name, rows, &scales);
        if (status == TERN_OK) {
            out->scales = scales->data;
        }
    }
    return status;
}

static int take_layer(opening *o, uint32_t index, tern_layer *layer)
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
        {"down", c->d_model, c->d_ff, &layer->down},
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
    };
    char name[NAME_LENGTH];
    int status = TERN_OK;
    for (size_t i = 0; i < sizeof linears / sizeof linears[0] && status == TERN_OK; i++) {
        snprintf(name, sizeof name, "layers.%u.%s", index, linears[i].name);
        status = take_linear(o, name, linears[i].rows, linears[i].cols, linears[i].to);
    }
    for (size_t i = 0; i < sizeof norms / sizeof norms[0] && status == TERN_OK; i++) {
        *norms[i].to = NULL;
        if (norms[i].wanted) {
            snprintf(name, sizeof name, "layers.%u.%s", index, norms[i].name);
            status = take_norm(o, name, norms[i].n, norms[i].to);
        }
    }
    return status;
}

/* The names of a model's tensors are known, so one that was not used is found by asking which names are. */
static bool is_used_name(const opening *o, const char *name)
{
    const tern_config *c = o->config;
    const tern_tensor *embed = find(o, "embed"), *head = find(o, "head");
    if (strcmp(name, "embed") == 0 || strcmp(name, "head") == 0 || strcmp(name, "final_norm") == 0) {
        return true;
    }
    if (strcmp(name, "embed_scale") == 0) {
        return embed != NULL && embed->dtype == TERN_I8;
    }
    if (strcmp(name, "head_scale") == 0) {
        return head != NULL && head->dtype == TERN_I8;
    }
    static const char *const parts[] = {
        "q",       "k",          "v",        "o",          "gate",          "up",
        "down",    "attn_norm",  "ffn_norm", "q_scale",    "k_scale",       "v_scale",
        "o_scale", "gate_scale", "up_scale", "down_scale", "attn_sub_norm", "ffn_sub_norm"};
    size_t n_parts = sizeof parts / sizeof parts[0] - (c->sub_norms ? 0 : 2);
    unsigned layer;
    int at = 0;
    if (sscanf(name, "layers.%9u.%n", &layer, &at) != 1 || at == 0 || layer >= c->n_layers) {
        return false;
    }
    char prefix[NAME_LENGTH];
    snprintf(prefix, sizeof prefix, "layers.%u.", layer);
    if (strncmp(name, prefix, strlen(prefix)) != 0) {
        return false;
    }
    for (size_t i = 0; i < n_parts; i++) {
        if (strcmp(name + at, parts[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int refuse_unused(const opening *o)
{
    for (size_t i = 0; i < o->n && o->n_used != o->n; i++) {
        if (!is_used_name(o, o->sorted[i]->name)) {
            char name[NAME_LENGTH];
            return fail(o, TERN_E_MODEL, "tensor %s has no place in a model of this configuration",
                        printable(o->sorted[i]->name, name));
        }
    }
    return TERN_OK;
}

static int take_all(opening *o, tern_model *m)
{
    int status = take_vocabulary(o, "embed", &m->embed);
    if (status == TERN_OK) {
        m->head = m->embed;
        if (find(o, "head") != NULL) {
            m->head.scales = NULL;
            status = take_vocabulary(o, "head", &m->head);
        }
    }
    if (status == TERN_OK) {
        status = take_norm(o, "final_norm", o->config->d_model, &m->final_norm);
    }
    for (uint32_t i = 0; i < o->config->n_layers && status == TERN_OK; i++) {
        status = take_layer(o, i, &m->layers[i]);
    }
    return status == TERN_OK ? refuse_unused(o) : status;
}

/* Floats in all norms; fits, as each factor is capped. */
static size_t count_norms(const tern_config *c)
{
    size_t layer = 2 * (size_t)c->d_model;
    if (c->sub_norms) {
        layer += (size_t)c->n_heads * c->head_dim + c->d_ff;
    }
    return c->n_layers * layer + c->d_model;
}

/* TERN_E_CPU when a mask asks only for what this CPU lacks. */
static int choose_cpu(const opening *o, uint32_t mask, const tern_kernels **out)
{
    const uint32_t known = TERN_CPU_AVX2 | TERN_CPU_AVX512_VNNI | TERN_CPU_NEON | TERN_CPU_DOTPROD;
    uint32_t flags = tern_cpu_flags();
    if ((mask & known) != 0 && mask != UINT32_MAX && (mask & known & flags) == 0) {
        return fail(o, TERN_E_CPU, "this CPU has none of the instruction sets in mask %#x; it has %#x", mask, flags);
    }
    *out = tern_choose_kernels(flags & mask);
    return TERN_OK;
}

int tern_model_open(tern_model **out, const tern_config *config, const tern_tensor *tensors, size_t n_tensors,
                    uint32_t cpu_mask, char *why, size_t why_len)
{
    opening o = {.config = config, .n = n_tensors, .why = why, .why_len = why_len};
    if (why != NULL && why_len > 0) {
        why[0] = '\0';
    }
    if (out == NULL || config == NULL || tensors == NULL) {
        return fail(&o, TERN_E_ARG, "a null pointer was given");
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
    if (n_tensors == 0 || n_tensors > 8 + 18 * (size_t)config->n_layers) {
        return fail(&o, TERN_E_MODEL, "%zu tensors are no model of %u layers", n_tensors, config->n_layers);
    }
    tern_model *m = tern_allocate(sizeof *m);
    if (m == NULL) {
        return fail(&o, TERN_E_MEMORY, "out of memory");
    }
    *m = (tern_model){.config = *config, .kernels = kernels};
    m->layers = tern_allocate(config->n_layers * sizeof *m->layers);
    m->norms = tern_allocate(count_norms(config) * sizeof *m->norms);
    o.sorted = tern_allocate(n_tensors * sizeof *o.sorted);
    if (m->layers == NULL || m->norms == NULL || o.sorted == NULL) {
        status = fail(&o, TERN_E_MEMORY, "out of memory");
    } else {
        o.next_norm = m->norms;
        status = sort_tensors(&o, tensors);
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

void tern_model_close(tern_model *model)
{
    if (model != NULL) {
        tern_release(model->norms);
        tern_release(model->layers);
        tern_release(model);
    }
}

const char *tern_model_isa(const tern_model *model)
{
    return model == NULL ? "" : model->kernels->name;
}
