"""Which of the things that were spoken of are meant."""

from __future__ import annotations

import pytest

from appliance.conversation import among
from appliance.messages import Area, Call, Entity, Home, Quantity, Target
from appliance.resolver import Memory, Mention, Resolver

HOME = Home(
    areas=(Area("bay1", "Bay one"), Area("bay2", "Bay two"), Area("yard", "Yard")),
    entities=(
        Entity("light.spot1", "Bay one spot", area="bay1"),
        Entity("light.bench1", "Bay one bench light", area="bay1"),
        Entity("light.bench2", "Bay two bench light", area="bay2"),
        Entity("cover.flap1", "Bay one flap", area="bay1"),
        Entity("cover.flap2", "Bay two flap", area="bay2"),
        Entity("light.mast", "Mast light", area="yard"),
        Entity("switch.pump", "Pump", area="yard"),
        Entity("fan.one", "Drum fan 1", area="yard"),
        Entity("fan.two", "Drum fan 2", area="yard"),
        Entity("fan.three", "Drum fan 3", area="yard"),
    ),
)
LOOKUP = Resolver().lookup(HOME)


def memory(*told: tuple[str, str, int], others: tuple[str, ...] = (), place: str | None = None) -> Memory:
    """What a talk has spoken of: call, things, turn."""
    mentions = tuple(Mention(turn, Call(name, Target(name="x")), tuple(ids.split(","))) for name, ids, turn in told)
    return Memory(entities=mentions[-1].entities, others=others, place=place, mentions=mentions, turn=told[-1][2])


LIT = memory(("TurnOn", "light.mast", 1), ("TurnOn", "light.spot1", 2), ("TurnOn", "switch.pump", 3))


@pytest.mark.parametrize(
    ("said", "name", "ids"),
    [
        ("turn all of those off again", "TurnOff", "light.mast,light.spot1,switch.pump"),
        ("all three off", "TurnOff", "light.mast,light.spot1,switch.pump"),
        ("now turn both off", "TurnOff", "light.spot1,switch.pump"),
        ("those two off again please", "TurnOff", "light.spot1,switch.pump"),
        ("turn the lot off", "TurnOff", "light.mast,light.spot1,switch.pump"),
        ("everything off again", "TurnOff", "light.mast,light.spot1,switch.pump"),
    ],
)
def test_together(said: str, name: str, ids: str) -> None:
    found = among.together(said.split(), LIT, LOOKUP)
    assert found == (Call(name, Target(it=True)), tuple(ids.split(",")))


def test_covers_that_are_off_are_closed() -> None:
    opened = memory(("Open", "cover.flap1", 1), ("Open", "cover.flap2", 2))
    assert among.together(["close", "the", "two"], opened, LOOKUP) == (
        Call("Close", Target(it=True)),
        ("cover.flap1", "cover.flap2"),
    )


@pytest.mark.parametrize(
    "said", ["everything off", "turn all off", "all four off", "turn them off", "open all of those", "unlock both"]
)
def test_not_these(said: str) -> None:
    assert among.together(said.split(), LIT, LOOKUP) is None


def test_what_was_done_otherwise_is_not_among_them() -> None:
    mixed = memory(("TurnOff", "light.mast", 1), ("TurnOn", "light.spot1", 2), ("TurnOn", "switch.pump", 3))
    found = among.together("turn the lot off".split(), mixed, LOOKUP)
    assert found is not None
    assert found[1] == ("light.spot1", "switch.pump")
    alone = memory(("TurnOn", "light.mast", 1))
    assert among.together("turn the lot off".split(), alone, LOOKUP) is None


def test_both_of_what_is_two_in_two_ways_is_neither() -> None:
    rooms = memory(("TurnOn", "light.spot1,light.bench1", 1), ("TurnOn", "light.bench2,light.mast", 2))
    assert among.together("both off again".split(), rooms, LOOKUP) is None
    found = among.together("both rooms off again".split(), rooms, LOOKUP)
    assert found is not None
    assert found[1] == ("light.spot1", "light.bench1", "light.bench2", "light.mast")


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("turn the first one off again", "turn the Mast light off again"),
        ("the second to 20", "the Bay one spot to 20"),
        ("turn off the last one", "turn off the Pump"),
        ("turn on the first floor lights", "turn on the first floor lights"),
        ("turn on the first one in the yard", "turn on the first one in the yard"),
        ("turn off the fourth one", "turn off the fourth one"),
    ],
)
def test_by_order(said: str, named: str) -> None:
    assert among.by_order(said, LIT, LOOKUP) == named


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("the bench light", "the bay one bench light"),
        ("in two", "in Bay two"),
        ("two", "in Bay two"),
        ("the rest of them", "the others"),
        ("the other two", "the others"),
        ("the other three", "the other three"),
        ("the bench lights", "the bench lights"),
        ("the mast light", "the mast light"),
        ("the yard", "the yard"),
    ],
)
def test_completed(words: str, meant: str) -> None:
    spot = memory(("TurnOn", "light.spot1", 1), others=("light.bench1", "light.bench2"), place="Bay one")
    assert among.completed(words, spot, LOOKUP) == meant


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("two", "the drum fan 2"),
        ("number 3", "the drum fan 3"),
        ("2 and 3", "the drum fan 2 and the drum fan 3"),
        ("4", "4"),
        ("in two", "in two"),
    ],
)
def test_numbers_of_a_name(words: str, meant: str) -> None:
    assert among.completed(words, memory(("TurnOn", "fan.one", 1)), LOOKUP) == meant


def test_together_at_a_value() -> None:
    fans = memory(("TurnOn", "fan.one", 1), ("TurnOn", "fan.two", 2), ("TurnOn", "fan.three", 3))
    found = among.together("now all three to 20 percent".split(), fans, LOOKUP)
    assert found is not None
    assert found[0].name == "FanSetSpeed"
    assert found[0].values["percentage"] == Quantity(20.0, unit="%", words="20 percent")
    assert found[1] == ("fan.one", "fan.two", "fan.three")
    assert among.together("all three to the yard".split(), fans, LOOKUP) is None
    assert among.together("everything to 20 percent".split(), fans, LOOKUP) is None


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("how about bay two's is it closed", "is the bay two flap closed"),
        ("and what about the bay two one is it open", "is the bay two flap open"),
        ("what about the pump is it on too", "is the pump on"),
        ("what about the pump", ""),
        ("how about a nap", ""),
    ],
)
def test_a_question_for_another(said: str, question: str) -> None:
    assert among.asked_of(said.split(), memory(("Close", "cover.flap1", 1)), LOOKUP) == question
