"""Layers that change the shape only, in PyTorch."""

import torch
from torch import Tensor, nn

__all__ = ["Flatten"]


class Flatten(nn.Flatten):
    """`nn.Flatten` between the convolutions and the first `nn.Linear`; in a function, `x.flatten(1)`."""

    def forward(self, input: Tensor) -> Tensor:
        return torch.flatten(input, self.start_dim, self.end_dim)
