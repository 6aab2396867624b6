/* tern: inference of ternary (BitNet b1.58) transformers on CPUs.
 *
 * C11, libc and pthreads only. No globals: a model is immutable and may be shared by any number of
 * sessions; a session belongs to one thread at a time, save for tern_session_cancel. Functions return
 * TERN_OK or a negative code; those with (why, why_len) leave one line there for people when they fail.
 * Keep this header free of function-like and multi-line macros: the Python binding parses it.
 */
#ifndef TERN_H
#define TERN_H

#include <stddef.h>
#include <stdint.h>

enum {
    TERN_OK = 0,
    TERN_E_ARG = -1,       /* a null pointer, a count or an id out of range */
    TERN_E_MODEL = -2,     /* configuration or tensors that do not make a model */
    TERN_E_MEMORY = -3,    /* allocation failed */
    TERN_E_FULL = -4,      /* the context has no room for these tokens */
    TERN_E_CANCELLED = -5, /* tern_session_cancel was called; the session stays usable */
    TERN_E_CPU = -6,       /* the forced instruction set is not there */
    TERN_E_STATE = -7,     /* called out of order: no token evaluated yet */
    TERN_E_THREAD = -8,    /* a thread could not be started */
    TERN_E_KEY = -9,       /* a prefix that belongs to another model or another kind of session */
    TERN_E_FILE = -10      /* the model's file could not be read; the session stays usable */
};

enum { TERN_F32 = 0, TERN_F16 = 1, TERN_I8 = 2, TERN_T2 = 3, TERN_BF16 = 4, TERN_I4 = 5, TERN_T5 = 6, TERN_C2 = 7, TERN_T8 = 8, TERN_T1 = 9 };
/* TERN_T2: ternary weights at 2 bits, packed by tern_pack; layout in native/PACKING.md.
 * TERN_T5: ternary weights at 5 bits for three, for matrices without groups; layout there, too.
 * TERN_T8: ternary weights at 8 bits for five, for matrices without groups.
 * TERN_T1: weights without zeros at one bit, for matrices with groups of 128 or 256.
 * TERN_C2: ternary weights at 2 bits by columns, for `down` without groups: columns of zero activations are not read.
 * TERN_I8: int8 rows with one f32 scale a row in a second tensor "<name>_scale".
 * TERN_I4: 4-bit rows with a small scale for each 32 columns, and one f32 scale a row there; layout in native/PACKING.md. */

enum { TERN_ACT_RELU2 = 0, TERN_ACT_SILU = 1 };
enum { TERN_KV_F16 = 0, TERN_KV_INT8 = 1 };

/* Bits of tern_cpu_flags and of a mask of them. Of those that a CPU has the greatest is the best. */
enum {
    TERN_CPU_AVX2 = 1,
    TERN_CPU_AVX_VNNI = 2, /* in 256-bit registers, without AVX-512 */
    TERN_CPU_AVX512_VNNI = 4,
    TERN_CPU_AVX512_VBMI = 8, /* and VNNI */
    TERN_CPU_NEON = 16,
    TERN_CPU_DOTPROD = 32
};

typedef struct {
    uint32_t n_layers, d_model, d_ff, n_heads, n_kv_heads, head_dim, n_vocab, max_context;
    uint32_t activation; /* TERN_ACT_*: of the gate of the feed-forward network */
    uint32_t sub_norms;  /* 1: attn_sub_norm and ffn_sub_norm are there (BitNet), 0: they are not */
    float rope_theta, norm_eps;
    uint32_t input_norms;  /* 1: {q, k, v, gate, up}_in_norm are there */
    uint32_t qk_norms;     /* 1: q_norm and k_norm are there (Qwen3) */
    uint32_t group_size;   /* 0: one scale a matrix; 64, 128, 256: one for so many columns of a row */
    uint32_t rope_factors; /* 1: the tensor rope_factors divides the frequencies */
    float rope_amplitude;  /* multiplies cosine and sine; 0 is taken as 1 */
    float sub_norm_eps;    /* of the sub-norms and input norms; 0 is taken as norm_eps */
} tern_config;

/* A tensor somebody else owns (usually mapped); it must outlive the model. Shapes are outermost first. Names:
 *   embed, embed_scale, head, head_scale (head absent: tied to embed), final_norm, rope_factors,
 *   layers.N.{attn_norm, q, k, v, attn_sub_norm, o, ffn_norm, gate, up, ffn_sub_norm, down},
 *   layers.N.{q, k, v, gate, up}_in_norm, layers.N.{q, k}_norm and, for ternary tensors, the same name + "_scale":
 *   f32 [1], or with groups f16 [rows / 4, cols / group_size, 4], both rounded up; w = ternary * scale. Norms are f32. */
typedef struct {
    const char *name;
    uint32_t dtype; /* TERN_F32 ... */
    uint32_t rank;
    uint64_t shape[4]; /* of the unpacked tensor: [rows, cols] for matrices */
    const void *data;
    uint64_t size; /* bytes at data */
} tern_tensor;

typedef struct tern_model tern_model;
typedef struct tern_session tern_session;

