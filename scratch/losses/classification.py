"""Losses of a class that is to be predicted."""

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
from scratch.losses._reduction import check_reduction, check_same_shape, reduce, spread
from scratch.module import Module

__all__ = ["BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "NLLLoss"]

# PyTorch keeps this constant in float32, in float64 computations too.
_BCE_GRADIENT_FLOOR = float(np.float32(1e-12))


class BCELoss(Module):
    """The cross-entropy of yes-or-no predictions that are given as probabilities.

    Math:
        forward:  l_i = −w_i (t_i log p_i + (1 − t_i) log(1 − p_i)), each logarithm at least −100;
                  output = Σ l_i / n ("mean"), Σ l_i ("sum") or l ("none")
        backward: grad_p_i = w_i (p_i − t_i) / max(p_i (1 − p_i), 1e-12) · grad_output / n, "/ n" for "mean" only
        where p is the input, t the target, w the weight, and n counts every element.

    Args:
        weight: multiplies each element's loss; any shape that broadcasts to the input's. The mean still divides by n.
        reduction: "mean", "sum" or "none".

    Shape:
        - Input, target: (*), the same shape.
        - Output: (), or (*) when the reduction is "none".

    Raises:
        ValueError: unknown reduction, or shapes that differ.
        RuntimeError: an input or a target outside [0, 1] (nan is outside), a dtype or a weight that does not fit.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html

    Example:
        >>> loss = BCELoss(reduction="sum")
        >>> round(float(loss(np.array([0.5, 0.8]), np.array([1.0, 0.0]))), 4)  # log 2 + log 5
        2.3026
        >>> loss.backward().round(4)  # −1 / 0.5 and 1 / 0.2
        array([-2.,  5.])
    """

    weight: Array | None

    def __init__(self, weight: Array | None = None, reduction: str = "mean") -> None:
        super().__init__()
        self.register_buffer("weight", None if weight is None else np.array(weight))
        self.reduction = check_reduction(self, reduction)

    def forward(self, input: Array, target: Array) -> Any:
        check_same_shape(self, input, target)
        for name, values in (("input", input), ("target", target)):
            if not np.all((values >= 0) & (values <= 1)):
                raise RuntimeError(f"BCELoss: expected every element of {name} between 0 and 1")
        with np.errstate(divide="ignore"):  # log 0 is −inf, which the floor makes −100
            losses = (target - 1) * np.maximum(np.log1p(-input), -100) - target * np.maximum(np.log(input), -100)
        self.save(input, target)
        return reduce(_weighted(self, "weight", self.weight, losses), self.reduction)

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        input, target = self.saved(grad_output)
        grad = (input - target) / np.maximum((1 - input) * input, _BCE_GRADIENT_FLOOR)
        return _weighted(self, "weight", self.weight, grad) * spread(grad_output, input, self.reduction)


class BCEWithLogitsLoss(Module):
    """The cross-entropy of yes-or-no predictions that are given as logits: a sigmoid and `BCELoss` in one, stable.

    Math:
        forward:  l_i = w_i ((1 − t_i) x_i − (1 + (v_i − 1) t_i) log σ(x_i));
                  output = Σ l_i / n ("mean"), Σ l_i ("sum") or l ("none")
        backward: grad_x_i = w_i ((1 − t_i) σ(x_i) − v_i t_i (1 − σ(x_i))) · grad_output / n, "/ n" for "mean" only
        log σ(x) = min(x, 0) − log(1 + exp(−|x|)) never overflows;
        where x is the input, t the target, w the weight, v the pos_weight, σ the sigmoid, and n counts every element.

    Args:
        weight: multiplies each element's loss; any shape that broadcasts to the input's. The mean still divides by n.
        reduction: "mean", "sum" or "none".
        pos_weight: multiplies the positive part of the loss; any shape that broadcasts to the input's.

    Shape:
        - Input, target: (*), the same shape.
        - Output: (), or (*) when the reduction is "none".

    Raises:
        ValueError: unknown reduction, or shapes that differ.
        RuntimeError: a dtype, a weight or a pos_weight that does not fit the input.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html

    Example:
        >>> loss = BCEWithLogitsLoss(reduction="none")
        >>> loss(np.array([0.0, 800.0]), np.array([1.0, 0.0])).round(4)  # log 2, and no overflow
        array([6.931e-01, 8.000e+02])
        >>> loss.backward(np.array([1.0, 1.0]))
        array([-0.5,  1. ])
    """

    weight: Array | None
    pos_weight: Array | None

    def __init__(self, weight: Array | None = None, reduction: str = "mean", pos_weight: Array | None = None) -> None:
        super().__init__()
        self.register_buffer("weight", None if weight is None else np.array(weight))
        self.register_buffer("pos_weight", None if pos_weight is None else np.array(pos_weight))
        self.reduction = check_reduction(self, reduction)

    @np.errstate(invalid="ignore")  # 0 · inf is nan, as in PyTorch
    def forward(self, input: Array, target: Array) -> Any:
        check_same_shape(self, input, target)
        positive = _weighted(self, "pos_weight", self.pos_weight, target)
        small = np.exp(-np.abs(input))
        log_sigmoid = np.minimum(input, 0) - np.log1p(small)
        losses = (1 - target) * input - (positive + (1 - target)) * log_sigmoid
        sigmoid = np.where(input >= 0, 1, small) / (1 + small)
        self.save(sigmoid, target, positive)
        return reduce(_weighted(self, "weight", self.weight, losses), self.reduction)

    def backward(self, grad_output: Array | float = 1.0) -> Array:
        sigmoid, target, positive = self.saved(grad_output)
        grad = (positive + (1 - target)) * sigmoid - positive
        return _weighted(self, "weight", self.weight, grad) * spread(grad_output, sigmoid, self.reduction)


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
            raise RuntimeError(f"CrossEntropyLoss: expected label_smoothing between 0 and 1, got {label_smoothing}")
        self.label_smoothing = label_smoothing

    @np.errstate(divide="ignore", invalid="ignore")  # inf − inf is nan, as in PyTorch, without a warning
    def forward(self, input: Array, target: npt.NDArray[Any]) -> Any:
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

    @np.errstate(divide="ignore", invalid="ignore")  # where all the weights are 0
    def backward(self, grad_output: Array | float = 1.0) -> Array:
        shape, probabilities, labels, mixture, weights, ignored, divisor = self.saved(grad_output)
        scale = spread_positions(grad_output, ignored, divisor, self.reduction, shape)  # (n,)
        grad: Array = probabilities * (weights * scale)  # (C, n)
        if mixture is None:
            grad[labels, np.arange(labels.size)] -= weights * scale
        else:
            grad -= mixture * scale
        return classes_back(grad, shape)

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
        mixture = self._mix(one_hot) * ~ignored
        return labels, mixture, mixture.sum(axis=0), ignored, divisor

    def _mix(self, target: Array) -> Array:
        """q = w ((1 − s) t + s / C), for a target of (C, n)."""
        smoothed = (1 - self.label_smoothing) * target + self.label_smoothing / max(len(target), 1)
        return smoothed if self.weight is None else self.weight[:, np.newaxis] * smoothed

    def _check_probabilities(self, input: Array, target: Array) -> None:
        check_input(self, input)
        if target.dtype != input.dtype:
            raise RuntimeError(
                f"CrossEntropyLoss: expected probabilities of the input's dtype {input.dtype}, got {target.dtype}"
            )
        if self.ignore_index >= 0:
            raise RuntimeError(
                "CrossEntropyLoss: expected class indices as target beside an ignore_index that is not negative,"
                f" {self.ignore_index}; got probabilities"
            )


def _weighted(loss: Module, name: str, weight: Array | None, values: Array) -> Array:
    """The values times a weight that broadcasts to them; the values where there is none."""
    if weight is None:
        return values
    try:
        spread_out = np.broadcast_to(weight, values.shape)
    except ValueError as error:
        raise RuntimeError(
            f"{type(loss).__name__}: expected a {name} that broadcasts to the input's shape {values.shape},"
            f" got shape {weight.shape}"
        ) from error
    return values * spread_out.astype(values.dtype, copy=False)
