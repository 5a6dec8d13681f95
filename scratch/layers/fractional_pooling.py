"""Fractional max pooling: windows at random steps, so that an image shrinks by a factor that is no whole number."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from scratch import random
from scratch.dtypes import Array
from scratch.layers._pooling import Indices, MaxPoolOfIntervals
from scratch.layers._windows import Sizes, sizes

__all__ = ["FractionalMaxPool2d", "FractionalMaxPool3d"]


class _FractionalMaxPool(MaxPoolOfIntervals):
    _too_few = IndexError
    _sample_of_axis: tuple[int, ...]  # which of an image's random numbers is whose
    _random_samples: Array | None
    _spare: int  # how many places more than the windows need PyTorch wants on each axis

    def __init__(
        self,
        kernel_size: int | Iterable[int],
        output_size: int | Iterable[int] | None = None,
        output_ratio: float | Iterable[float] | None = None,
        return_indices: bool = False,
        _random_samples: Array | None = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        sides = tuple(kernel_size) if isinstance(kernel_size, Iterable) else (kernel_size,) * self._dims
        if any(side < 1 for side in sides):
            raise ValueError(f"{name}: expected kernel_size of at least 1, got {kernel_size}")
        self.kernel_size = sizes(self, "kernel_size", sides, self._dims, least=1)
        if (output_size is None) == (output_ratio is None):
            raise ValueError(
                f"{name}: expected either output_size or output_ratio, got {output_size} and {output_ratio}"
            )
        self.output_size = None if output_size is None else sizes(self, "output_size", output_size, self._dims, least=1)
        self.output_ratio = None if output_ratio is None else self._read_ratio(output_ratio)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)

    def _read_ratio(self, output_ratio: float | Iterable[float]) -> tuple[float, ...]:
        ratio = tuple(output_ratio) if isinstance(output_ratio, Iterable) else (output_ratio,) * self._dims
        if len(ratio) != self._dims or not all(0 < part < 1 for part in ratio):
            raise ValueError(
                f"{type(self).__name__}: expected output_ratio to be one or {self._dims} numbers between 0 and 1,"
                f" got {output_ratio}"
            )
        return ratio

    def _find_intervals(self, images: Array) -> list[tuple[Indices, Indices]]:
        image = images.shape[2:]
        shares = self._find_samples(images)
        options = zip(image, self.kernel_size, self._count(image), self._sample_of_axis, strict=True)
        starts = [_spread_windows(shares[..., number], size - k, count) for size, k, count, number in options]
        return [(start, start + k) for start, k in zip(starts, self.kernel_size, strict=True)]  # (N, C, H')

    def _count(self, image: Sizes) -> Sizes:
        ratios = self.output_ratio
        counts = self.output_size or tuple(int(size * r) for size, r in zip(image, ratios or (), strict=True))
        least = tuple(n + k - 1 + self._spare for n, k in zip(counts, self.kernel_size, strict=True))
        if min(counts) < 1 or any(size < low for size, low in zip(image, least, strict=True)):
            raise RuntimeError(
                f"{type(self).__name__}: expected images of at least {least}, and at least one window on each axis,"
                f" for output_size={self.output_size} or output_ratio={ratios}, got {image}"
            )
        return counts

    def _find_samples(self, images: Array) -> Array:
        """Random numbers in [0, 1) for each image, one for each axis: (N, C, 2)."""
        N, C = images.shape[:2]
        if self._random_samples is None:
            return random.rand(N, C, self._dims, dtype=images.dtype)
        samples = self._random_samples
        if samples.dtype != images.dtype or samples.shape[1:] != (C, self._dims) or len(samples) < N:
            raise RuntimeError(
                f"{type(self).__name__}: expected _random_samples of shape {(N, C, self._dims)} and dtype"
                f" {images.dtype}, got {samples.shape} and {samples.dtype}"
            )
        return samples[:N]


def _spread_windows(shares: Array, last: int, count: int) -> Indices:
    """Where so many windows begin: at about equal steps, of which the first is cut by a share; the last at `last`."""
    starts = np.full((*shares.shape, count), last, np.int64)
    if count > 1:
        # Rounded as PyTorch rounds it: next to a whole number a last digit decides.
        step = shares.dtype.type(last) / shares.dtype.type(count - 1)
        shares = shares[..., None]
        positions = (np.arange(count - 1, dtype=shares.dtype) + shares) * step
        starts[..., :-1] = positions.astype(np.int64) - (shares * step).astype(np.int64)
    return starts


class FractionalMaxPool2d(_FractionalMaxPool):
    """The largest elements of windows that are spread over an image at random.

    Math:
        forward:  output[n, c, h, w] = max_{i, j} input[n, c, a(h) + i, b(w) + j]
        backward: grad_input[n, c, y, x] = Σ grad_output[n, c, h, w] over the windows that took their maximum there
        where i, j count the window's rows and columns, and a window begins at row
            a(h) = ⌊(h + u) α⌋ − ⌊u α⌋ with α = (H − kH) / (H' − 1), and the last one at a(H' − 1) = H − kH,
        b(w) likewise. H' × W' is the size of the output; u is drawn from [0, 1) for each n, c and axis, the columns'
        first. Of equal elements the first, row by row, is taken, and it alone gets the gradient. A NaN is larger than
        everything, and of several NaN the last is taken.

    Args:
        kernel_size: height kH and width kW of the window; here and below one number stands for both.
        output_size: height H' and width W' of the output.
        output_ratio: in place of it, the output's sides as shares of the input's, between 0 and 1, rounded down.
        return_indices: whether the place of each maximum is returned too, as y · W + x.
        _random_samples: the u to use, (N, C, 2), in place of drawn ones; they belong to the state.

    Shape:
        - Input: (N, C, H, W) or (C, H, W), with H >= H' + kH − 1 and W >= W' + kW − 1.
        - Output: (N, C, H', W') or (C, H', W'); with return_indices a tuple of two of these.

    Raises:
        ValueError: both or neither of output_size and output_ratio, a ratio outside (0, 1), or a kernel_size below 1.
        IndexError: an input of fewer than three axes, as in PyTorch.
        RuntimeError: an input of another shape or dtype or too small, or _random_samples of another shape or dtype.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.FractionalMaxPool2d.html;
        Graham, "Fractional max-pooling", 2014, which draws the steps otherwise

    Example:
        >>> pool = FractionalMaxPool2d((1, 2), output_size=(1, 3), _random_samples=np.array([[[0.5, 0.0]]]))
        >>> pool(np.array([[[1.0, 2.0, 5.0, 3.0, 0.0, 4.0]]]))  # α = 2: at 1 − 1, 3 − 1 and 4
        array([[[2., 5., 4.]]])
    """

    _dims = 2
    _sample_of_axis = (1, 0)
    _spare = 0


class FractionalMaxPool3d(_FractionalMaxPool):
    """The largest elements of windows that are spread over a volume at random.

    Math:
        forward:  output[n, c, t, h, w] = max_{k, i, j} input[n, c, e(t) + k, a(h) + i, b(w) + j]
        backward: grad_input[n, c, z, y, x] = Σ grad_output[n, c, t, h, w] over the windows with their maximum there
        where k, i, j are a place in the window, and a window begins at plane
            e(t) = ⌊(t + u) α⌋ − ⌊u α⌋ with α = (D − kD) / (D' − 1), and the last one at e(D' − 1) = D − kD,
        a(h) and b(w) likewise. D' × H' × W' is the size of the output; u is drawn from [0, 1) for each n, c and axis.
        Of equal elements the first, plane by plane and row by row, is taken, and it alone gets the gradient. A NaN is
        larger than everything, and of several NaN the last is taken.

    Args:
        kernel_size: depth kD, height and width of the window; here and below one number stands for all three.
        output_size: depth D', height and width of the output.
        output_ratio: in place of it, the output's sides as shares of the input's, between 0 and 1, rounded down.
        return_indices: whether the place of each maximum is returned too, as (z · H + y) · W + x.
        _random_samples: the u to use, (N, C, 3), in place of drawn ones; they belong to the state.

    Shape:
        - Input: (N, C, D, H, W) or (C, D, H, W), with D >= D' + kD, and H and W likewise: one more than in two
          dimensions.
        - Output: (N, C, D', H', W') or (C, D', H', W'); with return_indices a tuple of two of these.

    Raises:
        ValueError: both or neither of output_size and output_ratio, a ratio outside (0, 1), or a kernel_size below 1.
        IndexError: an input of fewer than four axes, as in PyTorch.
        RuntimeError: an input of another shape or dtype or too small, or _random_samples of another shape or dtype.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.FractionalMaxPool3d.html;
        Graham, "Fractional max-pooling", 2014, which draws the steps otherwise

    Example:
        >>> pool = FractionalMaxPool3d(1, output_size=(1, 1, 3), _random_samples=np.array([[[0.0, 0.0, 0.5]]]))
        >>> pool(np.array([[[[0.0] * 6] * 2, [[0.0] * 6, [1.0, 2.0, 5.0, 3.0, 0.0, 4.0]]]]))  # α = 2.5: 1 − 1, 3 − 1, 5
        array([[[[1., 5., 4.]]]])
    """

    _dims = 3
    _sample_of_axis = (0, 1, 2)
    _spare = 1
