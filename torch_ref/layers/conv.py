"""Convolution, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["Conv2d"]


class Conv2d(nn.Conv2d):
    """`nn.Conv2d` holds the parameters; `F.conv2d` is the sum over the kernel.

    `F.conv2d` pads with zeros only, so every other padding is a step of its own, `F.pad`.
    """

    def forward(self, input: Tensor) -> Tensor:
        if self.padding_mode == "zeros":
            return F.conv2d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)
        padded = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
        return F.conv2d(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)
