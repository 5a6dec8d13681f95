"""Where a student's object keeps its parameters and their gradients, under whatever name and in whatever layout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from .names import (
    GRADIENT,
    GRADIENTS,
    GRADIENTS_TOGETHER,
    INPUT_GRADIENTS,
    PARAMETERS,
    TOGETHER,
    VALUES,
)
from .notes import note, path_to

__all__ = ["NotFound", "assign", "gradient", "input_gradients", "value_of", "zero_grad"]


class NotFound(Exception):  # noqa: N818 (it is not an error of whoever wrote the code)
    """Something is kept under a name that is not known here: no mistake, but an adapter is wanted."""


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.generic)


def _get(holder: Any, key: Any) -> Any:
    return holder[key] if isinstance(holder, Mapping | list) else getattr(holder, key)


def _put(holder: Any, key: Any, value: Any) -> None:
    if isinstance(holder, Mapping | list):
        holder[key] = value  # type: ignore[index]
    else:
        setattr(holder, key, value)


def _has(holder: Any, key: str) -> bool:
    if isinstance(holder, Mapping):
        return key in holder
    return hasattr(holder, key) and not isinstance(holder, list)


def _inner(value: Any, names: tuple[str, ...]) -> str:
    """Under which name an object keeps its number or its gradient; "" where it is no such object."""
    if _is_array(value) or isinstance(value, int | float | list | tuple | dict | str) or callable(value):
        return ""
    return next((name for name in names if hasattr(value, name)), "")


def _spellings(name: str) -> Iterator[str]:
    """The name itself, then what others call it."""
    for spelling in (name, *PARAMETERS.get(name, ())):
        yield spelling
        yield f"_{spelling}"


def _place(owner: Any, name: str) -> tuple[Any, Any]:
    """The holder of a parameter and its key there, so that `_get` and `_put` reach it.

    Raises:
        NotFound: it is not there, under no name that is known.
    """
    *parts, last = name.split(".")
    holder = owner
    for part in parts:
        holder = holder[int(part)] if part.isdecimal() else getattr(holder, part, None) or _get(*_place(holder, part))
    for spelling in _spellings(last):
        if _has(holder, spelling) and _usable(_get(holder, spelling)):
            return holder, spelling
    for together in TOGETHER:
        several = getattr(holder, together, None)
        if isinstance(several, Mapping):
            for spelling in _spellings(last):
                if spelling in several:
                    return several, spelling
        if isinstance(several, list) and len(several) <= 2 and last in ("weight", "bias"):
            index = ("weight", "bias").index(last)
            if index < len(several):
                return several, index
    known = ", ".join(dict.fromkeys(PARAMETERS.get(last, ())))
    raise NotFound(f"no {name} found: looked for {last}{', ' if known else ''}{known}")


def _usable(value: Any) -> bool:
    if value is None or isinstance(value, str | bool | Mapping):
        return False
    if isinstance(value, list):  # of numbers, or of lists of them
        return bool(value) and isinstance(value[0], int | float | list | np.ndarray | np.generic) and _numbers(value)
    return not callable(value) or bool(_inner(value, VALUES))


def _numbers(value: Any) -> bool:
    try:
        return bool(np.asarray(value).dtype.kind in "fiu")
    except ValueError:
        return False


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
            _LAYOUTS[key] = "row" if own[0] == 1 and shape != (1,) else "column" if shape != (1,) else "either"
    layout = _told(owner, name, own)
    if layout == "either":
        del _LAYOUTS[key]
        return "row"
    return layout


def _told(owner: Any, name: str, shape: tuple[int, ...]) -> str:
    """The layout that is known by now; a square matrix, which tells nothing, is laid out as the others of its owner."""
    layout = _LAYOUTS.get((type(owner), name), "")
    if layout or len(shape) != 2 or shape[0] != shape[1] or shape[0] == 1:
        return layout
    others = (found for (kind, _), found in _LAYOUTS.items() if kind is type(owner))
    return "transposed" if "transposed" in others else ""


def _laid(value: Any, layout: str, like: Any) -> Any:
    """From PyTorch's layout to the student's, in the student's precision."""
    changed = {"transposed": lambda v: v.T, "row": lambda v: v[None], "column": lambda v: v[:, None]}
    value = np.array(changed[layout](value) if layout else value)
    kept = getattr(like, "dtype", None)
    return value.astype(kept) if kept == np.float32 and value.dtype.kind == "f" else value


def _unlaid(value: Any, owner: Any, name: str) -> Any:
    """From the student's layout to PyTorch's, where the shape is what that layout has."""
    if isinstance(value, list | tuple) and _numbers(value):
        value = np.array(value)
    if not isinstance(value, np.ndarray) or value.ndim != 2:
        return value
    layout = _told(owner, name, value.shape)
    if layout == "transposed":
        return value.T
    if layout in ("row", "column"):
        return value.reshape(-1) if 1 in value.shape else value
    # One output: (1, 1) is a row, a column, and no layout could be told from it.
    return value.reshape(-1) if value.shape == (1, 1) and name.split(".")[-1] == "bias" else value


