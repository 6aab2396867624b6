/* Allocation and the arithmetic of sizes. */
#ifndef TERN_MEMORY_H
#define TERN_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Aligned to a cache line, not zeroed, NULL when there is no memory or n is 0. Release with tern_release. */
void *tern_allocate(size_t n);
void tern_release(void *memory);

#ifdef TERN_TEST_FAILURES
/* Test build only: the k-th allocation or start of a thread from now on fails (1 is the next), 0 switches it off. */
void tern_test_fail(long k);
bool tern_test_fails_now(void); /* counts one */
#endif

/* *product = a * b; false when it does not fit. */
static inline bool tern_multiply(size_t a, size_t b, size_t *product)
{
    return !__builtin_mul_overflow(a, b, product);
}

/* *sum += a; false when it does not fit. */
static inline bool tern_accumulate(size_t *sum, size_t a)
{
    return !__builtin_add_overflow(*sum, a, sum);
}

static inline size_t tern_round_up(size_t n, size_t multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

static inline size_t tern_smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

#endif
