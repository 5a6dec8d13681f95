"""Margins of a constant, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["ConstantPad1d", "ConstantPad2d", "ConstantPad3d", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d"]


class ConstantPad1d(nn.ConstantPad1d):
    """`F.pad(input, padding, value=value)`: padding begins with the last axis, two numbers an axis."""

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, value=self.value)


class ConstantPad2d(nn.ConstantPad2d):
    """`F.pad(input, padding, value=value)`: padding begins with the last axis, two numbers an axis."""

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, value=self.value)


class ConstantPad3d(nn.ConstantPad3d):
    """`F.pad(input, padding, value=value)`: padding begins with the last axis, two numbers an axis."""

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, value=self.value)


class ZeroPad1d(nn.ZeroPad1d):
    """`F.pad(input, padding)`, whose mode is "constant" and whose value is 0."""

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding)


class ZeroPad2d(nn.ZeroPad2d):
    """`F.pad(input, padding)`, whose mode is "constant" and whose value is 0."""

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding)


class ZeroPad3d(nn.ZeroPad3d):
    """`F.pad(input, padding)`, whose mode is "constant" and whose value is 0."""

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding)
