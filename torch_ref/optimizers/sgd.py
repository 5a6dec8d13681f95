"""Stochastic gradient descent, in PyTorch."""

from torch import optim

__all__ = ["SGD"]


class SGD(optim.SGD):
    """`torch.optim.SGD`: call `optimizer.zero_grad()`, `loss.backward()`, `optimizer.step()`, in this order."""
