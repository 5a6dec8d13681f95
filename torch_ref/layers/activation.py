"""The classic smooth activation functions, in PyTorch."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["LogSigmoid", "Sigmoid", "Softplus", "Softsign", "Tanh"]


class LogSigmoid(nn.LogSigmoid):
    """`nn.LogSigmoid`, or `F.logsigmoid`; not `torch.sigmoid(x).log()`, which underflows."""

    def forward(self, input: Tensor) -> Tensor:
        return F.logsigmoid(input)


class Sigmoid(nn.Sigmoid):
    """`nn.Sigmoid`, or `torch.sigmoid`; not before `nn.BCEWithLogitsLoss`, which has its own."""

    def forward(self, input: Tensor) -> Tensor:
        return torch.sigmoid(input)


class Softplus(nn.Softplus):
    """`nn.Softplus`, or `F.softplus`, for what must be positive, such as a standard deviation."""

    def forward(self, input: Tensor) -> Tensor:
        return F.softplus(input, self.beta, self.threshold)


class Softsign(nn.Softsign):
    """`nn.Softsign`, or `F.softsign`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.softsign(input)


class Tanh(nn.Tanh):
    """`nn.Tanh`, or `torch.tanh`."""

    def forward(self, input: Tensor) -> Tensor:
        return torch.tanh(input)
