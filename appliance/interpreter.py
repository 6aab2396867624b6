"""From a sentence to steps: the command model and the resolver together. Nothing here can act.

Both the assistant, which acts on the steps, and the batch interface, which prints them, read sentences by this one way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from appliance.messages import Call, Home, Step
from appliance.resolver import Memory, Resolver

UNSURE = "I am not sure what you mean. Please say it in other words."


class Understood(Protocol):
    """What a model made of a sentence."""

    @property
    def calls(self) -> Sequence[Call]:
        """The calls, each with its own confidence."""

    @property
    def refusal(self) -> str:
        """Why the sentence could not be read at all; empty: it could."""

    @property
    def line(self) -> str:
        """What the model wrote, for people who look into it."""


class Understander(Protocol):
    """A command model."""

    def understand(self, text: str, /) -> Understood:
        """Read one sentence."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A step and how the sentence spoke of its things."""

    step: Step
    everything: bool = False
    """"all" or "everything" was said: policy is stricter then."""


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What a sentence comes to in a home."""

    steps: tuple[Judged, ...]
    memory: Memory
    """For the next turn."""
    line: str = ""


class Interpreter:
    """Reads sentences in the light of a home; call it from one thread."""

    def __init__(self, model: Understander, resolver: Resolver, *, min_confidence: float = 0.0) -> None:
        """Store the parts. With a call below `min_confidence` the whole sentence is asked for again."""
        self._model = model
        self._resolver = resolver
        self._min_confidence = min_confidence

    def understand(self, text: str) -> Understood:
        """Run the model."""
        return self._model.understand(text)

    def decide(
        self, understood: Understood, home: Home, *, text: str, area: str | None = None, memory: Memory | None = None
    ) -> Interpretation:
        """Match what was understood with `home`; later calls may refer to earlier ones."""
        memory = memory or Memory()
        if understood.refusal:
            return Interpretation((Judged(Step(refusal=understood.refusal)),), memory)
        if any(call.confidence < self._min_confidence for call in understood.calls):
            return Interpretation((Judged(Step(refusal=UNSURE, hand_over=True)),), memory, understood.line)
        judged: list[Judged] = []
        for call in understood.calls:
            steps, memory = self._resolver.decide([call], home, text=text, area=area, memory=memory)
            judged += [Judged(_rated(step, call.confidence), call.target.everything) for step in steps]
        if not judged:
            judged.append(Judged(Step(refusal="I did not understand that.", hand_over=True)))
        return Interpretation(tuple(judged), memory, understood.line)


def _rated(step: Step, confidence: float) -> Step:
    return step if step.intent is None else replace(step, intent=replace(step.intent, confidence=round(confidence, 4)))
