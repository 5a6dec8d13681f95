"""Cutting images into blocks that may overlap, and adding the blocks together again, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["Fold", "Unfold"]


class Fold(nn.Fold):
    """`nn.Fold`, known elsewhere as col2im; divide by the fold of an unfold of ones to undo an `nn.Unfold`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)


class Unfold(nn.Unfold):
    """`nn.Unfold`, known elsewhere as im2col; `x.unfold(dim, size, step)`, a view along one axis, is another thing."""

    def forward(self, input: Tensor) -> Tensor:
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)
