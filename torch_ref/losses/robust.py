"""Losses of a number that is to be predicted, which are square near zero and straight far out, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["HuberLoss", "SmoothL1Loss"]


class HuberLoss(nn.HuberLoss):
    """`nn.HuberLoss`: the usual loss of Q-learning, where a few targets are far off."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class SmoothL1Loss(nn.SmoothL1Loss):
    """`nn.SmoothL1Loss`: the usual loss of the corners of a box; with `beta=0` it is `nn.L1Loss`."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)
