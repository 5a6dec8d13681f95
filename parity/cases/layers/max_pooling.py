"""Cases of max pooling and unpooling."""

from collections.abc import Callable
from typing import Any

import numpy as np

from parity.cases import Case, Difference, Draw, ErrorSample, ModuleSample, integers, normal
from parity.cases.layers._pooling import (
    INFINITE,
    NAN,
    TIES,
    TUPLES,
    bad_images,
    bad_windows,
    integers_refused,
    minus_infinities,
    not_numbers,
    whole,
)
from parity.sides import Side

__all__ = ["CASES"]

IMAGES = (normal(2, 3, 7, 5),)
INTEGERS = "PyTorch takes them; they have no gradient, so this is a mistake"

FAR_APART = Difference(
    "dilated windows that lie wholly in the padding",
    "their gradient is dropped; PyTorch adds it to an element that they do not see, or beyond the image",
)


def distinct(*shape: int, of: int) -> Draw:
    """Indices into images of so many elements, in each image all different. The last axes are one image's."""
    N, C, *image = shape
    everywhere = np.broadcast_to(np.arange(of), (N, C, of))
    return lambda rng: rng.permuted(everywhere, axis=-1)[..., : np.prod(image, dtype=int)].reshape(shape)


def unpool(name: str, *shape: int, output_size: Any = None, index: int = 0) -> Callable[[Side], Any]:
    """An unpooling by windows of 2 whose indices are all the same."""

    def script(side: Side) -> Any:
        input, indices = side.array(np.ones(shape)), side.array(np.full(shape, index))
        return side.find(name)(2)(input, indices, output_size)

    return script


def bad_unpoolings(name: str, *image: int) -> tuple[ErrorSample, ...]:
    """What an unpooling by windows of 2 refuses, given maxima of these shapes."""
    shape, window = (2, 3, *image), {"kernel_size": 2}
    ones, zeros, whole_size = np.ones(shape), np.zeros(shape, np.int64), tuple(2 * size for size in image)
    count = int(np.prod(whole_size))

    def refused(what: str, error: type[Exception], *shape: int, **options: Any) -> ErrorSample:
        return ErrorSample(what, error, script=unpool(name, *shape, **options))

    return (
        refused("too few axes", RuntimeError, *image),
        refused("too many axes", RuntimeError, 1, *shape),
        refused("no channels", RuntimeError, 2, 0, *image),
        refused("no rows", RuntimeError, 2, 3, 0, *image[1:]),
        refused("index too large", RuntimeError, *shape, index=count),
        refused("negative index", RuntimeError, *shape, index=-1),
        refused("output_size too small", ValueError, *shape, output_size=tuple(size - 2 for size in whole_size)),
        refused("output_size too large", ValueError, *shape, output_size=(*whole_size[:-1], whole_size[-1] + 2)),
        refused("output_size without the batch", ValueError, *shape, output_size=(3, *whole_size)),
        ErrorSample("padding wider than all", ValueError, {**window, "padding": 9}, (ones, zeros)),
        ErrorSample(
            "padding as wide as all",
            RuntimeError,
            {**window, "padding": 1},
            (np.ones((2, 3) + (1,) * len(image)), np.zeros((2, 3) + (1,) * len(image), np.int64)),
            only_ours="nothing is left, and no index fits into it; PyTorch returns an empty output",
        ),
        ErrorSample("indices of another shape", RuntimeError, window, (ones, zeros[:1])),
        ErrorSample("indices of another dtype", RuntimeError, window, (ones, zeros.astype(np.int32))),
        ErrorSample("integers", RuntimeError, window, (zeros, zeros)),
        *(
            ErrorSample(what, RuntimeError, {**window, **args}, (ones, zeros), only_ours="no pooling has such windows")
            for what, args in (
                ("no window", {"kernel_size": 0}),
                ("no stride", {"stride": 0}),
                ("negative padding", {"padding": -1}),
            )
        ),
    )


STRIDED = "PyTorch's backward refuses indices that do not lie in memory row by row"
UNPOOL_TUPLES = Difference(
    "tuples of too few or too many numbers",
    "they are refused with a RuntimeError, as by the other layers; PyTorch raises an IndexError, or takes them",
)

CASES = [
    Case(
        "MaxPool1d",
        samples=(
            ModuleSample("batch", "a stride of 1 where none is given", {"kernel_size": 2}, (normal(5, 3, 7),)),
            ModuleSample(
                "all arguments",
                "padding with zeros, or places counted in the padded sequence",
                {"kernel_size": 3, "stride": 2, "padding": 1, "dilation": 2, "return_indices": True},
                (normal(4, 3, 9, mean=-5.0),),
            ),
            ModuleSample(
                "ceil_mode",
                "a last window that is cut off",
                {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
                (normal(5, 3, 6),),
            ),
            ModuleSample("unbatched", "a batch axis taken for granted", {"kernel_size": (2,)}, (normal(3, 7),)),
            ModuleSample(
                "ties",
                "a gradient that is shared among equal elements, or given to the last",
                {"kernel_size": 3, "stride": 2, "return_indices": True},
                (whole(4, 3, 9),),
                kink=TIES,
            ),
            ModuleSample(
                "ties with the padding",
                "padding that is taken for the maximum of −∞",
                {"kernel_size": 4, "stride": 1, "padding": 2, "return_indices": True},
                (minus_infinities(4, 3, 7),),
                kink=INFINITE,
            ),
            ModuleSample(
                "not a number",
                "a NaN that is passed over, or the first of several taken",
                {"kernel_size": 3, "stride": 2, "return_indices": True},
                (not_numbers(4, 3, 9),),
                kink=NAN,
            ),
            ModuleSample("empty batch", "a maximum of nothing", {"kernel_size": 2}, (normal(0, 3, 7),)),
            ModuleSample(
                "worked by hand",
                "a mean where a maximum is meant",
                {"kernel_size": 2, "return_indices": True},
                (np.array([[1.0, 3.0, 0.0, 7.0, 9.0]]),),
                expected={"forward.0": [[3.0, 7.0]], "forward.1": [[1, 3]]},
            ),
        ),
        errors=(
            *bad_windows({"kernel_size": 2}, 7),
            *bad_images({"kernel_size": 2}, 7),
            integers_refused({"kernel_size": 2}, 7),
            ErrorSample("no dilation", RuntimeError, {"kernel_size": 2, "dilation": 0}, (np.ones((2, 3, 7)),)),
        ),
        differences=(TUPLES[1], FAR_APART),
    ),
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
                "equal maxima",
                "a gradient that is shared among equal elements",
                {"kernel_size": 2},
                (whole(2, 3, 6, 4),),
                kink=TIES,
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
                "ceil_mode and padding",
                "a margin that is too narrow for the last window, which overhangs the padding too",
                {"kernel_size": (4, 3), "stride": (3, 2), "padding": (2, 1), "ceil_mode": True, "return_indices": True},
                (normal(2, 3, 8, 6, mean=-5.0),),
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
                (whole(2, 3, 7, 5),),
                kink=TIES,
            ),
            ModuleSample(
                "ties with the padding",
                "padding that is taken for the maximum of −∞",
                {"kernel_size": 2, "stride": 1, "padding": 1, "return_indices": True},
                (minus_infinities(2, 3, 7, 5),),
                kink=INFINITE,
            ),
            ModuleSample(
                "ties with the padding, dilation",
                "a first element of −∞ that is counted without the holes",
                {"kernel_size": (2, 4), "stride": 1, "padding": (1, 2), "dilation": (1, 2), "return_indices": True},
                (minus_infinities(2, 3, 7, 5),),
                kink=INFINITE,
            ),
            ModuleSample(
                "not a number",
                "a NaN that is passed over, or the first of several taken",
                {"kernel_size": 3, "stride": 2, "return_indices": True},
                (not_numbers(2, 3, 7, 5),),
                kink=NAN,
            ),
            ModuleSample(
                "large window",
                "positions counted in one byte",
                {"kernel_size": (1, 257), "stride": 1, "return_indices": True},
                (normal(2, 1, 3, 259),),
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
            *bad_windows({"kernel_size": 2}, 7, 5),
            *bad_images({"kernel_size": 2}, 7, 5),
            integers_refused({"kernel_size": 2}, 7, 5, why=INTEGERS),
            ErrorSample(
                "padding of more than half, dilated",
                RuntimeError,
                {"kernel_size": 3, "padding": 2, "dilation": 2},
                (np.ones((2, 3, 7, 5)),),
            ),
            ErrorSample("no dilation", RuntimeError, {"kernel_size": 2, "dilation": 0}, (np.ones((2, 3, 7, 5)),)),
            ErrorSample("three sides", RuntimeError, {"kernel_size": (2, 2, 2)}, (np.ones((2, 3, 7, 5)),)),
        ),
        differences=(*TUPLES, FAR_APART),
    ),
    Case(
        "MaxPool3d",
        samples=(
            ModuleSample("batch", "a stride of 1 where none is given", {"kernel_size": 2}, (normal(2, 3, 6, 5, 4),)),
            ModuleSample(
                "unequal sides",
                "depth, height and width exchanged",
                {"kernel_size": (3, 1, 2), "stride": (1, 3, 2), "padding": (1, 0, 1), "return_indices": True},
                (normal(2, 3, 4, 7, 5, mean=-5.0),),
            ),
            ModuleSample(
                "dilation and ceil_mode",
                "a reach that leaves out the holes, or a last window that is cut off",
                {"kernel_size": 2, "stride": (2, 2, 3), "dilation": (1, 2, 3), "ceil_mode": True},
                (normal(2, 3, 5, 6, 7),),
            ),
            ModuleSample(
                "unbatched",
                "places that count the volumes, too",
                {"kernel_size": 2, "return_indices": True},
                (normal(3, 4, 5, 2),),
            ),
            ModuleSample(
                "ties with the padding",
                "padding that is taken for the maximum of −∞",
                {"kernel_size": (2, 2, 4), "stride": 1, "padding": (1, 0, 2), "return_indices": True},
                (minus_infinities(2, 1, 3, 4, 5),),
                kink=INFINITE,
            ),
            ModuleSample(
                "not a number",
                "a NaN that is passed over, or the first of several taken",
                {"kernel_size": 2, "return_indices": True},
                (not_numbers(2, 1, 4, 5, 6),),
                kink=NAN,
            ),
            ModuleSample("empty batch", "a maximum of nothing", {"kernel_size": 2}, (normal(0, 3, 4, 5, 6),)),
            ModuleSample(
                "worked by hand",
                "planes that are pooled one by one",
                {"kernel_size": (2, 1, 2), "return_indices": True},
                (np.array([[[[1.0, 3.0, 0.0, 7.0]], [[2.0, 8.0, 5.0, 6.0]]]]),),
                expected={"forward.0": [[[[8.0, 7.0]]]], "forward.1": [[[[5, 3]]]]},
            ),
        ),
        errors=(
            *bad_windows({"kernel_size": 2}, 5, 4, 3),
            *bad_images({"kernel_size": 2}, 5, 4, 3),
            integers_refused({"kernel_size": 2}, 5, 4, 3, why=INTEGERS),
            ErrorSample("no dilation", RuntimeError, {"kernel_size": 2, "dilation": 0}, (np.ones((2, 3, 5, 4, 3)),)),
        ),
        differences=(*TUPLES, FAR_APART),
    ),
    Case(
        "MaxUnpool1d",
        samples=(
            ModuleSample(
                "batch",
                "indices that are counted in each window",
                {"kernel_size": 2},
                (normal(5, 3, 4), distinct(5, 3, 4, of=8)),
            ),
            ModuleSample(
                "stride and padding",
                "a size that is the windows' alone",
                {"kernel_size": 3, "stride": 2, "padding": 1},
                (normal(5, 3, 4), distinct(5, 3, 4, of=7)),
            ),
            ModuleSample(
                "output_size",
                "an element too few, since the pooling left one over",
                {"kernel_size": 2},
                (normal(5, 3, 4), distinct(5, 3, 4, of=9)),
                keywords={"output_size": (9,)},
            ),
            ModuleSample(
                "one place for two windows",
                "a sum where the last maximum is meant, or a gradient for the last one only",
                {"kernel_size": 2, "stride": 1},
                (normal(5, 3, 6), integers(5, 3, 6, high=7)),
                kink="PyTorch gives the gradient of a place to all the maxima that went there",
            ),
            ModuleSample(
                "unbatched",
                "a batch axis taken for granted",
                {"kernel_size": (2,)},
                (normal(3, 4), np.array([[0, 2, 5, 6], [1, 3, 4, 7], [7, 5, 3, 1]])),
            ),
            ModuleSample(
                "empty batch",
                "a size of −1 that cannot be worked out",
                {"kernel_size": 2},
                (normal(0, 3, 4), integers(0, 3, 4, high=8)),
            ),
            ModuleSample(
                "one maximum",
                "an index that is refused, as it is both the least and the largest",
                {"kernel_size": 2},
                (np.array([[3.0]]), np.array([[1]])),
                expected={"forward": [[0.0, 3.0]]},
            ),
            ModuleSample(
                "worked by hand",
                "the maximum at the beginning of its window",
                {"kernel_size": 2},
                (np.array([[3.0, 7.0]]), np.array([[1, 3]])),
                expected={"forward": [[0.0, 3.0, 0.0, 7.0]]},
            ),
        ),
        errors=bad_unpoolings("MaxUnpool1d", 4),
        differences=(UNPOOL_TUPLES,),
    ),
    Case(
        "MaxUnpool2d",
        samples=(
            ModuleSample(
                "unequal sides",
                "rows and columns exchanged",
                {"kernel_size": (3, 2), "stride": (2, 3), "padding": (1, 0)},
                (normal(4, 3, 2, 5), distinct(4, 3, 2, 5, of=3 * 14)),
                layout=STRIDED,
            ),
            ModuleSample(
                "output_size of the whole input",
                "a row too few, since the pooling left one over",
                {"kernel_size": 2},
                (normal(4, 3, 2, 5), distinct(4, 3, 2, 5, of=5 * 9)),
                keywords={"output_size": (4, 3, 5, 9)},
                layout=STRIDED,
            ),
            ModuleSample(
                "unbatched",
                "a batch axis taken for granted",
                {"kernel_size": 2},
                (normal(3, 1, 2), np.array([[[0, 7]], [[5, 2]], [[4, 3]]])),
            ),
            ModuleSample(
                "empty batch",
                "a size of −1 that cannot be worked out",
                {"kernel_size": 2},
                (normal(0, 3, 4, 5), integers(0, 3, 4, 5, high=8)),
            ),
            ModuleSample(
                "worked by hand",
                "indices that count the places of a window",
                {"kernel_size": (2, 3)},
                (np.array([[[7.0, 8.0]]]), np.array([[[2, 10]]])),
                expected={"forward": [[[0.0, 0.0, 7.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 8.0, 0.0]]]},
            ),
        ),
        errors=bad_unpoolings("MaxUnpool2d", 4, 3),
        differences=(UNPOOL_TUPLES,),
    ),
    Case(
        "MaxUnpool3d",
        samples=(
            ModuleSample(
                "unequal sides",
                "planes, rows and columns exchanged",
                {"kernel_size": (1, 3, 2), "stride": (2, 1, 3), "padding": (0, 1, 0)},
                (normal(2, 3, 4, 5, 6), distinct(2, 3, 4, 5, 6, of=7 * 5 * 17)),
                layout=STRIDED,
            ),
            ModuleSample(
                "output_size",
                "a plane too many, since the pooling began a window that it did not see whole",
                {"kernel_size": 2},
                (normal(2, 4, 3, 1, 2), distinct(2, 4, 3, 1, 2, of=5 * 3 * 4)),
                keywords={"output_size": (5, 3, 4)},
                layout=STRIDED,
            ),
            ModuleSample(
                "unbatched",
                "a batch axis taken for granted",
                {"kernel_size": 2},
                (normal(2, 3, 1, 1), np.array([[[[0]], [[9]], [[20]]], [[[23]], [[1]], [[12]]]])),
            ),
            ModuleSample(
                "empty batch",
                "a size of −1 that cannot be worked out",
                {"kernel_size": 2},
                (normal(0, 3, 1, 2, 4), integers(0, 3, 1, 2, 4, high=8)),
            ),
            ModuleSample(
                "worked by hand",
                "indices that count the places of a plane",
                {"kernel_size": (2, 1, 2)},
                (np.array([[[[8.0, 7.0]]]]), np.array([[[[5, 3]]]])),
                expected={"forward": [[[[0.0, 0.0, 0.0, 7.0]], [[0.0, 8.0, 0.0, 0.0]]]]},
            ),
        ),
        errors=bad_unpoolings("MaxUnpool3d", 4, 3, 2),
        differences=(UNPOOL_TUPLES,),
    ),
]
