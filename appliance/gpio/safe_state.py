"""``python -m appliance.gpio.safe_state [CONFIG]``: drive every configured output to its safe state and leave it so.

systemd runs it after each end of the daemon (``ExecStopPost=``), because outputs stay driven after a crash.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from appliance.config import GpioSettings, load
from appliance.errors import ActError, TerndError
from appliance.gpio.board import Board, drive, open_board


def make_safe(settings: GpioSettings, board: Board) -> list[str]:
    """Drive all outputs to their safe states, whatever fails on the way; return what failed."""
    failures = []
    for output in settings.output:
        level = float(output.safe_state == "on")
        try:
            pin = board.output(output.pin, level=level, active_high=output.active_high, pwm=False)
            drive(pin, level)
        except ActError as error:
            failures.append(f"{output.name}: {error}")
    return failures


def main(arguments: Sequence[str], board: Callable[[str], Board] = open_board) -> int:
    """Do it for the configuration file named first, or the defaults; return the exit status."""
    try:
        settings = load(Path(arguments[0]) if arguments else None).gpio
        failures = make_safe(settings, board(settings.factory)) if settings.output else []
    except TerndError as error:
        failures = [str(error)]
    for failure in failures:
        sys.stderr.write(f"<3>no safe state: {failure}\n")
    return 1 if failures else 0


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(status)  # an ordinary exit makes gpiozero turn the pins into inputs
