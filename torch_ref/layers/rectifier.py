"""Rectified linear units, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["LeakyReLU", "PReLU", "RReLU", "ReLU", "Threshold"]


class LeakyReLU(nn.LeakyReLU):
    """`nn.LeakyReLU`, or `F.leaky_relu`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.leaky_relu(input, self.negative_slope)


class PReLU(nn.PReLU):
    """`nn.PReLU`, or `F.prelu` with a weight of one's own; its weight is better left out of weight decay."""

    def forward(self, input: Tensor) -> Tensor:
        return F.prelu(input, self.weight)


class RReLU(nn.RReLU):
    """`nn.RReLU`, or `F.rrelu`, which must be told whether it is training."""

    def forward(self, input: Tensor) -> Tensor:
        return F.rrelu(input, self.lower, self.upper, self.training)


class ReLU(nn.ReLU):
    """`nn.ReLU`, or `F.relu` where no module is wanted."""

    def forward(self, input: Tensor) -> Tensor:
        return F.relu(input)


class Threshold(nn.Threshold):
    """`nn.Threshold`, or `F.threshold`; `torch.where` where the value is no constant."""

    def forward(self, input: Tensor) -> Tensor:
        return F.threshold(input, self.threshold, self.value)
