"""Speed and memory of synthetic models of published shapes, side by side with llama.cpp: ``ternd bench --shape NAME``.

Every measurement runs in a process of its own, so that its peak memory is its own, too.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from appliance.engine import Cpu, Model, Session, cpu_features, in_turns, peer
from appliance.engine.binding import Tokens, Zeros, read_bandwidth
from appliance.engine.memory_bench import FULL_CONTEXT, GRAMMAR_ROWS, peak_mb
from appliance.engine.model_directory import read_directory
from appliance.engine.synthetic import Shape, write_synthetic
from appliance.engine.variants import SHORT, Variant, parse_variants
from appliance.errors import EngineError, TerndError

PROMPTS: Final = (16, 128, 512)
PREFIX_TOKENS: Final = 500
DRAFT: Final = 9
"""A token and the most guesses that drafting puts behind it."""
_CONTEXT: Final = 640
_COARSE_BITS: Final = 2.125
"""A weight of a shortlist: two bits, and a step of 16 for each 128."""
_BANDWIDTH_BYTES: Final = 256 << 20
_PEER: Final = "appliance.engine.peer"
Notes: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Speed:
    """One variant on one instruction set with one number of threads; times in milliseconds."""

    variant: str
    isa: str
    n_threads: int
    step_ms: float
    """One token through all layers, without the head."""
    grammar_head_ms: float
    """`GRAMMAR_ROWS` rows of the head."""
    full_head_ms: float
    """All rows of the head."""
    ternary_mb: float
    """Bytes of ternary matrices that a token reads, those left out for zeros not counted, in 10⁶."""
    zero_shares: tuple[float, ...]
    """Layer by layer, the share of the inputs of `down` that are zero after rounding; random weights have fewer than trained
    ones. Empty without squared ReLU."""
    head_mb: float
    """Bytes of the head that a token reads when all rows are asked for, in 10⁶: with a shortlist, of the coarse copy and of what is
    on the list."""
    draft_ms: float
    """`DRAFT` tokens in one batch, with the logits of all rows after each: what guesses that are right cost."""
    prefill_ms: dict[int, float]
    """Tokens of a prompt → the time until the logits of all rows are there."""
    first_token_ms: float
    """A prompt of `PREFIX_TOKENS` + 1 tokens, then a token under a grammar."""
    first_token_saved_ms: float
    """The same when the first `PREFIX_TOKENS` were saved before."""
    peak_mb: float
    """Peak resident memory of the process, in 10⁶ bytes."""
    held: bool = True
    """Whether the weights were taken into huge pages where there are any; mapped without."""
    bandwidth_gbs: float = 0.0
    """Median of the rates at which so many threads read memory between two tokens, 10⁹ bytes a second."""
    grammar_share: float = 0.0
    """What a token under a grammar reads of the ternary matrices, over its time and over the rate just before and just after it:
    the median of the tokens."""
    full_share: float = 0.0
    """The same of a token of free text, with all of the head."""

    @property
    def is_short(self) -> bool:
        """Whether a shortlist spared most of the head."""
        return self.variant.endswith(SHORT)

    @property
    def grammar_ms(self) -> float:
        """A token under a grammar."""
        return self.step_ms + self.grammar_head_ms

    @property
    def full_ms(self) -> float:
        """A token of free text."""
        return self.step_ms + self.full_head_ms


@dataclass(frozen=True, slots=True)
class Memory:
    """What a whole process takes with a context that is full."""

    what: str
    variant: str
    n_ctx: int
    peak_mb: float
    """Peak resident memory, Python and NumPy included, in 10⁶ bytes."""


@dataclass(frozen=True, slots=True)
class Report:
    """All of a run."""

    shape: str
    title: str
    bandwidth_gbs: dict[int, float]
    """Threads → the best rate at which they read memory when it began, 10⁹ bytes a second."""
    load: float
    """Load average of the machine when it began: above 0.3, others were at work and the figures are too low."""
    speeds: tuple[Speed, ...]
    memory: tuple[Memory, ...]
    peers: tuple[peer.PeerFigures, ...]
    duels: tuple[tuple[str, in_turns.Duel], ...] = ()
    """Variants against the peer's best file in turns, token by token."""


