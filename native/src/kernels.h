/* The inner loops, one table of them per instruction set.
 *
 * Kernels trust their inputs; the preconditions are here. Every table gives the same bits: integer results are exact,
 * and float reductions add in one fixed order (32 running sums, element i into sum i % 32, then halves added
 * pairwise), with products rounded before they are added (no fused multiply-add).
 */
#ifndef TERN_KERNELS_H
#define TERN_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum {
    TERN_GROUP_ROWS = 4,   /* rows interleaved in one tile */
    TERN_BLOCK_COLS = 64,  /* columns of one tile */
    TERN_TILE_BYTES = 64,  /* 4 rows of 16 bytes: see PACKING.md */
    TERN_T5_COLS = 48,     /* columns of one T5 tile */
    TERN_T5_TILE = 40,     /* bytes of one: 4 rows of 16 five-bit indices */
    TERN_T8_COLS = 80,     /* columns of one T8 tile */
    TERN_T8_TILE = 64,     /* bytes of one: 4 rows of 16 bytes */
    TERN_T1_COLS = 128,    /* columns of one T1 tile */
    TERN_I4_COLS = 128,    /* columns of one block of an I4 row */
    TERN_I4_BLOCK = 68,    /* bytes of one: 64 of codes, 4 scales */
    TERN_I4_GROUPS = 4,    /* of columns that share a scale, in a block */
    TERN_I4_MAX_COLS = 16384, /* keeps the sums of an I4 row within int32 */
    TERN_COLUMNS_AT_ONCE = 16, /* of a matrix stored by columns */
    TERN_AHEAD_BYTES = 2048, /* between what is multiplied and what is asked for */
    TERN_MAX_HEAD_DIM = 1024,
    TERN_MAX_COLS = 131072 /* keeps every dot product within 2^24, exact as int32 and as float */
};

/* The codes of the three weights of a T5 index, 0..26: of the first, second and third run of 16 columns. */
#define TERN_T5_FIRST 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 0, 0, 0, 0
#define TERN_T5_SECOND 0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 0, 0, 0, 0
#define TERN_T5_THIRD 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0

/* A T8 byte b holds five codes as 256 / 243 of their number in base 3, rounded up. Its first two are the number 0..8 that
 * (b + b / 8) / 2 / 16 is, in whole numbers; the next two are that of 9 * b mod 256, the last the first of 81 * b mod 256. The codes of
 * the numbers 0..8: */
#define TERN_T8_FIRST 0, 0, 0, 1, 1, 1, 2, 2, 2
#define TERN_T8_SECOND 0, 1, 2, 0, 1, 2, 0, 1, 2

/* Asks for what a stream of weights will want soon. Kernels multiply as they read, so that a CPU that looks few cache lines
 * ahead by itself waits; Arm's do look ahead as far as can be known without a board. */
static inline void tern_read_ahead(const uint8_t *at)
{
#if defined(__x86_64__)
    __builtin_prefetch(at + TERN_AHEAD_BYTES);
#else
    (void)at;
#endif
}

/* Asks for what is no stream and will be wanted after a thousand cycles: into the second-level cache, which waits for more lines at
 * once than the first. */
static inline void tern_ask_for(const uint8_t *at)
{
#if defined(__x86_64__)
    __builtin_prefetch(at, 0, 1);
#else
    __builtin_prefetch(at);
#endif
}

/* Quantised activations of n_tokens tokens. */
typedef struct {
    const int8_t *codes;     /* [n_tokens, stride]; the columns from the matrix's width up to its padded width are 0 */
    size_t stride;           /* a multiple of TERN_BLOCK_COLS */
    const float *inverse;    /* [n_tokens, n_scales]: activation = code * inverse */
    const int32_t *code_sum; /* [n_tokens, n_scales]: sum of the codes of a token, or of a group of its columns */
    size_t n_scales;         /* groups of columns; 1 for matmul_t2_i8 */
    size_t n_tokens;
} tern_activations;

