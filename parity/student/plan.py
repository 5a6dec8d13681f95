"""From samples to tasks: what the worker is asked, and what PyTorch answers."""

from __future__ import annotations

import inspect
from collections.abc import Container, Iterator, Mapping
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
from parity.student.curriculum import asked_argument, is_beyond, is_elementwise, samples
from parity.student.graphs import FUNCTIONS, Graph
from parity.student.networks import Asked, Network, Steps
from parity.student.properties import is_random, needs_a_seed
from parity.student.routines import Routine
from parity.student.worker.names import ARGUMENTS, roles

__all__ = ["Planned", "plan"]

RATES = ("lr", *ARGUMENTS["lr"])
SIDE = ScratchSide()  # draws inputs, and says which parameters a component has


@dataclass(frozen=True)
class Planned:
    """A sample for a submission: a task and PyTorch's answers, or the reason why it is skipped."""

    match: Match
    sample: Asked
    beyond: bool
    task: Mapping[str, Any]
    expected: reference.Values
    skip: str = ""


def plan(match: Match, known: Description, seed: int) -> Iterator[Planned]:
    """The samples of a component, in the learner's order; those that its adapter cannot say are skipped."""
    for sample in samples(match.component):
        argument = asked_argument(match.component, sample.name)
        beyond = is_beyond(match.component, sample.name) or bool(argument and not _accepts(match, argument))
        if isinstance(sample, Graph):
            beyond |= any(_only_reflected(name, known.classes[match.name]) for name in sample.uses)
        skip = _inexpressible(match, sample, known)
        answers: reference.Values = {} if skip else reference.expected(match.component, sample, seed)
        if not skip and not answers:
            continue  # PyTorch raises: nothing to compare
        with drawn_from(seed):
            task = {} if skip else {"spec": match.spec, "seed": SEED, **_task(match, sample, answers, known)}
        yield Planned(match, sample, beyond, task, answers, skip)


def _inexpressible(match: Match, sample: Asked, known: Description) -> str:
    """Why this submission cannot be asked; "" where it can."""
    if match.unknown:
        return f"{match.name} has to be given {', '.join(match.unknown)}, and what that is cannot be told"
    if reason := match.spec.get("skip", {}).get(sample.name):
        return str(reason)
    if isinstance(sample, Network | Steps):
        return ""
    if isinstance(sample, Routine):
        lacking = sample.needs and sample.needs not in match.renamed and "call" not in match.spec
        return f"{match.name} has no argument {sample.needs}" if lacking else ""
    if isinstance(sample, Graph):
        return _missing_operator(match, sample, known)
    unknown = [name for name in sample.args if not _accepts(match, name) and not _assumes(match, name, sample)]
    if unknown:
        return f"{match.name} has no argument {', '.join(unknown)}"
    pairs = [name for name in match.spec.get("whole", ()) if isinstance(sample.args.get(name), tuple | list | str)]
    if pairs:
        return f"{match.name} takes one number for {', '.join(pairs)}"
    if not all(_plain(value) for value in sample.args.values()):
        return "an argument that is an object cannot be handed over"
    if isinstance(sample, OptimizerSample) and (len(sample.groups) > 1 or sample.absent):
        return "parameter groups and absent gradients are not asked for"
    if reason := needs_a_seed(match, {**_defaults(match.component), **sample.args}):
        return reason
    return _too_many_axes(match, sample)


def _too_many_axes(match: Match, sample: Sample) -> str:
    axes = match.spec.get("axes")
    if not axes or not isinstance(sample, ModuleSample) or not sample.inputs:
        return ""
    first = draw(sample.inputs[0], "", "float64")
    if isinstance(first, np.ndarray) and first.ndim not in axes:
        return f"{match.name} takes inputs of {' or '.join(map(str, axes))} axes"
    return ""


def _missing_operator(match: Match, graph: Graph, known: Description) -> str:
    own = known.classes[match.name]
    for name in graph.uses:
        wanted = name if name.startswith("__") else spelling(match, known, name)
        if wanted not in own and not _only_reflected(name, own):
            return f"{match.name} has no {wanted}"
    return ""


def _only_reflected(name: str, own: Container[str]) -> bool:
    """Whether v / 1 is defined and 1 / v is not: forgotten, since one expects the other."""
    return name.startswith("__r") and name not in own and name.replace("__r", "__", 1) in own


