"""Follow-ups about the place that was spoken of, and about the timer."""

from __future__ import annotations

import pytest

from appliance.conversation import there
from appliance.messages import Area, Call, Entity, Home, Quantity, Target
from appliance.resolver import Memory, Mention, Resolver

HOME = Home(
    areas=(Area("bay1", "Bay 1"), Area("bay2", "Bay 2"), Area("red", "Red hut"), Area("blue", "Blue hut"), Area("green", "Green hut")),
    entities=(
        Entity("light.spot1", "Bay 1 spot", area="bay1"),
        Entity("light.bench1", "Bay 1 bench light", area="bay1"),
        Entity("fan.bay1", "Bay 1 extractor", area="bay1"),
        Entity("fan.bay2", "Bay 2 extractor", area="bay2"),
        Entity("cover.flap1", "Bay 1 flap", area="bay1"),
        Entity("cover.flap2", "Bay 2 flap", area="bay2"),
        Entity("climate.red", "Red hut stove", area="red"),
        Entity("climate.blue", "Blue hut stove", area="blue"),
        Entity("climate.green", "Green hut stove", area="green"),
    ),
)  # fmt: skip
LOOKUP = Resolver().lookup(HOME)


def memory(call: Call, *ids: str, timers: bool = False) -> Memory:
    """What a talk has spoken of last."""
    return Memory(entities=ids, mentions=(Mention(1, call, ids),), timers=timers)


BAY = memory(Call("TurnOn", Target(area="bay 1")), "light.spot1", "light.bench1")
FLAP = memory(Call("GetState", Target(name="bay 1 flap")), "cover.flap1")
STOVE = memory(Call("ClimateSet", Target(area="blue hut")), "climate.blue")
TIMER = memory(
    Call("StartTimer", values={"duration": Quantity(600, unit="s", words="10 minutes"), "timer": "egg"}), timers=True
)


@pytest.mark.parametrize(
    ("said", "told", "meant"),
    [
        ("and the extractor there off", BAY, "turn the extractor in the Bay 1 off"),
        ("the flap in there shut, please", BAY, "close the flap in the Bay 1"),
        ("the extractor there too", BAY, "turn on the extractor in the Bay 1"),
        ("the extractor in there too", BAY, "the extractor in there too"),
        ("now the light in there, spot only, at fifty", BAY, "set the Bay 1 spot to fifty"),
        ("and bay 2's", FLAP, "and the Bay 2 flap"),
        ("and the green hut's", STOVE, "and in green hut"),
        ("and the pump there off", Memory(), "and the pump there off"),
        ("is anybody there", BAY, "is anybody there"),
        ("and Anna's", FLAP, "and Anna's"),
    ],
)
def test_the_place_by_its_name(said: str, told: Memory, meant: str) -> None:
    assert there.placed(said, told, LOOKUP) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("what about the extractor is it on", "is the Bay 1 extractor on"),
        ("and the flap is it up", "is the Bay 1 flap open"),
        ("what about the kettle is it on", ""),
    ],
)
def test_asked_of_the_place(said: str, meant: str) -> None:
    assert there.asked_there(said.split(), BAY, LOOKUP) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("red and green", "the Red hut and the Green hut"),
        ("in red and the green one", "the Red hut and the Green hut"),
        ("red and purple", "red and purple"),
        ("red", "red"),
    ],
)
def test_several_places(said: str, meant: str) -> None:
    assert there.listed(said, STOVE, LOOKUP) == meant


@pytest.mark.parametrize(
    ("said", "name", "seconds"),
    [
        ("give them five more they started late", "IncreaseTimer", 300),
        ("give it five more it's still hard", "IncreaseTimer", 300),
        ("give it five more the meat is tough", "IncreaseTimer", 300),
        ("give it an extra two minutes", "IncreaseTimer", 120),
        ("how much is left on it", "TimerStatus", None),
        ("pause that for now", "PauseTimer", None),
        ("give them the keys", "", None),
        ("pause the music", "", None),
    ],
)
def test_the_timer(said: str, name: str, seconds: int | None) -> None:
    call = there.timed(said.split(), TIMER)
    assert (call.name if call else "") == name
    length = call.values.get("duration") if call else None
    assert (length.value if isinstance(length, Quantity) else None) == seconds
    assert there.timed(said.split(), BAY) is None
