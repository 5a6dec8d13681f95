"""Exponential linear units, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["CELU", "ELU", "SELU"]


class CELU(nn.CELU):
    """`nn.CELU`, or `F.celu`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.celu(input, self.alpha)


class ELU(nn.ELU):
    """`nn.ELU`, or `F.elu`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.elu(input, self.alpha)


class SELU(nn.SELU):
    """`nn.SELU`, or `F.selu`; with `nn.AlphaDropout` and LeCun normal weights, as its paper asks."""

    def forward(self, input: Tensor) -> Tensor:
        return F.selu(input)
