"""Weight initialisers: each fills an array in place, drawing as `torch.nn.init` draws, and returns it.

They take arrays: write `kaiming_uniform_(layer.weight.data)`. The two fans of a weight of shape (out, in, *kernel) are
fan_in = in · Π kernel, the number of terms in an output, and fan_out = out · Π kernel, the number of uses of an input.
An array is filled in the order of its memory; where a weight lies in memory transposed, fill a new array and copy it.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from scratch import random
from scratch.dtypes import Array
from scratch.random import Generator

__all__ = [
    "calculate_gain",
    "constant_",
    "dirac_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

_LINEAR = [f"conv{kind}{n}d" for kind in ("", "_transpose") for n in (1, 2, 3)]
_GAINS = {**dict.fromkeys(["linear", "sigmoid", *_LINEAR], 1.0), "tanh": 5 / 3, "relu": math.sqrt(2.0), "selu": 3 / 4}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which a nonlinearity's layer should widen its weights to keep the variance of its signal.

    Math:
        linear, conv, sigmoid: 1;  tanh: 5/3;  relu: √2;  selu: 3/4;  leaky_relu: √(2 / (1 + param²))

    Args:
        nonlinearity: its name in `torch.nn.functional`.
        param: the negative slope of leaky_relu; 0.01 when None.

    Shape:
        - output: a number.

    Raises:
        ValueError: an unknown name, or a slope that is no number.

    Source:
        https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.calculate_gain

    Example:
        >>> calculate_gain("leaky_relu", 1.0)
        1.0
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, int | float):
            raise ValueError(f"calculate_gain: expected a number for the negative slope, got {slope}")
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity not in _GAINS:
        raise ValueError(f"calculate_gain: expected leaky_relu or one of {', '.join(_GAINS)}, got {nonlinearity}")
    return _GAINS[nonlinearity]


def uniform_(tensor: Array, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Array:
    """Fill with numbers uniform in [a, b): see `scratch.random.uniform_`."""
    return random.uniform_(tensor, a, b, generator=generator)


def normal_(tensor: Array, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Array:
    """Fill with numbers from N(mean, std²): see `scratch.random.normal_`."""
    return random.normal_(tensor, mean, std, generator=generator)


def trunc_normal_(
    tensor: Array,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Array:
    """Fill with numbers from a normal distribution cut off outside [a, b].

    Math:
        tensor ~ N(mean, std²) given a <= tensor <= b, by rejection. Where N(mean, std²) has more than 0.3 of its mass
        in [a, b], normal numbers are drawn until they lie there; elsewhere x ~ U(a, b) is kept with probability
        exp(−½ ((x − mean) / std)²) over its largest value in [a, b]. Each round draws for the whole array.

    Args:
        tensor: the array to fill.
        mean, std: mean and standard deviation before the cut.
        a, b: the bounds.
        generator: the stream to draw from; the default one when None.

    Shape:
        - tensor, output: (*), any shape. The output is the tensor.

    Raises:
        RuntimeError: a > b, or a tensor that is not of floats.
        ZeroDivisionError: std = 0.
        UserWarning: a mean more than 2 std outside [a, b].

    Source:
        https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.trunc_normal_

    Example:
        >>> bool(np.all(abs(trunc_normal_(np.empty((4, 3)), a=-0.5, b=0.5)) <= 0.5))
        True
    """
    if std == 0:
        raise ZeroDivisionError(f"trunc_normal_: expected a std other than 0, got {std}")
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn("trunc_normal_: mean is more than 2 std outside [a, b]; few draws will fit", stacklevel=2)

    def below(x: float) -> float:
        return (1.0 + math.erf((x - mean) / std / math.sqrt(2.0))) / 2.0

    if below(b) - below(a) <= 0.3:
        return _reject_uniform(tensor, mean, std, a, b, generator)
    low, high = tensor.dtype.type(a), tensor.dtype.type(b)
    normal_(tensor, mean, std, generator)
    while (outside := (tensor < low) | (tensor > high)).any():
        tensor[outside] = normal_(np.empty_like(tensor), mean, std, generator)[outside]
    return tensor


def _reject_uniform(tensor: Array, mean: float, std: float, a: float, b: float, generator: Generator | None) -> Array:
    dtype = tensor.dtype.type
    log_peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2
    pending = np.ones(tensor.shape, bool)
    while pending.any():
        x = uniform_(np.empty_like(tensor), a, b, generator)
        tensor[pending] = x[pending]
        log_pdf = ((x - dtype(mean)) / dtype(std)) ** 2 * dtype(-0.5) - dtype(log_peak)
        with np.errstate(divide="ignore"):  # log 0 is -inf, which keeps x
            log_u = np.log(uniform_(np.empty_like(tensor), generator=generator).astype(np.float64)).astype(dtype)
        pending &= log_u > log_pdf
    return tensor


def constant_(tensor: npt.NDArray[Any], val: float) -> npt.NDArray[Any]:
    """Fill with the number `val`."""
    if not isinstance(val, int | float | np.number):
        raise TypeError(f"constant_: expected val to be a number, got {type(val).__name__}")
    tensor[...] = val
    return tensor


def ones_(tensor: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Fill with ones: `constant_(tensor, 1.0)`."""
    return constant_(tensor, 1.0)


