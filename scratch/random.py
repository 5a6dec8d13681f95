"""PyTorch's CPU random numbers, in NumPy: `manual_seed(0)` here and `torch.manual_seed(0)` there give the same draws.

PyTorch's generator and NumPy's are the same Mersenne Twister, so the words behind both are equal. What differs is how
words become numbers, and these functions do it PyTorch's way. They also draw as many words as PyTorch does, so that the
two sides stay in step call after call. Equality is to the last bit on x86-64 Linux with AVX2, for PyTorch 2.13.
Elsewhere words, whole numbers and orders are the same, and a float may differ in its last places.

Functions that end in _ fill an array in place, in the order of its memory: a transposed view is filled along its
columns, as PyTorch fills it. To stay in step, an array must lie in memory as its twin does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from scratch._generator import Generator
from scratch.dtypes import Array, get_default_dtype

__all__ = [
    "Generator",
    "bernoulli",
    "bernoulli_",
    "default_generator",
    "exponential_",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "multinomial",
    "normal_",
    "rand",
    "randint",
    "randn",
    "randperm",
    "set_rng_state",
    "uniform_",
]

AnyArray = npt.NDArray[Any]
Size = Sequence[int]

default_generator = Generator()
default_generator.seed()  # as in PyTorch, a program that sets no seed differs from run to run


def manual_seed(seed: int) -> Generator:
    """Start the default generator's stream of this seed, and return the generator: `manual_seed(0)`."""
    return default_generator.manual_seed(int(seed))


def initial_seed() -> int:
    """The seed that the default generator was started from."""
    return default_generator.initial_seed()


def get_rng_state() -> npt.NDArray[np.uint8]:
    """Where the default generator stands, in the 5056 bytes that `torch.get_rng_state()` would give."""
    return default_generator.get_state()


def set_rng_state(new_state: npt.NDArray[np.uint8]) -> None:
    """Continue where such bytes stand, from either side: `set_rng_state(torch.get_rng_state().numpy())`."""
    default_generator.set_state(new_state)


def uniform_(tensor: Array, a: float = 0.0, b: float = 1.0, *, generator: Generator | None = None) -> Array:
    """Fill an array with uniform numbers.

    Math:
        tensor_i = a + (b − a) · u_i, rounded once; a result equal to b becomes a
        where u_i is the generator's unit in [0, 1): 24 bits in float32, 53 in float64.

    Args:
        tensor: the array to fill.
        a, b: the bounds, b left out. PyTorch calls them `from` and `to`, and `from` is a word of Python's.
        generator: the stream to draw from; the default one when None.

    Shape:
        - tensor, output: (*), any shape. The output is the tensor.

    Raises:
        RuntimeError: a > b, a range that the dtype does not hold, or a tensor that is not of floats.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.Tensor.uniform_.html

    Example:
        >>> generator = Generator().manual_seed(0)
        >>> uniform_(np.empty(2, np.float32), 0, 2, generator=generator)  # 8325804/2²³, 12888623/2²³
        array([0.9925132, 1.5364436], dtype=float32)
    """
    return _stream(generator).uniform_(tensor, a, b)


