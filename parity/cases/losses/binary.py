"""Cases of the losses of a yes-or-no answer that is to be predicted."""

import math
from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, ModuleSample, normal, uniform

__all__ = ["CASES"]

INF, NAN = np.inf, np.nan
WEIGHTS = np.array([0.5, 2.0, 1.0, 3.0])
NO_SLOPE = "infinities have no difference quotient"


def _yes_or_no(*shape: int) -> Any:
    """Targets of 0.0 and 1.0."""
    return lambda rng: rng.integers(0, 2, shape).astype(np.float64)


P = uniform(5, 4, low=0.05, high=0.95)
BCE_ERRORS = (
    ErrorSample(
        "unknown reduction",
        ValueError,
        {"reduction": "average"},
        only_ours="PyTorch says so only when the loss is called",
    ),
    ErrorSample("unknown reduction when called", ValueError, {"reduction": "average"}, (np.ones(3), np.ones(3))),
    ErrorSample("column and row", ValueError, {}, (np.ones((5, 1)), np.ones(5))),
    ErrorSample("integers as target", RuntimeError, {}, (np.ones(3), np.ones(3, dtype=np.int64))),
    ErrorSample("weight that does not fit", RuntimeError, {"weight": np.ones(3)}, (np.ones((5, 4)), np.ones((5, 4)))),
    ErrorSample("weight with more axes", RuntimeError, {"weight": np.ones((5, 4))}, (np.ones(4), np.ones(4))),
)

