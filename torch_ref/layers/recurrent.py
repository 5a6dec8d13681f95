"""Recurrent layers, in PyTorch."""

import warnings
from typing import Any

from torch import nn

__all__ = ["GRU", "LSTM", "RNN"]


class RNN(nn.RNN):
    """`nn.RNN`: the output has every moment, the second result the last one only; `output[-1]` is the last moment."""

    def forward(self, input: Any, hx: Any = None) -> Any:
        return super().forward(input, hx)


class LSTM(nn.LSTM):
    """`nn.LSTM`: the state is a tuple of hidden state and cell; `output, _ = lstm(input)` where it is not wanted."""

    def forward(self, input: Any, hx: Any = None) -> Any:
        with warnings.catch_warnings():  # with projections it says that it takes its slower form
            warnings.filterwarnings("ignore", "LSTM with projections is not supported with oneDNN")
            return super().forward(input, hx)


class GRU(nn.GRU):
    """`nn.GRU`: the state is one tensor, where that of `nn.LSTM` is a tuple."""

    def forward(self, input: Any, hx: Any = None) -> Any:
        return super().forward(input, hx)
