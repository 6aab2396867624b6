"""The words that typing errors are mended to."""

from __future__ import annotations

from provisioning.command_model.generator import Example
from provisioning.command_model.spelling import lines


def test_words_of_commands_are_told_from_those_of_names() -> None:
    plain = Example("turn on the Turaco lamp", "<TurnOn> <name> turaco lamp", frozenset())
    noisy = Example("trun on the turaco lamp", "<TurnOn> <name> turaco lamp", frozenset({"noise"}))
    once = Example("rarely", "<None> <why:talk>", frozenset())
    assert lines([plain, plain, noisy, noisy, once]) == ["lamp", "on", "the", "turaco", "+turn"]
