"""Whole training curves: every recipe on both sides, from one seed; and what judges them."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from parity.cases import DTYPES
from parity.curves import NEAR_ZERO, Drift, budget_of, compare_curves, drift, judge, tensor_difference, train
from parity.recipes import RECIPES, Data, Recipe, find_recipes, load_data
from parity.sides import ScratchSide, TorchSide
from scratch.layers import Linear
from scratch.optimizers import Adam
from scratch.training import History


@lru_cache(maxsize=1)  # the digits take 440 MB in float64
def data(name: str, dtype: str) -> Data:
    return load_data(name, dtype)


EVERY_RECIPE = [
    pytest.param(r, dtype, id=f"{r.name}-{dtype}") for dtype in DTYPES for r in RECIPES if dtype in r.dtypes
]


@pytest.mark.parametrize(("recipe", "dtype"), EVERY_RECIPE)
def test_curves_are_equal(recipe: Recipe, dtype: str) -> None:
    source = data(recipe.data, dtype)
    ours, theirs = (train(recipe, side, source, dtype, 0, recipe.epochs) for side in (ScratchSide(), TorchSide()))
    verdict, reason = judge(drift(ours.history, theirs.history), None, budget_of(recipe, dtype))
    assert verdict == "PASS", f"{recipe.name} on {source.source}: {reason}"
    assert ours.history.loss[-1] < ours.history.loss[0]
    if dtype == "float64":  # in float32 a digit on the border may fall to either side
        assert np.array_equal(ours.predictions, theirs.predictions)
    if recipe.name == "mnist-784-128-10-adam" and source.source == "MNIST":
        assert ours.accuracy >= 0.95
        assert theirs.accuracy >= 0.95
    if recipe.data == "XOR":
        assert ours.accuracy == theirs.accuracy == 1.0


@pytest.mark.slow
@pytest.mark.parametrize(("recipe", "dtype"), EVERY_RECIPE)
def test_curves_beside_their_control(recipe: Recipe, dtype: str) -> None:
    result = compare_curves(recipe, data(recipe.data, dtype), dtype)
    assert result.verdict == "PASS", result.reason
    assert result.control_drift.by_step(result.steps)[-1] > 0, "the control was not moved"


def test_another_seed_trains_another_net() -> None:
    recipe = find_recipes(["xor-adam"])[0]
    first, second = (train(recipe, ScratchSide(), data("XOR", "float64"), "float64", seed, 3) for seed in (0, 1))
    assert first.history.loss != second.history.loss


class SlightlyWrongLinear(Linear):
    """One part in a million too large a bias gradient."""

    def backward(self, grad_output: np.ndarray) -> np.ndarray | None:
        before = None if self.bias is None or self.bias.grad is None else self.bias.grad
        result = super().backward(grad_output)
        if self.bias is not None and self.bias.grad is not None:
            self.bias.grad = (self.bias.grad - (0 if before is None else before)) * (1 + 1e-6)
        return result


class EpsInside(Adam):
    def __init__(self, params: object, **options: float) -> None:
        super().__init__(params, **{**options, "eps": 1e-7})  # type: ignore[arg-type]


@pytest.mark.parametrize("replaced", [{"Linear": SlightlyWrongLinear}, {"Adam": EpsInside}], ids=["gradient", "eps"])
def test_a_slight_mistake_fails(replaced: dict[str, type]) -> None:
    recipe = replace(find_recipes(["xor-adam"])[0], epochs=200)
    result = compare_curves(recipe, data("XOR", "float64"), "float64", ours=ScratchSide(replaced))
    assert result.verdict == "FAIL"
    assert "step" in result.reason


def made_drift(loss: list[float], parameters: dict[int, float] | None = None, lr: float = 0.0) -> Drift:
    steps = np.array(loss)
    found = {step: {"weight": value} for step, value in (parameters or {}).items()}
    return Drift(steps, np.full(len(steps), lr), {}, found)


def test_verdicts() -> None:
    calm, chaotic = made_drift([1e-16, 1e-15, 1e-15]), made_drift([1e-16, 1e-6, 1.0])
    assert judge(calm, calm, 1e-9)[0] == "PASS"
    assert judge(chaotic, chaotic, 1e-9)[0] == "CHAOS"
    assert judge(chaotic, calm, 1e-9)[0] == "FAIL"
    assert judge(made_drift([1e-16] * 3, {1: 1e-3}), calm, 1e-9)[0] == "FAIL"
    assert judge(made_drift([0.0, float("nan"), 0.0]), calm, 1e-9)[0] == "FAIL"
    assert judge(made_drift([0.0] * 3, lr=1e-3), calm, 1e-9) == ("FAIL", "the learning rate differs from step 1 on")


def test_differences_are_relative_to_the_largest_entry() -> None:
    expected = np.array([100.0, 1e-9])
    assert tensor_difference(np.array([100.0, 2e-9]), expected) == pytest.approx(1e-11)
    assert tensor_difference(np.array([1e-9]), np.array([0.0])) == pytest.approx(1e-9 / NEAR_ZERO)
    assert tensor_difference(np.zeros(2), np.zeros(3)) == float("inf")


def test_runs_of_unlike_length_are_refused() -> None:
    with pytest.raises(ValueError, match="2 steps and the other 1"):
        drift(History(loss=[1.0, 1.0]), History(loss=[1.0]))
