"""PyTorch's random numbers in NumPy: bit for bit, from the same seed, with as many words drawn.

Every comparison also compares the 5056 bytes of the generators' states afterwards, which must be equal on any machine.
Where PyTorch rounds otherwise (no AVX2, or not Linux) floats are compared within a tolerance; a skipped test says so.
"""

import copy
import itertools
import math
import sys
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from parity.sides import ScratchSide, Side, TorchSide
from scratch._generator import LARGE_PERMUTATION
from scratch._rounding import fma32, fma64

OURS, THEIRS = ScratchSide(), TorchSide()
CAPABILITY = torch.backends.cpu.get_cpu_capability()
EXACT = sys.platform == "linux" and CAPABILITY in ("AVX2", "AVX512")
TOLERANT = f"floats are compared within a tolerance: PyTorch's {CAPABILITY} kernels on {sys.platform} round otherwise"

FLOATS = ("float32", "float64")
SEEDS = (0, 2**40 + 3, -5)
SIZES = (0, 1, 2, 3, 15, 16, 17, 31, 32, 100, 623, 624, 625, 4099)
MANY_SEEDS = (0, 1, 2, 7, 42, 1234, 2**31, 2**32 - 1, 2**40 + 3, -5, *range(100, 120))
MANY_SIZES = (1, 2, 3, 5, 8, 15, 16, 17, 23, 31, 32, 33, 48, 100, 255, 256, 623, 624, 625, 1000, 4096, 10007, 70001)
ULP = 2.0**-23  # of a float32 between 1 and 2

Call = Callable[..., Any]


def seed_both(seed: int) -> None:
    for side in (OURS, THEIRS):
        side.manual_seed(seed)


def assert_equal(got: Any, expected: Any, atol: float = 0.0) -> None:
    """To the last bit, or within `atol` where PyTorch rounds otherwise."""
    got, expected = np.asarray(got), THEIRS.numpy(expected)
    assert (got.dtype, got.shape) == (expected.dtype, expected.shape)
    if EXACT or atol == 0.0:
        assert got.tobytes() == expected.tobytes(), f"{np.sum(got != expected)} of {got.size} numbers differ"
    else:
        np.testing.assert_allclose(got, expected, rtol=0, atol=atol)


def assert_in_step(call: Call, *args: Any, atol: float = 0.0) -> None:
    """Both sides give the same, and leave their generators in the same place."""
    assert_equal(call(OURS, *args), call(THEIRS, *args), atol)
    assert np.array_equal(OURS.get_rng_state(), THEIRS.get_rng_state().numpy())


def fill(name: str, *args: float) -> Call:
    return lambda side, n, dtype: getattr(side.random, name)(side.array(np.ones(n, dtype)), *args)


def from_probabilities(side: Side, n: int, dtype: str) -> Any:
    return side.random.bernoulli(side.array(np.linspace(0, 1, n, dtype=dtype)))


def dropout(p: float) -> Call:
    """The mask of `F.dropout`, which `bernoulli_` draws."""

    def mask(side: Side, n: int, dtype: str) -> Any:
        ones = side.array(np.ones(n, dtype))
        if side is THEIRS:
            return F.dropout(ones, p)
        return side.random.bernoulli_(np.empty_like(ones), 1 - p) / ones.dtype.type(1 - p)

    return mask


# A name, the draw, and the tolerance where floats are not equal to the last bit.
DRAWS: dict[str, tuple[Call, float]] = {
    "rand": (lambda side, n, dtype: side.random.rand(n, dtype=side.dtype(dtype)), 0.0),
    "randn": (lambda side, n, dtype: side.random.randn(n, dtype=side.dtype(dtype)), 3e-6),
    "bernoulli": (from_probabilities, 0.0),
}
for low, high in [(-0.1, 0.1), (-1, 1), (0.1, 0.9), (-3, 1e-3), (1e-10, 1.0), (100, 101), (2, 2), (0, 0), (-4, -1)]:
    DRAWS[f"uniform_({low}, {high})"] = (fill("uniform_", low, high), ULP * max(abs(low), abs(high)))
