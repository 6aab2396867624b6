"""The name index: stages, corrections and what must never be corrected."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.messages import Area, Entity, Floor, Home
from appliance.resolver.names import NameIndex, Stage
from appliance.resolver.spelling import distance, is_plural, phonetic, stem, stems

HOME = Home(
    floors=(Floor("g", "Ground", level=0), Floor("u", "Upper", level=1), Floor("r", "Roof", level=2)),
    areas=(
        Area("k", "Kitchen", floor="g"),
        Area("b", "Bedroom", floor="u"),
        Area("t", "Tom's Room", floor="u"),
        Area("d", "Sun deck", ("terrace",), floor="r"),
    ),
    entities=(
        Entity("light.k", "Kitchen ceiling", area="k"),
        Entity("light.b", "Ceiling lamp", area="b"),
        Entity("light.l1", "Lamp 1", area="t"),
        Entity("light.l2", "Lamp 2", area="t"),
        Entity("light.left", "Left spot", area="d"),
        Entity("light.right", "Right spot", area="d"),
        Entity("switch.pump", "Pond pump", ("fountain",)),
        Entity("fan.b", "Ceiling fan", area="b"),
    ),
)
INDEX = NameIndex(HOME)


def found(text: str) -> dict[str, Stage]:
    """Entity and stage of every match of a span."""
    return {match.entity: match.stage for match in INDEX.entities(stems(text))}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kitchen ceiling", {"light.k": Stage.EXACT}),
        ("the Kitchen Ceiling", {"light.k": Stage.EXACT}),
        ("ceiling kitchen", {"light.k": Stage.ORDER}),
        ("bedroom ceiling lamp", {"light.b": Stage.PLACE}),
        ("kitchen ceiling light", {"light.k": Stage.NOUN}),
        ("fountain", {"switch.pump": Stage.EXACT}),
        ("fountain switch", {"switch.pump": Stage.NOUN}),
        ("lamp one", {"light.l1": Stage.EXACT}),
        ("lamp two", {"light.l2": Stage.EXACT}),
        ("lamp 3", {}),
        ("toms lamp 2", {"light.l2": Stage.PLACE}),
        ("left spots", {"light.left": Stage.EXACT}),
        ("spot", {"light.left": Stage.PART, "light.right": Stage.PART}),
        ("pont pump", {"switch.pump": Stage.EXACT}),
        ("kichen ceilling", {"light.k": Stage.EXACT}),
        ("pondpump", {"switch.pump": Stage.EXACT}),
        ("kit chen ceiling", {"light.k": Stage.EXACT}),
        ("garden pump", {}),
        ("", {}),
    ],
)
def test_stages(text: str, expected: dict[str, Stage]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("kitchen", "k"), ("the kitchen", "k"), ("bed room", "b"), ("bedrooom", "b"), ("toms room", "t"), ("tom's", "t"), ("terrace", "d"),
        ("patio", "d"), ("sundeck", "d"), ("garage", None), ("room", None), ("", None),
    ],
)  # fmt: skip
def test_areas(text: str, area: str | None) -> None:
    assert INDEX.area(stems(text)) == area


@pytest.mark.parametrize(
    ("text", "here", "floors"),
    [
        ("upper floor", None, ("u",)), ("upstairs", None, ("u", "r")), ("upstairs", "b", ("r",)), ("downstairs", None, ("g",)),
        ("downstairs", "b", ("g",)), ("top floor", None, ("r",)), ("first floor", None, ("u",)), ("level 2", None, ("r",)),
        ("basement", None, ()), ("kitchen", None, ()), ("upstairs kitchen", None, ()), ("floor", None, ()),
    ],
)  # fmt: skip
def test_floors(text: str, here: str | None, floors: tuple[str, ...]) -> None:
    span = stems(text)
    assert (INDEX.floor_ids(span) or INDEX.floors_by_level(span, here)) == floors


def test_the_other_side_is_never_a_typing_error() -> None:
    assert found("rightt spot") == {"light.right": Stage.EXACT}
    assert set(found("light spot")) == {"light.left", "light.right"}  # one letter from "right", but a word of its own


def test_nearest_names_the_closest_and_nothing_far() -> None:
    ids = [entity.id for entity in HOME.entities]
    assert INDEX.nearest(stems("lamp 3"), ids) == ["light.b", "light.l1", "light.l2"]
    assert INDEX.nearest(stems("bedroom lmap 2"), ids)[0] == "light.l2"
    assert INDEX.nearest(stems("dishwasher"), ids) == []


@pytest.mark.parametrize(
    ("word", "single"),
    [
        ("lights", "light"),
        ("switches", "switch"),
        ("batteries", "battery"),
        ("glass", "glass"),
        ("bus", "bus"),
        ("gas", "ga"),
        ("tv", "tv"),
    ],
)
def test_stem(word: str, single: str) -> None:
    assert stem(word) == single


@pytest.mark.parametrize(
    ("text", "plural"), [("bedside lamps", True), ("lamp", False), ("lamps 2", False), ("downstairs", False)]
)
def test_plural(text: str, *, plural: bool) -> None:
    assert is_plural(text) is plural


def test_phonetic_joins_what_sounds_alike() -> None:
    assert phonetic("knight") == phonetic("nite")
    assert phonetic("lamp") != phonetic("fan")


_WORDS = st.text(string.ascii_lowercase, max_size=8)


@given(_WORDS, _WORDS, st.integers(0, 4))
def test_distance_is_a_bounded_metric(a: str, b: str, bound: int) -> None:
    apart = distance(a, b, bound)
    assert apart == distance(b, a, bound)
    assert apart <= bound + 1
    assert (apart == 0) == (a == b)
    assert distance(a, b, 20) >= abs(len(a) - len(b))


@given(st.text(max_size=60))
def test_any_text_is_looked_up_without_an_error(text: str) -> None:
    span = stems(text)
    assert all(match.entity in {entity.id for entity in HOME.entities} for match in INDEX.entities(span))
    assert INDEX.area(span) in {None, "k", "b", "t", "d"}
    assert set(INDEX.floor_ids(span)) <= {"g", "u", "r"}


@given(st.sampled_from(HOME.entities))
def test_every_thing_answers_to_its_names(entity: Entity) -> None:
    for name in (entity.name, *entity.aliases):
        assert found(name.upper())[entity.id] is Stage.EXACT


def test_names_that_stand_in_a_sentence_the_longest_first() -> None:
    index = NameIndex(HOME)
    said = stems("turn on the kitchen ceiling, the pond pump and lamp 2 in Tom's room, not the lamp")
    assert [" ".join(name) for name in index.names_in(said)] == ["kitchen ceiling", "pond pump", "lamp 2", "tom room"]
    assert not list(index.names_in(()))
