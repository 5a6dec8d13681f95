"""Layers that are a matrix product, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["Bilinear", "Identity", "Linear"]


class Bilinear(nn.Bilinear):
    """`nn.Bilinear` scores pairs, such as a question and an answer; `F.bilinear` with a weight of one's own."""

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        return F.bilinear(input1, input2, self.weight, self.bias)


class Identity(nn.Identity):
    """`nn.Identity`: useful to take a layer out of a model without changing the others' names."""

    def forward(self, input: Tensor) -> Tensor:
        return input


class Linear(nn.Linear):
    """`nn.Linear` holds the parameters; `F.linear` is the product. Autograd finds the backward by itself."""

    def forward(self, input: Tensor) -> Tensor:
        return F.linear(input, self.weight, self.bias)
