"""Muon: momentum, orthogonalized."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from scratch.dtypes import Array
from scratch.module import Parameter
from scratch.optimizers._bfloat16 import to_bfloat16
from scratch.optimizers._options import check_not_negative
from scratch.optimizers.optimizer import Optimizer

__all__ = ["Muon"]


class Muon(Optimizer):
    """Momentum with all its singular values brought near 1, so that rare directions count as much as common ones.

    Math:
        m ← momentum · m + (1 − momentum) · grad
        u = momentum · m + (1 − momentum) · grad with Nesterov momentum, else m
        X = u / max(‖u‖, eps), where ‖u‖ is the root of the sum of u²
        A = X Xᵀ and X ← a · X + (b · A + c · A²) X, ns_steps times (Newton and Schulz)
        p ← p · (1 − lr · weight_decay)
        p ← p − lr · s · X
        where p is the parameter, an (N, M) matrix, m, which starts at 0, is its `momentum_buffer`, and a, b and c are
        the `ns_coefficients`. With X = U diag(σ) Vᵀ, an iteration takes each singular value σ to a σ + b σ³ + c σ⁵
        and leaves U and V alone; five of them bring every σ above 0.002 to between 0.68 and 1.21, or near it.
        s is √max(1, N / M), or 0.2 · √max(N, M) with adjust_lr_fn="match_rms_adamw".
        The iterations are computed in bfloat16, as in PyTorch, since near 1 is near enough.

    Args:
        params: matrices, or groups of them. Biases and embeddings belong to another optimizer, such as AdamW.
        lr: learning rate.
        weight_decay: the share, times lr, by which the parameter shrinks at each step.
        momentum: share of the buffer that is kept.
        nesterov: look ahead along the buffer.
        ns_coefficients: (a, b, c), the coefficients of the polynomial.
        eps: the least norm that is divided by.
        ns_steps: number of iterations.
        adjust_lr_fn: "original" (or None) or "match_rms_adamw", which makes a step as long as one of AdamW's.

    Shape:
        - momentum_buffer: (N, M), as the parameter.

    Raises:
        ValueError: lr, weight_decay or momentum below 0, an adjust_lr_fn that is not known, a parameter that is not a
            matrix; at a step, other than three coefficients, or 100 iterations and more.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.optim.Muon.html
        Jordan 2024, https://kellerjordan.github.io/posts/muon/; and Liu et al. 2025, https://arxiv.org/abs/2502.16982,
        for "match_rms_adamw".

    Example:
        >>> weight = Parameter(np.zeros((2, 2)))
        >>> optimizer = Muon([weight], lr=0.5, ns_coefficients=(1.5, -0.5, 0.0))  # takes 1 to 1
        >>> weight.grad = np.array([[42.0, 0.0], [0.0, 0.0]])  # its singular values are 42 and 0
        >>> optimizer.step()
        >>> weight.data
        array([[-0.5,  0. ],
               [ 0. ,  0. ]])
    """

    def __init__(
        self,
        params: Iterable[Parameter] | Iterable[dict[str, Any]],
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        check_not_negative("Muon", lr=lr, momentum=momentum, weight_decay=weight_decay)
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Muon: expected adjust_lr_fn 'original' or 'match_rms_adamw', got {adjust_lr_fn!r}")
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        super().add_param_group(param_group)
        for parameter in self.param_groups[-1]["params"]:
            if parameter.data.ndim != 2:
                raise ValueError(f"Muon: expected parameters of shape (N, M), got {parameter.shape}")

    def update(self, parameter: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        buffer = state.setdefault("momentum_buffer", np.zeros_like(parameter))
        momentum, lr = group["momentum"], float(group["lr"])
        buffer += (1 - momentum) * (grad - buffer)
        direction = buffer + (1 - momentum) * (grad - buffer) if group["nesterov"] else buffer
        step = self.orthogonalize(direction, group["ns_coefficients"], group["ns_steps"], group["eps"])
        parameter *= 1 - lr * group["weight_decay"]
        parameter -= (lr * self.adjustment(parameter.shape, group["adjust_lr_fn"])) * step

    def orthogonalize(self, matrix: Array, coefficients: tuple[float, ...], steps: int, eps: float) -> Array:
        """A matrix in the same singular directions, with all singular values near 1."""
        if steps >= 100:
            raise ValueError(f"Muon: expected ns_steps < 100, got {steps}")
        if len(coefficients) != 3:
            raise ValueError(f"Muon: expected three ns_coefficients, got {coefficients}")
        a, b, c = coefficients
        x = to_bfloat16(matrix)
        tall = x.shape[0] > x.shape[1]
        x = x.T if tall else x  # (S, L), S <= L: the product x xᵀ is the smaller of the two
        norm = to_bfloat16(np.sqrt(np.square(x).sum()))
        x = to_bfloat16(x / np.maximum(norm, to_bfloat16(eps)))
        for _ in range(steps):
            gram = to_bfloat16(x @ x.T)  # (S, S)
            x = to_bfloat16(a * x + to_bfloat16(b * gram + c * (gram @ gram)) @ x)
        return (x.T if tall else x).astype(matrix.dtype, copy=False)

    def adjustment(self, shape: tuple[int, ...], rule: str | None) -> float:
        """The factor s of the rate."""
        rows, columns = shape
        return 0.2 * math.sqrt(max(rows, columns)) if rule == "match_rms_adamw" else math.sqrt(max(1, rows / columns))
