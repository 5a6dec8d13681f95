"""Faults that are planted in scratch are found: the first step, layer and tensor that they change."""

import io
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from parity import diverge
from parity.diverge import Parting, Planted, find_parting
from parity.mistakes import Mistake, find_mistake
from parity.outputs import CommandError
from parity.recipes import Data, Recipe, find_recipes, load_data
from parity.sides import ScratchSide, TorchSide
from scratch.layers import BatchNorm2d, Linear

STEPS = 12


@pytest.fixture(autouse=True)
def threads_end() -> Any:
    yield
    assert [thread.name for thread in threading.enumerate() if isinstance(thread, diverge._Runner)] == []


@cache
def data(name: str) -> Data:
    return load_data(name, "float64")


@cache
def images() -> Data:
    """Few enough that the whole recipe takes a second."""
    rng = np.random.default_rng(0)
    pair = rng.random((192, 784)), rng.integers(0, 10, 192)
    return Data("noise", pair, pair)


def recipe(name: str) -> Recipe:
    return find_recipes([name])[0]


def part(
    name: str, replaced: dict[str, Any], *, on: Data | None = None, steps: int = STEPS,
    on_step: Callable[[int], None] = lambda step: None,
) -> Parting | None:  # fmt: skip
    source = data("XOR") if on is None else on
    return find_parting(recipe(name), ScratchSide(replaced), TorchSide(), source, "float64", 0, steps, on_step)


def planted(fault: str, only: int | None = None) -> dict[str, Any]:
    mistake = find_mistake(fault)
    return {mistake.component: Planted(mistake, only)}


@pytest.mark.parametrize("name", ["xor-adam", "xor-course", "xor-valor"])
def test_without_a_fault_the_runs_do_not_part(name: str) -> None:
    assert part(name, {}) is None


def test_a_convolutional_net_does_not_part() -> None:
    assert part("mnist-convolutional", {}, on=images(), steps=2) is None


def test_the_whole_run_is_followed_to_its_end() -> None:
    short = replace(recipe("xor-adam"), epochs=3)
    seen: list[int] = []
    found = find_parting(short, ScratchSide(), TorchSide(), data("XOR"), "float64", 0, 100, seen.append)
    assert found is None
    assert seen == [0, 1, 2, 3]


def late_adam(*args: Any, **options: Any) -> Any:
    """Adam that takes a wrong step at its fifth."""
    adam = ScratchSide().Adam(*args, **options)
    right, calls = adam.step, []

    def step(closure: Any = None) -> Any:
        calls.append(None)
        adam.param_groups[0]["eps"] = 1e-7 if len(calls) == 5 else 1e-8
        return right(closure)

    adam.step = step
    return adam


# Fault, in which one of its kind; the step, the tensor, and what computed it. The layers of xor-adam are
# 0 (Linear), 1 (Tanh) and 2 (Linear).
FAULTS = [
    ("constant-init", None, 0, "0.weight at the start", "the initialization"),
    ("constant-init", 2, 0, "2.weight at the start", "the initialization"),
    ("bias-forgotten", None, 1, "output of layer 0", "the forward of layer 0"),
    ("bias-forgotten", 2, 1, "output of layer 2", "the forward of layer 2"),
    ("bias-grad-mean@Linear", None, 1, "gradient of bias of layer 2", "the backward of layer 2"),
    ("bias-grad-mean@Linear", 1, 1, "gradient of bias of layer 0", "the backward of layer 0"),
    ("bias-grad-mean@Linear", 2, 1, "gradient of bias of layer 2", "the backward of layer 2"),
    ("weights-updated-before-input-grad@Linear", 2, 1, "gradient of the output of layer 1", "the backward of layer 2"),
    ("tanh-prime-of-input@Tanh", None, 1, "gradient of the output of layer 0", "the backward of layer 1"),
    ("bce-naive", None, None, "", ""),
    ("eps-inside-sqrt", None, 1, "0.weight after the step", "the optimizer"),
    ("adam-bias-correction-without-power", None, 2, "0.weight after the step", "the optimizer"),
    ("zero-grad-missing@train", None, 2, "gradient of weight of layer 2", "the backward of layer 2"),
    ("weight-not-transposed", 2, 1, "none: scratch raised", "what follows gradient of the output of layer 2"),
]


@pytest.mark.parametrize(("fault", "only", "step", "tensor", "made_by"), FAULTS)
def test_a_planted_fault_is_found(fault: str, only: int | None, step: int | None, tensor: str, made_by: str) -> None:
    found = part("xor-adam", planted(fault, only))
    if step is None:  # a mistake that does not matter here: no logit is large
        assert found is None
    else:
        assert found is not None
        assert (found.step, found.tensor, found.made_by) == (step, tensor, made_by)


def test_what_differs_later_is_found_later() -> None:
    found = part("xor-adam", {"Adam": late_adam})
    assert found is not None
    assert (found.step, found.tensor) == (5, "0.weight after the step")
    assert found.equal_before[-1] == "gradient of bias of layer 2 at the step"
    assert found.difference < 1e-4


def test_the_first_and_the_largest_difference_are_told() -> None:
    found = part("xor-adam", planted("bias-grad-mean@Linear", 2))
    assert found is not None
    assert found.got == pytest.approx(found.expected / 4)  # a mean over the four rows
    assert found.difference == pytest.approx(0.75)
    assert found.where == (0,)
    assert found.equal_before[:2] == ("output of layer 0", "output of layer 1")


