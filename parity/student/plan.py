"""From samples to tasks: what the worker is asked, and what PyTorch answers."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Template
from typing import Any

import numpy as np

from parity.cases import ModuleSample, OptimizerSample, Sample, SchedulerSample
from parity.observation import SEED, Observation, draw, drawn_from
from parity.observe_module import Run, start
from parity.sides import ScratchSide, cast
from parity.student import reference
from parity.student.adapters import Description, Match
from parity.student.curriculum import is_beyond, samples
from parity.student.graphs import FUNCTIONS, Graph

__all__ = ["Planned", "plan"]

SIDE = ScratchSide()  # draws inputs, and says which parameters a component has


@dataclass(frozen=True)
class Planned:
    """A sample for a submission: a task and PyTorch's answers, or the reason why it is skipped."""

    match: Match
    sample: Sample | Graph
    beyond: bool
    task: Mapping[str, Any]
    expected: reference.Values
    skip: str = ""


def plan(match: Match, known: Description, seed: int) -> Iterator[Planned]:
    """The samples of a component, in the learner's order; those that its adapter cannot say are skipped."""
    for sample in samples(match.component):
        beyond = is_beyond(match.component, sample.name)
        skip = _inexpressible(match, sample, known)
        answers: reference.Values = {} if skip else reference.expected(match.component, sample, seed)
        if not skip and not answers:
            continue  # PyTorch raises: nothing to compare
        with drawn_from(seed):
            task = {} if skip else {"spec": match.spec, "seed": SEED, **_task(match, sample, answers, known)}
        yield Planned(match, sample, beyond, task, answers, skip)


def _inexpressible(match: Match, sample: Sample | Graph, known: Description) -> str:
    """Why this submission cannot be asked; "" where it can."""
    if isinstance(sample, Graph):
        own = known.classes[match.name]
        functions = match.spec.get("functions", {})
        for name in sample.uses:
            wanted = name if name.startswith("__") else functions.get(name, name)
            if wanted not in own:
                return f"{match.name} has no {wanted}"
        return ""
    unknown = [name for name in sample.args if not _accepts(match, name) and not _assumes(match, name, sample)]
    if unknown:
        return f"{match.name} has no argument {', '.join(unknown)}"
    if not all(_plain(value) for value in sample.args.values()):
        return "an argument that is an object cannot be handed over"
    if isinstance(sample, ModuleSample):
        axes = match.spec.get("axes")
        arrays = [
            value for value in (draw(v, "", "float64") for v in sample.inputs[:1]) if isinstance(value, np.ndarray)
        ]
        if axes and arrays and arrays[0].ndim not in axes:
            return f"{match.name} takes inputs of {' or '.join(map(str, axes))} axes"
    if isinstance(sample, OptimizerSample) and (len(sample.groups) > 1 or sample.absent):
        return "parameter groups and absent gradients are not asked for"
    return ""


def _accepts(match: Match, argument: str) -> bool:
    return match.takes is None or argument in match.takes


def _assumes(match: Match, argument: str, sample: Sample) -> bool:
    """Whether the student's version is written for this value of an argument that it does not have."""
    values = match.spec.get("assumes", {}).get(argument, [])
    return any(type(value) is type(sample.args[argument]) and value == sample.args[argument] for value in values)


def _plain(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return all(map(_plain, value))
    return value is None or isinstance(value, bool | int | float | str | np.ndarray)


def _task(match: Match, sample: Sample | Graph, answers: reference.Values, known: Description) -> dict[str, Any]:
    if isinstance(sample, Graph):
        return _graph_task(match, sample)
    args = {
        key: cast(value, "float64") if isinstance(value, np.ndarray) else value for key, value in sample.args.items()
    }
    task = {"args": args, "defaults": _defaults(match.component)}
    if isinstance(sample, ModuleSample):
        return task | _module_task(match, sample, answers, known)
    if isinstance(sample, OptimizerSample):
        return task | _optimizer_task(sample)
    assert isinstance(sample, SchedulerSample)
    return task | {"kind": "scheduler", "rates": list(sample.lrs), "steps": sample.steps}


def _defaults(component: str) -> dict[str, Any]:
    parameters = inspect.signature(SIDE.find(component)).parameters.values()
    return {
        p.name: p.default for p in parameters if p.default is not p.empty and _plain(p.default) and p.name != "dtype"
    }


def _module_task(match: Match, sample: ModuleSample, answers: reference.Values, known: Description) -> dict[str, Any]:
    with SIDE.default_dtype("float64"):
        run = Run(SIDE, match.component, sample, "float64")
        start(run, Observation())
    outputs = [key.removeprefix("forward") for key in answers if key.split(".")[0] == "forward"]
    unit = not has_upstream(match, known)

    def upstream(key: str) -> list[Any]:
        return [
            np.ones_like(value)
            if unit
            else draw(lambda rng, v=value: rng.normal(size=v.shape), f"{sample.name} {key}{name}", "float64")
            if value.dtype.kind == "f"
            else None
            for name, value in ((name, answers[f"forward{name}"]) for name in outputs)
        ]

    return {
        "kind": "module",
        "arguments": [
            name for name, _ in zip(_forward_arguments(match.component, len(run.arrays)), run.arrays, strict=True)
        ],
        "inputs": run.arrays,
        "keywords": run.keywords,
        "parameters": {name: p.data for name, p in run.parameters().items()},
        "buffers": [name for name, _ in run.module.named_buffers()],
        "needs_grad": [name for name, needed in run.needs_grad.items() if needed],
        "upstream": upstream("upstream"),
        "second": upstream("second upstream"),
        "finite": not sample.kink and sum(np.size(v) for v in run.given.values()) < 200,
    }


def _forward_arguments(component: str, count: int) -> list[str]:
    from parity.observe_module import input_names

    return input_names(SIDE.find(component), count)


def has_upstream(match: Match, known: Description) -> bool:
    """Whether its backward is given the gradient from above; a loss may start from 1."""
    stated = match.spec.get("upstream")
    if stated is not None:
        return bool(stated)
    return known.classes.get(match.name, {}).get("backward") != []


def _optimizer_task(sample: OptimizerSample) -> dict[str, Any]:
    shapes = [shape for group in sample.groups for shape in group]
    values = [draw(lambda rng, s=s: rng.normal(size=s), f"{sample.name} {i}", "float64") for i, s in enumerate(shapes)]
    grads = [
        [
            draw(lambda rng, s=s: rng.normal(size=s) * sample.scale(t), f"{sample.name} {t} {i}", "float64")
            for i, s in enumerate(shapes)
        ]
        for t in range(sample.steps)
    ]
    return {"kind": "optimizer", "values": values, "grads": grads}


def _graph_task(match: Match, graph: Graph) -> dict[str, Any]:
    functions = match.spec.get("functions", {})
    code = Template(graph.code).substitute({name: functions.get(name, name) for name in FUNCTIONS})
    return {
        "kind": "graph", "leaves": dict(graph.leaves), "code": code, "results": list(graph.results),
        "backwards": graph.backwards,
    }  # fmt: skip
