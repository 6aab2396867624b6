"""How well a model foretells a text: the measure of whether a conversion or a precision costs anything."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np

from appliance.engine import Model, Session
from appliance.engine.tune import default_threads
from appliance.errors import ModelError
from appliance.models.text import TextTokenizer

MAX_TEXT_BYTES: Final = 64 << 20
_BATCH: Final = 32


@dataclass(frozen=True, slots=True)
class Rating:
    """Of one text."""

    perplexity: float
    """exp of the mean of -log p of each token given those before it in its window."""
    tokens: int
    """That were foretold."""
    seconds: float


def measure(
    directory: Path,
    text: Path,
    *,
    window: int = 512,
    threads: int | None = None,
    kv: Literal["f16", "int8"] = "f16",
    shortlist: bool = False,
) -> Rating:
    """Rate a model on a text file, in windows of `window` tokens that do not overlap and each begin afresh."""
    try:
        with text.open("rb") as file:
            data = file.read(MAX_TEXT_BYTES + 1)
    except OSError as error:
        raise ModelError(f"{text}: {error.strerror}") from error
    if len(data) > MAX_TEXT_BYTES:
        raise ModelError(f"{text} is larger than {MAX_TEXT_BYTES} bytes: rate a part of it")
    with Model.open(directory, verify=False) as model:
        if not 2 <= window <= model.config.max_context:
            raise ModelError(f"the window must have 2 to {model.config.max_context} tokens, not {window}")
        tokenizer = TextTokenizer.open(model.tokenizer_path, model.config.n_vocab)
        tokens = tokenizer.encode(data.decode("utf-8", "replace"))
        if len(tokens) < 2:
            raise ModelError(f"{text} has too few tokens to rate anything")
        n_threads = threads or default_threads()
        if shortlist:
            model.make_shortlist(n_threads)
        with Session(model, n_ctx=window, n_threads=n_threads, kv=kv) as session:
            return rate(session, tokens, begin=tokenizer.begin, window=window)


def rate(session: Session, tokens: list[int], *, begin: tuple[int, ...] = (), window: int) -> Rating:
    """Rate tokens: each is foretold from those before it in its window, the first of a text from `begin`."""
    started = time.perf_counter()
    total, count = 0.0, 0
    step = window - len(begin)
    if step < 2:
        raise ModelError(f"a window of {window} tokens is too short")
    for start in range(0, len(tokens), step):
        part = [*begin, *tokens[start : start + step]]
        for loss in _losses(session, part, len(begin)):
            total += loss
            count += 1
    return Rating(math.exp(total / count), count, time.perf_counter() - started)


def _losses(session: Session, part: list[int], n_begin: int) -> list[float]:
    """-log p of every token of a window but those of the beginning, and the first where there is none."""
    losses = []
    session.truncate(0)
    for at in range(0, len(part) - 1, _BATCH):
        batch = part[at : at + _BATCH]
        session.append_every(batch)
        for index in range(min(len(batch), len(part) - 1 - at)):
            if at + index + 1 < n_begin:
                continue
            session.select(index)
            logits = session.logits().astype(np.float64)
            largest = logits.max()
            losses.append(float(largest + math.log(np.exp(logits - largest).sum()) - logits[part[at + index + 1]]))
    return losses
