/* x86-64 with AVX2 and F16C. */
#if defined(__x86_64__)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,f16c"))), apply_to = function)
#else
#pragma GCC target("avx2,f16c")
#endif

#include <immintrin.h>

#include "kernels.h"
#include "memory.h"

#define INLINE static inline __attribute__((always_inline))

typedef struct {
    __m256 a, b, c, d;
} vec;

INLINE vec vec_set(float x)
{
    __m256 v = _mm256_set1_ps(x);
    return (vec){v, v, v, v};
}

INLINE vec vec_zero(void)
{
    return vec_set(0.0f);
}

INLINE vec vec_add(vec x, vec y)
{
    return (vec){_mm256_add_ps(x.a, y.a), _mm256_add_ps(x.b, y.b), _mm256_add_ps(x.c, y.c), _mm256_add_ps(x.d, y.d)};
}

INLINE vec vec_max(vec x, vec y)
{
    return (vec){_mm256_max_ps(x.a, y.a), _mm256_max_ps(x.b, y.b), _mm256_max_ps(x.c, y.c), _mm256_max_ps(x.d, y.d)};
}

INLINE vec vec_mul_add(vec sum, vec x, vec y)
{
    vec product = {_mm256_mul_ps(x.a, y.a), _mm256_mul_ps(x.b, y.b), _mm256_mul_ps(x.c, y.c), _mm256_mul_ps(x.d, y.d)};
    return vec_add(sum, product);
}

INLINE __m128i load_16(const void *from, int index)
{
    return _mm_loadu_si128((const __m128i *)from + index);
}

INLINE __m256 from_bf16(__m128i halves)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
}

INLINE __m256 from_i8(__m128i codes)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(codes));
}

INLINE vec vec_f32(const void *from, int n)
{
    const float *x = from;
    vec v = vec_zero();
    v.a = _mm256_loadu_ps(x);
    v.b = _mm256_loadu_ps(x + 8);
    if (n == 32) {
        v.c = _mm256_loadu_ps(x + 16);
        v.d = _mm256_loadu_ps(x + 24);
    }
    return v;
}

INLINE vec vec_f16(const void *from, int n)
{
    vec v = vec_zero();
    v.a = _mm256_cvtph_ps(load_16(from, 0));
    v.b = _mm256_cvtph_ps(load_16(from, 1));
    if (n == 32) {
        v.c = _mm256_cvtph_ps(load_16(from, 2));
        v.d = _mm256_cvtph_ps(load_16(from, 3));
    }
    return v;
}

INLINE vec vec_bf16(const void *from, int n)
{
    vec v = vec_zero();
    v.a = from_bf16(load_16(from, 0));
    v.b = from_bf16(load_16(from, 1));
    if (n == 32) {
        v.c = from_bf16(load_16(from, 2));
        v.d = from_bf16(load_16(from, 3));
    }
    return v;
}

INLINE vec vec_i8(const void *from, int n)
{
    vec v = vec_zero();
    __m128i codes = load_16(from, 0);
    v.a = from_i8(codes);
    v.b = from_i8(_mm_srli_si128(codes, 8));
    if (n == 32) {
        codes = load_16(from, 1);
        v.c = from_i8(codes);
        v.d = from_i8(_mm_srli_si128(codes, 8));
    }
    return v;
}

INLINE void vec_store(float *to, vec v)
{
    _mm256_storeu_ps(to, v.a);
    _mm256_storeu_ps(to + 8, v.b);
    _mm256_storeu_ps(to + 16, v.c);
    _mm256_storeu_ps(to + 24, v.d);
}

