"""Score the command model and the resolver on the hand-written sentences of this folder.

``python -m tests.understanding.score [-v] [FILE …]`` prints the share that is exactly right and the share of wrong actions (something would
be touched that was not asked for). The format of the files is told at the head of ``villa.txt``.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appliance.daemon import open_batch

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Expected:
    """One intent that must be there."""

    name: str
    entities: frozenset[str] | None = None
    """Exactly these; None: not checked."""
    includes: frozenset[str] = frozenset()
    excludes: frozenset[str] = frozenset()
    slots: dict[str, str] = field(default_factory=dict)

    def fits(self, intent: dict[str, Any]) -> bool:
        """Whether an intent of the batch interface is this one."""
        touched = set(intent["entities"])
        return (
            intent["name"] == self.name
            and (self.entities is None or touched == self.entities)
            and self.includes <= touched
            and not self.excludes & touched
            and all(_same(intent["slots"].get(key), value) for key, value in self.slots.items())
        )


@dataclass(frozen=True)
class Sentence:
    """One line of a file."""

    text: str
    area: str | None
    expected: tuple[Expected, ...]


def _same(value: object, wanted: str) -> bool:
    if isinstance(value, int | float):
        return abs(float(value) - float(wanted)) < 1e-6 if wanted.replace(".", "").isdigit() else False
    return str(value).lower() == wanted.lower()


def read(path: Path) -> Iterator[Sentence]:
    """The sentences of one file."""
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        said, *intents = (part.strip() for part in line.split("|"))
        area = None
        if said.startswith("@"):
            area, _, said = said[1:].partition(" ")
        yield Sentence(said, area, tuple(_expected(text) for text in intents if text != "-"))


def _expected(text: str) -> Expected:
    name, *parts = shlex.split(text)
    slots = dict(part.split("=", 1) for part in parts if "=" in part)
    ids = next((part for part in parts if "=" not in part), None)
    if ids is None:
        return Expected(name, slots=slots)
    wanted, *excluded = ids.split("!")
    entities = frozenset(wanted.split(","))
    if excluded:
        return Expected(name, includes=entities, excludes=frozenset(excluded), slots=slots)
    return Expected(name, entities, slots=slots)


def exact(intents: list[dict[str, Any]], expected: tuple[Expected, ...]) -> bool:
    """Whether the intents are the expected ones, in any order."""
    left = list(intents)
    for want in expected:
        fitting = next((intent for intent in left if want.fits(intent)), None)
        if fitting is None:
            return False
        left.remove(fitting)
    return not left


ASKING = (
    "HassGetState",
    "HassClimateGetTemperature",
    "HassGetWeather",
    "HassTimerStatus",
    "HassGetCurrentTime",
    "HassGetCurrentDate",
    "HassNevermind",
)


def main(arguments: list[str]) -> int:
    """Print the score of the named files (all of this folder by default)."""
    verbose = "-v" in arguments
    files = [Path(a) for a in arguments if not a.startswith("-")] or sorted(HERE.glob("*.txt"))
    right = total = wrong_actions = refusals = 0
    times = []
    for path in files:
        batch = open_batch(path.with_suffix(".yaml"))
        for sentence in read(path):
            got = batch.run(sentence.text, sentence.area)
            times.append(got["ms"])
            total += 1
            refusals += not sentence.expected
            acted = [intent for intent in got["intents"] if intent["name"] not in ASKING]
            if exact(got["intents"], sentence.expected):
                right += 1
            else:
                wrong_actions += bool(acted) and not sentence.expected
                if verbose:
                    shown = [(i["name"], dict(i["slots"]), i["entities"]) for i in got["intents"]]
                    print(f"{sentence.text!r}: {shown} {got['speech']!r} {got.get('line', '')}")
    times.sort()
    print(f"{right}/{total} exact ({100 * right / total:.1f} %), {wrong_actions} of {refusals} non-commands acted upon, "
          f"{times[len(times) // 2]:.1f} ms p50, {times[int(len(times) * 0.95)]:.1f} ms p95")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
