"""Cases of Adam for sparse gradients."""

from copy import deepcopy
from math import sqrt
from typing import Any

import numpy as np

from parity.cases import Case, Difference, ErrorSample, OptimizerSample, ScriptSample, normal
from parity.cases.optimizers._shared import TIGHT, refused, worked
from parity.sides import Side

__all__ = ["CASES"]


def _absent_rows(side: Side, start: Any, present: tuple[tuple[int, ...], ...], maximize: bool = False) -> list[Any]:
    """Steps in which only some rows have a gradient; the state at their end is loaded by another optimizer."""
    parameter = side.parameter(start)
    optimizer = side.SparseAdam([parameter], lr=0.1, maximize=maximize)
    seen = []
    for t, rows in enumerate(present):
        grad = np.zeros_like(start)
        grad[list(rows)] = np.cos(start[list(rows)] + t)
        side.set_grad(parameter, grad)
        optimizer.step()
        seen += [side.numpy(parameter), side.numpy(side.grad(parameter))]
    again = side.SparseAdam([parameter])
    again.load_state_dict(deepcopy(optimizer.state_dict()))
    return [*seen, again.state_dict()["state"][0]]


def _scalar(side: Side) -> None:
    parameter = side.parameter(np.array(1.0))
    optimizer = side.SparseAdam([parameter])
    side.set_grad(parameter, np.array(1.0))
    optimizer.step()


CASES = [
    Case(
        "SparseAdam",
        samples=(
            worked(
                "steps by hand",
                "Adam itself, which goes on moving where the gradient is absent",
                "SparseAdam",
                # m is 1.5, then 2.75; v is 4.5, then 10.25; the second step has no gradient, and is counted
                expected=(0.9, 0.9, 0.9 - 0.1 / sqrt(7 / 8) * 2.75 / sqrt(10.25)),
                grads=(3.0, 0.0, 4.0),
                lr=0.1,
                betas=(0.5, 0.5),
                eps=1e-30,
            ),
            ScriptSample(
                "absent rows",
                "means that fade in the rows without a gradient",
                {"present": ((0, 1, 2, 3, 4), (0, 3), (3,), (), (4, 0))},
                (normal(5, 4),),
                script=_absent_rows,
                tolerance=TIGHT,
            ),
            ScriptSample(
                "rows of a stack",
                "rows counted along the last axis",
                {"present": ((1,), (0, 1), (0,)), "maximize": True},
                (normal(2, 4, 3),),
                script=_absent_rows,
                tolerance=TIGHT,
            ),
            OptimizerSample("default", "a step counted for the rows, not for the parameter", steps=30, tolerance=TIGHT),
            OptimizerSample("betas", "β₁ and β₂ exchanged", {"lr": 0.1, "betas": (0.6, 0.7)}, tolerance=TIGHT),
            OptimizerSample(
                "small gradients",
                "eps added to the corrected root, as in Adam",
                {"lr": 0.1, "eps": 1e-2},
                scale=lambda step: 1e-3,
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "steps without a gradient",
                "a parameter that moves without a gradient",
                {"lr": 0.1},
                scale=lambda step: float(step not in (0, 3)),
                tolerance=TIGHT,
            ),
            OptimizerSample(
                "groups",
                "options of the first group used for all of them",
                {"lr": 0.1},
                groups=(((5, 4), (3,)), ((2, 3), (0, 3))),
                group_args=({}, {"lr": 0.01, "betas": (0.5, 0.9)}),
                absent=((0, 1), (3, 0), (4, 1)),
                tolerance=TIGHT,
            ),
        ),
        errors=(
            refused("SparseAdam", "rate of zero", lr=0.0),
            refused("SparseAdam", "eps of zero", eps=0.0),
            refused("SparseAdam", "beta of one", betas=(0.9, 1.0)),
            refused("SparseAdam", "negative beta", betas=(-0.1, 0.9)),
            ErrorSample("no rows", RuntimeError, script=_scalar),
        ),
        differences=(
            Difference(
                "gradients",
                "gradients are ordinary arrays, of which the rows of zeros count as absent; PyTorch demands tensors of"
                " its sparse kind and refuses all others, so the twin converts them for the step",
            ),
        ),
    ),
]
