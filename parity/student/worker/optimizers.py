"""A student's optimizer and schedule, driven without the student's layers: stand-ins hold the numbers."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from .drive import RATES, arguments
from .notes import note
from .reach import NotFound

__all__ = ["Drive", "Optimizer", "Parameter", "Rates"]

OWN = ("Parameter", "Parametro", "Param", "Tensor", "Variable")  # what a submission calls its own


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


def own_parameters(values: Iterable[Any], submission: Mapping[str, Any]) -> list[Any]:
    """Parameters of the submission's own class, with `data` and `grad`; none where it has no such class."""
    arrays = [np.array(value) for value in values]
    for name in OWN:
        kind = submission.get(name)
        if isinstance(kind, type):
            with contextlib.suppress(Exception):  # it is made in another way, and so of no use here
                made = [kind(array) for array in arrays]
                if all(hasattr(parameter, "grad") for parameter in made) and _hold(made, arrays):
                    note("parameter", name)
                    return made
    return []


def _hold(parameters: Iterable[Any], arrays: Iterable[Any]) -> bool:
    return all(np.array_equal(p.data, array, equal_nan=True) for p, array in zip(parameters, arrays, strict=True))


def own_optimizers(rates: Sequence[Sequence[float]], submission: Mapping[str, Any]) -> list[Any]:
    """Optimizers of the submission's own, one for each list of rates; none where nothing there can be made."""
    for kind in sorted(filter(_is_optimizer, submission.values()), key=lambda kind: kind.__name__ != "SGD"):
        with contextlib.suppress(Exception):  # it is made in another way
            return [_with_rates(kind, each, submission) for each in rates]
    return []


def _is_optimizer(value: Any) -> bool:
    if not isinstance(value, type) or not callable(getattr(value, "step", None)):
        return False
    names = [p.name for p in arguments(value)]
    return bool(names) and names[0] in PARAMS and any(name in RATES for name in names)


def _with_rates(kind: Callable[..., Any], rates: Sequence[float], submission: Mapping[str, Any]) -> Any:
    """Of several rates in one optimizer each has a group of its own."""
    name = next(p.name for p in arguments(kind) if p.name in RATES)
    note("rate", name)
    values = [np.ones(1) for _ in rates]
    params = own_parameters(values, submission) or [Parameter(value) for value in values]
    groups = [{"params": [parameter], name: rate} for parameter, rate in zip(params, rates, strict=True)]
    return kind(params if len(rates) == 1 else groups, **{name: rates[0]})


class Rates:
    """A schedule beside an optimizer of one rate each, as most are written; together where arguments name groups.

    The optimizer is a stand-in; where the schedule does not take that, one of the submission's own.
    """

    def __init__(
        self, make: Callable[..., Any], rates: Sequence[float], args: Mapping[str, Any],
        submission: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        together = any(isinstance(value, list | tuple) and name.endswith("lr") for name, value in args.items())
        each = [list(rates)] if together else [[rate] for rate in rates]
        if together:
            note("together", "yes")
        self.optimizers: list[Any] = [Optimizer(few) for few in each]
        try:
            self.schedulers = [make(optimizer, **args) for optimizer in self.optimizers]
        except Exception:
            self.optimizers = own_optimizers(each, submission)
            if not self.optimizers:
                raise
            note("optimizer", type(self.optimizers[0]).__name__)
            self.schedulers = [make(optimizer, **args) for optimizer in self.optimizers]

    def step(self) -> None:
        for scheduler in self.schedulers:
            scheduler.step()

    def rates(self) -> list[float]:
        return [rate for optimizer in self.optimizers for rate in _rates_of(optimizer)]


def _rates_of(optimizer: Any) -> list[float]:
    """In the groups, or in the attribute."""
    groups = getattr(optimizer, "param_groups", None)
    owners = groups if groups else [vars(optimizer)]
    name = next(name for name in RATES if name in owners[0])
    note("rates", f"optimizer.param_groups[{{group}}][{name!r}]" if groups else f"optimizer.{name}")
    return [next(owner[name] for name in RATES if name in owner) for owner in owners]


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
    The parameters are stand-ins; where it does not take those, they are of the submission's own class.
    """

    def __init__(
        self, make: Callable[..., Any], values: Sequence[Any], args: Mapping[str, Any],
        submission: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        self.make, self.args = make, dict(args)
        self.params: list[Any] = [Parameter(value) for value in values]
        note("method", self._method(make).__name__)
        first = [p.name for p in arguments(make)][:1]
        self.holds = bool(first) and first[0] in (*PARAMS, *MODELS)
        self.single = self.arrays = False
        names = [p.name for p in arguments(self._method(make)) if p.name != "self" and p.default is p.empty]
        if layers := [name for name in (*first, *names[:1]) if name in LAYERS]:
            raise NotFound(f"it is given {layers[0]}, and what those hold cannot be told")
        if self.holds:
            self.arrays = len(names) == 1  # step(grads) moves arrays in place
            self.optimizers = [self._holding(first[0] in MODELS, submission)]
            note("holds", "model" if first[0] in MODELS else "params")
            if self.arrays:
                note("arrays", "yes")
        else:
            if not names:
                raise NotFound("an optimizer that is given neither parameters nor gradients")
            self.objects = len(names) == 1
            self.single = len(names) >= 2 and names[0] not in SEVERAL
            note("holds", "objects" if self.objects else "single" if self.single else "together")
            self.optimizers = [make(**args) for _ in values] if self.single else [make(**args)]
            self.kind: type | None = None

    def _holding(self, model: bool, submission: Mapping[str, Any]) -> Any:
        try:
            return self._made(model)
        except Exception:
            own = [] if self.arrays else own_parameters([p.data for p in self.params], submission)
            if not own:
                raise
            self.params = own
            return self._made(model)

    def _made(self, model: bool) -> Any:
        held: list[Any] = [p.data for p in self.params] if self.arrays else self.params
        return self.make(_Model(held) if model else held, **self.args)

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
                _note_returned(found)
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
                note("kind", "dict")
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
        _note_returned(found)
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
                note("rate", f"for group in m.param_groups: group['lr'] = {lr!r}")
                for group in groups:
                    group["lr"] = lr
            else:
                name = next((name for name in RATES if hasattr(optimizer, name)), None)
                if name is None:
                    raise NotFound("no learning rate found")
                note("rate", f"m.{name} = {lr!r}")
                setattr(optimizer, name, lr)


def _note_returned(found: Any) -> None:
    if found is not None:
        note("returned", "yes")
