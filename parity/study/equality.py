"""Equality that a notebook claims, asserted and said in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.cases import Tolerance
from parity.compare import EXACT, TOLERANCES, compare
from parity.student.messages import find_language

__all__ = ["Same", "as_array", "equal", "same"]

WORDS = {
    "en": {"equal": "equal", "difference": "largest difference", "bit": "bit for bit", "not": "NOT equal"},
    "pt": {"equal": "iguais", "difference": "maior diferença", "bit": "bit a bit", "not": "DIFERENTES"},
}


class Same:
    """The verdict on two values, in words."""

    def __init__(self, ok: bool, words: str) -> None:
        self.ok = ok
        self.words = words


def equal(ours: Any, theirs: Any, what: str = "", *, exact: bool = False, tolerance: Tolerance | None = None) -> None:
    """Assert that two values are equal, and print how far apart they are.

    Args:
        ours: a number, a `Valor`, a `Parameter`, an array, a tensor, or a list or mapping of these.
        theirs: the same from PyTorch.
        what: what is compared, for the line that is printed.
        exact: whether every bit must be equal.
        tolerance: what is allowed where it is neither nothing nor the suite's own, 1e-12 + 1e-9 × |theirs| in float64.

    Raises:
        AssertionError: the first element that differs, and by how much.

    Example:
        >>> equal(0.1 + 0.2, 0.3, "a sum")
        a sum: equal, largest difference 5.6e-17
    """
    verdict = same(ours, theirs, EXACT if exact else tolerance)
    line = f"{what}: {verdict.words}" if what else verdict.words
    if not verdict.ok:
        raise AssertionError(line)
    print(line)


def same(ours: Any, theirs: Any, tolerance: Tolerance | None = None) -> Same:
    """Compare two values, each of them whatever `as_array` takes, or a mapping with equal keys."""
    words = WORDS[find_language()]
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        if list(ours) != list(theirs):
            return Same(False, f"{words['not']}: {list(ours)} / {list(theirs)}")
        return _worst([same(ours[key], theirs[key], tolerance) for key in ours])
    if isinstance(ours, str | bool | None) or isinstance(theirs, str | bool | None):
        return Same(bool(ours == theirs), words["equal"] if ours == theirs else f"{words['not']}: {ours} / {theirs}")
    got, expected = as_array(ours), as_array(theirs)
    if expected.dtype.kind == "i" and not hasattr(theirs, "dtype"):  # 14, written by hand where 14.0 is meant
        expected = expected.astype(got.dtype)
    verdict = compare(got, expected, tolerance or TOLERANCES.get(str(expected.dtype), EXACT))
    if not verdict.ok:
        return Same(False, f"{words['not']}: {verdict.message}")
    if verdict.max_abs_error == 0:
        return Same(True, f"{words['equal']}, {words['bit']}")
    return Same(True, f"{words['equal']}, {words['difference']} {verdict.max_abs_error:.1e}")


def _worst(verdicts: list[Same]) -> Same:
    """The first that fails; where none does, the words of the one that is furthest from its fellow."""
    for verdict in verdicts:
        if not verdict.ok:
            return verdict
    return max(verdicts, key=lambda verdict: float(verdict.words.rsplit(" ", 1)[-1]) if "e-" in verdict.words else 0.0)


def as_array(value: Any) -> npt.NDArray[Any]:
    """The numbers of a `Valor`, a `Parameter`, an array, a tensor, or a list of them."""
    if isinstance(value, list | tuple):
        return np.array([as_array(item) for item in value])
    if hasattr(value, "detach"):
        return np.asarray(value.detach().numpy())
    if hasattr(value, "data") and not isinstance(value, np.ndarray | np.generic):
        value = value.data
    return np.asarray(value)
