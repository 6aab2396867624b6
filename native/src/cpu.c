/* What the CPU has, and the table of kernels that follows from it. */
#include "kernels.h"
#include "tern.h"

#if defined(__x86_64__)

#include <cpuid.h>

static uint64_t enabled_registers(void)
{
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

uint32_t tern_cpu_flags(void)
{
    enum { OSXSAVE = 1 << 27, F16C = 1 << 29, AVX2 = 1 << 5, AVX512F = 1 << 16, AVX512BW = 1 << 30, VBMI = 1 << 1, VNNI = 1 << 11, AVX_VNNI = 1 << 4 };
    enum { YMM_STATE = 0x6, ZMM_STATE = 0xe6 };
    const unsigned avx512vl = 1u << 31;
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & OSXSAVE) || !(c & F16C)) {
        return 0;
    }
    uint64_t registers = enabled_registers();
    if ((registers & YMM_STATE) != YMM_STATE || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & AVX2)) {
        return 0;
    }
    uint32_t flags = TERN_CPU_AVX2;
    if ((registers & ZMM_STATE) == ZMM_STATE && (b & AVX512F) && (b & AVX512BW) && (b & avx512vl) && (c & VNNI)) {
        flags |= TERN_CPU_AVX512_VNNI | (c & VBMI ? TERN_CPU_AVX512_VBMI : 0);
    }
    if (TERN_COMPILES_AVX_VNNI && a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & AVX_VNNI)) {
        flags |= TERN_CPU_AVX_VNNI;
    }
    return flags;
}

const tern_kernels *tern_choose_kernels(uint32_t flags)
{
    if (flags & TERN_CPU_AVX512_VBMI) {
        return &tern_kernels_avx512_vbmi;
    }
    if (flags & TERN_CPU_AVX512_VNNI) {
        return &tern_kernels_avx512_vnni;
    }
#if TERN_COMPILES_AVX_VNNI
    if (flags & TERN_CPU_AVX_VNNI) {
        return &tern_kernels_avx_vnni;
    }
#endif
    if (flags & TERN_CPU_AVX2) {
        return &tern_kernels_avx2;
    }
    return &tern_kernels_ref;
}

#elif defined(__aarch64__)

#include <sys/auxv.h>

uint32_t tern_cpu_flags(void)
{
    enum { ASIMD = 1 << 1, ASIMDDP = 1 << 20 }; /* HWCAP_*, from the kernel's ABI */
    unsigned long capabilities = getauxval(AT_HWCAP);
    uint32_t flags = 0;
    if (capabilities & ASIMD) {
        flags |= TERN_CPU_NEON;
        if (capabilities & ASIMDDP) {
            flags |= TERN_CPU_DOTPROD;
        }
    }
    return flags;
}

const tern_kernels *tern_choose_kernels(uint32_t flags)
{
    if (flags & TERN_CPU_DOTPROD) {
        return &tern_kernels_neon_dotprod;
    }
    if (flags & TERN_CPU_NEON) {
        return &tern_kernels_neon;
    }
    return &tern_kernels_ref;
}

#else

uint32_t tern_cpu_flags(void)
{
    return 0;
}

const tern_kernels *tern_choose_kernels(uint32_t flags)
{
    (void)flags;
    return &tern_kernels_ref;
}

#endif
