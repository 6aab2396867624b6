"""Record what the command model asks of the engine for the sentences of ``ternd bench``, for counting instructions.

``python native/bench/command_calls.py > calls.json``, with the package installed; then ``arm_tables.py --calls calls.json``.
"""

from __future__ import annotations

import contextlib
import json
import sys
from importlib import resources
from typing import Any

from appliance.engine import Model, Session
from appliance.opening import SHIPPED_MODEL, open_command_model


def main() -> None:
    """Print the model's shape and, for each sentence, its calls as ``replay_calls.c`` reads them."""
    calls: list[str] = []
    sync, append, append_every = Session.sync, Session.append, Session.append_every
    logits, truncate = Session.logits, Session.truncate

    def recorded_sync(self: Session, tokens: Any) -> int:
        evaluated = sync(self, tokens)
        calls.append(f"t{len(tokens) - evaluated} a{evaluated}")
        return evaluated

    def recorded_append(self: Session, tokens: Any) -> None:
        append(self, tokens)
        calls.append(f"a{len(tokens)}")

    def recorded_append_every(self: Session, tokens: Any) -> None:
        append_every(self, tokens)
        calls.append(f"a{len(tokens)}")

    def recorded_logits(self: Session, ids: Any = None) -> Any:
        found = logits(self, ids)
        calls.append(f"l{len(found)}")
        return found

    def recorded_truncate(self: Session, length: int) -> None:
        truncate(self, length)
        calls.append(f"t{length}")

    with contextlib.ExitStack() as parts:
        Session.sync, Session.append = recorded_sync, recorded_append  # type: ignore[method-assign]
        Session.append_every = recorded_append_every  # type: ignore[method-assign]
        Session.logits, Session.truncate = recorded_logits, recorded_truncate  # type: ignore[method-assign]
        _, command = open_command_model(None, parts)
        setup = " ".join(calls)
        config = parts.enter_context(Model.open(SHIPPED_MODEL)).config
        sentences = []
        for sentence in resources.files("appliance").joinpath("data/bench.txt").read_text("utf-8").splitlines():
            calls.clear()
            command.understand(sentence)
            sentences.append(" ".join(calls))
    names = ("n_layers", "d_model", "d_ff", "n_heads", "n_kv_heads", "head_dim", "n_vocab")
    json.dump({name: getattr(config, name) for name in names} | {"setup": setup, "sentences": sentences}, sys.stdout)


if __name__ == "__main__":
    main()
