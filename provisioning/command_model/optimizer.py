"""Muon for the matrices, AdamW for the rest.

Muon (Keller Jordan, 2024): the momentum of a matrix is replaced by the nearest orthogonal matrix, found by a few
Newton-Schulz steps. The work is shared: each process orthogonalises its part of the matrices.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import torch
from torch import Tensor, distributed

if TYPE_CHECKING:
    from collections.abc import Sequence

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic iteration of the Muon paper: steep at zero, so that five steps are enough."""

_STEPS = 5


def orthogonal(matrices: Tensor) -> Tensor:
    """Return the nearly orthogonal factor of each of [n, rows, cols], in bfloat16."""
    a, b, c = _COEFFICIENTS
    x = matrices.to(torch.bfloat16)
    turned = x.shape[-2] > x.shape[-1]
    if turned:
        x = x.transpose(-1, -2)
    x = x / (x.float().norm(dim=(-2, -1), keepdim=True) + 1e-7).to(x.dtype)
    for _ in range(_STEPS):
        square = torch.stack([m @ m.t() for m in x])
        poly = torch.stack([b * m + c * (m @ m) for m in square])
        x = torch.stack([a * m + p @ m for m, p in zip(x, poly, strict=True)])
    return x.transpose(-1, -2) if turned else x


class Muon(torch.optim.Optimizer):
    """Orthogonalised momentum; the step of a matrix [rows, cols] is scaled by sqrt(max(1, rows / cols))."""

    def __init__(self, params: Sequence[Tensor], lr: float = 0.02, momentum: float = 0.95) -> None:
        """Keep `params`, matrices only."""
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Update every matrix; all processes must call it together."""
        del closure
        rank, world = (distributed.get_rank(), distributed.get_world_size()) if distributed.is_initialized() else (0, 1)
        for group in self.param_groups:
            mine, others = [], []
            for index, parameter in enumerate(group["params"]):
                state = self.state[parameter]
                if not state:
                    state["momentum"] = torch.zeros_like(parameter)
                state["momentum"].lerp_(parameter.grad, 1 - group["momentum"])
                (mine if index % world == rank else others).append(parameter)
            updates = {parameter: torch.empty_like(parameter) for parameter in group["params"]}
            by_shape: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for parameter in mine:
                by_shape[parameter.shape].append(parameter)
            for shape, parameters in by_shape.items():
                # Nesterov: look one step ahead along the momentum
                ahead = [p.grad.lerp(self.state[p]["momentum"], group["momentum"]) for p in parameters if p.grad is not None]
                scale = max(1.0, shape[0] / shape[1]) ** 0.5
                for parameter, update in zip(parameters, orthogonal(torch.stack(ahead)), strict=True):
                    updates[parameter].copy_(update.float() * scale)
            if world > 1:
                for owner in range(world):
                    owned = [p for index, p in enumerate(group["params"]) if index % world == owner]
                    flat = torch.cat([updates[p].view(-1) for p in owned])
                    distributed.broadcast(flat, owner)
                    for p, piece in zip(owned, flat.split([p.numel() for p in owned]), strict=True):
                        updates[p].copy_(piece.view_as(p))
            for parameter, update in updates.items():
                parameter.add_(update, alpha=-group["lr"])
