/* x86-64 with AVX-512 F, BW, VL and VNNI. */
#if defined(__x86_64__)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,f16c,avx512f,avx512bw,avx512vl,avx512vnni"))),                \
                             apply_to = function)
#else
#pragma GCC target("avx2,f16c,avx512f,avx512bw,avx512vl,avx512vnni")
#endif

#include <immintrin.h>

#include "kernels.h"

#define INLINE static inline __attribute__((always_inline))

typedef struct {
    __m512 a, b;
} vec;

INLINE vec vec_set(float x)
{
    return (vec){_mm512_set1_ps(x), _mm512_set1_ps(x)};
}

INLINE vec vec_zero(void)
{
    return vec_set(0.0f);
}

INLINE vec vec_add(vec x, vec y)
{
    return (vec){_mm512_add_ps(x.a, y.a), _mm512_add_ps(x.b, y.b)};
}

INLINE vec vec_max(vec x, vec y)
{
    return (vec){_mm512_max_ps(x.a, y.a), _mm512_max_ps(x.b, y.b)};
}

INLINE vec vec_mul_add(vec sum, vec x, vec y)
{
    return vec_add(sum, (vec){_mm512_mul_ps(x.a, y.a), _mm512_mul_ps(x.b, y.b)});
}

INLINE __m256i load_32(const void *from, int index)
{
    return _mm256_loadu_si256((const __m256i *)from + index);
}

INLINE __m512 from_bf16(__m256i halves)
{
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
}

INLINE __m512 from_i8(const void *from, int index)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)from + index)));
}

INLINE vec vec_f32(const void *from, int n)
{
    const float *x = from;
    return (vec){_mm512_loadu_ps(x), n == 32 ? _mm512_loadu_ps(x + 16) : _mm512_setzero_ps()};
}

INLINE vec vec_f16(const void *from, int n)
{
    return (vec){_mm512_cvtph_ps(load_32(from, 0)), n == 32 ? _mm512_cvtph_ps(load_32(from, 1)) : _mm512_setzero_ps()};
}

INLINE vec vec_bf16(const void *from, int n)
{
    return (vec){from_bf16(load_32(from, 0)), n == 32 ? from_bf16(load_32(from, 1)) : _mm512_setzero_ps()};
}

INLINE vec vec_i8(const void *from, int n)
{
    return (vec){from_i8(from, 0), n == 32 ? from_i8(from, 1) : _mm512_setzero_ps()};
}

INLINE void vec_store(float *to, vec v)
{
    _mm512_storeu_ps(to, v.a);
    _mm512_storeu_ps(to + 16, v.b);
}

INLINE float vec_sum(vec v)
{
    __m512 sixteen = _mm512_add_ps(v.a, v.b);
    __m256 upper = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(sixteen), 1));
    __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(sixteen), upper);
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

#include "float_kernels.h"

#include "zmm_fields.h"

INLINE fields t2_unpack(const uint8_t *tile)
{
    return (fields){_mm512_loadu_si512(tile), _mm512_setzero_si512()};
}

static TERN_DEFINE_FIELDS(matmul_t2_i8, t2_unpack, TERN_TILE_BYTES, 4)

typedef __m512i dots;

INLINE dots dots_zero(void)
{
    return _mm512_setzero_si512();
}

INLINE void dots_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    __m512i weights[MOST_RUNS];
    codes_of(weights, t2_unpack(tile), 4);
    for (size_t t = 0; t < n_tokens; t++) {
        for (int field = 0; field < 4; field++) {
            __m512i x = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(codes + t * stride) + field));
            sums[t] = _mm512_dpbusd_epi32(sums[t], weights[field], x);
        }
    }
}

/* Bit f of each byte, f from 0 to 7: those that a shift brings in from the next byte never come down to bit 0. */
INLINE void t1_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    __m512i left = _mm512_loadu_si512(tile);
    for (int field = 0; field < 8; field++) {
        __m512i weights = _mm512_and_si512(left, _mm512_set1_epi8(1));
        for (size_t t = 0; t < n_tokens; t++) {
            __m512i x = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(codes + t * stride) + field));
            sums[t] = _mm512_dpbusd_epi32(sums[t], weights, x);
        }
        left = _mm512_srli_epi16(left, 1);
    }
}

