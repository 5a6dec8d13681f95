"""Pooling, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["MaxPool2d"]


class MaxPool2d(nn.MaxPool2d):
    """`nn.MaxPool2d` has no parameters, so `F.max_pool2d` does as well; `nn.MaxUnpool2d` takes the indices."""

    def forward(self, input: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        window = (self.kernel_size, self.stride, self.padding, self.dilation)
        if self.return_indices:
            return F.max_pool2d(input, *window, self.ceil_mode, return_indices=True)
        return F.max_pool2d(input, *window, self.ceil_mode)
