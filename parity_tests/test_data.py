"""Datasets, samplers and the loader against `torch.utils.data`: the same batches in the same order, epoch after epoch.

Each comparison also compares the states of the generators, so that what comes afterwards is in step too.
"""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils import data as torch_data

from parity.sides import ScratchSide, Side, TorchSide
from scratch import data as scratch_data
from torch_ref import data as torch_ref_data

OURS, THEIRS = ScratchSide(), TorchSide()
DATA = {OURS: scratch_data, THEIRS: torch_ref_data}
SEEDS = (0, 7, -5)


def seed_both(seed: int) -> None:
    OURS.manual_seed(seed)
    THEIRS.manual_seed(seed)


def plain(side: Side, value: Any) -> Any:
    """Lists and arrays on either side, as lists of what is in them and its type."""
    if isinstance(value, list | tuple):
        return [plain(side, item) for item in value]
    if isinstance(value, dict):
        return {key: plain(side, item) for key, item in value.items()}
    if isinstance(value, np.ndarray | torch.Tensor):
        array = side.numpy(value)
        return array.dtype, array.shape, array.tobytes()
    return value


def assert_in_step(call: Callable[[Side, Any], Any]) -> None:
    """`call(side, data)` gives the same on both sides, and leaves the generators in the same place."""
    assert plain(OURS, call(OURS, scratch_data)) == plain(THEIRS, call(THEIRS, torch_ref_data))
    assert np.array_equal(OURS.get_rng_state(), THEIRS.get_rng_state().numpy())


def dataset(side: Side, data: Any, n: int) -> Any:
    rows = np.arange(n * 6, dtype=np.float32).reshape(n, 2, 3)
    return data.TensorDataset(side.array(rows), side.array(np.arange(n)))


LOADERS: dict[str, Callable[[Side, Any, int], dict[str, Any]]] = {
    "in order": lambda side, data, n: {},
    "batches": lambda side, data, n: {"batch_size": 10},
    "drop last": lambda side, data, n: {"batch_size": 10, "drop_last": True},
    "shuffle": lambda side, data, n: {"batch_size": 10, "shuffle": True},
    "shuffle, drop last": lambda side, data, n: {"batch_size": 10, "shuffle": True, "drop_last": True},
    "one batch": lambda side, data, n: {"batch_size": 500, "shuffle": True},
    "no batches": lambda side, data, n: {"batch_size": None, "shuffle": True},
    "sampler": lambda side, data, n: {"batch_size": 9, "sampler": data.RandomSampler(range(n), num_samples=2 * n + 5)},
    "batch sampler": lambda side, data, n: {"batch_sampler": data.BatchSampler(data.RandomSampler(range(n)), 7, True)},
    "lists for a sampler": lambda side, data, n: {"batch_sampler": [[3, 1], [0], [2, 2, -1]]},
}


@pytest.mark.parametrize("own_generator", [False, True])
@pytest.mark.parametrize("options", LOADERS)
def test_loader(options: str, own_generator: bool) -> None:
    """Three epochs; each draws a seed for PyTorch's workers, and a shuffle leaves a permutation behind."""
    for seed, n in itertools.product(SEEDS, (40, 43)):
        seed_both(seed)
        loaders = {}
        for side, data in DATA.items():
            given = LOADERS[options](side, data, n)
            generator = {"generator": side.Generator().manual_seed(5)} if own_generator else {}
            loaders[side] = data.DataLoader(dataset(side, data, n), **given, **generator)
        for _ in range(3):
            assert_in_step(lambda side, data, loaders=loaders: list(loaders[side]))
            assert_in_step(lambda side, data, loaders=loaders: len(loaders[side]))
            if own_generator:
                states = [side.numpy(loader.generator.get_state()) for side, loader in loaders.items()]
                assert np.array_equal(*states)


def test_loader_gives_what_plain_torch_gives() -> None:
    """The twin fetches a batch at once; torch's own classes fetch example by example."""
    for options in ({"shuffle": True, "batch_size": 8}, {"batch_size": 8, "drop_last": True}, {"batch_size": None}):
        tensors = torch.arange(60.0).reshape(20, 3), torch.arange(20)
        results = []
        for data in (torch_data, torch_ref_data):
            torch.manual_seed(2)
            results.append(plain(THEIRS, list(data.DataLoader(data.TensorDataset(*tensors), **options))))
            results.append(torch.get_rng_state().tolist())
        assert results[:2] == results[2:]


