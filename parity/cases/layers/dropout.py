"""Cases of the layers that leave elements out at random."""

from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import Case, ErrorSample, ModuleSample, ScriptSample, normal
from parity.sides import Side

__all__ = ["CASES"]

MASK_ORDER = "PyTorch draws the mask in the order in which its input lies in memory"
NO_SLOPE = "not a number here"


def _other_layout(side: Side, x: npt.NDArray[Any]) -> Any:
    """Ours gets an activation that lies columns first, as after a convolution; PyTorch's activations lie rows first."""
    return side.Dropout(p=0.4)(side.array(np.asfortranarray(x) if side.name == "scratch" else x))


def _draws_nothing(side: Side, x: npt.NDArray[Any]) -> Any:
    """Where the generator stands after three dropouts that need no random number."""
    side.Dropout(p=0.0)(side.array(x))
    side.Dropout(p=1.0)(side.array(x))
    side.Dropout(p=0.5).eval()(side.array(x))
    return side.get_rng_state()


def _two_calls(side: Side, x: npt.NDArray[Any]) -> Any:
    dropout = side.Dropout()
    return dropout(side.array(x)), dropout(side.array(x))


CASES = [
    Case(
        "Dropout",
        samples=(
            ModuleSample(
                "default",
                "what is left not divided by 1 − p, or left as it is",
                inputs=(normal(5, 4),),
                layout=MASK_ORDER,
            ),
            ModuleSample(
                "rarely",
                "p taken for the probability to keep an element",
                {"p": 0.1},
                (normal(7, 5, 4),),
                layout=MASK_ORDER,
            ),
            ModuleSample("mostly", "a mask drawn anew in backward", {"p": 0.9}, (normal(7, 5, 4),), layout=MASK_ORDER),
            ModuleSample("never", "a division where nothing is dropped", {"p": 0.0}, (normal(5, 4),)),
            ModuleSample(
                "always", "0 / 0 at p = 1", {"p": 1.0}, (normal(2, 3),), expected={"forward": [[0.0] * 3] * 2}
            ),
            ModuleSample("empty batch", "a mask of nothing that draws", inputs=(normal(0, 4),)),
            ModuleSample("one number", "a mask for the batch instead of one for each element", inputs=(normal(1),)),
            ModuleSample(
                "infinity dropped",
                "dropped elements replaced by 0 where inf · 0 and nan · 0 are nan",
                {"p": 1.0},
                (np.array([np.inf, -np.inf, np.nan, 1.0]),),
                expected={"forward": [np.nan, np.nan, np.nan, 0.0]},
                kink=NO_SLOPE,
            ),
            ScriptSample(
                "view in another layout",
                "a mask drawn in the order of memory, which after a convolution is not PyTorch's",
                inputs=(normal(5, 4, 3),),
                script=_other_layout,
            ),
            ScriptSample(
                "generator",
                "numbers drawn at p = 0, at p = 1 or in evaluation",
                inputs=(normal(5, 4),),
                script=_draws_nothing,
            ),
            ScriptSample("two calls", "the same mask for every call", inputs=(normal(5, 4),), script=_two_calls),
        ),
        errors=(
            ErrorSample("p above one", ValueError, {"p": 1.5}),
            ErrorSample("p below zero", ValueError, {"p": -0.1}),
            ErrorSample("integers", RuntimeError, {}, (np.ones((5, 4), dtype=np.int64),)),
        ),
    ),
]
