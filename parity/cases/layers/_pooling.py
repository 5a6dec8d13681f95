"""What the cases of the pooling layers share."""

from typing import Any

import numpy as np

from parity.cases import Difference, Draw, ErrorSample

__all__ = [
    "EXTREMES",
    "INFINITE",
    "NAN",
    "TIES",
    "TUPLES",
    "bad_images",
    "bad_windows",
    "integers_refused",
    "minus_infinities",
    "not_numbers",
    "whole",
]

TIES = "equal elements: the derivative differs from side to side"
NAN = "a NaN has no slope"
INFINITE = "an infinity has no slope"

# Sums that overflow, infinities alone and against one another, nan.
EXTREMES = np.array([[1e308, 1e308, np.inf, 1.0, np.inf, -np.inf, np.nan, 2.0, 0.0, -0.0]])

TUPLES = (
    Difference("tuples of one number", "they are refused, as too few; PyTorch takes (2,) for (2, 2)"),
    Difference(
        "bad kernel_size, stride, dilation or padding",
        "they are refused at once, when the layer is built; PyTorch waits for an input",
    ),
)


def whole(*shape: int) -> Draw:
    """Whole numbers of which many are equal."""
    return lambda rng: rng.integers(0, 3, shape).astype(np.float64)


def minus_infinities(*shape: int) -> Draw:
    """Images of which most is −∞, so that some windows hold nothing else."""
    return lambda rng: np.where(rng.random(shape) < 0.8, -np.inf, rng.normal(size=shape))


def not_numbers(*shape: int) -> Draw:
    """Images with so many NaN that some windows hold several."""
    return lambda rng: np.where(rng.random(shape) < 0.3, np.nan, rng.normal(size=shape))


def integers_refused(args: dict[str, Any], *image: int, why: str = "") -> ErrorSample:
    return ErrorSample("integers", RuntimeError, args, (np.ones((2, 3, *image), np.int64),), only_ours=why)


def bad_images(
    args: dict[str, Any], *image: int, too_few: type[Exception] = RuntimeError, no_channels: str = ""
) -> tuple[ErrorSample, ...]:
    """Inputs of another shape than (N, C, *image) or (C, *image). `no_channels`: why PyTorch takes these."""
    return (
        ErrorSample("too few axes", too_few, args, (np.ones(image),)),
        ErrorSample("too many axes", RuntimeError, args, (np.ones((1, 2, 3, *image)),)),
        ErrorSample("no channels", RuntimeError, args, (np.ones((2, 0, *image)),), only_ours=no_channels),
        ErrorSample("no columns", RuntimeError, args, (np.ones((2, 3, *image[:-1], 0)),)),
        ErrorSample("no rows", RuntimeError, args, (np.ones((2, 3, 0, *image[1:])),)),
    )


def bad_windows(args: dict[str, Any], *image: int, padded: bool = True) -> tuple[ErrorSample, ...]:
    """Windows that are refused, given images of these sides; `padded`: the layer has a padding."""
    ones = (np.ones((2, 3, *image)),)
    dims = len(image)
    paddings = (
        ErrorSample("padding of more than half", RuntimeError, {**args, "kernel_size": 3, "padding": 2}, ones),
        ErrorSample("negative padding", RuntimeError, {**args, "kernel_size": 3, "padding": -1}, ones),
    )
    return (
        ErrorSample("no window", RuntimeError, {**args, "kernel_size": 0, "stride": 1}, ones),
        ErrorSample("no stride", RuntimeError, {**args, "stride": 0}, ones),
        ErrorSample("too many strides", RuntimeError, {**args, "stride": (1,) * (dims + 1)}, ones),
        ErrorSample(
            "window larger than the image", RuntimeError, {**args, "kernel_size": image[-1] + 1, "stride": 1}, ones
        ),
        *(paddings if padded else ()),
    )
