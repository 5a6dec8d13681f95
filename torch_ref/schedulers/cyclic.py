"""The cyclical schedule, in PyTorch."""

from torch.optim import lr_scheduler

__all__ = ["CyclicLR"]


class CyclicLR(lr_scheduler.CyclicLR):
    """`lr_scheduler.CyclicLR`: call `scheduler.step()` after every batch, not every epoch."""
