/* What the benches share. */
#ifndef TERN_BENCH_H
#define TERN_BENCH_H

#include <stdio.h>
#include <stdlib.h>

#include "clock.h"

static inline double now(void)
{
    return tern_seconds(CLOCK_MONOTONIC);
}

/* Of this thread: what others do on the machine disturbs it least. */
static inline double processor_time(void)
{
    return tern_seconds(CLOCK_THREAD_CPUTIME_ID);
}

static inline void die(const char *message)
{
    fprintf(stderr, "bench: %s\n", message);
    exit(1);
}

#endif
