from __future__ import annotations

import io
from pathlib import Path

import pytest

from appliance.demo.prompt import Prompt, history_file, wants_colour
from appliance.messages import Delivery, Entity, Home, Intent, Reply, Result


class FakeAppliance:
    """Turns on what is asked for; a "ghost" never answers."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def ask(self, sentence: str) -> Reply:
        self.asked.append(sentence)
        result = Result.SENT if "ghost" in sentence else Result.CONFIRMED
        return Reply("1", f"Did: {sentence}", "", (Intent("HassTurnOn"),), (Delivery("light.a", result),))

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


def test_the_worst_outcome_of_a_pipe_is_the_exit_code() -> None:
    assert talk("ghost on\nlamp on\n")[2] == 4


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
