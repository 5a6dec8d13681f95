"""Cases of the losses of a number that are square near zero and straight far out."""

import numpy as np

from parity.cases import Case, ErrorSample, ModuleSample, normal
from parity.cases.losses.regression import EDGES, ERRORS, NO_SLOPE

__all__ = ["CASES"]

NAN = np.nan
AT_THE_BEND = (np.array([2.0, -2.0, 2.5, -3.0, 0.0]), np.zeros(5))
WIDE = (normal(5, 4, std=2.0), normal(5, 4, std=2.0))

CASES = [
    Case(
        "HuberLoss",
        samples=(
            ModuleSample("mean", "a mean over the batch only, not over the features", inputs=WIDE),
            ModuleSample("sum", "a gradient divided by n", {"reduction": "sum"}, WIDE),
            ModuleSample(
                "none", "a number where one for each element is due", {"reduction": "none", "delta": 0.5}, WIDE
            ),
            ModuleSample(
                "worked by hand",
                "a line whose slope is 1, not delta: 1²/2 and 2 (5 − 1) are 8.5",
                {"reduction": "sum", "delta": 2.0},
                (np.array([1.0, 0.0]), np.array([0.0, 5.0])),
                expected={"forward": 8.5, "unit.input": [1.0, -2.0]},
            ),
            ModuleSample(
                "at the bend",
                "a line that does not meet the parabola",
                {"reduction": "none", "delta": 2.0},
                AT_THE_BEND,
                expected={"forward": [2.0, 2.0, 3.0, 4.0, 0.0]},
            ),
            ModuleSample("delta of a whole number", "integer arithmetic where delta is an int", {"delta": 2}, WIDE),
            ModuleSample(
                "edges",
                "nan or infinity mended, or a square that overflows",
                {"reduction": "none"},
                EDGES,
                kink=NO_SLOPE,
            ),
            ModuleSample(
                "huge difference",
                "an overflow of the square that is not taken",
                {"reduction": "none"},
                (np.array([3e38, -3e38]), np.zeros(2)),
                kink="a difference quotient of a huge number is rounded away",
            ),
            ModuleSample("one number", "a loss that wants an axis", inputs=(np.array(3.0), np.array(0.5))),
            ModuleSample(
                "empty batch",
                "0 for the mean of nothing, which is nan",
                inputs=(normal(0, 4), normal(0, 4)),
                expected={"forward": NAN},
            ),
        ),
        errors=(
            *ERRORS,
            ErrorSample("delta of zero", RuntimeError, {"delta": 0.0}, (np.ones(3), np.ones(3))),
            ErrorSample("delta of nan", RuntimeError, {"delta": NAN}, (np.ones(3), np.ones(3))),
            ErrorSample("delta that is no number", TypeError, {"delta": "1"}),
        ),
    ),
    Case(
        "SmoothL1Loss",
        samples=(
            ModuleSample("mean", "a mean over the batch only, not over the features", inputs=WIDE),
            ModuleSample("sum", "a gradient divided by n", {"reduction": "sum"}, WIDE),
            ModuleSample(
                "none", "a number where one for each element is due", {"reduction": "none", "beta": 0.5}, WIDE
            ),
            ModuleSample(
                "worked by hand",
                "Huber's line of slope beta: 1²/4 and 5 − 1 are 4.25",
                {"reduction": "sum", "beta": 2.0},
                (np.array([1.0, 0.0]), np.array([0.0, 5.0])),
                expected={"forward": 4.25, "unit.input": [0.5, -1.0]},
            ),
            ModuleSample(
                "at the bend",
                "a line that does not meet the parabola",
                {"reduction": "none", "beta": 2.0},
                AT_THE_BEND,
                expected={"forward": [1.0, 1.0, 1.5, 2.0, 0.0]},
            ),
            ModuleSample(
                "no rounding",
                "a division by beta, or a slope of ±1 at the kink",
                {"reduction": "none", "beta": 0.0},
                (np.array([2.0, -2.0, 0.5, -0.5, 0.0]), np.zeros(5)),
                expected={"forward": [2.0, 2.0, 0.5, 0.5, 0.0]},
                kink="at a difference of 0 the slope jumps",
            ),
            ModuleSample("edges", "nan or infinity mended", {"reduction": "none"}, EDGES, kink=NO_SLOPE),
            ModuleSample(
                "edges without rounding",
                "a sign of nan other than PyTorch's 0",
                {"reduction": "none", "beta": 0.0},
                EDGES,
                kink=NO_SLOPE,
            ),
            ModuleSample(
                "empty batch",
                "0 for the mean of nothing, which is nan",
                inputs=(normal(0, 4), normal(0, 4)),
                expected={"forward": NAN},
            ),
        ),
        errors=(*ERRORS, ErrorSample("beta below zero", RuntimeError, {"beta": -1.0}, (np.ones(3), np.ones(3)))),
    ),
]
