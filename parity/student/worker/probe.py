"""Tries a class whose names nobody knows: what it keeps after being made, after a forward and after a backward.

The answer is arrays by the Python that reaches them from the object ("weights", "params['W']", "w.data").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .names import GRADIENT, VALUES

__all__ = ["probe"]

REACH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\['[A-Za-z0-9_]+'\]|\[\d+\]|\.[A-Za-z_]+)*")


def probe(names: Mapping[str, Any], spec: Mapping[str, Any], task: Mapping[str, Any], seen: Any) -> None:
    """Make it with the first arguments that do, call it with the first inputs that do, and go back."""
    made, which = _first(lambda args: names[task["class"]](*args), task["args"])
    seen.record("which.args", np.array(which))
    before = dict(_arrays(made))
    for key, value in before.items():
        seen.record(f"made.{key}", value)
    if not task.get("forward"):
        return
    seen.stage = "forward"
    forward = getattr(made, task["forward"])
    output, which = _first(lambda given: forward(*_ordered(given, task["order"])), task["inputs"])
    seen.record("which.inputs", np.array(which))
    seen.record("forward", output)
    after = dict(_arrays(made))
    for key in _changed(before, after):
        seen.record(f"forwarded.{key}", after[key])
    if not task.get("backward"):
        return
    seen.stage = "grad"
    shape = np.shape(output if output is not None else _largest(before, after))
    values = {"grad": np.random.default_rng(0).normal(size=shape), "rate": 1.0}
    values |= dict(zip(("input", "target"), task["inputs"][which], strict=False))
    given = [1.0 if role == "rate" else np.array(values[role]) for role in task["roles"]]
    found = getattr(made, task["backward"])(*given)
    seen.record("backward", None if isinstance(found, dict) else tuple(found) if isinstance(found, list) else found)
    last = dict(_arrays(made))
    for key in _changed(after, last):
        seen.record(f"backwarded.{key}", last[key])


def _ordered(given: Sequence[Any], order: Sequence[str]) -> list[Any]:
    """The inputs, which come in PyTorch's order, in the student's; copies, since they may be changed."""
    values = dict(zip(("input", "target"), given, strict=False))
    return [np.array(values[role]) for role in order]


def _first(make: Any, options: Sequence[Any]) -> tuple[Any, int]:
    """What the first that does not raise gives, and its number."""
    for number, option in enumerate(options):
        try:
            return make(option), number
        except Exception:
            if number == len(options) - 1:
                raise
    raise ValueError("nothing to try")


def _arrays(owner: Any) -> Iterator[tuple[str, Any]]:
    for name, value in list(getattr(owner, "__dict__", {}).items()):
        for below, array in _inside(value):
            if REACH.fullmatch(key := f"{name}{below}"):
                yield key, np.array(array)


def _inside(value: Any) -> Iterator[tuple[str, Any]]:
    """Numbers and arrays; in a dict, a list, or an object with `data` and `grad`, one level below."""
    if isinstance(value, np.ndarray | np.generic | float | int) and not isinstance(value, bool):
        if np.asarray(value).dtype.kind in "fiu":
            yield "", value
    elif isinstance(value, dict):
        yield from ((f"[{key!r}]", v) for key, v in value.items() if isinstance(key, str) and isinstance(v, np.ndarray))
    elif isinstance(value, list | tuple):
        yield from ((f"[{i}]", v) for i, v in enumerate(value) if isinstance(v, np.ndarray))
    else:
        for name in (*VALUES, *GRADIENT):
            if isinstance(inner := getattr(value, name, None), np.ndarray):
                yield f".{name}", inner


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [k for k, v in after.items() if k not in before or not np.array_equal(before[k], v, equal_nan=True)]


def _largest(before: Mapping[str, Any], after: Mapping[str, Any]) -> Any:
    """The output that forward left in an attribute: of what it changed, what is not its input."""
    found = _changed(before, after)
    named = [k for k in found if k.lower() in ("output", "out", "saida", "y", "a", "result")]
    return after[(named or found or [""])[-1]] if found else 0.0
