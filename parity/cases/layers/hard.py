"""Cases of the activation functions of straight pieces."""

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ModuleSample, normal
from parity.cases.layers._edges import EDGES, INTEGERS, NO_SLOPE, NUMBERS, PROMOTED, nan_stays

__all__ = ["CASES"]

CASES = [
    Case(
        "Hardtanh",
        samples=(
            ModuleSample("batch", "other bounds than ±1 by default", inputs=(normal(5, 4, 3, std=2.0),)),
            ModuleSample(
                "worked by hand",
                "a slope of 1 at a bound, or bounds that are swapped",
                {"min_val": -1.0, "max_val": 2.0},
                (np.array([-3.0, -1.0, 0.5, 2.0, 3.0]),),
                expected={"forward": [-1.0, -1.0, 0.5, 2.0, 2.0]},
                kink="at the bounds the slope jumps",
            ),
            ModuleSample("extremes", "infinity that passes a bound", inputs=(NUMBERS,), kink=NO_SLOPE),
            nan_stays(lambda side: side.Hardtanh()),
        ),
        errors=(
            ErrorSample("bounds swapped", AssertionError, {"min_val": 2.0, "max_val": 1.0}),
            ErrorSample("nothing between", AssertionError, {"min_val": 1.0, "max_val": 1.0}),
            PROMOTED,
        ),
        differences=(
            Difference("no min_value", "deprecated in favour of `min_val`", argument="min_value"),
            Difference("no max_value", "deprecated in favour of `max_val`", argument="max_value"),
        ),
    ),
    Case(
        "ReLU6",
        samples=(
            ModuleSample("batch", "a ReLU that does not stop at 6", inputs=(normal(5, 4, 3, std=6.0),)),
            ModuleSample(
                "worked by hand",
                "a slope of 1 at 0 or at 6",
                inputs=(np.array([-1.0, 0.0, 5.0, 6.0, 7.0]),),
                expected={"forward": [0.0, 0.0, 5.0, 6.0, 6.0]},
                kink="at 0 and 6 the slope jumps",
            ),
            ModuleSample("extremes", "infinity that passes the bound", inputs=(NUMBERS,), kink=NO_SLOPE),
            nan_stays(lambda side: side.ReLU6()),
        ),
        errors=(PROMOTED,),
    ),
    Case(
        "Hardsigmoid",
        samples=(
            ModuleSample("batch", "a slope of 1/4, the sigmoid's, or of 1/5", inputs=(normal(5, 4, 3, std=3.0),)),
            ModuleSample(
                "worked by hand",
                "a slope other than 0 at a kink, −3 or 3",
                inputs=(np.array([-3.0, 0.0, 1.5, 3.0]),),
                expected={"forward": [0.0, 0.5, 0.75, 1.0]},
                kink="at ±3 the slope jumps",
            ),
            ModuleSample("edges", "nan turned into a number, or a slope for it", inputs=(EDGES,), kink=NO_SLOPE),
        ),
        errors=(INTEGERS,),
    ),
    Case(
        "Hardswish",
        samples=(
            ModuleSample("batch", "the gate's own derivative forgotten", inputs=(normal(5, 4, 3, std=3.0),)),
            ModuleSample(
                "worked by hand",
                "a slope of −1/2 at −3 or of 3/2 at 3, where PyTorch takes the outer ones",
                inputs=(np.array([-3.0, -1.5, 0.0, 1.5, 3.0]),),
                expected={"forward": [0.0, -0.375, 0.0, 1.125, 3.0]},
                kink="at ±3 the slope jumps",
            ),
            ModuleSample("extremes", "0 for 0 · −inf, which is nan", inputs=(NUMBERS,), kink=NO_SLOPE),
            nan_stays(lambda side: side.Hardswish()),
        ),
        errors=(INTEGERS,),
    ),
]
