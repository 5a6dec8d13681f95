"""Activation functions, in PyTorch."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["LeakyReLU", "LogSoftmax", "ReLU", "Sigmoid", "Softmax", "Tanh"]


class ReLU(nn.ReLU):
    """`nn.ReLU`, or `F.relu` where no module is wanted."""

    def forward(self, input: Tensor) -> Tensor:
        return F.relu(input)


class LeakyReLU(nn.LeakyReLU):
    """`nn.LeakyReLU`, or `F.leaky_relu`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.leaky_relu(input, self.negative_slope)


class Sigmoid(nn.Sigmoid):
    """`nn.Sigmoid`, or `torch.sigmoid`; not before `nn.BCEWithLogitsLoss`, which has its own."""

    def forward(self, input: Tensor) -> Tensor:
        return torch.sigmoid(input)


class Tanh(nn.Tanh):
    """`nn.Tanh`, or `torch.tanh`."""

    def forward(self, input: Tensor) -> Tensor:
        return torch.tanh(input)


class Softmax(nn.Softmax):
    """`nn.Softmax`, or `x.softmax(dim)`; not before `nn.CrossEntropyLoss`, which has its own."""

    def forward(self, input: Tensor) -> Tensor:
        return F.softmax(input, self.dim)


class LogSoftmax(nn.LogSoftmax):
    """`nn.LogSoftmax`, or `x.log_softmax(dim)`: with `nn.NLLLoss` it makes `nn.CrossEntropyLoss`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.log_softmax(input, self.dim)
