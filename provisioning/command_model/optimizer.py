"""Muon for the matrices, AdamW for the rest.

Muon (Keller Jordan, 2024): the momentum of a matrix is replaced by the nearest orthogonal matrix, found by a few
Newton-Schulz steps. The work is shared: each process orthogonalises its part of the matrices.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import torch
from torch import Tensor, distributed

from provisioning.command_model.model import PRODUCTS

if TYPE_CHECKING:
    from collections.abc import Sequence

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic iteration of the Muon paper: steep at zero, so that five steps are enough."""

_STEPS = 5


def orthogonal(matrices: Tensor) -> Tensor:
    """Return the nearly orthogonal factor of each of [n, rows, cols], in :data:`PRODUCTS`."""
    a, b, c = _COEFFICIENTS
    x = matrices.to(PRODUCTS)
    turned = x.shape[-2] > x.shape[-1]
    if turned:
        x = x.transpose(-1, -2).contiguous()
    x = x / (x.float().norm(dim=(-2, -1), keepdim=True) + 1e-7).to(x.dtype)
    for _ in range(_STEPS):
        square = x @ x.transpose(-1, -2)
        poly = torch.baddbmm(square, square, square, beta=b, alpha=c)
        x = torch.baddbmm(x, poly, x, beta=a)
    return x.transpose(-1, -2) if turned else x


class Muon(torch.optim.Optimizer):
    """Orthogonalised momentum; the step of a matrix [rows, cols] is scaled by sqrt(max(1, rows / cols))."""

    def __init__(self, params: Sequence[Tensor], lr: float = 0.02, momentum: float = 0.95) -> None:
        """Keep `params`, matrices only."""
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Update every matrix; all processes must call it together."""
        del closure
        for group in self.param_groups:
            parameters: list[Tensor] = group["params"]
            for parameter in parameters:
                state = self.state[parameter]
                if not state:
                    state["momentum"] = torch.zeros_like(parameter)
                state["momentum"].lerp_(parameter.grad, 1 - group["momentum"])
            for parameter, update in zip(parameters, self._updates(parameters, group["momentum"]), strict=True):
                parameter.add_(update, alpha=-group["lr"])

    def _updates(self, parameters: Sequence[Tensor], momentum: float) -> list[Tensor]:
        """Return the update of every matrix; each process computes its share and they exchange the results."""
        rank, world = (distributed.get_rank(), distributed.get_world_size()) if distributed.is_initialized() else (0, 1)
        updates = [torch.empty_like(parameter) for parameter in parameters]
        by_shape: dict[torch.Size, list[int]] = defaultdict(list)
        for index in range(rank, len(parameters), world):
            by_shape[parameters[index].shape].append(index)
        for shape, indexes in by_shape.items():
            # Nesterov: look one step ahead along the momentum
            ahead = [parameters[i].grad.lerp(self.state[parameters[i]]["momentum"], momentum) for i in indexes]
            scale = max(1.0, shape[0] / shape[1]) ** 0.5
            for i, update in zip(indexes, orthogonal(torch.stack(ahead)), strict=True):
                updates[i].copy_(update.float() * scale)
        if world > 1:
            for owner in range(world):
                owned = updates[owner::world]
                flat = torch.cat([update.view(-1) for update in owned])
                distributed.broadcast(flat, owner)
                for update, piece in zip(owned, flat.split([update.numel() for update in owned]), strict=True):
                    update.copy_(piece.view_as(update))
        return updates
