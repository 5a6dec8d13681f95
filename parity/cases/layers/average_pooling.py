"""Cases of average and power-average pooling."""

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ModuleSample, normal, uniform
from parity.cases.layers._pooling import EXTREMES, INFINITE, NAN, TUPLES, bad_images, bad_windows, integers_refused

__all__ = ["CASES"]

INF = np.inf
IMAGES = (normal(2, 3, 7, 5),)
INTEGERS = "PyTorch takes some of them; they have no gradient, so this is a mistake"
NEGATIVE = "the root of what is negative is nan"
ZERO = "at 0 PyTorch takes a slope of 0"

# Their squares overflow; the largest of EXTREMES do not do, for PyTorch's slope doubles them, and ∞ times 0 is nan.
SQUARES_OVERFLOW = np.where(np.abs(EXTREMES) == 1e308, 1e200, EXTREMES)

UNCOMMON = Difference(
    "infinite or nan elements, in the gradient",
    "what the chain of powers gives; PyTorch's passes through sign and relu, which may make a nan 0, or a −0 a 0",
)
LP_TUPLES = Difference(
    "tuples of too few or too many numbers",
    "they are refused with a RuntimeError, as by the other layers, and LPPool1d takes a kernel_size of (k,); PyTorch"
    " raises a ValueError, and in LPPool1d a TypeError",
)


def bad_power(*image: int) -> ErrorSample:
    return ErrorSample("power 0", ZeroDivisionError, {"norm_type": 0, "kernel_size": 2}, (np.ones((2, 3, *image)),))


