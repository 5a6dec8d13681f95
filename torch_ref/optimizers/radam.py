"""Rectified Adam, in PyTorch."""

from torch import optim

__all__ = ["RAdam"]


class RAdam(optim.RAdam):
    """`torch.optim.RAdam`: in place of a warm-up of the learning rate."""
