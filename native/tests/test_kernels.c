/* Every table of kernels against the reference, bit for bit, and the reference against plain arithmetic. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "model.h"

enum { MOST_TOKENS = 11 };

/* Ways to fill weights and activations. */
enum { RANDOM, MOST, LEAST, MIXED_EXTREMES, N_FILLS };

static int8_t choose(test_random *random, int fill, int least, int most)
{
    switch (fill) {
    case MOST:
        return (int8_t)most;
    case LEAST:
        return (int8_t)least;
    case MIXED_EXTREMES:
        return (int8_t)(random_below(random, 2) ? most : least);
    default:
        return (int8_t)((int)random_below(random, (size_t)(most - least + 1)) + least);
    }
}

typedef struct {
    size_t rows, cols, n_blocks, n_groups, out_stride;
    int8_t *weights;
    uint8_t *packed, *packed5, *packed8;
    tern_activations activations;
    int8_t *codes;
    float inverse[MOST_TOKENS];
    int32_t code_sum[MOST_TOKENS];
    float *wanted, *got;
} product;

static void make_product(product *p, size_t rows, size_t cols, size_t n_tokens, int weights, int codes,
                         test_random *random)
{
    uint64_t size = 0;
    tern_pack_size(rows, cols, &size);
    *p = (product){.rows = rows, .cols = cols, .n_blocks = (cols + 63) / 64, .n_groups = (rows + 3) / 4};
    p->out_stride = p->n_groups * 4 + 3;
    p->weights = malloc(rows * cols);
    p->packed = malloc(size);
    uint64_t size5 = 0;
    tern_pack5_size(rows, cols, &size5);
    p->packed5 = malloc(size5);
    uint64_t size8 = 0;
    tern_pack8_size(rows, cols, &size8);
    p->packed8 = malloc(size8);
    p->codes = malloc(n_tokens * p->n_blocks * 64 + TERN_T8_COLS);
    memset(p->codes, 0, n_tokens * p->n_blocks * 64);
    memset(p->codes + n_tokens * p->n_blocks * 64, 0x5b, TERN_T8_COLS); /* read, but of no effect */
    p->wanted = malloc(n_tokens * p->out_stride * sizeof(float));
    p->got = malloc(n_tokens * p->out_stride * sizeof(float));
    for (size_t i = 0; i < rows * cols; i++) {
        p->weights[i] = choose(random, weights, -1, 1);
    }
    tern_pack(p->weights, rows, cols, p->packed, size);
    tern_pack5(p->weights, rows, cols, p->packed5, size5);
    tern_pack8(p->weights, rows, cols, p->packed8, size8);
    for (size_t t = 0; t < n_tokens; t++) {
        p->inverse[t] = t % 2 ? 1.0f : 0.37f;
        for (size_t c = 0; c < cols; c++) {
            int8_t code = choose(random, codes, -128, 127);
            p->codes[t * p->n_blocks * 64 + c] = code;
            p->code_sum[t] += code;
        }
    }
    p->activations = (tern_activations){p->codes, p->n_blocks * 64, p->inverse, p->code_sum, 1, n_tokens};
}

static void free_product(product *p)
{
    free(p->weights);
    free(p->packed);
    free(p->packed5);
    free(p->packed8);
    free(p->codes);
    free(p->wanted);
    free(p->got);
}

static void multiply_plainly(const product *p, float weight_scale)
{
    for (size_t t = 0; t < p->activations.n_tokens; t++) {
        for (size_t r = 0; r < p->rows; r++) {
            int64_t dot = 0;
            for (size_t c = 0; c < p->cols; c++) {
                dot += p->weights[r * p->cols + c] * p->codes[t * p->activations.stride + c];
            }
            p->wanted[t * p->out_stride + r] = (float)dot * (p->inverse[t] * weight_scale);
        }
    }
}