def measure(
    shape: Shape,
    *,
    variants: Sequence[Variant],
    threads: Sequence[int],
    every_isa: bool = False,
    versus: bool = False,
    n_decode: int = 20,
    folder: Path | None = None,
    note: Notes = lambda _: None,
) -> Report:
    """Measure `shape`; models are written to a temporary directory in `folder` and deleted.

    Memory is measured for the last two of `variants`, which should be the smallest.

    Raises `TerndError` when something does not run, `OSError` when there is no room.
    """
    load = os.getloadavg()[0]
    bandwidth = measure_bandwidth(threads)
    speeds: list[Speed] = []
    memory: list[Memory] = []
    for variant in variants:
        with tempfile.TemporaryDirectory(prefix="ternd-bench-", dir=folder) as place:
            directory = Path(place) / "model"
            note(f"writing {shape.name} as {variant.name}")
            write_synthetic(directory, shape, packing=variant.packing, vocabulary=variant.vocabulary)
            child = (str(directory), "--tokens", str(n_decode), *variant.options)
            for cpu in _isas(every_isa=every_isa and variant is variants[0]):
                for n in threads if cpu is None else (max(threads),):
                    note(f"{variant.name}, {cpu.name if cpu else 'best'}, {n} threads")
                    speeds.append(_speed(variant, n, *child, *(() if cpu is None else ("--isa", str(cpu.name)))))
                    note(_told(speeds[-1]))
            if variant is variants[0]:
                note(f"{variant.name}, mapped, {max(threads)} threads")
                speeds.append(_speed(variant, max(threads), *child, "--mapped"))
                note(_told(speeds[-1]))
            for what in ("short" if variant.short else "full", "grammar") if variant in variants[-2:] else ():
                note(f"{variant.name}, memory with a {what} head")
                found = _child(str(directory), str(max(threads)), what, module="appliance.engine.memory_bench")
                memory.append(Memory(variant=variant.name, **found))
    peers = tuple(_peers(shape, threads, n_decode, folder, note)) if versus else ()
    duels = tuple(_duels(shape, speeds, peers, folder, note)) if peers else ()
    return Report(shape.name, shape.title, bandwidth, load, tuple(speeds), tuple(memory), peers, duels)


def measure_bandwidth(threads: Sequence[int]) -> dict[int, float]:
    """Return how fast 1..n threads read memory, in 10⁹ bytes a second."""
    data = np.full(_BANDWIDTH_BYTES, 1, np.uint8)  # pages of its own, not the one of zeros
    return {n: read_bandwidth(data.data, n) / 1e9 for n in threads}


def _isas(*, every_isa: bool) -> Iterator[Cpu | None]:
    yield None
    if every_isa:
        best = max(cpu_features(), default=Cpu.REFERENCE)
        yield from (cpu for cpu in cpu_features() if cpu != best)


def _peers(
    shape: Shape, threads: Sequence[int], n_decode: int, folder: Path | None, note: Notes
) -> Iterator[peer.PeerFigures]:
    for quantisation in peer.QUANTISATIONS:
        with tempfile.TemporaryDirectory(prefix="ternd-bench-", dir=folder) as place:
            path = Path(place) / f"{quantisation}.gguf"
            note(f"writing {shape.name} as {quantisation} for llama.cpp")
            peer.write_gguf(path, shape, quantisation)
            note(f"llama.cpp, {quantisation}, {max(threads)} threads")
            settings = ("--threads", str(max(threads)), "--tokens", str(n_decode), "--context", str(FULL_CONTEXT))
            found = _child(str(path), *settings, module=_PEER)
            prefill = {int(key): value for key, value in found.pop("prefill_ms").items()}
            note(f"  free text {1000 / found['decode_ms']:.1f} tokens/s, prompts{rates(prefill)}")
            yield peer.PeerFigures(prefill_ms=prefill, **found)


