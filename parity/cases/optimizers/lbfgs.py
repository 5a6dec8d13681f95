"""Cases of L-BFGS."""

from copy import deepcopy
from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, ScriptSample, normal
from parity.cases.optimizers._shared import refused
from parity.cases.schedulers._scripts import warned
from parity.sides import Side

__all__ = ["CASES"]


def _rosenbrock(x: Any) -> tuple[float, Any]:
    """Σ (1 − a)² + 100 (b − a²)² over neighbours a, b: a bent valley. The loss, and the gradient by hand."""
    a, b = x[:-1], x[1:]
    valley = b - a**2
    grad = np.zeros_like(x)
    grad[:-1] = -2 * (1 - a) - 400 * a * valley
    grad[1:] += 200 * valley
    return float(np.sum((1 - a) ** 2 + 100 * valley**2)), grad


def _bowl(x: Any) -> tuple[float, Any]:
    """½ Σ kᵢ (xᵢ − 1)², with k = 2, 3, 4 …"""
    k = np.arange(2, len(x) + 2, dtype=x.dtype)
    return float(np.sum(k * (x - 1) ** 2) / 2), k * (x - 1)


def _wave(x: Any) -> tuple[float, Any]:
    """Σ x² / 20 + cos 3x: many minima."""
    return float(np.sum(x**2 / 20 + np.cos(3 * x))), x / 10 - 3 * np.sin(3 * x)


LOSSES = {"bowl": _bowl, "rosenbrock": _rosenbrock, "wave": _wave}


class _Descent:
    """Parameters with an LBFGS, and a closure that writes down where it was called."""

    def __init__(self, side: Side, starts: tuple[Any, ...], loss: str, options: dict[str, Any]) -> None:
        self.side, self.loss = side, LOSSES[loss]
        self.visited: list[Any] = []
        self.parameters = [side.parameter(start) for start in starts]
        self.optimizer = side.LBFGS(self.parameters, **options)

    def closure(self) -> float:
        values = [self.side.numpy(parameter) for parameter in self.parameters]
        loss, grad = self.loss(np.concatenate([value.ravel() for value in values]))
        self.visited.append(np.concatenate([value.ravel() for value in values]))
        pieces = np.split(grad, np.cumsum([value.size for value in values])[:-1])
        for parameter, value, piece in zip(self.parameters, values, pieces, strict=True):
            self.side.set_grad(parameter, piece.reshape(value.shape))
        return loss

    def state(self) -> dict[str, Any]:
        """Numbers as floats, and lists as arrays: PyTorch keeps some of the numbers in tensors."""
        state = self.optimizer.state_dict()["state"][0]
        lists = {key: [self.side.numpy(item) for item in state.get(key) or () if item is not None] for key in LISTS}
        numbers = {key: float(state[key]) for key in ("t", "H_diag", "prev_loss", "n_iter", "func_evals")}
        vectors = {key: state[key] for key in ("d", "prev_flat_grad")}
        return {"keys": ", ".join(sorted(state)), **numbers, **vectors, **lists}


LISTS = ("old_dirs", "old_stps", "ro", "al")


def _minimize(side: Side, *starts: Any, loss: str = "rosenbrock", calls: int = 1, **options: Any) -> list[Any]:
    """Every point that the closure saw, what the steps returned, and the state."""
    descent = _Descent(side, starts, loss, options)
    returned = [descent.optimizer.step(descent.closure) for _ in range(calls)]
    return [*descent.visited, *descent.parameters, returned, descent.state()]


def _told(side: Side, told: tuple[Any, ...], **options: Any) -> list[Any]:
    """The points that the closure sees, and the last one, where losses and slopes are told one after the other.

    No function need have them: so each branch of the line search is met with numbers that a hand can follow.
    """
    return [_walk(side, script, options) for script in told]


def _walk(side: Side, script: Any, options: dict[str, Any]) -> Any:
    parameter = side.parameter(np.zeros(1))
    seen: list[float] = []

    def closure() -> float:
        seen.append(side.numpy(parameter).item())
        loss, slope = script[min(len(seen), len(script)) - 1]
        side.set_grad(parameter, np.array([float(slope)]))
        return float(loss)

    side.LBFGS([parameter], **options).step(closure)
    return np.array([*seen, side.numpy(parameter).item()])


def _heard(side: Side) -> int:
    """The warnings of a schedule that follows the first step: it has heard of that."""
    descent = _Descent(side, (np.ones(2),), "bowl", {})
    schedule = side.StepLR(descent.optimizer, step_size=2)
    descent.optimizer.step(descent.closure)
    return warned(schedule.step)


def _resumed(side: Side, *starts: Any, **options: Any) -> list[Any]:
    """Go on in another optimizer, from the state of the first."""
    first = _Descent(side, starts, "rosenbrock", options)
    first.optimizer.step(first.closure)
    again = _Descent(side, tuple(side.numpy(parameter) for parameter in first.parameters), "rosenbrock", {})
    again.optimizer.load_state_dict(deepcopy(first.optimizer.state_dict()))
    again.optimizer.step(again.closure)
    return [*again.visited, *again.parameters, again.state()]


