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

void tern_vocabulary_row(const tern_vocabulary *table, uint32_t token, size_t d_model, float *x)
{
    const uint8_t *row = table->rows + token * table->row_bytes;
    switch (table->dtype) {
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
    default:
        return kernels->dot_i8(x, row, d_model) * row_scale(table, token);
    }
}
