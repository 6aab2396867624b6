/* A pool of threads that run one loop together. */
#ifndef TERN_POOL_H
#define TERN_POOL_H

#include <stddef.h>
#include <stdint.h>

typedef struct tern_pool tern_pool;

enum { TERN_MAX_THREADS = 64 };

/* Does the items begin..end of a loop; thread is 0..n_threads-1, and no two calls at once have the same. */
typedef void tern_loop_body(void *context, size_t begin, size_t end, uint32_t thread);

/* n_threads counts the caller. TERN_OK, TERN_E_MEMORY or TERN_E_THREAD. */
int tern_pool_create(tern_pool **out, uint32_t n_threads);
void tern_pool_free(tern_pool *pool);

/* Whether threads that wait spin for a while before they sleep: as many as there are processors do, unless told otherwise. Between
 * two loops only. */
void tern_pool_spin(tern_pool *pool, int spins);

/* Into how many chunks a thread's share of what is left of a loop is cut. One, so that weights are read as one stream, is for loops
 * of less than a time slice; in long ones threads that others on the machine slow down must not hold much. */
enum { TERN_SHORT_LOOP = 1, TERN_LONG_LOOP = 4 };

/* Splits n_items into runs of neighbours for all threads and returns when all are done. With one thread, or fewer than
 * two items, it is a plain call. */
void tern_pool_run(tern_pool *pool, tern_loop_body *body, void *context, size_t n_items, uint32_t parts);

#endif
