"""Cases of the activation functions that move numbers toward 0."""

import math

import numpy as np

from parity.cases import Case, ErrorSample, ModuleSample, normal
from parity.cases.layers._edges import EDGES, INTEGERS, NO_SLOPE, NUMBERS, PROMOTED, nan_stays

__all__ = ["CASES"]

CASES = [
    Case(
        "Hardshrink",
        samples=(
            ModuleSample("batch", "a gap on one side only, or another than ±0.5 by default", inputs=(normal(5, 4, 3),)),
            ModuleSample(
                "worked by hand",
                "what lies on the edge of the gap let through",
                {"lambd": 1.5},
                (np.array([-2.0, -1.5, 0.0, 1.5, 1.75]),),
                expected={"forward": [-2.0, 0.0, 0.0, 0.0, 1.75]},
                kink="at the edges of the gap the output jumps",
            ),
            ModuleSample("no gap", "a gap of negative width, which is none", {"lambd": -0.5}, (normal(5, 4),)),
            ModuleSample("extremes", "infinity that is moved", inputs=(NUMBERS,), kink=NO_SLOPE),
            nan_stays(lambda side: side.Hardshrink()),
        ),
        errors=(INTEGERS,),
    ),
    Case(
        "Softshrink",
        samples=(
            ModuleSample("batch", "a jump, as Hardshrink has, or another lambd than 0.5", inputs=(normal(5, 4, 3),)),
            ModuleSample(
                "worked by hand",
                "a slope of 1 at a kink, or the same amount taken from both sides",
                {"lambd": 1.5},
                (np.array([-2.0, -1.5, 0.0, 1.5, 1.75]),),
                expected={"forward": [-0.5, 0.0, 0.0, 0.0, 0.25]},
                kink="at the edges of the gap the slope jumps",
            ),
            ModuleSample("no gap", "a slope of 1 at 0, which stays a kink", {"lambd": 0.0}, (NUMBERS,), kink=NO_SLOPE),
            ModuleSample("extremes", "inf − inf, which is nan", inputs=(NUMBERS,), kink=NO_SLOPE),
            nan_stays(lambda side: side.Softshrink()),
        ),
        errors=(ErrorSample("negative", RuntimeError, {"lambd": -0.5}, (np.ones(3),)), INTEGERS),
    ),
    Case(
        "Tanhshrink",
        samples=(
            ModuleSample("batch", "a derivative 1 − tanh², the tanh's own", inputs=(normal(5, 4, 3),)),
            ModuleSample(
                "worked by hand",
                "the tanh alone: that of log 3 is 4/5",
                inputs=(np.array([0.0, math.log(3.0), -math.log(3.0)]),),
                expected={"forward": [0.0, math.log(3.0) - 0.8, 0.8 - math.log(3.0)]},
            ),
            ModuleSample("edges", "nan or infinity mended", inputs=(EDGES,), kink=NO_SLOPE),
        ),
        errors=(PROMOTED,),
    ),
]
