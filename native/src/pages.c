/* Weights in huge pages: a core that multiplies what it reads needs its translations and its prefetchers to run ahead. */
#define _GNU_SOURCE /* mremap */
#include "pages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory.h"
#include "tern.h"

enum { LARGEST_PAGE = 1 << 30 };

bool tern_read_at(int file, uint8_t *to, size_t n, uint64_t at)
{
    while (n > 0) {
        ssize_t got = pread(file, to, n, (off_t)at);
        if (got <= 0 && !(got < 0 && errno == EINTR)) {
            return false;
        }
        if (got > 0) {
            to += got;
            n -= (size_t)got;
            at += (uint64_t)got;
        }
    }
    return true;
}

/* Bytes of a huge page; 0 where this kernel gives none to memory that asks. */
static size_t find_page_size(void)
{
    static const char folder[] = "/sys/kernel/mm/transparent_hugepage";
    char path[64], line[64] = "";
    size_t size = 0;
    snprintf(path, sizeof path, "%s/enabled", folder);
    FILE *file = fopen(path, "re");
    bool given = file != NULL && fgets(line, sizeof line, file) != NULL && strstr(line, "[never]") == NULL;
    if (file != NULL) {
        fclose(file);
    }
    snprintf(path, sizeof path, "%s/hpage_pmd_size", folder);
    file = given ? fopen(path, "re") : NULL;
    if (file != NULL) {
        if (fscanf(file, "%zu", &size) != 1 || size > LARGEST_PAGE || (size & (size - 1)) != 0) {
            size = 0;
        }
        fclose(file);
    }
    return size;
}

void tern_want_huge_pages(void *memory, size_t n)
{
    size_t page = find_page_size(), before = page > 0 ? -(uintptr_t)memory & (page - 1) : 0;
    if (page > 0 && n > before + page) {
        madvise((uint8_t *)memory + before, (n - before) / page * page, MADV_HUGEPAGE);
    }
}

/* Puts bytes [at, at + n) of the file where `to` maps them; n and `to` are multiples of the page. */
static int replace(uint8_t *to, size_t n, int file, uint64_t at, size_t page)
{
    size_t reserved = n + page;
    uint8_t *memory = mmap(NULL, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return TERN_E_MEMORY;
    }
    size_t before = -(uintptr_t)memory & (page - 1);
    uint8_t *place = memory + before;
    madvise(place, n, MADV_HUGEPAGE); /* small pages serve, too */
    int status = tern_read_at(file, place, n, at) ? TERN_OK : TERN_E_FILE;
    if (status == TERN_OK && mprotect(place, n, PROT_READ) != 0) {
        status = TERN_E_MEMORY;
    }
    if (status == TERN_OK && mremap(place, n, n, MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED) {
        mmap(to, n, PROT_READ, MAP_SHARED | MAP_FIXED, file, (off_t)at); /* what was there may be gone already */
        status = TERN_E_MEMORY;
    }
    if (status != TERN_OK) {
        munmap(memory, reserved);
        return status;
    }
    if (before > 0) {
        munmap(memory, before);
    }
    munmap(place + n, page - before);
    posix_fadvise(file, (off_t)at, (off_t)n, POSIX_FADV_DONTNEED); /* the system need not keep it a second time */
    return TERN_OK;
}

int tern_hold(const void *mapped, uint64_t size, int descriptor, uint64_t at, uint64_t *held)
{
    if (mapped == NULL || size == 0 || size > SIZE_MAX / 2 || held == NULL) {
        return TERN_E_ARG;
    }
    *held = 0;
    size_t page = find_page_size();
    if (page == 0) {
        return TERN_OK;
    }
    uintptr_t begin = (uintptr_t)mapped, first = tern_round_up(begin, page), end = (begin + size) & ~(page - 1);
    if (first >= end) {
        return TERN_OK;
    }
    int status = replace((uint8_t *)first, end - first, descriptor, at + (first - begin), page);
    *held = status == TERN_OK ? end - first : 0;
    return status;
}
