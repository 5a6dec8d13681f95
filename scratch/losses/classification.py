"""Losses of a class that is to be predicted, one of several."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array
from scratch.losses._classes import (
    check_input,
    classes_back,
    classes_first,
    count_classes,
    read_labels,
    reduce_positions,
    spread_positions,
)
from scratch.losses._reduction import check_reduction, upstream
from scratch.module import Module

__all__ = ["CrossEntropyLoss", "NLLLoss"]


class NLLLoss(Module):
    """The negative log-likelihood of the right class, from log-probabilities.

    Math:
        forward:  l_n = −w[t_n] input[n, t_n]; output = Σ l_n / Σ w[t_n] ("mean"), Σ l_n ("sum") or l ("none")
        backward: grad_input[n, c] = −w[c] · grad_output / Σ w[t_m] where c = t_n, else 0; "/ Σ w[t_m]" for "mean" only
        where n counts every position (batch and d1, ...), t_n is the class that is right there, and w[c] the weight of
        class c, 1 where none is given. Positions whose target is `ignore_index` are left out of every sum.

    Args:
        weight: a weight for each class, (C,).
        ignore_index: the target that means "do not count this one".
        reduction: "mean", "sum" or "none".

    Shape:
        - Input: (N, C), (C,), or (N, C, d1, ...).
        - Target: (N,), (), or (N, d1, ...): int64 or uint8, from 0 to C − 1.
        - Output: (), or the target's shape when the reduction is "none".

    Raises:
        IndexError: a target that is neither a class nor `ignore_index`.
        ValueError: unknown reduction, an input without axes, or batches that differ.
        RuntimeError: another shape, a dtype of the targets or a weight that does not fit.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html

    Example:
        >>> loss = NLLLoss(weight=np.array([1.0, 3.0]))
        >>> float(loss(np.array([[-1.0, -2.0], [-4.0, -3.0]]), np.array([0, 1])))  # (1·1 + 3·3) / (1 + 3)
        2.5
        >>> loss.backward()
        array([[-0.25,  0.  ],
               [ 0.  , -0.75]])
    """

    weight: Array | None

    def __init__(self, weight: Array | None = None, ignore_index: int = -100, reduction: str = "mean") -> None:
        super().__init__()
        self.register_buffer("weight", None if weight is None else np.array(weight))
        self.ignore_index = ignore_index
        self.reduction = check_reduction(self, reduction)

    @np.errstate(divide="ignore", invalid="ignore")  # 0 · inf is nan, as in PyTorch, without a warning
    def forward(self, input: Array, target: npt.NDArray[np.integer[Any]]) -> Any:
        labels, weights, ignored = read_labels(self, input, target)  # (n,) each
        scores = classes_first(input)  # (C, n)
        losses = -weights * scores[labels, np.arange(labels.size)]
        divisor = weights.sum()
        self.save(input.shape, labels, weights, ignored, divisor)
        return reduce_positions(np.where(ignored, 0, losses), divisor, self.reduction, input.shape)

    @np.errstate(divide="ignore", invalid="ignore")  # where all the weights are 0
    def backward(self, grad_output: Array | float = 1.0) -> Array:
        shape, labels, weights, ignored, divisor = self.saved(grad_output)
        scale = spread_positions(grad_output, ignored, divisor, self.reduction, shape)  # (n,)
        grad = np.zeros((count_classes(shape), labels.size), weights.dtype)  # (C, n)
        grad[labels, np.arange(labels.size)] -= weights * scale
        return classes_back(grad, shape)


class CrossEntropyLoss(Module):
    """The cross-entropy of a choice among C classes, from logits: a log-softmax and `NLLLoss` in one, stable.

    Math:
        forward:  log p_c = x_c − max x − log Σ_j exp(x_j − max x) at each position;
                  l_n = −Σ_c q_c log p_c; output = Σ l_n / d ("mean"), Σ l_n ("sum") or l ("none")
        backward: grad_x_c = (p_c Σ_j q_j − q_c) · grad_output / d, "/ d" for "mean" only
        where x is the input at position n (batch and d1, ...), q_c = w_c ((1 − s) t_c + s / C), w_c the weight of
        class c, 1 where none is given, s the label smoothing, and t the target's probabilities: for a class index, 1 at
        that class and 0 elsewhere. d is Σ w[t_n] over the positions that count; for probabilities, their number.

    Args:
        weight: a weight for each class, (C,).
        ignore_index: the target that means "do not count this one"; for class indices only.
        reduction: "mean", "sum" or "none".
        label_smoothing: s, the share of the target that is spread evenly over the classes, from 0 to 1.

    Shape:
        - Input: (N, C), (C,), or (N, C, d1, ...).
        - Target: (N,), (), or (N, d1, ...), int64 or uint8, from 0 to C − 1; or probabilities, like the input.
        - Output: (); when the reduction is "none", the input's shape without its classes.

    Raises:
        IndexError: a target that is neither a class nor `ignore_index`.
        ValueError: unknown reduction, an input without axes, or batches that differ.
        RuntimeError: label_smoothing outside [0, 1], another shape, a dtype or a weight that does not fit, an
            ignore_index that is not negative beside probabilities.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html

    Example:
        >>> loss = CrossEntropyLoss()
        >>> round(float(loss(np.array([[0.0, 0.0], [1000.0, 0.0]]), np.array([1, 0]))), 4)  # (log 2 + 0) / 2
        0.3466
        >>> loss.backward()  # (p − one-hot) / 2
        array([[ 0.25, -0.25],
               [ 0.  ,  0.  ]])
    """

    weight: Array | None

    def __init__(
        self,
        weight: Array | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        self.register_buffer("weight", None if weight is None else np.array(weight))
        self.ignore_index = ignore_index
        self.reduction = check_reduction(self, reduction)
        if not 0.0 <= label_smoothing <= 1.0:
            raise RuntimeError(
                f"{type(self).__name__}: expected label_smoothing between 0 and 1, got {label_smoothing}"
            )
        self.label_smoothing = float(label_smoothing)

    @np.errstate(divide="ignore", invalid="ignore")  # inf − inf is nan, as in PyTorch, without a warning
    def forward(self, input: Array, target: npt.NDArray[Any]) -> Any:
        if self._is_plain(input, target):
            return self._forward_plain(input, target)
        labels, mixture, weights, ignored, divisor = self._read_target(input, target)
        scores = classes_first(input)  # (C, n)
        shifted = scores - scores.max(axis=0, initial=-np.inf)  # so that exp never overflows
        exponentials = np.exp(shifted)
        sums = exponentials.sum(axis=0)
        if mixture is None:
            losses = weights * (np.log(sums) - shifted[labels, np.arange(labels.size)])
        else:
            losses = (mixture * (np.log(sums) - shifted)).sum(axis=0)
        self.save(input.shape, exponentials / sums, labels, mixture, weights, ignored, divisor)
        return reduce_positions(np.where(ignored, 0, losses), divisor, self.reduction, input.shape)

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        kept = self.saved(grad_output)
        return (self._backward_plain if len(kept) == 2 else self._backward_general)(grad_output, *kept)

    @np.errstate(divide="ignore", invalid="ignore")  # where all the weights are 0
    def _backward_general(self, grad_output: Array | float, *kept: Any) -> Array:
        shape, probabilities, labels, mixture, weights, ignored, divisor = kept
        scale = spread_positions(grad_output, ignored, divisor, self.reduction, shape)  # (n,)
        grad: Array = probabilities * (weights * scale)  # (C, n)
        if mixture is None:
            grad[labels, np.arange(labels.size)] -= weights * scale
        else:
            grad -= mixture * scale
        return classes_back(grad, shape)

    def _is_plain(self, input: Array, target: npt.NDArray[Any]) -> bool:
        """Rows of logits, a class index each and no option: what a training loop meets, worth a form of its own."""
        return (
            (self.weight is None and self.label_smoothing == 0 and self.reduction == "mean" and self.ignore_index < 0)
            and (input.ndim == 2 and target.ndim == 1 and len(input) == len(target) > 0)
            and (input.dtype.kind == "f" and target.dtype == np.int64)
            and bool(
                np.maximum.reduce(target.view(np.uint64)) < input.shape[1]
            )  # unsigned, what is below 0 lies above every class
        )

    def _forward_plain(self, input: Array, target: npt.NDArray[Any]) -> Any:
        """The same formula without the options, working in place on a copy of the logits."""
        count = len(target)
        right = target * count + np.arange(count)  # where the right classes stand in an array of (C, n)
        shifted = np.array(input.T, order="C")  # (C, n)
        shifted -= np.maximum.reduce(shifted)
        log_exponentials = shifted.reshape(-1)[right]
        exponentials = np.exp(shifted, out=shifted)
        sums = np.add.reduce(exponentials)
        self.save(np.divide(exponentials, sums, out=exponentials), right)
        return np.add.reduce(np.log(sums) - log_exponentials) / input.dtype.type(count)

    def _backward_plain(self, grad_output: Array | float, probabilities: Array, right: npt.NDArray[Any]) -> Array:
        scale = upstream(grad_output, (), probabilities.dtype) / probabilities.dtype.type(right.size)
        grad = probabilities * scale  # (C, n)
        grad.reshape(-1)[right] -= scale
        return grad.T

    def _read_target(self, input: Array, target: npt.NDArray[Any]) -> tuple[Any, Array | None, Array, Any, Any]:
        """The labels (n,), the mixture q (C, n), its sum over the classes, what is ignored, the divisor of the mean.

        Plain class indices have no mixture: of a one-hot column only one entry matters.
        """
        if input.shape == target.shape:
            self._check_probabilities(input, target)
            mixture = self._mix(classes_first(target))
            count = mixture.shape[1]
            return None, mixture, mixture.sum(axis=0), np.zeros(count, bool), input.dtype.type(count)
        labels, weights, ignored = read_labels(self, input, target)
        divisor = weights.sum()
        if self.label_smoothing == 0:
            return labels, None, weights, ignored, divisor
        one_hot = (np.arange(count_classes(input.shape))[:, np.newaxis] == labels).astype(input.dtype)  # (C, n)
        mixture = self._mix(one_hot)
        return labels, mixture, mixture.sum(axis=0), ignored, divisor

    def _mix(self, target: Array) -> Array:
        """q = w ((1 − s) t + s / C), for a target of (C, n)."""
        smoothed = (1 - self.label_smoothing) * target + self.label_smoothing / max(len(target), 1)
        return smoothed if self.weight is None else self.weight[:, np.newaxis] * smoothed

    def _check_probabilities(self, input: Array, target: Array) -> None:
        check_input(self, input)
        if target.dtype != input.dtype:
            raise RuntimeError(
                f"{type(self).__name__}: expected probabilities of the input's dtype {input.dtype}, got {target.dtype}"
            )
        if self.ignore_index >= 0:
            raise RuntimeError(
                f"{type(self).__name__}: expected class indices as target beside an ignore_index that is not negative,"
                f" {self.ignore_index}; got probabilities"
            )
