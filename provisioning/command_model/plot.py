"""Draw the learning curve of a run: ``python -m provisioning.command_model.plot build/command`` writes ``curve.svg`` there."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

_LOSSES = {"loss": "training batches", "dev_loss": "training wordings, other seed", "heldout_loss": "held-out wordings"}
_SHARES = {"dev_exact": _LOSSES["dev_loss"], "heldout_exact": _LOSSES["heldout_loss"]}


def points(rows: Sequence[dict[str, str | None]], column: str) -> tuple[list[float], list[float]]:
    """Millions of tokens and the values of `column`, where it was measured."""
    found = [(float(row["tokens"] or 0) / 1e6, float(value)) for row in rows if (value := row.get(column))]
    return [x for x, _ in found], [y for _, y in found]


def draw(run: Path) -> Path:
    """Write the picture of a run's ``curve.csv``; returns its path. Raises OSError where there is none."""
    with (run / "curve.csv").open(newline="") as file:
        rows: list[dict[str, str | None]] = list(csv.DictReader(file))
    from matplotlib.figure import Figure  # noqa: PLC0415 - training does without the picture where it is not installed

    figure = Figure(figsize=(9, 4), layout="constrained")
    losses, shares = figure.subplots(1, 2)
    for column, label in _LOSSES.items():
        losses.plot(*points(rows, column), label=label, linewidth=1)
    losses.set(xlabel="million tokens", ylabel="cross-entropy a token", yscale="log")
    for column, label in _SHARES.items():
        x, y = points(rows, column)
        shares.plot(x, [100 * value for value in y], label=label, linewidth=1)
    shares.set(xlabel="million tokens", ylabel="sentences exactly right, %")
    for axes in (losses, shares):
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    path = run / "curve.svg"
    figure.savefig(path, metadata={"Date": None})
    return path


def main() -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="directory of a training run")
    print(draw(parser.parse_args().run))


if __name__ == "__main__":
    main()
