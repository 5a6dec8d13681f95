"""A session of the playground: both nets, trained step by step from one seed, and how far they are apart.

It knows no page. The numbers are the library's: `train` of each half takes the steps, `parity.compare` and
`parity.curves` say how far the halves are apart.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.compare import TOLERANCES, Comparison, compare
from parity.curves import FLOAT64_BUDGET, Drift, judge, nudge, relative, tensor_difference
from parity.playground.choices import OPTIMIZERS, Choices
from parity.playground.sets import Points, load_points
from parity.recipes import Recipe
from parity.sides import ScratchSide, Side, TorchSide

__all__ = ["MOST_STEPS", "Half", "Neuron", "Session"]

Array = npt.NDArray[Any]
MOST_STEPS = 100_000
# The random streams and the default dtype belong to the process, and sessions share the process.
_ALONE = threading.RLock()


@dataclass(frozen=True)
class Neuron:
    """One neuron of both nets: its weights and bias, its outputs for every row, and how they compare."""

    layer: int  # from 1; the last one is the output
    number: int  # from 1
    ours: Array
    theirs: Array
    weights: Comparison
    outputs: Comparison


class Half:
    """One side's net, with what trains it and a random stream of its own."""

    def __init__(self, side: Side, choices: Choices, points: Points, nudged: bool = False) -> None:
        self.side, self.choices = side, choices
        self.losses: list[float] = []
        self._random: Any = None
        with self._working():
            side.manual_seed(choices.seed)
            self.model = choices.build(side, points.x.shape[1], points.outputs)
            if nudged:  # a bias, since the weight of a pixel that is always 0 moves nothing
                nudge(side, list(self.model.parameters())[1])
            component, options = OPTIMIZERS[choices.optimizer]
            self.optimizer = side.find(component)(self.model.parameters(), lr=choices.lr, **options)
            binary = points.outputs == 1
            target = points.labels[:, None].astype(choices.dtype) if binary else points.labels
            loss = side.BCEWithLogitsLoss() if binary else side.CrossEntropyLoss()
            self.criterion = self._penalised(loss)
            rows = side.TensorDataset(side.share(points.x), side.share(target))
            self.loader = side.DataLoader(rows, batch_size=choices.batch_size, shuffle=True)
            self._batches = self._stream()

    @contextmanager
    def _working(self) -> Iterator[None]:
        """This half's own random stream and dtype, in place of the process's."""
        with _ALONE, self.side.default_dtype(self.choices.dtype), np.errstate(all="ignore"):
            before = self.side.get_rng_state()
            if self._random is not None:
                self.side.set_rng_state(self._random)
            try:
                yield
            finally:
                self._random = self.side.get_rng_state()
                self.side.set_rng_state(before)

    def _penalised(self, loss: Any) -> Any:
        if self.choices.regularisation not in ("L1", "L2"):
            return loss
        penalty = self.side.find(f"{self.choices.regularisation}Penalty")(self.choices.strength)
        return _Penalised(loss, penalty, self.model)

    def _stream(self) -> Iterator[Any]:
        """Batches without an end, epoch after epoch."""
        while True:
            yield from self.loader

    def step(self, count: int) -> None:
        """Take steps with the side's own loop, which draws each batch when it is its turn."""
        with self._working():
            batches = islice(self._batches, count)
            self.losses += self.side.train(self.model, self.criterion, self.optimizer, batches).loss

    def scores(self, x: Array) -> Array:
        """The outputs for some rows, in evaluation mode: (n, outputs)."""
        return self.outputs(x)[-1]

    def outputs(self, x: Array) -> list[Array]:
        """What each linear layer's neurons give for some rows, after their activation; the last are the scores."""
        found: list[Array] = []
        with self._working(), self.side.no_grad():
            self.model.eval()
            value = self.side.share(np.ascontiguousarray(x, self.choices.dtype))
            for layer in self.model:
                value = layer(value)
                if isinstance(layer, self.side.Linear):
                    found.append(value)
                else:
                    found[-1] = value
            return [self.side.numpy(output) for output in found]

    def neurons(self) -> list[Array]:
        """For each linear layer a row for each neuron: its weights, then its bias."""
        linear = [layer for layer in self.model if isinstance(layer, self.side.Linear)]
        pairs = [(self.side.numpy(layer.weight), self.side.numpy(layer.bias)) for layer in linear]
        return [np.concatenate([weight, bias[:, None]], axis=1) for weight, bias in pairs]

    def tensors(self) -> dict[str, Array]:
        """The parameters by name."""
        return {name: self.side.numpy(value) for name, value in self.model.state_dict().items()}


