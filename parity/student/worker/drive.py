"""How a student's layers and losses are called: forward and backward, by the names of their arguments."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .names import ARGUMENTS, INPUT_GRADIENTS, MODES, PARAMETERS, PREDICTIONS, TARGETS, roles
from .notes import note, path_to
from .reach import NotFound, assign, value_of

__all__ = ["RATES", "Backward", "arguments", "back", "call", "called", "set_mode", "takes"]

RATES = ("lr", *ARGUMENTS["lr"])
OUTPUTS = ("output", "out", "loss", "result", "outputs", "saida", "a", "y")


def arguments(function: Any) -> list[inspect.Parameter]:
    """Without self, *args and **kwargs; of what has no signature, nothing."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def takes(function: Any) -> bool:
    """Whether it takes an argument."""
    try:
        return bool(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return True


def called(owner: Any, function: Any, *inputs: Any) -> Any:
    """What the call returns, or leaves behind as `output`."""
    found = function(*inputs)
    return next((getattr(owner, name) for name in OUTPUTS if hasattr(owner, name)), None) if found is None else found


def set_mode(owner: Any, training: bool) -> bool:
    """Into training or evaluation, by `train()` and `eval()` or by a flag; whether it has either."""
    mode = "train" if training else "eval"
    method = getattr(owner, mode, None)
    flag = next((name for name in MODES if isinstance(getattr(owner, name, None), bool)), None)
    turned = flag is None or getattr(owner, flag) != training
    if callable(method) and not any(p.default is p.empty for p in arguments(method)):
        line = f"m.{mode}()"
        method()
    elif callable(method := getattr(owner, "train", None)) and len(arguments(method)) == 1:
        line = f"m.train({training})"
        method(training)
    elif flag is None:
        return any(p.name in MODES for p in arguments(_forward(owner)))
    else:
        line = f"m.{flag} = {training}"
        setattr(owner, flag, training)
    if turned:
        note(mode, line)
    return True


def _forward(owner: Any) -> Any:
    return getattr(owner, "forward", owner)


def call(
    owner: Any, inputs: Sequence[Any], keywords: Mapping[str, Any], training: bool = True, several: bool = False
) -> Any:
    """Forward, by a call where there is one; prediction and target in the student's order.

    `several`: PyTorch's has more outputs than one, so that what comes beside the first is no cache.
    """
    names = [p.name for p in arguments(_forward(owner))]
    ordered = list(inputs)
    if len(ordered) == 2 and len(names) >= 2 and names[0] in (*TARGETS, "y") and names[1] in PREDICTIONS:
        ordered.reverse()
    mode = {name: training for name in names if name in MODES}
    function = owner if callable(owner) else owner.forward
    order = [next(i for i, value in enumerate(inputs) if value is item) for item in ordered]
    _note_call("tried", owner, order, mode, None, False)
    found = called(owner, lambda: function(*ordered, **keywords, **mode))
    cached = not several and isinstance(found, tuple) and len(found) == 2 and _array(found[0]) and not _array(found[1])
    _note_call("forward", owner, order, mode, found, cached)
    return found[0] if cached else found


def _note_call(
    what: str, owner: Any, order: Sequence[int], mode: Mapping[str, bool], found: Any, cached: bool
) -> None:  # fmt: skip
    given = ", ".join([f"{{{place}}}" for place in order] + [f"{name}={{mode}}" for name in mode])
    method = "m" if callable(owner) else "m.forward"
    note(what, f"output = {method}({given}){'[0]' if cached else ''}")
    if found is not None and found is getattr(owner, "output", None) and not callable(owner):
        note("left", "output = m.output if output is None else output")


def _array(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.generic | float)


@dataclass
class Backward:
    """What a backward gave: the gradients of the inputs, and those of parameters that it returned or moved by."""

    value: Any
    of_parameters: dict[str, Any] = field(default_factory=dict)
    moved: dict[str, Any] = field(default_factory=dict)
    found: Any = None


def back(owner: Any, grads: Sequence[Any], inputs: Sequence[Any], parameters: Mapping[str, Any]) -> Backward:
    """Backward with what its arguments ask for: the gradient from above, or a loss's prediction and target.

    Where it asks for a learning rate, or the layer has one, it may take the step itself: with a rate of 1, by the
    gradient. The parameters are put back.
    """
    function = getattr(owner, "backward", None)
    if function is None:
        raise NotFound(f"{type(owner).__name__} has no backward")
    own = arguments(function)
    wanted = [p for p in own if p.name not in RATES or p.default is not p.empty]
    rate = {p.name: 1.0 for p in own if p not in wanted}
    values = _values(wanted, grads, inputs) if own else list(grads) if takes(function) else []
    by = 1.0 if rate else _own_rate(owner)
    before = {name: np.array(value_of(owner, name)) for name in parameters} if by else {}
    _note_back(values, grads, inputs, rate)
    found = function(*values, **rate)
    moved = {name: (old - np.asarray(value_of(owner, name))) / by for name, old in before.items()}
    moved = moved if rate or any(step.any() for step in moved.values()) else {}
    for name in moved:
        note(f"moved.{name}", f"{by:g}")
        assign(owner, name, before[name])
    told = _sorted_out(found, inputs, parameters, moved)
    told.found = found
    _note_found(told, inputs)
    return told


def _note_back(
    values: Sequence[Any], grads: Sequence[Any], inputs: Sequence[Any], rate: Mapping[str, float]
) -> None:  # fmt: skip
    words = {id(value): f"{{{place}}}" for place, value in enumerate(inputs)}
    leaves = iter(range(1000))
    words |= {id(grad): _grad_words(grad, leaves) for grad in grads}
    if all(id(value) in words for value in values):
        given = [words[id(value)] for value in values] + [f"{name}={value}" for name, value in rate.items()]
        note("backward", f"found = m.backward({', '.join(given)})")


def _grad_words(grad: Any, leaves: Iterator[int]) -> str:
    """`{up}`, `{up}_1` … one for each output, in tuples where the output has tuples."""
    if isinstance(grad, tuple):
        return f"({', '.join(_grad_words(item, leaves) for item in grad)}{',' if len(grad) == 1 else ''})"
    place = next(leaves)
    return f"{{up}}_{place}" if place else "{up}"


def _note_found(told: Backward, inputs: Sequence[Any]) -> None:
    """Where the gradients of the inputs are in what was returned."""
    whole = len(inputs) == 1 and isinstance(inputs[0], tuple)
    several = isinstance(told.value, tuple | list) and not whole
    # Of (dx, dh, dW, db) the first ones are those of the inputs.
    start = several and len(told.value) and path_to(told.value[0], told.found, "found") == "found[0]"
    place = "found" if start else path_to(told.value, told.found, "found")
    if place and told.value is not None:
        note("inputs", place)
        if several:
            note("inputs.many", "yes")


def _own_rate(owner: Any) -> float:
    """The learning rate that a layer keeps; 0 where it has none."""
    found = (getattr(owner, name, None) for name in RATES)
    return next((float(rate) for rate in found if isinstance(rate, int | float) and not isinstance(rate, bool)), 0.0)


def _values(wanted: Sequence[inspect.Parameter], grads: Sequence[Any], inputs: Sequence[Any]) -> list[Any]:
    upstream = list(grads)
    given: list[Any] = []
    for parameter, role in zip(wanted, roles([p.name for p in wanted], len(inputs)), strict=True):
        if role == "grad" and not upstream:
            if parameter.default is parameter.empty:
                raise NotFound(f"backward asks for {parameter.name!r}, and what that is cannot be told")
            break
        given.append(upstream.pop(0) if role == "grad" else inputs[0 if role == "input" else 1])
    return given


def _sorted_out(found: Any, inputs: Sequence[Any], parameters: Mapping[str, Any], moved: dict[str, Any]) -> Backward:
    """Gradients of inputs and of parameters, where backward returns them together."""
    if isinstance(found, dict):
        keys = {key.lower(): key for key in found if isinstance(key, str)}
        value = next((found[keys[name.lower()]] for name in INPUT_GRADIENTS if name.lower() in keys), None)
        return Backward(value, {n: v for n in parameters if (v := _named(found, n)) is not None}, moved)
    if not isinstance(found, tuple | list) or len(found) != len(inputs) + len(parameters) or not parameters:
        nested = isinstance(found, tuple | list) and len(found) == 2 and isinstance(found[1], tuple | list | dict)
        if nested and len(inputs) == 1:  # dx, (dW, db)
            rest = found[1].values() if isinstance(found[1], dict) else found[1]
            return _sorted_out((found[0], *rest), inputs, parameters, moved)
        return Backward(found, {}, moved)
    rest = list(found[len(inputs) :])
    first = found[0] if len(inputs) == 1 else tuple(found[: len(inputs)])
    if len(inputs) == 1 and np.shape(first) != np.shape(inputs[0]):  # (dW, db, dx), or (dW, dx, db)
        place = next((i for i, item in enumerate(found) if np.shape(item) == np.shape(inputs[0])), 0)
        first, rest = found[place], [item for i, item in enumerate(found) if i != place]
    return Backward(first, dict(zip(parameters, rest, strict=True)), moved)


def _named(found: Mapping[str, Any], name: str) -> Any:
    last = name.split(".")[-1]
    spellings = (last, *PARAMETERS.get(last, ()))
    return next((found[key] for s in spellings for key in (s, f"d{s}", f"grad_{s}", f"{s}_grad") if key in found), None)
