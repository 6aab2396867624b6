"""One request from words to the reported state, with real resolver, policy, registry and store."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.assistant import Assistant, Limits, affirmed
from appliance.config import PolicySettings
from appliance.demo.render import exit_code
from appliance.home import Registry
from appliance.interpreter import UNSURE, Interpreter
from appliance.messages import Action, Call, Quantity, Reply, Request, Result, Target
from appliance.policy import Pending, Policy
from appliance.resolver import Resolver
from appliance.services import Services
from appliance.store import Store
from tests.flow.fakes import FakeDoors, FakeModel, Known, Read, announce, obedient, put_plainly, registry, report

LAMP_ON = Call("TurnOn", Target(name="kitchen lamp"))
PLUG_ON = Call("TurnOn", Target(name="kitchen plug"))
LAMP = Call("TurnOn", Target(name="lamp"))
SAUNA_ON = Call("TurnOn", Target(name="sauna"))
UNLOCK = Call("Unlock", Target(name="hall door"))
LAMP_HALF = Call("LightSet", Target(name="kitchen lamp"), values={"brightness": Quantity(50, words="half")})
PLUG_OFF = Call("TurnOff", Target(name="kitchen plug"))

SENTENCES: Mapping[str, Known] = {
    "lamp on": LAMP_ON,
    "lamp half": LAMP_HALF,
    "plug on": PLUG_ON,
    "plug off": PLUG_OFF,
    "it off": Call("TurnOff", Target(it=True)),
    "unlock": UNLOCK,
    "unlock all": Call("Unlock", Target(domain="lock", everything=True)),
    "lamp on and unlock": Read((LAMP_ON, UNLOCK)),
    "all off": Call("TurnOff", Target(everything=True)),
    "sauna on": SAUNA_ON,
    "yes": Call("Confirm"),
    "no": Call("Deny"),
    "timer": Call("StartTimer", values={"duration": Quantity(300, unit="s", words="five minutes")}),
    "unsure": [Read((LAMP_ON,), 0.3), Read((PLUG_ON,), 0.29), Read((LAMP_HALF,), 0.28)],
    "no idea": [
        Read((LAMP_ON,), 0.11),
        Read((PLUG_ON,), 0.1),
        Read((Call("Lock", Target(name="hall door")),), 0.1),
        Read((LAMP_HALF,), 0.1),
        Read((PLUG_OFF,), 0.1),
    ],
    "two ways to the lamp": [Read((PLUG_ON,), 0.4), Read((LAMP_ON,), 0.3), Read((LAMP,), 0.25)],
    "sauna or lamp": [Read((SAUNA_ON,), 0.6), Read((LAMP_ON,), 0.3)],
    "surely the sauna": [Read((SAUNA_ON,), 0.9), Read((LAMP_ON,), 0.05)],
    "talk or lamp": [Read((Call("None", values={"why": "talk"}),), 0.5), Read((LAMP_ON,), 0.45)],
    "too long": Read(refusal="That is too long."),
    "hall plug on": Call("TurnOn", Target(name="hall plug")),
    "kitchen plug on": Call("TurnOn", Target(name="kitchen plug")),
    "brighter": Call("LightSet", values={"brightness": Quantity(None, "up")}),
    "make it a bit brighter": Call("LightSet", Target(it=True), values={"brightness": Quantity(None, "up")}),
    "cancel it": Call("Nevermind"),
    "is the kitchen plug on": Call("GetState", Target(name="kitchen plug"), values={"ask": "yesno", "state": "on"}),
    "note": Call("GetState", Target(name="note"), values={"ask": "one"}),
    "lock": Call("Lock", Target(name="hall door")),
    "add milk": Call("ListAdd", values={"item": ("milk",)}),
    "everything on": Call("TurnOn", Target(everything=True)),
    "unlock them both": Call("Unlock", Target(it=True)),
    "longer": Call("IncreaseTimer", values={"duration": Quantity(60, unit="s", words="a minute")}),
}


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Rig:
    """An assistant whose outer edges are fakes."""

    def __init__(self, policy: PolicySettings | None = None) -> None:
        self.home: Registry = registry()
        self.doors = FakeDoors(obedient(self.home))
        self.store = Store(None)
        self.clock = Clock()
        self.services = Services(self.store, ring=lambda _timer: None, announce=lambda _text: None)
        self.assistant = Assistant(
            interpreter=Interpreter(
                FakeModel(put_plainly(SENTENCES, self.home.snapshot())), Resolver(), min_confidence=0.4
            ),
            policy=Policy(policy or PolicySettings(), clock=self.clock),
            pending=Pending(30, clock=self.clock),
            home=self.home,
            doors=self.doors,
            services=self.services,
            record=self.store.record,
            limits=Limits(confirm_timeout_s=0.05, unchanged_timeout_s=0.02),
        )

    def ask(self, text: str, source: str = "cli", *, dry_run: bool = False, deadline: float | None = None) -> Reply:
        return self.assistant.handle(Request("r", text, source, dry_run=dry_run, deadline=deadline))


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_a_confirmed_command_says_what_is_so_now(rig: Rig) -> None:
    reply = rig.ask("lamp on")
    (action,) = reply.actions
    assert action.result is Result.CONFIRMED
    assert action.topic == "zigbee2mqtt/Kitchen lamp/set"
    assert action.state["state"] == "on"
    assert reply.intents[0].name == "HassTurnOn"
    assert reply.intents[0].entities == ("light.kitchen_lamp",)
    assert reply.route == "command"
    assert set(reply.ms) == {"understand", "decide", "act", "confirm", "answer", "total"}
    assert "on" in reply.text


def test_brightness_is_confirmed_within_the_device_scale(rig: Rig) -> None:
    (action,) = rig.ask("lamp half").actions
    assert action.result is Result.CONFIRMED
    assert action.state["brightness"] == pytest.approx(128, abs=3)


def test_a_silent_device_is_never_called_done(rig: Rig) -> None:
    rig.doors.device = lambda _message: None
    reply = rig.ask("lamp on")
    assert reply.actions[0].result is Result.SENT
    assert "no answer" in reply.text


def test_a_device_that_was_so_already_and_says_nothing(rig: Rig) -> None:
    report(rig.home, "Kitchen plug", {"state": "ON"})
    rig.doors.device = lambda _message: None
    assert rig.ask("plug on").actions[0].result is Result.UNCHANGED


def test_a_broken_door_is_told(rig: Rig) -> None:
    rig.doors.broken = "the broker is away"
    reply = rig.ask("lamp on")
    assert reply.actions[0].result is Result.FAILED
    assert "the broker is away" in reply.text


def test_what_the_broker_refuses_is_told(rig: Rig) -> None:
    rig.doors.device = lambda _message: None
    rig.doors.refusal = "not authorized"
    reply = rig.ask("lamp on")
    assert reply.actions[0].result is Result.FAILED
    assert "not authorized" in reply.text


def test_a_yes_is_not_for_what_a_thing_has_become_since() -> None:
    rig = Rig(PolicySettings(confirm_entities=("switch.kitchen_plug",)))
    assert "Shall I really turn on Kitchen plug" in rig.ask("plug on").text
    announce(rig.home, "switch", "Kitchen plug", {"command_topic": "zigbee2mqtt/Hall door/set", "payload_on": "UNLOCK"})
    assert "become something else" in rig.ask("yes").text
    assert not rig.doors.published
    assert "nothing waiting" in rig.ask("yes").text


def test_unlocking_asks_first_and_only_the_same_source_may_answer(rig: Rig) -> None:
    reply = rig.ask("unlock", "mqtt:a")
    assert reply.actions[0].result is Result.PENDING
    assert "Shall I unlock Hall door" in reply.text
    assert not rig.doors.published
    assert "nothing waiting" in rig.ask("yes", "mqtt:b").text
    assert not rig.doors.published
    assert rig.ask("yes", "mqtt:a").actions[0].result is Result.CONFIRMED
    assert "nothing waiting" in rig.ask("yes", "mqtt:a").text
    assert len(rig.doors.published) == 1


def test_a_question_is_forgotten_after_its_time(rig: Rig) -> None:
    rig.ask("unlock")
    rig.clock.now += 31
    rig.ask("yes")
    assert not rig.doors.published


def test_no_means_no(rig: Rig) -> None:
    rig.ask("unlock")
    assert "leave it" in rig.ask("no").text
    rig.ask("yes")
    assert not rig.doors.published


def test_only_the_delicate_half_of_a_sentence_waits(rig: Rig) -> None:
    results = [action.result for action in rig.ask("lamp on and unlock").actions]
    assert results == [Result.CONFIRMED, Result.PENDING]


def test_locks_are_never_part_of_all(rig: Rig) -> None:
    rig.ask("all off")
    rig.ask("unlock all")
    rig.ask("yes")
    assert not [message for message in rig.doors.published if "Hall door" in message.topic]


def test_denied_entities_stay_untouched() -> None:
    rig = Rig(PolicySettings(deny=("switch.kitchen_*",)))
    reply = rig.ask("plug on")
    assert reply.actions[0].result is Result.REFUSED
    assert "forbids" in reply.text
    assert not rig.doors.published


def test_it_is_what_the_same_source_spoke_of(rig: Rig) -> None:
    rig.ask("plug on", "voice")
    assert rig.ask("it off", "voice").actions[0].entity == "switch.kitchen_plug"
    assert not rig.ask("it off", "mqtt:other").actions


@pytest.mark.parametrize("text", ["sauna on", "never heard", "no idea", "too long", "surely the sauna", "talk or lamp"])
def test_what_is_not_understood_moves_nothing_and_says_why(rig: Rig, text: str) -> None:
    reply = rig.ask(text)
    assert not reply.actions
    assert not rig.doors.published
    assert reply.text
    if text == "no idea":
        assert reply.text == UNSURE


def test_what_is_not_sure_is_asked_about_and_done_after_a_yes(rig: Rig) -> None:
    reply = rig.ask("unsure")
    assert reply.text == "Did you mean: Kitchen lamp on? Please say yes or no."
    assert [action.result for action in reply.actions] == [Result.PENDING]
    assert not rig.doors.published
    assert rig.ask("yes").actions[0].result is Result.CONFIRMED
    assert "nothing waiting" in rig.ask("yes").text


def test_what_is_not_sure_is_left_after_a_no(rig: Rig) -> None:
    rig.ask("unsure")
    rig.ask("no")
    assert not rig.doors.published
    assert "nothing waiting" in rig.ask("yes").text


def test_who_cannot_answer_is_not_asked(rig: Rig) -> None:
    reply = rig.assistant.handle(Request("r", "unsure", "cli", by="automation"))
    assert [action.result for action in reply.actions] == [Result.REFUSED]
    assert not rig.doors.published


@pytest.mark.parametrize("text", ["two ways to the lamp", "sauna or lamp"])
def test_readings_that_come_to_the_same_in_this_home_win_together(rig: Rig, text: str) -> None:
    assert [action.entity for action in rig.ask(text).actions] == ["light.kitchen_lamp"]


def test_dry_run_shows_the_command_and_sends_nothing(rig: Rig) -> None:
    (action,) = rig.ask("lamp on", dry_run=True).actions
    assert action.result is Result.DRY_RUN
    assert action.payload
    assert not rig.doors.published
    rig.ask("unlock", dry_run=True)
    assert "nothing waiting" in rig.ask("yes").text


def test_text_that_no_encoding_knows_is_survived(rig: Rig) -> None:
    reply = rig.ask("lamp \udcff on")
    assert not reply.actions
    assert rig.store.entries()[0].heard == "lamp ? on"


def test_nothing_that_devices_say_steers_a_terminal(rig: Rig) -> None:
    announce(rig.home, "sensor", "Note", {"value_template": "{{ value_json.text }}"})
    report(rig.home, "Note", {"text": "hi \x1b[2J\x1b]0;owned\x07 \u202eereht"})
    reply = rig.ask("note")
    assert "hi" in reply.text
    assert reply.text.isprintable()
    rig.ask("note\x1b[2J")
    assert all(entry.heard.isprintable() and entry.reply.isprintable() for entry in rig.store.entries())


def test_a_late_request_moves_nothing(rig: Rig) -> None:
    for text in ("lamp on", "timer", "unlock"):
        reply = rig.ask(text, deadline=0.0)
        assert "too long ago" in reply.refusals[0]
    assert not rig.doors.published
    assert rig.ask("yes").refusals == ("There is nothing waiting for an answer.",)


def test_the_log_tells_what_was_done(rig: Rig) -> None:
    rig.ask("lamp on")
    (entry,) = rig.store.entries()
    assert entry.heard == "lamp on"
    assert entry.actions[0]["topic"] == "zigbee2mqtt/Kitchen lamp/set"


def test_timers_need_no_device(rig: Rig) -> None:
    reply = rig.ask("timer")
    assert reply.intents[0].name == "HassStartTimer"
    assert reply.text == "A timer is set for 5 minutes."


def test_sources_are_forgotten_at_a_bound(rig: Rig, tmp_path: Path) -> None:
    for i in range(200):
        rig.ask("lamp on", f"mqtt:{tmp_path.name}{i}")
    assert len(rig.assistant._conversation) <= 64


# --- questions, and who may answer them ------------------------------------------------------------


def shared(rig: Rig, text: str, confirm: str | None = None, **more: Any) -> Reply:
    return rig.assistant.handle(Request("r", text, "mqtt:ternd/n/reply", private=False, confirm=confirm, **more))


def test_a_shared_source_must_quote_the_code(rig: Rig) -> None:
    asked = shared(rig, "unlock")
    assert asked.question is not None
    assert f"Please answer: yes {asked.question.code}." in asked.text
    assert "code" in shared(rig, "yes").refusals[0]
    assert not rig.doors.published
    assert shared(rig, f"Yes, {asked.question.code}").actions[0].result is Result.CONFIRMED
    assert shared(rig, f"yes {asked.question.code}").actions == (), "a code counts once"


def test_a_shared_source_may_quote_the_nonce(rig: Rig) -> None:
    asked = shared(rig, "unlock")
    assert asked.question is not None
    assert shared(rig, "yes", asked.question.nonce).actions[0].result is Result.CONFIRMED


def test_a_deed_in_between_ends_the_question(rig: Rig) -> None:
    rig.ask("unlock")
    rig.ask("lamp on")
    assert rig.ask("yes").refusals
    assert not any("Hall door" in message.topic for message in rig.doors.published)


def test_a_question_about_the_home_in_between_does_not(rig: Rig) -> None:
    rig.ask("unlock")
    rig.ask("is the kitchen plug on")
    assert rig.ask("yes").actions[0].result is Result.CONFIRMED


@pytest.mark.parametrize("by", ["timer", "input", "watch"])
def test_machines_say_no_yes(rig: Rig, by: str) -> None:
    rig.ask("unlock")
    assert rig.assistant.handle(Request("r", "yes", "cli", by=by)).refusals
    assert not rig.doors.published
    assert rig.ask("yes").actions[0].result is Result.CONFIRMED, "and they take nobody's question away"


@pytest.mark.parametrize(
    ("text", "is_yes"),
    [("yes", True), ("Yes, please!", True), ("ok do it", True), ("no", False), ("yes no", False), ("don't", False), ("guess", False),
     ("yes we had a lovely dinner with the neighbours", False), ("", False), ("are you sure about that", False), ("sure about that", False),
     ("is that right", False), ("you sure", False), ("the right one", False), ("yes?", False), ("do you mean it", False), ("why ok", False),
     ("um yes", True), ("go ahead please", True), ("of course, do it", True), ("i am sure", True), ("that's right", True),
     ("sure, go for it", True), ("all right, do it", True), ("please do", True), ("yes thank you", True)],
)  # fmt: skip
def test_what_is_a_yes(text: str, is_yes: bool) -> None:
    assert affirmed(text) == is_yes


def test_decided_commands_go_through_policy(rig: Rig) -> None:
    unlock = Action("lock.hall_door", "unlock", expect={"state": "unlocked"})
    request = Request("r", "unlock lock.hall_door", "input:x", by="input", actions=(unlock,))
    refused = rig.assistant.handle(request)
    assert refused.actions[0].result is Result.REFUSED
    assert refused.question is None
    assert rig.assistant.handle(replace(request, confirmed=True)).actions[0].result is Result.CONFIRMED
    gone = replace(request, actions=(Action("light.gone", "turn_on"),))
    assert rig.assistant.handle(gone).actions[0].result is Result.REFUSED


def test_the_yes_of_the_configuration_is_not_for_what_a_thing_has_become_since() -> None:
    rig = Rig()
    announce(rig.home, "cover", "Awning", {"command_topic": "awning/set"})
    button = Request("r", "", "input:x", by="input", confirmed=True)
    plug = replace(button, actions=(Action("switch.kitchen_plug", "turn_on", expect={"state": "on"}),))
    awning = replace(button, actions=(Action("cover.awning", "open"),))
    assert rig.assistant.handle(plug).actions[0].result is Result.CONFIRMED
    assert rig.assistant.handle(awning).actions[0].result is Result.SENT
    rig.doors.published.clear()
    announce(rig.home, "switch", "Kitchen plug", {"command_topic": "zigbee2mqtt/Hall door/set", "payload_on": "UNLOCK"})
    announce(rig.home, "cover", "Awning", {"command_topic": "awning/set", "device_class": "garage"})
    for request in (plug, awning):
        reply = rig.assistant.handle(request)
        assert reply.actions[0].result is Result.REFUSED
        assert "become something else" in reply.text
    assert not rig.doors.published


def test_the_yes_of_the_configuration_is_for_no_other_lock() -> None:
    rig = Rig()
    shed = {"command_topic": "zigbee2mqtt/Hall door/set", "payload_unlock": "UNLOCK", "unique_id": "shed"}
    announce(rig.home, "lock", "Shed", shed)
    unlock = Request("r", "", "input:x", by="input", confirmed=True, actions=(Action("lock.shed", "unlock"),))
    assert rig.assistant.handle(unlock).actions[0].result is Result.REFUSED
    assert not rig.doors.published


def test_the_whole_home_at_once_is_asked_about_once(rig: Rig) -> None:
    asked = rig.ask("everything on")
    assert asked.text.count("Shall I really switch on everything?") == 1
    assert not rig.doors.published
    assert {action.result for action in rig.ask("yes").actions} == {Result.CONFIRMED}


def test_a_request_counts_once_however_much_it_does() -> None:
    rig = Rig(PolicySettings(per_source_per_minute=2))
    plugs = tuple(Action(f"switch.{room}_plug", "turn_on", expect={"state": "on"}) for room in ("kitchen", "hall"))
    for _ in range(2):
        reply = rig.assistant.handle(Request("r", "x", "cli", actions=plugs))
        assert [action.result for action in reply.actions] == [Result.CONFIRMED] * 2
    refused = rig.ask("lamp on")
    assert refused.actions[0].result is Result.REFUSED
    assert "too many commands" in refused.text
    assert rig.ask("is the kitchen plug on").intents, "questions are no commands"
    assert rig.ask("lamp on", "voice").actions[0].result is Result.CONFIRMED


def test_a_node_may_be_dry_as_a_whole() -> None:
    rig = Rig(PolicySettings(dry_run=True))
    assert rig.ask("lamp on").actions[0].result is Result.DRY_RUN
    assert "dry run" in rig.ask("timer").text
    assert not rig.doors.published


def test_a_lamp_with_the_topic_of_a_lock_is_asked_about(rig: Rig) -> None:
    announce(rig.home, "switch", "Kind lamp", {"command_topic": "zigbee2mqtt/Hall door/set", "payload_on": "UNLOCK"})
    lamp = Action("switch.kind_lamp", "turn_on")
    reply = rig.assistant.handle(Request("r", "x", "cli", actions=(lamp,)))
    assert reply.actions[0].result is Result.PENDING
    assert not rig.doors.published


def test_a_lamp_with_the_topic_of_an_alarm_that_wants_its_code_is_asked_about(rig: Rig) -> None:
    announce(rig.home, "alarm_control_panel", "Alarm", {"code": "1234"})
    announce(rig.home, "switch", "Kind lamp", {"command_topic": "zigbee2mqtt/Alarm/set", "payload_on": "DISARM"})
    reply = rig.assistant.handle(Request("r", "x", "cli", actions=(Action("switch.kind_lamp", "turn_on"),)))
    assert reply.actions[0].result is Result.PENDING
    assert not rig.doors.published


def test_what_cannot_report_is_sent_and_that_is_all(rig: Rig) -> None:
    announce(rig.home, "scene", "Movie time", {"state_topic": None})
    scene = Action("scene.movie_time", "activate")
    reply = rig.assistant.handle(Request("r", "x", "cli", actions=(scene,)))
    assert (reply.actions[0].result, reply.actions[0].reports) == (Result.SENT, False)
    assert reply.text == "Sent to Movie time, which cannot report back."
    assert exit_code(reply) == 0
    rig.doors.device = lambda _message: None
    assert exit_code(rig.ask("lamp on")) == 4, "a lamp can report, and did not"
    assert exit_code(rig.ask("unlock")) == 3


# --- from turn to turn -----------------------------------------------------------------------------


def test_the_same_for_another_thing(rig: Rig) -> None:
    rig.ask("kitchen plug on")
    assert [a.entity for a in rig.ask("and the hall plug too").actions] == ["switch.hall_plug"]
    assert rig.ask("and the dragon too").refusals, "it is not in the home, and nothing else is touched"


def test_more_without_saying_of_what(rig: Rig) -> None:
    rig.ask("lamp half")
    before = rig.ask("a bit more").actions[0].state["brightness"]
    assert rig.ask("a bit less").actions[0].state["brightness"] < before
    assert rig.ask("brighter").actions[0].state["brightness"] > before, "the lamp is still meant"


def test_undo_and_undo_again(rig: Rig) -> None:
    assert "nothing that I could undo" in rig.ask("undo that").refusals[0]
    rig.ask("plug on")
    assert rig.ask("undo that").actions[0].state["state"] == "off"
    assert rig.ask("undo that").actions[0].state["state"] == "on"


def test_undoing_the_locking_of_a_door_is_asked_about(rig: Rig) -> None:
    rig.ask("unlock")
    rig.ask("yes")
    rig.ask("lock")
    rig.doors.published.clear()
    assert rig.ask("undo that").actions[0].result is Result.PENDING
    assert not rig.doors.published


def test_not_that_one_but_the_other(rig: Rig) -> None:
    rig.ask("kitchen plug on")
    reply = rig.ask("no, I meant the hall plug")
    assert {(a.entity, a.state["state"]) for a in reply.actions} == {
        ("switch.kitchen_plug", "off"), ("switch.hall_plug", "on"),
    }  # fmt: skip


def test_no_to_a_question_is_no_correction(rig: Rig) -> None:
    rig.ask("kitchen plug on")
    rig.ask("unlock")
    rig.ask("no the hall plug")
    assert len(rig.doors.published) == 1


def test_cancel_it_ends_the_timer_that_was_just_set(rig: Rig) -> None:
    rig.ask("timer", "somebody else")
    rig.ask("timer")
    reply = rig.ask("cancel it")
    assert reply.text == "The 5 minute timer is cancelled."
    assert [timer.source for timer in rig.services.timers.all()] == ["somebody else"]
    assert rig.ask("cancel it").text == "All right."


def test_the_timer_that_was_just_set_is_the_one_that_is_changed(rig: Rig) -> None:
    rig.ask("timer")
    rig.ask("timer", "somebody else")
    rig.ask("timer")
    for text in ("longer", "another two minutes"):
        assert "left" in rig.ask(text).text
    assert [(timer.source, round(timer.remaining(time.time()) / 60)) for timer in rig.services.timers.all()] == [
        ("cli", 5), ("somebody else", 5), ("cli", 8),
    ]  # fmt: skip


def test_a_question_back_is_answered_by_the_next_sentence(rig: Rig) -> None:
    assert rig.ask("set a timer").refusals == ("For how long? Say for example: ten minutes.",)
    assert not rig.ask("seven minutes", "somebody else").intents, "nobody asked them"
    assert rig.ask("seven minutes").text == "A timer is set for 7 minutes."
    assert not rig.ask("eight minutes").intents, "the question is answered"


def test_the_same_for_a_lock_is_asked_about(rig: Rig) -> None:
    rig.ask("lock")
    rig.doors.published.clear()
    rig.ask("unlock")
    rig.ask("no")
    assert rig.ask("and the hall door too").actions[0].result is Result.PENDING
    assert not rig.doors.published


def test_more_counts_from_what_was_asked_for_until_the_device_says_otherwise(rig: Rig) -> None:
    report(rig.home, "Kitchen lamp", {"state": "ON", "brightness": 20})
    rig.doors.device = lambda _message: None
    rig.ask("lamp half")
    (intent,) = rig.ask("ten percent more").intents
    assert intent.slots["brightness"] == 60
    report(rig.home, "Kitchen lamp", {"state": "ON", "brightness": 51})
    (intent,) = rig.ask("ten percent more").intents
    assert intent.slots["brightness"] == 30


def test_what_was_asked_for_is_never_told_as_what_is(rig: Rig) -> None:
    report(rig.home, "Kitchen plug", {"state": "OFF"})
    rig.doors.device = lambda _message: None
    rig.ask("plug on")
    assert "off" in rig.ask("is the kitchen plug on").text


def test_a_deed_is_explained_also_after_talk(rig: Rig) -> None:
    assert "not done anything" in rig.ask("why did you do that").text
    rig.ask("plug on")
    rig.ask("what can you do")
    told = rig.ask("what did you do and why").text
    assert 'I heard "plug on"' in told
    assert "I sent ON to kitchen plug, and it reported that it is so." in told


def test_a_deed_is_explained_in_words(rig: Rig) -> None:
    rig.ask("lamp half")
    assert "I sent state ON, brightness 127 to kitchen lamp" in rig.ask("why").text


def test_who_did_it(rig: Rig) -> None:
    assert "not me" in rig.ask("who turned on the kitchen plug").text
    rig.ask("plug on", "voice")
    told = rig.ask("who turned on the kitchen plug").text
    assert "That was me" in told
    assert '"plug on" (voice)' in told


def test_help_speaks_of_this_home(rig: Rig) -> None:
    reply = rig.ask("what can you do?")
    assert '"dim the kitchen lamp to thirty percent"' in reply.text
    assert not reply.refusals


# --- any talk at all -------------------------------------------------------------------------------

POOL = (
    "unlock", "yes", "no", "lock", "undo that", "and the hall plug too", "the other one", "a bit more", "again", "not that one",
    "no, I meant the hall plug", "plug on", "it off", "lamp half", "timer", "cancel it", "what can you do", "why", "all off", "unlock all",
    "who turned on the kitchen plug", "lamp on and unlock", "everything on", "add milk", "and bread too", "never heard",
    "and the hall door too", "same in the hall", "the hall door", "both of them", "all of them", "the first one", "stop", "carry on",
    "off again", "open again", "ten percent more", "too dark", "set a timer", "seven minutes", "make an announcement", "go ahead",
    "the hall door instead", "tick them off", "30 percent", "unlock them both",
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(POOL), st.sampled_from(["a", "b"]), st.sampled_from([0, 0, 0, 31])), max_size=12)
)
def test_whatever_is_said_a_door_opens_only_after_its_own_yes(talk: list[tuple[str, str, int]]) -> None:
    rig = Rig()
    asked: dict[str, bool] = {}
    for text, source, pause in talk:
        rig.clock.now += pause
        if pause:
            asked.clear()
        before = len(rig.doors.published)
        reply = rig.ask(text, source)
        assert reply.text
        opened = [m for m in rig.doors.published[before:] if "Hall door" in m.topic and m.payload == b"UNLOCK"]
        assert not opened or (text == "yes" and asked.get(source))
        asked[source] = reply.question is not None or (asked.get(source, False) and not reply.actions and text != "no")


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text: str) -> None:
    rig = Rig()
    rig.ask("lamp half")
    assert rig.ask(text).text
