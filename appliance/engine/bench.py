"""How fast a model directory is on this machine: ``python -m appliance.engine.bench DIRECTORY``."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from appliance.engine import Model, Session
from appliance.engine.model_directory import WEIGHTS
from appliance.errors import TerndError

_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of one model on one machine; times are medians."""

    isa: str
    """The kernels it ran on."""
    n_threads: int
    """Threads used."""
    weights_mib: float
    """Size of ``model.safetensors``."""
    open_verified_ms: float
    """Opening the model with its SHA-256 compared."""
    open_ms: float
    """Opening it without."""
    prefill_tokens: int
    """Length of the prompt evaluated in one batch."""
    prefill_ms: float
    """Evaluating that prompt."""
    decode_ms: float
    """One more token and its logits, at the end of that prompt."""
    head_rows: int
    """How many rows of the head those logits were."""
    resident_mib: float
    """Resident memory of the whole process afterwards."""


def measure(path: Path, *, n_threads: int = 1, prefill: int = 64, head_rows: int = 32, repeats: int = 20) -> Report:
    """Measure a model directory; raises `ModelError` and `EngineError` as opening it and running it do."""
    open_verified = _milliseconds(lambda: Model.open(path).close(), 3)
    open_unverified = _milliseconds(lambda: Model.open(path, verify=False).close(), 3)
    with Model.open(path, verify=False) as model:
        config = model.config
        n_prompt = max(1, min(prefill, config.max_context - 1))
        random = np.random.default_rng(0)
        prompt = random.integers(0, config.n_vocab, n_prompt, dtype=np.int32)
        rows = random.integers(0, config.n_vocab, min(head_rows, config.n_vocab), dtype=np.int32)
        with Session(model, n_ctx=n_prompt + 1, n_threads=n_threads) as session:

            def evaluate() -> None:
                session.truncate(0)
                session.append(prompt)

            def decode() -> None:
                session.truncate(n_prompt)
                session.append(prompt[:1])
                session.logits(rows)

            evaluate()
            return Report(
                isa=model.isa,
                n_threads=n_threads,
                weights_mib=(path / WEIGHTS).stat().st_size / 2**20,
                open_verified_ms=open_verified,
                open_ms=open_unverified,
                prefill_tokens=n_prompt,
                prefill_ms=_milliseconds(evaluate, repeats),
                decode_ms=_milliseconds(decode, repeats),
                head_rows=len(rows),
                resident_mib=resident_bytes() / 2**20,
            )


def resident_bytes() -> int:
    """Return the resident memory of this process."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE


def render(report: Report) -> str:
    """Return a report for people."""
    per_token = report.prefill_ms / report.prefill_tokens
    return (
        f"kernels   {report.isa}, threads {report.n_threads}, weights {report.weights_mib:.2f} MiB\n"
        f"open      {report.open_verified_ms:.1f} ms with SHA-256, {report.open_ms:.1f} ms without\n"
        f"prefill   {report.prefill_tokens} tokens in {report.prefill_ms:.2f} ms, {per_token:.3f} ms a token\n"
        f"decode    {report.decode_ms:.3f} ms a token with {report.head_rows} rows of the head\n"
        f"memory    {report.resident_mib:.1f} MiB resident, Python and NumPy included\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures of a model directory; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m appliance.engine.bench", description=__doc__)
    parser.add_argument("directory", type=Path, help="a model directory")
    parser.add_argument("--threads", type=int, default=1, help="threads, this one included (default: 1)")
    parser.add_argument("--prefill", type=int, default=64, help="tokens of the prompt (default: 64)")
    parser.add_argument("--head-rows", type=int, default=32, help="rows of the head per token (default: 32)")
    parser.add_argument("--repeats", type=int, default=20, help="measurements to take the median of (default: 20)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    try:
        report = measure(
            options.directory,
            n_threads=options.threads,
            prefill=options.prefill,
            head_rows=options.head_rows,
            repeats=max(1, options.repeats),
        )
    except TerndError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(asdict(report)) + "\n" if options.json else render(report))
    return 0


def _milliseconds(action: Callable[[], None], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


if __name__ == "__main__":
    sys.exit(main())
