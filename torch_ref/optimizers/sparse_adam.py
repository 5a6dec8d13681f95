"""Adam for gradients of which most rows are absent, in PyTorch."""

from collections.abc import Callable
from typing import Any

import torch
from torch import optim

__all__ = ["SparseAdam"]


class SparseAdam(optim.SparseAdam):
    """`torch.optim.SparseAdam`: for an `nn.Embedding(sparse=True)`, whose gradients are sparse tensors.

    It refuses dense gradients. Here they are made sparse for the step, so that rows of zeros are absent.
    """

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        dense = {p: p.grad for group in self.param_groups for p in group["params"] if p.grad is not None}
        try:
            for parameter, grad in dense.items():
                parameter.grad = grad if grad.is_sparse else grad.to_sparse(1)
            super().step()  # type: ignore[no-untyped-call]
        finally:
            for parameter, grad in dense.items():
                parameter.grad = grad
        return loss
