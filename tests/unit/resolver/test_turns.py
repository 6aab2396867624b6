"""Pronouns over the turns of one conversation."""

from __future__ import annotations

import pytest

from appliance.resolver import Memory
from tests.unit.resolver.tables import outcomes


def talk(place: str, *turns: tuple[str, str]) -> list[str]:
    """Outcomes of the last of several turns."""
    memory: Memory | None = None
    shown: list[str] = []
    for text, line in turns:
        shown, memory = outcomes(place, text, line, memory)
    return shown


@pytest.mark.parametrize(
    ("place", "turns", "outcome"),
    [
        (
            "alder",
            (("turn on the desk lamp", "<TurnOn> <name> desk lamp"), ("turn it off", "<TurnOff> <it>")),
            ["HassTurnOff name=Desk lamp | light.desk turn_off"],
        ),
        (
            "alder",
            (
                ("turn on the kitchen lights", "<TurnOn> <area> kitchen <domain:light>"),
                ("make them brighter", "<LightSet> <it> <brightness> <up>"),
            ),
            ["HassLightSet area=Kitchen domain=light brightness=70 | light.kitchen_ceiling turn_on brightness=178"],
        ),
        (
            "alder",
            (
                ("turn off the left bedside lamp", "<TurnOff> <name> left bedside lamp"),
                ("and the other one too", "<TurnOff> <other>"),
            ),
            ["HassTurnOff name=Right bedside lamp | light.bedside_right turn_off"],
        ),
        (
            "studio",
            (
                ("tower fan to 80 percent", "<FanSetSpeed> <name> tower fan <percentage> 80"),
                ("actually make that 50", "<LightSet> <it> <brightness> 50"),
            ),
            ["HassFanSetSpeed name=Tower fan percentage=50 | fan.tower set_percentage percentage=50"],
        ),
        (
            "studio",
            (
                ("turn on the radio", "<TurnOn> <name> radio"),
                ("turn it up a bit", "<LightSet> <it> <brightness> <up>"),
            ),
            [
                "HassSetVolumeRelative name=Jeanne d'Arc radio volume_step=up | media_player.radio volume_set volume_level=0.55"
            ],
        ),
        (
            "alder",
            (
                ("is the garage door open", "<GetState> <class:garage> <ask:yesno> <state:open>"),
                ("open it", "<Open> <it>"),
            ),
            ["HassTurnOn name=Garage door | cover.garage open"],
        ),
        (
            "alder",
            (
                ("turn on the desk lamp", "<TurnOn> <name> desk lamp"),
                ("set a timer for 5 minutes", "<StartTimer> <duration> 5 minutes"),
                ("turn it off", "<TurnOff> <it>"),
            ),
            ["! I do not know what you mean by that. Please name the device."],
        ),
        (
            "alder",
            (("turn on the desk lamp", "<TurnOn> <name> desk lamp"), ("unlock it", "<Unlock> <it>")),
            ["! I do not know what you mean by that. Please name the lock."],
        ),
        (
            "alder",
            (
                ("set the bedroom radiator to 19", "<ClimateSet> <name> bedroom radiator <temperature> 19"),
                ("make it two degrees warmer", "<ClimateSet> <it> <temperature> <up> two"),
            ),
            [
                "HassClimateSetTemperature name=Bedroom radiator temperature=20 | climate.bedroom set_temperature temperature=20"
            ],
        ),
        (
            "alder",
            (
                ("what's the temperature in the bedroom", "<ClimateGet> <area> bedroom"),
                ("make it warmer", "<ClimateSet> <it> <temperature> <up>"),
            ),
            [
                "HassClimateSetTemperature name=Bedroom radiator temperature=19 | climate.bedroom set_temperature temperature=19"
            ],
        ),
        (
            "ranch",
            (
                ("close the left shade", "<Close> <name> left shade"),
                ("open the other one", "<Open> <other>"),
            ),
            ["HassTurnOn name=Right shade | cover.great_right open"],
        ),
        (
            "alder",
            (("turn on the garage light", "<TurnOn> <name> garage light"), ("and the other one", "<TurnOn> <other>")),
            ["! I do not know what you mean by the other one. Please name the device."],
        ),
        (
            "alder",
            (
                ("turn on the swimming pool", "<TurnOn> <name> swimming pool"),
                ("turn it off", "<TurnOff> <it>"),
            ),
            ["! I do not know what you mean by that. Please name the device."],
        ),
    ],
)
def test_turns(place: str, turns: tuple[tuple[str, str], ...], outcome: list[str]) -> None:
    assert talk(place, *turns) == outcome


def test_a_memory_of_things_that_are_gone_refers_to_nothing() -> None:
    shown, _ = outcomes("studio", "turn it off", "<TurnOff> <it>", Memory(entities=("light.gone",)))
    assert shown == ["! I do not know what you mean by that. Please name the device."]
