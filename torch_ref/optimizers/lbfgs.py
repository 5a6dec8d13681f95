"""L-BFGS, in PyTorch."""

from torch import optim

__all__ = ["LBFGS"]


class LBFGS(optim.LBFGS):
    """`torch.optim.LBFGS`: the closure calls `zero_grad` and `backward`; `line_search_fn="strong_wolfe"` is safer."""
