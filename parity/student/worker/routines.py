"""Functions for training: gradients clipped, weights drawn, examples in batches, a training loop.

Functions are called by the names of their arguments (`roles.py`), or as the adapter's `call` says, which sets `result`.
What of their own a submission brings to them cannot be known, so whatever does not take what it is given here is no
mistake: it is said with NotFound, and left alone.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from .adapter import Component
from .notes import note, path_to
from .optimizers import Parameter
from .reach import NotFound
from .rehearsal import rehearse
from .seen import Seen, copied, is_array, seeded

__all__ = ["batches", "clipping", "drawing", "training"]

FOREIGN = (
    AssertionError,
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)  # what it says to what it does not know
Names = Mapping[str, Any]
Task = Mapping[str, Any]
MOST = 50  # batches of an epoch


def _ask(names: Names, spec: Names, task: Task, given: Names) -> Any:
    """The call, with what it asks for of what is given."""
    if "call" in spec:
        component = Component(spec, names, task)
        component.run("call", **given)
        return component.scope.get("result")
    function, called = names[spec["routine"]], task["names"]
    wanted = inspect.signature(function).parameters
    everything = {"rng": np.random.default_rng(task["seed"]), "seed": task["seed"], **given}
    must = {own for own, parameter in wanted.items() if parameter.default is parameter.empty}
    asked = {own: role for role, own in called.items() if role in everything}
    chosen = {own: role for own, role in asked.items() if role not in ("rng", "seed") or own in must}
    said = {"rng": f"np.random.default_rng({task['seed']})", "seed": str(task["seed"])}
    note("call", f"{spec['routine']}({', '.join(f'{own}={said.get(role, role)}' for own, role in chosen.items())})")
    return function(**{own: everything[role] for own, role in chosen.items()})


# --- gradients


def clipping(names: Names, spec: Names, task: Task, seen: Seen) -> None:
    """The gradients afterwards: those that are returned, or those that were handed over."""
    seen.stage = "result"
    shapes = [np.shape(grad) for grad in task["grads"]]
    first: Exception | None = None
    for way in (_as_objects, _as_list, _as_dict):
        given, left = way(copied(task["grads"]), task, names)
        try:
            found = _ask(names, spec, task, {**given, "max_norm": task["max_norm"], "limit": task["max_norm"]})
        except FOREIGN as error:
            first = first or error
            continue
        after = _arrays(found, shapes) or _arrays(left(), shapes)
        if after is not None:
            note("way", way.__name__)
            for index, array in enumerate(after):
                note(f"result.{index}", path_to(array, found, "result") or _left(way.__name__, index))
                seen.record(f"result.{index}", array)
            return
    raise NotFound(f"what it takes for gradients is not known here ({type(first).__name__}: {first})")


def _as_objects(grads: list[Any], task: Task, names: Names) -> tuple[Names, Callable[[], Any]]:
    params = [Parameter(np.ones_like(grad)) for grad in grads]
    for parameter, grad in zip(params, grads, strict=True):
        parameter.grad = grad
    given: Any = params if "params" in task["names"] or "call" in task["spec"] else grads
    return {"params": given, "grads": grads}, lambda: [parameter.grad for parameter in params]


def _as_list(grads: list[Any], task: Task, names: Names) -> tuple[Names, Callable[[], Any]]:
    return {"params": grads, "grads": grads}, lambda: grads


def _as_dict(grads: list[Any], task: Task, names: Names) -> tuple[Names, Callable[[], Any]]:
    table = {f"dW{number}": grad for number, grad in enumerate(grads, start=1)}
    return {"params": table, "grads": table}, lambda: table


def _left(way: str, index: int) -> str:
    """Where a gradient is that was handed over."""
    return {"_as_objects": f"params[{index}].grad", "_as_dict": f"grads['dW{index + 1}']"}.get(way, f"grads[{index}]")


def _arrays(found: Any, shapes: Sequence[Any]) -> list[Any] | None:
    """The arrays of these shapes, from a list or a table, or from the first of several things returned."""
    values = list(found.values()) if isinstance(found, Mapping) else found
    if not isinstance(values, list | tuple):
        return [values] if shapes == [np.shape(values)] and is_array(values) else None
    if [np.shape(value) for value in values if is_array(value)] == list(shapes) and len(values) == len(shapes):
        return list(values)
    inner = [_arrays(item, shapes) for item in values[:2] if isinstance(item, list | tuple | Mapping)]
    return next((item for item in inner if item is not None), None)


# --- weights


def drawing(names: Names, spec: Names, task: Task, seen: Seen) -> None:
    """A large array of weights; of several things returned, the first that is a matrix."""
    seen.stage = "result"
    seeded(task["seed"])
    given, shape = {"fan_in": task["fan_in"], "fan_out": task["fan_out"]}, (task["fan_out"], task["fan_in"])
    for tensor in (np.zeros(shape), Parameter(np.zeros(shape))):
        try:
            found = _ask(names, spec, task, {**given, "shape": shape, "tensor": tensor})
            note("tensor", type(tensor).__name__)
            break
        except (AttributeError, TypeError) as error:
            problem = error
    else:
        raise NotFound(f"what it draws into is not known here ({type(problem).__name__}: {problem})")
    together = list(found.values()) if isinstance(found, Mapping) else found
    several = list(together) if isinstance(together, list | tuple) else [together]
    several += [tensor] if "tensor" in task["names"] or "call" in spec else []
    matrix = next(filter(_is_matrix, (_array_of(item) for item in (together, *several))), None)
    if matrix is None:
        raise NotFound(f"expected it to return an array of weights, got {type(found).__name__}")
    held = "tensor" if tensor is matrix else "tensor.data" if getattr(tensor, "data", None) is matrix else ""
    note("result", path_to(matrix, found, "result") or held or "np.array(getattr(result, 'data', result))")
    seen.record("result", matrix)


def _array_of(value: Any) -> Any:
    """Of an object what it holds, of rows that are lists their array; anything else as it is."""
    if isinstance(value, list) and value and all(isinstance(row, list) for row in value):
        return np.array(value)
    return value if is_array(value) else getattr(value, "data", value)


def _is_matrix(value: Any) -> bool:
    return is_array(value) and np.ndim(value) == 2


# --- batches


def batches(names: Names, spec: Names, task: Task, seen: Seen) -> None:
    """Which examples came in which batch, in two epochs: the number of each, as the input tells it and the target."""
    seen.stage = "result"
    first = None
    for targets, columns in ((task["targets"], False), (task["targets"][:, None], False), (task["targets"], True)):
        seeded(task["seed"])
        try:
            epochs = list(_epochs(names, spec, task, targets, columns))
        except (*FOREIGN, NotFound) as error:
            first = first or error
            continue
        note("targets", "columns" if columns else "column" if np.ndim(targets) == 2 else "plain")
        for number, (sizes, inputs, labels) in enumerate(epochs, start=1):
            seen.record(f"epoch {number}.sizes", np.array(sizes))
            seen.record(f"epoch {number}.inputs", np.array(inputs))
            seen.record(f"epoch {number}.targets", np.array(labels))
        return
    raise NotFound(f"what it takes, or what it gives, is not known here ({type(first).__name__}: {first})")


class _Examples:
    """A data set as PyTorch has it: so many, and each a pair."""

    def __init__(self, inputs: Any, targets: Any) -> None:
        self.inputs, self.targets = self.tensors = (inputs, targets)

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, index: Any) -> tuple[Any, Any]:
        return self.inputs[index], self.targets[index]


def _epochs(names: Names, spec: Names, task: Task, targets: Any, columns: bool) -> Iterator[tuple[Any, Any, Any]]:
    found: Any = None
    for _ in range(2):
        if found is None or not inspect.isclass(names.get(spec.get("routine", ""))):
            x, y = np.array(task["inputs"]), np.array(targets)
            x, y = (x.T.copy(), y.reshape(1, -1)) if columns else (x, y)
            given = {key: task[key] for key in ("batch_size", "shuffle", "drop_last")}
            given |= {"inputs": x, "targets": y, "dataset": _Examples(x, y)}
            if inspect.isclass(names.get(spec.get("routine", ""))):
                note("kept", "yes")
            found = _ask(names, spec, task, given)
        pairs = list(islice(_pairs(found), MOST)) or list(islice(_pairs(found := _ask(names, spec, task, given)), MOST))
        yield _told_apart(pairs, task, columns)


def _pairs(found: Any) -> Iterable[Any]:
    """Of batches that come one after the other, or as two lists."""
    two = isinstance(found, tuple) and len(found) == 2 and all(isinstance(item, list) for item in found)
    if two:
        note("two lists", "yes")
    return zip(*found, strict=True) if two else iter(found)


def _told_apart(pairs: Sequence[Any], task: Task, columns: bool) -> tuple[list[int], list[int], list[int]]:
    """The sizes of the batches, and the numbers of the examples.

    Raises:
        NotFound: it is not pairs that come, or not the examples that were given, or there is no end to them.
    """
    if len(pairs) == MOST:
        raise NotFound("it does not end after an epoch")
    known = {tuple(row): number for number, row in enumerate(task["inputs"].tolist())}
    sizes: list[int] = []
    inputs: list[int] = []
    labels: list[int] = []
    for pair in pairs:
        if isinstance(pair, Mapping):
            note("tables", "yes")
            pair = tuple(pair.values())
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise NotFound("expected pairs of inputs and targets")
        x, y = (np.asarray(item) for item in pair)
        x, y = (x.T, y.T) if columns else (x, y)
        if x.ndim != 2 or len(x) != len(y) or not all(tuple(row) in known for row in x.tolist()):
            raise NotFound("expected some of the rows that were given")
        one_hot = y.ndim == 2 and y.shape[1] > 1
        if one_hot:
            note("one hot", "yes")
        sizes.append(len(x))
        inputs += [known[tuple(row)] for row in x.tolist()]
        labels += [int(number) for number in (y.argmax(axis=1) if one_hot else y.ravel())]
    return sizes, inputs, labels


# --- training


def training(names: Names, spec: Names, task: Task, seen: Seen) -> None:
    """A loop with stand-ins for everything, which write down what they are given (see `rehearsal.py`)."""
    seen.stage = "result"
    seeded(task["seed"])
    rehearse(lambda given: _ask(names, spec, task, given), task, seen, _add_up(names))


def _add_up(names: Names) -> bool:
    """Whether gradients add up until the loop calls zero_grad: there is one, and no method calls it later on."""
    methods = [
        (key, method.__code__)
        for value in names.values()
        if isinstance(value, type)
        for key, method in vars(value).items()
        if inspect.isfunction(method)
    ]
    called = any("zero_grad" in code.co_names for key, code in methods if key not in ("zero_grad", "__init__"))
    return any(key == "zero_grad" for key, _ in methods) and not called
