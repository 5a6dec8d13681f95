"""Adafactor, in PyTorch."""

from torch import optim

__all__ = ["Adafactor"]


class Adafactor(optim.Adafactor):
    """`torch.optim.Adafactor`: where Adam's two arrays for each weight do not fit in memory."""
