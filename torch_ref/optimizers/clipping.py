"""Gradients cut down to size, between backward and step, in PyTorch."""

from collections.abc import Iterable

from torch import Tensor, nn

__all__ = ["clip_grad_norm_", "clip_grad_value_", "get_total_norm"]


def get_total_norm(
    tensors: Tensor | Iterable[Tensor], norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Tensor:
    """`nn.utils.get_total_norm`: worth logging at every step, also where nothing is clipped."""
    return nn.utils.get_total_norm(tensors, norm_type, error_if_nonfinite)


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> Tensor:
    """`nn.utils.clip_grad_norm_`: between `loss.backward()` and `optimizer.step()`; it returns the norm from before."""
    return nn.utils.clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite)


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """`nn.utils.clip_grad_value_`: each element alone."""
    nn.utils.clip_grad_value_(parameters, clip_value)
