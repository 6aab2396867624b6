"""Questions for things that are called alike, and which of them has the most of something."""

from __future__ import annotations

import pytest

from appliance.messages import Area, Call, Entity, Home, Target
from appliance.resolver import Resolver
from appliance.resolver.compared import compared
from appliance.resolver.counted import counted

HOME = Home(
    areas=(Area("ward1", "Ward 1"), Area("ward2", "Ward 2"), Area("yard", "Yard")),
    entities=(
        Entity("light.post1", "Path post 1", area="yard", state="on"),
        Entity("light.post2", "Path post 2", area="yard", state="off"),
        Entity("fan.w1", "Ward 1 extractor", area="ward1", state="on"),
        Entity("fan.w2", "Ward 2 extractor", area="ward2", state="off"),
        Entity("cover.w1", "Ward 1 blind", area="ward1", state="open", device_class="blind"),
        Entity("cover.w2a", "Left shutter", area="ward2", state="open", device_class="shutter"),
        Entity("cover.w2b", "Right shutter", area="ward2", state="open", device_class="shutter"),
        Entity("sensor.w1", "Ward 1 CO2", area="ward1", state="600", device_class="carbon_dioxide"),
        Entity("sensor.w2", "Ward 2 CO2", area="ward2", state="900", device_class="carbon_dioxide"),
    ),
)


@pytest.mark.parametrize(
    ("said", "ask", "name", "area"),
    [
        ("which path posts are lit", "which", "path posts", None),
        ("how many of the extractors are running at the moment?", "how_many", "extractors", None),
        ("has anyone left an extractor running in ward 2", "any", "extractor", "ward 2"),
        ("are any extractors in ward 1 still on", "any", "extractors", "ward 1"),
        ("are the path posts burning", "all", "path posts", None),
    ],
)
def test_asked_of_things_called_alike(said: str, ask: str, name: str, area: str | None) -> None:
    call = counted(said, HOME)
    assert call is not None
    assert (call.target, call.values["ask"]) == (Target(name=name, area=area), ask)


@pytest.mark.parametrize(
    "said",
    ["which lights are on", "how many blinds are open", "has anyone seen the extractor", "which extractors are nice"],
)
def test_left_to_the_model(said: str) -> None:
    assert counted(said, HOME) is None


def test_which_has_the_worst_air() -> None:
    text = "which ward has the worst air, going by CO2"
    call = compared(text)
    assert call is not None
    (step,), _ = Resolver().decide([call], HOME, text=text)
    assert step.intent is not None
    assert step.intent.entities == ("sensor.w1", "sensor.w2")
    assert step.answer.startswith("Ward 2 CO2 is highest.")
    assert compared("which ward has the worst nurses") is None


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("close the shutter in ward 2", True),
        ("close the shutters in ward 2", False),
        ("close every shutter in ward 2", False),
    ],
)
def test_one_shutter_of_several_in_a_room_is_asked_about(text: str, *, asked: bool) -> None:
    call = Call("Close", Target(area="ward 2", device_class="shutter"))
    (step,), _ = Resolver().decide([call], HOME, text=text)
    assert bool(step.refusal) == asked
