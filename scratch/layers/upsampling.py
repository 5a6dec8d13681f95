"""Layers that enlarge images, or shrink them, without learning anything."""

from __future__ import annotations

import math
from typing import TypeVar

from scratch.dtypes import Array
from scratch.layers._checks import check_floating
from scratch.layers._resampling import collect, find_taps, resample
from scratch.module import Module

__all__ = ["Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d"]

_T = TypeVar("_T", int, float)

# What is done on each axis, and the numbers of axes, batch and channels included, that an input may have.
_MODES = {
    "nearest": ("nearest", (3, 4, 5)),
    "nearest-exact": ("nearest-exact", (3, 4, 5)),
    "area": ("area", (3, 4, 5)),
    "linear": ("linear", (3,)),
    "bilinear": ("linear", (4,)),
    "trilinear": ("linear", (5,)),
    "bicubic": ("cubic", (4,)),
}


class Upsample(Module):
    """Resamples signals, images or volumes: each new element is interpolated from the nearest old ones.

    Math:
        forward:  output[n, c, o] = Σ_k w[o, k] input[n, c, i[o, k]], on one axis after the other
        backward: grad_input[n, c, i] = Σ w[o, k] grad_output[n, c, o] over all (o, k) with i[o, k] = i
        where i[o, k] and w[o, k] are the old places near position s(o), and their weights, for the new place o:
            align_corners:  s(o) = o (I − 1) / (O − 1), so that the first and the last elements keep their places
            otherwise:      s(o) = (o + ½) / f − ½, elements being squares with their places in the middle
        with I and O the old and the new size of the axis and f the scale factor; O / I where only the size is given.
            nearest:        the element at ⌊o / f⌋;  nearest-exact: at ⌊(o + ½) / f⌋, the one whose middle is nearest
            linear (bi-, tri-): 1 − t of the element before s and t of the one behind, where t = s − ⌊s⌋
            bicubic:        four elements, two on each side, weighted by k(t + 1), k(t), k(1 − t), k(2 − t), where
                            k(x) = 1.25 x³ − 2.25 x² + 1 up to x = 1, and −0.75 (x³ − 5 x² + 8 x − 4) up to 2
            area:           the mean of the elements from ⌊o I / O⌋ up to ⌈(o + 1) I / O⌉
        Beyond the border the last element is repeated. A linear mode copies an axis whose size stays as it is.

    Args:
        size: the new size; one number for all axes, or one for each.
        scale_factor: how many times larger each axis becomes, rounded down; one number, or a tuple of one for each.
        mode: "nearest", "nearest-exact", "area", "linear", "bilinear", "trilinear" or "bicubic".
        align_corners: see above; for the linear modes and bicubic. None is False.
        recompute_scale_factor: whether f is taken from the rounded sizes instead of scale_factor.

    Shape:
        - Input: (N, C, W), (N, C, H, W) or (N, C, D, H, W); linear, bilinear and bicubic, and trilinear take the first,
          the second and the third only.
        - Output: (N, C, *), where * is `size`, or ⌊scale_factor · H⌋ and so on.

    Raises:
        ValueError: both or none of size and scale_factor, arguments that do not go with the mode or with a size, or
            another number of them than the input has axes.
        TypeError: a size that is no whole number, or a list of scale factors.
        NotImplementedError: an unknown mode, or an input of a number of axes that is not the mode's.
        RuntimeError: an input without elements, a new size below 1, or a factor that is not finite.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Upsample.html; Keys, 1981, for the cubic kernel

    Example:
        >>> import numpy as np
        >>> Upsample(scale_factor=2)(np.array([[[1.0, 3.0]]]))
        array([[[1., 1., 3., 3.]]])
        >>> Upsample(scale_factor=2, mode="linear")(np.array([[[1.0, 3.0]]]))
        array([[[1. , 1.5, 2.5, 3. ]]])
        >>> Upsample(size=3, mode="linear", align_corners=True)(np.array([[[1.0, 3.0]]]))
        array([[[1., 2., 3.]]])
    """

    def __init__(
        self,
        size: int | tuple[int, ...] | None = None,
        scale_factor: float | tuple[float, ...] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.size = size
        self.scale_factor: float | tuple[float, ...] | None = None
        if isinstance(scale_factor, list):
            raise TypeError(f"{type(self).__name__}: expected scale_factor as a number or a tuple, got {scale_factor}")
        if isinstance(scale_factor, tuple):
            self.scale_factor = tuple(float(factor) for factor in scale_factor)
        elif scale_factor:
            self.scale_factor = float(scale_factor)
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor
        self._check_arguments()

    def forward(self, input: Array) -> Array:
        self._check(input)
        image = input.shape[2:]
        kind, _ = _MODES[self.mode]
        plan = []
        output = input
        for axis, (old, new, factor) in enumerate(zip(image, *self._sizes(image), strict=True), start=2):
            taps = find_taps(kind, old, new, factor, bool(self.align_corners), input.dtype)
            output = resample(output, axis, taps)
            plan.append((axis, taps, old))
        self.save(plan)
        return output

    def backward(self, grad_output: Array) -> Array:
        (plan,) = self.saved(grad_output)
        grad = grad_output
        for axis, taps, old in reversed(plan):
            grad = collect(grad, axis, taps, old)
        return grad

    def _sizes(self, image: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[float | None, ...]]:
        """For each axis its new size, and the factor to go by, None for the ratio of the sizes."""
        by_size = (None,) * len(image)
        if self.scale_factor is None:
            return self._for_each_axis(self.size, image), by_size
        given = self._for_each_axis(self.scale_factor, image)
        new = tuple(int(old * factor) for old, factor in zip(image, given, strict=True))
        if self.recompute_scale_factor or self.mode == "area":
            return new, by_size
        factors: tuple[float | None, ...] = given
        if self.mode == "nearest" and len(image) == 2:
            # As PyTorch does, for two axes only.
            factors = tuple(None if n in (o, 2 * o) else f for n, o, f in zip(new, image, given, strict=True))
        return new, factors

    def _for_each_axis(self, value: _T | tuple[_T, ...] | None, image: tuple[int, ...]) -> tuple[_T, ...]:
        several = isinstance(value, tuple | list)
        values = _numbers(value) if several else _numbers(value) * len(image)
        if len(values) != len(image):
            name = type(self).__name__
            raise ValueError(f"{name}: expected {len(image)} numbers for an image of sizes {image}, got {value}")
        return values

    def _check(self, input: Array) -> None:
        name = type(self).__name__
        check_floating(self, input)
        _, axes = _MODES[self.mode]
        if input.ndim not in axes:
            raise NotImplementedError(f"{name}: expected {axes} axes for mode {self.mode!r}, got shape {input.shape}")
        new, _ = self._sizes(input.shape[2:])
        if 0 in input.shape[1:] or min(new) < 1:
            raise RuntimeError(
                f"{name}: expected sizes above 0, but for the batch's, got shape {input.shape} and new sizes {new}"
            )

    def _check_arguments(self) -> None:
        name, size, factor = type(self).__name__, self.size, self.scale_factor
        if self.mode not in _MODES:
            raise NotImplementedError(f"{name}: expected mode to be one of {', '.join(_MODES)}, got {self.mode!r}")
        if (size is None) == (factor is None):
            raise ValueError(f"{name}: expected either size or scale_factor, got {size} and {factor}")
        if not all(isinstance(number, int) for number in _numbers(size)):
            raise TypeError(f"{name}: expected size in whole numbers, got {size}")
        if not all(math.isfinite(number) for number in _numbers(factor)):
            raise RuntimeError(f"{name}: expected a finite scale_factor, got {factor}")
        if self.align_corners is not None and self.mode in ("nearest", "nearest-exact", "area"):
            raise ValueError(f"{name}: expected no align_corners for mode {self.mode!r}, got {self.align_corners}")
        if self.recompute_scale_factor and size is not None:
            raise ValueError(f"{name}: expected no recompute_scale_factor where size is given, got {size}")


def _numbers(value: _T | tuple[_T, ...] | None) -> tuple[_T, ...]:
    """One number or several, as a tuple; none where nothing is given."""
    if value is None:
        return ()
    return tuple(value) if isinstance(value, tuple | list) else (value,)


class UpsamplingBilinear2d(Upsample):
    """Enlarges images by bilinear interpolation that keeps the corners: `Upsample`, with two arguments fixed.

    Math:
        `Upsample` with mode "bilinear" and align_corners=True: on each axis, with s = o (I − 1) / (O − 1), t = s − ⌊s⌋
        and I and O the old and the new size,
        forward:  output[o] = (1 − t) input[⌊s⌋] + t input[⌊s⌋ + 1]
        backward: grad_input collects the same shares of grad_output.

    Args:
        size: the new height and width; one number stands for both.
        scale_factor: how many times larger; one number, or a tuple of two.

    Shape:
        - Input: (N, C, H, W).
        - Output: (N, C, H', W').

    Raises:
        As `Upsample`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.UpsamplingBilinear2d.html

    Example:
        >>> import numpy as np
        >>> UpsamplingBilinear2d(size=(1, 3))(np.array([[[[1.0, 3.0]]]]))
        array([[[[1., 2., 3.]]]])
    """

    def __init__(
        self, size: int | tuple[int, int] | None = None, scale_factor: float | tuple[float, float] | None = None
    ) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)


class UpsamplingNearest2d(Upsample):
    """Enlarges images by repeating elements: `Upsample`, with mode "nearest".

    Math:
        on each axis, with f = O / I the ratio of the new to the old size,
        forward:  output[o] = input[⌊o / f⌋]
        backward: grad_input[i] = Σ grad_output[o] over all o with ⌊o / f⌋ = i

    Args:
        size: the new height and width; one number stands for both.
        scale_factor: how many times larger; one number, or a tuple of two.

    Shape:
        - Input: (N, C, H, W).
        - Output: (N, C, H', W').

    Raises:
        As `Upsample`.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.UpsamplingNearest2d.html

    Example:
        >>> import numpy as np
        >>> UpsamplingNearest2d(scale_factor=2)(np.array([[[[1.0, 3.0]]]]))
        array([[[[1., 1., 3., 3.],
                 [1., 1., 3., 3.]]]])
    """

    def __init__(
        self, size: int | tuple[int, int] | None = None, scale_factor: float | tuple[float, float] | None = None
    ) -> None:
        super().__init__(size, scale_factor, mode="nearest")
