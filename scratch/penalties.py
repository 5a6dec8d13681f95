"""Regularisation as penalties: numbers that grow with the parameters, to be added to the loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from scratch.dtypes import Array
from scratch.losses._reduction import upstream
from scratch.module import Module, Parameter

__all__ = ["L1Penalty", "L2Penalty"]


class _Penalty(Module):
    """λ times a sum over every number of every parameter."""

    total: Callable[[Array], Any]
    slope: Callable[[Array], Array]

    def __init__(self, weight: float) -> None:
        super().__init__()
        if not weight >= 0:
            raise ValueError(f"{type(self).__name__}: expected weight >= 0, got {weight}")
        self.weight = float(weight)

    def __call__(self, *inputs: Any) -> Any:
        (parameters,) = inputs
        if not hasattr(parameters, "__iter__"):
            raise TypeError(f"{type(self).__name__}: expected several parameters, got {type(parameters).__name__}")
        return super().__call__(iter(parameters))

    @np.errstate(over="ignore", invalid="ignore")  # the square of a huge number is ∞, as in PyTorch, and ∞ − ∞ nan
    def forward(self, parameters: Any) -> Any:
        penalised: list[Parameter] = list(parameters)
        if not penalised:
            raise ValueError(f"{type(self).__name__}: expected parameters, got none; an iterator serves one call")
        for parameter in penalised:
            if not isinstance(parameter, Parameter):
                raise TypeError(f"{type(self).__name__}: expected parameters, got {type(parameter).__name__}")
        self.save(penalised)
        return self.weight * sum(self.total(parameter.data) for parameter in penalised)

    @np.errstate(over="ignore", invalid="ignore")
    def backward(self, grad_output: Array | float = 1.0) -> None:
        (penalised,) = self.saved(grad_output)
        for parameter in penalised:
            scale = self.weight * upstream(grad_output, (), parameter.dtype)
            parameter.accumulate(scale * self.slope(parameter.data))


class L1Penalty(_Penalty):
    """The sum of absolute values: draws every number to 0 at the same speed, and leaves many exactly there.

    Math:
        forward:  output = λ Σ |p|
        backward: grad_p += λ sign(p) · grad_output, where sign(0) = sign(nan) = 0
        where λ is the weight and the sum goes over every number p of every parameter given. Added to a loss, the
        penalty needs a backward of its own: the loss's, then the penalty's, then the optimizer's step.

    Args:
        weight: λ, 0 or more.

    Shape:
        - Input: parameters, any iterable of them; `model.parameters()`, or only those that are to be small.
        - Output: ().

    Raises:
        ValueError: a weight below 0, or no parameters, as from a generator that was used up before.
        TypeError: something that is not a Parameter.

    Source:
        Tibshirani (1996), "Regression Shrinkage and Selection via the Lasso". PyTorch has no such class, and says
        `loss + weight * sum(p.abs().sum() for p in model.parameters())`.

    Example:
        >>> parameter = Parameter(np.array([3.0, -2.0, 0.0]))
        >>> penalty = L1Penalty(0.5)
        >>> float(penalty([parameter]))  # 0.5 · (3 + 2)
        2.5
        >>> penalty.backward()
        >>> parameter.grad
        array([ 0.5, -0.5,  0. ])
    """

    def total(self, values: Array) -> Any:
        return np.abs(values).sum()

    def slope(self, values: Array) -> Array:
        # Not np.sign, which gives nan for nan: PyTorch's sign of it is 0.
        return (values > 0).astype(values.dtype) - (values < 0)


class L2Penalty(_Penalty):
    """The sum of squares: draws every number to 0, the larger ones faster.

    Math:
        forward:  output = λ Σ p²
        backward: grad_p += 2 λ p · grad_output
        where λ is the weight and the sum goes over every number p of every parameter given. Added to a loss, the
        penalty needs a backward of its own: the loss's, then the penalty's, then the optimizer's step.

        Beware of the factor 2. The `weight_decay` of SGD, Adam and most others adds weight_decay · p to the gradient,
        the slope of the penalty weight_decay / 2 · Σ p², so `L2Penalty(λ)` equals `weight_decay=2 * λ`: with SGD both
        take p ← p − lr (grad + 2 λ p). AdamW's `weight_decay` equals neither: p ← p (1 − lr · weight_decay) stays out
        of the gradient and of the moments, so that no penalty on the loss does the same.

    Args:
        weight: λ, 0 or more.

    Shape:
        - Input: parameters, any iterable of them; `model.parameters()`, or only those that are to be small.
        - Output: ().

    Raises:
        ValueError: a weight below 0, or no parameters, as from a generator that was used up before.
        TypeError: something that is not a Parameter.

    Source:
        Krogh & Hertz (1991), "A Simple Weight Decay Can Improve Generalization", with λ/2 where λ stands here; for the
        difference to AdamW, Loshchilov & Hutter (2019), "Decoupled Weight Decay Regularization". PyTorch has no such
        class, and says `loss + weight * sum(p.square().sum() for p in model.parameters())`.

    Example:
        >>> parameter = Parameter(np.array([3.0, -2.0]))
        >>> penalty = L2Penalty(0.5)
        >>> float(penalty([parameter]))  # 0.5 · (9 + 4)
        6.5
        >>> penalty.backward()
        >>> parameter.grad  # 2 · 0.5 · p
        array([ 3., -2.])
    """

    def total(self, values: Array) -> Any:
        return np.square(values).sum()

    def slope(self, values: Array) -> Array:
        return 2 * values
