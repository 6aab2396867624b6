"""The PyTorch model beside the engine, to see whether the packed engine writes what the model of the training run writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from appliance.intents import language
from appliance.intents.grammar import Walk
from appliance.intents.vocabulary import SPECIAL, Vocabulary
from appliance.text import words
from provisioning.command_model.export import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from appliance.intents.command_model import Session
    from provisioning.command_model.evaluate import Outcome
    from provisioning.command_model.model import CommandNet

_MOST = 500
"""Sentences to compare."""


def compare(run: Path, engine: Session, vocabulary: Vocabulary, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return how far the model of training run `run` and the engine agree over the first sentences of `outcomes`."""
    torch.set_num_threads(1)
    net = load(run / "checkpoint.pt")
    some = [outcome for outcome in outcomes if outcome.understood.line][:_MOST]
    agreed = [_follow(net, engine, vocabulary, outcome) for outcome in some]
    return {
        "sentences": len(some),
        "same_line": round(sum(same for same, _ in agreed) / len(some), 4),
        "greatest_logit_difference": round(max(difference for _, difference in agreed), 4),
        "mean_greatest_logit_difference": round(float(np.mean([difference for _, difference in agreed])), 4),
    }


def _follow(net: CommandNet, engine: Session, vocabulary: Vocabulary, outcome: Outcome) -> tuple[bool, float]:
    """Walk along the line that the engine wrote: whether the model takes every step, and how far the logits are apart."""
    tokens: list[int] = []
    starts: list[int] = []
    for word in words(outcome.example.text):
        starts.append(len(tokens))
        tokens.extend(vocabulary.word(word.text))
    prompt = [*tokens, SPECIAL[language.BEGIN]]
    line = [*vocabulary.line(outcome.understood.line), SPECIAL[language.END]]
    with torch.no_grad():
        positions = torch.arange(len(prompt) - 1, len(prompt) + len(line) - 1)
        model = net(torch.tensor([[*prompt, *line[:-1]]]), positions).numpy()
    engine.sync(prompt)
    walk = Walk(tokens, starts)
    same, greatest = True, 0.0
    for step, token in enumerate(line):
        allowed = walk.allowed()
        if len(allowed) > 1:
            greatest = max(greatest, float(np.abs(engine.logits(allowed) - model[step][allowed]).max()))
            same = same and allowed[int(model[step][allowed].argmax())] == token
        walk.advance(token)
        engine.append([token])
    return same, greatest
