"""Losses that ask for a margin, for targets of 1 and −1, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["HingeEmbeddingLoss", "MarginRankingLoss", "SoftMarginLoss"]


class MarginRankingLoss(nn.MarginRankingLoss):
    """`nn.MarginRankingLoss`: the three tensors have the same number of axes, and broadcast."""

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        return F.margin_ranking_loss(input1, input2, target, margin=self.margin, reduction=self.reduction)


class HingeEmbeddingLoss(nn.HingeEmbeddingLoss):
    """`nn.HingeEmbeddingLoss`: its input is a distance already, of `nn.PairwiseDistance` for instance."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.hinge_embedding_loss(input, target, margin=self.margin, reduction=self.reduction)


class SoftMarginLoss(nn.SoftMarginLoss):
    """`nn.SoftMarginLoss`: overflows where `nn.BCEWithLogitsLoss` does not; prefer that, with targets of 1 and 0."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.soft_margin_loss(input, target, reduction=self.reduction)
