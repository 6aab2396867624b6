/* Fuzzing of the door and of what lies behind it: bytes become a small model, changes to it that a hostile file could
 * hold, and calls on a session of it. A model that is refused ends the run; one that is taken must evaluate without
 * reading or writing a byte too many, whatever its numbers are.
 *
 * Input: 16 bytes of shape, 1 byte n, n changes of 11 bytes, then calls of 2 bytes each. What is missing is 0. */
#include <stdlib.h>
#include <string.h>

#include "synthetic.h"
#include "tern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_VOCAB = 40, MOST_CALLS = 40 };

typedef struct {
    const uint8_t *at;
    size_t left;
} input;

static unsigned next_byte(input *in)
{
    if (in->left == 0) {
        return 0;
    }
    in->left--;
    return *in->at++;
}

static uint64_t next_number(input *in)
{
    uint64_t number = 0;
    for (unsigned i = 0; i < 8; i++) {
        number |= (uint64_t)next_byte(in) << 8 * i;
    }
    return number;
}

static tern_config read_shape(input *in)
{
    tern_config c = {.rope_theta = 10000.0f, .norm_eps = 1e-5f};
    c.n_layers = 1 + next_byte(in) % 3;
    c.d_model = 1 + next_byte(in) % 80;
    c.d_ff = 1 + next_byte(in) % 140;
    c.n_kv_heads = 1 + next_byte(in) % 3;
    c.n_heads = c.n_kv_heads * (1 + next_byte(in) % 3);
    c.head_dim = 2 + 2 * (next_byte(in) % 20);
    c.n_vocab = 1 + next_byte(in) % MOST_VOCAB;
    c.max_context = 1 + next_byte(in);
    c.activation = next_byte(in) % 2;
    c.sub_norms = next_byte(in) % 2;
    static const uint32_t groups[] = {0, 0, 64, 128, 256};
    unsigned variant = next_byte(in);
    c.qk_norms = variant & 1;
    c.input_norms = variant >> 1 & 1;
    c.rope_factors = variant >> 2 & 1;
    c.group_size = groups[(variant >> 3) % 5];
    return c;
}

static void change_config(tern_config *c, unsigned which, uint64_t value)
{
    uint32_t word = (uint32_t)value;
    memcpy((uint8_t *)c + which % (sizeof *c / sizeof word) * sizeof word, &word, sizeof word);
}

/* Content is changed within the tensor's memory, metadata in any way but to a size above what is there: that the
 * caller's pointers hold `size` bytes is its promise. */
static void change_tensor(tern_tensor *t, unsigned kind, uint64_t value)
{
    uint8_t *bytes = (uint8_t *)(uintptr_t)t->data;
    size_t at = (size_t)(value >> 32) % (size_t)t->size;
    uint64_t rest = t->size - at;
    uint32_t word = (uint32_t)value;
    switch (kind % 7) {
    case 0:
        t->dtype = word;
        break;
    case 1:
        t->rank = word;
        break;
    case 2:
        t->shape[0] = value;
        break;
    case 3:
        t->shape[1] = value;
        break;
    case 4:
        t->size = value % (t->size + 1);
        break;
    case 5:
        memcpy(bytes + at / 4 * 4 % t->size, &word, rest < 4 ? (size_t)rest : 4);
        break;
    default:
        memset(bytes, (int)(value & 0xff), (size_t)t->size);
    }
}

static void change_model(synthetic *m, tern_config *config, input *in)
{
    unsigned n = next_byte(in);
    for (unsigned i = 0; i < n && in->left > 0; i++) {
        unsigned kind = next_byte(in), high = next_byte(in), low = next_byte(in);
        uint64_t value = next_number(in);
        unsigned which = high << 8 | low;
        if (kind == 255) {
            change_config(config, which, value);
        } else if (kind == 254) {
            if (m->n_tensors > 1) {
                m->n_tensors--;
                free((void *)(uintptr_t)m->tensors[m->n_tensors].name);
                free((void *)(uintptr_t)m->tensors[m->n_tensors].data);
            }
        } else if (m->tensors[which % m->n_tensors].size > 0) {
            change_tensor(&m->tensors[which % m->n_tensors], kind, value);
        }
    }
}

