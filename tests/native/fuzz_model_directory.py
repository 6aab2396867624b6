"""Fuzzes the way from the bytes of a model to its first logits.

``python -m tests.native.fuzz_model_directory [SECONDS]`` runs atheris (coverage-guided) where it is installed, and random
mutations of the corpus where it is not. An input that ends in anything but a model, `ModelError` or
`EngineError` is written to ``crash-….seed`` before it is tried, so that it is left behind when the process dies.
"""

import hashlib
import importlib
import importlib.util
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from tests.native.hostile_models import CORPUS, survives

MEMORY = 4 << 30
"""Bytes of address space: an allocation that a hostile size leads to must fail, not swap."""

CURRENT = Path("crash-current.seed")


def try_one(seed: bytes) -> None:
    """Evaluate a seed, leaving it on disk if the process does not survive."""
    CURRENT.write_bytes(seed)
    try:
        survives(seed)
    except BaseException:
        CURRENT.rename(f"crash-{hashlib.sha256(seed).hexdigest()[:16]}.seed")
        raise
    CURRENT.unlink()


def mutate(source: random.Random, seeds: list[bytes]) -> bytes:
    """Return a seed with a few bytes changed, cut, doubled or taken from another."""
    seed = bytearray(source.choice(seeds))
    for _ in range(source.randint(1, 8)):
        if not seed:
            break
        position = source.randrange(len(seed))
        length = min(source.choice((1, 1, 2, 4, 8, 64)), len(seed) - position)
        match source.randrange(5):
            case 0:
                seed[position] ^= 1 << source.randrange(8)
            case 1:
                seed[position : position + length] = source.randbytes(length)
            case 2:
                del seed[position : position + length]
            case 3:
                seed[position:position] = seed[position : position + length]
            case _:
                other = source.choice(seeds)
                start = source.randrange(len(other) + 1)
                seed[position : position + length] = other[start : start + length]
    return bytes(seed)


def run_random(seconds: float) -> int:
    """Try random mutations for `seconds` and return how many."""
    seeds = [path.read_bytes() for path in sorted(CORPUS.glob("*.seed"))]
    number = random.SystemRandom().randrange(1 << 32)
    source = random.Random(number)  # noqa: S311 - mutations, no secrets
    sys.stdout.write(f"random mutations of {len(seeds)} seeds, started with {number}\n")
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        try_one(mutate(source, seeds))
        count += 1
    return count


def run_atheris(seconds: float) -> None:
    """Let atheris look for new paths for `seconds`; it ends the process itself."""
    atheris = importlib.import_module("atheris")

    atheris.instrument_all()
    with tempfile.TemporaryDirectory() as found:
        limits = (f"-max_total_time={int(seconds)}", "-max_len=16384")
        atheris.Setup([sys.argv[0], *limits, found, str(CORPUS)], try_one)
        atheris.Fuzz()


def main() -> None:
    """Fuzz for the number of seconds given, 60 by default."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    if importlib.util.find_spec("atheris"):
        run_atheris(seconds)
    else:
        sys.stdout.write(f"{run_random(seconds)} inputs, no crash\n")


if __name__ == "__main__":
    main()
