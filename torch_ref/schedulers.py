"""Learning-rate schedules, in PyTorch."""

from torch.optim import lr_scheduler
from torch.optim.lr_scheduler import LRScheduler

__all__ = ["CosineAnnealingLR", "LRScheduler", "StepLR"]


class StepLR(lr_scheduler.StepLR):
    """`lr_scheduler.StepLR`: call `scheduler.step()` once an epoch, after the epoch's optimizer steps."""


class CosineAnnealingLR(lr_scheduler.CosineAnnealingLR):
    """`lr_scheduler.CosineAnnealingLR`: without restarts; after `T_max` epochs the rate climbs again."""
