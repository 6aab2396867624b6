"""The block formats of GGUF tensors: bytes to ternary codes with scales, or to floats. Pure functions over arrays.

Layouts are those of ggml's ``ggml-common.h``, of bitnet.cpp (I2_S) and of Prism's fork (PQ2_0, PTQ1_0). A ternary
weight is ``code * scale`` with code -1, 0 or +1; decoding rounds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Bytes: TypeAlias = npt.NDArray[np.uint8]
"""[blocks, bytes of a block]"""
Codes: TypeAlias = npt.NDArray[np.int8]
"""[blocks, weights of a block]; -1, 0 and +1, in Q2_0 also +2"""
Floats: TypeAlias = npt.NDArray[np.float32]

Q2_0: Final = 42
I2_S: Final = 36


@dataclass(frozen=True, slots=True)
class Format:
    """How a tensor's elements are stored."""

    name: str
    """As in ggml."""
    block: int
    """Elements of a block."""
    block_bytes: int
    codes: Callable[[Bytes], tuple[Codes, Floats]] | None = None
    """For ternary formats: blocks to codes and one scale a block (ones for I2_S, whose scale is the tensor's)."""
    floats: Callable[[Bytes], Floats] | None = None
    """For the others: blocks to values."""
    flat: bool = False
    """The blocks run through the whole tensor, not row by row."""
    tail: int = 0
    """Bytes after the last block."""
    binary: bool = False
    """Every code is -1 or +1."""


def format_of(number: int, q2_group: int = 64) -> Format | None:
    """Return the format with ggml's type `number`, or None; type 42 has groups of 64 or, in some files, 128."""
    return _Q2_GROUP_128 if number == Q2_0 and q2_group == 128 else _FORMATS.get(number)


def why_not(number: int) -> str:
    """Return the reason why a type is not read, for people."""
    if number == 40:
        return (
            "files of this kind exist with two meanings; convert the model again with a current llama.cpp (Q1_0 is 41)"
        )
    return "ternary weights come as I2_S, TQ1_0, TQ2_0, Q1_0, Q2_0, PQ2_0 or PTQ1_0, others as F32, F16, BF16, Q8_0, Q6_K, Q4_K or Q4_0"


def i2_s_scale(tail: bytes) -> float:
    """Return the scale that follows the blocks of an I2_S tensor."""
    return float(np.frombuffer(tail[:4], "<f4")[0])


# --- ternary ---------------------------------------------------------------------------------------


def _i2_s(data: Bytes) -> tuple[Codes, Floats]:
    fields = [data >> shift & 3 for shift in (6, 4, 2, 0)]
    return _minus_one(np.concatenate(fields, axis=1)), np.ones(len(data), np.float32)


def _tq2_0(data: Bytes) -> tuple[Codes, Floats]:
    halves = data[:, :64].reshape(-1, 2, 32)
    fields = np.stack([halves >> shift & 3 for shift in (0, 2, 4, 6)], axis=2)  # [blocks, 2, 4, 32]
    return _minus_one(fields.reshape(len(data), 256)), _half(data[:, 64:66])


def _tq1_0(data: Bytes) -> tuple[Codes, Floats]:
    codes = np.concatenate([_trits(data[:, :32], 5), _trits(data[:, 32:48], 5), _trits(data[:, 48:52], 4)], axis=1)
    return _minus_one(codes), _half(data[:, 52:54])


def _ptq1_0(data: Bytes) -> tuple[Codes, Floats]:
    codes = np.concatenate([_trits(data[:, :16], 5), _trits(data[:, 16:24], 5), _trits(data[:, 24:26], 4)], axis=1)
    return _minus_one(codes), _half(data[:, 26:28])


def _trits(data: Bytes, count: int) -> Bytes:
    """Return trit 0 of every byte, then trit 1 of every byte, …: byte·3ⁿ mod 256, times 3, upper byte."""
    powers = [(data * np.uint8(3**n)).astype(np.uint16) * 3 >> 8 for n in range(count)]
    return np.concatenate(powers, axis=1).astype(np.uint8)


def _q1_0(data: Bytes) -> tuple[Codes, Floats]:
    bits = np.unpackbits(data[:, 2:18], axis=1, bitorder="little").astype(np.int8)
    return 2 * bits - np.int8(1), _half(data[:, :2])


