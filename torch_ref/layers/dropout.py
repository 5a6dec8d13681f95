"""Layers that leave elements out at random, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["Dropout"]


class Dropout(nn.Dropout):
    """`nn.Dropout`: `model.eval()` turns it off; `F.dropout` must be told `training=self.training`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout(input, self.p, self.training)
