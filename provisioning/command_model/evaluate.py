"""Evaluate the shipped command model: ``python -m provisioning.command_model.evaluate --examples 5000``.

Runs sentences of the generator's held-out split (templates and names that training never saw) through the native engine under
the grammar and prints exact calls per intent and per phenomenon, wrong actions, calibration and time. With
``--twin RUN`` the same sentences also go through the PyTorch model of a training run, and the lines are compared.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.engine import Model, Session
from appliance.intents.command_model import CONTEXT, CommandModel, Understanding
from appliance.intents.parse import parse_line
from appliance.intents.vocabulary import Vocabulary
from appliance.text import words
from provisioning.command_model.generator import Example, examples

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from appliance.messages import Call

QUIET = frozenset(
    """ClimateGet GetState GetWeather GetTime GetDate TimerStatus ListGet Nevermind Deny Repeat Explain None""".split()
)
"""Calls that change nothing in the home."""

_SPAN = re.compile(r"(?<=> )[^<]+?(?= <)")
_BINS = 10
_SHARES = (0.5, 0.7, 0.9, 0.95)
_THRESHOLDS = (0.5, 0.7, 0.9)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One sentence, what was meant and what was understood."""

    example: Example
    meant: tuple[Call, ...]
    understood: Understanding
    ms: float

    @property
    def exact(self) -> bool:
        """Whether all calls are the ones that were meant, with all slots."""
        return bare(self.understood.calls) == self.meant

    @property
    def wrong_action(self) -> bool:
        """Whether a call would change something that was not asked for."""
        return any(call.name not in QUIET and call not in self.meant for call in bare(self.understood.calls))

    @property
    def quiet(self) -> bool:
        """Whether the sentence asks for no change."""
        return all(call.name in QUIET for call in self.meant)


def bare(calls: Iterable[Call]) -> tuple[Call, ...]:
    """Return the calls without their confidences."""
    return tuple(replace(call, confidence=1.0) for call in calls)


def run(model: CommandModel, asked: Iterable[Example]) -> list[Outcome]:
    """Understand every example."""
    outcomes = []
    for example in asked:
        started = time.perf_counter()
        understood = model.understand(example.text)
        ms = 1000 * (time.perf_counter() - started)
        outcomes.append(Outcome(example, bare(parse_line(example.line, example.text)), understood, ms))
    return outcomes


def skeleton(example: Example) -> str:
    """Return the sentence with its copied spans replaced by blanks: what its template and the noise made of it."""
    said = f" {' '.join(word.text for word in words(example.text))} "
    for span in _SPAN.findall(f"{example.line} <"):
        said = said.replace(f" {span} ", " _ ", 1)
    return said


def share(flags: Sequence[bool]) -> float:
    """Return the share of true ones, four digits."""
    return round(sum(flags) / len(flags), 4) if flags else 0.0


