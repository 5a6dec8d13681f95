"""Losses of the right class, or of several right ones, whose scores are to stand out from the others' by a margin."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array
from scratch.losses._reduction import check_reduction, reduce, spread
from scratch.losses._targets import check_floating, read_target, weighted
from scratch.module import Module

__all__ = ["MultiLabelMarginLoss", "MultiLabelSoftMarginLoss", "MultiMarginLoss"]

Labels = npt.NDArray[np.integer[Any]]


class _MultiMargin(Module):
    """What the two losses of a label for each class share: reading the scores, and the way back.

    Forward saves each row's slope, (N, C), each row's loss, and the shape of the input.
    """

    reduction: str

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        slope, losses, shape = self.saved(grad_output)
        grad: Array = slope * spread(grad_output, losses, self.reduction).reshape(-1, 1)
        return grad.reshape(shape)

    def _read_scores(self, input: Array, target: Labels, lowest: int) -> Array:
        """The scores as (N, C); a single row without its batch has one."""
        name = type(self).__name__
        check_floating(self, input)
        scores = np.atleast_2d(input)
        if scores.ndim > 2 or not scores.shape[1]:
            raise RuntimeError(f"{name}: expected an input of shape (N, C) or (C,), got shape {input.shape}")
        if target.dtype != np.int64:
            raise RuntimeError(f"{name}: expected a target of int64, got {target.dtype}")
        if target.size and not (target.min() >= lowest and target.max() < scores.shape[1]):
            raise RuntimeError(
                f"{name}: expected targets from {lowest} to {scores.shape[1] - 1}, got {target.min()} to {target.max()}"
            )
        return scores


class MultiMarginLoss(_MultiMargin):
    """The right class's score a margin above every other: the loss of a support vector machine with several classes.

    Math:
        forward:  l_n = w[y] Σ_{c≠y} max(0, m − x_y + x_c)^p / C;
                  output = Σ l_n / N ("mean"), Σ l_n ("sum") or l ("none")
        backward: grad_x_c = w[y] p max(0, m − x_y + x_c)^(p−1) / C · grad_output / N where c ≠ y and the maximum is
                  above 0, else 0; grad_x_y = −Σ_{c≠y} grad_x_c; "/ N" for "mean" only
        where x is the input's row n, y its target, C the number of classes, m is `margin`, and w[c] the weight of
        class c, 1 where none is given. The mean divides by N, not by the sum of the weights.

    Args:
        p: the power, 1 or 2.
        margin: by how much the right class has to lead.
        weight: a weight for each class, (C,).
        reduction: "mean", "sum" or "none".

    Shape:
        - Input: (N, C) or (C,).
        - Target: (N,) or (): int64, from 0 to C − 1.
        - Output: (), or the target's shape when the reduction is "none".

    Raises:
        ValueError: unknown reduction, another p, or a weight that has not one axis.
        RuntimeError: a target that is no class, or a shape, a dtype or a weight that does not fit.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiMarginLoss.html

    Example:
        >>> loss = MultiMarginLoss(reduction="sum")
        >>> float(loss(np.array([[3.0, 1.0, 2.5, 0.0]]), np.array([0])))  # only 2.5 is nearer than 1: 0.5 / 4
        0.125
        >>> loss.backward()
        array([[-0.25,  0.  ,  0.25,  0.  ]])
    """

    weight: Array | None

    def __init__(self, p: int = 1, margin: float = 1.0, weight: Array | None = None, reduction: str = "mean") -> None:
        super().__init__()
        if p not in (1, 2):
            raise ValueError(f"MultiMarginLoss: expected p of 1 or 2, got {p}")
        if weight is not None and np.ndim(weight) != 1:
            raise ValueError(f"MultiMarginLoss: expected a weight of shape (C,), got shape {np.shape(weight)}")
        self.p = p
        self.margin = margin
        self.register_buffer("weight", None if weight is None else np.array(weight))
        self.reduction = check_reduction(self, reduction)

    @np.errstate(invalid="ignore", over="ignore")  # inf − inf is nan, which misses nothing, as in PyTorch
    def forward(self, input: Array, target: Labels) -> Any:
        scores, rows = self._read_scores(input, target, 0), np.arange(target.size)
        weights = self._read_weights(scores, target) / scores.dtype.type(scores.shape[1])  # (N, 1) or ()
        labels = target.reshape(-1)
        missing = self.margin - scores[rows, labels][:, np.newaxis] + scores  # (N, C)
        missing[rows, labels] = 0
        missing = np.fmax(missing, 0)
        slope = weights * (missing > 0 if self.p == 1 else 2 * missing)
        slope[rows, labels] = -slope.sum(axis=1)
        losses = (weights * missing**self.p).sum(axis=1).reshape(target.shape)
        self.save(slope, losses, input.shape)
        return reduce(losses, self.reduction)

    def _read_weights(self, scores: Array, target: Labels) -> Any:
        if target.ndim > 1 or target.size != len(scores):
            raise RuntimeError(f"MultiMarginLoss: expected a target of shape ({len(scores)},), got {target.shape}")
        if self.weight is None:
            return scores.dtype.type(1)
        if self.weight.shape != scores.shape[1:] or self.weight.dtype != scores.dtype:
            raise RuntimeError(
                f"MultiMarginLoss: expected a weight of shape {scores.shape[1:]} and dtype {scores.dtype},"
                f" got {self.weight.shape} and {self.weight.dtype}"
            )
        return self.weight[target].reshape(-1, 1)


class MultiLabelMarginLoss(_MultiMargin):
    """Every right class's score at least 1 above every wrong one's, where several classes are right.

    Math:
        forward:  l_n = Σ_{y∈T} Σ_{c∉T} max(0, 1 − x_y + x_c) / C;
                  output = Σ l_n / N ("mean"), Σ l_n ("sum") or l ("none")
        backward: each pair (y, c) whose maximum is above 0 adds grad_output / (C N) to grad_x_c and takes it from
                  grad_x_y; "/ N" for "mean" only
        where x is the input's row n, C the number of classes, and T the right classes: those that stand in the
        target's row before the first −1.

    Args:
        reduction: "mean", "sum" or "none".

    Shape:
        - Input: (N, C) or (C,).
        - Target: the input's shape: int64, the right classes first, then −1; what follows the first −1 is not read.
        - Output: (); (N,) or () when the reduction is "none".

    Raises:
        ValueError: unknown reduction.
        RuntimeError: a target that is neither a class nor −1, or a shape or a dtype that does not fit.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiLabelMarginLoss.html

    Example:
        >>> loss = MultiLabelMarginLoss()
        >>> float(loss(np.array([0.5, 2.0, 0.0, 0.75]), np.array([1, 3, -1, 0])))  # 1 is clear; 3 lacks 0.75 and 0.25
        0.25
        >>> loss.backward()
        array([ 0.25,  0.  ,  0.25, -0.5 ])
    """

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = check_reduction(self, reduction)

    @np.errstate(invalid="ignore", over="ignore")
    def forward(self, input: Array, target: Labels) -> Any:
        if target.shape != input.shape:
            raise RuntimeError(
                f"MultiLabelMarginLoss: expected a target of the input's shape {input.shape}, got {target.shape}"
            )
        scores, labels = self._read_scores(input, target, -1), np.atleast_2d(target)  # (N, C)
        rows, counts = np.arange(len(scores)), np.logical_and.accumulate(labels >= 0, axis=1)
        wrong = np.ones(scores.shape, bool)
        wrong[np.nonzero(counts)[0], labels[counts]] = False
        slope, losses = np.zeros_like(scores), np.zeros_like(scores[:, 0])
        for position in np.flatnonzero(counts.any(axis=0)):  # no array of (N, C, C)
            right = labels[:, position]
            missing = 1 - scores[rows, right][:, np.newaxis] + scores  # (N, C)
            counted = (missing > 0) & wrong & counts[:, position, np.newaxis]
            losses += np.where(counted, missing, 0).sum(axis=1)
            slope += counted
            slope[rows, right] -= counted.sum(axis=1)
        classes = scores.dtype.type(scores.shape[1])
        losses = (losses / classes).reshape(input.shape[:-1])
        self.save(slope / classes, losses, input.shape)
        return reduce(losses, self.reduction)


class MultiLabelSoftMarginLoss(Module):
    """A yes or no for each class, from logits: `BCEWithLogitsLoss`, of which each row takes the mean over its classes.

    Math:
        forward:  l_n = −Σ_c w_c (t_c log σ(x_c) + (1 − t_c) log σ(−x_c)) / C;
                  output = Σ l_n / n ("mean"), Σ l_n ("sum") or l ("none")
        backward: grad_x_c = w_c (σ(x_c) − t_c) / C · grad_output / n, "/ n" for "mean" only
        log σ(x) = min(x, 0) − log(1 + exp(−|x|)) never overflows;
        where x is a row of the input, t of the target, w the weight, σ the sigmoid; n counts the rows.

    Args:
        weight: multiplies each class's loss; any shape that broadcasts to the input's. C is divided by all the same.
        reduction: "mean", "sum" or "none".

    Shape:
        - Input, target: (*, C), the same shape. The target may be of whole numbers.
        - Output: (), or (*) when the reduction is "none".

    Raises:
        IndexError: an input without axes.
        ValueError: unknown reduction.
        RuntimeError: shapes that differ (PyTorch broadcasts where it can), or a dtype or a weight that does not fit.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiLabelSoftMarginLoss.html

    Example:
        >>> loss = MultiLabelSoftMarginLoss()
        >>> round(float(loss(np.array([[0.0, 800.0]]), np.array([[1, 0]]))), 4)  # (log 2 + 800) / 2
        400.3466
        >>> loss.backward()
        array([[-0.25,  0.5 ]])
    """

    weight: Array | None

    def __init__(self, weight: Array | None = None, reduction: str = "mean") -> None:
        super().__init__()
        self.register_buffer("weight", None if weight is None else np.array(weight))
        self.reduction = check_reduction(self, reduction)

    @np.errstate(invalid="ignore", divide="ignore")  # 0 · inf is nan, and so is the mean over no classes
    def forward(self, input: Array, target: npt.NDArray[Any]) -> Any:
        if input.ndim == 0:
            raise IndexError("MultiLabelSoftMarginLoss: expected an input of shape (*, C), got shape ()")
        target = read_target(self, input, target)
        classes = input.dtype.type(input.shape[-1])
        small = np.exp(-np.abs(input))
        rest = np.log1p(small)
        losses = -(target * (np.minimum(input, 0) - rest) + (1 - target) * (np.minimum(-input, 0) - rest))
        sigmoid = np.where(input >= 0, 1, small) / (1 + small)
        means = weighted(self, self.weight, losses).sum(axis=-1) / classes
        self.save(weighted(self, self.weight, sigmoid - target) / classes, means)
        return reduce(means, self.reduction)

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        slope, means = self.saved(grad_output)
        grad: Array = slope * spread(grad_output, means, self.reduction)[..., np.newaxis]
        return grad
