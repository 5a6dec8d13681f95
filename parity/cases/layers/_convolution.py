"""What the cases of the convolutions and of the transposed convolutions share."""

import numpy as np

from parity.cases import Difference, ErrorSample

__all__ = ["CHANNELS", "GROUPED", "bad_arguments", "differences"]

CHANNELS = {"in_channels": 3, "out_channels": 4}
USELESS = "PyTorch makes the layer, and warns or waits for an input"
GROUPED = {"in_channels": 4, "out_channels": 6, "groups": 2}


def bad_arguments(*image: int) -> tuple[ErrorSample, ...]:
    """What a convolution refuses, and its transpose as well, given an image of these sides."""
    args = {**CHANNELS, "kernel_size": 3}
    images = (np.ones((2, 3, *image)),)
    return (
        ErrorSample("wrong channels", RuntimeError, args, (np.ones((2, 4, *image)),)),
        ErrorSample("too few axes", RuntimeError, args, (np.ones(image),)),
        ErrorSample("too many axes", RuntimeError, args, (np.ones((1, 2, 3, *image)),)),
        ErrorSample("no rows", RuntimeError, {**args, "padding": 2}, (np.ones((2, 3, 0, *image[1:])),)),
        ErrorSample("integers", RuntimeError, args, (np.ones((2, 3, *image), dtype=np.int64),)),
        ErrorSample("negative channels", RuntimeError, {**args, "in_channels": -3}),
        ErrorSample("no input channels", RuntimeError, {**args, "in_channels": 0}, only_ours=USELESS),
        ErrorSample("no output channels", RuntimeError, {**args, "out_channels": 0}, only_ours=USELESS),
        ErrorSample("groups not dividing the input", ValueError, {**args, "groups": 2}),
        ErrorSample("groups not dividing the output", ValueError, {**args, "in_channels": 12, "groups": 6}),
        ErrorSample("no groups", ValueError, {**args, "groups": 0}),
        ErrorSample("unknown padding_mode", ValueError, {**args, "padding_mode": "zero"}),
        ErrorSample("no stride", RuntimeError, {**args, "stride": 0}, images),
        ErrorSample("no dilation", RuntimeError, {**args, "dilation": 0}, images),
        ErrorSample("negative padding", RuntimeError, {**args, "padding": -1}, images),
        ErrorSample("too many strides", RuntimeError, {**args, "stride": (1,) * (len(image) + 1)}, images),
    )


def differences(dims: int) -> tuple[Difference, ...]:
    """Those of a convolution over this many axes, and of its transpose."""
    at_once = Difference(
        "bad stride, dilation or padding",
        "they are refused at once, when the layer is built; PyTorch waits for an input",
    )
    none = Difference(
        "no channels", "a layer without them is refused; PyTorch makes it, and fails at an input or returns no channels"
    )
    short = Difference("tuples of one number", "they are refused, as too few; PyTorch takes (1,) for one on each axis")
    return (at_once, none, short) if dims > 1 else (at_once, none)
