"""The schedule that looks at a metric, in PyTorch."""

from torch.optim import lr_scheduler

__all__ = ["ReduceLROnPlateau"]


class ReduceLROnPlateau(lr_scheduler.ReduceLROnPlateau):
    """`lr_scheduler.ReduceLROnPlateau`: call `scheduler.step(loss)`, best with the loss of the validation."""