const char *tern_error_string(int code);
const char *tern_version(void);

/* What this CPU has, and which of it may be used by models opened from now on (tests and benches force
 * a path with it; 0 is the reference). The mask is an argument of opening, not a global. */
uint32_t tern_cpu_flags(void);

/* The machine's read bandwidth: the best of n_passes over size bytes at data, at least 64 KiB and best many times the
 * caches, by n_threads. */
int tern_read_bandwidth(const void *data, uint64_t size, uint32_t n_threads, uint32_t n_passes,
                        double *bytes_per_second);

/* Packing, for converters. rows * cols codes in {-1, 0, +1}, row-major, any shape. */
int tern_pack_size(uint64_t rows, uint64_t cols, uint64_t *size);
int tern_pack(const int8_t *ternary, uint64_t rows, uint64_t cols, uint8_t *out, uint64_t out_size);
int tern_unpack(const uint8_t *packed, uint64_t rows, uint64_t cols, int8_t *out, uint64_t out_size);
/* The same for TERN_T5. */
int tern_pack5_size(uint64_t rows, uint64_t cols, uint64_t *size);
int tern_pack5(const int8_t *ternary, uint64_t rows, uint64_t cols, uint8_t *out, uint64_t out_size);
int tern_unpack5(const uint8_t *packed, uint64_t rows, uint64_t cols, int8_t *out, uint64_t out_size);

/* The same for TERN_T8. */
int tern_pack8_size(uint64_t rows, uint64_t cols, uint64_t *size);
int tern_pack8(const int8_t *ternary, uint64_t rows, uint64_t cols, uint8_t *out, uint64_t out_size);
int tern_unpack8(const uint8_t *packed, uint64_t rows, uint64_t cols, int8_t *out, uint64_t out_size);

/* The same for TERN_T1, of which a weight of 0 is none. */
int tern_pack1_size(uint64_t rows, uint64_t cols, uint64_t *size);
int tern_pack1(const int8_t *binary, uint64_t rows, uint64_t cols, uint8_t *out, uint64_t out_size);
int tern_unpack1(const uint8_t *packed, uint64_t rows, uint64_t cols, int8_t *out, uint64_t out_size);

/* The same for TERN_C2. */
int tern_pack_columns_size(uint64_t rows, uint64_t cols, uint64_t *size);
int tern_pack_columns(const int8_t *ternary, uint64_t rows, uint64_t cols, uint8_t *out, uint64_t out_size);
int tern_unpack_columns(const uint8_t *packed, uint64_t rows, uint64_t cols, int8_t *out, uint64_t out_size);

/* Flags of tern_model_open. TERN_CHECKED: tern_check_content passed all ternary, F16, BF16 and F32 matrices before, so that
 * opening need not read them (which would bring a mapped file into memory). A broken promise gives wrong numbers, never
 * a read or a write out of bounds. */
enum { TERN_CHECKED = 1 };

/* TERN_OK when n bytes at data, any part of a tensor of this type made of whole elements, hold valid codes and finite
 * numbers; else TERN_E_MODEL, or TERN_E_ARG for an unknown type. */
int tern_check_content(uint32_t dtype, const void *data, uint64_t n);

/* Everything is checked here, once: every tensor present, of the right type, shape and size, every dimension within
 * its cap, every product without overflow, every packed code valid. cpu_mask: TERN_CPU_* that may be used, UINT32_MAX for all;
 * TERN_E_CPU when it names only what this CPU lacks. */
int tern_model_open(tern_model **out, const tern_config *config, const tern_tensor *tensors, size_t n_tensors,
                    uint32_t cpu_mask, uint32_t flags, char *why, size_t why_len);
void tern_model_close(tern_model *model); /* after its sessions; NULL is fine */

/* From now on sessions read the rows of the embedding, and of the head when they are few, from the file that is mapped at
 * mapped[0..size), where these tensors must lie, and keep the last ones: a mapped row costs 64 KB of resident memory, or
 * megabytes where the kernel keeps files in large folios. Before the first session. The descriptor is duplicated.
 * Nothing changes for vocabularies of type T2. */
int tern_model_read_rows(tern_model *model, int descriptor, const void *mapped, uint64_t size);

/* Puts what a mapping of a file shows at mapped[0..size), from byte `at` of the file on, into memory of this process at the
 * same addresses, in huge pages as far as these reach and the kernel gives them: what is read from end to end for every
 * token is read faster then (decision 25). Others may read there meanwhile. The bytes stay when the file goes; MADV_DONTNEED
 * would lose them. *held: bytes that were taken, 0 where the kernel has no huge pages or none fits. Nothing has changed
 * after TERN_E_MEMORY and TERN_E_FILE. */
int tern_hold(const void *mapped, uint64_t size, int descriptor, uint64_t at, uint64_t *held);

/* Makes a coarse copy of the head, some 2.1 bits a weight, with n_threads (1..64), once. In sessions that are made after it
 * tern_session_logits, asked for all rows, reads the copy instead and then the rows of the head whose logits may be the greatest:
 * these have the bits they have without it, all others what the copy makes of them. Nothing changes for heads of type T2. */
