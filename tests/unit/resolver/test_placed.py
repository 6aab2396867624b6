"""Things by what tells them apart inside their rooms, rooms by letters, and what belongs to a room."""

from __future__ import annotations

import pytest

from appliance.messages import Area, Entity, Home
from appliance.plainly.staying import without_staying
from appliance.resolver.groups import Groups
from appliance.resolver.several import sweeps
from appliance.resolver.singles import Singles

_COLOURS = ("amber", "coral", "ivory")
HOME = Home(
    areas=(
        *(Area(f"s{letter}", f"Studio {letter.upper()}") for letter in "abcd"),
        *(Area(f"b{n}", f"Boathouse {n}") for n in (1, 2, 3)),
        *(Area(colour, f"{colour.title()} cabin") for colour in _COLOURS),
        Area("deck", "Deck"),
    ),
    entities=(
        *(Entity(f"light.{letter}_easel", f"Studio {letter.upper()} easel light", area=f"s{letter}") for letter in "abcd"),
        *(Entity(f"light.{letter}_main", f"Studio {letter.upper()} main light", area=f"s{letter}") for letter in "abcd"),
        *(Entity(f"cover.{letter}", f"Studio {letter.upper()} blind", area=f"s{letter}", device_class="blind") for letter in "abcd"),
        *(Entity(f"light.h{n}_rack", f"Boathouse {n} rack light", area=f"b{n}") for n in (1, 2, 3)),
        *(Entity(f"fan.h{n}", f"Boathouse {n} extractor", area=f"b{n}") for n in (1, 2, 3)),
        *(
            Entity(f"light.{colour}_{n}", f"{colour.title()} berth lamp {n}", area=colour)
            for colour in _COLOURS
            for n in (1, 2, 3)
        ),
        *(Entity(f"sensor.{colour}", f"{colour.title()} cabin berth temperature", area=colour) for colour in _COLOURS),
        *(Entity(f"light.{side}", f"{side.title()} globe", area="deck") for side in ("left", "middle", "right")),
        *(Entity(f"light.bollard_{n}", f"Bollard {n}", area="deck") for n in (1, 2, 3, 4)),
    ),
)  # fmt: skip
GROUPS = Groups(HOME)
SINGLES = Singles(HOME, GROUPS)


def _put(text: str) -> str:
    mended = SINGLES.put(text)
    return text if mended is None else " ".join(mended.text.split())


@pytest.mark.parametrize(
    ("text", "phrase", "ids"),
    [
        ("rack lights in all the boathouses off", "rack lights in all the boathouses", "light.h1_rack light.h2_rack light.h3_rack"),
        ("easel lights in studios a and c on", "easel lights in studios a and c", "light.a_easel light.c_easel"),
        ("the easel lights in studios B to D", "the easel lights in studios B to D", "light.b_easel light.c_easel light.d_easel"),
        ("main light in every studio to 30", "main light in every studio", "light.a_main light.b_main light.c_main light.d_main"),
        ("the first berth lamp in each of the three cabins", "the first berth lamp in each of the three cabins",
         "light.amber_1 light.coral_1 light.ivory_1"),
        ("berths one and three in the coral cabin on", "berths one and three in the coral cabin", "light.coral_1 light.coral_3"),
        ("berth lamps 1 and 2 in the amber and ivory cabins", "berth lamps 1 and 2 in the amber and ivory cabins",
         "light.amber_1 light.amber_2 light.ivory_1 light.ivory_2"),
        ("shut the blinds in studios A through C", "studios A through C", "sa sb sc"),
        ("heat studios a, b and d", "studios a, b and d", "sa sb sd"),
        ("the two outer globes to 20", "two outer globes", "light.left light.right"),
        ("even-numbered bollards off", "even-numbered bollards", "light.bollard_2 light.bollard_4"),
        ("the odd bollards", "odd bollards", "light.bollard_1 light.bollard_3"),
    ],
)  # fmt: skip
def test_what_several_rooms_have(text: str, phrase: str, ids: str) -> None:
    first = GROUPS.find(text)[0]
    assert text[first.start : first.end] == phrase
    assert " ".join(first.things or first.areas) == ids


