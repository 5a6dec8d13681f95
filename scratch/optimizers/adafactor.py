"""Adafactor."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from scratch.dtypes import Array, get_default_dtype
from scratch.module import Parameter
from scratch.optimizers._options import check_not_negative
from scratch.optimizers.optimizer import Optimizer

__all__ = ["Adafactor"]


class Adafactor(Optimizer):
    """Adam's division by the root mean square at a fraction of the memory: a matrix keeps its rows' and columns' means.

    Math:
        g ← grad (−grad if maximize)
        α = max(eps₂, RMS(p)) · min(lr, 1 / √t), then p ← p · (1 − lr · weight_decay)
        β = 1 − t^beta2_decay
        R ← β · R + (1 − β) · (mean of g² over the last axis)
        C ← β · C + (1 − β) · (mean of g² over the axis before it)
        v = R · C / max(mean of R, eps₁)        for a matrix, or a stack of them
        V ← β · V + (1 − β) · g², and v = V     for a vector
        u = g / max(√v, eps₁)
        p ← p − α · u / max(1, RMS(u) / d)
        where p is the parameter, t = 1, 2, … is its `step`, and R, C and V, which start at 0, are its `row_var`,
        `col_var` and `variance`. RMS(x) is the root of the mean of x². A column times a row, v is the only matrix of
        rank one with the means that were kept. The step is a share of the parameter's own size.

    Args:
        params: parameters, or groups of them.
        lr: the largest share of its size by which a parameter changes; it falls as 1 / √t.
        beta2_decay: power of t, below 0; β grows from 0 at the first step towards 1.
        eps: eps₁, the least root mean square that is divided by, and eps₂, the least size a parameter counts for. None
            for eps₁ is the distance from 1 to the next number of the parameter's dtype.
        d: the largest root mean square of an update that is left alone.
        weight_decay: the share, times lr, by which the parameter shrinks at each step.
        maximize: climb instead of descend.

    Shape:
        - step: (); row_var: (*, N, 1) and col_var: (*, 1, M) for a parameter (*, N, M); variance: as a parameter with
          fewer than two axes.

    Raises:
        ValueError: lr, weight_decay or one of eps is below 0, beta2_decay is above 0, or d is below 1.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.Adafactor.html
        Shazeer and Stern 2018, https://arxiv.org/abs/1804.04235, which has 0.01 for lr, adds eps₁ to g², and sums where
        means are taken here.

    Example:
        >>> weight = Parameter(np.array([2.0, 2.0]))
        >>> optimizer = Adafactor([weight], lr=0.01)
        >>> weight.grad = np.array([42.0, -1.0])
        >>> optimizer.step()
        >>> weight.data  # 2 ∓ 0.01 · 2: the first step is one percent of the size
        array([1.98, 2.02])
    """

    def __init__(
        self,
        params: Iterable[Parameter] | Iterable[dict[str, Any]],
        lr: float = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        eps1, eps2 = eps
        check_not_negative("Adafactor", lr=lr, eps1=0 if eps1 is None else eps1, eps2=eps2, weight_decay=weight_decay)
        if not beta2_decay <= 0:
            raise ValueError(f"Adafactor: expected beta2_decay <= 0, got {beta2_decay}")
        if not d >= 1:
            raise ValueError(f"Adafactor: expected d >= 1, got {d}")
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _state_shape(self, key: str, shape: tuple[int, ...]) -> tuple[int, ...]:
        return {"row_var": (*shape[:-1], 1), "col_var": (*shape[:-2], 1, *shape[-1:])}.get(key, shape)

    def update(self, parameter: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        if not state:
            state["step"] = np.zeros((), get_default_dtype())
            for key in ("row_var", "col_var") if parameter.ndim > 1 else ("variance",):
                state[key] = np.zeros(self._state_shape(key, parameter.shape), parameter.dtype)
        state["step"] += 1
        lr, t, (eps1, eps2) = float(group["lr"]), float(state["step"]), group["eps"]
        eps1 = float(np.finfo(parameter.dtype).eps) if eps1 is None else eps1
        if group["maximize"]:
            grad = -grad

        alpha = max(eps2, root_mean_square(parameter)) * min(lr, 1 / math.sqrt(t))
        parameter *= 1 - lr * group["weight_decay"]
        mean_square = self.mean_square(np.square(grad), t ** group["beta2_decay"], state, eps1)
        step = grad / np.sqrt(np.maximum(mean_square, eps1 * eps1))
        parameter -= alpha / self.clipping(step, group["d"]) * step

    def mean_square(self, square: Array, share: float, state: dict[str, Any], eps1: float) -> Array:
        """v, after the new squares have gone into the means with their share 1 − β."""
        if square.ndim < 2:
            variance: Array = state["variance"]
            variance += share * (square - variance)
            return variance
        rows, columns = state["row_var"], state["col_var"]
        rows += share * (square.mean(axis=-1, keepdims=True) - rows)  # (*, N, 1)
        columns += share * (square.mean(axis=-2, keepdims=True) - columns)  # (*, 1, M)
        product: Array = rows * columns  # (*, N, M)
        product /= np.maximum(rows.mean(axis=-2, keepdims=True), eps1)
        return product

    def clipping(self, step: Array, d: float) -> float:
        """What an update is divided by, so that its root mean square is at most d."""
        return max(1.0, root_mean_square(step) / d)


def root_mean_square(x: Array) -> float:
    return float(np.sqrt(np.square(x).mean()))
