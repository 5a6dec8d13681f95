"""The functions of mathematics that NumPy does not have, and a choice by bits."""

import math
from typing import Literal

import numpy as np
import pytest

from scratch._choose import choose
from scratch._special import erf, sigmoid

GRID = np.concatenate([np.linspace(-7, 7, 20001), np.linspace(0.46, 0.51, 2001), np.linspace(3.9, 6.1, 2001)])
TINY = np.concatenate([10.0 ** np.arange(-37, 0), -(10.0 ** np.arange(-37, 0))])
FAR = np.array([27.0, 1e3, 1e30, np.inf, -27.0, -1e3, -1e30, -np.inf])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("x", [GRID, TINY, FAR], ids=["grid", "tiny", "far"])
def test_erf_is_good_to_a_few_units_in_the_last_place(x: np.ndarray, dtype: str) -> None:
    numbers = x.astype(dtype)
    expected = np.array([math.erf(number) for number in numbers], dtype)
    got = erf(numbers)
    assert got.dtype == dtype
    assert np.max(np.abs(got - expected) / np.spacing(np.abs(expected))) <= 4


def test_erf_of_edges_and_other_shapes() -> None:
    assert np.isnan(erf(np.array([np.nan]))).all()
    np.testing.assert_array_equal(np.signbit(erf(np.array([0.0, -0.0]))), [False, True])
    assert erf(np.zeros((0, 3))).shape == (0, 3)
    assert erf(np.array(0.25, np.float32)).dtype == np.float32
    x = np.linspace(-2, 2, 12).reshape(3, 4)
    np.testing.assert_array_equal(erf(x.T), erf(x).T)


def test_sigmoid_is_its_formula_and_does_not_overflow() -> None:
    assert sigmoid(np.array([0.0, math.log(3.0)])) == pytest.approx([0.5, 0.75], rel=1e-15)
    np.testing.assert_array_equal(sigmoid(np.array([-1000.0, 1000.0, -np.inf, np.inf, np.nan])), [0, 1, 0, 1, np.nan])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_choose_is_where(dtype: str, order: Literal["C", "F"]) -> None:
    """It works on bits. Each edge meets each edge, in either layout."""
    edges = np.array([-np.inf, -1.5, -0.0, 0.0, 2.5, np.inf, np.nan], dtype)
    this, other = np.meshgrid(edges, edges)
    this, mask = np.asarray(this, order=order), np.random.default_rng(0).random(this.shape) < 0.5
    for alternative in (other, edges[1], edges):
        got, expected = choose(mask, this, alternative), np.where(mask, this, alternative)
        assert got.dtype == dtype
        np.testing.assert_array_equal(got.view(f"i{got.itemsize}"), expected.view(f"i{got.itemsize}"))
