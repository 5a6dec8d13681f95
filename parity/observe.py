"""What one half does with a sample: named arrays, in the order in which a learner should meet them.

Nothing is judged here. The same function observes both halves (and, later, a student's code); `parity.checks` compares.
"""

from __future__ import annotations

import inspect
import zlib
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import ErrorSample, ModuleSample, OptimizerSample, Sample, SchedulerSample, ScriptSample
from parity.sides import ScratchSide, Side, cast, flatten

__all__ = ["Observation", "Raised", "observe", "observe_error"]

Array = npt.NDArray[Any]
SEED = 20
FINITE_DIFFERENCES = 24  # entries of each array


@dataclass(frozen=True)
class Raised:
    """An exception, and the check during which it came."""

    check: str
    error: BaseException

    def __str__(self) -> str:
        first_line = (str(self.error).splitlines() or [""])[0]
        return f"{type(self.error).__name__}: {first_line}"


@dataclass
class Observation:
    """Values by name ("forward", "grad.weight"); an exception ends it."""

    values: dict[str, Any] = field(default_factory=dict)
    raised: Raised | None = None
    stage: str = "constructs"

    def record(self, name: str, value: Any, side: Side) -> None:
        for below, item in flatten(side, value):
            self.values[f"{name}.{below}" if below else name] = item


def observe(side: Side, component: str, sample: Sample, dtype: str) -> Observation:
    """Run a sample on one side. An exception is part of what is observed."""
    seen = Observation()
    observers: dict[type[Any], Callable[..., None]] = {
        ModuleSample: _module,
        OptimizerSample: _optimizer,
        SchedulerSample: _scheduler,
        ScriptSample: _script,
    }
    try:
        with side.default_dtype(dtype):
            observers[type(sample)](side, component, sample, dtype, seen)
    except Exception as error:  # whatever a component raises is a finding, not an end
        seen.raised = Raised(seen.stage, error)
    return seen


def observe_error(side: Side, component: str, sample: ErrorSample) -> Raised | None:
    """What the bad arguments or inputs raise, or None."""
    try:
        with side.default_dtype("float64"):
            if sample.script is not None:
                sample.script(side)
                return None
            module = side.find(component)(**side.arguments(sample.args, "float64"))
            if sample.inputs is not None:
                module(*[side.array(draw(value, sample.name, "float64")) for value in sample.inputs])
    except Exception as error:
        return Raised("errors", error)
    return None


def draw(value: Any, key: str, dtype: str) -> Any:
    """An input's value: an array as it is, or drawn from a stream of its own that depends on the key alone."""
    if callable(value):
        value = np.asarray(value(np.random.default_rng(zlib.crc32(key.encode()))))
    return cast(value, dtype) if isinstance(value, np.ndarray) else value


def input_names(component: Any, count: int) -> list[str]:
    """The names of forward's arguments, which name the gradients."""
    parameters = [p for p in inspect.signature(component.forward).parameters.values() if p.name != "self"]
    names = [p.name for p in parameters if p.kind is not inspect.Parameter.VAR_POSITIONAL]
    return (names + [f"input{index}" for index in range(count)])[:count]


def _module(side: Side, component: str, sample: ModuleSample, dtype: str, seen: Observation) -> None:
    cls = side.find(component)

    def build() -> Any:
        side.manual_seed(SEED)
        return cls(**side.arguments(sample.args, dtype))

    module = build()
    parameters = dict(module.named_parameters())
    shapes = {name: tuple(parameter.shape) for name, parameter in parameters.items()}
    buffers = {name: tuple(buffer.shape) for name, buffer in module.named_buffers()}
    seen.stage = "parameters"
    seen.record("parameters", str({**shapes, **buffers}), side)
    seen.stage = "initial"
    seen.record("initial", module.state_dict(), side)
    for name, parameter in parameters.items():
        given = sample.parameters.get(name, lambda rng, shape=shapes[name]: rng.normal(0, 0.5, shape))
        side.set_data(parameter, draw(given, f"{sample.name} {name}", dtype))

    run = _Run(side, module, sample, dtype)
    seen.stage = "forward"
    output = run.forward()
    handed_out = {"output": (first(output), side.numpy(first(output)))}  # each with a copy of what it was
    seen.record("forward", output, side)
    seen.stage = "grad"
    grads = run.backward(output, "upstream")
    for name, grad in grads.items():
        seen.record(f"grad.{name}", grad, side)
    seen.stage = "buffer"
    for name, buffer in module.named_buffers():
        seen.record(f"buffer.{name}", buffer, side)
    seen.stage = "unchanged"
    seen.record("unchanged", run.unchanged(output), side)
    seen.stage = "unit"
    if output_shape(output) == ():
        module.zero_grad()
        for name, grad in run.backward(run.forward(), None).items():
            seen.record(f"unit.{name}", grad, side)
        module.zero_grad()
        grads = run.backward(run.forward(), "upstream")
    seen.stage = "accumulated"
    handed_out |= {name: (value, side.numpy(value)) for name, value in grads.items() if value is not None}
    accumulated = run.backward(run.forward(), "second upstream")
    for name in parameters:
        seen.record(f"accumulated.{name}", accumulated[name], side)
    seen.stage = "kept"
    if isinstance(side, ScratchSide):
        seen.record(
            "kept",
            {n: np.array_equal(side.numpy(v), copy, equal_nan=True) for n, (v, copy) in handed_out.items()},
            side,
        )
    _modes(side, module, build, run, sample, seen)
    if isinstance(side, ScratchSide) and dtype == "float64" and not sample.kink:
        seen.stage = "finite"
        for name, grad in run.finite_differences(parameters).items():
            seen.record(f"finite.{name}", grad, side)


