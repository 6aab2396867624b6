"""Questions about the past, from words to a sentence, over a history made for it."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.history import History, Keep, Source
from appliance.messages import Area, Entity, Floor, Home, Reply, Request
from appliance.recall.answers import Historian
from appliance.recall.grammar import parse
from appliance.recall.service import INTENT, Recall, first
from appliance.watch.spool import Alert

NOW = datetime(2026, 11, 23, 15, 0).timestamp()  # noqa: DTZ001 - local time, a Monday
HOUR = 3600.0
HOME = Home(
    floors=(Floor("ground", "Ground floor"),),
    areas=(Area("kitchen", "Kitchen", floor="ground"), Area("hall", "Hall"), Area("garden", "Garden"), Area("barn", "Barn")),
    entities=(
        Entity("lock.front_door", "Front door", area="hall", state="locked"),
        Entity("binary_sensor.front_door", "Front door sensor", area="hall", device_class="door", state="off"),
        Entity("light.kitchen", "Kitchen light", area="kitchen", state="on"),
        Entity("switch.pump", "Garden pump", area="garden", state="off"),
        Entity("sensor.kitchen_temperature", "Kitchen temperature", area="kitchen", device_class="temperature", state="21"),
        Entity("sensor.barn_temperature", "Barn temperature", area="barn", device_class="temperature", state="12"),
        Entity("sensor.garden_temperature", "Garden temperature", area="garden", device_class="temperature", state="5"),
        Entity("sensor.kitchen_humidity", "Kitchen humidity", area="kitchen", device_class="humidity", state="50"),
        Entity("person.alice", "Alice", state="home"),
    ),
)  # fmt: skip


def at(hour: float, days: int = 0) -> float:
    """A moment of today, or of some days before."""
    return NOW - 15 * HOUR + hour * HOUR - days * 86_400


@pytest.fixture(scope="module")
def history() -> History:
    made = History(None, Keep(resolution_s=0))
    for pump, heat in (("1", 0.0), ("2", 5.0), ("3", 12.0)):
        what = Source(f"plant/{pump}/temp", f"Pump {pump}", "°C", "temperature")
        for quarter in range(48 * 4):
            t = at(-33 + quarter / 4)
            made.read(what, 60 + heat + (9 if pump == "2" and t == at(3) else 0) + (quarter % 4) / 10, t)
    store = Source("plant/cold/temp", "Cold store", "°C", "temperature")
    for minute in range(0, 15 * 60, 10):
        made.read(store, 5.0 if minute < 12 * 60 else 9.5, at(minute / 60))
    for key, name, area, measure, unit, values in (
        (
            "sensor.kitchen_temperature",
            "Kitchen temperature",
            "kitchen",
            "temperature",
            "°C",
            ((-24, 19.0), (-12, 22.5), (8, 21.0)),
        ),
        (
            "sensor.barn_temperature",
            "Barn temperature",
            "barn",
            "temperature",
            "°C",
            ((-24, 8.0), (2, 3.0), (13, 14.5), (14, 12.0)),
        ),
        (
            "sensor.garden_temperature",
            "Garden temperature",
            "garden",
            "temperature",
            "°C",
            ((-24, 6.0), (-20, 2.0), (4, -1.5), (12, 5.0)),
        ),
        ("sensor.kitchen_humidity", "Kitchen humidity", "kitchen", "humidity", "%", ((-24, 45.0), (9, 61.0))),
    ):
        for hour, value in values:
            made.read(Source(key, name, unit, measure, area, "entity"), value, at(hour))
    states = {
        "lock.front_door": ((-30, "locked"), (9, "unlocked"), (10, "locked")),
        "binary_sensor.front_door": (
            (-30, "off"),
            (-3, "on"),
            (-2, "off"),
            (9, "on"),
            (9.25, "off"),
            (11, "on"),
            (11.5, "off"),
        ),
        "light.kitchen": ((-30, "off"), (13, "on")),
        "switch.pump": ((-30, "off"), (-10, "on"), (-8.5, "off"), (14.25, "on"), (14.5, "off")),
        "person.alice": ((-30, "home"), (8, "not_home"), (14, "home")),
    }
    entities = {entity.id: entity for entity in HOME.entities}
    for key, changes in states.items():
        entity = entities[key]
        for when, state in changes:
            made.state(
                Source(key, entity.name, "", entity.device_class or "", entity.area or "", "entity"), state, at(when)
            )
    return made


def ask(history: History, text: str) -> str:
    question = parse(text, NOW)
    assert question is not None, text
    answer = Historian(history).answer(question, HOME, NOW)
    assert answer is not None, text
    return answer.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Which pump ran hottest last night?", "Pump 2, with 74 degrees at 03:00. After it: Pump 3 72.3 degrees and Pump 1 60.3 degrees."),
        ("since when is the cold store above eight degrees", "Cold store is above 8 degrees since 12:00, for 3 hours."),
        ("since when is the cold store above 20 degrees", "Cold store is not above 20 degrees (it is at 9.5 degrees)."),
        ("when was the cold store last below 6 degrees",
         "I have not seen Cold store go below 6 degrees since I began to look, at 00:00."),
        ("how long has the kitchen light been on", "Kitchen light is on since 13:00, for 2 hours."),
        ("since when is the pump on", "Garden pump is not on (it is off); it last was at 14:30."),
        ("when did the front door last open", "Front door sensor last opened at 11:00."),
        ("when was the front door last unlocked", "Front door last was unlocked at 09:00."),
        ("when did Alice leave", "Alice last left at 08:00."),
        ("how often did the front door open today", "Front door sensor opened twice today."),
        ("how many times did the pump run yesterday", "Garden pump went on once yesterday."),
        ("how long did the garden pump run yesterday", "Garden pump was on for 1 hour and 30 minutes yesterday."),
        ("how long was the front door open today", "Front door sensor was open for 45 minutes today."),
        ("was the front door open last night", "Yes, Front door sensor was open for 1 hour last night"),
        ("how often was the kitchen light turned on today", "Kitchen light went on once today."),
        ("was the kitchen light on in the last hour", "Yes, Kitchen light was on all the time in the last hour."),
        ("was the kitchen light on on sunday", "No, Kitchen light was not on on Sunday."),
        ("was the front door unlocked last night", "No, Front door was not unlocked last night."),
        ("has the front door been opened since noon", "No, Front door sensor was not open since 12:00."),
        ("what was the highest temperature in the barn today", "The highest of Barn temperature today was 14.5 degrees, at 13:00."),
        ("what was the lowest temperature outside last night", "The lowest of Garden temperature last night was -1.5 degrees, at 04:00."),
        ("how cold did it get in the garden last night", "The lowest of Garden temperature last night was -1.5 degrees, at 04:00."),
        ("when was it warmest in the barn today", "Barn temperature was warmest today at 13:00, at 14.5 degrees."),
        ("which room was the warmest yesterday", "Kitchen, with 22.5 degrees yesterday at 12:00."),
        ("which room is the coldest", "Garden with 5 degrees now, then Barn 12 degrees and Kitchen 21 degrees."),
        ("what was the temperature in the kitchen yesterday at 1 pm", "Kitchen temperature was at 22.5 degrees yesterday at 13:00."),
        ("how warm was it in the kitchen yesterday",
         "Kitchen temperature was between 19 and 22.5 degrees yesterday, 20.8 degrees on average."),
        ("what was the average temperature of pump 1 yesterday", "Pump 1 was at 60.1 degrees on average yesterday."),
        ("what was the highest humidity today", "The highest of Kitchen humidity today was 61 percent, at 09:00."),
        ("did it get below 0 degrees in the garden last night", "Yes, Garden temperature was below 0 degrees for 4 hours last night"),
    ],
)  # fmt: skip
def test_a_question_is_answered(history: History, text: str, said: str) -> None:
    assert ask(history, text).startswith(said)


@pytest.mark.parametrize(
    "text",
    [
        "turn on the light", "open the front door", "unlock the front door", "turn off the pump at 3 pm", "is the front door locked",
        "what is the temperature in the kitchen", "set a timer for ten minutes", "I opened the door yesterday",
        "did you turn off the light",
        "remind me at 8", "what time is it", "which lights are on", "how long is the timer", "play music from last night", "",
        "yes", "stop", "turn on the light and tell me since when the door is open", "open the door that was open last night",
        "close what was open last night", "since yesterday the light is on", "a " * 200,
    ],
)  # fmt: skip
def test_what_is_no_question_about_the_past_is_left_to_others(history: History, text: str) -> None:
    assert recall(history).handle(Request("r", text, "cli")) is None


@pytest.mark.parametrize(
    "text",
    [
        "since when is the sauna on",
        "what was the highest temperature in the attic today",
        "since when is it on",
        "how long has it been open",
    ],
)
def test_what_is_not_known_is_left_to_others(history: History, text: str) -> None:
    assert recall(history).handle(Request("r", text, "cli")) is None


def recall(history: History, alerts: tuple[Alert, ...] = ()) -> Recall:
    return Recall(
        Historian(history),
        home=lambda: HOME,
        alerts=lambda start, end: [a for a in alerts if a.raised <= end and (a.cleared or NOW) >= start],
        wall=lambda: NOW,
    )


def test_the_reply_tells_what_it_is_about_and_acts_on_nothing(history: History) -> None:
    reply = recall(history).handle(Request("r7", "when did the front door last open", "cli"))
    assert reply is not None
    assert (reply.id, reply.route, reply.actions) == ("r7", "history", ())
    (intent,) = reply.intents
    assert intent.name == INTENT
    assert intent.slots == {"question": "last", "name": "front door", "state": "open"}
    assert intent.entities == ("binary_sensor.front_door",)


def test_alerts_now_and_of_a_time(history: History) -> None:
    hot = Alert(1, "w", "s", "Pump 1", "above", at(-5), at(-4), "90", "Pump 1 is at 90 °C, above 80 °C.")
    cold = Alert(2, "w", "s", "Pump 2", "below", at(14), None, "1", "Pump 2 is at 1 °C, below 5 °C.")

    def said(text: str, *alerts: Alert) -> str:
        reply = recall(history, alerts).handle(Request("r", text, "cli"))
        assert reply is not None
        return reply.text

    assert said("are there any alerts") == "There is no alert."
    assert said("any alerts right now", hot, cold) == "Pump 2 is at 1 °C, below 5 °C. (Since 14:00.)"
    assert said("what happened last night", hot, cold) == "Yesterday at 19:00: Pump 1 is at 90 °C, above 80 °C."
    assert said("what happened yesterday", hot, cold) == "Yesterday at 19:00: Pump 1 is at 90 °C, above 80 °C."
    assert said("what happened on friday", hot, cold) == "There was no alert on Friday."
    assert said("is everything ok", hot, cold).startswith("Pump 2")


def test_the_rest_goes_on_to_the_assistant(history: History) -> None:
    recorded: list[str] = []
    handle = first(
        recall(history),
        lambda request: Reply(request.id, "assistant", "assistant"),
        lambda _request, reply: recorded.append(reply.route),
    )
    assert handle(Request("r", "turn on the light", "cli")).text == "assistant"
    assert recorded == []
    assert handle(Request("r", "how often did the front door open today", "cli")).route == "history"
    assert recorded == ["history"]


WORDS = """since when is was were did how long often many times has been the front door kitchen light pump on off open opened above below 8
degrees last night yesterday today between 2 and 4 which hottest highest temperature in barn what average it most power room 3 pm""".split()


@given(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join) | st.text(max_size=60))
def test_any_words_get_an_answer_or_none(history: History, text: str) -> None:
    reply = recall(history).handle(Request("r", text, "cli"))
    assert reply is None or (reply.text and reply.actions == ())
