"""Schedules that begin with a smaller rate, in PyTorch."""

from torch.optim import lr_scheduler

__all__ = ["ConstantLR", "LinearLR"]


class ConstantLR(lr_scheduler.ConstantLR):
    """`lr_scheduler.ConstantLR`: the optimizer's own `lr` is the rate after the warm-up, not that of its start."""


class LinearLR(lr_scheduler.LinearLR):
    """`lr_scheduler.LinearLR`: a warm-up, mostly the first part of a `SequentialLR`."""
