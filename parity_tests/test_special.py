"""The functions of mathematics that NumPy does not have, and a choice by bits."""

import math
from typing import Literal

import numpy as np
import pytest

from scratch._choose import choose
from scratch._special import normal, sigmoid

GRID = np.concatenate([np.linspace(-45, 45, 70001), [1e3, 1e30, np.inf, -1e3, -1e30, -np.inf]])  # more than a piece


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_normal_distribution_is_good_to_the_last_place_of_one(dtype: str) -> None:
    x = GRID.astype(dtype)
    below, density = normal(x)
    assert below.dtype == density.dtype == dtype
    eps = float(np.finfo(dtype).eps)
    np.testing.assert_allclose(below, [math.erfc(-number / math.sqrt(2)) / 2 for number in x], rtol=0, atol=eps)
    bell = [math.exp(-(float(number) ** 2) / 2) / math.sqrt(2 * math.pi) if abs(number) < 50 else 0 for number in x]
    np.testing.assert_allclose(density, bell, rtol=0, atol=eps)
    np.testing.assert_array_equal(below[[0, -4, -1]], [0, 1, 0])
    np.testing.assert_array_equal(density[[0, -4, -1]], 0)


def test_the_normal_distribution_of_edges_and_other_shapes() -> None:
    assert np.isnan(normal(np.array([np.nan]))).all()
    assert [array.shape for array in normal(np.zeros((0, 3)))] == [(0, 3), (0, 3)]
    assert [(array.shape, array.dtype) for array in normal(np.array(0.25, np.float32))] == [((), np.float32)] * 2
    x = np.linspace(-2, 2, 24).reshape(3, 8)[:, ::2]
    np.testing.assert_array_equal(normal(x.T), np.transpose(normal(x), (0, 2, 1)))


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
