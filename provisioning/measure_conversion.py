"""Measures the memory and time of a conversion: ``python -m provisioning.measure_conversion --shape 2b-4t``.

Writes a GGUF file of the exact shape with random ternary weights (I2_S, float16 embedding, a vocabulary of the right size), converts it
with ``ternd model convert`` in a process of its own, and prints that process's peak resident memory.
"""

from __future__ import annotations

import argparse
import itertools
import os
import resource
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

CHUNK = 1 << 24


@dataclass(frozen=True)
class Shape:
    """Of a published model."""

    n_layers: int
    d_model: int
    d_ff: int
    n_heads: int
    n_kv_heads: int
    head_dim: int
    n_vocab: int


SHAPES = {
    "2b-4t": Shape(30, 2560, 6912, 20, 5, 128, 128_256),
    "0.7b": Shape(24, 1536, 4096, 16, 16, 96, 32_002),
}


def main() -> None:
    """Make, convert, print."""
    parser = argparse.ArgumentParser(description="Measure the memory of a conversion.")
    parser.add_argument("--shape", choices=SHAPES, default="2b-4t")
    parser.add_argument(
        "--directory", type=Path, help="where there is room for twice the model (default: a temporary one)"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory) as name:
        source = Path(name) / "model.gguf"
        with source.open("wb") as file:
            write(file, SHAPES[options.shape])
        started = time.perf_counter()
        command = [sys.executable, "-m", "appliance", "model", "convert", str(source), str(Path(name) / "model")]
        subprocess.run(command, check=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        print(
            f"{options.shape}: {source.stat().st_size / 1e6:.0f} MB converted in {time.perf_counter() - started:.0f} s, "
            f"peak resident memory {peak / 1024:.0f} MiB"
        )


def write(file: IO[bytes], shape: Shape) -> None:
    """Write the file; numbers are random, the layout is that of the published one."""
    keys = metadata(shape)
    tensors = list(layout(shape))
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys))
    for key, value in keys.items():
        head += _text(key) + _value(value)
    offset = 0
    for name, rows, cols, kind, size in tensors:
        dimensions = (cols, rows) if rows else (cols,)
        head += _text(name) + struct.pack(f"<I{len(dimensions)}QIQ", len(dimensions), *dimensions, kind, offset)
        offset += -(-size // 32) * 32
    file.write(head + bytes(-len(head) % 32))
    random = np.random.default_rng(1)
    for _, _, cols, kind, size in tensors:
        for at in range(0, size, CHUNK):
            count = min(CHUNK, size - at)
            if kind == 36:
                codes = random.integers(0, 81, count, np.uint8)  # four trits
                data = (codes % 3) | (codes // 3 % 3) << 2 | (codes // 9 % 3) << 4 | (codes // 27) << 6
                if at + count == size:
                    data[-32:] = 0
                    data[-32:-28] = np.frombuffer(np.float32(1 / cols**0.5).tobytes(), np.uint8)
            elif kind == 1:
                data = random.integers(0x2C00, 0x3000, count // 2, np.uint16).view(np.uint8)
            else:
                data = np.ones(count // 4, np.float32).view(np.uint8)
            file.write(data.tobytes())
        file.write(bytes(-size % 32))


def layout(shape: Shape) -> Iterator[tuple[str, int, int, int, int]]:
    """Name, rows, columns, type and bytes of every tensor; a vector has 0 rows."""
    d, ff = shape.d_model, shape.d_ff
    heads, keys = shape.n_heads * shape.head_dim, shape.n_kv_heads * shape.head_dim
    yield "token_embd.weight", shape.n_vocab, d, 1, 2 * shape.n_vocab * d
    for layer in range(shape.n_layers):
        for name, width in (("attn_norm", d), ("ffn_norm", d), ("attn_sub_norm", heads), ("ffn_sub_norm", ff)):
            yield f"blk.{layer}.{name}.weight", 0, width, 0, 4 * width
        for name, rows, cols in (
            ("attn_q", heads, d),
            ("attn_k", keys, d),
            ("attn_v", keys, d),
            ("attn_output", d, heads),
            ("ffn_gate", ff, d),
            ("ffn_up", ff, d),
            ("ffn_down", d, ff),
        ):
            yield f"blk.{layer}.{name}.weight", rows, cols, 36, rows * cols // 4 + 32
    yield "output_norm.weight", 0, d, 0, 4 * d


def metadata(shape: Shape) -> dict[str, object]:
    """A vocabulary of the right size, of two letters and more, with the merges that make it."""
    alphabet = [chr(c) for c in (*range(33, 127), *range(161, 173), *range(174, 256), *range(256, 324))]
    pairs = itertools.islice(((a, b) for a in alphabet for b in alphabet), shape.n_vocab - 256)
    merges = [f"{a} {b}" for a, b in pairs]
    tokens = [*alphabet, *(merge.replace(" ", "") for merge in merges)]
    triples = ((t, a) for t in tokens[256:] for a in alphabet)
    for token, letter in itertools.islice(triples, shape.n_vocab - len(tokens)):
        merges.append(f"{token} {letter}")
        tokens.append(token + letter)
    prefix = "bitnet-b1.58."
    return {
        "general.architecture": "bitnet-b1.58",
        prefix + "block_count": shape.n_layers,
        prefix + "embedding_length": shape.d_model,
        prefix + "feed_forward_length": shape.d_ff,
        prefix + "attention.head_count": shape.n_heads,
        prefix + "attention.head_count_kv": shape.n_kv_heads,
        prefix + "context_length": 4096,
        prefix + "rope.freq_base": 500000.0,
        prefix + "attention.layer_norm_rms_epsilon": 1e-5,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "llama-bpe",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.merges": merges,
    }


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: object) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", 8) + _text(value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, list):
        return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(_text, value))
    return struct.pack("<II", 4, value)


if __name__ == "__main__":
    main()
