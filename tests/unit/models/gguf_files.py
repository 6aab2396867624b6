"""Writes small GGUF files for the tests, and encodes their blocks element by element, as the formats are described."""

import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int8]


def value(item: object) -> bytes:
    """A metadata value with its type."""
    if isinstance(item, bool):
        return struct.pack("<IB", 7, item)
    if isinstance(item, int):
        return struct.pack("<II", 4, item)
    if isinstance(item, float):
        return struct.pack("<If", 6, item)
    if isinstance(item, str):
        return struct.pack("<I", 8) + text(item)
    if isinstance(item, list):
        items = [value(one) for one in item]
        kind = items[0][:4] if items else struct.pack("<I", 8)
        return struct.pack("<I", 9) + kind + struct.pack("<Q", len(items)) + b"".join(one[4:] for one in items)
    raise TypeError(type(item))


def text(item: str) -> bytes:
    data = item.encode()
    return struct.pack("<Q", len(data)) + data


def gguf_bytes(metadata: Mapping[str, object], tensors: Sequence[tuple[str, Sequence[int], int, bytes]]) -> bytes:
    """A file of tensors (name, shape outermost first, type, data)."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    for key, item in metadata.items():
        head += text(key) + value(item)
    offset = 0
    body = b""
    for name, shape, kind, data in tensors:
        head += text(name) + struct.pack("<I", len(shape))
        head += b"".join(struct.pack("<Q", size) for size in reversed(shape)) + struct.pack("<IQ", kind, offset)
        body += data + bytes(-len(data) % 32)
        offset = len(body)
    return head + bytes(-len(head) % 32) + body


def write_gguf(
    path: Path, metadata: Mapping[str, object], tensors: Sequence[tuple[str, Sequence[int], int, bytes]]
) -> Path:
    path.write_bytes(gguf_bytes(metadata, tensors))
    return path


# --- encoders, one weight at a time ------------------------------------------------------------------


def half(scale: float) -> bytes:
    return np.float16(scale).tobytes()


def i2_s(codes: Codes, scale: float) -> bytes:
    flat = codes.reshape(-1).tolist()
    data = bytearray(len(flat) // 4)
    for i, code in enumerate(flat):
        block, at = divmod(i, 128)
        data[32 * block + at % 32] |= (code + 1) << (6 - 2 * (at // 32))
    return bytes(data) + np.float32(scale).tobytes() + bytes(28)


def tq2_0(codes: Codes, scale: float) -> bytes:
    data = b""
    for block in codes.reshape(-1, 256):
        quants = bytearray(64)
        for i, code in enumerate(block.tolist()):
            part, at = divmod(i, 128)
            quants[32 * part + at % 32] |= (code + 1) << (2 * (at // 32))
        data += bytes(quants) + half(scale)
    return data


def _trit_byte(trits: Sequence[int]) -> int:
    number = 0
    for trit in trits:
        number = 3 * number + trit
    for _ in range(5 - len(trits)):
        number *= 3
    return -(-256 * number // 243)


def _trit_run(block: Codes, start: int, width: int, count: int) -> bytes:
    trits = (block + 1).tolist()
    return bytes(_trit_byte([trits[start + width * n + m] for n in range(count)]) for m in range(width))


def tq1_0(codes: Codes, scale: float) -> bytes:
    data = b""
    for block in codes.reshape(-1, 256):
        data += _trit_run(block, 0, 32, 5) + _trit_run(block, 160, 16, 5) + _trit_run(block, 240, 4, 4) + half(scale)
    return data


def ptq1_0(codes: Codes, scale: float) -> bytes:
    data = b""
    for block in codes.reshape(-1, 128):
        data += _trit_run(block, 0, 16, 5) + _trit_run(block, 80, 8, 5) + _trit_run(block, 120, 2, 4) + half(scale)
    return data


def q1_0(codes: Codes, scale: float) -> bytes:
    data = b""
    for block in codes.reshape(-1, 128):
        bits = bytearray(16)
        for j, code in enumerate(block.tolist()):
            bits[j // 8] |= (code > 0) << (j % 8)
        data += half(scale) + bytes(bits)
    return data


def q2_0(codes: Codes, scale: float, group: int = 64) -> bytes:
    data = b""
    for block in codes.reshape(-1, group):
        bits = bytearray(group // 4)
        for j, code in enumerate(block.tolist()):
            bits[j // 4] |= (code + 1) << (2 * (j % 4))
        data += half(scale) + bytes(bits)
    return data


ENCODERS: Mapping[str, tuple[int, Callable[..., bytes]]] = {
    "I2_S": (36, i2_s),
    "TQ1_0": (34, tq1_0),
    "TQ2_0": (35, tq2_0),
    "Q1_0": (41, q1_0),
    "Q2_0": (42, q2_0),
    "Q2_0/128": (42, lambda codes, scale: q2_0(codes, scale, 128)),
    "PQ2_0": (142, lambda codes, scale: q2_0(codes, scale, 128)),
    "PTQ1_0": (143, ptq1_0),
}
"""Type number and encoder; the scale must be a float16."""


# --- whole models --------------------------------------------------------------------------------------

BYTES = [chr(c) for c in [*range(33, 127), *range(161, 173), *range(174, 256)]]
BYTES += [chr(256 + n) for n in range(256 - len(BYTES))]
"""The letters of byte-level BPE."""


def bpe_metadata(n_vocab: int) -> dict[str, Any]:
    """A byte-level tokenizer with a few merges and the control tokens of Llama 3."""
    controls = ["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"]
    words = ["he", "ll", "hell", "hello"]
    merges = ["h e", "l l", "he ll", "hell o"]
    tokens = [*BYTES, *words]
    fill = [f"<|reserved_{n}|>" for n in range(n_vocab - len(tokens) - len(controls))]
    tokens += [*controls, *fill]
    first = len(BYTES) + len(words)
    return {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "llama-bpe",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [1] * first + [3] * (n_vocab - first),
        "tokenizer.ggml.merges": merges,
        "tokenizer.ggml.bos_token_id": first,
        "tokenizer.ggml.eos_token_id": first + 2,
    }