INLINE float vec_sum(vec v)
{
    __m256 eight = _mm256_add_ps(_mm256_add_ps(v.a, v.c), _mm256_add_ps(v.b, v.d));
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

#include "float_kernels.h"

/* A tile is two registers of two rows, one row in each 128-bit half; activations are broadcast to both halves.
 * maddubs multiplies the codes 0..2 by activations and adds neighbours: at most 2 * 2 * 128 in magnitude, four of them
 * a block, so int16 holds 16 blocks: -32768 or 32512 at the extremes. */
enum { BLOCKS_IN_16_BITS = 16 };

INLINE void decode(__m256i codes[4], const uint8_t *bytes)
{
    const __m256i mask = _mm256_set1_epi8(3);
    __m256i packed = _mm256_loadu_si256((const __m256i *)bytes);
    codes[0] = _mm256_and_si256(packed, mask);
    codes[1] = _mm256_and_si256(_mm256_srli_epi16(packed, 2), mask);
    codes[2] = _mm256_and_si256(_mm256_srli_epi16(packed, 4), mask);
    codes[3] = _mm256_and_si256(_mm256_srli_epi16(packed, 6), mask);
}

INLINE __m256i multiply_add_block(__m256i sum, const __m256i codes[4], const int8_t *activations)
{
    for (int field = 0; field < 4; field++) {
        __m256i x = _mm256_broadcastsi128_si256(load_16(activations, field));
        sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(codes[field], x));
    }
    return sum;
}

