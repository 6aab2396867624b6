/* The packing: what PACKING.md says, there and back, and what must be refused. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "tern.h"

static void check_shape(size_t rows, size_t cols, test_random *random)
{
    uint64_t size = 0;
    CHECK_EQUAL(tern_pack_size(rows, cols, &size), TERN_OK);
    CHECK_EQUAL(size, (rows + 3) / 4 * ((cols + 63) / 64) * 64);
    int8_t *weights = malloc(rows * cols), *back = malloc(rows * cols);
    uint8_t *packed = malloc(size);
    for (size_t i = 0; i < rows * cols; i++) {
        weights[i] = (int8_t)((int)random_below(random, 3) - 1);
    }
    CHECK_EQUAL(tern_pack(weights, rows, cols, packed, size), TERN_OK);
    CHECK_EQUAL(tern_unpack(packed, rows, cols, back, rows * cols), TERN_OK);
    CHECK(memcmp(weights, back, rows * cols) == 0);

    size_t n_blocks = (cols + 63) / 64;
    int as_documented = 1, padded_with_zero = 1;
    for (size_t r = 0; r < (rows + 3) / 4 * 4; r++) {
        for (size_t c = 0; c < n_blocks * 64; c++) {
            size_t byte = ((r / 4) * n_blocks + c / 64) * 64 + (r % 4) * 16 + c % 16;
            int weight = (packed[byte] >> (2 * (c % 64 / 16)) & 3) - 1;
            if (r < rows && c < cols) {
                as_documented &= weight == weights[r * cols + c];
            } else {
                padded_with_zero &= weight == 0;
            }
        }
    }
    CHECK(as_documented);
    CHECK(padded_with_zero);

    CHECK_EQUAL(tern_pack(weights, rows, cols, packed, size - 1), TERN_E_ARG);
    CHECK_EQUAL(tern_unpack(packed, rows, cols, back, rows * cols - 1), TERN_E_ARG);
    weights[rows * cols - 1] = 2;
    CHECK_EQUAL(tern_pack(weights, rows, cols, packed, size), TERN_E_ARG);
    packed[0] |= 3;
    CHECK_EQUAL(tern_unpack(packed, rows, cols, back, rows * cols), TERN_E_MODEL);
    free(weights);
    free(back);
    free(packed);
}

static void check_shape_5(size_t rows, size_t cols, test_random *random)
{
    static const int powers[3] = {1, 3, 9};
    size_t n_blocks = (cols + 47) / 48;
    uint64_t size = 0;
    CHECK_EQUAL(tern_pack5_size(rows, cols, &size), TERN_OK);
    CHECK_EQUAL(size, (rows + 3) / 4 * n_blocks * 40);
    int8_t *weights = malloc(rows * cols), *back = malloc(rows * cols);
    uint8_t *packed = malloc(size);
    for (size_t i = 0; i < rows * cols; i++) {
        weights[i] = (int8_t)((int)random_below(random, 3) - 1);
    }
    CHECK_EQUAL(tern_pack5(weights, rows, cols, packed, size), TERN_OK);
    CHECK_EQUAL(tern_unpack5(packed, rows, cols, back, rows * cols), TERN_OK);
    CHECK(memcmp(weights, back, rows * cols) == 0);
    CHECK_EQUAL(tern_check_content(TERN_T5, packed, size), TERN_OK);
    CHECK_EQUAL(tern_check_content(TERN_T5, packed, size - 1), TERN_E_MODEL);

    int as_documented = 1;
    for (size_t r = 0; r < (rows + 3) / 4 * 4; r++) {
        for (size_t c = 0; c < n_blocks * 48; c++) {
            const uint8_t *tile = packed + ((r / 4) * n_blocks + c / 48) * 40;
            size_t lane = r % 4 * 16 + c % 16;
            int index = (tile[lane % 32] >> (lane < 32 ? 0 : 4) & 15) +
                        16 * (tile[32 + c % 8] >> (2 * (r % 4) + c % 16 / 8) & 1);
            int code = index / powers[c % 48 / 16] % 3;
            as_documented &= c >= cols ? code == 0 : code == 1 + (r < rows ? weights[r * cols + c] : 0);
        }
    }
    CHECK(as_documented);

    CHECK_EQUAL(tern_pack5(weights, rows, cols, packed, size - 1), TERN_E_ARG);
    CHECK_EQUAL(tern_unpack5(packed, rows, cols, back, rows * cols - 1), TERN_E_ARG);
    for (size_t lane = 0; lane < 64; lane++) { /* index 27 everywhere, one after the other */
        uint8_t *tile = packed + size - 40, kept[40];
        memcpy(kept, tile, sizeof kept);
        unsigned shift = lane < 32 ? 0 : 4;
        tile[lane % 32] = (uint8_t)((tile[lane % 32] & ~(15u << shift)) | 11u << shift);
        tile[32 + lane % 8] |= (uint8_t)(1u << (2 * (lane / 16) + lane % 16 / 8));
        CHECK_EQUAL(tern_check_content(TERN_T5, packed, size), TERN_E_MODEL);
        memcpy(tile, kept, sizeof kept);
    }
    CHECK_EQUAL(tern_check_content(TERN_T5, packed, size), TERN_OK);
    packed[0] = 0xff;
    packed[32] = 0xff;
    CHECK_EQUAL(tern_unpack5(packed, rows, cols, back, rows * cols), TERN_E_MODEL);
    weights[rows * cols - 1] = 2;
    CHECK_EQUAL(tern_pack5(weights, rows, cols, packed, size), TERN_E_ARG);
    free(weights);
    free(back);
    free(packed);
}

