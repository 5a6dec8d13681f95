"""Cases of the samplers: the places that they yield, epoch after epoch, and where they leave the generator."""

from collections.abc import Callable
from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, ScriptSample
from parity.sides import Side

__all__ = ["CASES"]

WEIGHTS = np.array([0.2, 3.0, 1.0, 0.5, 0.1])


def _epochs(side: Side, sampler: Any) -> Any:
    """Two passes, the length, and the generator's state: a draw too many or too few shows in the second pass."""
    return [list(sampler), list(sampler), len(sampler), side.get_rng_state()]


def _own(side: Side) -> Any:
    return side.Generator().manual_seed(3)


def _bad(name: str, *args: Any, **options: Any) -> Callable[[Side], Any]:
    return lambda side: getattr(side, name)(*args, **options)


CASES = [
    Case(
        "SequentialSampler",
        samples=(
            ScriptSample(
                "in order",
                "an order that starts at one",
                script=lambda side: _epochs(side, side.SequentialSampler(data_source="abc")),
                expected={"result.0": [0, 1, 2], "result.2": 3},
            ),
        ),
    ),
    Case(
        "RandomSampler",
        samples=(
            ScriptSample(
                "a shuffle",
                "a shuffle straight from the default generator",
                script=lambda side: _epochs(side, side.RandomSampler(data_source=range(12))),
            ),
            ScriptSample(
                "own generator",
                "the permutation that PyTorch draws at the end of an epoch",
                script=lambda side: _epochs(side, side.RandomSampler(range(12), generator=_own(side))),
            ),
            ScriptSample(
                "with replacement",
                "draws that do not come in lots of 32",
                script=lambda side: _epochs(side, side.RandomSampler(range(12), replacement=True, num_samples=65)),
            ),
            ScriptSample(
                "more than there are",
                "a second round in the order of the first",
                script=lambda side: _epochs(side, side.RandomSampler(range(12), num_samples=29)),
            ),
            ScriptSample(
                "fewer than there are",
                "a number of samples that is ignored",
                script=lambda side: _epochs(side, side.RandomSampler(range(12), num_samples=1)),
            ),
        ),
        errors=(
            ErrorSample("nothing", ValueError, script=_bad("RandomSampler", [])),
            ErrorSample("no samples", ValueError, script=_bad("RandomSampler", [1], num_samples=0)),
            ErrorSample("half a sample", ValueError, script=_bad("RandomSampler", [1], num_samples=1.5)),
            ErrorSample("no truth", TypeError, script=_bad("RandomSampler", [1], replacement=1)),
        ),
    ),
    Case(
        "SubsetRandomSampler",
        samples=(
            ScriptSample(
                "some places",
                "places in the subset, not in the whole",
                script=lambda side: _epochs(side, side.SubsetRandomSampler(indices=range(30, 42))),
            ),
            ScriptSample(
                "own generator",
                "a generator that is ignored",
                script=lambda side: _epochs(side, side.SubsetRandomSampler([8, 3, 5, 1], generator=_own(side))),
            ),
        ),
    ),
    Case(
        "WeightedRandomSampler",
        samples=(
            ScriptSample(
                "by weight",
                "weights that must sum to one",
                inputs=(WEIGHTS,),
                script=lambda side, w: _epochs(side, side.WeightedRandomSampler(weights=w, num_samples=20)),
            ),
            ScriptSample(
                "a list",
                "weights in another dtype than float64",
                script=lambda side: _epochs(side, side.WeightedRandomSampler([1 / 3] * 9000, 9000, replacement=False)),
            ),
            ScriptSample(
                "own generator",
                "a generator that is ignored",
                inputs=(WEIGHTS,),
                script=lambda side, w: _epochs(side, side.WeightedRandomSampler(w, 3, False, generator=_own(side))),
            ),
        ),
        errors=(
            ErrorSample("no samples", ValueError, script=_bad("WeightedRandomSampler", [1.0], 0)),
            ErrorSample("a truth for a number", ValueError, script=_bad("WeightedRandomSampler", [1.0], True)),
            ErrorSample("no truth", ValueError, script=_bad("WeightedRandomSampler", [1.0], 1, 2)),
            ErrorSample("two axes", ValueError, script=_bad("WeightedRandomSampler", [[1.0, 2.0]], 1)),
        ),
    ),
    Case(
        "BatchSampler",
        samples=(
            ScriptSample(
                "a short last batch",
                "a last batch that is lost",
                script=lambda side: _epochs(side, side.BatchSampler(sampler=range(5), batch_size=2, drop_last=False)),
                expected={"result.0.0": [0, 1], "result.0.2": [4], "result.2": 3},
            ),
            ScriptSample(
                "only full batches",
                "a last batch that is kept",
                script=lambda side: _epochs(side, side.BatchSampler(range(5), batch_size=2, drop_last=True)),
                expected={"result.0.1": [2, 3], "result.2": 2},
            ),
            ScriptSample(
                "over a shuffle",
                "the places of a last batch left undrawn",
                script=lambda side: _epochs(
                    side, side.BatchSampler(side.RandomSampler(range(12), generator=_own(side)), 5, True)
                ),
            ),
        ),
        errors=(
            ErrorSample("no size", ValueError, script=_bad("BatchSampler", [1], 0, False)),
            ErrorSample("half a size", ValueError, script=_bad("BatchSampler", [1], 1.5, False)),
            ErrorSample("no truth", ValueError, script=_bad("BatchSampler", [1], 1, 2)),
        ),
    ),
]