def _duels(
    shape: Shape, speeds: Sequence[Speed], peers: Sequence[peer.PeerFigures], folder: Path | None, note: Notes
) -> Iterator[tuple[str, in_turns.Duel]]:
    """The variant that was best at a task, each against the peer's best file, both in memory at once."""
    n = peers[0].n_threads
    file = min(peers, key=lambda figures: figures.decode_ms).file
    ours = [speed for speed in speeds if speed.n_threads == n and speed.held]
    tasks: dict[str, list[str]] = {}
    for task, taken in _TASKS.items():
        able = [speed for speed in ours if taken(speed) is not None]
        if able:
            tasks.setdefault(min(able, key=lambda speed: taken(speed) or 0).variant, []).append(task)
    with tempfile.TemporaryDirectory(prefix="ternd-bench-", dir=folder) as place:
        path, directory = Path(place) / f"{file}.gguf", Path(place) / "model"
        peer.write_gguf(path, shape, file)
        theirs = _command(str(path), "--threads", str(n), "--context", str(FULL_CONTEXT), "--turns", module=_PEER)
        for name, some in tasks.items():
            note(f"{name} and llama.cpp {file} in turns, {n} threads")
            (variant,) = parse_variants(name)
            write_synthetic(directory, shape, packing=variant.packing, vocabulary=variant.vocabulary)
            ours_command = _command(str(directory), "--threads", str(n), "--turns", *variant.options)
            for duel in in_turns.compare(ours_command, theirs, some):
                note(f"  {duel.task}: {duel.ratio:.2f} times as fast")
                yield name, duel
            shutil.rmtree(directory)


_TASKS: Final[dict[str, Callable[[Speed], float | None]]] = {
    "free": lambda speed: None if speed.is_short else speed.full_ms,
    "grammar": lambda speed: speed.grammar_ms,
    **{f"prompt {n}": partial(lambda n, speed: speed.prefill_ms.get(n), n) for n in PROMPTS},
}
"""Tasks of `in_turns`, and what each took; None: it was not measured."""


def rates(prefill: dict[int, float]) -> str:
    """Prompts of each length in tokens a second."""
    return "".join(f"{1000 * n / prefill[n]:7.0f}" if n in prefill else " " * 7 for n in PROMPTS)


def _told(speed: Speed) -> str:
    """A line while the rest is measured, so that a run which ends early was not for nothing."""
    return (
        f"  free text {1000 / speed.full_ms:.1f} tokens/s ({speed.full_share:.0%} of {speed.bandwidth_gbs:.1f} GB/s), under a grammar "
        f"{1000 / speed.grammar_ms:.1f} ({speed.grammar_share:.0%}), prompts{rates(speed.prefill_ms)}"
    )


def _speed(variant: Variant, n_threads: int, *arguments: str) -> Speed:
    found = _child(*arguments, "--threads", str(n_threads))
    prefill = {int(key): value for key, value in found.pop("prefill_ms").items()}
    return Speed(
        variant=variant.name,
        prefill_ms=prefill,
        zero_shares=tuple(found.pop("zero_shares")),
        **found,
    )


