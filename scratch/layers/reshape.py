"""Layers that change the shape only."""

from __future__ import annotations

import math

from scratch.dtypes import Array
from scratch.layers._checks import resolve_dim
from scratch.module import Module

__all__ = ["Flatten"]


class Flatten(Module):
    """Makes one axis of the axes from start_dim to end_dim.

    Math:
        forward:  output[n, i S_2 + j] = input[n, i, j]
        backward: grad_input[n, i, j] = grad_output[n, i S_2 + j]
        for two flattened axes, of sizes S_1 and S_2; more of them in the same way.

    Args:
        start_dim: the first axis to flatten; the default keeps the batch.
        end_dim: the last axis to flatten.

    Shape:
        - Input: (*, S_start, ..., S_end, *).
        - Output: (*, S_start · ... · S_end, *).

    Raises:
        IndexError: an axis that the input does not have.
        RuntimeError: start_dim comes after end_dim, or backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Flatten.html

    Example:
        >>> import numpy as np
        >>> Flatten()(np.array([[[1.0, 2.0], [3.0, 4.0]]]))  # (1, 2, 2) becomes (1, 4)
        array([[1., 2., 3., 4.]])
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Array) -> Array:
        start = resolve_dim(self, self.start_dim, input.ndim)
        end = resolve_dim(self, self.end_dim, input.ndim)
        if start > end:
            raise RuntimeError(
                f"Flatten: expected start_dim before end_dim, got start_dim={self.start_dim} and end_dim={self.end_dim}"
                f" for an input of {input.ndim} axes"
            )
        self.save(input.shape)
        # The size is worked out rather than left to reshape's −1, which cannot be told where another axis has size 0.
        return input.reshape(*input.shape[:start], math.prod(input.shape[start : end + 1]), *input.shape[end + 1 :])

    def backward(self, grad_output: Array) -> Array:
        (shape,) = self.saved(grad_output)
        return grad_output.reshape(shape)
