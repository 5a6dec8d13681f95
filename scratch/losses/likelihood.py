"""Losses of a distribution that is to be predicted: how unlikely it makes what was seen, or how far off it is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from scratch._broadcasting import sum_to_shape
from scratch.dtypes import Array
from scratch.losses._reduction import check_reduction, reduce, spread
from scratch.losses._targets import broadcast, check_floating, read_target
from scratch.module import Module

__all__ = ["GaussianNLLLoss", "KLDivLoss", "PoissonNLLLoss"]


class PoissonNLLLoss(Module):
    """The negative log-likelihood of counts, whose expected number is predicted.

    Math:
        forward:  l_i = exp(x_i) − t_i x_i, or x_i − t_i log(x_i + eps) where `log_input` is False, each plus s(t_i)
                  where `full`; output = Σ l_i / n ("mean"), Σ l_i ("sum") or l ("none")
        backward: grad_x_i = (exp(x_i) − t_i) · grad_output / n, or (1 − t_i / (x_i + eps)) · grad_output / n;
                  "/ n" for "mean" only
        where x is the input: the logarithm of the expected count, or that count; t is the count, the target; n counts
        every element; s(t) = t log t − t + ½ log(2πt) for t > 1, else 0, is Stirling's approximation of log t!.

    Args:
        log_input: whether the input is the logarithm of the expected count.
        full: whether s, which depends on the target alone, is added.
        eps: keeps log(0) away where the input is no logarithm.
        reduction: "mean", "sum" or "none".

    Shape:
        - Input, target: (*), the same shape. The counts may be whole numbers.
        - Output: (), or (*) when the reduction is "none".

    Raises:
        ValueError: unknown reduction.
        RuntimeError: shapes that differ (PyTorch broadcasts where it can), or a dtype that does not fit.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.PoissonNLLLoss.html

    Example:
        >>> loss = PoissonNLLLoss(reduction="sum")
        >>> float(loss(np.array([0.0, 0.0]), np.array([1, 3])))  # a count of 1 expected, twice
        2.0
        >>> loss.backward()  # 1 − 1 and 1 − 3
        array([ 0., -2.])
    """

    def __init__(self, log_input: bool = True, full: bool = False, eps: float = 1e-8, reduction: str = "mean") -> None:
        super().__init__()
        self.log_input = log_input
        self.full = full
        self.eps = eps
        self.reduction = check_reduction(self, reduction)

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")  # exp(800) is infinite, as in PyTorch
    def forward(self, log_input: Array, target: Array) -> Any:
        target = read_target(self, log_input, target)
        if self.log_input:
            expected = np.exp(log_input)
            losses, slope = expected - target * log_input, expected - target
        else:
            losses = log_input - target * np.log(log_input + self.eps)
            slope = 1 - target / (log_input + self.eps)
        if self.full:
            stirling = target * np.log(target) - target + 0.5 * np.log(2 * math.pi * target)
            losses = losses + np.where(target <= 1, 0, stirling)
        self.save(slope)
        return reduce(losses, self.reduction)

    @np.errstate(invalid="ignore")
    def backward(self, grad_output: Array | float = 1.0) -> Array:
        (slope,) = self.saved(grad_output)
        grad: Array = slope * spread(grad_output, slope, self.reduction)
        return grad


class GaussianNLLLoss(Module):
    """The negative log-likelihood under normal distributions, whose means and variances are predicted.

    Math:
        forward:  l_i = ½ (log v_i + d_i² / v_i), plus ½ log 2π where `full`;
                  output = Σ l_i / n ("mean"), Σ l_i ("sum") or l ("none")
        backward: grad_input_i = d_i / v_i · grad_output / n, grad_var_i = ½ (1 / v_i − d_i² / v_i²) · grad_output / n;
                  "/ n" for "mean" only
        where d = input − target, v = max(var, eps), and n counts every element of the input. The maximum is not
        differentiated: a variance below eps has the gradient of eps. A variance that several elements share has the
        sum of their gradients.

    Args:
        full: whether ½ log 2π, which is constant, is added.
        eps: the smallest variance, so that nothing is divided by 0.
        reduction: "mean", "sum" or "none".

    Shape:
        - Input: (N, *) or (*).
        - Target: a shape that broadcasts to the input's.
        - Var: the input's shape; the same with one axis of 1; the same without the last axis; or a float.
        - Output: (), or the input's shape when the reduction is "none".

    Raises:
        ValueError: unknown reduction, a negative variance, or a variance of another shape.
        TypeError: a variance that is neither an array nor a float.
        RuntimeError: a target or a dtype that does not fit.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.GaussianNLLLoss.html
        D. A. Nix and A. S. Weigend, "Estimating the mean and variance of the target probability distribution", 1994.

    Example:
        >>> loss = GaussianNLLLoss()
        >>> float(loss(np.array([3.0]), np.array([1.0]), np.array([1.0])))  # (log 1 + 2² / 1) / 2
        2.0
        >>> loss.backward()  # 2 / 1; nothing for the target; (1 − 4) / 2
        (array([2.]), None, array([-1.5]))
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__()
        self.full = full
        self.eps = eps
        self.reduction = check_reduction(self, reduction)

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")  # infinities give nan, as in PyTorch
    def forward(self, input: Array, target: Array, var: Array | float) -> Any:
        difference = input - read_target(self, input, broadcast(self, "target", target, input.shape))
        variance = np.maximum(self._read_var(input, var), self.eps)
        self.save(difference, variance, None if isinstance(var, float) else var.shape)
        losses = 0.5 * (np.log(variance) + np.square(difference) / variance)
        return reduce(losses + 0.5 * math.log(2 * math.pi) if self.full else losses, self.reduction)

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")
    def backward(self, grad_output: Array | float = 1.0) -> tuple[Array, None, Array | None]:
        difference, variance, shape = self.saved(grad_output)
        grad = spread(grad_output, difference, self.reduction)
        grad_input = difference / variance * grad
        if shape is None:
            return grad_input, None, None
        grad_var = 0.5 * (1 - np.square(difference) / variance) / variance * grad
        return grad_input, None, sum_to_shape(grad_var, variance.shape).reshape(shape)

    def _read_var(self, input: Array, var: Array | float) -> Array:
        """The variance, in a shape that broadcasts to the input's."""
        if isinstance(var, float):
            var = np.full_like(input, var)
        elif not isinstance(var, np.ndarray | np.generic):
            raise TypeError(f"GaussianNLLLoss: expected var to be an array or a float, got {type(var).__name__}")
        check_floating(self, input, var)
        if (var < 0).any():
            raise ValueError("GaussianNLLLoss: expected a var that is nowhere negative")
        if var.shape == input.shape:
            return var
        if var.shape == input.shape[:-1]:
            return var[..., np.newaxis]
        other = [length for length, right in zip(var.shape, input.shape, strict=False) if length != right]
        if var.ndim != input.ndim or other != [1]:
            raise ValueError(
                f"GaussianNLLLoss: expected a var of the input's shape {input.shape}, or with one axis of 1, or without"
                f" the last axis, got shape {var.shape}"
            )
        return var


