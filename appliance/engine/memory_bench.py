"""What a whole process weighs whose context is full: ``python -m appliance.engine.memory_bench DIRECTORY THREADS full|short|grammar``.

A module of its own that imports the engine and next to nothing else: what it loads is part of the result.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from appliance.engine import Model, Session
from appliance.errors import EngineError, TerndError

FULL_CONTEXT: Final = 2048
GRAMMAR_CONTEXT: Final = 512
GRAMMAR_ROWS: Final = 512


def measure(directory: Path, n_threads: int, head: str) -> dict[str, Any]:
    """Fill a context and ask for all rows of the head (``full``, ``short`` by a shortlist: 2,048 tokens) or a grammar's (512); int8 cache.

    What the result holds are fields of `shape_bench.Memory`.
    """
    if head not in {"full", "short", "grammar"}:
        raise EngineError(f"there is no head {head!r}; it is full, short or grammar")
    with Model.open(directory, verify=False) as model:
        n_ctx = min(GRAMMAR_CONTEXT if head == "grammar" else FULL_CONTEXT, model.config.max_context)
        n_vocab = model.config.n_vocab
        tokens = (np.arange(n_ctx, dtype=np.int64) * 7919 % n_vocab).astype(np.int32)  # all over the embedding
        if head == "short":
            model.make_shortlist(n_threads)
        with Session(model, n_ctx=n_ctx, n_threads=n_threads, kv="int8") as session:
            session.append(tokens)
            session.logits(tokens[: min(GRAMMAR_ROWS, n_ctx)] if head == "grammar" else None)
            return {"what": f"{head} head, int8 KV of {n_ctx} tokens, full", "n_ctx": n_ctx, "peak_mb": peak_mb()}


def peak_mb() -> float:
    """Return the peak resident memory of this process, in 10⁶ bytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise EngineError("/proc/self/status has no VmHWM")


def main(arguments: Sequence[str]) -> int:
    """Measure in this process and print JSON; return the exit status."""
    directory, n_threads, head = arguments
    try:
        found = measure(Path(directory), int(n_threads), head)
    except TerndError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
