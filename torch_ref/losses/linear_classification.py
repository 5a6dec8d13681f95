"""The cross-entropy of a linear layer's logits, with the layer inside, in PyTorch."""

import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["LinearCrossEntropyLoss"]


class LinearCrossEntropyLoss(nn.LinearCrossEntropyLoss):
    """`nn.LinearCrossEntropyLoss`: with `options=` it never holds all the logits of a large vocabulary at once."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        shape = (self.num_classes, *self.out_features)
        bias = self.linear.bias.reshape(shape) if "bias" in dict(self.linear.named_parameters()) else None
        return F.linear_cross_entropy(
            input,
            self.linear.weight.reshape(*shape, self.linear.in_features),
            target,
            linear_bias=bias,
            weight=self.weight,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
            options=self.options,
        )
