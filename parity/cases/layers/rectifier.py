"""Cases of the rectified linear units."""

from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import Case, ErrorSample, ModuleSample, ScriptSample, normal
from parity.cases.layers._edges import EDGES, INF, INTEGERS, KINK, NO_SLOPE
from parity.sides import Side

__all__ = ["CASES"]


def _where_the_stream_stands(side: Side, x: npt.NDArray[Any]) -> Any:
    """After a batch in training, and after one in evaluation."""
    rrelu = side.RReLU()
    first, after = rrelu(side.array(x)), side.get_rng_state()
    return first, after, rrelu.eval()(side.array(x)), side.get_rng_state()


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
        errors=(INTEGERS,),
    ),
    Case(
        "PReLU",
        samples=(
            ModuleSample(
                "one slope",
                "a gradient of the shared slope that is not summed over every axis",
                {"init": 0.1},
                (normal(5, 4, 3),),
            ),
            ModuleSample(
                "a slope a channel",
                "slopes along the last axis, where the channels are axis 1",
                {"num_parameters": 4},
                (normal(5, 4, 3),),
            ),
            ModuleSample("columns", "slopes for rows", {"num_parameters": 4}, (normal(5, 4),)),
            ModuleSample(
                "worked by hand",
                "a slope of 1 at exactly 0, where PyTorch takes the learned one",
                inputs=(np.array([-4.0, 0.0, 2.0]),),
                parameters={"weight": np.array([0.5])},
                expected={"forward": [-2.0, 0.0, 2.0]},
                kink=KINK,
            ),
            ModuleSample("edges", "nan turned into 0, or passed on whole", inputs=(EDGES,), kink=NO_SLOPE),
            ModuleSample("empty batch", "a sum of nothing", {"num_parameters": 4}, (normal(0, 4),)),
            ModuleSample("no channels", "a refusal of no slopes", {"num_parameters": 0}, (normal(5, 0),)),
            ScriptSample(
                "no axes",
                "a number that becomes an array",
                inputs=(np.array(-3.0),),
                script=lambda side, x: side.PReLU()(side.array(x)),
            ),
            ModuleSample(
                "dtype", "a dtype argument that is ignored", {"dtype": "float64"}, (normal(5, 4),), dtypes=("float64",)
            ),
        ),
        errors=(
            ErrorSample("less than none", RuntimeError, {"num_parameters": -1}),
            ErrorSample("rows for channels", RuntimeError, {"num_parameters": 5}, (np.ones((5, 4)),)),
            ErrorSample("one axis", RuntimeError, {"num_parameters": 2}, (np.ones(2),)),
            ErrorSample("another dtype", RuntimeError, {"dtype": "float32"}, (np.ones((5, 4)),)),
        ),
    ),
    Case(
        "RReLU",
        samples=(
            ModuleSample(
                "batch", "one slope for the whole batch, or slopes drawn anew in backward", inputs=(normal(5, 4, 3),)
            ),
            ModuleSample(
                "wide",
                "bounds that are ignored, or random slopes in evaluation",
                {"lower": -0.5, "upper": 2.0},
                (normal(5, 4),),
            ),
            ModuleSample(
                "worked by hand",
                "a slope of 1 at exactly 0, where PyTorch takes the random one",
                {"lower": 0.25, "upper": 0.25},
                (np.array([-4.0, 0.0, 2.0]),),
                expected={"forward": [-1.0, 0.0, 2.0]},
                kink=KINK,
            ),
            ModuleSample("edges", "nan turned into 0", inputs=(EDGES,), kink=NO_SLOPE),
            ScriptSample(
                "what is drawn",
                "a number drawn for what is positive, or in evaluation",
                inputs=(normal(5, 4),),
                script=_where_the_stream_stands,
            ),
        ),
        errors=(
            ErrorSample("bounds swapped", RuntimeError, {"lower": 0.5, "upper": 0.1}, (np.ones(3),)),
            ErrorSample("no upper bound", RuntimeError, {"upper": INF}, (np.ones(3),)),
            ErrorSample("no lower bound", RuntimeError, {"lower": -INF}, (np.ones(3),)),
            INTEGERS,
        ),
    ),
    Case(
        "Threshold",
        samples=(
            ModuleSample(
                "batch", "a gradient for what was replaced", {"threshold": 0.1, "value": 20.0}, (normal(5, 4, 3),)
            ),
            ModuleSample(
                "worked by hand",
                "what equals the threshold left as it is",
                {"threshold": 1.0, "value": -7.0},
                (np.array([0.5, 1.0, 1.5]),),
                expected={"forward": [-7.0, -7.0, 1.5]},
                kink="at the threshold the output jumps",
            ),
            ModuleSample(
                "edges", "nan replaced by the value", {"threshold": 0.0, "value": 3.0}, (EDGES,), kink=NO_SLOPE
            ),
        ),
        errors=(
            ErrorSample(
                "integers",
                RuntimeError,
                {"threshold": 1.0, "value": 2.0},
                (np.ones(3, dtype=np.int64),),
                only_ours="PyTorch takes them; they have no gradient, so this is a mistake",
            ),
        ),
    ),
]
