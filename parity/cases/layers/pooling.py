"""Cases of the pooling layers."""

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ModuleSample, normal

__all__ = ["CASES"]

IMAGES = (normal(2, 3, 7, 5),)
TIES = "equal elements: the derivative differs from side to side"


def whole(rng: np.random.Generator) -> np.ndarray:
    """Whole numbers of which many are equal."""
    return rng.integers(0, 3, (2, 3, 7, 5)).astype(np.float64)


def minus_infinities(rng: np.random.Generator) -> np.ndarray:
    """Images of which most is −∞, so that some windows hold nothing else."""
    return np.where(rng.random((2, 3, 7, 5)) < 0.8, -np.inf, rng.normal(size=(2, 3, 7, 5)))


def not_numbers(rng: np.random.Generator) -> np.ndarray:
    """Images with so many NaN that some windows hold several."""
    return np.where(rng.random((2, 3, 7, 5)) < 0.3, np.nan, rng.normal(size=(2, 3, 7, 5)))


CASES = [
    Case(
        "MaxPool2d",
        samples=(
            ModuleSample("batch", "a stride of 1 where none is given", {"kernel_size": 2}, IMAGES),
            ModuleSample(
                "unequal sides", "height and width swapped", {"kernel_size": (3, 2), "stride": (2, 3)}, IMAGES
            ),
            ModuleSample(
                "overlapping windows",
                "a gradient that is overwritten where windows share their maximum",
                {"kernel_size": 3, "stride": 1},
                IMAGES,
            ),
            ModuleSample(
                "gaps", "a gradient in rows that no window looks at", {"kernel_size": 1, "stride": (3, 2)}, IMAGES
            ),
            ModuleSample("unbatched", "a batch axis taken for granted", {"kernel_size": 2}, (normal(3, 7, 5),)),
            ModuleSample("one channel", "an axis of size one squeezed away", {"kernel_size": 2}, (normal(1, 1, 4, 2),)),
            ModuleSample(
                "padding",
                "padding with zeros, which are larger than what is negative",
                {"kernel_size": (3, 2), "stride": 2, "padding": 1},
                (normal(2, 3, 7, 5, mean=-5.0),),
            ),
            ModuleSample(
                "dilation",
                "elements taken side by side",
                {"kernel_size": (3, 2), "stride": 1, "dilation": (2, 3)},
                IMAGES,
            ),
            ModuleSample(
                "dilation and padding",
                "a reach that leaves out the holes",
                {"kernel_size": 2, "stride": (1, 2), "padding": (1, 0), "dilation": (3, 2), "return_indices": True},
                IMAGES,
            ),
            ModuleSample(
                "ceil_mode", "a last window that is cut off", {"kernel_size": 2, "stride": 2, "ceil_mode": True}, IMAGES
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
                "indices",
                "places counted in the window, or in the padded image",
                {"kernel_size": (3, 2), "stride": 2, "padding": 1, "return_indices": True},
                IMAGES,
            ),
            ModuleSample(
                "indices, unbatched",
                "places that count the images, too",
                {"kernel_size": 2, "return_indices": True},
                (normal(3, 7, 5),),
            ),
            ModuleSample(
                "ties",
                "a gradient that is shared among equal elements, or given to the last",
                {"kernel_size": 3, "stride": 2, "return_indices": True},
                (whole,),
                kink=TIES,
            ),
            ModuleSample(
                "ties with the padding",
                "padding that is taken for the maximum of −∞",
                {"kernel_size": 2, "stride": 1, "padding": 1, "return_indices": True},
                (minus_infinities,),
                kink="an infinity has no slope",
            ),
            ModuleSample(
                "ties with the padding, dilation",
                "a first element of −∞ that is counted without the holes",
                {"kernel_size": (2, 4), "stride": 1, "padding": (1, 2), "dilation": (1, 2), "return_indices": True},
                (minus_infinities,),
                kink="an infinity has no slope",
            ),
            ModuleSample(
                "not a number",
                "a NaN that is passed over, or the first of several taken",
                {"kernel_size": 3, "stride": 2, "return_indices": True},
                (not_numbers,),
                kink="a NaN has no slope",
            ),
            ModuleSample(
                "large window",
                "positions counted in one byte",
                {"kernel_size": (17, 16), "stride": 1, "return_indices": True},
                (normal(2, 1, 20, 19),),
                dtypes=("float32",),  # finite differences of so large a window would take seconds
            ),
            ModuleSample("empty batch", "a maximum of nothing", {"kernel_size": 2}, (normal(0, 3, 7, 5),)),
            ModuleSample(
                "worked by hand",
                "a mean where a maximum is meant",
                {"kernel_size": 2},
                (np.array([[[1.0, 3.0, 0.0, 7.0], [2.0, -4.0, 5.0, 6.0]]]),),
                expected={"forward": [[[3.0, 7.0]]]},
            ),
        ),
        errors=(
            ErrorSample(
                "padding of more than half", RuntimeError, {"kernel_size": 3, "padding": 2}, (np.ones((2, 3, 7, 5)),)
            ),
            ErrorSample(
                "padding of more than half, dilated",
                RuntimeError,
                {"kernel_size": 3, "padding": 2, "dilation": 2},
                (np.ones((2, 3, 7, 5)),),
            ),
            ErrorSample("negative padding", RuntimeError, {"kernel_size": 3, "padding": -1}, (np.ones((2, 3, 7, 5)),)),
            ErrorSample("no window", RuntimeError, {"kernel_size": 0}, (np.ones((2, 3, 7, 5)),)),
            ErrorSample("no stride", RuntimeError, {"kernel_size": 2, "stride": 0}, (np.ones((2, 3, 7, 5)),)),
            ErrorSample("no dilation", RuntimeError, {"kernel_size": 2, "dilation": 0}, (np.ones((2, 3, 7, 5)),)),
            ErrorSample("three sides", RuntimeError, {"kernel_size": (2, 2, 2)}, (np.ones((2, 3, 7, 5)),)),
            ErrorSample(
                "window larger than the image", RuntimeError, {"kernel_size": (2, 6)}, (np.ones((2, 3, 7, 5)),)
            ),
            ErrorSample("too few axes", RuntimeError, {"kernel_size": 2}, (np.ones((7, 5)),)),
            ErrorSample("too many axes", RuntimeError, {"kernel_size": 2}, (np.ones((1, 2, 3, 7, 5)),)),
            ErrorSample("no channels", RuntimeError, {"kernel_size": 2}, (np.ones((2, 0, 7, 5)),)),
            ErrorSample("no rows", RuntimeError, {"kernel_size": 2, "padding": 1}, (np.ones((2, 3, 0, 5)),)),
        ),
        differences=(
            Difference("tuples of one number", "they are refused, as too few; PyTorch takes (2,) for (2, 2)"),
            Difference(
                "bad kernel_size, stride, dilation or padding",
                "they are refused at once, when the layer is built; PyTorch waits for an input",
            ),
        ),
    ),
]
