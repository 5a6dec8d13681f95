"""Losses of a yes-or-no answer that is to be predicted, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["BCELoss", "BCEWithLogitsLoss"]


class BCELoss(nn.BCELoss):
    """`nn.BCELoss`: of probabilities. Prefer `nn.BCEWithLogitsLoss`, which needs no clamp."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.binary_cross_entropy(input, target, weight=self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(nn.BCEWithLogitsLoss):
    """`nn.BCEWithLogitsLoss`: leave the sigmoid out of the model and give the logits."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(
            input, target, weight=self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )
