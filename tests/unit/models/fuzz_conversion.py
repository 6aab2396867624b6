"""Converts damaged model files: ``python -m tests.unit.models.fuzz_conversion --seconds 600 --seed 1``.

Small GGUF files and Hugging Face directories are changed at random, mostly in their headers, and converted; what converts is
then opened and computed with. Everything but a `TerndError` with a reason is a finding: its input is kept and the exit status is 1.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from appliance.errors import TerndError
from appliance.models import library
from appliance.models.convert import Options, convert
from appliance.models.gguf_tokenizer import build_tokenizer
from tests.unit.models import random_models as models
from tests.unit.models.gguf_files import bpe_metadata

HEADER = 9000
"""Bytes at the beginning of a file that are changed most."""
ODD = (0, 1, 255, 2**31, 2**32 - 1, 2**40, 2**63, 2**64 - 1)


def write_seeds(directory: Path) -> list[Path]:
    """Write sound models: files and directories."""
    seeds = []
    for name, config, packing in (
        ("bitnet-b1.58", models.CONFIG, "I2_S"),
        ("llama", models.LLAMA, "TQ2_0"),
        ("qwen3", models.QWEN, "PQ2_0"),
    ):
        arrays = models.random_arrays(config)
        seeds.append(models.write_as_gguf(directory / f"{name}.gguf", name, config, arrays, packing))
    tokenizer = build_tokenizer(bpe_metadata(models.CONFIG.n_vocab), models.CONFIG.n_vocab)
    raw = models.hf_config(
        models.CONFIG,
        "bitnet",
        tie_word_embeddings=True,
        quantization_config={"quant_method": "bitnet", "linear_class": "autobitlinear"},
    )
    tensors = models.hf_tensors(models.random_arrays(models.CONFIG), models.packed(models.SCALE))
    seeds.append(models.write_as_hf(directory / "hf", raw, tensors, tokenizer))
    return seeds


def damage(data: bytes, draw: random.Random) -> bytes:
    """Return the data with a few changes."""
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 4, 8))):
        at = draw.randrange(max(1, min(HEADER, len(changed)) if draw.random() < 0.8 else len(changed)))
        kind = draw.random()
        if kind < 0.5:
            changed[at : at + 1] = bytes([draw.randrange(256)])
        elif kind < 0.7:
            changed[at : at + 8] = draw.choice(ODD).to_bytes(8, "little")
        elif kind < 0.85:
            del changed[at : at + draw.randrange(1, 40)]
        else:
            changed[at:at] = draw.randbytes(draw.randrange(1, 20))
    return bytes(changed)


def damaged_copy(seed: Path, place: Path, draw: random.Random) -> Path:
    """Copy a seed and damage one of its files."""
    target = place / seed.name
    if seed.is_file():
        target.write_bytes(damage(seed.read_bytes(), draw))
        return target
    shutil.copytree(seed, target, dirs_exist_ok=True)
    file = target / draw.choice(("config.json", "tokenizer.json", "model.safetensors"))
    file.write_bytes(damage((seed / file.name).read_bytes(), draw))
    return target


def run(seconds: float, seed: int, say: Callable[[str], None]) -> int:
    """Convert for some seconds; return the number of findings."""
    draw, outcomes, findings = random.Random(seed), Counter[str](), 0  # noqa: S311 - repeatable on purpose
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        (place / "seeds").mkdir()
        seeds = write_seeds(place / "seeds")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            source = damaged_copy(draw.choice(seeds), place, draw)
            try:
                convert(source, place / "out", Options(replace=True))
                library.self_test(place / "out")
                outcomes["converted"] += 1
            except TerndError:
                outcomes["refused"] += 1
            except KeyboardInterrupt:
                raise
            except BaseException:  # noqa: BLE001 - that is what is looked for; panics of Rust are no Exception
                findings += 1
                kept = Path(tempfile.mkdtemp(prefix="finding-")) / source.name
                (shutil.copytree if source.is_dir() else shutil.copy)(source, kept)
                say(f"{kept}\n{traceback.format_exc()}")
        left = [path.name for path in place.iterdir() if path.name.startswith(".")]
    findings += len(left)
    say(f"{dict(outcomes)}, {findings} findings{f', left behind: {left}' if left else ''}")
    return findings


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description="Convert damaged model files.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    return 1 if run(options.seconds, options.seed, _say) else 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
