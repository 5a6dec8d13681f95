"""Layers that look rows up in a table by whole numbers."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array
from scratch.layers._tables import Indices, Table, reduce_bags, table_shape

__all__ = ["Embedding", "EmbeddingBag"]


class Embedding(Table):
    """Looks up the row of each index: word 7 becomes row 7 of the weight.

    Math:
        forward:  output[i, d] = W[input_i, d]
        backward: grad_W[v, d] = s_v Σ_{i: input_i = v} grad_output[i, d]
        where i counts all places of the input and s_v = 1, or 1 / (how often v occurs in the input) with
        scale_grad_by_freq. The row padding_idx gets no gradient, and the input, being whole numbers, has none.
        With max_norm, each row looked up whose norm ‖W[v]‖_p exceeds it is first multiplied by
        max_norm / (‖W[v]‖_p + 1e-7), in the weight itself; the gradient takes the rows as they then are.
        Initially W ~ N(0, 1), and row padding_idx is 0.

    Args:
        num_embeddings: the number of rows.
        embedding_dim: the length of a row.
        padding_idx: a row that is not trained; it may be counted from the end.
        max_norm: the length to which rows are shortened; None leaves them.
        norm_type: the order p of that norm.
        scale_grad_by_freq: whether frequent rows are kept from learning faster than rare ones.
        _weight: the weight to use, the array itself and not a copy; it is drawn when None.
        _freeze: whether the weight stays as it is, without a gradient.
        dtype: of a weight that is drawn; the default dtype when None.

    Shape:
        - Input: (*), int64 or int32.
        - Output: (*, embedding_dim).
        - weight: (num_embeddings, embedding_dim).

    Raises:
        RuntimeError: a size below 0, or an input that is not of whole numbers.
        AssertionError: a padding_idx that is no row, or a `_weight` of another shape.
        IndexError: an index that is no row; unlike NumPy's, they do not count from the end.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html

    Example:
        >>> words = Embedding.from_pretrained(np.array([[1.0, 2.0], [3.0, 4.0]]), freeze=False)
        >>> words(np.array([1, 0, 1]))
        array([[3., 4.],
               [1., 2.],
               [3., 4.]])
        >>> words.backward(np.array([[1.0, 1.0], [5.0, 6.0], [2.0, 2.0]]))
        >>> words.weight.grad  # row 1 was looked up twice
        array([[5., 6.],
               [3., 3.]])
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        _weight: Array | None = None,
        _freeze: bool = False,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        shape = num_embeddings, embedding_dim
        super().__init__(shape, padding_idx, max_norm, norm_type, scale_grad_by_freq, _weight, _freeze, dtype)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Array,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
    ) -> Self:
        """A layer with this weight, which is not trained unless `freeze` is False."""
        shape = table_shape(cls, embeddings)
        return cls(*shape, padding_idx, max_norm, norm_type, scale_grad_by_freq, embeddings, freeze)

    def forward(self, input: Indices) -> Array:
        self.check(input, IndexError)
        self.renormalize(input)
        self.save(input)
        return np.take(self.weight.data, input, axis=0)  # (*, embedding_dim)

    def backward(self, grad_output: Array) -> None:
        (input,) = self.saved(grad_output)
        self.accumulate(input.reshape(-1, 1), grad_output.reshape(input.size, self.embedding_dim))


