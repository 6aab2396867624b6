"""Writes the fuzz corpus: good models of several shapes, and one hostile change each to a good model.

Run it after the format in fuzz_model.c changes: python native/tests/make_corpus.py
"""

from __future__ import annotations

import struct
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"

# layers-1, d_model-1, d_ff-1, kv_heads-1, group-1, head_dim/2-1, vocab-1, context-1, activation, sub_norms,
# variant (head norms, input norms, rope factors, 0 0 64 128 256 columns a scale),
# flags (2 bits dtype, untied, int8 cache, added to the dtype), packing (T2, T5, C2, T8; other than T2 with 128 or 256
# columns a scale: T1), n_ctx, n_threads, mask
SHAPES = {
    "bitnet": (1, 63, 95, 1, 1, 7, 39, 63, 0, 1, 0, 0b0010, 0, 60, 1, 1),
    "odd": (2, 48, 36, 0, 2, 4, 6, 40, 1, 1, 0, 0b0101, 1, 33, 2, 1),
    "columns": (1, 70, 99, 0, 1, 3, 30, 90, 0, 1, 0, 0b0000, 2, 80, 2, 1),
    "eight": (1, 89, 169, 1, 1, 7, 39, 63, 0, 1, 0, 0b0010, 3, 60, 2, 1),
    "llama": (0, 30, 64, 2, 0, 19, 20, 255, 1, 0, 0, 0b1111, 0, 200, 1, 0),
    "llama-norms": (1, 40, 50, 1, 1, 8, 20, 99, 1, 1, 0b110, 0b10011, 1, 70, 1, 1),
    "qwen": (1, 79, 139, 0, 2, 9, 37, 120, 1, 0, 0b10001, 0b100011, 0, 100, 2, 1),
    "qwen-wide": (0, 79, 130, 1, 0, 10, 37, 120, 1, 0, 0b100101, 0b101111, 0, 100, 1, 0),
    "one": (1, 79, 139, 0, 2, 9, 37, 120, 1, 0, 0b11001, 0b100011, 1, 100, 2, 1),
    "one-wide": (0, 79, 139, 1, 0, 10, 37, 120, 1, 0, 0b100101, 0b101111, 1, 100, 1, 0),
    "ternary-vocabulary": (1, 50, 60, 0, 1, 5, 30, 60, 0, 1, 0, 0b100011, 0, 50, 1, 1),
    "smallest": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0b1000, 0, 1, 1, 0),
}
CALLS = bytes([1, 20, 5, 0, 0, 5, 5, 0, 1, 18, 2, 4, 5, 0, 0, 9, 3, 0, 0, 4, 0, 63, 4, 255, 5, 0])
PREFIX_CALLS = bytes(
    [9, 1, 1, 12, 6, 3, 6, 8, 6, 57, 6, 128, 8, 190, 8, 77, 7, 5, 5, 0, 7, 63, 9, 0, 6, 2, 0, 30, 10, 19, 5, 0, 10, 255]
)
CONFIG_FIELDS = (
    "n_layers",
    "d_model",
    "d_ff",
    "n_heads",
    "n_kv_heads",
    "head_dim",
    "n_vocab",
    "max_context",
    "activation",
    "sub_norms",
    "rope_theta",
    "norm_eps",
    "input_norms",
    "qk_norms",
    "group_size",
    "rope_factors",
    "rope_amplitude",
    "sub_norm_eps",
)
HOSTILE_NUMBERS = {"zero": 0, "one": 1, "largest": 2**32 - 1, "nan": 0x7FC00000, "infinite": 0x7F800000}
TENSOR_CHANGES = ("dtype", "rank", "rows", "cols", "size", "word", "fill")
TENSOR_VALUES = {"zero": 0, "ones": 2**64 - 1, "nan": 0x7FC00000, "infinite": 0x7F800000, "half": 2**63}


def model(shape: tuple[int, ...], *changes: bytes) -> bytes:
    """One input: a shape, its changes, and a sequence of calls."""
    return bytes(shape) + bytes([len(changes)]) + b"".join(changes) + CALLS + PREFIX_CALLS


def change_config(field: int, value: int) -> bytes:
    """Set a 32-bit field of the configuration."""
    return struct.pack(">BH", 255, field) + struct.pack("<Q", value)


def change_tensor(kind: int, tensor: int, value: int) -> bytes:
    """Change one tensor's metadata or content."""
    return struct.pack(">BH", kind, tensor) + struct.pack("<Q", value)


def corpus() -> dict[str, bytes]:
    """All inputs by file name."""
    inputs = {f"good-{name}": model(shape) for name, shape in SHAPES.items()}
    inputs["empty"] = b""
    base = SHAPES["bitnet"]
    for field, field_name in enumerate(CONFIG_FIELDS):
        for name, value in HOSTILE_NUMBERS.items():
            inputs[f"config-{field_name}-{name}"] = model(base, change_config(field, value))
    for kind, kind_name in enumerate(TENSOR_CHANGES):
        for name, value in TENSOR_VALUES.items():
            for tensor in (0, 1, 2, 4, 5):  # embed, its scale, final_norm, a ternary matrix, its scale
                inputs[f"tensor{tensor}-{kind_name}-{name}"] = model(base, change_tensor(kind, tensor, value))
    for shape_name, tensors in {
        "columns": (17, 18),
        "eight": (4, 5),
        "qwen": (1, 3, 5),
        "one": (4, 5),
        "llama-norms": (3, 25),
    }.items():
        for kind, kind_name in enumerate(TENSOR_CHANGES):
            for name, value in TENSOR_VALUES.items():
                for tensor in tensors:
                    inputs[f"{shape_name}-tensor{tensor}-{kind_name}-{name}"] = model(
                        SHAPES[shape_name], change_tensor(kind, tensor, value)
                    )
    inputs["tensor-missing"] = model(base, struct.pack(">BHQ", 254, 0, 0))
    huge = struct.unpack("<I", struct.pack("<f", 3e38))[0]
    norms_and_scales = (1, 2, 3, 5, 7, 9, 10, 12, 13, 15, 17, 18, 20)  # of the first layer and before it
    inputs["huge-numbers"] = model(base, *(change_tensor(5, i, huge) for i in norms_and_scales))
    return inputs


def main() -> None:
    """Write the corpus."""
    CORPUS.mkdir(exist_ok=True)
    for old in CORPUS.iterdir():
        old.unlink()
    for name, data in corpus().items():
        (CORPUS / name).write_bytes(data)


if __name__ == "__main__":
    main()
