/* The product with tiles of less than two bits a weight, T5 and T8 (PACKING.md), written once: each instruction set's file
 * defines what it does to one tile and writes TERN_DEFINE_DENSE(t5, …) and (t8, …), which define matmul_NAME_i8 for its table.
 *
 * Wanted before, always inlined: dots, dots_zero and dots_store as for group_kernels.h, and
 *   void NAME_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens);
 *                           adds codes * activations of n_tokens tokens (a constant after inlining)
 * most_tokens: of one pass over the weights, 8 or 4, as many as the registers hold sums for.
 */
#include <stddef.h>
#include <stdint.h>

#include "kernels.h"

#define TERN_DEFINE_DENSE(name, tile_bytes, tile_cols, most_tokens)                                                    \
    /* One group of rows times n_tokens. */                                                                            \
    INLINE void name##_rows(float *out, size_t out_stride, const uint8_t *tiles, size_t n_blocks,                      \
                            const tern_activations *a, size_t first, float weight_scale, size_t n_tokens)              \
    {                                                                                                                  \
        dots sums[most_tokens];                                                                                        \
        const int8_t *codes = a->codes + first * a->stride;                                                            \
        for (size_t t = 0; t < n_tokens; t++) {                                                                        \
            sums[t] = dots_zero();                                                                                     \
        }                                                                                                              \
        for (const uint8_t *end = tiles + n_blocks * (tile_bytes); tiles < end; tiles += (tile_bytes)) {               \
            tern_read_ahead(tiles);                                                                                    \
            name##_tile(sums, tiles, codes, a->stride, n_tokens);                                                      \
            codes += (tile_cols);                                                                                      \
        }                                                                                                              \
        for (size_t t = 0; t < n_tokens; t++) {                                                                        \
            int32_t dot[TERN_GROUP_ROWS];                                                                              \
            dots_store(dot, sums[t]);                                                                                  \
            float scale = a->inverse[first + t] * weight_scale;                                                        \
            for (size_t r = 0; r < TERN_GROUP_ROWS; r++) {                                                             \
                out[(first + t) * out_stride + r] = (float)(dot[r] - a->code_sum[first + t]) * scale;                  \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    static __attribute__((noinline)) void name##_one(float *out, const uint8_t *tiles, size_t n_blocks,                \
                                                     const tern_activations *a, size_t token, float weight_scale)      \
    {                                                                                                                  \
        name##_rows(out, 0, tiles, n_blocks, a, token, weight_scale, 1);                                               \
    }                                                                                                                  \
                                                                                                                       \
    static __attribute__((noinline)) void name##_many(float *out, size_t out_stride, const uint8_t *tiles,             \
                                                      size_t n_blocks, const tern_activations *a, size_t first,        \
                                                      float weight_scale)                                              \
    {                                                                                                                  \
        name##_rows(out, out_stride, tiles, n_blocks, a, first, weight_scale, most_tokens);                            \
    }                                                                                                                  \
                                                                                                                       \
    static void matmul_##name##_i8(float *out, size_t out_stride, const uint8_t *tiles, size_t n_groups,               \
                                   size_t n_blocks, const tern_activations *activations, float weight_scale)           \
    {                                                                                                                  \
        for (size_t group = 0; group < n_groups; group++) {                                                            \
            size_t t = 0;                                                                                              \
            for (; t + (most_tokens) <= activations->n_tokens; t += (most_tokens)) {                                   \
                name##_many(out, out_stride, tiles, n_blocks, activations, t, weight_scale);                           \
            }                                                                                                          \
            for (; t < activations->n_tokens; t++) {                                                                   \
                name##_one(out + t * out_stride, tiles, n_blocks, activations, t, weight_scale);                       \
            }                                                                                                          \
            tiles += n_blocks * (tile_bytes);                                                                          \
            out += TERN_GROUP_ROWS;                                                                                    \
        }                                                                                                              \
    }
