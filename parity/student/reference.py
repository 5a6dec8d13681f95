"""What PyTorch gives for the samples that a student's code is judged by.

For seed 0 the answers lie in `golden/`, a file a component, so that judging needs no torch; any other seed asks
torch_ref. A test compares the files with what torch_ref gives. `python -m parity.student.reference` writes them anew.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Container, Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from parity.cases import ModuleSample, OptimizerSample, SchedulerSample
from parity.observation import drawn_from
from parity.observe import observe
from parity.registry import cases
from parity.student.graphs import FUNCTIONS, GRAPHS, Graph
from parity.student.networks import NETWORKS, STEPS, Asked, Network, Steps
from parity.student.routines import ROUTINES, Routine

__all__ = ["GOLDEN", "Values", "expected", "keep", "names", "write_golden"]

GOLDEN = Path(__file__).parent / "golden"
KEPT = ("initial", "forward", "grad", "unit", "buffer", "accumulated", "eval", "trajectory", "rates")

Values = Mapping[str, np.ndarray[Any, Any]]
_kept = {0: GOLDEN}


def expected(component: str, sample: Asked, seed: int = 0) -> Values:
    """What PyTorch gives, by the names of the checks; nothing where PyTorch itself raises."""
    if seed in _kept:
        return _golden(component, _kept[seed]).get(sample.name, {})
    return ask_torch(component, sample, seed)


def keep(seed: int, folder: Path) -> None:
    """Take the answers for this seed from files that `write_golden` wrote."""
    _kept[seed] = folder


def names(component: str) -> list[str]:
    """The samples of a component that have answers."""
    return list(_golden(component, GOLDEN))


def ask_torch(component: str, sample: Asked, seed: int) -> Values:
    """Run the sample on torch_ref, on inputs drawn from this seed."""
    if isinstance(sample, Graph):
        return _ask_autograd(sample)
    if isinstance(sample, Network | Steps | Routine):
        with drawn_from(seed):
            return sample.answers()
    with drawn_from(seed):
        seen = observe(_torch_side(), component, sample, "float64")
    if seen.raised is not None:
        return {}
    return {
        name: value
        for name, value in seen.values.items()
        if name.split(".")[0] in KEPT and isinstance(value, np.ndarray)
    }


def _ask_autograd(graph: Graph) -> Values:
    import torch

    leaves = {
        name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in graph.leaves.items()
    }
    scope: dict[str, Any] = dict(leaves)
    exec(Template(graph.code).substitute({name: name for name in FUNCTIONS}), scope)
    found = {f"forward.{name}": scope[name].detach().numpy() for name in graph.results}
    for stage in ("grad", "again")[: graph.backwards]:
        for name in graph.results:
            scope[name].backward(retain_graph=True)
        found |= {f"{stage}.{name}": leaf.grad.numpy().copy() for name, leaf in leaves.items() if leaf.grad is not None}
    return {name: np.array(value) for name, value in found.items()}


@cache
def _torch_side() -> Any:
    from parity.sides import TorchSide

    return TorchSide()


@cache
def _golden(component: str, folder: Path) -> dict[str, dict[str, np.ndarray[Any, Any]]]:
    file = folder / f"{component}.npz"
    if not file.exists():
        return {}
    with np.load(file) as stored:
        index, numbers = json.loads(str(stored["index"])), stored["numbers"]
    found: dict[str, dict[str, np.ndarray[Any, Any]]] = {}
    place = 0
    for sample, name, dtype, shape in index:
        size = int(np.prod(shape))
        found.setdefault(sample, {})[name] = numbers[place : place + size].reshape(shape).astype(dtype)
        place += size
    return found


def _samples() -> Iterator[tuple[str, Asked]]:
    for component, case in cases().items():
        for sample in case.samples:
            if isinstance(sample, ModuleSample | OptimizerSample | SchedulerSample) and "float64" in sample.dtypes:
                yield component, sample
    for graph in GRAPHS:
        yield "Valor", graph
    yield from ((component, network) for component, several in NETWORKS.items() for network in several)
    yield from ((component, steps) for component, several in STEPS.items() for steps in several)
    yield from ((component, routine) for component, several in ROUTINES.items() for routine in several)


def write_golden(folder: Path = GOLDEN, seed: int = 0, only: Container[str] | None = None) -> None:
    """Ask torch_ref for everything, or these components only, and write a file for each."""
    found: dict[str, list[tuple[str, str, Any]]] = {}
    for component, sample in _samples():
        if only is not None and component not in only:
            continue
        values = ask_torch(component, sample, seed)
        found.setdefault(component, []).extend((sample.name, name, value) for name, value in values.items())
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.npz"):
        old.unlink()
    for component, rows in found.items():
        index = [(sample, name, value.dtype.name, value.shape) for sample, name, value in rows]
        numbers = np.concatenate([np.zeros(0), *(value.ravel().astype(np.float64) for _, _, value in rows)])
        np.savez_compressed(folder / f"{component}.npz", index=np.array(json.dumps(index)), numbers=numbers)


if __name__ == "__main__":
    write_golden()
    sys.stdout.write(f"{len(list(GOLDEN.glob('*.npz')))} files in {GOLDEN}\n")
