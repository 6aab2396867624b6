"""Commands with conditions, judged in a home."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pytest

from appliance.interpreter import Interpreter
from appliance.interpreter.given import by_sky
from appliance.messages import Area, Call, Entity, Home, Quantity, Target
from appliance.plainly.whether import Fact
from appliance.resolver import Resolver
from appliance.resolver.conditions import WAITING

PERCENT = {"unit_of_measurement": "%"}
WARMTH = {"temperature": 21, "current_temperature": 18.5}
HOME = Home(
    areas=(Area("kitchen", "Kitchen"), Area("attic", "Attic")),
    entities=(
        Entity("light.desk", "Desk lamp", area="kitchen", state="on"),
        Entity("light.floor", "Floor lamp", area="attic", state="off"),
        Entity("switch.kettle", "Kettle", area="kitchen", state="on"),
        Entity("fan.kitchen", "Kitchen fan", area="kitchen", state="off"),
        Entity("fan.attic", "Attic fan", area="attic", state="off"),
        Entity("binary_sensor.window", "Kitchen window", area="attic", state="on", device_class="window"),
        Entity("sensor.damp", "Kitchen humidity", area="kitchen", state="74", device_class="humidity", attributes=PERCENT),
        Entity("climate.kitchen", "Kitchen radiator", area="kitchen", state="heat", attributes=WARMTH),
        Entity("sensor.cellar", "Cellar humidity", state="unavailable", device_class="humidity"),
        Entity("weather.home", "Sky", state="rainy", attributes={"temperature": 6, "humidity": 88}),
        Entity("cover.attic", "Attic blind", area="attic", state="open", attributes={"current_position": 60}),
    ),
)  # fmt: skip


def state(name: str, wanted: str) -> Call:
    """A question for a state."""
    return Call("GetState", Target(name=name), values={"ask": "yesno", "state": wanted})


KNOWN: Mapping[str, Call | tuple[Call, ...]] = {
    "is the kitchen window open": state("kitchen window", "open"),
    "is the kitchen window shut": state("kitchen window", "closed"),
    "is the kettle on": state("kettle", "on"),
    "is the desk lamp off": state("desk lamp", "off"),
    "is the floor lamp off": state("floor lamp", "off"),
    "is anybody home": Call("GetState", Target(domain="person"), values={"ask": "any", "state": "home"}),
    "what is the kitchen radiator set to": Call("GetState", Target(name="kitchen radiator"), values={"ask": "one"}),
    "what is the temperature in the kitchen": Call("ClimateGet", Target(area="kitchen")),
    "what is the temperature outside": Call("ClimateGet", Target(area="outside")),
    "what is the humidity outside": Call("GetState", Target(device_class="humidity"), values={"ask": "one"}),
    "turn off the kettle": Call("TurnOff", Target(name="kettle")),
    "turn off the desk lamp": Call("TurnOff", Target(name="desk lamp")),
    "turn on the floor lamp": Call("TurnOn", Target(name="floor lamp")),
    "are lamps 1 and 2 off": (state("desk lamp", "off"), state("floor lamp", "off")),
    "are lamps 1 and 2 on": (state("desk lamp", "on"), state("kettle", "on")),
    "are the lights on": Call("GetState", Target(domain="light"), values={"ask": "yesno", "state": "on"}),
    "turn the lights off": Call("TurnOff", Target(domain="light")),
    "turn off the kettle at ten o'clock": Call(
        "StartTimer", values={"command": "turn off the kettle", "duration": Quantity(600, unit="s")}
    ),
    "turn on the fan": Call("TurnOn", Target(name="fan", domain="fan")),
}


@dataclass
class Answer:
    """A reading."""

    calls: Sequence[Call]
    confidence: float = 0.95
    refusal: str = ""
    line: str = ""


class Model:
    """Knows sentences by heart; all others ask for nothing."""

    def __init__(self, known: Mapping[str, Call | tuple[Call, ...]]) -> None:
        """Know `known`."""
        self.known = known
        self.asked: list[str] = []

    def readings(self, text: str, /) -> Iterator[Answer]:
        """The readings of `text`."""
        self.asked.append(text)
        known = self.known.get(text, Call("None", values={"why": "unclear"}))
        yield Answer(known if isinstance(known, tuple) else (known,))


NOBODY = "There is no person in this home that I know of."


def said(text: str, home: Home = HOME, hour: int = 21) -> tuple[list[str], str]:
    """What is touched, and what is said besides."""
    now = time.struct_time((2026, 12, 1, hour, 0, 0, 1, 335, 0))
    interpreter = Interpreter(Model(KNOWN), Resolver(), wall=lambda: now)
    found = interpreter.decide(interpreter.understand(text, home), home, text=text)
    steps = [judged.step for judged in found.steps]
    return [action.entity for step in steps for action in step.actions], " ".join(
        step.refusal for step in steps if step.refusal
    )


@pytest.mark.parametrize(
    ("text", "touched", "told"),
    [
        ("if the kitchen window is open, turn off the kettle, otherwise turn on the floor lamp", ["switch.kettle"], ""),
        ("if the kitchen window is shut, turn off the kettle, otherwise turn on the floor lamp", ["light.floor"], ""),
        (
            "if the kitchen window is open, leave it, otherwise turn on the floor lamp", [],
            "Yes, Kitchen window is open. So I changed nothing.",
        ),
        ("if the kitchen window is open and the desk lamp is off, turn off the kettle", [], "No, Desk lamp is on. So I changed nothing."),
        ("if the kitchen window is open or the desk lamp is off, turn off the kettle", ["switch.kettle"], ""),
        (
            "unless the kettle is on and the floor lamp is off, turn off the desk lamp", [],
            "Yes, Kettle is on. Yes, Floor lamp is off. So I changed nothing.",
        ),
        ("turn on the floor lamp and, if the kitchen window is open, turn off the kettle", ["light.floor", "switch.kettle"], ""),
        (
            "turn on the floor lamp and, if the kitchen window is shut, turn off the kettle", ["light.floor"],
            "No, Kitchen window is open. So I left that as it is.",
        ),
        # of one that does not hold, another that nobody can tell makes no difference
        ("if the desk lamp is off and nobody is home, turn off the kettle", [], "No, Desk lamp is on. So I changed nothing."),
        ("if the kitchen window is open or nobody is home, turn off the kettle", ["switch.kettle"], ""),
        (
            "if the kitchen window is open and nobody is home, turn off the kettle", [],
            f"I cannot tell whether the kitchen window is open and nobody is home, so I changed nothing. {NOBODY}",
        ),
        # several things that differ
        ("if the lights are on, turn off the kettle", [], "Partly: Desk lamp is on. Floor lamp is not. So I changed nothing."),
        ("if the lights are on, turn them off", ["light.desk", "light.floor"], ""),
        ("if lamps 1 and 2 are on, turn off the kettle", ["switch.kettle"], ""),
        (
            "if lamps 1 and 2 are off, turn off the kettle", [],
            "No, Desk lamp is on. Yes, Floor lamp is off. So I changed nothing.",
        ),
        # for later, or of what nobody can tell
        ("if the kitchen window is open, turn off the kettle at ten", [], WAITING),
        ("if it's cold outside, turn off the kettle", [], "I cannot tell whether it's cold outside, so I changed nothing."),
        # measures
        ("if the kitchen humidity is above 70, turn off the kettle", ["switch.kettle"], ""),
        ("if the kitchen humidity is above 80, turn off the kettle", [], "Kitchen humidity is 74 percent. So I changed nothing."),
        (
            "if the cellar humidity is above 80, turn off the kettle", [],
            "I cannot tell whether the cellar humidity is above 80, so I changed nothing.",
        ),
        ("if it's below 19 in the kitchen, turn off the kettle", ["switch.kettle"], ""),
        ("if it's below ten outside, turn off the kettle", ["switch.kettle"], ""),
        ("when it's below 10 in the kitchen, turn off the kettle", [], f"Kitchen radiator is 18.5 degrees. {WAITING}"),
        ("if the kitchen radiator is set to more than 20, turn off the kettle", ["switch.kettle"], ""),
        ("if the attic blind is more than half open, turn off the kettle", ["switch.kettle"], ""),
        ("if the attic blind is less than 50 percent open, turn off the kettle", [], "Attic blind is at 60 percent. So I changed nothing."),
        # where it is measured, what names no other place is meant
        ("if it's below 19 in the kitchen, turn on the fan", ["fan.kitchen"], ""),
        # clock and sky
        ("if it's after eight, turn off the kettle", ["switch.kettle"], ""),
        ("if it's before eight pm, turn off the kettle", [], "It is 21:00. So I changed nothing."),
        ("if it's the weekend, turn off the kettle", [], "It is Tuesday. So I changed nothing."),
        ("if it's raining and the kitchen window is open, turn on the floor lamp", ["light.floor"], ""),
        ("unless it's raining, turn on the floor lamp", [], "It is rainy. So I changed nothing."),
        ("if it's dark outside, turn on the floor lamp", [], "I cannot tell whether it's dark outside, so I changed nothing."),
        ("if it's windy, turn on the floor lamp", [], "I cannot tell whether it's windy, so I changed nothing."),
    ],
)  # fmt: skip
def test_what_counts_is_looked_up(text: str, touched: list[str], told: str) -> None:
    assert said(text) == (touched, told)


def test_no_measure_of_a_room_is_one_of_outside() -> None:
    home = replace(HOME, entities=(*HOME.entities[:8],))
    assert said("if the humidity outside is above 70, turn off the kettle", home)[0] == []


@pytest.mark.parametrize(
    ("sun", "weather", "dark"),
    [
        ("below_horizon", "rainy", True),
        ("above_horizon", "rainy", False),
        ("unknown", "clear-night", True),
        ("", "sunny", False),
        ("", "rainy", None),
    ],
)
def test_it_is_dark_while_the_sun_is_down(sun: str, weather: str, dark: bool | None) -> None:
    home = Home(entities=(Entity("sun.sun", "Sun", state=sun), Entity("weather.home", "Sky", state=weather)))
    assert by_sky(Fact(sky="dark"), home).holds is dark
    assert by_sky(Fact(sky="light"), home).holds is (None if dark is None else not dark)


def test_water_freezes_at_32_degrees_fahrenheit() -> None:
    sky = Entity("weather.home", "Sky", state="rainy", attributes={"temperature": 31, "temperature_unit": "°F"})
    home = replace(HOME, entities=(*HOME.entities[:3], sky), temperature_unit="fahrenheit")
    text = "if it's below freezing outside, turn off the kettle"
    assert said(text, home)[0] == ["switch.kettle"]
    assert said(text, replace(home, temperature_unit="celsius"))[0] == []


def test_a_sentence_without_a_condition_is_read_as_it_was() -> None:
    model = Model(KNOWN)
    Interpreter(model, Resolver()).understand("turn off the kettle", HOME)
    assert model.asked == ["turn off the kettle"]