static void check_product(const tern_kernels *kernels, product *p, float weight_scale, int packing)
{
    memset(p->got, 0x7f, p->activations.n_tokens * p->out_stride * sizeof(float));
    if (packing == 8) {
        kernels->matmul_t8_i8(p->got, p->out_stride, p->packed8, p->n_groups, (p->cols + 79) / 80, &p->activations,
                              weight_scale);
    } else if (packing == 5) {
        kernels->matmul_t5_i8(p->got, p->out_stride, p->packed5, p->n_groups, (p->cols + 47) / 48, &p->activations,
                              weight_scale);
    } else {
        kernels->matmul_t2_i8(p->got, p->out_stride, p->packed, p->n_groups, p->n_blocks, &p->activations,
                              weight_scale);
    }
    int equal = 1, untouched = 1;
    for (size_t t = 0; t < p->activations.n_tokens; t++) {
        float *got = p->got + t * p->out_stride;
        equal &= memcmp(got, p->wanted + t * p->out_stride, p->rows * sizeof(float)) == 0;
        for (size_t i = 0; i < 3; i++) {
            uint32_t guard;
            memcpy(&guard, got + p->n_groups * 4 + i, 4);
            untouched &= guard == 0x7f7f7f7f;
        }
    }
    check_that(equal, __FILE__, __LINE__, "%s, T%d: %zu x %zu times %zu tokens differs", kernels->name,
               packing, p->rows, p->cols, p->activations.n_tokens);
    check_that(untouched, __FILE__, __LINE__, "%s: %zu x %zu wrote past its rows", kernels->name, p->rows, p->cols);
}

static void check_shape(size_t rows, size_t cols, size_t n_tokens, int weights, int codes, test_random *random)
{
    uint32_t masks[TEST_MASKS];
    size_t n_masks = test_masks(masks);
    product p;
    make_product(&p, rows, cols, n_tokens, weights, codes, random);
    float weight_scale = weights == RANDOM ? 0.011f : 1.0f;
    multiply_plainly(&p, weight_scale);
    for (size_t i = 0; i < n_masks; i++) {
        check_product(tern_choose_kernels(masks[i]), &p, weight_scale, 2);
        check_product(tern_choose_kernels(masks[i]), &p, weight_scale, 5);
        check_product(tern_choose_kernels(masks[i]), &p, weight_scale, 8);
    }
    free_product(&p);
}

static void test_matmul(void)
{
    test_random random = {2};
    static const size_t cols[] = {1, 2, 31, 63, 64, 65, 127, 192, 256, 640, 1000, 1023, 1024, 1025};
    for (size_t i = 0; i < sizeof cols / sizeof cols[0]; i++) {
        for (size_t rows = 1; rows <= 13; rows += 3) {
            check_shape(rows, cols[i], 1 + random_below(&random, MOST_TOKENS), RANDOM, RANDOM, &random);
        }
    }
    for (size_t n_tokens = 1; n_tokens <= MOST_TOKENS; n_tokens++) {
        check_shape(21, 200, n_tokens, RANDOM, RANDOM, &random);
    }
    static const size_t longest[] = {2560, 6912, 8640, 16384};
    for (size_t i = 0; i < sizeof longest / sizeof longest[0]; i++) {
        for (int weights = 0; weights < N_FILLS; weights++) {
            for (int codes = 0; codes < N_FILLS; codes++) {
                check_shape(9, longest[i], 5, weights, codes, &random);
            }
        }
    }
    check_shape(4, TERN_MAX_COLS, 1, MOST, LEAST, &random);
    check_shape(4, TERN_MAX_COLS, 4, LEAST, LEAST, &random);
}

/* ---- the product with a scale for each group of columns ---- */