int tern_model_shortlist(tern_model *model, uint32_t n_threads);

const char *tern_model_isa(const tern_model *model);

/* n_ctx tokens of KV cache (1..max_context), n_threads 1..64 including the caller's. */
int tern_session_create(tern_session **out, const tern_model *model, uint32_t n_ctx,
                        uint32_t n_threads, uint32_t kv_type, char *why, size_t why_len);
void tern_session_free(tern_session *session);

/* Make the cache hold exactly tokens[0..n): the common prefix with what it holds is kept, the rest is dropped and
 * evaluated in batches. *evaluated (may be NULL): how many were. At least the last token is evaluated anew when nothing else is.
 * On error the cache holds a prefix of tokens, of length tern_session_length; TERN_E_ARG and TERN_E_FULL change
 * nothing. n = 0 empties the cache. */
int tern_session_sync(tern_session *session, const int32_t *tokens, uint32_t n, uint32_t *evaluated);
/* Append tokens to what is there: sync without the comparison. */
int tern_session_append(tern_session *session, const int32_t *tokens, uint32_t n);
/* The same for 1 to TERN_MAX_EVERY tokens, and no more than the context has, so that tern_session_select can then choose of which
 * of them tern_session_logits speaks; without a choice it is the last. The bits are those of appending one by one. */
enum { TERN_MAX_EVERY = 64 };
int tern_session_append_every(tern_session *session, const int32_t *tokens, uint32_t n);
/* index: 0 for the first of these tokens. TERN_E_STATE when anything was evaluated or dropped since. */
int tern_session_select(tern_session *session, uint32_t index);
uint32_t tern_session_length(const tern_session *session);
/* The first n tokens of the cache, n up to its length. */
int tern_session_tokens(const tern_session *session, int32_t *out, uint32_t n);
/* Drop all tokens from position n on; the logits of the new last token are then not there until it is synced. */
int tern_session_truncate(tern_session *session, uint32_t n);

/* Forget n tokens after the first `keep`, when the context is full: those that follow move up, their keys turned back by n
 * positions, without being evaluated again. They still carry what they took from the forgotten ones, so the logits after this are
 * near those of evaluating what is left, not the same. At least one token after the forgotten ones stays; its logits stay,
 * too. */
int tern_session_evict(tern_session *session, uint32_t keep, uint32_t n);

/* Logits of the last evaluated token: f32 for the given rows of the head (ids NULL: rows 0..n). */
int tern_session_logits(tern_session *session, const int32_t *ids, uint32_t n, float *out);
/* How many rows of the head were read the last time that logits were asked for. */
uint32_t tern_session_rows_read(const tern_session *session);

/* How much of a squared-ReLU feed-forward network was zero, since counting was switched on. */
typedef struct {
    uint64_t inputs;     /* of `down`: d_ff a token */
    uint64_t zeros;      /* of these, as the gate gives them */
    uint64_t zero_codes; /* after rounding to int8 */
    uint64_t up_rows;    /* rows of `up` that decoding steps had before them */
    uint64_t up_skipped; /* of these, not read */
    uint64_t down_columns, down_skipped;
} tern_zeros;

/* Start (on 1) counting anew, or stop. Counting costs a few per cent. */
int tern_session_count(tern_session *session, uint32_t on);
int tern_session_zeros(const tern_session *session, uint32_t layer, tern_zeros *out);

/* Prefixes: the first tokens of a session with their keys and values, as bytes to keep in a file and to map back. They
 * carry the type of cache they were saved with and a key that names the model: TERN_KEY_BYTES of the caller's choice, a
 * digest of its configuration and weights. What comes back gives the same bits as evaluating the tokens. */
enum { TERN_KEY_BYTES = 32 };

/* Bytes that saving the first n tokens (1..length) takes now. */
int tern_prefix_size(const tern_session *session, uint32_t n, uint64_t *size);
/* TERN_E_MODEL when what the model computed for them are no finite numbers: loading would refuse it. */
int tern_prefix_save(const tern_session *session, const uint8_t *key, uint32_t n, void *out, uint64_t out_size);

/* *matched: the number of tokens in the prefix when they are the first of tokens[0..n) and fit the context, else 0. Looks
 * at the header and the tokens only. TERN_E_KEY: of another model or kind of session; TERN_E_MODEL: damaged. */
int tern_prefix_match(const tern_session *session, const uint8_t *key, const void *data, uint64_t size,
                      const int32_t *tokens, uint32_t n, uint32_t *matched);

/* Make the cache hold exactly the prefix; everything in it is checked first, and on error nothing is changed. Its last
 * token's logits are there at once when it was saved right after that token was evaluated. */
int tern_prefix_load(tern_session *session, const uint8_t *key, const void *data, uint64_t size, char *why,
                     size_t why_len);

/* Stop the evaluation that runs, from any thread. It returns TERN_E_CANCELLED within one layer; without one
 * running, the next call does. */
void tern_session_cancel(tern_session *session);

#endif
