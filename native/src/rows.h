/* Rows of a vocabulary that a session read from the model's file, the last ones kept: those of a grammar come again. */
#ifndef TERN_ROWS_H
#define TERN_ROWS_H

#include <stdbool.h>

#include "model.h"

enum { TERN_KEPT_ROWS = 640 /* those of a grammar, and a batch of a prompt */ };

typedef struct {
    tern_vocabulary table; /* of TERN_KEPT_ROWS rows: what `of` has, row by row */
    const tern_vocabulary *of;
    uint16_t *slots;   /* [n_vocab]: the row of the table that holds a token's, or TERN_KEPT_ROWS */
    int32_t *tokens;   /* [TERN_KEPT_ROWS]: the token whose row it is */
    uint32_t n;        /* rows in use */
    uint8_t *rows, *scales;
} tern_rows;

/* For a vocabulary of a model with a file; false without memory. Zeroed before, to be released in any case. */
bool tern_rows_create(tern_rows *rows, const tern_model *model, const tern_vocabulary *of);
void tern_rows_release(tern_rows *rows);

/* Afterwards the rows of n tokens, 1..TERN_KEPT_ROWS, are in the table, at slots[token]; TERN_E_FILE when the file cannot be read. */
int tern_rows_fetch(tern_rows *rows, int file, const int32_t *tokens, uint32_t n);

#endif