INLINE void dots_store(int32_t out[4], dots sums)
{
    _mm_storeu_si128((__m128i *)out, rows_of(sums));
}

INLINE void scales_load(float out[4], const uint8_t *f16)
{
    _mm_storeu_ps(out, _mm_cvtph_ps(_mm_loadl_epi64((const __m128i *)f16)));
}

#include "group_kernels.h"

INLINE __m512i in_all_quarters(const uint8_t *table)
{
    return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)table));
}

/* Rows 0 and 1 lie in the lower nibbles of the first 32 bytes, rows 2 and 3 in the upper ones. */
INLINE void t5_decode(__m512i codes[3], const uint8_t *tile)
{
    static const uint8_t tables[3][32] = {{TERN_T5_FIRST}, {TERN_T5_SECOND}, {TERN_T5_THIRD}};
    const __m512i shifts = _mm512_inserti64x4(_mm512_setzero_si512(), _mm256_set1_epi16(4), 1);
    const __m512i which = _mm512_set_epi64(0x8080808080808080, 0x4040404040404040, 0x2020202020202020,
                                           0x1010101010101010, 0x0808080808080808, 0x0404040404040404,
                                           0x0202020202020202, 0x0101010101010101);
    __m512i packed = _mm512_broadcast_i64x4(load_32(tile, 0));
    __m512i nibbles = _mm512_and_si512(_mm512_srlv_epi16(packed, shifts), _mm512_set1_epi8(15));
    __m512i tops = _mm512_broadcastq_epi64(_mm_loadl_epi64((const __m128i *)(tile + 32)));
    __mmask64 upper = _mm512_test_epi8_mask(tops, which);
    for (int field = 0; field < 3; field++) {
        __m512i low = _mm512_shuffle_epi8(in_all_quarters(tables[field]), nibbles);
        codes[field] = _mm512_mask_shuffle_epi8(low, upper, in_all_quarters(tables[field] + 16), nibbles);
    }
}

INLINE void t5_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    __m512i weights[3];
    t5_decode(weights, tile);
    for (size_t t = 0; t < n_tokens; t++) {
        /* A sum of its own for a single token's tile, so that tiles do not wait for each other. */
        __m512i sum = n_tokens == 1 ? _mm512_setzero_si512() : sums[t];
        for (int field = 0; field < 3; field++) {
            __m512i x = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(codes + t * stride) + field));
            sum = _mm512_dpbusd_epi32(sum, weights[field], x);
        }
        sums[t] = n_tokens == 1 ? _mm512_add_epi32(sums[t], sum) : sum;
    }
}

#include "dense_kernels.h"

TERN_DEFINE_DENSE(t5, TERN_T5_TILE, TERN_T5_COLS, 8)

/* The codes of runs 4 to 0, from what is left when the bytes are taken from 255: the average that there is rounds up. */
INLINE void t8_decode(__m512i codes[5], const uint8_t *tile)
{
    /* by 15 minus the number of the two */
    static const uint8_t tables[2][16] = {{0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 1, 1, 1, 0, 0, 0},
                                          {0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 2, 1, 0, 2, 1, 0}};
    const __m512i first = in_all_quarters(tables[0]), second = in_all_quarters(tables[1]);
    const __m512i nibble = _mm512_set1_epi8(15), top = _mm512_set1_epi8((char)0xe0);
    /* Written as a difference: GCC turns ~x into VPTERNLOG on whatever register is free, which then waits for the last tile. */
    __m512i left = _mm512_subs_epu8(_mm512_set1_epi8(-1), _mm512_loadu_si512(tile));
    for (int run = 4; run >= 0; run -= 2) {
        __m512i average = _mm512_avg_epu8(left, _mm512_or_si512(_mm512_srli_epi16(left, 3), top));
        __m512i two = _mm512_and_si512(_mm512_srli_epi16(average, 4), nibble);
        codes[4 - run] = _mm512_shuffle_epi8(first, two);
        if (run > 0) {
            codes[5 - run] = _mm512_shuffle_epi8(second, two);
            /* 255 - 9 * (255 - left) */
            left = _mm512_sub_epi8(left, _mm512_andnot_si512(_mm512_slli_epi16(left, 3), _mm512_set1_epi8((char)0xf8)));
        }
    }
}

