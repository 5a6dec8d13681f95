"""Arithmetic that rounds as PyTorch's compiled kernels do, so that equal words become equal numbers.

A compiled kernel contracts a · b + c into one operation with one rounding (a fused multiply-add), and takes its
logarithms, sines and cosines from other libraries than NumPy does. The mathematics is the textbook's; only the last bit
needs this file.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from scratch.dtypes import Array

__all__ = ["box_muller", "fma32", "fma64", "libm", "sincos64"]

F32, F64 = np.float32, np.float64


def fma32(a: Array, b: Any, c: Any) -> Array:
    """a · b + c in float32, rounded once: the product of two float32 numbers is exact in float64."""
    exact: Array = np.multiply(a, b, dtype=F64)
    rounded: Array = (exact + c).astype(F32)
    return rounded


def fma64(a: Array, b: Any, c: Any) -> Array:
    """a · b + c in float64, rounded once: Dekker's exact product, then Knuth's exact sum."""

    def split(v: Any) -> tuple[Any, Any]:
        t = v * 134217729.0  # 2**27 + 1
        high = t - (t - v)
        return high, v - high

    with np.errstate(over="ignore", invalid="ignore"):  # split overflows above 2**996: there, round twice
        (a_high, a_low), (b_high, b_low) = split(a), split(b)
        p = a * b
        p_error = ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low
        s = p + c
        t = s - p
        once: Array = s + (((p - (s - t)) + (c - t)) + p_error)
    return np.where(np.isfinite(once), once, s)


def libm(function: Callable[[float], float], x: Array) -> Array:
    """`function` of the C library, element by element: np.log and np.log1p may round otherwise."""
    return np.fromiter(map(function, x.ravel().tolist()), F64, x.size).reshape(x.shape)


def sincos64(t: Array) -> tuple[Array, Array]:
    """Sine and cosine of the C library, which NumPy uses for e**(it) but not for np.sin and np.cos."""
    turn = np.exp(1j * t)
    return turn.imag, turn.real


# Coefficients of Cephes (S. Moshier), as in the avx_mathfun kernels that PyTorch compiles.
LOG = np.array(
    [
        7.0376836292e-2,
        -1.1514610310e-1,
        1.1676998740e-1,
        -1.2420140846e-1,
        1.4249322787e-1,
        -1.6668057665e-1,
        2.0000714765e-1,
        -2.4999993993e-1,
        3.3333331174e-1,
    ],
    F32,
)
SIN = np.array([-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1], F32)
COS = np.array([2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2], F32)
MINUS_PI_4 = np.array([-0.78515625, -2.4187564849853515625e-4, -3.77489497744594108e-8], F32)  # −π/4 in three parts


def horner32(coefficients: Array, x: Array) -> Array:
    y: Array = coefficients[0]
    for c in coefficients[1:]:
        y = fma32(y, x, c)
    return y


def log32(u: Array) -> Array:
    """The logarithm of normal u > 0, rounded step by step as PyTorch's kernel rounds it."""
    m, e = np.frexp(u)  # u = m · 2**e, 0.5 <= m < 1
    low = m < F32(0.707106781186547524)
    e = (e - low).astype(F32)
    x = m - F32(1) + np.where(low, m, F32(0))
    z = x * x
    y = fma32(horner32(LOG, x) * x, z, e * F32(-2.12194440e-4))
    y = fma32(z, F32(-0.5), y)
    return fma32(e, F32(0.693359375), x + y)


def sincos32(t: Array) -> tuple[Array, Array]:
    """Sine and cosine of t >= 0, rounded step by step as PyTorch's kernel rounds them."""
    octant = ((t * F32(1.27323954473516)).astype(np.int32) + 1) & ~1
    x, y = t, octant.astype(F32)
    for part in MINUS_PI_4:
        x = fma32(y, part, x)
    z = x * x
    cos = fma32(horner32(COS, z) * z, z, z * F32(-0.5)) + F32(1)
    sin = fma32(horner32(SIN, z) * z, x, x)
    swap = (octant & 2) != 0
    sin, cos = np.where(swap, cos, sin), np.where(swap, sin, cos)
    return np.where(octant & 4, -sin, sin), np.where((octant + 2) & 4, -cos, cos)


def box_muller(u: Array, mean: float, std: float) -> Array:
    """Uniforms to normals in blocks of 16: 8 radii and 8 angles become 8 cosines and 8 sines."""
    blocks = u.reshape(-1, 2, 8)
    u1, u2 = 1 - blocks[:, 0], blocks[:, 1]
    if u.dtype == F32:
        radius = np.sqrt(F32(-2) * log32(u1))
        sin, cos = sincos32(F32(2 * math.pi) * u2)
        return fma32(np.stack([radius * cos, radius * sin], 1), F32(std), F32(mean)).ravel()
    radius = np.sqrt(-2 * libm(math.log, u1))
    sin, cos = sincos64(2 * math.pi * u2)
    return fma64(np.stack([radius * cos, radius * sin], 1), std, mean).ravel()
