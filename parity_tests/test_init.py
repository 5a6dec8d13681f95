"""Weight initialisers against `torch.nn.init`, from the same seed, and against what they promise."""

import itertools
import math
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from parity.sides import ScratchSide, Side, TorchSide

OURS, THEIRS = ScratchSide(), TorchSide()
EXACT = sys.platform == "linux" and torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512")
TOLERANT = "floats are compared within a tolerance: PyTorch's kernels round otherwise here"

FLOATS = ("float32", "float64")
SEEDS = (0, 7, -5)
MATRICES = [(3, 5), (16, 17), (7, 33), (64, 10)]
KERNELS = [(8, 3, 3, 3), (4, 2, 5), (6, 4, 2, 3, 5)]
LARGE = (300, 200)

INITIALISERS: list[tuple[str, tuple[Any, ...], list[tuple[int, ...]]]] = [
    ("uniform_", (-0.2, 0.3), MATRICES + KERNELS),
    ("normal_", (0.1, 0.02), MATRICES + KERNELS),
    ("constant_", (0.3,), MATRICES + KERNELS),
    ("ones_", (), MATRICES + KERNELS),
    ("zeros_", (), MATRICES + KERNELS),
    ("eye_", (), MATRICES),
    ("dirac_", (), KERNELS),
    ("dirac_", (2,), KERNELS),
    ("xavier_uniform_", (), MATRICES + KERNELS),
    ("xavier_uniform_", (5 / 3,), MATRICES + KERNELS),
    ("xavier_normal_", (), MATRICES + KERNELS),
    ("xavier_normal_", (0.5,), MATRICES + KERNELS),
    ("kaiming_uniform_", (), MATRICES + KERNELS),
    ("kaiming_uniform_", (5**0.5,), MATRICES + KERNELS),
    ("kaiming_uniform_", (0, "fan_out", "relu"), MATRICES + KERNELS),
    ("kaiming_uniform_", (0, "FAN_OUT", "tanh"), MATRICES + KERNELS),
    ("kaiming_normal_", (), MATRICES + KERNELS),
    ("kaiming_normal_", (0.3, "fan_out", "leaky_relu"), MATRICES + KERNELS),
    ("trunc_normal_", (), MATRICES + KERNELS),
    ("trunc_normal_", (0.0, 0.02, -0.04, 0.04), MATRICES + KERNELS),
    ("trunc_normal_", (0.5, 1.0, 0.4, 9.0), MATRICES + KERNELS),
    ("trunc_normal_", (0.0, 1.0, -0.2, 0.2), MATRICES + KERNELS),
    ("trunc_normal_", (0.0, 1.0, -0.5, 0.5), MATRICES + KERNELS),
    ("trunc_normal_", (0.0, 1.0, 1.5, 3.0), MATRICES + KERNELS),
    ("sparse_", (0.3,), MATRICES),
    ("sparse_", (0.75, 2.0), MATRICES),
    ("orthogonal_", (), MATRICES + KERNELS),
    ("orthogonal_", (2.5,), [*MATRICES, (6, 6)]),
]
IDS = [f"{name}{args}" for name, args, _ in INITIALISERS]


def tolerance(name: str, dtype: str) -> float:
    """0 where the bits are equal; LAPACK comes in two builds, and decomposes with rounding errors of its own."""
    if name == "orthogonal_":
        return 1e-5 if dtype == "float32" else 1e-13
    return 0.0 if EXACT else 1e-5


def assert_equal(got: Any, expected: Any, atol: float) -> None:
    got, expected = np.asarray(got), THEIRS.numpy(expected)
    assert (got.dtype, got.shape) == (expected.dtype, expected.shape)
    if atol == 0.0:
        assert got.tobytes() == expected.tobytes(), f"{np.sum(got != expected)} of {got.size} numbers differ"
    else:
        np.testing.assert_allclose(got, expected, rtol=0, atol=atol)


def compare(name: str, args: tuple[Any, ...], shape: tuple[int, ...], seed: int, dtype: str, **kwargs: Any) -> None:
    results = []
    for side in (OURS, THEIRS):
        side.manual_seed(seed)
        tensor = side.array(np.full(shape, 9.0, dtype))
        options = {key: value(side) for key, value in kwargs.items()}
        assert getattr(side.init, name)(tensor, *args, **options) is tensor, "it fills in place and returns the tensor"
        results.append(tensor)
    assert_equal(results[0], results[1], tolerance(name, dtype))
    assert np.array_equal(OURS.get_rng_state(), THEIRS.get_rng_state().numpy())


@pytest.mark.skipif(not EXACT, reason=TOLERANT)
def test_default_weights_are_equal_to_the_last_bit_here() -> None:
    compare("kaiming_uniform_", (math.sqrt(5),), LARGE, 0, "float32")


@pytest.mark.parametrize(("name", "args", "shapes"), INITIALISERS, ids=IDS)
def test_initialiser(name: str, args: tuple[Any, ...], shapes: list[tuple[int, ...]]) -> None:
    for seed, shape, dtype in itertools.product(SEEDS, shapes, FLOATS):
        compare(name, args, shape, seed, dtype)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "args", "shapes"), INITIALISERS, ids=IDS)
def test_initialiser_at_many_seeds_and_a_large_size(
    name: str, args: tuple[Any, ...], shapes: list[tuple[int, ...]]
) -> None:
    large = [] if name == "dirac_" else [LARGE]
    for seed, shape, dtype in itertools.product(range(20), shapes + large, FLOATS):
        compare(name, args, shape, seed, dtype)


@pytest.mark.parametrize(("name", "args", "shapes"), [i for i in INITIALISERS if i[0] not in ("constant_", "dirac_")])
def test_generator(name: str, args: tuple[Any, ...], shapes: list[tuple[int, ...]]) -> None:
    """Also `sparse_`, whose zeros come from the default generator in spite of it."""
    if name not in ("ones_", "zeros_", "eye_"):
        compare(name, args, shapes[0], 1, "float32", generator=lambda side: side.Generator().manual_seed(6))


@pytest.mark.parametrize("name", ["uniform_", "normal_", "xavier_uniform_", "kaiming_normal_", "trunc_normal_"])
@pytest.mark.parametrize("dtype", FLOATS)
def test_transposed_view_is_filled_in_the_order_of_memory(name: str, dtype: str) -> None:
    OURS.manual_seed(4)
    THEIRS.manual_seed(4)
    ours, theirs = np.zeros((20, 5, 4), dtype), torch.from_numpy(np.zeros((20, 5, 4), dtype))
    getattr(OURS.init, name)(ours.transpose(2, 0, 1))
    getattr(THEIRS.init, name)(theirs.permute(2, 0, 1))
    assert_equal(ours, theirs, tolerance(name, dtype))


NONLINEARITIES = (
    "linear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d sigmoid tanh relu leaky_relu selu"
)


@pytest.mark.parametrize("nonlinearity", NONLINEARITIES.split())
def test_gain(nonlinearity: str) -> None:
    for param in (None, 0, 1, 0.2):
        assert OURS.init.calculate_gain(nonlinearity, param) == THEIRS.init.calculate_gain(nonlinearity, param)


def test_gains_worked_by_hand() -> None:
    gains = {"linear": 1.0, "tanh": 5 / 3, "relu": 2**0.5, "selu": 0.75, "leaky_relu": (2 / 1.0001) ** 0.5}
    for nonlinearity, gain in gains.items():
        assert OURS.init.calculate_gain(nonlinearity) == pytest.approx(gain, rel=1e-15)


def test_spreads_worked_by_hand() -> None:
    """A weight (50, 40, 3, 2) has fan_in 40 · 6 = 240 and fan_out 50 · 6 = 300."""
    OURS.manual_seed(0)
    spreads = {
        "xavier_normal_": ((), math.sqrt(2 / 540)),
        "xavier_uniform_": ((), math.sqrt(2 / 540)),
        "kaiming_normal_": ((0, "fan_in", "relu"), math.sqrt(2 / 240)),
        "kaiming_uniform_": ((0, "fan_out", "linear"), math.sqrt(1 / 300)),
    }
    for name, (args, std) in spreads.items():
        weight = getattr(OURS.init, name)(np.empty((50, 40, 3, 2)), *args)
        assert weight.std() == pytest.approx(std, rel=0.03), name
        if "uniform" in name:
            bound = math.sqrt(3) * std
            assert 0.99 * bound < np.abs(weight).max() <= bound, name


@pytest.mark.parametrize("shape", [(4, 9), (9, 4), (5, 5), (3, 2, 4)])
def test_orthogonal_is_orthogonal(shape: tuple[int, ...]) -> None:
    weight = OURS.init.orthogonal_(np.empty(shape), gain=3.0).reshape(shape[0], -1)
    gram = weight @ weight.T if weight.shape[0] <= weight.shape[1] else weight.T @ weight
    np.testing.assert_allclose(gram, 9 * np.eye(len(gram)), atol=1e-12)


