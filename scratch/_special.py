"""Functions of mathematics that NumPy does not have, for whole arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from scratch._choose import choose
from scratch.dtypes import Array

__all__ = ["erf", "normal", "sigmoid"]

PIECE = 1 << 16  # numbers

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

# Hart's numerator and denominator of Φ(−x) / exp(−x² / 2), the highest power of x first.
_NUMERATOR = (
    3.526249659989109e-2,
    7.003830644436881e-1,
    6.373962203531650e0,
    3.391286607838300e1,
    1.120792914978709e2,
    2.212135961699311e2,
    2.202068679123761e2,
)
_DENOMINATOR = (
    8.838834764831844e-2,
    1.755667163182642e0,
    1.606417757920695e1,
    8.678073220294608e1,
    2.965642487796737e2,
    6.373336333788311e2,
    7.938265125199484e2,
    4.404137358247522e2,
)


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


def normal(x: Array) -> tuple[Array, Array]:
    """Φ(x), the probability that a normal number is smaller than x, and its derivative, φ(x) = exp(−x² / 2) / √(2π).

    Φ(x) = (1 + erf(x / √2)) / 2, here with an error below 2e-16 for every x.

    Source:
        J. F. Hart et al., "Computer Approximations", 1968, number 5666; told, with what it is good for, in G. West,
        "Better approximations to cumulative normal functions", Wilmott Magazine, 2005
    """
    pieces: Any = np.nditer(  # which fit the processor's cache, so that what is between takes little memory
        [x, None, None],
        ["buffered", "external_loop", "zerosize_ok"],
        [["readonly"], ["writeonly", "allocate"], ["writeonly", "allocate"]],
        buffersize=PIECE,
    )
    with pieces:
        for piece, below, density in pieces:
            size = np.minimum(np.abs(piece), 39)  # where exp(−x² / 2) is 0 in both dtypes
            np.exp(-0.5 * (size * size), out=density)
            tail = _polynomial(_NUMERATOR, size)
            tail /= _polynomial(_DENOMINATOR, size)
            tail *= density  # Φ(−size)
            np.copysign(0.5 - tail, piece, out=below)
            below += 0.5
            density *= math.sqrt(1 / (2 * math.pi))
        return pieces.operands[1], pieces.operands[2]


@np.errstate(over="ignore")  # exp overflows to inf for what is very negative, and 1 / inf is the right result, 0
def sigmoid(x: Array) -> Array:
    """The logistic function, 1 / (1 + exp(−x))."""
    output: Array = 1 / (1 + np.exp(-x))
    return output


def _ratio(table: tuple[tuple[float, ...], tuple[float, ...]], x: Array) -> Array:
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