/* Adds the four int32 of each half: a row's dot product with the codes 0..2. */
INLINE void finish(float *out, __m256i total, int32_t code_sum, float scale)
{
    __m256i pairs = _mm256_add_epi32(total, _mm256_shuffle_epi32(total, 0x4e));
    __m256i sums = _mm256_add_epi32(pairs, _mm256_shuffle_epi32(pairs, 0xb1));
    out[0] = (float)(_mm256_extract_epi32(sums, 0) - code_sum) * scale;
    out[1] = (float)(_mm256_extract_epi32(sums, 4) - code_sum) * scale;
}

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
                    sum[p][t] = multiply_add_block(sum[p][t], codes, row + block * TERN_BLOCK_COLS);
                }
            }
        }
        for (size_t p = 0; p < n_pairs; p++) {
            for (size_t t = 0; t < n_tokens; t++) {
                total[p][t] = _mm256_add_epi32(total[p][t], _mm256_madd_epi16(sum[p][t], ones));
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

static void tern_matmul_t2_i8_avx2(float *out, size_t out_stride, const uint8_t *tiles, size_t n_groups,
                                   size_t n_blocks, const tern_activations *activations, float weight_scale)
{
    for (size_t group = 0; group < n_groups; group++) {
        size_t t = 0;
        for (; t + 4 <= activations->n_tokens; t += 4) {
            multiply(out, out_stride, tiles, n_blocks, activations, t, weight_scale, 1, 4);
            multiply(out + 2, out_stride, tiles + 32, n_blocks, activations, t, weight_scale, 1, 4);
        }
        for (; t < activations->n_tokens; t++) {
            multiply(out, out_stride, tiles, n_blocks, activations, t, weight_scale, 2, 1);
        }
        tiles += n_blocks * TERN_TILE_BYTES;
        out += TERN_GROUP_ROWS;
    }
}

/* Rows 0 and 1 of a tile in the halves of a, rows 2 and 3 in those of b. */
typedef struct {
    __m256i a, b;
} dots;

INLINE dots dots_zero(void)
{
    return (dots){_mm256_setzero_si256(), _mm256_setzero_si256()};
}

INLINE void dots_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    const __m256i ones = _mm256_set1_epi16(1), none = _mm256_setzero_si256();
    __m256i a[4], b[4];
    decode(a, tile);
    decode(b, tile + 32);
    for (size_t t = 0; t < n_tokens; t++) {
        const int8_t *row = codes + t * stride;
        sums[t].a = _mm256_add_epi32(sums[t].a, _mm256_madd_epi16(multiply_add_block(none, a, row), ones));
        sums[t].b = _mm256_add_epi32(sums[t].b, _mm256_madd_epi16(multiply_add_block(none, b, row), ones));
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

INLINE void t1_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    const __m256i ones = _mm256_set1_epi16(1), none = _mm256_setzero_si256();
    __m256i left_a = _mm256_loadu_si256((const __m256i *)tile), left_b = _mm256_loadu_si256((const __m256i *)tile + 1);
#pragma GCC unroll 1 /* both halves at once would want more registers than there are */
    for (int half = 0; half < 2; half++) {
        __m256i a[4], b[4];
        decode_bits(a, left_a);
        decode_bits(b, left_b);
        for (size_t t = 0; t < n_tokens; t++) {
            const int8_t *row = codes + t * stride + half * 64;
            sums[t].a = _mm256_add_epi32(sums[t].a, _mm256_madd_epi16(multiply_add_block(none, a, row), ones));
            sums[t].b = _mm256_add_epi32(sums[t].b, _mm256_madd_epi16(multiply_add_block(none, b, row), ones));
        }
        left_a = _mm256_srli_epi16(left_a, 4);
        left_b = _mm256_srli_epi16(left_b, 4);
    }
}

INLINE void dots_store(int32_t out[4], dots sums)
{
    __m256i pairs = _mm256_hadd_epi32(sums.a, sums.b); /* of each half: two of a, two of b */
    __m256i rows = _mm256_hadd_epi32(pairs, pairs);    /* 0 2 0 2 | 1 3 1 3 */
    __m128i even = _mm256_castsi256_si128(rows), odd = _mm256_extracti128_si256(rows, 1);
    _mm_storeu_si128((__m128i *)out, _mm_unpacklo_epi32(even, odd));
}

INLINE void scales_load(float out[4], const uint8_t *f16)
{
    _mm_storeu_ps(out, _mm_cvtph_ps(_mm_loadl_epi64((const __m128i *)f16)));
}

#include "group_kernels.h"

/* The 32 bytes of low halves hold rows 0 and 1 in their lower nibbles, rows 2 and 3 in their upper ones. */
INLINE void t5_pair(__m256i codes[3], __m256i nibbles, __m256i tops, __m256i which)
{
    static const uint8_t tables[3][32] = {{TERN_T5_FIRST}, {TERN_T5_SECOND}, {TERN_T5_THIRD}};
    __m256i upper = _mm256_cmpeq_epi8(_mm256_and_si256(tops, which), which);
    for (int field = 0; field < 3; field++) {
        __m256i low_table = _mm256_broadcastsi128_si256(load_16(tables[field], 0));
        __m256i up_table = _mm256_broadcastsi128_si256(load_16(tables[field], 1));
        codes[field] = _mm256_blendv_epi8(_mm256_shuffle_epi8(low_table, nibbles),
                                          _mm256_shuffle_epi8(up_table, nibbles), upper);
    }
}

INLINE __m256i t5_multiply(const __m256i codes[3], const int8_t *activations)
{
    __m256i sum = _mm256_setzero_si256();
    for (int field = 0; field < 3; field++) {
        __m256i x = _mm256_broadcastsi128_si256(load_16(activations, field));
        sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(codes[field], x));
    }
    return _mm256_madd_epi16(sum, _mm256_set1_epi16(1));
}

INLINE void t5_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i first = _mm256_set_epi64x(0x0808080808080808, 0x0404040404040404, 0x0202020202020202,
                                            0x0101010101010101);
    __m256i packed = _mm256_loadu_si256((const __m256i *)tile);
    __m256i tops = _mm256_broadcastq_epi64(_mm_loadl_epi64((const __m128i *)(tile + 32)));
    __m256i a[3], b[3];
    t5_pair(a, _mm256_and_si256(packed, nibble), tops, first);
    t5_pair(b, _mm256_and_si256(_mm256_srli_epi16(packed, 4), nibble), tops, _mm256_slli_epi16(first, 4));
    for (size_t t = 0; t < n_tokens; t++) {
        sums[t].a = _mm256_add_epi32(sums[t].a, t5_multiply(a, codes + t * stride));
        sums[t].b = _mm256_add_epi32(sums[t].b, t5_multiply(b, codes + t * stride));
    }
}

