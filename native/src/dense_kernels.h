/* The product with T5 tiles, three weights in five bits (PACKING.md), written once: each instruction set's file defines
 * what it does to one tile, includes this after group_kernels.h and names the function in its table.
 *
 * Wanted before the inclusion, always inlined: dots, dots_zero and dots_store as for group_kernels.h, and
 *   T5_TOKENS               tokens of one pass over the weights: 8 or 4, as many as the registers hold sums for
 *   void t5_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens);
 *                           adds codes * activations of n_tokens tokens (a constant after inlining)
 */
#include <stddef.h>
#include <stdint.h>

#include "kernels.h"

/* One group of rows times n_tokens. */
INLINE void t5_rows(float *out, size_t out_stride, const uint8_t *tiles, size_t n_blocks, const tern_activations *a,
                    size_t first, float weight_scale, size_t n_tokens)
{
    dots sums[T5_TOKENS];
    const int8_t *codes = a->codes + first * a->stride;
    for (size_t t = 0; t < n_tokens; t++) {
        sums[t] = dots_zero();
    }
    for (const uint8_t *end = tiles + n_blocks * TERN_T5_TILE; tiles < end; tiles += TERN_T5_TILE) {
        t5_tile(sums, tiles, codes, a->stride, n_tokens);
        codes += TERN_T5_COLS;
    }
    for (size_t t = 0; t < n_tokens; t++) {
        int32_t dot[TERN_GROUP_ROWS];
        dots_store(dot, sums[t]);
        float scale = a->inverse[first + t] * weight_scale;
        for (size_t r = 0; r < TERN_GROUP_ROWS; r++) {
            out[(first + t) * out_stride + r] = (float)(dot[r] - a->code_sum[first + t]) * scale;
        }
    }
}

static __attribute__((noinline)) void t5_one(float *out, const uint8_t *tiles, size_t n_blocks,
                                             const tern_activations *a, size_t token, float weight_scale)
{
    t5_rows(out, 0, tiles, n_blocks, a, token, weight_scale, 1);
}

static __attribute__((noinline)) void t5_many(float *out, size_t out_stride, const uint8_t *tiles, size_t n_blocks,
                                              const tern_activations *a, size_t first, float weight_scale)
{
    t5_rows(out, out_stride, tiles, n_blocks, a, first, weight_scale, T5_TOKENS);
}

static void matmul_t5_i8(float *out, size_t out_stride, const uint8_t *tiles, size_t n_groups, size_t n_blocks,
                         const tern_activations *activations, float weight_scale)
{
    for (size_t group = 0; group < n_groups; group++) {
        size_t t = 0;
        for (; t + T5_TOKENS <= activations->n_tokens; t += T5_TOKENS) {
            t5_many(out, out_stride, tiles, n_blocks, activations, t, weight_scale);
        }
        for (; t < activations->n_tokens; t++) {
            t5_one(out + t * out_stride, tiles, n_blocks, activations, t, weight_scale);
        }
        tiles += n_blocks * TERN_T5_TILE;
        out += TERN_GROUP_ROWS;
    }
}
