"""The PyTorch model beside the engine, to see whether the packed engine writes what the model of the training run writes.

Both round activations to int8 at every matrix, so the smallest difference before a rounding, such as sums in another order,
can become a whole code after it. Three comparisons tell what is the engine's and what is the model's own nature: the engine
beside the model in float32; beside the model with its keys and values in half precision, as the engine caches them; and the
model beside itself with its input changed by a millionth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from appliance.intents import language
from appliance.intents.command_model import MAX_OUTPUT
from appliance.intents.grammar import Walk
from appliance.intents.parse import parse_line
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
    torch.manual_seed(0)
    net = load(run / "checkpoint.pt")
    some = [outcome for outcome in outcomes if outcome.understood.line][:_MOST]
    report: dict[str, Any] = {"sentences": len(some)}
    for name, half_cache in (("engine_and_float32", False), ("engine_and_half_precision_cache", True)):
        for layer in net.layers:
            layer.half_cache = half_cache
        report[name] = _summary([_follow(net, engine, vocabulary, outcome) for outcome in some])
    for layer in net.layers:
        layer.half_cache = False
    report["without_grammar"] = _unruled(net, vocabulary, some)
    report["float32_and_input_changed_by_a_millionth"] = _summary(
        [_shake(net, vocabulary, outcome) for outcome in some]
    )
    return report


def _summary(agreed: Sequence[tuple[bool, float]]) -> dict[str, float]:
    differences = [difference for _, difference in agreed]
    return {
        "same_line": round(sum(same for same, _ in agreed) / len(agreed), 4),
        "greatest_logit_difference": round(max(differences), 4),
        "mean_greatest_logit_difference": round(float(np.mean(differences)), 4),
    }


def _unruled(net: CommandNet, vocabulary: Vocabulary, outcomes: Sequence[Outcome]) -> dict[str, float]:
    """How often the model writes a legal line, and the right one, when nothing keeps it from writing any token."""
    legal, exact = 0, 0
    for outcome in outcomes:
        tokens, _, _ = _tokens(vocabulary, outcome)
        ids = [*tokens, SPECIAL[language.BEGIN]]
        first = len(ids)
        while len(ids) - first < MAX_OUTPUT and ids[-1] != SPECIAL[language.END]:
            with torch.no_grad():
                ids.append(int(net(torch.tensor([ids]), torch.tensor([len(ids) - 1])).argmax()))
        line = vocabulary.text(ids[first:])
        try:
            parse_line(line, outcome.example.text)
        except ValueError:
            continue
        legal += 1
        exact += line.removesuffix(language.END).split() == outcome.example.line.split()
    return {"legal": round(legal / len(outcomes), 4), "exact": round(exact / len(outcomes), 4)}


def _tokens(vocabulary: Vocabulary, outcome: Outcome) -> tuple[list[int], list[int], list[int]]:
    """The tokens of the sentence, where its words begin, and the tokens of the line that the engine wrote."""
    tokens: list[int] = []
    starts: list[int] = []
    for word in words(outcome.example.text):
        starts.append(len(tokens))
        tokens.extend(vocabulary.word(word.text))
    return tokens, starts, [*vocabulary.line(outcome.understood.line), SPECIAL[language.END]]


def _logits(net: CommandNet, prompt: Sequence[int], line: Sequence[int]) -> Tensor:
    """[tokens of line, vocabulary]: what the model gives before each token of the line."""
    positions = torch.arange(len(prompt) - 1, len(prompt) + len(line) - 1)
    with torch.no_grad():
        logits: Tensor = net(torch.tensor([[*prompt, *line[:-1]]]), positions)
    return logits


def _shake(net: CommandNet, vocabulary: Vocabulary, outcome: Outcome) -> tuple[bool, float]:
    """Whether a change of the embedding by a millionth changes a step, and the logits how far."""
    tokens, _, line = _tokens(vocabulary, outcome)
    prompt = [*tokens, SPECIAL[language.BEGIN]]
    before = _logits(net, prompt, line)
    kept = net.embed.detach().clone()
    with torch.no_grad():
        net.embed *= 1 + 1e-6 * torch.randn_like(net.embed)
        after = _logits(net, prompt, line)
        net.embed.copy_(kept)
    same = bool((before.argmax(-1) == after.argmax(-1)).all())
    return same, float((before - after).abs().max())


def _follow(net: CommandNet, engine: Session, vocabulary: Vocabulary, outcome: Outcome) -> tuple[bool, float]:
    """Walk along the line that the engine wrote: whether the model takes every step, and how far the logits are apart."""
    tokens, starts, line = _tokens(vocabulary, outcome)
    prompt = [*tokens, SPECIAL[language.BEGIN]]
    model = _logits(net, prompt, line).numpy()
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
