"""Pins as levels: the thin layer over gpiozero, and what is said when there are none."""

from __future__ import annotations

import contextlib
import importlib
import os
import tempfile
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from appliance.errors import ActError

READ_BACK_TOLERANCE = 0.02
"""PWM duty may come back rounded."""


class OutputPin(Protocol):
    """One driven pin; 1 is on, whatever the polarity."""

    def write(self, level: float) -> None:
        """Drive the pin; 0-1, other than 0 and 1 with PWM only. Raises :class:`ActError`."""

    def read(self) -> float:
        """Return the level that the pin has. Raises :class:`ActError`."""


class InputPin(Protocol):
    """One read pin; True is active, whatever the polarity."""

    def read(self) -> bool:
        """Return whether the input is active. Raises :class:`ActError`."""


class Board(Protocol):
    """All pins of one machine."""

    def output(self, pin: int, *, level: float, active_high: bool, pwm: bool) -> OutputPin:
        """Claim a pin as output and drive it to `level` at once. Raises :class:`ActError`."""

    def input(self, pin: int, *, active_high: bool, debounce_s: float, changed: Callable[[bool], None]) -> InputPin:
        """Claim a pin as input; `changed` is called from a thread of the library. Raises :class:`ActError`."""

    def close(self) -> None:
        """Give all pins back."""


def open_board(factory: str) -> Board:
    """Return the pins of this machine by the gpiozero factory ``auto``, ``lgpio`` or ``mock``.

    Raises :class:`ActError` that says what is missing and how to get it.
    """
    gpiozero = _library("gpiozero", "run: pip install gpiozero")
    if factory == "mock":
        mock = importlib.import_module("gpiozero.pins.mock")
        return GpiozeroBoard(gpiozero, mock.MockFactory(pin_class=mock.MockPWMPin))
    # lgpio leaves a pipe in this folder, by default the one where the program was started
    os.environ.setdefault("LG_WD", os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    lgpio = _library("lgpio", "run: apt install python3-lgpio")
    if not hasattr(lgpio, "gpiochip_open"):
        raise ActError("the installed lgpio is an empty package; run: pip uninstall lgpio; apt install python3-lgpio")
    with _hardware("the GPIO chip cannot be opened (no Raspberry Pi, or the user is not in the group gpio)"):
        pins = importlib.import_module("gpiozero.pins.lgpio").LGPIOFactory()
        pins.pin_class = _level_first(pins.pin_class, lgpio.gpio_claim_output)
        return GpiozeroBoard(gpiozero, pins)


def missing(factory: str) -> str | None:
    """Return why the pins of `factory` cannot be used, or None when they can."""
    try:
        open_board(factory).close()
    except ActError as error:
        return str(error)
    return None


def _library(name: str, advice: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ActError(f"the Python package {name} is missing; {advice}") from error


@contextlib.contextmanager
def _hardware(what: str) -> Iterator[None]:
    """Turn whatever the libraries raise into an :class:`ActError` that begins with `what`."""
    try:
        yield
    except Exception as error:
        raise ActError(f"{what}: {error or type(error).__name__}") from error


def _level_first(pin_class: Any, claim: Callable[[int, int, int], int]) -> Any:
    """Return an lgpio pin class that becomes an output with its level in one step.

    In two steps the line is low for a moment, which switches an active-low relay on.
    """

    class LevelFirstPin(pin_class):  # type: ignore[misc]
        def output_with_state(self, state: float) -> None:
            claim(self.factory._handle, self._number, int(state > 0))  # noqa: SLF001 - gpiozero has no public name for it

    return LevelFirstPin


class GpiozeroBoard:
    """The pins of one gpiozero factory."""

    def __init__(self, gpiozero: Any, factory: Any) -> None:
        self._gpiozero = gpiozero
        self.factory = factory
        """The gpiozero pin factory; a mock one lets tests drive the inputs."""
        self._devices: list[Any] = []

    def output(self, pin: int, *, level: float, active_high: bool, pwm: bool) -> OutputPin:
        """Claim an output."""
        with _hardware(f"pin {pin} cannot be used as an output"):
            device = (self._gpiozero.PWMOutputDevice if pwm else self._gpiozero.DigitalOutputDevice)(
                pin, active_high=active_high, initial_value=level if pwm else level > 0, pin_factory=self.factory
            )
        self._devices.append(device)
        return _GpiozeroOutput(device, pwm=pwm)

    def input(self, pin: int, *, active_high: bool, debounce_s: float, changed: Callable[[bool], None]) -> InputPin:
        """Claim an input with the pull that its polarity needs."""
        with _hardware(f"pin {pin} cannot be used as an input"):
            device = self._gpiozero.DigitalInputDevice(
                pin, pull_up=not active_high, bounce_time=debounce_s or None, pin_factory=self.factory
            )
        device.when_activated = lambda: changed(True)
        device.when_deactivated = lambda: changed(False)
        self._devices.append(device)
        return _GpiozeroInput(device)

    def close(self) -> None:
        """Give all pins back."""
        for device in self._devices:
            with contextlib.suppress(ActError), _hardware("closing"):
                device.close()
        self._devices.clear()
        with contextlib.suppress(ActError), _hardware("closing"):
            self.factory.close()


class _GpiozeroOutput:
    def __init__(self, device: Any, *, pwm: bool) -> None:
        self._device = device
        self._pwm = pwm

    def write(self, level: float) -> None:
        with _hardware("the pin cannot be driven"):
            self._device.value = level if self._pwm else int(level > 0)

    def read(self) -> float:
        with _hardware("the pin cannot be read back"):
            return float(self._device.value)


class _GpiozeroInput:
    def __init__(self, device: Any) -> None:
        self._device = device

    def read(self) -> bool:
        with _hardware("the pin cannot be read"):
            return bool(self._device.value)


def drive(pin: OutputPin, level: float) -> None:
    """Drive a pin and read it back. Raises :class:`ActError` when it has another level afterwards."""
    pin.write(level)
    found = pin.read()
    if abs(found - level) > READ_BACK_TOLERANCE:
        raise ActError(f"the pin was set to {level:g} but reads {found:g}")
