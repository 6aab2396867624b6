#include "memory.h"

#include <stdlib.h>

enum { CACHE_LINE = 64 };

#ifdef TERN_TEST_FAILURES
static long fail_in; /* the test build's only global */

void tern_test_fail(long k)
{
    fail_in = k;
}

bool tern_test_fails_now(void)
{
    return fail_in > 0 && --fail_in == 0;
}
#endif

void *tern_allocate(size_t n)
{
#ifdef TERN_TEST_FAILURES
    if (tern_test_fails_now()) {
        return NULL;
    }
#endif
    if (n == 0 || n > SIZE_MAX - CACHE_LINE) {
        return NULL;
    }
    return aligned_alloc(CACHE_LINE, tern_round_up(n, CACHE_LINE));
}

void tern_release(void *memory)
{
    free(memory);
}