class EmbeddingBag(Table):
    """Looks up the rows of bags of indices, and makes one row of each bag.

    Math:
        forward:  sum:  output[b, d] = Σ_{i in bag b} w_i W[input_i, d]
                  mean: output[b, d] = Σ_{i in bag b} W[input_i, d] / n_b
                  max:  output[b, d] = max_{i in bag b} W[input_i, d]
        backward: grad_W[v, d] = s_v Σ_{i: input_i = v} c_i grad_output[b_i, d]
                  grad_w_i     = Σ_d grad_output[b_i, d] W[input_i, d]
        where b_i is the bag of place i, n_b the number of places in bag b, w the per_sample_weights, 1 if there are
        none, and c_i is w_i for a sum and 1 / n_b for a mean. For a maximum c_i is 1 at the first place where it is
        taken, else 0, and differs from one d to the next. s_v is as in `Embedding`, and so are max_norm and the
        initial W. Places of padding_idx belong to no bag. An empty bag is a row of zeros.

    Args:
        num_embeddings: the number of rows.
        embedding_dim: the length of a row.
        max_norm: the length to which rows are shortened; None leaves them.
        norm_type: the order p of that norm.
        scale_grad_by_freq: whether frequent rows are kept from learning faster than rare ones; not for a maximum.
        mode: "sum", "mean" or "max".
        _weight: the weight to use, the array itself and not a copy; it is drawn when None.
        include_last_offset: whether the offsets end with the length of the input, which begins no bag.
        padding_idx: a row that is left out and not trained; it may be counted from the end.
        dtype: of a weight that is drawn; the default dtype when None.

    Shape:
        - Input: (B, N), B bags of N indices; or (N,), all bags one after another.
        - offsets: (B,), where each bag begins in an input of one axis; (B + 1,) with include_last_offset.
        - per_sample_weights: as the input; in mode "sum" only.
        - Output: (B, embedding_dim).
        - weight: (num_embeddings, embedding_dim).

    Raises:
        RuntimeError: a size below 0, an index that is no row, indices that are not whole numbers, per_sample_weights
            of another dtype than the weight's, bags of no length, or offsets that do not rise from 0 within the input.
        AssertionError: a padding_idx that is no row, or a `_weight` of another shape.
        ValueError: an unknown mode, a maximum with scale_grad_by_freq, or arguments of other shapes.
        NotImplementedError: per_sample_weights in another mode than "sum".

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.EmbeddingBag.html

    Example:
        >>> bags = EmbeddingBag.from_pretrained(np.array([[1.0, 2.0], [3.0, 8.0]]), mode="mean")
        >>> bags(np.array([0, 1, 1]), np.array([0, 2]))  # the bags are 0, 1 and 1
        array([[2., 5.],
               [3., 8.]])
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        _weight: Array | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        shape = num_embeddings, embedding_dim
        super().__init__(shape, padding_idx, max_norm, norm_type, scale_grad_by_freq, _weight, False, dtype)
        if mode not in ("sum", "mean", "max") or (mode == "max" and scale_grad_by_freq):
            raise ValueError(
                'EmbeddingBag: expected mode "sum", "mean" or, without scale_grad_by_freq, "max",'
                f" got {mode!r} and scale_grad_by_freq={scale_grad_by_freq}"
            )
        self.mode = mode
        self.include_last_offset = include_last_offset

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Array,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> Self:
        """A layer with this weight, which is not trained unless `freeze` is False."""
        shape = table_shape(cls, embeddings)
        layer = cls(*shape, max_norm, norm_type, scale_grad_by_freq, mode, embeddings, include_last_offset, padding_idx)
        layer.frozen = freeze
        return layer

    def forward(self, input: Indices, offsets: Indices | None = None, per_sample_weights: Array | None = None) -> Array:
        sizes = self._bag_sizes(input, offsets)
        self._check_weights(input, per_sample_weights)
        self.renormalize(input)
        kept: Any = slice(None) if self.padding_idx is None else input.ravel() != self.padding_idx  # (n,)
        bags = np.repeat(np.arange(len(sizes)), sizes)[kept]
        indices, sizes = input.ravel()[kept], np.bincount(bags, minlength=len(sizes))
        rows = np.take(self.weight.data, indices, axis=0)  # (kept, embedding_dim)
        if self.mode == "max":
            output = reduce_bags(np.maximum, rows, sizes)
            self.save(_first_maxima(rows, output[bags], sizes), indices, sizes)
            return output
        if per_sample_weights is not None:
            rows *= per_sample_weights.ravel()[kept, None]
        self.save(indices, bags, sizes, kept, per_sample_weights)
        return self._divide(reduce_bags(np.add, rows, sizes), sizes)

    def backward(self, grad_output: Array) -> tuple[None, None, Array | None] | None:
        if self.mode == "max":
            winners, indices, sizes = self.saved(grad_output)
            self.accumulate(indices[winners], grad_output[sizes > 0])
            return None
        indices, bags, sizes, kept, weights = self.saved(grad_output)
        grad_rows = np.take(self._divide(grad_output, sizes), bags, axis=0)  # (kept, embedding_dim)
        if weights is None:
            self.accumulate(indices[:, None], grad_rows)
            return None
        grad_weights = np.zeros(weights.shape, weights.dtype)
        grad_weights.ravel()[kept] = np.vecdot(grad_rows, np.take(self.weight.data, indices, axis=0))
        grad_rows *= weights.ravel()[kept, None]
        self.accumulate(indices[:, None], grad_rows)
        return None, None, grad_weights

    def _divide(self, sums: Array, sizes: Indices) -> Array:
        """For a mean, divide by the number of places in each bag."""
        return sums / np.maximum(sizes, 1).astype(sums.dtype)[:, None] if self.mode == "mean" else sums

    def _bag_sizes(self, input: Indices, offsets: Indices | None) -> Indices:
        """How many places of the input, the padding's included, lie in each bag."""
        if input.ndim not in (1, 2) or (input.ndim == 1) != (offsets is not None and offsets.ndim == 1):
            raise ValueError(
                "EmbeddingBag: expected an input of one axis with offsets of one axis, or an input of two axes without,"
                f" got shape {input.shape} and {'no offsets' if offsets is None else offsets.shape}"
            )
        self.check(input, RuntimeError)
        if offsets is None:
            if input.shape[1] == 0:
                raise RuntimeError(f"EmbeddingBag: expected bags of at least one index, got shape {input.shape}")
            return np.full(input.shape[0], input.shape[1])
        ends = offsets[1:] if self.include_last_offset else np.append(offsets[1:], len(input))
        sizes: Indices = ends - offsets[: len(ends)]
        if offsets.dtype.kind != "i" or sizes.sum() != len(input) or np.any(sizes < 0) or (offsets[:1] != 0).any():
            raise RuntimeError(
                "EmbeddingBag: expected offsets that rise from 0 to the length of the input at most, and with"
                f" include_last_offset end there, got {offsets} for {len(input)} indices"
            )
        return sizes

    def _check_weights(self, input: Indices, weights: Array | None) -> None:
        if weights is None:
            return
        if weights.shape != input.shape:
            raise ValueError(f"EmbeddingBag: expected per_sample_weights of shape {input.shape}, got {weights.shape}")
        if self.mode != "sum":
            raise NotImplementedError(f'EmbeddingBag: expected mode "sum" with per_sample_weights, got {self.mode!r}')
        if weights.dtype != self.weight.dtype:
            raise RuntimeError(
                f"EmbeddingBag: expected per_sample_weights of dtype {self.weight.dtype}, got {weights.dtype}"
            )


def _first_maxima(rows: Array, maxima: Array, sizes: Indices) -> Indices:
    """For each bag that is not empty, and each column, the first row that holds the maximum; (filled, dim)."""
    places = np.where((rows == maxima) | np.isnan(rows), np.arange(len(rows), dtype=np.int32)[:, None], len(rows))
    return reduce_bags(np.minimum, places, sizes)[sizes > 0]
