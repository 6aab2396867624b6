"""How much of each feed-forward network a text leaves zero: ``python -m appliance.engine.zeros DIRECTORY TEXT``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import Tokenizer

from appliance.engine.binding import Zeros
from appliance.engine.model import Model
from appliance.engine.session import Session
from appliance.errors import ModelError, TerndError


def measure(directory: Path, lines: Iterable[str]) -> tuple[Zeros, ...]:
    """Decode each line token by token and return what was zero in each layer; raises `ModelError` and `EngineError`."""
    with Model.open(directory) as model:
        tokenizer = Tokenizer.from_file(str(model.tokenizer_path))
        texts = [tokenizer.encode(line.strip()).ids[: model.config.max_context] for line in lines]
        if not any(texts):
            raise ModelError("the text has no tokens")
        with Session(model, n_ctx=max(map(len, texts))) as session:
            session.count_zeros()
            for tokens in texts:
                session.truncate(0)
                for token in tokens:
                    session.append([token])
            return session.zeros()


def render(layers: Sequence[Zeros]) -> str:
    """Return a table for people."""
    rows = ["layer  zero after the gate  after rounding  rows of up skipped  columns of down skipped"]
    for number, layer in enumerate(layers):
        shares = (
            (layer.zeros, layer.inputs),
            (layer.zero_codes, layer.inputs),
            (layer.up_skipped, layer.up_rows),
            (layer.down_skipped, layer.down_columns),
        )
        gate, rounded, up, down = (f"{100 * part / whole:.0f} %" if whole else "-" for part, whole in shares)
        rows.append(f"{number:5}  {gate:>19}  {rounded:>14}  {up:>18}  {down:>23}")
    return "\n".join(rows) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table of a model directory and a file of lines; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m appliance.engine.zeros", description=__doc__)
    parser.add_argument("directory", type=Path, help="a model directory")
    parser.add_argument("text", type=Path, help="a file, each line of which is decoded from an empty context")
    options = parser.parse_args(arguments)
    try:
        sys.stdout.write(render(measure(options.directory, options.text.read_text(encoding="utf-8").splitlines())))
    except (TerndError, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
