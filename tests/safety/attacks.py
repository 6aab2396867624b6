"""The attempts, read from the files beside this one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from tests.safety.rig import SOUND, Rig, Weakness

FOLDER = Path(__file__).with_name("corpus")


@dataclass(frozen=True)
class Attempt:
    """One attempt to have something done that nobody with a right to it asked for."""

    steps: Sequence[Mapping[str, Any]]
    text: str
    """What is new in it, for people."""


@dataclass(frozen=True)
class Attack:
    """Attempts of one class."""

    name: str
    what: str
    attempts: Sequence[Attempt]
    weakness: str
    """The defence without which some of them succeed."""
    may: Sequence[str] = ()
    """Topics and pins that people did ask to be commanded."""
    most: int | None = None
    guarded_only: bool = False
    caught: int | None = None
    """How many attempts must succeed without that defence; None: half of them. Other defences may stop the rest."""
    policy: Mapping[str, Any] = field(default_factory=dict)

    def breaches(self, attempt: Attempt, *, weakened: bool = False) -> list[tuple[str, str]]:
        """What an attempt gets out of the doors although it may not."""
        rig = Rig(replace(SOUND, **{self.weakness: True}) if weakened else Weakness(), self.policy)
        rig.run(attempt.steps)
        return rig.breaches(self.may, self.most, guarded_only=self.guarded_only)


def attacks() -> Iterator[Attack]:
    """All classes, in the order of their names."""
    for path in sorted(FOLDER.glob("*.yaml")):
        keys = yaml.safe_load(path.read_text("utf-8"))
        steps = keys.pop("steps")
        attempts = tuple(Attempt(_filled(steps, x), str(x)) for x in keys.pop("attempts"))
        yield Attack(path.stem, attempts=attempts, **keys)


def _filled(steps: Any, x: Any) -> Any:
    """`steps` with every ``{x}`` replaced: as a whole by the thing itself, within a text by its text."""
    if steps == "{x}":
        return x
    if isinstance(steps, str):
        return steps.replace("{x}", str(x))
    if isinstance(steps, Mapping):
        return {key: _filled(value, x) for key, value in steps.items()}
    return [_filled(value, x) for value in steps] if isinstance(steps, list) else steps
