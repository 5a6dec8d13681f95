"""Gradients cut down to size, between backward and step."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterable
from typing import Any

import numpy as np

from scratch.dtypes import Array, get_default_dtype
from scratch.module import Parameter

__all__ = ["clip_grad_norm_", "clip_grad_value_", "get_total_norm"]


def get_total_norm(
    tensors: Array | Iterable[Array], norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> np.floating[Any]:
    """The norm of several arrays as if they were one vector.

    Math:
        output = (Σ |x_i|^norm_type)^(1 / norm_type), where i counts every element of every array; the largest |x_i| if
        norm_type is inf.

    Args:
        tensors: the arrays, such as the gradients of a network, or one array.
        norm_type: order of the norm.
        error_if_nonfinite: whether a norm that is nan or infinite is an error.

    Shape:
        - tensors: (*), any shapes.
        - Output: ().

    Raises:
        RuntimeError: the norm is not finite, and `error_if_nonfinite` is set.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.get_total_norm.html

    Example:
        >>> float(get_total_norm([np.array([3.0]), np.array([[4.0]])]))
        5.0
    """
    arrays = [tensors] if isinstance(tensors, np.ndarray) else list(tensors)
    if not arrays:
        return get_default_dtype().type(0)
    with np.errstate(all="ignore"):  # an infinite norm is an answer, not a surprise
        norms = [np.linalg.norm(array.ravel(order="K"), norm_type) for array in arrays]
        total: np.floating[Any] = np.linalg.norm(np.array(norms), norm_type)
    if error_if_nonfinite and not np.isfinite(total):
        raise RuntimeError(f"get_total_norm: expected a finite norm of order {norm_type}, got {total}")
    return total


def clip_grad_norm_(
    parameters: Parameter | Iterable[Parameter],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> np.floating[Any]:
    """Scale all gradients by one factor, so that their norm together is at most `max_norm`; give the norm they had.

    Math:
        total = norm of all the gradients as one vector
        grad ← grad · min(1, max_norm / (total + 1e-6))
        The direction stays as it was, which clipping tensor by tensor would not keep.

    Args:
        parameters: parameters, or one; those without a gradient are passed over.
        max_norm: the largest norm that is left alone.
        norm_type: order of the norm; inf for the largest element.
        error_if_nonfinite: whether a norm that is nan or infinite is an error.

    Shape:
        - Output: ().

    Raises:
        RuntimeError: the norm is not finite, and `error_if_nonfinite` is set.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html

    Example:
        >>> weight = Parameter(np.zeros(2))
        >>> weight.grad = np.array([30.0, 40.0])
        >>> float(clip_grad_norm_([weight], max_norm=5.0))
        50.0
        >>> weight.grad.round(6)
        array([3., 4.])
    """
    trained = _with_grad(parameters)
    total = get_total_norm([grad for _, grad in trained], norm_type)
    if error_if_nonfinite and not np.isfinite(total):
        raise RuntimeError(f"clip_grad_norm_: expected a finite norm of order {norm_type}, got {total}")
    with np.errstate(all="ignore"):
        factor = np.minimum(float(max_norm) / (total + total.dtype.type(1e-6)), 1)
        for parameter, grad in trained:
            parameter.grad = grad * factor.astype(grad.dtype)  # a new array: one that was handed out never changes
    return total


def clip_grad_value_(parameters: Parameter | Iterable[Parameter], clip_value: float) -> None:
    """Cut each element of the gradients off at ±clip_value.

    Math:
        grad_i ← max(−clip_value, min(grad_i, clip_value))
        Unlike scaling by the norm this turns the gradient.

    Args:
        parameters: parameters, or one; those without a gradient are passed over.
        clip_value: the largest absolute value that is left alone.

    Shape:
        - Gradients: (*), any shapes.

    Raises:
        ValueError: `clip_value` is not a number.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_value_.html

    Example:
        >>> weight = Parameter(np.zeros(3))
        >>> weight.grad = np.array([-3.0, 0.5, 2.0])
        >>> clip_grad_value_([weight], clip_value=1.0)
        >>> weight.grad
        array([-1. ,  0.5,  1. ])
    """
    clip_value = float(clip_value)
    for parameter, grad in _with_grad(parameters):
        parameter.grad = np.clip(grad, -clip_value, clip_value)


def _with_grad(parameters: Parameter | Iterable[Parameter]) -> list[tuple[Parameter, Array]]:
    """The parameters that have a gradient, each with it."""
    given = [parameters] if isinstance(parameters, Parameter) else list(parameters)
    if isinstance(parameters, Generator) and not given:
        warnings.warn("expected parameters whose gradients are clipped, got an empty generator", stacklevel=3)
    return [(parameter, parameter.grad) for parameter in given if parameter.grad is not None]
