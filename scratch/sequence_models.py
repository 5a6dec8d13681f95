"""Models that read a picture as a sequence, row by row."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array, resolve_dtype
from scratch.layers import LSTM, Dropout, Linear, TransformerEncoder, TransformerEncoderLayer
from scratch.module import Module

__all__ = ["PositionalEncoding", "RowLSTM", "RowTransformer"]


class PositionalEncoding(Module):
    """Adds to each element of a sequence a vector that tells its place, since attention knows nothing of order.

    Math:
        forward:  output[n, t] = dropout(input[n, t] + pe[t]), where
                  pe[t, 2i] = sin(t / 10000^(2i/d));  pe[t, 2i + 1] = cos(t / 10000^(2i/d)), with d = d_model
        backward: grad_input = grad_output with the dropout's mask; pe is not trained
        Each pair of features turns like the hand of a clock, the first pair fast and the last one slowly.

    Args:
        d_model: features of the elements.
        max_len: length of the longest sequence.
        dropout: probability of the dropout.
        dtype: of pe; the default dtype when None.

    Shape:
        - Input, output: (N, T, d_model) or (T, d_model): batch first.
        - pe: (max_len, d_model), a buffer.

    Raises:
        RuntimeError: a sequence longer than max_len, of other features than d_model or of another dtype than pe's;
            backward without a forward.
        ValueError: a dropout that is not between 0 and 1.

    Source:
        Attention Is All You Need (Vaswani et al., 2017), https://arxiv.org/abs/1706.03762, section 3.5

    Example:
        >>> PositionalEncoding(2, max_len=3).pe.round(4)  # sin t and cos t
        array([[ 0.    ,  1.    ],
               [ 0.8415,  0.5403],
               [ 0.9093, -0.4161]], dtype=float32)
    """

    pe: Array

    def __init__(
        self, d_model: int, max_len: int = 5000, dropout: float = 0.1, dtype: npt.DTypeLike | None = None
    ) -> None:
        super().__init__()
        self.dropout = Dropout(dropout)
        speeds = np.exp(np.arange(0, d_model, 2) * (-math.log(10000) / d_model))  # one for each pair of features
        angles = np.arange(max_len)[:, None] * speeds  # (max_len, pairs), in float64: they are large
        pe = np.empty((max_len, d_model), resolve_dtype(dtype))
        pe[:, 0::2] = np.sin(angles)
        pe[:, 1::2] = np.cos(angles[:, : d_model // 2])
        self.register_buffer("pe", pe)

    def forward(self, input: Array) -> Array:
        longest, features = self.pe.shape
        if input.ndim < 2 or input.shape[-1] != features or input.shape[-2] > longest:
            raise RuntimeError(
                f"PositionalEncoding: expected an input of {features} features and at most {longest} elements,"
                f" got shape {input.shape}"
            )
        if input.dtype != self.pe.dtype:
            raise RuntimeError(f"PositionalEncoding: expected an input of dtype {self.pe.dtype}, got {input.dtype}")
        output: Array = self.dropout(input + self.pe[: input.shape[-2]])
        return output

    def backward(self, grad_output: Array) -> Array:
        return self.dropout.backward(grad_output)


class RowTransformer(Module):
    """Classifies a picture whose rows are read as a sequence, all at once.

    Math:
        forward:  x = positions(W_in rows + b_in);  h = encoder(x);  output = W_out (1/T Σ_t h_t) + b_out
        backward: of the mean over time, each of the T elements gets 1/T of the gradient; the rest is the layers' own

    Args:
        row_size: numbers in a row.
        d_model: features of the encoder.
        nhead: heads of its attention.
        num_layers: its layers.
        dim_feedforward: features between the linear layers of a layer.
        dropout: probability of all dropouts.
        num_classes: the classes.
        max_len: rows of the tallest picture.
        dtype: of the parameters; the default dtype when None.

    Shape:
        - Input: (N, T, row_size): batch first, the rows from top to bottom.
        - Output: (N, num_classes), for CrossEntropyLoss.

    Raises:
        RuntimeError: a picture of other sizes; backward without a forward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.TransformerEncoder.html

    Example:
        >>> model = RowTransformer(d_model=8, nhead=2, dim_feedforward=16)
        >>> model(np.zeros((5, 28, 28), np.float32)).shape
        (5, 10)
    """

    def __init__(
        self,
        row_size: int = 28,
        d_model: int = 64,
        nhead: int = 4,
        num_layers: int = 2,
        dim_feedforward: int = 128,
        dropout: float = 0.1,
        num_classes: int = 10,
        max_len: int = 28,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        super().__init__()
        self.embed = Linear(row_size, d_model, dtype=dtype)
        self.positions = PositionalEncoding(d_model, max_len, dropout, dtype)
        layer = TransformerEncoderLayer(d_model, nhead, dim_feedforward, dropout, batch_first=True, dtype=dtype)
        self.encoder = TransformerEncoder(layer, num_layers)
        self.classify = Linear(d_model, num_classes, dtype=dtype)

    def input_requires_grad_(self, requires_grad: bool = True) -> RowTransformer:
        super().input_requires_grad_(requires_grad)
        self.embed.input_requires_grad_(requires_grad)
        return self

    def forward(self, input: Array) -> Array:
        if input.ndim != 3:
            raise RuntimeError(f"RowTransformer: expected an input of shape (N, T, row_size), got {input.shape}")
        encoded = self.encoder(self.positions(self.embed(input)))  # (N, T, d_model)
        self.save(encoded.shape)
        output: Array = self.classify(encoded.mean(axis=1))
        return output

    def backward(self, grad_output: Array) -> Array | None:
        (shape,) = self.saved(grad_output)
        grad_mean = self.classify.backward(grad_output) / shape[1]  # (N, d_model)
        grad = self.encoder.backward(np.broadcast_to(grad_mean[:, None], shape))
        return self.embed.backward(self.positions.backward(grad))


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
