/* The product of a matrix stored by columns, written once: each instruction set's file defines what it does to 16
 * outputs, includes this and names the function in its table. A column whose activation is 0 need not be read at all.
 *
 * Wanted before the inclusion (always inlined):
 *   quad                     64 bytes, four columns of 16 bytes interleaved: byte 4 * i + c is byte i of column c
 *   quad quad_load(const uint8_t *c0, const uint8_t *c1, const uint8_t *c2, const uint8_t *c3);
 *   quad quad_field(quad, int field);     bits 2 * field and the one above, of each byte
 *   sums                     16 int32
 *   sums sums_load(const int32_t *); void sums_store(int32_t *, sums);
 *   sums sums_add(sums, quad codes, int32_t activations);   four int8 side by side, the first in the lowest byte
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernels.h"

enum { QUADS_AT_ONCE = TERN_COLUMNS_AT_ONCE / 4, OUTPUTS_OF_FIELD = 16 };

/* n_tokens is a constant after inlining where it is 1. */
INLINE void columns_of_tokens(int32_t *out, size_t out_stride, const uint8_t *columns, size_t column_bytes,
                              size_t n_blocks, const uint32_t *index, const int8_t *codes, size_t codes_stride,
                              size_t n_columns, size_t n_tokens)
{
    for (size_t first = 0; first < n_columns; first += TERN_COLUMNS_AT_ONCE, codes += TERN_COLUMNS_AT_ONCE) {
        const uint8_t *at[TERN_COLUMNS_AT_ONCE], *next[TERN_COLUMNS_AT_ONCE];
        size_t second = first + TERN_COLUMNS_AT_ONCE < n_columns ? first + TERN_COLUMNS_AT_ONCE : first;
        for (size_t i = 0; i < TERN_COLUMNS_AT_ONCE; i++) {
            at[i] = columns + index[first + i] * column_bytes;
            next[i] = columns + index[second + i] * column_bytes;
        }
        int32_t activations[QUADS_AT_ONCE];
        memcpy(activations, codes, sizeof activations);
        for (size_t block = 0; block < n_blocks; block++) {
            for (size_t i = 0; block % 4 == 0 && i < TERN_COLUMNS_AT_ONCE; i++) {
                tern_ask_for(next[i] + block * 16);
            }
            quad packed[QUADS_AT_ONCE];
            for (size_t q = 0; q < QUADS_AT_ONCE; q++) {
                const uint8_t *const *c = at + 4 * q;
                packed[q] = quad_load(c[0] + block * 16, c[1] + block * 16, c[2] + block * 16, c[3] + block * 16);
            }
            for (int field = 0; field < 4; field++) {
                quad weights[QUADS_AT_ONCE];
                for (size_t q = 0; q < QUADS_AT_ONCE; q++) {
                    weights[q] = quad_field(packed[q], field);
                }
                int32_t *to = out + block * TERN_BLOCK_COLS + (size_t)field * OUTPUTS_OF_FIELD;
                for (size_t t = 0; t < n_tokens; t++) {
                    if (n_tokens > 1) {
                        memcpy(activations, codes + t * codes_stride, sizeof activations);
                    }
                    sums s = sums_load(to + t * out_stride);
                    for (size_t q = 0; q < QUADS_AT_ONCE; q++) {
                        s = sums_add(s, weights[q], activations[q]);
                    }
                    sums_store(to + t * out_stride, s);
                }
            }
        }
    }
}

static void add_columns(int32_t *out, size_t out_stride, const uint8_t *columns, size_t column_bytes, size_t n_blocks,
                        const uint32_t *index, const int8_t *codes, size_t codes_stride, size_t n_columns,
                        size_t n_tokens)
{
    if (n_tokens == 1) {
        columns_of_tokens(out, 0, columns, column_bytes, n_blocks, index, codes, 0, n_columns, 1);
    } else {
        columns_of_tokens(out, out_stride, columns, column_bytes, n_blocks, index, codes, codes_stride, n_columns, n_tokens);
    }
}
