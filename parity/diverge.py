"""Where two training runs part: the first step, layer and tensor that differ.

Both sides train in lockstep, a thread each. After every step the traces of both are compared in the order in which
the step computed them (outputs from the first layer to the last, loss, gradients from the last layer to the first,
parameters after the optimizer), and the first tensor outside the band is the place to look at: everything before it
was equal.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from queue import Queue
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table
from rich.text import Text

from parity.curves import budget_of, tensor_difference
from parity.mistakes import Mistake, find_mistake, mistakes
from parity.outputs import CommandError
from parity.recipes import Data, Recipe, find_recipes, load_data
from parity.sides import ScratchSide, Side, TorchSide

__all__ = ["Parting", "Planted", "find_parting", "run"]


@dataclass(frozen=True)
class Traced:
    """A tensor of a step, and what computed it: "the backward of layer 2"."""

    value: npt.NDArray[Any]
    made_by: str

    @property
    def kind(self) -> str:
        return f"{self.value.dtype} of shape {self.value.shape}"


Trace: TypeAlias = dict[str, Traced]


@dataclass(frozen=True)
class Parting:
    """The first tensor that differs, what computed it, and what was equal just before it."""

    step: int
    tensor: str
    made_by: str
    got: Any
    expected: Any
    difference: float = float("inf")
    where: tuple[int, ...] = ()
    equal_before: tuple[str, ...] = ()


class _StopTrainingError(Exception):
    """Raised inside a training loop to end it."""


class Planted:
    """Stands in for a component, with a mistake: everywhere, or only where it is used for the `only`-th time.

    A layer is used when it is made, so that `only=2` plants the mistake in a network's second one of the kind.
    """

    def __init__(self, mistake: Mistake, only: int | None = None) -> None:
        self.mistake, self.only, self.uses = mistake, only, 0
        self.right = ScratchSide().find(mistake.component)

    def __call__(self, *args: Any, **options: Any) -> Any:
        self.uses += 1
        return (self.mistake.wrong if self.only in (None, self.uses) else self.right)(*args, **options)

    def check_used(self, recipe: Recipe) -> None:
        """Raises CommandError if the recipe never used what the mistake was planted in."""
        if self.uses < (self.only or 1):
            others = [f"{m.id}@{m.component}" for m in mistakes() if m.id == self.mistake.id and m is not self.mistake]
            raise CommandError(
                f"{recipe.name} uses {self.mistake.component} {self.uses} times, so that {self.mistake.id} could not"
                f" be planted there{'; there is also ' if others else ''}{', '.join(others)}"
            )


class Tracer:
    """Records what a step computes: the outputs of the layers, their gradients, the parameters' gradients."""

    def __init__(self, side: Side, model: Any) -> None:
        self.side, self.model = side, model
        self.forward: Trace = {}
        self.backward: Trace = {}
        self.parameters: Trace = {}
        self.started = False
        self.layers = {
            f"layer {name}": layer
            for name, layer in getattr(model, "named_modules", lambda: ())()
            if name and not any(True for _ in layer.named_children())
        }
        for name, layer in self.layers.items():
            (self._watch_torch if isinstance(side, TorchSide) else self._watch_scratch)(name, layer)

    def _keep_output(self, name: str, output: Any) -> None:
        self.forward[f"output of {name}"] = Traced(self.side.numpy(output), f"the forward of {name}")

    def _keep_grad(self, name: str, grad: Any) -> None:
        """The gradient of an output is what the backward of the layer behind it, or of the loss, has computed."""
        behind = list(self.backward)[-1].removeprefix("gradient of the output of ") if self.backward else "the loss"
        self.backward[f"gradient of the output of {name}"] = Traced(self.side.numpy(grad), f"the backward of {behind}")

    def _keep_parameter_grad(self, name: str, key: str, parameter: Any) -> None:
        if (grad := self.side.grad(parameter)) is not None:
            made = Traced(self.side.numpy(grad), f"the backward of {name}")
            self.parameters[f"gradient of {key} of {name}"] = made

    def _watch_scratch(self, name: str, layer: Any) -> None:
        forward, backward = layer.forward, layer.backward

        def traced_forward(*inputs: Any) -> Any:
            output = forward(*inputs)
            self._keep_output(name, output)
            return output

        def traced_backward(grad_output: Any) -> Any:
            self._keep_grad(name, grad_output)
            grad_input = backward(grad_output)
            for key, parameter in layer.named_parameters():
                self._keep_parameter_grad(name, key, parameter)
            return grad_input

        layer.forward, layer.backward = traced_forward, traced_backward

    def _watch_torch(self, name: str, layer: Any) -> None:
        def after(_layer: Any, _inputs: Any, output: Any) -> None:
            self._keep_output(name, output)
            if output.requires_grad:
                output.register_hook(lambda grad: self._keep_grad(name, grad))

        layer.register_forward_hook(after)
        for key, parameter in layer.named_parameters():
            parameter.register_post_accumulate_grad_hook(partial(self._keep_parameter_grad, name, key))

    def take(self, loss: float) -> Trace:
        """The trace of the step that just ended, in the order of computation. The first one is the initial state."""
        of_loss = {"loss": Traced(np.array(loss), "the forward of the loss")} if self.started else {}
        trace = {**self.forward, **of_loss, **self.backward}
        for name, layer in reversed(self.layers.items()):
            keys = [f"gradient of {key} of {name}" for key, _ in layer.named_parameters()]
            trace |= {key: self.parameters[key] for key in keys if key in self.parameters}
        for name, layer in self.layers.items():
            for key, parameter in layer.named_parameters():
                if (grad := self.side.grad(parameter)) is not None:
                    used = Traced(self.side.numpy(grad), "what is between backward and step, such as clipping")
                    trace[f"gradient of {key} of {name} at the step"] = used
        buffers = dict(getattr(self.model, "named_buffers", dict)())
        for key, value in self.model.state_dict().items():
            maker = f"the forward of layer {key.rpartition('.')[0]}" if key in buffers else "the optimizer"
            when = "after the step" if self.started else "at the start"
            trace[f"{key} {when}"] = Traced(self.side.numpy(value), maker if self.started else "the initialization")
        self.forward, self.backward, self.parameters, self.started = {}, {}, {}, True
        return trace

    def last(self) -> str:
        """What the step under way has computed last."""
        return next(reversed({**self.forward, **self.backward}), "the start of the step")


