"""The order in which a learner meets the components, and the samples that a course asks for."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

from parity.cases import ModuleSample, OptimizerSample, SchedulerSample
from parity.registry import cases
from parity.student.graphs import GRAPHS
from parity.student.networks import NETWORKS, STEPS, Asked
from parity.student.routines import ROUTINES

__all__ = ["asked_argument", "is_beyond", "is_elementwise", "ordered_components", "samples"]

Kinds = ModuleSample | OptimizerSample | SchedulerSample


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("curriculum.toml").read_text(encoding="utf-8"))


@cache
def ordered_components() -> tuple[str, ...]:
    """Those of the curriculum first, then every other that can be judged."""
    first = [name for part in _table()["part"] for name in part["components"]]
    others = [name for name, case in cases().items() if any(isinstance(sample, Kinds) for sample in case.samples)]
    return tuple(dict.fromkeys([*first, *others]))


def samples(component: str) -> Iterator[Asked]:
    """The essential ones first, in the learner's order; then those beyond."""
    found: list[Asked] = list(GRAPHS) if component == "Valor" else []
    found += [*NETWORKS.get(component, ()), *STEPS.get(component, ()), *ROUTINES.get(component, ())]
    found += [s for s in cases()[component].samples if isinstance(s, Kinds) and "float64" in s.dtypes]
    order = {name: place for place, name in enumerate(_table()["essential"].get(component, ()))}
    yield from sorted(found, key=lambda s: (is_beyond(component, s.name), order.get(s.name, len(order))))


def is_beyond(component: str, sample: str) -> bool:
    """Whether a course does not ask for this."""
    essential = _table()["essential"].get(component)
    if essential is not None:
        return sample not in essential
    return any(fnmatch(sample, pattern) for pattern in _table()["beyond"])


def asked_argument(component: str, sample: str) -> str:
    """The argument without which nobody asks for this sample; "" where there is none."""
    return str(_table()["asks"].get(component, {}).get(sample, ""))


def is_elementwise(component: str) -> bool:
    """Whether each number of the output comes from one of the input, so that the number of axes is no matter."""
    return component in _table()["elementwise"]
