"""Cases of the losses of a number that is to be predicted."""

import numpy as np

from parity.cases import Case, ErrorSample, ModuleSample, normal

__all__ = ["CASES"]

INF, NAN = np.inf, np.nan
EDGES = (np.array([NAN, 1.0, INF, INF, -INF, INF]), np.array([1.0, NAN, 1.0, INF, -INF, -INF]))
NO_SLOPE = "infinities have no difference quotient"
ONLY_A_WARNING = "PyTorch warns and broadcasts to an N × N difference, which is hardly ever meant"

ERRORS = (
    ErrorSample("broadcast column", ValueError, {}, (np.ones((5, 1)), np.ones(5)), only_ours=ONLY_A_WARNING),
    ErrorSample(
        "shapes that do not fit",
        ValueError,
        {},
        (np.ones((5, 4)), np.ones((4, 5))),
        only_ours="PyTorch raises RuntimeError from the broadcast; here the shapes are compared first",
    ),
    ErrorSample(
        "unknown reduction",
        ValueError,
        {"reduction": "average"},
        only_ours="PyTorch says so only when the loss is called",
    ),
    ErrorSample("unknown reduction when called", ValueError, {"reduction": "average"}, (np.ones(3), np.ones(3))),
    ErrorSample(
        "integers",
        RuntimeError,
        {},
        (np.ones(3, dtype=np.int64), np.ones(3, dtype=np.int64)),
    ),
    ErrorSample(
        "two dtypes",
        RuntimeError,
        {},
        (np.ones(3), np.ones(3, dtype=np.int64)),
        only_ours="PyTorch promotes one of them; here nothing is promoted silently",
    ),
)

CASES = [
    Case(
        "MSELoss",
        samples=(
            ModuleSample(
                "mean", "a mean over the batch only, not over the features", inputs=(normal(5, 4), normal(5, 4))
            ),
            ModuleSample("sum", "a gradient divided by n", {"reduction": "sum"}, (normal(5, 4), normal(5, 4))),
            ModuleSample(
                "none",
                "a number where one for each element is due",
                {"reduction": "none"},
                (normal(5, 4, 3), normal(5, 4, 3)),
            ),
            ModuleSample(
                "worked by hand",
                "half the squared error: (1² + 2²) / 2 is 2.5, its gradient the difference",
                inputs=(np.array([1.0, 3.0]), np.array([0.0, 1.0])),
                expected={"forward": 2.5, "unit.input": [1.0, 2.0]},
            ),
            ModuleSample(
                "no difference", "a gradient other than 0 at the minimum", inputs=(np.ones((3, 2)), np.ones((3, 2)))
            ),
            ModuleSample("one number", "an axis of size one squeezed away", inputs=(normal(1, 1), normal(1, 1))),
            ModuleSample(
                "empty batch",
                "0 for the mean of nothing, which is nan",
                inputs=(normal(0, 4), normal(0, 4)),
                expected={"forward": NAN},
            ),
            ModuleSample(
                "empty sum",
                "nan for the sum of nothing, which is 0",
                {"reduction": "sum"},
                (normal(0, 4), normal(0, 4)),
                expected={"forward": 0.0},
            ),
            ModuleSample("edges", "nan or infinity mended", {"reduction": "none"}, EDGES, kink=NO_SLOPE),
            ModuleSample(
                "nan in the batch", "a mean that leaves nan out", inputs=EDGES, expected={"forward": NAN}, kink=NO_SLOPE
            ),
        ),
        errors=ERRORS,
    ),
    Case(
        "L1Loss",
        samples=(
            ModuleSample(
                "mean", "a mean over the batch only, not over the features", inputs=(normal(5, 4), normal(5, 4))
            ),
            ModuleSample("sum", "a gradient divided by n", {"reduction": "sum"}, (normal(5, 4), normal(5, 4))),
            ModuleSample(
                "none",
                "a number where one for each element is due",
                {"reduction": "none"},
                (normal(5, 4, 3), normal(5, 4, 3)),
            ),
            ModuleSample(
                "worked by hand",
                "the sign of target − input: (1 + 2) / 2 is 1.5, its gradient ±1/2",
                inputs=(np.array([1.0, 3.0]), np.array([0.0, 5.0])),
                expected={"forward": 1.5, "unit.input": [0.5, -0.5]},
            ),
            ModuleSample(
                "no difference",
                "a slope of ±1 at the kink, where PyTorch takes 0",
                inputs=(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 2.0])),
                expected={"unit.input": [0.0, 0.0, 1 / 3]},
                kink="at a difference of 0 the slope jumps",
            ),
            ModuleSample("one number", "an axis of size one squeezed away", inputs=(normal(1, 1), normal(1, 1))),
            ModuleSample(
                "empty batch",
                "0 for the mean of nothing, which is nan",
                inputs=(normal(0, 4), normal(0, 4)),
                expected={"forward": NAN},
            ),
            ModuleSample(
                "empty sum",
                "nan for the sum of nothing, which is 0",
                {"reduction": "sum"},
                (normal(0, 4), normal(0, 4)),
                expected={"forward": 0.0},
            ),
            ModuleSample("edges", "a sign of nan other than PyTorch's 0", {"reduction": "none"}, EDGES, kink=NO_SLOPE),
            ModuleSample(
                "nan in the batch", "a mean that leaves nan out", inputs=EDGES, expected={"forward": NAN}, kink=NO_SLOPE
            ),
        ),
        errors=ERRORS,
    ),
]
