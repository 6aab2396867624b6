import json
from pathlib import Path

import pytest

from appliance.engine.bench import main, measure, render
from tests.native.models import SMALL, write_random


def test_a_report_has_the_figures_of_the_model(tmp_path: Path) -> None:
    report = measure(write_random(tmp_path / "model", SMALL), n_threads=2, prefill=10, head_rows=7, repeats=2)
    assert (report.prefill_tokens, report.head_rows, report.n_threads) == (10, 7, 2)
    assert min(report.open_ms, report.prefill_ms, report.decode_ms, report.resident_mib) > 0
    assert "10 tokens" in render(report)


def test_the_prompt_is_cut_to_the_context(tmp_path: Path) -> None:
    assert measure(write_random(tmp_path / "model"), prefill=10_000, repeats=1).prefill_tokens == 15


def test_the_command_prints_json_or_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(write_random(tmp_path / "model")), "--json", "--repeats", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["decode_ms"] > 0
    assert main([str(tmp_path)]) == 1
    assert "No such file" in capsys.readouterr().err
