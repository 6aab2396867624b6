"""Sentences in six invented homes, each with the whole outcome: intent, slots, entities, actions, answer or refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.messages import COMMANDS
from tests.unit.resolver.tables import Case, outcomes, read

FILES = sorted((Path(__file__).parent / "tables").glob("*.txt"))
CASES = [case for file in FILES for case in read(file.read_text("utf-8"))]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_outcome(case: Case) -> None:
    assert tuple(outcomes(case.place, case.text, case.line)[0]) == case.outcome


def test_the_tables_are_broad() -> None:
    assert len(CASES) >= 400
    assert {case.place.partition("/")[0] for case in CASES} == {"alder", "lodge", "mill", "node", "ranch", "studio"}


def test_every_command_of_the_tables_is_in_the_contract() -> None:
    sent = [part.strip().split(" ")[1] for case in CASES for row in case.outcome if " | " in row and " = " not in row
            for part in row.split(" | ", 1)[1].split(", ") if "." in part.split(" ")[0]]  # fmt: skip
    assert set(sent) <= COMMANDS
    assert len(set(sent)) >= 25
