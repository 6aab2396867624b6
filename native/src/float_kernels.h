/* The float kernels, written once: each instruction set's file defines `vec`, 32 floats, and its operations, includes
 * this and fills its table from the functions below. The rest is plain C that the compiler vectorises for that
 * instruction set; nothing here depends on the width of its registers, so all give the same bits.
 *
 * Wanted before the inclusion (always inlined):
 *   vec vec_zero(void), vec_set(float), vec_add(vec, vec), vec_max(vec, vec), vec_mul_add(vec sum, vec a, vec b);
 *   vec vec_f32(const void *, int n), vec_f16(…), vec_bf16(…), vec_i8(…);   n = 32 elements, or 16 followed by zeros
 *   void vec_store(float *, vec);
 *   float vec_sum(vec): adds sums 16..31 to 0..15, then 8..15 to 0..7 and so on down to one.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "float_bits.h"
#include "kernels.h"

enum { VEC = 32, HALF_VEC = 16 };

/* e^x within 2 ulp for x in -87..88; beyond these as at their ends, and a NaN as -87. */
static inline float exponential(float x)
{
    const float shifter = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer, half to even */
    x = x > -87.0f ? x : -87.0f;
    x = x < 88.0f ? x : 88.0f;
    float shifted = x * 1.44269504f + shifter;
    float n = shifted - shifter;
    float f = x - n * 0.693359375f; /* ln 2 in two parts, the first exact in few bits */
    f = f - n * -2.12194440e-4f;
    float p = 1.0f / 720.0f;
    p = p * f + 1.0f / 120.0f;
    p = p * f + 1.0f / 24.0f;
    p = p * f + 1.0f / 6.0f;
    p = p * f + 0.5f;
    p = p * f + 1.0f;
    p = p * f + 1.0f;
    return float_of(bits_of(p) + ((bits_of(shifted) - bits_of(shifter)) << 23));
}

/* For elements of `width` bytes: row_dot_TYPE, dot_TYPE and weigh_TYPE. What is left of a row after whole vectors is
 * followed by zeros. */