def _absent(side: Side, start: Any) -> list[Any]:
    """A parameter that never has a gradient, between two that have one."""
    parameters = [side.parameter(start + i) for i in range(3)]
    optimizer = side.LBFGS(parameters, max_iter=4)

    def closure() -> float:
        for parameter in parameters[::2]:
            side.set_grad(parameter, 3 * side.numpy(parameter))
        return float(sum(1.5 * np.sum(side.numpy(parameter) ** 2) for parameter in parameters[::2]))

    return [optimizer.step(closure), *parameters]


def _at_the_minimum(side: Side, start: Any) -> dict[str, Any]:
    descent = _Descent(side, (start,), "bowl", {})
    descent.optimizer.step(descent.closure)
    return dict(sorted(descent.optimizer.state_dict()["state"][0].items()))


def _line_search(side: Side, name: str) -> None:
    descent = _Descent(side, (np.zeros(3),), "rosenbrock", {"line_search_fn": name})
    descent.optimizer.step(descent.closure)


def _two_groups(side: Side, later: bool) -> None:
    groups = [{"params": [side.parameter(np.ones(3))]} for _ in range(2)]
    optimizer = side.LBFGS(groups[:1] if later else groups)
    optimizer.add_param_group(groups[1])
    optimizer.step(lambda: 0.0)


