"""Layers that normalise each sample by itself, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["LayerNorm", "RMSNorm"]


class LayerNorm(nn.LayerNorm):
    """`nn.LayerNorm(input.shape[-1])` for the last axis; `F.layer_norm` takes the shape at each call."""

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)


class RMSNorm(nn.RMSNorm):
    """`nn.RMSNorm(input.shape[-1])`, or `F.rms_norm` where there is no weight."""

    def forward(self, input: Tensor) -> Tensor:
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)