#include "dense_kernels.h"

TERN_DEFINE_DENSE(t5, TERN_T5_TILE, TERN_T5_COLS, 4)

/* Two rows: the codes of runs 4 to 0, from what is left when the bytes are taken from 255: the average that there is rounds up. */
INLINE void t8_pair(__m256i codes[5], const uint8_t *bytes)
{
    /* by 15 minus the number of the two */
    const __m256i first = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 1,
                                           1, 1, 0, 0, 0);
    const __m256i second = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 2, 1, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 2,
                                            1, 0, 2, 1, 0);
    const __m256i nibble = _mm256_set1_epi8(15), top = _mm256_set1_epi8((char)0xe0);
    __m256i left = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)bytes), _mm256_set1_epi8(-1));
    for (int run = 4; run >= 0; run -= 2) {
        __m256i average = _mm256_avg_epu8(left, _mm256_or_si256(_mm256_srli_epi16(left, 3), top));
        __m256i two = _mm256_and_si256(_mm256_srli_epi16(average, 4), nibble);
        codes[4 - run] = _mm256_shuffle_epi8(first, two);
        if (run > 0) {
            codes[5 - run] = _mm256_shuffle_epi8(second, two);
            /* 255 - 9 * (255 - left) */
            left = _mm256_sub_epi8(left, _mm256_andnot_si256(_mm256_slli_epi16(left, 3), _mm256_set1_epi8((char)0xf8)));
        }
    }
}

INLINE __m256i t8_multiply(const __m256i codes[5], const int8_t *activations)
{
    __m256i sum = _mm256_setzero_si256();
    for (int run = 0; run < 5; run++) {
        __m256i x = _mm256_broadcastsi128_si256(load_16(activations, run));
        sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(codes[4 - run], x));
    }
    return _mm256_madd_epi16(sum, _mm256_set1_epi16(1));
}

INLINE void t8_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    __m256i a[5], b[5];
    t8_pair(a, tile);
    t8_pair(b, tile + 32);
    for (size_t t = 0; t < n_tokens; t++) {
        sums[t].a = _mm256_add_epi32(sums[t].a, t8_multiply(a, codes + t * stride));
        sums[t].b = _mm256_add_epi32(sums[t].b, t8_multiply(b, codes + t * stride));
    }
}

TERN_DEFINE_DENSE(t8, TERN_T8_TILE, TERN_T8_COLS, 4)

typedef struct {
    __m256i a, b;
} quad;

typedef struct {
    __m256i a, b;
} sums;

INLINE quad quad_load(const uint8_t *c0, const uint8_t *c1, const uint8_t *c2, const uint8_t *c3)
{
    __m128i x0 = load_16(c0, 0), x1 = load_16(c1, 0), x2 = load_16(c2, 0), x3 = load_16(c3, 0);
    __m128i low01 = _mm_unpacklo_epi8(x0, x1), low23 = _mm_unpacklo_epi8(x2, x3);
    __m128i high01 = _mm_unpackhi_epi8(x0, x1), high23 = _mm_unpackhi_epi8(x2, x3);
    return (quad){_mm256_set_m128i(_mm_unpackhi_epi16(low01, low23), _mm_unpacklo_epi16(low01, low23)),
                  _mm256_set_m128i(_mm_unpackhi_epi16(high01, high23), _mm_unpacklo_epi16(high01, high23))};
}

INLINE quad quad_field(quad q, int field)
{
    const __m256i mask = _mm256_set1_epi8(3);
    const __m128i count = _mm_cvtsi32_si128(2 * field);
    return (quad){_mm256_and_si256(_mm256_srl_epi16(q.a, count), mask),
                  _mm256_and_si256(_mm256_srl_epi16(q.b, count), mask)};
}

