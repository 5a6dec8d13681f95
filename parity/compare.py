"""Are two values equal within a tolerance, and if not, where and by how much?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import Tolerance

__all__ = ["EXACT", "FINITE_DIFFERENCES", "TOLERANCES", "Comparison", "compare"]

TOLERANCES = {
    "float64": Tolerance(rtol=1e-9, atol=1e-12),
    "float32": Tolerance(rtol=1.3e-6, atol=1e-5),  # the defaults of torch.testing.assert_close
}
FINITE_DIFFERENCES = Tolerance(rtol=1e-5, atol=1e-7)  # a central difference with a step of 1e-5 is good to about 1e-9
EXACT = Tolerance(rtol=0.0, atol=0.0)


@dataclass(frozen=True)
class Comparison:
    """The verdict on one value.

    `used` is the largest share of the allowed difference that an element took: 1e-4 leaves a margin of ten thousand,
    above 1 fails. `where` is the first element, in reading order, that lies outside.
    """

    ok: bool
    message: str = ""
    max_abs_error: float = 0.0
    max_rel_error: float = 0.0
    used: float = 0.0
    where: tuple[int, ...] | None = None
    got: Any = None
    expected: Any = None


def compare(got: Any, expected: Any, tolerance: Tolerance) -> Comparison:
    """Compare arrays (shape, dtype, then values) or anything else (equality). NaN equals NaN, ∞ equals ∞."""
    if not isinstance(got, np.ndarray) or not isinstance(expected, np.ndarray):
        same = type(got) is type(expected) and got == expected
        return Comparison(same, "" if same else f"expected {show(expected)}, got {show(got)}")
    if got.shape != expected.shape:
        return Comparison(False, f"expected shape {expected.shape}, got {got.shape}")
    if got.dtype != expected.dtype:
        return Comparison(False, f"expected dtype {expected.dtype}, got {got.dtype}")
    if got.dtype.kind != "f":
        outside = got != expected
        if not outside.any():
            return Comparison(True)
        where = first_index(outside)
        message = describe(got, expected, outside)
        return Comparison(False, message, where=where, got=got[where].item(), expected=expected[where].item())
    return _compare_numbers(got, expected, tolerance)


def _compare_numbers(got: npt.NDArray[Any], expected: npt.NDArray[Any], tolerance: Tolerance) -> Comparison:
    g, e = got.astype(np.float64), expected.astype(np.float64)
    same = (g == e) | (np.isnan(g) & np.isnan(e))
    with np.errstate(all="ignore"):
        error = np.where(same, 0.0, np.abs(g - e))
        error = np.where(np.isnan(error), np.inf, error)  # NaN against a number
        allowed = tolerance.atol + tolerance.rtol * np.where(np.isfinite(e), np.abs(e), 0.0)
        used = np.where(same, 0.0, error / np.where(allowed > 0, allowed, np.nan))
        used = np.where(np.isnan(used), np.inf, used)
        relative = np.where(same, 0.0, error / np.abs(e))
    worst = float(used.max(initial=0.0))
    numbers: dict[str, Any] = {
        "max_abs_error": float(error.max(initial=0.0)),
        "max_rel_error": float(np.where(np.isnan(relative), np.inf, relative).max(initial=0.0)),
        "used": worst,
    }
    if worst <= 1.0:
        return Comparison(True, **numbers)
    outside = used > 1.0
    where = first_index(outside)
    message = describe(got, expected, outside)
    return Comparison(False, message, **numbers, where=where, got=float(g[where]), expected=float(e[where]))


def first_index(mask: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(mask)), mask.shape))


def describe(got: npt.NDArray[Any], expected: npt.NDArray[Any], outside: npt.NDArray[np.bool_]) -> str:
    where = first_index(outside)
    place = f"at {list(where)} " if where else ""
    return f"{place}expected {expected[where]!s}, got {got[where]!s} ({outside.sum()} of {got.size} differ)"


def show(value: Any) -> str:
    return "nothing" if value is None else f"{value!s}"