def normal_(tensor: Array, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Array:
    """Fill an array with numbers from a normal distribution.

    Math:
        tensor_i = mean + std · z_i, rounded once, where by Box and Muller two uniforms give two normals,
        z = √(−2 ln u₁) · cos(2π u₂) and √(−2 ln u₁) · sin(2π u₂), with u₁ in (0, 1] and u₂ in [0, 1).
        An array of 16 or more numbers, contiguous in memory, is filled in blocks of 16 (8 cosines, then their 8 sines)
        from uniforms of its dtype. Any other is filled in pairs from float64 uniforms; the second number of a last pair
        waits in the generator for the next such call.

    Args:
        tensor: the array to fill.
        mean, std: mean and standard deviation.
        generator: the stream to draw from; the default one when None.

    Shape:
        - tensor, output: (*), any shape. The output is the tensor.

    Raises:
        RuntimeError: std < 0, or a tensor that is not of floats.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.Tensor.normal_.html;
        Box and Muller, "A note on the generation of random normal deviates", 1958

    Example:
        >>> normal_(np.empty(3), mean=5.0, std=0.0)
        array([5., 5., 5.])
    """
    return _stream(generator).normal_(tensor, mean, std)


def bernoulli_(tensor: AnyArray, p: float | Array = 0.5, *, generator: Generator | None = None) -> AnyArray:
    """Fill an array with ones, each with probability p, and zeros.

    Math:
        tensor_i = 1 if u_i < p_i else 0
        where u_i is a float64 unit if p is a number, and a unit of p's dtype if it is an array.

    Args:
        tensor: the array to fill, of any dtype.
        p: the probability of a one, or an array of them.
        generator: the stream to draw from; the default one when None.

    Shape:
        - tensor, output: (*), any shape. The output is the tensor.
        - p: a number, or an array that broadcasts to the tensor's shape.

    Raises:
        RuntimeError: a p outside [0, 1], not of floats, or of a shape that does not fit.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.Tensor.bernoulli_.html

    Example:
        >>> bernoulli_(np.empty(3), np.array([0.0, 1.0, 1.0]))
        array([0., 1., 1.])
    """
    return _stream(generator).bernoulli_(tensor, p)


def exponential_(tensor: Array, lambd: float = 1.0, *, generator: Generator | None = None) -> Array:
    """Fill an array with waiting times: numbers from an exponential distribution.

    Math:
        tensor_i = −ln(1 − u_i) / lambd, with float64 units u_i

    Args:
        tensor: the array to fill.
        lambd: the rate; the mean is 1 / lambd.
        generator: the stream to draw from; the default one when None.

    Shape:
        - tensor, output: (*), any shape. The output is the tensor.

    Raises:
        RuntimeError: lambd <= 0, or a tensor that is not of floats.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.Tensor.exponential_.html

    Example:
        >>> exponential_(np.empty(2), lambd=float("inf"))
        array([0., 0.])
    """
    return _stream(generator).exponential_(tensor, lambd)


def bernoulli(input: Array, *, generator: Generator | None = None) -> Array:
    """A new array of ones, where each has the probability that stands in the input, and zeros.

    Math:
        output_i = 1 if u_i < input_i else 0, with units u_i of the input's dtype

    Args:
        input: the probabilities.
        generator: the stream to draw from; the default one when None.

    Shape:
        - input, output: (*), any shape.

    Raises:
        RuntimeError: a probability outside [0, 1], or an input that is not of floats.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.bernoulli.html

    Example:
        >>> bernoulli(np.array([0.0, 1.0]))
        array([0., 1.])
    """
    return bernoulli_(np.empty_like(input), np.asarray(input), generator=generator)


def multinomial(
    input: Array, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> npt.NDArray[np.int64]:
    """Draw indices, each with a probability proportional to its weight.

    Math:
        with replacement:    output_k = the first i with Σ_{j ≤ i} input_j / Σ_j input_j >= u_k
        without replacement: output = the num_samples indices of largest input_i / e_i, in descending order,
        where u_k is a float64 unit and e_i is from `exponential_`. A single sample is always drawn the second way.

    Args:
        input: the weights, which need not sum to 1.
        num_samples: how many indices to draw.
        replacement: whether an index may come twice.
        generator: the stream to draw from; the default one when None.

    Shape:
        - input: (C,) or (N, C).
        - output: (num_samples,) or (N, num_samples).

    Raises:
        RuntimeError: weights that are negative, not finite, all 0 or not of floats; num_samples <= 0, or more than
            there are weights, without replacement.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.multinomial.html. Where two ratios input_i / e_i are equal,
        as among very many float32 weights, PyTorch leaves their order to its sort; here the smaller index comes first.

    Example:
        >>> multinomial(np.array([0.0, 3.0, 0.0]), 2, replacement=True)
        array([1, 1])
    """
    return _stream(generator).multinomial(np.asarray(input), num_samples, replacement)


def rand(*size: int | Size, dtype: npt.DTypeLike | None = None, generator: Generator | None = None) -> Array:
    """A new array of uniform numbers in [0, 1).

    Math:
        output_i = u_i, the generator's unit of that dtype

    Args:
        *size: the shape, as numbers or as one sequence.
        dtype: float32 or float64; the default dtype when None.
        generator: the stream to draw from; the default one when None.

    Shape:
        - output: size.

    Raises:
        RuntimeError: a negative size, or a dtype that is not of floats.
        TypeError: no size, or one that is not of whole numbers.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.rand.html

    Example:
        >>> rand(2, generator=Generator().manual_seed(0))  # 8325804/2²⁴, 12888623/2²⁴
        array([0.4962566, 0.7682218], dtype=float32)
    """
    return uniform_(_empty("rand", size, dtype), generator=generator)


def randn(*size: int | Size, dtype: npt.DTypeLike | None = None, generator: Generator | None = None) -> Array:
    """A new array of numbers from the standard normal distribution.

    Math:
        output_i = z_i by Box and Muller, as in `normal_`

    Args:
        *size: the shape, as numbers or as one sequence.
        dtype: float32 or float64; the default dtype when None.
        generator: the stream to draw from; the default one when None.

    Shape:
        - output: size.

    Raises:
        RuntimeError: a negative size, or a dtype that is not of floats.
        TypeError: no size, or one that is not of whole numbers.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.randn.html

    Example:
        >>> randn(2, 3, dtype=np.float64).shape
        (2, 3)
    """
    return normal_(_empty("randn", size, dtype), generator=generator)


def randint(
    low: int = 0,
    high: int | Size | None = None,
    size: Size | None = None,
    *,
    dtype: npt.DTypeLike = np.int64,
    generator: Generator | None = None,
) -> AnyArray:
    """A new array of whole numbers in [low, high): `randint(10, (2,))`, `randint(3, 10, (2,))`.

    Math:
        output_i = low + w_i mod (high − low), where w_i is a word of 32 bits, or of 64 where high − low >= 2²⁸

    Args:
        low: the smallest number; 0 where only one bound is given.
        high: one past the largest.
        size: the shape.
        dtype: of the output.
        generator: the stream to draw from; the default one when None.

    Shape:
        - output: size.

    Raises:
        RuntimeError: low >= high, bounds that the dtype does not hold, or a negative size.
        TypeError: no size, or one that is no sequence.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.randint.html

    Example:
        >>> randint(100, (2,), generator=Generator().manual_seed(0))  # 2357136044, 2546248239 mod 100
        array([44, 39])
    """
    if isinstance(high, Sequence):
        size, high, low = high, low, 0
    elif high is None:
        low, high = 0, low
    if not isinstance(size, Sequence):
        raise TypeError(f"randint: expected size to be a sequence of ints, got {size}")
    return _stream(generator).random_(_empty("randint", [size], dtype), low, high)


def randperm(n: int, *, dtype: npt.DTypeLike = np.int64, generator: Generator | None = None) -> AnyArray:
    """The numbers 0 … n − 1 in random order.

    Math:
        for i = 0 … n − 2: swap places i and i + w_i mod (n − i), with 32-bit words w_i

    Args:
        n: how many numbers.
        dtype: of the output.
        generator: the stream to draw from; the default one when None.

    Shape:
        - output: (n,).

    Raises:
        RuntimeError: n < 0, n beyond the dtype, or n >= 214748364, from where PyTorch shuffles in another way.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.randperm.html; Fisher and Yates, 1938

    Example:
        >>> randperm(3, generator=Generator().manual_seed(0))  # 0 goes to 2357136044 mod 3 = 2, then 1 to 1 + 1
        array([2, 0, 1])
    """
    order = _stream(generator).randperm(n)
    output: AnyArray = order.astype(dtype, copy=False)
    if not np.array_equal(order, output):
        raise RuntimeError(f"randperm: expected a dtype that holds 0 … {n - 1}, got {output.dtype}")
    return output


def _stream(generator: Generator | None) -> Generator:
    if generator is not None and not isinstance(generator, Generator):
        kind = f"{type(generator).__module__}.{type(generator).__name__}"
        raise TypeError(f"generator: expected a scratch.random.Generator, got {kind}")
    return generator or default_generator


def _empty(name: str, size: Sequence[int | Size], dtype: npt.DTypeLike | None) -> AnyArray:
    """A new array of this size, which is spelled out or holds one sequence."""
    if not size:
        raise TypeError(f"{name}: expected a size, got none")
    sides: Sequence[Any] = size[0] if len(size) == 1 and isinstance(size[0], Sequence) else size
    for side in sides:
        if not isinstance(side, int | np.integer):
            raise TypeError(f"{name}: expected a size of whole numbers, got {side}")
        if side < 0:
            raise RuntimeError(f"{name}: expected a size without negative sides, got {tuple(sides)}")
    return np.empty(tuple(sides), get_default_dtype() if dtype is None else dtype)