INLINE void t8_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    __m512i weights[5];
    t8_decode(weights, tile);
    for (size_t t = 0; t < n_tokens; t++) {
        __m512i sum = n_tokens == 1 ? _mm512_setzero_si512() : sums[t];
        for (int run = 0; run < 5; run++) {
            __m512i x = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(codes + t * stride) + run));
            sum = _mm512_dpbusd_epi32(sum, weights[4 - run], x);
        }
        sums[t] = n_tokens == 1 ? _mm512_add_epi32(sums[t], sum) : sum;
    }
}

TERN_DEFINE_DENSE(t8, TERN_T8_TILE, TERN_T8_COLS, 8)

typedef __m512i quad;
typedef __m512i sums;

INLINE quad quad_load(const uint8_t *c0, const uint8_t *c1, const uint8_t *c2, const uint8_t *c3)
{
    const __m512i quarters = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
    const __m512i bytes = _mm512_broadcast_i32x4(_mm_set_epi8(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0));
    __m512i q = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)c0));
    q = _mm512_inserti32x4(q, _mm_loadu_si128((const __m128i *)c1), 1);
    q = _mm512_inserti32x4(q, _mm_loadu_si128((const __m128i *)c2), 2);
    q = _mm512_inserti32x4(q, _mm_loadu_si128((const __m128i *)c3), 3);
    return _mm512_shuffle_epi8(_mm512_permutexvar_epi32(quarters, q), bytes);
}

INLINE quad quad_field(quad q, int field)
{
    return _mm512_and_si512(_mm512_srl_epi16(q, _mm_cvtsi32_si128(2 * field)), _mm512_set1_epi8(3));
}

INLINE sums sums_load(const int32_t *from)
{
    return _mm512_loadu_si512(from);
}

INLINE void sums_store(int32_t *to, sums s)
{
    _mm512_storeu_si512(to, s);
}

INLINE sums sums_add(sums s, quad codes, int32_t activations)
{
    return _mm512_dpbusd_epi32(s, codes, _mm512_set1_epi32(activations));
}

#include "column_kernels.h"

INLINE __m128i add_quarters(__m512i x)
{
    __m256i halves = _mm256_add_epi32(_mm512_castsi512_si256(x), _mm512_extracti64x4_epi64(x, 1));
    return _mm_add_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256(halves, 1));
}

INLINE float i4_sum(__m512i upper, __m512i lower, __m512i both)
{
    __m128i pairs = _mm_hadd_epi32(add_quarters(upper), add_quarters(lower));
    __m128i total = _mm_add_epi32(_mm_hadd_epi32(pairs, pairs), add_quarters(both));
    return join(_mm_cvtsi128_si32(total), _mm_extract_epi32(total, 1));
}

enum { I4_ROWS = 4 };

/* n_rows rows, a constant after inlining, for which the activations are loaded once. Each group's 16 bytes are a quarter of the
 * register; its dot products, at most 4 * 15 * 127, fit the lower halves of four sums, where VPDPWSSD multiplies them by the scale
 * and the upper halves by 0. */
