"""Cases of the classic smooth activation functions."""

import math

import numpy as np

from parity.cases import Case, ModuleSample, Tolerance, normal
from parity.cases.layers._edges import EDGES, INTEGERS, NO_SLOPE, PROMOTED

__all__ = ["CASES"]

CASES = [
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
        errors=(PROMOTED,),
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
        errors=(PROMOTED,),
    ),
    Case(
        "LogSigmoid",
        samples=(
            ModuleSample("batch", "the derivative σ for 1 − σ", inputs=(normal(5, 4, 3, std=2.0),)),
            ModuleSample(
                "worked by hand",
                "a logarithm of another base: of 1/2, 3/4 and 1/4",
                inputs=(np.array([0.0, math.log(3.0), -math.log(3.0)]),),
                expected={"forward": [math.log(1 / 2), math.log(3 / 4), math.log(1 / 4)]},
            ),
            ModuleSample("edges", "log 0 = −inf for a probability that is only tiny", inputs=(EDGES,), kink=NO_SLOPE),
            ModuleSample(
                "tail",
                "log(σ), whose tail 1 + exp(−x) rounds away",
                inputs=(np.array([20.0, 40.0, 60.0, 80.0]),),
                tolerance={"float64": Tolerance(rtol=1e-9, atol=0.0), "float32": Tolerance(rtol=1e-5, atol=0.0)},
            ),
        ),
        errors=(INTEGERS,),
    ),
    Case(
        "Softplus",
        samples=(
            ModuleSample("batch", "the derivative 1 − σ for σ", inputs=(normal(5, 4, 3, std=2.0),)),
            ModuleSample("beta", "a beta that stays in the derivative", {"beta": 3.0}, (normal(5, 4),)),
            ModuleSample(
                "worked by hand",
                "a sum that is not divided by beta: log(1 + 3) / 2",
                {"beta": 2.0},
                (np.array([0.0, math.log(3.0) / 2]),),
                expected={"forward": [math.log(2.0) / 2, math.log(2.0)]},
            ),
            ModuleSample(
                "threshold",
                "a threshold for x instead of beta x, or one that is not passed",
                {"beta": 2.0, "threshold": 1.0},
                (np.array([[-1.0, 0.4, 0.5], [0.6, 1.1, 3.0]]),),
                kink="at the threshold, 0.5, the output jumps",
            ),
            ModuleSample("edges", "inf for 800, whose exponential overflows", inputs=(EDGES,), kink=NO_SLOPE),
            ModuleSample(
                "tail",
                "log(1 + exp(x)), whose tail rounds away",
                inputs=(np.array([-20.0, -40.0, -60.0, -80.0]),),
                tolerance={"float64": Tolerance(rtol=1e-9, atol=0.0), "float32": Tolerance(rtol=1e-5, atol=0.0)},
            ),
        ),
        errors=(INTEGERS,),
    ),
    Case(
        "Softsign",
        samples=(
            ModuleSample("batch", "a derivative 1 / (1 + |x|) that is not squared", inputs=(normal(5, 4, 3, std=2.0),)),
            ModuleSample(
                "worked by hand",
                "x for |x| in the denominator: −3 / (1 + 3)",
                inputs=(np.array([-3.0, -1.0, 0.0, 1.0, 3.0]),),
                expected={"forward": [-0.75, -0.5, 0.0, 0.5, 0.75]},
            ),
            ModuleSample("edges", "1 for inf / inf, which is nan", inputs=(EDGES,), kink=NO_SLOPE),
        ),
        errors=(PROMOTED,),
    ),
]
