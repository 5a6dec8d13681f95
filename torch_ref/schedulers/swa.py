"""The schedule of stochastic weight averaging, in PyTorch."""

from torch.optim import swa_utils

__all__ = ["SWALR"]


class SWALR(swa_utils.SWALR):
    """`swa_utils.SWALR`: made and stepped when averaging begins, in place of the schedule before."""
