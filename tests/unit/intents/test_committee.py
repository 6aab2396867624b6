import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.intents.command_model import Understanding
from appliance.intents.committee import Committee
from appliance.opening import SHIPPED_MODEL, open_command_model


class Member:
    """Reads every sentence the same way."""

    def __init__(self, *readings: tuple[str, float]) -> None:
        self.asked = 0
        self.guess = ""
        self._readings = [Understanding(confidence=confidence, line=line) for line, confidence in readings]

    def understand(self, text: str) -> Understanding:
        return next(self.readings(text))

    def readings(self, text: str, *, guess: str = "") -> Iterator[Understanding]:
        self.guess = guess
        for reading in self._readings:
            self.asked += 1
            yield reading


class Refusing(Member):
    """Cannot read anything."""

    def readings(self, text: str, *, guess: str = "") -> Iterator[Understanding]:
        yield Understanding(refusal="That is too long.")


def lines(committee: Committee) -> list[tuple[str, Any]]:
    return [(reading.line, pytest.approx(reading.confidence)) for reading in committee.readings("lamp on")]


def test_the_folder_second_makes_a_committee_of_two(tmp_path: Path) -> None:
    alone, both = tmp_path / "alone", SHIPPED_MODEL
    shutil.copytree(both, alone, ignore=shutil.ignore_patterns("second"))
    with contextlib.ExitStack() as parts:
        first = list(open_command_model(alone, parts)[1].readings("lamp on"))
        second = list(open_command_model(both / "second", parts)[1].readings("lamp on"))
        shared = list(open_command_model(both, parts)[1].readings("lamp on"))
    assert shared[0].line == first[0].line == second[0].line
    assert shared[0].confidence == pytest.approx((first[0].confidence + second[0].confidence) / 2)


def test_one_member_is_read_as_it_is() -> None:
    assert lines(Committee([Member(("on", 0.7), ("off", 0.2))])) == [("on", 0.7), ("off", 0.2)]


def test_what_both_read_first_is_one_reading() -> None:
    committee = Committee([Member(("on", 0.9), ("off", 0.1)), Member(("on", 0.7), ("toggle", 0.2))])
    assert lines(committee) == [("on", 0.8), ("off", 0.05), ("toggle", 0.1)]


def test_where_they_differ_each_has_its_share_and_the_surer_comes_first() -> None:
    committee = Committee([Member(("on", 0.6)), Member(("off", 0.9), ("on", 0.1))])
    assert lines(committee) == [("off", 0.45), ("on", 0.3), ("on", 0.05)]
    assert committee.understand("lamp on").line == "off"


def test_the_first_line_is_the_guess_for_the_others() -> None:
    members = [Member(("on", 0.6)), Member(("off", 0.9))]
    next(Committee(members).readings("lamp on"))
    assert [member.guess for member in members] == ["", "on"]


def test_further_readings_are_made_when_they_are_asked_for() -> None:
    members = [Member(("on", 0.6), ("off", 0.4)), Member(("on", 0.6), ("off", 0.4))]
    next(Committee(members).readings("lamp on"))
    assert [member.asked for member in members] == [1, 1]


def test_a_refusal_is_the_only_answer() -> None:
    (reading,) = Committee([Member(("on", 0.6)), Refusing()]).readings("lamp on")
    assert reading.refusal
