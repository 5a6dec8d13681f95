"""Adamax, in PyTorch."""

from torch import optim

__all__ = ["Adamax"]


class Adamax(optim.Adamax):
    """`torch.optim.Adamax`: Adam without a root; a single large gradient holds the steps down for long."""