/* As T2, or as T1 with weights that are not 0. */
static void check_grouped(size_t rows, size_t cols, size_t n_tokens, size_t blocks_per_scale, int binary,
                          test_random *random)
{
    uint32_t masks[TEST_MASKS];
    size_t n_masks = test_masks(masks);
    product p;
    make_product(&p, rows, cols, n_tokens, binary ? MIXED_EXTREMES : RANDOM, RANDOM, random);
    uint64_t size1 = 0;
    CHECK_EQUAL(tern_pack1_size(rows, cols, &size1), TERN_OK);
    uint8_t *packed1 = malloc(size1);
    CHECK(!binary || tern_pack1(p.weights, rows, cols, packed1, size1) == TERN_OK);
    size_t n_scales = (p.n_blocks + blocks_per_scale - 1) / blocks_per_scale, stride = p.n_blocks * 64;
    uint8_t *scales = malloc(p.n_groups * n_scales * 8 + 1);
    float *inverse = malloc(n_tokens * n_scales * sizeof *inverse);
    int32_t *code_sum = calloc(n_tokens * n_scales, sizeof *code_sum);
    for (size_t i = 0; i < p.n_groups * n_scales * 4; i++) {
        float x = 0.1f * random_float(random);
        uint16_t half;
        tern_kernels_ref.store_f16(&half, &x, 1);
        memcpy(scales + 1 + i * 2, &half, 2); /* at any address */
    }
    for (size_t i = 0; i < n_tokens * n_scales; i++) {
        inverse[i] = 0.01f + 0.1f * fabsf(random_float(random));
        for (size_t c = 0; c < 64 * blocks_per_scale; c++) {
            size_t at = i % n_scales * 64 * blocks_per_scale + c;
            code_sum[i] += at < stride ? p.codes[i / n_scales * stride + at] : 0;
        }
    }
    p.activations = (tern_activations){p.codes, stride, inverse, code_sum, n_scales, n_tokens};
    for (size_t t = 0; t < n_tokens; t++) {
        for (size_t r = 0; r < rows; r++) {
            float sum = 0;
            for (size_t g = 0; g < n_scales; g++) {
                int32_t dot = 0;
                for (size_t c = g * 64 * blocks_per_scale; c < (g + 1) * 64 * blocks_per_scale && c < cols; c++) {
                    dot += p.weights[r * cols + c] * p.codes[t * stride + c];
                }
                uint16_t half;
                float one = 1.0f;
                memcpy(&half, scales + 1 + ((r / 4 * n_scales + g) * 4 + r % 4) * 2, 2);
                sum += (float)dot * (inverse[t * n_scales + g] * tern_kernels_ref.dot_f16(&one, &half, 1));
            }
            p.wanted[t * p.out_stride + r] = sum;
        }
    }
    for (size_t m = 0; m < n_masks; m++) {
        const tern_kernels *k = tern_choose_kernels(masks[m]);
        memset(p.got, 0x7f, n_tokens * p.out_stride * sizeof(float));
        if (binary) {
            k->matmul_t1_grouped(p.got, p.out_stride, packed1, scales + 1, p.n_groups, (cols + 127) / 128,
                                 blocks_per_scale / 2, &p.activations);
        } else {
            k->matmul_t2_grouped(p.got, p.out_stride, p.packed, scales + 1, p.n_groups, p.n_blocks, blocks_per_scale,
                                 &p.activations);
        }
        for (size_t t = 0; t < n_tokens; t++) {
            uint32_t guard;
            const float *got = p.got + t * p.out_stride;
            check_that(memcmp(got, p.wanted + t * p.out_stride, rows * sizeof(float)) == 0, __FILE__, __LINE__,
                       "%s: grouped T%d, %zu x %zu, %zu blocks a scale, token %zu of %zu differs", k->name,
                       binary ? 1 : 2, rows, cols, blocks_per_scale, t, n_tokens);
            memcpy(&guard, got + p.n_groups * 4, 4);
            CHECK(guard == 0x7f7f7f7f);
        }
    }
    free(packed1);
    free(scales);
    free(inverse);
    free(code_sum);
    free_product(&p);
}

static void test_grouped(void)
{
    test_random random = {12};
    static const size_t cols[] = {1, 63, 64, 65, 128, 130, 200, 256, 300, 1000};
    for (size_t i = 0; i < sizeof cols / sizeof cols[0]; i++) {
        for (size_t blocks = 1; blocks <= 4; blocks *= 2) {
            size_t rows = 5 + random_below(&random, 8), n_tokens = 1 + random_below(&random, 9);
            check_grouped(rows, cols[i], n_tokens, blocks, 0, &random);
            if (blocks > 1) {
                check_grouped(rows, cols[i], n_tokens, blocks, 1, &random);
            }
        }
    }
}