def _modes(
    side: Side, module: Any, build: Callable[[], Any], run: _Run, sample: ModuleSample, seen: Observation
) -> None:
    """Evaluation, a repeated call, an input that lies otherwise in memory, a state carried to a fresh module."""
    for check, mode, strided in (("eval", False, False), ("repeat", True, False), ("strided", True, True)):
        seen.stage = check
        if strided and sample.layout:
            continue
        module.train(mode)
        module.zero_grad()
        run.strided = strided
        output = run.forward()
        seen.record(f"{check}.forward", output, side)
        for name, grad in run.backward(output, "upstream").items():
            seen.record(f"{check}.grad.{name}", grad, side)
    run.strided = False
    seen.stage = "state"
    state = {name: side.numpy(value) for name, value in module.state_dict().items()}
    run.module = build()
    side.load(run.module, state)
    run.module.eval()
    seen.record("state.forward", run.forward(), side)
    run.module = module


class _Run:
    """Forward and backward of a module on a sample's inputs, seeded each time."""

    def __init__(self, side: Side, module: Any, sample: ModuleSample, dtype: str) -> None:
        self.side, self.module, self.sample, self.dtype = side, module, sample, dtype
        self.arrays = [draw(value, f"{sample.name} input {i}", dtype) for i, value in enumerate(sample.inputs)]
        self.names = input_names(type(module), len(self.arrays))
        self.needs_grad = [
            isinstance(array, np.ndarray)
            and array.dtype.kind == "f"
            and not name.startswith("target")
            and index not in sample.no_grad_inputs
            for index, (array, name) in enumerate(zip(self.arrays, self.names, strict=True))
        ]
        self.inputs: list[Any] = []
        self.grad_output: Any = None
        self.strided = False

    def forward(self) -> Any:
        arrays = [np.array(a, order="F") if self.strided and isinstance(a, np.ndarray) else a for a in self.arrays]
        self.inputs = self.side.inputs(arrays, self.needs_grad)
        self.side.manual_seed(SEED)
        return self.module(*self.inputs)

    def upstream(self, output: Any, key: str) -> Any:
        shape = output_shape(output)
        return draw(lambda rng: np.asarray(rng.normal(size=shape)), f"{self.sample.name} {key}", self.dtype)

    def backward(self, output: Any, key: str | None) -> dict[str, Any]:
        """Gradients by the names of inputs and parameters.

        The upstream gradient is random: ones would hide mistakes.
        """
        self.grad_output = None if key is None else self.side.array(self.upstream(output, key))
        grads = self.side.backward(self.module, first(output), self.grad_output, self.inputs)
        named = {n: g for n, g, needs in zip(self.names, grads, self.needs_grad, strict=True) if needs}
        return named | {name: self.side.grad(parameter) for name, parameter in self.module.named_parameters()}

    def unchanged(self, output: Any) -> dict[str, bool]:
        """Whether the inputs, and the upstream gradient of the first backward, are still what they were."""
        given = dict(zip(self.names, zip(self.inputs, self.arrays, strict=True), strict=True))
        given["grad_output"] = (self.grad_output, self.upstream(output, "upstream"))
        return {
            name: np.array_equal(self.side.numpy(value), array, equal_nan=True)
            for name, (value, array) in given.items()
            if isinstance(array, np.ndarray) and array.dtype.kind in "fiu"
        }

    def finite_differences(self, parameters: dict[str, Any]) -> dict[str, Array]:
        """∂(Σ forward · upstream)/∂x by central differences, the second witness; NaN where none was taken."""
        upstream = self.upstream(self.forward(), "upstream")

        def total() -> float:
            with self.side.no_grad():
                return float(np.sum(self.side.numpy(first(self.forward())) * upstream))

        targets = {n: a for n, a, needs in zip(self.names, self.arrays, self.needs_grad, strict=True) if needs}
        targets |= {name: parameter.data for name, parameter in parameters.items()}
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


def first(output: Any) -> Any:
    """What is differentiated: the output, or the first of several."""
    return output[0] if isinstance(output, tuple) else output