def zeros_(tensor: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Fill with zeros: `constant_(tensor, 0.0)`."""
    return constant_(tensor, 0.0)


def eye_(tensor: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Fill a matrix with the identity: a Linear layer then hands on as many of its inputs as it can.

    Math:
        tensor[i, j] = 1 if i = j else 0

    Args:
        tensor: the matrix to fill.

    Shape:
        - tensor, output: (out, in). The output is the tensor.

    Raises:
        ValueError: another number of axes than 2.

    Source:
        https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.eye_

    Example:
        >>> eye_(np.empty((2, 3)))
        array([[1., 0., 0.],
               [0., 1., 0.]])
    """
    _check_matrix("eye_", tensor)
    tensor[...] = np.eye(*tensor.shape)
    return tensor


def dirac_(tensor: npt.NDArray[Any], groups: int = 1) -> npt.NDArray[Any]:
    """Fill a convolution's weight so that it hands on as many of its input channels as it can.

    Math:
        tensor[g · m + d, d, centre] = 1 for group g and d < min(m, in), with m = out / groups; 0 elsewhere
        where the centre is place ⌊k / 2⌋ of each side k of the kernel.

    Args:
        tensor: the weight to fill.
        groups: of the convolution; each hands on its own channels.

    Shape:
        - tensor, output: (out, in, *kernel) with a kernel of 1, 2 or 3 axes. The output is the tensor.

    Raises:
        ValueError: another number of axes, or groups that do not divide the first.

    Source:
        https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.dirac_

    Example:
        >>> dirac_(np.empty((1, 1, 3)))
        array([[[0., 1., 0.]]])
    """
    if tensor.ndim not in (3, 4, 5):
        raise ValueError(f"dirac_: expected 3, 4 or 5 axes, got shape {tensor.shape}")
    if tensor.shape[0] % groups != 0:
        raise ValueError(f"dirac_: expected groups={groups} to divide the first axis, got shape {tensor.shape}")
    tensor[...] = 0
    out = tensor.shape[0] // groups
    centre = tuple(k // 2 for k in tensor.shape[2:])
    for group in range(groups):
        for channel in range(min(out, tensor.shape[1])):
            tensor[(group * out + channel, channel, *centre)] = 1
    return tensor


def xavier_uniform_(tensor: Array, gain: float = 1.0, generator: Generator | None = None) -> Array:
    """Fill with uniform numbers that keep the variance both of the signal and of its gradient (Glorot).

    Math:
        tensor ~ U(−a, a), a = gain · √(6 / (fan_in + fan_out))

    Args:
        tensor: the weight to fill.
        gain: see `calculate_gain`.
        generator: the stream to draw from; the default one when None.

    Shape:
        - tensor, output: (out, in, *kernel). The output is the tensor.

    Raises:
        ValueError: fewer than 2 axes.

    Source:
        https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.xavier_uniform_; Glorot and Bengio, 2010

    Example:
        >>> bool(abs(xavier_uniform_(np.empty((2, 4)))).max() <= 1.0)  # √(6 / (2 + 4))
        True
    """
    std = gain * math.sqrt(2.0 / float(sum(_fans("xavier_uniform_", tensor))))
    a = math.sqrt(3.0) * std
    return uniform_(tensor, -a, a, generator)


def xavier_normal_(tensor: Array, gain: float = 1.0, generator: Generator | None = None) -> Array:
    """Fill with normal numbers that keep the variance both of the signal and of its gradient (Glorot).

    Math:
        tensor ~ N(0, std²), std = gain · √(2 / (fan_in + fan_out))

    Args:
        tensor: the weight to fill.
        gain: see `calculate_gain`.
        generator: the stream to draw from; the default one when None.

    Shape:
        - tensor, output: (out, in, *kernel). The output is the tensor.

    Raises:
        ValueError: fewer than 2 axes.

    Source:
        https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.xavier_normal_; Glorot and Bengio, 2010

    Example:
        >>> xavier_normal_(np.empty((1, 2)), gain=0.0)
        array([[0., 0.]])
    """
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / float(sum(_fans("xavier_normal_", tensor)))), generator)


