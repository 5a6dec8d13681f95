"""What a layer or a loss does with a sample."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import ModuleSample
from parity.observation import SEED, Observation, draw
from parity.sides import ScratchSide, Side, leaves, rebuild

__all__ = ["Run", "observe_module", "start"]

Array = npt.NDArray[Any]
FINITE_DIFFERENCES = 24  # entries of each array


def observe_module(side: Side, component: str, sample: ModuleSample, dtype: str, seen: Observation) -> None:
    """Write down what happens, in the order in which a learner should meet it."""
    run = Run(side, component, sample, dtype)
    start(run, seen)
    handed_out = _gradients(run, seen)
    _accumulation(run, handed_out, seen)
    _modes(run, seen)
    _fresh_state(run, seen)
    if isinstance(side, ScratchSide) and dtype == "float64" and not sample.kink:
        seen.stage = "finite"
        for name, slope in run.finite_differences().items():
            seen.record(f"finite.{name}", slope, side)


def start(run: Run, seen: Observation) -> None:
    """The parameters as they are made; then they get the sample's values."""
    side, sample = run.side, run.sample
    shapes = {name: tuple(value.shape) for name, value in run.parameters().items()}
    buffers = {name: tuple(value.shape) for name, value in run.module.named_buffers()}
    seen.stage = "parameters"
    seen.record("parameters", str({**shapes, **buffers}), side)
    seen.stage = "initial"
    seen.record("initial", run.module.state_dict(), side)
    for name, parameter in run.parameters().items():
        given = sample.parameters.get(name, lambda rng, shape=shapes[name]: rng.normal(0, 0.5, shape))
        side.set_data(parameter, draw(given, f"{sample.name} {name}", run.dtype))


def _gradients(run: Run, seen: Observation) -> dict[str, tuple[Any, Array]]:
    """One forward and one backward. Returns what was handed out, each with a copy of what it was."""
    side = run.side
    seen.stage = "forward"
    output = run.forward()
    handed_out = {name: (value, side.numpy(value)) for name, value in run.outputs(output) if value is not None}
    seen.record("forward", output, side)
    seen.stage = "grad"
    grads = run.backward(output, "upstream")
    for name, grad in grads.items():
        seen.record(f"grad.{name}", grad, side)
    seen.stage = "buffer"
    for name, buffer in run.module.named_buffers():
        seen.record(f"buffer.{name}", buffer, side)
    seen.stage = "unchanged"
    seen.record("unchanged", run.unchanged(output), side)
    if not isinstance(output, tuple) and np.shape(output) == ():
        seen.stage = "unit"
        run.module.zero_grad()
        for name, grad in run.backward(run.forward(), None).items():
            seen.record(f"unit.{name}", grad, side)
        run.module.zero_grad()
        grads = run.backward(run.forward(), "upstream")
    return handed_out | {name: (grad, side.numpy(grad)) for name, grad in grads.items() if grad is not None}


def _accumulation(run: Run, handed_out: dict[str, tuple[Any, Array]], seen: Observation) -> None:
    """A second backward adds to the parameters' gradients, in new arrays."""
    seen.stage = "accumulated"
    accumulated = run.backward(run.forward(), "second upstream")
    for name in run.parameters():
        seen.record(f"accumulated.{name}", accumulated[name], run.side)
    seen.stage = "kept"
    if isinstance(run.side, ScratchSide):
        for name, (value, copy) in handed_out.items():
            seen.record(f"kept.{name}", np.array_equal(run.side.numpy(value), copy, equal_nan=True), run.side)


def _modes(run: Run, seen: Observation) -> None:
    """Evaluation, a repeated call, an input that lies otherwise in memory."""
    for check, mode, strided in (("eval", False, False), ("repeat", True, False), ("strided", True, True)):
        if strided and run.sample.layout:
            continue
        seen.stage = check
        run.module.train(mode)
        run.module.zero_grad()
        output = run.forward(strided)
        seen.record(f"{check}.forward", output, run.side)
        for name, grad in run.backward(output, "upstream").items():
            seen.record(f"{check}.grad.{name}", grad, run.side)


def _fresh_state(run: Run, seen: Observation) -> None:
    """A state carried to a fresh module."""
    seen.stage = "state"
    used, state = run.module, {name: run.side.numpy(value) for name, value in run.module.state_dict().items()}
    run.module = run.build()
    run.side.load(run.module, state)
    run.module.eval()
    seen.record("state.forward", run.forward(), run.side)
    run.module = used


