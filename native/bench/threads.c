/* What the pool of threads gains: decoding steps of layers of the shape of BitNet-b1.58-2B-4T with 1 to n threads, which wait
 * for their share by spinning for a short while before they sleep, or sleep at once; and are left to the system, or bound each to
 * a processor. All ways in turn in each round; the medians of the rounds, and ratios.
 *
 *   threads [LAYERS [ROUNDS [THREADS]]]     (2, 9 and what this process may use, at most 4) */
#define _GNU_SOURCE
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "pool.h"
#include "session.h"
#include "synthetic.h"
#include "tern.h"

enum { STEPS = 8, MOST_ROUNDS = 100, MOST_THREADS = 64, N_WAYS = 4 };

typedef struct {
    const char *name;
    int sleeps, bound;
} way;

static const way ways[N_WAYS] = {{"spin, then sleep", 0, 0},
                                 {"sleep at once", 1, 0},
                                 {"spin, then sleep; bound", 0, 1},
                                 {"sleep at once; bound", 1, 1}};

/* Binds each thread of this process to one of the processors, in turn, or gives all of them to each. */
static void bind_threads(const cpu_set_t *all, int bound)
{
    DIR *tasks = opendir("/proc/self/task");
    if (tasks == NULL) {
        die("/proc is not there");
    }
    int next = -1;
    for (const struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
        int thread = atoi(entry->d_name);
        if (thread == 0) {
            continue;
        }
        cpu_set_t one = *all;
        if (bound) {
            do {
                next = (next + 1) % CPU_SETSIZE;
            } while (!CPU_ISSET(next, all));
            CPU_ZERO(&one);
            CPU_SET(next, &one);
        }
        if (sched_setaffinity(thread, sizeof one, &one) != 0) {
            die("threads cannot be bound to processors");
        }
    }
    closedir(tasks);
}

static double step(tern_session *s)
{
    int32_t tokens[STEPS];
    for (int32_t i = 0; i < STEPS; i++) {
        tokens[i] = i * 7;
    }
    int status = tern_session_sync(s, tokens, 1, NULL);
    double start = now();
    for (int i = 0; i < STEPS && status == TERN_OK; i++) {
        status = tern_session_append(s, tokens + i, 1);
    }
    if (status != TERN_OK) {
        die(tern_error_string(status));
    }
    return (now() - start) / STEPS;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *seconds, int n)
{
    qsort(seconds, (size_t)n, sizeof *seconds, by_size);
    return seconds[n / 2];
}

static const tern_model *open_model(synthetic *made, uint32_t n_layers)
{
    const tern_config config = {.n_layers = n_layers,
                                .d_model = 2560,
                                .d_ff = 6912,
                                .n_heads = 20,
                                .n_kv_heads = 5,
                                .head_dim = 128,
                                .n_vocab = 512,
                                .max_context = 64,
                                .activation = TERN_ACT_RELU2,
                                .sub_norms = 1,
                                .rope_theta = 500000.0f,
                                .norm_eps = 1e-5f};
    tern_model *model = NULL;
    char why[200] = "out of memory";
    if (synthetic_create(made, &config, (synthetic_options){TERN_I8, 0, 1}) != 0 ||
        tern_model_open(&model, &made->config, made->tensors, made->n_tensors, UINT32_MAX, 0, why, sizeof why) !=
            TERN_OK) {
        die(why);
    }
    return model;
}

/* Milliseconds a step of each way with so many threads. */
static void measure(const tern_model *model, uint32_t n_threads, int n_rounds, const cpu_set_t *all, double ms[N_WAYS])
{
    static double seconds[N_WAYS][MOST_ROUNDS];
    tern_session *s = NULL;
    char why[200];
    if (tern_session_create(&s, model, 64, n_threads, TERN_KV_INT8, why, sizeof why) != TERN_OK) {
        die(why);
    }
    for (int round = 0; round < n_rounds; round++) {
        for (int i = 0; i < N_WAYS; i++) {
            bind_threads(all, ways[i].bound);
            tern_pool_spin(s->pool, !ways[i].sleeps);
            seconds[i][round] = step(s);
        }
    }
    for (int i = 0; i < N_WAYS; i++) {
        ms[i] = 1e3 * median(seconds[i], n_rounds);
    }
    bind_threads(all, 0);
    tern_session_free(s);
}

int main(int argc, char **argv)
{
    cpu_set_t all;
    if (sched_getaffinity(0, sizeof all, &all) != 0) {
        die("the processors of this process are not known");
    }
    int n_processors = CPU_COUNT(&all);
    int n_layers = argc > 1 ? atoi(argv[1]) : 2, n_rounds = argc > 2 ? atoi(argv[2]) : 9;
    int n_threads = argc > 3 ? atoi(argv[3]) : n_processors < 4 ? n_processors : 4;
    if (n_layers < 1 || n_layers > 30 || n_rounds < 1 || n_rounds > MOST_ROUNDS || n_threads < 1 ||
        n_threads > MOST_THREADS) {
        die("usage: threads [LAYERS [ROUNDS [THREADS]]], 1 to 30, 1 to 100 and 1 to 64");
    }
    synthetic made;
    const tern_model *model = open_model(&made, (uint32_t)n_layers);
    double alone = 0;
    for (int n = 1; n <= n_threads; n++) {
        double ms[N_WAYS];
        measure(model, (uint32_t)n, n_rounds, &all, ms);
        if (n == 1) {
            printf("ms a step of %d layers, %d processors; 1 thread: %.2f, bound: %.2f\n", n_layers, n_processors, ms[0],
                   ms[2]);
            alone = ms[0];
            continue;
        }
        printf("%d threads, %.2f times as fast as one\n", n, alone / ms[0]);
        for (int i = 0; i < N_WAYS; i++) {
            printf("  %-24s %8.2f   %+.0f %% of the time\n", ways[i].name, ms[i], 100 * (ms[i] / ms[0] - 1));
        }
    }
    tern_model_close((tern_model *)(uintptr_t)model);
    synthetic_free(&made);
    return 0;
}
