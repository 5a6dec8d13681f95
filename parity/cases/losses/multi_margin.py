"""Cases of the losses of the right class, or of several right ones, that ask for a margin."""

import math
from typing import Any

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ModuleSample, integers, normal

__all__ = ["CASES"]

INF, NAN = np.inf, np.nan
WEIGHTS = np.array([0.5, 2.0, 1.0, 3.0])
NO_SLOPE = "infinities have no difference quotient"
TIE = "at the margin the slope jumps"
EMPTY = Difference(
    "the mean or the sum over an empty batch", "PyTorch answers with memory that nothing was written to; here nan or 0"
)
# The right class, the first of each row, scores nan; another does; and infinities on both sides.
EDGES = np.array([[NAN, 1.0, 2.0], [1.0, NAN, 2.0], [INF, INF, 0.0], [0.0, INF, -INF]])
LABEL = np.zeros(1, dtype=np.int64)


def _right_classes(*shape: int) -> Any:
    """Rows of classes and −1, in any order: the first −1 ends what counts."""
    return lambda rng: rng.integers(-1, shape[-1], shape)


def _yes_or_no(*shape: int) -> Any:
    """Targets of 0.0 and 1.0."""
    return lambda rng: rng.integers(0, 2, shape).astype(np.float64)


def _refused(target: Any) -> tuple[ErrorSample, ...]:
    """What both losses of labels refuse; `target` fits a row of two."""
    row = np.array([[1.0, 2.0]])
    return (
        ErrorSample("unknown reduction when called", ValueError, {"reduction": "average"}, (row, target)),
        ErrorSample("class beyond the last", RuntimeError, {}, (row, target + 2)),
        ErrorSample("negative class", RuntimeError, {}, (row, target - 2)),
        ErrorSample("another kind of integer", RuntimeError, {}, (row, target.astype(np.int32))),
        ErrorSample("whole numbers as input", RuntimeError, {}, (row.astype(np.int64), target)),
        ErrorSample("three axes", RuntimeError, {}, (np.ones((5, 4, 3)), np.ones((5, 4, 3), dtype=np.int64))),
        ErrorSample("no classes", RuntimeError, {}, (np.ones((5, 0)), np.ones((5, 0), dtype=np.int64))),
        ErrorSample("too few rows", RuntimeError, {}, (np.ones((5, 2)), target)),
    )


