"""``python -m appliance.gpio.safe_state [CONFIG]``: drive every configured output to its safe state and leave it so.

systemd runs it after each end of the daemon (``ExecStopPost=``), because outputs stay driven after a crash. The daemon notes at its
start which outputs it drives: they are made safe even if the configuration has become unreadable or has lost them since.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from appliance.config import GpioSettings, OutputSettings, load
from appliance.errors import ActError, TerndError
from appliance.gpio.board import Board, drive, open_board

log = logging.getLogger(__name__)

_KEYS = ("id", "name", "pin", "active_high", "safe_state")


def note_path(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Where the outputs of the run are noted: in systemd's RuntimeDirectory. None: this is no service."""
    directory = environment.get("RUNTIME_DIRECTORY", "").split(":")[0]
    return Path(directory) / "outputs.json" if directory else None


def note(settings: GpioSettings, path: Path | None) -> None:
    """Note which outputs are about to be driven. Never raises: without a note there is still the configuration."""
    if path is None:
        return
    outputs = [{key: getattr(output, key) for key in _KEYS} for output in settings.output]
    try:
        path.write_text(json.dumps({"factory": settings.factory, "output": outputs}), "utf-8")
    except OSError as error:
        log.warning("%s cannot be written: %s", path, error)


def noted(path: Path | None) -> GpioSettings:
    """The outputs of the run that has ended; none where nothing is noted."""
    try:
        said = json.loads(path.read_text("utf-8")) if path is not None else {}
        outputs = tuple(OutputSettings(**{key: one[key] for key in _KEYS}) for one in said.get("output", ()))
        return GpioSettings(factory=said.get("factory", "auto"), output=outputs)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return GpioSettings()


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
    settings, failures = noted(note_path()), []
    try:
        now = load(Path(arguments[0]) if arguments else None).gpio
        kept = {output.pin: output for output in (*settings.output, *now.output)}
        settings = dataclasses.replace(now, output=tuple(kept.values()))
    except TerndError as error:
        failures.append(str(error))
    try:
        failures += make_safe(settings, board(settings.factory)) if settings.output else []
    except TerndError as error:
        failures.append(str(error))
    for failure in failures:
        sys.stderr.write(f"<3>no safe state: {failure}\n")
    return 1 if failures else 0


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(status)  # an ordinary exit makes gpiozero turn the pins into inputs
