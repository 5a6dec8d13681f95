"""How a student's objects are called: forward, backward and step, by the names of their arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .names import ARGUMENTS, INPUT_GRADIENTS, MODES, PARAMETERS, PREDICTIONS, TARGETS, roles
from .notes import note
from .reach import NotFound, assign, value_of

__all__ = ["Backward", "Drive", "Optimizer", "Parameter", "Rates", "back", "call", "called", "set_mode", "takes"]

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
    method = getattr(owner, "train" if training else "eval", None)
    if callable(method) and not any(p.default is p.empty for p in arguments(method)):
        method()
    elif callable(method := getattr(owner, "train", None)) and len(arguments(method)) == 1:
        method(training)
    else:
        flag = next((name for name in MODES if isinstance(getattr(owner, name, None), bool)), None)
        if flag is None:
            return any(p.name in MODES for p in arguments(_forward(owner)))
        setattr(owner, flag, training)
    return True


def _forward(owner: Any) -> Any:
    return getattr(owner, "forward", owner)


def call(owner: Any, inputs: Sequence[Any], keywords: Mapping[str, Any], training: bool = True) -> Any:
    """Forward, by a call where there is one; prediction and target in the student's order."""
    names = [p.name for p in arguments(_forward(owner))]
    ordered = list(inputs)
    if len(ordered) == 2 and len(names) >= 2 and names[0] in (*TARGETS, "y") and names[1] in PREDICTIONS:
        ordered.reverse()
    mode = {name: training for name in names if name in MODES}
    function = owner if callable(owner) else owner.forward
    order = [next(i for i, value in enumerate(inputs) if value is item) for item in ordered]
    _note_call("tried", owner, order, mode, None)
    found = called(owner, lambda: function(*ordered, **keywords, **mode))
    _note_call("forward", owner, order, mode, found)
    # forward(...) -> output, cache
    pair = isinstance(found, tuple) and len(found) == 2
    return found[0] if pair and _array(found[0]) and not _array(found[1]) else found


def _note_call(what: str, owner: Any, order: Sequence[int], mode: Mapping[str, bool], found: Any) -> None:
    given = ", ".join([f"{{{place}}}" for place in order] + [f"{name}={value}" for name, value in mode.items()])
    method = "m" if callable(owner) else "m.forward"
    pair = isinstance(found, tuple) and len(found) == 2 and _array(found[0]) and not _array(found[1])
    note(what, f"output = {method}({given}){'[0]' if pair else ''}")
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


def back(owner: Any, grads: Sequence[Any], inputs: Sequence[Any], parameters: Mapping[str, Any]) -> Backward:
    """Backward with what its arguments ask for: the gradient from above, or a loss's prediction and target.

    Where it asks for a learning rate, or the layer has one, it may take the step itself: with a rate of 1, by the
    gradient. The parameters are put back.
    """
    function = owner.backward
    own = arguments(function)
    wanted = [p for p in own if p.name not in RATES or p.default is not p.empty]
    rate = {p.name: 1.0 for p in own if p not in wanted}
    values = _values(wanted, grads, inputs) if own else list(grads) if takes(function) else []
    by = 1.0 if rate else _own_rate(owner)
    before = {name: np.array(value_of(owner, name)) for name in parameters} if by else {}
    if not rate:
        _note_back(values, grads, inputs)
    found = function(*values, **rate)
    _note_found(found, inputs, parameters)
    moved = {name: (old - np.asarray(value_of(owner, name))) / by for name, old in before.items()}
    moved = moved if rate or any(step.any() for step in moved.values()) else {}
    for name in moved:
        assign(owner, name, before[name])
    return _sorted_out(found, inputs, parameters, moved)


def _note_back(values: Sequence[Any], grads: Sequence[Any], inputs: Sequence[Any]) -> None:
    words = {id(value): f"{{{place}}}" for place, value in enumerate(inputs)}
    words |= {id(grads[0]): "{up}"} if grads else {}
    if all(id(value) in words for value in values):
        note("backward", f"found = m.backward({', '.join(words[id(value)] for value in values)})")


def _note_found(found: Any, inputs: Sequence[Any], parameters: Mapping[str, Any]) -> None:
    """Where the gradient of the one input is."""
    together = isinstance(found, tuple | list) and len(found) == len(inputs) + len(parameters) and bool(parameters)
    if together and len(inputs) == 1 and np.shape(found[0]) == np.shape(inputs[0]):
        note("inputs", "found[0]")
    elif _array(found):
        note("inputs", "found")


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


class Parameter:
    """A stand-in for the student's own, where an optimizer is judged without the layers."""

    def __init__(self, data: Any) -> None:
        self.data = np.array(data)
        self.grad: Any = None
        self.requires_grad = True

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.data.shape)

    def zero_grad(self) -> None:
        self.grad = None


class Optimizer:
    """A stand-in for the student's own, where a schedule is judged without it: only rates."""

    def __init__(self, rates: Iterable[float]) -> None:
        self.param_groups: list[dict[str, Any]] = [{"lr": rate, "params": []} for rate in rates]
        self.defaults = {"lr": self.param_groups[0]["lr"]}

    @property
    def lr(self) -> float:
        return float(self.param_groups[0]["lr"])

    @lr.setter
    def lr(self, rate: float) -> None:
        for group in self.param_groups:
            group["lr"] = rate

    learning_rate = lr

    def step(self) -> None:
        """There is nothing to move."""