@pytest.mark.parametrize(
    "text",
    [
        "the fourth berth lamp in each of the cabins",  # there are three
        "lanterns in all the boathouses",
        "berth temperature in the amber and coral cabins",  # of sensors other parts know more
        "even more bollards",
        "the two outer bollards in studio a is a game",
    ],
)
def test_what_the_rooms_do_not_have_is_no_such_phrase(text: str) -> None:
    assert not any(group.things and "amber_1" in group.things[0] for group in GROUPS.find(text))
    assert not any("in" in text[group.start : group.end].split() for group in GROUPS.find(text))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("turn on the second berth lamp in the coral cabin", "turn on coral berth lamp 2"),
        ("the last berth lamp in the ivory cabin off", "the ivory berth lamp 3 off"),
        ("all the studio blinds down but not the one in D", "all the blinds in the studios down but not studio d blind"),
        ("easel lights on in A, B and D, the studios I mean", "easel lights on in studios A, B and D"),
        ("lights on in every studio other than c", "lights on in every studio other than studio c"),
        ("switch off the easel light in D", "switch off the easel light in studio D"),
        ("lights off in studios A and B but not in D", "lights off in studios A and B but not in studio D"),
        ("easel light off in D, leave A running", "easel light off in studio D, leave studio A running"),
        ("leave a light on in D", "leave a light on in studio D"),
        ("studio A's blind up, C's down", "Studio A blind up, Studio C blind down"),
        ("even-numbered bollards off, odd-numbered ones on", "even-numbered bollards off, odd-numbered bollards on"),
        ("bollards two and four on, one and three off", "bollards two and four on, bollards one and three off"),
        ("amber cabin to eighteen, coral cabin to nineteen and the ivory one to twenty",
         "amber cabin to eighteen, coral cabin to nineteen and the ivory cabin to twenty"),
        ("studio A's blind up, C's halfway", "Studio A blind up, Studio C blind halfway"),
        ("studio a's easel light on, d's off", "Studio A easel light on, Studio D easel light off"),
        ("boathouse one's rack light on, two's off", "Boathouse 1 rack light on, Boathouse 2 rack light off"),
        # and none of these
        ("add vitamin d to the list", "add vitamin d to the list"),
        ("set bollard 2 to 30 and 4 percent", "set bollard 2 to 30 and 4 percent"),
        ("bollard 2 on at 3 and off at 4", "bollard 2 on at 3 and off at 4"),
        ("turn the berth lamp in the coral cabin on", "turn the berth lamp in the coral cabin on"),
        ("a quarter in studio a", "a quarter in studio a"),
        ("play c in the deck", "play c in the deck"),
    ],
)  # fmt: skip
def test_names_for_what_is_told_apart_otherwise(said: str, meant: str) -> None:
    assert _put(said) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("bollards 1 and 2 off, leave the others as they are", "bollards 1 and 2 off"),
        ("bollards 1 and 2 off, bollard 3 stays untouched", "bollards 1 and 2 off"),
        ("the two outer globes to 20, the middle one stays as it is", "the two outer globes to 20"),
        ("left globe on, not the right one", "left globe on"),
        ("only the left globe should be off, don't touch the others", "turn off the left globe"),
        ("dim the globes to 20, the middle one stays untouched", "dim Left globe and Right globe to 20"),
        ("turn all the bollards on, leave the last one alone", "turn Bollard 1 and Bollard 2 and Bollard 3 on"),
        ("leave bollard 3 on, turn off bollard 1", "turn off bollard 1"),
        ("please keep the left globe off and turn bollard 2 on", "turn bollard 2 on"),
        ("leave bollard 3 on but dim it to 20", "leave bollard 3 on but dim it to 20"),
        ("leave bollard 3 on, turn off bollards 1 to 3", "leave bollard 3 on, turn off bollards 1 to 3"),
        # what is among the things of the command, or nobody knows, stays for those who look for exceptions
        ("bollards 1 to 3 off, bollard 3 stays untouched", "bollards 1 to 3 off, bollard 3 stays untouched"),
        ("lights off in all the cabins, bollard 3 stays on", "lights off in all the cabins, bollard 3 stays on"),
        ("left globe on, the lantern stays off", "left globe on, the lantern stays off"),
        (
            "lights in studio a and bollard 1 off, not the easel light",
            "lights in studio a and bollard 1 off, not the easel light",
        ),
        ("left globe on and turn bollard 3 off", "left globe on and turn bollard 3 off"),
        ("leave bollard 3 on", "leave bollard 3 on"),
    ],
)
def test_what_stays_as_it_is(said: str, meant: str) -> None:
    assert without_staying(said, GROUPS) == meant


def test_an_exception_goes_behind_its_rooms() -> None:
    assert GROUPS.less("set each studio to 20", "studio d") == "set each studio except studio d to 20"
    assert GROUPS.less("set each studio to 20", "bollard 1") == "set each studio to 20 except bollard 1"


def test_a_phrase_for_all_of_a_name_or_by_rooms_is_told_from_a_list_of_names() -> None:
    assert sweeps("the extractors in every boathouse")
    assert sweeps("the extractors in boathouses 1 and 2")
    assert not sweeps("bollards 1 and 2")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("one degree more in boathouse 1 and boathouse 2", "one degree more in boathouses 1 and 2"),
        (
            "easel light off in studio a and the one next door in studio b on",
            "easel light off in studio a and studio b easel light on",
        ),
        ("boathouse 1 and boathouse 2 extractor on", "boathouse 1 and boathouse 2 extractor on"),
        (
            "all the lights off except the rack light in boathouse 2",
            "all the lights off except boathouse 2 rack light",
        ),
    ],
)
def test_rooms_of_one_noun(said: str, meant: str) -> None:
    assert _put(said) == meant


def test_a_thing_of_an_exempted_room_is_not_the_room() -> None:
    found = GROUPS.find("lights in the boathouses except boathouse 2 rack light")
    assert [group.areas for group in found] == [("b1", "b2", "b3")]
