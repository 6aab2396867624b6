"""Choosing the next token from logits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from appliance.errors import ModelError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How adventurous the choice is."""

    temperature: float = 0.0
    """0: always the likeliest token; 1: as likely as the model says; up to 5."""
    top_p: float = 1.0
    """Only the likeliest tokens that together have this probability, above 0 to 1."""
    top_k: int = 0
    """Only so many of the likeliest tokens; 0: all."""
    seed: int | None = None
    """The same seed gives the same text; None: another each time."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if not 0.0 <= self.temperature <= 5.0:
            raise ModelError(f"the temperature must be 0 to 5, not {self.temperature}")
        if not 0.0 < self.top_p <= 1.0:
            raise ModelError(f"top-p must be above 0 and at most 1, not {self.top_p}")
        if self.top_k < 0:
            raise ModelError(f"top-k must be 0 or more, not {self.top_k}")
        if self.seed is not None and self.seed < 0:
            raise ModelError(f"the seed must be 0 or more, not {self.seed}")


class Sampler:
    """Draws tokens; the same seed and logits give the same tokens."""

    def __init__(self, sampling: Sampling) -> None:
        """Begin a sequence of draws."""
        self._sampling = sampling
        self._random = np.random.default_rng(sampling.seed)

    def choose(self, logits: npt.NDArray[np.float32]) -> int:
        """Return the index of the token that was drawn; the first of equals when the temperature is 0.

        -inf stands for a token that is not allowed; at least one must be.
        """
        settings = self._sampling
        if settings.temperature == 0.0:
            return int(logits.argmax())
        scaled = logits.astype(np.float64) / settings.temperature
        weights = np.exp(scaled - scaled.max())
        order = np.argsort(-weights, kind="stable")
        if settings.top_k:
            order = order[: settings.top_k]
        sums = np.cumsum(weights[order])
        if settings.top_p < 1.0:
            keep = int(np.searchsorted(sums, settings.top_p * sums[-1])) + 1
            order, sums = order[:keep], sums[:keep]
        drawn = int(np.searchsorted(sums, self._random.random() * sums[-1], side="right"))
        return int(order[min(drawn, len(order) - 1)])
