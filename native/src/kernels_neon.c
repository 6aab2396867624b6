/* AArch64, Armv8.0: Raspberry Pi 3, 4 and Zero 2 W. */
#if defined(__aarch64__)

#include "neon_float.h"

#include "float_kernels.h"
#include "memory.h"

/* A tile is four registers of one row each. SMLAL widens int8 products to int16: codes 0..2 times activations, at most
 * 2 * 128 in magnitude and eight of them per lane and block, so int16 holds 16 blocks: -32768 or 32512 at the
 * extremes. */
enum { BLOCKS_IN_16_BITS = 16 };

INLINE void decode(int8x16_t codes[4], const uint8_t *bytes)
{
    const uint8x16_t mask = vdupq_n_u8(3);
    uint8x16_t packed = vld1q_u8(bytes);
    codes[0] = vreinterpretq_s8_u8(vandq_u8(packed, mask));
    codes[1] = vreinterpretq_s8_u8(vandq_u8(vshrq_n_u8(packed, 2), mask));
    codes[2] = vreinterpretq_s8_u8(vandq_u8(vshrq_n_u8(packed, 4), mask));
    codes[3] = vreinterpretq_s8_u8(vshrq_n_u8(packed, 6));
}

/* n_rows of a group times n_tokens; both counts are constants after inlining. */
INLINE void multiply(float *out, size_t out_stride, const uint8_t *tiles, size_t n_blocks,
                     const tern_activations *activations, size_t first, float weight_scale, size_t n_rows,
                     size_t n_tokens)
{
    int32x4_t total[4][4];
    int16x8_t sum[4][4];
    for (size_t r = 0; r < n_rows; r++) {
        for (size_t t = 0; t < n_tokens; t++) {
            total[r][t] = vdupq_n_s32(0);
        }
    }
    for (size_t begin = 0; begin < n_blocks; begin += BLOCKS_IN_16_BITS) {
        size_t end = tern_smaller(begin + BLOCKS_IN_16_BITS, n_blocks);
        for (size_t r = 0; r < n_rows; r++) {
            for (size_t t = 0; t < n_tokens; t++) {
                sum[r][t] = vdupq_n_s16(0);
            }
        }
        for (size_t block = begin; block < end; block++) {
            int8x16_t codes[4][4];
            for (size_t r = 0; r < n_rows; r++) {
                decode(codes[r], tiles + block * TERN_TILE_BYTES + r * 16);
            }
            for (size_t t = 0; t < n_tokens; t++) {
                const int8_t *row = activations->codes + (first + t) * activations->stride + block * TERN_BLOCK_COLS;
                for (int field = 0; field < 4; field++) {
                    int8x16_t x = vld1q_s8(row + field * 16);
                    for (size_t r = 0; r < n_rows; r++) {
                        sum[r][t] = vmlal_s8(sum[r][t], vget_low_s8(codes[r][field]), vget_low_s8(x));
                        sum[r][t] = vmlal_high_s8(sum[r][t], codes[r][field], x);
                    }
                }
            }
        }
        for (size_t r = 0; r < n_rows; r++) {
            for (size_t t = 0; t < n_tokens; t++) {
                total[r][t] = vpadalq_s16(total[r][t], sum[r][t]);
            }
        }
    }
    for (size_t t = 0; t < n_tokens; t++) {
        float scale = activations->inverse[first + t] * weight_scale;
        for (size_t r = 0; r < n_rows; r++) {
            int32_t dot = vaddvq_s32(total[r][t]) - activations->code_sum[first + t];
            out[(first + t) * out_stride + r] = (float)dot * scale;
        }
    }
}

static NOINLINE void multiply_one(float *out, const uint8_t *tiles, size_t n_blocks,
                                  const tern_activations *activations, size_t token, float weight_scale)
{
    multiply(out, 0, tiles, n_blocks, activations, token, weight_scale, 4, 1);
}

/* Two rows, the weights decoded once for all tokens. The counts are such that everything stays in registers. */
static NOINLINE void multiply_2x4(float *out, size_t out_stride, const uint8_t *tiles, size_t n_blocks,
                                  const tern_activations *activations, size_t first, float weight_scale)
{
    multiply(out, out_stride, tiles, n_blocks, activations, first, weight_scale, 2, 4);
}

