/* x86-64 with AVX-VNNI, that is VPDPBUSD in 256-bit registers, which Intel's processors without AVX-512
 * have from Alder Lake on. */
#include "kernels.h"

#if defined(__x86_64__) && TERN_COMPILES_AVX_VNNI

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,f16c,avxvnni"))), apply_to = function)
#else
#pragma GCC target("avx2,f16c,avxvnni")
#endif

#include "ymm_kernels.h"

INLINE __m256i add_pairs(__m256i sum, __m256i a, __m256i b)
{
    return _mm256_dpwssd_avx_epi32(sum, a, b);
}

INLINE __m256i add_products(__m256i sum, __m256i codes, __m256i x)
{
    return _mm256_dpbusd_avx_epi32(sum, codes, x);
}

/* VPDPBUSD takes five cycles, and two can begin in each: what is alone gets a sum of its own, so that tiles do not wait
 * for each other. */
INLINE __m256i add_runs(__m256i sum, const __m256i *codes, const int8_t *x, int n_runs, int alone)
{
    __m256i own = alone ? _mm256_setzero_si256() : sum;
    for (int run = 0; run < n_runs; run++) {
        own = add_products(own, codes[run], run_of(x, run));
    }
    return alone ? _mm256_add_epi32(sum, own) : own;
}

INLINE dots dots_add(dots x, dots y)
{
    return (dots){_mm256_add_epi32(x.a, y.a), _mm256_add_epi32(x.b, y.b)};
}

/* The fields of n_bits of a tile's bytes, one after the other, so that registers are left for the sums of 4 tokens. */
INLINE void add_fields(dots *total, const uint8_t *tile, int n_bits, const int8_t *codes, size_t stride, size_t n_tokens)
{
    const __m256i mask = _mm256_set1_epi8((char)((1 << n_bits) - 1));
    dots own[4];
    for (size_t t = 0; t < n_tokens; t++) {
        own[t] = n_tokens == 1 ? dots_zero() : total[t]; /* as in add_runs */
    }
    for (int field = 0; field < 8 / n_bits; field++) {
        __m256i a = _mm256_and_si256(_mm256_srli_epi16(load_32(tile, 0), n_bits * field), mask);
        __m256i b = _mm256_and_si256(_mm256_srli_epi16(load_32(tile, 1), n_bits * field), mask);
        for (size_t t = 0; t < n_tokens; t++) {
            __m256i x = run_of(codes + t * stride, field);
            own[t] = (dots){add_products(own[t].a, a, x), add_products(own[t].b, b, x)};
        }
    }
    for (size_t t = 0; t < n_tokens; t++) {
        total[t] = n_tokens == 1 ? dots_add(total[t], own[t]) : own[t];
    }
}

INLINE void dots_tile(dots *total, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    add_fields(total, tile, 2, codes, stride, n_tokens);
}

INLINE void t1_tile(dots *total, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    add_fields(total, tile, 1, codes, stride, n_tokens);
}

/* One group of 4 rows times one token. Fields stay where they are in the byte, in sums of their own that are exact
 * multiples of 4, 16 and 64. */
static __attribute__((noinline)) void multiply_one(float *out, const uint8_t *tiles, size_t n_blocks,
                                                   const tern_activations *activations, size_t token, float weight_scale)
{
    const __m256i mask = _mm256_set1_epi8(3);
    const __m256i masks[4] = {mask, _mm256_slli_epi16(mask, 2), _mm256_slli_epi16(mask, 4), _mm256_slli_epi16(mask, 6)};
    const int8_t *x = activations->codes + token * activations->stride;
    __m256i sum[2][4];
    for (int field = 0; field < 4; field++) {
        sum[0][field] = sum[1][field] = _mm256_setzero_si256();
    }
    for (const uint8_t *end = tiles + n_blocks * TERN_TILE_BYTES; tiles < end; tiles += TERN_TILE_BYTES) {
        tern_read_ahead(tiles);
        __m256i first = load_32(tiles, 0), second = load_32(tiles, 1);
        for (int field = 0; field < 4; field++) {
            __m256i run = run_of(x, field);
            sum[0][field] = add_products(sum[0][field], _mm256_and_si256(first, masks[field]), run);
            sum[1][field] = add_products(sum[1][field], _mm256_and_si256(second, masks[field]), run);
        }
        x += TERN_BLOCK_COLS;
    }
    float scale = activations->inverse[token] * weight_scale;
    for (int p = 0; p < 2; p++) {
        __m256i low = _mm256_add_epi32(sum[p][0], _mm256_srai_epi32(sum[p][1], 2));
        __m256i high = _mm256_add_epi32(_mm256_srai_epi32(sum[p][2], 4), _mm256_srai_epi32(sum[p][3], 6));
        finish(out + p * 2, _mm256_add_epi32(low, high), activations->code_sum[token], scale);
    }
}

/* The same times 4 tokens. */
static __attribute__((noinline)) void multiply_four(float *out, size_t out_stride, const uint8_t *tiles, size_t n_blocks,
                                                    const tern_activations *activations, size_t first, float weight_scale)
{
    const int8_t *x = activations->codes + first * activations->stride;
    dots sum[4] = {dots_zero(), dots_zero(), dots_zero(), dots_zero()};
    for (const uint8_t *end = tiles + n_blocks * TERN_TILE_BYTES; tiles < end; tiles += TERN_TILE_BYTES) {
        tern_read_ahead(tiles);
        dots_tile(sum, tiles, x, activations->stride, 4);
        x += TERN_BLOCK_COLS;
    }
    for (size_t t = first; t < first + 4; t++) {
        float scale = activations->inverse[t] * weight_scale;
        finish(out + t * out_stride, sum[t - first].a, activations->code_sum[t], scale);
        finish(out + t * out_stride + 2, sum[t - first].b, activations->code_sum[t], scale);
    }
}

const tern_kernels tern_kernels_avx_vnni = {
    .name = "avx_vnni",
    TERN_YMM_KERNELS,
    TERN_FLOAT_KERNELS,
};

#if defined(__clang__)
#pragma clang attribute pop
#endif

#else
typedef int tern_no_avx_vnni; /* an empty file is no C */
#endif
