"""Phrases for several like rooms and things, and what they stand for."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.messages import Area, Entity, Floor, Home
from appliance.resolver.groups import Groups
from appliance.resolver.singles import Singles
from appliance.resolver.standins import Standins

_WORDS = "one two three four".split()
HOME = Home(
    floors=(Floor("g", "Ground floor", level=0), Floor("u", "Upper floor", level=1)),
    areas=(
        *(Area(f"c{n}", f"Cabin {word}", aliases=(f"guest room {n}",)) for n, word in enumerate(_WORDS, 1)),
        Area("da", "Dorm A"),
        Area("db", "Dorm B"),
        Area("nw", "North wing"),
        Area("sw", "South wing"),
        Area("st", "Stables"),
        Area("k", "Kitchen"),
        Area("ml", "Ladies' bathroom"),
        Area("mg", "Gents' bathroom"),
    ),
    entities=(
        *(Entity(f"light.desk_{n}", f"Desk lamp {n}", area="k") for n in (1, 2, 3)),
        *(Entity(f"light.bay_{n}", f"Bay {n} light", area="st") for n in (1, 2, 12)),
        Entity("lock.north", "North wing door", area="nw"),
        Entity("lock.south", "South wing door", area="sw"),
        Entity("light.c1", "Cabin one lamp", area="c1"),
        Entity("light.c2", "Cabin two lamp", area="c2"),
        Entity("light.kitchen", "Kitchen light", area="k"),
        Entity("light.stables", "Stables light", area="st"),
        Entity("valve.rose", "Rose valve", area="k"),
        Entity("valve.hedge", "Hedge valve", area="k"),
        Entity("cover.left", "Left kitchen blind", area="k", device_class="blind"),
        Entity("cover.right", "Right kitchen blind", area="k", device_class="blind"),
        Entity("switch.dryer_one", "Dryer one", area="k"),
        Entity("switch.dryer_two", "Dryer two", area="k"),
    ),
)
GROUPS = Groups(HOME)
SINGLES = Singles(HOME, GROUPS)


def found(text: str) -> list[tuple[str, str]]:
    """Phrases, and the ids that they stand for."""
    return [
        (text[group.start : group.end], "?" if group.missing else " ".join(group.areas or group.things or group.floors))
        for group in GROUPS.find(text)
    ]


@pytest.mark.parametrize(
    ("text", "phrase", "ids"),
    [
        ("lights off in cabins two and four", "cabins two and four", "c2 c4"),
        ("lights off in cabins 1, 2 & 4 please", "cabins 1, 2 & 4", "c1 c2 c4"),
        ("lights off in cabins one two and three", "cabins one two and three", "c1 c2 c3"),
        ("lights off in cabin two and three", "cabin two and three", "c2 c3"),
        ("cabins two to four dark", "cabins two to four", "c2 c3 c4"),
        ("cabins 1-3 and 4", "cabins 1-3 and 4", "c1 c2 c3 c4"),
        ("set the lights in cabins one to three", "cabins one to three", "c1 c2 c3"),
        ("lights off in the cabins", "cabins", "c1 c2 c3 c4"),
        ("lights off in every cabin", "every cabin", "c1 c2 c3 c4"),
        ("all four cabins", "all four cabins", "c1 c2 c3 c4"),
        ("the odd-numbered cabins", "odd-numbered cabins", "c1 c3"),
        ("lights off in the first two cabins", "first two cabins", "c1 c2"),
        ("anything on in the guest rooms", "guest rooms", "c1 c2 c3 c4"),
        ("dorms a and b", "dorms a and b", "da db"),
        ("both bathrooms", "both bathrooms", "ml mg"),
        ("the ladies' and gents' bathrooms", "ladies' and gents' bathrooms", "ml mg"),
        ("the northern and southern wings", "northern and southern wings", "nw sw"),
        ("on the ground and upper floors", "ground and upper floors", "g u"),
        ("all cabins except number two", "all cabins except number two", "c1 c3 c4"),
        ("the cabins but not cabin one or three", "cabins but not cabin one or three", "c2 c4"),
        ("both wings bar the north one", "both wings bar the north one", "sw"),
        ("lights off except in the kitchen and the stables", "kitchen and the stables", "k st"),
        ("lock the north and south wing doors", "north and south wing doors", "lock.north lock.south"),
        ("desk lamps 1 and 3", "desk lamps 1 and 3", "light.desk_1 light.desk_3"),
        ("the first and the third desk lamp", "first and the third desk lamp", "light.desk_1 light.desk_3"),
        ("the outer two desk lamps", "outer two desk lamps", "light.desk_1 light.desk_3"),
        ("bay lights 1 and 12", "bay lights 1 and 12", "light.bay_1 light.bay_12"),
        ("cabin one and two lamps", "cabin one and two lamps", "light.c1 light.c2"),
        ("the rose and hedge valves", "rose and hedge valves", "valve.rose valve.hedge"),
        ("the left and right blinds", "left and right blinds", "cover.left cover.right"),
        ("both dryers", "both dryers", "switch.dryer_one switch.dryer_two"),
        # not all of them are there, or only some are meant
        ("cabins two and seven", "cabins two and seven", "?"),
        ("cabins one, two and seven", "cabins one, two and seven", "?"),
        ("desk lamps 1 and 5", "desk lamps 1 and 5", "?"),
        ("the east and west wing doors", "east and west wing doors", "?"),
        ("both cabins", "both cabins", "?"),
        ("half of the cabins", "half of the cabins", "?"),
        ("every other cabin", "every other cabin", "?"),
        ("every second cabin", "every second cabin", "?"),
        ("one of the dorms", "one of the dorms", "?"),
        ("lights off in the cabins nobody uses", "cabins nobody uses", "?"),
    ],
)
def test_a_phrase_stands_for_several(text: str, phrase: str, ids: str) -> None:
    assert found(text) == [(phrase, ids)]


@pytest.mark.parametrize(
    "text",
    [
        "turn on the kitchen light",
        "lights off in the kitchen and the stables",
        "kitchen and stables lights off",  # those of both places, whatever else is called so
        "set cabin one to 21 degrees and cabin two to 19",
        "set desk lamp 1 to 3",
        "set desk lamps 1 to 3",
        "dim desk lamp 1 and 20 percent will do",
        "lights off in the stables",
        "the wooden cabins are damp",
        "turn it off",
        "",
    ],
)
def test_other_phrases_stand_for_themselves(text: str) -> None:
    assert found(text) == []


def test_an_exception_that_leads_to_nothing_is_no_part_of_the_phrase() -> None:
    assert found("all cabins except number nine") == [("all cabins", "c1 c2 c3 c4")]
    assert found("all wings except the north door") == [("all wings", "nw sw")]
    assert found("the cabins but not cabin one and the kitchen light") == [("cabins", "c1 c2 c3 c4")]


def test_whole_phrases() -> None:
    assert GROUPS.places("the cabins one and two") == ("c1", "c2")
    assert GROUPS.places("kitchen and the stables") == ("k", "st")
    assert GROUPS.places("kitchen") == ()
    assert GROUPS.places("cabins two and seven") == ()
    assert GROUPS.lacks("cabins two and seven")
    assert GROUPS.levels("ground and upper floors") == ("g", "u")
    assert GROUPS.listed("desk lamps 1 and 3") == ("light.desk_1", "light.desk_3")
    assert GROUPS.listed("both dryers") == ()  # counted, so that valves and doors are not opened all at once
    assert GROUPS.counted("both dryers") == ("switch.dryer_one", "switch.dryer_two")
    assert GROUPS.counted("desk lamps 1 and 3") == ()
    assert GROUPS.is_called("cabin one")
    assert GROUPS.sibling("in three", "c1") == "c3"
    assert GROUPS.sibling("in three", "k") is None
    assert GROUPS.places("the other cabins") == ()
    assert GROUPS.beside("the other cabins", {"c1", "k"}) == ("c2", "c3", "c4")
    assert GROUPS.beside("the other cabins", {"k"}) == ()
    assert GROUPS.beside("the cabins", {"c1"}) == ()
    assert GROUPS.sibling("the other bathroom", "ml") == "mg"
    assert GROUPS.sibling("the other cabin", "c1") is None


@given(
    st.lists(
        st.sampled_from(
            "all the both cabins cabin one two and , except but not of desk lamps lamp 1 - to seven in s' number".split()
        )
    )
)
def test_phrases_lie_in_the_sentence_one_after_the_other(said: list[str]) -> None:
    text = " ".join(said)
    groups = GROUPS.find(text)
    assert all(0 <= group.start < group.end <= len(text) for group in groups)
    assert all(one.end <= other.start for one, other in pairwise(groups))
    assert all(GROUPS.areas.one_kind(group.areas) for group in groups if group.areas)


@given(
    st.lists(
        st.sampled_from(
            """which cabin cabins cabin's is are has have the number one two's four second last first third of one's other and , in
            north northern wing desk lamp lamps for too to that's on left blind blinds off coldest open every""".split()
        )
    )
)
def test_any_words_may_be_said(said: list[str]) -> None:
    text = " ".join(said)
    mended = SINGLES.put(text)
    assert mended is None or mended.text != text


