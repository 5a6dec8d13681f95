"""Cases of the convolutions."""

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ModuleSample, normal
from parity.cases.layers._convolution import CHANNELS, GROUPED, bad_arguments, differences

__all__ = ["CASES"]

SEQUENCES = (normal(2, 3, 7),)
IMAGES = (normal(2, 3, 6, 5),)
VOLUMES = (normal(2, 3, 4, 3, 5),)


def errors(*image: int) -> tuple[ErrorSample, ...]:
    """What a convolution over an image of these sides refuses."""
    args = {**CHANNELS, "kernel_size": 3}
    images = (np.ones((2, 3, *image)),)
    *others, width = image
    reflected = {"padding": (*[1] * len(others), width), "padding_mode": "reflect"}
    around = {"padding": (*[1] * len(others), width + 1), "padding_mode": "circular"}
    kernel = (*[1] * len(others), width + 3)
    return (
        *bad_arguments(*image),
        ErrorSample(
            "kernel larger than the padded image", RuntimeError, {**args, "kernel_size": kernel, "padding": 1}, images
        ),
        ErrorSample("dilated kernel larger than the image", RuntimeError, {**args, "dilation": max(image)}, images),
        ErrorSample("same with a stride", ValueError, {**args, "padding": "same", "stride": 2}),
        ErrorSample("unknown padding", ValueError, {**args, "padding": "full"}),
        ErrorSample("reflected too far", RuntimeError, {**args, **reflected}, images),
        ErrorSample("around more than once", RuntimeError, {**args, **around}, images),
    )


NEGATIVE = Difference(
    "negative padding with a padding_mode",
    "PyTorch crops the image then, and refuses it in the mode zeros; here it is refused in every mode",
)

