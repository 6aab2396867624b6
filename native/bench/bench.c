/* Speed of the engine on synthetic models of the shapes that matter: random ternary weights cost what trained ones do.
 *
 *   bench [--shape command|2b] [--isa NAME] [--threads 1,2,4] [--tokens N]
 *
 * Without --shape both, without --isa every instruction set of this CPU (for 2b not the reference, which takes
 * seconds a token). */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "kernels.h"
#include "synthetic.h"
#include "tern.h"

enum { MOST_THREADS = 64, HEAD_ROWS = 64, BATCHES = 3 };

typedef struct {
    const char *shape, *isa;
    unsigned threads[MOST_THREADS];
    double bandwidth[MOST_THREADS]; /* GB/s measured with threads[i] */
    size_t n_thread_counts;
    unsigned n_tokens;
} options;

typedef struct {
    const char *name, *what;
    tern_config config;
} shape;

static const shape shapes[] = {
    {"command",
     "the shape of the shipped command model",
     {6, 192, 512, 4, 4, 48, 2048, 1024, TERN_ACT_RELU2, 1, 10000.0f, 1e-5f, .qk_norms = 0}},
    {"2b",
     "the shape of BitNet-b1.58-2B-4T",
     {30, 2560, 6912, 20, 5, 128, 128256, 4096, TERN_ACT_RELU2, 1, 500000.0f, 1e-5f, .qk_norms = 0}},
};

/* ---- read bandwidth ---- */

typedef struct {
    const uint64_t *words;
    size_t n;
    uint64_t sum;
} reading;

static void *read_words(void *argument)
{
    reading *r = argument;
    uint64_t sum[8] = {0};
    for (size_t i = 0; i + 8 <= r->n; i += 8) {
        for (size_t j = 0; j < 8; j++) {
            sum[j] += r->words[i + j];
        }
    }
    for (size_t j = 0; j < 8; j++) {
        r->sum += sum[j];
    }
    return NULL;
}

/* GB/s of the best of a few passes of n_threads over `bytes` of memory. */
static double read_bandwidth(const uint64_t *words, size_t bytes, unsigned n_threads)
{
    double best = 0;
    for (int pass = 0; pass < 5; pass++) {
        reading readings[MOST_THREADS];
        pthread_t threads[MOST_THREADS];
        size_t each = bytes / 8 / n_threads;
        double start = now();
        for (unsigned i = 0; i < n_threads; i++) {
            readings[i] = (reading){words + i * each, each, 0};
            if (pthread_create(&threads[i], NULL, read_words, &readings[i]) != 0) {
                die("a thread could not be started");
            }
        }
        for (unsigned i = 0; i < n_threads; i++) {
            pthread_join(threads[i], NULL);
        }
        double speed = (double)each * 8 * n_threads / (now() - start) / 1e9;
        best = speed > best ? speed : best;
    }
    return best;
}

static void measure_bandwidth(options *o)
{
    size_t bytes = (size_t)512 << 20;
    uint64_t *words = malloc(bytes);
    if (words == NULL) {
        die("out of memory");
    }
    memset(words, 1, bytes);
    for (size_t i = 0; i < o->n_thread_counts; i++) {
        o->bandwidth[i] = read_bandwidth(words, bytes, o->threads[i]);
        printf("reading memory, %u thread%s: %.1f GB/s\n", o->threads[i], o->threads[i] == 1 ? "" : "s",
               o->bandwidth[i]);
    }
    free(words);
}

