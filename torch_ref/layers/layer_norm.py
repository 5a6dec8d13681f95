"""Layers that normalise each sample by itself, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["GroupNorm", "LayerNorm", "RMSNorm"]


class LayerNorm(nn.LayerNorm):
    """`nn.LayerNorm(input.shape[-1])` for the last axis; `F.layer_norm` takes the shape at each call."""

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)


class RMSNorm(nn.RMSNorm):
    """`nn.RMSNorm(input.shape[-1])`, or `F.rms_norm` where there is no weight."""

    def forward(self, input: Tensor) -> Tensor:
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)


class GroupNorm(nn.GroupNorm):
    """`nn.GroupNorm(32, channels)`, the paper's choice, where batches are too small for `nn.BatchNorm2d`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)
