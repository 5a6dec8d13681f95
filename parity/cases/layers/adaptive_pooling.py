"""Cases of adaptive pooling."""

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ModuleSample, normal
from parity.cases.layers._pooling import (
    EXTREMES,
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

THREE = {"output_size": 3}
THREE_AND_INDICES = {"output_size": 3, "return_indices": True}
NO_CHANNELS = "AdaptiveAvgPool3d refuses them, too"

NO_WINDOWS = Difference(
    "an output_size of 0",
    "it is refused, since nothing would be left; PyTorch returns an empty output",
)
AT_ONCE = Difference("bad output_size", "it is refused at once, when the layer is built; PyTorch waits for an input")
DIFFERENCES = (NO_WINDOWS, AT_ONCE)


def bad_sizes(*image: int) -> tuple[ErrorSample, ...]:
    """What no layer takes for an output_size, given images of these sides."""
    ones, dims = (np.ones((2, 3, *image)),), len(image)
    nothing: tuple[ErrorSample, ...] = (ErrorSample("None", TypeError, {"output_size": None}, ones),)
    if dims == 1:
        nothing += (ErrorSample("a tuple of None", TypeError, {"output_size": (None,)}, ones),)
    return (
        *nothing,
        ErrorSample("no windows", RuntimeError, {"output_size": 0}, ones, only_ours=NO_WINDOWS.why),
        ErrorSample("negative", RuntimeError, {"output_size": (*(2,) * (dims - 1), -1)}, ones),
        ErrorSample("too many numbers", RuntimeError, {"output_size": (2,) * (dims + 1)}, ones),
        ErrorSample("too few numbers", RuntimeError, {"output_size": (2,) * (dims - 1)}, ones),
    )


CASES = [
    Case(
        "AdaptiveAvgPool1d",
        samples=(
            ModuleSample(
                "overlapping windows",
                "windows at a fixed step, or an end that is rounded down",
                {"output_size": 5},
                (normal(4, 3, 7),),
            ),
            ModuleSample(
                "more windows than elements",
                "windows that are empty, or elements that are repeated by another rule",
                {"output_size": 7},
                (normal(2, 3, 4),),
            ),
            ModuleSample(
                "one window", "an axis squeezed away with its last element", {"output_size": 1}, (normal(2, 3, 4),)
            ),
            ModuleSample("unbatched", "a batch axis taken for granted", {"output_size": (3,)}, (normal(2, 5),)),
            ModuleSample(
                "extremes",
                "infinity or nan mended",
                {"output_size": 5},
                (EXTREMES,),
                dtypes=("float64",),
                kink=INFINITE,
            ),
            ModuleSample("empty batch", "a mean of nothing", THREE, (normal(0, 3, 7),)),
            ModuleSample(
                "worked by hand",
                "a middle that belongs to one window only",
                {"output_size": 2},
                (np.array([[1.0, 2.0, 6.0]]),),
                expected={"forward": [[1.5, 4.0]]},
            ),
        ),
        errors=(
            *bad_sizes(7),
            *bad_images(THREE, 7, no_channels=NO_CHANNELS),
            integers_refused(THREE, 7),
        ),
        differences=DIFFERENCES,
    ),
    Case(
        "AdaptiveAvgPool2d",
        samples=(
            ModuleSample("batch", "height and width swapped", {"output_size": (3, 4)}, (normal(2, 3, 7, 5),)),
            ModuleSample(
                "more windows than elements",
                "windows that are empty, in one axis",
                {"output_size": (2, 7)},
                (normal(2, 3, 5, 4),),
            ),
            ModuleSample(
                "an axis as it is",
                "None taken for 1, or for the other axis",
                {"output_size": (None, 3)},
                (normal(2, 3, 4, 5),),
            ),
            ModuleSample("unbatched", "a batch axis taken for granted", {"output_size": 2}, (normal(3, 4, 5),)),
            ModuleSample("one window", "a mean of the rows alone", {"output_size": 1}, (normal(2, 3, 5, 4),)),
            ModuleSample("empty batch", "a mean of nothing", THREE, (normal(0, 3, 7, 5),)),
            ModuleSample(
                "worked by hand",
                "a middle that belongs to one window only",
                {"output_size": (None, 2)},
                (np.array([[[1.0, 2.0, 6.0], [10.0, 20.0, 60.0]]]),),
                expected={"forward": [[[1.5, 4.0], [15.0, 40.0]]]},
            ),
        ),
        errors=(
            *bad_sizes(7, 5),
            *bad_images(THREE, 7, 5, no_channels=NO_CHANNELS),
            integers_refused(THREE, 7, 5),
        ),
        differences=DIFFERENCES,
    ),
    Case(
        "AdaptiveAvgPool3d",
        samples=(
            ModuleSample(
                "batch", "depth, height and width exchanged", {"output_size": (2, 5, 3)}, (normal(2, 3, 3, 6, 5),)
            ),
            ModuleSample(
                "an axis as it is",
                "None taken for 1, or for another axis",
                {"output_size": (2, None, 5)},
                (normal(2, 1, 5, 3, 4),),
            ),
            ModuleSample("unbatched", "a batch axis taken for granted", {"output_size": 2}, (normal(2, 3, 4, 5),)),
            ModuleSample("empty batch", "a mean of nothing", THREE, (normal(0, 3, 4, 5, 6),)),
            ModuleSample(
                "worked by hand",
                "means of the planes alone",
                {"output_size": (1, None, 2)},
                (np.array([[[[1.0, 2.0, 6.0]], [[3.0, 2.0, 10.0]]]]),),
                expected={"forward": [[[[2.0, 5.0]]]]},
            ),
        ),
        errors=(
            *bad_sizes(5, 4, 6),
            *bad_images(THREE, 5, 4, 6),
            integers_refused(THREE, 5, 4, 6),
        ),
        differences=DIFFERENCES,
    ),
    Case(
        "AdaptiveMaxPool1d",
        samples=(
            ModuleSample(
                "overlapping windows",
                "windows at a fixed step, or a gradient that is overwritten where windows share their maximum",
                {"output_size": 5},
                (normal(4, 3, 7),),
            ),
            ModuleSample(
                "more windows than elements",
                "windows that are empty, or places counted in the output",
                {"output_size": 7, "return_indices": True},
                (normal(2, 3, 4),),
            ),
            ModuleSample("unbatched", "a batch axis taken for granted", {"output_size": (3,)}, (normal(2, 5),)),
            ModuleSample(
                "ties",
                "a gradient that is shared among equal elements, or given to the last",
                THREE_AND_INDICES,
                (whole(4, 3, 11),),
                kink=TIES,
            ),
            ModuleSample(
                "minus infinities",
                "no place for the maximum of −∞",
                THREE_AND_INDICES,
                (minus_infinities(4, 3, 11),),
                kink=INFINITE,
            ),
            ModuleSample(
                "not a number",
                "a NaN that is passed over, or the first of several taken",
                THREE_AND_INDICES,
                (not_numbers(4, 3, 11),),
                kink=NAN,
            ),
            ModuleSample("empty batch", "a maximum of nothing", THREE, (normal(0, 3, 7),)),
            ModuleSample(
                "worked by hand",
                "a middle that belongs to one window only",
                {"output_size": 2, "return_indices": True},
                (np.array([[1.0, 6.0, 2.0]]),),
                expected={"forward.0": [[6.0, 6.0]], "forward.1": [[1, 1]]},
            ),
        ),
        errors=(*bad_sizes(7), *bad_images(THREE, 7), integers_refused(THREE, 7)),
        differences=DIFFERENCES,
    ),
    Case(
        "AdaptiveMaxPool2d",
        samples=(
            ModuleSample(
                "batch",
                "height and width swapped",
                {"output_size": (3, 4), "return_indices": True},
                (normal(2, 3, 7, 5),),
            ),
            ModuleSample(
                "an axis as it is",
                "None taken for 1, or for the other axis",
                {"output_size": (None, 3)},
                (normal(2, 3, 4, 5),),
            ),
            ModuleSample(
                "unbatched",
                "places that count the images, too",
                {"output_size": 2, "return_indices": True},
                (normal(3, 4, 5),),
            ),
            ModuleSample(
                "ties",
                "the first in its column, where the first row by row is meant",
                {"output_size": 2, "return_indices": True},
                (whole(4, 3, 5, 6),),
                kink=TIES,
            ),
            ModuleSample(
                "not a number",
                "the last NaN in its column, where the last row by row is meant",
                {"output_size": 2, "return_indices": True},
                (not_numbers(4, 3, 5, 6),),
                kink=NAN,
            ),
            ModuleSample(
                "large window",
                "positions counted in one byte",
                {"output_size": 1, "return_indices": True},
                (np.stack([np.arange(600.0).reshape(2, 300), -np.arange(600.0).reshape(2, 300)]),),
                dtypes=("float32",),  # finite differences of so large a window would take seconds
            ),
            ModuleSample("empty batch", "a maximum of nothing", THREE, (normal(0, 3, 7, 5),)),
            ModuleSample(
                "worked by hand",
                "a maximum of the rows alone",
                {"output_size": (None, 2)},
                (np.array([[[1.0, 2.0, 6.0], [10.0, 60.0, 20.0]]]),),
                expected={"forward": [[[2.0, 6.0], [60.0, 60.0]]]},
            ),
        ),
        errors=(*bad_sizes(7, 5), *bad_images(THREE, 7, 5), integers_refused(THREE, 7, 5)),
        differences=DIFFERENCES,
    ),
    Case(
        "AdaptiveMaxPool3d",
        samples=(
            ModuleSample(
                "batch",
                "depth, height and width exchanged",
                {"output_size": (2, 5, 3), "return_indices": True},
                (normal(2, 3, 3, 6, 5),),
            ),
            ModuleSample(
                "an axis as it is",
                "None taken for 1, or for another axis",
                {"output_size": (2, None, 5)},
                (normal(2, 1, 5, 3, 4),),
            ),
            ModuleSample("unbatched", "a batch axis taken for granted", {"output_size": 2}, (normal(2, 3, 4, 5),)),
            ModuleSample(
                "ties",
                "the first in its column, where the first plane by plane is meant",
                {"output_size": 2, "return_indices": True},
                (whole(2, 3, 4, 5, 6),),
                kink=TIES,
            ),
            ModuleSample(
                "not a number",
                "the last NaN in its column, where the last plane by plane is meant",
                {"output_size": 2, "return_indices": True},
                (not_numbers(2, 3, 4, 5, 6),),
                kink=NAN,
            ),
            ModuleSample("empty batch", "a maximum of nothing", THREE, (normal(0, 3, 4, 5, 6),)),
            ModuleSample(
                "worked by hand",
                "planes that are pooled one by one",
                {"output_size": (1, None, 2)},
                (np.array([[[[1.0, 2.0, 6.0]], [[3.0, 1.0, 10.0]]]]),),
                expected={"forward": [[[[3.0, 10.0]]]]},
            ),
        ),
        errors=(*bad_sizes(5, 4, 6), *bad_images(THREE, 5, 4, 6), integers_refused(THREE, 5, 4, 6)),
        differences=DIFFERENCES,
    ),
]
