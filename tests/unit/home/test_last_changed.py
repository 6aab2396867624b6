"""Since when a state is what it is."""

from __future__ import annotations

from appliance.home import Registry
from appliance.messages import Entity
from tests.unit.home.announcements import announce, the_entity


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def door(clock: Clock) -> Registry:
    registry = Registry(wall=clock)
    config = {"name": "Door", "uniq_id": "d", "stat_t": "door", "avty_t": "door/there"}
    announce(registry, "homeassistant/binary_sensor/d/config", config)
    return registry


def since(registry: Registry) -> tuple[str, float | None]:
    entity = the_entity(registry)
    return entity.state, entity.last_changed


def test_the_first_report_does_not_say_when() -> None:
    registry = door(Clock())
    assert since(registry) == ("unknown", None)
    registry.feed("door", b"ON")
    assert since(registry) == ("on", None)


def test_a_change_that_was_seen_has_a_time_and_repeats_do_not_move_it() -> None:
    clock = Clock()
    registry = door(clock)
    registry.feed("door", b"ON")
    clock.now = 1010.0
    registry.feed("door", b"OFF")
    clock.now = 1020.0
    registry.feed("door", b"OFF")
    assert since(registry) == ("off", 1010.0)


def test_a_state_that_the_broker_had_kept_changed_nobody_knows_when() -> None:
    clock = Clock()
    registry = door(clock)
    registry.feed("door", b"ON")
    registry.feed("door", b"OFF")
    registry.feed("door", b"ON", retain=True)
    assert since(registry) == ("on", None)
    clock.now = 1030.0
    registry.feed("door", b"ON", retain=True)
    assert since(registry) == ("on", None)


def test_being_away_for_a_while_does_not_start_the_old_state_anew() -> None:
    clock = Clock()
    registry = door(clock)
    registry.feed("door", b"ON")
    clock.now = 1010.0
    registry.feed("door", b"OFF")
    clock.now = 1020.0
    registry.feed("door/there", b"offline")
    assert since(registry) == ("unavailable", 1020.0)
    clock.now = 1030.0
    registry.feed("door/there", b"online")
    assert since(registry) == ("off", 1010.0)
    clock.now = 1040.0
    registry.feed("door", b"ON")
    assert since(registry) == ("on", 1040.0)


def test_a_new_name_keeps_the_time() -> None:
    clock = Clock()
    registry = door(clock)
    registry.feed("door", b"ON")
    clock.now = 1010.0
    registry.feed("door", b"OFF")
    clock.now = 1020.0
    announce(registry, "homeassistant/binary_sensor/d/config", {"name": "Back door", "uniq_id": "d", "stat_t": "door"})
    assert since(registry) == ("off", 1010.0)


def test_pins_too() -> None:
    clock = Clock()
    registry = Registry(wall=clock)
    registry.add(Entity("switch.pump", "Pump", state="off"))
    clock.now = 1010.0
    registry.report("switch.pump", "on")
    assert since(registry) == ("on", 1010.0)