def kaiming_uniform_(
    tensor: Array,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Array:
    """Fill with uniform numbers that keep the variance of the signal, or of its gradient, through rectifiers (He).

    Math:
        tensor ~ U(−bound, bound), bound = gain · √(3 / fan), gain = calculate_gain(nonlinearity, a)

    Args:
        tensor: the weight to fill.
        a: the negative slope of the leaky_relu that follows.
        mode: "fan_in" keeps the variance forward, "fan_out" backward.
        nonlinearity: what follows, by its name in `torch.nn.functional`.
        generator: the stream to draw from; the default one when None.

    Shape:
        - tensor, output: (out, in, *kernel). The output is the tensor.

    Raises:
        ValueError: fewer than 2 axes, an unknown mode or an unknown nonlinearity.
        UserWarning: an empty tensor.

    Source:
        https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.kaiming_uniform_; He et al., 2015

    Example:
        >>> bool(abs(kaiming_uniform_(np.empty((5, 6)))).max() <= 1.0)  # √2 · √(3 / 6)
        True
    """
    if _is_empty(tensor):
        return tensor
    bound = math.sqrt(3.0) * _kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Array,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Array:
    """Fill with normal numbers that keep the variance of the signal, or of its gradient, through rectifiers (He).

    Math:
        tensor ~ N(0, std²), std = gain / √fan, gain = calculate_gain(nonlinearity, a)

    Args:
        tensor: the weight to fill.
        a: the negative slope of the leaky_relu that follows.
        mode: "fan_in" keeps the variance forward, "fan_out" backward.
        nonlinearity: what follows, by its name in `torch.nn.functional`.
        generator: the stream to draw from; the default one when None.

    Shape:
        - tensor, output: (out, in, *kernel). The output is the tensor.

    Raises:
        ValueError: fewer than 2 axes, an unknown mode or an unknown nonlinearity.
        UserWarning: an empty tensor.

    Source:
        https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.kaiming_normal_; He et al., 2015

    Example:
        >>> kaiming_normal_(np.empty((5, 6)), mode="fan_out").shape
        (5, 6)
    """
    if _is_empty(tensor):
        return tensor
    return normal_(tensor, 0.0, _kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity), generator)


