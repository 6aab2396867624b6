/* Packing of ternary matrices at 2 bits a weight. */
#include "pack.h"

#include <string.h>

#include "kernels.h"
#include "memory.h"
#include "tern.h"

enum { LANE_BYTES = TERN_TILE_BYTES / TERN_GROUP_ROWS };

static uint64_t n_groups(uint64_t rows)
{
    return rows / TERN_GROUP_ROWS + (rows % TERN_GROUP_ROWS != 0);
}

static uint64_t n_blocks(uint64_t cols)
{
    return cols / TERN_BLOCK_COLS + (cols % TERN_BLOCK_COLS != 0);
}

int tern_pack_size(uint64_t rows, uint64_t cols, uint64_t *size)
{
    uint64_t tiles, unpacked;
    if (size == NULL || rows == 0 || cols == 0 || __builtin_mul_overflow(rows, cols, &unpacked) ||
        __builtin_mul_overflow(n_groups(rows), n_blocks(cols), &tiles) ||
        __builtin_mul_overflow(tiles, (uint64_t)TERN_TILE_BYTES, size)) {
        return TERN_E_ARG;
    }
    return *size > SIZE_MAX / 2 || unpacked > SIZE_MAX / 2 ? TERN_E_ARG : TERN_OK;
}

/* The byte of weight (r, c), and through *shift its two bits there. */
static uint64_t locate(uint64_t r, uint64_t c, uint64_t blocks, unsigned *shift)
{
    uint64_t within = c % TERN_BLOCK_COLS;
    uint64_t tile = r / TERN_GROUP_ROWS * blocks + c / TERN_BLOCK_COLS;
    *shift = (unsigned)(within / LANE_BYTES * 2);
    return tile * TERN_TILE_BYTES + r % TERN_GROUP_ROWS * LANE_BYTES + within % LANE_BYTES;
}

int tern_pack(const int8_t *ternary, uint64_t rows, uint64_t cols, uint8_t *out, uint64_t out_size)
{
    uint64_t size;
    if (ternary == NULL || out == NULL || tern_pack_size(rows, cols, &size) != TERN_OK || out_size < size) {
        return TERN_E_ARG;
    }
    memset(out, 0x55, (size_t)size); /* every code 1: weight 0 */
    for (uint64_t r = 0; r < rows; r++) {
        for (uint64_t c = 0; c < cols; c++) {
            int weight = ternary[r * cols + c];
            if (weight < -1 || weight > 1) {
                return TERN_E_ARG;
            }
            unsigned shift;
            uint8_t *byte = out + locate(r, c, n_blocks(cols), &shift);
            *byte = (uint8_t)((*byte & ~(3u << shift)) | (unsigned)(weight + 1) << shift);
        }
    }
    return TERN_OK;
}

int tern_unpack(const uint8_t *packed, uint64_t rows, uint64_t cols, int8_t *out, uint64_t out_size)
{
    uint64_t size;
    if (packed == NULL || out == NULL || tern_pack_size(rows, cols, &size) != TERN_OK || out_size < rows * cols) {
        return TERN_E_ARG;
    }
    for (uint64_t r = 0; r < rows; r++) {
        for (uint64_t c = 0; c < cols; c++) {
            unsigned shift;
            uint64_t at = locate(r, c, n_blocks(cols), &shift);
            int code = packed[at] >> shift & 3;
            if (code == 3) {
                return TERN_E_MODEL;
            }
            out[r * cols + c] = (int8_t)(code - 1);
        }
    }
    return TERN_OK;
}

bool tern_packed_codes_valid(const uint8_t *packed, size_t size)
{
    unsigned threes = 0;
    for (size_t i = 0; i < size; i++) {
        threes |= packed[i] & packed[i] >> 1 & 0x55u;
    }
    return threes == 0;
}
