"""Numbers as Python that gives the same numbers again: written down, or drawn as the case draws them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["FEW", "FEWER", "MOST", "Draws", "first_apart", "size_of", "written"]

Array = np.ndarray[Any, Any]
FEW = 6  # numbers of an array that are always written down
FEWER = 4  # where there are several arrays in a list
MOST = 400  # numbers that may have to be


class Draws:
    """How the arrays of a sample were drawn: each from a stream of its own, by the sample's name and the array's."""

    def __init__(self, sample: str, seed: int) -> None:
        self.sample, self.seed = sample, seed

    def written(self, array: Any, key: str, few: int = FEW) -> str:
        """A few numbers as they are, more as what draws them, where that is known."""
        if not isinstance(array, np.ndarray) or array.size <= few:
            return f"np.array({written(array)})" if isinstance(array, np.ndarray) and not array.ndim else written(array)
        return self.expression(array, key) or written(array)

    def said(self, value: Any, key: str) -> str | None:
        """None of what cannot be said."""
        try:
            return self.written(value, key)
        except ValueError:
            return None

    def expression(self, array: Array, key: str) -> str:
        """What draws exactly this array; "" where that is not known."""
        stream = zlib.crc32(f"{self.sample} {key}".encode())
        given = [stream, self.seed] if self.seed else stream
        call = next(_distributions(array, given), "")
        return f"np.random.default_rng({given}).{call}" if call else ""


def _distributions(array: Array, given: Any) -> Iterator[str]:
    """The calls of NumPy's generator that give the array."""

    def draws(method: str, *args: Any) -> bool:
        return np.array_equal(getattr(np.random.default_rng(given), method)(*args, shape), array)

    shape = array.shape
    if array.dtype.kind == "i":
        high = int(array.max(initial=0)) + 1
        yield from (f"integers(0, {n}, {shape})" for n in range(high, high + 8) if draws("integers", 0, n))
    elif array.dtype.kind == "f" and np.isfinite(array).all() and np.array_equal(array, np.round(array)):
        low, high = int(array.min(initial=0)), int(array.max(initial=0)) + 1
        if draws("integers", low, high):
            yield f"integers({low}, {high}, {shape}).astype(float)"
    elif array.dtype.kind == "f" and np.isfinite(array).all() and np.ptp(array):
        for method, (plain, args) in {"normal": ("standard_normal", (0.0, 1.0)), "uniform": ("random", (0, 1))}.items():
            usual = getattr(np.random.default_rng(given), plain)(shape)
            scale = np.ptp(array) / np.ptp(usual)
            start = float(array.flat[0] - scale * usual.flat[0])
            first = _short(start) if abs(start) > 1e-9 * scale else 0.0
            second = _short(float(scale if method == "normal" else first + scale))
            if draws(method, first, second):
                told = f"size={shape}" if (first, second) == args else f"{first:g}, {second:g}, {shape}"
                yield f"{method}({told})"


def _short(number: float) -> float:
    return float(f"{number:.6g}")


def size_of(values: Any) -> int:
    """How many numbers there are in arrays, however deep."""
    if isinstance(values, list | tuple):
        return sum(map(size_of, values))
    return int(np.size(values))


def _number(value: Any) -> str:
    text = repr(value.item())
    return f"np.{text}" if text in ("nan", "inf") else "-np.inf" if text == "-inf" else text


def written(value: Any) -> str:
    """As Python that gives the same value again.

    Raises:
        ValueError: it is an object, or has too many numbers.
    """
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        if array.ndim == 0:
            return _number(array)
        if array.size > MOST:
            raise ValueError(f"{array.size} numbers are not written down")
        formatter: Any = {"all": _number}
        text = np.array2string(array, separator=", ", threshold=MOST + 1, max_line_width=10**6, formatter=formatter)
        kind = f", np.{array.dtype}" if array.dtype not in (np.float64, np.int64, np.bool_) or not array.size else ""
        return f"np.array({text}{kind})" + ("" if array.size else f".reshape({array.shape})")
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(written, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{written(key)}: {written(item)}' for key, item in value.items())}}}"
    if isinstance(value, float) and not np.isfinite(value):
        return _number(np.float64(value))
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    raise ValueError("an object cannot be written down")


def first_apart(got: Array, expected: Array) -> tuple[int, ...]:
    """The first place, in reading order, where two arrays of a shape differ beyond rounding."""
    apart = ~np.isclose(got, expected, rtol=1e-12, atol=0, equal_nan=True)
    places = np.argwhere(apart if apart.any() else got != expected)
    return tuple(int(i) for i in places[0]) if len(places) else (0,) * got.ndim