class CountsDouble(BatchNorm2d):
    def _follow(self, mean: Any, var: Any, count: int) -> None:
        super()._follow(mean, var, count)
        self.num_batches_tracked += 1


class RunningVarBiased(BatchNorm2d):
    def _follow(self, mean: Any, var: Any, count: int) -> None:
        super()._follow(mean, var * ((count - 1) / count), count)


class BiasUntrained(Linear):
    def backward(self, grad_output: Any) -> Any:
        grad = super().backward(grad_output)
        if self.bias is not None:
            self.bias.grad = None
        return grad


@pytest.mark.parametrize(
    ("replaced", "tensor", "made_by"),
    [
        (planted("pool-ties-shared"), "gradient of the output of layer 2", "the backward of layer 3"),
        (planted("dropout-unscaled"), "output of layer 4", "the forward of layer 4"),
        (
            planted("clip-after-step"),
            "gradient of weight of layer 0 at the step",
            "what is between backward and step, such as clipping",
        ),
        ({"Linear": BiasUntrained}, "gradient of bias of layer 6", "the backward of layer 6"),
        ({"BatchNorm2d": RunningVarBiased}, "1.running_var after the step", "the forward of layer 1"),
        ({"BatchNorm2d": CountsDouble}, "1.num_batches_tracked after the step", "the forward of layer 1"),
    ],
)
def test_faults_in_a_convolutional_net(replaced: dict[str, Any], tensor: str, made_by: str) -> None:
    found = part("mnist-convolutional", replaced, on=images(), steps=1)
    assert found is not None
    assert (found.step, found.tensor, found.made_by) == (1, tensor, made_by)


def test_a_nan_is_a_difference() -> None:
    class Nan(Linear):
        def forward(self, input: Any) -> Any:
            return super().forward(input) * np.nan

    found = part("xor-adam", {"Linear": Nan})
    assert found is not None
    assert (found.tensor, str(found.got)) == ("output of layer 0", "nan")


def test_another_dtype_is_a_difference() -> None:
    class SingleGradient(Linear):
        def backward(self, grad_output: Any) -> Any:
            grad = super().backward(grad_output)
            self.weight.grad = np.asarray(self.weight.grad, np.float32)
            return grad

    found = part("xor-adam", {"Linear": SingleGradient})
    assert found is not None
    assert (found.tensor, found.made_by) == ("gradient of weight of layer 2", "the backward of layer 2")
    assert (found.got, found.expected) == ("float32 of shape (1, 8)", "float64 of shape (1, 8)")


def test_a_run_that_ends_early_is_a_difference() -> None:
    class Fewer(ScratchSide):
        def train(self, *args: Any, **options: Any) -> Any:
            model, criterion, optimizer, batches, epochs = args
            return ScratchSide().train(model, criterion, optimizer, batches, epochs - 4, **options)

    short = replace(recipe("xor-adam"), epochs=6)
    found = find_parting(short, Fewer(), TorchSide(), data("XOR"), "float64", 0, 100)
    assert found is not None
    assert (found.step, found.got, found.expected) == (3, "ended", "goes on")


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_interruption_ends_both_runs(error: type[BaseException]) -> None:
    def interrupt(step: int) -> None:
        if step == 3:
            raise error("stop")

    with pytest.raises(error, match="stop"):
        part("xor-adam", {}, on_step=interrupt)


def test_what_the_pytorch_side_raises_is_raised() -> None:
    class Broken:
        def __init__(self, *args: Any, **options: Any) -> None:
            raise RuntimeError("broken twin")

    with pytest.raises(RuntimeError, match="broken twin"):
        find_parting(recipe("xor-adam"), ScratchSide(), TorchSide({"Adam": Broken}), data("XOR"), "float64", 0, 2)


def told(fault: str | None, only: int | None = None, name: str = "xor-adam") -> tuple[int, str]:
    console = Console(file=io.StringIO(), width=160)
    status = diverge.run(name, fault, "float64", 0, 5, console, only)
    return status, console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO above


def test_what_is_shown() -> None:
    status, text = told("bias-grad-mean@Linear", 2)
    assert status == 1
    for part_of_it in (
        "Planted in scratch: bias-grad-mean in Linear, number 2 of 2",
        "gradient of bias of layer 2",
        "the backward of layer 2",
        "7.50e-01",
        "gradient of weight of layer 2",
    ):
        assert part_of_it in text
    assert told(None) == (0, "xor-adam (float64): the two runs agree over 5 steps.\n")


@pytest.mark.parametrize(
    ("fault", "only", "message"),
    [
        ("flatten-columns", None, "xor-adam uses Flatten 0 times, so that flatten-columns could not be planted there"),
        ("bias-grad-mean@Linear", 3, r"uses Linear 2 times.*; there is also bias-grad-mean@Conv2d"),
        ("grad-overwritten@Valor", None, "uses Valor 0 times.*; there is also grad-overwritten@Linear"),
    ],
)
def test_a_fault_that_finds_no_place_is_an_error(fault: str, only: int | None, message: str) -> None:
    with pytest.raises(CommandError, match=message):
        told(fault, only)


def test_planted_counts_what_it_makes() -> None:
    kind = Planted(Mistake("wrong", "Linear", "grad", lambda *args: "wrong", ""), only=2)
    made = [kind(4, 3) for _ in range(3)]
    assert [made[0].in_features, made[1], made[2].out_features] == [4, "wrong", 3]
    assert kind.uses == 3
