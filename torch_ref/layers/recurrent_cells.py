"""Recurrent cells, in PyTorch."""

from typing import Any

from torch import Tensor, nn

__all__ = ["GRUCell", "LSTMCell", "RNNCell"]


class RNNCell(nn.RNNCell):
    """`nn.RNNCell`: for a loop over time of one's own; `nn.RNN` is the faster whole."""

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        return super().forward(input, hx)


class LSTMCell(nn.LSTMCell):
    """`nn.LSTMCell`: `h, c = cell(x, (h, c))` at every moment."""

    def forward(self, input: Tensor, hx: Any = None) -> Any:
        return super().forward(input, hx)


class GRUCell(nn.GRUCell):
    """`nn.GRUCell`: `h = cell(x, h)` at every moment."""

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        return super().forward(input, hx)
