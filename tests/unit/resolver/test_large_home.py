"""A generated home of 300 entities in 30 areas: everything is still found, and nothing twice."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from appliance.messages import Area, Call, Entity, Floor, Home, Quantity, Target
from appliance.resolver import Resolver

FLOORS = ("Basement", "Ground floor", "First floor")
ROOMS = "Amber Birch Cedar Dahlia Elm Fern Ginkgo Hazel Iris Juniper".split()
THINGS = (
    ("light", "Ceiling", None), ("light", "Reading lamp", None), ("light", "Window strip", None), ("switch", "Charger", "outlet"),
    ("fan", "Fan", None), ("cover", "Blind", "blind"), ("climate", "Radiator", None), ("sensor", "Temperature", "temperature"),
    ("binary_sensor", "Window", "window"), ("media_player", "Speaker", "speaker"),
)  # fmt: skip


@cache
def large_home() -> Home:
    """30 rooms with ten things each; each name occurs in every room."""
    areas, entities = [], []
    for level, _floor in enumerate(FLOORS):
        for room in ROOMS:
            area = f"{room}_{level}".lower()
            areas.append(Area(area, f"{room} {level + 1}", floor=str(level)))
            for domain, name, device_class in THINGS:
                attributes = (
                    {"temperature": 20, "current_temperature": 19, "hvac_modes": ["off", "heat"]}
                    if domain == "climate"
                    else {}
                )
                entity_id = f"{domain}.{area}_{name.lower().replace(' ', '_')}"
                entities.append(
                    Entity(entity_id, name, area=area, device_class=device_class, state="off", attributes=attributes)
                )
    floors = tuple(Floor(str(level), name, level=level - 1) for level, name in enumerate(FLOORS))
    return Home(floors, tuple(areas), tuple(entities), structure=1)


RESOLVER = Resolver()


def touched(call: Call, text: str, area: str | None = None) -> set[str]:
    steps, _ = RESOLVER.decide([call], large_home(), text=text, area=area)
    return {action.entity for step in steps for action in step.actions}


@pytest.mark.parametrize("level", range(3))
@pytest.mark.parametrize("room", ROOMS)
def test_each_lamp_is_found_by_its_room(room: str, level: int) -> None:
    span = f"{room.lower()} {level + 1}"
    expected = {f"light.{room.lower()}_{level}_reading_lamp"}
    assert (
        touched(Call("TurnOn", Target(name="reading lamp", area=span)), f"turn on the reading lamp in {span}")
        == expected
    )
    assert touched(Call("TurnOn", Target(name=f"{span} reading lamp")), f"turn on the {span} reading lamp") == expected
    assert (
        touched(Call("TurnOn", Target(name="reading lamp")), "turn on the reading lamp", area=f"{room} {level + 1}")
        == expected
    )


def test_without_a_room_the_name_is_ambiguous() -> None:
    steps, _ = RESOLVER.decide(
        [Call("TurnOn", Target(name="reading lamp"))], large_home(), text="turn on the reading lamp"
    )
    assert steps[0].refusal.startswith("Which one do you mean: Reading lamp in Amber 1")
    assert steps[0].refusal.endswith("and 26 more?")


def test_a_floor_has_thirty_lights_and_the_home_ninety() -> None:
    lights = Target(domain="light", floor="ground floor")
    assert len(touched(Call("TurnOn", lights), "turn on the lights on the ground floor")) == 30
    assert len(touched(Call("TurnOff", Target(domain="light", everything=True)), "all lights off")) == 90


def test_the_index_follows_names_but_not_states() -> None:
    resolver, home = Resolver(), large_home()
    call = Call("LightSet", Target(name="amber 1 ceiling"), values={"brightness": Quantity(None, "up")})
    resolver.decide([call], home, text="brighter")
    first = resolver._index
    lit = tuple(replace(entity, state="on") for entity in home.entities)
    resolver.decide([call], replace(home, entities=lit), text="brighter")
    assert resolver._index is first
    renamed = (replace(home.entities[0], name="Beacon"), *home.entities[1:])
    steps, _ = resolver.decide(
        [Call("TurnOn", Target(name="beacon"))], replace(home, entities=renamed), text="turn on the beacon"
    )
    assert resolver._index is not first
    assert steps[0].actions[0].entity == home.entities[0].id
