"""Cases of the layers that enlarge images, or shrink them."""

from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import Case, Difference, ErrorSample, ModuleSample, ScriptSample, normal
from parity.sides import Side

__all__ = ["CASES"]

SIGNAL = (np.array([[[1.0, 3.0]]]),)
ONES = (np.ones((2, 3, 5, 4)),)


def _any_axes(side: Side, *inputs: npt.NDArray[Any]) -> Any:
    modes = ("nearest", "nearest-exact", "area")
    return [side.Upsample(size=3, mode=mode)(side.array(x)) for mode in modes for x in inputs]


AT_ONCE = Difference(
    "bad size, scale_factor, mode, align_corners or recompute_scale_factor",
    "they are refused at once, when the layer is built; PyTorch waits for an input",
)
NEAREST = Difference(
    "nearest, with a scale_factor that is not the ratio of the sizes, where an axis keeps its size or doubles;"
    " nearest-exact, where a position lies a last digit from the border of two elements",
    "the gradient is the derivative of the forward; PyTorch's belongs to other places on one and on three axes, and"
    " with two axes its forward takes others in large images than in small ones",
)

CASES = [
    Case(
        "Upsample",
        samples=(
            ModuleSample("nearest", "rows and columns exchanged", {"scale_factor": (2.0, 3.0)}, (normal(2, 3, 5, 4),)),
            ModuleSample(
                "nearest, worked by hand",
                "the middle of the element where its beginning counts: ⌊o / 1.5⌋ is 0, 0, 1, 2, 2, 3",
                {"scale_factor": 1.5},
                (np.array([[[1.0, 2.0, 3.0, 4.0]]]),),
                expected={"forward": [[[1.0, 1.0, 2.0, 3.0, 3.0, 4.0]]]},
            ),
            ModuleSample(
                "nearest, given factor",
                "the ratio of the rounded sizes in place of the factor",
                {"scale_factor": 1.7, "recompute_scale_factor": False},
                (normal(2, 3, 7),),
            ),
            ModuleSample(
                "nearest, recomputed factor",
                "the factor in place of the ratio of the rounded sizes",
                {"scale_factor": 1.7, "recompute_scale_factor": True},
                (normal(2, 3, 7),),
            ),
            ModuleSample(
                "nearest, smaller, infinities",
                "an infinity that spoils its neighbours, as 0 · ∞ in a matrix product does",
                {"size": (2, 3)},
                (np.array([[[[1.0, np.inf, 3.0, 4.0], [5.0, 6.0, -np.inf, np.nan], [7.0, 8.0, 9.0, 0.0]]]]),),
                kink="an infinity has no slope",
            ),
            ModuleSample(
                "nearest-exact",
                "the beginning of the element where its middle counts",
                {"size": (7, 3), "mode": "nearest-exact"},
                (normal(2, 3, 5, 4),),
            ),
            ModuleSample(
                "area",
                "windows that do not overlap where the sizes do not divide",
                {"size": (3, 7), "mode": "area"},
                (normal(2, 3, 5, 4),),
            ),
            ModuleSample(
                "area, infinities",
                "an infinity that spoils the means of others",
                {"size": (3,), "mode": "area"},
                (np.array([[[1.0, 3.0, np.inf, 2.0]]]),),
                expected={"forward": [[[2.0, np.inf, np.inf]]]},
                kink="an infinity has no slope",
            ),
            ModuleSample(
                "linear, worked by hand",
                "positions that are not half a pixel apart: a quarter and three quarters",
                {"scale_factor": 2, "mode": "linear"},
                SIGNAL,
                expected={"forward": [[[1.0, 1.5, 2.5, 3.0]]]},
            ),
            ModuleSample(
                "linear, corners aligned, worked by hand",
                "corners that move",
                {"size": 5, "mode": "linear", "align_corners": True},
                SIGNAL,
                expected={"forward": [[[1.0, 1.5, 2.0, 2.5, 3.0]]]},
            ),
            ModuleSample(
                "linear, factor without effect",
                "an axis interpolated although its size stays",
                {"scale_factor": 1.2, "mode": "linear"},
                (normal(3, 2, 4),),
            ),
            ModuleSample(
                "bilinear",
                "factors of height and width exchanged",
                {"scale_factor": (1.7, 2.2), "mode": "bilinear"},
                (normal(2, 3, 5, 4),),
            ),
            ModuleSample(
                "bilinear, one pixel",
                "a division by the O − 1 = 0 steps between corners",
                {"size": (1, 3), "mode": "bilinear", "align_corners": True},
                (normal(2, 3, 4, 1),),
            ),
            ModuleSample(
                "bicubic",
                "positions before the border moved onto it, or a kernel with a = −0.5",
                {"scale_factor": 1.5, "mode": "bicubic", "align_corners": False},
                (normal(2, 1, 5, 4),),
            ),
            ModuleSample(
                "bicubic, corners aligned",
                "neighbours beyond the border taken for zeros",
                {"size": (7, 3), "mode": "bicubic", "align_corners": True},
                (normal(1, 2, 4, 5),),
            ),
            ModuleSample(
                "trilinear",
                "two axes interpolated and the third repeated",
                {"size": (2, 4, 5), "mode": "trilinear"},
                (normal(1, 2, 3, 2, 4),),
            ),
            ScriptSample(
                "signals and volumes",
                "a mode for images that is refused elsewhere",
                inputs=(normal(2, 3, 5), normal(1, 2, 3, 2, 4)),
                script=_any_axes,
            ),
            ModuleSample("empty batch", "a mean of nothing", {"scale_factor": 2}, (normal(0, 3, 5, 4),)),
        ),
        errors=(
            ErrorSample("no size", ValueError, {}, ONES),
            ErrorSample("a factor of 0", ValueError, {"scale_factor": 0}, ONES),
            ErrorSample("size and factor", ValueError, {"size": 7, "scale_factor": 2.0}, ONES),
            ErrorSample("too many sizes", ValueError, {"size": (7, 8, 9)}, ONES),
            ErrorSample("too many factors", ValueError, {"scale_factor": (2.0, 2.0, 2.0)}, ONES),
            ErrorSample("size of floats", TypeError, {"size": (7.5, 8)}, ONES),
            ErrorSample("a list of factors", TypeError, {"scale_factor": [2.0, 2.0]}),
            ErrorSample("negative factor", RuntimeError, {"scale_factor": -2.0}, ONES),
            ErrorSample("vanishing factor", RuntimeError, {"scale_factor": (2.0, 0.0)}, ONES),
            ErrorSample("infinite factor", RuntimeError, {"scale_factor": float("inf")}, ONES),
            ErrorSample("factor too small", RuntimeError, {"scale_factor": 0.1}, ONES),
            ErrorSample("size of 0", RuntimeError, {"size": (0, 4)}, ONES),
            ErrorSample("no pixel", RuntimeError, {"scale_factor": 2}, (np.ones((2, 3, 0, 4)),)),
            ErrorSample("no channels", RuntimeError, {"scale_factor": 2}, (np.ones((2, 0, 5, 4)),)),
            ErrorSample("align_corners of nearest", ValueError, {"size": 7, "align_corners": False}, ONES),
            ErrorSample("recompute without a factor", ValueError, {"size": 7, "recompute_scale_factor": True}, ONES),
            ErrorSample("unknown mode", NotImplementedError, {"size": 7, "mode": "cubic"}, ONES),
            ErrorSample("too few axes", NotImplementedError, {"size": 7}, (np.ones((3, 4)),)),
            ErrorSample("another mode's axes", NotImplementedError, {"size": 7, "mode": "linear"}, ONES),
            ErrorSample("integers", RuntimeError, {"size": 7}, (np.ones((2, 3, 5, 4), np.int64),)),
        ),
        differences=(
            AT_ONCE,
            NEAREST,
            Difference(
                "bicubic, with a scale_factor that leaves both sizes as they are",
                "the gradient is the derivative of the forward; PyTorch interpolates, and copies backward",
            ),
            Difference(
                "area, to a size of 0 or without channels",
                "refused, as in the other modes; PyTorch has an empty result",
            ),
            Difference(
                "an infinite upstream gradient", "makes nan of its whole row, where PyTorch keeps it in one place"
            ),
            Difference(
                "lanczos", "is refused in other words; PyTorch's own layer cannot ask for the antialias that it needs"
            ),
        ),
    ),
    Case(
        "UpsamplingBilinear2d",
        samples=(
            ModuleSample("size", "corners that move", {"size": (7, 2)}, (normal(2, 3, 5, 4),)),
            ModuleSample(
                "scale_factor",
                "factors of height and width exchanged",
                {"scale_factor": (2.0, 1.5)},
                (normal(2, 3, 5, 4),),
            ),
            ModuleSample(
                "worked by hand",
                "a step of I / O where corners are aligned",
                {"size": (1, 3)},
                (np.array([[[[1.0, 3.0]]]]),),
                expected={"forward": [[[[1.0, 2.0, 3.0]]]]},
            ),
        ),
        errors=(
            ErrorSample("a signal", NotImplementedError, {"scale_factor": 2}, (np.ones((2, 3, 5)),)),
            ErrorSample("no size", ValueError, {}, ONES),
        ),
        differences=(AT_ONCE,),
    ),
    Case(
        "UpsamplingNearest2d",
        samples=(
            ModuleSample(
                "scale_factor",
                "factors of height and width exchanged",
                {"scale_factor": (2.0, 1.5)},
                (normal(2, 3, 5, 4),),
            ),
            ModuleSample("size", "an image that cannot become smaller", {"size": (3, 6)}, (normal(2, 3, 5, 4),)),
            ModuleSample(
                "factor beyond the double",
                "a factor that counts although an axis just doubles",
                {"scale_factor": 2.2},
                (normal(2, 3, 4, 3),),
            ),
        ),
        errors=(
            ErrorSample("three factors", ValueError, {"scale_factor": (2.0, 2.0, 2.0)}, ONES),
            ErrorSample("no size", ValueError, {}, ONES),
        ),
        differences=(AT_ONCE, NEAREST),
    ),
]
