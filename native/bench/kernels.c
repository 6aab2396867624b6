/* The kernels of every instruction set of this CPU by themselves, in processor time of one thread, which others on the
 * machine disturb least: a matrix of 2560 x 6912 in the caches, and many of them in memory.
 *
 *   kernels [COPIES]   of the matrix, to be read one after the other (default: 1 and 24) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"
#include "check.h"
#include "model.h"

enum { ROWS = 2560, COLS = 6912, TOKENS = 8, PASSES = 7, HEAD_ROWS = 1000, HEAD_COLS = 2560, GROUP = 128, HUGE_PAGE = 2 << 20, N_SCALES = COLS / GROUP };

/* T2, T5 and T8 with one scale; T2 and T1 with one for each group of columns. */
enum { T2, T5, T8, GROUPED_T2, GROUPED_T1, N_PACKINGS };
static const char *const names[N_PACKINGS] = {"T2", "T5", "T8", "T2 in groups", "T1 in groups"};

typedef struct {
    uint8_t *packed[N_PACKINGS]; /* T1 takes its bits from T2's bytes, which are as good as any */
    uint64_t bytes[N_PACKINGS];  /* of one matrix */
    uint8_t *scales;             /* of groups: zeros */
    size_t copies;
    int8_t *codes; /* [TOKENS + 1, COLS] */
    float *out, *x;
} bench;

