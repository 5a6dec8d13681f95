"""Python raises where floating-point arithmetic, and PyTorch, answer inf or nan. These functions answer too."""

from __future__ import annotations

import math

__all__ = ["cos", "divide", "exp", "expm1", "log", "log1p", "power", "power_or_root", "sin", "sqrt", "tan"]


def exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def expm1(x: float) -> float:
    try:
        return math.expm1(x)
    except OverflowError:
        return math.inf


def log(x: float) -> float:
    if x <= 0:
        return -math.inf if x == 0 else math.nan
    return math.log(x)


def log1p(x: float) -> float:
    if x <= -1:
        return -math.inf if x == -1 else math.nan
    return math.log1p(x)


def sqrt(x: float) -> float:
    return math.nan if x < 0 else math.sqrt(x)


def sin(x: float) -> float:
    return math.nan if math.isinf(x) else math.sin(x)


def cos(x: float) -> float:
    return math.nan if math.isinf(x) else math.cos(x)


def tan(x: float) -> float:
    return math.nan if math.isinf(x) else math.tan(x)


def divide(a: float, b: float) -> float:
    """a/b; a number over zero is infinite, with the sign of both, and 0/0 is nan."""
    if b != 0:
        return a / b
    if a > 0:
        return math.copysign(math.inf, b)
    return math.copysign(math.inf, -b) if a < 0 else math.nan


def power(x: float, n: float) -> float:
    """xⁿ; nan for a fractional power of a negative number, infinite for a negative power of zero."""
    try:
        return math.pow(x, n)
    except (OverflowError, ValueError):
        if x < 0 and not n.is_integer():
            return math.nan
        return math.copysign(math.inf, x) if n % 2 == 1 else math.inf


def power_or_root(x: float, n: float) -> float:
    """xⁿ as PyTorch has it where n is a plain number: a power of ±0.5 is then a square root, so (−inf)^0.5 is nan."""
    if n == 0.5:
        return sqrt(x)
    return divide(1.0, sqrt(x)) if n == -0.5 else power(x, n)
