"""Datasets, samplers and the loader: which examples make up a batch, in the order that `torch.utils.data` gives them.

A dataset is anything with a length and an index; a sampler is anything that yields indices.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from scratch import random
from scratch.random import Generator

__all__ = [
    "BatchSampler",
    "DataLoader",
    "RandomSampler",
    "SequentialSampler",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "random_split",
]

AnyArray = npt.NDArray[Any]


class Dataset(Protocol):
    def __len__(self) -> int: ...
    def __getitem__(self, index: Any, /) -> Any: ...


class TensorDataset:
    """Arrays side by side: example i is row i of each.

    Math:
        dataset[i] = (tensors_0[i], tensors_1[i], ...)

    Args:
        *tensors: arrays with first axes of one length. They are kept, not copied.

    Shape:
        - tensors: (N, *), each with its own further axes.

    Raises:
        AssertionError: first axes of different lengths.

    Source:
        https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.TensorDataset

    Example:
        >>> dataset = TensorDataset(np.array([[1.0], [2.0], [3.0]]), np.array([0, 1, 0]))
        >>> len(dataset), dataset[[0, 2]]
        (3, (array([[1.],
               [3.]]), array([0, 0])))
    """

    def __init__(self, *tensors: AnyArray) -> None:
        lengths = [tensor.shape[0] for tensor in tensors]
        if len(set(lengths)) > 1:
            raise AssertionError(f"TensorDataset: expected first axes of one length, got {lengths}")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Any, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self) -> int:
        return self.tensors[0].shape[0]


class Subset:
    """Some of the examples of a dataset.

    Math:
        subset[i] = dataset[indices[i]]

    Args:
        dataset: the whole.
        indices: the places in it that are taken, in this order.

    Shape:
        - as the dataset, with len(indices) examples.

    Raises:
        IndexError: an index beyond the subset.

    Source:
        https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.Subset

    Example:
        >>> Subset("abcd", [3, 1])[0]
        'd'
    """

    def __init__(self, dataset: Dataset, indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, idx: Any) -> Any:
        if isinstance(idx, list):
            return self.dataset[[self.indices[i] for i in idx]]
        return self.dataset[self.indices[idx]]

    def __len__(self) -> int:
        return len(self.indices)


def random_split(dataset: Dataset, lengths: Sequence[float], generator: Generator | None = None) -> list[Subset]:
    """Split a dataset at random into parts that do not overlap.

    Math:
        one permutation of all N places (`randperm`), cut into runs of the given lengths. Fractions f that sum to 1 become
        ⌊N f⌋, and the places that are left over go to the first parts, one each.

    Args:
        dataset: the whole.
        lengths: of the parts, as numbers of examples or as fractions.
        generator: the stream to draw from; the default one when None.

    Shape:
        - output: as many subsets as lengths.

    Raises:
        ValueError: lengths that do not sum to N, or a fraction outside [0, 1].
        UserWarning: an empty part.

    Source:
        https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.random_split

    Example:
        >>> [len(part) for part in random_split(range(10), [0.75, 0.25])]  # ⌊7.5⌋ + 1, ⌊2.5⌋
        [8, 2]
    """
    n = len(dataset)
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        if not all(0 <= fraction <= 1 for fraction in lengths):
            raise ValueError(f"random_split: expected fractions in [0, 1], got {list(lengths)}")
        counts = [math.floor(n * fraction) for fraction in lengths]
        for i in range(n - sum(counts)):
            counts[i % len(counts)] += 1
        if 0 in counts:
            warnings.warn(f"random_split: an empty part among the lengths {counts}", stacklevel=2)
        lengths = counts
    if sum(lengths) != n:
        raise ValueError(f"random_split: expected lengths that sum to {n}, got {list(lengths)}")
    order = random.randperm(n, generator=generator).tolist()
    ends = itertools.accumulate(int(length) for length in lengths)
    return [Subset(dataset, order[end - int(length) : end]) for end, length in zip(ends, lengths, strict=True)]


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
        _check_positive("RandomSampler", "num_samples", self.num_samples)

    @property
    def num_samples(self) -> int:
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        n, count = len(self.data_source), self.num_samples
        generator = self.generator or Generator().manual_seed(_draw_seed(None))
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
        weights: Sequence[float] | AnyArray,
        num_samples: int,
        replacement: bool = True,
        generator: Generator | None = None,
    ) -> None:
        _check_positive("WeightedRandomSampler", "num_samples", num_samples)
        _check_bool("WeightedRandomSampler", "replacement", replacement)
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
        _check_positive("BatchSampler", "batch_size", batch_size)
        _check_bool("BatchSampler", "drop_last", drop_last)
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


class DataLoader:
    """A dataset in batches: `for input, target in loader`.

    Math:
        with a sampler's places i_0, i_1, ... and batch size b, batch k is dataset[i_{kb}], ..., dataset[i_{kb+b−1}]
        stacked along a new first axis, member by member. The last batch is shorter where b does not divide N: the mean of
        the batches' means is then not the mean of the epoch.

    Args:
        dataset: anything with a length N and an index.
        batch_size: how many examples make a batch; None hands out single examples.
        shuffle: whether each epoch has an order of its own, from `RandomSampler`.
        sampler: yields places, instead of shuffle.
        batch_sampler: yields lists of places, instead of batch_size, shuffle, sampler and drop_last.
        collate_fn: makes a batch of a list of examples; the default stacks them.
        drop_last: whether a last batch that is not full is left out.
        generator: the stream to draw from; the default one when None. Each epoch draws from it, even without shuffle.

    Shape:
        - a batch of a TensorDataset: a list with one array (batch_size, *) for each of its arrays.

    Raises:
        ValueError: options that exclude each other, a batch_size that is not a positive int, an empty dataset to
            shuffle, or an attribute that is set anew.
        TypeError: examples that cannot be stacked.
        RuntimeError: examples of different shapes or lengths.

    Source:
        https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader

    Example:
        >>> loader = DataLoader(TensorDataset(np.arange(3), np.array([0.0, 0.5, 1.0])), batch_size=2)
        >>> list(loader)
        [[array([0, 1]), array([0. , 0.5])], [array([2]), array([1.])]]
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[list[Any]] | None = None,
        collate_fn: Callable[[Any], Any] | None = None,
        drop_last: bool = False,
        generator: Generator | None = None,
    ) -> None:
        if sampler is not None and shuffle:
            raise ValueError("DataLoader: expected sampler or shuffle, got both")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "DataLoader: expected batch_sampler or batch_size, shuffle, sampler, drop_last, got both"
                )
            batch_size = None
        elif batch_size is None and drop_last:
            raise ValueError("DataLoader: expected a batch_size beside drop_last, got None")
        if sampler is None:
            sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        if batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset = dataset
        self.batch_size = batch_size
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.drop_last = drop_last
        self.generator = generator
        self.collate_fn = collate_fn

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("dataset", "batch_size", "sampler", "batch_sampler", "drop_last") and hasattr(self, name):
            raise ValueError(f"DataLoader: {name} is fixed once it is built, as the samplers are made from it")
        super().__setattr__(name, value)

    def __iter__(self) -> Iterator[Any]:
        places = iter(self.sampler if self.batch_sampler is None else self.batch_sampler)
        # PyTorch draws a seed for its workers here, with or without workers. So this is no generator function,
        # which would draw it only when the first batch is asked for.
        _draw_seed(self.generator)
        return map(self._fetch, places)

    def _fetch(self, places: Any) -> Any:
        if self.batch_sampler is None:
            return (self.collate_fn or _copied)(self.dataset[places])
        if self.collate_fn is None and _takes_lists(self.dataset):
            return list(self.dataset[list(places)])  # the examples are stacked already, and copied
        return (self.collate_fn or _stacked)([self.dataset[place] for place in places])

    def __len__(self) -> int:
        return len(self.sampler if self.batch_sampler is None else self.batch_sampler)  # type: ignore[arg-type]  # as above