def assign(owner: Any, name: str, value: Any) -> None:
    """Give a parameter its value: into its `data` where it is an object, into the attribute where it is an array."""
    holder, key = _place(owner, name)
    current = _get(holder, key)
    inner = _inner(current, VALUES)
    held = getattr(current, inner) if inner else current
    layout = _layout(owner, name, held, np.shape(value))
    turned = {"transposed": ".T", "row": "[None]", "column": "[:, None]"}.get(layout, "")
    value = _laid(value, layout, held)
    single = ".astype(np.float32)" if value.dtype == np.float32 else ".copy()"
    note(f"set.{name}", f"{_spelled(owner, holder, key, inner)} = {name.replace('.', '_')}{turned}{single}")
    if inner:
        setattr(current, inner, value)
    else:
        _put(holder, key, value)


def _spelled(owner: Any, holder: Any, key: Any, inner: str = "") -> str:
    """As one would write it: m.W, m.params['W'], m.weight.data; "?" where the holder is further away."""
    if holder is owner:
        place = f"m.{key}"
    else:
        name = next((name for name, value in getattr(owner, "__dict__", {}).items() if value is holder), "?")
        place = f"m.{name}[{key!r}]" if isinstance(holder, Mapping | list) else f"m.{name}.{key}"
    return f"{place}.{inner}" if inner else place


def value_of(owner: Any, name: str) -> Any:
    holder, key = _place(owner, name)
    found = _get(holder, key)
    inner = _inner(found, VALUES)
    kept = getattr(found, inner) if inner else found
    value = _unlaid(kept, owner, name)
    note(f"value.{name}", _spelled(owner, holder, key, inner) + _turned_back(kept, value, owner, name), last=True)
    return value


def _turned_back(kept: Any, value: Any, owner: Any, name: str) -> str:
    """What makes PyTorch's layout of the student's."""
    if np.shape(kept) == np.shape(value) and _LAYOUTS.get((type(owner), name)) != "transposed":
        return ""
    return ".T" if np.ndim(value) == 2 else ".reshape(-1)"


def _gradient_place(owner: Any, name: str) -> tuple[Any, Any] | None:
    """Where the gradient of a parameter is: beside the value, in a dict of gradients, or in a list of them."""
    holder, key = _place(owner, name)
    found = _get(holder, key)
    if inner := _inner(found, GRADIENT):
        return found, inner
    last = name.split(".")[-1]
    keys = [key, last, *_spellings(last)] if isinstance(key, str) else [last]
    owners = [holder, owner] if holder is not owner else [owner]
    for place in owners:
        for pattern in (p.format(k) for k in dict.fromkeys(keys) for p in GRADIENTS):
            if not isinstance(place, list) and _has(place, pattern) and not callable(_get(place, pattern)):
                return place, pattern
    for place in (o for o in owners if not isinstance(o, Mapping | list)):
        for together in GRADIENTS_TOGETHER:
            several = getattr(place, together, None)
            if isinstance(several, Mapping):
                for one in (*keys, *(p.format(k) for k in keys for p in GRADIENTS)):
                    if one in several:
                        return several, one
            if isinstance(several, list) and len(several) <= 2 and last in ("weight", "bias"):
                index = ("weight", "bias").index(last)
                if index < len(several):
                    return several, index
    return None


def _gradient_spelled(owner: Any, name: str, place: tuple[Any, Any]) -> str:
    holder, key = _place(owner, name)
    beside = place[0] is _get(holder, key)
    return _spelled(owner, holder, key, place[1]) if beside else _spelled(owner, *place)


def gradient(owner: Any, name: str, found: Any = None) -> Any:
    """A parameter's gradient, from where it is kept or from what `backward` returned.

    Raises:
        NotFound: neither.
    """
    moved = getattr(found, "moved", {})
    place = _gradient_place(owner, name)
    if name in moved and (place is None or _get(*place) is None):
        return moved[name]
    if place is not None:
        value = _unlaid(kept := _get(*place), owner, name)
        if isinstance(kept, np.ndarray):
            note(f"grad.{name}", _gradient_spelled(owner, name, place) + _turned_back(kept, value, owner, name))
        return value
    returned = getattr(found, "of_parameters", {})
    if name in returned:
        value = _unlaid(kept := returned[name], owner, name)
        if path := path_to(kept, getattr(found, "found", None), "found"):
            note(f"grad.{name}", path + _turned_back(kept, value, owner, name))
        return value
    key = _place(owner, name)[1]
    raise NotFound(f"no gradient of {name} found: looked for {key}.grad, grad_{key}, d{key}, grads[{key!r}]")


def input_gradients(owner: Any, found: Any) -> Any:
    """What `backward` returned; where it returned nothing, what it left behind."""
    value = getattr(found, "value", found)
    if value is None:
        left = next((name for name in INPUT_GRADIENTS if hasattr(owner, name)), None)
        note("inputs", f"m.{left}")
        return None if left is None else getattr(owner, left)
    return value


def zero_grad(owner: Any, names: Iterable[str]) -> None:
    """As the student does it; else gradient by gradient, wherever they are kept."""
    if callable(getattr(owner, "zero_grad", None)):
        note("zero", "m.zero_grad()")
        owner.zero_grad()
        return
    for name in names:
        place = _gradient_place(owner, name)
        if place is not None and isinstance(kept := _get(*place), np.ndarray):
            spelled = _gradient_spelled(owner, name, place)
            note(f"zero.{name}", f"{spelled} = np.zeros_like({spelled})")
            _put(*place, np.zeros_like(kept))