static void tern_matmul_t2_i8_neon(float *out, size_t out_stride, const uint8_t *tiles, size_t n_groups,
                                   size_t n_blocks, const tern_activations *activations, float weight_scale)
{
    for (size_t group = 0; group < n_groups; group++) {
        size_t t = 0;
        for (; t + 4 <= activations->n_tokens; t += 4) {
            multiply_2x4(out, out_stride, tiles, n_blocks, activations, t, weight_scale);
            multiply_2x4(out + 2, out_stride, tiles + 32, n_blocks, activations, t, weight_scale);
        }
        for (; t < activations->n_tokens; t++) {
            multiply_one(out + t * out_stride, tiles, n_blocks, activations, t, weight_scale);
        }
        tiles += n_blocks * TERN_TILE_BYTES;
        out += TERN_GROUP_ROWS;
    }
}

/* The four fields of a row of a tile, as codes 0..2. */
INLINE void unpack_fields(int8x16_t codes[4], const uint8_t *bytes)
{
    const uint8x16_t mask = vdupq_n_u8(3);
    uint8x16_t packed = vld1q_u8(bytes);
    codes[0] = vreinterpretq_s8_u8(vandq_u8(packed, mask));
    codes[1] = vreinterpretq_s8_u8(vandq_u8(vshrq_n_u8(packed, 2), mask));
    codes[2] = vreinterpretq_s8_u8(vandq_u8(vshrq_n_u8(packed, 4), mask));
    codes[3] = vreinterpretq_s8_u8(vshrq_n_u8(packed, 6));
}

typedef struct {
    int32x4_t row[TERN_GROUP_ROWS];
} dots;

INLINE dots dots_zero(void)
{
    int32x4_t none = vdupq_n_s32(0);
    return (dots){{none, none, none, none}};
}

INLINE void dots_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    for (size_t r = 0; r < TERN_GROUP_ROWS; r++) {
        int8x16_t weights[4];
        unpack_fields(weights, tile + r * 16);
        for (size_t t = 0; t < n_tokens; t++) {
            const int8_t *row = codes + t * stride;
            int16x8_t sum = vdupq_n_s16(0);
            for (int field = 0; field < 4; field++) {
                int8x16_t x = vld1q_s8(row + field * 16);
                sum = vmlal_s8(sum, vget_low_s8(weights[field]), vget_low_s8(x));
                sum = vmlal_high_s8(sum, weights[field], x);
            }
            sums[t].row[r] = vpadalq_s16(sums[t].row[r], sum);
        }
    }
}

INLINE void t1_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    for (size_t r = 0; r < TERN_GROUP_ROWS; r++) {
        uint8x16_t left = vld1q_u8(tile + r * 16);
        for (int half = 0; half < 2; half++) {
            int8x16_t weights[4];
            for (int field = 0; field < 4; field++) {
                weights[field] = vreinterpretq_s8_u8(vandq_u8(left, vdupq_n_u8(1)));
                left = vshrq_n_u8(left, 1);
            }
            for (size_t t = 0; t < n_tokens; t++) {
                const int8_t *row = codes + t * stride + half * 64;
                int16x8_t sum = vdupq_n_s16(0);
                for (int field = 0; field < 4; field++) {
                    int8x16_t x = vld1q_s8(row + field * 16);
                    sum = vmlal_s8(sum, vget_low_s8(weights[field]), vget_low_s8(x));
                    sum = vmlal_high_s8(sum, weights[field], x);
                }
                sums[t].row[r] = vpadalq_s16(sums[t].row[r], sum);
            }
        }
    }
}

INLINE void dots_store(int32_t out[4], dots sums)
{
    vst1q_s32(out, vpaddq_s32(vpaddq_s32(sums.row[0], sums.row[1]), vpaddq_s32(sums.row[2], sums.row[3])));
}

INLINE void scales_load(float out[4], const uint8_t *f16)
{
    vst1q_f32(out, vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(f16))));
}

#include "group_kernels.h"

static const uint8_t t5_tables[3][32] = {{TERN_T5_FIRST}, {TERN_T5_SECOND}, {TERN_T5_THIRD}};