/* The same weights of a layer's matrices in another packing. */
static int repack(synthetic *m, unsigned packing)
{
    if (packing == 0 || m->config.group_size == 64) {
        return 0;
    }
    if (m->config.group_size != 0) {
        return synthetic_repack(m, TERN_T1);
    }
    if (packing != 2) {
        return synthetic_repack(m, packing == 1 ? TERN_T5 : TERN_T8);
    }
    for (size_t i = 0; i < m->n_tensors; i++) {
        tern_tensor *t = &m->tensors[i];
        const char *end = strrchr(t->name, '.');
        uint64_t size = 0;
        if (end == NULL || strcmp(end, ".down") != 0 ||
            tern_pack_columns_size(t->shape[0], t->shape[1], &size) != TERN_OK) {
            continue;
        }
        size_t n = (size_t)(t->shape[0] * t->shape[1]);
        int8_t *codes = malloc(n);
        uint8_t *packed = malloc((size_t)size);
        if (codes == NULL || packed == NULL || tern_unpack(t->data, t->shape[0], t->shape[1], codes, n) != TERN_OK ||
            tern_pack_columns(codes, t->shape[0], t->shape[1], packed, size) != TERN_OK) {
            free(codes);
            free(packed);
            return -1;
        }
        free(codes);
        free((void *)(uintptr_t)t->data);
        t->data = packed;
        t->size = size;
        t->dtype = TERN_C2;
    }
    return 0;
}

static void must(int condition)
{
    if (!condition) {
        abort();
    }
}

static void check_logits(tern_session *s, uint32_t n_vocab)
{
    float all[MOST_VOCAB], one;
    int status = tern_session_logits(s, NULL, n_vocab, all);
    must(status == TERN_OK || status == TERN_E_STATE);
    int32_t row = (int32_t)n_vocab - 1;
    if (status == TERN_OK && tern_session_rows_read(s) < n_vocab) { /* a shortlist: coarse but for those on top */
        row = 0;
        for (uint32_t i = 1; i < n_vocab; i++) {
            row = all[i] > all[row] ? (int32_t)i : row;
        }
    }
    if (status == TERN_OK) {
        must(tern_session_logits(s, &row, 1, &one) == TERN_OK);
        must(memcmp(&one, &all[row], sizeof one) == 0);
    }
}

/* Saves a prefix, changes one of its bytes or its length, and loads it. */
static void use_prefix(tern_session *s, unsigned argument)
{
    static const uint8_t key[TERN_KEY_BYTES] = {1, 2, 3};
    uint32_t before = tern_session_length(s), n = 1 + argument % 7, matched;
    uint64_t size;
    if (tern_prefix_size(s, n, &size) != TERN_OK) {
        must(n > before);
        return;
    }
    uint8_t *data = malloc((size_t)size);
    if (data == NULL) {
        return;
    }
    int saved = tern_prefix_save(s, key, n, data, size);
    must(saved == TERN_OK || saved == TERN_E_MODEL);
    if (saved != TERN_OK) {
        free(data);
        return;
    }
    int is_whole = argument >> 3 == 0;
    if (argument >> 3 & 1) {
        size = size * (argument >> 4) / 16;
    } else if (!is_whole) {
        data[argument * 2654435761u % size] ^= (uint8_t)argument;
    }
    uint8_t *exact = malloc(size > 0 ? (size_t)size : 1);
    if (exact != NULL) {
        memcpy(exact, data, (size_t)size);
        int32_t token = 0;
        int status = tern_prefix_match(s, key, exact, size, &token, 1, &matched);
        must(matched <= 1);
        must(!is_whole || status == TERN_OK);
        status = tern_prefix_load(s, key, exact, size, NULL, 0);
        must(!is_whole || status == TERN_OK);
        must(tern_session_length(s) == (status == TERN_OK ? n : before));
    }
    free(exact);
    free(data);
}

/* What a file that somebody else wrote may hold: the header of a prefix of this session, numbers of its own, and noise. */
static void load_strange_prefix(tern_session *s, unsigned argument)
{
    uint8_t data[200], key[TERN_KEY_BYTES] = {0};
    uint64_t size;
    memset(data, (int)argument, sizeof data);
    uint32_t before = tern_session_length(s), matched;
    if (tern_prefix_size(s, 1, &size) == TERN_OK && size <= sizeof data) {
        must(tern_prefix_save(s, key, 1, data, sizeof data) <= TERN_OK);
        memset(data + 48 + argument % 32, 0xff, 4);
    }
    must(tern_prefix_match(s, key, data, argument % sizeof data, NULL, 0, &matched) <= TERN_OK);
    int status = tern_prefix_load(s, key, data, argument % sizeof data, NULL, 0);
    must(status == TERN_OK || tern_session_length(s) == before);
}

