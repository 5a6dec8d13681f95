"""Where two training runs part: the first step, layer and tensor that differ.

Both sides train in lockstep, a thread each. After every step the traces of both are compared in the order in which
the step computed them (outputs from the first layer to the last, loss, gradients from the last layer to the first,
parameters after the optimizer), and the first tensor outside the band is the place to look at: everything before it
was equal.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Queue
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from parity.curves import FLOAT64_BUDGET, tensor_difference
from parity.mistakes import Mistake, find_mistake
from parity.recipes import Data, Recipe, find_recipes, load_data
from parity.sides import ScratchSide, Side, TorchSide

__all__ = ["Parting", "find_parting", "run"]

Trace = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Parting:
    """The first tensor that differs, and what was equal just before it."""

    step: int
    tensor: str
    difference: float
    where: tuple[int, ...]
    got: float
    expected: float
    equal_before: tuple[str, ...]


class _StopTrainingError(Exception):
    """Raised inside a training loop to end it."""


class Tracer:
    """Records what a step computes: the outputs of the layers, their gradients, the parameters' gradients."""

    def __init__(self, side: Side, model: Any) -> None:
        self.side, self.model = side, model
        self.forward: Trace = {}
        self.backward: Trace = {}
        self.layers = {
            f"layer {name} ({type(layer).__name__})": layer
            for name, layer in getattr(model, "named_modules", lambda: ())()
            if name and not any(True for _ in layer.named_children())
        }
        for name, layer in self.layers.items():
            (self._watch_torch if isinstance(side, TorchSide) else self._watch_scratch)(name, layer)

    def _watch_scratch(self, name: str, layer: Any) -> None:
        forward, backward = layer.forward, layer.backward

        def traced_forward(*inputs: Any) -> Any:
            output = forward(*inputs)
            self.forward[f"output of {name}"] = self.side.numpy(output)
            return output

        def traced_backward(grad_output: Any) -> Any:
            self.backward[f"gradient of the output of {name}"] = self.side.numpy(grad_output)
            return backward(grad_output)

        layer.forward, layer.backward = traced_forward, traced_backward

    def _watch_torch(self, name: str, layer: Any) -> None:
        def after(_layer: Any, _inputs: Any, output: Any) -> None:
            self.forward[f"output of {name}"] = self.side.numpy(output)
            if output.requires_grad:
                output.register_hook(keep)

        def keep(grad: Any) -> None:
            self.backward[f"gradient of the output of {name}"] = self.side.numpy(grad)

        layer.register_forward_hook(after)

    def take(self, loss: float) -> Trace:
        """The trace of the step that just ended, in the order of computation."""
        trace = {**self.forward, "loss": np.array(loss), **self.backward}
        for name, layer in reversed(self.layers.items()):
            for key, parameter in layer.named_parameters():
                if (grad := self.side.grad(parameter)) is not None:
                    trace[f"gradient of {key} of {name}"] = self.side.numpy(grad)
        for key, value in self.model.state_dict().items():
            trace[f"{key} after the step"] = self.side.numpy(value)
        self.forward, self.backward = {}, {}
        return trace


class _Runner(threading.Thread):
    """Trains one side and stops after each step until it is told to go on."""

    def __init__(self, recipe: Recipe, side: Side, data: Data, dtype: str, seed: int, epochs: int) -> None:
        super().__init__(daemon=True)
        self.traces: Queue[Trace | BaseException | None] = Queue()
        self.go: Queue[bool] = Queue()
        self._arguments = (recipe, side, data, dtype, seed, epochs)

    def run(self) -> None:
        recipe, side, data, dtype, seed, epochs = self._arguments
        try:
            with side.default_dtype(dtype):
                side.manual_seed(seed)
                model = recipe.build(side)
                tracer = Tracer(side, model)
                self._hand_over(tracer.take(float("nan")))  # the initial state is step 0
                recipe.fit(
                    side, model, data, epochs, recipe.snapshots, lambda _, loss: self._hand_over(tracer.take(loss))
                )
            self.traces.put(None)
        except _StopTrainingError:
            self.traces.put(None)
        except BaseException as error:  # handed to the thread that waits, which raises it
            self.traces.put(error)

    def _hand_over(self, trace: Trace) -> None:
        self.traces.put(trace)
        if not self.go.get():
            raise _StopTrainingError


