"""Cases of the datasets and the loader: which examples make a batch, epoch after epoch."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ScriptSample
from parity.sides import Side

__all__ = ["CASES"]

ROWS = np.arange(66.0).reshape(11, 3, 2)  # eleven examples: in batches of 4, 4 and 3
LABELS = np.arange(11)


def _dataset(side: Side) -> Any:
    return side.TensorDataset(side.array(ROWS), side.array(LABELS))


def _own(side: Side) -> Any:
    return side.Generator().manual_seed(3)


def _epochs(side: Side, loader: Any) -> Any:
    """Two epochs, the length, and the generator's state: a draw too many or too few shows in the second epoch."""
    return [list(loader), list(loader), len(loader), side.get_rng_state()]


def _loaded(side: Side, **options: Any) -> Any:
    return _epochs(side, side.DataLoader(_dataset(side), **options))


def _from_own_generator(side: Side) -> Any:
    generator = _own(side)
    epochs = _epochs(side, side.DataLoader(_dataset(side), batch_size=4, shuffle=True, generator=generator))
    return [*epochs, generator.get_state()]


def _drawn_between(side: Side) -> Any:
    """Batches and other draws in turn, as in a training loop with dropout."""
    seen = []
    for batch in side.DataLoader(_dataset(side), batch_size=4, shuffle=True):
        seen += [batch, side.random.rand(2)]
    return seen


def _broken_off(side: Side) -> Any:
    loader = side.DataLoader(_dataset(side), batch_size=4, shuffle=True, generator=_own(side))
    return [next(iter(loader)), next(iter(loader)), list(loader)]


def _collated(side: Side) -> Any:
    """One's own function is given the examples, one by one."""

    def last_first(examples: list[Any]) -> Any:
        return [len(examples), [[side.numpy(x).sum(), int(y)] for x, y in reversed(examples)]]

    return _epochs(side, side.DataLoader(_dataset(side), batch_size=4, collate_fn=last_first))


def _parts(side: Side) -> Any:
    whole = _dataset(side)
    parts = side.random_split(whole, [7, 4])
    smaller = side.random_split(parts[0], lengths=[0.5, 0.5])
    return [list(side.DataLoader(part, batch_size=3, shuffle=True)) for part in (*parts, *smaller)]


def _places(side: Side, lengths: list[Any], own: bool = False) -> Any:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        parts = side.random_split(
            dataset=range(11), lengths=lengths, generator=_own(side) if own else side.default_generator
        )
    indices = [list(part.indices) for part in parts]
    return [indices, [list(part) for part in parts], side.get_rng_state(), len(caught)]


def _split(lengths: list[Any], own: bool = False) -> Callable[[Side], Any]:
    return lambda side: _places(side, lengths, own)


def _bad(**options: Any) -> Callable[[Side], Any]:
    return lambda side: side.DataLoader(_dataset(side), **options)


WORKERS = {
    "num_workers": "examples are fetched in the one process that trains",
    "pin_memory": "there is no other device's memory to copy to",
    "pin_memory_device": "there is no other device's memory to copy to",
    "timeout": "there are no workers to wait for",
    "worker_init_fn": "there are no workers",
    "multiprocessing_context": "there are no workers",
    "prefetch_factor": "there are no workers",
    "persistent_workers": "there are no workers",
    "in_order": "there are no workers that could overtake each other",
}

