"""Evaluate understanding as people meet it: ``python -m provisioning.command_model.evaluate_homes --examples 3000``.

Each held-out sentence (templates and names that training never saw) gets a random home in which what it speaks of exists, among other
things. Both the calls that were meant and the readings of the command model go through resolver and votes; *exact* means the
same intents with the same slots and the same entities; a *wrong action* is a deed that was not asked for, whatever slots named its target.
Sentences whose meant calls come to nothing in their home are left out and counted.
"""

from __future__ import annotations

import argparse
import contextlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from appliance import config
from appliance.intents.parse import parse_line
from appliance.interpreter import Interpretation, Interpreter
from appliance.messages import Call, Json
from appliance.opening import clause_reader, open_command_model, open_typos
from appliance.resolver import Memory, Resolver
from provisioning.command_model.evaluate import QUIET, calibration, share, show
from provisioning.command_model.generator import Example, examples
from provisioning.command_model.homes import home_for

_TARGET = frozenset({"name", "area", "floor", "domain", "device_class"})
_NOISY = frozenset({"noise", "correction"})


@dataclass(frozen=True)
class Meant:
    """The calls of an example as a reading that is certain."""

    calls: Sequence[Call]
    confidence: float = 1.0
    refusal: str = ""
    line: str = ""


@dataclass(frozen=True)
class Outcome:
    """One sentence in its home."""

    example: Example
    exact: bool
    wrong_action: bool
    """Something would be touched or done that was not asked for."""
    other_target: bool
    """So it would, or its target was named by other slots."""
    silent: bool
    """Nothing would be done although something was asked for."""
    confidence: float


def outcome(found: Interpretation) -> list[Json]:
    """What an interpretation does, in a form that can be compared."""
    done: list[Json] = []
    for judged in found.steps:
        step = judged.step
        if step.intent is not None:
            slots = {
                name: value for name, value in step.intent.slots.items() if name != "name" or not step.intent.entities
            }
            items = slots.get("item")  # things for a list: together or one by one is the same
            for item in items if isinstance(items, list) else [items]:
                parted = {**slots, "item": item} if "item" in slots else slots
                done.append([step.intent.name, parted, sorted(step.intent.entities)])
        elif step.task is not None:
            done.append([step.task.name, dict(step.task.data), []])
    return done


def deed(item: Json) -> Json:
    """What one part of an outcome does, without the slots that name its target where the entities say it."""
    name, slots, entities = item
    return [name, {key: value for key, value in slots.items() if not (entities and key in _TARGET)}, entities]


def evaluate(interpreter: Interpreter, asked: Sequence[Example]) -> tuple[list[Outcome], int]:
    """Outcomes of all examples whose meant calls do something, and how many do not."""
    outcomes, left_out = [], 0
    for example in asked:
        calls = parse_line(example.line, example.text)
        home, here = home_for(calls, example.text)
        known = [entity for entity in home.entities if entity.area == here]
        memory = Memory(tuple(e.id for e in known[:1]), tuple(e.id for e in known[1:3]), {}, here)
        meant = interpreter.decide([Meant(calls)], home, text=example.text, area=here, memory=memory)
        wanted = outcome(meant)
        nothing = all(call.name == "None" for call in calls)
        if not nothing and (not wanted or any(judged.step.refusal for judged in meant.steps)):
            left_out += 1
            continue
        readings = interpreter.understand(example.text, home)
        found = interpreter.decide(readings, home, text=example.text, area=here, memory=memory)
        got = outcome(found)
        acting = [item for item in got if item[0].removeprefix("Hass") not in QUIET and item not in wanted]
        deeds = [deed(item) for item in wanted]
        wrong = any(deed(item) not in deeds for item in acting)
        silent = bool(wanted) and not got
        outcomes.append(Outcome(example, got == wanted, wrong, bool(acting), silent, found.confidence))
    return outcomes, left_out


def table(outcomes: Sequence[Outcome]) -> dict[str, Json]:
    """All figures: of everything, of plain sentences, by phenomenon and call."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for item in outcomes:
        tags = item.example.tags
        groups["all"].append(item)
        groups["plain: one command, no noise" if not tags & {"multi", *_NOISY} else "multi or noise"].append(item)
        for tag in tags:
            groups[tag].append(item)
    rows = sorted(groups.items(), key=lambda row: -len(row[1]))
    return {
        name: {
            "sentences": len(items),
            "exact": share([item.exact for item in items]),
            "wrong_action": share([item.wrong_action for item in items]),
            "wrong_action_or_target": share([item.other_target for item in items]),
            "nothing_done": share([item.silent for item in items]),
        }
        for name, items in rows
    }


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--split", choices=("heldout", "train"), default="heldout")
    parser.add_argument("--model", type=Path, help="model directory (default: the shipped one)")
    parser.add_argument("--min-confidence", type=float, default=config.ModelSettings().min_confidence)
    parser.add_argument("--whole", action="store_true", help="without readings by clauses")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with contextlib.ExitStack() as parts:
        _, model = open_command_model(options.model, parts)
        by_clauses = None if options.whole else clause_reader(model)
        typos = open_typos()
        interpreter = Interpreter(
            model,
            Resolver(english=typos),
            min_confidence=options.min_confidence,
            by_clauses=by_clauses or (lambda _text: None),
            typos=typos,
        )
        outcomes, left_out = evaluate(
            interpreter, list(islice(examples(options.seed, options.split), options.examples))
        )
    rows = table(outcomes)
    sure = calibration(
        [item.confidence for item in outcomes],
        [item.exact for item in outcomes],
        [item.wrong_action for item in outcomes],
    )
    if options.json:
        print(json.dumps({"left_out": left_out, "groups": rows, "calibration": sure}, indent=1))
        return
    print(f"{left_out} of {options.examples} sentences come to nothing in their home and are left out")
    for name, row in rows.items():
        print(
            f"{name:30} {row['sentences']:5}  exact {100 * row['exact']:5.1f} %  wrong actions {100 * row['wrong_action']:4.1f} %"
            f" (or targets {100 * row['wrong_action_or_target']:4.1f} %)  nothing done {100 * row['nothing_done']:4.1f} %"
        )
    print("confidence against what is right:")
    show(sure, "  ")


if __name__ == "__main__":
    main()
