"""What the student's code is asked to do, and what is written down about it. Nothing is judged here."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .adapter import Component
from .frames import DTYPES

__all__ = ["TASKS", "Seen"]

SLOPES = 24  # finite differences of each array
LARGEST = 1 << 22  # elements of an array that is sent back


@dataclass
class Seen:
    """Arrays by name, and the containers of what was no array; `stage` is what was under way."""

    values: dict[str, Any] = field(default_factory=dict)
    containers: dict[str, str] = field(default_factory=dict)
    stage: str = "constructs"

    def record(self, name: str, value: Any) -> None:
        if isinstance(value, tuple):
            for index, item in enumerate(value):
                self.record(f"{name}.{index}", item)
            return
        kind = type(value)
        if kind not in (np.ndarray, float, int, bool, type(None)) and not isinstance(value, np.generic):
            self.containers[name] = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
        try:
            array = None if value is None else _plain(value)
        except Exception:  # a container of whatever has no numbers to show
            array = None
        if array is not None and array.dtype.name not in DTYPES:
            self.containers[name] = f"array of {array.dtype}"
            array = None
        self.values[name] = array


def _plain(value: Any) -> np.ndarray[Any, Any]:
    """A copy of what is an array, or can be made one."""
    data = getattr(value, "data", value) if not isinstance(value, np.ndarray | np.generic) else value
    array = np.array(data, copy=True, subok=False)
    if array.size > LARGEST:
        raise ValueError(f"{array.size} elements")
    return array


def _module(names: Mapping[str, Any], spec: Mapping[str, Any], task: Mapping[str, Any], seen: Seen) -> None:
    """A layer or a loss: forward, gradients, a second backward, evaluation, the same call again."""
    run = _ModuleRun(names, spec, task, seen)
    run.start()
    run.once("", "upstream")
    for name, array in run.arrays.items():
        seen.record(f"after.{name}", array)
    seen.stage = "accumulated"
    run.once("accumulated", "second", zero=not spec.get("accumulates", True))
    if task.get("modes", True):
        for stage in ("eval", "repeat"):
            seen.stage = stage
            run.component.run("eval" if stage == "eval" else "train")
            run.once(stage, "upstream")
        run.component.run("train")
    if task.get("finite"):
        with contextlib.suppress(Exception):  # only a help for the diagnosis
            for name, slope in run.finite_differences():
                seen.record(f"finite.{name}", slope)


class _ModuleRun:
    def __init__(self, names: Mapping[str, Any], spec: Mapping[str, Any], task: Mapping[str, Any], seen: Seen) -> None:
        self.task, self.seen = task, seen
        self.component = Component(spec, names, task)
        self.arguments: list[str] = task["arguments"]
        self.arrays: dict[str, Any] = {}

    def start(self) -> None:
        seen, component = self.seen, self.component
        _seed(self.task["seed"])
        component.make()
        seen.stage = "parameters"
        for name in self.task["parameters"]:
            seen.record(f"initial.{name}", component.read("get", name))
        component.set(self.task["parameters"])

    def once(self, stage: str, upstream: str, zero: bool = True) -> None:
        """Forward and backward, recorded under the name of the stage."""
        prefix = f"{stage}." if stage else ""
        if zero:
            self.component.run("zero")
        if not stage:
            self.seen.stage = "forward"
        output = self.forward()
        if stage != "accumulated":
            self.seen.record(f"{prefix}forward", output)
        if not stage:
            self.seen.stage = "grad"
        for name, grad in self.backward(upstream).items():
            if stage != "accumulated":
                self.seen.record(f"{prefix}grad.{name}", grad)
            elif name in self.task["parameters"] and self.component.spec.get("accumulates", True):
                self.seen.record(f"accumulated.{name}", grad)
        if not stage and "buffers" in self.component.spec:
            for name in self.task["buffers"]:
                self.seen.record(f"buffer.{name}", self.component.read("buffers", name))

    def forward(self) -> Any:
        given = [_copy(value) for value in self.task["inputs"]]
        self.arrays = {name: value for name, value in zip(self.arguments, given, strict=True) if _is_array(value)}
        _seed(self.task["seed"])
        self.component.run("seed", seed=self.task["seed"])
        return self.component.forward(given, self.arguments, _copy(self.task["keywords"]))

    def backward(self, upstream: str) -> dict[str, Any]:
        grads = [_copy(grad) for grad in self.task[upstream]]
        self.arrays |= {"grad_output": grads[0]} if grads and grads[0] is not None else {}
        return self.component.backward(
            grads, self.arguments, self.task["needs_grad"], list(self.task["parameters"])
        )

    def finite_differences(self) -> Iterator[tuple[str, Any]]:
        """∂(Σ forward · upstream)/∂x on the student's own forward; NaN where none was taken."""
        self.task = {**self.task, **_copy({key: self.task[key] for key in ("inputs", "parameters")})}
        given = dict(zip(self.arguments, self.task["inputs"], strict=True))
        targets = {name: given[name] for name in self.task["needs_grad"] if name in given} | self.task["parameters"]
        for name, array in targets.items():
            slope = np.full(array.shape, np.nan)
            rng = np.random.default_rng(array.size)
            for place in rng.permutation(array.size)[:SLOPES]:
                index = np.unravel_index(place, array.shape)
                x = float(array[index])
                step = 1e-5 * max(1.0, abs(x))
                slope[index] = (self._total(array, index, x + step) - self._total(array, index, x - step)) / (2 * step)
                array[index] = x
            yield name, slope

    def _total(self, array: Any, index: Any, x: float) -> float:
        array[index] = x
        self.component.set(self.task["parameters"])
        output = self.forward()
        values = output if isinstance(output, tuple) else (output,)
        pairs = zip(values, self.task["upstream"], strict=False)
        return sum(float(np.sum(np.asarray(value) * grad)) for value, grad in pairs if grad is not None)


