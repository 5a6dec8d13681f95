"""A softmax over very many classes, most of them rare, in PyTorch."""

from torch import nn

__all__ = ["AdaptiveLogSoftmaxWithLoss"]


class AdaptiveLogSoftmaxWithLoss(nn.AdaptiveLogSoftmaxWithLoss):
    """`nn.AdaptiveLogSoftmaxWithLoss`: has no functional form, since it owns its layers; train on `.loss`."""