def orthogonal_(tensor: Array, gain: float = 1, generator: Generator | None = None) -> Array:
    """Fill so that the rows are orthogonal and of equal length, or the columns where there are fewer of them.

    Math:
        tensor = gain · Q · sign(diag R), where Q R = Z, or Zᵀ where that is the tall one, and Z ~ N(0, 1), (out, rest)
        The signs make Q uniform among the orthogonal matrices.

    Args:
        tensor: the weight to fill.
        gain: the length of the rows.
        generator: the stream to draw from; the default one when None.

    Shape:
        - tensor, output: (out, *), at least 2 axes; all but the first are taken together. The output is the tensor.

    Raises:
        ValueError: fewer than 2 axes.

    Source:
        https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.orthogonal_; Saxe et al., 2013
        The factorisation is LAPACK's on both sides, from two builds: the last digits may differ.

    Example:
        >>> w = orthogonal_(np.empty((2, 3)), gain=2.0)
        >>> np.round(w @ w.T, 6) + 0.0  # adding 0 turns −0 into 0
        array([[4., 0.],
               [0., 4.]])
    """
    if tensor.ndim < 2:
        raise ValueError(f"orthogonal_: expected 2 axes or more, got shape {tensor.shape}")
    if tensor.size == 0:
        return tensor
    flat = np.empty((tensor.shape[0], tensor.size // tensor.shape[0]), tensor.dtype)
    normal_(flat, generator=generator)
    wide = flat.shape[0] < flat.shape[1]
    q, r = np.linalg.qr(flat.T if wide else flat)
    q = q * np.sign(np.diag(r))
    tensor[...] = (q.T if wide else q).reshape(tensor.shape) * tensor.dtype.type(gain)
    return tensor


def sparse_(tensor: Array, sparsity: float, std: float = 0.01, generator: Generator | None = None) -> Array:
    """Fill a matrix with normal numbers, and a share of each column, at random places, with zeros.

    Math:
        tensor ~ N(0, std²), then ⌈sparsity · out⌉ entries of each column are 0

    Args:
        tensor: the matrix to fill.
        sparsity: the share of zeros in a column.
        std: standard deviation of the others.
        generator: the stream of the normal numbers; the default one when None. The places come from the default
            generator in any case, as in PyTorch, which forgets to hand its generator on.

    Shape:
        - tensor, output: (out, in). The output is the tensor.

    Raises:
        ValueError: another number of axes than 2.

    Source:
        https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.sparse_; Martens, 2010

    Example:
        >>> (sparse_(np.empty((4, 2)), sparsity=0.5) == 0).sum(axis=0)
        array([2, 2])
    """
    _check_matrix("sparse_", tensor)
    rows, columns = tensor.shape
    normal_(tensor, 0.0, std, generator)
    for column in range(columns):
        tensor[random.randperm(rows)[: math.ceil(sparsity * rows)], column] = 0
    return tensor


def _check_matrix(name: str, tensor: npt.NDArray[Any]) -> None:
    if tensor.ndim != 2:
        raise ValueError(f"{name}: expected 2 axes, got shape {tensor.shape}")


def _fans(name: str, tensor: Array) -> tuple[int, int]:
    """fan_in and fan_out of a weight of shape (out, in, *kernel)."""
    if tensor.ndim < 2:
        raise ValueError(f"{name}: expected 2 axes or more, which make its fans, got shape {tensor.shape}")
    kernel = math.prod(tensor.shape[2:])
    return tensor.shape[1] * kernel, tensor.shape[0] * kernel


def _is_empty(tensor: Array) -> bool:
    if tensor.size == 0:
        warnings.warn("an empty tensor has nothing to initialise", stacklevel=3)
    return tensor.size == 0


def _kaiming_std(name: str, tensor: Array, a: float, mode: str, nonlinearity: str) -> float:
    modes = ["fan_in", "fan_out"]
    if mode.lower() not in modes:
        raise ValueError(f"{name}: expected mode to be one of {modes}, got {mode}")
    fan = _fans(name, tensor)[modes.index(mode.lower())]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)
