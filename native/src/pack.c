/* Packing of ternary matrices: T2 at 2 bits a weight, T5 at 5 bits for three, T8 at 8 bits for five; T1 at one, without zeros. */
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

int tern_pack1_size(uint64_t rows, uint64_t cols, uint64_t *size)
{
    /* a block of T1 has two blocks' columns in the bytes of one */
    uint64_t unpacked;
    return __builtin_mul_overflow(rows, cols, &unpacked) || unpacked > SIZE_MAX / 2
               ? TERN_E_ARG
               : tern_pack_size(rows, cols / 2 + (cols % 2 != 0), size);
}

/* The byte of weight (r, c); it is bit c % 128 / 16 there. */
static uint64_t locate_1(uint64_t r, uint64_t c, uint64_t cols)
{
    uint64_t blocks = cols / TERN_T1_COLS + (cols % TERN_T1_COLS != 0);
    uint64_t tile = r / TERN_GROUP_ROWS * blocks + c / TERN_T1_COLS;
    return tile * TERN_TILE_BYTES + r % TERN_GROUP_ROWS * LANE_BYTES + c % LANE_BYTES;
}

int tern_pack1(const int8_t *binary, uint64_t rows, uint64_t cols, uint8_t *out, uint64_t out_size)
{
    uint64_t size;
    if (binary == NULL || out == NULL || tern_pack1_size(rows, cols, &size) != TERN_OK || out_size < size) {
        return TERN_E_ARG;
    }
    memset(out, 0, (size_t)size);
    for (uint64_t r = 0; r < rows; r++) {
        for (uint64_t c = 0; c < cols; c++) {
            int weight = binary[r * cols + c];
            if (weight != -1 && weight != 1) {
                return TERN_E_ARG;
            }
            out[locate_1(r, c, cols)] |= (uint8_t)((weight > 0) << c % TERN_T1_COLS / LANE_BYTES);
        }
    }
    return TERN_OK;
}

int tern_unpack1(const uint8_t *packed, uint64_t rows, uint64_t cols, int8_t *out, uint64_t out_size)
{
    uint64_t size;
    if (packed == NULL || out == NULL || tern_pack1_size(rows, cols, &size) != TERN_OK || out_size < rows * cols) {
        return TERN_E_ARG;
    }
    for (uint64_t r = 0; r < rows; r++) {
        for (uint64_t c = 0; c < cols; c++) {
            int bit = packed[locate_1(r, c, cols)] >> c % TERN_T1_COLS / LANE_BYTES & 1;
            out[r * cols + c] = (int8_t)(2 * bit - 1);
        }
    }
    return TERN_OK;
}

int tern_pack_columns_size(uint64_t rows, uint64_t cols, uint64_t *size)
{
    uint64_t unpacked;
    if (size == NULL || rows == 0 || cols == 0 || __builtin_mul_overflow(rows, cols, &unpacked) ||
        __builtin_mul_overflow(cols, n_blocks(rows), size) ||
        __builtin_mul_overflow(*size, (uint64_t)LANE_BYTES, size)) {
        return TERN_E_ARG;
    }
    return *size > SIZE_MAX / 2 || unpacked > SIZE_MAX / 2 ? TERN_E_ARG : TERN_OK;
}

int tern_pack_columns(const int8_t *ternary, uint64_t rows, uint64_t cols, uint8_t *out, uint64_t out_size)
{
    uint64_t size, column = n_blocks(rows) * LANE_BYTES;
    if (ternary == NULL || out == NULL || tern_pack_columns_size(rows, cols, &size) != TERN_OK || out_size < size) {
        return TERN_E_ARG;
    }
    memset(out, 0x55, (size_t)size);
    for (uint64_t r = 0; r < rows; r++) {
        uint64_t at = r / TERN_BLOCK_COLS * LANE_BYTES + r % LANE_BYTES;
        unsigned shift = (unsigned)(r % TERN_BLOCK_COLS / LANE_BYTES * 2);
        for (uint64_t c = 0; c < cols; c++) {
            int weight = ternary[r * cols + c];
            if (weight < -1 || weight > 1) {
                return TERN_E_ARG;
            }
            uint8_t *byte = out + c * column + at;
            *byte = (uint8_t)((*byte & ~(3u << shift)) | (unsigned)(weight + 1) << shift);
        }
    }
    return TERN_OK;
}

