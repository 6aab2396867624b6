/* Vectors of 32 floats in NEON registers, for float_kernels.h. */
#ifndef TERN_NEON_FLOAT_H
#define TERN_NEON_FLOAT_H

#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>

#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))

typedef struct {
    float32x4_t at[8];
} vec;

INLINE vec vec_set(float x)
{
    vec v;
    for (int i = 0; i < 8; i++) {
        v.at[i] = vdupq_n_f32(x);
    }
    return v;
}

INLINE vec vec_zero(void)
{
    return vec_set(0.0f);
}

INLINE vec vec_add(vec x, vec y)
{
    for (int i = 0; i < 8; i++) {
        x.at[i] = vaddq_f32(x.at[i], y.at[i]);
    }
    return x;
}

INLINE vec vec_max(vec x, vec y)
{
    for (int i = 0; i < 8; i++) {
        x.at[i] = vmaxq_f32(x.at[i], y.at[i]);
    }
    return x;
}

INLINE vec vec_mul_add(vec sum, vec x, vec y)
{
    for (int i = 0; i < 8; i++) {
        sum.at[i] = vaddq_f32(sum.at[i], vmulq_f32(x.at[i], y.at[i]));
    }
    return sum;
}

/* Bytes, so that any alignment will do. */
INLINE uint8x16_t load_16(const void *from, int index)
{
    return vld1q_u8((const uint8_t *)from + 16 * index);
}

INLINE vec vec_f32(const void *from, int n)
{
    vec v = vec_zero();
    for (int i = 0; i < n / 4; i++) {
        v.at[i] = vreinterpretq_f32_u8(load_16(from, i));
    }
    return v;
}

INLINE vec vec_f16(const void *from, int n)
{
    vec v = vec_zero();
    for (int i = 0; i < n / 8; i++) {
        float16x8_t halves = vreinterpretq_f16_u8(load_16(from, i));
        v.at[2 * i] = vcvt_f32_f16(vget_low_f16(halves));
        v.at[2 * i + 1] = vcvt_high_f32_f16(halves);
    }
    return v;
}

INLINE vec vec_bf16(const void *from, int n)
{
    vec v = vec_zero();
    for (int i = 0; i < n / 8; i++) {
        uint16x8_t halves = vreinterpretq_u16_u8(load_16(from, i));
        v.at[2 * i] = vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(halves), 16));
        v.at[2 * i + 1] = vreinterpretq_f32_u32(vshll_high_n_u16(halves, 16));
    }
    return v;
}

/* Elements 16 * half .. of v from codes. */
INLINE void widen_16(vec *v, int half, int8x16_t codes)
{
    int16x8_t low = vmovl_s8(vget_low_s8(codes)), high = vmovl_high_s8(codes);
    v->at[4 * half] = vcvtq_f32_s32(vmovl_s16(vget_low_s16(low)));
    v->at[4 * half + 1] = vcvtq_f32_s32(vmovl_high_s16(low));
    v->at[4 * half + 2] = vcvtq_f32_s32(vmovl_s16(vget_low_s16(high)));
    v->at[4 * half + 3] = vcvtq_f32_s32(vmovl_high_s16(high));
}

INLINE vec vec_i8(const void *from, int n)
{
    vec v = vec_zero();
    for (int i = 0; i < n / 16; i++) {
        widen_16(&v, i, vreinterpretq_s8_u8(load_16(from, i)));
    }
    return v;
}

INLINE void vec_store(float *to, vec v)
{
    for (int i = 0; i < 8; i++) {
        vst1q_f32(to + 4 * i, v.at[i]);
    }
}

INLINE float vec_sum(vec v)
{
    for (int half = 4; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) {
            v.at[i] = vaddq_f32(v.at[i], v.at[i + half]);
        }
    }
    float32x2_t two = vadd_f32(vget_low_f32(v.at[0]), vget_high_f32(v.at[0]));
    return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}

#endif