def report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return all figures."""
    by_call: dict[str, list[bool]] = defaultdict(list)
    by_tag: dict[str, list[bool]] = defaultdict(list)
    for outcome in outcomes:
        for name in {call.name for call in outcome.meant}:
            by_call[name].append(outcome.exact)
        for tag in outcome.example.tags:
            by_tag[tag].append(outcome.exact)
    times = [outcome.ms for outcome in outcomes]
    quiet = [outcome for outcome in outcomes if outcome.quiet]
    return {
        "sentences": len(outcomes),
        "exact": share([outcome.exact for outcome in outcomes]),
        "right_calls": share(
            [[c.name for c in outcome.understood.calls] == [c.name for c in outcome.meant] for outcome in outcomes]
        ),
        "wrong_action": share([outcome.wrong_action for outcome in outcomes]),
        "acted_when_quiet": share([outcome.wrong_action for outcome in quiet]),
        "ms_p50": round(float(np.percentile(times, 50)), 3),
        "ms_p95": round(float(np.percentile(times, 95)), 3),
        "calibration": calibration(
            [outcome.understood.confidence for outcome in outcomes],
            [outcome.exact for outcome in outcomes],
            [outcome.wrong_action for outcome in outcomes],
        ),
        "exact_by_call": _table(by_call),
        "exact_by_tag": _table({tag: flags for tag, flags in by_tag.items() if tag not in by_call}),
    }


def _table(groups: dict[str, list[bool]]) -> dict[str, list[float]]:
    """Name to [exact, sentences], the weakest first."""
    rows = ((name, [share(flags), len(flags)]) for name, flags in groups.items())
    return dict(sorted(rows, key=lambda row: row[1]))


def calibration(confidences: Sequence[float], right: Sequence[bool], acted: Sequence[bool]) -> dict[str, Any]:
    """Compare confidence with how often it is right, and with how often something would be done that was not asked for."""
    confidence, exact, wrong = np.array(confidences), np.array(right), np.array(acted)
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    error = sum(
        abs(float(confidence[bins == b].mean()) - float(exact[bins == b].mean())) * float((bins == b).mean())
        for b in range(_BINS)
        if (bins == b).any()
    )
    order = np.argsort(-confidence, kind="stable")
    return {
        "expected_calibration_error": round(error, 4),
        "exact_of_surest": {str(part): share(list(exact[order[: int(part * len(order))]])) for part in _SHARES},
        "above_threshold": {
            str(limit): {
                "answered": share(list(confidence >= limit)),
                "exact": share(list(exact[confidence >= limit])),
                "wrong_action": share(list(wrong[confidence >= limit])),
            }
            for limit in _THRESHOLDS
        },
    }


def show(figures: dict[str, Any], indent: str = "") -> None:
    """Print the figures for people."""
    for key, value in figures.items():
        if isinstance(value, dict):
            print(f"{indent}{key}:")
            show(value, indent + "  ")
        elif isinstance(value, list):
            print(f"{indent}{key:<24} {value[0]:7.4f}  of {value[1]}")
        else:
            print(f"{indent}{key:<24} {value}")


def main() -> None:
    """Read the command line, evaluate, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("appliance/data/command"), help="model directory")
    parser.add_argument("--examples", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=7_000_001, help="of the generator; training uses others")
    parser.add_argument("--split", choices=("heldout", "train"), default="heldout")
    parser.add_argument(
        "--novel", type=int, default=0, metavar="N", help="score apart what is like none of N training sentences"
    )
    parser.add_argument("--twin", type=Path, help="output directory of the training run to compare with")
    parser.add_argument("--wrong", type=int, default=0, help="print so many of the sentences that went wrong")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    asked = list(islice(examples(arguments.seed, arguments.split), arguments.examples))
    with Model.open(arguments.model) as opened, Session(opened, n_ctx=CONTEXT) as session:
        vocabulary = Vocabulary.open(opened.tokenizer_path)
        outcomes = run(CommandModel(session, vocabulary), asked)
        figures = {"split": arguments.split, "seed": arguments.seed, "isa": opened.isa, "machine": platform.machine()}
        figures |= report(outcomes)
        if arguments.novel:
            trained = {skeleton(example) for example in islice(examples(arguments.seed + 1, "train"), arguments.novel)}
            novel = [outcome for outcome in outcomes if skeleton(outcome.example) not in trained]
            figures["novel_wording"] = {
                "sentences": len(novel),
                "exact": share([outcome.exact for outcome in novel]),
                "wrong_action": share([outcome.wrong_action for outcome in novel]),
            }
        if arguments.twin:
            from provisioning.command_model.twin import compare  # noqa: PLC0415 - needs PyTorch, evaluation alone does not

            figures["twin"] = compare(arguments.twin, session, vocabulary, outcomes)
    if arguments.json:
        print(json.dumps(figures, indent=1))
        return
    show(figures)
    for outcome in [outcome for outcome in outcomes if not outcome.exact][: arguments.wrong]:
        print(f"\n{outcome.example.text}\n  meant {outcome.example.line}\n  wrote {outcome.understood.line}")


if __name__ == "__main__":
    main()