int tern_unpack_columns(const uint8_t *packed, uint64_t rows, uint64_t cols, int8_t *out, uint64_t out_size)
{
    uint64_t size, column = n_blocks(rows) * LANE_BYTES;
    if (packed == NULL || out == NULL || tern_pack_columns_size(rows, cols, &size) != TERN_OK ||
        out_size < rows * cols) {
        return TERN_E_ARG;
    }
    for (uint64_t r = 0; r < rows; r++) {
        for (uint64_t c = 0; c < cols; c++) {
            uint64_t at = c * column + r / TERN_BLOCK_COLS * LANE_BYTES + r % LANE_BYTES;
            int code = packed[at] >> r % TERN_BLOCK_COLS / LANE_BYTES * 2 & 3;
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

/* ---- less than two bits: a lane of a tile holds one code of each of a few runs of 16 columns, as a number in base 3 ---- */

typedef struct {
    unsigned runs;
    unsigned n_numbers; /* 3 to the power of runs */
    uint64_t tile_bytes;
    unsigned (*get)(const uint8_t *tile, unsigned lane); /* n_numbers or more when it is none */
    void (*put)(uint8_t *tile, unsigned lane, unsigned number); /* over zeros */
} dense;

/* The five-bit index of lane 16 * r + i of a tile. */
static unsigned get_index(const uint8_t *tile, unsigned lane)
{
    unsigned r = lane / 16, i = lane % 16;
    return (tile[lane % 32] >> lane / 32 * 4 & 15u) | (tile[32 + i % 8] >> (2 * r + i / 8) & 1u) << 4;
}

static void put_index(uint8_t *tile, unsigned lane, unsigned index)
{
    unsigned r = lane / 16, i = lane % 16;
    tile[lane % 32] |= (uint8_t)((index & 15) << lane / 32 * 4);
    tile[32 + i % 8] |= (uint8_t)((index >> 4) << (2 * r + i / 8));
}

static unsigned to_byte(unsigned number)
{
    return (number * 256 + 242) / 243;
}

static unsigned get_byte(const uint8_t *tile, unsigned lane)
{
    unsigned number = tile[lane] * 243u / 256;
    return to_byte(number) == tile[lane] ? number : 243;
}

static void put_byte(uint8_t *tile, unsigned lane, unsigned number)
{
    tile[lane] = (uint8_t)to_byte(number);
}

static const dense five = {3, 27, TERN_T5_TILE, get_index, put_index};
static const dense eight = {5, 243, TERN_T8_TILE, get_byte, put_byte};

static uint64_t dense_blocks(const dense *d, uint64_t cols)
{
    uint64_t width = d->runs * 16;
    return cols / width + (cols % width != 0);
}

static int dense_size(const dense *d, uint64_t rows, uint64_t cols, uint64_t *size)
{
    uint64_t tiles, unpacked;
    if (size == NULL || rows == 0 || cols == 0 || __builtin_mul_overflow(rows, cols, &unpacked) ||
        __builtin_mul_overflow(n_groups(rows), dense_blocks(d, cols), &tiles) ||
        __builtin_mul_overflow(tiles, d->tile_bytes, size)) {
        return TERN_E_ARG;
    }
    return *size > SIZE_MAX / 2 || unpacked > SIZE_MAX / 2 ? TERN_E_ARG : TERN_OK;
}

static int dense_pack(const dense *d, const int8_t *ternary, uint64_t rows, uint64_t cols, uint8_t *out,
                      uint64_t out_size)
{
    uint64_t size, blocks = dense_blocks(d, cols);
    if (ternary == NULL || out == NULL || dense_size(d, rows, cols, &size) != TERN_OK || out_size < size) {
        return TERN_E_ARG;
    }
    memset(out, 0, (size_t)size);
    for (uint64_t r = 0; r < n_groups(rows) * TERN_GROUP_ROWS; r++) {
        for (uint64_t block = 0; block < blocks; block++) {
            uint8_t *tile = out + (r / TERN_GROUP_ROWS * blocks + block) * d->tile_bytes;
            for (unsigned i = 0; i < 16; i++) {
                unsigned number = 0;
                for (unsigned run = d->runs; run-- > 0;) { /* run 0 is the last digit */
                    uint64_t c = (block * d->runs + run) * 16 + i;
                    int weight = r < rows && c < cols ? ternary[r * cols + c] : 0;
                    if (weight < -1 || weight > 1) {
                        return TERN_E_ARG;
                    }
                    number = number * 3 + (c < cols ? (unsigned)(weight + 1) : 0);
                }
                d->put(tile, (unsigned)(r % TERN_GROUP_ROWS) * 16 + i, number);
            }
        }
    }
    return TERN_OK;
}

static int dense_unpack(const dense *d, const uint8_t *packed, uint64_t rows, uint64_t cols, int8_t *out,
                        uint64_t out_size)
{
    static const unsigned powers[5] = {1, 3, 9, 27, 81};
    uint64_t size, blocks = dense_blocks(d, cols), width = d->runs * 16;
    if (packed == NULL || out == NULL || dense_size(d, rows, cols, &size) != TERN_OK || out_size < rows * cols) {
        return TERN_E_ARG;
    }
    for (uint64_t r = 0; r < rows; r++) {
        for (uint64_t c = 0; c < cols; c++) {
            const uint8_t *tile = packed + (r / TERN_GROUP_ROWS * blocks + c / width) * d->tile_bytes;
            unsigned number = d->get(tile, (unsigned)(r % TERN_GROUP_ROWS * 16 + c % 16));
            if (number >= d->n_numbers) {
                return TERN_E_MODEL;
            }
            out[r * cols + c] = (int8_t)((int)(number / powers[c % width / 16] % 3) - 1);
        }
    }
    return TERN_OK;
}

int tern_pack5_size(uint64_t rows, uint64_t cols, uint64_t *size)
{
    return dense_size(&five, rows, cols, size);
}

int tern_pack5(const int8_t *ternary, uint64_t rows, uint64_t cols, uint8_t *out, uint64_t out_size)
{
    return dense_pack(&five, ternary, rows, cols, out, out_size);
}

int tern_unpack5(const uint8_t *packed, uint64_t rows, uint64_t cols, int8_t *out, uint64_t out_size)
{
    return dense_unpack(&five, packed, rows, cols, out, out_size);
}

int tern_pack8_size(uint64_t rows, uint64_t cols, uint64_t *size)
{
    return dense_size(&eight, rows, cols, size);
}

int tern_pack8(const int8_t *ternary, uint64_t rows, uint64_t cols, uint8_t *out, uint64_t out_size)
{
    return dense_pack(&eight, ternary, rows, cols, out, out_size);
}

int tern_unpack8(const uint8_t *packed, uint64_t rows, uint64_t cols, int8_t *out, uint64_t out_size)
{
    return dense_unpack(&eight, packed, rows, cols, out, out_size);
}

bool tern_packed8_codes_valid(const uint8_t *packed, size_t size)
{
    bool known[256] = {false}, all = true;
    for (unsigned number = 0; number < eight.n_numbers; number++) {
        known[to_byte(number)] = true;
    }
    for (size_t i = 0; i < size; i++) {
        all &= known[packed[i]];
    }
    return all && size % TERN_T8_TILE == 0;
}

/* An index is above 26 when its top bit is set and its nibble is above 10. Eight lanes at a time: a nibble plus 5 carries. */
bool tern_packed5_codes_valid(const uint8_t *packed, size_t size)
{
    const uint64_t ones = 0x0101010101010101;
    uint64_t broken = size % TERN_T5_TILE;
    for (; size >= TERN_T5_TILE; size -= TERN_T5_TILE, packed += TERN_T5_TILE) {
        uint64_t words[5]; /* four of nibbles, one of top bits */
        memcpy(words, packed, sizeof words);
        for (unsigned i = 0; i < 4; i++) {
            uint64_t lower = (words[i] & 15 * ones) + 5 * ones, upper = (words[i] >> 4 & 15 * ones) + 5 * ones;
            broken |= lower >> 4 & words[4] >> i & ones;
            broken |= upper >> 4 & words[4] >> (i + 4) & ones;
        }
    }
    return broken == 0;
}