class KLDivLoss(Module):
    """The Kullback-Leibler divergence of the input, given as log-probabilities, from the target.

    Math:
        forward:  l_i = t_i (log t_i − x_i), and 0 where t_i = 0;
                  output = Σ l_i / N ("batchmean"), Σ l_i / n ("mean"), Σ l_i ("sum") or l ("none")
        backward: grad_x_i = −t_i · grad_output, divided as the output is
        where x is the input, a log-probability; t is the probability in the target, exp(target) where `log_target`;
        n counts every element, and N the batch. The divergence itself is "batchmean".

    Args:
        reduction: "mean", "batchmean", "sum" or "none".
        log_target: whether the target, too, is given as log-probabilities.

    Shape:
        - Input, target: (*), the same shape; the batch is the first axis.
        - Output: (), or (*) when the reduction is "none".

    Raises:
        ValueError: unknown reduction.
        RuntimeError: shapes that differ (PyTorch broadcasts where it can), or a dtype that does not fit.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html
        S. Kullback and R. A. Leibler, "On Information and Sufficiency", 1951.

    Example:
        >>> loss = KLDivLoss(reduction="batchmean")
        >>> loss(np.log(np.array([[0.5, 0.5]])), np.array([[1.0, 0.0]])).round(4)  # log 2
        np.float64(0.6931)
        >>> loss.backward()
        array([[-1., -0.]])
    """

    def __init__(self, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__()
        self.reduction = reduction if reduction == "batchmean" else check_reduction(self, reduction)
        self.log_target = log_target

    @np.errstate(divide="ignore", invalid="ignore", over="ignore")  # 0 · ∞ is nan, as in PyTorch
    def forward(self, input: Array, target: Array) -> Any:
        check_floating(self, input, target)
        read_target(self, input, target)
        if self.log_target:
            probability = np.exp(target)
            losses = probability * (target - input)
        else:
            probability = target
            losses = np.where(target == 0, 0, target * np.log(target)) - target * input
        self.save(probability)
        if self.reduction == "batchmean":
            return reduce(losses, "sum") / _batch_size(losses)
        return reduce(losses, self.reduction)

    @np.errstate(invalid="ignore", divide="ignore")
    def backward(self, grad_output: Array | float = 1.0) -> Array:
        (probability,) = self.saved(grad_output)
        if self.reduction == "batchmean":
            grad = spread(grad_output, probability, "sum") / _batch_size(probability)
        else:
            grad = spread(grad_output, probability, self.reduction)
        grad_input: Array = -probability * grad
        return grad_input


def _batch_size(values: Array) -> Any:
    """The length of the first axis, in the dtype of the values; nan for none, since 0 / 0 would be."""
    return values.dtype.type((len(values) if values.ndim else 1) or np.nan)
