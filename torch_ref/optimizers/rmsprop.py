"""RMSprop, in PyTorch."""

from torch import optim

__all__ = ["RMSprop"]


class RMSprop(optim.RMSprop):
    """`torch.optim.RMSprop`: without momentum and centring it is what Hinton described in his lectures."""
