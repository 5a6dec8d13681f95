"""Cases of the convolutions."""

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ModuleSample, normal

__all__ = ["CASES"]

IMAGES = (normal(2, 3, 6, 5),)
CHANNELS = {"in_channels": 3, "out_channels": 4}
GROUPED = {"in_channels": 4, "out_channels": 6, "groups": 2}

CASES = [
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
                "padding and stride",
                "padding added after the stride",
                {**CHANNELS, "kernel_size": 3, "padding": 1, "stride": 2},
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
        errors=(
            ErrorSample("wrong channels", RuntimeError, {**CHANNELS, "kernel_size": 3}, (np.ones((2, 4, 6, 5)),)),
            ErrorSample("too few axes", RuntimeError, {**CHANNELS, "kernel_size": 3}, (np.ones((6, 5)),)),
            ErrorSample("too many axes", RuntimeError, {**CHANNELS, "kernel_size": 3}, (np.ones((1, 2, 3, 6, 5)),)),
            ErrorSample(
                "no rows", RuntimeError, {**CHANNELS, "kernel_size": 3, "padding": 2}, (np.ones((2, 3, 0, 5)),)
            ),
            ErrorSample(
                "kernel larger than the padded image",
                RuntimeError,
                {**CHANNELS, "kernel_size": (3, 8), "padding": 1},
                (np.ones((2, 3, 6, 5)),),
            ),
            ErrorSample(
                "dilated kernel larger than the image",
                RuntimeError,
                {**CHANNELS, "kernel_size": 3, "dilation": 3},
                (np.ones((2, 3, 7, 6)),),
            ),
            ErrorSample(
                "integers", RuntimeError, {**CHANNELS, "kernel_size": 3}, (np.ones((2, 3, 6, 5), dtype=np.int64),)
            ),
            ErrorSample("groups not dividing the input", ValueError, {**CHANNELS, "kernel_size": 3, "groups": 2}),
            ErrorSample(
                "groups not dividing the output",
                ValueError,
                {"in_channels": 4, "out_channels": 3, "kernel_size": 3, "groups": 2},
            ),
            ErrorSample("no groups", ValueError, {**CHANNELS, "kernel_size": 3, "groups": 0}),
            ErrorSample(
                "same with a stride", ValueError, {**CHANNELS, "kernel_size": 3, "padding": "same", "stride": 2}
            ),
            ErrorSample("unknown padding", ValueError, {**CHANNELS, "kernel_size": 3, "padding": "full"}),
            ErrorSample("unknown padding_mode", ValueError, {**CHANNELS, "kernel_size": 3, "padding_mode": "zero"}),
            ErrorSample(
                "no stride", RuntimeError, {**CHANNELS, "kernel_size": 3, "stride": 0}, (np.ones((2, 3, 6, 5)),)
            ),
            ErrorSample(
                "no dilation", RuntimeError, {**CHANNELS, "kernel_size": 3, "dilation": 0}, (np.ones((2, 3, 6, 5)),)
            ),
            ErrorSample(
                "negative padding",
                RuntimeError,
                {**CHANNELS, "kernel_size": 3, "padding": -1},
                (np.ones((2, 3, 6, 5)),),
            ),
            ErrorSample(
                "three strides",
                RuntimeError,
                {**CHANNELS, "kernel_size": 3, "stride": (1, 1, 1)},
                (np.ones((2, 3, 6, 5)),),
            ),
            ErrorSample(
                "reflected too far",
                RuntimeError,
                {**CHANNELS, "kernel_size": 3, "padding": (1, 5), "padding_mode": "reflect"},
                (np.ones((2, 3, 6, 5)),),
            ),
            ErrorSample(
                "around more than once",
                RuntimeError,
                {**CHANNELS, "kernel_size": 3, "padding": (1, 6), "padding_mode": "circular"},
                (np.ones((2, 3, 6, 5)),),
            ),
        ),
        differences=(
            Difference(
                "bad stride, dilation or padding",
                "they are refused at once, when the layer is built; PyTorch waits for an input",
            ),
            Difference("tuples of one number", "they are refused, as too few; PyTorch takes (1,) for (1, 1)"),
            Difference(
                "negative padding with a padding_mode",
                "PyTorch crops the image then, and refuses it in the mode zeros; here it is refused in every mode",
            ),
        ),
    ),
]
