"""Cases of the transposed convolutions."""

from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import Case, Difference, ErrorSample, ModuleSample, ScriptSample, normal
from parity.cases.layers._convolution import CHANNELS, GROUPED, bad_arguments, differences
from parity.sides import Side

__all__ = ["CASES"]

SEQUENCES = (normal(2, 3, 5),)
IMAGES = (normal(2, 3, 5, 4),)
VOLUMES = (normal(2, 3, 3, 2, 4),)


def _sized(side: Side, images: npt.NDArray[Any], component: str, *sizes: tuple[int, ...]) -> Any:
    """The same layer, asked for outputs of several sizes: the image alone, or batch and channels before it."""
    layer = side.find(component)(3, 2, 3, stride=3, padding=1, output_padding=1, dtype=side.dtype(images.dtype.name))
    found = []
    for size in sizes:
        inputs = side.inputs([images], [True])
        output = layer(*inputs, output_size=size)
        upstream = np.cos(np.arange(np.prod(output.shape))).reshape(output.shape).astype(images.dtype)
        found += [output, side.backward(layer, output, side.array(upstream), inputs)]
    return [*found, side.grad(layer.weight)]


def sized(component: str, images: Any, *sizes: tuple[int, ...]) -> ScriptSample:
    return ScriptSample(
        "output_size",
        "an output_size that is added to output_padding, or counted from the batch or before the crop",
        inputs=(images, component, *sizes),
        script=_sized,
    )


def errors(component: str, *image: int) -> tuple[ErrorSample, ...]:
    """What a transposed convolution refuses, given an image of these sides."""
    args = {**CHANNELS, "kernel_size": 3}
    images = np.ones((2, 3, *image))

    def ask(*size: int) -> Any:
        return lambda side: side.find(component)(**args, stride=2)(side.array(images), list(size))

    half = (image[0] + 1) // 2
    full = [2 * size + 1 for size in image]
    return (
        *bad_arguments(*image),
        ErrorSample("other padding_mode", ValueError, {**args, "padding_mode": "reflect"}),
        ErrorSample("padding in words", TypeError, {**args, "padding": "same"}, (images,)),
        ErrorSample("output_padding of a whole stride", RuntimeError, {**args, "output_padding": 1}, (images,)),
        ErrorSample("negative output_padding", RuntimeError, {**args, "stride": 2, "output_padding": -1}, (images,)),
        ErrorSample("more padding than output", RuntimeError, {**args, "padding": max(image) + 2}, (images,)),
        ErrorSample("as much padding as output", RuntimeError, {**args, "kernel_size": 2, "padding": half}, (images,)),
        ErrorSample("output_size too small", ValueError, script=ask(*full[:-1], full[-1] - 1)),
        ErrorSample("output_size too large", ValueError, script=ask(*full[:-1], full[-1] + 2)),
        ErrorSample("output_size without its axes", ValueError, script=ask(*full, 9)),
    )


NOTHING_LEFT = Difference(
    "padding as large as the output",
    "what leaves nothing of the output is refused; PyTorch refuses it in float64, and returns nothing in float32",
)
OTHER_SIZE = Difference(
    "a bad output_padding beside an output_size",
    "it is refused, as when it stands alone; PyTorch does not look at it then",
)

CASES = [
    Case(
        "ConvTranspose1d",
        samples=(
            ModuleSample(
                "batch",
                "a kernel that is turned over, or a bound from the input's channels",
                {**CHANNELS, "kernel_size": 3, "padding_mode": "zeros"},
                SEQUENCES,
            ),
            ModuleSample(
                "unbatched",
                "output_padding at both ends",
                {**CHANNELS, "kernel_size": 4, "stride": 3, "padding": 1, "output_padding": 2, "bias": False},
                (normal(3, 5),),
            ),
            ModuleSample(
                "everything at once",
                "options that only work alone",
                {**GROUPED, "kernel_size": 3, "stride": 2, "padding": 2, "output_padding": 3, "dilation": 4},
                (normal(2, 4, 5),),
            ),
            ModuleSample(
                "padding wider than the kernel",
                "a crop that is taken for a margin",
                {**CHANNELS, "kernel_size": 2, "padding": 2},
                SEQUENCES,
            ),
            ModuleSample(
                "empty batch",
                "a size found by division",
                {**CHANNELS, "kernel_size": 3, "stride": 2},
                (normal(0, 3, 5),),
            ),
            ModuleSample(
                "worked by hand",
                "a kernel that is not laid a stride further on: 1, 10 + 2 and 20 + 4, and 40, each plus 5",
                {"in_channels": 1, "out_channels": 1, "kernel_size": 2, "dtype": "float64"},
                (np.array([[[1.0, 2.0, 4.0]]]),),
                parameters={"weight": np.array([[[1.0, 10.0]]]), "bias": np.array([5.0])},
                expected={"forward": [[[6.0, 17.0, 29.0, 45.0]]]},
                dtypes=("float64",),
            ),
            sized("ConvTranspose1d", normal(2, 3, 4), (10,), (2, 2, 12), (12,)),
        ),
        errors=errors("ConvTranspose1d", 5),
        differences=(*differences(1), NOTHING_LEFT, OTHER_SIZE),
    ),
    Case(
        "ConvTranspose2d",
        samples=(
            ModuleSample(
                "batch",
                "a kernel that is turned over, or height and width swapped",
                {**CHANNELS, "kernel_size": (3, 2), "padding_mode": "zeros"},
                IMAGES,
            ),
            ModuleSample(
                "padding",
                "margins that are added to the output where they are to be cut off",
                {**CHANNELS, "kernel_size": (4, 3), "padding": (1, 2)},
                IMAGES,
            ),
            ModuleSample(
                "stride",
                "output_padding that is added above, or on both sides",
                {**CHANNELS, "kernel_size": 3, "stride": (3, 2), "padding": (0, 1), "output_padding": (2, 1)},
                IMAGES,
            ),
            ModuleSample(
                "stride wider than the kernel",
                "places that no kernel reaches left out",
                {**CHANNELS, "kernel_size": (1, 2), "stride": 3},
                IMAGES,
            ),
            ModuleSample(
                "unbatched, no bias",
                "a batch axis taken for granted",
                {**CHANNELS, "kernel_size": 3, "bias": False},
                (normal(3, 5, 4),),
            ),
            ModuleSample(
                "groups",
                "output channels of a group spread over the groups",
                {"in_channels": 6, "out_channels": 4, "groups": 2, "kernel_size": 2, "stride": 2},
                (normal(2, 6, 3, 4),),
            ),
            ModuleSample(
                "depthwise",
                "an outer product taken for an inner one",
                {"in_channels": 3, "out_channels": 3, "groups": 3, "kernel_size": 2, "stride": 2},
                IMAGES,
            ),
            ModuleSample(
                "everything at once",
                "an output_padding as wide as the stride, where the dilation allows it",
                {**GROUPED, "kernel_size": 2, "stride": (1, 2), "padding": (0, 1), "output_padding": 2, "dilation": 3},
                (normal(2, 4, 3, 5),),
            ),
            ModuleSample(
                "one of everything",
                "an axis of size one squeezed away",
                {"in_channels": 1, "out_channels": 1, "kernel_size": 1},
                (normal(1, 1, 1, 1),),
            ),
            ModuleSample(
                "empty batch", "a size found by division", {**CHANNELS, "kernel_size": 3}, (normal(0, 3, 5, 4),)
            ),
            ModuleSample(
                "worked by hand",
                "kernels that do not overlap although the stride is smaller",
                {"in_channels": 1, "out_channels": 1, "kernel_size": 2, "stride": (2, 1), "dtype": "float64"},
                (np.array([[[[1.0, 10.0]]]]),),
                parameters={"weight": np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), "bias": np.array([5.0])},
                expected={"forward": [[[[6.0, 17.0, 25.0], [8.0, 39.0, 45.0]]]]},
                dtypes=("float64",),
            ),
            sized("ConvTranspose2d", normal(2, 3, 3, 2), (7, 6), (8, 5), (2, 2, 9, 4)),
        ),
        errors=errors("ConvTranspose2d", 5, 4),
        differences=(*differences(2), NOTHING_LEFT, OTHER_SIZE),
    ),
    Case(
        "ConvTranspose3d",
        samples=(
            ModuleSample(
                "batch",
                "depth, height and width swapped",
                {**CHANNELS, "kernel_size": (2, 1, 3), "padding_mode": "zeros"},
                VOLUMES,
            ),
            ModuleSample(
                "unbatched",
                "output_padding that is added in front",
                {
                    "in_channels": 2,
                    "out_channels": 3,
                    "kernel_size": (3, 2, 1),
                    "stride": (2, 1, 3),
                    "padding": (1, 0, 0),
                    "output_padding": (1, 0, 2),
                    "bias": False,
                },
                (normal(2, 3, 5, 4),),
            ),
            ModuleSample(
                "everything at once",
                "options that only work alone",
                {**GROUPED, "kernel_size": 2, "stride": (2, 1, 1), "padding": (0, 1, 1), "dilation": (1, 3, 2)},
                (normal(2, 4, 2, 3, 4),),
            ),
            ModuleSample(
                "worked by hand",
                "a kernel turned over: behind the numbers stand ten times the numbers, all plus 5",
                {"in_channels": 1, "out_channels": 1, "kernel_size": (2, 1, 1), "dtype": "float64"},
                (np.array([[[[[1.0, 2.0]]]]]),),
                parameters={"weight": np.array([[[[[1.0]], [[10.0]]]]]), "bias": np.array([5.0])},
                expected={"forward": [[[[[6.0, 7.0]], [[15.0, 25.0]]]]]},
                dtypes=("float64",),
            ),
            sized("ConvTranspose3d", normal(2, 3, 1, 2, 2), (2, 5, 4), (2, 2, 1, 4, 6)),
        ),
        errors=errors("ConvTranspose3d", 3, 2, 4),
        differences=(*differences(3), NOTHING_LEFT, OTHER_SIZE),
    ),
]
