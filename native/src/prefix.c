/* Prefixes: the first tokens of a session with their keys and values, as bytes that outlive the process.
 *
 * A header, int32 tokens [n], the hidden state f32 [d_model] when the header says so, and for each layer and key head:
 * keys [n, head_dim], values [n, head_dim] and, at 8 bits, their f32 scales [n] and [n]. Little-endian. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "memory.h"
#include "session.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "prefix files are little-endian"
#endif

typedef struct {
    char magic[8];
    uint64_t checksum; /* of everything behind the header: the sum of those of its parts, the start and each head's */
    uint8_t key[TERN_KEY_BYTES];
    uint32_t n, n_layers, n_kv_heads, head_dim, kv_type, n_hidden;
    uint32_t reserved[2];
} header;

static const char magic[8] = "ternkv2";

static int fail(char *why, size_t why_len, int code, const char *format, ...) __attribute__((format(printf, 4, 5)));

static int fail(char *why, size_t why_len, int code, const char *format, ...)
{
    if (why != NULL && why_len > 0) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(why, why_len, format, arguments);
        va_end(arguments);
    }
    return code;
}

/* Of the part of this index. Four sums of whole words side by side; what is left is taken as a last word filled with zeros. */
static uint64_t checksum_of(const uint8_t *data, size_t n, uint64_t index)
{
    const uint64_t prime = 0x9e3779b97f4a7c15u;
    uint64_t sums[4] = {n, 1, 2, index * prime + 3};
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        for (size_t j = 0; j < 4; j++) {
            uint64_t word;
            memcpy(&word, data + i + 8 * j, 8);
            sums[j] = (sums[j] ^ word) * prime;
            sums[j] ^= sums[j] >> 32;
        }
    }
    for (; i < n; i += 8) {
        uint64_t word = 0;
        memcpy(&word, data + i, tern_smaller(8, n - i));
        sums[0] = (sums[0] ^ word) * prime;
        sums[0] ^= sums[0] >> 32;
    }
    for (size_t j = 1; j < 4; j++) {
        sums[0] = (sums[0] ^ sums[j]) * prime;
        sums[0] ^= sums[0] >> 29;
    }
    return sums[0];
}

/* Bytes of a head's keys, and of its scales. The products fit: they are parts of a cache that was allocated. */
static size_t rows_bytes(const tern_session *s, uint32_t n)
{
    return (size_t)n * s->model->config.head_dim * (s->kv_type == TERN_KV_F16 ? sizeof(uint16_t) : sizeof(int8_t));
}

static size_t scales_bytes(const tern_session *s, uint32_t n)
{
    return s->kv_type == TERN_KV_INT8 ? n * sizeof(float) : 0;
}

static size_t n_heads_of(const tern_session *s)
{
    return (size_t)s->model->config.n_layers * s->model->config.n_kv_heads;
}

static size_t size_of(const tern_session *s, uint32_t n, uint32_t n_hidden)
{
    size_t heads = n_heads_of(s) * 2 * (rows_bytes(s, n) + scales_bytes(s, n));
    return sizeof(header) + n * sizeof(int32_t) + n_hidden * sizeof(float) + heads;
}

static uint32_t hidden_of(const tern_session *s, uint32_t n)
{
    return s->has_hidden && !s->selected && n == s->length ? s->model->config.d_model : 0;
}

int tern_prefix_size(const tern_session *session, uint32_t n, uint64_t *size)
{
    if (session == NULL || size == NULL || n < 1 || n > session->length) {
        return TERN_E_ARG;
    }
    *size = size_of(session, n, hidden_of(session, n));
    return TERN_OK;
}

static void put(uint8_t **at, const void *from, size_t n)
{
    if (n > 0) {
        memcpy(*at, from, n);
        *at += n;
    }
}

static void get(void *to, const uint8_t **at, size_t n)
{
    if (n > 0) {
        memcpy(to, *at, n);
        *at += n;
    }
}

/* Bytes of what stands before the heads, and of each head's keys, values and scales. */
static size_t start_bytes(const header *h)
{
    return h->n * sizeof(int32_t) + h->n_hidden * sizeof(float);
}

