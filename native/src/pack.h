/* Geometry of packed ternary matrices; the layout is in PACKING.md. */
#ifndef TERN_PACK_H
#define TERN_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when each of the size / 4 two-bit codes is 0, 1 or 2. */
bool tern_packed_codes_valid(const uint8_t *packed, size_t size);

/* True when size bytes are whole T5 tiles whose indices are all below 27. */
bool tern_packed5_codes_valid(const uint8_t *packed, size_t size);

/* True when size bytes are whole T8 tiles of bytes that stand for five codes. */
bool tern_packed8_codes_valid(const uint8_t *packed, size_t size);

#endif
