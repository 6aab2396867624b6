"""Score the command model and the resolver on the hand-written sentences of this folder.

``python -m tests.understanding.score [-v] [--greedy] [FILE …]`` prints the share that is exactly right and the share of wrong actions (something would
be touched that was not asked for). The format of the files is told at the head of ``villa.txt``.
"""

from __future__ import annotations

import ast
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from appliance.interpreter import MOST_READINGS
from appliance.opening import open_batch

TOLERANCE = 1e-6
HERE = Path(__file__).parent
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_SLOT = re.compile(r"(\w+)([=<>])(.*)", re.DOTALL)


@dataclass(frozen=True)
class Expected:
    """One intent that must be there."""

    name: str
    entities: frozenset[str] | None = None
    """Exactly these; None: not checked."""
    includes: frozenset[str] = frozenset()
    excludes: frozenset[str] = frozenset()
    slots: dict[str, str] = field(default_factory=dict)
    bounds: tuple[tuple[str, str, float], ...] = ()
    """Slot, ``>`` or ``<``, and the number that its value must be above or below: of "a bit brighter" only the direction is certain."""

    def fits(self, intent: dict[str, Any]) -> bool:
        """Whether an intent of the batch interface is this one."""
        touched = set(intent["entities"])
        return (
            intent["name"] == self.name
            and (self.entities is None or touched == self.entities)
            and self.includes <= touched
            and not self.excludes & touched
            and all(_same(intent["slots"].get(key), value) for key, value in self.slots.items())
            and all(_beyond(intent["slots"].get(key), side, bound) for key, side, bound in self.bounds)
        )


@dataclass(frozen=True)
class Sentence:
    """One line of a file."""

    text: str
    area: str | None
    expected: tuple[Expected, ...]
    group: str = "mixed"
    """The heading it stands under: a phenomenon."""
    before: tuple[str, ...] = ()
    """Earlier turns of the same talk, the first first."""


def _same(value: object, wanted: str) -> bool:
    if isinstance(value, bool):
        return wanted.lower() in {str(value).lower(), str(int(value))}
    if isinstance(value, int | float):
        return bool(_NUMBER.fullmatch(wanted)) and abs(value - float(wanted)) < TOLERANCE
    return str(value).lower() == wanted.lower()


