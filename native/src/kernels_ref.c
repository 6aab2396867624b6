/* The reference: the shortest code that is right, for any CPU. The other tables must give its bits. */
#include "kernels.h"

#include <string.h>

#include "float_bits.h"

typedef struct {
    float at[32];
} vec;

static inline vec vec_set(float x)
{
    vec v;
    for (int i = 0; i < 32; i++) {
        v.at[i] = x;
    }
    return v;
}

static inline vec vec_zero(void)
{
    return vec_set(0.0f);
}

static inline vec vec_add(vec a, vec b)
{
    for (int i = 0; i < 32; i++) {
        a.at[i] += b.at[i];
    }
    return a;
}

static inline vec vec_max(vec a, vec b)
{
    for (int i = 0; i < 32; i++) {
        a.at[i] = a.at[i] > b.at[i] ? a.at[i] : b.at[i];
    }
    return a;
}

static inline vec vec_mul_add(vec sum, vec a, vec b)
{
    for (int i = 0; i < 32; i++) {
        sum.at[i] += a.at[i] * b.at[i];
    }
    return sum;
}

static inline vec vec_f32(const void *from, int n)
{
    vec v = vec_zero();
    memcpy(v.at, from, (size_t)n * sizeof v.at[0]);
    return v;
}

static inline float from_f16(uint32_t half)
{
    uint32_t magnitude = half & 0x7fff;
    float subnormal = (float)magnitude * 0x1p-24f;
    float normal = float_of((magnitude << 13) + (112u << 23));
    float value = magnitude < 0x400 ? subnormal : normal;
    return half & 0x8000 ? -value : value;
}

static inline vec vec_f16(const void *from, int n)
{
    uint16_t halves[32] = {0};
    memcpy(halves, from, (size_t)n * sizeof halves[0]);
    vec v;
    for (int i = 0; i < 32; i++) {
        v.at[i] = from_f16(halves[i]);
    }
    return v;
}

static inline vec vec_bf16(const void *from, int n)
{
    uint16_t halves[32] = {0};
    memcpy(halves, from, (size_t)n * sizeof halves[0]);
    vec v;
    for (int i = 0; i < 32; i++) {
        v.at[i] = float_of((uint32_t)halves[i] << 16);
    }
    return v;
}

static inline vec vec_i8(const void *from, int n)
{
    const int8_t *codes = from;
    vec v = vec_zero();
    for (int i = 0; i < n; i++) {
        v.at[i] = codes[i];
    }
    return v;
}

static inline void vec_store(float *to, vec v)
{
    memcpy(to, v.at, sizeof v.at);
}

static inline float vec_sum(vec v)
{
    for (int half = 16; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) {
            v.at[i] += v.at[i + half];
        }
    }
    return v.at[0];
}

#include "float_kernels.h"

static int32_t row_dot(const uint8_t *tiles, size_t lane, size_t n_blocks, const int8_t *codes)
{
    int32_t dot = 0;
    for (size_t block = 0; block < n_blocks; block++) {
        const uint8_t *bytes = tiles + block * TERN_TILE_BYTES + lane * 16;
        for (size_t i = 0; i < TERN_BLOCK_COLS; i++) {
            int weight = (bytes[i % 16] >> i / 16 * 2 & 3) - 1;
            dot += weight * codes[block * TERN_BLOCK_COLS + i];
        }
    }
    return dot;
}

static void tern_matmul_t2_i8_ref(float *out, size_t out_stride, const uint8_t *tiles, size_t n_groups, size_t n_blocks,
                                  const tern_activations *activations, float weight_scale)
{
    for (size_t t = 0; t < activations->n_tokens; t++) {
        float scale = activations->inverse[t] * weight_scale;
        for (size_t row = 0; row < n_groups * TERN_GROUP_ROWS; row++) {
            const uint8_t *group = tiles + row / TERN_GROUP_ROWS * n_blocks * TERN_TILE_BYTES;
            const int8_t *codes = activations->codes + t * activations->stride;
            out[t * out_stride + row] = (float)row_dot(group, row % TERN_GROUP_ROWS, n_blocks, codes) * scale;
        }
    }
}

#define INLINE static inline

typedef struct {
    int32_t row[TERN_GROUP_ROWS];
} dots;

static inline dots dots_zero(void)
{
    return (dots){{0}};
}

static inline void dots_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    for (size_t t = 0; t < n_tokens; t++) {
        for (size_t i = 0; i < TERN_BLOCK_COLS; i++) {
            for (size_t r = 0; r < TERN_GROUP_ROWS; r++) {
                sums[t].row[r] += (tile[r * 16 + i % 16] >> i / 16 * 2 & 3) * codes[t * stride + i];
            }
        }
    }
}

static inline void t1_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    for (size_t t = 0; t < n_tokens; t++) {
        for (size_t i = 0; i < TERN_T1_COLS; i++) {
            for (size_t r = 0; r < TERN_GROUP_ROWS; r++) {
                sums[t].row[r] += (tile[r * 16 + i % 16] >> i / 16 & 1) * codes[t * stride + i];
            }
        }
    }
}

