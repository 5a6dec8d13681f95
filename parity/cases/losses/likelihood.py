"""Cases of the losses of a distribution that is to be predicted."""

import math
from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, ModuleSample, ScriptSample, integers, normal, uniform
from parity.sides import Side

__all__ = ["CASES"]

INF, NAN = np.inf, np.nan
NO_SLOPE = "infinities have no difference quotient"
BROADCAST = "PyTorch broadcasts silently; here a target has the input's shape"
COUNTS = integers(5, 4, high=6)
LOG_P = normal(5, 4, mean=-2.0)
P = uniform(5, 4)


def _unlike(*rest: Any) -> tuple[ErrorSample, ...]:
    """What all of these losses refuse; `rest` are the inputs after the target."""
    called = (np.ones((5, 4)), np.ones((5, 4)), *rest)
    return (
        ErrorSample("unknown reduction when called", ValueError, {"reduction": "average"}, called),
        ErrorSample("shapes that do not fit", RuntimeError, {}, (np.ones((5, 4)), np.ones((4, 5)), *rest)),
    )


NO_BROADCAST = ErrorSample("column", RuntimeError, {}, (np.ones((5, 4)), np.ones((5, 1))), only_ours=BROADCAST)
ONE_DTYPE = ErrorSample(
    "whole numbers as input",
    RuntimeError,
    {},
    (np.ones(3, dtype=np.int64), np.ones(3, dtype=np.int64)),
    only_ours="PyTorch computes in float32; here nothing is promoted silently",
)


def _variance_of_a_number(side: Side, input: Any, target: Any) -> Any:
    """A variance that is a plain float: it is the same everywhere, and has no gradient."""
    loss = side.GaussianNLLLoss(full=True)
    (mean,) = side.inputs([input], [True])
    seen = {}
    for var in (2.0, 0.0):
        output = loss(mean, side.array(target), var)
        seen[f"loss at {var}"] = output
        seen[f"gradient at {var}"] = side.backward(loss, output, None, [mean])[0]
    return seen


def _negative_number(side: Side) -> None:
    side.GaussianNLLLoss()(side.array(np.ones(3)), side.array(np.ones(3)), -1.0)


def _whole_number(side: Side) -> None:
    side.GaussianNLLLoss()(side.array(np.ones(3)), side.array(np.ones(3)), 1)


