"""What one half does with a sample: named arrays, in the order in which a learner should meet them.

Nothing is judged here. The same function observes both halves (and, later, a student's code); `parity.checks` compares.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import ErrorSample, ModuleSample, OptimizerSample, Sample, SchedulerSample, ScriptSample
from parity.observation import SEED, Observation, Raised, draw
from parity.observe_module import observe_module
from parity.sides import Side

__all__ = ["observe", "observe_error"]

Array = npt.NDArray[Any]


def observe(side: Side, component: str, sample: Sample, dtype: str) -> Observation:
    """Run a sample on one side. An exception is part of what is observed."""
    seen = Observation()
    observers: dict[type[Any], Callable[..., None]] = {
        ModuleSample: observe_module,
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


def _optimizer(side: Side, component: str, sample: OptimizerSample, dtype: str, seen: Observation) -> None:
    shapes = [shape for group in sample.groups for shape in group]
    start = [draw(lambda rng, s=s: rng.normal(size=s), f"{sample.name} {i}", dtype) for i, s in enumerate(shapes)]
    descent = _Descent(side, component, sample, dtype, start)
    half = sample.steps // 2
    for t in range(sample.steps):
        seen.stage = "trajectory"
        seen.values["unchanged"] = descent.step(t) and seen.values.get("unchanged", True)
        for index, parameter in enumerate(descent.parameters):
            seen.record(f"trajectory.step {t + 1}.parameter {index}", parameter, side)
        seen.stage = "optimizer state"
        for number, state in sorted(descent.optimizer.state_dict()["state"].items()):
            seen.record(f"optimizer state.step {t + 1}.parameter {number}", dict(sorted(state.items())), side)
        if t == half:
            resumed = _Descent(side, component, sample, dtype, [side.numpy(p) for p in descent.parameters])
            # PyTorch's load_state_dict shares the tensors it is given, so both sides get a copy.
            resumed.optimizer.load_state_dict(deepcopy(descent.optimizer.state_dict()))
    seen.stage = "restored"
    for t in range(half + 1, sample.steps):
        resumed.step(t)
    for index, parameter in enumerate(resumed.parameters):
        seen.record(f"restored.parameter {index}", parameter, side)


class _Descent:
    """Parameters with their optimizer, and the gradients of a sample's steps."""

    def __init__(self, side: Side, component: str, sample: OptimizerSample, dtype: str, values: list[Array]) -> None:
        self.side, self.sample, self.dtype = side, sample, dtype
        self.parameters = [side.parameter(value) for value in values]
        rest = iter(self.parameters)
        groups = [{"params": [next(rest) for _ in group]} for group in sample.groups]
        for group, options in zip(groups, sample.group_args, strict=False):
            group.update(options)
        several = len(groups) > 1 or sample.group_args
        args = side.arguments(sample.args, dtype)
        self.optimizer = side.find(component)(groups if several else self.parameters, **args)

    def step(self, t: int) -> bool:
        """Give every parameter its gradient and take a step; whether the gradients are still what they were."""
        self.optimizer.zero_grad()
        grads = [self.gradient(t, index, parameter.shape) for index, parameter in enumerate(self.parameters)]
        for parameter, grad in zip(self.parameters, grads, strict=True):
            self.side.set_grad(parameter, grad)
        self.optimizer.step()
        return all(
            grad is None or np.array_equal(self.side.numpy(self.side.grad(parameter)), grad)
            for parameter, grad in zip(self.parameters, grads, strict=True)
        )

    def gradient(self, t: int, index: int, shape: tuple[int, ...]) -> Any:
        if (t, index) in self.sample.absent:
            return None
        key = f"{self.sample.name} {t} {index}"
        return draw(lambda rng: rng.normal(size=shape) * self.sample.scale(t), key, self.dtype)


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
