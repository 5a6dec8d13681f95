"""Cases of the losses that ask for a margin, for targets of 1 and −1."""

import math
from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, ModuleSample, normal

__all__ = ["CASES"]

INF, NAN = np.inf, np.nan
NO_SLOPE = "infinities have no difference quotient"
TIE = "at the margin the slope jumps"
BROADCAST = "PyTorch broadcasts silently; here the shapes are equal"


def _signs(*shape: int) -> Any:
    """Targets of 1.0 and −1.0."""
    return lambda rng: rng.choice([-1.0, 1.0], shape)


def _whole_signs(*shape: int) -> Any:
    """Targets of 1 and −1, as int64."""
    return lambda rng: rng.choice([-1, 1], shape)


ONES = np.ones(3)
WHOLE = np.ones(3, dtype=np.int64)
TWO_DTYPES = "PyTorch promotes one of them; here nothing is promoted silently"
ERRORS = (
    ErrorSample("unknown reduction when called", ValueError, {"reduction": "average"}, (ONES, ONES)),
    ErrorSample("shapes that do not fit", RuntimeError, {}, (np.ones((5, 4)), np.ones((4, 5)))),
    ErrorSample("column", RuntimeError, {}, (np.ones((5, 1)), np.ones(5)), only_ours=BROADCAST),
    ErrorSample("whole numbers as input", RuntimeError, {}, (WHOLE, WHOLE)),
    ErrorSample("two dtypes", RuntimeError, {}, (ONES, np.ones(3, dtype=bool)), only_ours=TWO_DTYPES),
)

