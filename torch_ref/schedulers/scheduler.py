"""The base of the schedules, in PyTorch."""

from torch.optim.lr_scheduler import LRScheduler

__all__ = ["LRScheduler"]
