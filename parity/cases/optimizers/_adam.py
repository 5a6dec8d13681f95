"""Adam and AdamW differ in their default and in what decay does; the samples that show it serve both."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, OptimizerSample, Tolerance
from parity.sides import Side

__all__ = ["TIGHT", "adam_case"]

TIGHT = {"float64": Tolerance(rtol=1e-12, atol=1e-14)}
SAMPLES = (
    OptimizerSample(
        "default",
        "no correction for the start, which makes the first step 3.16 times too long",
        {},
        steps=50,
        tolerance=TIGHT,
    ),
    OptimizerSample(
        "rate",
        "a correction by (1 − β) where (1 − βᵗ) is meant: right at the first step only",
        {"lr": 0.1},
        steps=50,
        tolerance=TIGHT,
    ),
    OptimizerSample("betas", "β₁ and β₂ exchanged", {"lr": 0.1, "betas": (0.6, 0.7)}, tolerance=TIGHT),
    OptimizerSample(
        "no memory",
        "a division by 1 − 0ᵗ that was written another way",
        {"lr": 0.1, "betas": (0.0, 0.0)},
        tolerance=TIGHT,
    ),
    OptimizerSample(
        "tiny gradients",
        "eps inside the root: a step a hundred times too short",
        {"lr": 0.1, "eps": 1e-6},
        scale=lambda step: 1e-6,
        tolerance=TIGHT,
    ),
    OptimizerSample(
        "small gradients",
        "eps added before the correction of the root",
        {"lr": 0.1, "eps": 1e-2},
        scale=lambda step: 1e-3,
        tolerance=TIGHT,
    ),
    OptimizerSample(
        "weight decay",
        "Adam with decoupled decay, or AdamW with the decay in the gradient",
        {"lr": 0.1, "weight_decay": 0.2},
        tolerance=TIGHT,
    ),
    OptimizerSample(
        "amsgrad",
        "the largest of the corrected squares, for the corrected largest",
        {"lr": 0.1, "amsgrad": True},
        steps=20,
        scale=lambda step: 2.0 if step < 3 else 0.1,
        tolerance=TIGHT,
    ),
    OptimizerSample(
        "maximize",
        "a decay that changes its sign with the gradient",
        {"lr": 0.1, "weight_decay": 0.2, "maximize": True},
        tolerance=TIGHT,
    ),
    OptimizerSample(
        "groups",
        "options of the first group used for all of them",
        {"lr": 0.1},
        groups=(((5, 4), (3,)), ((2, 3),)),
        group_args=({}, {"lr": 0.01, "betas": (0.5, 0.9), "amsgrad": True}),
        tolerance=TIGHT,
    ),
    OptimizerSample(
        "two tensors",
        "a step counted once for each tensor",
        {"lr": 0.1},
        groups=(((5, 4), (3,), (4, 3), (2,)),),
        tolerance=TIGHT,
    ),
    OptimizerSample(
        "absent gradients",
        "one step count for all: each parameter has its own",
        {"lr": 0.1, "weight_decay": 0.2},
        absent=((0, 1), (3, 0), (4, 1)),
        tolerance=TIGHT,
    ),
)
ERRORS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("negative rate", {"lr": -0.1}),
    ("beta of one", {"betas": (0.9, 1.0)}),
    ("negative beta", {"betas": (-0.1, 0.9)}),
    ("whole beta", {"betas": (0, 0.9)}),
    ("negative decay", {"weight_decay": -0.1}),
    ("negative eps", {"eps": -0.1}),
    ("rate nan", {"lr": float("nan")}),
)


def adam_case(component: str, own: OptimizerSample) -> Case:
    """The case of one of the two, with a sample of its own."""

    def build(args: dict[str, Any], side: Side) -> None:
        getattr(side, component)([side.parameter(np.ones(3))], **args)

    errors = (ErrorSample(name, ValueError, script=partial(build, args)) for name, args in ERRORS)
    return Case(component, samples=(*SAMPLES, own), errors=tuple(errors))
