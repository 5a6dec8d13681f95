"""What the schedules read from the optimizer's groups, and write there besides the rate."""

from __future__ import annotations

from typing import Any

from scratch.optimizers.optimizer import Optimizer

__all__ = ["check_optimizer", "per_group", "set_momentum", "start_momentum"]


def check_optimizer(schedule: object, optimizer: object) -> None:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(schedule).__name__}: expected an Optimizer, got {type(optimizer).__name__}")


def per_group(schedule: object, argument: str, value: Any, optimizer: Optimizer) -> list[Any]:
    """A value for each of the optimizer's groups, from a list of them or from one for all."""
    count = len(optimizer.param_groups)
    if not isinstance(value, list | tuple):
        return [value] * count
    if len(value) != count:
        raise ValueError(
            f"{type(schedule).__name__}: expected one {argument}, or {count} for as many groups, got {len(value)}"
        )
    return list(value)


def start_momentum(
    schedule: object, optimizer: Optimizer, base_momentum: Any, max_momentum: Any, new: bool
) -> tuple[bool, list[float], list[float]]:
    """Whether the momentum is the first of two betas, and each group's bounds, which the group gets to know, too."""
    if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
        raise ValueError(
            f"{type(schedule).__name__}: expected an optimizer with momentum or betas to cycle,"
            f" got {type(optimizer).__name__}; cycle_momentum=False leaves it alone"
        )
    use_beta1 = "betas" in optimizer.defaults
    base_momentums = per_group(schedule, "base_momentum", base_momentum, optimizer)
    max_momentums = per_group(schedule, "max_momentum", max_momentum, optimizer)
    if new:
        for group, low, high in zip(optimizer.param_groups, base_momentums, max_momentums, strict=True):
            group["max_momentum"], group["base_momentum"] = high, low
    return use_beta1, base_momentums, max_momentums


def set_momentum(group: dict[str, Any], momentum: float, use_beta1: bool) -> None:
    if use_beta1:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum
