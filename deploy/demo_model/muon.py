"""Muon, for many small matrices: those of one shape are made orthogonal together.

PyTorch's own takes them one by one, which with matrices this small costs more than the rest of a step, and always in
bfloat16, which most processors multiply a hundred times slower than single precision. K. Jordan and others, "Muon: an
optimizer for hidden layers in neural networks", 2024.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic iteration that drives singular values towards 1."""
_ROUNDS = 5


class Muon(torch.optim.Optimizer):
    """Momentum whose updates are made orthogonal; as large, on the average, as those of AdamW with the same rate."""

    def __init__(self, parameters: Iterable[Tensor], lr: float, momentum: float = 0.95, weight_decay: float = 0.02):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:
        """Change every parameter that has a gradient."""
        for group in self.param_groups:
            alike: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    alike[parameter.shape].append(parameter)
            for parameters in alike.values():
                self._change(parameters, group["lr"], group["momentum"], group["weight_decay"])

    def _change(self, parameters: list[Tensor], lr: float, momentum: float, weight_decay: float) -> None:
        gradients = torch.stack([parameter.grad for parameter in parameters if parameter.grad is not None])
        moments = [self._moment(parameter) for parameter in parameters]
        moving = torch.stack(moments).lerp_(gradients, 1 - momentum)
        updates = orthogonal(gradients.lerp_(moving, momentum))  # Nesterov's way: one step ahead
        rows, columns = parameters[0].shape
        size = lr * 0.2 * max(rows, columns) ** 0.5
        for parameter, moment, moved, update in zip(parameters, moments, moving, updates, strict=True):
            moment.copy_(moved)
            parameter.mul_(1 - lr * weight_decay).sub_(update, alpha=size)

    def _moment(self, parameter: Tensor) -> Tensor:
        state = self.state[parameter]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(parameter)
        found: Tensor = state["momentum"]
        return found


def orthogonal(matrices: Tensor) -> Tensor:
    """(n, rows, columns) -> the same, with singular values near 1."""
    dtype = torch.bfloat16 if matrices.is_cuda else torch.float32
    tall = matrices.shape[1] > matrices.shape[2]
    x = (matrices.mT if tall else matrices).to(dtype)
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)
    a, b, c = _COEFFICIENTS
    for _ in range(_ROUNDS):
        square = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=b, alpha=c), x, beta=a)
    return (x.mT if tall else x).to(matrices.dtype)
