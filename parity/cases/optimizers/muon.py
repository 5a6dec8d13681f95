"""Cases of Muon."""

from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, OptimizerSample, ScriptSample, normal
from parity.cases.optimizers._shared import TIGHT, refused
from parity.sides import Side

__all__ = ["CASES"]


def _step(side: Side, grad: Any, **options: Any) -> Any:
    """Where a step leads from zeros."""
    parameter = side.parameter(np.zeros_like(grad))
    optimizer = side.Muon([parameter], lr=1.0, **options)
    side.set_grad(parameter, grad)
    optimizer.step()
    return parameter


def _momentum(side: Side, first: Any, second: Any, nesterov: bool) -> Any:
    """Two steps without iterations, so that the momentum is only divided by its norm."""
    parameter = side.parameter(np.zeros_like(first))
    optimizer = side.Muon([parameter], lr=1.0, momentum=0.5, nesterov=nesterov, ns_steps=0, weight_decay=0.5)
    for grad in (first, second):
        side.set_grad(parameter, grad)
        optimizer.step()
    return parameter


def _singular_values(side: Side, grad: Any) -> list[Any]:
    """Those of a step, and whether they are near 1: the terms of the polynomial sum to 13, each good to 2⁻⁹."""
    values = np.linalg.svd(side.numpy(_step(side, grad)), compute_uv=False)
    return [values, bool(values.min() > 0.58 and values.max() < 1.31)]


def _bad_step(side: Side, **options: Any) -> None:
    _step(side, np.ones((3, 2)), **options)


SIGNS = np.array([[1.0, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])  # SIGNS @ SIGNS.T is 4 · I
ROW = np.array([[1.0, 0, 0, 0]])

CASES = [
    Case(
        "Muon",
        samples=(
            ScriptSample(
                "polynomial by hand",
                "a polynomial of X Xᵀ, where one of X is meant",
                {"ns_coefficients": (1.5, -0.5, 1.0), "ns_steps": 1},
                # ‖u‖ is 4 and every σ is ½; it becomes 1.5 · ½ − ½ · ½³ + ½⁵ = 23/32, where SIGNS has 2
                inputs=(SIGNS,),
                expected={"result": -23 / 64 * SIGNS},
                script=_step,
            ),
            ScriptSample(
                "momentum by hand",
                "a step along the gradient, and not along the buffer",
                {"nesterov": False},
                # m is ½ · (6, 0, 0, 0), then ½ · (3 + 3, 6, 6, 6), all of it dyadic
                inputs=(6 * ROW, np.array([[3.0, 6, 6, 6]])),
                expected={"result": np.array([[-1.0, -0.5, -0.5, -0.5]])},
                script=_momentum,
            ),
            ScriptSample(
                "Nesterov by hand",
                "the buffer for the gradient and the buffer",
                {"nesterov": True},
                # m is then ½ · (3 + 3, 4, 4, 4), and u is ½ · (3 + 3, 2 + 4, 2 + 4, 2 + 4)
                inputs=(6 * ROW, np.array([[3.0, 4, 4, 4]])),
                expected={"result": np.array([[-1.0, -0.5, -0.5, -0.5]])},
                script=_momentum,
            ),
            ScriptSample(
                "tall by hand",
                "a rate adjusted by the longer side, or by columns over rows",
                {"ns_coefficients": (1.5, -0.5, 0.0), "adjust_lr_fn": "original"},
                inputs=(3 * ROW.T,),
                expected={"result": -2 * ROW.T},
                script=_step,
            ),
            ScriptSample(
                "AdamW's length by hand",
                "0.2 times the square root of the number of elements",
                {"ns_coefficients": (1.5, -0.5, 0.0), "adjust_lr_fn": "match_rms_adamw"},
                inputs=(3 * ROW,),
                expected={"result": -0.4 * ROW},
                script=_step,
            ),
            ScriptSample(
                "singular values",
                "singular values that stay as different as they were",
                inputs=(normal(5, 4),),
                expected={"result.1": True},
                script=_singular_values,
            ),
            OptimizerSample(
                "default",
                "a tall matrix that is not turned, or not turned back",
                groups=(((5, 4), (3, 5)),),
                steps=12,
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "options",
                "decay times the adjusted rate, or a polynomial with its coefficients in another order",
                {"lr": 0.1, "weight_decay": 0.5, "momentum": 0.6, "ns_coefficients": (3.0, -3.2, 1.2), "ns_steps": 3},
                groups=(((5, 4), (3, 5)),),
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "tiny gradients",
                "eps added to the norm, and not a bound of it",
                {"lr": 0.1, "eps": 1e-3},
                groups=(((5, 4), (1, 1)),),
                scale=lambda step: 1e-4,
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "zero gradients",
                "a norm of zero that is divided by",
                {"lr": 0.1, "momentum": 0.0},
                groups=(((5, 4),),),
                scale=lambda step: float(step % 2),
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "groups",
                "options of the first group used for all of them",
                {"lr": 0.1},
                groups=(((5, 4), (3, 2)), ((2, 3),)),
                group_args=({}, {"lr": 0.01, "nesterov": False, "adjust_lr_fn": "match_rms_adamw"}),
                absent=((0, 1), (3, 0), (4, 1)),
                tolerance=TIGHT,
            ),
        ),
        errors=(
            refused("Muon", "negative rate", lr=-0.1),
            refused("Muon", "negative momentum", momentum=-0.1),
            refused("Muon", "negative decay", weight_decay=-0.1),
            refused("Muon", "unknown rule", adjust_lr_fn="rms"),
            ErrorSample("a vector", ValueError, script=lambda side: side.Muon([side.parameter(np.ones(3))])),
            ErrorSample("many iterations", ValueError, script=lambda side: _bad_step(side, ns_steps=100)),
            ErrorSample(
                "two coefficients", ValueError, script=lambda side: _bad_step(side, ns_coefficients=(2.0, -1.0))
            ),
        ),
    ),
]
