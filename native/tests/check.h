/* What the native tests share. */
#ifndef TERN_CHECK_H
#define TERN_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "kernels.h"

/* Counts a check and reports a failed one; returns ok. */
int check_that(int ok, const char *file, int line, const char *format, ...) __attribute__((format(printf, 4, 5)));
int check_equal(long long got, long long wanted, const char *file, int line, const char *what);

#define CHECK(condition) check_that(!!(condition), __FILE__, __LINE__, "%s", #condition)
#define CHECK_EQUAL(got, wanted) check_equal((long long)(got), (long long)(wanted), __FILE__, __LINE__, #got)

/* Random numbers that are the same on every machine. */
typedef struct {
    uint64_t state;
} test_random;

static inline uint64_t random_bits(test_random *r)
{
    r->state += 0x9e3779b97f4a7c15u;
    uint64_t z = r->state;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static inline size_t random_below(test_random *r, size_t n)
{
    return (size_t)(random_bits(r) % n);
}

/* -1..1 */
static inline float random_float(test_random *r)
{
    return (float)((double)(random_bits(r) >> 11) * 0x1p-52 - 1.0);
}

/* The CPU masks to test, the reference (0) first; returns how many. */
enum { TEST_MASKS = 5 };
size_t test_masks(uint32_t masks[TEST_MASKS]);

void test_pack(void);
void test_kernels(void);
void test_model(void);
void test_pages(void);
void test_prefix(void);
void test_rows(void);
void test_session(void);
void test_threads(void);
void test_shortlist(void);
void test_zeros(void);

#endif
