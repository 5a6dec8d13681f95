"""Losses of the right class, or of several right ones, that ask for a margin, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["MultiLabelMarginLoss", "MultiLabelSoftMarginLoss", "MultiMarginLoss"]


class MultiMarginLoss(nn.MultiMarginLoss):
    """`nn.MultiMarginLoss`: with `p=2` the squared hinge, whose slope has no corner."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.multi_margin_loss(
            input, target, p=self.p, margin=self.margin, weight=self.weight, reduction=self.reduction
        )


class MultiLabelMarginLoss(nn.MultiLabelMarginLoss):
    """`nn.MultiLabelMarginLoss`: the target lists classes; `nn.MultiLabelSoftMarginLoss` takes a 0 or 1 for each."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(nn.MultiLabelSoftMarginLoss):
    """`nn.MultiLabelSoftMarginLoss`: written from `F.logsigmoid`, the mean of `nn.BCEWithLogitsLoss` over classes."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return F.multilabel_soft_margin_loss(input, target, weight=self.weight, reduction=self.reduction)