for mean, std in [(0, 0.02), (5, 1), (-0.3, 2.5), (1e-9, 1e-9), (0, 0)]:
    DRAWS[f"normal_({mean}, {std})"] = (fill("normal_", mean, std), 3e-6 * std + ULP * abs(mean))
for rate in (1, 2.5):
    DRAWS[f"exponential_({rate})"] = (fill("exponential_", rate), 2e-6 / rate)
for p in (0, 0.1, 0.5, 0.9, 1):
    DRAWS[f"bernoulli_({p})"] = (fill("bernoulli_", p), 0.0)
for p in (0.5, 0.1, 0.37):
    DRAWS[f"dropout({p})"] = (dropout(p), 0.0)


def compare_draws(name: str, seeds: Iterable[int], sizes: Iterable[int]) -> None:
    call, atol = DRAWS[name]
    for seed, n, dtype in itertools.product(seeds, sizes, FLOATS):
        seed_both(seed)
        assert_in_step(call, n, dtype, atol=atol)


@pytest.mark.parametrize("name", DRAWS)
def test_floats(name: str) -> None:
    compare_draws(name, SEEDS, SIZES)


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWS)
def test_floats_at_many_seeds_and_sizes(name: str) -> None:
    compare_draws(name, MANY_SEEDS, MANY_SIZES)


@pytest.mark.skipif(not EXACT, reason=TOLERANT)
def test_floats_are_equal_to_the_last_bit_here() -> None:
    seed_both(3)
    assert OURS.random.randn(1000).tobytes() == THEIRS.random.randn(1000).numpy().tobytes()


def test_default_dtype_is_used() -> None:
    for dtype in FLOATS:
        for make in ("rand", "randn"):
            seed_both(2)
            with OURS.default_dtype(dtype), THEIRS.default_dtype(dtype):
                assert_in_step(lambda side, make=make: getattr(side.random, make)((5, 4)), atol=3e-6)


# Whole numbers and orders.

RANGES = [(0, 2), (-5, 7), (0, 2**28 - 1), (0, 2**28), (0, 2**31), (-(2**40), 2**41), (-(2**63), 2**63 - 1)]


@pytest.mark.parametrize(("low", "high"), RANGES)
def test_randint(low: int, high: int) -> None:
    for seed, n in itertools.product(SEEDS, SIZES):
        seed_both(seed)
        assert_in_step(lambda side, n=n: side.random.randint(low, high, (n,)))


def test_randint_forms() -> None:
    calls: list[Call] = [
        lambda side: side.random.randint(10, (5, 4)),
        lambda side: side.random.randint(10, size=(5, 4)),
        lambda side: side.random.randint(high=10, size=(5, 4)),
        lambda side: side.random.randint(low=3, high=10, size=[5, 4]),
        lambda side: side.random.randint(0, 10, (5,), dtype=side.dtype("int32")),
        lambda side: side.random.randint(0, 256, (5,), dtype=side.dtype("uint8")),
        lambda side: side.random.randint(0, 10, (5,), dtype=side.dtype("float32")),
        lambda side: side.random.randint(0, 2, (5,), dtype=side.dtype("bool")),
        lambda side: side.random.randint(10, (5,), generator=side.Generator().manual_seed(9)),
    ]
    seed_both(4)
    for call in calls:
        assert_in_step(call)


def random_(side: Side, n: int, dtype: str, *bounds: int) -> Any:
    """A method of the generator on our side, of the tensor in PyTorch."""
    array = side.array(np.zeros(n, dtype))
    return array.random_(*bounds) if side is THEIRS else side.default_generator.random_(array, *bounds)


@pytest.mark.parametrize("dtype", ["int64", "int32", "int16", "int8", "uint8", "bool", "float32", "float64"])
def test_random_over_a_whole_dtype(dtype: str) -> None:
    for seed, n in itertools.product(SEEDS, SIZES):
        seed_both(seed)
        assert_in_step(random_, n, dtype)
        assert_in_step(random_, n, dtype, 0, 2)


@pytest.mark.parametrize("dtype", ["int64", "int32", "int8", "float32", "float64"])
def test_random_from_a_bound_on(dtype: str) -> None:
    seed_both(1)
    assert_in_step(random_, 1000, dtype, 5, None)


