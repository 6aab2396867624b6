"""The prompt of the demo: sentences in, every stage of their way out."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TextIO

from appliance.demo.render import Paint, Style, exit_code, render, table
from appliance.messages import Home, Reply

_HISTORY_LINES = 1000
_HELP = """\
Say what you want, for example
  turn on the kitchen ceiling light and set the fan to half
  dim the floor lamp to 20 percent and make it blue
  close all the blinds downstairs
  is the kitchen window open
  unlock the front door                    (asks first: answer yes or no)
  turn everything off except the hall light
  set a timer for ten minutes
  since when is the floor lamp on · which room is the warmest · how often did the garage door open today
  open the garage door, and leave it open  (an alert after 20 seconds)
Commands of the prompt
  devices          all devices with their states
  area kitchen     where you are: "turn on the light" is then the kitchen's
  help, quit"""


class Appliance(Protocol):
    """What the prompt needs of the running daemon."""

    def ask(self, sentence: str) -> Reply:
        """Have one sentence carried out."""

    def home(self) -> Home:
        """The home as it is now."""

    def go_to(self, area: str) -> str:
        """Speak from another area from now on; what to tell people."""


class Prompt:
    """Reads sentences until the end of the input or ``quit``."""

    def __init__(
        self,
        appliance: Appliance,
        *,
        show: Callable[[Reply, str], str],
        spaced: bool = False,
        source: TextIO = sys.stdin,
        out: TextIO = sys.stdout,
    ) -> None:
        """Nothing is read before :meth:`run`; `show` turns a reply and its sentence into text, `spaced` parts piped ones."""
        self._spaced = spaced
        self._appliance = appliance
        self._show = show
        self._source = source
        self._out = out

    def run(self) -> int:
        """Serve until the end; the worst exit code of the sentences when they came from a file or pipe, else 0."""
        worst = 0
        interactive = self._source.isatty()
        for line in self._typed() if interactive else self._source:
            code = self._serve(line.strip())
            if code is None:
                break
            worst = max(worst, code)
        return 0 if interactive else worst

    def _serve(self, line: str) -> int | None:
        """One line and its exit code; None to leave."""
        match line.lower():
            case "":
                pass
            case "quit" | "exit" | "q":
                return None
            case "help" | "?":
                self._say(_HELP)
            case "devices" | "list":
                self._say(table(self._appliance.home()))
            case "area":
                self._say(self._appliance.go_to(""))
            case command if command.startswith("area "):
                self._say(self._appliance.go_to(line[len("area ") :].strip()))
            case _:
                reply = self._appliance.ask(line)
                self._say(("\n" if self._spaced and not self._source.isatty() else "") + self._show(reply, line))
                return exit_code(reply)
        return 0

    def _typed(self) -> Iterator[str]:
        """Lines typed at a terminal, with history. Ctrl-C drops the line, Ctrl-D leaves."""
        with _history():
            while True:
                try:
                    yield input("\n> ")
                except KeyboardInterrupt:
                    self._say("(quit or Ctrl-D leaves)")
                except EOFError:
                    self._say("")
                    return

    def _say(self, text: str) -> None:
        self._out.write(text + "\n")
        self._out.flush()


def reader(*, paint: Paint | None = None) -> Callable[[Reply, str], str]:
    """What shows replies to people, as wide as the terminal."""
    paint = paint or Paint(colour=wants_colour(sys.stdout))
    return lambda reply, heard: render(
        reply, heard, paint=paint, width=min(shutil.get_terminal_size((100, 24)).columns, 120)
    )


def greeting(home: Home, broker: str, port: int, paint: Paint) -> str:
    """What stands above the first prompt."""
    lines = [
        paint(
            f"A simulated home: {len(home.entities)} entities in {len(home.areas)} areas on {len(home.floors)} floors.",
            Style.BOLD,
        ),
        f"Its broker is {broker} on 127.0.0.1:{port}; look inside with: mosquitto_sub -p {port} -v -t '#'",
        "Try: turn on the kitchen ceiling light and set the fan to half",
        paint("help · devices · area · quit", Style.DIM),
    ]
    return "\n".join(lines)


def wants_colour(out: TextIO) -> bool:
    """Colours on a terminal only, and not against NO_COLOR or a dumb one."""
    return out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def history_file() -> Path:
    """Where the typed lines are kept: below the XDG state directory."""
    state = os.environ.get("XDG_STATE_HOME", "")
    return (Path(state) if Path(state).is_absolute() else Path.home() / ".local/state") / "ternd" / "demo_history"


@contextlib.contextmanager
def _history() -> Iterator[None]:
    """Line editing with the history of earlier sessions, where Python has readline and the file can be written."""
    try:
        import readline  # noqa: PLC0415 - not in every Python
    except ImportError:
        yield
        return
    path = history_file()
    with contextlib.suppress(OSError):
        readline.read_history_file(path)
    readline.set_history_length(_HISTORY_LINES)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            readline.write_history_file(path)
