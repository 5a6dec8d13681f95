"""Module, Parameter and the containers, in PyTorch."""

from torch import is_grad_enabled, nn, no_grad
from torch.nn import Module, Parameter

__all__ = ["Module", "Parameter", "Sequential", "is_grad_enabled", "no_grad"]


class Sequential(nn.Sequential):
    """`nn.Sequential`: its state keys begin with the layer's index, "0.weight"."""
