/* Products of tiles whose codes a file turns into two-bit fields of 512-bit registers: T2, which is that, and T5 and T8 by lookups.
 * The file says how a tile is unpacked, fields unpack(const uint8_t *tile), always inlined, and defines a product for its table by
 * TERN_DEFINE_FIELDS(name, unpack, bytes of a tile, its runs of 16 columns).
 *
 * A row of a tile is a 128-bit quarter of the registers; activations are broadcast to all four.
 */
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels.h"

enum { FIELDS = 4, MOST_RUNS = 5, GROUPS_AT_ONCE = 2, TOKENS_AT_ONCE = 8 };

typedef struct {
    __m512i four;  /* the codes of runs 0 to 3 in bits 1-0, 3-2, 5-4, 7-6 */
    __m512i fifth; /* those of run 4; not used where there are fewer */
} fields;

/* The codes of one run, times 4 for each field below. */
INLINE __m512i field_of(fields f, int run)
{
    return run == FIELDS ? f.fifth : _mm512_and_si512(f.four, _mm512_set1_epi8((char)(3 << 2 * run)));
}

INLINE void codes_of(__m512i codes[MOST_RUNS], fields f, int n_runs)
{
    for (int run = 0; run < n_runs && run < FIELDS; run++) {
        codes[run] = _mm512_and_si512(_mm512_srli_epi16(f.four, 2 * (unsigned)run), _mm512_set1_epi8(3));
    }
    if (n_runs == MOST_RUNS) {
        codes[FIELDS] = f.fifth;
    }
}

/* Adds the four int32 of each quarter. */
INLINE __m128i rows_of(__m512i sums)
{
    __m512i pairs = _mm512_add_epi32(sums, _mm512_shuffle_epi32(sums, _MM_PERM_BADC));
    __m512i rows = _mm512_add_epi32(pairs, _mm512_shuffle_epi32(pairs, _MM_PERM_CDAB));
    const __m512i first_of_quarter = _mm512_set_epi32(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 8, 4, 0);
    return _mm512_castsi512_si128(_mm512_permutexvar_epi32(first_of_quarter, rows));
}

/* From four rows' dot products with the codes 0..2. */
INLINE void finish(float *out, __m512i sums, int32_t code_sum, float scale)
{
    __m128i dots = _mm_sub_epi32(rows_of(sums), _mm_set1_epi32(code_sum));
    _mm_storeu_ps(out, _mm_mul_ps(_mm_cvtepi32_ps(dots), _mm_set1_ps(scale)));
}

INLINE __m512i activations_of_run(const int8_t *codes, int run)
{
    return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)codes + run));
}

/* Everything but addresses is a constant after inlining: n_runs, tile_bytes, n_groups, n_tokens. */

/* n_groups of 4 rows times one token: the activations are loaded once for all. A sum per run, which keeps the sums from waiting for
 * each other. Fields stay where they are in the byte; their sums are exact multiples of 4, 16, 64. */
INLINE void fields_one(float *out, fields (*unpack)(const uint8_t *), size_t tile_bytes, int n_runs, const uint8_t *tiles,
                       size_t n_blocks, const tern_activations *a, size_t token, float weight_scale, size_t n_groups)
{
    const int8_t *codes = a->codes + token * a->stride;
    const uint8_t *next = tiles + (n_groups - 1) * n_blocks * tile_bytes; /* asked for in the order of addresses */
    __m512i sum[GROUPS_AT_ONCE][MOST_RUNS];
    for (size_t g = 0; g < n_groups; g++) {
        for (int run = 0; run < n_runs; run++) {
            sum[g][run] = _mm512_setzero_si512();
        }
    }
    for (size_t block = 0; block < n_blocks; block++, codes += n_runs * 16) {
        fields f[GROUPS_AT_ONCE];
        for (size_t g = 0; g < n_groups; g++, next += tile_bytes) {
            tern_read_ahead(next);
            f[g] = unpack(tiles + (g * n_blocks + block) * tile_bytes);
        }
        for (int run = 0; run < n_runs; run++) {
            __m512i x = activations_of_run(codes, run);
            for (size_t g = 0; g < n_groups; g++) {
                sum[g][run] = _mm512_dpbusd_epi32(sum[g][run], field_of(f[g], run), x);
            }
        }
    }
    for (size_t g = 0; g < n_groups; g++) {
        __m512i total = sum[g][0];
        for (int run = 1; run < n_runs; run++) {
            total = _mm512_add_epi32(total, run == FIELDS ? sum[g][run] : _mm512_srai_epi32(sum[g][run], 2 * (unsigned)run));
        }
        finish(out + g * TERN_GROUP_ROWS, total, a->code_sum[token], a->inverse[token] * weight_scale);
    }
}

