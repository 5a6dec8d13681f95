"""Max pooling and unpooling, in PyTorch."""

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["MaxPool1d", "MaxPool2d", "MaxPool3d", "MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"]


class MaxPool1d(nn.MaxPool1d):
    """`F.max_pool1d` takes ceil_mode before return_indices, the class the other way round: name them."""

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        window = (self.kernel_size, self.stride, self.padding, self.dilation)
        if self.return_indices:
            return F.max_pool1d(input, *window, self.ceil_mode, return_indices=True)
        return F.max_pool1d(input, *window, self.ceil_mode)


class MaxPool2d(nn.MaxPool2d):
    """`nn.MaxPool2d` has no parameters, so `F.max_pool2d` does as well; `nn.MaxUnpool2d` takes the indices."""

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        window = (self.kernel_size, self.stride, self.padding, self.dilation)
        if self.return_indices:
            return F.max_pool2d(input, *window, self.ceil_mode, return_indices=True)
        return F.max_pool2d(input, *window, self.ceil_mode)


class MaxPool3d(nn.MaxPool3d):
    """`F.max_pool3d`, for volumes such as scans, or videos with time for depth."""

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        window = (self.kernel_size, self.stride, self.padding, self.dilation)
        if self.return_indices:
            return F.max_pool3d(input, *window, self.ceil_mode, return_indices=True)
        return F.max_pool3d(input, *window, self.ceil_mode)


class MaxUnpool1d(nn.MaxUnpool1d):
    """`F.max_unpool1d`; hand it `output_size=x.shape` of what was pooled, and no size is ambiguous."""

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        options: tuple[Any, ...] = (self.kernel_size, self.stride, self.padding, output_size)
        return F.max_unpool1d(input, indices, *options)


class MaxUnpool2d(nn.MaxUnpool2d):
    """`F.max_unpool2d`, the upward half of a SegNet: the indices carry where each maximum stood."""

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        options: tuple[Any, ...] = (self.kernel_size, self.stride, self.padding, output_size)
        return F.max_unpool2d(input, indices, *options)


class MaxUnpool3d(nn.MaxUnpool3d):
    """`F.max_unpool3d`, as in two dimensions."""

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        options: tuple[Any, ...] = (self.kernel_size, self.stride, self.padding, output_size)
        return F.max_unpool3d(input, indices, *options)