def _optimizer(names: Mapping[str, Any], spec: Mapping[str, Any], task: Mapping[str, Any], seen: Seen) -> None:
    """Parameters, and gradients for some steps; where they are after each."""
    component = Component(spec, names, task)
    component.run("make", values=[np.array(value) for value in task["values"]])
    seen.stage = "trajectory"
    for number, grads in enumerate(task["grads"], start=1):
        component.run("step", grads=[_copy(grad) for grad in grads], number=number)
        for index in range(len(task["values"])):
            seen.record(f"trajectory.step {number}.parameter {index}", component.read("read", "value", index=index))


def _scheduler(names: Mapping[str, Any], spec: Mapping[str, Any], task: Mapping[str, Any], seen: Seen) -> None:
    """The learning rate from step to step."""
    component = Component(spec, names, task)
    component.run("make", rates=list(task["rates"]))
    seen.stage = "rates"
    for number in range(task["steps"] + 1):
        if number:
            component.run("step", number=number)
        seen.record(f"rates.step {number}", np.array(component.read("read", "rates"), np.float64))


def _graph(names: Mapping[str, Any], spec: Mapping[str, Any], task: Mapping[str, Any], seen: Seen) -> None:
    """Statements about scalars, whose results and gradients are compared."""
    component = Component({"leaf": {key: spec[key] for key in ("new", "value", "grad")}, **spec}, names, task)
    leaves = {name: component.read("leaf", "new", x=value) for name, value in task["leaves"].items()}
    component.scope |= leaves
    seen.stage = "forward"
    exec(compile(task["code"], "expression", "exec"), component.scope)
    results = {name: component.scope[name] for name in task["results"]}
    for name, result in results.items():
        seen.record(f"forward.{name}", _number(component.read("leaf", "value", v=result)))
    for stage in ("grad", "again")[: task["backwards"]]:
        seen.stage = stage
        for result in results.values():
            component.run("backward", y=result)
        for name, leaf in leaves.items():
            seen.record(f"{stage}.{name}", _number(component.read("leaf", "grad", v=leaf)))


def _function(names: Mapping[str, Any], spec: Mapping[str, Any], task: Mapping[str, Any], seen: Seen) -> None:
    """A call whose result is compared: `call` of the adapter sets `result`."""
    component = Component(spec, names, task)
    seen.stage = "result"
    _seed(task["seed"])
    component.run("make")
    component.run("call", **{name: _copy(value) for name, value in task["inputs"].items()})
    seen.record("result", component.scope.get("result"))


def _number(value: Any) -> Any:
    return None if value is None else float(value)


def _seed(seed: int) -> None:
    import random

    random.seed(seed)
    np.random.seed(seed)


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(_copy(item) for item in value)
    return np.array(value) if isinstance(value, np.ndarray) else value


TASKS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any], Seen], None]] = {
    "module": _module,
    "optimizer": _optimizer,
    "scheduler": _scheduler,
    "graph": _graph,
    "function": _function,
}