static inline void dots_store(int32_t out[4], dots sums)
{
    memcpy(out, sums.row, sizeof sums.row);
}

static inline void scales_load(float out[4], const uint8_t *f16)
{
    for (size_t r = 0; r < TERN_GROUP_ROWS; r++) {
        uint16_t half;
        memcpy(&half, f16 + r * sizeof half, sizeof half);
        out[r] = from_f16(half);
    }
}

#include "group_kernels.h"

#include "dense_kernels.h"

static inline void t5_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    static const uint8_t powers[3] = {1, 3, 9};
    for (size_t i = 0; i < TERN_T5_COLS; i++) {
        for (size_t r = 0; r < TERN_GROUP_ROWS; r++) {
            unsigned lane = (unsigned)(r * 16 + i % 16);
            unsigned low = tile[lane % 32] >> lane / 32 * 4 & 15, top = tile[32 + i % 8] >> (2 * r + i % 16 / 8) & 1;
            unsigned index = low | top << 4;
            int32_t code = index < 27 ? (int32_t)(index / powers[i / 16] % 3) : 0;
            for (size_t t = 0; t < n_tokens; t++) {
                sums[t].row[r] += code * codes[t * stride + i];
            }
        }
    }
}

TERN_DEFINE_DENSE(t5, TERN_T5_TILE, TERN_T5_COLS, 4)

static inline void t8_tile(dots *sums, const uint8_t *tile, const int8_t *codes, size_t stride, size_t n_tokens)
{
    static const uint8_t firsts[] = {TERN_T8_FIRST}, seconds[] = {TERN_T8_SECOND};
    for (size_t lane = 0; lane < TERN_T8_TILE; lane++) {
        uint8_t at[5]; /* the codes of runs 4, 3 and so on */
        unsigned byte = tile[lane];
        for (size_t run = 0; run < 5; byte = byte * 9 & 255) {
            unsigned two = (byte + byte / 8) / 2 / 16;
            at[run++] = firsts[two];
            if (run < 5) {
                at[run++] = seconds[two];
            }
        }
        for (size_t t = 0; t < n_tokens; t++) {
            for (size_t run = 0; run < 5; run++) {
                sums[t].row[lane / 16] += at[4 - run] * codes[t * stride + run * 16 + lane % 16];
            }
        }
    }
}

TERN_DEFINE_DENSE(t8, TERN_T8_TILE, TERN_T8_COLS, 4)

typedef struct {
    uint8_t at[64];
} quad;

typedef struct {
    int32_t at[16];
} sums;

static inline quad quad_load(const uint8_t *c0, const uint8_t *c1, const uint8_t *c2, const uint8_t *c3)
{
    quad q;
    for (size_t i = 0; i < 16; i++) {
        q.at[4 * i] = c0[i];
        q.at[4 * i + 1] = c1[i];
        q.at[4 * i + 2] = c2[i];
        q.at[4 * i + 3] = c3[i];
    }
    return q;
}

static inline quad quad_field(quad q, int field)
{
    for (size_t i = 0; i < sizeof q.at; i++) {
        q.at[i] = q.at[i] >> 2 * field & 3;
    }
    return q;
}

static inline sums sums_load(const int32_t *from)
{
    sums s;
    memcpy(s.at, from, sizeof s.at);
    return s;
}

static inline void sums_store(int32_t *to, sums s)
{
    memcpy(to, s.at, sizeof s.at);
}

static inline sums sums_add(sums s, quad codes, int32_t activations)
{
    int8_t x[4];
    memcpy(x, &activations, sizeof x);
    for (size_t i = 0; i < sizeof codes.at; i++) {
        s.at[i / 4] += codes.at[i] * x[i % 4];
    }
    return s;
}

#include "column_kernels.h"

static float dot_i4(const tern_fine *x, const uint8_t *row, size_t n_blocks)
{
    int32_t upper = 0, lower = 0;
    for (size_t block = 0; block < n_blocks; block++, row += TERN_I4_BLOCK) {
        const int8_t *u = x->upper + block * TERN_I4_COLS, *l = x->lower + block * TERN_I4_COLS;
        for (size_t i = 0; i < TERN_I4_COLS / 2; i++) {
            int scale = (int8_t)row[TERN_I4_COLS / 2 + i / 16], first = (row[i] & 15) - 8, second = (row[i] >> 4) - 8;
            upper += scale * (first * u[i] + second * u[i + TERN_I4_COLS / 2]);
            lower += scale * (first * l[i] + second * l[i + TERN_I4_COLS / 2]);
        }
    }
    return join(upper, lower);
}

TERN_DEFINE_DOTS_I4

const tern_kernels tern_kernels_ref = {
    .name = "reference",
    .matmul_t2_i8 = tern_matmul_t2_i8_ref,
    .matmul_t2_grouped = matmul_t2_grouped,
    .matmul_t1_grouped = matmul_t1_grouped,
    .add_columns = add_columns,
    .matmul_t5_i8 = matmul_t5_i8,
    .matmul_t8_i8 = matmul_t8_i8,
    .dots_i4 = dots_i4,
    TERN_FLOAT_KERNELS,
};
