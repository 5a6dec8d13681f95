"""Small networks that read a digit row by row, as examples of sequences."""

from __future__ import annotations

import numpy as np

from scratch.dtypes import Array
from scratch.layers import LSTM, Linear
from scratch.module import Module

__all__ = ["RowLSTM"]


class RowLSTM(Module):
    """Reads an image row by row with an LSTM, and classifies it by the last hidden state.

    Math:
        forward:  h_1, …, h_T = LSTM(rows of the input); output = W h_T + b
        backward: the gradient enters the LSTM at the last moment alone

    Args:
        input_size: numbers in a row.
        hidden_size: features of the hidden state.
        num_classes: how many outputs.

    Shape:
        - Input: (N, T, input_size), T rows of each of N images.
        - Output: (N, num_classes).

    Raises:
        ValueError: an input of other than 2 or 3 axes, or of another dtype.
        RuntimeError: another number of features.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html

    Example:
        >>> RowLSTM(28, 16, 10)(np.zeros((2, 28, 28), np.float32)).shape
        (2, 10)
    """

    def __init__(self, input_size: int = 28, hidden_size: int = 32, num_classes: int = 10) -> None:
        super().__init__()
        self.lstm = LSTM(input_size, hidden_size, batch_first=True)
        self.linear = Linear(hidden_size, num_classes)

    def forward(self, input: Array) -> Array:
        output, _ = self.lstm(input)  # (N, T, hidden_size)
        self.save(output.shape)
        result: Array = self.linear(output[:, -1])  # (N, num_classes)
        return result

    def backward(self, grad_output: Array) -> Array | None:
        (shape,) = self.saved(grad_output)
        grad = np.zeros(shape, grad_output.dtype)
        grad[:, -1] = self.linear.backward(grad_output)
        self.lstm.input_requires_grad_(self.needs_input_grad)
        grad_input: Array | None = self.lstm.backward(grad)[0]
        return grad_input
