"""Convolution, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["Conv1d", "Conv2d", "Conv3d"]


class Conv1d(nn.Conv1d):
    """`nn.Conv1d` holds the parameters; `F.conv1d` is the sum over the kernel, and `F.pad` any padding but zeros."""

    def forward(self, input: Tensor) -> Tensor:
        if self.padding_mode == "zeros":
            return F.conv1d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)
        padded = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
        return F.conv1d(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


class Conv2d(nn.Conv2d):
    """`nn.Conv2d` holds the parameters; `F.conv2d` is the sum over the kernel.

    `F.conv2d` pads with zeros only, so every other padding is a step of its own, `F.pad`.
    """

    def forward(self, input: Tensor) -> Tensor:
        if self.padding_mode == "zeros":
            return F.conv2d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)
        padded = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
        return F.conv2d(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


class Conv3d(nn.Conv3d):
    """`nn.Conv3d` holds the parameters; `F.conv3d` is the sum over the kernel, and `F.pad` any padding but zeros."""

    def forward(self, input: Tensor) -> Tensor:
        if self.padding_mode == "zeros":
            return F.conv3d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)
        padded = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
        return F.conv3d(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)
