/* Runs all native tests, or those whose names are given. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "tern.h"

static long n_checks, n_failed;

int check_that(int ok, const char *file, int line, const char *format, ...)
{
    n_checks++;
    if (!ok) {
        n_failed++;
        if (n_failed <= 40) {
            va_list arguments;
            va_start(arguments, format);
            fprintf(stderr, "%s:%d: failed: ", file, line);
            vfprintf(stderr, format, arguments);
            fprintf(stderr, "\n");
            va_end(arguments);
        }
    }
    return ok;
}

int check_equal(long long got, long long wanted, const char *file, int line, const char *what)
{
    return check_that(got == wanted, file, line, "%s is %lld, not %lld", what, got, wanted);
}

static const uint32_t known[] = {TERN_CPU_AVX2, TERN_CPU_AVX_VNNI, TERN_CPU_AVX512_VNNI, TERN_CPU_AVX512_VBMI, TERN_CPU_NEON, TERN_CPU_DOTPROD};

size_t test_masks(uint32_t masks[TEST_MASKS])
{
    size_t n = 0;
    masks[n++] = 0;
    for (size_t i = 0; i < sizeof known / sizeof known[0] && n < TEST_MASKS; i++) {
        if (tern_cpu_flags() & known[i]) {
            masks[n++] = known[i];
        }
    }
    return n;
}

/* The instruction sets that this processor lacks are said, not passed over. */
static void print_sets(void)
{
    uint32_t masks[TEST_MASKS];
    size_t n_masks = test_masks(masks);
    printf("instruction sets:");
    for (size_t i = 0; i < n_masks; i++) {
        printf(" %s", tern_choose_kernels(masks[i])->name);
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const tern_kernels *kernels = tern_choose_kernels(known[i]);
        if (kernels != &tern_kernels_ref && !(tern_cpu_flags() & known[i])) {
            printf("; %s skipped, not on this CPU", kernels->name);
        }
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } tests[] = {{"pack", test_pack},
                 {"kernels", test_kernels},
                 {"model", test_model},
                 {"session", test_session},
                 {"prefix", test_prefix},
                 {"rows", test_rows},
                 {"pages", test_pages},
                 {"shortlist", test_shortlist},
                 {"zeros", test_zeros},
                 {"threads", test_threads}};
    print_sets();
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        int wanted = argc < 2;
        for (int a = 1; a < argc; a++) {
            wanted |= strcmp(argv[a], tests[i].name) == 0;
        }
        if (wanted) {
            long before = n_checks;
            tests[i].run();
            printf("%-8s %ld checks\n", tests[i].name, n_checks - before);
            fflush(stdout);
        }
    }
    printf("%s: %ld of %ld checks failed\n", n_failed ? "FAILED" : "passed", n_failed, n_checks);
    return n_failed || n_checks == 0;
}