CASES = [
    Case(
        "HingeEmbeddingLoss",
        samples=(
            ModuleSample("mean", "a mean over the batch only", inputs=(normal(5, 4, mean=1.0), _signs(5, 4))),
            ModuleSample("sum", "a gradient divided by n", {"reduction": "sum"}, (normal(5, 4), _signs(5, 4))),
            ModuleSample(
                "none and margin",
                "a margin that is always 1, or targets that must be floats",
                {"reduction": "none", "margin": 2.0},
                (normal(5, 4, 3, mean=1.5), _whole_signs(5, 4, 3)),
            ),
            ModuleSample(
                "worked by hand",
                "1 and −1 in each other's place: 0.5, 1 − 0.25 and 0",
                {"reduction": "sum"},
                (np.array([0.5, 0.25, 4.0]), np.array([1.0, -1.0, -1.0])),
                expected={"forward": 1.25, "unit.input": [1.0, -1.0, 0.0]},
            ),
            ModuleSample(
                "at the margin",
                "a slope of 0 at the margin, where PyTorch has −1",
                {"reduction": "sum"},
                (np.array([1.0, 1.0, 0.0]), np.array([-1.0, 1.0, -1.0])),
                expected={"forward": 2.0, "unit.input": [-1.0, 1.0, -1.0]},
                kink=TIE,
            ),
            ModuleSample(
                "other targets",
                "a target other than 1 and −1 that does not count",
                {"reduction": "none"},
                (np.array([0.5, 3.0, 0.25]), np.array([0.0, 2.0, NAN])),
                expected={"forward": [1.0, 3.0, 1.0]},
            ),
            ModuleSample(
                "edges",
                "nan or infinity mended",
                {"reduction": "none"},
                (np.array([NAN, NAN, INF, -INF, INF]), np.array([-1.0, 1.0, -1.0, -1.0, 1.0])),
                kink=NO_SLOPE,
            ),
            ModuleSample("one number", "a loss that wants an axis", inputs=(np.array(0.5), np.array(-1.0))),
            ModuleSample(
                "empty batch",
                "0 for the mean of nothing, which is nan",
                inputs=(normal(0, 4), normal(0, 4)),
                expected={"forward": NAN},
            ),
        ),
        errors=ERRORS,
    ),
    Case(
        "MarginRankingLoss",
        samples=(
            ModuleSample(
                "mean", "a gradient for one of the two only", inputs=(normal(5, 4), normal(5, 4), _signs(5, 4))
            ),
            ModuleSample(
                "sum and margin",
                "a margin with the wrong sign",
                {"reduction": "sum", "margin": 0.5},
                (normal(5, 4), normal(5, 4), _whole_signs(5, 4)),
            ),
            ModuleSample(
                "none",
                "a number where one for each pair is due",
                {"reduction": "none"},
                (normal(5), normal(5), _signs(5)),
            ),
            ModuleSample(
                "worked by hand",
                "the order the other way round: 3 leads by more than 1, and by 1 + 3 too much",
                {"reduction": "sum", "margin": 1.0},
                (np.array([3.0, 3.0]), np.array([0.0, 0.0]), np.array([1.0, -1.0])),
                expected={"forward": 4.0, "unit.input1": [0.0, 1.0], "unit.input2": [0.0, -1.0]},
            ),
            ModuleSample(
                "ties",
                "a slope of 0 at the margin, where PyTorch has one",
                {"reduction": "sum"},
                (np.array([1.0, 1.0, 1.0]), np.array([1.0, 1.0, 1.0]), np.array([1.0, -1.0, 0.0])),
                expected={"unit.input1": [-1.0, 1.0, 0.0]},
                kink=TIE,
            ),
            ModuleSample(
                "edges",
                "nan or infinity mended",
                {"reduction": "none", "margin": 1.0},
                (np.array([NAN, INF, INF, 0.0]), np.array([1.0, 1.0, INF, INF]), np.array([1.0, -1.0, 1.0, 1.0])),
                kink=NO_SLOPE,
            ),
            ModuleSample(
                "target beyond one",
                "only the sign of the target taken",
                inputs=(normal(3), normal(3), np.array([2.0, -3.0, 0.5])),
            ),
            ModuleSample(
                "one number", "a loss that wants an axis", inputs=(np.array(0.5), np.array(1.0), np.array(1.0))
            ),
            ModuleSample(
                "empty batch",
                "0 for the mean of nothing, which is nan",
                inputs=(normal(0, 4), normal(0, 4), normal(0, 4)),
                expected={"forward": NAN},
            ),
        ),
        errors=(
            ErrorSample("unknown reduction when called", ValueError, {"reduction": "average"}, (ONES, ONES, ONES)),
            ErrorSample("inputs that do not fit", RuntimeError, {}, (np.ones(5), np.ones(4), np.ones(5))),
            ErrorSample("target of other axes", RuntimeError, {}, (np.ones((5, 4)), np.ones((5, 4)), np.ones(4))),
            ErrorSample(
                "column", RuntimeError, {}, (np.ones((5, 1)), np.ones((1, 4)), np.ones((5, 4))), only_ours=BROADCAST
            ),
            ErrorSample("two dtypes", RuntimeError, {}, (ONES, WHOLE, ONES), only_ours=TWO_DTYPES),
        ),
    ),
    Case(
        "SoftMarginLoss",
        samples=(
            ModuleSample("mean", "a mean over the batch only", inputs=(normal(5, 4), _signs(5, 4))),
            ModuleSample("sum", "a gradient divided by n", {"reduction": "sum"}, (normal(5, 4), _whole_signs(5, 4))),
            ModuleSample(
                "none",
                "a number where one for each element is due",
                {"reduction": "none"},
                (normal(5, 4, 3), _signs(5, 4, 3)),
            ),
            ModuleSample(
                "worked by hand",
                "targets of 0 and 1 taken for granted: log 2 and log 4, slopes −1/2 and 3/4",
                {"reduction": "sum"},
                (np.array([0.0, math.log(3.0)]), np.array([1.0, -1.0])),
                expected={"forward": math.log(8.0), "unit.input": [-0.5, 0.75]},
            ),
            ModuleSample(
                "huge scores",
                "an overflow mended, where PyTorch's loss is infinite and its slope nan",
                {"reduction": "none"},
                (np.array([800.0, -800.0, 800.0, -800.0, -60.0, NAN]), np.array([1.0, 1.0, -1.0, -1.0, 1.0, 1.0])),
                expected={"forward": [0.0, INF, INF, 0.0, 60.0, NAN]},
                kink=NO_SLOPE,
            ),
            ModuleSample(
                "target beyond one", "only the sign of the target taken", inputs=(normal(3), np.array([2.0, -3.0, 0.5]))
            ),
            ModuleSample(
                "empty batch",
                "0 for the mean of nothing, which is nan",
                inputs=(normal(0, 4), normal(0, 4)),
                expected={"forward": NAN},
            ),
        ),
        errors=ERRORS,
    ),
]
