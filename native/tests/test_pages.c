/* What is held in huge pages has the bytes of the file, at every moment, and where it was mapped. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "tern.h"

enum { SIZE = (7 << 20) + 4321, WORD = sizeof(uint64_t), STEP = 4096 };

typedef struct {
    const uint8_t *mapped, *wanted;
    atomic_bool stop;
    size_t wrong, rounds;
} reader;

static void *read_on(void *argument)
{
    reader *r = argument;
    do {
        for (size_t i = 0; i + WORD <= SIZE; i += STEP) {
            r->wrong += memcmp(r->mapped + i, r->wanted + i, WORD) != 0;
        }
        r->rounds++;
    } while (!atomic_load(&r->stop));
    return NULL;
}

static FILE *make(uint8_t *bytes)
{
    test_random random = {9};
    for (size_t i = 0; i + WORD <= SIZE; i += WORD) {
        uint64_t word = random_bits(&random);
        memcpy(bytes + i, &word, WORD);
    }
    FILE *file = tmpfile();
    CHECK(file != NULL && pwrite(fileno(file), bytes, SIZE, 0) == SIZE);
    return file;
}

static void test_hold(const uint8_t *wanted, FILE *file)
{
    uint8_t *mapped = mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE, fileno(file), 0);
    CHECK(mapped != MAP_FAILED);
    reader r = {.mapped = mapped, .wanted = wanted};
    pthread_t thread;
    CHECK_EQUAL(pthread_create(&thread, NULL, read_on, &r), 0);
    uint64_t held = 1;
    CHECK_EQUAL(tern_hold(mapped, SIZE, fileno(file), 0, &held), TERN_OK);
    CHECK(held < SIZE);
    atomic_store(&r.stop, true);
    pthread_join(thread, NULL);
    CHECK(r.rounds > 0 && r.wrong == 0);
    CHECK(memcmp(mapped, wanted, SIZE) == 0);
    if (held > 0) { /* a kernel with huge pages: what is held does not need the file any more */
        CHECK_EQUAL(ftruncate(fileno(file), 0), 0);
        size_t alive = 0;
        for (size_t huge = 2 << 20, i = -(uintptr_t)mapped & (huge - 1); i + huge <= SIZE; i += huge) {
            alive += memcmp(mapped + i, wanted + i, huge) == 0;
        }
        CHECK_EQUAL(alive * (2 << 20), held);
    } else {
        printf("pages: no huge pages here, nothing was held\n");
    }
    munmap(mapped, SIZE);
}

static void test_errors(const uint8_t *wanted)
{
    uint8_t *bytes = malloc(SIZE);
    FILE *file = make(bytes), *shorter = tmpfile();
    uint8_t *mapped = mmap(NULL, SIZE, PROT_READ, MAP_PRIVATE, fileno(file), 0);
    uint64_t held = 0;
    CHECK_EQUAL(tern_hold(NULL, SIZE, fileno(file), 0, &held), TERN_E_ARG);
    CHECK_EQUAL(tern_hold(mapped, 0, fileno(file), 0, &held), TERN_E_ARG);
    CHECK_EQUAL(tern_hold(mapped, UINT64_MAX, fileno(file), 0, &held), TERN_E_ARG);
    CHECK_EQUAL(tern_hold(mapped, SIZE, fileno(file), 0, NULL), TERN_E_ARG);
    CHECK_EQUAL(tern_hold(mapped, 4096, fileno(file), 0, &held), TERN_OK); /* no huge page fits */
    CHECK_EQUAL(held, 0);
    int status = tern_hold(mapped, SIZE, fileno(shorter), 0, &held);
    CHECK(status == TERN_E_FILE || status == TERN_OK); /* without huge pages it is not read */
    CHECK_EQUAL(held, 0);
    status = tern_hold(mapped, SIZE, -1, 0, &held);
    CHECK(status == TERN_E_FILE || status == TERN_OK);
    CHECK(memcmp(mapped, wanted, SIZE) == 0);
    munmap(mapped, SIZE);
    fclose(shorter);
    fclose(file);
    free(bytes);
}

void test_pages(void)
{
    uint8_t *bytes = calloc(1, SIZE);
    FILE *file = make(bytes);
    test_hold(bytes, file);
    test_errors(bytes);
    fclose(file);
    free(bytes);
}
