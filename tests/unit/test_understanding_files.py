"""The hand-written sentences under tests/understanding: do their expectations speak of things that the homes have?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from appliance.home import load_home
from tests.understanding import score
from tests.understanding.score import Expected

FILES = sorted(score.HERE.glob("*.txt"))
GROUPED = [path for path in FILES if path.stem in {"flat", "farm", "loft", "family", "office", "bedsit"}]
"""Files that cover every phenomenon."""

INTENTS = frozenset(
    """HassTurnOn HassTurnOff HassToggle HassLightSet HassSetPosition HassStopMoving HassFanSetSpeed HassGetState HassGetWeather
    HassClimateSetTemperature HassClimateGetTemperature HassClimateSetHvacMode HassClimateSetFanMode HassClimateSetPreset
    HassHumidifierSetpoint HassHumidifierMode HassVacuumStart HassVacuumPause HassVacuumReturnToBase HassVacuumCleanArea
    HassLawnMowerStartMowing HassLawnMowerPause HassLawnMowerDock HassMediaPause HassMediaUnpause HassMediaNext HassMediaPrevious
    HassMediaPlayerMute HassMediaPlayerUnmute HassMediaSearchAndPlay HassSetVolume HassSetVolumeRelative HassAlarmArm HassAlarmDisarm
    HassSetNumber HassSelectOption HassStartTimer HassCancelTimer HassCancelAllTimers HassIncreaseTimer HassDecreaseTimer
    HassPauseTimer HassUnpauseTimer HassTimerStatus HassShoppingListAddItem HassShoppingListCompleteItem HassListAddItem
    HassListCompleteItem HassListRemoveItem HassListGetItems HassGetCurrentTime HassGetCurrentDate HassBroadcast HassNevermind""".split()
)
PLACELESS = re.compile(r"Hass(\w*Timers?|ShoppingList\w+|List\w+|GetCurrent\w+|Broadcast|Nevermind|TimerStatus)")
"""Intents that concern no entity."""


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    """One file of sentences."""
    found: Path = request.param
    return found


def test_there_are_homes_and_sentences() -> None:
    assert {
        "villa", "flat", "farm", "loft", "family", "office", "bedsit", "cottage", "manor", "terrace", "mill",
        "chalet", "studio", "clinic", "vineyard", "harbour", "ranch", "duplex", "lighthouse", "fjord",
        "orchard", "abbey", "narrowboat", "academy", "priory", "croft",
        "hillside", "rowhouse", "maisonette", "boathouse", "bungalow", "vicarage", "tenement", "gatehouse", "oasthouse",
    } == {path.stem for path in FILES}  # fmt: skip
    assert sum(1 for path in FILES for _ in score.read(path)) >= 3800


def test_no_sentence_stands_twice(path: Path) -> None:
    said = [(sentence.text.lower(), sentence.area, sentence.before) for sentence in score.read(path)]
    assert sorted(key for key in set(said) if said.count(key) > 1) == []


def test_every_entity_and_area_exists(path: Path) -> None:
    home = load_home(path.with_suffix(".yaml"))
    ids, areas = {entity.id for entity in home.entities}, {area.id for area in home.areas}
    strange = [
        (sentence.text, sorted(missing))
        for sentence in score.read(path)
        for want in sentence.expected
        if (missing := (_ids(want) - ids))
    ]
    strange += [(said.text, [said.area]) for said in score.read(path) if said.area and said.area not in areas]
    assert strange == []


def test_every_intent_is_known(path: Path) -> None:
    wants = [(sentence.text, want) for sentence in score.read(path) for want in sentence.expected]
    assert [(text, want.name) for text, want in wants if want.name not in INTENTS] == []
    assert [text for text, want in wants if _ids(want) and PLACELESS.fullmatch(want.name)] == []


def test_the_answer_that_is_expected_is_counted_as_exact(path: Path) -> None:
    for sentence in score.read(path):
        perfect = [_answer(want) for want in sentence.expected]
        assert score.exact(perfect, sentence.expected), sentence.text
        assert not score.exact([*perfect, {"name": "HassToggle", "slots": {}, "entities": []}], sentence.expected), (
            sentence.text
        )
        assert not (perfect and score.exact(perfect[1:], sentence.expected)), sentence.text


@pytest.mark.parametrize("path", GROUPED, ids=lambda path: path.stem)
def test_grouped_files_have_enough_that_asks_for_nothing(path: Path) -> None:
    sentences = list(score.read(path))
    assert 0.08 <= sum(not sentence.expected for sentence in sentences) / len(sentences) <= 0.2


@pytest.mark.parametrize("path", GROUPED, ids=lambda path: path.stem)
def test_grouped_files_name_the_entities_of_every_intent_that_has_some(path: Path) -> None:
    wants = [(sentence.text, want) for sentence in score.read(path) for want in sentence.expected]
    assert [text for text, want in wants if not _ids(want) and not PLACELESS.fullmatch(want.name)] == []


@pytest.mark.parametrize("path", GROUPED, ids=lambda path: path.stem)
def test_grouped_files_put_every_sentence_under_a_heading(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if line.strip() and not line.startswith("#"))
    assert re.fullmatch(r"# [a-z]+", lines[first - 1])
    headings = [line for line in lines[first - 1 :] if line.startswith("#")]
    assert [line for line in headings if not re.fullmatch(r"# [a-z]+", line)] == []
    assert len(headings) == len(set(headings)) >= 15
    assert "# refusal" in headings


def _ids(want: Expected) -> frozenset[str]:
    return (want.entities or frozenset()) | want.includes | want.excludes


def _answer(want: Expected) -> dict[str, Any]:
    """An intent as the batch interface prints it, just as it is wanted."""
    slots: dict[str, Any] = {key: _value(value) for key, value in want.slots.items()}
    for key in {key for key, _, _ in want.bounds}:
        above = [bound for name, side, bound in want.bounds if name == key and side == ">"]
        below = [bound for name, side, bound in want.bounds if name == key and side == "<"]
        slots[key] = (max(above or [min(below) - 2]) + min(below or [max(above) + 2])) / 2
    return {"name": want.name, "slots": slots, "entities": sorted(want.entities or want.includes)}


def _value(wanted: str) -> float | str:
    try:
        return float(wanted)
    except ValueError:
        return wanted


def _one(line: str, tmp_path: Path) -> score.Sentence:
    """The sentence of one line."""
    file = tmp_path / "one.txt"
    file.write_text(line, encoding="utf-8")
    return next(score.read(file))


def _got(name: str, *entities: str, **slots: Any) -> list[dict[str, Any]]:
    return [{"name": name, "slots": slots, "entities": list(entities)}]


def test_earlier_turns_stand_before_the_sentence(tmp_path: Path) -> None:
    sentence = _one("@hall turn on the lamp >> dim it >> more | HassLightSet light.lamp", tmp_path)
    assert (sentence.text, sentence.area, sentence.before) == ("more", "hall", ("turn on the lamp", "dim it"))
    assert _one("lamp on | HassTurnOn light.lamp", tmp_path).before == ()


@pytest.mark.parametrize(("brightness", "right"), [(41, True), (60, True), (40, False), (61, False), ("50", False)])
def test_a_value_between_bounds(tmp_path: Path, brightness: Any, right: bool) -> None:
    want = _one("a bit brighter | HassLightSet light.a brightness>40 brightness<61", tmp_path).expected
    assert score.exact(_got("HassLightSet", "light.a", brightness=brightness), want) is right
    assert not score.exact(_got("HassLightSet", "light.a"), want)


@pytest.mark.parametrize(
    ("slot", "value", "right"),
    [
        ("volume_step=-10", -10, True), ("volume_step=-10", 10, False), ("volume_step=down", "down", True),
        ("item=['eggs', 'milk']", ["eggs", "milk"], True), ("item=['eggs', 'milk']", ["eggs"], False),
        ("oscillating=true", True, True), ("oscillating=true", False, False), ("oscillating=1", True, True), ("minutes=1", 1, True),
    ],
)  # fmt: skip
def test_values_of_slots(tmp_path: Path, slot: str, value: Any, right: bool) -> None:
    want = _one(f'something | HassDo "{slot}"', tmp_path).expected
    assert score.exact(_got("HassDo", **{slot.partition("=")[0]: value}), want) is right


def test_things_that_must_be_left_alone(tmp_path: Path) -> None:
    want = _one("all but two | HassTurnOff light.a!light.b,light.c", tmp_path).expected
    assert score.exact(_got("HassTurnOff", "light.a", "light.d"), want)
    assert not score.exact(_got("HassTurnOff", "light.a", "light.c"), want)


def test_things_together_or_one_by_one(tmp_path: Path) -> None:
    together = _one("the lamps off and the fan on | HassTurnOff light.a,light.b | HassTurnOn fan.c", tmp_path).expected
    lamps = [*_got("HassTurnOff", "light.a"), *_got("HassTurnOff", "light.b")]
    fan = _got("HassTurnOn", "fan.c")
    assert score.exact([*lamps, *fan], together)
    assert not score.exact([*lamps, *lamps, *fan], together)
    assert not score.exact([*lamps, *_got("HassTurnOff", "light.d"), *fan], together)
    assert not score.exact([*lamps, *_got("HassTurnOn", "light.b"), *fan], together)
    apart = _one("lamp a off and lamp b off | HassTurnOff light.a | HassTurnOff light.b", tmp_path).expected
    assert score.exact(_got("HassTurnOff", "light.a", "light.b"), apart)


@pytest.mark.parametrize(
    ("touched", "wrong"),
    [(("light.a",), 0), (("light.a", "light.b"), 0), (("light.a", "light.c"), 1), (("light.c",), 1)],
)
def test_too_little_is_no_wrong_action(tmp_path: Path, touched: tuple[str, ...], wrong: int) -> None:
    tally = score.Tally()
    tally.add(_one("the lamps off | HassTurnOff light.a,light.b", tmp_path).expected, _got("HassTurnOff", *touched))
    assert tally.wrong_actions == wrong


def test_what_is_named_one_by_one_counts_as_what_is_named_together() -> None:
    want = (Expected("HassTurnOn", includes=frozenset({"light.a", "light.b"}), excludes=frozenset({"light.c"})),)
    one = {"name": "HassTurnOn", "slots": {}, "entities": ["light.a"]}
    assert score.exact([one, {**one, "entities": ["light.b"]}], want)
    assert not score.exact([one], want)
    assert not score.exact([one, {**one, "entities": ["light.b"]}, {**one, "entities": ["light.c"]}], want)
    assert not score.exact([one, {**one, "name": "HassTurnOff", "entities": ["light.b"]}], want)
