/* Random models of any shape, for tests and benches. */
#ifndef TERN_SYNTHETIC_H
#define TERN_SYNTHETIC_H

#include <stddef.h>
#include <stdint.h>

#include "tern.h"

typedef struct {
    tern_config config;
    tern_tensor *tensors;
    size_t n_tensors;
    size_t ternary_bytes; /* of all packed matrices */
    size_t vocab_bytes;   /* of the embedding, and of the head when it is another tensor */
} synthetic;

typedef struct {
    uint32_t vocab_dtype; /* of embed and head */
    uint32_t untied;      /* 1: a head of its own */
    uint64_t seed;
} synthetic_options;

/* 0, or -1 without memory. */
int synthetic_create(synthetic *out, const tern_config *config, synthetic_options options);
void synthetic_free(synthetic *model);

/* Makes so many per cent of the rows of every `gate` zero, as squared ReLU makes most of them in trained models: T2 only. */
void synthetic_quieten(synthetic *model, uint32_t percent);

/* Packs all T2 matrices as TERN_T5 or TERN_T8, for models without groups, or as TERN_T1 with 1 for 0, for those with groups of 128 or 256;
 * -1 without memory. */
int synthetic_repack(synthetic *model, uint32_t dtype);

/* The tensor of this name, or NULL. */
tern_tensor *synthetic_find(synthetic *model, const char *name);

#endif
