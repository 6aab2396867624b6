from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.demo.render import Paint, exit_code, render, table
from appliance.messages import Area, Delivery, Entity, Floor, Home, Intent, Reply, Result

DONE = Reply(
    id="1",
    text="Kitchen ceiling is on. The fan is at 50 percent.",
    speech="",
    intents=(
        Intent("HassTurnOn", {"name": "Kitchen ceiling"}, ("light.kitchen",)),
        Intent("HassFanSetSpeed", {"domain": "fan", "percentage": 50}, ("fan.living",)),
    ),
    actions=(
        Delivery(
            "light.kitchen",
            Result.CONFIRMED,
            topic="z/Kitchen/set",
            payload='{"state": "ON"}',
            state={"state": "on", "brightness": 254},
            ms=12,
        ),
        Delivery("switch.pump", Result.CONFIRMED, pin=17, payload="turn_on", state={"state": "on"}),
    ),
    route="command",
    ms={"understand": 8.0, "decide": 0.5, "act": 1.0, "confirm": 12.0, "answer": 0.1, "total": 21.6},
)


def reply(*results: Result, intents: int = 1, refusals: tuple[str, ...] = ()) -> Reply:
    return Reply(
        "1",
        "…",
        "…",
        (Intent("HassTurnOn"),) * intents,
        tuple(Delivery("light.a", result) for result in results),
        refusals=refusals,
    )


def test_every_stage_stands_in_order() -> None:
    assert render(DONE, "turn on the kitchen ceiling and set the fan to half").splitlines() == [
        "heard    turn on the kitchen ceiling and set the fan to half",
        'intents  HassTurnOn       name="Kitchen ceiling"  → light.kitchen',
        "         HassFanSetSpeed  domain=fan percentage=50  → fan.living",
        'sent     z/Kitchen/set  {"state": "ON"}',
        "         GPIO 17        turn_on",
        "state    ✓ light.kitchen  confirmed  on, brightness 254  12 ms",
        "         ✓ switch.pump    confirmed  on",
        "reply    Kitchen ceiling is on. The fan is at 50 percent.",
        "time     understand 8.0 · decide 0.5 · act 1.0 · confirm 12.0 · answer 0.1 · total 21.6 ms  (command model)",
    ]


def test_a_refusal_has_no_actions() -> None:
    lines = render(Reply("1", "I know no device called sauna.", ""), "turn on the sauna").splitlines()
    assert [line.split()[0] for line in lines] == ["heard", "intents", "reply", "time"]
    assert lines[1] == "intents  none"


def test_colour_only_when_asked_for() -> None:
    assert "\x1b[" not in render(DONE, "x")
    coloured = render(DONE, "x", paint=Paint(colour=True))
    assert "\x1b[32m✓\x1b[0m" in coloured


@given(st.text(), st.text(), st.text())
def test_nothing_from_outside_commands_the_terminal(heard: str, text: str, state: str) -> None:
    hostile = Reply(
        "1",
        text,
        "",
        (Intent("X", {"name": text}),),
        (Delivery("light.a", Result.SENT, topic=state, payload=text, state={"state": state}),),
    )
    shown = render(hostile, heard)
    assert all(char.isprintable() or char == "\n" for char in shown)


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (reply(Result.CONFIRMED, Result.UNCHANGED), 0),
        (reply(Result.DRY_RUN), 0),
        (reply(), 0),  # a question or a timer
        (reply(Result.CONFIRMED, intents=0), 0),  # "yes"
        (reply(intents=0), 0),  # "what did you do"
        (reply(intents=0, refusals=("I did not understand.",)), 3),
        (reply(Result.PENDING), 3),
        (reply(Result.CONFIRMED, Result.REFUSED), 3),
        (reply(Result.CONFIRMED, refusals=("I know no sauna.",)), 3),
        (reply(Result.CONFIRMED, Result.SENT), 4),
        (reply(Result.FAILED, Result.PENDING), 4),
    ],
)
def test_exit_codes(outcome: Reply, code: int) -> None:
    assert exit_code(outcome) == code


def test_devices_are_listed_by_floor_and_area() -> None:
    home = Home(
        floors=(Floor("g", "Ground"), Floor("u", "Upper")),
        areas=(Area("bed", "Bedroom", floor="u"), Area("hall", "Hall", floor="g")),
        entities=(
            Entity(
                "sensor.t", "Bedroom temperature", area="bed", state="19.5", attributes={"unit_of_measurement": "°C"}
            ),
            Entity("light.hall", "Hall light", area="hall", state="on", attributes={"brightness": 120}),
            Entity("switch.x", "Loose\x1b[2J plug"),
        ),
    )
    lines = table(home).splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "Hall (Ground)",
        "",
        "Bedroom (Upper)",
        "",
        "No area",
        "",
        "3 entities in 2 areas",
    ]
    assert "on, brightness 120" in table(home)
    assert "19.5 °C" in table(home)
    assert "\x1b" not in table(home)
    assert table(Home()) == "No devices yet."


def test_every_message_of_a_command_is_shown_and_nothing_else() -> None:
    dimmed = Delivery("light.a", Result.CONFIRMED, topic="cmnd/a/Dimmer", payload="20", also=(("cmnd/a/POWER", "ON"),))
    lines = render(
        Reply("1", "Done.", "", actions=(dimmed, Delivery("lock.b", Result.PENDING))), "dim and unlock"
    ).splitlines()
    assert lines[2:5] == ["sent     cmnd/a/Dimmer  20", "         cmnd/a/POWER   ON", "state    ✓ light.a  confirmed"]
    pending = render(Reply("1", "Shall I?", "", actions=(Delivery("lock.b", Result.PENDING),)), "unlock").splitlines()
    assert pending[2] == "sent     nothing"


def test_what_cannot_report_is_told_apart_from_what_did_not() -> None:
    scene = Delivery("scene.a", Result.SENT, topic="t", payload="1")
    silent = Delivery("light.b", Result.SENT, topic="t", payload="1", state={"state": "off"}, ms=3000)
    lines = render(Reply("1", "Sent.", "", actions=(scene, silent)), "movie").splitlines()
    assert lines[4:6] == ["state    ? scene.a  sent  reports no state", "         ✗ light.b  sent  off  3000 ms"]
