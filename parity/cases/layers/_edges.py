"""What the cases of several activation functions share."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import ErrorSample, ScriptSample
from parity.sides import Side

__all__ = ["EDGES", "INF", "INTEGERS", "KINK", "NAN", "NO_SLOPE", "NUMBERS", "PROMOTED", "nan_stays"]

INF, NAN = np.inf, np.nan
EDGES = np.array([NAN, INF, -INF, 0.0, -0.0, 800.0, -800.0, 1e-30, -1e-30])
NUMBERS = EDGES[1:]
NO_SLOPE = "infinities have no difference quotient"
KINK = "at 0 the slope jumps"

INTEGERS = ErrorSample("integers", RuntimeError, {}, (np.ones(3, dtype=np.int64),))
PROMOTED = ErrorSample(
    "integers",
    RuntimeError,
    {},
    (np.ones(3, dtype=np.int64),),
    only_ours="PyTorch takes them; they have no gradient, so this is a mistake",
)


def nan_stays(build: Callable[[Side], Any]) -> ScriptSample:
    """The output for nan alone: which gradient PyTorch gives there depends on where in the array the nan stands."""

    def script(side: Side, x: npt.NDArray[Any]) -> Any:
        return build(side)(side.array(x))

    return ScriptSample("nan", "nan turned into a number", inputs=(np.array([NAN, 0.7, -0.7]),), script=script)