class Run:
    """A module, and its forward and backward on a sample's inputs, seeded each time."""

    def __init__(self, side: Side, component: str, sample: ModuleSample, dtype: str) -> None:
        self.side, self.component, self.sample, self.dtype = side, component, sample, dtype
        self.module = self.build()
        self.arrays = [draw(value, f"{sample.name} input {i}", dtype) for i, value in enumerate(sample.inputs)]
        self.keywords = {key: draw(value, f"{sample.name} {key}", dtype) for key, value in sample.keywords.items()}
        self.given: dict[str, Any] = {}  # every array among the inputs, by its name
        self.needs_grad: dict[str, bool] = {}
        for index, (name, value) in enumerate(
            zip(input_names(type(self.module), len(self.arrays)), self.arrays, strict=True)
        ):
            for leaf, array in leaves(value, name):
                self.given[leaf] = array
                differentiable = isinstance(array, np.ndarray) and array.dtype.kind == "f"
                self.needs_grad[leaf] = (
                    differentiable and not name.startswith("target") and index not in sample.no_grad_inputs
                )
        self.inputs: tuple[Any, ...] = ()
        self.call: dict[str, Any] = {}
        self.grad_output: Any = None

    def build(self) -> Any:
        self.side.manual_seed(SEED)
        return self.side.find(self.component)(**self.side.arguments(self.sample.args, self.dtype))

    def parameters(self) -> dict[str, Any]:
        return dict(self.module.named_parameters())

    def forward(self, strided: bool = False) -> Any:
        arrays = {
            name: np.array(array, order="F") if strided and isinstance(array, np.ndarray) else array
            for name, array in self.given.items()
        }
        values = (self.side.input(array, self.needs_grad[name]) for name, array in arrays.items())
        self.inputs = rebuild(self.arrays, values)
        self.call = {key: self.side.input(value, False) for key, value in self.keywords.items()}
        self.side.manual_seed(SEED)
        return self.module(*self.inputs, **self.call)

    def outputs(self, output: Any) -> list[tuple[str, Any]]:
        """What can be differentiated, with names; None for what cannot, such as indices."""
        return [
            (name, value if value is not None and self.side.numpy(value).dtype.kind == "f" else None)
            for name, value in leaves(output, "output")
        ]

    def upstream(self, output: Any, key: str) -> Any:
        """The gradient from above is random: ones would hide mistakes. Of several outputs, each has its own."""
        drawn = (
            None if value is None else self._draw_like(value, f"{self.sample.name} {key}{name.removeprefix('output')}")
            for name, value in self.outputs(output)
        )
        return rebuild(output, drawn)

    def _draw_like(self, value: Any, key: str) -> Array:
        return np.asarray(draw(lambda rng: rng.normal(size=tuple(np.shape(value))), key, self.dtype))

    def backward(self, output: Any, key: str | None) -> dict[str, Any]:
        """Gradients by the names of inputs and parameters; without a key, from the loss itself."""
        drawn = None if key is None else self.upstream(output, key)
        self.grad_output = rebuild(drawn, (self.side.input(grad, False) for _, grad in leaves(drawn)))
        grads = self.side.backward(self.module, output, self.grad_output, self.inputs)
        needs = self.needs_grad.items()
        named = {name: grad for (name, needed), grad in zip(needs, grads, strict=True) if needed}
        return named | {name: self.side.grad(parameter) for name, parameter in self.parameters().items()}

    def unchanged(self, output: Any) -> dict[str, bool]:
        """Whether the inputs, and the upstream gradient of the first backward, are still what they were."""
        before = {**self.given, **self.keywords, **dict(leaves(self.upstream(output, "upstream"), "grad_output"))}
        after = dict(zip(self.given, (value for _, value in leaves(self.inputs)), strict=True))
        after |= self.call | dict(leaves(self.grad_output, "grad_output"))
        return {
            name: np.array_equal(self.side.numpy(after[name]), array, equal_nan=True)
            for name, array in before.items()
            if isinstance(array, np.ndarray) and array.dtype.kind in "fiu"
        }

    def finite_differences(self) -> dict[str, Array]:
        """∂(Σ forward · upstream)/∂x by central differences, the second witness; NaN where none was taken."""
        upstream = [grad for _, grad in leaves(self.upstream(self.forward(), "upstream"))]

        def total() -> float:
            with self.side.no_grad():
                values = [value for _, value in self.outputs(self.forward())]
            pairs = zip(values, upstream, strict=True)
            return sum(float(np.sum(value * grad)) for value, grad in pairs if value is not None)

        targets = {name: array for name, array in self.given.items() if self.needs_grad[name]}
        targets |= {name: parameter.data for name, parameter in self.parameters().items()}
        slopes = {}
        for name, array in targets.items():
            slope = np.full(array.shape, np.nan)
            rng = np.random.default_rng(array.size)
            for place in rng.permutation(array.size)[:FINITE_DIFFERENCES]:  # a share of a large array tells enough
                index = np.unravel_index(place, array.shape)
                x = float(array[index])
                step = 1e-5 * max(1.0, abs(x))
                array[index] = x + step
                above = total()
                array[index] = x - step
                slope[index] = (above - total()) / (2 * step)
                array[index] = x
            slopes[name] = slope
        return slopes


def input_names(component: Any, count: int) -> list[str]:
    """The names of forward's arguments, which name the gradients."""
    parameters = [p for p in inspect.signature(component.forward).parameters.values() if p.name != "self"]
    names = [p.name for p in parameters if p.kind is not inspect.Parameter.VAR_POSITIONAL]
    return (names + [f"input{index}" for index in range(count)])[:count]