static void check_shape_8(size_t rows, size_t cols, test_random *random)
{
    static const int powers[5] = {1, 3, 9, 27, 81};
    size_t n_blocks = (cols + 79) / 80;
    uint64_t size = 0;
    CHECK_EQUAL(tern_pack8_size(rows, cols, &size), TERN_OK);
    CHECK_EQUAL(size, (rows + 3) / 4 * n_blocks * 64);
    int8_t *weights = malloc(rows * cols), *back = malloc(rows * cols);
    uint8_t *packed = malloc(size);
    for (size_t i = 0; i < rows * cols; i++) {
        weights[i] = (int8_t)((int)random_below(random, 3) - 1);
    }
    CHECK_EQUAL(tern_pack8(weights, rows, cols, packed, size), TERN_OK);
    CHECK_EQUAL(tern_unpack8(packed, rows, cols, back, rows * cols), TERN_OK);
    CHECK(memcmp(weights, back, rows * cols) == 0);
    CHECK_EQUAL(tern_check_content(TERN_T8, packed, size), TERN_OK);
    CHECK_EQUAL(tern_check_content(TERN_T8, packed, size - 1), TERN_E_MODEL);
    int as_documented = 1;
    for (size_t r = 0; r < (rows + 3) / 4 * 4; r++) {
        for (size_t c = 0; c < n_blocks * 80; c++) {
            int byte = packed[((r / 4) * n_blocks + c / 80) * 64 + r % 4 * 16 + c % 16];
            int code = byte * 243 / 256 / powers[c % 80 / 16] % 3;
            as_documented &= c >= cols ? code == 0 : code == 1 + (r < rows ? weights[r * cols + c] : 0);
        }
    }
    CHECK(as_documented);
    CHECK_EQUAL(tern_pack8(weights, rows, cols, packed, size - 1), TERN_E_ARG);
    CHECK_EQUAL(tern_unpack8(packed, rows, cols, back, rows * cols - 1), TERN_E_ARG);
    int n_valid = 0;
    for (int byte = 0; byte < 256; byte++) {
        packed[0] = (uint8_t)byte;
        int valid = tern_check_content(TERN_T8, packed, size) == TERN_OK;
        CHECK_EQUAL(tern_unpack8(packed, rows, cols, back, rows * cols), valid ? TERN_OK : TERN_E_MODEL);
        n_valid += valid;
    }
    CHECK_EQUAL(n_valid, 243);
    weights[rows * cols - 1] = 2;
    CHECK_EQUAL(tern_pack8(weights, rows, cols, packed, size), TERN_E_ARG);
    free(weights);
    free(back);
    free(packed);
}

