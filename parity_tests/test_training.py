"""The training loop: what its History holds, and what it leaves behind."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from parity.sides import ScratchSide, Side, TorchSide
from scratch.containers import Sequential
from scratch.layers import Linear, ReLU
from scratch.losses import MSELoss
from scratch.optimizers import SGD
from scratch.training import train

SIDES = pytest.mark.parametrize("side", [ScratchSide(), TorchSide()], ids=["scratch", "torch"])
XOR = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]


def with_batches(side: Side, **args: Any) -> Any:
    """Two epochs of batches of 2, 2 and 1: six steps."""
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(5, 4)).astype("float32"), rng.normal(size=(5, 3)).astype("float32")
    side.manual_seed(3)
    model = side.Linear(4, 3)
    batches = [(side.array(x[i : i + 2]), side.array(y[i : i + 2])) for i in (0, 2, 4)]
    return side.train(model, side.MSELoss(), side.SGD(model.parameters(), lr=0.1), batches, epochs=2, **args)


def with_valores(side: Side, **args: Any) -> Any:
    side.manual_seed(3)
    return side.train_valor(side.MLP(2, [3, 1]), XOR, [0.0, 1.0, 0.0, 1.0], lr=0.1, epochs=6, **args)


def with_exercise(side: Side, **args: Any) -> Any:
    side.manual_seed(3)
    x, y = side.array(np.array(XOR, "float32")), side.array(np.array([[0.0], [1.0], [0.0], [1.0]], "float32"))
    return side.exercises.train_xor(side.exercises.build_xor(), x, y, 6, **args)


LOOPS = pytest.mark.parametrize("loop", [with_batches, with_valores, with_exercise])


@SIDES
@LOOPS
@pytest.mark.parametrize(
    ("every", "kept"), [(0, [0, 6]), (1, [0, 1, 2, 3, 4, 5, 6]), (3, [0, 3, 6]), (4, [0, 4, 6]), (9, [0, 6])]
)
def test_states_are_kept_at_these_steps(side: Side, loop: Callable[..., Any], every: int, kept: list[int]) -> None:
    history = loop(side, snapshot_every=every)
    assert list(history.snapshots) == kept
    assert list(history.grad_norm) == kept[1:]
    assert len(history.loss) == len(history.lr) == 6


@SIDES
@LOOPS
def test_history_holds_python_floats_and_numpy_arrays(side: Side, loop: Callable[..., Any]) -> None:
    history = loop(side, snapshot_every=2)
    numbers = [*history.loss, *history.lr, *history.epoch_loss, *history.grad_norm.values()]
    assert {type(number) for number in numbers} == {float}
    arrays = [array for state in history.snapshots.values() for array in state.values()]
    assert {type(array) for array in arrays} == {np.ndarray}


@SIDES
@LOOPS
def test_watching_does_not_change_the_training(side: Side, loop: Callable[..., Any]) -> None:
    seen: list[tuple[int, float]] = []
    watched = loop(side, snapshot_every=1, on_step=lambda step, loss: seen.append((step, loss)))
    alone = loop(side)
    assert watched.loss == alone.loss
    assert seen == list(enumerate(alone.loss, start=1))
    for name, array in alone.snapshots[6].items():
        assert np.array_equal(array, watched.snapshots[6][name])


@SIDES
@LOOPS
def test_what_a_callback_raises_ends_the_training(side: Side, loop: Callable[..., Any]) -> None:
    steps: list[int] = []

    def stop(step: int, loss: float) -> None:
        steps.append(step)
        if step == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loop(side, on_step=stop)
    assert steps == [1, 2, 3, 4]


@pytest.mark.parametrize("interrupted", [False, True])
def test_the_first_layer_is_spared_its_input_gradient_while_it_trains(interrupted: bool) -> None:
    model = Sequential(Linear(4, 3), ReLU(), Linear(3, 2))
    seen: list[list[bool]] = []

    def look(step: int, loss: float) -> None:
        seen.append([layer.needs_input_grad for layer in model])
        if interrupted:
            raise KeyboardInterrupt

    batch = np.ones((5, 4), "float32"), np.ones((5, 2), "float32")
    try:
        train(model, MSELoss(), SGD(model.parameters(), lr=0.1), [batch], on_step=look)
    except KeyboardInterrupt:
        assert interrupted
    assert seen == [[False, True, True]]
    assert all(layer.needs_input_grad for layer in model)
