"""What policy allows, asks and refuses; and the store of open questions."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config import PolicySettings
from appliance.disguises import same_message
from appliance.messages import COMMANDS, Action, Entity, Publish, Request
from appliance.policy import MAX_PENDING, MAX_WINDOWS, Pending, Policy, action_kind, dangers

REQUEST = Request("1", "…", "cli")
DISGUISES = ("unlock", "disarm", "open_door", "open_garage", "open_gate", "open_valve", "oven")


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def entity(entity_id: str, name: str = "Thing", device_class: str | None = None) -> Entity:
    return Entity(entity_id, name, device_class=device_class)


def wall(clock: str) -> time.struct_time:
    return time.strptime(clock, "%H:%M")


@pytest.mark.parametrize(
    ("thing", "action", "kind"),
    [
        (entity("lock.a"), Action("lock.a", "unlock"), "unlock"),
        (entity("lock.a"), Action("lock.a", "lock"), ""),
        (entity("alarm_control_panel.a"), Action("alarm_control_panel.a", "disarm"), "disarm"),
        (entity("alarm_control_panel.a"), Action("alarm_control_panel.a", "arm"), ""),
        (entity("cover.g", device_class="garage"), Action("cover.g", "open"), "open_garage"),
        (entity("cover.g", device_class="garage"), Action("cover.g", "close"), ""),
        (entity("cover.g", device_class="garage"), Action("cover.g", "set_position", {"position": 10}), "open_garage"),
        (entity("cover.g", device_class="garage"), Action("cover.g", "set_position", {"position": 0}), ""),
        (entity("cover.g", "Garage door"), Action("cover.g", "open"), "open_garage"),
        (entity("cover.g", "Garage door", "shutter"), Action("cover.g", "open"), "open_garage"),
        (entity("cover.g", "Driveway gate", "shutter"), Action("cover.g", "open"), "open_gate"),
        (entity("cover.g", "Garage window", "shutter"), Action("cover.g", "open"), ""),
        (entity("cover.g", "Balcony door", "blind"), Action("cover.g", "open"), ""),
        (entity("cover.g", device_class="gate"), Action("cover.g", "open"), "open_gate"),
        (entity("cover.d", device_class="door"), Action("cover.d", "open"), "open_door"),
        (entity("cover.b", "Gate blind", "blind"), Action("cover.b", "open"), ""),
        (entity("valve.w"), Action("valve.w", "open"), "open_valve"),
        (entity("valve.w"), Action("valve.w", "close"), ""),
        (entity("switch.s", "Driveway gate"), Action("switch.s", "turn_on"), "open_gate"),
        (entity("button.s", "Garage door opener"), Action("button.s", "press"), "open_garage"),
        (entity("switch.s", "Garage door light"), Action("switch.s", "turn_on"), ""),
        (entity("switch.s", "Front door buzzer"), Action("switch.s", "turn_on"), "open_door"),
        (entity("script.s", "Unlock everything"), Action("script.s", "activate"), "open_door"),
        (entity("switch.o", "Oven"), Action("switch.o", "turn_on"), "oven"),
        (entity("switch.h", "Heater"), Action("switch.h", "turn_on"), "heat"),
        (entity("lock.a"), Action("lock.a", "open"), "unlock"),
        (entity("lock.a"), Action("lock.a", "turn_off"), "unlock"),
        (entity("alarm_control_panel.a"), Action("alarm_control_panel.a", "turn_off"), "disarm"),
        (entity("switch.s", "Front door"), Action("switch.s", "turn_on"), "open_door"),
        (entity("switch.s", "Front lock"), Action("switch.s", "turn_off"), "open_door"),
        (entity("switch.s", "Child lock"), Action("switch.s", "turn_off"), ""),
        (entity("switch.s", "Alarm"), Action("switch.s", "turn_off"), "disarm"),
        (entity("switch.s", "Water valve"), Action("switch.s", "turn_on"), "open_valve"),
        (entity("switch.s", "Water valve"), Action("switch.s", "turn_off"), ""),
        (entity("select.s", "Alarm mode"), Action("select.s", "select_option", {"option": "Disarmed"}), "disarm"),
        (entity("select.s", "Door lock"), Action("select.s", "select_option", {"option": "unlock"}), "unlock"),
        (entity("select.s", "Alarm mode"), Action("select.s", "select_option", {"option": "armed"}), ""),
        (entity("valve.w"), Action("valve.w", "set_position", {"position": 0}), ""),
        (entity("number.g", "Gate position"), Action("number.g", "set_value", {"value": 100.0}), "open_gate"),
        (entity("number.g", "Gate position"), Action("number.g", "set_value", {"value": 0}), ""),
        (entity("number.g", "Gate closing delay"), Action("number.g", "set_value", {"value": 5}), ""),
        (entity("number.o", "Oven temperature"), Action("number.o", "set_value", {"value": 220}), "oven"),
        (entity("select.o", "Oven program"), Action("select.o", "select_option", {"option": "Bake"}), "oven"),
        (entity("select.o", "Oven program"), Action("select.o", "select_option", {"option": "Off"}), ""),
        (entity("switch.o", "Oven"), Action("switch.o", "turn_off"), ""),
        (entity("water_heater.t"), Action("water_heater.t", "turn_on"), "heat"),
        (entity("light.k", "Oven light"), Action("light.k", "turn_on"), ""),
        (entity("light.k"), Action("light.k", "turn_on"), ""),
    ],
)
def test_kind_of_action(thing: Entity, action: Action, kind: str) -> None:
    assert action_kind(action, thing) == kind


def test_plain_actions_are_allowed_and_delicate_ones_are_asked() -> None:
    policy = Policy()
    lamp, lock = entity("light.a", "Lamp"), entity("lock.a", "Front door")
    assert policy.check(Action("light.a", "turn_on"), lamp, REQUEST, everything=False).kind == "allow"
    verdict = policy.check(Action("lock.a", "unlock"), lock, REQUEST, everything=False)
    assert (verdict.kind, verdict.reason) == ("confirm", "Shall I unlock Front door?")
    assert policy.check(Action("lock.a", "lock"), lock, REQUEST, everything=True).kind == "allow"


@pytest.mark.parametrize(
    ("thing", "command"),
    [
        (entity("lock.a"), "unlock"),
        (entity("cover.g", device_class="garage"), "open"),
        (entity("cover.g", device_class="gate"), "open"),
        (entity("valve.w"), "open"),
        (entity("alarm_control_panel.a"), "disarm"),
        (entity("switch.s", "Garden gate"), "turn_off"),
        (entity("switch.o", "Oven"), "turn_on"),
    ],
)
def test_a_sweep_opens_nothing_even_without_confirmations(thing: Entity, command: str) -> None:
    policy = Policy(PolicySettings(confirm=()))
    assert policy.check(Action(thing.id, command), thing, REQUEST, everything=True).kind == "refuse"
    assert policy.check(Action(thing.id, command), thing, REQUEST, everything=False).kind == "allow"


def test_what_is_asked_can_be_configured() -> None:
    policy = Policy(PolicySettings(confirm=("oven",), confirm_entities=("switch.saw*",)))
    oven, saw, lock = entity("switch.oven", "Oven"), entity("switch.saw_1", "Saw"), entity("lock.a")
    assert policy.check(Action("switch.oven", "turn_on"), oven, REQUEST, everything=False).kind == "confirm"
    assert policy.check(Action("switch.oven", "turn_off"), oven, REQUEST, everything=False).kind == "allow"
    assert policy.check(Action("switch.saw_1", "turn_off"), saw, REQUEST, everything=False).kind == "confirm"
    assert policy.check(Action("lock.a", "unlock"), lock, REQUEST, everything=False).kind == "allow"


@pytest.mark.parametrize(
    ("allow", "deny", "kind"),
    [
        (("*",), (), "allow"),
        (("light.*",), (), "allow"),
        (("switch.*",), (), "refuse"),
        ((), (), "refuse"),
        (("*",), ("light.*",), "refuse"),
        (("light.a",), ("light.b",), "allow"),
        (("*",), ("LIGHT.*",), "allow"),
    ],
)
def test_allow_and_deny(allow: tuple[str, ...], deny: tuple[str, ...], kind: str) -> None:
    policy = Policy(PolicySettings(allow=allow, deny=deny))
    assert policy.check(Action("light.a", "turn_on"), entity("light.a"), REQUEST, everything=False).kind == kind


def test_each_source_has_its_rate() -> None:
    clock = Clock()
    policy = Policy(PolicySettings(per_source_per_minute=3), clock=clock)

    def one(source: str) -> bool:
        return policy.admit(Request("1", "…", source))

    assert [one("cli") for _ in range(4)] == [True, True, True, False]
    assert one("voice")
    clock.now += 59.9
    assert not one("cli")
    clock.now += 0.2
    assert one("cli")


def test_each_entity_has_its_rate_and_refusals_do_not_count() -> None:
    clock = Clock()
    policy = Policy(PolicySettings(per_entity_per_minute=2), clock=clock)

    def one(entity_id: str) -> str:
        return policy.check(Action(entity_id, "turn_on"), entity(entity_id), REQUEST, everything=False).kind

    assert [one("light.a") for _ in range(3)] == ["allow", "allow", "refuse"]
    assert one("light.b") == "allow"
    clock.now += 60
    assert one("light.a") == "allow"


def test_a_dry_run_counts_nothing() -> None:
    policy = Policy(PolicySettings(per_source_per_minute=1, per_entity_per_minute=1, total_per_minute=1))
    dry = Request("1", "…", "cli", dry_run=True)
    for _ in range(3):
        assert policy.admit(dry)
        assert policy.check(Action("light.a", "turn_on"), entity("light.a"), dry, everything=False).kind == "allow"
    assert policy.admit(REQUEST)
    assert policy.check(Action("light.a", "turn_on"), entity("light.a"), REQUEST, everything=False).kind == "allow"


def test_the_node_has_a_rate_of_its_own_whatever_the_sources_are_called() -> None:
    clock = Clock()
    policy = Policy(PolicySettings(total_per_minute=10), clock=clock)
    assert [policy.admit(Request("1", "…", f"mqtt:reply/{n}")) for n in range(12)] == [True] * 10 + [False] * 2
    clock.now += 60
    assert policy.admit(REQUEST)


def test_many_sources_do_not_make_rates_forgotten_nor_memory_grow() -> None:
    policy = Policy(PolicySettings(per_entity_per_minute=2, total_per_minute=100_000), clock=Clock())
    lamp = entity("light.a")

    def one() -> str:
        return policy.check(Action("light.a", "turn_on"), lamp, REQUEST, everything=False).kind

    assert [one() for _ in range(3)] == ["allow", "allow", "refuse"]
    for number in range(3 * MAX_WINDOWS):
        policy.admit(Request("1", "…", f"mqtt:reply/{number}"))
    assert one() == "refuse"
    assert len(policy._sources) <= MAX_WINDOWS
    assert len(policy._entities) <= MAX_WINDOWS


@pytest.mark.parametrize(("command", "kind"), [("turn_on", "confirm"), ("turn_off", "allow")])
def test_switching_on_the_whole_home_is_asked(command: str, kind: str) -> None:
    policy = Policy()
    lamp = entity("light.a")
    action = Action("light.a", command)
    assert policy.check(action, lamp, REQUEST, everything=True, whole_home=True).kind == kind
    assert policy.check(action, lamp, REQUEST, everything=True).kind == "allow"
    careful = Policy(PolicySettings(confirm=("everything_off",)))
    assert careful.check(action, lamp, REQUEST, everything=True, whole_home=True).kind != kind


def test_what_a_disguise_is_counts_not_what_it_says() -> None:
    lamp = entity("light.a", "Kitchen lamp")
    verdict = Policy().check(Action("light.a", "turn_on"), lamp, REQUEST, everything=False, disguised="unlock")
    assert verdict.kind == "confirm"
    sweep = Policy().check(Action("light.a", "turn_on"), lamp, REQUEST, everything=True, disguised="unlock")
    assert sweep.kind == "refuse"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("a/set", b"UNLOCK"), ("a/set", b"UNLOCK"), True),
        (("a/set", b"UNLOCK"), ("b/set", b"UNLOCK"), False),
        (("a/set", b"anything"), ("a/set", b"UNLOCK"), True),
        (("a/set", b'{ "state":"UNLOCK" }'), ("a/set", b'{"state": "UNLOCK"}'), True),
        (("a/set", b'{"child_lock": "LOCK"}'), ("a/set", b'{"state": "UNLOCK"}'), False),
        (("a/set", b"[" * 100_000), ("a/set", b'{"state": "UNLOCK"}'), True),
        (("a/set/state", b"UNLOCK"), ("a/set", b'{"state": "UNLOCK"}'), True),
        (("a/set/state", b"UNLOCK"), ("a/set", b"UNLOCK"), True),
        (("a/set/child_lock", b"UNLOCK"), ("a/set", b"UNLOCK"), False),
        (("a/set/child_lock", b"UNLOCK"), ("a/set", b'{"state": "UNLOCK"}'), False),
        (("door/lamp", b"ON"), ("door", b"OPEN"), False),
        (("cmnd/a/Power", b"1"), ("cmnd/a/POWER", b"ON"), True),
        (("cmnd/a/POWER1", b"ON"), ("cmnd/a/POWER", b"ON"), True),
        (("cmnd/a/POWER2", b"ON"), ("cmnd/a/POWER1", b"ON"), False),
        (("cmnd/b/POWER", b"ON"), ("cmnd/a/POWER", b"ON"), False),
        (("cmnd/a/BACKLOG", b"Power1 1"), ("cmnd/a/POWER1", b"ON"), True),
        (("cmnd/a/POWER0", b"1"), ("cmnd/a/POWER2", b"ON"), True),
        (("cmnd/a/Dimmer", b"1"), ("cmnd/a/POWER2", b"ON"), False),
    ],
)
def test_messages_that_may_command_the_same(one: tuple[str, bytes], other: tuple[str, bytes], same: bool) -> None:
    assert same_message(Publish(*one), Publish(*other)) == same
    assert same_message(Publish(*other), Publish(*one)) == same


def test_what_of_an_entity_is_dangerous() -> None:
    assert {action.command for action in dangers(entity("cover.g", device_class="garage"))} == {"open", "set_position"}
    assert {action.command for action in dangers(entity("cover.g", device_class="garage"))} >= {"open"}
    assert "lock" not in {action.command for action in dangers(entity("lock.a"))}
    assert dangers(entity("light.a")) == ()


@pytest.mark.parametrize(
    ("hours", "now", "kind"),
    [
        ("22:30-06:00", "23:00", "confirm"), ("22:30-06:00", "05:59", "confirm"), ("22:30-06:00", "06:00", "allow"),
        ("22:30-06:00", "12:00", "allow"), ("13:00-15:00", "14:00", "confirm"), ("13:00-15:00", "15:00", "allow"), ("", "23:00", "allow"),
    ],
)  # fmt: skip
def test_quiet_hours(hours: str, now: str, kind: str) -> None:
    policy = Policy(PolicySettings(quiet_hours=hours), wall=lambda: wall(now))
    vacuum, lamp = entity("vacuum.r"), entity("light.a")
    assert policy.check(Action("vacuum.r", "start"), vacuum, REQUEST, everything=False).kind == kind
    assert policy.check(Action("vacuum.r", "pause"), vacuum, REQUEST, everything=False).kind == "allow"
    assert policy.check(Action("light.a", "turn_on"), lamp, REQUEST, everything=False).kind == "allow"


@pytest.mark.parametrize(
    ("command", "data", "kind"),
    [
        ("media_pause", {}, "allow"),
        ("turn_off", {}, "allow"),
        ("volume_mute", {"is_volume_muted": True}, "allow"),
        ("volume_mute", {"is_volume_muted": False}, "confirm"),
        ("volume_set", {"volume_level": 0.5}, "confirm"),
        ("media_play", {}, "confirm"),
    ],
)
def test_in_quiet_hours_silence_needs_no_yes(command: str, data: dict[str, object], kind: str) -> None:
    policy = Policy(PolicySettings(quiet_hours="22:00-06:00"), wall=lambda: wall("23:00"))
    player = entity("media_player.a")
    assert policy.check(Action(player.id, command, data), player, REQUEST, everything=False).kind == kind


@given(
    st.sampled_from(sorted(COMMANDS)),
    st.text(max_size=30),
    st.sampled_from(["lock", "cover", "valve", "switch", "light", "button"]),
)
def test_every_action_gets_a_verdict(command: str, name: str, domain: str) -> None:
    thing = entity(f"{domain}.x", name)
    verdict = Policy().check(Action(thing.id, command), thing, REQUEST, everything=True)
    assert verdict.kind in {"allow", "confirm", "refuse"}
    assert (verdict.kind == "allow") == (verdict.reason == "")


@given(st.sampled_from(sorted(COMMANDS)), st.text(max_size=30), st.sampled_from(sorted(DISGUISES)), st.booleans())
def test_no_name_makes_a_way_in_harmless(command: str, name: str, disguise: str, everything: bool) -> None:
    """Whatever a lock, an alarm, a garage door or a valve is called, and whatever it announces itself as besides."""
    for thing, safe in (
        (entity("lock.x", name), {"lock"}),
        (entity("alarm_control_panel.x", name), {"arm"}),
        (entity("cover.x", name, "garage"), {"close", "stop", "turn_off"}),
        (entity("valve.x", name), {"close", "stop", "turn_off"}),
    ):
        kind = Policy().check(Action(thing.id, command), thing, REQUEST, everything=everything).kind
        assert kind == "allow" if command in safe else kind in {"confirm", "refuse"}
    lamp = entity("light.x", name)
    verdict = Policy().check(Action(lamp.id, command), lamp, REQUEST, everything=everything, disguised=disguise)
    assert verdict.kind in {"confirm", "refuse"}


# --- open questions --------------------------------------------------------------------------------

UNLOCK = (Action("lock.a", "unlock"),)


def test_an_answer_comes_from_the_same_source_and_counts_once() -> None:
    pending = Pending(clock=Clock())
    pending.put("voice", UNLOCK)
    assert pending.take("cli") == ()
    assert pending.waiting("voice")
    assert pending.take("voice") == UNLOCK
    assert pending.take("voice") == ()
    assert not pending.waiting("voice")


def test_a_question_expires() -> None:
    clock = Clock()
    pending = Pending(30, clock=clock)
    pending.put("cli", UNLOCK)
    clock.now += 29.9
    assert pending.waiting("cli")
    clock.now += 0.1
    assert not pending.waiting("cli")
    assert pending.take("cli") == ()


def test_a_wrong_nonce_takes_the_question_away() -> None:
    pending = Pending(clock=Clock())
    nonce = pending.put("cli", UNLOCK).nonce
    assert pending.take("cli", "0" * len(nonce)) == ()
    assert pending.take("cli", nonce) == ()
    nonce = pending.put("cli", UNLOCK).nonce
    assert pending.take("cli", nonce) == UNLOCK


def test_a_code_counts_for_its_own_question_once() -> None:
    pending = Pending(clock=Clock())
    code = pending.put("cli", UNLOCK).code
    assert re.fullmatch(r"[0-9]{4}", code)
    assert pending.take("cli", code=f"{(int(code) + 1) % 10_000:04d}") == ()
    assert pending.take("cli", code=code) == (), "one guess only"
    assert pending.take("cli", code=pending.put("cli", UNLOCK).code) == UNLOCK


@given(st.text(max_size=40))
def test_any_text_is_a_wrong_nonce(text: str) -> None:
    pending = Pending(clock=Clock())
    assert text == pending.put("cli", UNLOCK).nonce or pending.take("cli", text) == ()


def test_a_new_question_replaces_the_old_one() -> None:
    pending = Pending(clock=Clock())
    old = pending.put("cli", UNLOCK)
    new = pending.put("cli", (Action("cover.g", "open"),))
    assert old != new
    assert pending.take("cli") == (Action("cover.g", "open"),)


def test_open_questions_are_bounded() -> None:
    pending = Pending(clock=Clock())
    for i in range(MAX_PENDING + 5):
        pending.put(f"mqtt:{i}", UNLOCK)
    assert not pending.waiting("mqtt:0")
    assert pending.waiting(f"mqtt:{MAX_PENDING + 4}")


@pytest.mark.parametrize(
    ("thing", "command", "asked"),
    [
        (entity("lock.a"), "unlock", True),
        (entity("lock.a"), "lock", False),
        (entity("alarm_control_panel.a"), "disarm", True),
        (entity("cover.g", device_class="garage"), "open", True),
        (entity("cover.g", device_class="garage"), "close", False),
        (entity("valve.w"), "open", True),
        (entity("cover.b", "Blind", "blind"), "open", False),
        (entity("light.l", "Lamp"), "turn_on", False),
        (entity("switch.k", "Kettle"), "turn_on", False),
    ],
)
def test_what_was_misheard_is_asked_about_whatever_is_configured(thing: Entity, command: str, *, asked: bool) -> None:
    bold = Policy(PolicySettings(confirm=()))
    assert bold.check(Action(thing.id, command), thing, REQUEST, everything=False).kind == "allow"
    guessed = bold.check(Action(thing.id, command), thing, REQUEST, everything=False, guessed=True)
    assert guessed.kind == ("confirm" if asked else "allow")


def test_rules_for_an_id_are_for_its_twin_too() -> None:
    policy = Policy(PolicySettings(deny=("lock.front",), confirm_entities=("switch.saw",)))
    lock = Entity("lock.front_4a60bf", "Front", twin_of="lock.front")
    saw = Entity("switch.saw_4a60bf", "Saw", twin_of="switch.saw")
    assert policy.check(Action(lock.id, "lock"), lock, REQUEST, everything=False).kind == "refuse"
    assert policy.check(Action(saw.id, "turn_on"), saw, REQUEST, everything=False).kind == "confirm"