#define TERN_DEFINE_DOT(type, width)                                                                                   \
    static inline float row_dot_##type(const float *x, const void *row, size_t n)                                      \
    {                                                                                                                  \
        const uint8_t *bytes = row;                                                                                    \
        vec sum = vec_zero();                                                                                          \
        size_t i = 0;                                                                                                  \
        for (; i + VEC <= n; i += VEC) {                                                                               \
            sum = vec_mul_add(sum, vec_f32(x + i, VEC), vec_##type(bytes + i * (width), VEC));                         \
        }                                                                                                              \
        if (i + HALF_VEC == n) {                                                                                       \
            sum = vec_mul_add(sum, vec_f32(x + i, HALF_VEC), vec_##type(bytes + i * (width), HALF_VEC));               \
        } else if (i < n) {                                                                                            \
            float x_tail[VEC] = {0};                                                                                   \
            uint8_t row_tail[VEC * (width)] = {0};                                                                     \
            memcpy(x_tail, x + i, (n - i) * sizeof *x);                                                                \
            memcpy(row_tail, bytes + i * (width), (n - i) * (width));                                                  \
            sum = vec_mul_add(sum, vec_f32(x_tail, VEC), vec_##type(row_tail, VEC));                                   \
        }                                                                                                              \
        return vec_sum(sum);                                                                                           \
    }                                                                                                                  \
    static float dot_##type(const float *x, const void *row, size_t n)                                                 \
    {                                                                                                                  \
        return row_dot_##type(x, row, n);                                                                              \
    }                                                                                                                  \
    /* out[0..n) = sum over positions of weights[p] * rows[p][0..n), n <= 32 */                                        \
    static inline void weigh_##type(float *out, const float *weights, const uint8_t *rows, size_t stride,              \
                                    size_t n_positions, size_t n)                                                      \
    {                                                                                                                  \
        vec sum = vec_zero();                                                                                          \
        float sums[VEC];                                                                                               \
        if (n == VEC) {                                                                                                \
            for (size_t p = 0; p < n_positions; p++) {                                                                 \
                sum = vec_mul_add(sum, vec_set(weights[p]), vec_##type(rows + p * stride, VEC));                       \
            }                                                                                                          \
        } else if (n == HALF_VEC) {                                                                                    \
            for (size_t p = 0; p < n_positions; p++) {                                                                 \
                sum = vec_mul_add(sum, vec_set(weights[p]), vec_##type(rows + p * stride, HALF_VEC));                  \
            }                                                                                                          \
        } else {                                                                                                       \
            for (size_t p = 0; p < n_positions; p++) {                                                                 \
                uint8_t tail[VEC * (width)] = {0};                                                                     \
                memcpy(tail, rows + p * stride, n * (width));                                                          \
                sum = vec_mul_add(sum, vec_set(weights[p]), vec_##type(tail, VEC));                                    \
            }                                                                                                          \
        }                                                                                                              \
        vec_store(sums, sum);                                                                                          \
        memcpy(out, sums, n * sizeof *out);                                                                            \
    }

TERN_DEFINE_DOT(f32, 4)
TERN_DEFINE_DOT(f16, 2)
TERN_DEFINE_DOT(bf16, 2)
TERN_DEFINE_DOT(i8, 1)

/* The sum of a row whose activations are of 15 bits, from those of their two parts. */
static inline float join(int32_t upper, int32_t lower)
{
    return (float)((int64_t)upper * 128 + lower);
}

/* dots_i4 from dot_i4, which does one row. */
#define TERN_DEFINE_DOTS_I4                                                                                            \
    static void dots_i4(float *out, const tern_fine *x, const uint8_t *rows, size_t n_blocks, size_t n_rows)           \
    {                                                                                                                  \
        for (size_t i = 0; i < n_rows; i++) {                                                                          \
            out[i] = dot_i4(x, rows + i * n_blocks * TERN_I4_BLOCK, n_blocks);                                         \
        }                                                                                                              \
    }

static inline float sum_of(const float *x, size_t n)
{
    vec sum = vec_zero();
    size_t i = 0;
    for (; i + VEC <= n; i += VEC) {
        sum = vec_add(sum, vec_f32(x + i, VEC));
    }
    if (i < n) {
        float tail[VEC] = {0};
        memcpy(tail, x + i, (n - i) * sizeof *x);
        sum = vec_add(sum, vec_f32(tail, VEC));
    }
    return vec_sum(sum);
}

/* Compared as integers, which orders magnitudes as floats do and puts NaN above all. */
static inline float largest_magnitude(const float *x, size_t n)
{
    uint32_t largest = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t magnitude = bits_of(x[i]) & 0x7fffffff;
        largest = magnitude > largest ? magnitude : largest;
    }
    return float_of(largest);
}

/* Sum of the codes. x * scale is clamped before it is rounded, which rounding to even makes the same. */
static inline int32_t to_codes(int8_t *restrict codes, const float *restrict x, size_t n, float scale)
{
    int32_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        float value = x[i] * scale;
        value = value > -128.0f ? value : -128.0f;
        value = value < 127.0f ? value : 127.0f;
        int32_t code = (int32_t)(bits_of(value + 12582912.0f) - bits_of(12582912.0f));
        codes[i] = (int8_t)code;
        sum += code;
    }
    return sum;
}

static void quantize(int8_t *codes, size_t n_padded, const float *x, size_t n, float *inverse, int32_t *code_sum)
{
    float largest = largest_magnitude(x, n);
    float scale = 127.0f / (largest < 1e-5f ? 1e-5f : largest);
    *code_sum = to_codes(codes, x, n, scale);
    *inverse = 1.0f / scale;
    memset(codes + n, 0, n_padded - n);
}

static void rms_norm(float *out, const float *x, const float *weight, size_t n, float eps)
{
    float r = 1.0f / sqrtf(row_dot_f32(x, x, n) / (float)n + eps);
    for (size_t i = 0; i < n; i++) {
        out[i] = weight[i] * (x[i] * r);
    }
}

static void gate_relu2(float *restrict gate, const float *restrict up, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float product = gate[i] * gate[i] * up[i];
        gate[i] = gate[i] <= 0.0f ? 0.0f : product; /* whatever up is: it may not have been computed */
    }
}

static void gate_silu(float *restrict gate, const float *restrict up, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        gate[i] = gate[i] / (1.0f + exponential(-gate[i])) * up[i];
    }
}

static void rope(float *restrict x, const float *restrict cosine, const float *restrict sine, size_t half)
{
    for (size_t i = 0; i < half; i++) {
        float a = x[i], b = x[i + half];
        x[i] = a * cosine[i] - b * sine[i];
        x[i + half] = b * cosine[i] + a * sine[i];
    }
}

/* Rounded half to even; what is larger than f16 can hold, and NaN, become 65504 with the sign kept, so that the cache
 * never holds an infinity. */
static void store_f16(uint16_t *restrict out, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = bits_of(x[i]);
        uint32_t magnitude = bits & 0x7fffffff;
        magnitude = magnitude < 0x477fe000 ? magnitude : 0x477fe000;
        uint32_t normal = (magnitude - (112u << 23) + 0xfff + (magnitude >> 13 & 1)) >> 13;
        uint32_t subnormal = bits_of(float_of(magnitude) + 0.5f) - bits_of(0.5f); /* 0.5's last bit is 2^-24 */
        uint32_t half = magnitude < 113u << 23 ? subnormal : normal;
        out[i] = (uint16_t)(half | (bits >> 16 & 0x8000));
    }
}

static float store_i8(int8_t *out, const float *x, size_t n)
{
    float largest = largest_magnitude(x, n);
    if (!(largest <= 3e38f)) { /* an infinity or a NaN: keep it out of the cache */
        memset(out, 0, n);
        return 0.0f;
    }
    float scale = largest < 1e-30f ? 0.0f : 127.0f / largest;
    to_codes(out, x, n, scale);
    return largest / 127.0f;
}

static inline float largest_of(const float *x, size_t n)
{
    float largest = x[0];
    size_t i = 0;
    if (n >= VEC) {
        vec most = vec_f32(x, VEC);
        for (i = VEC; i + VEC <= n; i += VEC) {
            most = vec_max(most, vec_f32(x + i, VEC));
        }
        float each[VEC];
        vec_store(each, most);
        for (size_t j = 0; j < VEC; j++) {
            largest = each[j] > largest ? each[j] : largest;
        }
    }
    for (; i < n; i++) {
        largest = x[i] > largest ? x[i] : largest;
    }
    return largest;
}

/* Turns scores into e^(score - largest); returns 1 / their sum. */
static inline float soften(float *scores, size_t n)
{
    float largest = largest_of(scores, n);
    for (size_t i = 0; i < n; i++) {
        scores[i] = exponential(scores[i] - largest);
    }
    return 1.0f / sum_of(scores, n);
}

static inline void multiply_by(float *x, size_t n, float factor)
{
    for (size_t i = 0; i < n; i++) {
        x[i] *= factor;
    }
}

static void attend_f16(float *out, const float *query, tern_cached keys, tern_cached values, size_t n_positions,
                       size_t head_dim, float scale, float *weights)
{
    const uint8_t *k = keys.rows, *v = values.rows;
    size_t stride = head_dim * sizeof(uint16_t);
    for (size_t p = 0; p < n_positions; p++) {
        weights[p] = row_dot_f16(query, k + p * stride, head_dim) * scale;
    }
    float factor = soften(weights, n_positions);
    for (size_t d = 0; d < head_dim; d += VEC) {
        size_t n = head_dim - d < VEC ? head_dim - d : VEC;
        weigh_f16(out + d, weights, v + d * sizeof(uint16_t), stride, n_positions, n);
    }
    multiply_by(out, head_dim, factor);
}

static void attend_i8(float *out, const float *query, tern_cached keys, tern_cached values, size_t n_positions,
                      size_t head_dim, float scale, float *weights)
{
    const uint8_t *k = keys.rows, *v = values.rows;
    for (size_t p = 0; p < n_positions; p++) {
        weights[p] = row_dot_i8(query, k + p * head_dim, head_dim) * (keys.scales[p] * scale);
    }
    float factor = soften(weights, n_positions);
    for (size_t p = 0; p < n_positions; p++) {
        weights[p] *= values.scales[p];
    }
    for (size_t d = 0; d < head_dim; d += VEC) {
        size_t n = head_dim - d < VEC ? head_dim - d : VEC;
        weigh_i8(out + d, weights, v + d, head_dim, n_positions, n);
    }
    multiply_by(out, head_dim, factor);
}

/* The initialisers of a table, after its name and its matmul. */
#define TERN_FLOAT_KERNELS                                                                                             \
    .quantize = quantize, .rms_norm = rms_norm, .dot_f32 = dot_f32, .dot_f16 = dot_f16, .dot_bf16 = dot_bf16,          \
    .dot_i8 = dot_i8, .gate_relu2 = gate_relu2, .gate_silu = gate_silu, .rope = rope, .store_f16 = store_f16,          \
    .store_i8 = store_i8, .attend_f16 = attend_f16, .attend_i8 = attend_i8
