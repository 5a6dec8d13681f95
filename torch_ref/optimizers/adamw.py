"""Adam with decoupled weight decay, in PyTorch."""

from torch import optim

__all__ = ["AdamW"]


class AdamW(optim.AdamW):
    """`torch.optim.AdamW`: what most transformers are trained with; biases often go in a group without decay."""
