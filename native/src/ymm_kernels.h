/* The kernels in 256-bit registers, written once: each instruction set's file includes this, defines the functions declared here,
 * which multiply and add, and fills its table.
 *
 * A tile is two registers of two rows, one row in each 128-bit half; activations are broadcast to both halves.
 */
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels.h"
#include "ymm_float.h"

#include "float_kernels.h"

/* Rows 0 and 1 of a tile in the halves of a, rows 2 and 3 in those of b. */
typedef struct {
    __m256i a, b;
} dots;

/* Adds four neighbouring products of codes 0..2 and int8 to each int32. */
INLINE __m256i add_products(__m256i sum, __m256i codes, __m256i x);

/* The same of n_runs, up to 5: each is 16 activations and the codes of two rows. alone: of a tile's sums only those of its other
 * rows are added to in between. Both are constants after inlining. */
INLINE __m256i add_runs(__m256i sum, const __m256i *codes, const int8_t *x, int n_runs, int alone);

/* Adds two neighbouring products of int16 to each int32. */
INLINE __m256i add_pairs(__m256i sum, __m256i a, __m256i b);

/* See group_kernels.h. */
INLINE void dots_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens);
INLINE void t1_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens);

/* One group of 4 rows times one token, whose four products go to out; and times 4 tokens from `first` on, whose go to
 * out + token * out_stride. */
static void multiply_one(float *out, const uint8_t *tiles, size_t n_blocks, const tern_activations *activations,
                         size_t token, float weight_scale);
static void multiply_four(float *out, size_t out_stride, const uint8_t *tiles, size_t n_blocks,
                          const tern_activations *activations, size_t first, float weight_scale);

INLINE __m256i load_32(const void *from, int index)
{
    return _mm256_loadu_si256((const __m256i *)from + index);
}

/* The 16 bytes of number `run` in both halves. */
INLINE __m256i run_of(const void *from, int run)
{
    return _mm256_broadcastsi128_si256(load_16(from, run));
}

/* Adds the four int32 of each half: a row's dot product with the codes 0..2. */
INLINE void finish(float *out, __m256i total, int32_t code_sum, float scale)
{
    __m256i pairs = _mm256_add_epi32(total, _mm256_shuffle_epi32(total, 0x4e));
    __m256i sums = _mm256_add_epi32(pairs, _mm256_shuffle_epi32(pairs, 0xb1));
    out[0] = (float)(_mm256_extract_epi32(sums, 0) - code_sum) * scale;
    out[1] = (float)(_mm256_extract_epi32(sums, 4) - code_sum) * scale;
}

INLINE dots dots_zero(void)
{
    return (dots){_mm256_setzero_si256(), _mm256_setzero_si256()};
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
        __m256i low_table = run_of(tables[field], 0);
        __m256i up_table = run_of(tables[field], 1);
        codes[field] = _mm256_blendv_epi8(_mm256_shuffle_epi8(low_table, nibbles),
                                          _mm256_shuffle_epi8(up_table, nibbles), upper);
    }
}

INLINE void t5_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i first = _mm256_set_epi64x(0x0808080808080808, 0x0404040404040404, 0x0202020202020202,
                                            0x0101010101010101);
    __m256i packed = load_32(tile, 0);
    __m256i tops = _mm256_broadcastq_epi64(_mm_loadl_epi64((const __m128i *)(tile + 32)));
    __m256i a[3], b[3];
    t5_pair(a, _mm256_and_si256(packed, nibble), tops, first);
    t5_pair(b, _mm256_and_si256(_mm256_srli_epi16(packed, 4), nibble), tops, _mm256_slli_epi16(first, 4));
    for (size_t t = 0; t < n_tokens; t++) {
        sums[t].a = add_runs(sums[t].a, a, codes + t * stride, 3, n_tokens == 1);
        sums[t].b = add_runs(sums[t].b, b, codes + t * stride, 3, n_tokens == 1);
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
    __m256i left = _mm256_xor_si256(load_32(bytes, 0), _mm256_set1_epi8(-1));
    for (int run = 4; run >= 0; run -= 2) {
        __m256i average = _mm256_avg_epu8(left, _mm256_or_si256(_mm256_srli_epi16(left, 3), top));
        __m256i two = _mm256_and_si256(_mm256_srli_epi16(average, 4), nibble);
        codes[run] = _mm256_shuffle_epi8(first, two);
        if (run > 0) {
            codes[run - 1] = _mm256_shuffle_epi8(second, two);
            /* 255 - 9 * (255 - left) */
            left = _mm256_sub_epi8(left, _mm256_andnot_si256(_mm256_slli_epi16(left, 3), _mm256_set1_epi8((char)0xf8)));
        }
    }
}

INLINE void t8_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    __m256i a[5], b[5];
    t8_pair(a, tile);
    t8_pair(b, tile + 32);
    for (size_t t = 0; t < n_tokens; t++) {
        sums[t].a = add_runs(sums[t].a, a, codes + t * stride, 5, n_tokens == 1);
        sums[t].b = add_runs(sums[t].b, b, codes + t * stride, 5, n_tokens == 1);
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
    const __m256i x = _mm256_set1_epi32(activations);
    return (sums){add_products(s.a, codes.a, x), add_products(s.b, codes.b, x)};
}

#include "column_kernels.h"

INLINE __m128i add_halves(__m256i x)
{
    return _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
}

/* Adds scales * (codes * activations) of two groups, one in each half; sums of four products fit int16. */
INLINE __m256i add_groups(__m256i sum, __m256i first, __m256i second, const int8_t *x, int half, __m256i scales)
{
    __m256i dot = _mm256_add_epi16(_mm256_maddubs_epi16(first, load_32(x, half)),
                                   _mm256_maddubs_epi16(second, load_32(x, half + 2)));
    return add_pairs(sum, dot, scales);
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
            both = add_pairs(both, offsets, scales);
        }
    }
    __m128i pairs = _mm_hadd_epi32(add_halves(upper), add_halves(lower));
    __m128i total = _mm_add_epi32(_mm_hadd_epi32(pairs, pairs), add_halves(both));
    return join(_mm_cvtsi128_si32(total), _mm_extract_epi32(total, 1));
}

TERN_DEFINE_DOTS_I4

static void matmul_t2_i8(float *out, size_t out_stride, const uint8_t *tiles, size_t n_groups, size_t n_blocks,
                         const tern_activations *activations, float weight_scale)
{
    for (size_t group = 0; group < n_groups; group++) {
        size_t t = 0;
        for (; t + 4 <= activations->n_tokens; t += 4) {
            multiply_four(out, out_stride, tiles, n_blocks, activations, t, weight_scale);
        }
        for (; t < activations->n_tokens; t++) {
            multiply_one(out + t * out_stride, tiles, n_blocks, activations, t, weight_scale);
        }
        tiles += n_blocks * TERN_TILE_BYTES;
        out += TERN_GROUP_ROWS;
    }
}

/* The initialisers of a table, after its name and the floats. */
#define TERN_YMM_KERNELS                                                                                               \
    .matmul_t2_i8 = matmul_t2_i8, .matmul_t5_i8 = matmul_t5_i8, .matmul_t8_i8 = matmul_t8_i8,                          \
    .matmul_t2_grouped = matmul_t2_grouped, .matmul_t1_grouped = matmul_t1_grouped, .add_columns = add_columns,        \
    .dots_i4 = dots_i4
