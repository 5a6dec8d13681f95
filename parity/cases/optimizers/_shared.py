"""What the cases of several optimizers need: a tolerance, steps to be worked by hand, arguments that are refused."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from parity.cases import ErrorSample, ScriptSample, Tolerance
from parity.sides import Side

__all__ = ["TIGHT", "refused", "worked"]

TIGHT = {"float64": Tolerance(rtol=1e-12, atol=1e-14)}


def _walk(side: Side, start: Any, optimizer: str, grads: tuple[float, ...], **options: Any) -> list[float]:
    """Where a parameter of one element is after each step."""
    parameter = side.parameter(start)
    stepper = side.find(optimizer)([parameter], **options)
    seen = []
    for grad in grads:
        side.set_grad(parameter, np.full_like(start, grad))
        stepper.step()
        seen.append(float(side.numpy(parameter).item()))
    return seen


def worked(
    name: str, exposes: str, optimizer: str, expected: tuple[float, ...], grads: tuple[float, ...] = (3.0, 4.0),
    **options: Any,
) -> ScriptSample:  # fmt: skip
    """Steps from p = 1 with these gradients, and where they lead by hand."""
    args = {"optimizer": optimizer, "grads": grads, **options}
    return ScriptSample(name, exposes, args, (np.array([1.0]),), {"result": expected}, script=_walk)


def _build(side: Side, optimizer: str, options: dict[str, Any]) -> None:
    side.find(optimizer)([side.parameter(np.ones((3, 2)))], **options)


def refused(optimizer: str, name: str, **options: Any) -> ErrorSample:
    """Arguments that raise ValueError."""
    return ErrorSample(name, ValueError, script=partial(_build, optimizer=optimizer, options=options))
