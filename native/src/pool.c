/* Whoever is there takes the next chunk of a loop: a worker that the system keeps from running costs nothing but its help. The
 * first chunks are large, since weights are read best as one stream, the last ones small, so that all end at nearly the same time.
 * Workers spin for a short while, so that the loops of one token follow each other without a system call, then sleep on a futex,
 * so that an idle session costs nothing. */
#include "pool.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "memory.h"
#include "tern.h"

enum { SPINS = 4000, SMALLEST_CHUNKS = 32 /* a thread's share of a loop has so many */, STACK_BYTES = 1 << 20 };

typedef struct {
    tern_pool *pool;
    pthread_t thread;
    uint32_t index;
} worker;

struct tern_pool {
    uint32_t n_threads;
    uint32_t n_started;
    _Atomic uint32_t spins;
    _Atomic uint32_t posted;   /* futex: the number of the loop, changes with each and to stop */
    _Atomic uint32_t sleepers; /* workers in, or on their way into, futex_wait on posted */
    _Atomic uint64_t tickets;  /* number of the loop << 32 | items nobody took yet */
    _Atomic uint32_t done;     /* futex: items finished */
    _Atomic uint32_t caller_sleeps;
    atomic_bool stop;
    /* The loop. The caller writes these while no chunk is taken; a thread that took one may read them until it has
     * counted it as done. */
    tern_loop_body *body;
    void *context;
    _Atomic uint32_t n_items, parts; /* read by those, too, whose chunk is then refused */
    worker workers[];
};

static void futex_wait(_Atomic uint32_t *word, uint32_t expected)
{
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word, int n)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, n, NULL, NULL, 0);
}

static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Of the items that are left. */
static uint32_t chunk_of(const tern_pool *pool, uint32_t left)
{
    uint32_t chunk = left / (pool->n_threads * pool->parts), smallest = pool->n_items / (pool->n_threads * SMALLEST_CHUNKS);
    chunk = chunk > smallest ? chunk : smallest;
    return chunk < 1 ? 1 : chunk < left ? chunk : left;
}

/* Does chunks of this loop until all are taken; returns at once when it is over. */
static void take_chunks(tern_pool *pool, uint32_t loop, uint32_t thread)
{
    uint64_t ticket = atomic_load(&pool->tickets);
    while (ticket >> 32 == loop && (uint32_t)ticket > 0) {
        uint32_t left = (uint32_t)ticket, n = chunk_of(pool, left);
        if (!atomic_compare_exchange_weak(&pool->tickets, &ticket, ticket - n)) {
            continue;
        }
        uint32_t n_items = pool->n_items, begin = n_items - left;
        pool->body(pool->context, begin, begin + n, thread);
        if (atomic_fetch_add(&pool->done, n) + n == n_items && atomic_load(&pool->caller_sleeps)) {
            futex_wake(&pool->done, 1);
        }
        ticket = atomic_load(&pool->tickets);
    }
}

static uint32_t wait_for_loop(tern_pool *pool, uint32_t seen)
{
    for (uint32_t i = atomic_load_explicit(&pool->spins, memory_order_relaxed); i > 0; i--) {
        uint32_t now = atomic_load_explicit(&pool->posted, memory_order_acquire);
        if (now != seen) {
            return now;
        }
        relax();
    }
    atomic_fetch_add(&pool->sleepers, 1);
    uint32_t now;
    while ((now = atomic_load(&pool->posted)) == seen) {
        futex_wait(&pool->posted, seen);
    }
    atomic_fetch_sub(&pool->sleepers, 1);
    return now;
}

static void *work(void *argument)
{
    worker *self = argument;
    tern_pool *pool = self->pool;
    uint32_t seen = 0;
    for (;;) {
        seen = wait_for_loop(pool, seen);
        if (atomic_load(&pool->stop)) {
            return NULL;
        }
        take_chunks(pool, seen, self->index);
    }
}

static void post(tern_pool *pool)
{
    atomic_fetch_add(&pool->posted, 1);
    if (atomic_load(&pool->sleepers) > 0) {
        futex_wake(&pool->posted, INT_MAX);
    }
}

static void wait_for_chunks(tern_pool *pool)
{
    for (uint32_t i = atomic_load_explicit(&pool->spins, memory_order_relaxed); i > 0; i--) {
        if (atomic_load_explicit(&pool->done, memory_order_acquire) == pool->n_items) {
            return;
        }
        relax();
    }
    atomic_store(&pool->caller_sleeps, 1);
    uint32_t done;
    while ((done = atomic_load(&pool->done)) != pool->n_items) {
        futex_wait(&pool->done, done);
    }
    atomic_store(&pool->caller_sleeps, 0);
}

void tern_pool_run(tern_pool *pool, tern_loop_body *body, void *context, size_t n_items, uint32_t parts)
{
    if (pool->n_threads == 1 || n_items < 2) {
        if (n_items > 0) {
            body(context, 0, n_items, 0);
        }
        return;
    }
    pool->body = body;
    pool->context = context;
    pool->n_items = (uint32_t)n_items;
    pool->parts = parts;
    uint32_t loop = atomic_load_explicit(&pool->posted, memory_order_relaxed) + 1;
    atomic_store(&pool->done, 0);
    atomic_store(&pool->tickets, (uint64_t)loop << 32 | pool->n_items);
    post(pool);
    take_chunks(pool, loop, 0);
    wait_for_chunks(pool);
}

static bool start_worker(worker *w, const pthread_attr_t *attributes)
{
#ifdef TERN_TEST_FAILURES
    if (tern_test_fails_now()) {
        return false;
    }
#endif
    return pthread_create(&w->thread, attributes, work, w) == 0;
}

static int start_workers(tern_pool *pool)
{
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) {
        return TERN_E_THREAD;
    }
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    /* Signals are the host program's business: its own threads get them. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int status = TERN_OK;
    for (uint32_t i = 1; i < pool->n_threads && status == TERN_OK; i++) {
        worker *w = &pool->workers[i - 1];
        w->pool = pool;
        w->index = i;
        if (start_worker(w, &attributes)) {
            pool->n_started++;
        } else {
            status = TERN_E_THREAD;
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return status;
}

int tern_pool_create(tern_pool **out, uint32_t n_threads)
{
    tern_pool *pool = tern_allocate(sizeof *pool + (n_threads - 1) * sizeof pool->workers[0]);
    if (pool == NULL) {
        return TERN_E_MEMORY;
    }
    pool->n_threads = n_threads;
    pool->n_started = 0;
    /* With more threads than processors a spinning thread keeps a working one off its core. */
    atomic_init(&pool->spins, (long)n_threads <= sysconf(_SC_NPROCESSORS_ONLN) ? SPINS : 0);
    atomic_init(&pool->posted, 0);
    atomic_init(&pool->sleepers, 0);
    atomic_init(&pool->tickets, 0);
    atomic_init(&pool->done, 0);
    atomic_init(&pool->caller_sleeps, 0);
    atomic_init(&pool->stop, false);
    int status = start_workers(pool);
    if (status != TERN_OK) {
        tern_pool_free(pool);
        return status;
    }
    *out = pool;
    return TERN_OK;
}

void tern_pool_spin(tern_pool *pool, int spins)
{
    atomic_store(&pool->spins, spins ? SPINS : 0);
}

void tern_pool_free(tern_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    if (pool->n_started > 0) {
        atomic_store(&pool->stop, true);
        post(pool);
        for (uint32_t i = 0; i < pool->n_started; i++) {
            pthread_join(pool->workers[i].thread, NULL);
        }
    }
    tern_release(pool);
}
