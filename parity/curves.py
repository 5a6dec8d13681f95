"""Whole training runs compared, step by step, and each beside its control.

A recipe trains three times from one seed: scratch, PyTorch, and PyTorch with one weight moved by one ULP (unit in the
last place). The third run is the *control*: where PyTorch parts from itself as far, the recipe is chaotic and no
fault is shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.recipes import Data, Recipe
from parity.sides import ScratchSide, Side, TorchSide

__all__ = ["FLOAT64_BUDGET", "CurveResult", "Drift", "Training", "budget_of", "compare_curves", "drift", "train"]

Array = npt.NDArray[np.float64]
FLOAT64_BUDGET = 1e-9
NEAR_ZERO = 1e-3  # with the budget, the same absolute tolerance of 1e-12 that components have
CONTROL_MULTIPLE = 10  # how much further than the control scratch may part on a chaotic recipe


@dataclass(frozen=True)
class Training:
    """One run of a recipe on one side."""

    history: Any
    predictions: npt.NDArray[np.int64]
    accuracy: float
    seconds: float


@dataclass(frozen=True)
class Drift:
    """How far two runs are apart: relative differences of every step's loss and, at the snapshots, of each tensor."""

    loss: Array  # (steps,)
    lr: Array  # (steps,)
    grad_norm: dict[int, float]
    parameters: dict[int, dict[str, float]]

    @property
    def largest_parameter(self) -> tuple[float, int, str]:
        """(difference, step, tensor)."""
        return max(
            ((value, step, name) for step, tensors in self.parameters.items() for name, value in tensors.items()),
            default=(0.0, 0, ""),
        )

    def by_step(self, steps: int) -> Array:
        """The largest difference of any kind seen up to each step; never falls."""
        found = np.concatenate([[0.0], self.loss, np.zeros(max(0, steps - len(self.loss)))])
        for step, tensors in self.parameters.items():
            found[step] = max(found[step], self.grad_norm.get(step, 0.0), *tensors.values(), 0.0)
        return np.maximum.accumulate(np.where(np.isnan(found), np.inf, found))


@dataclass(frozen=True)
class CurveResult:
    """A recipe in one dtype: both runs, the control, and the verdict."""

    recipe: str
    data: str
    dtype: str
    steps: int
    ours: Training
    theirs: Training
    control: Training
    drift: Drift
    control_drift: Drift
    budget: float
    verdict: str
    reason: str

    @property
    def failed(self) -> bool:
        return self.verdict == "FAIL"

    def to_json(self) -> dict[str, Any]:
        parameter, step, name = self.drift.largest_parameter
        return {
            "recipe": self.recipe,
            "data": self.data,
            "dtype": self.dtype,
            "steps": self.steps,
            "max_loss_difference": float(self.drift.loss.max(initial=0.0)),
            "max_parameter_difference": parameter,
            "where": {"step": step, "tensor": name},
            "control_max_loss_difference": float(self.control_drift.loss.max(initial=0.0)),
            "control_max_parameter_difference": self.control_drift.largest_parameter[0],
            "budget": self.budget,
            "accuracy": {"scratch": self.ours.accuracy, "torch": self.theirs.accuracy},
            "different_predictions": int(np.sum(self.ours.predictions != self.theirs.predictions)),
            "seconds": {"scratch": self.ours.seconds, "torch": self.theirs.seconds},
            "verdict": self.verdict,
            "reason": self.reason,
        }


def train(
    recipe: Recipe, side: Side, data: Data, dtype: str, seed: int, epochs: int, nudged: bool = False,
    on_step: Callable[[int, float], None] | None = None,
) -> Training:  # fmt: skip
    """Seed, build, fit, predict."""
    with side.default_dtype(dtype):
        side.manual_seed(seed)
        model = recipe.build(side)
        if nudged:
            nudge(side, next(iter(model.parameters())))
        start = time.perf_counter()
        history = recipe.fit(side, model, data, epochs, recipe.snapshots, on_step)
        seconds = time.perf_counter() - start
        predictions = recipe.predict(side, model, data)
    accuracy = float(np.mean(predictions == data.test[1].astype(np.int64)))
    return Training(history, predictions, accuracy, seconds)


def nudge(side: Side, parameter: Any) -> None:
    """Move the largest entry by one ULP, the smallest change there is that its products can notice."""
    value = side.numpy(parameter)
    largest = int(np.argmax(np.abs(value)))
    value.flat[largest] = np.nextafter(value.flat[largest], value.dtype.type(np.inf))
    side.set_data(parameter, value)