def test_randperm() -> None:
    for seed, n in itertools.product(SEEDS, SIZES):
        seed_both(seed)
        assert_in_step(lambda side, n=n: side.random.randperm(n))


@pytest.mark.slow
def test_randperm_at_many_seeds_and_sizes() -> None:
    for seed, n in itertools.product(MANY_SEEDS, MANY_SIZES):
        seed_both(seed)
        assert_in_step(lambda side, n=n: side.random.randperm(n))


def test_randperm_is_a_permutation_of_the_dtype_asked_for() -> None:
    seed_both(5)
    assert sorted(OURS.random.randperm(1000).tolist()) == list(range(1000))
    seed_both(5)
    assert_in_step(lambda side: side.random.randperm(100, dtype=side.dtype("uint8")))
    assert_in_step(lambda side: side.random.randperm(100, generator=side.Generator().manual_seed(1)))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("replacement", "samples"), [(True, 1), (True, 50), (False, 1), (False, 3), (False, 90)])
def test_multinomial(replacement: bool, samples: int, dtype: str) -> None:
    for seed, shape in itertools.product(SEEDS, [(90,), (1000,), (4, 93)]):
        weights = np.random.default_rng(abs(seed)).random(shape).astype(dtype)
        weights[..., ::7] = 0
        if not replacement:
            weights += np.asarray(1e-3, dtype)
        seed_both(seed)
        assert_in_step(lambda side, w=weights: side.random.multinomial(side.array(w), samples, replacement))


def test_multinomial_of_many_weights_adds_them_up_in_their_dtype() -> None:
    weights = np.random.default_rng(1).random(20_000).astype(np.float32)
    seed_both(1)
    assert_in_step(lambda side: side.random.multinomial(side.array(weights), 2000, True))


def test_multinomial_at_the_edge_between_two_weights() -> None:
    """A unit that equals a running sum still belongs to the weight before it."""
    seed_both(1)
    unit = float(OURS.random.rand(1, dtype="float64")[0])
    seed_both(1)
    weights = np.array([unit, 1 - unit])
    assert_in_step(lambda side: side.random.multinomial(side.array(weights), 2, True)[:1])
    assert OURS.random.multinomial(weights, 2, True, generator=OURS.Generator().manual_seed(1))[0] == 0


def test_multinomial_of_a_transposed_matrix() -> None:
    weights = np.random.default_rng(0).random((93, 4)).T
    for replacement in (False, True):
        seed_both(1)
        assert_in_step(lambda side, r=replacement: side.random.multinomial(side.array(weights), 9, r))


def test_multinomial_ties_keep_the_order_of_the_indices() -> None:
    """Deliberate: float32 keys may tie among many weights; PyTorch leaves their order to its sort."""
    weights = np.ones(20_000, np.float32)
    seed_both(3)
    ours, theirs = OURS.random.multinomial(weights, 20_000), THEIRS.random.multinomial(THEIRS.array(weights), 20_000)
    seed_both(3)
    keys = weights / OURS.random.exponential_(np.empty_like(weights))
    np.testing.assert_array_equal(keys[ours], keys[theirs.numpy()])
    ties = keys[ours][1:] == keys[ours][:-1]
    assert ties.any()
    assert np.all(np.diff(ours)[ties] > 0)


# Where an array lies in memory.

