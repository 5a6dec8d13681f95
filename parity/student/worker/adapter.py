"""A student's component behind one face, as an adapter's snippets say.

A snippet is Python that sees the submission's names, what the suite calls its arguments, inputs and parameters, and
`m`, the student's object. So an adapter says in a line what a table of options would say in ten:

    [components.Linear]
    make = "m = Layer_Dense(in_features, out_features)"
    set = "m.weights = weight.T; m.biases = bias[None]"
    forward = "m.forward(input); output = m.output"
    backward = "m.backward(grad_output)"
    grads = {input = "m.dinputs", weight = "m.dweights.T", bias = "m.dbiases[0]"}
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import CodeType
from typing import Any

import numpy as np

__all__ = ["Component"]

# What a gradient is called by those who keep it beside the value: `weight_grad`, `dweight` …
GRADIENTS = ("{}_grad", "grad_{}", "d{}", "d_{}", "grad{}", "{}_gradient")


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


def _held(owner: Any, name: str) -> tuple[Any, str, Any]:
    """The object behind a dotted name but for its last part, that part, and what it is."""
    *parts, last = name.split(".")
    for part in parts:
        owner = owner[int(part)] if part.isdecimal() else getattr(owner, part)
    return owner, last, getattr(owner, last)


def _is_object(found: Any) -> bool:
    """Whether a parameter is kept in an object with `data` and `grad`, not as an array."""
    return not isinstance(found, np.ndarray | np.generic) and hasattr(found, "data")


# How the student lays a parameter out, by class and name: as PyTorch, "transposed", or "row" (1, n) or "column" (n, 1).
_LAYOUTS: dict[tuple[type, str], str] = {}


def _layout(owner: Any, name: str, current: Any, shape: tuple[int, ...]) -> str:
    """Told by the first shape that can tell: (in, out) is (out, in) transposed, unless the two are equal."""
    key = type(owner), name
    own = np.shape(current)
    if own != shape and key not in _LAYOUTS:
        if len(shape) == 2 and own == shape[::-1]:
            _LAYOUTS[key] = "transposed"
        elif len(shape) == 1 and own in ((1, *shape), (*shape, 1)):
            _LAYOUTS[key] = "row" if own[0] == 1 else "column"
    return _LAYOUTS.get(key, "")


def _laid(value: Any, layout: str) -> Any:
    """From PyTorch's layout to the student's."""
    changed = {"transposed": lambda v: v.T, "row": lambda v: v[None], "column": lambda v: v[:, None]}
    return np.array(changed[layout](value) if layout else value)


def _unlaid(value: Any, owner: Any, name: str) -> Any:
    """From the student's layout to PyTorch's, where the shape is what that layout has."""
    layout = _LAYOUTS.get((type(owner), name), "")
    if not isinstance(value, np.ndarray) or not layout or value.ndim != 2:
        return value
    return value.T if layout == "transposed" else value.reshape(-1) if 1 in value.shape else value


def assign(owner: Any, name: str, value: Any) -> None:
    """Give a parameter its value: into its `data` where it is an object, into the attribute where it is an array."""
    holder, last, current = _held(owner, name)
    held = current.data if _is_object(current) else current
    value = _laid(value, _layout(owner, name, held, np.shape(value)))
    if _is_object(current):
        current.data = value
    else:
        setattr(holder, last, value)


def value_of(owner: Any, name: str) -> Any:
    found = _held(owner, name)[2]
    return _unlaid(found.data if _is_object(found) else found, owner, name)


def gradient(owner: Any, name: str) -> Any:
    """A parameter's gradient: its `grad`, or the attribute beside it; else in a dict `grads`."""
    holder, last, found = _held(owner, name)
    if not isinstance(found, np.ndarray) and hasattr(found, "grad"):
        return _unlaid(found.grad, owner, name)
    for pattern in GRADIENTS:
        if hasattr(holder, pattern.format(last)):
            return _unlaid(getattr(holder, pattern.format(last)), owner, name)
    kept = getattr(holder, "grads", None)
    if isinstance(kept, dict):
        return _unlaid(kept.get(last, kept.get(f"d{last}")), owner, name)
    raise AttributeError(f"no gradient of {name!r}: looked for {last}.grad and for {last}_grad, d{last} and the like")


def zero_grad(owner: Any, names: Iterable[str]) -> None:
    """As the student does it; else by the parameters one by one."""
    if hasattr(owner, "zero_grad"):
        owner.zero_grad()
        return
    for name in names:
        found = _held(owner, name)[2]
        if not isinstance(found, np.ndarray) and hasattr(found, "grad"):
            found.grad = None


