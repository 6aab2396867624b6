"""The PyTorch model behind the engine's interface, to see whether the packed engine writes the same lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from appliance.intents.command_model import CommandModel
from provisioning.command_model.export import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from appliance.intents.command_model import Session
    from appliance.intents.vocabulary import Vocabulary
    from provisioning.command_model.evaluate import Outcome
    from provisioning.command_model.model import CommandNet

_MOST = 500
"""Sentences to compare: the twin evaluates the whole sequence anew for every token."""


class TwinSession:
    """A session without a cache, in PyTorch."""

    def __init__(self, net: CommandNet) -> None:
        """Evaluate with `net`."""
        self._net = net
        self._tokens: list[int] = []

    def sync(self, tokens: Sequence[int], /) -> int:
        """Hold exactly `tokens`."""
        self._tokens = list(tokens)
        return len(tokens)

    def append(self, tokens: Sequence[int], /) -> None:
        """Hold more tokens."""
        self._tokens.extend(tokens)

    def truncate(self, length: int, /) -> None:
        """Hold fewer tokens."""
        del self._tokens[length:]

    def logits(self, ids: Sequence[int] | None = None, /) -> npt.NDArray[np.float32]:
        """Return the logits of the last token."""
        with torch.no_grad():
            last = torch.tensor([len(self._tokens) - 1])
            values: npt.NDArray[np.float32] = self._net(torch.tensor([self._tokens]), last)[0].numpy()
        return values if ids is None else values[list(ids)]


class _Both:
    """Hands everything to two sessions and keeps the greatest difference of their logits."""

    def __init__(self, engine: Session, twin: TwinSession) -> None:
        self._engine = engine
        self._twin = twin
        self.greatest = 0.0

    def sync(self, tokens: Sequence[int], /) -> int:
        self._twin.sync(tokens)
        return self._engine.sync(tokens)

    def append(self, tokens: Sequence[int], /) -> None:
        self._twin.append(tokens)
        self._engine.append(tokens)

    def truncate(self, length: int, /) -> None:
        self._twin.truncate(length)
        self._engine.truncate(length)

    def logits(self, ids: Sequence[int] | None = None, /) -> npt.NDArray[np.float32]:
        values = self._engine.logits(ids)
        self.greatest = max(self.greatest, float(np.abs(values - self._twin.logits(ids)).max()))
        return values


def compare(run: Path, engine: Session, vocabulary: Vocabulary, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return how far the twin of training run `run` and the engine agree over the first sentences of `outcomes`."""
    net = load(run / "checkpoint.pt")
    both = _Both(engine, TwinSession(net))
    forced, alone = CommandModel(both, vocabulary), CommandModel(TwinSession(net), vocabulary)
    some = outcomes[:_MOST]
    same = 0
    for outcome in some:
        forced.understand(outcome.example.text)
        same += alone.understand(outcome.example.text).line == outcome.understood.line
    return {
        "sentences": len(some),
        "same_line": round(same / len(some), 4),
        "greatest_logit_difference": round(both.greatest, 4),
    }
