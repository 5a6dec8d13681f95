"""The 1cycle schedule, in PyTorch."""

from torch.optim import lr_scheduler

__all__ = ["OneCycleLR"]


class OneCycleLR(lr_scheduler.OneCycleLR):
    """`lr_scheduler.OneCycleLR`: call `scheduler.step()` after every batch; `total_steps` counts batches."""
