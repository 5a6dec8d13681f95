"""Transposed convolution, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]


class ConvTranspose1d(nn.ConvTranspose1d):
    """`nn.ConvTranspose1d` also knows output_size; `F.conv_transpose1d` takes the output_padding that leads to it."""

    padding: tuple[int, ...]  # never a word, as it may be in a convolution

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        if output_size is not None:
            return super().forward(input, output_size)
        return F.conv_transpose1d(
            input, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation
        )


class ConvTranspose2d(nn.ConvTranspose2d):
    """`nn.ConvTranspose2d` also knows output_size; `F.conv_transpose2d` takes the output_padding that leads to it."""

    padding: tuple[int, ...]  # never a word, as it may be in a convolution

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        if output_size is not None:
            return super().forward(input, output_size)
        return F.conv_transpose2d(
            input, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation
        )


class ConvTranspose3d(nn.ConvTranspose3d):
    """`nn.ConvTranspose3d` also knows output_size; `F.conv_transpose3d` takes the output_padding that leads to it."""

    padding: tuple[int, ...]  # never a word, as it may be in a convolution

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        if output_size is not None:
            return super().forward(input, output_size)
        return F.conv_transpose3d(
            input, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation
        )