/* ---- float kernels ---- */

enum { LONGEST = 700 };

typedef struct {
    float x[LONGEST], y[LONGEST], out[LONGEST];
    uint16_t halves[LONGEST];
    int8_t codes[LONGEST + 64];
} floats;

static void fill(floats *f, test_random *random)
{
    for (size_t i = 0; i < LONGEST; i++) {
        f->x[i] = 3.0f * random_float(random);
        f->y[i] = 3.0f * random_float(random);
        f->codes[i] = (int8_t)random_bits(random);
    }
    tern_kernels_ref.store_f16(f->halves, f->y, LONGEST);
}

static int same_bits(float a, float b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static void check_dots(const tern_kernels *k, const floats *f, size_t n)
{
    const tern_kernels *ref = &tern_kernels_ref;
    CHECK(same_bits(k->dot_f32(f->x, f->y, n), ref->dot_f32(f->x, f->y, n)));
    CHECK(same_bits(k->dot_f16(f->x, f->halves, n), ref->dot_f16(f->x, f->halves, n)));
    CHECK(same_bits(k->dot_i8(f->x, f->codes, n), ref->dot_i8(f->x, f->codes, n)));
    if (n < LONGEST) {
        uint8_t shifted[LONGEST * 2 + 1]; /* rows may lie at any address */
        memcpy(shifted + 1, f->halves, n * 2);
        CHECK(same_bits(k->dot_f16(f->x, shifted + 1, n), ref->dot_f16(f->x, f->halves, n)));
        CHECK(same_bits(k->dot_bf16(f->x, shifted + 1, n), ref->dot_bf16(f->x, f->halves, n)));
    }
    double exact = 0, exact_i8 = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        exact += (double)f->x[i] * (double)f->y[i];
        exact_i8 += (double)f->x[i] * f->codes[i];
        size += fabs((double)f->x[i]);
    }
    CHECK(fabs((double)k->dot_f32(f->x, f->y, n) - exact) <= 1e-6 * 3 * size);
    CHECK(fabs((double)k->dot_f16(f->x, f->halves, n) - exact) <= 1e-3 * 3 * size);
    CHECK(fabs((double)k->dot_i8(f->x, f->codes, n) - exact_i8) <= 1e-6 * 128 * size);
}

/* Rows of the largest numbers there are, or of any, against whole numbers. */
static void check_i4(const tern_kernels *k, size_t n_blocks, int extreme, test_random *random)
{
    enum { ROWS = 6 /* kernels take some at once and what is left one by one */ };
    size_t n = n_blocks * TERN_I4_COLS, row_bytes = n_blocks * TERN_I4_BLOCK;
    uint8_t *rows = malloc(ROWS * row_bytes + 1);
    float *x = malloc(n * sizeof *x), out[ROWS];
    void *memory = malloc(tern_fine_size(n));
    if (rows == NULL || x == NULL || memory == NULL) {
        CHECK(!"memory");
        return;
    }
    rows++; /* they may lie at any address */
    for (size_t i = 0; i < n; i++) {
        x[i] = extreme ? (extreme == 1 ? 1.0f : -1.0f) : 3.0f * random_float(random);
    }
    for (size_t i = 0; i < ROWS * row_bytes; i++) {
        int is_scale = i % TERN_I4_BLOCK >= TERN_I4_COLS / 2;
        rows[i] = (uint8_t)(extreme ? (is_scale ? 0x80 : 0) : (int)random_bits(random));
    }
    tern_fine fine = tern_fine_of(x, n, memory);
    for (size_t i = 0; i < n; i++) {
        CHECK(fabs((double)(128 * fine.upper[i] + fine.lower[i]) * (double)fine.inverse - (double)x[i]) <= 3.1 / 32512);
    }
    k->dots_i4(out, &fine, rows, n_blocks, ROWS);
    for (size_t row = 0; row < ROWS; row++) {
        int64_t exact = 0;
        for (size_t i = 0; i < n; i++) {
            const uint8_t *block = rows + row * row_bytes + i / 128 * 68;
            int code = (block[i % 64] >> i % 128 / 64 * 4 & 15) - 8;
            exact += (int64_t)(128 * fine.upper[i] + fine.lower[i]) * code * (int8_t)block[64 + i % 64 / 16];
        }
        CHECK(same_bits(out[row], (float)exact));
    }
    free(rows - 1);
    free(x);
    free(memory);
}