/* One row of a T5 tile: the codes of its three runs of 16 columns. r is a constant after inlining. */
INLINE void t5_row(int8x16_t codes[3], const uint8_t *tile, size_t r)
{
    const uint8_t bit = (uint8_t)(1 << 2 * r);
    const uint8x16_t which = vcombine_u8(vdup_n_u8(bit), vdup_n_u8((uint8_t)(bit << 1)));
    uint8x16_t nibbles = vld1q_u8(tile + r % 2 * 16);
    uint8x8_t tops = vld1_u8(tile + 32);
    uint8x16_t top = vandq_u8(vtstq_u8(vcombine_u8(tops, tops), which), vdupq_n_u8(16));
    uint8x16_t index = r < 2 ? vbslq_u8(vdupq_n_u8(15), nibbles, top) : vsriq_n_u8(top, nibbles, 4);
    for (int field = 0; field < 3; field++) {
        const uint8x16x2_t table = {{vld1q_u8(t5_tables[field]), vld1q_u8(t5_tables[field] + 16)}};
        codes[field] = vreinterpretq_s8_u8(vqtbl2q_u8(table, index));
    }
}

INLINE void t5_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    for (size_t r = 0; r < TERN_GROUP_ROWS; r++) {
        int8x16_t weights[3];
        t5_row(weights, tile, r);
        for (size_t t = 0; t < n_tokens; t++) {
            int16x8_t sum = vdupq_n_s16(0);
            for (int field = 0; field < 3; field++) {
                int8x16_t x = vld1q_s8(codes + t * stride + field * 16);
                sum = vmlal_s8(sum, vget_low_s8(weights[field]), vget_low_s8(x));
                sum = vmlal_high_s8(sum, weights[field], x);
            }
            sums[t].row[r] = vpadalq_s16(sums[t].row[r], sum);
        }
    }
}

#include "dense_kernels.h"

TERN_DEFINE_DENSE(t5, TERN_T5_TILE, TERN_T5_COLS, 4)

/* One row of a T8 tile: the codes of runs 4 to 0. */
INLINE void t8_row(int8x16_t codes[5], const uint8_t *bytes)
{
    static const uint8_t tables[2][16] = {{TERN_T8_FIRST}, {TERN_T8_SECOND}};
    const uint8x16_t first = vld1q_u8(tables[0]), second = vld1q_u8(tables[1]);
    uint8x16_t left = vld1q_u8(bytes);
    for (int run = 4; run >= 0; run -= 2) {
        uint8x16_t two = vshrq_n_u8(vhaddq_u8(left, vshrq_n_u8(left, 3)), 4);
        codes[4 - run] = vreinterpretq_s8_u8(vqtbl1q_u8(first, two));
        if (run > 0) {
            codes[5 - run] = vreinterpretq_s8_u8(vqtbl1q_u8(second, two));
            left = vaddq_u8(left, vshlq_n_u8(left, 3));
        }
    }
}

INLINE void t8_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    for (size_t r = 0; r < TERN_GROUP_ROWS; r++) {
        int8x16_t weights[5];
        t8_row(weights, tile + r * 16);
        for (size_t t = 0; t < n_tokens; t++) {
            int16x8_t sum = vdupq_n_s16(0);
            for (int run = 0; run < 5; run++) {
                int8x16_t x = vld1q_s8(codes + t * stride + run * 16);
                sum = vmlal_s8(sum, vget_low_s8(weights[4 - run]), vget_low_s8(x));
                sum = vmlal_high_s8(sum, weights[4 - run], x);
            }
            sums[t].row[r] = vpadalq_s16(sums[t].row[r], sum);
        }
    }
}

TERN_DEFINE_DENSE(t8, TERN_T8_TILE, TERN_T8_COLS, 4)

typedef struct {
    uint8x16_t at[4];
} quad;

typedef struct {
    int32x4_t at[4];
} sums;

INLINE quad quad_load(const uint8_t *c0, const uint8_t *c1, const uint8_t *c2, const uint8_t *c3)
{
    uint8x16x2_t pairs01 = vzipq_u8(vld1q_u8(c0), vld1q_u8(c1)), pairs23 = vzipq_u8(vld1q_u8(c2), vld1q_u8(c3));
    quad q;
    for (int half = 0; half < 2; half++) {
        uint16x8x2_t quads =
            vzipq_u16(vreinterpretq_u16_u8(pairs01.val[half]), vreinterpretq_u16_u8(pairs23.val[half]));
        q.at[2 * half] = vreinterpretq_u8_u16(quads.val[0]);
        q.at[2 * half + 1] = vreinterpretq_u8_u16(quads.val[1]);
    }
    return q;
}

