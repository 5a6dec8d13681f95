"""Mistakes in layers that look rows up, move elements about, resample images or compare vectors."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import numpy.typing as npt

from parity.mistakes import Mistake
from scratch.dtypes import Array
from scratch.layers import (
    Bilinear,
    ChannelShuffle,
    CosineSimilarity,
    Embedding,
    EmbeddingBag,
    Fold,
    PixelShuffle,
    Upsample,
    upsampling,
)
from scratch.layers._resampling import Taps, find_taps
from scratch.layers._windows import Sizes, crop, windows

__all__ = ["MISTAKES"]

LINEAR = ("linear", "bilinear", "trilinear")


class GradOverwritten(Embedding):
    """`grad[indices] = …`, and so would `grad[indices] += …`: NumPy reads all of grad[indices] before it writes."""

    def accumulate(self, indices: npt.NDArray[Any], grad_rows: Array) -> None:
        rows = np.zeros_like(self.weight.data)
        rows[indices.ravel()] += grad_rows
        places = np.arange(self.num_embeddings)[:, None]
        super().accumulate(places, rows)


class PaddingTrained(Embedding):
    def accumulate(self, indices: npt.NDArray[Any], grad_rows: Array) -> None:
        padding, self.padding_idx = self.padding_idx, None
        super().accumulate(indices, grad_rows)
        self.padding_idx = padding


class PaddingCounted(EmbeddingBag):
    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Array:
        self.places = self._bag_sizes(input, offsets)
        return super().forward(input, offsets, per_sample_weights)

    def _divide(self, sums: Array, sizes: npt.NDArray[Any]) -> Array:
        return super()._divide(sums, self.places)


class SidesSwapped(Bilinear):
    def backward(self, grad_output: Array) -> Any:
        grads = super().backward(grad_output)
        return None if grads is None else grads[::-1]


class DealtAgain(ChannelShuffle):
    """The backward is the forward once more; the inverse deals into C / groups."""

    def backward(self, grad_output: Array) -> Array:
        self.saved(grad_output)
        output: Array = ChannelShuffle(self.groups)(grad_output)
        return output


class ChannelsLast(PixelShuffle):
    """The place in the square varies more slowly than the channel, as in TensorFlow."""

    def forward(self, input: Array) -> Array:
        *batch, C, H, W = input.shape
        squares = self.upscale_factor**2
        turned = input.reshape(*batch, squares, C // squares, H, W).swapaxes(-4, -3)
        return super().forward(turned.reshape(input.shape))


class OverlapOverwritten(Fold):
    def _add(self, blocks: Array, image: Sizes) -> Array:
        N, C = len(blocks), blocks.shape[1] // int(np.prod(self.kernel_size))
        split = blocks.reshape(N, C, *self.kernel_size, *self._count(image))
        padded = np.zeros((N, C, *(size + 2 * p for size, p in zip(image, self.padding, strict=True))), blocks.dtype)
        slots = windows(padded, self.kernel_size, self.stride, self.dilation, writeable=True)
        for i, j in np.ndindex(*self.kernel_size):
            slots[..., i, j] = split[:, :, i, j]
        return crop(padded, self._margins)


class CornersMixed(Upsample):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.mode in LINEAR:
            self.align_corners = not self.align_corners


class HalfPixelMissing(Upsample):
    def forward(self, input: Array) -> Array:
        with mock.patch.object(upsampling, "find_taps", _from_corners):
            return super().forward(input)


def _from_corners(kind: str, size: int, new: int, factor: float | None, align: bool, dtype: np.dtype[Any]) -> Taps:
    if kind != "linear" or align or size == new:
        return find_taps(kind, size, new, factor, align, dtype)
    positions = np.minimum(np.arange(new) / (factor or new / size), size - 1)
    before = positions.astype(np.intp)
    t = (positions - before).astype(dtype)
    return np.stack([before, np.minimum(before + 1, size - 1)], axis=1), np.stack([1 - t, t], axis=1)


class FactorRecomputed(Upsample):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.recompute_scale_factor = True


class EpsAdded(CosineSimilarity):
    def forward(self, x1: Array, x2: Array) -> Array:
        super().forward(x1, x2)
        first, second = np.broadcast_arrays(x1, x2)
        lengths = np.linalg.norm(first, axis=self.dim) * np.linalg.norm(second, axis=self.dim)
        output: Array = (first * second).sum(axis=self.dim) / (lengths + self.eps)
        return output


MISTAKES = [
    Mistake(
        "embedding-grad-overwritten", "Embedding", "grad", GradOverwritten, "a word that occurs twice is counted once"
    ),
    Mistake("embedding-padding-trained", "Embedding", "grad", PaddingTrained, "the row of the padding has a gradient"),
    Mistake(
        "embedding-mean-by-bag-size-with-padding",
        "EmbeddingBag",
        "forward",
        PaddingCounted,
        "the mean divides by all places of the bag, the padding's included",
    ),
    Mistake(
        "bilinear-grad-sides-swapped", "Bilinear", "grad", SidesSwapped, "the gradients of the inputs are exchanged"
    ),
    Mistake("channel-shuffle-dealt-again", "ChannelShuffle", "grad", DealtAgain, "the gradient is dealt out, not back"),
    Mistake(
        "pixel-shuffle-order",
        "PixelShuffle",
        "forward",
        ChannelsLast,
        "the place in the square comes before the channel",
    ),
    Mistake(
        "fold-overlap-overwritten", "Fold", "forward", OverlapOverwritten, "= where += is meant, where blocks overlap"
    ),
    Mistake("upsample-corners-mixed", "Upsample", "forward", CornersMixed, "align_corners is taken for its opposite"),
    Mistake(
        "upsample-half-pixel-missing", "Upsample", "forward", HalfPixelMissing, "position o / f, without half a pixel"
    ),
    Mistake("upsample-factor-recomputed", "Upsample", "forward", FactorRecomputed, "the rounded sizes give the factor"),
    Mistake("cosine-eps-added", "CosineSimilarity", "forward", EpsAdded, "eps is added to the product of the lengths"),
]
