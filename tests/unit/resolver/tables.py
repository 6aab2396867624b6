"""Runs a sentence with its line of the command language through the resolver and shows the outcome as text.

One line for each step::

    HassTurnOn name=Worktop | light.worktop turn_on          an intent and its actions
    HassGetState domain=light | light.a light.b = Yes, …      a question, what it is about, the answer
    HassStartTimer minutes=5 : StartTimer seconds=300         a task
    ! I know no device called x.                              a refusal
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from appliance.home import load_home
from appliance.intents.parse import parse_line
from appliance.messages import Action, Home, Json, Step
from appliance.resolver import Memory, Resolver

HOMES = Path(__file__).parents[2] / "homes"
RESOLVER = Resolver()


@dataclass(frozen=True, slots=True)
class Case:
    """One row of a table."""

    place: str
    """Home, or home/area where it was said."""
    text: str
    line: str
    outcome: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


@cache
def home(name: str) -> Home:
    """A home of tests/homes."""
    return load_home(HOMES / f"{name}.yaml")


def read(table: str) -> list[Case]:
    """Rows of a table: ``place: sentence``, then its line, then the outcomes, indented; blank lines between rows."""
    cases = []
    for block in table.strip().split("\n\n"):
        head, line, *outcome = (row.strip() for row in block.strip().splitlines())
        place, _, text = head.partition(": ")
        cases.append(Case(place, text, line, tuple(outcome)))
    return cases


def outcomes(place: str, text: str, line: str, memory: Memory | None = None) -> tuple[list[str], Memory]:
    """What the resolver makes of one sentence."""
    name, _, area = place.partition("/")
    steps, memory = RESOLVER.decide(parse_line(line, text), home(name), text=text, area=area or None, memory=memory)
    return [shown(step) for step in steps], memory


def shown(step: Step) -> str:
    """One step as text."""
    intent = "" if step.intent is None else " ".join([step.intent.name, *_pairs(step.intent.slots)])
    if step.actions:
        assert step.intent is not None
        assert set(step.intent.entities) == {action.entity for action in step.actions}
        return f"{intent} | {', '.join(map(_action, step.actions))}"
    if step.answer:
        assert step.intent is not None
        return f"{intent} | {' '.join(step.intent.entities)} = {step.answer}"
    if step.task is not None:
        return f"{intent} : {' '.join([step.task.name, *_pairs(step.task.data)])}".strip()
    assert step.refusal
    return f"! {step.refusal}"


def _action(action: Action) -> str:
    return " ".join([action.entity, action.command, *_pairs(action.data)])


def _pairs(values: Mapping[str, Json]) -> Iterator[str]:
    return (f"{name}={value}" for name, value in values.items())
