"""The loss of a sequence whose alignment with its target is not known, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["CTCLoss"]


class CTCLoss(nn.CTCLoss):
    """`nn.CTCLoss`: of what `nn.LogSoftmax` gives, time first; lengths as two tensors or two tuples."""

    def forward(self, log_probs: Tensor, targets: Tensor, input_lengths: Tensor, target_lengths: Tensor) -> Tensor:
        return F.ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity
        )
