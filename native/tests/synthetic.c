#include "synthetic.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

typedef struct {
    synthetic *model;
    test_random random;
    int failed;
} making;

/* A tensor with memory for its data, which is exactly `size` bytes so that tools see a byte too many. */
static void *add(making *m, const char *name, uint32_t dtype, uint64_t rows, uint64_t cols, uint64_t size)
{
    tern_tensor *t = &m->model->tensors[m->model->n_tensors];
    char *copy = malloc(strlen(name) + 1);
    void *data = malloc((size_t)size);
    if (copy == NULL || data == NULL) {
        free(copy);
        free(data);
        m->failed = 1;
        return NULL;
    }
    strcpy(copy, name);
    *t = (tern_tensor){
        .name = copy, .dtype = dtype, .rank = cols == 0 ? 1 : 2, .shape = {rows, cols}, .data = data, .size = size};
    m->model->n_tensors++;
    return data;
}

static void add_floats(making *m, const char *name, uint64_t n, float middle, float spread)
{
    float *data = add(m, name, TERN_F32, n, 0, n * sizeof(float));
    for (uint64_t i = 0; data != NULL && i < n; i++) {
        data[i] = middle + spread * random_float(&m->random);
    }
}

/* f16 scales around `middle`, those of rows that are only padding 0. */
static void add_group_scales(making *m, const char *name, uint64_t rows, uint64_t cols, float middle)
{
    uint64_t groups = (rows + 3) / 4, scales = (cols + m->model->config.group_size - 1) / m->model->config.group_size;
    uint16_t *data = add(m, name, TERN_F16, groups, scales, groups * scales * 4 * sizeof *data);
    if (data == NULL) {
        return;
    }
    tern_tensor *t = &m->model->tensors[m->model->n_tensors - 1];
    t->rank = 3;
    t->shape[2] = 4;
    for (uint64_t i = 0; i < groups * scales * 4; i++) {
        uint64_t row = i / (scales * 4) * 4 + i % 4;
        float scale = row < rows ? middle * (1.0f + 0.3f * random_float(&m->random)) : 0.0f;
        tern_kernels_ref.store_f16(&data[i], &scale, 1);
    }
}

static void add_linear(making *m, const char *name, uint64_t rows, uint64_t cols)
{
    uint64_t size = 0;
    tern_pack_size(rows, cols, &size);
    uint8_t *data = add(m, name, TERN_T2, rows, cols, size);
    for (uint64_t i = 0; data != NULL && i < size; i += 8) {
        uint64_t codes = random_bits(&m->random);
        codes &= ~((codes & codes >> 1 & 0x5555555555555555u) << 1); /* 3 becomes 1 */
        memcpy(data + i, &codes, 8);
    }
    m->model->ternary_bytes += (size_t)size;
    char scale[80];
    snprintf(scale, sizeof scale, "%s_scale", name);
    if (m->model->config.group_size == 0) {
        add_floats(m, scale, 1, 1.5f / sqrtf((float)cols), 0.1f / sqrtf((float)cols));
    } else {
        add_group_scales(m, scale, rows, cols, 1.5f / sqrtf((float)cols));
    }
}

static void add_i4(making *m, const char *name)
{
    uint64_t rows = m->model->config.n_vocab, size = rows * ((m->model->config.d_model + 127) / 128) * TERN_I4_BLOCK;
    uint8_t *data = add(m, name, TERN_I4, rows, m->model->config.d_model, size);
    for (uint64_t i = 0; data != NULL && i < size; i++) {
        data[i] = (uint8_t)random_bits(&m->random);
    }
    m->model->vocab_bytes += size;
    char scale[80];
    snprintf(scale, sizeof scale, "%s_scale", name);
    add_floats(m, scale, rows, 0.0015f, 0.0002f);
}

static void add_vocabulary(making *m, const char *name, uint32_t dtype)
{
    if (dtype == TERN_T2) {
        add_linear(m, name, m->model->config.n_vocab, m->model->config.d_model);
        return;
    }
    if (dtype == TERN_I4) {
        add_i4(m, name);
        return;
    }
    static const size_t widths[] = {[TERN_F32] = 4, [TERN_F16] = 2, [TERN_I8] = 1, [TERN_BF16] = 2};
    uint64_t rows = m->model->config.n_vocab, n = rows * m->model->config.d_model;
    uint8_t *data = add(m, name, dtype, rows, m->model->config.d_model, n * widths[dtype]);
    for (uint64_t i = 0; data != NULL && i < n; i++) {
        float x = random_float(&m->random);
        uint32_t bits;
        uint16_t half;
        memcpy(&bits, &x, 4);
        switch (dtype) {
        case TERN_F32:
            memcpy(data + i * 4, &x, 4);
            break;
        case TERN_F16:
            tern_kernels_ref.store_f16(&half, &x, 1);
            memcpy(data + i * 2, &half, 2);
            break;
        case TERN_BF16:
            half = (uint16_t)(bits >> 16);
            memcpy(data + i * 2, &half, 2);
            break;
        default:
            data[i] = (uint8_t)(int)(x * 127.0f);
        }
    }
    m->model->vocab_bytes += n * widths[dtype];
    if (dtype == TERN_I8) {
        char scale[80];
        snprintf(scale, sizeof scale, "%s_scale", name);
        add_floats(m, scale, rows, 1.0f / 127.0f, 0.001f);
    }
}

static void add_layer(making *m, uint32_t layer)
{
    const tern_config *c = &m->model->config;
    uint32_t q = c->n_heads * c->head_dim, kv = c->n_kv_heads * c->head_dim;
    const struct {
        const char *name;
        uint32_t rows, cols;
    } parts[] = {{"attn_norm", c->d_model, 0},
                 {"q", q, c->d_model},
                 {"k", kv, c->d_model},
                 {"v", kv, c->d_model},
                 {"attn_sub_norm", c->sub_norms ? q : 0, 0},
                 {"o", c->d_model, q},
                 {"ffn_norm", c->d_model, 0},
                 {"gate", c->d_ff, c->d_model},
                 {"up", c->d_ff, c->d_model},
                 {"ffn_sub_norm", c->sub_norms ? c->d_ff : 0, 0},
                 {"down", c->d_model, c->d_ff},
                 {"q_in_norm", c->input_norms ? c->d_model : 0, 0},
                 {"k_in_norm", c->input_norms ? c->d_model : 0, 0},
                 {"v_in_norm", c->input_norms ? c->d_model : 0, 0},
                 {"gate_in_norm", c->input_norms ? c->d_model : 0, 0},
                 {"up_in_norm", c->input_norms ? c->d_model : 0, 0},
                 {"q_norm", c->qk_norms ? c->head_dim : 0, 0},
                 {"k_norm", c->qk_norms ? c->head_dim : 0, 0}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char name[64];
        snprintf(name, sizeof name, "layers.%u.%s", layer, parts[i].name);
        if (parts[i].cols > 0) {
            add_linear(m, name, parts[i].rows, parts[i].cols);
        } else if (parts[i].rows > 0) {
            add_floats(m, name, parts[i].rows, 1.0f, 0.2f);
        }
    }
}

int synthetic_create(synthetic *out, const tern_config *config, synthetic_options options)
{
    *out = (synthetic){.config = *config};
    making m = {.model = out, .random = {options.seed}};
    out->tensors = calloc(8 + 26 * (size_t)config->n_layers, sizeof *out->tensors);
    if (out->tensors == NULL) {
        return -1;
    }
    add_vocabulary(&m, "embed", options.vocab_dtype);
    if (options.untied) {
        add_vocabulary(&m, "head", options.vocab_dtype);
    }
    add_floats(&m, "final_norm", config->d_model, 1.0f, 0.2f);
    if (config->rope_factors) {
        add_floats(&m, "rope_factors", config->head_dim / 2, 2.0f, 1.0f);
    }
    for (uint32_t i = 0; i < config->n_layers && !m.failed; i++) {
        add_layer(&m, i);
    }
    if (m.failed) {
        synthetic_free(out);
        return -1;
    }
    return 0;
}

void synthetic_free(synthetic *model)
{
    for (size_t i = 0; i < model->n_tensors; i++) {
        free((void *)model->tensors[i].name);
        free((void *)model->tensors[i].data);
    }
    free(model->tensors);
    *model = (synthetic){0};
}

tern_tensor *synthetic_find(synthetic *model, const char *name)
{
    for (size_t i = 0; i < model->n_tensors; i++) {
        if (strcmp(model->tensors[i].name, name) == 0) {
            return &model->tensors[i];
        }
    }
    return NULL;
}

static int repack(tern_tensor *t, uint32_t dtype)
{
    static const struct {
        int (*size)(uint64_t rows, uint64_t cols, uint64_t *size);
        int (*pack)(const int8_t *weights, uint64_t rows, uint64_t cols, uint8_t *packed, uint64_t size);
    } packings[] = {[TERN_T5] = {tern_pack5_size, tern_pack5},
                    [TERN_T8] = {tern_pack8_size, tern_pack8},
                    [TERN_T1] = {tern_pack1_size, tern_pack1}};
    uint64_t rows = t->shape[0], cols = t->shape[1], size = 0;
    int status = packings[dtype].size(rows, cols, &size);
    int8_t *weights = malloc((size_t)(rows * cols));
    uint8_t *packed = malloc((size_t)size);
    if (weights != NULL && tern_unpack(t->data, rows, cols, weights, rows * cols) != TERN_OK) {
        status = TERN_E_ARG;
    }
    for (size_t i = 0; dtype == TERN_T1 && weights != NULL && i < rows * cols; i++) {
        weights[i] |= 1;
    }
    if (weights == NULL || packed == NULL || status != TERN_OK ||
        packings[dtype].pack(weights, rows, cols, packed, size) != TERN_OK) {
        free(weights);
        free(packed);
        return -1;
    }
    free(weights);
    free((void *)t->data);
    t->data = packed;
    t->dtype = dtype;
    t->size = size;
    return 0;
}

int synthetic_repack(synthetic *model, uint32_t dtype)
{
    model->ternary_bytes = 0;
    for (size_t i = 0; i < model->n_tensors; i++) {
        tern_tensor *t = &model->tensors[i];
        if (t->dtype == TERN_T2) {
            if (repack(t, dtype) != 0) {
                return -1;
            }
            model->ternary_bytes += (size_t)t->size;
        }
    }
    return 0;
}

void synthetic_quieten(synthetic *model, uint32_t percent)
{
    test_random random = {percent};
    for (size_t i = 0; i < model->n_tensors; i++) {
        const tern_tensor *t = &model->tensors[i];
        const char *end = strrchr(t->name, '.');
        if (end == NULL || strcmp(end, ".gate") != 0 || t->dtype != TERN_T2) {
            continue;
        }
        size_t n_blocks = (size_t)(t->shape[1] + 63) / 64;
        for (size_t row = 0; row < t->shape[0]; row++) {
            uint8_t *lane = (uint8_t *)(uintptr_t)t->data + row / 4 * n_blocks * 64 + row % 4 * 16;
            bool is_quiet = random_below(&random, 100) < percent;
            for (size_t block = 0; is_quiet && block < n_blocks; block++) {
                memset(lane + block * 64, 0x55, 16);
            }
        }
    }
}
