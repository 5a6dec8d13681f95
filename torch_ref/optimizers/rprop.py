"""Resilient backpropagation, in PyTorch."""

from torch import optim

__all__ = ["Rprop"]


class Rprop(optim.Rprop):
    """`torch.optim.Rprop`: for the whole data set in one batch."""
