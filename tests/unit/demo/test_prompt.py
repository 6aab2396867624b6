from __future__ import annotations

import io
import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.demo.prompt import Prompt, history_file, wants_colour
from appliance.messages import Delivery, Entity, Home, Intent, Reply, Result

ROOT = Path(__file__).parents[3]


class FakeAppliance:
    """Turns on what is asked for; a "ghost" never answers."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def ask(self, sentence: str) -> Reply:
        self.asked.append(sentence)
        result = Result.SENT if "ghost" in sentence else Result.CONFIRMED
        return Reply("1", f"Did: {sentence}", "", (Intent("HassTurnOn"),), (Delivery("light.a", result),))

    def go_to(self, area: str) -> str:
        self.asked.append(f"@{area}")
        return f"in {area}"

    def home(self) -> Home:
        return Home(entities=(Entity("light.a", "Lamp", state="off"),))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def talk(text: str) -> tuple[FakeAppliance, str, int]:
    appliance, out = FakeAppliance(), io.StringIO()
    code = Prompt(
        appliance, show=lambda reply, heard: f"{heard} -> {reply.text}", source=io.StringIO(text), out=out
    ).run()
    return appliance, out.getvalue(), code


def test_sentences_are_asked_and_shown() -> None:
    appliance, out, code = talk("lamp on\n\n  lamp off  \n")
    assert appliance.asked == ["lamp on", "lamp off"]
    assert out == "lamp on -> Did: lamp on\nlamp off -> Did: lamp off\n"
    assert code == 0


def test_words_of_the_prompt_are_no_sentences() -> None:
    appliance, out, code = talk("help\nDevices\nquit\nlamp on\n")
    assert appliance.asked == []
    assert "turn on the kitchen ceiling light" in out
    assert "light.a" in out
    assert code == 0


def test_the_area_can_be_changed() -> None:
    appliance, out, _ = talk("area Living Room\narea\nareal view\n")
    assert appliance.asked == ["@Living Room", "@", "areal view"]
    assert out.startswith("in Living Room\nin \n")


def test_the_worst_outcome_of_a_pipe_is_the_exit_code() -> None:
    assert talk("ghost on\nlamp on\n")[2] == 4
    assert talk("ghost on\nquit\n")[2] == 4


def test_at_a_terminal_there_is_history_and_ctrl_c_only_drops_the_line(tmp_path: Path) -> None:
    program = (
        # a test run in the background ignores Ctrl-C, and what it starts inherits that
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from appliance.demo.prompt import Prompt\n"
        "from tests.unit.demo.test_prompt import FakeAppliance\n"
        "code = Prompt(FakeAppliance(), show=lambda reply, heard: 'SHOWN ' + reply.text).run()\n"
        "print('LEFT', code)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(tmp_path), "TERM": "dumb"}
    master, slave = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
        start_new_session=True,
    ) as process:
        os.close(slave)
        screen = Screen(master)
        try:
            screen.until("> ")
            os.write(master, b"lamp on\n")
            screen.until("SHOWN Did: lamp on")
            screen.until("> ")
            # readline misses a signal that comes between its prompt and its wait; people then press Ctrl-C once more
            screen.until("leaves)", nudge=lambda: os.kill(process.pid, signal.SIGINT))
            screen.until("> ")
            os.write(master, b"\x04")
            screen.until("LEFT 0\r\n")
            os.close(master)
            assert process.wait(60) == 0
        finally:
            process.kill()
    assert "Traceback" not in screen.seen
    assert "lamp on" in (tmp_path / "ternd" / "demo_history").read_text()


class Screen:
    """What a terminal shows, read bit by bit."""

    def __init__(self, terminal: int) -> None:
        self.seen = ""
        self._terminal = terminal
        self._read = 0

    def until(self, text: str, nudge: Callable[[], None] = lambda: None) -> None:
        """Read on until `text` has come after what was waited for before; `nudge` at first and after each quiet while."""
        patience = 12
        nudge()
        while (place := self.seen.find(text, self._read)) < 0:
            ready, _, _ = select.select([self._terminal], [], [], 5)
            if not ready:
                patience -= 1
                assert patience, f"{text!r} does not come after {self.seen!r}"
                nudge()
                continue
            self.seen += os.read(self._terminal, 4096).decode()
        self._read = place + len(text)


def test_colour_needs_a_terminal_and_no_objection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert wants_colour(Terminal())
    assert not wants_colour(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_colour(Terminal())
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not wants_colour(Terminal())


def test_history_stays_below_the_state_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert history_file() == tmp_path / "ternd" / "demo_history"
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert history_file() == tmp_path / ".local/state/ternd/demo_history"
