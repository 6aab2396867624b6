/* How fast this machine reads memory: what decoding is measured against. */
#include <string.h>

#include "clock.h"
#include "kernels.h"
#include "memory.h"
#include "pool.h"
#include "tern.h"

enum { LINES_PER_ITEM = 1024, LINE_WORDS = 8 };

typedef struct {
    const uint8_t *bytes;
    uint64_t sums[TERN_MAX_THREADS][LINE_WORDS]; /* so that the reading cannot be left out; a cache line for each thread */
} reading;

static void read_lines(void *context, size_t begin, size_t end, uint32_t thread)
{
    reading *r = context;
    uint64_t sum[LINE_WORDS] = {0};
    for (size_t line = begin * LINES_PER_ITEM; line < end * LINES_PER_ITEM; line++) {
        uint64_t words[LINE_WORDS];
        tern_read_ahead(r->bytes + line * sizeof words);
        memcpy(words, r->bytes + line * sizeof words, sizeof words);
        for (size_t i = 0; i < LINE_WORDS; i++) {
            sum[i] += words[i];
        }
    }
    for (size_t i = 0; i < LINE_WORDS; i++) {
        r->sums[thread][i] += sum[i];
    }
}

int tern_read_bandwidth(const void *data, uint64_t size, uint32_t n_threads, uint32_t n_passes, double *bytes_per_second)
{
    size_t n_items = (size_t)(size / (LINES_PER_ITEM * LINE_WORDS * sizeof(uint64_t)));
    if (data == NULL || bytes_per_second == NULL || n_items == 0 || n_passes == 0 || n_threads < 1 ||
        n_threads > TERN_MAX_THREADS) {
        return TERN_E_ARG;
    }
    tern_pool *pool = NULL;
    int status = tern_pool_create(&pool, n_threads);
    reading *r = status == TERN_OK ? tern_allocate(sizeof *r) : NULL;
    if (r == NULL) {
        tern_pool_free(pool);
        return status == TERN_OK ? TERN_E_MEMORY : status;
    }
    memset(r, 0, sizeof *r);
    r->bytes = data;
    double best = 0.0;
    for (uint32_t pass = 0; pass < n_passes; pass++) {
        double start = tern_seconds(CLOCK_MONOTONIC);
        tern_pool_run(pool, read_lines, r, n_items, TERN_LONG_LOOP);
        double speed = (double)n_items * LINES_PER_ITEM * LINE_WORDS * sizeof(uint64_t) / (tern_seconds(CLOCK_MONOTONIC) - start);
        best = speed > best ? speed : best;
    }
    *bytes_per_second = best;
    tern_pool_free(pool);
    tern_release(r);
    return TERN_OK;
}
