"""Random numbers, in PyTorch: functions make new tensors, methods in _ fill one in place; both take `generator=`."""

import torch
from torch import (
    Generator,
    bernoulli,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    multinomial,
    rand,
    randint,
    randn,
    randperm,
    set_rng_state,
)

__all__ = [
    "Generator",
    "bernoulli",
    "bernoulli_",
    "default_generator",
    "exponential_",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "multinomial",
    "normal_",
    "rand",
    "randint",
    "randn",
    "randperm",
    "set_rng_state",
    "uniform_",
]


def uniform_(
    tensor: torch.Tensor, a: float = 0.0, b: float = 1.0, *, generator: Generator | None = None
) -> torch.Tensor:
    """The method `Tensor.uniform_`; `nn.init.uniform_` does the same without recording it for autograd."""
    return tensor.uniform_(a, b, generator=generator)


def normal_(
    tensor: torch.Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None
) -> torch.Tensor:
    """The method `Tensor.normal_`."""
    return tensor.normal_(mean, std, generator=generator)


def bernoulli_(
    tensor: torch.Tensor, p: float | torch.Tensor = 0.5, *, generator: Generator | None = None
) -> torch.Tensor:
    """The method `Tensor.bernoulli_`, which `nn.Dropout` draws its mask with."""
    return tensor.bernoulli_(p, generator=generator)


def exponential_(tensor: torch.Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> torch.Tensor:
    """The method `Tensor.exponential_`."""
    return tensor.exponential_(lambd, generator=generator)
