"""Makes ``tests/unit/models/blocks.npz``: random GGUF blocks and what the ``gguf`` package of llama.cpp makes of them.

Run ``python provisioning/golden/make_block_vectors.py tests/unit/models/blocks.npz`` with ``gguf`` installed; the tests
need only the file. Formats that the package does not know are checked in the tests against encoders written element by element.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType, quants

FORMATS = ("F16", "BF16", "Q4_0", "Q8_0", "Q6_K", "TQ1_0", "TQ2_0", "Q4_K")
BLOCKS = 4
_HALF_AT = {"Q4_0": 0, "Q8_0": 0, "Q6_K": 208, "TQ1_0": 52, "TQ2_0": 64, "Q4_K": 0}
"""Where a block holds its scale, which must be a sane number."""


def main() -> None:
    """Write the vectors: for each format the bytes and the values."""
    parser = argparse.ArgumentParser(description="Make the vectors of the block formats.")
    parser.add_argument("file", type=Path, help="where to write, usually tests/unit/models/blocks.npz")
    file = parser.parse_args().file
    random = np.random.default_rng(7)
    arrays: dict[str, np.ndarray] = {}
    for name in FORMATS:
        kind = GGMLQuantizationType[name]
        elements, size = gguf.GGML_QUANT_SIZES[kind]
        count = BLOCKS if elements > 1 else 64
        if name in {"TQ1_0", "TQ2_0"}:
            values = random.integers(-1, 2, (count, elements)).astype(np.float32)
            data = quants.quantize(values * random.uniform(0.1, 2, (count, 1)).astype(np.float32), kind)
        else:
            data = random.integers(0, 256, (count, size)).astype(np.uint8)
            if elements == 1:
                data[:, 1] &= 0x3F  # no infinities
            else:
                scales = random.normal(0, 1, (count, 1)).astype("<f2").view(np.uint8)
                if name == "Q4_K":
                    data[:, 2:4] = random.normal(0, 1, (count, 1)).astype("<f2").view(np.uint8)
                data[:, _HALF_AT[name] : _HALF_AT[name] + 2] = scales
        arrays[f"{name}.bytes"] = data
        arrays[f"{name}.values"] = quants.dequantize(data, kind)
    np.savez_compressed(file, **arrays)
    print(f"{file}: {', '.join(FORMATS)}, {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