static void check_every(tern_session *s, const int32_t *tokens, uint32_t n, unsigned argument)
{
    uint32_t before = tern_session_length(s);
    int status = tern_session_append_every(s, tokens, n);
    must(tern_session_length(s) == (status == TERN_OK ? before + n : before));
    int selected = tern_session_select(s, argument % 70);
    must(selected != TERN_OK || status != TERN_OK || argument % 70 < n);
}

static void call(tern_session *s, unsigned what, unsigned argument, uint32_t n_vocab)
{
    int32_t tokens[64];
    uint32_t n = argument % 64, before = tern_session_length(s);
    for (uint32_t i = 0; i < 64; i++) {
        tokens[i] = (int32_t)((argument + i * i) % n_vocab);
    }
    int status;
    switch (what % 11) {
    case 10:
        status = tern_session_evict(s, argument & 15, argument >> 4);
        must(tern_session_length(s) == (status == TERN_OK ? before - (argument >> 4) : before));
        break;
    case 6:
        use_prefix(s, argument);
        break;
    case 7:
        check_every(s, tokens, n, argument);
        break;
    case 8:
        load_strange_prefix(s, argument);
        break;
    case 9:
        must(tern_session_count(s, argument % 3) == (argument % 3 < 2 ? TERN_OK : TERN_E_ARG));
        break;
    case 0:
        status = tern_session_append(s, tokens, n);
        must(tern_session_length(s) == (status == TERN_OK ? before + n : before));
        break;
    case 1:
        status = tern_session_sync(s, tokens, n, NULL);
        must(status != TERN_OK || tern_session_length(s) == n);
        break;
    case 2:
        status = tern_session_truncate(s, argument);
        must((status == TERN_OK) == (argument <= before));
        break;
    case 3:
        tern_session_cancel(s);
        break;
    case 4:
        tokens[n] = (int32_t)(argument * 0x01010101u);
        tern_session_append(s, tokens, n + 1);
        break;
    default:
        check_logits(s, n_vocab);
    }
}

static void use(const tern_model *model, uint32_t n_vocab, uint32_t kv, uint32_t n_ctx, uint32_t n_threads, input *in)
{
    tern_session *s = NULL;
    char why[64];
    if (tern_session_create(&s, model, n_ctx, n_threads, kv, why, sizeof why) == TERN_OK) {
        for (int i = 0; i < MOST_CALLS && in->left > 0; i++) {
            unsigned what = next_byte(in);
            call(s, what, next_byte(in), n_vocab);
        }
        check_logits(s, n_vocab);
        tern_session_free(s);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t dtypes[] = {TERN_F32, TERN_F16, TERN_I8, TERN_BF16, TERN_I4, TERN_T2};
    input in = {data, size};
    tern_config config = read_shape(&in);
    unsigned flags = next_byte(&in), packing = next_byte(&in) % 4, n_ctx = next_byte(&in), n_threads = next_byte(&in) % 3;
    uint32_t mask = next_byte(&in) % 3 == 0 ? 0 : UINT32_MAX;
    synthetic m;
    if (synthetic_create(&m, &config, (synthetic_options){dtypes[(flags & 3) + (flags >> 4) % 3], flags >> 2 & 1, size}) != 0) {
        return 0;
    }
    if (repack(&m, packing) != 0) {
        synthetic_free(&m);
        return 0;
    }
    change_model(&m, &config, &in);
    tern_model *model = NULL;
    char why[160];
    if (tern_model_open(&model, &config, m.tensors, m.n_tensors, mask, 0, why, sizeof why) == TERN_OK) {
        if (flags >> 6 & 1) {
            must(tern_model_shortlist(model, 1) == TERN_OK);
        }
        use(model, config.n_vocab, flags >> 3 & 1, n_ctx, n_threads, &in);
        tern_model_close(model);
    } else {
        must(why[0] != '\0');
    }
    synthetic_free(&m);
    return 0;
}
