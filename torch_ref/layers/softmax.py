"""The softmaxes, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["LogSoftmax", "Softmax", "Softmax2d", "Softmin"]


class LogSoftmax(nn.LogSoftmax):
    """`nn.LogSoftmax`, or `x.log_softmax(dim)`: with `nn.NLLLoss` it makes `nn.CrossEntropyLoss`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.log_softmax(input, self.dim)


class Softmax(nn.Softmax):
    """`nn.Softmax`, or `x.softmax(dim)`; not before `nn.CrossEntropyLoss`, which has its own."""

    def forward(self, input: Tensor) -> Tensor:
        return F.softmax(input, self.dim)


class Softmax2d(nn.Softmax2d):
    """`nn.Softmax2d`, or `x.softmax(-3)`, which does not check the number of axes."""


class Softmin(nn.Softmin):
    """`nn.Softmin`, or `F.softmin`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.softmin(input, self.dim)