CASES = [
    Case(
        "AvgPool1d",
        samples=(
            ModuleSample("batch", "a gradient that is not divided", {"kernel_size": 2}, (normal(5, 3, 7),)),
            ModuleSample(
                "overlapping windows",
                "a gradient that is overwritten where windows overlap",
                {"kernel_size": 3, "stride": 2, "padding": 1},
                (normal(5, 3, 7),),
            ),
            ModuleSample(
                "padding not counted",
                "zeros of the padding that are counted",
                {"kernel_size": (4,), "stride": (2,), "padding": (2,), "count_include_pad": False},
                (normal(5, 3, 7),),
            ),
            ModuleSample(
                "ceil_mode",
                "a mean that counts what overhangs the padding",
                {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
                (normal(5, 3, 6),),
            ),
            ModuleSample("unbatched", "a batch axis taken for granted", {"kernel_size": 2}, (normal(3, 7),)),
            ModuleSample(
                "extremes",
                "infinity or nan mended",
                {"kernel_size": 2},
                (EXTREMES,),
                dtypes=("float64",),
                kink=INFINITE,
            ),
            ModuleSample("empty batch", "a mean of nothing", {"kernel_size": 2}, (normal(0, 3, 7),)),
            ModuleSample(
                "worked by hand",
                "a sum where a mean is meant",
                {"kernel_size": 2},
                (np.array([[1.0, 3.0, 0.0, 7.0, 9.0]]),),
                expected={"forward": [[2.0, 3.5]]},
            ),
        ),
        errors=(
            *bad_windows({"kernel_size": 2}, 7),
            *bad_images({"kernel_size": 2}, 7),
            integers_refused({"kernel_size": 2}, 7, why=INTEGERS),
        ),
        differences=(TUPLES[1],),
    ),
    Case(
        "AvgPool2d",
        samples=(
            ModuleSample("batch", "a stride of 1 where none is given", {"kernel_size": 2}, IMAGES),
            ModuleSample(
                "unequal sides",
                "height and width swapped",
                {"kernel_size": (3, 2), "stride": (2, 1), "padding": (0, 1)},
                IMAGES,
            ),
            ModuleSample(
                "gaps", "a gradient in rows that no window looks at", {"kernel_size": 1, "stride": (3, 2)}, IMAGES
            ),
            ModuleSample(
                "padding not counted",
                "zeros of the padding that are counted",
                {"kernel_size": (4, 3), "stride": (1, 2), "padding": (2, 1), "count_include_pad": False},
                IMAGES,
            ),
            ModuleSample(
                "ceil_mode",
                "a mean that counts what overhangs the padding, or not even the padding",
                {"kernel_size": (4, 3), "stride": (3, 2), "padding": (2, 1), "ceil_mode": True},
                (normal(2, 3, 8, 6),),
            ),
            ModuleSample(
                "ceil_mode, padding not counted",
                "a mean that counts the padding behind the image",
                {
                    "kernel_size": (4, 3),
                    "stride": (3, 2),
                    "padding": (2, 1),
                    "ceil_mode": True,
                    "count_include_pad": False,
                },
                (normal(2, 3, 8, 6),),
            ),
            ModuleSample(
                "ceil_mode, window in the padding",
                "a last window that begins in the padding below",
                {"kernel_size": 2, "stride": (3, 2), "padding": 1, "ceil_mode": True},
                (normal(2, 3, 4, 5),),
            ),
            ModuleSample(
                "ceil_mode, image smaller than the window",
                "an image that is refused although a window begins inside it",
                {"kernel_size": 3, "stride": 2, "ceil_mode": True},
                (normal(4, 3, 2, 5),),
            ),
            ModuleSample(
                "divisor",
                "a divisor that replaces the mean in the forward only, or not in the padding",
                {"kernel_size": 3, "stride": 2, "padding": 1, "divisor_override": -7},
                IMAGES,
            ),
            ModuleSample("unbatched", "a batch axis taken for granted", {"kernel_size": 2}, (normal(3, 7, 5),)),
            ModuleSample("one channel", "an axis of size one squeezed away", {"kernel_size": 2}, (normal(1, 1, 4, 2),)),
            ModuleSample("empty batch", "a mean of nothing", {"kernel_size": 2}, (normal(0, 3, 7, 5),)),
            ModuleSample(
                "worked by hand",
                "means of the rows alone",
                {"kernel_size": 2},
                (np.array([[[1.0, 3.0, 0.0, 7.0], [2.0, 2.0, 5.0, 8.0]]]),),
                expected={"forward": [[[2.0, 5.0]]]},
            ),
        ),
        errors=(
            *bad_windows({"kernel_size": 2}, 7, 5),
            *bad_images({"kernel_size": 2}, 7, 5, too_few=IndexError),
            integers_refused({"kernel_size": 2}, 7, 5, why=INTEGERS),
            ErrorSample(
                "divisor of 0", RuntimeError, {"kernel_size": 2, "divisor_override": 0}, (np.ones((2, 3, 7, 5)),)
            ),
        ),
        differences=TUPLES,
    ),
    Case(
        "AvgPool3d",
        samples=(
            ModuleSample("batch", "a stride of 1 where none is given", {"kernel_size": 2}, (normal(2, 3, 6, 5, 4),)),
            ModuleSample(
                "unequal sides",
                "depth, height and width exchanged",
                {"kernel_size": (3, 1, 2), "stride": (1, 3, 2), "padding": (1, 0, 1), "count_include_pad": False},
                (normal(2, 3, 4, 7, 5),),
            ),
            ModuleSample(
                "ceil_mode",
                "a mean that counts what overhangs the padding",
                {"kernel_size": 3, "stride": 2, "padding": (0, 1, 0), "ceil_mode": True},
                (normal(2, 3, 4, 6, 5),),
            ),
            ModuleSample(
                "divisor",
                "a divisor that replaces the mean in the forward only",
                {"kernel_size": 2, "divisor_override": 3},
                (normal(2, 3, 4, 5, 6),),
            ),
            ModuleSample("unbatched", "a batch axis taken for granted", {"kernel_size": 2}, (normal(3, 4, 5, 2),)),
            ModuleSample("empty batch", "a mean of nothing", {"kernel_size": 2}, (normal(0, 3, 4, 5, 6),)),
            ModuleSample(
                "worked by hand",
                "planes that are pooled one by one",
                {"kernel_size": (2, 1, 2)},
                (np.array([[[[1.0, 3.0, 0.0, 7.0]], [[2.0, 2.0, 5.0, 8.0]]]]),),
                expected={"forward": [[[[2.0, 5.0]]]]},
            ),
        ),
        errors=(
            *bad_windows({"kernel_size": 2}, 5, 4, 3),
            *bad_images({"kernel_size": 2}, 5, 4, 3),
            integers_refused({"kernel_size": 2}, 5, 4, 3, why=INTEGERS),
            ErrorSample(
                "volume smaller than the window, with padding",
                RuntimeError,
                {"kernel_size": (2, 3, 2), "padding": 1},
                (np.ones((2, 3, 5, 2, 4)),),
            ),
            ErrorSample(
                "divisor of 0", RuntimeError, {"kernel_size": 2, "divisor_override": 0}, (np.ones((2, 3, 5, 4, 3)),)
            ),
        ),
        differences=TUPLES,
    ),
    Case(
        "LPPool1d",
        samples=(
            ModuleSample(
                "squares",
                "a gradient without the root's slope",
                {"norm_type": 2, "kernel_size": 3},
                (normal(5, 3, 7),),
            ),
            ModuleSample(
                "overlapping windows",
                "powers that are taken of the window's mean",
                {"norm_type": 2.5, "kernel_size": 3, "stride": 2},
                (uniform(5, 3, 7, low=0.5, high=2.0),),
            ),
            ModuleSample(
                "ceil_mode",
                "a last window that is not scaled up as if it were whole",
                {"norm_type": 4, "kernel_size": 3, "stride": 2, "ceil_mode": True},
                (normal(5, 3, 6),),
            ),
            ModuleSample(
                "negative power",
                "a power that is taken for positive",
                {"norm_type": -1.5, "kernel_size": 2},
                (uniform(5, 3, 6, low=0.5, high=2.0),),
            ),
            ModuleSample(
                "negative power of infinities",
                "a sum of −0, whose power is −∞",
                {"norm_type": -1, "kernel_size": 2},
                (np.array([[-INF, -INF, INF, 2.0, -INF, -3.0]]),),
                kink=INFINITE,
            ),
            ModuleSample(
                "odd power",
                "absolute values, which PyTorch does not take",
                {"norm_type": 3, "kernel_size": 2},
                (normal(5, 3, 6),),
                kink=NEGATIVE,
            ),
            ModuleSample(
                "zeros",
                "a window of zeros whose gradient is nan",
                {"norm_type": 2, "kernel_size": 2},
                (np.array([[0.0, -0.0, 0.0, -3.0, 1e-200, 1.0, 2.0, 0.0]]),),
                dtypes=("float64",),
                kink=ZERO,
            ),
            ModuleSample(
                "sum of zero",
                "a slope where the sum is 0",
                {"norm_type": 1, "kernel_size": 2},
                (np.array([[1.0, -1.0, 2.0, -1.0, 0.0, 0.0]]),),
                kink=ZERO,
            ),
            ModuleSample(
                "extremes",
                "infinity or nan mended",
                {"norm_type": 2, "kernel_size": 2},
                (SQUARES_OVERFLOW,),
                dtypes=("float64",),
                kink=INFINITE,
            ),
            ModuleSample(
                "infinite power",
                "a maximum whose sign counts",
                {"norm_type": INF, "kernel_size": 3, "stride": 2, "ceil_mode": True},
                (normal(5, 3, 6),),
            ),
            ModuleSample(
                "infinite power, extremes",
                "a slope of nan at a nan, or of 1 at 0",
                {"norm_type": INF, "kernel_size": 2},
                (EXTREMES,),
                kink=NAN,
                dtypes=("float64",),
            ),
            ModuleSample(
                "power of minus infinity",
                "the largest where the smallest is meant",
                {"norm_type": -INF, "kernel_size": 3, "stride": 2},
                (normal(3, 6),),
            ),
            ModuleSample(
                "unbatched", "a batch axis taken for granted", {"norm_type": 2, "kernel_size": 2}, (normal(3, 7),)
            ),
            ModuleSample("empty batch", "a root of nothing", {"norm_type": 2, "kernel_size": 2}, (normal(0, 3, 7),)),
            ModuleSample(
                "worked by hand",
                "a mean of the squares where their sum is meant",
                {"norm_type": 2, "kernel_size": 2},
                (np.array([[3.0, 4.0, 0.0, -2.0, 9.0]]),),
                expected={"forward": [[5.0, 2.0]]},
            ),
        ),
        errors=(
            *bad_windows({"norm_type": 2, "kernel_size": 2}, 7, padded=False),
            *bad_images({"norm_type": 2, "kernel_size": 2}, 7),
            integers_refused({"norm_type": 2, "kernel_size": 2}, 7, why=INTEGERS),
            bad_power(7),
        ),
        differences=(TUPLES[1], LP_TUPLES, UNCOMMON),
    ),
    Case(
        "LPPool2d",
        samples=(
            ModuleSample(
                "unequal sides",
                "height and width swapped",
                {"norm_type": 2, "kernel_size": (3, 2), "stride": (1, 3)},
                IMAGES,
            ),
            ModuleSample(
                "ceil_mode",
                "windows that overhang a corner, scaled up on one side only",
                {"norm_type": 1.5, "kernel_size": (2, 3), "ceil_mode": True},
                (uniform(2, 3, 7, 5, low=0.5, high=2.0),),
            ),
            ModuleSample(
                "infinite power, unbatched",
                "absolute values that are forgotten",
                {"norm_type": INF, "kernel_size": 2},
                (normal(3, 7, 5),),
            ),
            ModuleSample(
                "unbatched", "a batch axis taken for granted", {"norm_type": 4, "kernel_size": 2}, (normal(3, 7, 5),)
            ),
            ModuleSample(
                "worked by hand",
                "norms of the rows alone",
                {"norm_type": 2, "kernel_size": 2},
                (np.array([[[1.0, 1.0, 0.0], [1.0, -1.0, 9.0]]]),),
                expected={"forward": [[[2.0]]]},
            ),
        ),
        errors=(
            *bad_windows({"norm_type": 2, "kernel_size": 2}, 7, 5, padded=False),
            *bad_images({"norm_type": 2, "kernel_size": 2}, 7, 5, too_few=IndexError),
            integers_refused({"norm_type": 2, "kernel_size": 2}, 7, 5, why=INTEGERS),
            bad_power(7, 5),
        ),
        differences=(*TUPLES, LP_TUPLES, UNCOMMON),
    ),
    Case(
        "LPPool3d",
        samples=(
            ModuleSample(
                "unequal sides",
                "depth, height and width exchanged",
                {"norm_type": 2, "kernel_size": (3, 1, 2), "stride": (1, 3, 2)},
                (normal(2, 3, 4, 7, 5),),
            ),
            ModuleSample(
                "ceil_mode",
                "a last window that is not scaled up as if it were whole",
                {"norm_type": 4, "kernel_size": 2, "ceil_mode": True},
                (normal(2, 3, 4, 3, 5),),
            ),
            ModuleSample(
                "infinite power, volume smaller than the window",
                "a volume that only a finite power refuses",
                {"norm_type": INF, "kernel_size": 3, "stride": 2, "ceil_mode": True},
                (normal(2, 3, 2, 4, 5),),
            ),
            ModuleSample(
                "unbatched", "a batch axis taken for granted", {"norm_type": 2, "kernel_size": 2}, (normal(3, 4, 5, 2),)
            ),
            ModuleSample(
                "worked by hand",
                "norms of the planes alone",
                {"norm_type": 2, "kernel_size": (2, 1, 2)},
                (np.array([[[[1.0, 1.0, 5.0]], [[-1.0, 1.0, 9.0]]]]),),
                expected={"forward": [[[[2.0]]]]},
            ),
        ),
        errors=(
            *bad_windows({"norm_type": 2, "kernel_size": 2}, 5, 4, 3, padded=False),
            *bad_images({"norm_type": 2, "kernel_size": 2}, 5, 4, 3),
            integers_refused({"norm_type": 2, "kernel_size": 2}, 5, 4, 3, why=INTEGERS),
            bad_power(5, 4, 3),
            ErrorSample(
                "volume smaller than the window",
                RuntimeError,
                {"norm_type": 2, "kernel_size": 3, "stride": 2, "ceil_mode": True},
                (np.ones((2, 3, 5, 2, 4)),),
            ),
        ),
        differences=(*TUPLES, LP_TUPLES, UNCOMMON),
    ),
]