def spelling(match: Match, known: Description, function: str) -> str:
    """What the student calls `sigmoid`: the first of "sigmoid|sig" that is there."""
    options = str(match.spec.get("functions", {}).get(function, function)).split("|")
    return next((name for name in options if name in known.classes.get(match.name, {})), options[0])


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


def _task(match: Match, sample: Asked, answers: reference.Values, known: Description) -> dict[str, Any]:
    if isinstance(sample, Graph):
        return _graph_task(match, sample, known)
    if isinstance(sample, Network | Steps):
        return _network_task(sample)
    if isinstance(sample, Routine):
        names = {role: own for role, (own,) in match.renamed.items()}
        return {"kind": sample.kind, "names": names, "random": sample.kind != "clipping", **sample.given()}
    args = {
        key: cast(value, "float64") if isinstance(value, np.ndarray) else value for key, value in sample.args.items()
    }
    defaults = _defaults(match.component)
    task = {"args": args, "defaults": defaults, "renamed": _renamed(match, sample, args, defaults)}
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


def _renamed(match: Match, sample: Sample, args: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """The arguments by the student's names; PyTorch's default numbers are said, since the student's may be others."""
    if match.takes is None:
        return args
    args = {name: value for name, value in args.items() if name in match.takes}  # others are assumed, or skipped
    numbers = {
        name: value
        for name, value in defaults.items()
        if name in match.required
        or (name in match.renamed and not sample.name.startswith("default") and _is_number(value))
    }
    found: dict[str, Any] = {}
    for name, value in {**numbers, **args}.items():
        own = match.renamed.get(name, (name,))
        found |= dict(zip(own, value if len(own) > 1 else [value], strict=True))
    return found


def _is_number(value: Any) -> bool:
    if isinstance(value, tuple):
        return bool(value) and all(map(_is_number, value))
    return isinstance(value, float)


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
        "buffers": [name for name, _ in run.module.named_buffers() if name not in sample.args],
        "needs_grad": [name for name, needed in run.needs_grad.items() if needed],
        "upstream": upstream("upstream"),
        "second": upstream("second upstream"),
        "several": outputs != [""],
        "random": is_random(match, sample),
        "elementwise": is_elementwise(match.component),
        "finite": not sample.kink
        and not is_random(match, sample)
        and sum(np.size(v) for v in run.given.values()) < 200,
    }


def _forward_arguments(component: str, count: int) -> list[str]:
    from parity.observe_module import input_names

    return input_names(SIDE.find(component), count)


def has_upstream(match: Match, known: Description) -> bool:
    """Whether its backward is given the gradient from above; a loss may start from 1."""
    stated = match.spec.get("upstream")
    if stated is not None:
        return bool(stated)
    own = known.classes.get(match.name, {}).get("backward")
    if own is None:
        return True
    inputs = len(_forward_arguments(match.component, 2)) if match.component.endswith("Loss") else 1
    given = roles([name for name in own if name.rstrip("=") not in RATES], inputs)
    return bool(own) and (not given or "grad" in given)


def _optimizer_task(sample: OptimizerSample) -> dict[str, Any]:
    shapes = [shape for group in sample.groups for shape in group]
    values = [draw(lambda rng, s=s: rng.normal(size=s), f"{sample.name} {i}", "float64") for i, s in enumerate(shapes)]
    grads = [
        [
            draw(lambda rng, s=s, t=t: rng.normal(size=s) * sample.scale(t), f"{sample.name} {t} {i}", "float64")
            for i, s in enumerate(shapes)
        ]
        for t in range(sample.steps)
    ]
    later = {"later": sample.args["lr"] / 10} if sample.args.get("momentum") else {}
    return {"kind": "optimizer", "values": values, "grads": grads, **later}


def _network_task(sample: Network | Steps) -> dict[str, Any]:
    kind = "network" if isinstance(sample, Network) else "steps"
    layers = [list(layer) for layer in sample.layers] if isinstance(sample, Steps) else []
    return {"kind": kind, "args": sample.args, "values": sample.drawn(), "layers": layers}


def _graph_task(match: Match, graph: Graph, known: Description) -> dict[str, Any]:
    code = Template(graph.code).substitute({name: spelling(match, known, name) for name in FUNCTIONS})
    return {
        "kind": "graph", "leaves": dict(graph.leaves), "code": code, "results": list(graph.results),
        "backwards": graph.backwards, "seconds": graph.seconds,
    }  # fmt: skip