class Rates:
    """A schedule beside an optimizer of one rate each, as most are written; together where arguments name groups."""

    def __init__(self, make: Callable[..., Any], rates: Sequence[float], args: Mapping[str, Any]) -> None:
        together = any(isinstance(value, list | tuple) and name.endswith("lr") for name, value in args.items())
        self.optimizers = [Optimizer(rates)] if together else [Optimizer([rate]) for rate in rates]
        self.schedulers = [make(optimizer, **args) for optimizer in self.optimizers]

    def step(self) -> None:
        for scheduler in self.schedulers:
            scheduler.step()

    def rates(self) -> list[float]:
        return [group["lr"] for optimizer in self.optimizers for group in optimizer.param_groups]


class _Model:
    """A network that is nothing but its parameters."""

    def __init__(self, parameters: list[Parameter]) -> None:
        self.params = parameters

    def parameters(self) -> list[Parameter]:
        return self.params

    parametros = parameters


PARAMS = ("params", "parameters", "parametros", "param_list", "model_parameters", "tensors", "variables")
MODELS = ("model", "network", "net", "module", "modelo", "rede")
LAYERS = ("layer", "layers", "camada", "camadas")
SEVERAL = (*PARAMS, "weights", "ws", "pesos", "theta", "thetas")


class Drive:
    """An optimizer, told by its arguments: it holds parameters with `data` and `grad`, or its step is given arrays.

    `SGD(params, lr).step()`; `SGD(lr).step(params, grads)` with lists or dicts; `SGD(lr).update(w, dw)`, one for each.
    """

    def __init__(self, make: Callable[..., Any], values: Sequence[Any], args: Mapping[str, Any]) -> None:
        self.make, self.args = make, dict(args)
        self.params = [Parameter(value) for value in values]
        first = [p.name for p in arguments(make)][:1]
        self.holds = bool(first) and first[0] in (*PARAMS, *MODELS)
        self.single = self.arrays = False
        names = [p.name for p in arguments(self._method(make)) if p.name != "self" and p.default is p.empty]
        if layers := [name for name in (*first, *names[:1]) if name in LAYERS]:
            raise NotFound(f"it is given {layers[0]}, and what those hold cannot be told")
        if self.holds:
            self.arrays = len(names) == 1  # step(grads) moves arrays in place
            own: Any = [p.data for p in self.params] if self.arrays else self.params
            self.optimizers = [make(_Model(own) if first[0] in MODELS else own, **args)]
            note("holds", "model" if first[0] in MODELS else "params")
        else:
            if not names:
                raise NotFound("an optimizer that is given neither parameters nor gradients")
            self.objects = len(names) == 1
            self.single = len(names) >= 2 and names[0] not in SEVERAL
            self.optimizers = [make(**args) for _ in values] if self.single else [make(**args)]
            self.kind: type | None = None

    @staticmethod
    def _method(owner: Any) -> Any:
        name = next(n for n in ("step", "update", "apply", "passo", "atualizar") if callable(getattr(owner, n, None)))
        return getattr(owner, name)

    def step(self, grads: Sequence[Any]) -> None:
        for parameter, grad in zip(self.params, grads, strict=True):
            parameter.grad = grad
        if self.holds:
            self._method(self.optimizers[0])(*([list(grads)] if self.arrays else []))
        elif self.objects:
            self._method(self.optimizers[0])(self.params)
        elif self.single:
            for optimizer, parameter in zip(self.optimizers, self.params, strict=True):
                found = self._method(optimizer)(parameter.data, parameter.grad)
                parameter.data = parameter.data if found is None else np.asarray(found)
        else:
            self._together(grads)

    def _together(self, grads: Sequence[Any]) -> None:
        """Lists first; where they do not do, dicts."""
        if self.kind is None:
            try:
                self._move(list, grads)
            except (TypeError, KeyError, AttributeError, IndexError):
                self.kind = dict
                self.optimizers = [self.make(**self.args)]
                self._move(dict, grads)
            else:
                self.kind = list
        else:
            self._move(self.kind, grads)

    def _move(self, kind: type, grads: Sequence[Any]) -> None:
        own: Any = [np.array(p.data) for p in self.params]
        given: Any = [np.array(grad) for grad in grads]
        names = [f"p{index}" for index in range(len(own))]
        if kind is dict:
            own, given = dict(zip(names, own, strict=True)), dict(zip(names, given, strict=True))
        found = self._method(self.optimizers[0])(own, given)
        moved = own if found is None else found
        for index, parameter in enumerate(self.params):
            parameter.data = np.asarray(moved[names[index] if isinstance(moved, dict) else index])

    def value(self, index: int) -> Any:
        return self.params[index].data

    def set_rate(self, lr: float) -> None:
        """As a schedule would: in the groups, or in the attribute.

        Raises:
            NotFound: the rate is kept under no name that is known.
        """
        for optimizer in self.optimizers:
            groups = getattr(optimizer, "param_groups", None)
            if groups:
                for group in groups:
                    group["lr"] = lr
            else:
                name = next((name for name in RATES if hasattr(optimizer, name)), None)
                if name is None:
                    raise NotFound("no learning rate found")
                setattr(optimizer, name, lr)
