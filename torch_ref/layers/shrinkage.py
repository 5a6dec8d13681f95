"""Activation functions that move numbers toward 0, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["Hardshrink", "Softshrink", "Tanhshrink"]


class Hardshrink(nn.Hardshrink):
    """`nn.Hardshrink`, or `F.hardshrink`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.hardshrink(input, self.lambd)


class Softshrink(nn.Softshrink):
    """`nn.Softshrink`, or `F.softshrink`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.softshrink(input, self.lambd)


class Tanhshrink(nn.Tanhshrink):
    """`nn.Tanhshrink`, or `F.tanhshrink`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.tanhshrink(input)