class _Penalised:
    """A loss with a penalty added; torch needs the sum only, the from-scratch half the two backwards too."""

    def __init__(self, loss: Any, penalty: Any, model: Any) -> None:
        self.loss, self.penalty, self.model = loss, penalty, model

    def __call__(self, output: Any, target: Any) -> Any:
        return self.loss(output, target) + self.penalty(self.model.parameters())

    def backward(self) -> Any:
        grad = self.loss.backward()
        self.penalty.backward()
        return grad


class Session:
    """Both nets from one seed, and the control: PyTorch once more, with one number of the net moved by one ULP.

    Example:
        >>> session = Session(Choices(data="xor", hidden=(2,)))
        >>> session.step(3)
        >>> session.steps, bool((session.difference() < 1e-9).all())
        (3, True)
    """

    def __init__(self, choices: Choices | None = None) -> None:
        self.choices = choices or Choices()
        self.reset()

    def reset(self) -> None:
        """Build both nets anew, from the seed."""
        self._begin(self.choices)

    def change(self, name: str, value: Any) -> None:
        """Choose something else, and begin anew.

        Raises:
            ValueError: no such choice, or no such value; nothing has changed then.
        """
        self._begin(self.choices.changed(name, value))

    def _begin(self, choices: Choices) -> None:
        points = load_points(choices.data, choices.seed, choices.dtype)
        ours, theirs = (Half(side, choices, points) for side in (ScratchSide(), TorchSide()))
        self.control = Half(TorchSide(), choices, points, nudged=True)
        self.choices, self.points, self.ours, self.theirs = choices, points, ours, theirs

    @property
    def steps(self) -> int:
        return len(self.ours.losses)

    @property
    def ended(self) -> bool:
        return self.steps >= MOST_STEPS

    def step(self, count: int = 1) -> None:
        """Take as many steps on both sides, up to `MOST_STEPS` altogether."""
        count = min(count, MOST_STEPS - self.steps)
        if count > 0:
            self.ours.step(count)
            self.theirs.step(count)
            self.control.step(count)

    def difference(self) -> Array:
        """(steps): the relative difference of the losses, as `parity run` gives it."""
        return relative(self.ours.losses, self.theirs.losses)

    def control_difference(self) -> Array:
        """(steps): the same between PyTorch and the control."""
        return relative(self.control.losses, self.theirs.losses)

    @property
    def budget(self) -> float:
        """How far apart the losses may be at any step, relatively, as `parity run` allows it."""
        return FLOAT64_BUDGET if self.choices.dtype == "float64" else Recipe.float32_budget

    def verdict(self) -> str:
        """PASS, CHAOS or FAIL, as `parity run` judges the losses of all steps."""
        lr = np.zeros(self.steps)
        found, control = (Drift(loss, lr, {}, {}) for loss in (self.difference(), self.control_difference()))
        return judge(found, control, self.budget)[0]

    def tensor_differences(self) -> dict[str, float]:
        """The relative difference of each parameter, as `parity run` gives it."""
        theirs = self.theirs.tensors()
        return {name: tensor_difference(got, theirs[name]) for name, got in self.ours.tensors().items()}

    def neurons(self) -> list[Neuron]:
        """Every neuron of both nets compared, from the first layer to the last."""
        tolerance = TOLERANCES[self.choices.dtype]
        outputs = zip(self.ours.outputs(self.points.x), self.theirs.outputs(self.points.x), strict=True)
        rows = zip(self.ours.neurons(), self.theirs.neurons(), strict=True)
        return [
            Neuron(
                layer, number + 1, ours[number], theirs[number],
                compare(ours[number], theirs[number], tolerance),
                compare(our_output[:, number], their_output[:, number], tolerance),
            )
            for layer, ((ours, theirs), (our_output, their_output)) in enumerate(zip(rows, outputs, strict=True), 1)
            for number in range(len(ours))
        ]  # fmt: skip

    def place_scores(self, half: Half, places: Array) -> Array:
        """What one net says at places of the plane: (n, outputs)."""
        return half.scores(self.points.rows_at(places))
