"""Adam for gradients of which most rows are absent."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from scratch.dtypes import Array
from scratch.module import Parameter
from scratch.optimizers._options import check_betas
from scratch.optimizers.optimizer import Optimizer

__all__ = ["SparseAdam"]


class SparseAdam(Optimizer):
    """Adam that leaves alone the rows without a gradient: the words of a vocabulary that are not in the batch.

    A row is an index of the first axis. PyTorch demands gradients of its sparse kind, which hold the rows that are
    there; here a gradient is an ordinary array, and a row of zeros is absent.

    Math:
        for each row of g = grad (−grad if maximize) that is not all zeros:
        m ← β₁ · m + (1 − β₁) · g
        v ← β₂ · v + (1 − β₂) · g²
        p ← p − lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + eps)
        where p is the row of the parameter, m and v are its rows of `exp_avg` and `exp_avg_sq`, and t = 1, 2, … is the
        `step` of the whole parameter, which counts for absent rows too. In Adam an absent row goes on moving, and its
        means fade. eps stands beside √v, not beside √v̂ as in Adam.

    Args:
        params: parameters, or groups of them.
        lr: learning rate.
        betas: β₁ and β₂, the shares of the running means that are kept.
        eps: added to the root, outside it, so that nothing is divided by zero.
        maximize: climb instead of descend.

    Shape:
        - Parameter: (N, *), N rows.
        - step: a Python int; exp_avg, exp_avg_sq: as the parameter.

    Raises:
        ValueError: lr or eps is not above 0, or a beta is outside [0, 1).
        RuntimeError: a parameter without axes, which has no rows.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.SparseAdam.html

    Example:
        >>> weight = Parameter(np.array([[1.0], [1.0]]))
        >>> optimizer = SparseAdam([weight], lr=0.1)
        >>> for grad in ([[42.0], [42.0]], [[42.0], [0.0]]):
        ...     weight.grad = np.array(grad)
        ...     optimizer.step()
        >>> weight.data.round(6)  # two steps of length lr for the first row, one for the second
        array([[0.8],
               [0.9]])
    """

    def __init__(
        self,
        params: Iterable[Parameter] | Iterable[dict[str, Any]],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        for option, value in (("lr", lr), ("eps", eps)):
            if not value > 0:
                raise ValueError(f"SparseAdam: expected {option} > 0, got {value}")
        check_betas("SparseAdam", betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})

    def _loaded(self, key: str, value: Any, parameter: Parameter) -> Any:
        return value if key == "step" else super()._loaded(key, value, parameter)  # an int, unlike Adam's

    def update(self, parameter: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        if grad.ndim == 0:
            raise RuntimeError("SparseAdam: expected a gradient with rows, got one without axes")
        if not state:
            state["step"] = 0
            state["exp_avg"] = np.zeros_like(parameter)
            state["exp_avg_sq"] = np.zeros_like(parameter)
        state["step"] += 1
        (beta1, beta2), t = group["betas"], state["step"]

        rows = self.present(grad)  # (R,), their numbers
        grad = -grad[rows] if group["maximize"] else grad[rows]  # (R, *)
        mean, mean_square = state["exp_avg"][rows], state["exp_avg_sq"][rows]
        mean += (1 - beta1) * (grad - mean)
        mean_square += (1 - beta2) * (np.square(grad) - mean_square)
        state["exp_avg"][rows], state["exp_avg_sq"][rows] = mean, mean_square
        step_size = float(group["lr"]) * math.sqrt(1 - beta2**t) / (1 - beta1**t)
        parameter[rows] -= step_size * (mean / (np.sqrt(mean_square) + group["eps"]))

    def present(self, grad: Array) -> Any:
        """The rows that have a gradient."""
        return np.flatnonzero(grad.any(axis=tuple(range(1, grad.ndim))))