@dataclass(frozen=True)
class _Raised:
    """What a training loop raised, and what had been computed last."""

    error: BaseException
    after: str


class _Runner(threading.Thread):
    """Trains one side and stops after each step until it is told to go on."""

    def __init__(self, recipe: Recipe, side: Side, data: Data, dtype: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.traces: Queue[Trace | _Raised | None] = Queue()
        self.go: Queue[bool] = Queue()
        self._arguments = (recipe, side, data, dtype, seed)

    def run(self) -> None:
        recipe, side, data, dtype, seed = self._arguments
        tracer = None
        try:
            with side.default_dtype(dtype):
                side.manual_seed(seed)
                model = recipe.build(side)
                tracer = Tracer(side, model)
                self._hand_over(tracer.take(float("nan")))  # the initial state is step 0
                recipe.fit(
                    side, model, data, recipe.epochs, recipe.snapshots,
                    lambda _, loss: self._hand_over(tracer.take(loss)),
                )  # fmt: skip
            self.traces.put(None)
        except _StopTrainingError:
            self.traces.put(None)
        except BaseException as error:  # handed to the thread that waits
            self.traces.put(_Raised(error, tracer.last() if tracer else "nothing"))

    def _hand_over(self, trace: Trace) -> None:
        self.traces.put(trace)
        if not self.go.get():
            raise _StopTrainingError


def find_parting(
    recipe: Recipe, ours: Side, theirs: Side, data: Data, dtype: str, seed: int, steps: int,
    on_step: Callable[[int], None] = lambda step: None,
) -> Parting | None:  # fmt: skip
    """Train both sides for at most `steps` steps and return where they part, or None."""
    budget = budget_of(recipe, dtype)
    runners = [_Runner(recipe, side, data, dtype, seed) for side in (ours, theirs)]
    for runner in runners:
        runner.start()
    try:
        for step in range(steps + 1):
            got, expected = (runner.traces.get() for runner in runners)
            if isinstance(expected, _Raised):
                raise expected.error
            if isinstance(got, _Raised) and not isinstance(got.error, Exception):
                raise got.error
            if got is None and expected is None:
                break
            if found := _part(step, got, expected, budget):
                return found
            on_step(step)
            for runner in runners:
                runner.go.put(step < steps)
        return None
    finally:
        for runner in runners:
            runner.go.put(False)
        for runner in runners:
            runner.join(timeout=10)


def _part(step: int, got: Trace | _Raised | None, expected: Trace | None, budget: float) -> Parting | None:
    """Where this step's traces part, if they do."""
    if isinstance(got, _Raised):
        message = (str(got.error).splitlines() or [""])[0]
        return Parting(
            step,
            "none: scratch raised",
            f"what follows {got.after}",
            f"{type(got.error).__name__}: {message}",
            "no error",
        )
    if got is None or expected is None:
        ended, goes_on = "ended", "goes on"
        return Parting(
            step, "none: the runs are not equally long", "the loader or the training loop",
            ended if got is None else goes_on, ended if expected is None else goes_on,
        )  # fmt: skip
    return _first_difference(step, got, expected, budget)


def _first_difference(step: int, got: Trace, expected: Trace, budget: float) -> Parting | None:
    equal: list[str] = []
    between_layers = any(name.startswith("output of layer") for name in got)  # a network of Valores has no layers
    for name, theirs in expected.items():
        if name not in got and not between_layers and " of layer " in name:
            continue
        if name not in got:
            return Parting(step, name, theirs.made_by, "missing", "present", equal_before=tuple(equal))
        ours = got[name]
        if ours.kind != theirs.kind:
            return Parting(step, name, ours.made_by, ours.kind, theirs.kind, equal_before=tuple(equal))
        if not np.array_equal(ours.value, theirs.value, equal_nan=True):
            difference = tensor_difference(ours.value, theirs.value)
            if not difference <= budget:  # nor is NaN
                return _at_the_worst(step, name, ours, theirs, difference, tuple(equal))
        equal.append(name)
    return None


def _at_the_worst(
    step: int, name: str, ours: Traced, theirs: Traced, difference: float, equal: tuple[str, ...]
) -> Parting:
    with np.errstate(invalid="ignore"):
        errors = np.abs(ours.value.astype(np.float64) - theirs.value.astype(np.float64))
    worst = np.unravel_index(int(np.argmax(errors)), errors.shape)  # argmax takes a NaN for the largest
    where = tuple(int(i) for i in worst)
    return Parting(
        step, name, ours.made_by, ours.value[where].item(), theirs.value[where].item(), difference, where, equal
    )


def run(
    recipe_name: str, fault: str | None, dtype: str, seed: int, steps: int, console: Console, only: int | None = None
) -> int:
    """The command: exit status 0 when the runs agree, 1 when they part.

    `fault` is a mistake that is planted in scratch, in each place of its component or only in the `only`-th.
    """
    recipe = find_recipes([recipe_name])[0]
    planted = Planted(find_mistake(fault), only) if fault else None
    ours = ScratchSide({planted.mistake.component: planted} if planted else None)
    with console.status(f"training {recipe.name} on both sides") as status:
        parting = find_parting(
            recipe, ours, TorchSide(), load_data(recipe.data, dtype), dtype, seed, steps,
            lambda step: status.update(f"training {recipe.name} on both sides, step {step}"),
        )  # fmt: skip
    if planted:
        planted.check_used(recipe)
        place = f"number {only} of {planted.uses}" if only else f"each of {planted.uses}"
        found = planted.mistake
        console.print(f"Planted in scratch: {found.id} in {found.component}, {place} ({found.explanation}).")
    if parting is None:
        console.print(f"{recipe.name} ({dtype}): the two runs agree over {steps} steps.")
        return 0
    show(console, recipe, dtype, parting)
    return 1


def show(console: Console, recipe: Recipe, dtype: str, parting: Parting) -> None:
    table = Table(title=f"{recipe.name} ({dtype}): the two runs part", show_header=False, title_justify="left")
    before = ", ".join(parting.equal_before[-3:])
    rows = {
        "step": f"{parting.step}" if parting.step else "0, before training",
        "first tensor that differs": parting.tensor,
        "look at": parting.made_by,
        "largest difference": f"{parting.difference:.2e} of the tensor's largest entry, at {list(parting.where)}",
        "scratch": f"{parting.got}",
        "PyTorch": f"{parting.expected}",
        "equal just before": before or ("every step before" if parting.step else "nothing"),
    }
    for name, text in rows.items():
        if name != "largest difference" or parting.difference != float("inf"):
            table.add_row(name, Text(text))
    console.print(table)