def test_identities_hand_their_input_on() -> None:
    x = np.arange(3.0)
    np.testing.assert_array_equal(OURS.init.eye_(np.empty((5, 3))) @ x, [0, 1, 2, 0, 0])
    weight = OURS.init.dirac_(np.empty((4, 2, 3)), groups=2)
    assert np.argwhere(weight).tolist() == [[0, 0, 1], [1, 1, 1], [2, 0, 1], [3, 1, 1]]


@pytest.mark.parametrize("args", [(0.0, 1.0, -0.5, 0.5), (0.0, 1.0, 1.5, 3.0), (1.0, 2.0, -1.0, 4.0)])
def test_truncated_normal_has_its_moments(args: tuple[float, float, float, float]) -> None:
    """Against the mean of the truncated density, integrated by a fine sum."""
    mean, std, a, b = args
    x = np.linspace(a, b, 100_001)
    density = np.exp(-0.5 * ((x - mean) / std) ** 2)
    expected = (x * density).sum() / density.sum()
    OURS.manual_seed(3)
    draws = OURS.init.trunc_normal_(np.empty(50_000), mean, std, a, b)
    assert a <= draws.min() < draws.max() <= b
    assert abs(draws.mean() - expected) < 5 * draws.std() / math.sqrt(draws.size)


ERRORS: list[tuple[str, type[Exception], Callable[[Side, Any], Any], tuple[int, ...]]] = [
    ("eye_ axes", ValueError, lambda s, w: s.init.eye_(w), (3,)),
    ("sparse_ axes", ValueError, lambda s, w: s.init.sparse_(w, 0.1), (3, 2, 1)),
    ("dirac_ axes", ValueError, lambda s, w: s.init.dirac_(w), (3, 2)),
    ("dirac_ groups", ValueError, lambda s, w: s.init.dirac_(w, 2), (3, 2, 1)),
    ("orthogonal_ axes", ValueError, lambda s, w: s.init.orthogonal_(w), (3,)),
    ("xavier_uniform_ axes", ValueError, lambda s, w: s.init.xavier_uniform_(w), (3,)),
    ("xavier_normal_ axes", ValueError, lambda s, w: s.init.xavier_normal_(w), (3,)),
    ("kaiming_uniform_ axes", ValueError, lambda s, w: s.init.kaiming_uniform_(w), (3,)),
    ("kaiming_normal_ mode", ValueError, lambda s, w: s.init.kaiming_normal_(w, mode="fan"), (3, 2)),
    ("calculate_gain name", ValueError, lambda s, w: s.init.kaiming_normal_(w, nonlinearity="gelu"), (3, 2)),
    ("calculate_gain bool", ValueError, lambda s, w: s.init.calculate_gain("leaky_relu", True), ()),
    ("calculate_gain text", ValueError, lambda s, w: s.init.calculate_gain("leaky_relu", "a"), ()),
    ("uniform_ gain", RuntimeError, lambda s, w: s.init.xavier_uniform_(w, gain=-1), (3, 2)),
    ("normal_ gain", RuntimeError, lambda s, w: s.init.xavier_normal_(w, gain=-1), (3, 2)),
    ("uniform_ bounds", RuntimeError, lambda s, w: s.init.trunc_normal_(w, a=1.0, b=0.5), (3,)),
    ("constant_ text", TypeError, lambda s, w: s.init.constant_(w, "a"), (3,)),
    ("constant_ list", TypeError, lambda s, w: s.init.constant_(w, [1.0, 2.0, 3.0]), (3,)),
]


@pytest.mark.parametrize(("name", "error", "call", "shape"), ERRORS, ids=[name for name, *_ in ERRORS])
def test_errors_are_torchs(
    name: str, error: type[Exception], call: Callable[[Side, Any], Any], shape: tuple[int, ...]
) -> None:
    for side in (THEIRS, OURS):
        with pytest.raises(error) as caught:
            call(side, side.array(np.ones(shape)))
    assert str(caught.value).startswith(f"{name.split()[0]}: expected")


def test_empty_tensors_and_warnings() -> None:
    for side, name in itertools.product((THEIRS, OURS), ("kaiming_uniform_", "kaiming_normal_")):
        tensor = side.array(np.ones((3, 0)))
        with pytest.warns(UserWarning, match="Initializing zero-element|an empty tensor"):
            assert getattr(side.init, name)(tensor) is tensor
    for side in (THEIRS, OURS):
        with pytest.warns(UserWarning, match="mean is more than 2 std"):
            side.init.trunc_normal_(side.array(np.ones(3)), a=3.0, b=4.0)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            side.init.orthogonal_(side.array(np.ones((3, 0))))
            side.init.trunc_normal_(side.array(np.ones(0)))