/* One token's activations in 15 bits, as two int8 that every instruction set multiplies exactly:
 * activation = (128 * upper + lower) * inverse. In whole blocks of TERN_I4_COLS; what is beyond the width is 0. */
typedef struct {
    const int8_t *upper; /* [n_blocks, 128], -127..127 */
    const int8_t *lower; /* [n_blocks, 128], -64..63 */
    const int16_t *sums; /* [n_blocks, 4 groups, 8]: -8 * the sum of a group's upper, 0, -8 * that of its lower, 0, 0, 0, 0, 0 */
    float inverse;
} tern_fine;

/* One head's cached keys or values. */
typedef struct {
    const void *rows;    /* [n, head_dim] of f16 or int8 */
    const float *scales; /* [n], int8 only: element = code * scale */
} tern_cached;

typedef struct {
    const char *name;

    /* out[t * out_stride + r] = (sum over c of weight[r][c] * codes[t][c]) * (inverse[t] * weight_scale)
     * for the 4 * n_groups rows whose tiles [n_groups, n_blocks, 64 bytes] start at tiles. */
    void (*matmul_t2_i8)(float *out, size_t out_stride, const uint8_t *tiles, size_t n_groups, size_t n_blocks,
                         const tern_activations *activations, float weight_scale);

    /* The same for tiles of T5: [n_groups, n_blocks, 40 bytes], n_blocks of 48 columns. Up to 47 codes after a token's
     * width are read, whatever they are: TERN_T5_COLS bytes after the last token's must be there. */
    void (*matmul_t5_i8)(float *out, size_t out_stride, const uint8_t *tiles, size_t n_groups, size_t n_blocks,
                         const tern_activations *activations, float weight_scale);

    /* The same for tiles of T8: [n_groups, n_blocks, 64 bytes], n_blocks of 80 columns; TERN_T8_COLS bytes must be there. */
    void (*matmul_t8_i8)(float *out, size_t out_stride, const uint8_t *tiles, size_t n_groups, size_t n_blocks,
                         const tern_activations *activations, float weight_scale);

    /* The product of T2 with a scale for each group of columns, of rows and activations alike:
     * out[t * out_stride + r] = sum over groups g, one after the other, of
     *     (sum over c in g of weight[r][c] * codes[t][c]) * (inverse[t][g] * scale[r][g])
     * scales: f16 [n_groups, n_scales, 4], of any alignment; a group has blocks_per_scale blocks (1 to 4), the last one
     * may have fewer. Codes may be 0 to 3, as a shortlist's are. */
    void (*matmul_t2_grouped)(float *out, size_t out_stride, const uint8_t *tiles, const uint8_t *scales,
                              size_t n_groups, size_t n_blocks, size_t blocks_per_scale,
                              const tern_activations *activations);

    /* The same of T1, whose tiles have 64 bytes, too, for 128 columns; a group has 1 or 2 blocks. Up to 64 codes after a token's padded
     * width are read, whatever they are. */
    void (*matmul_t1_grouped)(float *out, size_t out_stride, const uint8_t *tiles, const uint8_t *scales,
                              size_t n_groups, size_t n_blocks, size_t blocks_per_scale,
                              const tern_activations *activations);

    /* A matrix stored by columns, [columns][blocks of 64 outputs][16 bytes], as codes 0..2, times some of its columns'
     * activations: for the 64 * n_blocks outputs whose first bytes in column 0 are at `columns`
     *     out[t * out_stride + r] += sum over i of code[r][index[i]] * codes[t * codes_stride + i]
     * n_columns is a multiple of TERN_COLUMNS_AT_ONCE. */
    void (*add_columns)(int32_t *out, size_t out_stride, const uint8_t *columns, size_t column_bytes, size_t n_blocks,
                        const uint32_t *index, const int8_t *codes, size_t codes_stride, size_t n_columns,
                        size_t n_tokens);

    /* codes[i] = x[i] * s rounded half to even, s = 127 / max(1e-5, largest |x|), for n elements; zeros up to
     * n_padded. A NaN becomes -128. */
    void (*quantize)(int8_t *codes, size_t n_padded, const float *x, size_t n, float *inverse, int32_t *code_sum);

    /* out[i] = weight[i] * (x[i] / sqrt(mean(x^2) + eps)); out may be x. */
    void (*rms_norm)(float *out, const float *x, const float *weight, size_t n, float eps);

    /* Sum of x[i] * row[i]; row in the named type, of any alignment. */
    float (*dot_f32)(const float *x, const void *row, size_t n);
    float (*dot_f16)(const float *x, const void *row, size_t n);
    float (*dot_bf16)(const float *x, const void *row, size_t n);
    float (*dot_i8)(const float *x, const void *row, size_t n);
    /* Of each of n_rows rows, one behind the other: sum of (128 * upper[i] + lower[i]) * (code[i] * scale of its group), exact, then
     * rounded to float. A block of a row has 64 bytes, byte i with the codes of columns i and i + 64 in its lower and upper nibble, as code + 8, and four int8: the
     * scales of bytes 0 to 15, 16 to 31 and so on. At most TERN_I4_MAX_COLS columns; any alignment. */
    void (*dots_i4)(float *out, const tern_fine *x, const uint8_t *rows, size_t n_blocks, size_t n_rows);

    /* gate[i] = activation(gate[i]) * up[i]; of relu2 0 where gate[i] <= 0, whatever up[i] is. */
    void (*gate_relu2)(float *gate, const float *up, size_t n);
    void (*gate_silu)(float *gate, const float *up, size_t n);

    /* Rotates the pairs (x[i], x[i + half]) by the angles whose cosine and sine are given. */
    void (*rope)(float *x, const float *cosine, const float *sine, size_t half);

    void (*store_f16)(uint16_t *out, const float *x, size_t n);
    float (*store_i8)(int8_t *out, const float *x, size_t n); /* returns the scale */

    /* One query head over n_positions cached keys and values: out = softmax(q . k * scale) v.
     * weights: scratch, [n_positions]. */
    void (*attend_f16)(float *out, const float *query, tern_cached keys, tern_cached values, size_t n_positions,
                       size_t head_dim, float scale, float *weights);
    void (*attend_i8)(float *out, const float *query, tern_cached keys, tern_cached values, size_t n_positions,
                      size_t head_dim, float scale, float *weights);
} tern_kernels;

