"""The GPIO gate on gpiozero's mock pins and on a board that fails on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from appliance.config import GpioSettings, InputSettings, OutputSettings
from appliance.errors import ActError
from appliance.gpio import Gate, entities
from appliance.gpio.board import Board, GpiozeroBoard, InputPin, OutputPin, open_board
from appliance.gpio.inputs import action_of, restore_counts
from appliance.messages import COMMANDS, PinChange
from tests.broker import eventually

PUMP = OutputSettings(
    id="switch.pump", name="Pump", pin=17, active_high=False, max_on_s=60, min_interval_s=2, interlock="water"
)
VALVE = OutputSettings(id="valve.garden", name="Garden valve", pin=27, interlock="water")
STRIP = OutputSettings(id="light.strip", name="Strip", pin=18, kind="pwm")
HEATER = OutputSettings(id="switch.frost_guard", name="Frost guard", pin=22, safe_state="on", max_on_s=30)
DOOR = InputSettings(id="binary_sensor.door", name="Door", pin=4, kind="door", debounce_s=0)
BUTTON = InputSettings(
    id="binary_sensor.bell",
    name="Bell",
    pin=5,
    kind="button",
    active_high=True,
    debounce_s=0,
    ask="turn on the hall light",
)
ALL = GpioSettings(factory="mock", output=(PUMP, VALVE, STRIP, HEATER), input=(DOOR, BUTTON))


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Reports:
    def __init__(self) -> None:
        self.state: dict[str, str] = {}
        self.attributes: dict[str, Mapping[str, Any]] = {}

    def __call__(self, entity_id: str, state: str, attributes: Mapping[str, Any], /) -> None:
        self.state[entity_id] = state
        self.attributes[entity_id] = attributes


class BrokenPin:
    """An output whose line does not follow while `broken`."""

    def __init__(self, board: FragileBoard) -> None:
        self.board = board
        self.level = 0.0

    def write(self, level: float) -> None:
        if not self.board.broken:
            self.level = level

    def read(self) -> float:
        return self.level


class FragileBoard:
    """Outputs only; refuses to open while `absent`, does not follow while `broken`."""

    def __init__(self) -> None:
        self.absent = False
        self.broken = False
        self.opened = 0
        self.pins: dict[int, BrokenPin] = {}

    def open(self) -> Board:
        self.opened += 1
        if self.absent:
            raise ActError("there is no chip")
        return self

    def output(self, pin: int, *, level: float, active_high: bool, pwm: bool) -> OutputPin:

        self.pins[pin] = BrokenPin(self)
        self.pins[pin].level = level
        return self.pins[pin]

    def input(self, pin: int, *, active_high: bool, debounce_s: float, changed: Callable[[bool], None]) -> InputPin:
        raise NotImplementedError

    def close(self) -> None:
        self.pins.clear()


class Rig:
    """A started gate on mock pins, with a clock that the test moves."""

    def __init__(self, settings: GpioSettings = ALL, board: Callable[[], Board] | None = None) -> None:
        self.clock = Clock()
        self.reports = Reports()
        self.asked: list[tuple[str, str]] = []
        self.beats = 0
        self.saved: list[Mapping[str, int]] = []
        mock = open_board("mock")
        assert isinstance(mock, GpiozeroBoard)
        self.factory = mock.factory
        self.gate = Gate(
            settings,
            self.reports,
            trigger=lambda item: self.asked.append((item.id, item.ask or " ".join(item.do))),
            beat=self._beat,
            counts={"sensor.water": 10},
            save=self.saved.append,
            board=board or (lambda: mock),
            clock=self.clock,
        )
        self.gate.start()

    def _beat(self) -> None:
        self.beats += 1

    def level(self, pin: int) -> float:
        return float(self.factory.pin(f"GPIO{pin}").state)

    def change(self, entity: str, command: str, **data: float) -> Mapping[str, Any]:
        return self.gate.change(PinChange(entity, command, data))

    def later(self, seconds: float) -> None:
        self.clock.now += seconds
        self.gate.guard_once()
        self.gate.flush()

    def press(self, pin: int, *, high: bool) -> None:
        line = self.factory.pin(f"GPIO{pin}")
        (line.drive_high if high else line.drive_low)()
        self.gate.flush()


@pytest.fixture
def rig() -> Any:
    rig = Rig()
    yield rig
    rig.gate.stop()


def test_outputs_start_in_their_safe_state_whatever_the_polarity(rig: Rig) -> None:
    assert rig.level(17) == 1, "active low: off is high"
    assert rig.level(27) == 0
    assert rig.level(22) == 1
    assert rig.reports.state == {
        "switch.pump": "off",
        "valve.garden": "closed",
        "light.strip": "off",
        "switch.frost_guard": "on",
        "binary_sensor.door": "off",
        "binary_sensor.bell": "off",
    }


def test_a_change_drives_the_pin_and_returns_the_state(rig: Rig) -> None:
    assert rig.change("switch.pump", "turn_on") == {"state": "on"}
    assert rig.level(17) == 0
    assert rig.reports.state["switch.pump"] == "on"
    assert rig.gate.pin("switch.pump") == 17


def test_pwm_follows_brightness(rig: Rig) -> None:
    assert rig.change("light.strip", "turn_on", brightness=128) == {"state": "on", "brightness": 128}
    assert rig.level(18) == pytest.approx(128 / 255)
    assert rig.change("light.strip", "turn_on") == {"state": "on", "brightness": 255}
    assert rig.change("light.strip", "turn_off") == {"state": "off"}


@pytest.mark.parametrize(
    ("entity", "command", "data"),
    [
        ("switch.nothing", "turn_on", {}),
        ("binary_sensor.door", "turn_on", {}),
        ("switch.pump", "open", {}),
        ("valve.garden", "turn_on", {}),
        ("switch.pump", "set_percentage", {"percentage": 50}),
        ("light.strip", "turn_on", {"brightness": 256}),
        ("light.strip", "turn_on", {"brightness": -1}),
        ("light.strip", "turn_on", {"brightness": "full"}),
        ("light.strip", "turn_on", {"brightness": float("nan")}),
        ("light.strip", "turn_on", {"brightness": True}),
    ],
)
def test_what_an_output_cannot_do_is_refused_and_moves_nothing(
    rig: Rig, entity: str, command: str, data: dict[str, Any]
) -> None:
    before = dict(rig.reports.state)
    with pytest.raises(ActError):
        rig.gate.change(PinChange(entity, command, data))
    assert rig.reports.state == before


def test_max_on_brings_the_safe_state_back(rig: Rig) -> None:
    rig.change("switch.pump", "turn_on")
    rig.later(59)
    rig.change("switch.pump", "turn_on")  # once more does not extend the time
    assert rig.level(17) == 0
    rig.later(1)
    assert rig.level(17) == 1
    assert rig.reports.state["switch.pump"] == "off"


def test_max_on_counts_the_time_away_from_a_safe_state_that_is_on(rig: Rig) -> None:
    rig.change("switch.frost_guard", "turn_off")
    rig.later(30)
    assert rig.reports.state["switch.frost_guard"] == "on"


def test_the_guard_enforces_max_on_by_itself() -> None:
    off = threading.Event()

    def report(entity: str, state: str, attributes: Mapping[str, Any], /) -> None:
        del entity, attributes
        if state == "off" and gate.problem is None:
            off.set()

    short = OutputSettings(id="switch.pulse", name="Pulse", pin=17, max_on_s=0.02)
    gate = Gate(GpioSettings(factory="mock", output=(short,)), report)
    gate.start()
    off.clear()
    gate.change(PinChange("switch.pulse", "turn_on"))
    assert off.wait(10)
    gate.stop()


def test_min_interval_delays_the_next_change_but_never_the_way_to_safety(rig: Rig) -> None:
    rig.change("switch.pump", "turn_on")
    rig.change("switch.pump", "turn_off")
    with pytest.raises(ActError, match=r"again in 2\.0 s"):
        rig.change("switch.pump", "turn_on")
    rig.later(2)
    assert rig.change("switch.pump", "turn_on") == {"state": "on"}


def test_interlocked_outputs_are_never_on_together(rig: Rig) -> None:
    rig.change("valve.garden", "open")
    with pytest.raises(ActError, match="Garden valve, which is on"):
        rig.change("switch.pump", "turn_on")
    assert rig.level(17) == 1
    rig.change("valve.garden", "close")
    rig.change("switch.pump", "turn_on")


def test_stop_leaves_the_safe_state(rig: Rig) -> None:
    rig.change("light.strip", "turn_on")
    pin = rig.factory.pin("GPIO18")
    pin.clear_states()
    rig.gate.stop()
    assert pin.states[-1].state == 0
    assert rig.reports.state["light.strip"] == "unavailable"
    with pytest.raises(ActError, match="stopped"):
        rig.change("light.strip", "turn_on")


def test_inputs_are_reported_and_a_button_asks(rig: Rig) -> None:
    rig.press(4, high=False)
    assert rig.reports.state["binary_sensor.door"] == "on"
    rig.press(4, high=True)
    assert rig.reports.state["binary_sensor.door"] == "off"
    assert rig.asked == []
    rig.press(5, high=True)
    rig.press(5, high=False)
    assert rig.asked == [("binary_sensor.bell", "turn on the hall light")]


def pins(*inputs: InputSettings) -> Rig:
    return Rig(GpioSettings(factory="mock", output=(PUMP,), input=inputs))


def test_a_flapping_input_rests_between_two_triggers() -> None:
    rig = pins(replace(BUTTON, rest_s=2))
    for _ in range(5):
        rig.press(5, high=True)
        rig.press(5, high=False)
    assert len(rig.asked) == 1
    rig.later(2)
    rig.press(5, high=True)
    assert len(rig.asked) == 2
    rig.gate.stop()


def test_an_input_may_trigger_when_it_lets_go_or_at_each_change() -> None:
    for when, times in (("inactive", 1), ("change", 2)):
        rig = pins(replace(BUTTON, when=when, rest_s=0))
        rig.press(5, high=True)
        rig.press(5, high=False)
        assert len(rig.asked) == times
        rig.gate.stop()


def test_an_input_may_have_to_be_held() -> None:
    rig = pins(replace(BUTTON, held_s=3, ask=None, do=("toggle light.hall",)))
    rig.press(5, high=True)
    rig.later(2.9)
    rig.press(5, high=False)
    rig.later(10)
    assert rig.asked == [], "let go too early"
    rig.press(5, high=True)
    rig.later(3)
    assert rig.asked == [("binary_sensor.bell", "toggle light.hall")]
    rig.later(30)
    assert len(rig.asked) == 1
    rig.gate.stop()


def test_a_counter_goes_on_where_it_was_and_is_reported_now_and_then() -> None:
    water = InputSettings(
        id="sensor.water", name="Water", pin=6, kind="counter", per_pulse=0.5, unit="l", debounce_s=0, active_high=True
    )
    rig = pins(water)
    assert rig.reports.state["sensor.water"] == "5"
    rig.later(1)
    for _ in range(7):
        rig.press(6, high=True)
        rig.press(6, high=False)
    rig.later(1)
    assert rig.reports.state["sensor.water"] == "8.5"
    assert rig.reports.attributes["sensor.water"] == {"pulses": 17, "unit_of_measurement": "l"}
    assert rig.saved == [{"sensor.water": 17}]
    rig.press(6, high=True)
    rig.later(1)
    assert rig.reports.state["sensor.water"] == "9"
    assert len(rig.saved) == 1, "an SD card is not written every second"
    rig.gate.stop()
    assert rig.saved[-1] == {"sensor.water": 18}


@pytest.mark.parametrize(
    ("do", "state", "command", "expect"),
    [
        ("toggle light.hall", "on", "turn_off", {"state": "off"}),
        ("toggle light.hall", "off", "turn_on", {"state": "on"}),
        ("toggle light.hall", "unavailable", "turn_on", {"state": "on"}),
        ("toggle cover.gate", "open", "close", {"state": "closed"}),
        ("toggle cover.gate", "closed", "open", {"state": "open"}),
        ("toggle lock.door", "locked", "unlock", {"state": "unlocked"}),
        ("toggle lock.door", "unlocked", "lock", {"state": "locked"}),
        ("press button.bell", "unknown", "press", {}),
        ("unlock lock.door", "locked", "unlock", {"state": "unlocked"}),
    ],
)
def test_what_a_configured_command_comes_to(do: str, state: str, command: str, expect: dict[str, str]) -> None:
    action = action_of(do, state)
    assert (action.entity, action.command, dict(action.expect)) == (do.split()[1], command, expect)
    assert action.command in COMMANDS


def test_a_listener_may_switch_an_output() -> None:
    """What a button does may be a change of a pin, right from the report: it must not wait for itself."""
    asked: list[Mapping[str, Any]] = []

    def report(entity: str, state: str, attributes: Mapping[str, Any], /) -> None:
        del attributes
        if (entity, state) == (BUTTON.id, "on"):
            asked.append(gate.change(PinChange(STRIP.id, "turn_on")))

    mock = open_board("mock")
    assert isinstance(mock, GpiozeroBoard)
    gate = Gate(GpioSettings(factory="mock", output=(STRIP,), input=(BUTTON,)), report, board=lambda: mock)
    gate.start()
    mock.factory.pin("GPIO5").drive_high()
    assert eventually(lambda: bool(asked), 10)
    gate.stop()


def test_a_listener_that_fails_spoils_no_change(caplog: pytest.LogCaptureFixture) -> None:
    def report(entity: str, state: str, attributes: Mapping[str, Any], /) -> None:
        del entity, state, attributes
        raise RuntimeError

    gate = Gate(GpioSettings(factory="mock", output=(STRIP,)), report)
    gate.start()
    assert gate.change(PinChange(STRIP.id, "turn_on"))["state"] == "on"
    gate.stop()
    assert "could not be told" in caplog.text


def test_a_change_does_not_wait_for_a_listener_that_waits_for_it() -> None:
    told, release = threading.Event(), threading.Event()

    def report(entity: str, state: str, attributes: Mapping[str, Any], /) -> None:
        del attributes
        if (entity, state) == (BUTTON.id, "on"):
            told.set()
            release.wait(20)

    mock = open_board("mock")
    assert isinstance(mock, GpiozeroBoard)
    gate = Gate(GpioSettings(factory="mock", output=(STRIP,), input=(BUTTON,)), report, board=lambda: mock)
    gate.start()
    mock.factory.pin("GPIO5").drive_high()
    assert told.wait(10)
    assert gate.change(PinChange(STRIP.id, "turn_on"))["state"] == "on", "though the listener waits"
    release.set()
    gate.stop()


def test_kept_counts_are_checked() -> None:
    assert restore_counts({"sensor.a": 3, "sensor.b": -1, "sensor.c": "7", "sensor.d": True, "sensor.e": 1e300}) == {
        "sensor.a": 3
    }
    assert restore_counts(None) == restore_counts([1]) == {}


def test_a_listener_that_hangs_keeps_no_output_on() -> None:
    """The registry, the assistant and whoever else is told of pins may hang: the guard does not wait for them."""
    armed, hung, release = threading.Event(), threading.Event(), threading.Event()

    def report(entity: str, state: str, attributes: Mapping[str, Any], /) -> None:
        del entity, attributes
        if armed.is_set() and state == "off":
            hung.set()
            release.wait(30)

    mock = open_board("mock")
    assert isinstance(mock, GpiozeroBoard)
    pulses = tuple(
        OutputSettings(id=f"switch.pulse{i}", name=f"Pulse {i}", pin=17 + i, max_on_s=0.05 * (i + 1)) for i in range(3)
    )
    gate = Gate(GpioSettings(factory="mock", output=pulses), report, board=lambda: mock)
    gate.start()
    armed.set()
    for pulse in pulses:
        gate.change(PinChange(pulse.id, "turn_on"))
    assert hung.wait(10), "the first output that goes off is told, and the listener hangs"
    assert eventually(lambda: all(mock.factory.pin(f"GPIO{pulse.pin}").state == 0 for pulse in pulses), 10)
    release.set()
    gate.stop()


def test_missing_hardware_is_said_once_and_looked_for_again(caplog: pytest.LogCaptureFixture) -> None:
    board = FragileBoard()
    board.absent = True
    rig = Rig(GpioSettings(output=(VALVE,)), board.open)
    assert rig.gate.problem == "there is no chip"
    assert rig.reports.state == {"valve.garden": "unavailable"}
    with pytest.raises(ActError, match="there is no chip"):
        rig.change("valve.garden", "open")
    for seconds in (1, 2, 4, 8):
        rig.later(seconds)
    assert board.opened == 5, "the pauses double"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    board.absent = False
    rig.later(16)
    assert rig.gate.problem is None
    assert rig.change("valve.garden", "open") == {"state": "open"}
    rig.gate.stop()


def test_a_line_that_does_not_follow_is_a_fault_until_it_is_safe_again() -> None:
    board = FragileBoard()
    rig = Rig(GpioSettings(output=(VALVE, STRIP, PUMP)), board.open)
    board.pins[VALVE.pin].board = stuck = FragileBoard()
    stuck.broken = True
    with pytest.raises(ActError, match="set to 1 but reads 0"):
        rig.change("valve.garden", "open")
    assert rig.reports.state["valve.garden"] == "unavailable"
    assert rig.change("light.strip", "turn_on")["state"] == "on", "the others go on"
    with pytest.raises(ActError, match="unknown state"):
        rig.change("switch.pump", "turn_on")
    rig.later(1)
    assert rig.reports.state["valve.garden"] == "closed", "the safe state reads back"
    stuck.broken = False
    assert rig.change("valve.garden", "open") == {"state": "open"}
    rig.gate.stop()


def test_a_limit_is_kept_trying_until_the_line_follows() -> None:
    board = FragileBoard()
    rig = Rig(GpioSettings(output=(PUMP,)), board.open)
    rig.change("switch.pump", "turn_on")
    board.broken = True
    rig.later(60)
    assert rig.reports.state["switch.pump"] == "unavailable"
    assert board.pins[PUMP.pin].level == 1
    board.broken = False
    rig.later(1)
    assert rig.reports.state["switch.pump"] == "off"
    assert board.pins[PUMP.pin].level == 0
    rig.gate.stop()


def test_the_guard_shows_that_it_lives(rig: Rig) -> None:
    before = rig.beats
    rig.gate.guard_once()
    assert rig.beats == before + 1


def test_a_gate_without_pins_needs_no_library() -> None:
    def no_board() -> Board:
        raise AssertionError

    gate = Gate(GpioSettings(), Reports(), board=no_board)
    gate.start()
    assert gate.problem == "no pins are configured"
    gate.stop()


def test_entities_carry_what_the_resolver_needs() -> None:
    by_id = {entity.id: entity for entity in entities(ALL)}
    assert by_id["light.strip"].features == frozenset({"turn_on", "turn_off", "brightness"})
    assert by_id["valve.garden"].features == frozenset({"open", "close"})
    assert by_id["binary_sensor.door"].device_class == "door"
    assert {entity.origin for entity in by_id.values()} == {"gpio"}