def test_batches_are_made_when_they_are_asked_for() -> None:
    """A generator that the loop uses too sees the same words in between."""
    seed_both(1)
    iterators = {side: iter(data.DataLoader(dataset(side, data, 9), 4, True)) for side, data in DATA.items()}
    for _ in range(3):
        assert_in_step(lambda side, data: side.random.rand(2))
        assert_in_step(lambda side, data: next(iterators[side]))
    for side in DATA:
        with pytest.raises(StopIteration):
            next(iterators[side])
    assert_in_step(lambda side, data: side.random.rand(2))


def test_a_sampler_may_draw_when_its_pass_begins() -> None:
    """It does so before the seed for the workers is drawn."""

    class Eager:
        def __init__(self, side: Side) -> None:
            self.side = side

        def __iter__(self) -> Any:
            return iter(self.side.random.randperm(9).tolist())

    seed_both(1)
    assert_in_step(lambda side, data: list(data.DataLoader(dataset(side, data, 9), 4, sampler=Eager(side))))


def test_an_epoch_that_is_broken_off_leaves_the_generators_in_step() -> None:
    seed_both(1)
    loaders = {
        side: data.DataLoader(dataset(side, data, 9), 4, True, generator=side.Generator().manual_seed(3))
        for side, data in DATA.items()
    }
    for _ in range(2):
        assert_in_step(lambda side, data: next(iter(loaders[side])))
    assert_in_step(lambda side, data: list(loaders[side]))


EXAMPLES: dict[str, list[Any]] = {
    "numbers": [1, 2, 3],
    "floats": [0.5, 1.5, 2.5],
    "truths": [True, False, True],
    "texts": ["a", "b", "c"],
    "pairs": [(1, 2.0), (3, 4.0), (5, 6.0)],
    "mappings": [{"x": 1, "y": (2, "z")}, {"x": 3, "y": (4, "w")}, {"x": 5, "y": (6, "v")}],
    "arrays": [np.arange(4) + i for i in range(3)],
    "arrays and labels": [(np.ones((2, 3), np.float32) * i, i) for i in range(3)],
    "scalars": [np.float32(1.5), np.float32(2.5), np.float32(3.5)],
}


@pytest.mark.parametrize("kind", EXAMPLES)
@pytest.mark.parametrize("batch_size", [None, 1, 2])
def test_any_dataset_is_stacked_as_torch_stacks_it(kind: str, batch_size: int | None) -> None:
    seed_both(0)
    assert_in_step(lambda side, data: list(data.DataLoader(EXAMPLES[kind], batch_size, shuffle=True)))


def test_own_collate_gets_the_examples_one_by_one() -> None:
    def total(side: Side) -> Callable[[list[Any]], Any]:
        return lambda examples: (len(examples), [float(x.sum()) + int(y) for x, y in examples])

    for make in (dataset, lambda side, data, n: EXAMPLES["arrays and labels"]):
        seed_both(0)
        assert_in_step(
            lambda side, data, make=make: list(
                data.DataLoader(make(side, data, 5), 2, collate_fn=total(side), shuffle=True)
            )
        )


def test_a_batch_is_apart_from_the_dataset() -> None:
    inputs, targets = np.zeros((6, 3)), np.zeros(6)
    whole = scratch_data.TensorDataset(inputs, targets)
    examples = [(inputs[i], i) for i in range(6)]
    for kept, options in itertools.product(
        (whole, scratch_data.Subset(whole, range(6)), examples, list(inputs)),
        ({"batch_size": 6}, {"batch_size": 1}, {"batch_size": None}),
    ):
        for batch in scratch_data.DataLoader(kept, **options):
            for member in batch if isinstance(batch, list) else [batch]:
                if isinstance(member, np.ndarray):
                    member += 1.0 if member.dtype.kind == "f" else 1
    assert not inputs.any()
    assert not targets.any()


def test_a_dataset_of_ones_own_is_asked_example_by_example() -> None:
    class Doubled(scratch_data.TensorDataset):
        def __getitem__(self, index: Any) -> tuple[Any, ...]:
            assert isinstance(index, int)
            return tuple(2 * tensor[index] for tensor in self.tensors)

    loader = scratch_data.DataLoader(Doubled(np.arange(5.0)), batch_size=3)
    assert [batch[0].tolist() for batch in loader] == [[0.0, 2.0, 4.0], [6.0, 8.0]]


# Samplers.

