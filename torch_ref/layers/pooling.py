"""Pooling, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["MaxPool2d"]


class MaxPool2d(nn.MaxPool2d):
    """`nn.MaxPool2d`: it has no parameters, so `F.max_pool2d` does as well; `return_indices` is what `nn.MaxUnpool2d` takes."""

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        return F.max_pool2d(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )
