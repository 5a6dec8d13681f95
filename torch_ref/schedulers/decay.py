"""Schedules that let the rate fall, in PyTorch."""

from torch.optim import lr_scheduler

__all__ = ["ExponentialLR", "MultiStepLR", "PolynomialLR", "StepLR"]


class StepLR(lr_scheduler.StepLR):
    """`lr_scheduler.StepLR`: call `scheduler.step()` once an epoch, after the epoch's optimizer steps."""


class MultiStepLR(lr_scheduler.MultiStepLR):
    """`lr_scheduler.MultiStepLR`: the milestones are counted, so that one that stands there twice makes two falls."""


class ExponentialLR(lr_scheduler.ExponentialLR):
    """`lr_scheduler.ExponentialLR`: `StepLR` with a step size of 1."""


class PolynomialLR(lr_scheduler.PolynomialLR):
    """`lr_scheduler.PolynomialLR`: after `total_iters` epochs the rate is zero and nothing is learned any more."""
