"""Functions of mathematics that NumPy does not have, for whole arrays."""

from __future__ import annotations

import numpy as np

from scratch._choose import choose
from scratch.dtypes import Array

__all__ = ["erf", "sigmoid"]

# Cody's numerators and denominators, the highest power first: of erf(x) / x, in powers of x², and of
# exp(x²) (1 − erf(x)), in powers of x.
_NEAR = (
    (
        1.85777706184603153e-1,
        3.16112374387056560e0,
        1.13864154151050156e2,
        3.77485237685302021e2,
        3.20937758913846947e3,
    ),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3),
)
_FAR = (
    (
        2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
        2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
        1.23033935479799725e3,
    ),
    (
        1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
        3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
    ),
)  # fmt: skip
_Table = tuple[tuple[float, ...], tuple[float, ...]]


def erf(x: Array) -> Array:
    """The error function, 2/√π ∫₀ˣ exp(−t²) dt.

    Source:
        W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of Computation 23, 1969, and
        his program CALERF, https://www.netlib.org/specfun/erf. It changes formulas at 0.46875; the first still serves
        at 0.5, and there rounds less. Its third formula, beyond 4, is for 1 − erf(x), and is not needed here.
    """
    size = np.minimum(np.abs(x), 6)  # where erf is 1 in both dtypes
    square = size * size
    near = size * _ratio(_NEAR, square)
    far = 1 - np.exp(-square) * _ratio(_FAR, size)
    signed: Array = np.copysign(choose(size > 0.5, far, near), x)
    return signed


@np.errstate(over="ignore")  # exp overflows to inf for what is very negative, and 1 / inf is the right result, 0
def sigmoid(x: Array) -> Array:
    """The logistic function, 1 / (1 + exp(−x))."""
    output: Array = 1 / (1 + np.exp(-x))
    return output


def _ratio(table: _Table, x: Array) -> Array:
    above, below = (_polynomial(coefficients, x) for coefficients in table)
    above /= below
    return above


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    """Horner's scheme."""
    value = coefficients[0] * x
    for coefficient in coefficients[1:-1]:
        value += coefficient
        value *= x
    value += coefficients[-1]
    return value
