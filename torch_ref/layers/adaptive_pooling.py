"""Adaptive pooling, in PyTorch."""

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
]


class AdaptiveAvgPool1d(nn.AdaptiveAvgPool1d):
    """`F.adaptive_avg_pool1d`; with an output_size of 1 it is `x.mean(dim=-1, keepdim=True)`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(nn.AdaptiveAvgPool2d):
    """`F.adaptive_avg_pool2d`, before the classifier of a ResNet: images of any size come out as one."""

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(input, self.output_size)


class AdaptiveAvgPool3d(nn.AdaptiveAvgPool3d):
    """`F.adaptive_avg_pool3d`, as in two dimensions."""

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool3d(input, self.output_size)


class AdaptiveMaxPool1d(nn.AdaptiveMaxPool1d):
    """`F.adaptive_max_pool1d`; with an output_size of 1 it is `x.amax(dim=-1, keepdim=True)`, but for ties."""

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        if self.return_indices:
            return F.adaptive_max_pool1d(input, self.output_size, return_indices=True)
        return F.adaptive_max_pool1d(input, self.output_size)


class AdaptiveMaxPool2d(nn.AdaptiveMaxPool2d):
    """`F.adaptive_max_pool2d`; its windows overlap, so `nn.MaxUnpool2d` does not undo it."""

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        output_size: Any = self.output_size
        if self.return_indices:
            return F.adaptive_max_pool2d(input, output_size, return_indices=True)
        return F.adaptive_max_pool2d(input, output_size)


class AdaptiveMaxPool3d(nn.AdaptiveMaxPool3d):
    """`F.adaptive_max_pool3d`, as in two dimensions."""

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        output_size: Any = self.output_size
        if self.return_indices:
            return F.adaptive_max_pool3d(input, output_size, return_indices=True)
        return F.adaptive_max_pool3d(input, output_size)
