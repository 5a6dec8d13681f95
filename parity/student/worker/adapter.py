"""A student's component behind one face, as an adapter's snippets say.

A snippet is Python that sees the submission's names, what the suite calls its arguments, inputs and parameters, and
`m`, the student's object. So an adapter says in a line what a table of options would say in ten:

    [components.Linear]
    class = ["Dense"]
    make = "m = Class(in_features, out_features)"
    set = "m.W = weight.T; m.b = bias[None]"
    forward = "output = m.forward(input)"
    backward = "m.backward(grad_output)"
    inputs = "m.dX"
    grads = {weight = "m.dW.T", bias = "m.db[0]"}

What a snippet sees besides, and what it must leave behind:

- `make`: the constructor's arguments by PyTorch's names, defaults too; `args`, only those of the sample, by the
  student's names; `Class`, what `class` names. Leaves `m`, or whatever the other snippets use.
- `set`: each parameter under its name (`.` becomes `_`), all of them as `parameters`; without it they stay as made.
- `forward`: each input under PyTorch's name, all of them as `inputs`, keywords as `keywords`; `several`, whether there
  are more outputs than one. Must set `output`.
- `backward`: `grad_output`, or `grads_output` of several outputs.
- `inputs` is one expression for the gradients of all inputs in forward's order; `grads` one for each name, `"*"` for
  any other, with the name as `name`. So is `get` for a parameter's value and `buffers` for a running mean.
- `zero`, `train`, `eval`, `seed`: before each backward, for each mode, before each forward (with `seed`). Without
  `seed` the student's random numbers are their own, and a dropout is judged by what holds for any. An `eval` that finds
  no mode to change says so with `has_mode = False`; a `forward` in evaluation that no backward can follow, with
  `has_gradients = False`.
- `accumulates`: whether a second backward adds to the gradients of the first; a value, or an expression.
- optimizers: `make` sees `values`, `step` sees `grads`; `read = {value = …}` sees `index`. Schedules: `rates`.
- functions for training (`training.toml` says which are known by their names): `call` sets `result`. It sees `grads` or
  `params` and `max_norm`; `fan_in`, `fan_out`, `shape` and `tensor`; `inputs`, `targets`, `dataset`, `batch_size` and
  `shuffle`; or `model`, `loss`, `optimizer`, `batches`, `epochs`, stand-ins that write down what a loop does with them.
- neurons of scalars: `layers` is a list of lists of neurons; `weights` and `bias` see a neuron `n`; `new` sees a number
  `x`; `value`, `grad` and `put` see a scalar `v`; `backward` sees the result `y`.

Batches in columns: `forward = "output = m.forward(input.T).T"`, `backward = "d = m.backward(grad_output.T)"` and
`inputs = "d.T"`.

Besides NumPy as `np` there are `assign`, `value_of` and `gradient`, which find a parameter and its gradient under most
names and in either layout (reach.py), `call`, `back` and `set_mode` (drive.py), `Drive` and `Rates` (optimizers.py),
which go by the names of arguments, `submission`, all that it defines, `rows(x)`, x as a matrix of rows, and `note`
(notes.py), which says how the same is done by hand. `helpers` in the table may define more, and
so may `adapter.py` beside it, which runs after the submission.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import CodeType
from typing import Any

import numpy as np

from .drive import back, call, called, set_mode, takes
from .notes import note
from .optimizers import Drive, Optimizer, Parameter, Rates
from .reach import NotFound, assign, gradient, input_gradients, value_of, zero_grad

__all__ = ["Component", "rows"]


def rows(value: Any) -> Any:
    """A matrix: what has more axes is laid out in rows, a vector is one row."""
    shape = np.shape(value)
    return (
        None if value is None else np.reshape(value, (shape[0], int(np.prod(shape[1:]))) if len(shape) > 1 else (1, -1))
    )


PROVIDED = {
    "np": np, "NotFound": NotFound, "assign": assign, "gradient": gradient, "value_of": value_of,
    "zero_grad": zero_grad, "input_gradients": input_gradients, "takes": takes, "called": called, "call": call,
    "back": back, "set_mode": set_mode, "rows": rows, "Parameter": Parameter, "Optimizer": Optimizer, "Drive": Drive,
    "Rates": Rates, "note": note,
}  # fmt: skip


class Component:
    """The student's component, built, called and differentiated by the snippets of `spec`."""

    def __init__(self, spec: Mapping[str, Any], names: Mapping[str, Any], task: Mapping[str, Any]) -> None:
        self.spec = spec
        args = task.get("args", {})
        own = task.get("renamed", args)
        self.scope: dict[str, Any] = {
            **names, **PROVIDED, "submission": names, "args": dict(own), "parameters": {}, "training": True,
            "several": task.get("several", False), **task.get("defaults", {}), **args,
        }  # fmt: skip
        if "class" in spec:
            self.scope["Class"] = names[spec["class"]]
            note("module", str(getattr(self.scope["Class"], "__module__", "")))
        if "helpers" in spec:
            exec(compiled(spec["helpers"], "helpers", "exec"), self.scope)

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

    def says(self, table: str, key: str) -> bool:
        codes = self.spec.get(table, {})
        return key in codes or "*" in codes

    def accumulates(self) -> bool:
        """Whether a second backward adds to the gradients of the first, as it does in PyTorch."""
        stated = self.spec.get("accumulates", True)
        return bool(eval(compiled(stated, "accumulates", "eval"), self.scope) if isinstance(stated, str) else stated)

    def has_mode(self) -> bool:
        """Whether it can be told that it is evaluated; a snippet may say so in `has_mode`."""
        return "eval" in self.spec and bool(self.scope.get("has_mode", True))

    def has_gradients(self) -> bool:
        """Whether a backward can follow in evaluation; a snippet may say so in `has_gradients`."""
        return bool(self.scope.get("has_gradients", True))

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
