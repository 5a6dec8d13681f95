"""What the cases of the random numbers share: the arrays they fill, and the scripts that draw."""

from collections.abc import Callable
from typing import Any

import numpy as np

from parity.cases import ScriptSample
from parity.sides import Side

__all__ = [
    "ENDS",
    "FIRST",
    "LONG",
    "ROUNDED",
    "SECOND",
    "SHORT",
    "UNITS32",
    "UNITS64",
    "bad",
    "beyond",
    "changed_state",
    "edges_of_a_block",
    "fill",
    "fills",
    "new",
    "of_bad_weights",
    "of_weights",
    "restored",
    "seeded",
    "seeds",
    "state_in_mid_stream",
    "to_the_ends",
    "waiting_normal",
    "whole_numbers",
    "widest",
]

SHORT = np.zeros((5, 2))  # fewer than 16 numbers are drawn in pairs, more in blocks of 16
LONG = np.zeros((7, 5, 3))  # 105 numbers: six blocks, and a rest
TURNED = np.zeros((3, 4, 5)).T  # lies in memory the other way round
FIRST, SECOND, THIRD, FOURTH = 2357136044, 2546248239, 3071714933, 3626093760  # the words of seed 0
UNITS32 = [FIRST % 2**24 / 2**24, SECOND % 2**24 / 2**24]
UNITS64 = [(FIRST << 32 | SECOND) % 2**53 / 2**53, (THIRD << 32 | FOURTH) % 2**53 / 2**53]
# What randint may be asked for: each dtype, its smallest number and the one after its largest without a gap.
ENDS = (
    ("int8", -128, 128),
    ("int32", -(2**31), 2**31),
    ("uint8", 0, 256),
    ("bool", 0, 2),
    ("float32", -(2**24), 2**24 + 1),
    ("float64", -(2**53), 2**53 + 1),
)
ROUNDED = "PyTorch warns that some numbers cannot come, and rounds the bounds"


def seeded(side: Side, seed: int = 0) -> Any:
    return side.Generator().manual_seed(seed)


def fill(name: str, **args: Any) -> Callable[..., Any]:
    """A method in _ on an array: what it made, that it is the same array, and where it left the generator."""

    def script(side: Side, array: Any) -> Any:
        tensor = side.array(array)
        filled = getattr(side.random, name)(tensor, **args)
        return [filled, filled is tensor, side.get_rng_state()]

    return script


def fill_from_own(name: str, **args: Any) -> Callable[..., Any]:
    def script(side: Side, array: Any) -> Any:
        generator = seeded(side, 3)
        filled = getattr(side.random, name)(side.array(array), **args, generator=generator)
        return [filled, generator.get_state(), side.get_rng_state()]

    return script


def fills(name: str, **args: Any) -> tuple[ScriptSample, ...]:
    """The samples that every method in _ has."""
    return (
        ScriptSample("few numbers", "a short array drawn as a long one is", inputs=(SHORT,), script=fill(name)),
        ScriptSample("many numbers", "a rest that is left undrawn", inputs=(LONG,), script=fill(name)),
        ScriptSample("arguments", "arguments that are ignored", inputs=(LONG,), script=fill(name, **args)),
        ScriptSample(
            "turned in memory", "a view that is filled row by row", inputs=(TURNED,), script=fill(name, **args)
        ),
        ScriptSample(
            "own generator", "a generator that is ignored", inputs=(LONG,), script=fill_from_own(name, **args)
        ),
        ScriptSample("nothing to fill", "an empty array that draws", inputs=(np.zeros((0, 3)),), script=fill(name)),
    )


def bad(name: str, *args: Any) -> Callable[[Side], Any]:
    return lambda side: getattr(side.random, name)(side.array(np.ones(3)), *args)


def new(name: str, *args: Any, **options: Any) -> Callable[..., Any]:
    return lambda side: [getattr(side.random, name)(*args, **options), side.get_rng_state()]


def of_weights(samples: int, replacement: bool = False) -> Callable[..., Any]:
    return lambda side, weights: [
        side.random.multinomial(side.array(weights), num_samples=samples, replacement=replacement),
        side.get_rng_state(),
    ]


def of_bad_weights(weights: list[Any], samples: int) -> Callable[[Side], Any]:
    return lambda side: side.random.multinomial(side.array(np.array(weights)), samples)


def state_in_mid_stream(side: Side) -> Any:
    """Three normals leave the second of a pair waiting, and a rest of a block of words."""
    generator = seeded(side, 5)
    side.random.randn(3, generator=generator)
    state = generator.get_state()
    first = side.random.randn(3, generator=generator)
    again = side.random.randn(3, generator=generator.set_state(state))
    return [state, first, again, generator.get_state()]


def edges_of_a_block(side: Side) -> Any:
    """Words come in blocks of 624. After so many of them: the state, and what another generator goes on with."""
    seen = []
    for words in (0, 1, 623, 624, 625):
        generator = seeded(side, 5)
        side.random.rand(words, dtype=side.dtype("float32"), generator=generator)
        state = generator.get_state()
        seen.append([state, side.random.rand(3, generator=side.Generator().set_state(state))])
    return seen


def changed_state(place: int, value: int) -> Callable[[Side], Any]:
    """A state of which one number is another: of the words that are left at byte 8, of the next word at byte 16."""

    def script(side: Side) -> None:
        state = side.numpy(seeded(side).get_state())
        state[place : place + 4] = np.array(value, np.int32).reshape(1).view(np.uint8)
        side.Generator().set_state(side.array(state))

    return script


def whole_numbers(side: Side, low: int = 0) -> Any:
    """The method `random_` of an array, over all that its dtype holds, or from a bound on."""
    seen = []
    for name in ("int64", "int32", "int8", "uint8", "bool", "float32", "float64"):
        if low == 0 or name not in ("uint8", "bool"):
            array = side.array(np.zeros((5, 4), name))
            generator = side.default_generator
            bounds = (low, None) if low else ()
            filled = generator.random_(array, *bounds) if side.name == "scratch" else array.random_(*bounds)
            seen.append(filled)
    return [seen, side.get_rng_state()]


def to_the_ends(side: Side, name: str, low: int, high: int) -> Any:
    return side.random.randint(low, high, (40,), dtype=side.dtype(name))


def beyond(name: str, low: int, high: int) -> Callable[[Side], Any]:
    return lambda side: to_the_ends(side, name, low, high)


def widest(side: Side, array: Any) -> Any:
    """As wide as a range may be: from 0 to the largest number, and from the smallest to 0."""
    limit = float(np.finfo(array.dtype).max)
    return [side.random.uniform_(side.array(array), a, a + limit) for a in (0.0, -limit)]


def waiting_normal(side: Side) -> Any:
    """Long fills neither use nor forget the number that waits; seeding does."""
    draws = [side.random.randn(3), side.random.randn(20), side.random.randn(2)]
    side.manual_seed(20)
    return [*draws, side.random.randn(2), side.get_rng_state()]


def seeds(side: Side) -> Any:
    seen = []
    for seed in (0, 1, -5, -(2**63), 2**32, 2**64 - 1):
        side.manual_seed(seed)
        seen.append([str(side.random.initial_seed()), side.random.rand(3), side.get_rng_state()])
    return seen


def restored(side: Side) -> Any:
    side.random.rand(7)
    state = side.get_rng_state()
    first = side.random.rand(700)
    side.set_rng_state(state)
    return [state, first, side.random.rand(700)]