static size_t head_bytes(const tern_session *s, uint32_t n)
{
    return 2 * (rows_bytes(s, n) + scales_bytes(s, n));
}

/* What the threads that look at a prefix, or copy it, share. */
typedef struct {
    tern_session *session; /* copying only */
    const tern_session *of;
    const uint8_t *heads; /* of the prefix */
    uint32_t n;
    _Atomic uint64_t checksum;
    atomic_bool unusable; /* a number is not finite */
} body;

/* Whether tokens are of the vocabulary and numbers finite, in what stands before the heads. */
static bool start_usable(const tern_session *s, const header *h, const uint8_t *at)
{
    for (uint32_t i = 0; i < h->n; i++) {
        int32_t token;
        get(&token, &at, sizeof token);
        if (token < 0 || (uint32_t)token >= s->model->config.n_vocab) {
            return false;
        }
    }
    return tern_check_content(TERN_F32, at, h->n_hidden * sizeof(float)) == TERN_OK;
}

static void check_heads(void *context, size_t begin, size_t end, uint32_t thread)
{
    (void)thread;
    body *b = context;
    const tern_session *s = b->of;
    size_t size = head_bytes(s, b->n), rows = 2 * rows_bytes(s, b->n);
    for (size_t head = begin; head < end; head++) {
        const uint8_t *at = b->heads + head * size;
        atomic_fetch_add(&b->checksum, checksum_of(at, size, head + 1));
        if ((s->kv_type != TERN_KV_INT8 && tern_check_content(TERN_F16, at, rows) != TERN_OK) ||
            tern_check_content(TERN_F32, at + rows, size - rows) != TERN_OK) {
            atomic_store(&b->unusable, true);
        }
    }
}

/* The checksum of what stands behind a header; false when something in it cannot be used. */
static bool check_body(const tern_session *s, const header *h, const uint8_t *at, uint64_t *checksum)
{
    body b = {.of = s, .heads = at + start_bytes(h), .n = h->n};
    atomic_init(&b.checksum, checksum_of(at, start_bytes(h), 0));
    atomic_init(&b.unusable, false);
    tern_pool_run(s->pool, check_heads, &b, n_heads_of(s), TERN_LONG_LOOP);
    *checksum = b.checksum;
    return start_usable(s, h, at) && !b.unusable;
}

static void copy_heads(void *context, size_t begin, size_t end, uint32_t thread)
{
    (void)thread;
    const body *b = context;
    tern_session *s = b->session;
    const uint8_t *at = b->heads + begin * head_bytes(s, b->n);
    for (size_t head = begin; head < end; head++) {
        get(s->keys + rows_bytes(s, s->n_ctx) * head, &at, rows_bytes(s, b->n));
        get(s->values + rows_bytes(s, s->n_ctx) * head, &at, rows_bytes(s, b->n));
        if (s->kv_type == TERN_KV_INT8) {
            get(s->key_scales + head * s->n_ctx, &at, scales_bytes(s, b->n));
            get(s->value_scales + head * s->n_ctx, &at, scales_bytes(s, b->n));
        }
    }
}

int tern_prefix_save(const tern_session *session, const uint8_t *key, uint32_t n, void *out, uint64_t out_size)
{
    uint64_t size;
    if (key == NULL || out == NULL || tern_prefix_size(session, n, &size) != TERN_OK || out_size < size) {
        return TERN_E_ARG;
    }
    const tern_session *s = session;
    const tern_config *c = &s->model->config;
    header h = {.n = n,
                .n_layers = c->n_layers,
                .n_kv_heads = c->n_kv_heads,
                .head_dim = c->head_dim,
                .kv_type = s->kv_type,
                .n_hidden = hidden_of(s, n)};
    memcpy(h.magic, magic, sizeof magic);
    memcpy(h.key, key, sizeof h.key);
    uint8_t *start = (uint8_t *)out + sizeof h, *at = start;
    put(&at, s->tokens, n * sizeof *s->tokens);
    put(&at, s->hidden, h.n_hidden * sizeof *s->hidden);
    for (size_t head = 0; head < n_heads_of(s); head++) {
        size_t row = head * s->n_ctx;
        put(&at, s->keys + rows_bytes(s, s->n_ctx) * head, rows_bytes(s, n));
        put(&at, s->values + rows_bytes(s, s->n_ctx) * head, rows_bytes(s, n));
        if (s->kv_type == TERN_KV_INT8) {
            put(&at, s->key_scales + row, scales_bytes(s, n));
            put(&at, s->value_scales + row, scales_bytes(s, n));
        }
    }
    if (!check_body(s, &h, start, &h.checksum)) {
        return TERN_E_MODEL;
    }
    memcpy(out, &h, sizeof h);
    return TERN_OK;
}