CASES = [
    Case(
        "TensorDataset",
        samples=(
            ScriptSample(
                "rows",
                "an example that is a column",
                script=lambda side: [len(dataset := _dataset(side)), dataset[3], dataset[-1], dataset[[4, 1, 4]]],
                expected={
                    "result.0": 11,
                    "result.1.0": [[18.0, 19.0], [20.0, 21.0], [22.0, 23.0]],
                    "result.3.1": [4, 1, 4],
                },
            ),
            ScriptSample(
                "one array",
                "a tuple of one that is unpacked",
                script=lambda side: [
                    list(side.TensorDataset(side.array(LABELS))[2:4]),
                    len(side.TensorDataset(side.array(ROWS))),
                ],
            ),
        ),
        errors=(
            ErrorSample(
                "lengths",
                AssertionError,
                script=lambda side: side.TensorDataset(side.array(ROWS), side.array(LABELS[1:])),
            ),
        ),
        differences=(
            Difference(
                "the message",
                "PyTorch says only that sizes mismatch; here it names the class and the lengths that came",
            ),
        ),
    ),
    Case(
        "Subset",
        samples=(
            ScriptSample(
                "some of them",
                "places in the subset taken for places in the whole",
                script=lambda side: [
                    len(subset := side.Subset(dataset=_dataset(side), indices=[7, 2, 9])),
                    subset[0],
                    subset[[2, 0]],
                ],
                expected={"result.1.1": 7, "result.2.1": [9, 7]},
            ),
            ScriptSample(
                "a subset of a subset",
                "an outer subset that asks the whole",
                script=lambda side: side.Subset(side.Subset(_dataset(side), [7, 2, 9]), [2, 1])[0],
                expected={"result.1": 9},
            ),
        ),
    ),
    Case(
        "random_split",
        samples=(
            ScriptSample("numbers", "parts that overlap", script=_split([7, 3, 1])),
            ScriptSample("fractions", "what is left over given to one part", script=_split([0.25, 0.25, 0.375, 0.125])),
            ScriptSample("an empty part", "a part of nothing without a word", script=_split([0.0, 1.0])),
            ScriptSample("one part", "a whole that is not shuffled", script=_split([1.0])),
            ScriptSample("own generator", "a generator that is ignored", script=_split([7, 4], own=True)),
            ScriptSample("split and loaded", "a part that cannot be split or loaded", script=_parts),
        ),
        errors=(
            ErrorSample("too many", ValueError, script=_split([7, 5])),
            ErrorSample("too much", ValueError, script=_split([0.7, 0.5])),
            ErrorSample("a little too much", ValueError, script=_split([0.5, 0.5 + 1e-10])),
            ErrorSample("too little", ValueError, script=_split([0.3, 0.2])),
            ErrorSample("below nothing", ValueError, script=_split([1.5, -0.5])),
        ),
        differences=(
            Difference(
                "generator=None for the default generator",
                "PyTorch writes the generator itself as the default, which draws the same",
                argument="generator",
            ),
        ),
    ),
    Case(
        "DataLoader",
        samples=(
            ScriptSample("one by one", "a batch of one without its axis", script=_loaded),
            ScriptSample(
                "in batches", "a short last batch that is lost or filled up", {"batch_size": 4}, script=_loaded
            ),
            ScriptSample(
                "full batches", "a short last batch that is kept", {"batch_size": 4, "drop_last": True}, script=_loaded
            ),
            ScriptSample(
                "shuffled",
                "inputs and targets shuffled apart, or the same order in each epoch",
                {"batch_size": 4, "shuffle": True},
                script=_loaded,
            ),
            ScriptSample(
                "shuffled full batches",
                "the last examples left undrawn",
                {"batch_size": 4, "shuffle": True, "drop_last": True},
                script=_loaded,
            ),
            ScriptSample("no batches", "an axis of one example", {"batch_size": None}, script=_loaded),
            ScriptSample(
                "own sampler",
                "a sampler that is ignored",
                {"batch_size": 2, "sampler": [5, 1, 5, 9, 0]},
                script=_loaded,
            ),
            ScriptSample(
                "own batches",
                "batches of one size only",
                {"batch_sampler": [[5, 1], [9], [0, 2, -1]]},
                script=_loaded,
            ),
            ScriptSample("own generator", "a seed for workers that is not drawn", script=_from_own_generator),
            ScriptSample("draws between", "an epoch whose order is drawn before it begins", script=_drawn_between),
            ScriptSample("broken off", "an epoch that is drawn to its end all the same", script=_broken_off),
            ScriptSample("own collate", "examples that come stacked already", script=_collated),
            ScriptSample(
                "nested examples",
                "members of different kinds stacked together",
                script=lambda side: list(
                    side.DataLoader(
                        [{"x": np.ones(3) * i, "y": (i, float(i)), "z": str(i)} for i in range(5)], batch_size=2
                    )
                ),
            ),
        ),
        errors=(
            ErrorSample("no size", ValueError, script=_bad(batch_size=0)),
            ErrorSample("half a size", ValueError, script=_bad(batch_size=1.5)),
            ErrorSample("sampler and shuffle", ValueError, script=_bad(sampler=[1], shuffle=True)),
            ErrorSample("batches and a size", ValueError, script=_bad(batch_sampler=[[1]], batch_size=2)),
            ErrorSample("batches and shuffle", ValueError, script=_bad(batch_sampler=[[1]], shuffle=True)),
            ErrorSample("no batches to drop", ValueError, script=_bad(batch_size=None, drop_last=True)),
            ErrorSample(
                "set anew", ValueError, script=lambda side: setattr(side.DataLoader(_dataset(side)), "batch_size", 2)
            ),
            ErrorSample(
                "shapes",
                RuntimeError,
                script=lambda side: list(side.DataLoader([np.ones(2), np.ones(3)], batch_size=2)),
            ),
            ErrorSample(
                "lengths", RuntimeError, script=lambda side: list(side.DataLoader([(1, 2), (1, 2, 3)], batch_size=2))
            ),
            ErrorSample(
                "things", TypeError, script=lambda side: list(side.DataLoader([object(), object()], batch_size=2))
            ),
        ),
        differences=(
            *(Difference(f"no {argument}", why, argument=argument) for argument, why in WORKERS.items()),
            Difference(
                "a batch is apart from the dataset",
                "PyTorch hands out views of it where batch_size is None; here a change to a batch stays its own",
            ),
        ),
    ),
]
