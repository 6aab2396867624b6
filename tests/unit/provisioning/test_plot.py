"""The picture of a learning curve."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.command_model.plot import draw, points

CURVE = "step,tokens,loss,dev_loss,heldout_loss,dev_exact,heldout_exact\n1,1000000,0.5\n2,2000000,0.4,0.3,0.6,0.8,0.5\n"


def test_a_column_is_read_where_it_was_measured() -> None:
    rows: list[dict[str, str | None]] = [
        {"tokens": "1000000", "loss": "0.5", "dev_loss": None},
        {"tokens": "2000000", "loss": "0.4", "dev_loss": "0.3"},
    ]
    assert points(rows, "loss") == ([1.0, 2.0], [0.5, 0.4])
    assert points(rows, "dev_loss") == ([2.0], [0.3])


def test_the_picture_is_written_beside_the_curve(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    (tmp_path / "curve.csv").write_text(CURVE)
    assert "<svg" in draw(tmp_path).read_text()
