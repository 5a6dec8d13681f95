"""Schedules by a function of one's own, in PyTorch."""

from torch.optim import lr_scheduler

__all__ = ["LambdaLR", "MultiplicativeLR"]


class LambdaLR(lr_scheduler.LambdaLR):
    """`lr_scheduler.LambdaLR`: a plain function is not saved with the state; an object with `__call__` is."""


class MultiplicativeLR(lr_scheduler.MultiplicativeLR):
    """`lr_scheduler.MultiplicativeLR`: the factor is of the rate before, where `LambdaLR`'s is of the initial one."""