VIEWS: dict[str, Callable[[Any], Any]] = {
    "transposed": lambda x: x.T,
    "every other column": lambda x: x[:, ::2],
    "axes swapped": lambda x: x.reshape(20, 5, 10).swapaxes(1, 2),
    "channels last": lambda x: x.reshape(4, 5, 5, 10).transpose(0, 3, 1, 2),
    "a transposed corner": lambda x: x[3:9, 2:9].T,
    "a small corner": lambda x: x[3:5, 2:4],
    "no axes": lambda x: x[3:4, 2:3].reshape(()),
    "an axis of size one": lambda x: x[3:4].T,
}
IN_PLACE = [("uniform_", (-1, 2)), ("normal_", (1, 2)), ("bernoulli_", (0.3,)), ("exponential_", (2.0,))]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("view", VIEWS)
def test_views_are_filled_in_the_order_of_memory(view: str, dtype: str) -> None:
    for seed, (name, args) in itertools.product(SEEDS, IN_PLACE):
        seed_both(seed)
        ours, theirs = np.zeros((20, 50), dtype), np.zeros((20, 50), dtype)
        getattr(OURS.random, name)(VIEWS[view](ours), *args)
        getattr(THEIRS.random, name)(torch.from_numpy(VIEWS[view](theirs)), *args)
        assert_equal(ours, torch.from_numpy(theirs), atol=1e-5)
        assert np.array_equal(OURS.get_rng_state(), THEIRS.get_rng_state().numpy())


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("p_dtype", FLOATS)
def test_bernoulli_from_an_array_draws_in_the_dtype_of_the_array(dtype: str, p_dtype: str) -> None:
    for shape in [(5, 4, 3), (3,), (4, 1), ()]:
        chances = np.random.default_rng(0).random(shape).astype(p_dtype)
        for layout in (lambda x: x, lambda x: x.T.copy().T):
            seed_both(6)
            x = layout(np.zeros((5, 4, 3), dtype))
            assert_in_step(lambda side, x=x, c=chances: side.random.bernoulli_(side.array(x), side.array(c)))


# State.


@pytest.mark.parametrize("seed", SEEDS)
def test_state_travels_both_ways_in_mid_stream(seed: int) -> None:
    """Calls in a random order, small normals among them, whose second number waits in the generator."""
    seed_both(seed)
    for kind in np.random.default_rng(abs(seed)).integers(0, 7, 60).tolist():
        n = 5 * kind + 3
        if kind == 5:
            THEIRS.set_rng_state(torch.from_numpy(OURS.get_rng_state()))
        elif kind == 6:
            OURS.set_rng_state(THEIRS.get_rng_state().numpy())
        calls: list[Call] = [
            lambda side, n=n: side.random.rand(n),
            lambda side, n=n: side.random.randn(3),
            lambda side, n=n: side.random.randn(n, dtype=side.dtype("float64")),
            lambda side, n=n: side.random.randperm(n),
            lambda side, n=n: side.random.randint(0, 10, (n,)),
            lambda side, n=n: side.random.randn(n),
            lambda side, n=n: side.random.randn(5, dtype=side.dtype("float64")),
        ]
        assert_in_step(calls[kind], atol=3e-6)


def test_state_is_ours_to_keep() -> None:
    generator = OURS.Generator().manual_seed(1)
    state = generator.get_state()
    first = OURS.random.rand(4, generator=generator)
    state_copy = state.copy()
    assert np.array_equal(state, state_copy)
    np.testing.assert_array_equal(OURS.random.rand(4, generator=generator.set_state(state)), first)
    state[:] = 0
    assert not np.array_equal(generator.get_state(), state)
    twin = copy.deepcopy(generator)
    np.testing.assert_array_equal(OURS.random.rand(4, generator=twin), OURS.random.rand(4, generator=generator))


@pytest.mark.parametrize("draws", [0, 1, 623, 624, 625, 1248])
def test_state_at_the_edges_of_a_block_of_words(draws: int) -> None:
    seed_both(8)
    assert_in_step(lambda side: side.random.rand(draws))
    state = OURS.get_rng_state()
    OURS.set_rng_state(THEIRS.get_rng_state().numpy())
    assert np.array_equal(OURS.get_rng_state(), state)
    assert_in_step(lambda side: side.random.rand(3))


def test_a_fresh_generator_and_its_seeds() -> None:
    assert np.array_equal(OURS.Generator().get_state(), THEIRS.Generator().get_state().numpy())
    for seed in (0, 3, -5, 2**64 - 1, -(2**63)):
        seed_both(seed)
        assert OURS.random.initial_seed() == THEIRS.random.initial_seed()
        assert OURS.Generator().manual_seed(seed).initial_seed() == THEIRS.Generator().manual_seed(seed).initial_seed()
    first, second = OURS.Generator(), OURS.Generator()
    assert first.seed() != second.seed()
    assert first.initial_seed() != second.initial_seed()


