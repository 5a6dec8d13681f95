"""Cases of the activation functions that multiply a value by a gate."""

import math

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ModuleSample, Tolerance, normal
from parity.cases.layers._edges import EDGES, INTEGERS, NO_SLOPE

__all__ = ["CASES"]

CASES = [
    Case(
        "SiLU",
        samples=(
            ModuleSample("batch", "the gate's own derivative forgotten", inputs=(normal(5, 4, 3, std=2.0),)),
            ModuleSample(
                "worked by hand",
                "the sigmoid alone: σ(log 3) is 3/4, and it multiplies log 3",
                inputs=(np.array([0.0, math.log(3.0), -math.log(3.0)]),),
                expected={"forward": [0.0, 0.75 * math.log(3.0), -0.25 * math.log(3.0)]},
            ),
            ModuleSample("edges", "0 for 0 · −inf, which is nan", inputs=(EDGES,), kink=NO_SLOPE),
        ),
        errors=(INTEGERS,),
    ),
    Case(
        "GELU",
        samples=(
            ModuleSample("batch", "the density φ forgotten in the derivative", inputs=(normal(5, 4, 3, std=2.0),)),
            ModuleSample(
                "tanh",
                "the exact form where the approximate one was asked for",
                {"approximate": "tanh"},
                (normal(5, 4, 3, std=2.0),),
            ),
            ModuleSample(
                "worked by hand",
                "the approximate form, which differs in the fourth digit: Φ(1) is 0.84134474606854 in a table",
                inputs=(np.array([-1.0, 0.0, 1.0, 2.0]),),
                expected={"forward": [0.8413447460685429 - 1, 0.0, 0.8413447460685429, 2 * 0.9772498680518208]},
            ),
            ModuleSample(
                "far out",
                "a branch of erf that is wrong for large numbers",
                inputs=(np.array([-1000.0, -40.0, -9.0, -6.0, -0.7, 0.7, 6.0, 9.0, 40.0, 1000.0]),),
                kink="flat beyond what a difference quotient resolves",
            ),
            ModuleSample(
                "tanh far out", "a cube that overflows to nan", {"approximate": "tanh"}, (EDGES,), kink=NO_SLOPE
            ),
            ModuleSample("edges", "0 for 0 · −inf, which is nan", inputs=(EDGES,), kink=NO_SLOPE, dtypes=("float64",)),
        ),
        errors=(ErrorSample("no such form", RuntimeError, {"approximate": "sigmoid"}, (np.ones(3),)), INTEGERS),
        differences=(
            Difference(
                "GELU() of ∞ in float32 is ∞",
                "there PyTorch's float32 gives nan, and its float64 ∞, which is the limit",
            ),
        ),
    ),
    Case(
        "Mish",
        samples=(
            ModuleSample(
                "batch", "the softplus's derivative, a sigmoid, forgotten", inputs=(normal(5, 4, 3, std=2.0),)
            ),
            ModuleSample(
                "worked by hand",
                "a sigmoid for the tanh: tanh(log 3) is 8/10, tanh(log(3/2)) is 5/13",
                inputs=(np.array([0.0, math.log(2.0), -math.log(2.0)]),),
                expected={"forward": [0.0, 0.8 * math.log(2.0), -5 / 13 * math.log(2.0)]},
            ),
            ModuleSample("edges", "inf / inf from the square of an exponential", inputs=(EDGES,), kink=NO_SLOPE),
            ModuleSample(
                "far out",
                "a tail that is cut off, or a gate that stops short of 1",
                inputs=(np.array([-80.0, -40.0, -20.0, 10.0, 19.0, 21.0, 40.0]),),
                tolerance={"float64": Tolerance(rtol=1e-9, atol=0.0), "float32": Tolerance(rtol=1e-5, atol=0.0)},
                kink="flat beyond what a difference quotient resolves",
            ),
        ),
        errors=(INTEGERS,),
    ),
    Case(
        "GLU",
        samples=(
            ModuleSample("last axis", "the halves swapped, or every second element", inputs=(normal(5, 3, 4),)),
            ModuleSample("first axis", "an axis that is ignored", {"dim": 0}, (normal(6, 5),)),
            ModuleSample("middle axis", "halves put together along another axis", {"dim": -2}, (normal(5, 4, 3),)),
            ModuleSample(
                "worked by hand",
                "the value left out of the gate's gradient, or the gate of the value's",
                inputs=(np.array([4.0, 8.0, 0.0, math.log(3.0)]),),
                expected={"forward": [2.0, 6.0]},
            ),
            ModuleSample(
                "edges", "0 for 0 · inf, which is nan", inputs=(np.stack([EDGES, EDGES[::-1]], axis=1),), kink=NO_SLOPE
            ),
            ModuleSample("empty batch", "a half of nothing", inputs=(normal(0, 4),)),
        ),
        errors=(
            ErrorSample("odd", RuntimeError, {"dim": 0}, (np.ones((5, 4)),)),
            ErrorSample("no axes", RuntimeError, {}, (np.array(1.0),)),
            ErrorSample("no such axis", IndexError, {"dim": 2}, (np.ones((5, 4)),)),
            ErrorSample("integers", RuntimeError, {}, (np.ones(4, dtype=np.int64),)),
        ),
    ),
]
