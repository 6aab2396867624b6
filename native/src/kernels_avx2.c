/* x86-64 with AVX2 and F16C. */
#if defined(__x86_64__)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,f16c"))), apply_to = function)
#else
#pragma GCC target("avx2,f16c")
#endif

#include "ymm_kernels.h"

#include "memory.h"

INLINE __m256i add_pairs(__m256i sum, __m256i a, __m256i b)
{
    return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
}

INLINE __m256i add_products(__m256i sum, __m256i codes, __m256i x)
{
    return add_pairs(sum, _mm256_maddubs_epi16(codes, x), _mm256_set1_epi16(1));
}

/* The same of n_runs runs of 16 activations, but into int16. maddubs multiplies the codes 0..2 by activations and adds
 * neighbours: at most 2 * 2 * 128 in magnitude, so int16 holds 64 runs: -32768 or 32512 at the extremes. */
INLINE __m256i add_in_16_bits(__m256i sum, const __m256i *codes, const int8_t *x, int n_runs)
{
    for (int run = 0; run < n_runs; run++) {
        sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(codes[run], run_of(x, run)));
    }
    return sum;
}

INLINE __m256i add_runs(__m256i sum, const __m256i *codes, const int8_t *x, int n_runs, int alone)
{
    (void)alone; /* a sum of its own it is anyway */
    __m256i in_16_bits = add_in_16_bits(_mm256_setzero_si256(), codes, x, n_runs);
    return add_pairs(sum, in_16_bits, _mm256_set1_epi16(1));
}

INLINE void decode(__m256i codes[4], const uint8_t *bytes)
{
    const __m256i mask = _mm256_set1_epi8(3);
    __m256i packed = load_32(bytes, 0);
    codes[0] = _mm256_and_si256(packed, mask);
    codes[1] = _mm256_and_si256(_mm256_srli_epi16(packed, 2), mask);
    codes[2] = _mm256_and_si256(_mm256_srli_epi16(packed, 4), mask);
    codes[3] = _mm256_and_si256(_mm256_srli_epi16(packed, 6), mask);
}

INLINE void dots_tile(dots *total, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    __m256i a[4], b[4];
    decode(a, tile);
    decode(b, tile + 32);
    for (size_t t = 0; t < n_tokens; t++) {
        const int8_t *row = codes + t * stride;
        total[t].a = add_runs(total[t].a, a, row, 4, n_tokens == 1);
        total[t].b = add_runs(total[t].b, b, row, 4, n_tokens == 1);
    }
}

/* The lower four bits of each byte, one after the other: what a shift brings in from the next byte does not come down to bit 0. */
INLINE void decode_bits(__m256i codes[4], __m256i packed)
{
    const __m256i one = _mm256_set1_epi8(1);
    codes[0] = _mm256_and_si256(packed, one);
    codes[1] = _mm256_and_si256(_mm256_srli_epi16(packed, 1), one);
    codes[2] = _mm256_and_si256(_mm256_srli_epi16(packed, 2), one);
    codes[3] = _mm256_and_si256(_mm256_srli_epi16(packed, 3), one);
}

INLINE void t1_tile(dots *total, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    __m256i left_a = load_32(tile, 0), left_b = load_32(tile, 1);
#pragma GCC unroll 1 /* both halves at once would want more registers than there are */
    for (int half = 0; half < 2; half++) {
        __m256i a[4], b[4];
        decode_bits(a, left_a);
        decode_bits(b, left_b);
        for (size_t t = 0; t < n_tokens; t++) {
            const int8_t *row = codes + t * stride + half * 64;
            total[t].a = add_runs(total[t].a, a, row, 4, n_tokens == 1);
            total[t].b = add_runs(total[t].b, b, row, 4, n_tokens == 1);
        }
        left_a = _mm256_srli_epi16(left_a, 4);
        left_b = _mm256_srli_epi16(left_b, 4);
    }
}

enum { BLOCKS_IN_16_BITS = 16 }; /* of 4 runs */

/* n_pairs of a group's rows (each half a tile) times n_tokens; the counts are constants after inlining. */
INLINE void multiply(float *out, size_t out_stride, const uint8_t *tiles, size_t n_blocks,
                     const tern_activations *activations, size_t first, float weight_scale, size_t n_pairs,
                     size_t n_tokens)
{
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i total[2][4], sum[2][4];
    for (size_t p = 0; p < n_pairs; p++) {
        for (size_t t = 0; t < n_tokens; t++) {
            total[p][t] = _mm256_setzero_si256();
        }
    }
    for (size_t begin = 0; begin < n_blocks; begin += BLOCKS_IN_16_BITS) {
        size_t end = tern_smaller(begin + BLOCKS_IN_16_BITS, n_blocks);
        for (size_t p = 0; p < n_pairs; p++) {
            for (size_t t = 0; t < n_tokens; t++) {
                sum[p][t] = _mm256_setzero_si256();
            }
        }
        for (size_t block = begin; block < end; block++) {
            tern_read_ahead(tiles + block * TERN_TILE_BYTES);
            for (size_t p = 0; p < n_pairs; p++) {
                __m256i codes[4];
                decode(codes, tiles + block * TERN_TILE_BYTES + p * 32);
                for (size_t t = 0; t < n_tokens; t++) {
                    const int8_t *row = activations->codes + (first + t) * activations->stride;
                    sum[p][t] = add_in_16_bits(sum[p][t], codes, row + block * TERN_BLOCK_COLS, 4);
                }
            }
        }
        for (size_t p = 0; p < n_pairs; p++) {
            for (size_t t = 0; t < n_tokens; t++) {
                total[p][t] = add_pairs(total[p][t], sum[p][t], ones);
            }
        }
    }
    for (size_t t = 0; t < n_tokens; t++) {
        float scale = activations->inverse[first + t] * weight_scale;
        for (size_t p = 0; p < n_pairs; p++) {
            finish(out + (first + t) * out_stride + p * 2, total[p][t], activations->code_sum[first + t], scale);
        }
    }
}

static void multiply_one(float *out, const uint8_t *tiles, size_t n_blocks, const tern_activations *activations,
                         size_t token, float weight_scale)
{
    multiply(out, 0, tiles, n_blocks, activations, token, weight_scale, 2, 1);
}

static void multiply_four(float *out, size_t out_stride, const uint8_t *tiles, size_t n_blocks,
                          const tern_activations *activations, size_t first, float weight_scale)
{
    multiply(out, out_stride, tiles, n_blocks, activations, first, weight_scale, 1, 4);
    multiply(out + 2, out_stride, tiles + 32, n_blocks, activations, first, weight_scale, 1, 4);
}

const tern_kernels tern_kernels_avx2 = {
    .name = "avx2",
    TERN_YMM_KERNELS,
    TERN_FLOAT_KERNELS,
};

#if defined(__clang__)
#pragma clang attribute pop
#endif

#else
typedef int tern_no_avx2; /* an empty file is no C */
#endif