def _command(*arguments: str, module: str = "appliance.engine.shape_bench") -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _child(*arguments: str, **module: str) -> dict[str, Any]:
    """Run a measurement in a process of its own and return the object it prints."""
    done = subprocess.run(_command(*arguments, **module), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise TerndError(f"a measurement failed: {done.stderr.strip()[-500:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


# ---- in the child ----


def measure_speed(
    directory: Path, isa: str | None, n_threads: int, n_decode: int, *, hold: bool, short: bool
) -> dict[str, Any]:
    """Measure a model directory; what `Speed` holds but for the variant."""
    with _open(directory, isa, n_threads, hold=hold, short=short) as model:
        config, isa = model.config, model.isa
        tokens = _tokens(_CONTEXT, config.n_vocab)
        rows = tokens[: min(GRAMMAR_ROWS, config.n_vocab)]
        n_ctx = min(_CONTEXT, config.max_context)
        with Session(model, n_ctx=n_ctx, n_threads=n_threads) as session:
            session.append(tokens[:16])
            steps, rows_read = [], []
            for token in tokens[:n_decode]:
                start = time.perf_counter()
                session.append(np.array([token], np.int32))
                step = time.perf_counter()
                session.logits(rows)
                head = time.perf_counter()
                session.logits()
                steps.append((step - start, head - step, time.perf_counter() - head))
                rows_read.append(session.rows_read)
            draft = statistics.median(_check_guesses(session, tokens[:DRAFT]) for _ in range(3))
            session.count_zeros()
            session.append(tokens[:1])
            zeros = session.zeros()
            session.count_zeros(False)
            prefill = {}
            for n in (n for n in PROMPTS if n <= n_ctx):
                prefill[n] = 1000 * min(_first_token(session, tokens[:n], None) for _ in range(2 if n < 256 else 1))
            n_prefix = min(PREFIX_TOKENS, n_ctx - 1)
            first = _first_token(session, tokens[: n_prefix + 1], rows)
            with tempfile.TemporaryDirectory(prefix="ternd-prefix-") as place:
                session.save_prefix(Path(place), length=n_prefix)
                session.truncate(0)
                start = time.perf_counter()
                if session.load_prefix(Path(place), tokens[: n_prefix + 1]) != n_prefix:
                    raise EngineError("the saved prefix was not found again")
                session.sync(tokens[: n_prefix + 1])
                session.logits(rows)
                saved = time.perf_counter() - start
            peak = peak_mb()  # before there is memory to be read from
            ternary, head_bytes = _weights(directory, zeros)
            if short:
                coarse = config.n_vocab * config.d_model * _COARSE_BITS / 8
                head_bytes = int(coarse + head_bytes * statistics.median(rows_read) / config.n_vocab)
            session.truncate(16)
            reading = _beside_reading(session, tokens[:n_decode], rows, n_threads, ternary, head_bytes)
    medians = [1000 * statistics.median(times) for times in zip(*steps, strict=True)]
    return {
        "isa": isa,
        "n_threads": n_threads,
        "step_ms": medians[0],
        "grammar_head_ms": medians[1],
        "full_head_ms": medians[2],
        "draft_ms": 1000 * draft,
        "ternary_mb": ternary / 1e6,
        "head_mb": head_bytes / 1e6,
        "zero_shares": [layer.zero_codes / layer.inputs for layer in zeros] if config.activation == "relu2" else [],
        "prefill_ms": prefill,
        "first_token_ms": 1000 * first,
        "first_token_saved_ms": 1000 * saved,
        "peak_mb": peak,
        "held": hold,
        **reading,
    }


def _open(directory: Path, isa: str | None, n_threads: int, *, hold: bool, short: bool) -> Model:
    model = Model.open(directory, verify=False, cpu=None if isa is None else Cpu[isa], hold=hold)
    if short:
        model.make_shortlist(n_threads)
    return model


def serve_turns(directory: Path, isa: str | None, n_threads: int, *, hold: bool, short: bool) -> None:
    """Do what `in_turns` asks of a model directory."""
    with _open(directory, isa, n_threads, hold=hold, short=short) as model:
        n_ctx = min(_CONTEXT, model.config.max_context)
        tokens = _tokens(n_ctx, model.config.n_vocab)
        rows = tokens[: min(GRAMMAR_ROWS, model.config.n_vocab)]
        with Session(model, n_ctx=n_ctx, n_threads=n_threads) as session:
            session.append(tokens[:16])

            def turn(task: str, n: int) -> float:
                if task == "prompt":
                    return 1000 * _first_token(session, tokens[:n], None)
                session.truncate(min(session.length, n_ctx - n))
                start = time.perf_counter()
                session.append(tokens[:n])
                session.logits(rows if task == "grammar" else None)
                return 1000 * (time.perf_counter() - start)

            in_turns.serve(turn)


def _beside_reading(
    session: Session, tokens: Tokens, rows: Tokens, n_threads: int, ternary: int, head: int
) -> dict[str, float]:
    """Decode tokens between readings of memory: what others share changes its speed within a second."""
    data = np.full(_BANDWIDTH_BYTES, 1, np.uint8)  # pages of its own, not the one of zeros
    rates = [read_bandwidth(data.data, n_threads, n_passes=1)]
    grammar: list[float] = []
    full: list[float] = []
    for token in tokens:
        for shares, ids, n_bytes in ((grammar, rows, ternary), (full, None, ternary + head)):
            start = time.perf_counter()
            session.append(np.array([token], np.int32))
            session.logits(ids)
            taken = time.perf_counter() - start
            rates.append(read_bandwidth(data.data, n_threads, n_passes=1))
            shares.append(n_bytes / taken / statistics.mean(rates[-2:]))
    return {
        "bandwidth_gbs": statistics.median(rates) / 1e9,
        "grammar_share": statistics.median(grammar),
        "full_share": statistics.median(full),
    }


def _check_guesses(session: Session, tokens: Tokens) -> float:
    start = time.perf_counter()
    session.append_every(tokens)
    for index in range(len(tokens)):
        session.select(index)
        session.logits()
    return time.perf_counter() - start


def _first_token(session: Session, tokens: Tokens, rows: Any) -> float:
    session.truncate(0)
    start = time.perf_counter()
    session.append(tokens)
    session.logits(rows)
    return time.perf_counter() - start


def _tokens(n: int, n_vocab: int) -> Tokens:
    return (np.arange(n, dtype=np.int64) * 7919 % n_vocab).astype(np.int32)


def _weights(directory: Path, zeros: Sequence[Zeros]) -> tuple[int, int]:
    """Bytes of the ternary matrices that a token reads, and of the head."""
    tensors = {tensor.name: len(tensor.data) for tensor in read_directory(directory, verify=False).tensors}
    head = "head" if "head" in tensors else "embed"
    layers = sum(size for name, size in tensors.items() if name.startswith("layers.") and not name.endswith("norm"))
    for layer, found in enumerate(zeros):
        for name, all_of, skipped in (
            ("up", found.up_rows, found.up_skipped),
            ("down", found.down_columns, found.down_skipped),
        ):
            layers -= tensors[f"layers.{layer}.{name}"] * skipped // max(all_of, 1)
    return layers, tensors[head] + tensors.get(f"{head}_scale", 0)


def parse_threads(text: str) -> list[int]:
    """Parse ``1,2,4``; raises `EngineError` for anything else."""
    parts = text.split(",")
    if not all(part.isascii() and part.isdecimal() and 1 <= int(part) <= 64 for part in parts):
        raise EngineError(f"{text!r} are no numbers of threads; write numbers from 1 to 64 such as 1,2,4")
    return sorted({int(part) for part in parts})


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure speed in this process and print JSON; return the exit status. ``ternd bench --shape`` is for people."""
    parser = argparse.ArgumentParser(prog="python -m appliance.engine.shape_bench", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=20)
    parser.add_argument("--isa", choices=[cpu.name for cpu in Cpu])
    parser.add_argument("--mapped", action="store_true", help="do not take the weights into huge pages")
    parser.add_argument("--shortlist", action="store_true", help="read the rows of the head that can matter")
    parser.add_argument("--turns", action="store_true", help="do what the lines of standard input say")
    options = parser.parse_args(arguments)
    how = {"hold": not options.mapped, "short": options.shortlist}
    try:
        if options.turns:
            serve_turns(options.directory, options.isa, options.threads, **how)
            return 0
        found = measure_speed(options.directory, options.isa, options.threads, options.tokens, **how)
    except TerndError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
