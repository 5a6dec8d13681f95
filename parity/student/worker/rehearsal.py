"""A model, a loss, an optimizer and batches that learn nothing, and write down what a training loop does with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .notes import note, path_to
from .optimizers import Parameter
from .reach import NotFound
from .seen import Seen

__all__ = ["rehearse"]

FOREIGN = (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError)


@dataclass
class _Record:
    """What happened: the example that each batch starts with, and the gradient that each step finds.

    Every backward adds 1 to the gradient where the submission's own gradients add up (`kept`), and else sets it to 1.
    """

    kept: bool
    param: Parameter = field(default_factory=lambda: Parameter(np.zeros(1)))
    batches: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    grads: list[float] = field(default_factory=list)

    def backward(self) -> None:
        before = self.param.grad if self.kept and self.param.grad is not None else np.zeros(1)
        self.param.grad = before + 1.0

    def zero(self) -> None:
        self.param.grad = None


class _Noted:
    """Notes what it is asked for, so that a stand-in made by hand needs no more."""

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_"):
            note(f"used.{type(self).__name__[1:].lower()}.{name}", "yes")
        return super().__getattribute__(name)


class _Value(float):
    """A loss that is a number, and can be asked for more."""

    record: _Record

    def backward(self, *_: Any) -> None:
        note("used.value.backward", "yes")
        self.record.backward()

    def item(self) -> float:
        note("used.value.item", "yes")
        return float(self)

    @property
    def data(self) -> float:
        note("used.value.data", "yes")
        return float(self)


class _Model(_Noted):
    training = True

    def __init__(self, record: _Record) -> None:
        self._record = record

    def forward(self, input: Any, *_: Any, **__: Any) -> Any:
        if not isinstance(input, np.ndarray):
            note("wrapped", "yes")
            input = input.data
        self._record.batches.append(int(input[0, 0]))
        self._record.sizes.append(len(input))
        return np.array(input[:, :1])

    __call__ = forward

    def backward(self, *_: Any, **__: Any) -> None:
        self._record.backward()

    def parameters(self) -> list[Parameter]:
        return [self._record.param]

    def zero_grad(self, *_: Any, **__: Any) -> None:
        self._record.zero()

    def state_dict(self) -> dict[str, Any]:
        return {"weight": np.array(self._record.param.data)}

    def input_requires_grad_(self, *_: Any) -> None:
        """The project's own loop says that its input is data."""

    def train(self, mode: bool = True) -> None:
        self.training = mode

    def eval(self) -> None:
        self.training = False


class _Loss(_Noted):
    """A number for each batch and epoch, which `task["losses"]` says."""

    def __init__(self, record: _Record, task: Mapping[str, Any]) -> None:
        self._record, self._task = record, task
        self._used: dict[int, int] = {}

    def forward(self, *_: Any, **__: Any) -> _Value:
        batch = self._record.batches[-1]
        epoch = self._used[batch] = self._used.get(batch, 0) + 1
        found = _Value(self._task["losses"][batch // self._task["batch_size"]] / epoch)
        found.record = self._record
        return found

    __call__ = forward

    def backward(self, *_: Any, **__: Any) -> Any:
        return np.ones((self._record.sizes[-1], 1))

    gradient = derivative = grad = backward


class _Optimizer(_Noted):
    lr = 0.125

    def __init__(self, record: _Record) -> None:
        self._record = record
        params = self.params = self.parameters = [record.param]
        self.param_groups = [{"lr": 0.125, "params": params}]

    def step(self, *_: Any, **__: Any) -> None:
        grad = self._record.param.grad
        self._record.grads.append(0.0 if grad is None else float(np.ravel(grad)[0]))

    update = step

    def zero_grad(self, *_: Any, **__: Any) -> None:
        self._record.zero()


def rehearse(call: Callable[[Mapping[str, Any]], Any], task: Mapping[str, Any], seen: Seen, kept: bool) -> None:
    """One training run: the batches, what each step found, and whatever numbers came back, an epoch each.

    Raises:
        NotFound: the loop wants something of its model, loss or optimizer that the stand-ins do not have.
    """
    record = _Record(kept)
    if kept:
        note("adds up", "yes")
    x, y, size = task["inputs"], task["targets"], task["batch_size"]
    pairs = [(np.array(x[start : start + size]), np.array(y[start : start + size])) for start in range(0, len(x), size)]
    given = {
        "model": _Model(record), "loss": _Loss(record, task), "optimizer": _Optimizer(record), "batches": pairs,
        "inputs": np.array(x), "targets": np.array(y), "batch_size": size, "epochs": task["epochs"], "lr": 0.125,
    }  # fmt: skip
    try:
        result = call(given)
    except FOREIGN as error:
        raise NotFound(f"the loop asks for more than is known here ({type(error).__name__}: {error})") from error
    if not record.batches:
        raise NotFound("the model that was handed over was not called")
    seen.record("batches", np.array(record.batches))
    seen.record("sizes", np.array(record.sizes))
    seen.record("grads", np.array(record.grads))
    for number, (values, owner) in enumerate(_by_epoch(result, task["epochs"])):
        note(f"losses.{number}", path_to(owner, result, "result", 3))
        seen.record(f"losses.{number}", np.array(values))


def _by_epoch(result: Any, epochs: int, depth: int = 3) -> Iterator[tuple[list[float], Any]]:
    """Lists of a number for each epoch, wherever they are in what was returned, and what holds them."""
    if isinstance(result, list | tuple | np.ndarray) and len(result) == epochs:
        with suppress(TypeError, ValueError):
            yield [float(value) for value in result], result
            return
    if depth and not isinstance(result, str | bytes | np.ndarray):
        inner = result.values() if isinstance(result, Mapping) else result if isinstance(result, list | tuple) else ()
        for item in (*list(inner)[:20], *list(getattr(result, "__dict__", {}).values())[:20]):
            yield from _by_epoch(item, epochs, depth - 1)