WEIGHTS = np.random.default_rng(0).random(40)
SAMPLERS: dict[str, Callable[[Any, Any], Any]] = {
    "sequential": lambda data, g: data.SequentialSampler(range(50)),
    "random": lambda data, g: data.RandomSampler(range(50), generator=g),
    "random, with replacement": lambda data, g: data.RandomSampler(range(50), True, 75, generator=g),
    "random, 64 with replacement": lambda data, g: data.RandomSampler(range(50), True, 64, generator=g),
    "random, more than there are": lambda data, g: data.RandomSampler(range(50), num_samples=120, generator=g),
    "random, fewer": lambda data, g: data.RandomSampler(range(50), num_samples=7, generator=g),
    "subset": lambda data, g: data.SubsetRandomSampler(range(30, 70), generator=g),
    "weighted": lambda data, g: data.WeightedRandomSampler(WEIGHTS, 60, generator=g),
    "weighted, a list": lambda data, g: data.WeightedRandomSampler([0.1, 0.9, 0.4], 60, generator=g),
    "weighted, one": lambda data, g: data.WeightedRandomSampler(WEIGHTS, 1, generator=g),
    "weighted, nearly equal": lambda data, g: data.WeightedRandomSampler(np.ones(9000) / 3, 9000, False, generator=g),
    "weighted, without": lambda data, g: data.WeightedRandomSampler(WEIGHTS, 20, False, generator=g),
    "batch": lambda data, g: data.BatchSampler(data.RandomSampler(range(50), generator=g), 8, False),
    "batch, drop last": lambda data, g: data.BatchSampler(data.RandomSampler(range(50), generator=g), 8, True),
    "batch of a list": lambda data, g: data.BatchSampler([4, 2, 9], 2, False),
}


@pytest.mark.parametrize("own_generator", [False, True])
@pytest.mark.parametrize("name", SAMPLERS)
def test_sampler(name: str, own_generator: bool) -> None:
    for seed in SEEDS:
        seed_both(seed)
        samplers = {
            side: SAMPLERS[name](data, side.Generator().manual_seed(3) if own_generator else None)
            for side, data in DATA.items()
        }
        for _ in range(3):
            assert_in_step(lambda side, data, samplers=samplers: list(samplers[side]))
            assert_in_step(lambda side, data, samplers=samplers: len(samplers[side]))


def test_random_sampler_worked_by_hand() -> None:
    """Seed 0's first two words are a seed of 63 bits; with its stream, Fisher and Yates shuffle 0 1 2."""
    first, second = 2357136044, 2546248239
    words = np.random.RandomState((first << 32 | second) % 2**63 % 2**32).randint(0, 2**32, 2, dtype=np.uint32)
    order = [0, 1, 2]
    for i, word in enumerate(words.tolist()):
        j = i + word % (3 - i)
        order[i], order[j] = order[j], order[i]
    OURS.manual_seed(0)
    assert list(scratch_data.RandomSampler(range(3))) == order


def test_weighted_sampler_evens_out_unequal_classes() -> None:
    labels = np.repeat([0, 1], [900, 100])
    OURS.manual_seed(0)
    places = list(scratch_data.WeightedRandomSampler(1 / np.bincount(labels)[labels], 10_000))
    assert abs(labels[places].mean() - 0.5) < 5 * 0.5 / 100


# Splits.


@pytest.mark.parametrize(
    "lengths", [[70, 33], [0.8, 0.1, 0.1], [0.5, 0.5], [1.0], [0.33, 0.33, 0.34], [103, 0], [0.1] * 10]
)
def test_random_split(lengths: list[float]) -> None:
    for seed in SEEDS:
        seed_both(seed)
        assert_in_step(lambda side, data: [p.indices for p in data.random_split(range(103), lengths)])
        assert_in_step(
            lambda side, data: [
                p.indices for p in data.random_split(range(103), lengths, side.Generator().manual_seed(2))
            ]
        )


def test_a_loader_over_a_split() -> None:
    seed_both(3)

    def epochs(side: Side, data: Any) -> Any:
        parts = data.random_split(dataset(side, data, 23), [15, 8])
        part = data.random_split(parts[0], [0.6, 0.4])[0]
        return [list(data.DataLoader(p, batch_size=4, shuffle=True)) for p in (*parts, part)]

    assert_in_step(epochs)


def test_split_parts_do_not_overlap() -> None:
    parts = scratch_data.random_split(range(100), [0.5, 0.25, 0.25])
    assert sorted(i for part in parts for i in part.indices) == list(range(100))
    assert [part[0] for part in parts] == [part.indices[0] for part in parts]


def test_split_warns_of_an_empty_part() -> None:
    for data in DATA.values():
        with pytest.warns(UserWarning, match=r"[Ll]ength.*0"):
            assert [len(part) for part in data.random_split(range(1), [0.5, 0.5])] == [1, 0]


# Errors.

