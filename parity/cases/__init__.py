"""The table of cases: what is compared, with which arguments and inputs, and which mistake each sample exposes.

The files mirror `scratch/`: `scratch/layers/linear.py` has its cases in `parity/cases/layers/linear.py`. Each file
ends in a list `CASES`. A `Case` names a component and lists samples. There are four kinds of sample:

- `ModuleSample`: a layer or a loss, built from `args` and called with `inputs`. Observed: parameters, initial values,
  forward, gradients, accumulation, buffers, evaluation, and that nothing given or handed out is changed.
- `OptimizerSample`: parameters of the given shapes, gradients for `steps` steps. Observed: the trajectory and the
  state, from zero and from a restored state.
- `SchedulerSample`: the learning rates over `steps` steps, from zero and from a restored state.
- `ScriptSample`: anything else, as a function `script(side, *inputs)`, run once on each side; `side.Name` is the
  component of that half, and whatever it returns (arrays, numbers, tuples, dicts) is compared.

Values are given as NumPy arrays, Python numbers, or a function of a random generator that makes one (`normal(5, 4)`).
Floating-point arrays are cast to the dtype under test and handed to each side in its own kind of array. An
`ErrorSample` says what both sides must raise. A `Difference` is a deliberate one from PyTorch, with its reason; the
report prints it.

`exposes` is the mistake that only this sample shows, in the words of a teacher. Sides are pairwise different (5, 4,
3), so that a transpose or a wrong axis cannot hide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "Case",
    "Difference",
    "ErrorSample",
    "ModuleSample",
    "OptimizerSample",
    "Sample",
    "SchedulerSample",
    "ScriptSample",
    "Tolerance",
    "integers",
    "normal",
    "uniform",
]

Draw = Callable[[np.random.Generator], npt.NDArray[Any]]
DTYPES = ("float64", "float32")


@dataclass(frozen=True)
class Tolerance:
    """|got − expected| ≤ atol + rtol · |expected|, element by element."""

    rtol: float
    atol: float


@dataclass(frozen=True)
class _Common:
    name: str
    exposes: str
    args: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Any, ...] = ()
    expected: Mapping[str, Any] = field(default_factory=dict)  # hand-worked values, by the names of the observations
    tolerance: Mapping[str, Tolerance] = field(default_factory=dict)  # by dtype, where the default does not hold
    dtypes: tuple[str, ...] = DTYPES


@dataclass(frozen=True)
class ModuleSample(_Common):
    """A layer or a loss, called with `inputs` and `keywords`, of which the latter have no gradient.

    An input may be a tuple of several. `parameters` overrides the drawn values; `kink` says why finite differences do
    not apply.
    """

    keywords: Mapping[str, Any] = field(default_factory=dict)

    parameters: Mapping[str, Any] = field(default_factory=dict)
    kink: str = ""
    layout: str = ""  # says why the result may depend on how the input lies in memory
    no_grad_inputs: tuple[int, ...] = ()  # positions of floating-point inputs that have no gradient (targets)


@dataclass(frozen=True)
class OptimizerSample(_Common):
    """Parameter groups as tuples of shapes; `group_args` overrides options, a dict a group.

    `gradient(rng, step)` scales the random gradients (1 by default); `absent` lists (step, parameter) pairs without a
    gradient.
    """

    groups: tuple[tuple[tuple[int, ...], ...], ...] = (((5, 4), (3,)),)
    group_args: tuple[Mapping[str, Any], ...] = ()
    steps: int = 8
    scale: Callable[[int], float] = lambda step: 1.0
    absent: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class SchedulerSample(_Common):
    """`args` go to the scheduler; `lrs` are the starting rates of the optimizer's groups."""

    lrs: tuple[float, ...] = (0.1, 0.03)
    steps: int = 12


@dataclass(frozen=True)
class ScriptSample(_Common):
    """`script(side, *inputs)` runs on both sides, after both were seeded.

    Numbers and arrays in `inputs` are handed over as they are (NumPy): `side.array(x)` makes the side's own kind of
    array.
    """

    script: Callable[..., Any] = lambda side: None


Sample = ModuleSample | OptimizerSample | SchedulerSample | ScriptSample


@dataclass(frozen=True)
class ErrorSample:
    """What must be raised by `script(side)`, or by building the component from `args` and calling it with `inputs`."""

    name: str
    raises: type[BaseException]
    args: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Any, ...] | None = None  # None: building it must raise already
    script: Callable[[Any], Any] | None = None
    only_ours: str = ""  # the reason, where PyTorch does not raise


@dataclass(frozen=True)
class Difference:
    """A deliberate difference from PyTorch: what it is about, and why.

    `argument` names a constructor argument left out.
    """

    what: str
    why: str
    argument: str = ""


@dataclass(frozen=True)
class Case:
    """A component, by its name on the package's face ("Linear") or in a module ("init.dirac_"), and its samples."""

    component: str
    samples: tuple[Sample, ...]
    errors: tuple[ErrorSample, ...] = ()
    differences: tuple[Difference, ...] = ()


def normal(*shape: int, mean: float = 0.0, std: float = 1.0) -> Draw:
    return lambda rng: np.asarray(rng.normal(mean, std, shape))


def uniform(*shape: int, low: float = 0.0, high: float = 1.0) -> Draw:
    return lambda rng: np.asarray(rng.uniform(low, high, shape))


def integers(*shape: int, high: int) -> Draw:
    """Whole numbers in [0, high): class labels."""
    return lambda rng: np.asarray(rng.integers(0, high, shape))