static void check_elementwise(const tern_kernels *k, const floats *f, size_t n)
{
    const tern_kernels *ref = &tern_kernels_ref;
    float a[LONGEST], b[LONGEST];
    k->rms_norm(a, f->x, f->y, n, 1e-5f);
    ref->rms_norm(b, f->x, f->y, n, 1e-5f);
    CHECK(memcmp(a, b, n * sizeof *a) == 0);
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        squares += (double)f->x[i] * (double)f->x[i];
    }
    double r = 1.0 / sqrt(squares / (double)n + 1e-5);
    for (size_t i = 0; i < n; i++) {
        CHECK(fabs((double)a[i] - (double)f->y[i] * (double)f->x[i] * r) < 1e-5);
    }

    memcpy(a, f->x, sizeof a);
    memcpy(b, f->x, sizeof b);
    k->gate_relu2(a, f->y, n);
    ref->gate_relu2(b, f->y, n);
    CHECK(memcmp(a, b, n * sizeof *a) == 0);
    for (size_t i = 0; i < n; i++) {
        CHECK(same_bits(a[i], f->x[i] > 0 ? f->x[i] * f->x[i] * f->y[i] : 0.0f));
    }

    memcpy(a, f->x, sizeof a);
    memcpy(b, f->x, sizeof b);
    a[0] = b[0] = 200.0f; /* where e^x ends */
    a[n - 1] = b[n - 1] = -200.0f;
    k->gate_silu(a, f->y, n);
    ref->gate_silu(b, f->y, n);
    CHECK(memcmp(a, b, n * sizeof *a) == 0);
    for (size_t i = 1; i + 1 < n; i++) {
        double g = (double)f->x[i];
        CHECK(fabs((double)a[i] - g / (1 + exp(-g)) * (double)f->y[i]) < 3e-6);
    }

    size_t half = n / 2;
    memcpy(a, f->x, sizeof a);
    memcpy(b, f->x, sizeof b);
    k->rope(a, f->y, f->y + half, half);
    ref->rope(b, f->y, f->y + half, half);
    CHECK(memcmp(a, b, sizeof a) == 0);
}

static void check_quantize(const tern_kernels *k, const float *x, size_t n)
{
    int8_t a[LONGEST + 64], b[LONGEST + 64];
    memset(a, 1, sizeof a);
    memset(b, 1, sizeof b);
    size_t n_padded = (n + 63) / 64 * 64;
    float inverse_a, inverse_b;
    int32_t sum_a, sum_b, sum = 0;
    k->quantize(a, n_padded, x, n, &inverse_a, &sum_a);
    tern_kernels_ref.quantize(b, n_padded, x, n, &inverse_b, &sum_b);
    CHECK(memcmp(a, b, n_padded) == 0);
    CHECK_EQUAL(sum_a, sum_b);
    float largest = 0;
    int finite = 1;
    for (size_t i = 0; i < n; i++) {
        sum += a[i];
        finite &= isfinite(x[i]) != 0;
        largest = fabsf(x[i]) > largest ? fabsf(x[i]) : largest;
    }
    CHECK_EQUAL(sum_a, sum);
    for (size_t i = n; i < n_padded; i++) {
        CHECK_EQUAL(a[i], 0);
    }
    if (!finite) {
        return;
    }
    CHECK(same_bits(inverse_a, inverse_b));
    float scale = 127.0f / (largest > 1e-5f ? largest : 1e-5f);
    for (size_t i = 0; i < n; i++) {
        float rounded = rintf(x[i] * scale); /* half to even in the default mode */
        rounded = rounded > 127 ? 127 : rounded < -128 ? -128 : rounded;
        CHECK_EQUAL(a[i], (int)rounded);
    }
}

