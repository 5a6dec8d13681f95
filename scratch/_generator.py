"""The stream of random words behind `scratch.random`, and how words become numbers."""

from __future__ import annotations

import math
import secrets
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from scratch._rounding import box_muller, fma32, fma64, libm, sincos64
from scratch.dtypes import Array

__all__ = ["Generator"]

AnyArray = npt.NDArray[Any]
F32, F64 = np.float32, np.float64
DEFAULT_SEED = 67280421310721  # of a fresh torch.Generator()
CACHE = 1 << 16  # numbers are made in pieces of so many, which fit the processor's cache
LARGE_PERMUTATION = 214_748_364  # (2³² − 1) / 20: from here on PyTorch draws 64-bit words

STATE = np.dtype(  # the 5056 bytes of torch.get_rng_state()
    [
        ("seed", "u8"),
        ("left", "i4"),
        ("seeded", "i4"),
        ("next", "u8"),
        ("key", "u8", 624),
        ("x", "f8"),
        ("normal", "f8"),
        ("rho", "f8"),
        ("has_normal", "i4"),
        ("padding", "i4"),
        ("float_normal", "f4"),
        ("has_float_normal", "i4"),
    ]
)


def fill(tensor: AnyArray, values: npt.ArrayLike) -> None:
    """Fill an array in the order in which it lies in memory, as PyTorch fills a transposed tensor."""
    tensor = tensor.transpose(sorted(range(tensor.ndim), key=lambda axis: -tensor.strides[axis]))
    tensor[...] = np.reshape(values, tensor.shape)


def check(condition: bool, name: str, expected: str, got: object) -> None:
    if not condition:
        raise RuntimeError(f"{name}: expected {expected}, got {got}")


def check_floating(name: str, tensor: AnyArray) -> None:
    check(tensor.dtype in (F32, F64), name, "an array of float32 or float64", tensor.dtype)


