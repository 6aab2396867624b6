"""The safe-state program that runs after the daemon, and what is said where there are no pins."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from appliance.config import GpioSettings, OutputSettings
from appliance.errors import ActError
from appliance.gpio.board import GpiozeroBoard, _level_first, drive, missing, open_board
from appliance.gpio.safe_state import main, make_safe, note, note_path, noted

OUTPUTS = GpioSettings(
    factory="mock",
    output=(
        OutputSettings(id="switch.pump", name="Pump", pin=17, active_high=False),
        OutputSettings(id="switch.frost_guard", name="Frost guard", pin=22, safe_state="on"),
    ),
)


def test_all_outputs_are_driven() -> None:
    board = open_board("mock")
    assert isinstance(board, GpiozeroBoard)
    assert make_safe(OUTPUTS, board) == []
    assert board.factory.pin("GPIO17").state == 1
    assert board.factory.pin("GPIO22").state == 1


def test_one_failure_does_not_keep_the_others_from_safety() -> None:
    board = open_board("mock")
    assert isinstance(board, GpiozeroBoard)
    board.output(17, level=0, active_high=True, pwm=False)  # taken: the second claim fails
    failures = make_safe(OUTPUTS, board)
    assert len(failures) == 1
    assert failures[0].startswith("Pump: pin 17 cannot be used")
    assert board.factory.pin("GPIO22").state == 1


def test_the_program_reads_the_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ternd.toml"
    path.write_text('[gpio]\nfactory = "mock"\n[[gpio.output]]\nid = "switch.pump"\nname = "Pump"\npin = 17\n')
    assert main([str(path)]) == 0
    assert capsys.readouterr().err == ""


def test_the_program_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ternd.toml"
    path.write_text("[gpoi]\n")
    assert main([str(path)]) == 1
    assert 'did you mean "gpio"' in capsys.readouterr().err


def test_what_the_run_drove_is_made_safe_although_the_configuration_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    note(OUTPUTS, note_path())
    path = tmp_path / "ternd.toml"
    path.write_text("[gpoi]\n")
    board = open_board("mock")
    assert isinstance(board, GpiozeroBoard)
    assert main([str(path)], lambda _factory: board) == 1
    assert 'did you mean "gpio"' in capsys.readouterr().err
    assert (board.factory.pin("GPIO17").state, board.factory.pin("GPIO22").state) == (1, 1)


def test_what_the_configuration_has_lost_since_is_made_safe_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    note(OUTPUTS, note_path())
    path = tmp_path / "ternd.toml"
    path.write_text('[gpio]\nfactory = "mock"\n[[gpio.output]]\nid = "switch.fan"\nname = "Fan"\npin = 22\n')
    board = open_board("mock")
    assert isinstance(board, GpiozeroBoard)
    assert main([str(path)], lambda _factory: board) == 0
    assert (board.factory.pin("GPIO17").state, board.factory.pin("GPIO22").state) == (1, 0)


@pytest.mark.parametrize("text", ["", "[]", '{"output": [1]}', '{"output": [{"pin": 17}]}', "{"])
def test_a_damaged_note_is_none(text: str, tmp_path: Path) -> None:
    path = tmp_path / "outputs.json"
    path.write_text(text)
    assert noted(path) == GpioSettings()
    assert noted(tmp_path / "gone") == GpioSettings()


def test_without_outputs_no_hardware_is_asked_for() -> None:
    def no_board(factory: str) -> GpiozeroBoard:
        raise AssertionError(factory)

    assert main([], no_board) == 0


def test_a_missing_lgpio_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", None)
    assert "apt install python3-lgpio" in str(missing("lgpio"))


def test_the_empty_stub_of_lgpio_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", types.ModuleType("lgpio"))
    assert "empty package" in str(missing("auto"))


def test_mock_pins_are_never_missing() -> None:
    assert missing("mock") is None


def test_read_back_finds_a_line_that_does_not_follow() -> None:
    class Stuck:
        def write(self, level: float) -> None:
            pass

        def read(self) -> float:
            return 0.0

    with pytest.raises(ActError, match="set to 1 but reads 0"):
        drive(Stuck(), 1.0)


def test_an_lgpio_pin_becomes_an_output_with_its_level_in_one_step() -> None:
    claims: list[tuple[int, int, int]] = []

    class Pin:
        def __init__(self) -> None:
            self.factory = types.SimpleNamespace(_handle=9)
            self._number = 17

    def claim(handle: int, line: int, level: int) -> int:
        claims.append((handle, line, level))
        return 0

    pin = _level_first(Pin, claim)()
    pin.output_with_state(1.0)
    pin.output_with_state(0)
    assert claims == [(9, 17, 1), (9, 17, 0)]