/* ---- one model ---- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *seconds, size_t n)
{
    qsort(seconds, n, sizeof *seconds, by_size);
    return seconds[n / 2];
}

static void must(int status)
{
    if (status != TERN_OK) {
        die(tern_error_string(status));
    }
}

static double time_prefill(tern_session *s, const int32_t *tokens, unsigned n)
{
    double seconds[BATCHES];
    for (int i = 0; i < BATCHES; i++) {
        must(tern_session_truncate(s, 0));
        double start = now();
        must(tern_session_append(s, tokens, n));
        seconds[i] = now() - start;
    }
    return median(seconds, BATCHES);
}

static double time_head(tern_session *s, const int32_t *ids, unsigned n, float *logits)
{
    double seconds[BATCHES];
    for (int i = 0; i < BATCHES; i++) {
        double start = now();
        must(tern_session_logits(s, ids, n, logits));
        seconds[i] = now() - start;
    }
    return median(seconds, BATCHES);
}

static void bench_session(const tern_model *model, const synthetic *m, unsigned n_threads, double bandwidth,
                          unsigned n_tokens)
{
    static const unsigned prompts[] = {16, 128, 512};
    tern_session *s = NULL;
    char why[200];
    unsigned n_ctx = 512 + 16;
    n_ctx = n_tokens + 16 > n_ctx ? n_tokens + 16 : n_ctx;
    if (tern_session_create(&s, model, n_ctx, n_threads, TERN_KV_F16, why, sizeof why) != TERN_OK) {
        die(why);
    }
    int32_t *tokens = malloc(n_ctx * sizeof *tokens);
    float *logits = malloc(m->config.n_vocab * sizeof *logits);
    double *seconds = malloc(n_tokens * sizeof *seconds);
    if (tokens == NULL || logits == NULL || seconds == NULL) {
        die("out of memory");
    }
    for (unsigned i = 0; i < n_ctx; i++) {
        tokens[i] = (int32_t)(i * 7919u % m->config.n_vocab);
    }
    must(tern_session_append(s, tokens, 16));
    for (unsigned i = 0; i < n_tokens; i++) {
        double start = now();
        must(tern_session_append(s, tokens + i, 1));
        seconds[i] = now() - start;
    }
    double decode = median(seconds, n_tokens);
    double speed = (double)m->ternary_bytes / decode / 1e9;
    printf("%-12s %2u thread%s  decode %.3f ms/token, %.1f GB/s, %.0f %% of reading", tern_model_isa(model), n_threads,
           n_threads == 1 ? " " : "s", decode * 1e3, speed, 100.0 * speed / bandwidth);
    printf("; head %d rows %.3f ms, all %.3f ms; prefill", HEAD_ROWS, time_head(s, tokens, HEAD_ROWS, logits) * 1e3,
           time_head(s, NULL, m->config.n_vocab, logits) * 1e3);
    for (size_t i = 0; i < sizeof prompts / sizeof prompts[0]; i++) {
        double prefill = time_prefill(s, tokens, prompts[i]);
        printf(" %u: %.2f ms (%.3f each)", prompts[i], prefill * 1e3, prefill * 1e3 / prompts[i]);
        fflush(stdout);
    }
    printf("\n");
    free(tokens);
    free(logits);
    free(seconds);
    tern_session_free(s);
}

static void bench_shape(const options *o, const shape *which)
{
    static const uint32_t masks[] = {0, TERN_CPU_AVX2, TERN_CPU_AVX_VNNI, TERN_CPU_AVX512_VNNI, TERN_CPU_AVX512_VBMI,
                                     TERN_CPU_NEON, TERN_CPU_DOTPROD};
    synthetic m;
    if (synthetic_create(&m, &which->config, (synthetic_options){TERN_I8, 0, 1}) != 0) {
        die("out of memory");
    }
    printf("\n%s: %s; %.1f MB of ternary weights read per token, int8 embedding of %.1f MB\n", which->name, which->what,
           (double)m.ternary_bytes / 1e6, (double)m.vocab_bytes / 1e6);
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++) {
        if (masks[i] != 0 && !(tern_cpu_flags() & masks[i])) {
            continue;
        }
        const char *isa = tern_choose_kernels(masks[i])->name;
        if (o->isa != NULL ? strcmp(o->isa, isa) != 0 : masks[i] == 0 && which->config.n_layers > 6) {
            continue;
        }
        tern_model *model = NULL;
        char why[200];
        double start = now();
        if (tern_model_open(&model, &m.config, m.tensors, m.n_tensors, masks[i], 0, why, sizeof why) != TERN_OK) {
            die(why);
        }
        printf("%-12s opened in %.2f ms\n", isa, (now() - start) * 1e3);
        for (size_t j = 0; j < o->n_thread_counts; j++) {
            bench_session(model, &m, o->threads[j], o->bandwidth[j], o->n_tokens);
        }
        tern_model_close(model);
    }
    synthetic_free(&m);
}

static void parse_threads(options *o, const char *list)
{
    o->n_thread_counts = 0;
    while (*list != '\0') {
        char *end;
        unsigned long n = strtoul(list, &end, 10);
        if (end == list || n < 1 || n > MOST_THREADS || o->n_thread_counts == MOST_THREADS) {
            die("--threads takes numbers from 1 to 64, such as 1,2,4");
        }
        o->threads[o->n_thread_counts++] = (unsigned)n;
        list = *end == ',' ? end + 1 : end;
        if (*end != ',' && *end != '\0') {
            die("--threads takes numbers from 1 to 64, such as 1,2,4");
        }
    }
}

int main(int argc, char **argv)
{
    options o = {.threads = {1, 2}, .n_thread_counts = 2, .n_tokens = 30};
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc) {
            die("usage: bench [--shape command|2b] [--isa NAME] [--threads 1,2,4] [--tokens N]");
        }
        if (strcmp(argv[i], "--shape") == 0) {
            o.shape = argv[i + 1];
        } else if (strcmp(argv[i], "--isa") == 0) {
            o.isa = argv[i + 1];
        } else if (strcmp(argv[i], "--threads") == 0) {
            parse_threads(&o, argv[i + 1]);
        } else if (strcmp(argv[i], "--tokens") == 0) {
            o.n_tokens = (unsigned)strtoul(argv[i + 1], NULL, 10);
            if (o.n_tokens < 1 || o.n_tokens > 1000) {
                die("--tokens takes a number from 1 to 1000");
            }
        } else {
            die("usage: bench [--shape command|2b] [--isa NAME] [--threads 1,2,4] [--tokens N]");
        }
    }
    measure_bandwidth(&o);
    int found = 0;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        if (o.shape == NULL || strcmp(o.shape, shapes[i].name) == 0) {
            bench_shape(&o, &shapes[i]);
            found = 1;
        }
    }
    if (!found) {
        die("--shape is command or 2b");
    }
    return 0;
}
