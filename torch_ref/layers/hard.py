"""Activation functions of straight pieces, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["Hardsigmoid", "Hardswish", "Hardtanh", "ReLU6"]


class Hardsigmoid(nn.Hardsigmoid):
    """`nn.Hardsigmoid`, or `F.hardsigmoid`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.hardsigmoid(input)


class Hardswish(nn.Hardswish):
    """`nn.Hardswish`, or `F.hardswish`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.hardswish(input)


class Hardtanh(nn.Hardtanh):
    """`nn.Hardtanh`, or `F.hardtanh`; where no module is wanted, `x.clamp(min, max)`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.hardtanh(input, self.min_val, self.max_val)


class ReLU6(nn.ReLU6):
    """`nn.ReLU6`, or `F.relu6`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.relu6(input)
