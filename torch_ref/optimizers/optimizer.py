"""The base of PyTorch's optimizers."""

from torch.optim import Optimizer

__all__ = ["Optimizer"]
