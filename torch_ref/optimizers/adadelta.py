"""Adadelta, in PyTorch."""

from torch import optim

__all__ = ["Adadelta"]


class Adadelta(optim.Adadelta):
    """`torch.optim.Adadelta`: lr stays at 1, since the steps find their own length."""
