"""Averaged stochastic gradient descent, in PyTorch."""

from torch import optim

__all__ = ["ASGD"]


class ASGD(optim.ASGD):
    """`torch.optim.ASGD`: the mean is in `state[p]["ax"]`; `optim.swa_utils.AveragedModel` goes with any optimizer."""
