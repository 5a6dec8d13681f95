"""Cases of the activation functions."""

import math
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import Case, ErrorSample, ModuleSample, ScriptSample, Tolerance, normal
from parity.sides import Side

__all__ = ["CASES"]

INF, NAN = np.inf, np.nan
EDGES = np.array([NAN, INF, -INF, 0.0, -0.0, 800.0, -800.0, 1e-30, -1e-30])
NO_SLOPE = "infinities have no difference quotient"
KINK = "at 0 the slope jumps"


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


def _no_axes(side: Side, name: str) -> Any:
    return side.find(name)(dim=-1)(side.array(np.array(3.0)))


CASES = [
    Case(
        "ReLU",
        samples=(
            ModuleSample("batch", "the absolute value, or a slope of 1 everywhere", inputs=(normal(5, 4, 3),)),
            ModuleSample(
                "worked by hand",
                "a slope of 1 at exactly 0",
                inputs=(np.array([-2.0, 0.0, 3.0]),),
                expected={"forward": [0.0, 0.0, 3.0]},
                kink=KINK,
            ),
            ModuleSample("edges", "nan turned into 0", inputs=(EDGES,), kink=NO_SLOPE),
            ModuleSample("empty batch", "a maximum of nothing", inputs=(normal(0, 4),)),
        ),
    ),
    Case(
        "LeakyReLU",
        samples=(
            ModuleSample("batch", "another slope than 0.01 by default", inputs=(normal(5, 4, 3),)),
            ModuleSample(
                "worked by hand",
                "a slope of 1 at exactly 0, where PyTorch takes the negative one",
                {"negative_slope": 0.5},
                (np.array([-4.0, 0.0, 2.0]),),
                expected={"forward": [-2.0, 0.0, 2.0]},
                kink=KINK,
            ),
            ModuleSample(
                "rising to the left",
                "max(x, a x), which holds for slopes up to 1 only",
                {"negative_slope": -0.5},
                (normal(5, 4),),
            ),
            ModuleSample("steep", "max(x, a x) again, with a slope above 1", {"negative_slope": 2.0}, (normal(5, 4),)),
            ModuleSample("edges", "nan turned into 0", {"negative_slope": 0.3}, (EDGES,), kink=NO_SLOPE),
            ModuleSample(
                "no slope",
                "0 for 0 · −inf, which is nan",
                {"negative_slope": 0.0},
                (EDGES,),
                kink=NO_SLOPE,
            ),
            ModuleSample("empty batch", "a slope of nothing", inputs=(normal(0, 4),)),
        ),
        errors=(ErrorSample("integers", RuntimeError, {}, (np.ones(3, dtype=np.int64),)),),
    ),
    Case(
        "Sigmoid",
        samples=(
            ModuleSample("batch", "a derivative of the output's sigmoid, σ(σ(x))", inputs=(normal(5, 4, 3, std=2.0),)),
            ModuleSample(
                "worked by hand",
                "exp(x) for exp(−x): 1 / (1 + 1/3) is 3/4",
                inputs=(np.array([0.0, math.log(3.0), -math.log(3.0)]),),
                expected={"forward": [0.5, 0.75, 0.25]},
            ),
            ModuleSample(
                "far out",
                "exp(x) / (1 + exp(x)), which is inf / inf",
                inputs=(np.array([1000.0, -1000.0, 80.0, -80.0, 30.0, -30.0]),),
                kink="flat beyond what a difference quotient resolves",
            ),
            ModuleSample(
                "tail",
                "a tail that is cut off or lost in rounding, as that of (1 + tanh(x/2)) / 2",
                inputs=(np.array([-20.0, -40.0, -60.0, -80.0]),),
                tolerance={"float64": Tolerance(rtol=1e-9, atol=0.0), "float32": Tolerance(rtol=1e-5, atol=0.0)},
            ),
            ModuleSample("edges", "nan or infinity mended", inputs=(EDGES,), kink=NO_SLOPE),
            ModuleSample("empty batch", "a sigmoid of nothing", inputs=(normal(0, 4),)),
        ),
        errors=(
            ErrorSample(
                "integers",
                RuntimeError,
                {},
                (np.ones(3, dtype=np.int64),),
                only_ours="PyTorch converts them to the default dtype; they have no gradient, so this is a mistake",
            ),
        ),
    ),
    Case(
        "Tanh",
        samples=(
            ModuleSample("batch", "a derivative 1 − x² of the input", inputs=(normal(5, 4, 3),)),
            ModuleSample(
                "worked by hand",
                "a sigmoid for a tanh: (3 − 1/3) / (3 + 1/3) is 4/5",
                inputs=(np.array([0.0, math.log(3.0), -math.log(3.0)]),),
                expected={"forward": [0.0, 0.8, -0.8]},
            ),
            ModuleSample(
                "far out",
                "exp(x) − exp(−x) over their sum, which is inf / inf",
                inputs=(np.array([1000.0, -1000.0, 20.0, -20.0]),),
                kink="flat beyond what a difference quotient resolves",
            ),
            ModuleSample("edges", "nan or infinity mended", inputs=(EDGES,), kink=NO_SLOPE),
            ModuleSample("empty batch", "a tanh of nothing", inputs=(normal(0, 4),)),
        ),
        errors=(
            ErrorSample(
                "integers",
                RuntimeError,
                {},
                (np.ones(3, dtype=np.int64),),
                only_ours="PyTorch converts them to the default dtype; they have no gradient, so this is a mistake",
            ),
        ),
    ),
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
                inputs=(normal(4), normal(5, 4), normal(5, 4, 3), normal(2, 5, 4, 3)),
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
]
