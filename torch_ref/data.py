"""Datasets, samplers and the loader, in PyTorch: `torch.utils.data`."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.utils import data
from torch.utils.data import (
    BatchSampler,
    RandomSampler,
    SequentialSampler,
    Subset,
    SubsetRandomSampler,
    WeightedRandomSampler,
    random_split,
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
    """`data.TensorDataset`, with the `__getitems__` that lets a loader fetch a whole batch with one indexing."""

    def __getitems__(self, indices: list[int]) -> list[Tensor]:
        rows = torch.tensor(indices)
        return [tensor.index_select(0, rows) for tensor in self.tensors]


class DataLoader(data.DataLoader[Any]):
    """`data.DataLoader`. A batch that `TensorDataset.__getitems__` fetched is whole: there is nothing to collate."""

    def __init__(
        self,
        dataset: data.Dataset[Any],
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[list[Any]] | None = None,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        drop_last: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        pass