def takes(function: Any) -> bool:
    """Whether it takes an argument."""
    try:
        return bool(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return True


def called(owner: Any, function: Any, *inputs: Any) -> Any:
    """What the call returns, or leaves behind as `output`."""
    found = function(*inputs)
    return owner.output if found is None else found


class Optimizer:
    """A stand-in for the student's own, where a schedule is judged without it: only rates."""

    def __init__(self, rates: Iterable[float]) -> None:
        self.param_groups = [{"lr": rate, "params": []} for rate in rates]
        self.defaults = {"lr": self.param_groups[0]["lr"]}

    @property
    def lr(self) -> float:
        return float(self.param_groups[0]["lr"])

    @lr.setter
    def lr(self, rate: float) -> None:
        for group in self.param_groups:
            group["lr"] = rate

    def step(self) -> None:
        """There is nothing to move."""


PROVIDED = {
    "np": np, "assign": assign, "gradient": gradient, "value_of": value_of, "zero_grad": zero_grad, "takes": takes,
    "called": called, "Parameter": Parameter, "Optimizer": Optimizer,
}  # fmt: skip


class Component:
    """The student's component, built, called and differentiated by the snippets of `spec`."""

    def __init__(self, spec: Mapping[str, Any], names: Mapping[str, Any], task: Mapping[str, Any]) -> None:
        self.spec = spec
        args = task.get("args", {})
        self.scope: dict[str, Any] = {**names, **PROVIDED, "args": dict(args), **task.get("defaults", {}), **args}
        if "class" in spec:
            self.scope["Class"] = names[spec["class"]]

    def run(self, step: str, **values: Any) -> bool:
        """Execute the snippet of this name, if there is one; its variables stay."""
        code = self.spec.get(step)
        self.scope |= values
        if code:
            exec(compiled(code, step, "exec"), self.scope)
        return bool(code)

    def read(self, table: str, key: str, **values: Any) -> Any:
        """Evaluate the expression `spec[table][key]`, or that of "*" with `name` for the key; None without one."""
        codes = self.spec.get(table, {})
        code = codes.get(key, codes.get("*"))
        self.scope |= {"name": key, **values}
        return None if code is None else eval(compiled(code, f"{table}.{key}", "eval"), self.scope)

    def make(self) -> None:
        self.run("make")

    def set(self, parameters: Mapping[str, Any]) -> None:
        """Hand the parameters over: under their own names, dots as underscores, and all together as `parameters`."""
        copies = {name: np.array(value) for name, value in parameters.items()}
        plain = {name.replace(".", "_"): value for name, value in copies.items()}
        self.run("set", parameters=copies, **plain)

    def forward(self, inputs: Sequence[Any], arguments: Sequence[str], keywords: Mapping[str, Any]) -> Any:
        given = dict(zip(arguments, inputs, strict=True))
        self.scope.pop("output", None)
        self.run("forward", inputs=list(inputs), keywords=dict(keywords), **given, **keywords)
        if "output" not in self.scope:
            raise NameError("the adapter's `forward` sets no `output`")
        return self.scope["output"]

    def backward(
        self, grads_output: Sequence[Any], arguments: Sequence[str], inputs: Sequence[str], parameters: Sequence[str]
    ) -> dict[str, Any]:
        """The gradients that the adapter knows of, by the names of inputs and parameters.

        `inputs` of the adapter is one expression for the gradients of all inputs, in forward's order.
        """
        given = [*_rebuild(self.scope["output"], iter(grads_output))]
        while len(given) > 1 and given[-1] is None:
            given.pop()
        self.run("backward", grad_output=given[0], grads_output=given)
        found: dict[str, Any] = {}
        if "inputs" in self.spec:
            value = eval(compiled(self.spec["inputs"], "inputs", "eval"), self.scope)
            whole = len(arguments) == 1 and isinstance(self.scope[arguments[0]], tuple)
            several = value if isinstance(value, tuple | list) and not whole else (value,)
            leaves = {key: v for name, grad in zip(arguments, several, strict=False) for key, v in _leaves(name, grad)}
            found = {name: leaves.get(name) for name in inputs}
        known = self.spec.get("grads", {})
        wanted = [name for name in inputs if name in known]
        wanted += [name for name in parameters if name in known or "*" in known]
        return found | {name: self.read("grads", name) for name in wanted}


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _leaves(f"{name}.{index}", item)
    else:
        yield name, value


def _rebuild(output: Any, grads: Iterator[Any]) -> Iterator[Any]:
    """The gradients one for each output, in tuples where the output has tuples."""
    for item in output if isinstance(output, tuple) else (output,):
        yield tuple(_rebuild(item, grads)) if isinstance(item, tuple) else next(grads, None)


_COMPILED: dict[tuple[str, str], CodeType] = {}


def compiled(code: str, name: str, mode: str) -> CodeType:
    key = code, mode
    if key not in _COMPILED:
        _COMPILED[key] = compile(code, f"adapter.toml: {name}", mode)
    return _COMPILED[key]