def find_parting(
    recipe: Recipe, ours: Side, theirs: Side, data: Data, dtype: str, seed: int, steps: int,
    on_step: Callable[[int], None] = lambda step: None,
) -> Parting | None:  # fmt: skip
    """Train both sides for at most `steps` steps and return where they part, or None."""
    budget = FLOAT64_BUDGET if dtype == "float64" else recipe.float32_budget
    runners = [_Runner(recipe, side, data, dtype, seed, recipe.epochs) for side in (ours, theirs)]
    for runner in runners:
        runner.start()
    try:
        for step, (got, expected) in enumerate(_lockstep(runners)):
            if found := _first_difference(step, got, expected, budget):
                return found
            if step >= steps:
                break
            on_step(step)
        return None
    finally:
        for runner in runners:
            runner.go.put(False)
        for runner in runners:
            runner.join(timeout=10)


def _lockstep(runners: list[_Runner]) -> Iterator[tuple[Trace, Trace]]:
    while True:
        traces = [runner.traces.get() for runner in runners]
        for trace in traces:
            if isinstance(trace, BaseException):
                raise trace
        if traces[0] is None or traces[1] is None:
            return
        yield traces[0], traces[1]  # type: ignore[misc]  # exceptions were raised above
        for runner in runners:
            runner.go.put(True)


def _first_difference(step: int, got: Trace, expected: Trace, budget: float) -> Parting | None:
    equal: list[str] = []
    for name, value in expected.items():
        ours = got.get(name)
        if ours is None or ours.shape != value.shape:
            return Parting(step, name, float("inf"), (), float("nan"), float("nan"), tuple(equal))
        if value.dtype.kind == "f" and tensor_difference(ours, value) > budget:
            worst = np.unravel_index(int(np.argmax(np.abs(ours - value))), value.shape)
            where = tuple(int(i) for i in worst)
            return Parting(
                step, name, tensor_difference(ours, value), where, float(ours[where]), float(value[where]), tuple(equal)
            )
        equal.append(name)
    return None


def run(recipe_name: str, fault: str | None, dtype: str, seed: int, steps: int, console: Console) -> int:
    """The command: exit status 0 when the runs agree, 1 when they part."""
    recipe = find_recipes([recipe_name])[0]
    mistake = find_mistake(fault) if fault else None
    ours = ScratchSide({mistake.component: mistake.wrong} if mistake else None)
    with console.status(f"training {recipe.name} on both sides") as status:
        parting = find_parting(
            recipe, ours, TorchSide(), load_data(recipe.data, dtype), dtype, seed, steps,
            lambda step: status.update(f"training {recipe.name} on both sides, step {step}"),
        )  # fmt: skip
    if parting is None:
        console.print(f"{recipe.name} ({dtype}): the two runs agree over {steps} steps.")
        return 0
    show(console, recipe, dtype, mistake, parting)
    return 1


def show(console: Console, recipe: Recipe, dtype: str, mistake: Mistake | None, parting: Parting) -> None:
    if mistake:
        console.print(f"Planted in scratch: {mistake.id} in {mistake.component} ({mistake.explanation})")
    table = Table(title=f"{recipe.name} ({dtype}): the two runs part", show_header=False, title_justify="left")
    table.add_row("step", str(parting.step))
    table.add_row("first tensor that differs", parting.tensor)
    table.add_row(
        "largest difference", f"{parting.difference:.2e} of the tensor's largest entry, at {list(parting.where)}"
    )
    table.add_row("scratch", repr(parting.got))
    table.add_row("PyTorch", repr(parting.expected))
    table.add_row("equal just before", ", ".join(parting.equal_before[-3:]) or "nothing: the initial state differs")
    console.print(table)
