"""Losses of where things lie: what belongs together is drawn together, and what does not is kept a margin apart."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import numpy.typing as npt

from scratch._broadcasting import check_broadcast, sum_to_shape
from scratch.dtypes import Array
from scratch.layers.distance import PairwiseDistance
from scratch.losses._reduction import check_reduction, reduce, spread
from scratch.losses._targets import check_floating
from scratch.module import Module

__all__ = ["CosineEmbeddingLoss", "TripletMarginLoss", "TripletMarginWithDistanceLoss"]

# PyTorch's, which it keeps in float32 in float64 computations too. `CosineSimilarity` has another one, elsewhere.
_COSINE_EPS = float(np.float32(1e-12))


class CosineEmbeddingLoss(Module):
    """The angle between two vectors: to be small where they are alike, and beyond a margin where they are not.

    Math:
        forward:  l_n = 1 − c where t_n = 1, max(0, c − m) where t_n = −1, else 0, with c = x·y / √(X Y);
                  output = Σ l_n / N ("mean"), Σ l_n ("sum") or l ("none")
        backward: grad_x = g (y / √(X Y) − c x / X), grad_y = g (x / √(X Y) − c y / Y), where
                  g = −grad_output / N where t_n = 1, grad_output / N where t_n = −1 and c ≥ m, else 0; "/ N" for
                  "mean" only
        where x is row n of input1, y of input2, X = x·x + 1e-12, Y = y·y + 1e-12, t the target, m is `margin`.

    Args:
        margin: the largest cosine that unlike vectors may have; from −1 to 1, best from 0 to 0.5.
        reduction: "mean", "sum" or "none".

    Shape:
        - Input1, input2: (N, D) or (D,), the same shape.
        - Target: (N,) or (); may be of whole numbers.
        - Output: (), or the target's shape when the reduction is "none".

    Raises:
        ValueError: unknown reduction.
        RuntimeError: shapes that differ (PyTorch broadcasts where it can), or a dtype that does not fit.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.CosineEmbeddingLoss.html

    Example:
        >>> loss = CosineEmbeddingLoss(reduction="none")
        >>> x, y = np.array([[3.0, 0.0], [3.0, 0.0]]), np.array([[4.0, 3.0], [4.0, 3.0]])
        >>> loss(x, y, np.array([1, -1])).round(4)  # the cosine is 4 / 5
        array([0.2, 0.8])
        >>> loss.backward(np.ones(2))[0].round(4)  # along x nothing, across it −0.6 / 3
        array([[-0. , -0.2],
               [ 0. ,  0.2]])
    """

    def __init__(self, margin: float = 0.0, reduction: str = "mean") -> None:
        super().__init__()
        self.margin = margin
        self.reduction = check_reduction(self, reduction)

    @np.errstate(over="ignore", invalid="ignore")  # infinities have no cosine: nan, as in PyTorch
    def forward(self, input1: Array, input2: Array, target: npt.NDArray[Any]) -> Any:
        check_floating(self, input1, input2)
        if input1.ndim not in (1, 2) or input1.shape != input2.shape or input1.shape[:-1] != target.shape:
            raise RuntimeError(
                "CosineEmbeddingLoss: expected shapes (N, D), (N, D), (N,) or (D,), (D,), (),"
                f" got {input1.shape}, {input2.shape}, {target.shape}"
            )
        squares = [np.square(input).sum(axis=-1) + _COSINE_EPS for input in (input1, input2)]  # (N,) each
        length = np.sqrt(squares[0] * squares[1])
        cosine = (input1 * input2).sum(axis=-1) / length
        excess = cosine - self.margin
        alike, unlike = target == 1, target == -1
        slope = (unlike & (excess >= 0)).astype(input1.dtype) - alike
        self.save(input1, input2, squares, length, cosine, slope)
        return reduce(np.where(alike, 1 - cosine, 0) + np.where(unlike, np.maximum(excess, 0), 0), self.reduction)

    @np.errstate(over="ignore", invalid="ignore")
    def backward(self, grad_output: Array | float = 1.0) -> tuple[Array, Array, None]:
        input1, input2, squares, length, cosine, slope = self.saved(grad_output)
        grad = slope * spread(grad_output, slope, self.reduction)  # (N,)
        across = (grad / length)[..., np.newaxis]
        along = grad * (cosine / length) / length  # in this order, in which PyTorch overflows too
        grad1 = across * input2 - (along * squares[1])[..., np.newaxis] * input1
        grad2 = across * input1 - (along * squares[0])[..., np.newaxis] * input2
        return grad1, grad2, None


class _Triplet(Module):
    """What the two triplet losses share: all but the distance."""

    def __init__(self, margin: float, swap: bool, reduction: str) -> None:
        super().__init__()
        if margin <= 0:
            raise ValueError(f"{type(self).__name__}: expected margin above 0, got {margin}")
        self.margin = margin
        self.swap = swap
        self.reduction = check_reduction(self, reduction)

    def distance(self) -> Module:
        """A module that measures one distance, and serves one backward."""
        raise NotImplementedError(f"{type(self).__name__}: has no distance")

    @np.errstate(over="ignore", invalid="ignore")  # inf − inf is nan, as in PyTorch
    def forward(self, anchor: Array, positive: Array, negative: Array) -> Any:
        check_floating(self, anchor, positive, negative)
        if not anchor.ndim == positive.ndim == negative.ndim:
            shapes = f"{anchor.shape}, {positive.shape} and {negative.shape}"
            raise RuntimeError(f"{type(self).__name__}: expected inputs with the same number of axes, got {shapes}")
        measures = [self.distance() for _ in range(3 if self.swap else 2)]
        distances = [measures[0](anchor, positive), measures[1](anchor, negative)]
        apart, share = distances[1], None
        if self.swap:
            distances.append(measures[2](positive, negative))
            apart = np.minimum(distances[1], distances[2])
            nearer, tie = distances[1] < distances[2], distances[1] == distances[2]
            share = (nearer + 0.5 * tie).astype(anchor.dtype)
        missing = self.margin + distances[0] - apart
        uses = [(measure, np.shape(length)) for measure, length in zip(measures, distances, strict=True)]
        self.save(uses, share, (missing >= 0).astype(missing.dtype))
        return reduce(np.maximum(missing, 0), self.reduction)

    def backward(self, grad_output: Array | float = 1.0) -> tuple[Array | None, Array | None, Array | None]:
        uses, share, active = self.saved(grad_output)
        grad = active * spread(grad_output, active, self.reduction)
        grads = [grad, -grad] if share is None else [grad, -grad * share, -grad * (1 - share)]
        pairs = [measure.backward(sum_to_shape(g, shape)) for (measure, shape), g in zip(uses, grads, strict=True)]
        (anchor, positive), (anchor2, negative) = pairs[:2]
        positive2, negative2 = (None, None) if share is None else pairs[2]
        return _add(anchor, anchor2), _add(positive, positive2), _add(negative, negative2)


def _add(first: Array | None, second: Array | None) -> Array | None:
    """None is the gradient of what a distance does not depend on, such as one that counts components."""
    return first if second is None else second if first is None else first + second


class TripletMarginLoss(_Triplet):
    """An anchor nearer to what is like it than to what is not, by a margin.

    Math:
        forward:  l_n = max(0, d(a, p) − d(a, q) + m), d(x, y) = (Σ_j |x_j − y_j + eps|^k)^(1/k);
                  output = Σ l_n / N ("mean"), Σ l_n ("sum") or l ("none");
                  with `swap`, d(a, q) is replaced by min(d(a, q), d(p, q))
        backward: where d(a, p) − d(a, q) + m ≥ 0, grad_a = (∂d(a, p)/∂a − ∂d(a, q)/∂a) · grad_output / N,
                  grad_p = ∂d(a, p)/∂p · grad_output / N and grad_q = −∂d(a, q)/∂q · grad_output / N, else 0; "/ N" for
                  "mean" only; with z = x − y + eps, ∂d/∂x_j = sign(z_j) (|z_j| / d)^(k − 1) = −∂d/∂y_j, and 0 where
                  d = 0; a minimum of two equal distances gives each half of the gradient
        where a is row n of the anchor, p of the positive and q of the negative; k is the argument `p`, m is `margin`.

    Args:
        margin: by how much nearer; above 0.
        p: the norm: 2 is Euclid's, 1 the sum, ∞ the largest component; 0 counts components, and has no gradient.
        eps: added to each difference, so that no distance is 0.
        swap: whether the negative may be compared with the positive instead of the anchor, if it is nearer to that.
        reduction: "mean", "sum" or "none".

    Shape:
        - Anchor, positive, negative: (N, D), (D,) or (*, D), shapes that broadcast.
        - Output: (); the shape without D when the reduction is "none".

    Raises:
        ValueError: unknown reduction, or a margin that is not above 0.
        RuntimeError: shapes or dtypes that do not belong together.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.TripletMarginLoss.html
        V. Balntas et al., "Learning local feature descriptors with triplets and shallow convolutional neural networks",
        2016.

    Example:
        >>> loss = TripletMarginLoss(eps=0.0)
        >>> float(loss(np.zeros((1, 2)), np.array([[3.0, 4.0]]), np.array([[0.0, 2.0]])))  # 5 − 2 + 1
        4.0
        >>> loss.backward()[1]  # (3, 4) / 5
        array([[0.6, 0.8]])
    """

    def __init__(
        self, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False, reduction: str = "mean"
    ) -> None:
        super().__init__(margin, swap, reduction)
        self.p = p
        self.eps = eps

    def distance(self) -> Module:
        return PairwiseDistance(self.p, self.eps)

    def forward(self, anchor: Array, positive: Array, negative: Array) -> Any:
        check_broadcast(type(self).__name__, anchor, positive, negative)
        return super().forward(anchor, positive, negative)


class TripletMarginWithDistanceLoss(_Triplet):
    """`TripletMarginLoss` with any distance, one that is trained as well.

    Math:
        forward:  l_n = max(0, d(a, p) − d(a, q) + m); output = Σ l_n / N ("mean"), Σ l_n ("sum") or l ("none");
                  with `swap`, d(a, q) is replaced by min(d(a, q), d(p, q))
        backward: where d(a, p) − d(a, q) + m ≥ 0, grad_a = (∂d(a, p)/∂a − ∂d(a, q)/∂a) · grad_output / N,
                  grad_p = ∂d(a, p)/∂p · grad_output / N and grad_q = −∂d(a, q)/∂q · grad_output / N, else 0; "/ N" for
                  "mean" only; a minimum of two equal distances gives each half of the gradient
        where d is `distance_function`; a is row n of the anchor, p of the positive, q of the negative; m is `margin`.

    Args:
        distance_function: a Module whose forward takes two arrays and whose backward returns two gradients; the
            Euclidean distance where none is given. It is copied for each distance, since one forward serves one
            backward: the copies have its parameters, so gradients add up there.
        margin: by how much nearer; above 0.
        swap: whether the negative may be compared with the positive instead of the anchor, if it is nearer to that.
        reduction: "mean", "sum" or "none".

    Shape:
        - Anchor, positive, negative: what the distance takes, with the same number of axes.
        - Output: (); the shape of a distance when the reduction is "none".

    Raises:
        TypeError: a distance that is not a Module (PyTorch takes any function, and finds the gradient itself).
        ValueError: unknown reduction, or a margin that is not above 0.
        RuntimeError: shapes or dtypes that do not belong together.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.TripletMarginWithDistanceLoss.html

    Example:
        >>> loss = TripletMarginWithDistanceLoss(margin=2.0)
        >>> round(float(loss(np.zeros((1, 2)), np.array([[3.0, 4.0]]), np.array([[0.0, 2.0]]))), 4)  # 5 − 2 + 2
        5.0
        >>> loss.backward()[1].round(4)  # (3, 4) / 5
        array([[0.6, 0.8]])
    """

    def __init__(
        self,
        *,
        distance_function: Module | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(margin, swap, reduction)
        if not isinstance(distance_function, Module | None):
            raise TypeError(
                "TripletMarginWithDistanceLoss: expected distance_function to be a Module, which has a backward, got"
                f" {type(distance_function).__name__}"
            )
        self.distance_function = PairwiseDistance() if distance_function is None else distance_function

    def distance(self) -> Module:
        buffers = (buffer for _, buffer in self.distance_function.named_buffers())
        shared = {id(array): array for array in (*self.distance_function.parameters(), *buffers)}
        return deepcopy(self.distance_function, shared)  # not copy: the modules inside it save for a backward, too
