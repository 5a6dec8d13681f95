"""How far apart two vectors are, or how alike: the formulae that layers and losses share, with their derivatives.

The gradients are those of torch.nn.functional, at its edges too: at distance 0 they are 0, and a largest component that
several share has its gradient divided among them.
"""

from __future__ import annotations

import math

import numpy as np

from scratch._broadcasting import sum_to_shape
from scratch.dtypes import Array

__all__ = [
    "cosine_similarity",
    "cosine_similarity_grad",
    "pairwise_distance",
    "pairwise_distance_grad",
]


@np.errstate(all="ignore")  # inf − inf and 0 / 0 are nan, as in PyTorch
def pairwise_distance(x1: Array, x2: Array, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Array:
    """(Σ_j |x1_j − x2_j + eps|^p)^(1/p) over the last axis; their number for p = 0, the largest for p = ∞."""
    return _norm(x1 - x2 + eps, p, keepdim)


@np.errstate(all="ignore")
def pairwise_distance_grad(
    grad_output: Array,
    x1: Array,
    x2: Array,
    distance: Array,
    p: float = 2.0,
    eps: float = 1e-6,
    keepdim: bool = False,
) -> tuple[Array, Array]:
    """The gradients of x1 and x2. `distance` is what `pairwise_distance` gave for the same arguments."""
    difference = x1 - x2 + eps
    if not keepdim and difference.ndim:
        grad_output, distance = np.expand_dims(grad_output, -1), np.expand_dims(distance, -1)
    grad = _norm_grad(grad_output, difference, distance, p)
    return sum_to_shape(grad, x1.shape), sum_to_shape(-grad, x2.shape)


def _norm(x: Array, p: float, keepdim: bool) -> Array:
    axis = _axis(x, -1)
    norm: Array
    if math.isinf(p):
        if 0 in x.shape[-1:]:
            raise RuntimeError(f"PairwiseDistance: expected vectors that are not empty where p is {p}, got {x.shape}")
        norm = (np.max if p == math.inf else np.min)(np.abs(x), axis=axis, keepdims=keepdim)
    elif p == 0:
        norm = (x != 0).sum(axis=axis, keepdims=keepdim, dtype=x.dtype)
    else:
        norm = (np.abs(x) ** p).sum(axis=axis, keepdims=keepdim) ** (1 / p)
    return norm


def _norm_grad(grad_output: Array, x: Array, norm: Array, p: float) -> Array:
    """∂‖x‖/∂x_j = sign(x_j) (|x_j| / ‖x‖)^(p − 1), where `norm` has kept its axis."""
    if p == 0:
        return np.zeros_like(x)
    grad: Array
    if math.isinf(p):
        extreme = (np.abs(x) == norm) | np.isnan(x)
        shared = np.maximum(extreme.sum(axis=_axis(x, -1), keepdims=True, dtype=x.dtype), 1)
        grad = _sign(x) * extreme * (grad_output / shared)
        return grad
    slope = x if p == 2 else np.where(x == 0, 0, _sign(x) * np.abs(x) ** (p - 1))
    grad = slope * np.where(norm == 0, 0, grad_output / norm ** (p - 1))
    return grad


def _sign(x: Array) -> Array:
    """Not np.sign, which gives nan for nan: PyTorch's sign of it is 0."""
    sign: Array = (x > 0).astype(x.dtype) - (x < 0)
    return sign


@np.errstate(all="ignore")
def cosine_similarity(x1: Array, x2: Array, dim: int = 1, eps: float = 1e-8) -> Array:
    """Σ_j x1_j x2_j / (max(‖x1‖, eps) max(‖x2‖, eps)) along `dim` of the broadcast shape."""
    first, second = np.broadcast_arrays(x1, x2)
    units = _unit(first, dim, eps)[0] * _unit(second, dim, eps)[0]
    similarity: Array = units.sum(axis=_axis(units, dim))
    return similarity


@np.errstate(all="ignore")
def cosine_similarity_grad(
    grad_output: Array, x1: Array, x2: Array, dim: int = 1, eps: float = 1e-8
) -> tuple[Array, Array]:
    """∂cos/∂x1 = (u2 − cos · x1 / ‖x1‖) / max(‖x1‖, eps), where u2 = x2 / max(‖x2‖, eps); and the same for x2.

    PyTorch does not differentiate the maximum: below eps, too, ‖x‖ is taken to vary.
    """
    first, second = np.broadcast_arrays(x1, x2)
    (unit1, direction1, length1), (unit2, direction2, length2) = _unit(first, dim, eps), _unit(second, dim, eps)
    similarity = (unit1 * unit2).sum(axis=_axis(first, dim), keepdims=True)
    grad = np.expand_dims(grad_output, dim) if first.ndim else np.asarray(grad_output)
    grad1 = grad / length1 * (unit2 - similarity * direction1)
    grad2 = grad / length2 * (unit1 - similarity * direction2)
    return sum_to_shape(grad1, x1.shape), sum_to_shape(grad2, x2.shape)


def _unit(x: Array, dim: int, eps: float) -> tuple[Array, Array, Array]:
    """x / max(‖x‖, eps); x / ‖x‖, which is 0 where x is 0; and max(‖x‖, eps)."""
    norm = np.sqrt(np.square(x).sum(axis=_axis(x, dim), keepdims=True))
    length = np.maximum(norm, eps)
    return x / length, np.where(norm == 0, 0, x / norm), length


def _axis(x: Array, dim: int) -> int | tuple[()]:
    """A number on its own has no axis, and counts as a vector of one component."""
    return dim if x.ndim else ()
