"""Samplers: the order in which a loader goes through a dataset, drawn as `torch.utils.data` draws it.

A sampler is anything that yields places in a dataset. Each pass over one of these is a new epoch.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any

import numpy as np
import numpy.typing as npt

from scratch import random
from scratch.random import Generator

__all__ = [
    "BatchSampler",
    "RandomSampler",
    "SequentialSampler",
    "SubsetRandomSampler",
    "WeightedRandomSampler",
]


class SequentialSampler:
    """All places in order.

    Math:
        0, 1, ..., N − 1

    Args:
        data_source: anything with a length N.

    Shape:
        - yields N numbers.

    Raises:
        TypeError: a source without a length, when it is used.

    Source:
        https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.SequentialSampler

    Example:
        >>> list(SequentialSampler("abc"))
        [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler:
    """All places in random order, or places drawn with replacement.

    Math:
        without replacement: permutations of 0 ... N − 1 one after another, until num_samples numbers are drawn
        with replacement:    `randint(N)`, 32 at a time

    Args:
        data_source: anything with a length N.
        replacement: whether a place may come again before all have come.
        num_samples: how many to draw; N when None.
        generator: the stream to draw from. When None, each pass starts a stream of its own from a seed that it draws
            from the default one.

    Shape:
        - yields num_samples numbers.

    Raises:
        TypeError: a replacement that is not a bool.
        ValueError: a num_samples, or an N, that is not a positive int.

    Source:
        https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.RandomSampler

    Example:
        >>> sorted(RandomSampler("abc"))
        [0, 1, 2]
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(replacement, bool):
            raise TypeError(f"RandomSampler: expected replacement to be a bool, got {replacement}")
        check_positive("RandomSampler", "num_samples", self.num_samples)

    @property
    def num_samples(self) -> int:
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        n, count = len(self.data_source), self.num_samples
        generator = self.generator or Generator().manual_seed(draw_seed(None))
        if self.replacement:
            for _ in range(count // 32):
                yield from random.randint(n, (32,), generator=generator).tolist()
            yield from random.randint(n, (count % 32,), generator=generator).tolist()
        else:
            for _ in range(count // n):
                yield from random.randperm(n, generator=generator).tolist()
            # PyTorch draws this permutation even where nothing of it is used, which the next epoch feels.
            yield from random.randperm(n, generator=generator).tolist()[: count % n]

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler:
    """Given places in random order.

    Math:
        indices[p_0], indices[p_1], ..., with p a permutation (`randperm`)

    Args:
        indices: the places.
        generator: the stream to draw from; the default one when None.

    Shape:
        - yields len(indices) numbers.

    Raises:
        TypeError: indices without a length, when it is used.

    Source:
        https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.SubsetRandomSampler

    Example:
        >>> sorted(SubsetRandomSampler([7, 5]))
        [5, 7]
    """

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        for i in random.randperm(len(self.indices), generator=self.generator).tolist():
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler:
    """Places drawn by weight: the remedy for classes of unequal size.

    Math:
        `multinomial(weights, num_samples, replacement)`, in float64

    Args:
        weights: one for each place; they need not sum to 1.
        num_samples: how many places to draw.
        replacement: whether a place may come twice.
        generator: the stream to draw from; the default one when None.

    Shape:
        - weights: (N,).
        - yields num_samples numbers.

    Raises:
        ValueError: a num_samples that is not a positive int, a replacement that is not a bool, weights of several axes.
        RuntimeError: weights that `multinomial` does not take, when it is used.

    Source:
        https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.WeightedRandomSampler

    Example:
        >>> list(WeightedRandomSampler([0.0, 0.5], 3))
        [1, 1, 1]
    """

    def __init__(
        self,
        weights: Sequence[float] | npt.NDArray[Any],
        num_samples: int,
        replacement: bool = True,
        generator: Generator | None = None,
    ) -> None:
        check_positive("WeightedRandomSampler", "num_samples", num_samples)
        check_bool("WeightedRandomSampler", "replacement", replacement)
        self.weights = np.asarray(weights, np.float64)
        if self.weights.ndim != 1:
            raise ValueError(f"WeightedRandomSampler: expected weights of one axis, got shape {self.weights.shape}")
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        yield from random.multinomial(
            self.weights, self.num_samples, self.replacement, generator=self.generator
        ).tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler:
    """Another sampler's places, a batch at a time.

    Math:
        [s_0, ..., s_{b−1}], [s_b, ..., s_{2b−1}], ..., with b the batch size

    Args:
        sampler: yields places.
        batch_size: how many make a batch.
        drop_last: whether a last batch that is not full is left out.

    Shape:
        - yields ⌈len(sampler) / batch_size⌉ lists, or ⌊ ⌋ of them with drop_last.

    Raises:
        ValueError: a batch_size that is not a positive int, or a drop_last that is not a bool.

    Source:
        https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.BatchSampler

    Example:
        >>> list(BatchSampler(range(5), batch_size=2, drop_last=False))
        [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[int], batch_size: int, drop_last: bool) -> None:
        check_positive("BatchSampler", "batch_size", batch_size)
        check_bool("BatchSampler", "drop_last", drop_last)
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        places = iter(self.sampler)
        while batch := list(itertools.islice(places, self.batch_size)):
            if len(batch) == self.batch_size or not self.drop_last:
                yield batch

    def __len__(self) -> int:
        length: int = len(self.sampler)  # type: ignore[arg-type]  # only where the sampler has one, as in PyTorch
        return length // self.batch_size if self.drop_last else math.ceil(length / self.batch_size)


def draw_seed(generator: Generator | None) -> int:
    """What `torch.empty((), dtype=torch.int64).random_()` gives: the low 63 bits of a word of 64."""
    return int((generator or random.default_generator).random_(np.empty((), np.int64)))


def check_positive(name: str, argument: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{name}: expected {argument} to be a positive int, got {value}")


def check_bool(name: str, argument: str, value: object) -> None:
    if not isinstance(value, bool):
        raise ValueError(f"{name}: expected {argument} to be a bool, got {value}")
