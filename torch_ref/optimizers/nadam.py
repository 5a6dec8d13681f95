"""Adam with Nesterov momentum, in PyTorch."""

from torch import optim

__all__ = ["NAdam"]


class NAdam(optim.NAdam):
    """`torch.optim.NAdam`: `decoupled_weight_decay=True` makes it NAdamW."""