/* Two groups of 4 rows times n_tokens: weights are unpacked once for all tokens, and activations loaded once for both groups. */
INLINE void fields_many(float *out, size_t out_stride, fields (*unpack)(const uint8_t *), size_t tile_bytes, int n_runs,
                        const uint8_t *tiles, size_t n_blocks, const tern_activations *a, size_t first, float weight_scale,
                        size_t n_tokens)
{
    __m512i sum[GROUPS_AT_ONCE][TOKENS_AT_ONCE];
    for (size_t t = 0; t < n_tokens; t++) {
        sum[0][t] = sum[1][t] = _mm512_setzero_si512();
    }
    for (size_t block = 0; block < n_blocks; block++) {
        __m512i weights[GROUPS_AT_ONCE][MOST_RUNS];
        codes_of(weights[0], unpack(tiles + block * tile_bytes), n_runs);
        codes_of(weights[1], unpack(tiles + (n_blocks + block) * tile_bytes), n_runs);
        for (size_t t = 0; t < n_tokens; t++) {
            const int8_t *codes = a->codes + (first + t) * a->stride + block * n_runs * 16;
            for (int run = 0; run < n_runs; run++) {
                __m512i x = activations_of_run(codes, run);
                sum[0][t] = _mm512_dpbusd_epi32(sum[0][t], weights[0][run], x);
                sum[1][t] = _mm512_dpbusd_epi32(sum[1][t], weights[1][run], x);
            }
        }
    }
    for (size_t t = 0; t < n_tokens; t++) {
        float scale = a->inverse[first + t] * weight_scale;
        float *to = out + (first + t) * out_stride;
        finish(to, sum[0][t], a->code_sum[first + t], scale);
        finish(to + TERN_GROUP_ROWS, sum[1][t], a->code_sum[first + t], scale);
    }
}

INLINE void fields_all(float *out, size_t out_stride, fields (*unpack)(const uint8_t *), size_t tile_bytes, int n_runs,
                       const uint8_t *tiles, size_t n_groups, size_t n_blocks, const tern_activations *a, float weight_scale)
{
    for (size_t group = 0; group < n_groups; group += GROUPS_AT_ONCE) {
        const uint8_t *here = tiles + group * n_blocks * tile_bytes;
        float *to = out + group * TERN_GROUP_ROWS;
        size_t t = 0;
        if (group + 1 == n_groups) {
            for (; t < a->n_tokens; t++) {
                fields_one(to + t * out_stride, unpack, tile_bytes, n_runs, here, n_blocks, a, t, weight_scale, 1);
            }
        }
        for (; t + 8 <= a->n_tokens; t += 8) {
            fields_many(to, out_stride, unpack, tile_bytes, n_runs, here, n_blocks, a, t, weight_scale, 8);
        }
        for (; t + 4 <= a->n_tokens; t += 4) {
            fields_many(to, out_stride, unpack, tile_bytes, n_runs, here, n_blocks, a, t, weight_scale, 4);
        }
        for (; t < a->n_tokens; t++) {
            fields_one(to + t * out_stride, unpack, tile_bytes, n_runs, here, n_blocks, a, t, weight_scale, GROUPS_AT_ONCE);
        }
    }
}

#define TERN_DEFINE_FIELDS(name, unpack, tile_bytes, n_runs)                                                           \
    void name(float *out, size_t out_stride, const uint8_t *tiles, size_t n_groups, size_t n_blocks,                   \
              const tern_activations *activations, float weight_scale)                                                 \
    {                                                                                                                  \
        fields_all(out, out_stride, unpack, tile_bytes, n_runs, tiles, n_groups, n_blocks, activations, weight_scale); \
    }
