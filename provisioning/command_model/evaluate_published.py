"""Evaluate the whole product on Home Assistant's sentence templates: ``python -m provisioning.command_model.evaluate_published``.

Sentences are drawn from the templates of the package `home-assistant-intents` over a home written for it (``published_home.yaml``):
intents in turn, the blocks of each in turn, a template of the block at random, so that each intent weighs the same (``--evenly templates``:
every template weighs the same). What is expected is what
`hassil` recognizes in the sentence, and the entities that Home Assistant would reach. *Exact* means the same intent, the same
entities and the same values (lengths of time by their seconds; a greeting by nothing being done). Many templates are like those that the
generator reads in training: this measures agreement with Home Assistant, not generalisation.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from appliance.home import load_home
from appliance.messages import Json
from appliance.opening import open_batch
from appliance.text import key
from provisioning.command_model.evaluate import share
from provisioning.command_model.published import HOME, Asked, Expected, Published

_TARGET = ("name", "area", "floor", "domain", "device_class")
_PLACED = frozenset({"HassVacuumCleanArea"})
"""Intents whose area is no place of their entities."""
_UNITS = {"hours": 3600, "minutes": 60, "seconds": 1}
_ASKING = frozenset(
    """HassGetState HassClimateGetTemperature HassGetWeather HassTimerStatus HassGetCurrentTime HassGetCurrentDate HassNevermind
    HassRespond""".split()
)
"""Intents that change nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One sentence and what came of it."""

    asked: Asked
    got: Mapping[str, Json]
    """The answer of the batch interface."""

    @property
    def exact(self) -> bool:
        """Whether all of it is as Home Assistant has it."""
        expected, intents = self.asked.expected, self.got["intents"]
        if expected.intent == "HassRespond":
            return not intents
        return len(intents) == 1 and _same(expected, intents[0])

    @property
    def wrong_action(self) -> bool:
        """Whether something would be done that Home Assistant would not do."""
        return any(
            intent["name"] not in _ASKING and not _same(self.asked.expected, intent) for intent in self.got["intents"]
        )

    @property
    def silent(self) -> bool:
        """Whether nothing would be done although something was asked for."""
        return self.asked.expected.intent != "HassRespond" and not self.got["intents"]

    @property
    def same_targets(self) -> bool:
        """Whether the slots that name the target are the same, too."""
        if not self.exact or not self.got["intents"]:
            return self.exact
        wanted, got = (
            {k: s[k] for k in _TARGET if k in s} for s in (self.asked.expected.slots, self.got["intents"][0]["slots"])
        )
        return _plain(wanted) == _plain(got)


def _same(expected: Expected, intent: Mapping[str, Json]) -> bool:
    return (
        intent["name"] == expected.intent
        and frozenset(intent["entities"]) == expected.entities
        and values(expected) == values_of(intent["name"], intent)
    )


def values(expected: Expected) -> dict[str, Json]:
    """The values of what Home Assistant makes of a sentence, in a form that can be compared."""
    return values_of(expected.intent, {"slots": expected.slots, "entities": list(expected.entities)})


def values_of(name: str, intent: Mapping[str, Json]) -> dict[str, Json]:
    """The values of an intent; the slots that name its entities are compared by these."""
    slots = dict(intent["slots"])
    for prefix in ("", "start_"):
        length = [slots.pop(prefix + unit, 0) * seconds for unit, seconds in _UNITS.items()]
        if sum(length):
            slots[f"{prefix}length"] = sum(length)
    if intent["entities"]:
        kept = {"area"} if name in _PLACED else set()
        slots = {slot: value for slot, value in slots.items() if slot in kept or slot not in _TARGET}
    return _plain(slots)


def _plain(slots: Mapping[str, Json]) -> dict[str, Json]:
    return {
        name: float(value) if isinstance(value, int | float) else key(value) if isinstance(value, str) else value
        for name, value in slots.items()
    }


def table(outcomes: Sequence[Outcome]) -> dict[str, dict[str, Json]]:
    """All figures by intent, those of everything first."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for item in outcomes:
        groups["all"].append(item)
        groups[item.asked.block.partition(" ")[0]].append(item)
    return {
        name: {
            "sentences": len(items),
            "exact": share([item.exact for item in items]),
            "wrong_action": share([item.wrong_action for item in items]),
            "nothing_done": share([item.silent for item in items]),
            "same_targets": share([item.same_targets for item in items]),
        }
        for name, items in groups.items()
    }


def _show(item: Outcome) -> None:
    wanted, got = item.asked.expected, item.got
    print(
        f"\n{item.asked.text!r}{f' @{item.asked.area}' if item.asked.area else ''}   [{item.asked.block}: {item.asked.template}]"
    )
    print(f"  expected {wanted.intent} {dict(wanted.slots)} {sorted(wanted.entities)}")
    shown = [(intent["name"], intent["slots"], intent["entities"]) for intent in got["intents"]]
    print(f"  got      {shown} {got['speech']!r} {got['line']} ({got['confidence']:.2f})")


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, default=HOME, help="another home file")
    parser.add_argument("--failures", type=int, default=0, help="print so many failing sentences")
    parser.add_argument("--evenly", choices=("intents", "templates"), default="intents", help="what weighs the same")
    parser.add_argument("--only", default="", help="an intent, or the beginning of its name and a combination of slots")
    parser.add_argument(
        "--targets", action="store_true", help="print those that differ in the slots of the target alone, too"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    published = Published(load_home(options.home))
    published.open()
    batch = open_batch(options.home)
    outcomes = [
        Outcome(asked, batch.run(asked.text, asked.area))
        for asked in published.sentences(options.sentences, options.seed, evenly=options.evenly, only=options.only)
    ]
    rows = table(outcomes)
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    failing = [item for item in outcomes if not (item.same_targets if options.targets else item.exact)]
    failing.sort(key=lambda item: bool(item.asked.purpose))
    for item in failing[: options.failures]:
        _show(item)
    print(
        f"{len(set(published.empty))} templates speak of nothing in the home, {published.unmatched} draws were not understood by hassil,"
        f" {sum(item.asked.otherwise for item in outcomes)} as another intent"
    )
    for name, row in rows.items():
        print(
            f"{name:28} {row['sentences']:5}  exact {100 * row['exact']:5.1f} %  wrong actions {100 * row['wrong_action']:4.1f} %"
            f"  nothing done {100 * row['nothing_done']:4.1f} %  same target slots {100 * row['same_targets']:5.1f} %"
        )
    print("what ternd does otherwise on purpose, of the failing sentences:")
    purposes = Counter(item.asked.purpose for item in outcomes if not item.exact and item.asked.purpose)
    for purpose, count in purposes.most_common():
        print(f"{count:5}  {purpose}")


if __name__ == "__main__":
    main()