def test_an_own_generator_leaves_the_default_one_alone() -> None:
    seed_both(1)
    before = OURS.get_rng_state()
    generator = OURS.Generator().manual_seed(2)
    array = np.zeros(20)
    for call in (OURS.random.uniform_, OURS.random.normal_, OURS.random.bernoulli_, OURS.random.exponential_):
        assert call(array, generator=generator) is array
    OURS.random.rand(3, generator=generator)
    OURS.random.randn(3, generator=generator)
    OURS.random.bernoulli(np.full(3, 0.5), generator=generator)
    OURS.random.multinomial(np.ones(3), 2, generator=generator)
    assert np.array_equal(OURS.get_rng_state(), before)


# Witnesses other than PyTorch.


def test_words_are_those_of_the_published_generator() -> None:
    """The C++ standard fixes the 10,000th word of mt19937 with seed 5489; NumPy's RandomState has the same stream."""
    assert OURS.Generator().manual_seed(5489).words32(10_000)[-1] == 4123659995
    for seed in (0, 42, 2**32 - 1):
        words = np.random.RandomState(seed).randint(0, 2**32, size=2000, dtype=np.uint32)
        assert np.array_equal(OURS.Generator().manual_seed(seed).words32(2000), words)
        pairs = [int(first) << 32 | int(second) for first, second in words.reshape(-1, 2)]
        assert OURS.Generator().manual_seed(seed).words64(1000).tolist() == pairs


def test_numbers_worked_by_hand() -> None:
    first, second, third, fourth = 2357136044, 2546248239, 3071714933, 3626093760  # the words of seed 0
    generator = OURS.Generator()

    def seeded(make: str, *args: Any, **options: Any) -> list[Any]:
        numbers: list[Any] = getattr(OURS.random, make)(*args, **options, generator=generator.manual_seed(0)).tolist()
        return numbers

    assert seeded("rand", 2, dtype="float32") == [first % 2**24 / 2**24, second % 2**24 / 2**24]
    units = [(first << 32 | second) % 2**53 / 2**53, (third << 32 | fourth) % 2**53 / 2**53]
    assert seeded("rand", 2, dtype="float64") == units
    assert seeded("randint", -3, 7, (2,)) == [first % 10 - 3, second % 10 - 3]
    assert seeded("bernoulli_", np.zeros(2), 0.5) == [float(unit < 0.5) for unit in units]
    assert seeded("exponential_", np.zeros(2), 0.5) == [-math.log1p(-unit) / 0.5 for unit in units]
    radius, angle = math.sqrt(-2 * math.log(1 - units[1])), 2 * math.pi * units[0]
    normals = [radius * math.cos(angle), radius * math.sin(angle)]
    np.testing.assert_allclose(seeded("randn", 2, dtype="float64"), normals, rtol=1e-14)
    order = [0, 1, 2, 3]
    for i, word in enumerate((first, second, third)):
        j = i + word % (4 - i)
        order[i], order[j] = order[j], order[i]
    assert seeded("randperm", 4) == order


@pytest.mark.parametrize("dtype", FLOATS)
def test_distributions_have_their_moments(dtype: str) -> None:
    """Within five standard errors of a million draws."""
    n = 1_000_000
    OURS.manual_seed(11)
    moments = {  # mean, standard deviation, of a single draw
        "uniform_": (OURS.random.uniform_(np.empty(n, dtype), -1.0, 2.0), 0.5, 3 / math.sqrt(12)),
        "normal_": (OURS.random.normal_(np.empty(n, dtype), 3.0, 2.0), 3.0, 2.0),
        "exponential_": (OURS.random.exponential_(np.empty(n, dtype), 0.5), 2.0, 2.0),
        "bernoulli_": (OURS.random.bernoulli_(np.empty(n, dtype), 0.3), 0.3, math.sqrt(0.21)),
    }
    for name, (draws, mean, std) in moments.items():
        assert abs(draws.mean(dtype=np.float64) - mean) < 5 * std / math.sqrt(n), name
        assert abs(draws.std(dtype=np.float64) / std - 1) < 0.01, name