INLINE void i4_rows(float *out, const tern_fine *x, const uint8_t *rows, size_t n_blocks, size_t n_rows)
{
    const __m512i nibble = _mm512_set1_epi8(15), zero = _mm512_setzero_si512();
    const __m256i spread = _mm256_set_epi8(-1, 3, -1, 3, -1, 3, -1, 3, -1, 2, -1, 2, -1, 2, -1, 2, -1, 1, -1, 1, -1, 1,
                                           -1, 1, -1, 0, -1, 0, -1, 0, -1, 0);
    __m512i upper[I4_ROWS], lower[I4_ROWS], both[I4_ROWS];
    const uint8_t *next = rows + (n_rows - 1) * n_blocks * TERN_I4_BLOCK; /* asked for in the order of addresses */
    for (size_t r = 0; r < n_rows; r++) {
        upper[r] = lower[r] = both[r] = zero;
    }
    for (size_t block = 0; block < n_blocks; block++) {
        __m512i u[2], l[2], negative = _mm512_loadu_si512(x->sums + block * TERN_I4_GROUPS * 8);
        for (int half = 0; half < 2; half++) {
            u[half] = _mm512_loadu_si512(x->upper + block * TERN_I4_COLS + half * 64);
            l[half] = _mm512_loadu_si512(x->lower + block * TERN_I4_COLS + half * 64);
        }
        for (size_t r = 0; r < n_rows; r++, next += TERN_I4_BLOCK) {
            const uint8_t *row = rows + (r * n_blocks + block) * TERN_I4_BLOCK;
            tern_read_ahead(next);
            __m512i packed = _mm512_loadu_si512(row);
            int32_t four;
            __builtin_memcpy(&four, row + 64, sizeof four);
            __m512i scales = _mm512_cvtepi8_epi16(_mm256_shuffle_epi8(_mm256_set1_epi32(four), spread));
            __m512i first = _mm512_and_si512(packed, nibble), second = _mm512_and_si512(_mm512_srli_epi16(packed, 4), nibble);
            __m512i dot = _mm512_dpbusd_epi32(_mm512_dpbusd_epi32(zero, first, u[0]), second, u[1]);
            upper[r] = _mm512_dpwssd_epi32(upper[r], dot, scales);
            dot = _mm512_dpbusd_epi32(_mm512_dpbusd_epi32(zero, first, l[0]), second, l[1]);
            lower[r] = _mm512_dpwssd_epi32(lower[r], dot, scales);
            both[r] = _mm512_dpwssd_epi32(both[r], negative, scales);
        }
    }
    for (size_t r = 0; r < n_rows; r++) {
        out[r] = i4_sum(upper[r], lower[r], both[r]);
    }
}

static void dots_i4(float *out, const tern_fine *x, const uint8_t *rows, size_t n_blocks, size_t n_rows)
{
    size_t i = 0;
    for (; i + I4_ROWS <= n_rows; i += I4_ROWS) {
        i4_rows(out + i, x, rows + i * n_blocks * TERN_I4_BLOCK, n_blocks, I4_ROWS);
    }
    for (; i < n_rows; i++) {
        i4_rows(out + i, x, rows + i * n_blocks * TERN_I4_BLOCK, n_blocks, 1);
    }
}

/* Of both tables: all but the products of T5 and T8. */
#define AVX512_KERNELS                                                                                                 \
    .matmul_t2_i8 = matmul_t2_i8, .matmul_t2_grouped = matmul_t2_grouped, .matmul_t1_grouped = matmul_t1_grouped,      \
    .add_columns = add_columns, .dots_i4 = dots_i4, TERN_FLOAT_KERNELS

const tern_kernels tern_kernels_avx512_vnni = {
    .name = "avx512_vnni",
    .matmul_t5_i8 = matmul_t5_i8,
    .matmul_t8_i8 = matmul_t8_i8,
    AVX512_KERNELS,
};

const tern_kernels tern_kernels_avx512_vbmi = {
    .name = "avx512_vbmi",
    .matmul_t5_i8 = tern_matmul_t5_i8_avx512_vbmi,
    .matmul_t8_i8 = tern_matmul_t8_i8_avx512_vbmi,
    AVX512_KERNELS,
};

#if defined(__clang__)
#pragma clang attribute pop
#endif

#else
typedef int tern_no_avx512_vnni; /* an empty file is no C */
#endif
