"""Losses of a class that is to be predicted, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "NLLLoss"]


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


class NLLLoss(nn.NLLLoss):
    """`nn.NLLLoss`: of what `nn.LogSoftmax` gives. The class weights are a buffer, so `.to(device)` moves them."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.nll_loss(input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class CrossEntropyLoss(nn.CrossEntropyLoss):
    """`nn.CrossEntropyLoss`: leave the softmax out of the model and give the logits; a class index is an int64."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )
