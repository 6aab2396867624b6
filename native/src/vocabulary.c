/* Rows of the embedding and of the head. */
#include <string.h>

#include "float_bits.h"
#include "model.h"

static float row_scale(const tern_vocabulary *table, uint32_t token)
{
    float scale;
    memcpy(&scale, table->scales + (size_t)token * sizeof scale, sizeof scale);
    return scale;
}

static float from_f16(uint32_t half)
{
    uint32_t magnitude = half & 0x7fff;
    float value = magnitude < 0x400 ? (float)magnitude * 0x1p-24f : float_of((magnitude << 13) + (112u << 23));
    return half & 0x8000 ? -value : value;
}

static uint32_t load_half(const uint8_t *row, size_t i)
{
    uint16_t half;
    memcpy(&half, row + i * sizeof half, sizeof half);
    return half;
}

static void ternary_row(const tern_linear *table, uint32_t token, size_t d_model, float *x)
{
    size_t lane = token % TERN_GROUP_ROWS, group = token / TERN_GROUP_ROWS;
    const uint8_t *tiles = table->tiles + group * table->n_blocks * TERN_TILE_BYTES + lane * 16;
    for (size_t i = 0; i < d_model; i++) {
        size_t block = i / TERN_BLOCK_COLS, within = i % TERN_BLOCK_COLS;
        int weight = (tiles[block * TERN_TILE_BYTES + within % 16] >> within / 16 * 2 & 3) - 1;
        float scale = table->scale;
        if (table->scales != NULL) {
            size_t at = group * table->n_scales + block / table->blocks_per_scale;
            scale = from_f16(load_half(table->scales, at * TERN_GROUP_ROWS + lane));
        }
        x[i] = (float)weight * scale;
    }
}

static void i4_row(const tern_vocabulary *table, uint32_t token, size_t d_model, float *x)
{
    size_t n_scales = (d_model + TERN_I4_COLS - 1) / TERN_I4_COLS;
    const uint8_t *row = table->rows + token * table->row_bytes;
    const uint8_t *scales = table->scales + token * n_scales * sizeof(uint16_t);
    for (size_t i = 0; i < d_model; i++) {
        size_t within = i % TERN_I4_COLS;
        int code = (row[i / TERN_I4_COLS * 16 + within % 16] >> within / 16 * 4 & 15) - 8;
        x[i] = (float)code * from_f16(load_half(scales, i / TERN_I4_COLS));
    }
}

float tern_from_f16(const uint8_t *half)
{
    return from_f16(load_half(half, 0));
}

void tern_vocabulary_row(const tern_vocabulary *table, uint32_t token, size_t d_model, float *x)
{
    if (table->dtype == TERN_T2) {
        ternary_row(&table->ternary, token, d_model, x);
        return;
    }
    const uint8_t *row = table->rows + token * table->row_bytes;
    switch (table->dtype) {
    case TERN_I4:
        i4_row(table, token, d_model, x);
        break;
    case TERN_F32:
        memcpy(x, row, d_model * sizeof *x);
        break;
    case TERN_F16:
        for (size_t i = 0; i < d_model; i++) {
            x[i] = from_f16(load_half(row, i));
        }
        break;
    case TERN_BF16:
        for (size_t i = 0; i < d_model; i++) {
            x[i] = float_of(load_half(row, i) << 16);
        }
        break;
    default: {
        float scale = row_scale(table, token);
        for (size_t i = 0; i < d_model; i++) {
            x[i] = (float)(int8_t)row[i] * scale;
        }
    }
    }
}

float tern_vocabulary_dot(const tern_vocabulary *table, const tern_kernels *kernels, uint32_t token, const float *x,
                          size_t d_model)
{
    const uint8_t *row = table->rows + token * table->row_bytes;
    switch (table->dtype) {
    case TERN_F32:
        return kernels->dot_f32(x, row, d_model);
    case TERN_F16:
        return kernels->dot_f16(x, row, d_model);
    case TERN_BF16:
        return kernels->dot_bf16(x, row, d_model);
    case TERN_I4: {
        size_t n_scales = (d_model + TERN_I4_COLS - 1) / TERN_I4_COLS;
        return kernels->dot_i4(x, row, table->scales + token * n_scales * sizeof(uint16_t), d_model);
    }
    default:
        return kernels->dot_i8(x, row, d_model) * row_scale(table, token);
    }
}
