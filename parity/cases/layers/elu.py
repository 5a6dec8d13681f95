"""Cases of the exponential linear units."""

import math

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ModuleSample, Tolerance, normal
from parity.cases.layers._edges import INTEGERS, KINK, NO_SLOPE, NUMBERS, nan_stays

__all__ = ["CASES"]

CASES = [
    Case(
        "ELU",
        samples=(
            ModuleSample("batch", "another alpha than 1 by default", inputs=(normal(5, 4, 3),)),
            ModuleSample("alpha", "an alpha that is left out of the derivative", {"alpha": 1.5}, (normal(5, 4),)),
            ModuleSample(
                "worked by hand",
                "a slope of 1 at exactly 0, where PyTorch takes alpha: 2 (1/2 − 1) is −1",
                {"alpha": 2.0},
                (np.array([-math.log(2.0), 0.0, 3.0]),),
                expected={"forward": [-1.0, 0.0, 3.0]},
                kink=KINK,
            ),
            ModuleSample(
                "below zero",
                "the side told by the output's sign, which a negative alpha turns",
                {"alpha": -0.5},
                (normal(5, 4),),
            ),
            ModuleSample(
                "extremes", "inf · 0 from an exponential that nobody asked for", inputs=(NUMBERS,), kink=NO_SLOPE
            ),
            ModuleSample(
                "tiny",
                "exp(x) − 1, which loses the digits of a small x",
                inputs=(np.array([-1e-7, -1e-12, -1e-20, 1e-20]),),
                tolerance={"float64": Tolerance(rtol=1e-9, atol=0.0), "float32": Tolerance(rtol=1.3e-6, atol=0.0)},
            ),
            nan_stays(lambda side: side.ELU()),
        ),
        errors=(INTEGERS,),
    ),
    Case(
        "CELU",
        samples=(
            ModuleSample("batch", "another alpha than 1 by default", inputs=(normal(5, 4, 3),)),
            ModuleSample("alpha", "a derivative still multiplied by alpha", {"alpha": 0.25}, (normal(5, 4),)),
            ModuleSample(
                "worked by hand",
                "exp(x) for exp(x / alpha): 2 (exp(−log 2) − 1) is −1",
                {"alpha": 2.0},
                (np.array([-2.0 * math.log(2.0), 0.0, 3.0]),),
                expected={"forward": [-1.0, 0.0, 3.0]},
            ),
            ModuleSample(
                "extremes",
                "inf · 0 from an exponential that nobody asked for",
                {"alpha": 0.5},
                (NUMBERS,),
                kink=NO_SLOPE,
            ),
            ModuleSample(
                "negative alpha",
                "an overflow that is refused",
                {"alpha": -0.5},
                (np.array([-1000.0, -1.0, 0.0, 1.0]),),
                kink=KINK,
            ),
            nan_stays(lambda side: side.CELU()),
        ),
        errors=(ErrorSample("no alpha", RuntimeError, {"alpha": 0.0}, (np.ones(3),)), INTEGERS),
        differences=(
            Difference(
                "CELU's gradient in float64 is that of alpha",
                "PyTorch's is that of alpha rounded to float32, which for 0.3 differs in the eighth digit",
            ),
        ),
    ),
    Case(
        "SELU",
        samples=(
            ModuleSample("batch", "the scale left out of the derivative", inputs=(normal(5, 4, 3),)),
            ModuleSample(
                "worked by hand",
                "the two constants swapped: the slope to the right is 1.0507, and −1.7581 the floor",
                inputs=(np.array([-1000.0, -math.log(2.0), 0.0, 1.0]),),
                expected={"forward": [-1.7580993408473766, -1.7580993408473766 / 2, 0.0, 1.0507009873554805]},
                kink=KINK,
            ),
            ModuleSample(
                "extremes", "inf · 0 from an exponential that nobody asked for", inputs=(NUMBERS,), kink=NO_SLOPE
            ),
            nan_stays(lambda side: side.SELU()),
        ),
        errors=(INTEGERS,),
    ),
]
