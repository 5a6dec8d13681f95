"""Adagrad, in PyTorch."""

from torch import optim

__all__ = ["Adagrad"]


class Adagrad(optim.Adagrad):
    """`torch.optim.Adagrad`: made for sparse gradients; its state is there before the first step."""
