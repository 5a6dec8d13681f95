"""Schedules along a cosine, in PyTorch."""

from torch.optim import lr_scheduler

__all__ = ["CosineAnnealingLR", "CosineAnnealingWarmRestarts"]


class CosineAnnealingLR(lr_scheduler.CosineAnnealingLR):
    """`lr_scheduler.CosineAnnealingLR`: without restarts; after `T_max` epochs the rate climbs again."""


class CosineAnnealingWarmRestarts(lr_scheduler.CosineAnnealingWarmRestarts):
    """`lr_scheduler.CosineAnnealingWarmRestarts`: here alone `step(epoch)` is not deprecated; it takes fractions."""
