/* x86-64 with AVX-512 VBMI beside what kernels_avx512_vnni.c wants: the products of T5 and T8, whose codes come out of tables as the
 * fields of T2. The rest of the table is that of AVX-512 VNNI. */
#if defined(__x86_64__)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,avx512f,avx512bw,avx512vl,avx512vnni,avx512vbmi"))),          \
                             apply_to = function)
#else
#pragma GCC target("avx2,avx512f,avx512bw,avx512vl,avx512vnni,avx512vbmi")
#endif

#include <immintrin.h>

#include "kernels.h"

#define INLINE static inline __attribute__((always_inline))

#include "zmm_fields.h"

#define FOUR(entry, i) entry(i), entry((i) + 1), entry((i) + 2), entry((i) + 3)
#define SIXTEEN(entry, i) FOUR(entry, i), FOUR(entry, (i) + 4), FOUR(entry, (i) + 8), FOUR(entry, (i) + 12)
#define SIXTY_FOUR(entry, i)                                                                                           \
    SIXTEEN(entry, i), SIXTEEN(entry, (i) + 16), SIXTEEN(entry, (i) + 32), SIXTEEN(entry, (i) + 48)

/* The first three or four codes of a number in base 3, as fields. */
#define THREE_FIELDS(n) ((n) % 3 | (n) / 3 % 3 << 2 | (n) / 9 % 3 << 4)
#define FOUR_FIELDS(n) (THREE_FIELDS(n) | (n) / 27 % 3 << 6)

/* By the five bits of an index; the sixth may be anything. */
#define T5_FIELDS(i) THREE_FIELDS((i) % 32)

/* The number of a T8 byte is byte * 243 / 256. */
#define T8_FIELDS(byte) FOUR_FIELDS((byte) * 243 / 256)
#define T8_FIFTH(byte) ((byte) * 243 / 256 / 81)

static const _Alignas(64) uint8_t t5_table[64] = {SIXTY_FOUR(T5_FIELDS, 0)};
static const _Alignas(64) uint8_t t8_four[4][64] = {
    {SIXTY_FOUR(T8_FIELDS, 0)}, {SIXTY_FOUR(T8_FIELDS, 64)}, {SIXTY_FOUR(T8_FIELDS, 128)}, {SIXTY_FOUR(T8_FIELDS, 192)}};
static const _Alignas(64) uint8_t t8_fifth[4][64] = {
    {SIXTY_FOUR(T8_FIFTH, 0)}, {SIXTY_FOUR(T8_FIFTH, 64)}, {SIXTY_FOUR(T8_FIFTH, 128)}, {SIXTY_FOUR(T8_FIFTH, 192)}};

/* What VPMULTISHIFTQB is told for the eight bits of a quadword from bit `first` of its byte j on, for each j. */
#define FROM_BIT(first) (0x3830282018100800 + ((first) & 63) * 0x0101010101010101)

/* Rows 0 and 1 lie in the lower nibbles of the first 32 bytes, rows 2 and 3 in the upper ones; the fifth bits of an eighth of the
 * lanes are one bit of each of the last eight bytes: from four bits below, they are the bits 4. */
INLINE fields t5_unpack(const uint8_t *tile)
{
    const __m512i shifts = _mm512_inserti64x4(_mm512_setzero_si512(), _mm256_set1_epi16(4), 1);
    const __m512i tops = _mm512_set_epi64(FROM_BIT(3), FROM_BIT(2), FROM_BIT(1), FROM_BIT(0), FROM_BIT(-1), FROM_BIT(-2),
                                          FROM_BIT(-3), FROM_BIT(-4));
    const __m512i nibble = _mm512_set1_epi8(15);
    __m512i low = _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)tile));
    __m512i high = _mm512_broadcastq_epi64(_mm_loadl_epi64((const __m128i *)(tile + 32)));
    low = _mm512_srlv_epi16(low, shifts);
    high = _mm512_multishift_epi64_epi8(tops, high);
    __m512i index = _mm512_ternarylogic_epi64(low, high, nibble, 0xe4); /* nibble ? low : high */
    return (fields){_mm512_permutexvar_epi8(index, _mm512_load_si512(t5_table)), _mm512_setzero_si512()};
}

/* The bytes below 128 are replaced by what one half of a table says, then the others by what the other half does. */
INLINE __m512i t8_look_up(const uint8_t table[4][64], __m512i bytes, __mmask64 upper)
{
    __m512i half = _mm512_mask2_permutex2var_epi8(_mm512_load_si512(table[0]), bytes, ~upper, _mm512_load_si512(table[1]));
    return _mm512_mask2_permutex2var_epi8(_mm512_load_si512(table[2]), half, upper, _mm512_load_si512(table[3]));
}

INLINE fields t8_unpack(const uint8_t *tile)
{
    __m512i bytes = _mm512_loadu_si512(tile);
    __mmask64 upper = _mm512_movepi8_mask(bytes);
    return (fields){t8_look_up(t8_four, bytes, upper), t8_look_up(t8_fifth, bytes, upper)};
}

TERN_DEFINE_FIELDS(tern_matmul_t5_i8_avx512_vbmi, t5_unpack, TERN_T5_TILE, 3)
TERN_DEFINE_FIELDS(tern_matmul_t8_i8_avx512_vbmi, t8_unpack, TERN_T8_TILE, 5)

#if defined(__clang__)
#pragma clang attribute pop
#endif

#else
typedef int tern_no_avx512_vbmi; /* an empty file is no C */
#endif
