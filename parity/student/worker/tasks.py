"""What the student's code is asked to do, and what is written down about it. Nothing is judged here."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from .adapter import Component, rows
from .neurons import network, steps
from .notes import note
from .probe import probe
from .reach import NotFound
from .routines import batches, clipping, drawing, training
from .seen import Seen, copied, is_array, number_of, seeded

__all__ = ["TASKS", "Seen"]

SLOPES = 24  # finite differences of each array


def _module(names: Mapping[str, Any], spec: Mapping[str, Any], task: Mapping[str, Any], seen: Seen) -> None:
    """A layer or a loss: forward, gradients, a second backward, evaluation, the same call again."""
    run = _ModuleRun(names, spec, task, seen)
    run.start()
    run.once("", "upstream")
    for name, array in run.arrays.items():
        seen.record(f"after.{name}", run.unfolded(array))
    seen.record("after.output", run.unfolded(run.component.scope["output"]))
    if run.component.accumulates():
        note("accumulates", "yes")
        seen.stage = "accumulated"
        run.once("accumulated", "second", zero=False)
    else:
        run.forward()  # running statistics follow the second call, too
    for stage in ("eval", "repeat"):
        seen.stage = stage
        run.component.run("eval" if stage == "eval" else "train")
        if stage == "repeat" or run.component.has_mode():
            run.once(stage, "upstream")
            note("evaluated" if stage == "eval" else "repeated", "yes")
    with contextlib.suppress(Exception):  # it need not be possible
        run.twice()
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
        self.folded = False  # into matrices

    def start(self) -> None:
        seen, component = self.seen, self.component
        seeded(self.task["seed"])
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
        if stage == "eval" and not self.component.has_gradients():
            note("evaluated.forward", "only")
            return
        if not stage:
            self.seen.stage = "grad"
        for name, grad in self.backward(upstream).items():
            if stage != "accumulated":
                self.seen.record(f"{prefix}grad.{name}", grad)
            elif name in self.task["parameters"]:
                self.seen.record(f"accumulated.{name}", grad)
        if not stage:
            self.buffers()

    def buffers(self) -> None:
        """Those that the student keeps: a count of batches is nobody's business."""
        for name in self.task["buffers"]:
            with contextlib.suppress(NotFound):
                if self.component.says("buffers", name):
                    self.seen.record(f"buffer.{name}", self.component.read("buffers", name))

    def forward(self) -> Any:
        try:
            return self._forward()
        except (IndexError, ValueError, TypeError):
            first = self.task["inputs"][0]
            if self.folded or not self.task.get("elementwise") or np.ndim(first) == 2:
                raise
            self.folded = True
            note("folded", "yes")
            return self._forward()

    def _forward(self) -> Any:
        given = [rows(copied(value)) if self.folded else copied(value) for value in self.task["inputs"]]
        self.arrays = {name: value for name, value in zip(self.arguments, given, strict=True) if is_array(value)}
        if not self.task.get("random"):  # else a second call would be given the first one's numbers
            seeded(self.task["seed"])
        self.component.run("seed", seed=self.task["seed"])
        output = self.component.forward(given, self.arguments, copied(self.task["keywords"]))
        return self.unfolded(output)

    def unfolded(self, value: Any) -> Any:
        """A matrix back in the shape of the input, where the student's version takes matrices only."""
        return np.reshape(value, np.shape(self.task["inputs"][0])) if self.folded and np.ndim(value) == 2 else value

    def backward(self, upstream: str) -> dict[str, Any]:
        grads = [rows(copied(grad)) if self.folded else copied(grad) for grad in self.task[upstream]]
        self.arrays |= {"grad_output": grads[0]} if grads and grads[0] is not None else {}
        found = self.component.backward(
            grads, self.arguments, self.task["needs_grad"], list(self.task["parameters"])
        )  # fmt: skip
        return {name: self.unfolded(grad) for name, grad in found.items()}

    def twice(self) -> None:
        """The gradients of the inputs from two backwards after one forward."""
        self.forward()
        for stage in ("once", "twice"):
            grads = self.backward("upstream")
            for name in self.task["needs_grad"]:
                self.seen.record(f"{stage}.grad.{name}", grads.get(name))

    def finite_differences(self) -> Iterator[tuple[str, Any]]:
        """∂(Σ forward · upstream)/∂x on the student's own forward; NaN where none was taken."""
        self.task = {**self.task, **copied({key: self.task[key] for key in ("inputs", "parameters")})}
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
        component.run("step", grads=[copied(grad) for grad in grads], number=number)
        for index in range(len(task["values"])):
            seen.record(f"trajectory.step {number}.parameter {index}", component.read("read", "value", index=index))
    if "later" in task:
        with contextlib.suppress(Exception):  # not every optimizer lets its rate be changed
            _at_another_rate(component, task, seen)


def _at_another_rate(component: Component, task: Mapping[str, Any], seen: Seen) -> None:
    """Some steps more, with the first gradients again."""
    if component.run("rate", lr=task["later"]):
        for number, grads in enumerate(task["grads"][:2], start=1):
            component.run("step", grads=[copied(grad) for grad in grads], number=number)
            for index in range(len(task["values"])):
                seen.record(f"later.step {number}.parameter {index}", component.read("read", "value", index=index))


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
    with _patience(task["seconds"]):
        _expression(names, spec, task, seen)


class TooSlow(BaseException):
    """Not an Exception, so that a submission that catches those does not catch it."""


@contextlib.contextmanager
def _patience(seconds: float) -> Iterator[None]:
    """Stop after some processor time: of an exponential walk nobody wants to await the end."""

    def stop(*_: Any) -> None:
        raise TooSlow(f"it took more than {seconds:g} seconds, where a thousandth is enough")

    if threading.current_thread() is not threading.main_thread():  # signals go to the main thread
        yield
        return
    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _expression(names: Mapping[str, Any], spec: Mapping[str, Any], task: Mapping[str, Any], seen: Seen) -> None:
    component = Component({"leaf": {key: spec[key] for key in ("new", "value", "grad")}, **spec}, names, task)
    leaves = {name: component.read("leaf", "new", x=value) for name, value in task["leaves"].items()}
    component.scope |= leaves
    seen.stage = "forward"
    exec(compile(task["code"], "expression", "exec"), component.scope)
    results = {name: component.scope[name] for name in task["results"]}
    for name, result in results.items():
        seen.record(f"forward.{name}", number_of(component.read("leaf", "value", v=result)))
    for stage in ("grad", "again")[: task["backwards"]]:
        seen.stage = stage
        for result in results.values():
            component.run("backward", y=result)
        for name, leaf in leaves.items():
            seen.record(f"{stage}.{name}", number_of(component.read("leaf", "grad", v=leaf)))


def _function(names: Mapping[str, Any], spec: Mapping[str, Any], task: Mapping[str, Any], seen: Seen) -> None:
    """A call whose result is compared: `call` of the adapter sets `result`."""
    component = Component(spec, names, task)
    seen.stage = "result"
    seeded(task["seed"])
    component.run("make")
    component.run("call", **{name: copied(value) for name, value in task["inputs"].items()})
    seen.record("result", component.scope.get("result"))


TASKS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any], Seen], None]] = {
    "module": _module,
    "optimizer": _optimizer,
    "scheduler": _scheduler,
    "graph": _graph,
    "network": network,
    "steps": steps,
    "probe": probe,
    "function": _function,
    "clipping": clipping,
    "drawing": drawing,
    "batches": batches,
    "training": training,
}
