"""Cases of what the optimizers share: groups, state, closures, parameters without a gradient."""

from copy import deepcopy
from typing import Any

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ScriptSample, normal
from parity.cases.schedulers._scripts import warned
from parity.sides import Side

__all__ = ["CASES"]

LEFT_OUT = ("foreach", "differentiable", "fused", "capturable")  # options that only say how PyTorch computes


def _trained(side: Side, *values: Any, momentum: float = 0.9) -> tuple[list[Any], Any]:
    """Parameters and an SGD that has made two steps; the last parameter never has a gradient."""
    parameters = [side.parameter(value) for value in values]
    optimizer = side.SGD(parameters, lr=0.1, momentum=momentum)
    for _ in range(2):
        for parameter, value in zip(parameters[:-1], values[:-1], strict=True):
            side.set_grad(parameter, np.sin(value))
        optimizer.step()
    return parameters, optimizer


def _state_format(side: Side, *values: Any) -> dict[str, Any]:
    state = _trained(side, *values)[1].state_dict()
    groups = [{k: v for k, v in group.items() if k not in LEFT_OUT} for group in state["param_groups"]]
    stateless = _trained(side, *values, momentum=0.0)[1].state_dict()["state"]
    return {
        "state": state["state"],
        "numbers": [list(state["state"]), list(stateless)],
        "param_groups": [dict(sorted(group.items())) for group in groups],
    }


def _added_group(side: Side, first: Any, second: Any) -> list[Any]:
    parameters = [side.parameter(first), side.parameter(second)]
    optimizer = side.SGD(parameters[:1], lr=0.1, momentum=0.5)
    optimizer.add_param_group({"params": parameters[1], "lr": 0.01})
    for parameter, value in zip(parameters, (first, second), strict=True):
        side.set_grad(parameter, np.cos(value))
    optimizer.step()
    return [*parameters, optimizer.state_dict()["param_groups"][1]["params"]]


def _closure(side: Side, value: Any) -> list[Any]:
    parameter = side.parameter(value)
    optimizer = side.SGD([parameter], lr=0.5)

    def closure() -> float:
        side.set_grad(parameter, np.ones_like(value))
        return 42.0

    return [optimizer.step(closure), optimizer.step(), parameter]


def _zero_grad(side: Side, value: Any) -> list[Any]:
    parameter = side.parameter(value)
    optimizer = side.SGD([parameter])
    side.set_grad(parameter, value)
    optimizer.zero_grad(set_to_none=False)
    zeros = side.numpy(side.grad(parameter))
    optimizer.zero_grad()
    return [zeros, side.grad(parameter)]


def _loaded(side: Side, value: Any) -> list[Any]:
    """Adam goes on from a state whose step is a number, as old ones are, and SGD from one without its buffer."""
    seen: list[Any] = []
    for name, options in (("Adam", {}), ("SGD", {"momentum": 0.5})):
        parameter = side.parameter(value)
        first, second = (side.find(name)([parameter], lr=0.1, **options) for _ in range(2))
        for optimizer in (first, second):
            side.set_grad(parameter, np.sin(value))
            optimizer.step()
            if optimizer is first:
                state = deepcopy(first.state_dict())
                state["state"][0].update({"step": 1} if name == "Adam" else {"momentum_buffer": None})
                second.load_state_dict(state)
        seen += [parameter, dict(sorted(second.state_dict()["state"][0].items()))]
    return seen


def _heard(side: Side, value: Any) -> list[int]:
    """The warnings of a schedule that steps before its optimizer, and of one that steps after it."""
    parameter = side.parameter(value)
    optimizer = side.SGD([parameter], lr=0.1)
    early, late = side.StepLR(optimizer, step_size=2), side.StepLR(optimizer, step_size=2)
    counts = [warned(early.step)]
    optimizer.step()
    return [*counts, warned(late.step)]


def _regrouped(side: Side, split: bool) -> None:
    """Load the state of one group of two parameters into an optimizer with two groups, or with one of one parameter."""
    parameters = [side.parameter(np.ones(3)) for _ in range(3)]
    state = side.Optimizer(parameters[:2], {}).state_dict()
    groups = [{"params": parameters[:1]}, {"params": parameters[1:2]}]
    side.Optimizer(groups if split else parameters[2:], {}).load_state_dict(state)


def _build(side: Side, params: Any) -> None:
    side.Optimizer(params, {"lr": 0.1})


def _build_twice(side: Side) -> None:
    group = {"params": [side.parameter(np.ones(3))]}
    _build(side, [group, dict(group)])


def _add_list(side: Side) -> None:
    side.Optimizer([side.parameter(np.ones(3))], {}).add_param_group([side.parameter(np.ones(3))])


CASES = [
    Case(
        "Optimizer",
        samples=(
            ScriptSample(
                "state format",
                "state under names of one's own, or for a parameter that never had a gradient",
                inputs=(normal(5, 4), normal(3), normal(2)),
                script=_state_format,
            ),
            ScriptSample(
                "added group",
                "a group added later that takes the options of the first, or is not trained",
                inputs=(normal(5, 4), normal(3)),
                script=_added_group,
            ),
            ScriptSample(
                "closure", "a closure that is not called, or whose loss is lost", inputs=(normal(3),), script=_closure
            ),
            ScriptSample(
                "zero_grad",
                "zeros where None is meant: a step would still decay",
                inputs=(normal(3),),
                script=_zero_grad,
            ),
            ScriptSample(
                "loaded",
                "a step in the shape of the parameter, or a buffer of None that is taken for an array",
                inputs=(normal(5, 4),),
                script=_loaded,
            ),
            ScriptSample(
                "before its schedule",
                "a step that schedules do not hear of, so that they warn, or one that they take for granted",
                inputs=(normal(3),),
                expected={"result": [1, 0]},
                script=_heard,
                dtypes=("float64",),
            ),
        ),
        errors=(
            ErrorSample("no parameter", ValueError, script=lambda side: _build(side, [])),
            ErrorSample("one parameter bare", TypeError, script=lambda side: _build(side, side.parameter(np.ones(3)))),
            ErrorSample("an array", TypeError, script=lambda side: _build(side, [np.ones(3)])),
            ErrorSample(
                "a set", TypeError, script=lambda side: _build(side, [{"params": {side.parameter(np.ones(3))}}])
            ),
            ErrorSample("in two groups", ValueError, script=_build_twice),
            ErrorSample("group not a dict", TypeError, script=_add_list),
            ErrorSample("state of other groups", ValueError, script=lambda side: _regrouped(side, True)),
            ErrorSample("state of other sizes", ValueError, script=lambda side: _regrouped(side, False)),
        ),
        differences=(
            Difference("add_param_group", "the dict that was given is copied, since inputs are never modified"),
            Difference(
                "load_state_dict",
                "the state is copied: PyTorch shares tensors of the right dtype with whoever saved them, so that both"
                " optimizers would go on changing them",
            ),
            Difference(
                "named parameters",
                "parameters come without names; PyTorch also takes pairs of a name and a parameter",
            ),
        ),
    ),
]
