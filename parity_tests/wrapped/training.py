"""scratch's functions for training, which have PyTorch's names."""

from scratch import DataLoader, clip_grad_norm_, train
from scratch.init import kaiming_normal_, kaiming_uniform_, xavier_normal_, xavier_uniform_

__all__ = [
    "DataLoader", "clip_grad_norm_", "kaiming_normal_", "kaiming_uniform_", "train", "xavier_normal_",
    "xavier_uniform_",
]  # fmt: skip