def _takes_lists(dataset: Dataset) -> bool:
    """Whether a list of places gives the examples stacked. A class of the learner's own may not, so it is not asked."""
    while type(dataset) is Subset:
        dataset = dataset.dataset
    return type(dataset) is TensorDataset


def _stacked(examples: list[Any]) -> Any:
    """The examples with a new first axis, member by member."""
    first = examples[0]
    if isinstance(first, str | bytes):
        return examples
    if isinstance(first, Mapping):
        return {key: _stacked([example[key] for example in examples]) for key in first}
    if isinstance(first, Sequence):
        if len({len(example) for example in examples}) > 1:
            raise RuntimeError("DataLoader: expected examples of one length, got several")
        return [_stacked(list(members)) for members in zip(*examples, strict=True)]
    if not isinstance(first, np.ndarray | np.generic | bool | int | float):
        raise TypeError(f"DataLoader: expected arrays, numbers, mappings or sequences, got {type(first).__name__}")
    shapes = {np.shape(example) for example in examples}
    if len(shapes) > 1:
        raise RuntimeError(f"DataLoader: expected examples of one shape, got {sorted(shapes)}")
    return np.stack(examples)


def _copied(example: Any) -> Any:
    """One example, apart from the dataset, so that a change to it stays its own."""
    if isinstance(example, tuple | list):
        return [_copied(member) for member in example]
    return example.copy() if isinstance(example, np.ndarray | np.generic) else example


def _draw_seed(generator: Generator | None) -> int:
    """What `torch.empty((), dtype=torch.int64).random_()` gives: the low 63 bits of a word of 64."""
    return int((generator or random.default_generator).random_(np.empty((), np.int64)))


def _check_positive(name: str, argument: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{name}: expected {argument} to be a positive int, got {value}")


def _check_bool(name: str, argument: str, value: object) -> None:
    if not isinstance(value, bool):
        raise ValueError(f"{name}: expected {argument} to be a bool, got {value}")