/* Memory in huge pages, as weights are held in; NULL without. */
static void *allocate(size_t n)
{
    void *memory = aligned_alloc(HUGE_PAGE, (n + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
    if (memory != NULL) {
        madvise(memory, n, MADV_HUGEPAGE);
    }
    return memory;
}

static int make(bench *b, size_t copies)
{
    *b = (bench){.copies = copies};
    tern_pack_size(ROWS, COLS, &b->bytes[0]);
    tern_pack5_size(ROWS, COLS, &b->bytes[1]);
    tern_pack8_size(ROWS, COLS, &b->bytes[2]);
    tern_pack1_size(ROWS, COLS, &b->bytes[GROUPED_T1]);
    b->bytes[GROUPED_T2] = b->bytes[T2];
    b->scales = calloc(ROWS * N_SCALES, 2);
    int8_t *weights = malloc((size_t)ROWS * COLS);
    for (int i = 0; i < 3; i++) {
        b->packed[i] = allocate(b->bytes[i] * copies);
    }
    b->packed[GROUPED_T2] = b->packed[GROUPED_T1] = b->packed[T2];
    b->codes = malloc((size_t)(TOKENS + 1) * COLS);
    b->out = malloc((size_t)TOKENS * ROWS * sizeof *b->out);
    b->x = malloc(COLS * sizeof *b->x);
    if (weights == NULL || b->packed[0] == NULL || b->packed[1] == NULL || b->packed[2] == NULL || b->scales == NULL || b->codes == NULL || b->out == NULL || b->x == NULL) {
        return -1;
    }
    test_random random = {1};
    for (size_t i = 0; i < (size_t)ROWS * COLS; i++) {
        weights[i] = (int8_t)((int)random_below(&random, 3) - 1);
    }
    for (size_t i = 0; i < (size_t)(TOKENS + 1) * COLS; i++) {
        b->codes[i] = (int8_t)random_below(&random, 255);
    }
    for (size_t i = 0; i < COLS; i++) {
        b->x[i] = random_float(&random);
    }
    tern_pack(weights, ROWS, COLS, b->packed[0], b->bytes[0]);
    tern_pack5(weights, ROWS, COLS, b->packed[1], b->bytes[1]);
    tern_pack8(weights, ROWS, COLS, b->packed[2], b->bytes[2]);
    for (size_t i = 3; i < 3 * copies; i++) {
        memcpy(b->packed[i % 3] + i / 3 * b->bytes[i % 3], b->packed[i % 3], b->bytes[i % 3]);
    }
    free(weights);
    return 0;
}

static double product(const bench *b, const tern_kernels *kernels, int packing, size_t n_tokens)
{
    static const float inverse[TOKENS * N_SCALES];
    static const int32_t code_sum[TOKENS * N_SCALES];
    const tern_activations x = {b->codes, COLS, inverse, code_sum, packing < GROUPED_T2 ? 1 : N_SCALES, n_tokens};
    double best = 1e9;
    for (int pass = 0; pass < PASSES; pass++) {
        double start = processor_time();
        for (size_t i = 0; i < b->copies; i++) {
            const uint8_t *tiles = b->packed[packing] + i * b->bytes[packing];
            size_t n_groups = ROWS / TERN_GROUP_ROWS;
            if (packing == GROUPED_T1) {
                kernels->matmul_t1_grouped(b->out, ROWS, tiles, b->scales, n_groups, COLS / TERN_T1_COLS, 1, &x);
            } else if (packing == GROUPED_T2) {
                kernels->matmul_t2_grouped(b->out, ROWS, tiles, b->scales, n_groups, COLS / TERN_BLOCK_COLS, 2, &x);
            } else if (packing == T8) {
                kernels->matmul_t8_i8(b->out, ROWS, tiles, n_groups, (COLS + 79) / TERN_T8_COLS, &x, 1.0f);
            } else if (packing == T5) {
                kernels->matmul_t5_i8(b->out, ROWS, tiles, n_groups, COLS / TERN_T5_COLS, &x, 1.0f);
            } else {
                kernels->matmul_t2_i8(b->out, ROWS, tiles, n_groups, COLS / TERN_BLOCK_COLS, &x, 1.0f);
            }
        }
        double seconds = processor_time() - start;
        best = seconds < best ? seconds : best;
    }
    return best;
}

static void head(const bench *b, const tern_kernels *kernels)
{
    double eight = 1e9, four = 1e9;
    void *memory = malloc(tern_fine_size(HEAD_COLS));
    if (memory == NULL) {
        return;
    }
    const tern_fine fine = tern_fine_of(b->x, HEAD_COLS, memory);
    const size_t n_blocks = HEAD_COLS / TERN_I4_COLS;
    for (int pass = 0; pass < PASSES; pass++) {
        float sum = 0;
        double start = processor_time();
        for (size_t row = 0; row < HEAD_ROWS; row++) {
            sum += kernels->dot_i8(b->x, b->packed[0] + row * HEAD_COLS, HEAD_COLS);
        }
        double middle = processor_time();
        kernels->dots_i4(b->out, &fine, b->packed[0], n_blocks, HEAD_ROWS);
        double end = processor_time();
        b->out[0] = sum;
        eight = middle - start < eight ? middle - start : eight;
        four = end - middle < four ? end - middle : four;
    }
    free(memory);
    printf("    head in the caches, a row: int8 %.0f ns, %.1f GB/s; 4 bits %.0f ns, %.1f GB/s\n", eight / HEAD_ROWS * 1e9,
           HEAD_ROWS * HEAD_COLS / eight / 1e9, four / HEAD_ROWS * 1e9,
           (double)(HEAD_ROWS * n_blocks * TERN_I4_BLOCK) / four / 1e9);
}

int main(int argc, char **argv)
{
    static const uint32_t masks[] = {TERN_CPU_AVX2, TERN_CPU_AVX_VNNI, TERN_CPU_AVX512_VNNI, TERN_CPU_AVX512_VBMI,
                                     TERN_CPU_NEON, TERN_CPU_DOTPROD};
    const size_t both[] = {1, 24};
    size_t n = argc > 1 ? 1 : 2, given = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    for (size_t c = 0; c < n; c++) {
        bench b;
        if (make(&b, argc > 1 ? (given > 0 ? given : 1) : both[c]) != 0) {
            fprintf(stderr, "kernels: out of memory\n");
            return 1;
        }
        printf("%zu matrices of %.1f MB as T2, %.1f MB as T5, %.1f MB as T8\n", b.copies, (double)b.bytes[0] / 1e6,
               (double)b.bytes[1] / 1e6, (double)b.bytes[2] / 1e6);
        for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
            if (!(tern_cpu_flags() & masks[i])) {
                continue;
            }
            const tern_kernels *kernels = tern_choose_kernels(masks[i]);
            printf("  %s\n", kernels->name);
            for (size_t n_tokens = 1; n_tokens <= TOKENS; n_tokens *= TOKENS) {
                double first = 0; /* T2's time, with scales of the same kind */
                for (int packing = 0; packing < N_PACKINGS; packing++) {
                    double seconds = product(&b, kernels, packing, n_tokens) / (double)b.copies;
                    first = packing == T2 || packing == GROUPED_T2 ? seconds : first;
                    printf("    %-12s %zu token%s: %.3f ms a matrix, %.1f GB/s, %.0f multiply-adds/ns, %.2f of T2's time\n",
                           names[packing], n_tokens, n_tokens == 1 ? " " : "s", seconds * 1e3,
                           (double)b.bytes[packing] / seconds / 1e9,
                           (double)ROWS * COLS * (double)n_tokens / seconds / 1e9, seconds / first);
                }
            }
            if (b.copies == 1) {
                head(&b, kernels);
            }
        }
        for (int i = 0; i < 3; i++) {
            free(b.packed[i]);
        }
        free(b.scales);
        free(b.codes);
        free(b.out);
        free(b.x);
    }
    return 0;
}
