"""Two engines on one shape in turns, token by token: ratios that a change of the memory's speed cannot spoil.

What others on a machine read of its memory changes within a second, and by half. Figures that were taken minutes apart
then compare minutes, not engines. Here both have their models in memory and do the same piece of work one after the
other, again and again; each pair gives a ratio. A contestant is a process that reads one task a line (``free``,
``grammar``, ``prompt 128``) from its standard input and answers with milliseconds.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from appliance.errors import EngineError, TerndError

READY: Final = "ready"
_LOOK_S: Final = 0.002
_LONGEST_REST_S: Final = 2.0
_ROUNDS: Final = 40
_PROMPT_ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class Duel:
    """How much faster the first of two was at one task."""

    task: str
    ratio: float
    """The second's time over the first's of the same round: the median."""
    low: float
    """A quarter of the rounds had less."""
    high: float
    """A quarter of the rounds had more."""
    first_ms: float
    """Median time of the first."""
    second_ms: float
    """Median time of the second."""


def serve(do: Callable[[str, int], float], *, source: TextIO | None = None, sink: TextIO | None = None) -> None:
    """In the process of a contestant: answer tasks until there are no more. `do` takes a task and its number of tokens."""
    source, sink = source or sys.stdin, sink or sys.stdout
    sink.write(f"{READY}\n")
    sink.flush()
    for line in source:
        task, _, number = line.strip().partition(" ")
        sink.write(f"{do(task, int(number or 1))}\n")
        sink.flush()


def compare(first: Sequence[str], second: Sequence[str], tasks: Sequence[str]) -> list[Duel]:
    """Run two commands as contestants, all tasks in turns; raises `TerndError` when one of them ends before the last."""
    with ExitStack() as stack:
        both = [stack.enter_context(_contestant(command)) for command in (first, second)]
        return [_duel(task, both, _PROMPT_ROUNDS if task.startswith("prompt") else _ROUNDS) for task in tasks]


def _duel(task: str, both: Sequence[Callable[[str], float]], rounds: int) -> Duel:
    pairs = [[ask(task) for ask in both] for _ in range(rounds)]
    ratios = [theirs / ours for ours, theirs in pairs]
    low, ratio, high = statistics.quantiles(ratios, n=4, method="inclusive")
    ours, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    return Duel(task, ratio, low, high, ours, theirs)


@contextmanager
def _contestant(command: Sequence[str]) -> Iterator[Callable[[str], float]]:
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise EngineError("a process without pipes")
    asked, told = process.stdin, process.stdout
    threads = Path(f"/proc/{process.pid}/task")

    def line() -> str:
        answer = told.readline().strip()
        if not answer:
            raise TerndError(f"a measurement failed: {process.communicate()[1].strip()[-500:]}")
        return answer

    def ask(task: str) -> float:
        with suppress(BrokenPipeError):  # it has ended: the missing answer says so, and why
            asked.write(f"{task}\n")
            asked.flush()
        answer = float(line())
        _wait_until_idle(threads)
        return answer

    with process:
        try:
            while line() != READY:
                pass
            yield ask
        finally:
            process.kill()


def _wait_until_idle(threads: Path) -> None:
    """Wait until no thread of a process runs: some spin for a tenth of a second for more work, and would slow the other's turn down."""
    until = time.monotonic() + _LONGEST_REST_S
    time.sleep(_LOOK_S)
    while time.monotonic() < until and any(_runs(thread / "stat") for thread in threads.glob("*")):
        time.sleep(_LOOK_S)


def _runs(stat: Path) -> bool:
    try:
        return stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0] == "R"
    except (OSError, IndexError):  # the thread has ended
        return False
