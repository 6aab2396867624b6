/* The products with a scale for each group of columns, T2 and T1, written once: each instruction set's file defines what it does to
 * one tile, includes this and names the functions in its table.
 *
 * Wanted before the inclusion (always inlined):
 *   dots                    sums of the four rows of a tile, as partial int32 sums in any order
 *   dots dots_zero(void);
 *   void dots_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens);
 *                           adds codes * activations of n_tokens tokens (1 or 4, a constant after inlining)
 *   void t1_tile(…);        the same for a tile of T1, with codes 0 and 1
 *   void dots_store(int32_t out[4], dots);
 *   void scales_load(float out[4], const uint8_t *f16);   of any alignment
 *
 * The dot products are exact integers; the floats after them are added group after group, in plain C that gives the
 * same bits wherever it is compiled.
 */
#include <stddef.h>
#include <stdint.h>

#include "kernels.h"

/* One group of rows times n_tokens. A weight is its code - 1, or 2 * code - 1 when it is binary. */
INLINE void grouped_rows(float *out, size_t out_stride, const uint8_t *tiles, const uint8_t *scales, size_t n_blocks,
                         size_t blocks_per_scale, const tern_activations *a, size_t first, size_t n_tokens, int binary)
{
    float sums[4][TERN_GROUP_ROWS] = {{0}};
    const int8_t *codes = a->codes + first * a->stride;
    const float *inverse = a->inverse + first * a->n_scales;
    const int32_t *code_sum = a->code_sum + first * a->n_scales;
    for (size_t g = 0, block = 0; block < n_blocks; g++) {
        size_t end = block + blocks_per_scale < n_blocks ? block + blocks_per_scale : n_blocks;
        dots partial[4];
        for (size_t t = 0; t < n_tokens; t++) {
            partial[t] = dots_zero();
        }
        for (; block < end; block++) {
            const uint8_t *tile = tiles + block * TERN_TILE_BYTES;
            tern_read_ahead(tile);
            if (binary) {
                t1_tile(partial, tile, codes + block * TERN_T1_COLS, a->stride, n_tokens);
            } else {
                dots_tile(partial, tile, codes + block * TERN_BLOCK_COLS, a->stride, n_tokens);
            }
        }
        float scale[TERN_GROUP_ROWS];
        scales_load(scale, scales + g * TERN_GROUP_ROWS * sizeof(uint16_t));
        for (size_t t = 0; t < n_tokens; t++) {
            int32_t dot[TERN_GROUP_ROWS];
            dots_store(dot, partial[t]);
            float factor = inverse[t * a->n_scales + g];
            int32_t sum = code_sum[t * a->n_scales + g];
            for (size_t r = 0; r < TERN_GROUP_ROWS; r++) {
                sums[t][r] += (float)((binary ? 2 * dot[r] : dot[r]) - sum) * (factor * scale[r]);
            }
        }
    }
    for (size_t t = 0; t < n_tokens; t++) {
        for (size_t r = 0; r < TERN_GROUP_ROWS; r++) {
            out[(first + t) * out_stride + r] = sums[t][r];
        }
    }
}

INLINE void all_groups(float *out, size_t out_stride, const uint8_t *tiles, const uint8_t *scales, size_t n_groups,
                       size_t n_blocks, size_t blocks_per_scale, const tern_activations *activations, int binary)
{
    size_t scale_bytes = activations->n_scales * TERN_GROUP_ROWS * sizeof(uint16_t);
    for (size_t group = 0; group < n_groups; group++) {
        size_t t = 0;
        for (; t + 4 <= activations->n_tokens; t += 4) {
            grouped_rows(out, out_stride, tiles, scales, n_blocks, blocks_per_scale, activations, t, 4, binary);
        }
        for (; t < activations->n_tokens; t++) {
            grouped_rows(out, out_stride, tiles, scales, n_blocks, blocks_per_scale, activations, t, 1, binary);
        }
        tiles += n_blocks * TERN_TILE_BYTES;
        scales += scale_bytes;
        out += TERN_GROUP_ROWS;
    }
}

static void matmul_t2_grouped(float *out, size_t out_stride, const uint8_t *tiles, const uint8_t *scales,
                              size_t n_groups, size_t n_blocks, size_t blocks_per_scale,
                              const tern_activations *activations)
{
    all_groups(out, out_stride, tiles, scales, n_groups, n_blocks, blocks_per_scale, activations, 0);
}

static void matmul_t1_grouped(float *out, size_t out_stride, const uint8_t *tiles, const uint8_t *scales,
                              size_t n_groups, size_t n_blocks, size_t blocks_per_scale,
                              const tern_activations *activations)
{
    all_groups(out, out_stride, tiles, scales, n_groups, n_blocks, blocks_per_scale, activations, 1);
}
