#include "rows.h"

#include "memory.h"
#include "pages.h"

bool tern_rows_create(tern_rows *rows, const tern_model *model, const tern_vocabulary *of)
{
    size_t n_vocab = model->config.n_vocab;
    rows->of = of;
    rows->slots = tern_allocate(n_vocab * sizeof *rows->slots);
    rows->tokens = tern_allocate(TERN_KEPT_ROWS * sizeof *rows->tokens);
    rows->rows = tern_allocate(TERN_KEPT_ROWS * of->row_bytes);
    rows->scales = tern_allocate(TERN_KEPT_ROWS * (of->scale_bytes + 1));
    rows->table = *of;
    rows->table.rows = rows->rows;
    rows->table.scales = rows->scales;
    if (rows->slots == NULL || rows->tokens == NULL || rows->rows == NULL || rows->scales == NULL) {
        return false;
    }
    for (size_t i = 0; i < n_vocab; i++) {
        rows->slots[i] = TERN_KEPT_ROWS;
    }
    return true;
}

void tern_rows_release(tern_rows *rows)
{
    tern_release(rows->slots);
    tern_release(rows->tokens);
    tern_release(rows->rows);
    tern_release(rows->scales);
}

static uint32_t count_missing(const tern_rows *rows, const int32_t *tokens, uint32_t n)
{
    uint32_t missing = 0;
    for (uint32_t i = 0; i < n; i++) {
        missing += rows->slots[tokens[i]] == TERN_KEPT_ROWS;
    }
    return missing;
}

int tern_rows_fetch(tern_rows *rows, int file, const int32_t *tokens, uint32_t n)
{
    const tern_vocabulary *of = rows->of;
    if (count_missing(rows, tokens, n) > TERN_KEPT_ROWS - rows->n) {
        for (uint32_t i = 0; i < rows->n; i++) {
            rows->slots[rows->tokens[i]] = TERN_KEPT_ROWS;
        }
        rows->n = 0;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t token = (uint32_t)tokens[i];
        if (rows->slots[token] != TERN_KEPT_ROWS) {
            continue;
        }
        uint8_t *scales = rows->scales + rows->n * of->scale_bytes;
        if (!tern_read_at(file, rows->rows + rows->n * of->row_bytes, of->row_bytes, of->rows_at + token * of->row_bytes) ||
            !tern_read_at(file, scales, of->scale_bytes, of->scales_at + token * of->scale_bytes)) {
            return TERN_E_FILE;
        }
        rows->tokens[rows->n] = tokens[i];
        rows->slots[token] = (uint16_t)rows->n++;
    }
    return TERN_OK;
}