def test_one_rounding_of_a_product_and_a_sum() -> None:
    """Against exact fractions, with cancellation and with exponents far apart."""
    rng = np.random.default_rng(0)
    a, b, c = rng.normal(size=(3, 2000)) * 2.0 ** rng.integers(-30, 30, (3, 2000))
    c[:500] = -(a * b)[:500]
    c[500:600] = 0
    exact = [Fraction(x) * Fraction(y) + Fraction(z) for x, y, z in zip(a, b, c, strict=True)]
    assert fma64(a, b, c).tolist() == [float(value) for value in exact]
    assert float(fma64(np.array([0.5]), 1e308, -1.0)[0]) == 5e307  # where the splitting would overflow
    a, b, c = (x.astype(np.float32) for x in (a, b, c))
    exact = [Fraction(float(x)) * Fraction(float(y)) + Fraction(float(z)) for x, y, z in zip(a, b, c, strict=True)]
    once = np.array([float(value) for value in exact]).astype(np.float32)
    np.testing.assert_array_equal(fma32(a, b, c), once)


# Errors.

NAN, INF = math.nan, math.inf
ERRORS: list[tuple[str, type[Exception], Call]] = [
    ("uniform a > b", RuntimeError, lambda s: s.random.uniform_(s.array(np.ones(3)), 1, 0)),
    ("uniform nan", RuntimeError, lambda s: s.random.uniform_(s.array(np.ones(3)), NAN, 0)),
    ("uniform inf", RuntimeError, lambda s: s.random.uniform_(s.array(np.ones(3)), 0, INF)),
    ("uniform too wide", RuntimeError, lambda s: s.random.uniform_(s.array(np.ones(3)), -1e308, 1e308)),
    ("uniform float32", RuntimeError, lambda s: s.random.uniform_(s.array(np.ones(3, np.float32)), 0, 1e300)),
    ("uniform empty", RuntimeError, lambda s: s.random.uniform_(s.array(np.ones(0)), 1, 0)),
    ("uniform integers", RuntimeError, lambda s: s.random.uniform_(s.array(np.ones(3, np.int64)))),
    ("normal std", RuntimeError, lambda s: s.random.normal_(s.array(np.ones(3)), 0, -1)),
    ("normal nan", RuntimeError, lambda s: s.random.normal_(s.array(np.ones(3)), 0, NAN)),
    ("normal integers", RuntimeError, lambda s: s.random.normal_(s.array(np.ones(3, np.int64)))),
    ("rand integers", RuntimeError, lambda s: s.random.rand(3, dtype=s.dtype("int64"))),
    ("randn integers", RuntimeError, lambda s: s.random.randn(3, dtype=s.dtype("int64"))),
    ("rand negative", RuntimeError, lambda s: s.random.rand(-1)),
    ("rand half", TypeError, lambda s: s.random.rand(2.5)),
    ("rand nothing", TypeError, lambda s: s.random.rand()),
    ("rand nested", TypeError, lambda s: s.random.rand(2, (3,))),
    ("rand generator", TypeError, lambda s: s.random.rand(2, generator=5)),
    ("randint equal", RuntimeError, lambda s: s.random.randint(5, 5, (3,))),
    ("randint negative", RuntimeError, lambda s: s.random.randint(0, 9, (-1,))),
    ("randint high", RuntimeError, lambda s: s.random.randint(0, 300, (3,), dtype=s.dtype("uint8"))),
    ("randint low", RuntimeError, lambda s: s.random.randint(-1, 3, (3,), dtype=s.dtype("uint8"))),
    ("randint bool", RuntimeError, lambda s: s.random.randint(0, 3, (3,), dtype=s.dtype("bool"))),
    ("randint no size", TypeError, lambda s: s.random.randint(3)),
    ("randint size", TypeError, lambda s: s.random.randint(0, 10, 3)),
    ("randperm negative", RuntimeError, lambda s: s.random.randperm(-1)),
    ("randperm dtype", RuntimeError, lambda s: s.random.randperm(300, dtype=s.dtype("uint8"))),
    ("bernoulli_ high", RuntimeError, lambda s: s.random.bernoulli_(s.array(np.ones(3)), 1.5)),
    ("bernoulli_ low", RuntimeError, lambda s: s.random.bernoulli_(s.array(np.ones(3)), -0.1)),
    ("bernoulli_ nan", RuntimeError, lambda s: s.random.bernoulli_(s.array(np.ones(3)), NAN)),
    ("bernoulli_ array", RuntimeError, lambda s: s.random.bernoulli_(s.array(np.ones(3)), s.array(np.arange(3.0)))),
    ("bernoulli_ shape", RuntimeError, lambda s: s.random.bernoulli_(s.array(np.ones(3)), s.array(np.ones(2)))),
    ("bernoulli high", RuntimeError, lambda s: s.random.bernoulli(s.array(np.array([0, 2.0])))),
    ("bernoulli nan", RuntimeError, lambda s: s.random.bernoulli(s.array(np.array([0, NAN])))),
    ("bernoulli integers", RuntimeError, lambda s: s.random.bernoulli(s.array(np.array([0, 1])))),
    ("exponential 0", RuntimeError, lambda s: s.random.exponential_(s.array(np.ones(3)), 0)),
    ("exponential -1", RuntimeError, lambda s: s.random.exponential_(s.array(np.ones(3)), -1)),
    ("exponential integers", RuntimeError, lambda s: s.random.exponential_(s.array(np.ones(3, np.int64)))),
    ("multinomial few", RuntimeError, lambda s: s.random.multinomial(s.array(np.ones(2)), 3)),
    ("multinomial none", RuntimeError, lambda s: s.random.multinomial(s.array(np.ones(2)), 0)),
    ("multinomial integers", RuntimeError, lambda s: s.random.multinomial(s.array(np.array([1, 2])), 1)),
    ("multinomial axes", RuntimeError, lambda s: s.random.multinomial(s.array(np.ones((2, 3, 4))), 1)),
    ("multinomial no axis", RuntimeError, lambda s: s.random.multinomial(s.array(np.ones(())), 1)),
    ("seed wide", ValueError, lambda s: s.manual_seed(2**64)),
    ("seed text", ValueError, lambda s: s.manual_seed("a")),
    ("seed float", RuntimeError, lambda s: s.Generator().manual_seed(1.5)),
    ("seed bool", RuntimeError, lambda s: s.Generator().manual_seed(True)),
    ("state size", RuntimeError, lambda s: s.set_rng_state(s.array(np.zeros(10, np.uint8)))),
    ("state dtype", TypeError, lambda s: s.set_rng_state(s.array(np.zeros(5056)))),
    ("state nothing", TypeError, lambda s: s.Generator().set_state(None)),
    ("state zeros", RuntimeError, lambda s: s.set_rng_state(s.array(np.zeros(5056, np.uint8)))),
    *(
        (f"multinomial {name} {samples} {replacement}", RuntimeError,
         lambda s, w=weights, n=samples, r=replacement: s.random.multinomial(s.array(np.array(w)), n, r))
        for name, weights in {"negative": [1, -1.0], "nan": [1, NAN], "inf": [1, INF], "zeros": [0, 0.0]}.items()
        for samples, replacement in [(1, False), (2, False), (2, True)]
    ),
]  # fmt: skip


@pytest.mark.parametrize(("error", "call"), [pytest.param(e, c, id=name) for name, e, c in ERRORS])
def test_errors_are_torchs(error: type[Exception], call: Call) -> None:
    for side in (THEIRS, OURS):
        seed_both(0)
        with pytest.raises(error) as caught:
            call(side)
        message = str(caught.value)
    assert "expected" in message or "literal" in message


def test_errors_of_our_own() -> None:
    with pytest.raises(TypeError, match=r"scratch\.random\.Generator, got torch"):
        OURS.random.rand(2, generator=torch.Generator())
    with pytest.raises(RuntimeError, match="randperm: expected"):
        OURS.random.randperm(LARGE_PERMUTATION)
    with pytest.raises(RuntimeError, match="whole numbers of float32"):  # PyTorch warns, and gives other numbers
        OURS.random.randint(0, 2**24 + 5, (3,), dtype="float32")
    with pytest.raises(RuntimeError, match="float16"):
        OURS.random.rand(3, dtype="float16")
