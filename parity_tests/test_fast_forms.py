"""Where speed asked for a second form of a formula: it gives what the plain one gives."""

from typing import Any

import numpy as np
import pytest

import scratch

EDGES = np.array([-np.inf, -1.5, -0.0, 0.0, 2.5, np.inf, np.nan])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_relu_backward_is_where(dtype: str) -> None:
    """It multiplies bits by 0 and 1. Each edge of the input meets each edge of the gradient, in either layout."""
    input, grad = (np.array(grid, dtype) for grid in np.meshgrid(EDGES, EDGES))
    for order in ("C", "F"):
        relu = scratch.ReLU()
        output = relu(input)
        got = relu.backward(np.asarray(grad, order=order))
        assert got.dtype == dtype
        np.testing.assert_array_equal(got, np.where(output <= 0, 0, grad))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_cross_entropy_without_options_is_cross_entropy(dtype: str, order: Any, scale: float) -> None:
    """Weights of 1 ask for the general form, and change nothing."""
    rng = np.random.default_rng(0)
    logits = np.asarray(scale * rng.normal(size=(7, 4)), dtype=dtype, order=order)
    labels = rng.integers(0, 4, 7)
    given = logits.copy(), labels.copy()
    plain, general = scratch.CrossEntropyLoss(), scratch.CrossEntropyLoss(weight=np.ones(4, dtype))
    got, expected = plain(logits, labels), general(logits, labels)
    assert got.dtype == dtype
    np.testing.assert_allclose(got, expected, rtol=1e-6 if dtype == "float32" else 1e-15)
    tolerance = 1e-7 if dtype == "float32" else 1e-16
    np.testing.assert_allclose(plain.backward(-0.3), general.backward(-0.3), rtol=0, atol=tolerance)
    np.testing.assert_array_equal(logits, given[0])
    np.testing.assert_array_equal(labels, given[1])


@pytest.mark.parametrize("label", [-1, 4, -100])
def test_a_label_that_is_no_class_takes_the_general_form(label: int) -> None:
    """Out of range is an error there, and the index to be ignored is ignored."""
    logits, labels = np.random.default_rng(0).normal(size=(3, 4)), np.array([0, label, 2])
    plain, general = scratch.CrossEntropyLoss(), scratch.CrossEntropyLoss(weight=np.ones(4))
    if label == -100:
        np.testing.assert_array_equal(plain(logits, labels), general(logits, labels))
    else:
        with pytest.raises(IndexError):
            plain(logits, labels)


def test_cross_entropy_of_infinite_logits() -> None:
    logits, labels = np.array([[np.inf, 0.0], [-np.inf, 0.0], [-np.inf, -np.inf]]), np.array([0, 1, 0])
    plain, general = scratch.CrossEntropyLoss(), scratch.CrossEntropyLoss(weight=np.ones(2))
    np.testing.assert_array_equal(plain(logits, labels), general(logits, labels))
    np.testing.assert_array_equal(plain.backward(), general.backward())
