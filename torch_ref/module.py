"""Module and Parameter, in PyTorch."""

from torch import is_grad_enabled, no_grad
from torch.nn import Module, Parameter

__all__ = ["Module", "Parameter", "is_grad_enabled", "no_grad"]
