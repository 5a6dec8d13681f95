"""Averages of a model's weights over the training, in PyTorch.

The `multi` functions take all the parameters in one kernel: what one wants on a GPU. The one of the plain mean does not
take whole numbers, which `use_buffers` may bring.
"""

from collections.abc import Iterable
from typing import Any

from torch.nn import Module
from torch.optim import swa_utils
from torch.optim.swa_utils import get_ema_avg_fn, get_ema_multi_avg_fn, get_swa_avg_fn, get_swa_multi_avg_fn

__all__ = [
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]


class AveragedModel(swa_utils.AveragedModel):
    """`swa_utils.AveragedModel`: evaluate this one and train the other; its keys begin with "module."."""


def update_bn(loader: Iterable[Any], model: Module) -> None:
    """`swa_utils.update_bn`: once, after the last `update_parameters`, with the batches of the training."""
    swa_utils.update_bn(loader, model)