def relative(got: Any, expected: Any) -> Array:
    """|got − expected| / |expected|, for arrays against their largest entry.

    Equal is 0, also for two infinities or two NaNs.
    """
    g, e = np.asarray(got, np.float64), np.asarray(expected, np.float64)
    with np.errstate(all="ignore"):
        error = np.abs(g - e) / np.abs(e)
    return np.where((g == e) | (np.isnan(g) & np.isnan(e)), 0.0, error)


def tensor_difference(got: npt.NDArray[Any], expected: npt.NDArray[Any]) -> float:
    """The largest difference relative to the largest entry: an entry near 0 has no digits of its own to lose.

    A tensor that is 0 altogether, as a bias may be, counts as `NEAR_ZERO`.
    """
    if got.shape != expected.shape:
        return float("inf")
    scale = max(float(np.abs(expected).max(initial=0.0)), NEAR_ZERO)
    return float(np.abs(got.astype(np.float64) - expected).max(initial=0.0)) / scale


def drift(ours: Any, theirs: Any) -> Drift:
    """Compare two histories step by step.

    Raises:
        ValueError: they have different numbers of steps, snapshots or tensors.
    """
    if len(ours.loss) != len(theirs.loss) or ours.snapshots.keys() != theirs.snapshots.keys():
        raise ValueError(f"one run has {len(ours.loss)} steps and the other {len(theirs.loss)}")
    parameters: dict[int, dict[str, float]] = {}
    for step, expected in theirs.snapshots.items():
        got: Mapping[str, npt.NDArray[Any]] = ours.snapshots[step]
        if got.keys() != expected.keys():
            raise ValueError(f"step {step}: one run has the tensors {sorted(got)}, the other {sorted(expected)}")
        parameters[step] = {name: tensor_difference(got[name], expected[name]) for name in expected}
    return Drift(
        relative(ours.loss, theirs.loss),
        relative(ours.lr, theirs.lr),
        {step: tensor_difference(np.array(ours.grad_norm[step]), np.array(n)) for step, n in theirs.grad_norm.items()},
        parameters,
    )


def compare_curves(
    recipe: Recipe, data: Data, dtype: str, seed: int = 0, epochs: int | None = None, ours: Side | None = None,
    on_step: Callable[[str, int, float], None] = lambda run, step, loss: None,
) -> CurveResult:  # fmt: skip
    """Train on both sides and once more as control; judge the drift."""
    epochs = recipe.epochs if epochs is None else epochs
    sides = {"scratch": ours or ScratchSide(), "torch": TorchSide(), "control": TorchSide()}
    runs = {
        run: train(recipe, side, data, dtype, seed, epochs, run == "control", partial(on_step, run))
        for run, side in sides.items()
    }
    found = drift(runs["scratch"].history, runs["torch"].history)
    control = drift(runs["control"].history, runs["torch"].history)
    budget = budget_of(recipe, dtype)
    verdict, reason = judge(found, control, budget)
    return CurveResult(
        recipe=recipe.name,
        data=data.source,
        dtype=dtype,
        steps=len(found.loss),
        ours=runs["scratch"],
        theirs=runs["torch"],
        control=runs["control"],
        drift=found,
        control_drift=control,
        budget=budget,
        verdict=verdict,
        reason=reason,
    )


def budget_of(recipe: Recipe, dtype: str) -> float:
    """How far apart the runs may be at any step, relatively."""
    return FLOAT64_BUDGET if dtype == "float64" else recipe.float32_budget


def judge(found: Drift, control: Drift | None, budget: float) -> tuple[str, str]:
    """PASS within the budget; CHAOS where PyTorch parts from itself as far; FAIL otherwise; no control, no CHAOS."""
    steps = len(found.loss)
    if (wrong := found.lr > 1e-12).any():
        return "FAIL", f"the learning rate differs from step {int(np.argmax(wrong)) + 1} on"
    ours, allowed = found.by_step(steps), np.full(steps + 1, budget)
    if control is not None:
        allowed = np.maximum(budget, CONTROL_MULTIPLE * control.by_step(steps))
    if (outside := ours > allowed).any():
        step = int(np.argmax(outside))
        return "FAIL", f"at step {step} it is {ours[step]:.1e} from PyTorch, and {allowed[step]:.1e} is allowed"
    if ours[-1] > budget:
        step = int(np.argmax(ours > budget))
        return "CHAOS", f"leaves the budget at step {step}, as PyTorch with one weight moved by one ULP does"
    return "PASS", f"within {budget:.0e} at every step"