static void test_pack_8(void)
{
    test_random random = {8};
    static const size_t sizes[] = {1, 4, 5, 16, 17, 79, 80, 81, 170};
    for (size_t i = 0; i < 81; i++) {
        check_shape_8(sizes[i / 9], sizes[i % 9], &random);
    }
    uint64_t size;
    CHECK_EQUAL(tern_pack8_size(0, 1, &size), TERN_E_ARG);
    CHECK_EQUAL(tern_pack8_size(1, 1, NULL), TERN_E_ARG);
    CHECK_EQUAL(tern_pack8_size(UINT64_MAX, UINT64_MAX, &size), TERN_E_ARG);
    CHECK_EQUAL(tern_pack8(NULL, 1, 1, NULL, 64), TERN_E_ARG);
    CHECK_EQUAL(tern_unpack8(NULL, 1, 1, NULL, 1), TERN_E_ARG);
}

static void check_shape_1(size_t rows, size_t cols, test_random *random)
{
    size_t n_blocks = (cols + 127) / 128;
    uint64_t size = 0;
    CHECK_EQUAL(tern_pack1_size(rows, cols, &size), TERN_OK);
    CHECK_EQUAL(size, (rows + 3) / 4 * n_blocks * 64);
    int8_t *weights = malloc(rows * cols), *back = malloc(rows * cols);
    uint8_t *packed = malloc(size);
    for (size_t i = 0; i < rows * cols; i++) {
        weights[i] = random_below(random, 2) ? 1 : -1;
    }
    CHECK_EQUAL(tern_pack1(weights, rows, cols, packed, size), TERN_OK);
    CHECK_EQUAL(tern_unpack1(packed, rows, cols, back, rows * cols), TERN_OK);
    CHECK(memcmp(weights, back, rows * cols) == 0);
    CHECK_EQUAL(tern_check_content(TERN_T1, packed, size), TERN_OK);
    int as_documented = 1;
    for (size_t r = 0; r < (rows + 3) / 4 * 4; r++) {
        for (size_t c = 0; c < n_blocks * 128; c++) {
            int bit = packed[((r / 4) * n_blocks + c / 128) * 64 + r % 4 * 16 + c % 16] >> c % 128 / 16 & 1;
            as_documented &= bit == (r < rows && c < cols && weights[r * cols + c] > 0);
        }
    }
    CHECK(as_documented);
    CHECK_EQUAL(tern_pack1(weights, rows, cols, packed, size - 1), TERN_E_ARG);
    CHECK_EQUAL(tern_unpack1(packed, rows, cols, back, rows * cols - 1), TERN_E_ARG);
    static const int8_t wrong[] = {0, 2, -2};
    for (size_t i = 0; i < sizeof wrong; i++) {
        weights[rows * cols - 1] = wrong[i];
        CHECK_EQUAL(tern_pack1(weights, rows, cols, packed, size), TERN_E_ARG);
    }
    free(weights);
    free(back);
    free(packed);
}