WOLFE = {"line_search_fn": "strong_wolfe"}
TOLD = {**WOLFE, "max_iter": 1, "max_eval": 8}
# y is a difference of near gradients, and a long run in float32 has too few digits left in it: there PyTorch differs as
# much from itself, when its start moves by one ULP.
DOUBLE = ("float64",)
CASES = [
    Case(
        "LBFGS",
        samples=(
            ScriptSample(
                "a parabola by hand",
                "a first step that is not shortened, or the curvature where its inverse is meant",
                {"loss": "bowl"},
                (np.array([5.0]),),
                # (x − 1)²: the gradient is 8, so that the first t is 1/8; then y is −2 and s is −1, and H is ½
                {"result.0": [5.0], "result.1": [4.0], "result.2": [1.0]},
                script=_minimize,
            ),
            ScriptSample(
                "bowl",
                "the two loops in the same direction",
                {"loss": "bowl", "max_iter": 6, "calls": 2},
                (normal(2, 2), normal(3)),
                script=_minimize,
                dtypes=DOUBLE,
            ),
            ScriptSample(
                "first steps",
                "a descent along the gradient alone",
                {"loss": "bowl", "max_iter": 3},
                (normal(2, 2), normal(3)),
                script=_minimize,
            ),
            ScriptSample(
                "valley",
                "curvature of the first steps for all of them",
                {"lr": 0.5, "max_iter": 12},
                (normal(2), normal(3)),
                script=_minimize,
                dtypes=DOUBLE,
            ),
            ScriptSample(
                "short history",
                "pairs that are kept for ever, or the newest forgotten for the oldest",
                {"lr": 0.3, "history_size": 2, "max_iter": 10},
                (normal(5),),
                script=_minimize,
                dtypes=DOUBLE,
            ),
            ScriptSample(
                "hilltop",
                "a pair of negative curvature that is kept, so that the next step climbs",
                {"loss": "wave", "lr": 0.1, "max_iter": 3},
                (np.array([0.1, -0.2]),),
                script=_minimize,
            ),
            ScriptSample(
                "line search",
                "a step that is taken although the loss rose",
                {**WOLFE, "max_iter": 6, "calls": 2},
                (normal(2), normal(3)),
                script=_minimize,
                dtypes=DOUBLE,
            ),
            ScriptSample(
                "search outwards",
                "a line search that never goes beyond its first guess",
                {**WOLFE, "loss": "bowl", "lr": 0.02, "max_iter": 4},
                (normal(5),),
                script=_minimize,
                dtypes=DOUBLE,
            ),
            ScriptSample(
                "told outwards",
                "a search outwards that misses the rise, or jumps too far where the cubic has no minimum",
                {
                    **TOLD,
                    "told": (
                        ((0, -1), (-0.5, -1), (-0.25, -0.9)),
                        ((0, -2), (-2, -2), (-0.25, 0.75)),
                        ((0, -1), (-1, -2), (-2, -8), (-2, 0.75)),
                        ((0, -0.5), (-0.25, -1), (-2, 0.75)),
                    ),
                },
                script=_told,
                dtypes=DOUBLE,
            ),
            ScriptSample(
                "told inwards",
                "an interval that loses its minimum, or that shrinks at one end for ever",
                {
                    **TOLD,
                    "told": (
                        ((0, -2), (-0.0001, -8), (0.125, 3), (-2, 4)),
                        ((0, -0.5), (0.25, -2), (-0.125, 1), (-2, 0), (-0.125, 0)),
                        ((0, -2), (-0.125, 2), (0, -1), (-0.0001, 8), (-2, -8)),
                        ((0, -0.5), (0, 1), (2, -4), (1, -8), (1, 3), (-0.0001, 8)),
                    ),
                },
                script=_told,
                dtypes=DOUBLE,
            ),
            ScriptSample(
                "told just enough",
                "a descent of exactly c₁ of the slope, or a slope of exactly c₂ of it, that does not end the search",
                {**TOLD, "told": (((0, -2), (0, 2), (-0.0001, -1)), ((0, -1), (-0.0001, -0.9)))},
                expected={"result.0": [0.0, 1.0, 0.5, 0.5], "result.1": [0.0, 1.0, 1.0]},
                script=_told,
                dtypes=DOUBLE,
            ),
            ScriptSample(
                "told at the tolerance of gradients",
                "a gradient exactly at the tolerance that does not end the descent",
                {"tolerance_grad": 0.25, "told": (((0, -0.25),), ((0, -1), (-1, -0.25)))},
                expected={"result.0": [0.0, 0.0], "result.1": [0.0, 1.0, 1.0]},
                script=_told,
                dtypes=DOUBLE,
            ),
            ScriptSample(
                "told a step at the tolerance",
                "a slope exactly at the tolerance that ends the descent, or a step exactly there that does not",
                {"tolerance_change": 1.0, "told": (((0, -1), (-2, -2)),)},
                expected={"result.0": [0.0, 1.0, 1.0]},
                script=_told,
                dtypes=DOUBLE,
            ),
            ScriptSample(
                "told a change at the tolerance",
                "a change of the loss exactly at the tolerance that ends the descent: y is ½, s is 1, H is 2",
                {"tolerance_change": 0.5, "max_iter": 3, "told": (((0, -1), (-0.5, -0.5)),)},
                expected={"result.0": [0.0, 1.0, 2.0, 2.0]},
                script=_told,
                dtypes=DOUBLE,
            ),
            ScriptSample(
                "told a curvature of 1e-10",
                "a pair whose curvature is just too small that is kept",
                {
                    "max_iter": 3,
                    "tolerance_grad": 0.0,
                    "tolerance_change": 0.0,
                    "told": (((0, -1e-10), (0, 1 - 1e-10), (-1, 0.5)),),
                },
                script=_told,
                dtypes=DOUBLE,
            ),
            ScriptSample(
                "wide tolerance",
                "a tolerance of changes that ends the line search too, which has one of its own",
                {**WOLFE, "max_iter": 2, "max_eval": 12, "tolerance_change": 1.0},
                (np.array([-0.2, 0.4]),),
                script=_minimize,
            ),
            ScriptSample(
                "no way down",
                "a step along a slope that is not worth it",
                {"loss": "bowl", "tolerance_change": 1.0},
                (np.array([1.1, 0.9]),),
                script=_minimize,
            ),
            ScriptSample(
                "few evaluations",
                "calls of the closure inside the line search that are not counted",
                {**WOLFE, "max_eval": 7},
                (normal(5),),
                script=_minimize,
                dtypes=DOUBLE,
            ),
            ScriptSample(
                "flat enough",
                "a search for the minimum that goes on for ever",
                {"loss": "bowl", "lr": 0.9, "tolerance_grad": 1e-2},
                (normal(5),),
                script=_minimize,
                dtypes=DOUBLE,
            ),
            ScriptSample(
                "no more progress",
                "a change that is measured without the length of the step",
                {"loss": "bowl", "lr": 0.3, "tolerance_change": 1e-2},
                (normal(5),),
                script=_minimize,
                dtypes=DOUBLE,
            ),
            ScriptSample(
                "resumed",
                "a history that is lost, or shared, when the state is loaded",
                {"lr": 0.3, "max_iter": 5},
                (normal(2), normal(3)),
                script=_resumed,
                dtypes=DOUBLE,
            ),
            ScriptSample(
                "absent gradient",
                "a parameter that takes the direction of its neighbour",
                inputs=(normal(5),),
                script=_absent,
            ),
            ScriptSample(
                "before its schedule",
                "a step that the schedule does not hear of, so that it warns",
                expected={"result": 0},
                script=_heard,
                dtypes=DOUBLE,
            ),
            ScriptSample(
                "at the minimum",
                "a direction of zero that is divided by",
                inputs=(np.ones(3),),
                script=_at_the_minimum,
            ),
        ),
        errors=(
            refused("LBFGS", "negative rate", lr=-0.1),
            ErrorSample("two groups", ValueError, script=lambda side: _two_groups(side, later=False)),
            ErrorSample("group added later", AssertionError, script=lambda side: _two_groups(side, later=True)),
            ErrorSample("unknown line search", RuntimeError, script=lambda side: _line_search(side, "wolfe")),
            ErrorSample("no closure", TypeError, script=lambda side: side.LBFGS([side.parameter(np.ones(3))]).step()),
        ),
    ),
]