CASES = [
    Case(
        "GaussianNLLLoss",
        samples=(
            ModuleSample(
                "mean",
                "a gradient of the variance that leaves 1 / v or d² / v² out",
                inputs=(normal(5, 4), normal(5, 4), uniform(5, 4, low=0.5, high=2.0)),
            ),
            ModuleSample(
                "sum and constant",
                "a constant of log 2π, not half of it",
                {"reduction": "sum", "full": True},
                (normal(5, 4), normal(5, 4), uniform(5, 4, low=0.5, high=2.0)),
            ),
            ModuleSample(
                "variance of each row",
                "a variance without the last axis that is spread over the first",
                {"reduction": "none"},
                (normal(5, 4, 3), normal(5, 4, 3), uniform(5, 4, low=0.5, high=2.0)),
            ),
            ModuleSample(
                "variance of each feature",
                "a gradient of a shared variance that is not summed",
                inputs=(normal(5, 4, 3), normal(5, 4, 3), uniform(1, 4, 3, low=0.5, high=2.0)),
            ),
            ModuleSample(
                "target of each row",
                "a target of size one that is refused",
                inputs=(normal(5, 4), normal(5, 1), uniform(5, 4, low=0.5, high=2.0)),
            ),
            ModuleSample(
                "worked by hand",
                "a standard deviation taken for the variance: (log 4 + 4/4) / 2, slopes 2/4 and (1/4 − 4/16) / 2",
                inputs=(np.array([3.0]), np.array([1.0]), np.array([4.0])),
                expected={"forward": math.log(2.0) + 0.5, "unit.input": [0.5], "unit.var": [0.0]},
            ),
            ModuleSample(
                "variance below eps",
                "a division by 0, or a gradient that the maximum stops",
                {"reduction": "none", "eps": 1e-4},
                (np.array([1.0, 0.0, 1.0]), np.array([0.5, 0.0, 1.0]), np.array([0.0, 0.0, 1e-5])),
                kink="the maximum is not differentiated",
            ),
            ModuleSample(
                "edges",
                "nan or infinity mended",
                {"reduction": "none"},
                (
                    np.array([0.0, 1.0, NAN, 3.0, 1.0]),
                    np.array([1.0, NAN, 1.0, INF, 0.0]),
                    np.array([NAN, 1, 1, 2, INF]),
                ),
                kink=NO_SLOPE,
            ),
            ScriptSample(
                "variance that is a number",
                "a float that must be an array",
                inputs=(normal(5, 4), normal(5, 4)),
                script=_variance_of_a_number,
            ),
            ModuleSample(
                "empty batch",
                "0 for the mean of nothing, which is nan",
                inputs=(normal(0, 4), normal(0, 4), normal(0, 4)),
                expected={"forward": NAN},
            ),
        ),
        errors=(
            *_unlike(np.ones((5, 4))),
            ErrorSample("negative variance", ValueError, {}, (np.ones(3), np.ones(3), np.array([1.0, -1.0, 1.0]))),
            ErrorSample("negative number", ValueError, script=_negative_number),
            ErrorSample("whole number", TypeError, script=_whole_number),
            ErrorSample("variance of the wrong axis", ValueError, {}, (np.ones((5, 4)), np.ones((5, 4)), np.ones(4))),
            ErrorSample("two axes of one", ValueError, {}, (np.ones((5, 4)), np.ones((5, 4)), np.ones((1, 1)))),
            ErrorSample(
                "variance of whole numbers", RuntimeError, {}, (np.ones(3), np.ones(3), np.ones(3, dtype=np.int64))
            ),
            ErrorSample(
                "target larger than the input",
                RuntimeError,
                {},
                (np.ones((5, 1)), np.ones((5, 4)), np.ones((5, 1))),
                only_ours="PyTorch repeats the input; here only the target is repeated, as its documentation has it",
            ),
        ),
    ),
    Case(
        "KLDivLoss",
        samples=(
            ModuleSample("mean", "the batchmean, where only the batch is divided by", inputs=(LOG_P, P)),
            ModuleSample("sum", "a gradient divided by n", {"reduction": "sum"}, (LOG_P, P)),
            ModuleSample(
                "batchmean",
                "the mean over every element, which is not the divergence",
                {"reduction": "batchmean"},
                (normal(5, 4, 3, mean=-2.0), uniform(5, 4, 3)),
            ),
            ModuleSample("none", "a number where one for each element is due", {"reduction": "none"}, (LOG_P, P)),
            ModuleSample(
                "logarithms as target",
                "a target that is not taken for a logarithm",
                {"log_target": True, "reduction": "batchmean"},
                (LOG_P, LOG_P),
            ),
            ModuleSample(
                "worked by hand",
                "input and target in each other's place: 1 log(1 / ½) is log 2",
                {"reduction": "batchmean"},
                (np.log(np.array([[0.5, 0.5]])), np.array([[1.0, 0.0]])),
                expected={"forward": math.log(2.0), "unit.input": [[-1.0, 0.0]]},
            ),
            ModuleSample(
                "edges",
                "0 log 0 that is nan, or nan mended",
                {"reduction": "none"},
                (np.array([-1.0, -INF, -2.0, NAN, INF, -1.0]), np.array([0.0, 0.0, -1.0, 0.0, 1.0, NAN])),
                kink=NO_SLOPE,
            ),
            ModuleSample(
                "edges of logarithms",
                "exp(−∞) · ∞ that is mended",
                {"reduction": "none", "log_target": True},
                (np.array([-1.0, -INF, -2.0, INF, 0.0]), np.array([-INF, -1.0, NAN, 0.0, -800.0])),
                kink=NO_SLOPE,
            ),
            ModuleSample(
                "one number",
                "a batch where there is no axis",
                {"reduction": "batchmean"},
                (np.array(-1.0), np.array(0.5)),
            ),
            ModuleSample(
                "empty batch",
                "0 for the mean over an empty batch, which is nan",
                {"reduction": "batchmean"},
                (normal(0, 4), normal(0, 4)),
                expected={"forward": NAN},
            ),
        ),
        errors=(
            *_unlike(),
            NO_BROADCAST,
            ErrorSample("whole numbers", RuntimeError, {}, (np.ones(3, dtype=np.int64), np.ones(3, dtype=np.int64))),
            ErrorSample("whole numbers as target", RuntimeError, {}, (np.ones(3), np.ones(3, dtype=np.int64))),
        ),
    ),
    Case(
        "PoissonNLLLoss",
        samples=(
            ModuleSample("mean", "an expected count instead of its logarithm", inputs=(normal(5, 4), COUNTS)),
            ModuleSample("sum", "a gradient divided by n", {"reduction": "sum"}, (normal(5, 4), uniform(5, 4))),
            ModuleSample(
                "count as input",
                "a logarithm instead of the expected count",
                {"log_input": False, "reduction": "none"},
                (uniform(5, 4, low=0.5, high=4.0), COUNTS),
            ),
            ModuleSample(
                "Stirling",
                "an approximation of log t! that also counts for 0 and 1",
                {"full": True, "reduction": "none"},
                (np.array([0.0, 0.5, -1.0, 1.0, 2.0]), np.array([0.0, 1.0, 2.0, 1.5, 40.0])),
            ),
            ModuleSample(
                "worked by hand",
                "a loss of target log input: 1 − 0 and 1 − 0, slopes 1 − 1 and 1 − 3",
                {"reduction": "sum"},
                (np.array([0.0, 0.0]), np.array([1, 3])),
                expected={"forward": 2.0, "unit.log_input": [0.0, -2.0]},
            ),
            ModuleSample(
                "count of zero",
                "log 0, or an eps that is left out of the gradient",
                {"log_input": False, "eps": 1e-3, "reduction": "none"},
                (np.array([0.0, 0.0, 2.0]), np.array([0.0, 1.0, 0.0])),
                kink="the loss bends more than a difference quotient follows",
            ),
            ModuleSample(
                "huge logarithm",
                "an overflow that is mended, where PyTorch's loss is infinite",
                {"reduction": "none"},
                (np.array([800.0, -800.0, NAN]), np.array([1.0, 2.0, 1.0])),
                kink=NO_SLOPE,
            ),
            ModuleSample(
                "edges of Stirling",
                "a logarithm of a negative count that is not left out",
                {"full": True, "reduction": "none"},
                (np.array([0.0, 0.0, 1.0]), np.array([-1.0, NAN, INF])),
                kink=NO_SLOPE,
            ),
            ModuleSample(
                "empty batch",
                "0 for the mean of nothing, which is nan",
                inputs=(normal(0, 4), normal(0, 4)),
                expected={"forward": NAN},
            ),
        ),
        errors=(*_unlike(), NO_BROADCAST, ONE_DTYPE),
    ),
]