HAS_NO_STACK: list[Any] = [object(), object()]
ERRORS: dict[str, tuple[type[Exception], Callable[[Any], Any]]] = {
    "TensorDataset lengths": (AssertionError, lambda d: d.TensorDataset(torch.ones(3), torch.ones(4))),
    "TensorDataset beyond": (IndexError, lambda d: d.TensorDataset(torch.ones(3))[3]),
    "Subset beyond": (IndexError, lambda d: d.Subset(range(9), [1, 2])[2]),
    "random_split sum": (ValueError, lambda d: d.random_split(range(9), [5, 5])),
    "random_split fractions": (ValueError, lambda d: d.random_split(range(9), [0.5, 0.6])),
    "random_split fraction": (ValueError, lambda d: d.random_split(range(9), [1.5, -0.5])),
    "RandomSampler empty": (ValueError, lambda d: d.RandomSampler([])),
    "RandomSampler none": (ValueError, lambda d: d.RandomSampler([1], num_samples=0)),
    "RandomSampler float": (ValueError, lambda d: d.RandomSampler([1], num_samples=2.0)),
    "RandomSampler replacement": (TypeError, lambda d: d.RandomSampler([1], replacement=1)),
    "WeightedRandomSampler none": (ValueError, lambda d: d.WeightedRandomSampler([1.0], 0)),
    "WeightedRandomSampler bool": (ValueError, lambda d: d.WeightedRandomSampler([1.0], True)),
    "WeightedRandomSampler replacement": (ValueError, lambda d: d.WeightedRandomSampler([1.0], 1, 2)),
    "WeightedRandomSampler axes": (ValueError, lambda d: d.WeightedRandomSampler([[1.0]], 1)),
    "multinomial negative": (RuntimeError, lambda d: list(d.WeightedRandomSampler([-1.0], 1))),
    "BatchSampler none": (ValueError, lambda d: d.BatchSampler([1], 0, False)),
    "BatchSampler bool": (ValueError, lambda d: d.BatchSampler([1], True, False)),
    "BatchSampler drop_last": (ValueError, lambda d: d.BatchSampler([1], 1, 2)),
    "DataLoader none": (ValueError, lambda d: d.DataLoader(range(9), batch_size=0)),
    "DataLoader negative": (ValueError, lambda d: d.DataLoader(range(9), batch_size=-2)),
    "DataLoader float": (ValueError, lambda d: d.DataLoader(range(9), batch_size=2.5)),
    "BatchSampler of DataLoader": (ValueError, lambda d: d.DataLoader(range(9), drop_last=3)),
    "DataLoader sampler": (ValueError, lambda d: d.DataLoader(range(9), shuffle=True, sampler=[1])),
    "DataLoader batch_sampler 1": (ValueError, lambda d: d.DataLoader(range(9), batch_size=2, batch_sampler=[[1]])),
    "DataLoader batch_sampler 2": (ValueError, lambda d: d.DataLoader(range(9), shuffle=True, batch_sampler=[[1]])),
    "DataLoader batch_sampler 3": (ValueError, lambda d: d.DataLoader(range(9), sampler=[1], batch_sampler=[[1]])),
    "DataLoader batch_sampler 4": (ValueError, lambda d: d.DataLoader(range(9), drop_last=True, batch_sampler=[[1]])),
    "DataLoader no batches": (ValueError, lambda d: d.DataLoader(range(9), batch_size=None, drop_last=True)),
    "RandomSampler of DataLoader": (ValueError, lambda d: d.DataLoader([], shuffle=True)),
    "DataLoader set anew": (ValueError, lambda d: setattr(d.DataLoader(range(9)), "batch_size", 3)),
    "DataLoader objects": (TypeError, lambda d: list(d.DataLoader(HAS_NO_STACK, 2))),
    "DataLoader shapes": (RuntimeError, lambda d: list(d.DataLoader([np.ones(2), np.ones(3)], 2))),
    "DataLoader lengths": (RuntimeError, lambda d: list(d.DataLoader([[1, 2], [3]], 2))),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_torchs(name: str) -> None:
    error, call = ERRORS[name]
    for data in (torch_ref_data, scratch_data):
        with pytest.raises(error) as caught:
            call(data)
    if error is not IndexError:
        assert str(caught.value).startswith(f"{name.split()[0]}: ")


def test_empty_and_lengthless() -> None:
    for side, data in DATA.items():
        empty = data.TensorDataset(side.array(np.ones((0, 3))))
        assert list(data.DataLoader(empty, batch_size=2)) == []
        with pytest.raises(TypeError):
            len(data.DataLoader(empty, batch_sampler=iter([[0]])))
        with pytest.raises(IndexError):
            len(data.TensorDataset())
        loader = data.DataLoader(empty)
        loader.generator = side.Generator()  # torch lets this one be set
        assert list(loader) == []
