"""Fractional max pooling, in PyTorch."""

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["FractionalMaxPool2d", "FractionalMaxPool3d"]


class FractionalMaxPool2d(nn.FractionalMaxPool2d):
    """`F.fractional_max_pool2d`; it draws in evaluation, too, unless it was given its samples."""

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        options: Any = {name: getattr(self, name) for name in ("output_size", "output_ratio", "_random_samples")}
        if self.return_indices:
            return F.fractional_max_pool2d(input, self.kernel_size, return_indices=True, **options)
        output: Tensor = F.fractional_max_pool2d(input, self.kernel_size, **options)
        return output


class FractionalMaxPool3d(nn.FractionalMaxPool3d):
    """`F.fractional_max_pool3d`, as in two dimensions."""

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        options: Any = {name: getattr(self, name) for name in ("output_size", "output_ratio", "_random_samples")}
        if self.return_indices:
            return F.fractional_max_pool3d(input, self.kernel_size, return_indices=True, **options)
        output: Tensor = F.fractional_max_pool3d(input, self.kernel_size, **options)
        return output
