"""A stand-in for lgpio where there is no GPIO: lines are bytes of a shared file, and stay driven when the process dies.

That is how a Raspberry Pi's kernel treats them, and what makes this worth more than mock pins: another process sees the
level that a killed daemon left behind. Only what gpiozero needs for outputs is there. The file is named by TERND_LINES.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path

from gpiozero.pins import local

LINES = 64
_OUTPUT = 2
SET_BIAS_PULL_UP, SET_BIAS_PULL_DOWN, SET_BIAS_DISABLE = 32, 64, 128
RISING_EDGE, FALLING_EDGE, BOTH_EDGES = 1, 2, 3

_files: dict[int, mmap.mmap] = {}

# gpiozero asks which Raspberry Pi this is: a Pi 5.
local.get_pi_revision = lambda: 0xD04171


class error(Exception):  # noqa: N801, N818 - lgpio's name
    """What lgpio raises."""


def gpiochip_open(_chip: int) -> int:
    """Map the file of the lines."""
    handle = os.open(Path(os.environ["TERND_LINES"]), os.O_RDWR)
    try:
        _files[handle] = mmap.mmap(handle, 2 * LINES)
    finally:
        os.close(handle)
    return handle


def gpiochip_close(handle: int) -> int:
    """Give the chip back; outputs stay as they are."""
    _files.pop(handle).close()
    return 0


def gpio_claim_input(handle: int, line: int, _flags: int = 0) -> int:
    """The line is no longer driven."""
    _files[handle][LINES + line] = 0
    return 0


def gpio_claim_output(handle: int, line: int, level: int = 0, _flags: int = 0) -> int:
    """Drive the line."""
    _files[handle][line] = int(bool(level))
    _files[handle][LINES + line] = 1
    return 0


def gpio_free(_handle: int, _line: int) -> int:
    """A freed line keeps its level."""
    return 0


def gpio_write(handle: int, line: int, level: int) -> int:
    """Change the level of an output."""
    _files[handle][line] = int(bool(level))
    return 0


def gpio_read(handle: int, line: int) -> int:
    """The level of the line."""
    return _files[handle][line]


def gpio_get_mode(handle: int, line: int) -> int:
    """Whether it is an output."""
    return _OUTPUT if _files[handle][LINES + line] else 0


def gpio_set_debounce_micros(_handle: int, _line: int, _micros: int) -> int:
    """Inputs never change here."""
    return 0
