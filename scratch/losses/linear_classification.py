"""The cross-entropy of a linear layer's logits, with the layer inside."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array
from scratch.layers.linear import Linear
from scratch.losses.classification import CrossEntropyLoss

__all__ = ["LinearCrossEntropyLoss"]


class LinearCrossEntropyLoss(CrossEntropyLoss):
    """The cross-entropy of the logits that a linear layer makes of the input: the last layer and the loss in one.

    Math:
        forward:  logits[n, c, d] = Σ_i input[n, i] W[c, d, i] + b[c, d]; output = CrossEntropyLoss(logits, target)
        backward: G = the gradient of `CrossEntropyLoss` for the logits;
                  grad_input[n, i] = Σ_{c, d} G[n, c, d] W[c, d, i], grad_W[c, d, i] = Σ_n G[n, c, d] input[n, i],
                  grad_b[c, d] = Σ_n G[n, c, d]
        where n counts the batch, c the C classes, and d the positions of out_features, one where there are none. W and
        b are the `Linear` layer's, whose outputs are numbered class by class: o = c · D + d for D positions.

    Args:
        in_features: size of the last axis of the input.
        num_classes: the number of classes, C.
        out_features: (d1, ...), where each row of the input is to be given a class at several positions.
        bias: whether b is added.
        dtype: of the layer's parameters; the default dtype when None.
        reduction: "mean", "sum" or "none".
        weight: a weight for each class, (C,).
        ignore_index: the target that means "do not count this one"; −100 when None. For class indices only.
        label_smoothing: the share of the target that is spread evenly over the classes, from 0 to 1.

    Shape:
        - Input: (N, in_features), or (in_features,) where there are no out_features.
        - Target: (N,), (), or (N, d1, ...), int64 or uint8, from 0 to C − 1; or probabilities, (N, C, d1, ...) or (C,).
        - Output: (); when the reduction is "none", (N,), () or (N, d1, ...).
        - linear.weight: (C · d1 · ..., in_features); linear.bias: (C · d1 · ...,).

    Raises:
        IndexError: a target that is neither a class nor `ignore_index`.
        ValueError: unknown reduction, or batches that differ.
        RuntimeError: label_smoothing outside [0, 1], another shape, a dtype or a weight that does not fit, an
            ignore_index beside probabilities.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.LinearCrossEntropyLoss.html

    Example:
        >>> loss = LinearCrossEntropyLoss(1, 2, dtype=np.float64)
        >>> loss.load_state_dict({"linear.weight": np.array([[0.0], [1.0]])})
        >>> float(np.exp(loss(np.array([[np.log(3.0)]]), np.array([0]))))  # 1 / p, of the probabilities 1/4 and 3/4
        4.0
        >>> loss.backward() * 4  # (p − one-hot) W
        array([[3.]])
    """

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: tuple[int, ...] = (),
        bias: bool = False,
        dtype: npt.DTypeLike | None = None,
        reduction: str = "mean",
        weight: Array | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
    ) -> None:
        if weight is not None and np.shape(weight) != (num_classes,):
            raise RuntimeError(
                f"LinearCrossEntropyLoss: expected a weight of shape ({num_classes},), got {np.shape(weight)}"
            )
        super().__init__(weight, -100 if ignore_index is None else ignore_index, reduction, label_smoothing)
        self.num_classes = num_classes
        self.out_features = tuple(out_features)
        self.takes_probabilities = ignore_index is None
        self.linear = Linear(in_features, math.prod(out_features, start=num_classes), bias=bias, dtype=dtype)

    def forward(self, input: Array, target: npt.NDArray[Any]) -> Any:
        self._check_shape(input)
        logits = self.logits(self.linear(input))
        if target.shape == logits.shape and not self.takes_probabilities:
            raise RuntimeError("LinearCrossEntropyLoss: expected no ignore_index beside probabilities")
        return super().forward(logits, target)

    def backward(self, grad_output: Array | float = 1.0) -> Array | None:  # type: ignore[override]  # as Linear's
        grad = super().backward(grad_output)  # (N, C, d1, ...)
        batch = grad.shape[: grad.ndim - 1 - len(self.out_features)]
        return self.linear.backward(grad.reshape(*batch, self.linear.out_features))

    def logits(self, outputs: Array) -> Array:
        """The layer's outputs, (N, C · d1 · ...), as (N, C, d1, ...)."""
        return outputs.reshape(*outputs.shape[:-1], self.num_classes, *self.out_features)

    def _check_shape(self, input: Array) -> None:
        batched = input.ndim == 2 or (input.ndim == 1 and not self.out_features)
        if not batched or input.shape[-1] != self.linear.in_features:
            raise RuntimeError(
                f"LinearCrossEntropyLoss: expected an input of (N, {self.linear.in_features})"
                f"{'' if self.out_features else f' or ({self.linear.in_features},)'}, got shape {input.shape}"
            )
