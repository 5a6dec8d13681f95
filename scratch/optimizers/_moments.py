"""The running means of the gradient and of its square, which Adam's descendants share."""

from __future__ import annotations

from typing import Any

import numpy as np

from scratch.dtypes import Array, get_default_dtype

__all__ = ["advance_moments"]


def advance_moments(parameter: Array, grad: Array, state: dict[str, Any], group: dict[str, Any]) -> tuple[float, Array]:
    """Take a gradient in, and give t and the gradient as it entered; the weight decay is done with.

    Math:
        g ← grad (−grad if maximize) + weight_decay · p
        m ← β₁ · m + (1 − β₁) · g
        v ← β₂ · v + (1 − β₂) · g²
        where m and v are `exp_avg` and `exp_avg_sq`. With decoupled_weight_decay the decay leaves g alone:
        p ← p · (1 − lr · weight_decay).
    """
    if "step" not in state:
        state["step"] = np.zeros((), get_default_dtype())
        state["exp_avg"] = np.zeros_like(parameter)
        state["exp_avg_sq"] = np.zeros_like(parameter)
    state["step"] += 1
    if group["maximize"]:
        grad = -grad
    if group["weight_decay"] and group["decoupled_weight_decay"]:
        parameter *= 1 - float(group["lr"]) * group["weight_decay"]
    elif group["weight_decay"]:
        grad = grad + group["weight_decay"] * parameter
    beta1, beta2 = group["betas"]
    state["exp_avg"] += (1 - beta1) * (grad - state["exp_avg"])
    state["exp_avg_sq"] *= beta2
    state["exp_avg_sq"] += (1 - beta2) * np.square(grad)
    return float(state["step"]), grad