INLINE sums sums_load(const int32_t *from)
{
    return (sums){_mm256_loadu_si256((const __m256i *)from), _mm256_loadu_si256((const __m256i *)from + 1)};
}

INLINE void sums_store(int32_t *to, sums s)
{
    _mm256_storeu_si256((__m256i *)to, s.a);
    _mm256_storeu_si256((__m256i *)to + 1, s.b);
}

INLINE sums sums_add(sums s, quad codes, int32_t activations)
{
    const __m256i x = _mm256_set1_epi32(activations), ones = _mm256_set1_epi16(1);
    return (sums){_mm256_add_epi32(s.a, _mm256_madd_epi16(_mm256_maddubs_epi16(codes.a, x), ones)),
                  _mm256_add_epi32(s.b, _mm256_madd_epi16(_mm256_maddubs_epi16(codes.b, x), ones))};
}

#include "column_kernels.h"

INLINE __m128i add_halves(__m256i x)
{
    return _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
}

INLINE __m256i load_32(const void *from, int index)
{
    return _mm256_loadu_si256((const __m256i *)from + index);
}

/* Adds scales * (codes * activations) of two groups, one in each half; sums of four products fit int16. */
INLINE __m256i add_groups(__m256i sum, __m256i first, __m256i second, const int8_t *x, int half, __m256i scales)
{
    __m256i dot = _mm256_add_epi16(_mm256_maddubs_epi16(first, load_32(x, half)),
                                   _mm256_maddubs_epi16(second, load_32(x, half + 2)));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(dot, scales));
}

static float dot_i4(const tern_fine *x, const uint8_t *row, size_t n_blocks)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m128i spread[2] = {_mm_set_epi8(1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0),
                               _mm_set_epi8(3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 2, 2, 2)};
    __m256i upper = _mm256_setzero_si256(), lower = upper, both = upper;
    for (size_t block = 0; block < n_blocks; block++, row += TERN_I4_BLOCK) {
        tern_read_ahead(row);
        int32_t four;
        __builtin_memcpy(&four, row + 64, sizeof four);
        for (int half = 0; half < 2; half++) {
            __m256i packed = load_32(row, half);
            __m256i scales = _mm256_cvtepi8_epi16(_mm_shuffle_epi8(_mm_set1_epi32(four), spread[half]));
            __m256i first = _mm256_and_si256(packed, nibble);
            __m256i second = _mm256_and_si256(_mm256_srli_epi16(packed, 4), nibble);
            upper = add_groups(upper, first, second, x->upper + block * TERN_I4_COLS, half, scales);
            lower = add_groups(lower, first, second, x->lower + block * TERN_I4_COLS, half, scales);
            __m256i offsets = load_32(x->sums + block * TERN_I4_GROUPS * 8, half);
            both = _mm256_add_epi32(both, _mm256_madd_epi16(offsets, scales));
        }
    }
    __m128i pairs = _mm_hadd_epi32(add_halves(upper), add_halves(lower));
    __m128i total = _mm_add_epi32(_mm_hadd_epi32(pairs, pairs), add_halves(both));
    return join(_mm_cvtsi128_si32(total), _mm_extract_epi32(total, 1));
}

const tern_kernels tern_kernels_avx2 = {
    .name = "avx2",
    .matmul_t2_i8 = tern_matmul_t2_i8_avx2,
    .matmul_t2_grouped = matmul_t2_grouped,
    .matmul_t1_grouped = matmul_t1_grouped,
    .add_columns = add_columns,
    .matmul_t5_i8 = matmul_t5_i8,
    .matmul_t8_i8 = matmul_t8_i8,
    .dot_i4 = dot_i4,
    TERN_FLOAT_KERNELS,
};

#if defined(__clang__)
#pragma clang attribute pop
#endif

#else
typedef int tern_no_avx2; /* an empty file is no C */
#endif
