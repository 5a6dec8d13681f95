"""Cases of the softmaxes."""

import math
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import Case, ErrorSample, ModuleSample, ScriptSample, normal
from parity.cases.layers._edges import INF, NAN, NO_SLOPE
from parity.sides import Side

__all__ = ["CASES"]


def _guessed_dim(side: Side, name: str, *inputs: npt.NDArray[Any]) -> Any:
    """The axis that is guessed where no dim is given, and the category of the warning about it."""
    found = []
    for x in inputs:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            output = side.find(name)()(side.array(x))
        found.append((output, [warning.category.__name__ for warning in caught]))
    return found


def _guessed_softmax_dim(side: Side, *inputs: npt.NDArray[Any]) -> Any:
    return _guessed_dim(side, "Softmax", *inputs)


def _guessed_log_softmax_dim(side: Side, *inputs: npt.NDArray[Any]) -> Any:
    return _guessed_dim(side, "LogSoftmax", *inputs)


def _guessed_softmin_dim(side: Side, *inputs: npt.NDArray[Any]) -> Any:
    return _guessed_dim(side, "Softmin", *inputs)


def _no_axes(side: Side, name: str) -> Any:
    return side.find(name)(dim=-1)(side.array(np.array(3.0)))


CASES = [
    Case(
        "Softmax",
        samples=(
            ModuleSample("rows", "the diagonal of the Jacobian only", {"dim": 1}, (normal(5, 4),)),
            ModuleSample("columns", "the wrong axis: columns must sum to 1", {"dim": 0}, (normal(5, 4),)),
            ModuleSample("middle axis", "an axis lost in the sum", {"dim": 1}, (normal(5, 4, 3),)),
            ModuleSample("last axis", "an axis counted from the end", {"dim": -1}, (normal(2, 5, 4, 3),)),
            ModuleSample("one input", "a batch axis taken for granted", {"dim": 0}, (normal(4),)),
            ModuleSample(
                "worked by hand",
                "probabilities 1, 3 and 4 eighths that do not sum to 1",
                {"dim": 0},
                (np.array([0.0, math.log(3.0), math.log(4.0)]),),
                expected={"forward": [0.125, 0.375, 0.5]},
            ),
            ModuleSample(
                "huge logits",
                "inf / inf, because the maximum was not taken away",
                {"dim": 1},
                (np.array([[1000.0, 0.0, -1000.0], [1000.0, 1000.0, 999.0], [-1000.0, -1000.0, -999.0]]),),
            ),
            ModuleSample("ties", "one winner among equals", {"dim": 1}, (np.full((2, 4), 3.0),)),
            ModuleSample(
                "masked out",
                "−inf that makes the row nan; it has probability 0, unless all are",
                {"dim": 1},
                (np.array([[-INF, 1.0, 2.0], [-INF, -INF, -INF], [INF, 0.0, 0.0], [NAN, 0.0, 0.0]]),),
                kink=NO_SLOPE,
            ),
            ModuleSample(
                "one class", "a probability other than 1 where there is no choice", {"dim": 1}, (normal(5, 1),)
            ),
            ModuleSample("empty batch", "a maximum of nothing", {"dim": 1}, (normal(0, 4),)),
            ModuleSample("no classes", "a maximum over an empty axis", {"dim": 1}, (normal(5, 0),)),
            ScriptSample(
                "no dim",
                "an axis guessed unlike PyTorch's: 0 for 1 and 3 axes, else 1, with a warning",
                inputs=(normal(), normal(4), normal(5, 4), normal(5, 4, 3), normal(2, 5, 4, 3)),
                script=_guessed_softmax_dim,
            ),
            ScriptSample(
                "no axes", "a number that cannot be its own probability", script=lambda side: _no_axes(side, "Softmax")
            ),
        ),
        errors=(
            ErrorSample("no such axis", IndexError, {"dim": 2}, (np.ones((5, 4)),)),
            ErrorSample("no such axis from the end", IndexError, {"dim": -3}, (np.ones((5, 4)),)),
            ErrorSample("integers", RuntimeError, {"dim": 0}, (np.ones(3, dtype=np.int64),)),
        ),
    ),
    Case(
        "LogSoftmax",
        samples=(
            ModuleSample("rows", "a gradient that forgets the other classes", {"dim": 1}, (normal(5, 4),)),
            ModuleSample("columns", "the wrong axis", {"dim": 0}, (normal(5, 4),)),
            ModuleSample("middle axis", "an axis lost in the sum", {"dim": 1}, (normal(5, 4, 3),)),
            ModuleSample("last axis", "an axis counted from the end", {"dim": -1}, (normal(2, 5, 4, 3),)),
            ModuleSample("one input", "a batch axis taken for granted", {"dim": 0}, (normal(4),)),
            ModuleSample(
                "worked by hand",
                "a logarithm of another base",
                {"dim": 0},
                (np.array([0.0, math.log(3.0), math.log(4.0)]),),
                expected={"forward": [math.log(1 / 8), math.log(3 / 8), math.log(1 / 2)]},
            ),
            ModuleSample(
                "huge logits",
                "log 0 = −inf for a probability that is only tiny",
                {"dim": 1},
                (np.array([[1000.0, 0.0, -1000.0], [1000.0, 1000.0, 999.0], [-1000.0, -1000.0, -999.0]]),),
                expected={
                    "forward": [
                        [0.0, -1000.0, -2000.0],
                        [-math.log(2 + math.exp(-1)), -math.log(2 + math.exp(-1)), -1 - math.log(2 + math.exp(-1))],
                        [
                            -1 - math.log(1 + 2 * math.exp(-1)),
                            -1 - math.log(1 + 2 * math.exp(-1)),
                            -math.log(1 + 2 * math.exp(-1)),
                        ],
                    ]
                },
            ),
            ModuleSample("ties", "one winner among equals", {"dim": 1}, (np.full((2, 4), 3.0),)),
            ModuleSample(
                "masked out",
                "−inf that makes the row nan; it stays −inf, unless all are",
                {"dim": 1},
                (np.array([[-INF, 1.0, 2.0], [-INF, -INF, -INF], [INF, 0.0, 0.0], [NAN, 0.0, 0.0]]),),
                kink=NO_SLOPE,
            ),
            ModuleSample("one class", "a value other than 0 where there is no choice", {"dim": 1}, (normal(5, 1),)),
            ModuleSample("empty batch", "a maximum of nothing", {"dim": 1}, (normal(0, 4),)),
            ModuleSample("no classes", "a maximum over an empty axis", {"dim": 1}, (normal(5, 0),)),
            ScriptSample(
                "no dim",
                "an axis guessed unlike PyTorch's: 0 for 1 and 3 axes, else 1, with a warning",
                inputs=(normal(4), normal(5, 4), normal(5, 4, 3), normal(2, 5, 4, 3)),
                script=_guessed_log_softmax_dim,
            ),
            ScriptSample(
                "no axes",
                "a number that cannot be its own probability",
                script=lambda side: _no_axes(side, "LogSoftmax"),
            ),
        ),
        errors=(
            ErrorSample("no such axis", IndexError, {"dim": 2}, (np.ones((5, 4)),)),
            ErrorSample("no such axis from the end", IndexError, {"dim": -3}, (np.ones((5, 4)),)),
            ErrorSample("integers", RuntimeError, {"dim": 0}, (np.ones(3, dtype=np.int64),)),
        ),
    ),
    Case(
        "Softmin",
        samples=(
            ModuleSample("rows", "a gradient of the softmax's sign", {"dim": 1}, (normal(5, 4),)),
            ModuleSample("middle axis", "an axis lost in the sum", {"dim": 1}, (normal(5, 4, 3),)),
            ModuleSample("last axis", "an axis counted from the end", {"dim": -1}, (normal(5, 4, 3),)),
            ModuleSample(
                "worked by hand",
                "the softmax: the smallest number has the largest probability",
                {"dim": 0},
                (np.array([0.0, -math.log(3.0), -math.log(4.0)]),),
                expected={"forward": [0.125, 0.375, 0.5]},
            ),
            ModuleSample(
                "huge numbers",
                "inf / inf, because the minimum was not taken away",
                {"dim": 1},
                (np.array([[1000.0, 0.0, -1000.0], [INF, 1.0, 2.0], [NAN, 0.0, 0.0]]),),
                kink=NO_SLOPE,
            ),
            ModuleSample("empty batch", "a minimum of nothing", {"dim": 1}, (normal(0, 4),)),
            ScriptSample(
                "no dim",
                "an axis guessed unlike PyTorch's: 0 for 1 and 3 axes, else 1, with a warning",
                inputs=(normal(4), normal(5, 4), normal(5, 4, 3), normal(2, 5, 4, 3)),
                script=_guessed_softmin_dim,
            ),
        ),
        errors=(
            ErrorSample("no such axis", IndexError, {"dim": 2}, (np.ones((5, 4)),)),
            ErrorSample("integers", RuntimeError, {"dim": 0}, (np.ones(3, dtype=np.int64),)),
        ),
    ),
    Case(
        "Softmax2d",
        samples=(
            ModuleSample("images", "places, not channels, that sum to 1", inputs=(normal(2, 5, 4, 3),)),
            ModuleSample("one image", "rows taken for channels where there is no batch", inputs=(normal(5, 4, 3),)),
            ModuleSample(
                "worked by hand",
                "a mean over places: the channels at a place are 1/4 and 3/4",
                inputs=(np.array([[[0.0, 2.0]], [[math.log(3.0), 2.0]]]),),
                expected={"forward": [[[0.25, 0.5]], [[0.75, 0.5]]]},
            ),
            ModuleSample(
                "huge logits",
                "inf / inf, because the maximum was not taken away",
                inputs=(np.array([[[1000.0]], [[-1000.0]]]),),
            ),
            ModuleSample("empty batch", "a maximum of nothing", inputs=(normal(0, 5, 4, 3),)),
        ),
        errors=(
            ErrorSample("two axes", ValueError, {}, (np.ones((5, 4)),)),
            ErrorSample("five axes", ValueError, {}, (np.ones((2, 5, 4, 3, 1)),)),
            ErrorSample("integers", RuntimeError, {}, (np.ones((5, 4, 3), dtype=np.int64),)),
        ),
    ),
]
