/* Vectors of 32 floats in 256-bit registers, for float_kernels.h. */
#ifndef TERN_YMM_FLOAT_H
#define TERN_YMM_FLOAT_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))

typedef struct {
    __m256 a, b, c, d;
} vec;

INLINE vec vec_set(float x)
{
    __m256 v = _mm256_set1_ps(x);
    return (vec){v, v, v, v};
}

INLINE vec vec_zero(void)
{
    return vec_set(0.0f);
}

INLINE vec vec_add(vec x, vec y)
{
    return (vec){_mm256_add_ps(x.a, y.a), _mm256_add_ps(x.b, y.b), _mm256_add_ps(x.c, y.c), _mm256_add_ps(x.d, y.d)};
}

INLINE vec vec_max(vec x, vec y)
{
    return (vec){_mm256_max_ps(x.a, y.a), _mm256_max_ps(x.b, y.b), _mm256_max_ps(x.c, y.c), _mm256_max_ps(x.d, y.d)};
}

INLINE vec vec_mul_add(vec sum, vec x, vec y)
{
    vec product = {_mm256_mul_ps(x.a, y.a), _mm256_mul_ps(x.b, y.b), _mm256_mul_ps(x.c, y.c), _mm256_mul_ps(x.d, y.d)};
    return vec_add(sum, product);
}

INLINE __m128i load_16(const void *from, int index)
{
    return _mm_loadu_si128((const __m128i *)from + index);
}

INLINE __m256 from_bf16(__m128i halves)
{
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
}

INLINE __m256 from_i8(__m128i codes)
{
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(codes));
}

INLINE vec vec_f32(const void *from, int n)
{
    const float *x = from;
    vec v = vec_zero();
    v.a = _mm256_loadu_ps(x);
    v.b = _mm256_loadu_ps(x + 8);
    if (n == 32) {
        v.c = _mm256_loadu_ps(x + 16);
        v.d = _mm256_loadu_ps(x + 24);
    }
    return v;
}

INLINE vec vec_f16(const void *from, int n)
{
    vec v = vec_zero();
    v.a = _mm256_cvtph_ps(load_16(from, 0));
    v.b = _mm256_cvtph_ps(load_16(from, 1));
    if (n == 32) {
        v.c = _mm256_cvtph_ps(load_16(from, 2));
        v.d = _mm256_cvtph_ps(load_16(from, 3));
    }
    return v;
}

INLINE vec vec_bf16(const void *from, int n)
{
    vec v = vec_zero();
    v.a = from_bf16(load_16(from, 0));
    v.b = from_bf16(load_16(from, 1));
    if (n == 32) {
        v.c = from_bf16(load_16(from, 2));
        v.d = from_bf16(load_16(from, 3));
    }
    return v;
}

INLINE vec vec_i8(const void *from, int n)
{
    vec v = vec_zero();
    __m128i codes = load_16(from, 0);
    v.a = from_i8(codes);
    v.b = from_i8(_mm_srli_si128(codes, 8));
    if (n == 32) {
        codes = load_16(from, 1);
        v.c = from_i8(codes);
        v.d = from_i8(_mm_srli_si128(codes, 8));
    }
    return v;
}

INLINE void vec_store(float *to, vec v)
{
    _mm256_storeu_ps(to, v.a);
    _mm256_storeu_ps(to + 8, v.b);
    _mm256_storeu_ps(to + 16, v.c);
    _mm256_storeu_ps(to + 24, v.d);
}

INLINE float vec_sum(vec v)
{
    __m256 eight = _mm256_add_ps(_mm256_add_ps(v.a, v.c), _mm256_add_ps(v.b, v.d));
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

#endif