CASES = [
    Case(
        "BCELoss",
        samples=(
            ModuleSample("mean", "a mean over the batch only", inputs=(P, _yes_or_no(5, 4))),
            ModuleSample("sum", "a gradient divided by n", {"reduction": "sum"}, (P, _yes_or_no(5, 4))),
            ModuleSample(
                "none", "a number where one for each element is due", {"reduction": "none"}, (P, _yes_or_no(5, 4))
            ),
            ModuleSample("soft targets", "targets rounded to 0 and 1", inputs=(P, uniform(5, 4))),
            ModuleSample(
                "worked by hand",
                "a logarithm of another base, or gradients 1/p: log 2 and log 5, −1/0.5 and 1/0.2",
                {"reduction": "sum"},
                (np.array([0.5, 0.8]), np.array([1.0, 0.0])),
                expected={"forward": math.log(10.0), "unit.input": [-2.0, 5.0]},
            ),
            ModuleSample(
                "weight of each feature",
                "a weighted mean divided by the sum of the weights",
                {"weight": WEIGHTS},
                (P, _yes_or_no(5, 4)),
            ),
            ModuleSample(
                "weight of each row",
                "a weight that is spread over the wrong axis",
                {"weight": np.array([[0.5], [2.0], [1.0], [3.0], [0.0]]), "reduction": "none"},
                (P, _yes_or_no(5, 4)),
            ),
            ModuleSample(
                "certain and wrong",
                "log 0 = −inf, or log(p + tiny): PyTorch's logarithm ends at −100",
                {"reduction": "none"},
                (np.array([0.0, 1.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0, 1.0])),
                expected={"forward": [100.0, 100.0, 0.0, 0.0]},
                kink="the loss ends at 0 and at 1",
            ),
            ModuleSample(
                "nearly certain",
                "a gradient that divides by less than 1e-12, or is clamped earlier",
                {"reduction": "none"},
                (np.array([1e-13, 1e-11, 1e-5, 1e-20]), np.array([1.0, 1.0, 0.0, 0.0])),
                kink="the loss bends more than a difference quotient follows",
            ),
            ModuleSample(
                "one number", "an axis of size one squeezed away", inputs=(np.array([[0.3]]), np.array([[1.0]]))
            ),
            ModuleSample(
                "empty batch",
                "0 for the mean of nothing, which is nan",
                inputs=(normal(0, 4), normal(0, 4)),
                expected={"forward": NAN},
            ),
        ),
        errors=(
            *BCE_ERRORS,
            ErrorSample("logits as input", RuntimeError, {}, (np.array([0.5, 1.5]), np.ones(2))),
            ErrorSample("negative input", RuntimeError, {}, (np.array([-0.1, 0.5]), np.ones(2))),
            ErrorSample("nan as input", RuntimeError, {}, (np.array([NAN, 0.5]), np.ones(2))),
            ErrorSample("target above one", RuntimeError, {}, (np.array([0.5, 0.5]), np.array([0.0, 2.0]))),
        ),
    ),
    Case(
        "BCEWithLogitsLoss",
        samples=(
            ModuleSample("mean", "a mean over the batch only", inputs=(normal(5, 4, std=2.0), _yes_or_no(5, 4))),
            ModuleSample("sum", "a gradient divided by n", {"reduction": "sum"}, (normal(5, 4), _yes_or_no(5, 4))),
            ModuleSample(
                "none",
                "a number where one for each element is due",
                {"reduction": "none"},
                (normal(5, 4, 3), _yes_or_no(5, 4, 3)),
            ),
            ModuleSample("soft targets", "targets rounded to 0 and 1", inputs=(normal(5, 4), uniform(5, 4))),
            ModuleSample(
                "worked by hand",
                "a loss of the logit instead of its sigmoid: log 2 and log 4, gradients 1/2 − 1 and 3/4",
                {"reduction": "sum"},
                (np.array([0.0, math.log(3.0)]), np.array([1.0, 0.0])),
                expected={"forward": math.log(8.0), "unit.input": [-0.5, 0.75]},
            ),
            ModuleSample(
                "huge logits",
                "log(sigmoid(x)), which is −inf at −800",
                {"reduction": "none"},
                (np.array([800.0, -800.0, 800.0, -800.0]), np.array([0.0, 1.0, 1.0, 0.0])),
                expected={"forward": [800.0, 800.0, 0.0, 0.0]},
            ),
            ModuleSample(
                "mean of huge logits",
                "log(sigmoid(x)), where the losses are averaged at once",
                {},
                (np.array([800.0, -800.0, 800.0, -800.0]), np.array([0.0, 1.0, 1.0, 0.0])),
                expected={"forward": 400.0},
            ),
            ModuleSample(
                "weight",
                "a weighted mean divided by the sum of the weights",
                {"weight": WEIGHTS},
                (normal(5, 4), _yes_or_no(5, 4)),
            ),
            ModuleSample(
                "pos_weight",
                "a pos_weight that multiplies the negatives, too",
                {"pos_weight": WEIGHTS},
                (normal(5, 4), _yes_or_no(5, 4)),
            ),
            ModuleSample(
                "both weights",
                "one weight in the place of the other",
                {
                    "weight": np.array([[0.5], [2.0], [1.0], [3.0], [0.0]]),
                    "pos_weight": WEIGHTS,
                    "reduction": "none",
                },
                (normal(5, 4), uniform(5, 4)),
            ),
            ModuleSample(
                "pos_weight and huge logits",
                "a positive part that overflows",
                {"pos_weight": np.array(2.0), "reduction": "none"},
                (np.array([800.0, -800.0, 800.0, -800.0]), np.array([0.0, 1.0, 1.0, 0.0])),
                expected={"forward": [800.0, 1600.0, 0.0, 0.0]},
            ),
            ModuleSample(
                "edges",
                "nan or infinity mended",
                {"reduction": "none"},
                (np.array([NAN, INF, -INF, INF, -INF, 0.0]), np.array([1.0, 1.0, 1.0, 0.0, 0.0, NAN])),
                kink=NO_SLOPE,
            ),
            ModuleSample(
                "target beyond one", "a target that is clipped", inputs=(normal(3), np.array([2.0, -1.0, 0.5]))
            ),
            ModuleSample("one number", "an axis of size one squeezed away", inputs=(normal(1, 1), np.array([[1.0]]))),
            ModuleSample(
                "empty batch",
                "0 for the mean of nothing, which is nan",
                inputs=(normal(0, 4), normal(0, 4)),
                expected={"forward": NAN},
            ),
        ),
        errors=(
            *BCE_ERRORS,
            ErrorSample(
                "pos_weight that does not fit",
                RuntimeError,
                {"pos_weight": np.ones(3)},
                (np.ones((5, 4)), np.ones((5, 4))),
            ),
        ),
    ),
]
