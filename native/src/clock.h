/* Seconds of a clock. */
#ifndef TERN_CLOCK_H
#define TERN_CLOCK_H

#include <time.h>

static inline double tern_seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

#endif
