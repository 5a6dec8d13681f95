"""The XOR truth table, in the order in which the course lists its rows."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["xor"]


def xor() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the four rows of XOR: the smallest problem that no single neuron can solve.

    The course text prints `y = [0, 0, 1, 0]` for these rows. That is AND; XOR in this order is `[0, 1, 0, 1]`.

    Math:
        y = x₀ ⊕ x₁ = x₀ + x₁ − 2 x₀ x₁, which is 1 where exactly one of the inputs is 1.

    Shape:
        - x: (4, 2)
        - y: (4, 1)

    Source:
        Minsky and Papert, Perceptrons (1969): XOR is not linearly separable.

    Example:
        >>> x, y = xor()
        >>> x.tolist()
        [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
        >>> y.ravel().tolist()
        [0.0, 1.0, 0.0, 1.0]
    """
    x = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float64)
    y = np.array([[0], [1], [0], [1]], dtype=np.float64)
    return x, y
