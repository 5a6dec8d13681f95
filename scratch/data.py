"""Datasets and the loader that makes batches of them, in the order that `torch.utils.data` gives.

A dataset is anything with a length and an index.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from scratch import random
from scratch.random import Generator
from scratch.samplers import (
    BatchSampler,
    RandomSampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
    check_positive,
    draw_seed,
)

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
        return len(self.tensors[0])


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
        one permutation of all N places (`randperm`), cut into runs of the given lengths. Fractions f that sum to 1
        become ⌊N f⌋, and the places that are left over go to the first parts, one each.

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
        if min(lengths) < 0:
            raise ValueError(f"random_split: expected fractions of 0 or more, got {list(lengths)}")
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


class DataLoader:
    """A dataset in batches: `for input, target in loader`.

    Math:
        with a sampler's places i_0, i_1, ... and batch size b, batch k is dataset[i_{kb}], ..., dataset[i_{kb+b−1}]
        stacked along a new first axis, member by member. The last batch is shorter where b does not divide N: the mean
        of the batches' means is then not the mean of the epoch.

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
            check_positive("DataLoader", "batch_size", batch_size)
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
        draw_seed(self.generator)
        return map(self._fetch, places)

    def _fetch(self, places: Any) -> Any:
        if self.batch_sampler is None:
            return (self.collate_fn or _copied)(self.dataset[places])
        if self.collate_fn is None and _takes_lists(self.dataset):
            return list(self.dataset[list(places)])  # the examples are stacked already, and copied
        return (self.collate_fn or _stacked)([self.dataset[place] for place in places])

    def __len__(self) -> int:
        return len(self.sampler if self.batch_sampler is None else self.batch_sampler)  # type: ignore[arg-type]  # where it has one


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
    return np.array(example) if isinstance(example, np.ndarray | np.generic) else example