class Generator:
    """A stream of random words, with the methods of `torch.Generator`. Methods that end in _ fill an array in place.

    Math:
        The words w are those of the Mersenne Twister MT19937, 32 bits each. Its first key is
        key_0 = seed mod 2³²,  key_j = 1812433253 · (key_{j−1} xor ⌊key_{j−1} / 2³⁰⌋) + j  mod 2³²
        unit, float32: u = (w mod 2²⁴) / 2²⁴
        unit, float64: u = ((2³² w₁ + w₂) mod 2⁵³) / 2⁵³, from two words

    Shape:
        - get_state(): (5056,), the bytes of torch.get_rng_state().

    Raises:
        RuntimeError: a seed that is no int, a state that is none, or an argument that a distribution does not take.
        ValueError: a seed of more than 64 bits.
        TypeError: a state that is no array of uint8.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.Generator.html

    Example:
        >>> generator = Generator().manual_seed(5489)  # the seed of the published reference stream
        >>> generator.words32(2).tolist()
        [3499211612, 581869302]
        >>> generator.initial_seed()
        5489
    """

    def __init__(self) -> None:
        self._bits = np.random.MT19937()
        self.manual_seed(DEFAULT_SEED)

    def manual_seed(self, seed: int) -> Self:
        """Start the stream of this seed. Only its low 32 bits count."""
        check(type(seed) is int, "Generator.manual_seed", "an int", type(seed).__name__)
        if not -(2**63) <= seed < 2**64:
            raise ValueError(f"Generator.manual_seed: expected a seed of at most 64 bits, got {seed}")
        self._seed = seed % 2**64
        key = [self._seed & 0xFFFFFFFF]
        for j in range(1, 624):
            key.append((1812433253 * (key[-1] ^ key[-1] >> 30) + j) & 0xFFFFFFFF)
        self._load(np.array(key, np.uint32), 624)
        self._next_normal: float | None = None  # the second number of a pair, kept for the next call
        return self

    def seed(self) -> int:
        """Start the stream of a seed that the operating system picks, and return that seed."""
        self.manual_seed(secrets.randbits(64))
        return self._seed

    def initial_seed(self) -> int:
        """The seed that this stream was started from."""
        return self._seed

    def _load(self, key: npt.NDArray[np.uint32], position: int) -> None:
        self._bits.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": position}}

    def get_state(self) -> npt.NDArray[np.uint8]:
        """The bytes that PyTorch's generator would give here."""
        twister: Any = self._bits.state["state"]
        key, position = twister["key"], int(twister["pos"])
        fresh = position == 624 and key[0] == self._seed & 0xFFFFFFFF
        state = np.zeros((), STATE)
        state["seed"], state["seeded"], state["key"] = self._seed, 1, key
        state["left"], state["next"] = (1, 0) if fresh else (625 - position, position)
        if self._next_normal is not None:
            state["has_normal"], state["normal"] = 1, self._next_normal
        return np.frombuffer(state.tobytes(), np.uint8).copy()

    def set_state(self, new_state: npt.NDArray[np.uint8]) -> Self:
        """Continue where these bytes stand: Generator().set_state(torch.get_rng_state().numpy())."""
        if getattr(new_state, "dtype", None) != np.uint8:
            raise TypeError(f"Generator.set_state: expected an array of uint8, got {type(new_state).__name__}")
        check(new_state.size == STATE.itemsize, "Generator.set_state", f"{STATE.itemsize} bytes", new_state.size)
        state = np.frombuffer(new_state.tobytes(), STATE)[0]
        valid = bool(state["seeded"]) and 0 < state["left"] <= 624 and state["next"] <= 624
        check(valid, "Generator.set_state", "the state of an MT19937 generator", "other bytes")
        self._seed = int(state["seed"])
        self._load(state["key"].astype(np.uint32), 624 if state["left"] == 1 else int(state["next"]))
        self._next_normal = float(state["normal"]) if state["has_normal"] else None
        return self

    def words32(self, n: int) -> npt.NDArray[np.uint32]:
        return self._bits.random_raw(n).astype(np.uint32)

    def words64(self, n: int) -> npt.NDArray[np.uint64]:
        words = self._bits.random_raw(2 * n).reshape(n, 2)
        return words[:, 0] << np.uint64(32) | words[:, 1]

    def unit(self, n: int, dtype: npt.DTypeLike) -> Array:
        """n numbers in [0, 1): the low 24 bits of a word, or the low 53 bits of two."""
        numbers = np.empty(n, dtype)
        for start in range(0, n, CACHE):  # the words of a piece fit the processor's cache, and take little memory
            piece = numbers[start : start + CACHE]
            if dtype == F64:
                piece[:] = (self.words64(len(piece)) & np.uint64(2**53 - 1)).astype(F64) * 2.0**-53
            else:
                piece[:] = (self.words32(len(piece)) & np.uint32(2**24 - 1)).view(np.int32).astype(F32) * F32(2.0**-24)
        return numbers

    def uniform_(self, tensor: Array, a: float = 0.0, b: float = 1.0) -> Array:
        check_floating("uniform_", tensor)
        limit = float(np.finfo(tensor.dtype).max)
        check(-limit <= a <= b <= limit and b - a <= limit, "uniform_", f"a <= b, b - a <= {limit:.3g}", f"{a=}, {b=}")
        low, high = tensor.dtype.type(a), tensor.dtype.type(b)
        u = self.unit(tensor.size, tensor.dtype)
        if (a, b) != (0, 1):
            u = (fma64 if tensor.dtype == F64 else fma32)(u, high - low, low)
        u[u == high] = low  # rounding may have reached the open end
        fill(tensor, u)
        return tensor

    def normal_(self, tensor: Array, mean: float = 0.0, std: float = 1.0) -> Array:
        check_floating("normal_", tensor)
        check(std >= 0, "normal_", "std >= 0", std)
        if tensor.size < 16 or not tensor.flags.c_contiguous:
            fill(tensor, fma64(self._normal_pairs(tensor.size), float(std), float(mean)))
        else:
            tensor[...] = self._normal_blocks(tensor.size, tensor.dtype, mean, std).reshape(tensor.shape)
        return tensor

    def _normal_pairs(self, n: int) -> Array:
        """n float64 normals. They come in pairs: one that is left over waits for the next call, whatever its dtype."""
        waiting = [] if self._next_normal is None else [self._next_normal]
        u1, u2 = self.unit(2 * ((n - len(waiting) + 1) // 2), F64).reshape(-1, 2).T
        radius = np.sqrt(-2 * libm(math.log1p, -u2))
        sin, cos = sincos64(2 * math.pi * u1)
        z = np.concatenate([waiting, np.stack([radius * cos, radius * sin], 1).ravel()])
        self._next_normal = float(z[n]) if len(z) > n else None
        return z[:n]

    def _normal_blocks(self, n: int, dtype: np.dtype[Any], mean: float, std: float) -> Array:
        """n >= 16 normals from blocks of 16 uniforms. The last block reaches back over its neighbour to be whole."""
        rest = n % 16
        u = self.unit(n, dtype)  # the last `rest` are drawn, then drawn over
        blocks = u[: n - rest]
        for start in range(0, len(blocks), CACHE):
            piece = blocks[start : start + CACHE]
            piece[:] = box_muller(piece, mean, std)
        if rest:
            u[n - 16 :] = box_muller(self.unit(16, dtype), mean, std)
        return u

    def random_(self, tensor: AnyArray, low: int = 0, high: int | None = None) -> AnyArray:
        name, kind, bits = "random_ (randint)", tensor.dtype.kind, tensor.dtype.itemsize * 8
        known = kind in "bi" or tensor.dtype in (np.uint8, F32, F64)
        check(known, name, "an array of integers, booleans or floats", tensor.dtype)
        # Up to where the type counts without gaps.
        top = {"b": 1, "i": 2 ** (bits - 1) - 1, "u": 2**bits - 1, "f": 2**24 if bits == 32 else 2**53}[kind]
        bottom = {"b": 0, "i": -top - 1, "u": 0, "f": -top}[kind]
        whole = low == 0 and high is None
        high = top + 1 if high is None else high
        bounds = f"{low=}, {high=}"
        check(low < high < low + 2**64, name, "low < high", bounds)
        check(bottom <= low and high <= top + 1, name, f"whole numbers of {tensor.dtype}", bounds)
        wide = bits == 64 if whole else high - low >= 2**28
        words = self.words64(tensor.size) if wide else self.words32(tensor.size)
        fill(tensor, (words % words.dtype.type(high - low)).astype(np.int64) + low)
        return tensor

    def bernoulli_(self, tensor: AnyArray, p: float | Array = 0.5) -> AnyArray:
        chance = np.asarray(p)
        if isinstance(p, np.ndarray):
            check_floating("bernoulli_", p)
        check(bool(np.all((chance >= 0) & (chance <= 1))), "bernoulli_", "p in [0, 1]", p)
        try:
            chance = np.broadcast_to(chance, tensor.shape)
        except ValueError as error:
            raise RuntimeError(f"bernoulli_: expected p to fit shape {tensor.shape}, got {chance.shape}") from error
        # One number draws 64 bits an element whatever the dtype; an array draws in its own.
        if not isinstance(p, np.ndarray):
            fill(tensor, self.unit(tensor.size, F64) < p)
            return tensor
        u = np.empty_like(tensor, p.dtype)
        fill(u, self.unit(u.size, u.dtype))
        tensor[...] = u < chance
        return tensor

    def exponential_(self, tensor: Array, lambd: float = 1.0) -> Array:
        check_floating("exponential_", tensor)
        check(lambd > 0, "exponential_", "lambd > 0", lambd)
        fill(tensor, -1.0 / lambd * libm(math.log1p, -self.unit(tensor.size, F64)))
        return tensor

    def randperm(self, n: int) -> npt.NDArray[np.int64]:
        check(0 <= n < LARGE_PERMUTATION, "randperm", f"0 <= n < {LARGE_PERMUTATION}", n)
        order, places = list(range(n)), np.arange(max(n - 1, 0))
        partners = places + self.words32(len(places)) % (n - places)
        for i, j in enumerate(partners.tolist()):  # Fisher and Yates
            order[i], order[j] = order[j], order[i]
        return np.array(order, np.int64)

    def multinomial(self, input: Array, num_samples: int, replacement: bool = False) -> npt.NDArray[np.int64]:
        check_floating("multinomial", input)
        check(input.ndim in (1, 2), "multinomial", "one or two axes", input.shape)
        check(num_samples > 0, "multinomial", "num_samples > 0", num_samples)
        enough = replacement or num_samples <= input.shape[-1]
        check(enough, "multinomial", f"at most {input.shape[-1]} samples without replacement", num_samples)
        check(bool(np.all((input >= 0) & (input < np.inf))), "multinomial", "finite weights >= 0", input)
        check(bool(np.all(input.sum(axis=-1) > 0)), "multinomial", "a sum of weights > 0", input)
        if not replacement or num_samples == 1:
            # The lightest waiting times win a race: weight / Exp(1) is largest with probability weight / sum.
            race = input / self.exponential_(np.empty_like(input))
            return np.argsort(-race, axis=-1, kind="stable")[..., :num_samples]
        total = np.cumsum(input, axis=-1)
        total /= total[..., -1:]
        u = self.unit(math.prod(input.shape[:-1]) * num_samples, F64).reshape(*input.shape[:-1], num_samples)
        rows = zip(total.reshape(-1, input.shape[-1]).astype(F64), u.reshape(-1, num_samples), strict=True)
        return np.reshape([np.searchsorted(row, row_u) for row, row_u in rows], u.shape).astype(np.int64)
