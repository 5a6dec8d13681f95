"""Two values are compared: equal or not, where not, and how far within what is allowed."""

import math
from typing import Any

import numpy as np
import pytest

from parity.cases import Tolerance
from parity.compare import EXACT, compare

INF, NAN = math.inf, math.nan
TEN_PERCENT = Tolerance(rtol=0.1, atol=0.0)


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        ([1.0, NAN, INF, -INF], [1.0, NAN, INF, -INF]),
        ([0.0], [-0.0]),
        ([1.09], [1.0]),
        ([], []),
        (2.0, 2.0),
        ([[1, 2]], [[1, 2]]),
        ([True], [True]),
    ],
)
def test_equal(got: Any, expected: Any) -> None:
    found = compare(np.array(got), np.array(expected), TEN_PERCENT)
    assert (found.ok, found.message, found.where) == (True, "", None)


@pytest.mark.parametrize(
    ("got", "expected", "where", "message"),
    [
        ([1.0, NAN], [1.0, 2.0], (1,), "at [1] expected 2.0, got nan (1 of 2 differ)"),
        ([1.0, 2.0], [1.0, NAN], (1,), "at [1] expected nan, got 2.0 (1 of 2 differ)"),
        ([INF], [-INF], (0,), "at [0] expected -inf, got inf (1 of 1 differ)"),
        ([1e308], [INF], (0,), "at [0] expected inf, got 1e+308 (1 of 1 differ)"),
        ([INF], [1e308], (0,), "at [0] expected 1e+308, got inf (1 of 1 differ)"),
        (2.0, 1.0, (), "expected 1.0, got 2.0 (1 of 1 differ)"),
        ([[1, 2], [3, 4]], [[1, 2], [0, 0]], (1, 0), "at [1, 0] expected 0, got 3 (2 of 4 differ)"),
        ([True, True], [True, False], (1,), "at [1] expected False, got True (1 of 2 differ)"),
        ([1.0], [[1.0]], None, "expected shape (1, 1), got (1,)"),
        ([1.0], [1.0, 1.0], None, "expected shape (2,), got (1,)"),
        ([1], [1.0], None, "expected dtype float64, got int64"),
    ],
)
def test_different(got: Any, expected: Any, where: tuple[int, ...] | None, message: str) -> None:
    found = compare(np.array(got), np.array(expected), TEN_PERCENT)
    assert (found.ok, found.where, found.message) == (False, where, message)


def test_float32_is_not_float64() -> None:
    assert compare(np.ones(2, np.float32), np.ones(2), TEN_PERCENT).message == "expected dtype float64, got float32"


@pytest.mark.parametrize(
    ("got", "expected", "message"),
    [("a", "b", "expected b, got a"), (None, "b", "expected b, got nothing"), (np.ones(1), None, "expected nothing")],
)
def test_what_is_no_array_must_be_equal(got: Any, expected: Any, message: str) -> None:
    assert message in compare(got, expected, TEN_PERCENT).message
    assert compare(expected, expected, TEN_PERCENT).ok


def test_the_first_divergence_is_told_not_the_largest() -> None:
    """The third is within what is allowed, though not equal, and so it is not counted."""
    found = compare(np.array([1.0, 2.3, 3.1, 9.0]), np.array([1.0, 2.0, 3.0, 4.0]), TEN_PERCENT)
    assert (found.where, found.got, found.expected) == ((1,), 2.3, 2.0)
    assert "(2 of 4 differ)" in found.message
    assert found.max_abs_error == 5.0
    assert found.max_rel_error == 1.25
    assert found.used == 12.5


def test_the_margin_that_was_used() -> None:
    assert compare(np.array([1.025]), np.array([1.0]), TEN_PERCENT).used == pytest.approx(0.25)
    assert compare(np.array([0.25]), np.array([0.0]), Tolerance(rtol=0.1, atol=1.0)).used == 0.25
    assert compare(np.array([1.0]), np.array([1.0]), EXACT).used == 0.0
    assert compare(np.array([1.0, NAN]), np.array([1.0, 1.0]), TEN_PERCENT).used == INF
    assert not compare(np.array([np.nextafter(1.0, 2.0)]), np.array([1.0]), EXACT).ok