static void check_quantize_edges(const tern_kernels *k)
{
    float x[130] = {0};
    check_quantize(k, x, 130);
    x[0] = 127.0f;
    for (int i = 1; i < 130; i++) {
        x[i] = (float)(i - 65) + 0.5f; /* every tie */
    }
    check_quantize(k, x, 130);
    x[5] = 1e-30f;
    x[6] = -1e-45f;
    check_quantize(k, x, 70);
    float tiny[3] = {1e-6f, -2e-6f, 5e-6f};
    check_quantize(k, tiny, 3);
    float huge[3] = {3e38f, -3e38f, 1e38f};
    check_quantize(k, huge, 3);
    float broken[4] = {NAN, 1.0f, -INFINITY, INFINITY};
    check_quantize(k, broken, 4);
    check_quantize(k, broken + 2, 2);
}

/* All halves that are finite survive loading and storing; stores round as the nearest half does. */
static void check_f16(const tern_kernels *k, test_random *random)
{
    const float one[1] = {1.0f};
    int there_and_back = 1, like_reference = 1;
    for (uint32_t half = 0; half < 0x10000; half++) {
        if ((half & 0x7c00) == 0x7c00 || half == 0x8000) {
            continue; /* infinities and NaN are never stored; -0 times 1 plus 0 is 0 */
        }
        uint16_t in = (uint16_t)half, out;
        float value = k->dot_f16(one, &in, 1);
        k->store_f16(&out, &value, 1);
        there_and_back &= in == out;
    }
    CHECK(there_and_back);
    for (int i = 0; i < 20000; i++) {
        uint32_t bits = (uint32_t)random_bits(random);
        float x;
        memcpy(&x, &bits, 4);
        uint16_t a, b;
        k->store_f16(&a, &x, 1);
        tern_kernels_ref.store_f16(&b, &x, 1);
        like_reference &= a == b && (a & 0x7c00) != 0x7c00;
        if (isfinite(x) && fabsf(x) < 65504.0f) {
            float error = fabsf(k->dot_f16(one, &a, 1) - x);
            like_reference &= error <= fabsf(x) * 0x1p-11f || error <= 0x1p-25f;
        }
    }
    CHECK(like_reference);
}

static void check_attend(const tern_kernels *k, test_random *random, size_t head_dim, size_t n)
{
    enum { LARGEST = 96 };
    float query[LARGEST], out[LARGEST], ref[LARGEST], scratch[LARGEST], row[LARGEST], key_scales[LARGEST],
        value_scales[LARGEST];
    static uint16_t keys[LARGEST * LARGEST], values[LARGEST * LARGEST];
    static int8_t keys8[LARGEST * LARGEST], values8[LARGEST * LARGEST];
    double exact[LARGEST] = {0}, total = 0;
    for (size_t d = 0; d < head_dim; d++) {
        query[d] = 2 * random_float(random);
    }
    float scale = 1.0f / sqrtf((float)head_dim);
    for (size_t p = 0; p < n; p++) {
        double score = 0;
        for (size_t d = 0; d < head_dim; d++) {
            row[d] = 2 * random_float(random);
            score += (double)row[d] * (double)query[d];
        }
        k->store_f16(keys + p * head_dim, row, head_dim);
        key_scales[p] = k->store_i8(keys8 + p * head_dim, row, head_dim);
        double weight = exp(score * (double)scale);
        total += weight;
        for (size_t d = 0; d < head_dim; d++) {
            row[d] = 2 * random_float(random);
            exact[d] += weight * (double)row[d];
        }
        k->store_f16(values + p * head_dim, row, head_dim);
        value_scales[p] = k->store_i8(values8 + p * head_dim, row, head_dim);
    }
    tern_cached k16 = {keys, NULL}, v16 = {values, NULL}, k8 = {keys8, key_scales}, v8 = {values8, value_scales};
    k->attend_f16(out, query, k16, v16, n, head_dim, scale, scratch);
    tern_kernels_ref.attend_f16(ref, query, k16, v16, n, head_dim, scale, scratch);
    CHECK(memcmp(out, ref, head_dim * sizeof *out) == 0);
    for (size_t d = 0; d < head_dim; d++) {
        CHECK(fabs((double)out[d] - exact[d] / total) < 5e-3);
    }
    k->attend_i8(out, query, k8, v8, n, head_dim, scale, scratch);
    tern_kernels_ref.attend_i8(ref, query, k8, v8, n, head_dim, scale, scratch);
    CHECK(memcmp(out, ref, head_dim * sizeof *out) == 0);
    for (size_t d = 0; d < head_dim; d++) {
        CHECK(fabs((double)out[d] - exact[d] / total) < 5e-2);
    }
}