/* Compilers that know AVX-VNNI: GCC 11, clang 12. */
#if defined(__clang__) ? __clang_major__ >= 12 : __GNUC__ >= 11
#define TERN_COMPILES_AVX_VNNI 1
#else
#define TERN_COMPILES_AVX_VNNI 0
#endif

extern const tern_kernels tern_kernels_ref;
#if defined(__x86_64__)
extern const tern_kernels tern_kernels_avx2;
#if TERN_COMPILES_AVX_VNNI
extern const tern_kernels tern_kernels_avx_vnni;
#endif
extern const tern_kernels tern_kernels_avx512_vnni;
extern const tern_kernels tern_kernels_avx512_vbmi;

/* The kernels of the last table that are not those of the one before. */
void tern_matmul_t5_i8_avx512_vbmi(float *out, size_t out_stride, const uint8_t *tiles, size_t n_groups, size_t n_blocks,
                                   const tern_activations *activations, float weight_scale);
void tern_matmul_t8_i8_avx512_vbmi(float *out, size_t out_stride, const uint8_t *tiles, size_t n_groups, size_t n_blocks,
                                   const tern_activations *activations, float weight_scale);
#elif defined(__aarch64__)
extern const tern_kernels tern_kernels_neon;
extern const tern_kernels tern_kernels_neon_dotprod;
#endif

/* The best table among the TERN_CPU_* flags given, which this CPU must have. */
const tern_kernels *tern_choose_kernels(uint32_t flags);

#endif