CASES = [
    Case(
        "MultiLabelMarginLoss",
        samples=(
            ModuleSample(
                "mean", "a target that is read beyond the first −1", inputs=(normal(5, 4), _right_classes(5, 4))
            ),
            ModuleSample("sum", "a gradient divided by N", {"reduction": "sum"}, (normal(5, 4), _right_classes(5, 4))),
            ModuleSample(
                "none",
                "a row of all classes, of none or of one named twice that counts otherwise",
                {"reduction": "none"},
                (normal(3, 4), np.array([[3, 0, 2, 1], [-1, 2, 1, 0], [1, 1, -1, 0]])),
            ),
            ModuleSample(
                "worked by hand",
                "right classes compared with each other: class 3 lacks 0.75 and 0.25, class 1 nothing",
                {"reduction": "sum"},
                (np.array([[0.5, 2.0, 0.0, 0.75]]), np.array([[1, 3, -1, 0]])),
                expected={"forward": 0.25, "unit.input": [[0.25, 0.0, 0.25, -0.5]]},
            ),
            ModuleSample(
                "one row", "a batch that is demanded", {"reduction": "none"}, (normal(4), np.array([2, -1, 0, 1]))
            ),
            ModuleSample(
                "at the margin",
                "a slope at the margin, where PyTorch takes 0",
                inputs=(np.array([[2.0, 1.0, 1.0, 0.0]]), np.array([[0, -1, 0, 0]])),
                expected={"forward": 0.0, "unit.input": [[0.0, 0.0, 0.0, 0.0]]},
                kink=TIE,
            ),
            ModuleSample(
                "edges",
                "nan in the loss, where PyTorch leaves it out",
                {"reduction": "none"},
                (EDGES, np.array([[0, -1, -1]] * 4)),
                kink=NO_SLOPE,
            ),
            ModuleSample("one number", "a loss that wants an axis", inputs=(np.array(0.5), np.array(0))),
            ModuleSample(
                "empty batch", "rows that are counted", {"reduction": "none"}, (normal(0, 4), integers(0, 4, high=4))
            ),
        ),
        errors=(
            *_refused(np.array([[0, 1]])),
            ErrorSample("row for a batch", RuntimeError, {}, (np.ones((5, 4)), np.ones(4, dtype=np.int64))),
        ),
        differences=(EMPTY,),
    ),
    Case(
        "MultiLabelSoftMarginLoss",
        samples=(
            ModuleSample("mean", "a sum over the classes", inputs=(normal(5, 4), _yes_or_no(5, 4))),
            ModuleSample(
                "sum", "a gradient divided by N", {"reduction": "sum"}, (normal(5, 4), integers(5, 4, high=2))
            ),
            ModuleSample(
                "none",
                "a number for each element where one for each row is due",
                {"reduction": "none"},
                (normal(5, 4, 3), _yes_or_no(5, 4, 3)),
            ),
            ModuleSample(
                "weight",
                "a weighted mean divided by the sum of the weights",
                {"weight": WEIGHTS},
                (normal(5, 4), _yes_or_no(5, 4)),
            ),
            ModuleSample(
                "worked by hand",
                "log(sigmoid(−800)), which is −inf: the mean of log 2 and 800",
                inputs=(np.array([[0.0, 800.0]]), np.array([[1.0, 0.0]])),
                expected={"forward": 400 + math.log(2.0) / 2, "unit.input": [[-0.25, 0.5]]},
            ),
            ModuleSample(
                "edges",
                "nan or infinity mended",
                {"reduction": "none"},
                (np.array([[NAN], [INF], [-INF], [INF]]), np.array([[1.0], [1.0], [1.0], [0.0]])),
                kink=NO_SLOPE,
            ),
            ModuleSample("one row", "a batch that is demanded", inputs=(normal(4), np.array([1.0, 0.0, 0.5, 1.0]))),
            ModuleSample(
                "empty batch",
                "0 for the mean of nothing, which is nan",
                inputs=(normal(0, 4), normal(0, 4)),
                expected={"forward": NAN},
            ),
            ModuleSample("no classes", "0 for the mean over no classes", inputs=(normal(5, 0), normal(5, 0))),
        ),
        errors=(
            ErrorSample(
                "unknown reduction when called", ValueError, {"reduction": "average"}, (np.ones(3), np.ones(3))
            ),
            ErrorSample("shapes that do not fit", RuntimeError, {}, (np.ones((5, 4)), np.ones((5, 3)))),
            ErrorSample("no axes", IndexError, {}, (np.array(1.0), np.array(1.0))),
            ErrorSample(
                "weight that does not fit", RuntimeError, {"weight": np.ones(3)}, (np.ones((5, 4)), np.ones((5, 4)))
            ),
            ErrorSample(
                "weight with more axes",
                RuntimeError,
                {"weight": np.ones((2, 5, 4))},
                (np.ones((5, 4)), np.ones((5, 4))),
                only_ours="PyTorch broadcasts the input, and then sums the wrong axis",
            ),
        ),
    ),
    Case(
        "MultiMarginLoss",
        samples=(
            ModuleSample(
                "mean", "a right class that is compared with itself", inputs=(normal(5, 4), integers(5, high=4))
            ),
            ModuleSample(
                "sum, squared",
                "a slope of p = 2 without the difference",
                {"reduction": "sum", "p": 2, "margin": 2.0},
                (normal(5, 4), integers(5, high=4)),
            ),
            ModuleSample(
                "weight",
                "a weighted mean divided by the sum of the weights",
                {"weight": WEIGHTS},
                (normal(5, 4), integers(5, high=4)),
            ),
            ModuleSample(
                "weight, squared",
                "a weight that is squared with the difference",
                {"weight": WEIGHTS, "p": 2, "margin": 0.5, "reduction": "none"},
                (normal(5, 4), integers(5, high=4)),
            ),
            ModuleSample(
                "worked by hand",
                "a sum over the classes that is not divided by C: 0.5 / 4",
                {"reduction": "sum"},
                (np.array([[3.0, 1.0, 2.5, 0.0]]), np.array([0])),
                expected={"forward": 0.125, "unit.input": [[-0.25, 0.0, 0.25, 0.0]]},
            ),
            ModuleSample(
                "one row",
                "a batch that is demanded",
                {"weight": WEIGHTS, "reduction": "none"},
                (normal(4), np.array(2)),
            ),
            ModuleSample("one row, one label", "a label with an axis refused", inputs=(normal(4), np.array([2]))),
            ModuleSample(
                "at the margin",
                "a slope at the margin, where PyTorch takes 0",
                inputs=(np.array([[2.0, 1.0, 1.0, 0.0]]), np.array([0])),
                expected={"forward": 0.0, "unit.input": [[0.0, 0.0, 0.0, 0.0]]},
                kink=TIE,
            ),
            ModuleSample(
                "edges",
                "nan in the loss, where PyTorch leaves it out",
                {"reduction": "none"},
                (EDGES, np.zeros(4, dtype=np.int64)),
                kink=NO_SLOPE,
            ),
            ModuleSample(
                "edges, squared",
                "0 · ∞ in the square or its slope",
                {"reduction": "none", "p": 2},
                (EDGES, np.zeros(4, dtype=np.int64)),
                kink=NO_SLOPE,
            ),
            ModuleSample(
                "empty batch", "rows that are counted", {"reduction": "none"}, (normal(0, 4), integers(0, high=4))
            ),
        ),
        errors=(
            *_refused(LABEL),
            ErrorSample("another power", ValueError, {"p": 3}),
            ErrorSample("weight of two axes", ValueError, {"weight": np.ones((1, 2))}),
            ErrorSample("weight that does not fit", RuntimeError, {"weight": np.ones(3)}, (np.ones((1, 2)), LABEL)),
            ErrorSample(
                "weight of whole numbers",
                RuntimeError,
                {"weight": np.ones(2, dtype=np.int64)},
                (np.ones((1, 2)), LABEL),
            ),
            ErrorSample("column of labels", RuntimeError, {}, (np.ones((5, 2)), np.zeros((5, 1), dtype=np.int64))),
        ),
        differences=(EMPTY,),
    ),
]