INLINE quad quad_field(quad q, int field)
{
    const int8x16_t right = vdupq_n_s8((int8_t)(-2 * field));
    for (int i = 0; i < 4; i++) {
        q.at[i] = vandq_u8(vshlq_u8(q.at[i], right), vdupq_n_u8(3));
    }
    return q;
}

INLINE sums sums_load(const int32_t *from)
{
    return (sums){{vld1q_s32(from), vld1q_s32(from + 4), vld1q_s32(from + 8), vld1q_s32(from + 12)}};
}

INLINE void sums_store(int32_t *to, sums s)
{
    for (int i = 0; i < 4; i++) {
        vst1q_s32(to + 4 * i, s.at[i]);
    }
}

INLINE sums sums_add(sums s, quad codes, int32_t activations)
{
    const int8x16_t x = vreinterpretq_s8_s32(vdupq_n_s32(activations));
    for (int i = 0; i < 4; i++) {
        int8x16_t weights = vreinterpretq_s8_u8(codes.at[i]);
        int16x8_t low = vmull_s8(vget_low_s8(weights), vget_low_s8(x)), high = vmull_high_s8(weights, x);
        s.at[i] = vpadalq_s16(s.at[i], vpaddq_s16(low, high));
    }
    return s;
}

#include "column_kernels.h"

/* Codes of a group's 16 bytes: -8..7. */
INLINE void decode_i4(int8x16_t codes[2], const uint8_t *bytes)
{
    const int8x16_t middle = vdupq_n_s8(8);
    uint8x16_t packed = vld1q_u8(bytes);
    codes[0] = vsubq_s8(vreinterpretq_s8_u8(vandq_u8(packed, vdupq_n_u8(15))), middle);
    codes[1] = vsubq_s8(vreinterpretq_s8_u8(vshrq_n_u8(packed, 4)), middle);
}

/* Sums of four products fit int16. */
INLINE int32x4_t add_group(int32x4_t sum, const int8x16_t codes[2], const int8_t *x, int8_t scale)
{
    int8x16_t first = vld1q_s8(x), second = vld1q_s8(x + TERN_I4_COLS / 2);
    int16x8_t dot = vmull_s8(vget_low_s8(codes[0]), vget_low_s8(first));
    dot = vmlal_high_s8(dot, codes[0], first);
    dot = vmlal_s8(dot, vget_low_s8(codes[1]), vget_low_s8(second));
    dot = vmlal_high_s8(dot, codes[1], second);
    return vmlal_high_n_s16(vmlal_n_s16(sum, vget_low_s16(dot), scale), dot, scale);
}

static float dot_i4(const tern_fine *x, const uint8_t *row, size_t n_blocks)
{
    int32x4_t upper = vdupq_n_s32(0), lower = upper;
    for (size_t block = 0; block < n_blocks; block++, row += TERN_I4_BLOCK) {
        for (size_t group = 0; group < TERN_I4_GROUPS; group++) {
            size_t at = block * TERN_I4_COLS + group * 16;
            int8_t scale = (int8_t)row[TERN_I4_COLS / 2 + group];
            int8x16_t codes[2];
            decode_i4(codes, row + group * 16);
            upper = add_group(upper, codes, x->upper + at, scale);
            lower = add_group(lower, codes, x->lower + at, scale);
        }
    }
    return join(vaddvq_s32(upper), vaddvq_s32(lower));
}

TERN_DEFINE_DOTS_I4

const tern_kernels tern_kernels_neon = {
    .name = "neon",
    .matmul_t2_i8 = tern_matmul_t2_i8_neon,
    .matmul_t2_grouped = matmul_t2_grouped,
    .matmul_t1_grouped = matmul_t1_grouped,
    .add_columns = add_columns,
    .matmul_t5_i8 = matmul_t5_i8,
    .matmul_t8_i8 = matmul_t8_i8,
    .dots_i4 = dots_i4,
    TERN_FLOAT_KERNELS,
};

#else
typedef int tern_no_neon; /* an empty file is no C */
#endif
