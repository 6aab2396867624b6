#!/bin/bash
# Runs tests of the engine under an emulated aarch64 Python, with the real NumPy and cffi wheels: the package as a Pi has it.
#
#   tests/native/arm64_python.sh CACHE_DIRECTORY CPU [pytest arguments]
#
# CPU is one of qemu's (cortex-a53, cortex-a72, cortex-a76). The cache keeps the unpacked Debian packages and the
# wheels (about 350 MB). Nothing is installed and no emulated program but Python runs. Needs: mmdebstrap, qemu-user,
# gcc-aarch64-linux-gnu, pip (PIP overrides which), and root for mmdebstrap's device nodes.
set -euo pipefail

REPOSITORY=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly REPOSITORY
readonly PIP=${PIP:-python3 -m pip}
readonly PACKAGES=libc6,python3,python3-dev,libpython3.11-stdlib,libstdc++6,libgcc-s1,libexpat1,zlib1g,libffi8,libssl3,libsqlite3-0,libbz2-1.0,liblzma5
readonly WHEELS=(numpy cffi pytest pytest-timeout hypothesis)

unpack_root() {
    [[ -e $1/usr/bin/python3.11 ]] && return
    mmdebstrap --quiet --arch=arm64 --variant=extract --mode=root --aptopt='Acquire::Languages "none"' \
        --include="$PACKAGES" bookworm "$1"
}

fetch_wheels() {
    [[ -d $1/numpy ]] && return
    $PIP install --quiet --target "$1" --python-version 3.11 --only-binary=:all: \
        --platform manylinux2014_aarch64 --platform manylinux_2_28_aarch64 "${WHEELS[@]}"
}

# The flags are those of pyproject.toml.
build_engine() {
    local root=$1 tree=$2
    cp -r "$REPOSITORY/appliance" "$REPOSITORY/tests" "$REPOSITORY/native" "$REPOSITORY/pyproject.toml" "$tree/"
    aarch64-linux-gnu-gcc -shared -fPIC -std=gnu11 -O3 -ffp-contract=off -fno-math-errno -fno-trapping-math \
        -fvisibility=hidden -pthread -DNDEBUG -DPy_LIMITED_API=0x030b0000 -march=armv8-a \
        -I"$root/usr/include/python3.11" -I"$root/usr/include" -I"$REPOSITORY/native/include" \
        "$REPOSITORY"/native/_native.c "$REPOSITORY"/native/src/*.c \
        -o "$tree/appliance/engine/_native.abi3.so" -lm
}

main() {
    local cache=${1:?a cache directory} cpu=${2:?a CPU of qemu} tree
    shift 2
    mkdir -p "$cache"
    unpack_root "$cache/root"
    fetch_wheels "$cache/wheels"
    tree=$(mktemp -d)
    # shellcheck disable=SC2064 # the path is known now
    trap "rm -rf '$tree'" EXIT
    build_engine "$cache/root" "$tree"
    cd "$tree"
    PYTHONHOME="$cache/root/usr" PYTHONPATH="$cache/wheels:$tree" PYTHONDONTWRITEBYTECODE=1 \
        qemu-aarch64 -L "$cache/root" -cpu "$cpu" "$cache/root/usr/bin/python3.11" -m pytest \
        -p no:cacheprovider -o timeout=1200 "${@:-tests/native/test_golden.py}"
}

main "$@"