def output_shape(output: Any) -> tuple[int, ...]:
    return tuple(np.shape(first(output)))


def _optimizer(side: Side, component: str, sample: OptimizerSample, dtype: str, seen: Observation) -> None:
    shapes = [shape for group in sample.groups for shape in group]

    def build(values: list[Array]) -> tuple[list[Any], Any]:
        parameters = [side.parameter(value) for value in values]
        rest = iter(parameters)
        groups = [{"params": [next(rest) for _ in group]} for group in sample.groups]
        for group, options in zip(groups, sample.group_args, strict=False):
            group.update(options)
        args = side.arguments(sample.args, dtype)
        return parameters, side.find(component)(groups if len(groups) > 1 or sample.group_args else parameters, **args)

    def step(t: int, parameters: list[Any], optimizer: Any) -> None:
        optimizer.zero_grad()
        grads: list[Array | None] = []
        for index, parameter in enumerate(parameters):
            grad = draw(
                lambda rng, index=index: rng.normal(size=shapes[index]) * sample.scale(t),
                f"{sample.name} {t} {index}",
                dtype,
            )
            grads.append(None if (t, index) in sample.absent else grad)
            side.set_grad(parameter, grads[-1])
        optimizer.step()
        for parameter, given in zip(parameters, grads, strict=True):
            kept = given is None or np.array_equal(side.numpy(side.grad(parameter)), given)
            seen.values["unchanged"] = seen.values.get("unchanged", True) and kept

    parameters, optimizer = build(
        [draw(lambda rng, s=s: rng.normal(size=s), f"{sample.name} {i}", dtype) for i, s in enumerate(shapes)]
    )
    for t in range(sample.steps):
        seen.stage = "trajectory"
        step(t, parameters, optimizer)
        for index, parameter in enumerate(parameters):
            seen.record(f"trajectory.step {t + 1}.parameter {index}", parameter, side)
        seen.stage = "optimizer state"
        for number, state in sorted(optimizer.state_dict()["state"].items()):
            seen.record(f"optimizer state.step {t + 1}.parameter {number}", dict(sorted(state.items())), side)
        if t == sample.steps // 2:
            # PyTorch's load_state_dict shares the tensors it is given, so both sides get a copy.
            saved = deepcopy(optimizer.state_dict()), [side.numpy(parameter) for parameter in parameters]
            again, resumed = build(saved[1])
            resumed.load_state_dict(saved[0])
    seen.stage = "restored"
    for t in range(sample.steps // 2 + 1, sample.steps):
        step(t, again, resumed)
    for index, parameter in enumerate(again):
        seen.record(f"restored.parameter {index}", parameter, side)


def _scheduler(side: Side, component: str, sample: SchedulerSample, dtype: str, seen: Observation) -> None:
    def build() -> tuple[Any, Any]:
        groups = [{"params": [side.parameter(np.ones(2, dtype))], "lr": lr} for lr in sample.lrs]
        optimizer = side.SGD(groups)
        return optimizer, side.find(component)(optimizer, **sample.args)

    def step(optimizer: Any, scheduler: Any) -> None:
        optimizer.step()
        scheduler.step()

    optimizer, scheduler = build()
    seen.stage = "rates"
    seen.record("rates.step 0", np.array([group["lr"] for group in optimizer.param_groups]), side)
    for t in range(sample.steps):
        step(optimizer, scheduler)
        seen.record(f"rates.step {t + 1}", np.array([group["lr"] for group in optimizer.param_groups]), side)
        seen.record(f"last rates.step {t + 1}", np.array(scheduler.get_last_lr()), side)
        if t == sample.steps // 2:
            saved = deepcopy(scheduler.state_dict()), deepcopy(optimizer.state_dict())
            optimizer_again, scheduler_again = build()
            scheduler_again.load_state_dict(saved[0])
            optimizer_again.load_state_dict(saved[1])
    seen.stage = "restored"
    for _ in range(sample.steps // 2 + 1, sample.steps):
        step(optimizer_again, scheduler_again)
    seen.record("restored", np.array([group["lr"] for group in optimizer_again.param_groups]), side)


def _script(side: Side, component: str, sample: ScriptSample, dtype: str, seen: Observation) -> None:
    seen.stage = "result"
    inputs = [draw(value, f"{sample.name} input {i}", dtype) for i, value in enumerate(sample.inputs)]
    given = [np.array(value) for value in inputs if isinstance(value, np.ndarray)]
    side.manual_seed(SEED)
    seen.record("result", sample.script(side, *inputs, **sample.args), side)
    seen.stage = "unchanged"
    after = [value for value in inputs if isinstance(value, np.ndarray)]
    if given:
        seen.record(
            "unchanged", all(np.array_equal(a, b, equal_nan=True) for a, b in zip(given, after, strict=True)), side
        )
