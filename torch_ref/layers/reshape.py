"""Layers that change the shape, or the order of the elements, only, in PyTorch."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["ChannelShuffle", "Flatten", "PixelShuffle", "PixelUnshuffle", "Unflatten"]


class ChannelShuffle(nn.ChannelShuffle):
    """`nn.ChannelShuffle` between grouped convolutions, so that the groups hear of one another; `F.channel_shuffle`."""

    def forward(self, input: Tensor) -> Tensor:
        output: Tensor = F.channel_shuffle(input, self.groups)
        return output


class Flatten(nn.Flatten):
    """`nn.Flatten` between the convolutions and the first `nn.Linear`; in a function, `x.flatten(1)`."""

    def forward(self, input: Tensor) -> Tensor:
        return torch.flatten(input, self.start_dim, self.end_dim)


class PixelShuffle(nn.PixelShuffle):
    """`nn.PixelShuffle` after a convolution that makes r² times the channels; `F.pixel_shuffle` in a function."""

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_shuffle(input, self.upscale_factor)


class PixelUnshuffle(nn.PixelUnshuffle):
    """`nn.PixelUnshuffle`, the way back: `F.pixel_unshuffle`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_unshuffle(input, self.downscale_factor)


class Unflatten(nn.Unflatten):
    """`nn.Unflatten` in an `nn.Sequential`; in a function, `x.unflatten(1, (2, -1))`."""

    def forward(self, input: Tensor) -> Tensor:
        return torch.unflatten(input, self.dim, self.unflattened_size)