@pytest.mark.parametrize(
    ("said", "put"),
    [
        ("turn on the second desk lamp", "turn on the desk lamp 2"),
        ("the last desk lamp off", "the desk lamp 3 off"),
        ("the second bay light", "the bay 2 light"),
        ("lights on in the fourth cabin", "lights on in the cabin four"),
        ("the third cabin's lamp", "the cabin three's lamp"),
        ("stop the first of the two dryers", "stop the dryer one"),
        ("lock cabin number two", "lock cabin two"),
        ("number 12's light on", "bay 12 light on"),
        ("the southern wing", "the south wing"),
        ("close the right one of the blinds", "close the right blind"),
        ("close the blind that's on the left", "close the left blind"),
        (
            "lights off in the north wing and on in the south one",
            "lights off in the north wing and on in the south wing",
        ),
        ("the lamp in cabin one on, the one in cabin two off", "the lamp in cabin one on, the lamp in cabin two off"),
        ("lock every cabin door", "lock every door in the cabins"),
        ("the first desk lamp off and the second on", "the desk lamp 1 off and desk lamp 2 on"),
        ("which of the two dryers is running", "are the dryers running"),
        ("which cabin's lamp is brightest", "which lamp in the cabins is brightest"),
        ("the outer two desk lamps, 1 and 3, off", "the outer two desk lamps off"),
        ("which cabin is the coldest", "which room in the cabins is the coldest"),
        ("how many cabins have their lamps on", "how many lamps in the cabins are on"),
        ("which cabins have the window open", "which windows in the cabins are open"),
        ("cabin too lamp off", "cabin two lamp off"),
        (
            "lights off in the ladies' bathroom and on in the other bathroom",
            "lights off in the ladies' bathroom and on in the gents' bathroom",
        ),
        ("the light in the other bathroom, the gents' one, on", "the light in the gents' bathroom on"),
        # nothing that is there
        ("lights on in the other bathroom", ""),
        ("set the lamp in cabin one to 20", ""),
        ("turn on the fourth desk lamp", ""),
        ("the third bay light", ""),
        ("number one's lamp on", ""),  # the cabin's or the desk's
        ("the second kitchen light", ""),
        ("the second floor lights", ""),
        ("every second cabin", ""),
        ("which cabin is yours", ""),
        ("switch on the third", ""),
        ("the eastern wing", ""),
        ("the lamp on the desk that's on", ""),
        ("the kitchen doors", ""),
        ("give me a second", ""),
    ],
)
def test_one_of_several_gets_its_name(said: str, put: str) -> None:
    mended = SINGLES.put(said)
    assert (mended.text if mended is not None else "") == put


def test_one_everyday_name_stands_for_a_phrase() -> None:
    standins = Standins(HOME)
    grouped = standins.grouped("Close the shutters in Cabins two and four, not in the kitchen")
    assert grouped is not None
    assert grouped.text == "Close the shutters in the bedroom, not in the kitchen"
    assert grouped.names == (("bedroom", "Cabins two and four"),)
    assert standins.grouped("turn on the kitchen light") is None
