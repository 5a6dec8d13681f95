"""Layers that say how far apart two vectors are, or how alike."""

from __future__ import annotations

from scratch._broadcasting import check_broadcast
from scratch._distances import cosine_similarity, cosine_similarity_grad, pairwise_distance, pairwise_distance_grad
from scratch.dtypes import Array
from scratch.layers._checks import check_floating, resolve_dim
from scratch.module import Module

__all__ = ["CosineSimilarity", "PairwiseDistance"]


class CosineSimilarity(Module):
    """The cosine of the angle between two vectors: 1 where they point the same way, −1 where they are opposite.

    Math:
        forward:  output = Σ_j u1_j u2_j, where u = x / max(‖x‖, eps) and ‖x‖ = √(Σ_j x_j²)
        backward: grad_x1 = grad_output (u2 − output · x1 / ‖x1‖) / max(‖x1‖, eps), and the same for x2
        where j counts the components along `dim`. A vector of zeros has the similarity 0 to all others, and its
        x / ‖x‖ is taken for 0. Like PyTorch's, the gradient does not notice that max(‖x‖, eps) is constant below eps.

    Args:
        dim: the axis of the components.
        eps: the least length that is divided by.

    Shape:
        - Input1, Input2: (*_1, D, *_2), or shapes that broadcast to that, with D at axis dim.
        - Output: (*_1, *_2).

    Raises:
        RuntimeError: shapes that do not broadcast, inputs that are not of floats or not of one dtype, a negative eps.
        IndexError: an axis that the inputs do not have.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.CosineSimilarity.html; PyTorch compares each length with
        eps, as here, and not their product, as written there.

    Example:
        >>> import numpy as np
        >>> CosineSimilarity()(np.array([[3.0, 4.0], [1.0, 0.0]]), np.array([[4.0, 3.0], [-2.0, 0.0]]))
        array([ 0.96, -1.  ])
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        if eps < 0:
            raise RuntimeError(f"CosineSimilarity: expected eps of 0 or more, got {eps}")
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Array, x2: Array) -> Array:
        _check(self, x1, x2)
        resolve_dim(self, self.dim, max(x1.ndim, x2.ndim))
        self.save(x1, x2)
        return cosine_similarity(x1, x2, self.dim, self.eps)

    def backward(self, grad_output: Array) -> tuple[Array, Array]:
        x1, x2 = self.saved(grad_output)
        return cosine_similarity_grad(grad_output, x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """The distance between each two vectors, in the p-norm.

    Math:
        forward:  output = (Σ_j |d_j|^p)^(1/p), where d = x1 − x2 + eps
        backward: grad_x1_j = grad_output · sign(d_j) (|d_j| / output)^(p − 1), grad_x2 = −grad_x1
        where j counts the components, the last axis. For p = 0 the output is the number of components that are not 0,
        without a gradient; for p = ∞ it is the largest |d_j|, of which equal ones share the gradient; for p = −∞ the
        smallest. eps keeps equal vectors apart, where the root has no derivative.

    Args:
        p: the order of the norm.
        eps: added to each difference.
        keepdim: whether the axis of the components is kept, with size 1.

    Shape:
        - Input1, Input2: (*, D), or shapes that broadcast to that.
        - Output: (*), or (*, 1) with keepdim.

    Raises:
        RuntimeError: shapes that do not broadcast, inputs that are not of floats or not of one dtype, or vectors
            without components where p is ±∞.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.PairwiseDistance.html

    Example:
        >>> import numpy as np
        >>> PairwiseDistance(eps=0.0)(np.array([[1.0, 1.0]]), np.array([[4.0, 5.0]]))
        array([5.])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Array, x2: Array) -> Array:
        _check(self, x1, x2)
        output = pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
        self.save(x1, x2, output)
        return output

    def backward(self, grad_output: Array) -> tuple[Array | None, Array | None]:
        x1, x2, output = self.saved(grad_output)
        if self.norm == 0:
            return None, None
        return pairwise_distance_grad(grad_output, x1, x2, output, self.norm, self.eps, self.keepdim)


def _check(layer: Module, x1: Array, x2: Array) -> None:
    check_floating(layer, x1)
    if x1.dtype != x2.dtype:
        raise RuntimeError(f"{type(layer).__name__}: expected inputs of one dtype, got {x1.dtype} and {x2.dtype}")
    check_broadcast(type(layer).__name__, x1, x2)