def _q2_0(data: Bytes) -> tuple[Codes, Floats]:
    fields = np.stack([data[:, 2:] >> shift & 3 for shift in (0, 2, 4, 6)], axis=2)
    return _minus_one(fields.reshape(len(data), -1)), _half(data[:, :2])


def _minus_one(codes: Bytes) -> Codes:
    return codes.astype(np.int8) - np.int8(1)


def _half(data: Bytes) -> Floats:
    return np.ascontiguousarray(data).view("<f2")[:, 0].astype(np.float32)


# --- others ----------------------------------------------------------------------------------------


def _f32(data: Bytes) -> Floats:
    return np.ascontiguousarray(data).view("<f4").astype(np.float32)


def _f16(data: Bytes) -> Floats:
    return np.ascontiguousarray(data).view("<f2").astype(np.float32)


def _bf16(data: Bytes) -> Floats:
    return (np.ascontiguousarray(data).view("<u2").astype(np.uint32) << 16).view(np.float32)


def _q8_0(data: Bytes) -> Floats:
    return _half(data[:, :2])[:, None] * data[:, 2:].view(np.int8).astype(np.float32)


def _q4_0(data: Bytes) -> Floats:
    values = np.concatenate([data[:, 2:] & 15, data[:, 2:] >> 4], axis=1).astype(np.float32) - 8
    return _half(data[:, :2])[:, None] * values


def _q4_k(data: Bytes) -> Floats:
    scale, least = _half(data[:, :2])[:, None], _half(data[:, 2:4])[:, None]
    low, mid, high = data[:, 4:8], data[:, 8:12], data[:, 12:16]  # six bits each: 4 scales, 4 minima, and 4 of both
    scales = np.concatenate([low & 63, (high & 15) | low >> 6 << 4], axis=1).astype(np.float32) * scale
    minima = np.concatenate([mid & 63, high >> 4 | mid >> 6 << 4], axis=1).astype(np.float32) * least
    pairs = data[:, 16:].reshape(-1, 4, 32)
    values = np.stack([pairs & 15, pairs >> 4], axis=2).reshape(-1, 8, 32).astype(np.float32)
    result: Floats = values * scales[:, :, None] - minima[:, :, None]
    return result.reshape(-1, 256)


def _q6_k(data: Bytes) -> Floats:
    low = data[:, :128].reshape(-1, 2, 2, 32)  # [blocks, half, run, 32]
    low = np.concatenate([low & 15, low >> 4], axis=2)  # [blocks, half, 4 runs, 32]
    high = data[:, 128:192].reshape(-1, 2, 1, 32)
    high = np.concatenate([high >> shift & 3 for shift in (0, 2, 4, 6)], axis=2)
    values = ((low | high << 4).astype(np.float32) - 32).reshape(-1, 16, 16)
    scales = data[:, 192:208].view(np.int8).astype(np.float32) * _half(data[:, 208:210])[:, None]
    return (values * scales[:, :, None]).reshape(-1, 256)


_FORMATS: Final[Mapping[int, Format]] = {
    0: Format("F32", 1, 4, floats=_f32),
    1: Format("F16", 1, 2, floats=_f16),
    2: Format("Q4_0", 32, 18, floats=_q4_0),
    8: Format("Q8_0", 32, 34, floats=_q8_0),
    12: Format("Q4_K", 256, 144, floats=_q4_k),
    14: Format("Q6_K", 256, 210, floats=_q6_k),
    30: Format("BF16", 1, 2, floats=_bf16),
    34: Format("TQ1_0", 256, 54, _tq1_0),
    35: Format("TQ2_0", 256, 66, _tq2_0),
    I2_S: Format("I2_S", 128, 32, _i2_s, flat=True, tail=32),
    41: Format("Q1_0", 128, 18, _q1_0, binary=True),
    Q2_0: Format("Q2_0", 64, 18, _q2_0),
    142: Format("PQ2_0", 128, 34, _q2_0),
    143: Format("PTQ1_0", 128, 28, _ptq1_0),
}
_Q2_GROUP_128: Final = Format("Q2_0", 128, 34, _q2_0)
