"""Schedules made of schedules, in PyTorch."""

from torch.optim import lr_scheduler

__all__ = ["ChainedScheduler", "SequentialLR"]


class SequentialLR(lr_scheduler.SequentialLR):
    """`lr_scheduler.SequentialLR`: step this one only; it steps the schedule whose turn it is."""


class ChainedScheduler(lr_scheduler.ChainedScheduler):
    """`lr_scheduler.ChainedScheduler`: step this one only; it steps them all, and their factors multiply."""