def _beyond(value: object, side: str, bound: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return value > bound if side == ">" else value < bound


def read(path: Path) -> Iterator[Sentence]:
    """The sentences of one file."""
    group = "mixed"
    for line in path.read_text().splitlines():
        if heading := re.fullmatch(r"# ([a-z]+)", line):
            group = heading[1]
        if not line.strip() or line.startswith("#"):
            continue
        said, *intents = (part.strip() for part in line.split("|"))
        area = None
        if said.startswith("@"):
            area, _, said = said[1:].partition(" ")
        *before, said = (turn.strip() for turn in said.split(">>"))
        expected = tuple(one for text in intents if text != "-" for one in _one_by_one(_expected(text)))
        yield Sentence(said, area, expected, group, tuple(before))


def _one_by_one(want: Expected) -> Iterator[Expected]:
    """An intent for each thing that is put on a list, as they count in answers, too: together or one by one is the same."""
    items = want.slots.get("item", "")
    for item in ast.literal_eval(items) if items.startswith("[") else [None]:
        yield want if item is None else replace(want, slots={**want.slots, "item": item})


def _parted(intents: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for intent in intents:
        items = intent["slots"].get("item")
        for item in items if isinstance(items, list) else [items]:
            yield intent if item is items else {**intent, "slots": {**intent["slots"], "item": item}}


def _expected(text: str) -> Expected:
    name, *parts = shlex.split(text)
    given = [found.groups() for part in parts if (found := _SLOT.fullmatch(part))]
    slots = {key: value for key, sign, value in given if sign == "="}
    bounds = tuple((key, sign, float(value)) for key, sign, value in given if sign != "=")
    ids = next((part for part in parts if not _SLOT.fullmatch(part)), None)
    if ids is None:
        return Expected(name, slots=slots, bounds=bounds)
    wanted, *excluded = ids.split("!")
    entities = frozenset(wanted.split(","))
    if excluded:
        left_out = frozenset(left for part in excluded for left in part.split(","))
        return Expected(name, includes=entities, excludes=left_out, slots=slots, bounds=bounds)
    return Expected(name, entities, slots=slots, bounds=bounds)


def _thing_by_thing(
    expected: Sequence[Expected], intents: Iterable[dict[str, Any]]
) -> tuple[list[Expected], list[dict[str, Any]]]:
    """Both with an intent for each thing: "the lamp and the fan off" is right as one intent for two things and as two."""
    if any(want.includes or want.excludes for want in expected):
        return list(expected), list(intents)
    wanted = [
        one
        for want in expected
        for one in ([replace(want, entities=frozenset({id_})) for id_ in want.entities] if want.entities else [want])
    ]
    return wanted, [
        one for got in intents for one in ([{**got, "entities": [id_]} for id_ in got["entities"]] or [got])
    ]


def _shining(
    expected: Sequence[Expected], intents: Iterable[dict[str, Any]]
) -> tuple[list[Expected], list[dict[str, Any]]]:
    """Both with one intent for what several set of the same light: its colour and then its brightness, or both at once."""
    wanted: list[Expected] = []
    for want in expected:
        keys = {*want.slots, *(key for key, *_ in want.bounds)}
        for at, other in enumerate(wanted):
            known = {*other.slots, *(key for key, *_ in other.bounds)}
            if want.name == other.name == "HassLightSet" and want.entities == other.entities and not keys & known:
                wanted[at] = replace(other, slots={**other.slots, **want.slots}, bounds=(*other.bounds, *want.bounds))
                break
        else:
            wanted.append(want)
    got: list[dict[str, Any]] = []
    for intent in intents:
        for at, lit in enumerate(got):
            alike = intent["name"] == lit["name"] == "HassLightSet" and intent["entities"] == lit["entities"]
            if alike and not SHINE & intent["slots"].keys() & lit["slots"].keys():
                got[at] = {**lit, "slots": {**lit["slots"], **intent["slots"]}}
                break
        else:
            got.append(intent)
    return wanted, got


def exact(intents: list[dict[str, Any]], expected: tuple[Expected, ...]) -> bool:
    """Whether the intents are the expected ones, in any order, things together or one by one."""
    left = list(_parted(intents) if any("item" in want.slots for want in expected) else intents)
    return (
        _match(left, expected)
        or _match(*reversed(_thing_by_thing(expected, left)))
        or _match(_together(expected, left), expected)
        or _match(*reversed(_shining(*_thing_by_thing(expected, left))))
    )


def _together(expected: Iterable[Expected], intents: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """`intents` with one for all those that do what is wanted to some of several things, which may be named one by one."""
    left = list(intents)
    for want in expected:
        parts = [got for got in left if want.includes and replace(want, includes=frozenset()).fits(got)]
        if len(parts) > 1:
            left = [got for got in left if got not in parts]
            left.append({**parts[0], "entities": [id_ for part in parts for id_ in part["entities"]]})
    return left


def _match(intents: Iterable[dict[str, Any]], expected: Iterable[Expected]) -> bool:
    left = list(intents)
    for want in expected:
        fitting = next((intent for intent in left if want.fits(intent)), None)
        if fitting is None:
            return False
        left.remove(fitting)
    return not left


ASKING = frozenset(
    """HassGetState HassClimateGetTemperature HassGetWeather HassTimerStatus HassGetCurrentTime HassGetCurrentDate HassNevermind
    """.split()
)
"""Intents that change nothing."""


SHINE = frozenset({"brightness", "color", "temperature"})
"""Slots of a light that are set at once or one after the other."""


@dataclass
class Tally:
    """Counts of one group of sentences."""

    total: int = 0
    right: int = 0
    wrong_actions: int = 0
    """Something would be touched or done that was not asked for."""
    missed: int = 0
    """Nothing would be done although something was asked for."""

    def add(self, expected: Sequence[Expected], intents: list[dict[str, Any]]) -> bool:
        """Count one answer; whether it is exactly right."""
        right = exact(intents, tuple(expected))
        wanted, acting = _thing_by_thing(expected, (i for i in _parted(intents) if i["name"] not in ASKING))
        self.total += 1
        self.right += right
        self.missed += bool(expected) and not intents
        self.wrong_actions += not right and any(
            not any(want.fits(got) for want in (*wanted, *expected)) for got in acting
        )
        return right

    def __str__(self) -> str:
        return (
            f"{self.right:4}/{self.total:<4} exact {100 * self.right / self.total:5.1f} %, "
            f"wrong actions {100 * self.wrong_actions / self.total:4.1f} %, nothing done {100 * self.missed / self.total:4.1f} %"
        )


def score(path: Path, *, verbose: bool = False, greedy: bool = False) -> tuple[dict[str, Tally], list[float]]:
    """Tallies by phenomenon (the headings of the file) and milliseconds by sentence."""
    batch = open_batch(path.with_suffix(".yaml"), most_readings=1 if greedy else MOST_READINGS)
    tallies: dict[str, Tally] = {}
    times = []
    for sentence in read(path):
        got = batch.run(sentence.text, sentence.area, sentence.before)
        times.append(got["ms"])
        right = tallies.setdefault(sentence.group, Tally()).add(sentence.expected, got["intents"])
        if verbose and not right:
            shown = [(i["name"], dict(i["slots"]), i["entities"]) for i in got["intents"]]
            print(
                f"[{sentence.group}] {' >> '.join((*sentence.before, sentence.text))!r}: {shown} {got['speech']!r} {got['line']} ({got['confidence']:.2f})"
            )
    return tallies, times


def summed(tallies: Iterable[Tally]) -> Tally:
    """All tallies in one."""
    total = Tally()
    for tally in tallies:
        for name in total.__dict__:
            setattr(total, name, getattr(total, name) + getattr(tally, name))
    return total


def main(arguments: list[str]) -> int:
    """Print the scores of the named files (all of this folder by default), with ``-v`` what is wrong, with ``--greedy`` of one reading a sentence."""
    files = [Path(a) for a in arguments if not a.startswith("-")] or sorted(HERE.glob("*.txt"))
    groups: dict[str, list[Tally]] = {}
    for path in files:
        tallies, times = score(path, verbose="-v" in arguments, greedy="--greedy" in arguments)
        for name, tally in tallies.items():
            groups.setdefault(name, []).append(tally)
        times.sort()
        middle, late = times[len(times) // 2], times[int(len(times) * 0.95)]
        print(f"{path.stem:8} {summed(tallies.values())}, {middle:.1f} ms p50, {late:.1f} ms p95")
    print()
    for name, found in sorted(groups.items(), key=lambda item: -summed(item[1]).total):
        print(f"{name:12} {summed(found)}")
    print(f"{'all':12} {summed(tally for found in groups.values() for tally in found)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
