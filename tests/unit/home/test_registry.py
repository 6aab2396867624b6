"""The registry: ids, areas, the home file, pins, waiting, threads."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.errors import ActError, HomeError
from appliance.home import Registry, parse_home
from appliance.messages import Action, Entity, Json, PinChange, Publish
from tests.unit.home.announcements import announce, the_entity


def lamp(registry: Registry, number: int, **keys: Json) -> bool:
    config = {"name": "Lamp", "uniq_id": f"u{number}", "cmd_t": f"lamp{number}/set", "stat_t": f"lamp{number}"}
    return announce(registry, f"homeassistant/switch/s{number}/config", config | keys)


def topics_by_id(registry: Registry) -> dict[str, str]:
    found = {}
    for entity in registry.snapshot().entities:
        [message] = registry.encode(Action(entity.id, "turn_on"))
        assert isinstance(message, Publish)
        found[entity.id] = message.topic
    return found


def test_equal_names_get_the_same_distinct_ids_in_any_order() -> None:
    orders = [(1, 2, 3), (3, 1, 2), (2, 3, 1)]
    results = []
    for order in orders:
        registry = Registry()
        for number in order:
            lamp(registry, number)
        results.append(topics_by_id(registry))
    assert results[0] == results[1] == results[2]
    assert len(results[0]) == 3
    assert results[0]["switch.lamp"] == "lamp1/set"


def test_when_the_first_of_equal_names_goes_the_next_moves_up_with_its_state() -> None:
    registry = Registry()
    lamp(registry, 1)
    lamp(registry, 2)
    registry.feed("lamp2", b"ON")
    registry.feed("homeassistant/switch/s1/config", b"")
    assert topics_by_id(registry) == {"switch.lamp": "lamp2/set"}
    assert the_entity(registry).state == "on"


def test_a_rename_keeps_the_state() -> None:
    registry = Registry()
    lamp(registry, 1)
    registry.feed("lamp1", b"ON")
    before = registry.snapshot()
    lamp(registry, 1, name="Desk lamp")
    after = registry.snapshot()
    assert [(entity.id, entity.name, entity.state) for entity in after.entities] == [
        ("switch.desk_lamp", "Desk lamp", "on")
    ]
    assert after.structure > before.structure


def test_the_same_announcement_again_changes_nothing() -> None:
    registry = Registry()
    assert lamp(registry, 1)
    before = registry.snapshot()
    assert not lamp(registry, 1)
    assert registry.snapshot() is before


def test_states_change_the_snapshot_but_not_the_structure() -> None:
    registry = Registry()
    lamp(registry, 1)
    before = registry.snapshot()
    registry.feed("lamp1", b"ON")
    after = registry.snapshot()
    assert (before.entities[0].state, after.entities[0].state) == ("unknown", "on")
    assert before.structure == after.structure


def test_a_unique_id_that_is_taken_waits_for_its_turn() -> None:
    registry = Registry()
    lamp(registry, 1)
    announce(registry, "homeassistant/switch/thief/config", {"name": "Lamp", "uniq_id": "u1", "cmd_t": "thief/set"})
    assert topics_by_id(registry) == {"switch.lamp": "lamp1/set"}
    assert "already announced" in registry.problems()[0].reason
    registry.feed("homeassistant/switch/s1/config", b"")
    assert topics_by_id(registry) == {"switch.lamp": "thief/set"}
    assert registry.problems() == ()


def test_an_id_that_was_given_to_another_is_not_taken_away() -> None:
    registry = Registry()
    lamp(registry, 1)
    lamp(registry, 2)
    [given] = topics_by_id(registry).keys() - {"switch.lamp"}
    lamp(registry, 3, def_ent_id=given)
    found = topics_by_id(registry)
    assert (len(found), found[given]) == (3, "lamp2/set")
    for number in (2, 3, 1):
        registry.feed(f"homeassistant/switch/s{number}/config", b"")
    assert registry.snapshot().entities == ()


@pytest.mark.parametrize(
    ("name", "device", "area"),
    [
        ("Kitchen ceiling", {}, "kitchen"),
        ("Small kitchen spot", {}, "small_kitchen"),
        ("Lamp", {"name": "Nursery"}, "nursery"),
        ("Lamp", {"name": "x", "sa": "Conservatory"}, "conservatory"),
        ("Lamp", {"name": "x", "sa": "kitchen"}, "kitchen"),
        ("Desk lamp", {}, "study"),
        ("Garden hose", {}, "garden"),
        ("Garden", {}, None),
        ("Lamp", {}, None),
    ],
)
def test_areas(name: str, device: dict[str, Json], area: str | None) -> None:
    home = parse_home(
        "areas: [{id: kitchen, name: Kitchen}, {id: small_kitchen, name: Small kitchen}, {id: nursery, name: Baby, aliases: [nursery]}]"
    ).home
    registry = Registry(home, areas={"*desk_lamp": "Study"})
    lamp(registry, 1, name=name, dev=device)
    assert the_entity(registry).area == area
    assert area is None or area in {one.id for one in registry.snapshot().areas}


def test_the_home_file_names_and_places_announced_devices() -> None:
    home = parse_home(
        "areas: [{id: den, name: Den}]\nentities: [{id: switch.lamp, name: Reading light, area: den, aliases: [nook]}]"
    ).home
    registry = Registry(home)
    assert the_entity(registry).features is None
    lamp(registry, 1)
    entity = the_entity(registry)
    assert (entity.name, entity.area, entity.aliases) == ("Reading light", "den", ("nook", "Lamp"))
    assert topics_by_id(registry) == {"switch.lamp": "lamp1/set"}
    registry.feed("homeassistant/switch/s1/config", b"")
    assert the_entity(registry).origin == "config"


def test_who_takes_an_id_takes_no_topics_of_the_home_file_and_is_known_for_a_twin() -> None:
    file = parse_home("entities: [{id: switch.lamp, name: Lamp, mqtt: {command_topic: mine/set}}]")
    registry = Registry(file.home, mqtt=file.mqtt)
    lamp(registry, 1)
    twins = {entity.id: entity.twin_of for entity in registry.snapshot().entities}
    [other] = twins.keys() - {"switch.lamp"}
    assert topics_by_id(registry) == {"switch.lamp": "mine/set", other: "lamp1/set"}
    assert twins == {"switch.lamp": "", other: "switch.lamp"}


def test_a_home_file_alone_commands_nothing() -> None:
    registry = Registry(parse_home("entities: [{id: light.a, name: A, state: on}]").home)
    assert the_entity(registry).state == "on"
    with pytest.raises(ActError, match="nothing says how to command it"):
        registry.encode(Action("light.a", "turn_off"))
    with pytest.raises(ActError, match=r"there is no light\.b"):
        registry.encode(Action("light.b", "turn_off"))


def test_the_home_file_may_tell_topics() -> None:
    file = parse_home("entities: [{id: switch.pump, name: Pump, mqtt: {command_topic: pump/set, stat_t: pump}}]")
    with pytest.raises(HomeError, match="mqtt"):
        Registry(file.home, mqtt={"switch.pump": {"command_topic": "ternd/x/ask"}})
    with pytest.raises(HomeError, match="did you mean"):
        Registry(file.home, mqtt={"switch.pump": {"state_topics": "x"}})
    registry = Registry(file.home, mqtt=file.mqtt)
    assert "pump" in registry.topics()
    registry.feed("pump", b"ON")
    assert the_entity(registry).state == "on"
    assert topics_by_id(registry) == {"switch.pump": "pump/set"}


def test_pins_are_entities_too() -> None:
    registry = Registry(parse_home("areas: [{id: garden, name: Garden}]").home)
    registry.add(Entity("switch.pump", "Pump", area="garden", state="off", features=frozenset({"turn_on", "turn_off"})))
    assert the_entity(registry).area == "garden"
    assert registry.encode(Action("switch.pump", "turn_on")) == (PinChange("switch.pump", "turn_on"),)
    since = registry.serial("switch.pump")
    registry.report("switch.pump", "on")
    registry.report("switch.unknown", "on")
    assert registry.wait("switch.pump", {"state": "on"}, 0, since) == (True, {"state": "on"})


def test_an_announced_device_gives_way_to_a_pin() -> None:
    registry = Registry()
    lamp(registry, 1)
    registry.add(Entity("switch.lamp", "Relay"))
    assert registry.encode(Action("switch.lamp", "turn_on")) == (PinChange("switch.lamp", "turn_on"),)
    assert len(registry.snapshot().entities) == 2
    lamp(registry, 2)
    assert len(registry.snapshot().entities) == 3


def test_waiting_needs_a_report_after_the_command() -> None:
    registry = Registry()
    lamp(registry, 1)
    registry.feed("lamp1", b"ON")
    since = registry.serial("switch.lamp")
    assert registry.wait("switch.lamp", {"state": "on"}, 0.01, since) == (False, {"state": "on"})
    registry.feed("lamp1", b"ON")
    assert registry.wait("switch.lamp", {"state": "on"}, 0.01, since) == (True, {"state": "on"})


def test_a_report_of_something_else_does_not_confirm() -> None:
    registry = Registry()
    config = {"name": "Lamp", "cmd_t": "l/set", "stat_t": "l", "bri_cmd_t": "l/bri/set", "bri_stat_t": "l/bri"}
    announce(registry, "homeassistant/light/l/config", config)
    registry.feed("l", b"ON")
    since = registry.serial("light.lamp")
    registry.feed("l/bri", b"9")
    assert not registry.wait("light.lamp", {"state": "on"}, 0.01, since)[0]


def test_waiting_wakes_at_the_report() -> None:
    registry = Registry()
    lamp(registry, 1)
    since = registry.serial("switch.lamp")
    threading.Timer(0.05, registry.feed, ("lamp1", b"ON")).start()
    assert registry.wait("switch.lamp", {"state": "on"}, 30, since)[0]


def test_a_device_without_reports_is_not_waited_for() -> None:
    registry = Registry()
    announce(registry, "homeassistant/switch/x/config", {"name": "Mute", "cmd_t": "x"})
    assert registry.wait("switch.mute", {"state": "on"}, 30, 0) == (False, {"state": "unknown"})
    assert registry.wait("switch.nobody", {"state": "on"}, 30, 0) == (False, {})


def test_commands_expire_and_are_never_retained() -> None:
    registry = Registry()
    lamp(registry, 1, retain=True, qos=0)
    [message] = registry.encode(Action("switch.lamp", "turn_on"))
    assert isinstance(message, Publish)
    assert (message.retain, message.qos) == (False, 1)
    assert message.expiry_s


def test_readers_and_writers_in_many_threads() -> None:
    registry = Registry()
    failures: list[Exception] = []

    def work(number: int) -> None:
        try:
            for turn in range(30):
                lamp(registry, number, name=f"Lamp {turn % 3}")
                registry.feed(f"lamp{number}", b"ON")
                for entity in registry.snapshot().entities:
                    registry.report_of(entity.id)
                registry.wait("switch.lamp_0", {"state": "on"}, 0.001, 0)
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(registry.snapshot().entities) == 4


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["announce", "remove", "state", "pin"]),
        st.integers(1, 4),
        st.sampled_from(["Lamp", "Fan", "switch.lamp_e9dc92", "Desk"]),
    ),
    max_size=25,
)


@settings(max_examples=200, deadline=None)
@given(_STEPS)
def test_any_order_of_events_leaves_a_sound_home(steps: list[tuple[str, int, str]]) -> None:
    registry = Registry(parse_home("entities: [{id: switch.lamp, name: Known lamp}]").home)
    pins = set()
    announced: dict[int, str] = {}
    for what, number, name in steps:
        if what == "announce":
            lamp(registry, number, name=name, def_ent_id=name.lower() if "." in name else "")
            announced[number] = name
        elif what == "remove":
            registry.feed(f"homeassistant/switch/s{number}/config", b"")
            announced.pop(number, None)
        elif what == "state":
            registry.feed(f"lamp{number}", b"ON")
        else:
            pins.add(f"switch.{name.lower().removeprefix('switch.')}")
            registry.add(Entity(f"switch.{name.lower().removeprefix('switch.')}", name))
    entities = registry.snapshot().entities
    by_topic = {}
    for entity in entities:
        if entity.origin == "mqtt":
            [message] = registry.encode(Action(entity.id, "turn_on"))
            assert isinstance(message, Publish)
            by_topic[message.topic] = entity.id
    assert set(by_topic) == {f"lamp{number}/set" for number in announced}
    assert {entity.id for entity in entities if entity.origin == "gpio"} == pins
    assert registry.topics() - registry.discovery_topics() == {f"lamp{number}" for number in announced}
    known = {entity.id for entity in entities}
    assert "switch.lamp" in known