static void check_store_i8(const tern_kernels *k)
{
    int8_t codes[4];
    const float zeros[4] = {0}, broken[4] = {1, NAN, 2, 3}, infinite[4] = {1, INFINITY, 2, 3};
    CHECK(same_bits(k->store_i8(codes, zeros, 4), 0.0f));
    CHECK(codes[0] == 0 && codes[3] == 0);
    CHECK(same_bits(k->store_i8(codes, broken, 4), 0.0f));
    CHECK(same_bits(k->store_i8(codes, infinite, 4), 0.0f));
}

static void test_floats(void)
{
    static const size_t sizes[] = {2, 3, 8, 31, 32, 33, 64, 65, 100, 256, 640, LONGEST};
    uint32_t masks[TEST_MASKS];
    size_t n_masks = test_masks(masks);
    static floats f;
    for (size_t m = 0; m < n_masks; m++) {
        const tern_kernels *k = tern_choose_kernels(masks[m]);
        test_random random = {3};
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            fill(&f, &random);
            check_dots(k, &f, sizes[i]);
            check_elementwise(k, &f, sizes[i]);
            check_quantize(k, f.x, sizes[i]);
        }
        for (size_t n_blocks = 1; n_blocks <= TERN_I4_MAX_COLS / TERN_I4_COLS; n_blocks = n_blocks * 2 + (n_blocks == 2)) {
            for (int extreme = 0; extreme < 3; extreme++) {
                check_i4(k, n_blocks, extreme, &random);
            }
        }
        check_i4(k, TERN_I4_MAX_COLS / TERN_I4_COLS, 1, &random);
        check_quantize_edges(k);
        check_f16(k, &random);
        check_store_i8(k);
        for (size_t head_dim = 2; head_dim <= 96; head_dim += 10) {
            check_attend(k, &random, head_dim, 1 + random_below(&random, 96));
        }
        check_attend(k, &random, 64, 96);
    }
}

static void test_choice(void)
{
    CHECK(tern_choose_kernels(0) == &tern_kernels_ref);
#if defined(__x86_64__)
    CHECK(tern_choose_kernels(TERN_CPU_AVX2) == &tern_kernels_avx2);
    CHECK(tern_choose_kernels(TERN_CPU_AVX2 | TERN_CPU_AVX512_VNNI) == &tern_kernels_avx512_vnni);
    CHECK(tern_choose_kernels(TERN_CPU_NEON) == &tern_kernels_ref);
#if TERN_COMPILES_AVX_VNNI
    CHECK(tern_choose_kernels(TERN_CPU_AVX2 | TERN_CPU_AVX_VNNI) == &tern_kernels_avx_vnni);
    CHECK(tern_choose_kernels(TERN_CPU_AVX2 | TERN_CPU_AVX_VNNI | TERN_CPU_AVX512_VNNI) == &tern_kernels_avx512_vnni);
#endif
#elif defined(__aarch64__)
    CHECK(tern_choose_kernels(TERN_CPU_NEON) == &tern_kernels_neon);
    CHECK(tern_choose_kernels(TERN_CPU_NEON | TERN_CPU_DOTPROD) == &tern_kernels_neon_dotprod);
    CHECK(tern_choose_kernels(TERN_CPU_AVX2) == &tern_kernels_ref);
#endif
}

void test_kernels(void)
{
    test_choice();
    test_matmul();
    test_grouped();
    test_floats();
}
