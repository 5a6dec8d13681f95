"""Cases of fractional max pooling."""

from typing import Any

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ModuleSample, normal
from parity.cases.layers._pooling import (
    INFINITE,
    NAN,
    TIES,
    bad_images,
    integers_refused,
    minus_infinities,
    not_numbers,
    whole,
)

__all__ = ["CASES"]

TWO: dict[str, Any] = {"kernel_size": 2, "output_size": 2}
INDICES = {"kernel_size": 2, "output_size": 3, "return_indices": True}
NOTHING_LEFT = "nothing would be left; PyTorch returns an empty output"
NO_KERNEL = "FractionalMaxPool3d refuses it, too"
TRIPLE = "FractionalMaxPool2d refuses it, too"

DIFFERENCES = (
    Difference("an output without any place", f"it is refused: {NOTHING_LEFT}"),
    Difference("tuples of one number", "they are refused, as too few"),
    Difference(
        "bad kernel_size, output_size or output_ratio",
        "they are refused at once, when the layer is built; PyTorch waits for an input, and lets some pass",
    ),
)


def samples(images: int, *shares: float) -> np.ndarray[Any, Any]:
    """The same random numbers, one for each axis, for one channel of so many images."""
    return np.tile(np.array(shares), (images, 1, 1))


def bad_arguments(*image: int) -> tuple[ErrorSample, ...]:
    """What is refused, given images of these sides."""
    ones, dims = (np.ones((2, 3, *image)),), len(image)

    def refused(what: str, error: type[Exception], only_ours: str = "", **args: Any) -> ErrorSample:
        return ErrorSample(what, error, args, ones, only_ours=only_ours)

    def of_samples(what: str, *shape: int) -> ErrorSample:
        return refused(f"samples of {what}", RuntimeError, **TWO, _random_samples=np.full(shape, 0.5))

    no_kernel = NO_KERNEL if dims == 2 else ""
    tight = image[-1] - 2 + (dims == 2)
    return (
        refused("both size and ratio", ValueError, kernel_size=2, output_size=2, output_ratio=0.5),
        refused("neither size nor ratio", ValueError, kernel_size=2),
        refused("ratio of 0", ValueError, kernel_size=2, output_ratio=0.0),
        refused("ratio of 1", ValueError, kernel_size=2, output_ratio=1.0),
        refused("one ratio of 1", ValueError, kernel_size=2, output_ratio=(0.5,) * (dims - 1) + (1.0,)),
        refused(
            "too many ratios",
            ValueError,
            kernel_size=2,
            output_ratio=(0.5,) * (dims + 1),
            only_ours=TRIPLE if dims == 3 else "",
        ),
        refused("too many sizes", RuntimeError, kernel_size=2, output_size=(2,) * (dims + 1)),
        refused("too many sides", RuntimeError, kernel_size=(2,) * (dims + 1), output_size=2),
        refused("no window", ValueError, kernel_size=0, output_size=2, only_ours=no_kernel),
        refused("negative window", ValueError, kernel_size=-1, output_size=2, only_ours=no_kernel),
        refused("no output", RuntimeError, kernel_size=2, output_size=0, only_ours=NOTHING_LEFT),
        refused("no output by the ratio", RuntimeError, kernel_size=2, output_ratio=0.1, only_ours=NOTHING_LEFT),
        refused("negative output", RuntimeError, kernel_size=2, output_size=-1),
        refused("one window too many", RuntimeError, kernel_size=2, output_size=tight + 1),
        refused("one window too many by the ratio", RuntimeError, kernel_size=3, output_ratio=0.9),
        of_samples("too few axes", 3, dims),
        of_samples("too many axes", 2, 3, dims, 1),
        of_samples("too many numbers", 2, 3, dims + 1),
        of_samples("another number of channels", 2, 1, dims),
        of_samples("too few images", 1, 3, dims),
        refused("samples of another dtype", RuntimeError, **TWO, _random_samples=np.zeros((2, 3, dims), np.int64)),
    )


