/* Bytes of a model's file in memory. */
#ifndef TERN_PAGES_H
#define TERN_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads bytes [at, at + n) of a file; false when it ends before or cannot be read. */
bool tern_read_at(int file, uint8_t *to, size_t n, uint64_t at);

/* Asks the kernel for huge pages where n bytes of fresh memory fill them; small ones serve, too. */
void tern_want_huge_pages(void *memory, size_t n);

#endif
