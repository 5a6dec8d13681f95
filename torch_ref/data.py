"""Datasets and the loader, in PyTorch: `torch.utils.data`."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.utils import data
from torch.utils.data import Subset, random_split

from torch_ref.samplers import (
    BatchSampler,
    RandomSampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
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


class TensorDataset(data.TensorDataset):
    """`data.TensorDataset`, with the `__getitems__` through which a loader asks for a whole batch at once."""

    def __getitems__(self, indices: list[int]) -> list[Tensor]:
        places = torch.tensor(indices)
        places = torch.where(places < 0, places + len(self), places)  # which index_select, twice as fast, does not know
        return [tensor.index_select(0, places) for tensor in self.tensors]


class DataLoader(data.DataLoader[Any]):
    """`data.DataLoader`. A batch from `TensorDataset.__getitems__` is whole, so `collate_fn` has nothing to stack.

    Indexing once a batch, not once an example, makes an epoch of MNIST four times as fast.
    """

    def __init__(
        self,
        dataset: data.Dataset[Any],
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[list[Any]] | None = None,
        collate_fn: Callable[[Any], Any] | None = None,
        drop_last: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        whole: Any = dataset
        while isinstance(whole, Subset):
            whole = whole.dataset
        if isinstance(whole, TensorDataset) and batch_size is not None:
            collate_fn = _of_whole_batch(collate_fn)
        super().__init__(
            dataset,
            batch_size,
            shuffle,
            sampler,
            batch_sampler,
            collate_fn=collate_fn,
            drop_last=drop_last,
            generator=generator,
        )


def _of_whole_batch(collate_fn: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    """Leave a whole batch as it is, or take it apart for a function that expects a list of examples."""
    return list if collate_fn is None else lambda batch: collate_fn(list(zip(*batch, strict=True)))
