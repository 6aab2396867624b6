/* Rows of the embedding and of the head. */
#include <string.h>

#include "float_bits.h"
#include "memory.h"
#include "model.h"

enum { CACHE_LINE = 64 };

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

static size_t i4_blocks(size_t d_model)
{
    return tern_round_up(d_model, TERN_I4_COLS) / TERN_I4_COLS;
}

static void i4_row(const uint8_t *row, float scale, size_t d_model, float *x)
{
    for (size_t i = 0; i < d_model; i++) {
        const uint8_t *block = row + i / TERN_I4_COLS * TERN_I4_BLOCK;
        size_t at = i % (TERN_I4_COLS / 2), upper = i / (TERN_I4_COLS / 2) % 2;
        int code = (block[at] >> upper * 4 & 15) - 8;
        x[i] = (float)(code * (int8_t)block[TERN_I4_COLS / 2 + at / 16]) * scale;
    }
}

size_t tern_fine_size(size_t n)
{
    return i4_blocks(n) * (2 * TERN_I4_COLS + TERN_I4_GROUPS * 8 * sizeof(int16_t));
}

/* 127 * 128 codes on either side: the upper of two int8 is then at most 127. What is no number becomes one; the
 * inverse tells of it. */
static void split(const float *x, size_t n, float scale, int8_t *upper, int8_t *lower)
{
    const float shifter = 12582912.0f, most = 127.0f * 128.0f; /* adding 1.5 * 2^23 rounds to an integer, half to even */
    for (size_t i = 0; i < n; i++) {
        float value = x[i] * scale;
        value = value > -most ? value : -most;
        value = value < most ? value : most;
        int32_t code = (int32_t)(bits_of(value + shifter) - bits_of(shifter));
        int32_t high = (code + 16448) / 128 - 128; /* rounded down, of a number above 0 */
        upper[i] = (int8_t)high;
        lower[i] = (int8_t)(code - high * 128);
    }
}

tern_fine tern_fine_of(const float *x, size_t n, void *memory)
{
    size_t n_blocks = i4_blocks(n), n_padded = n_blocks * TERN_I4_COLS;
    int16_t *sums = memory;
    int8_t *upper = (int8_t *)(sums + n_blocks * TERN_I4_GROUPS * 8), *lower = upper + n_padded;
    uint32_t most = bits_of(1e-5f);
    for (size_t i = 0; i < n; i++) {
        uint32_t magnitude = bits_of(x[i]) & 0x7fffffff; /* as integers, a NaN is above all */
        most = magnitude > most ? magnitude : most;
    }
    float scale = 127.0f * 128.0f / float_of(most);
    memset(memory, 0, tern_fine_size(n));
    split(x, n, scale, upper, lower);
    for (size_t i = 0; i < n_padded; i++) {
        size_t group = i / TERN_I4_COLS * TERN_I4_GROUPS + i % (TERN_I4_COLS / 2) / 16;
        sums[group * 8] = (int16_t)(sums[group * 8] - 8 * upper[i]);
        sums[group * 8 + 2] = (int16_t)(sums[group * 8 + 2] - 8 * lower[i]);
    }
    return (tern_fine){.upper = upper, .lower = lower, .sums = sums, .inverse = 1.0f / scale};
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
        i4_row(row, row_scale(table, token), d_model, x);
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

void tern_vocabulary_ask_for(const tern_vocabulary *table, uint32_t token)
{
    const uint8_t *row = table->rows + token * table->row_bytes;
    for (size_t at = 0; at < table->row_bytes; at += CACHE_LINE) {
        tern_ask_for(row + at);
    }
}

float tern_vocabulary_dot(const tern_vocabulary *table, const tern_kernels *kernels, uint32_t token, const float *x,
                          size_t d_model)
{
    const uint8_t *row = table->rows + token * table->row_bytes;
    for (size_t at = 0; at < table->row_bytes; at += CACHE_LINE) {
        tern_read_ahead(row + at);
    }
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

void tern_vocabulary_dots_i4(const tern_vocabulary *table, const tern_kernels *kernels, uint32_t token, size_t n,
                             const tern_fine *x, size_t d_model, float *out)
{
    kernels->dots_i4(out, x, table->rows + token * table->row_bytes, i4_blocks(d_model), n);
    for (size_t i = 0; i < n; i++) {
        out[i] *= x->inverse * row_scale(table, token + (uint32_t)i);
    }
}