/* Whether the bytes are a whole prefix of this session's shape and model; *h is filled then. */
static int check_header(const tern_session *s, const uint8_t *key, const void *data, uint64_t size, header *h,
                        char *why, size_t why_len)
{
    const tern_config *c = &s->model->config;
    if (size < sizeof *h) {
        return fail(why, why_len, TERN_E_MODEL, "the prefix has %llu bytes: it is no prefix",
                    (unsigned long long)size);
    }
    memcpy(h, data, sizeof *h);
    if (memcmp(h->magic, magic, sizeof magic) != 0) {
        return fail(why, why_len, TERN_E_MODEL, "this is no prefix, or one of another version");
    }
    if (memcmp(h->key, key, sizeof h->key) != 0 || h->n_layers != c->n_layers || h->n_kv_heads != c->n_kv_heads ||
        h->head_dim != c->head_dim || (h->n_hidden != 0 && h->n_hidden != c->d_model)) {
        return fail(why, why_len, TERN_E_KEY, "the prefix was saved by another model");
    }
    if (h->kv_type != s->kv_type) {
        return fail(why, why_len, TERN_E_KEY, "the prefix was saved by a session with another type of cache");
    }
    if (h->n < 1 || h->n > c->max_context || size != size_of(s, h->n, h->n_hidden)) {
        return fail(why, why_len, TERN_E_MODEL, "the prefix of %u tokens is cut or damaged", h->n);
    }
    return TERN_OK;
}

int tern_prefix_match(const tern_session *session, const uint8_t *key, const void *data, uint64_t size,
                      const int32_t *tokens, uint32_t n, uint32_t *matched)
{
    if (matched != NULL) {
        *matched = 0;
    }
    if (session == NULL || key == NULL || data == NULL || matched == NULL || (tokens == NULL && n > 0)) {
        return TERN_E_ARG;
    }
    header h;
    int status = check_header(session, key, data, size, &h, NULL, 0);
    if (status == TERN_OK && h.n <= n && h.n <= session->n_ctx &&
        memcmp((const uint8_t *)data + sizeof h, tokens, h.n * sizeof *tokens) == 0) {
        *matched = h.n;
    }
    return status;
}

int tern_prefix_load(tern_session *session, const uint8_t *key, const void *data, uint64_t size, char *why,
                     size_t why_len)
{
    if (why != NULL && why_len > 0) {
        why[0] = '\0';
    }
    if (session == NULL || key == NULL || data == NULL) {
        return fail(why, why_len, TERN_E_ARG, "a null pointer was given");
    }
    tern_session *s = session;
    header h;
    int status = check_header(s, key, data, size, &h, why, why_len);
    if (status != TERN_OK) {
        return status;
    }
    if (h.n > s->n_ctx) {
        return fail(why, why_len, TERN_E_FULL, "the prefix has %u tokens, the context room for %u", h.n, s->n_ctx);
    }
    const uint8_t *at = (const uint8_t *)data + sizeof h;
    uint64_t checksum;
    if (!check_body(s, &h, at, &checksum) || checksum != h.checksum) {
        return fail(why, why_len, TERN_E_MODEL, "the prefix of %u tokens is cut or damaged", h.n);
    }
    get(s->tokens, &at, h.n * sizeof *s->tokens);
    get(s->hidden, &at, h.n_hidden * sizeof *s->hidden);
    body b = {.session = s, .of = s, .heads = at, .n = h.n};
    tern_pool_run(s->pool, copy_heads, &b, n_heads_of(s), TERN_LONG_LOOP);
    s->length = h.n;
    s->has_hidden = h.n_hidden > 0;
    s->selected = false;
    s->n_every = 0;
    return TERN_OK;
}