CASES = [
    Case(
        "FractionalMaxPool2d",
        samples=(
            ModuleSample(
                "output_size",
                "rows and columns swapped, or their random numbers",
                {"kernel_size": (2, 3), "output_size": (4, 3), "return_indices": True},
                (normal(2, 3, 9, 8),),
            ),
            ModuleSample(
                "output_ratio",
                "a size that is rounded to the nearest, or up",
                {"kernel_size": 2, "output_ratio": (0.6, 0.35)},
                (normal(3, 2, 9, 8),),
            ),
            ModuleSample(
                "as many windows as fit",
                "an image that is refused although its windows fit, or one random number for all the images",
                {"kernel_size": (1, 4), "output_size": (5, 3)},
                (normal(4, 3, 5, 6),),
            ),
            ModuleSample(
                "one window",
                "a step that is divided by zero",
                {"kernel_size": (3, 2), "output_size": (1, 2)},
                (normal(2, 3, 5, 4),),
            ),
            ModuleSample(
                "unbatched",
                "places that count the images, too",
                {"kernel_size": 2, "output_ratio": 0.5, "return_indices": True},
                (normal(3, 7, 5),),
            ),
            ModuleSample(
                "given samples",
                "random numbers that are drawn although they are given, or do not belong to the state",
                {"kernel_size": 1, "output_size": (6, 4), "_random_samples": samples(3, 0.9, 1 / 7)},
                (normal(2, 1, 8, 6),),
            ),
            ModuleSample(
                "ties",
                "a gradient that is shared among equal elements, or given to the last",
                INDICES,
                (whole(2, 3, 9, 8),),
                kink=TIES,
            ),
            ModuleSample(
                "minus infinities",
                "no place for the maximum of −∞",
                INDICES,
                (minus_infinities(2, 3, 9, 8),),
                kink=INFINITE,
            ),
            ModuleSample(
                "not a number",
                "a NaN that is passed over, or the first of several taken",
                INDICES,
                (not_numbers(2, 3, 9, 8),),
                kink=NAN,
            ),
            ModuleSample("empty batch", "a maximum of nothing", TWO, (normal(0, 3, 7, 5),)),
            ModuleSample(
                "worked by hand",
                "a first window that does not begin at 0",
                {
                    "kernel_size": (1, 2),
                    "output_size": (1, 3),
                    "return_indices": True,
                    "_random_samples": samples(1, 0.5, 0.0),
                },
                (np.array([[[1.0, 2.0, 5.0, 3.0, 0.0, 4.0]]]),),
                expected={"forward.0": [[[2.0, 5.0, 4.0]]], "forward.1": [[[1, 2, 5]]]},
            ),
        ),
        errors=(
            *bad_arguments(7, 5),
            *bad_images(TWO, 7, 5, too_few=IndexError),
            integers_refused(TWO, 7, 5),
        ),
        differences=DIFFERENCES,
    ),
    Case(
        "FractionalMaxPool3d",
        samples=(
            ModuleSample(
                "output_size",
                "depth, height and width exchanged, or their random numbers",
                {"kernel_size": (1, 3, 2), "output_size": (2, 3, 4), "return_indices": True},
                (normal(2, 2, 5, 7, 8),),
            ),
            ModuleSample(
                "output_ratio",
                "a size that is rounded to the nearest, or up",
                {"kernel_size": 2, "output_ratio": (0.4, 0.6, 0.5)},
                (normal(2, 1, 5, 6, 7),),
            ),
            ModuleSample(
                "as many windows as fit",
                "a volume that is refused although it has the place to spare that PyTorch asks for",
                {"kernel_size": (2, 1, 3), "output_size": (1, 3, 2)},
                (normal(2, 3, 3, 4, 5),),
            ),
            ModuleSample(
                "unbatched",
                "places that count the volumes, too",
                {"kernel_size": 2, "output_ratio": 0.5, "return_indices": True},
                (normal(2, 4, 5, 6),),
            ),
            ModuleSample(
                "given samples",
                "random numbers that are drawn although they are given, or do not belong to the state",
                {"kernel_size": 1, "output_size": (2, 6, 4), "_random_samples": samples(2, 0.3, 1 / 7, 0.9)},
                (normal(2, 1, 4, 8, 6),),
            ),
            ModuleSample(
                "ties",
                "the first in its column, where the first plane by plane is meant",
                INDICES,
                (whole(2, 1, 5, 6, 7),),
                kink=TIES,
            ),
            ModuleSample(
                "not a number",
                "the last NaN in its column, where the last plane by plane is meant",
                INDICES,
                (not_numbers(2, 1, 5, 6, 7),),
                kink=NAN,
            ),
            ModuleSample("empty batch", "a maximum of nothing", TWO, (normal(0, 3, 4, 5, 6),)),
            ModuleSample(
                "worked by hand",
                "a first window that does not begin at 0",
                {"kernel_size": 1, "output_size": (1, 1, 3), "_random_samples": samples(1, 0.0, 0.0, 0.5)},
                (np.array([[[[0.0] * 6] * 2, [[0.0] * 6, [1.0, 2.0, 5.0, 3.0, 0.0, 4.0]]]]),),
                expected={"forward": [[[[1.0, 5.0, 4.0]]]]},
            ),
        ),
        errors=(
            *bad_arguments(7, 6, 5),
            *bad_images(TWO, 7, 6, 5, too_few=IndexError),
            integers_refused(TWO, 7, 6, 5),
        ),
        differences=DIFFERENCES,
    ),
]
