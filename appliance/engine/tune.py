"""What is fastest on this machine: packing of the weights and number of threads, found by a short measurement and kept.

``ternd bench --tune`` measures some layers of the 2B-4T shape, larger than any cache, in each packing with 1 to 4 threads. Converting
(`--packing auto`) and chatting (without `--threads`) follow what it found; without it they take T2 and all cores up to 4.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, cast, get_args

import numpy as np

from appliance import config
from appliance.engine.binding import cpu_features
from appliance.engine.model import Model
from appliance.engine.session import Session
from appliance.engine.synthetic import Packing as SyntheticPacking
from appliance.engine.synthetic import find_shape, write_synthetic
from appliance.errors import EngineError

Packing: TypeAlias = Literal["t2", "t5", "t8"]
_AS_CONVERTED: Final[dict[Packing, SyntheticPacking]] = {"t2": "t2c", "t5": "t5c", "t8": "t8c"}
"""``ternd model convert`` stores `down` of such a model by columns."""
MOST_THREADS: Final = 4
_LAYERS: Final = 8
_TOKENS: Final = 16
_VOCABULARY: Final = 256
_MARGIN: Final = 1.02
"""What is not this much faster is not worth more threads or the other packing."""
_MAX_FILE: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was found."""

    processor: str
    """Instruction sets and number of processors it holds for."""
    packing: Packing
    """The faster one."""
    n_threads: int
    """As many as are faster than fewer."""
    step_ms: dict[str, float]
    """Packing and threads, as ``t2/1``, → milliseconds of a decoding step of the measured layers."""


def measure(
    *, folder: Path | None = None, layers: int = _LAYERS, note: Callable[[str], None] = lambda _: None
) -> Tuning:
    """Measure this machine; takes some seconds and 0.2 GB in `folder`. Raises `OSError` when there is no room."""
    most = max(1, min(MOST_THREADS, len(os.sched_getaffinity(0))))
    found: dict[str, float] = {}
    shape = find_shape("2b-4t")
    shape = replace(shape, config=replace(shape.config, n_vocab=_VOCABULARY))  # its head is not measured
    for packing in get_args(Packing):
        with tempfile.TemporaryDirectory(prefix="ternd-tune-", dir=folder) as place:
            write_synthetic(Path(place), shape, packing=_AS_CONVERTED[packing], layers=layers)
            for n_threads in range(1, most + 1):
                found[f"{packing}/{n_threads}"] = _step_ms(Path(place), n_threads)
                note(f"{packing}, {n_threads} threads: {found[f'{packing}/{n_threads}']:.2f} ms")
    packing, n_threads = choose(found)
    return Tuning(processor(), packing, n_threads, {key: round(value, 4) for key, value in found.items()})


def choose(step_ms: dict[str, float]) -> tuple[Packing, int]:
    """Return the packing and the threads to use: the fastest, but fewer threads and more bits where that costs next to nothing."""
    best = min(step_ms.values())
    good = [key.split("/") for key, value in step_ms.items() if value <= best * _MARGIN]
    packing, threads = min(good, key=lambda key: (int(key[1]), key[0]))
    return cast("Packing", packing), int(threads)


def processor() -> str:
    """Return what a measurement holds for: another machine is to be measured anew."""
    return f"{cpu_features()!r}, {len(os.sched_getaffinity(0))} processors"


def file() -> Path:
    """Return where the result is kept: beside the models."""
    return config.models_directory().parent / "tune.json"


def save(tuning: Tuning, path: Path) -> None:
    """Write a result; raises `EngineError` when it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(asdict(tuning), indent=2) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise EngineError(f"{path} cannot be written: {error.strerror}") from error


def load(path: Path) -> Tuning | None:
    """Return the result kept in `path`; None when there is none, it is damaged, or another machine's."""
    try:
        with path.open("rb") as stored:
            return parse(stored.read(_MAX_FILE))
    except OSError:
        return None


def parse(data: bytes) -> Tuning | None:
    """Return the result in `data` when it is whole and of this machine."""
    try:
        raw: Any = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(raw, dict) or raw.get("processor") != processor() or raw.get("packing") not in get_args(Packing):
        return None
    n_threads, steps = raw.get("n_threads"), raw.get("step_ms")
    if type(n_threads) is not int or not 1 <= n_threads <= MOST_THREADS or not isinstance(steps, dict):
        return None
    if not all(isinstance(value, int | float) for value in steps.values()):
        return None
    return Tuning(raw["processor"], raw["packing"], n_threads, {str(key): float(value) for key, value in steps.items()})


def default_threads() -> int:
    """As many as were found to be fastest here; without a measurement all that this process may use, at most `MOST_THREADS`."""
    found = load(file())
    return found.n_threads if found else max(1, min(MOST_THREADS, len(os.sched_getaffinity(0))))


def default_packing() -> Packing:
    """The packing that was found to be fastest here; T2 without a measurement."""
    found = load(file())
    return found.packing if found else "t2"


def render(tuning: Tuning) -> str:
    """The result for people."""
    lines = [f"{key:<6} {value:8.3f} ms a step of {_LAYERS} layers" for key, value in tuning.step_ms.items()]
    return "\n".join([*lines, f"fastest: {tuning.packing} with {tuning.n_threads} threads"])


def _step_ms(directory: Path, n_threads: int) -> float:
    with Model.open(directory, verify=False) as model, Session(model, n_ctx=64, n_threads=n_threads) as session:
        session.append(_tokens(range(8)))
        times = []
        for token in range(_TOKENS):
            start = time.perf_counter()
            session.append(_tokens([token]))
            times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times)


def _tokens(ids: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.array(ids, np.int32)
