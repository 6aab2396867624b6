"""The real gpiozero over a stand-in for the lgpio library: what the lines of a Pi see, in order."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from appliance.config import GpioSettings, InputSettings, OutputSettings
from appliance.gpio import Gate
from appliance.gpio.board import missing
from appliance.messages import PinChange

PI_4 = 0xC03112
OUT = 1 << 1


class Lines(types.ModuleType):
    """The part of lgpio's interface that gpiozero calls, with lines kept in memory."""

    SET_PULL_NONE, SET_PULL_UP, SET_PULL_DOWN = 128, 32, 64
    RISING_EDGE, FALLING_EDGE, BOTH_EDGES = 1, 2, 3

    class error(Exception):  # noqa: N801, N818 - its name in lgpio
        pass

    def __init__(self) -> None:
        super().__init__("lgpio")
        self.mode: dict[int, int] = {}
        self.level: dict[int, int] = {}
        self.driven: dict[int, list[float]] = {}
        """What each line was driven to, in order."""
        self.listeners: dict[int, Callable[..., None]] = {}

    def gpiochip_open(self, chip: int) -> int:
        return 100 + chip

    def gpiochip_close(self, handle: int) -> int:
        return 0

    def gpio_claim_input(self, handle: int, line: int, flags: int = 0) -> int:
        self.mode[line] = flags
        self.level[line] = int(flags == self.SET_PULL_UP)
        return 0

    def gpio_claim_output(self, handle: int, line: int, level: int = 0, flags: int = 0) -> int:
        self.mode[line] = OUT | flags
        return self.gpio_write(handle, line, level)

    def gpio_write(self, handle: int, line: int, level: int) -> int:
        self.level[line] = int(level)
        self.driven.setdefault(line, []).append(int(level))
        return 0

    def gpio_read(self, handle: int, line: int) -> int:
        return self.level[line]

    def gpio_get_mode(self, handle: int, line: int) -> int:
        return self.mode.get(line, 0)

    def gpio_free(self, handle: int, line: int) -> int:
        self.mode.pop(line, None)
        return 0

    def gpio_set_debounce_micros(self, handle: int, line: int, micros: int) -> int:
        return 0

    def gpio_claim_alert(self, handle: int, line: int, edges: int, flags: int = 0) -> int:
        return 0

    def callback(self, handle: int, line: int, edges: int, listener: Callable[..., None]) -> Any:
        self.listeners[line] = listener
        return types.SimpleNamespace(cancel=lambda: self.listeners.pop(line, None))

    def tx_pwm(self, handle: int, line: int, frequency: float, duty: float) -> int:
        self.driven.setdefault(line, []).append(duty / 100)
        return 0

    def edge(self, line: int, level: int) -> None:
        """The outside world moves an input."""
        self.level[line] = level
        self.listeners[line](100, line, level, 1)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    lines = Lines()
    monkeypatch.setitem(sys.modules, "lgpio", lines)
    monkeypatch.setattr("gpiozero.pins.local.get_pi_revision", lambda: PI_4)
    yield lines
    sys.modules.pop("gpiozero.pins.lgpio", None)  # it was imported over the stand-in


def no_report(*_: object) -> None:
    pass


def test_an_active_low_relay_is_not_switched_on_for_a_moment(lines: Lines) -> None:
    gate = Gate(
        GpioSettings(output=(OutputSettings(id="switch.pump", name="Pump", pin=17, active_high=False),)), no_report
    )
    gate.start()
    assert gate.problem is None
    assert set(lines.driven[17]) == {1}, "off is high, and nothing else was ever driven"
    gate.change(PinChange("switch.pump", "turn_on"))
    assert lines.level[17] == 0
    gate.stop()
    assert lines.driven[17][-1] == 1


def test_pwm_keeps_the_duty_that_was_asked_for(lines: Lines) -> None:
    gate = Gate(GpioSettings(output=(OutputSettings(id="light.strip", name="Strip", pin=18, kind="pwm"),)), no_report)
    gate.start()
    assert gate.change(PinChange("light.strip", "turn_on", {"brightness": 64})) == {"state": "on", "brightness": 64}
    assert lines.driven[18][-1] == pytest.approx(0.25)
    gate.stop()
    assert lines.driven[18][-1] == 0


def test_an_input_has_its_pull_and_is_reported(lines: Lines) -> None:
    states: list[str] = []
    door = InputSettings(id="binary_sensor.door", name="Door", pin=4, kind="door")
    gate = Gate(GpioSettings(input=(door,)), lambda entity, state, attributes: states.append(state))
    gate.start()
    assert states == ["off"], "a pull-up and nothing connected"
    lines.edge(4, 0)
    lines.edge(4, 1)
    gate.flush()
    assert states == ["off", "on", "off"]
    gate.stop()


def test_the_library_is_found(lines: Lines) -> None:
    assert missing("auto") is None
