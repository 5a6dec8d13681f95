"""Cases of clipping gradients."""

from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, ScriptSample, normal
from parity.cases.schedulers._scripts import warned
from parity.sides import Side

__all__ = ["CASES"]

SHAPES = ((5, 4), (3,), (2, 4, 3))
GRADIENTS = tuple(normal(*shape) for shape in SHAPES)


def _parameters(side: Side, grads: tuple[Any, ...]) -> list[Any]:
    """One parameter for each gradient, and one without."""
    parameters = [side.parameter(np.zeros_like(grad)) for grad in grads]
    for parameter, grad in zip(parameters, grads, strict=True):
        side.set_grad(parameter, grad)
    return [*parameters, side.parameter(np.zeros_like(grads[0]))]


def _clip_norm(side: Side, *grads: Any, **args: Any) -> list[Any]:
    parameters = _parameters(side, grads)
    return [side.clip_grad_norm_(parameters, **args), [side.grad(parameter) for parameter in parameters]]


def _clip_norm_of_one(side: Side, grad: Any, **args: Any) -> list[Any]:
    parameter = _parameters(side, (grad,))[0]
    return [side.clip_grad_norm_(parameter, **args), side.grad(parameter)]


def _clip_norm_of_none(side: Side, grad: Any, **args: Any) -> Any:
    return side.clip_grad_norm_(_parameters(side, (grad,))[1:], **args)


def _warnings(side: Side, grad: Any) -> list[int]:
    """A generator that is empty, most likely because it was used up, is warned of."""
    parameter = _parameters(side, (grad,))[0]
    used_up, full = (p for p in [parameter]), (p for p in [parameter])
    side.clip_grad_norm_(used_up, 1.0)
    given: tuple[Any, ...] = (used_up, [], full)
    return [warned(side.clip_grad_norm_, parameters, 1.0) for parameters in given]


def _clip_value(side: Side, *grads: Any, **args: Any) -> list[Any]:
    parameters = _parameters(side, grads)
    side.clip_grad_value_(parameters, **args)
    return [side.grad(parameter) for parameter in parameters]


def _total_norm(side: Side, *grads: Any, **args: Any) -> Any:
    return side.get_total_norm([side.array(grad) for grad in grads], **args)


def _total_norm_of_one(side: Side, grad: Any, **args: Any) -> Any:
    return side.get_total_norm(side.array(grad), **args)


CASES = [
    Case(
        "clip_grad_norm_",
        samples=(
            ScriptSample(
                "clipped",
                "each tensor clipped alone, which turns the gradient",
                {"max_norm": 0.5},
                GRADIENTS,
                script=_clip_norm,
            ),
            ScriptSample(
                "left alone",
                "a gradient below the limit stretched to it",
                {"max_norm": 100.0},
                GRADIENTS,
                script=_clip_norm,
            ),
            ScriptSample(
                "tiny",
                "1e-6 left out below the line",
                {"max_norm": 1e-7},
                tuple(normal(*shape, std=1e-7) for shape in SHAPES),
                script=_clip_norm,
            ),
            ScriptSample(
                "largest element",
                "the sum for the largest of the norms",
                {"max_norm": 0.5, "norm_type": float("inf")},
                GRADIENTS,
                script=_clip_norm,
            ),
            ScriptSample(
                "sum of absolute values",
                "norm_type that is ignored",
                {"max_norm": 0.5, "norm_type": 1.0},
                GRADIENTS,
                script=_clip_norm,
            ),
            ScriptSample(
                "infinite",
                "an infinite norm that leaves no nan behind",
                {"max_norm": 0.5, "error_if_nonfinite": False},
                (np.array([np.inf, 1.0, -2.0]), np.array([3.0])),
                script=_clip_norm,
            ),
            ScriptSample(
                "nan", "a nan that is clipped away", {"max_norm": 0.5}, (np.array([np.nan, 1.0]),), script=_clip_norm
            ),
            ScriptSample(
                "one parameter",
                "a list taken for granted",
                {"max_norm": 0.5},
                (normal(5, 4),),
                script=_clip_norm_of_one,
            ),
            ScriptSample(
                "no gradient", "a norm of nothing", {"max_norm": 0.5}, (normal(3),), script=_clip_norm_of_none
            ),
            ScriptSample(
                "warnings",
                "a generator that was used up, and no word of it",
                inputs=(normal(3),),
                expected={"result": [1, 0, 0]},
                script=_warnings,
            ),
        ),
        errors=(
            ErrorSample(
                "not finite",
                RuntimeError,
                script=lambda side: _clip_norm(side, np.array([np.inf]), max_norm=1.0, error_if_nonfinite=True),
            ),
        ),
    ),
    Case(
        "clip_grad_value_",
        samples=(
            ScriptSample("clipped", "scaled for cut off", {"clip_value": 0.5}, GRADIENTS, script=_clip_value),
            ScriptSample(
                "not finite",
                "a nan that becomes a number",
                {"clip_value": 0.5},
                (np.array([np.nan, np.inf, -np.inf, -0.0]),),
                script=_clip_value,
            ),
        ),
    ),
    Case(
        "get_total_norm",
        samples=(
            ScriptSample("Euclidean", "the sum of the norms", {}, GRADIENTS, script=_total_norm),
            ScriptSample(
                "largest element", "the sum of the largest", {"norm_type": float("inf")}, GRADIENTS, script=_total_norm
            ),
            ScriptSample("cubic", "a root that is always square", {"norm_type": 3.0}, GRADIENTS, script=_total_norm),
            ScriptSample(
                "allowed to be infinite",
                "an exception where none was asked for",
                {"error_if_nonfinite": False},
                (np.array([np.inf]),),
                script=_total_norm,
            ),
            ScriptSample("one array", "its rows taken for arrays", {}, (normal(5, 4),), script=_total_norm_of_one),
            ScriptSample(
                "worked by hand",
                "the norm of norms: √(3² + 4² + 12²) is 13",
                {},
                (np.array([3.0, 4.0]), np.array([[12.0]])),
                expected={"result": 13.0},
                script=_total_norm,
            ),
        ),
        errors=(
            ErrorSample(
                "not finite",
                RuntimeError,
                script=lambda side: _total_norm(side, np.array([np.nan]), error_if_nonfinite=True),
            ),
        ),
    ),
]
