/* The inner loops of other engines on Arm, written anew from their published methods, for comparing instruction costs
 * under the same compiler (arm_tables.py). One row times one token, as they decode; every loop turn is one block.
 *
 *   i2_s   bitnet.cpp: 128 weights in 32 bytes, shift and mask, a dot product for each field; activations from memory
 *   tq2_0  llama.cpp: 256 weights in 64 bytes and an f16 scale, the same with a scale for every block
 *   tq1_0  llama.cpp: 256 weights in 52 bytes and an f16 scale: trits by multiplication with powers of three
 *   tl1    T-MAC, bitnet.cpp: 16-entry tables of the sums that two weights can make, looked up by TBL
 */
#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

#if defined(__ARM_FEATURE_DOTPROD)
typedef int32x4_t sums;
INLINE sums start(void)
{
    return vdupq_n_s32(0);
}
INLINE sums multiply_add(sums sum, uint8x16_t codes, const int8_t *x)
{
    return vdotq_s32(sum, vreinterpretq_s8_u8(codes), vld1q_s8(x));
}
INLINE int32x4_t widen(int32x4_t total, sums sum)
{
    return vaddq_s32(total, sum);
}
#else
typedef int16x8_t sums;
INLINE sums start(void)
{
    return vdupq_n_s16(0);
}
INLINE sums multiply_add(sums sum, uint8x16_t codes, const int8_t *x)
{
    int8x16_t a = vreinterpretq_s8_u8(codes), b = vld1q_s8(x);
    return vmlal_high_s8(vmlal_s8(sum, vget_low_s8(a), vget_low_s8(b)), a, b);
}
INLINE int32x4_t widen(int32x4_t total, sums sum)
{
    return vpadalq_s16(total, sum);
}
#endif

/* 16 bytes of four fields, 16 * `apart` columns apart. */
INLINE sums shift_and_mask(sums sum, const uint8_t *bytes, const int8_t *x, int apart, int first_is_top)
{
    const uint8x16_t mask = vdupq_n_u8(3);
    uint8x16_t packed = vld1q_u8(bytes);
    uint8x16_t fields[4] = {vandq_u8(packed, mask), vandq_u8(vshrq_n_u8(packed, 2), mask),
                            vandq_u8(vshrq_n_u8(packed, 4), mask), vshrq_n_u8(packed, 6)};
    for (int i = 0; i < 4; i++) {
        sum = multiply_add(sum, fields[first_is_top ? 3 - i : i], x + 16 * apart * i);
    }
    return sum;
}

int32_t i2_s(const uint8_t *row, const int8_t *x, size_t n_blocks)
{
    int32x4_t total = vdupq_n_s32(0);
    for (size_t block = 0; block < n_blocks; block++, row += 32, x += 128) {
        sums sum = start();
        for (int half = 0; half < 2; half++) {
            sum = shift_and_mask(sum, row + 16 * half, x + 16 * half, 2, 1);
        }
        total = widen(total, sum);
    }
    return vaddvq_s32(total);
}

typedef struct {
    uint8_t weights[64];
    __fp16 scale;
} block_2;

typedef struct {
    float scale;
    int8_t codes[256];
    int16_t sums[16];
} block_x;

float tq2_0(const block_2 *row, const block_x *x, size_t n_blocks)
{
    float out = 0.0f;
    for (size_t block = 0; block < n_blocks; block++) {
        int32x4_t total = vdupq_n_s32(0);
        for (int half = 0; half < 2; half++) {
            sums sum = start();
            for (int part = 0; part < 2; part++) {
                const int at = 32 * half + 16 * part;
                sum = shift_and_mask(sum, row[block].weights + at, x[block].codes + 128 * half + 16 * part, 2, 0);
            }
            total = widen(total, sum);
        }
        int16x8_t bias = vaddq_s16(vld1q_s16(x[block].sums), vld1q_s16(x[block].sums + 8));
        int32_t dot = vaddvq_s32(total) - vaddlvq_s16(bias);
        out += (float)dot * (float)row[block].scale * x[block].scale;
    }
    return out;
}

typedef struct {
    uint8_t five[48]; /* five trits each */
    uint8_t four[4];  /* four */
    __fp16 scale;
} block_1;

/* The first trit of bytes that hold a fraction of 256. */
INLINE uint8x16_t first_trit(uint8x16_t q)
{
    return vshrq_n_u8(vhaddq_u8(q, vshrq_n_u8(q, 1)), 6);
}

INLINE sums five_trits(sums sum, const uint8_t *bytes, const int8_t *x, int apart)
{
    static const uint8_t powers[5] = {1, 3, 9, 27, 81};
    uint8x16_t packed = vld1q_u8(bytes);
    for (int i = 0; i < 5; i++) {
        uint8x16_t q = i == 0 ? packed : vmulq_u8(packed, vdupq_n_u8(powers[i]));
        sum = multiply_add(sum, first_trit(q), x + 16 * apart * i);
    }
    return sum;
}

float tq1_0(const block_1 *row, const block_x *x, size_t n_blocks)
{
    float out = 0.0f;
    const uint32x4_t none = vdupq_n_u32(0);
    for (size_t block = 0; block < n_blocks; block++) {
        const int8_t *codes = x[block].codes;
        sums sum = five_trits(start(), row[block].five, codes, 2);
        sum = five_trits(sum, row[block].five + 16, codes + 16, 2);
        int32x4_t total = widen(vdupq_n_s32(0), sum);
        sum = five_trits(start(), row[block].five + 32, codes + 160, 1);
        uint8x16_t four = vreinterpretq_u8_u32(vsetq_lane_u32(*(const uint32_t *)(const void *)row[block].four, none, 0));
        four = vreinterpretq_u8_u32(vdupq_laneq_u32(vreinterpretq_u32_u8(four), 0));
        const uint8x16_t powers = vreinterpretq_u8_u32((uint32x4_t){0x01010101, 0x03030303, 0x09090909, 0x1b1b1b1b});
        sum = multiply_add(sum, first_trit(vmulq_u8(four, powers)), codes + 240);
        total = widen(total, sum);
        int16x8_t bias = vaddq_s16(vld1q_s16(x[block].sums), vld1q_s16(x[block].sums + 8));
        int32_t dot = vaddvq_s32(total) - vaddlvq_s16(bias);
        out += (float)dot * (float)row[block].scale * x[block].scale;
    }
    return out;
}

/* 16 rows, two pairs of columns: tables [pair] of the low and the high bytes of 9 sums, a nibble for each row. */
void tl1(int16_t *out, const uint8_t *indices, const uint8_t *tables, size_t n_pairs)
{
    int16x8_t upper = vdupq_n_s16(0), lower = vdupq_n_s16(0);
    for (size_t pair = 0; pair < n_pairs; pair += 2, indices += 16, tables += 64) {
        uint8x16_t both = vld1q_u8(indices);
        uint8x16_t of[2] = {vshrq_n_u8(both, 4), vandq_u8(both, vdupq_n_u8(15))};
        for (int i = 0; i < 2; i++) {
            uint8x16_t low = vqtbl1q_u8(vld1q_u8(tables + 32 * i), of[i]);
            uint8x16_t high = vqtbl1q_u8(vld1q_u8(tables + 32 * i + 16), of[i]);
            upper = vaddq_s16(upper, vreinterpretq_s16_u8(vzip1q_u8(low, high)));
            lower = vaddq_s16(lower, vreinterpretq_s16_u8(vzip2q_u8(low, high)));
        }
    }
    vst1q_s16(out, upper);
    vst1q_s16(out + 8, lower);
}
