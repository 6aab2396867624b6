/* Looking up the tensors that a model is opened with. */
#ifndef TERN_TENSORS_H
#define TERN_TENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tern.h"

enum { TERN_NAME_LENGTH = 64 };

typedef struct {
    const tern_tensor *tensor;
    bool used;
} tern_found_tensor;

/* What is wanted while the tensors are looked up. */
typedef struct {
    const tern_config *config;
    tern_found_tensor *sorted; /* [n] by name */
    size_t n;
    uint32_t flags;
    float *next_norm; /* where the next norm is copied to */
    char *why;
    size_t why_len;
} tern_opening;

/* Says why in o->why, and gives the code. */
int tern_refuse(const tern_opening *o, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Fills o->sorted; tensors [o->n]. TERN_E_ARG for one without a name or data, TERN_E_MODEL for one that is there twice. */
int tern_sort_tensors(tern_opening *o, const tern_tensor *tensors);

/* NULL when there is none of this name. */
tern_found_tensor *tern_find_tensor(const tern_opening *o, const char *name);

/* A tensor that must be there with this type and shape: up to three dimensions, those that are 0 are not there. `size`
 * bytes. */
int tern_require(tern_opening *o, const char *name, uint32_t dtype, const uint64_t shape[3], uint64_t size,
                 const tern_tensor **out);

/* The same for n finite floats. */
int tern_require_f32(tern_opening *o, const char *name, uint64_t n, const tern_tensor **out);

/* Checks a matrix's content, unless the caller has. */
int tern_check_matrix(const tern_opening *o, const tern_tensor *t);

/* TERN_E_MODEL where a tensor was not asked for. */
int tern_refuse_unused(const tern_opening *o);

#endif
