/* The tensors that a model is opened with: found by name, each of the type and shape that it must have. */
#include "tensors.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pack.h"

int tern_refuse(const tern_opening *o, int code, const char *format, ...)
{
    if (o->why != NULL && o->why_len > 0) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(o->why, o->why_len, format, arguments);
        va_end(arguments);
    }
    return code;
}

static int by_name(const void *a, const void *b)
{
    const tern_found_tensor *x = a, *y = b;
    return strcmp(x->tensor->name, y->tensor->name);
}

/* A name for an error message: what cannot be printed becomes '?'. */
static const char *printable(const char *name, char copy[TERN_NAME_LENGTH])
{
    size_t i = 0;
    for (; i + 1 < TERN_NAME_LENGTH && name[i] != '\0'; i++) {
        copy[i] = name[i] >= ' ' && name[i] <= '~' ? name[i] : '?';
    }
    copy[i] = '\0';
    return copy;
}

int tern_sort_tensors(tern_opening *o, const tern_tensor *tensors)
{
    for (size_t i = 0; i < o->n; i++) {
        if (tensors[i].name == NULL || tensors[i].data == NULL) {
            return tern_refuse(o, TERN_E_ARG, "tensor number %zu has no %s", i, tensors[i].name == NULL ? "name" : "data");
        }
        o->sorted[i] = (tern_found_tensor){&tensors[i], false};
    }
    qsort(o->sorted, o->n, sizeof *o->sorted, by_name);
    char name[TERN_NAME_LENGTH];
    for (size_t i = 1; i < o->n; i++) {
        const char *this = o->sorted[i].tensor->name;
        if (strcmp(o->sorted[i - 1].tensor->name, this) == 0) {
            return tern_refuse(o, TERN_E_MODEL, "tensor %s is there twice", printable(this, name));
        }
    }
    return TERN_OK;
}

tern_found_tensor *tern_find_tensor(const tern_opening *o, const char *name)
{
    const tern_tensor tensor = {.name = name};
    const tern_found_tensor key = {&tensor, false};
    return bsearch(&key, o->sorted, o->n, sizeof *o->sorted, by_name);
}

int tern_require(tern_opening *o, const char *name, uint32_t dtype, const uint64_t shape[3], uint64_t size,
                 const tern_tensor **out)
{
    static const char *const dtypes[] = {"F32", "F16", "I8", "T2", "BF16", "I4", "T5", "C2", "T8", "T1"};
    tern_found_tensor *found = tern_find_tensor(o, name);
    if (found == NULL) {
        return tern_refuse(o, TERN_E_MODEL, "tensor %s is missing", name);
    }
    const tern_tensor *t = found->tensor;
    if (t->dtype != dtype) {
        return tern_refuse(o, TERN_E_MODEL, "tensor %s has dtype %u; it must be %s (%u)", name, t->dtype, dtypes[dtype],
                           dtype);
    }
    uint32_t rank = shape[1] == 0 ? 1 : shape[2] == 0 ? 2 : 3;
    bool same = t->rank == rank;
    for (uint32_t i = 0; i < rank && same; i++) {
        same = t->shape[i] == shape[i];
    }
    if (!same) {
        return tern_refuse(o, TERN_E_MODEL, "tensor %s has the wrong shape; it must be [%llu%s%.0llu%s%.0llu]", name,
                           (unsigned long long)shape[0], rank >= 2 ? ", " : "", (unsigned long long)shape[1],
                           rank >= 3 ? ", " : "", (unsigned long long)shape[2]);
    }
    if (t->size != size) {
        return tern_refuse(o, TERN_E_MODEL, "tensor %s has %llu bytes; its shape needs %llu", name,
                           (unsigned long long)t->size, (unsigned long long)size);
    }
    found->used = true;
    *out = t;
    return TERN_OK;
}

static bool all_finite_f32(const void *data, size_t n)
{
    const uint8_t *bytes = data;
    uint32_t broken = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, bytes + i * sizeof bits, sizeof bits);
        broken |= (bits & 0x7f800000) == 0x7f800000;
    }
    return !broken;
}

/* Elements of 16 bits whose exponent has the bits of mask. */
static bool all_finite_16(const void *data, size_t n, unsigned mask)
{
    const uint8_t *bytes = data;
    unsigned broken = 0;
    for (size_t i = 0; i < n; i++) {
        uint16_t bits;
        memcpy(&bits, bytes + i * sizeof bits, sizeof bits);
        broken |= (bits & mask) == mask;
    }
    return !broken;
}

int tern_check_content(uint32_t dtype, const void *data, uint64_t n)
{
    if (data == NULL && n > 0) {
        return TERN_E_ARG;
    }
    switch (dtype) {
    case TERN_F32:
        return all_finite_f32(data, (size_t)n / 4) ? TERN_OK : TERN_E_MODEL;
    case TERN_F16:
        return all_finite_16(data, (size_t)n / 2, 0x7c00) ? TERN_OK : TERN_E_MODEL;
    case TERN_BF16:
        return all_finite_16(data, (size_t)n / 2, 0x7f80) ? TERN_OK : TERN_E_MODEL;
    case TERN_T2:
    case TERN_C2:
        return tern_packed_codes_valid(data, (size_t)n) ? TERN_OK : TERN_E_MODEL;
    case TERN_T5:
        return tern_packed5_codes_valid(data, (size_t)n) ? TERN_OK : TERN_E_MODEL;
    case TERN_T8:
        return tern_packed8_codes_valid(data, (size_t)n) ? TERN_OK : TERN_E_MODEL;
    case TERN_T1:
    case TERN_I8:
    case TERN_I4:
        return TERN_OK; /* every byte is a value */
    default:
        return TERN_E_ARG;
    }
}

static int check_content(const tern_opening *o, const tern_tensor *t)
{
    if (tern_check_content(t->dtype, t->data, t->size) != TERN_OK) {
        return tern_refuse(o, TERN_E_MODEL,
                           t->dtype == TERN_T2 || t->dtype == TERN_T5 || t->dtype == TERN_T8 || t->dtype == TERN_C2
                           ? "tensor %s holds a code that is no ternary weight"
                           : "tensor %s holds a value that is no finite number",
                           t->name);
    }
    return TERN_OK;
}

int tern_check_matrix(const tern_opening *o, const tern_tensor *t)
{
    return o->flags & TERN_CHECKED ? TERN_OK : check_content(o, t);
}

int tern_require_f32(tern_opening *o, const char *name, uint64_t n, const tern_tensor **out)
{
    int status = tern_require(o, name, TERN_F32, (const uint64_t[3]){n}, n * sizeof(float), out);
    return status == TERN_OK ? check_content(o, *out) : status;
}

int tern_refuse_unused(const tern_opening *o)
{
    for (size_t i = 0; i < o->n; i++) {
        if (!o->sorted[i].used) {
            char name[TERN_NAME_LENGTH];
            return tern_refuse(o, TERN_E_MODEL, "tensor %s has no place in a model of this configuration",
                               printable(o->sorted[i].tensor->name, name));
        }
    }
    return TERN_OK;
}
