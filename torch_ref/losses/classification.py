"""Losses of a class that is to be predicted, one of several, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["CrossEntropyLoss", "NLLLoss"]


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