CASES = [
    Case(
        "Conv1d",
        samples=(
            ModuleSample("batch", "a kernel that is turned over", {**CHANNELS, "kernel_size": 3}, SEQUENCES),
            ModuleSample(
                "unbatched",
                "a batch axis taken for granted",
                {**CHANNELS, "kernel_size": 3, "padding": 2, "bias": False},
                (normal(3, 7),),
            ),
            ModuleSample(
                "everything at once",
                "options that only work alone",
                {**GROUPED, "kernel_size": 3, "stride": 2, "padding": 3, "dilation": 2},
                (normal(2, 4, 7),),
            ),
            ModuleSample(
                "padding wider than the kernel",
                "a gradient that expects every window to touch the sequence",
                {**CHANNELS, "kernel_size": 2, "padding": 3},
                SEQUENCES,
            ),
            ModuleSample(
                "same, even kernel",
                "the odd place of padding on the left",
                {**CHANNELS, "kernel_size": 4, "padding": "same", "padding_mode": "replicate"},
                SEQUENCES,
            ),
            ModuleSample(
                "circular",
                "the near side where the opposite one is meant",
                {**CHANNELS, "kernel_size": 3, "padding": 2, "padding_mode": "circular"},
                SEQUENCES,
            ),
            ModuleSample("empty batch", "a size found by division", {**CHANNELS, "kernel_size": 3}, (normal(0, 3, 7),)),
            ModuleSample(
                "worked by hand",
                "a kernel turned over: 1·1 + 2·10 + 5 is 26, and 17 the other way round",
                {"in_channels": 1, "out_channels": 1, "kernel_size": 2, "dtype": "float64"},
                (np.array([[[1.0, 2.0, 4.0]]]),),
                parameters={"weight": np.array([[[1.0, 10.0]]]), "bias": np.array([5.0])},
                expected={"forward": [[[26.0, 47.0]]]},
                dtypes=("float64",),
            ),
        ),
        errors=errors(7),
        differences=(*differences(1), NEGATIVE),
    ),
    Case(
        "Conv2d",
        samples=(
            ModuleSample(
                "batch",
                "a kernel that is turned over, or height and width swapped",
                {**CHANNELS, "kernel_size": (3, 2)},
                IMAGES,
            ),
            ModuleSample(
                "no bias", "a bias that cannot be left out", {**CHANNELS, "kernel_size": 3, "bias": False}, IMAGES
            ),
            ModuleSample(
                "unbatched",
                "a batch axis taken for granted",
                {**CHANNELS, "kernel_size": 3, "padding": 1},
                (normal(3, 6, 5),),
            ),
            ModuleSample("one pixel", "a kernel of one element squeezed away", {**CHANNELS, "kernel_size": 1}, IMAGES),
            ModuleSample(
                "as large as the image",
                "an output of one pixel squeezed away",
                {**CHANNELS, "kernel_size": (6, 5)},
                IMAGES,
            ),
            ModuleSample(
                "one of everything",
                "an axis of size one squeezed away",
                {"in_channels": 1, "out_channels": 1, "kernel_size": 2},
                (normal(1, 1, 3, 2),),
            ),
            ModuleSample(
                "stride",
                "a gradient that forgets the rows and columns that no window reaches",
                {**CHANNELS, "kernel_size": (3, 2), "stride": (2, 3)},
                (normal(2, 3, 8, 7),),
            ),
            ModuleSample(
                "padding",
                "padding of the height used for the width, or left in the gradient of the input",
                {**CHANNELS, "kernel_size": (4, 3), "padding": (1, 2)},
                IMAGES,
            ),
            ModuleSample(
                "square kernel",
                "a kernel that is turned over, or a gradient that is not summed over the windows",
                {**CHANNELS, "kernel_size": 3},
                IMAGES,
            ),
            ModuleSample(
                "stride of one number",
                "a stride that is taken for one axis only",
                {**CHANNELS, "kernel_size": 2, "stride": 2},
                IMAGES,
            ),
            ModuleSample(
                "padding of one number",
                "padding that stays in the gradient of the input",
                {**CHANNELS, "kernel_size": 3, "padding": 1},
                IMAGES,
            ),
            ModuleSample(
                "stride and padding of one number",
                "padding that is counted in strides",
                {**CHANNELS, "kernel_size": 3, "stride": 2, "padding": 1},
                IMAGES,
            ),
            ModuleSample(
                "padding, stride and dilation",
                "padding added after the stride, or a form for neither",
                {**CHANNELS, "kernel_size": 3, "padding": 1, "stride": 2, "dilation": 2},
                IMAGES,
            ),
            ModuleSample(
                "padding wider than the kernel",
                "a gradient that expects every window to touch the image",
                {**CHANNELS, "kernel_size": 2, "padding": (1, 3)},
                IMAGES,
            ),
            ModuleSample(
                "padding higher than the kernel",
                "a gradient that expects every window to touch the image",
                {**CHANNELS, "kernel_size": 2, "padding": (3, 1)},
                IMAGES,
            ),
            ModuleSample(
                "dilation",
                "a kernel whose holes are counted once too often",
                {**CHANNELS, "kernel_size": (2, 3), "dilation": (3, 2)},
                IMAGES,
            ),
            ModuleSample(
                "groups",
                "groups that see the channels of their neighbours",
                {**GROUPED, "kernel_size": 3},
                (normal(2, 4, 6, 5),),
            ),
            ModuleSample(
                "depthwise",
                "outputs of a group spread over the groups",
                {"in_channels": 3, "out_channels": 6, "groups": 3, "kernel_size": 2, "bias": False},
                IMAGES,
            ),
            ModuleSample(
                "everything at once",
                "options that only work alone",
                {**GROUPED, "kernel_size": (2, 3), "stride": (2, 1), "padding": (1, 2), "dilation": (2, 1)},
                (normal(3, 4, 6, 5),),
            ),
            ModuleSample(
                "valid", "a word that is not understood", {**CHANNELS, "kernel_size": 3, "padding": "valid"}, IMAGES
            ),
            ModuleSample(
                "same",
                "a dilation that is left out of the reach of the kernel",
                {**CHANNELS, "kernel_size": (3, 5), "padding": "same", "dilation": (2, 1)},
                IMAGES,
            ),
            ModuleSample(
                "same, even kernel",
                "the odd row and column of padding above and to the left",
                {**CHANNELS, "kernel_size": (4, 2), "padding": "same", "padding_mode": "replicate"},
                IMAGES,
            ),
            ModuleSample(
                "reflect",
                "a mirror that repeats the edge",
                {**CHANNELS, "kernel_size": 3, "padding": (2, 1), "padding_mode": "reflect"},
                IMAGES,
            ),
            ModuleSample(
                "reflect, as far as it goes",
                "a gradient that each pixel collects from one of its images only",
                {**CHANNELS, "kernel_size": 3, "padding": (5, 4), "padding_mode": "reflect"},
                (normal(2, 3, 6, 5, std=0.2),),  # long sums: small numbers leave float32 its margin
            ),
            ModuleSample(
                "replicate",
                "corners that are filled with zeros",
                {**CHANNELS, "kernel_size": (2, 3), "padding": (3, 2), "stride": 2, "padding_mode": "replicate"},
                IMAGES,
            ),
            ModuleSample(
                "circular",
                "the near side where the opposite one is meant",
                {**CHANNELS, "kernel_size": 3, "padding": (1, 2), "padding_mode": "circular"},
                IMAGES,
            ),
            ModuleSample(
                "circular, unbatched, groups",
                "a mode that needs a batch axis",
                {**GROUPED, "kernel_size": 3, "padding": 1, "padding_mode": "circular"},
                (normal(4, 6, 5),),
            ),
            ModuleSample(
                "empty batch", "a size found by division", {**CHANNELS, "kernel_size": 3}, (normal(0, 3, 6, 5),)
            ),
            ModuleSample(
                "empty batch, stride",
                "a size found by division, in the general form",
                {**CHANNELS, "kernel_size": 3, "stride": 2},
                (normal(0, 3, 6, 5),),
            ),
            ModuleSample(
                "worked by hand",
                "a kernel turned over: 1·1 + 2·2 + 3·4 + 4·5 + 10 is 47, and 77 the other way round",
                {"in_channels": 1, "out_channels": 1, "kernel_size": 2},
                (np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]]),),
                parameters={"weight": np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), "bias": np.array([10.0])},
                expected={"forward": [[[[47.0, 57.0]]]]},
            ),
            ModuleSample(
                "dtype",
                "a dtype argument that is ignored",
                {**CHANNELS, "kernel_size": 3, "dtype": "float64"},
                IMAGES,
                dtypes=("float64",),
            ),
        ),
        errors=errors(6, 5),
        differences=(*differences(2), NEGATIVE),
    ),
    Case(
        "Conv3d",
        samples=(
            ModuleSample("batch", "depth, height and width swapped", {**CHANNELS, "kernel_size": (2, 1, 3)}, VOLUMES),
            ModuleSample(
                "unbatched",
                "padding of the depth used for the width",
                {"in_channels": 2, "out_channels": 3, "kernel_size": (3, 2, 1), "padding": (2, 0, 1), "bias": False},
                (normal(2, 4, 3, 5),),
            ),
            ModuleSample(
                "everything at once",
                "options that only work alone",
                {**GROUPED, "kernel_size": 2, "stride": (2, 1, 3), "padding": (1, 0, 2), "dilation": (1, 2, 3)},
                (normal(2, 4, 3, 4, 5),),
            ),
            ModuleSample(
                "same",
                "a dilation that is left out of the reach of the kernel",
                {**CHANNELS, "kernel_size": (1, 2, 3), "padding": "same", "dilation": (3, 2, 1)},
                VOLUMES,
            ),
            ModuleSample(
                "reflect",
                "a mirror that repeats the edge, or only works on images",
                {**CHANNELS, "kernel_size": (2, 3, 3), "padding": (1, 0, 2), "padding_mode": "reflect"},
                VOLUMES,
            ),
            ModuleSample(
                "worked by hand",
                "a kernel turned over: 1·1 + 10·3 + 5 is 36, and 18 the other way round",
                {"in_channels": 1, "out_channels": 1, "kernel_size": (2, 1, 1), "dtype": "float64"},
                (np.array([[[[[1.0, 2.0]], [[3.0, 4.0]]]]]),),
                parameters={"weight": np.array([[[[[1.0]], [[10.0]]]]]), "bias": np.array([5.0])},
                expected={"forward": [[[[[36.0, 47.0]]]]]},
                dtypes=("float64",),
            ),
        ),
        errors=errors(4, 3, 5),
        differences=(*differences(3), NEGATIVE),
    ),
]