static void test_pack_1(void)
{
    test_random random = {11};
    static const size_t sizes[] = {1, 4, 5, 16, 17, 127, 128, 129, 300};
    for (size_t i = 0; i < 81; i++) {
        check_shape_1(sizes[i / 9], sizes[i % 9], &random);
    }
    uint64_t size;
    CHECK_EQUAL(tern_pack1_size(0, 1, &size), TERN_E_ARG);
    CHECK_EQUAL(tern_pack1_size(1, 0, &size), TERN_E_ARG);
    CHECK_EQUAL(tern_pack1_size(1, 1, NULL), TERN_E_ARG);
    CHECK_EQUAL(tern_pack1_size(UINT64_MAX, UINT64_MAX, &size), TERN_E_ARG);
    CHECK_EQUAL(tern_pack1_size((uint64_t)1 << 32, (uint64_t)1 << 32, &size), TERN_E_ARG);
    CHECK_EQUAL(tern_pack1(NULL, 1, 1, NULL, 64), TERN_E_ARG);
    CHECK_EQUAL(tern_unpack1(NULL, 1, 1, NULL, 1), TERN_E_ARG);
}

static void test_pack_5(void)
{
    test_random random = {5};
    static const size_t sizes[] = {1, 2, 4, 5, 15, 16, 17, 47, 48, 49, 96, 130};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (size_t j = 0; j < sizeof sizes / sizeof sizes[0]; j++) {
            check_shape_5(sizes[i], sizes[j], &random);
        }
    }
    uint64_t size;
    CHECK_EQUAL(tern_pack5_size(0, 1, &size), TERN_E_ARG);
    CHECK_EQUAL(tern_pack5_size(1, 0, &size), TERN_E_ARG);
    CHECK_EQUAL(tern_pack5_size(1, 1, NULL), TERN_E_ARG);
    CHECK_EQUAL(tern_pack5_size(UINT64_MAX, UINT64_MAX, &size), TERN_E_ARG);
    CHECK_EQUAL(tern_pack5_size((uint64_t)1 << 40, (uint64_t)1 << 40, &size), TERN_E_ARG);
    int8_t weight = 0;
    uint8_t packed[40];
    CHECK_EQUAL(tern_pack5(NULL, 1, 1, packed, 40), TERN_E_ARG);
    CHECK_EQUAL(tern_pack5(&weight, 1, 1, NULL, 40), TERN_E_ARG);
    CHECK_EQUAL(tern_unpack5(NULL, 1, 1, &weight, 1), TERN_E_ARG);
    CHECK_EQUAL(tern_unpack5(packed, 1, 1, NULL, 1), TERN_E_ARG);
}

void test_pack(void)
{
    test_pack_1();
    test_pack_5();
    test_pack_8();
    test_random random = {1};
    static const size_t sizes[] = {1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 130};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (size_t j = 0; j < sizeof sizes / sizeof sizes[0]; j++) {
            check_shape(sizes[i], sizes[j], &random);
        }
    }
    uint64_t size;
    CHECK_EQUAL(tern_pack_size(0, 1, &size), TERN_E_ARG);
    CHECK_EQUAL(tern_pack_size(1, 0, &size), TERN_E_ARG);
    CHECK_EQUAL(tern_pack_size(1, 1, NULL), TERN_E_ARG);
    CHECK_EQUAL(tern_pack_size(UINT64_MAX, UINT64_MAX, &size), TERN_E_ARG);
    CHECK_EQUAL(tern_pack_size(UINT64_MAX, 1, &size), TERN_E_ARG);
    CHECK_EQUAL(tern_pack_size(1, UINT64_MAX, &size), TERN_E_ARG);
    CHECK_EQUAL(tern_pack_size((uint64_t)1 << 40, (uint64_t)1 << 40, &size), TERN_E_ARG);
    int8_t weight = 0;
    uint8_t packed[64];
    CHECK_EQUAL(tern_pack(NULL, 1, 1, packed, 64), TERN_E_ARG);
    CHECK_EQUAL(tern_pack(&weight, 1, 1, NULL, 64), TERN_E_ARG);
    CHECK_EQUAL(tern_unpack(NULL, 1, 1, &weight, 1), TERN_E_ARG);
    CHECK_EQUAL(tern_unpack(packed, 1, 1, NULL, 1), TERN_E_ARG);
}
