"""Cases of the random numbers: what is drawn from a seed, and where it leaves the generator."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ScriptSample
from parity.sides import Side

__all__ = ["CASES"]

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


def _seeded(side: Side, seed: int = 0) -> Any:
    return side.Generator().manual_seed(seed)


def _fill(name: str, **args: Any) -> Callable[..., Any]:
    """A method in _ on an array: what it made, that it is the same array, and where it left the generator."""

    def script(side: Side, array: Any) -> Any:
        tensor = side.array(array)
        filled = getattr(side.random, name)(tensor, **args)
        return [filled, filled is tensor, side.get_rng_state()]

    return script


def _fill_from_own(name: str, **args: Any) -> Callable[..., Any]:
    def script(side: Side, array: Any) -> Any:
        generator = _seeded(side, 3)
        filled = getattr(side.random, name)(side.array(array), **args, generator=generator)
        return [filled, generator.get_state(), side.get_rng_state()]

    return script


def _fills(name: str, **args: Any) -> tuple[ScriptSample, ...]:
    """The samples that every method in _ has."""
    return (
        ScriptSample("few numbers", "a short array drawn as a long one is", inputs=(SHORT,), script=_fill(name)),
        ScriptSample("many numbers", "a rest that is left undrawn", inputs=(LONG,), script=_fill(name)),
        ScriptSample("arguments", "arguments that are ignored", inputs=(LONG,), script=_fill(name, **args)),
        ScriptSample(
            "turned in memory", "a view that is filled row by row", inputs=(TURNED,), script=_fill(name, **args)
        ),
        ScriptSample(
            "own generator", "a generator that is ignored", inputs=(LONG,), script=_fill_from_own(name, **args)
        ),
        ScriptSample("nothing to fill", "an empty array that draws", inputs=(np.zeros((0, 3)),), script=_fill(name)),
    )


def _bad(name: str, *args: Any) -> Callable[[Side], Any]:
    return lambda side: getattr(side.random, name)(side.array(np.ones(3)), *args)


def _new(name: str, *args: Any, **options: Any) -> Callable[..., Any]:
    return lambda side: [getattr(side.random, name)(*args, **options), side.get_rng_state()]


def _of_weights(samples: int, replacement: bool = False) -> Callable[..., Any]:
    return lambda side, weights: [
        side.random.multinomial(side.array(weights), num_samples=samples, replacement=replacement),
        side.get_rng_state(),
    ]


def _of_bad_weights(weights: list[Any], samples: int) -> Callable[[Side], Any]:
    return lambda side: side.random.multinomial(side.array(np.array(weights)), samples)


def _state_in_mid_stream(side: Side) -> Any:
    """Three normals leave the second of a pair waiting, and a rest of a block of words."""
    generator = _seeded(side, 5)
    side.random.randn(3, generator=generator)
    state = generator.get_state()
    first = side.random.randn(3, generator=generator)
    again = side.random.randn(3, generator=generator.set_state(state))
    return [state, first, again, generator.get_state()]


def _edges_of_a_block(side: Side) -> Any:
    """Words come in blocks of 624. After so many of them: the state, and what another generator goes on with."""
    seen = []
    for words in (0, 1, 623, 624, 625):
        generator = _seeded(side, 5)
        side.random.rand(words, dtype=side.dtype("float32"), generator=generator)
        state = generator.get_state()
        seen.append([state, side.random.rand(3, generator=side.Generator().set_state(state))])
    return seen


def _changed_state(place: int, value: int) -> Callable[[Side], Any]:
    """A state of which one number is another: of the words that are left at byte 8, of the next word at byte 16."""

    def script(side: Side) -> None:
        state = side.numpy(_seeded(side).get_state())
        state[place : place + 4] = np.array(value, np.int32).reshape(1).view(np.uint8)
        side.Generator().set_state(side.array(state))

    return script


def _whole_numbers(side: Side, low: int = 0) -> Any:
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


def _to_the_ends(side: Side, name: str, low: int, high: int) -> Any:
    return side.random.randint(low, high, (40,), dtype=side.dtype(name))


def _beyond(name: str, low: int, high: int) -> Callable[[Side], Any]:
    return lambda side: _to_the_ends(side, name, low, high)


def _widest(side: Side, array: Any) -> Any:
    """As wide as a range may be: from 0 to the largest number, and from the smallest to 0."""
    limit = float(np.finfo(array.dtype).max)
    return [side.random.uniform_(side.array(array), a, a + limit) for a in (0.0, -limit)]


def _waiting_normal(side: Side) -> Any:
    """Long fills neither use nor forget the number that waits; seeding does."""
    draws = [side.random.randn(3), side.random.randn(20), side.random.randn(2)]
    side.manual_seed(20)
    return [*draws, side.random.randn(2), side.get_rng_state()]


def _seeds(side: Side) -> Any:
    seen = []
    for seed in (0, 1, -5, -(2**63), 2**32, 2**64 - 1):
        side.manual_seed(seed)
        seen.append([str(side.random.initial_seed()), side.random.rand(3), side.get_rng_state()])
    return seen


def _restored(side: Side) -> Any:
    side.random.rand(7)
    state = side.get_rng_state()
    first = side.random.rand(700)
    side.set_rng_state(state)
    return [state, first, side.random.rand(700)]


CASES = [
    Case(
        "random.Generator",
        samples=(
            ScriptSample(
                "fresh",
                "a first seed of one's own choosing",
                script=lambda side: [side.Generator().initial_seed(), side.Generator().get_state()],
                expected={"result.0": 67280421310721},
            ),
            ScriptSample("state", "a state without the number that waits", script=_state_in_mid_stream),
            ScriptSample(
                "streams apart",
                "two generators that share a stream",
                script=lambda side: [
                    side.random.rand(4, generator=generator)
                    for generator in (_seeded(side, 1), _seeded(side, 2), side.default_generator)
                ],
            ),
            ScriptSample(
                "seed of the system",
                "a seed that is not the one started from, or has more than 64 bits",
                script=lambda side: [
                    (generator := side.Generator()).seed() == generator.initial_seed(),
                    generator.initial_seed() == generator.seed(),
                    all(generator.seed() < 2**64 for _ in range(20)),
                ],
                expected={"result": [True, False, True]},
            ),
            ScriptSample("edges of a block", "a block of words begun too early or too late", script=_edges_of_a_block),
            ScriptSample("all of a dtype", "numbers that the dtype does not hold", script=_whole_numbers),
            ScriptSample(
                "from a bound on",
                "an upper bound that is left out, or counted in",
                {"low": -3},
                script=_whole_numbers,
            ),
        ),
        errors=(
            ErrorSample("half a seed", RuntimeError, script=lambda side: side.Generator().manual_seed(1.5)),
            ErrorSample("a wide seed", ValueError, script=lambda side: side.Generator().manual_seed(2**64)),
            ErrorSample("a low seed", ValueError, script=lambda side: side.Generator().manual_seed(-(2**63) - 1)),
            ErrorSample("no words left", RuntimeError, script=_changed_state(8, 0)),
            ErrorSample("too many words left", RuntimeError, script=_changed_state(8, 625)),
            ErrorSample("a word beyond the block", RuntimeError, script=_changed_state(16, 625)),
            ErrorSample("no state", TypeError, script=lambda side: side.Generator().set_state(None)),
            ErrorSample(
                "a short state",
                RuntimeError,
                script=lambda side: side.Generator().set_state(side.array(np.zeros(9, np.uint8))),
            ),
            ErrorSample(
                "an empty state",
                RuntimeError,
                script=lambda side: side.Generator().set_state(side.array(np.zeros(5056, np.uint8))),
            ),
        ),
        differences=(
            Difference("methods that fill an array", "PyTorch has them on its tensors; NumPy's arrays are not ours"),
        ),
    ),
    Case(
        "random.manual_seed",
        samples=(
            ScriptSample("five seeds", "a sign, or bits beyond the low 32, that change the stream", script=_seeds),
            ScriptSample("waiting normal", "a seed that leaves a number of the old stream", script=_waiting_normal),
        ),
        errors=(ErrorSample("a wide seed", ValueError, script=lambda side: side.manual_seed(2**64)),),
    ),
    Case(
        "random.initial_seed",
        samples=(ScriptSample("five seeds", "a negative seed told as it was given", script=_seeds),),
    ),
    Case(
        "random.get_rng_state",
        samples=(
            ScriptSample("waiting normal", "a state without the number that waits", script=_waiting_normal),
            ScriptSample("a new block of words", "a position that is off by one", script=_restored),
        ),
    ),
    Case(
        "random.set_rng_state",
        samples=(ScriptSample("back again", "a state that is read and not restored", script=_restored),),
    ),
    Case(
        "random.uniform_",
        samples=(
            *_fills("uniform_", a=-1.0, b=2.5),
            ScriptSample(
                "an open end",
                "an end that is reached by rounding",
                inputs=(LONG,),
                script=lambda side, array: side.random.uniform_(side.array(array), a=2.0**23, b=2.0**23 + 1) - 2.0**23,
            ),
            ScriptSample(
                "one point", "a range of nothing refused", inputs=(SHORT,), script=_fill("uniform_", a=1.0, b=1.0)
            ),
            ScriptSample(
                "from zero", "an upper bound ignored", inputs=(SHORT,), script=_fill("uniform_", a=0.0, b=2.0)
            ),
            ScriptSample("widest", "a range that fits and is refused", inputs=(SHORT,), script=_widest),
        ),
        errors=(
            ErrorSample("ends swapped", RuntimeError, script=_bad("uniform_", 1, 0)),
            ErrorSample("not a number", RuntimeError, script=_bad("uniform_", math.nan, 0)),
            ErrorSample("endless", RuntimeError, script=_bad("uniform_", 0, math.inf)),
            ErrorSample("too wide", RuntimeError, script=_bad("uniform_", -1e308, 1e308)),
            ErrorSample(
                "integers", RuntimeError, script=lambda side: side.random.uniform_(side.array(np.ones(3, np.int64)))
            ),
        ),
    ),
    Case(
        "random.normal_",
        samples=(
            *_fills("normal_", mean=-1.5, std=0.25),
            ScriptSample("waiting normal", "the second of a pair thrown away", script=_waiting_normal),
            ScriptSample(
                "no spread", "a spread of 0 refused", inputs=(LONG,), script=_fill("normal_", mean=2.0, std=0.0)
            ),
        ),
        errors=(
            ErrorSample("negative std", RuntimeError, script=_bad("normal_", 0, -1)),
            ErrorSample("not a number", RuntimeError, script=_bad("normal_", 0, math.nan)),
            ErrorSample(
                "integers", RuntimeError, script=lambda side: side.random.normal_(side.array(np.ones(3, np.int64)))
            ),
        ),
    ),
    Case(
        "random.exponential_",
        samples=_fills("exponential_", lambd=2.5),
        errors=(
            ErrorSample("no rate", RuntimeError, script=_bad("exponential_", 0)),
            ErrorSample("negative rate", RuntimeError, script=_bad("exponential_", -1)),
            ErrorSample(
                "integers", RuntimeError, script=lambda side: side.random.exponential_(side.array(np.ones(3, np.int64)))
            ),
        ),
    ),
    Case(
        "random.bernoulli_",
        samples=(
            *_fills("bernoulli_", p=0.3),
            ScriptSample(
                "a chance each",
                "one chance for all, or 64 bits a number whatever the dtype",
                inputs=(LONG, np.linspace(0, 1, 15).reshape(5, 3)),
                script=lambda side, array, p: [
                    side.random.bernoulli_(side.array(array), p=side.array(p)),
                    side.get_rng_state(),
                ],
            ),
            ScriptSample(
                "just the chance",
                "a one where the number drawn equals the chance",
                script=lambda side: side.random.bernoulli_(side.array(np.ones(1)), UNITS64[0], generator=_seeded(side)),
                expected={"result": [0.0]},
            ),
            ScriptSample(
                "just the chances",
                "a one where the number drawn equals the chance in an array",
                dtypes=("float64",),
                script=lambda side: side.random.bernoulli_(
                    side.array(np.ones(2)), side.array(np.array(UNITS64)), generator=_seeded(side)
                ),
                expected={"result": [0.0, 0.0]},
            ),
            ScriptSample(
                "whole numbers",
                "an array of whole numbers refused",
                inputs=(np.zeros((5, 4), np.int64),),
                script=_fill("bernoulli_", p=0.5),
            ),
        ),
        errors=(
            ErrorSample("above one", RuntimeError, script=_bad("bernoulli_", 1.5)),
            ErrorSample("below zero", RuntimeError, script=_bad("bernoulli_", -0.1)),
            ErrorSample(
                "another shape",
                RuntimeError,
                script=lambda side: side.random.bernoulli_(side.array(np.ones(3)), side.array(np.ones(2))),
            ),
        ),
    ),
    Case(
        "random.bernoulli",
        samples=(
            ScriptSample(
                "a chance each",
                "ones with the chance of a zero",
                inputs=(np.linspace(0, 1, 20).reshape(5, 4),),
                script=lambda side, p: [
                    side.random.bernoulli(side.array(p)),
                    side.random.bernoulli(side.array(p), generator=_seeded(side)),
                    side.get_rng_state(),
                ],
            ),
            ScriptSample(
                "certain",
                "a zero that is drawn, or a one that is not",
                inputs=(np.array([0.0, 1.0, 1.0, 0.0]),),
                script=lambda side, p: side.random.bernoulli(side.array(p)),
                expected={"result": [0.0, 1.0, 1.0, 0.0]},
            ),
        ),
        errors=(
            ErrorSample("above one", RuntimeError, script=lambda side: side.random.bernoulli(side.array([0.0, 2.0]))),
            ErrorSample("integers", RuntimeError, script=lambda side: side.random.bernoulli(side.array([0, 1]))),
        ),
    ),
    Case(
        "random.multinomial",
        samples=(
            ScriptSample(
                "one",
                "one draw made as many are",
                inputs=(np.array([0.2, 3.0, 1.0, 0.0]),),
                script=_of_weights(1, True),
            ),
            ScriptSample(
                "with replacement",
                "weights that are taken for probabilities",
                inputs=(np.array([0.2, 3.0, 1.0, 0.0]),),
                script=_of_weights(30, True),
            ),
            ScriptSample(
                "without replacement",
                "a draw that comes twice",
                inputs=(np.array([0.2, 3.0, 1.0, 0.5, 0.1]),),
                script=_of_weights(5),
            ),
            ScriptSample(
                "rows",
                "rows that share their draws",
                inputs=(np.arange(1.0, 13.0).reshape(3, 4),),
                script=_of_weights(7, True),
            ),
            ScriptSample(
                "rows without replacement",
                "rows that share their draws",
                inputs=(np.arange(1.0, 13.0).reshape(3, 4),),
                script=_of_weights(3),
            ),
            ScriptSample(
                "own generator",
                "a generator that is ignored",
                inputs=(np.array([0.2, 0.3, 0.1]),),
                script=lambda side, w: side.random.multinomial(side.array(w), 9, True, generator=_seeded(side)),
            ),
        ),
        errors=tuple(
            ErrorSample(name, RuntimeError, script=_of_bad_weights(weights, n))
            for name, weights, n in (
                ("too many", [1.0, 2.0], 3),
                ("none", [1.0, 2.0], 0),
                ("negative", [1.0, -1.0], 1),
                ("all zero", [0.0, 0.0], 1),
                ("not a number", [1.0, math.nan], 1),
                ("endless", [1.0, math.inf], 1),
                ("integers", [1, 2], 1),
                ("three axes", [[[1.0, 2.0]]], 1),
            )
        ),
        differences=(
            Difference("the order of equal keys", "PyTorch leaves it to its sort; here the smaller index comes first"),
        ),
    ),
    Case(
        "random.rand",
        samples=(
            ScriptSample("a shape", "a size that is taken for a number", script=_new("rand", 5, 4, 3)),
            ScriptSample("a sequence", "a shape that must be spelled out", script=_new("rand", (5, 4, 3))),
            ScriptSample("no axes", "a single number in an array of one", script=_new("rand", ())),
            ScriptSample("no numbers", "a side of 0 refused", script=_new("rand", 0, 3)),
            ScriptSample(
                "worked by hand",
                "high bits where PyTorch takes the low ones",
                script=lambda side: side.random.rand(2, dtype=side.dtype("float32"), generator=_seeded(side)),
                expected={"result": UNITS32},
            ),
            ScriptSample(
                "worked by hand, float64",
                "one word where PyTorch takes two",
                script=lambda side: side.random.rand(2, dtype=side.dtype("float64"), generator=_seeded(side)),
                expected={"result": UNITS64},
            ),
        ),
        errors=(
            ErrorSample("negative", RuntimeError, script=lambda side: side.random.rand(3, -1)),
            ErrorSample("half", TypeError, script=lambda side: side.random.rand(2.5)),
            ErrorSample("nothing", TypeError, script=lambda side: side.random.rand()),
        ),
    ),
    Case(
        "random.randn",
        samples=(
            ScriptSample("few", "a short array drawn as a long one is", script=_new("randn", 5, 3)),
            ScriptSample("sixteen", "the bound between the two ways", script=_new("randn", 16)),
            ScriptSample("many", "a rest that is left undrawn", script=_new("randn", (7, 5, 3))),
            ScriptSample(
                "worked by hand",
                "a sine and a cosine that change places",
                script=lambda side: side.random.randn(2, dtype=side.dtype("float64"), generator=_seeded(side)),
                expected={
                    "result": [
                        math.sqrt(-2 * math.log(1 - UNITS64[1])) * turn(2 * math.pi * UNITS64[0])
                        for turn in (math.cos, math.sin)
                    ]
                },
            ),
        ),
        errors=(
            ErrorSample("negative", RuntimeError, script=lambda side: side.random.randn(-1)),
            ErrorSample("nothing", TypeError, script=lambda side: side.random.randn()),
        ),
    ),
    Case(
        "random.randint",
        samples=(
            ScriptSample("one bound", "a bound that is the lower one", script=_new("randint", 10, (5, 4))),
            ScriptSample(
                "one bound, a size by name", "a bound that is taken for a size", script=_new("randint", 10, size=(5, 4))
            ),
            ScriptSample("two bounds", "a lower bound that is ignored", script=_new("randint", -3, 7, (5, 4))),
            ScriptSample("by name", "arguments that have no names", script=_new("randint", low=3, high=9, size=(5, 4))),
            ScriptSample("wide", "32 bits where 64 are drawn", script=_new("randint", -5, 2**28 - 5, (5, 4))),
            ScriptSample("nearly wide", "64 bits where 32 are drawn", script=_new("randint", 5, 2**28 + 4, (5, 4))),
            *(
                ScriptSample(
                    f"all of {name}",
                    "bounds that fit and are refused",
                    {"name": name, "low": low, "high": high},
                    script=_to_the_ends,
                )
                for name, low, high in ENDS
            ),
            ScriptSample(
                "small numbers",
                "a dtype that is ignored",
                script=lambda side: side.random.randint(0, 256, (20,), dtype=side.dtype("uint8")),
            ),
            ScriptSample(
                "worked by hand",
                "a scaled number for a remainder",
                script=lambda side: side.random.randint(-3, 7, (2,), generator=_seeded(side)),
                expected={"result": [FIRST % 10 - 3, SECOND % 10 - 3]},
            ),
        ),
        errors=(
            *(
                ErrorSample(f"{where} {name}", RuntimeError, script=_beyond(name, low, high), only_ours=ours)
                for where, below, above in (("below", 1, 0), ("above", 0, 1))
                for name, low, high, ours in (
                    (n, low - below, high + above, ROUNDED if n.startswith("float") else "") for n, low, high in ENDS
                )
            ),
            ErrorSample(
                "all of 64 bits",
                RuntimeError,
                script=lambda side: _to_the_ends(side, "int64", -(2**63), 2**63),
                only_ours="PyTorch has no number as large as this bound, and raises a ValueError",
            ),
            ErrorSample("nothing between", RuntimeError, script=lambda side: side.random.randint(3, 3, (2,))),
            ErrorSample(
                "complex numbers",
                RuntimeError,
                script=lambda side: side.random.randint(0, 9, (3,), dtype=side.dtype("complex64")),
            ),
            ErrorSample("no size", TypeError, script=lambda side: side.random.randint(3)),
            ErrorSample("negative", RuntimeError, script=lambda side: side.random.randint(0, 9, (-1,))),
        ),
        differences=(
            Difference(
                "bounds beyond 2²⁴ in float32, 2⁵³ in float64",
                "PyTorch warns that some numbers cannot come, and rounds the bounds; here they are refused",
            ),
        ),
    ),
    Case(
        "random.randperm",
        samples=(
            ScriptSample("a shuffle", "a shuffle that runs from the other end", script=_new("randperm", 20)),
            ScriptSample("one", "a draw for a place that has no partner", script=_new("randperm", 1)),
            ScriptSample("none", "an empty order that is refused", script=_new("randperm", 0)),
            ScriptSample(
                "small numbers",
                "a dtype that is ignored",
                script=lambda side: side.random.randperm(100, dtype=side.dtype("uint8")),
            ),
            ScriptSample(
                "worked by hand",
                "partners drawn among all places",
                script=lambda side: side.random.randperm(3, generator=_seeded(side)),
                expected={"result": [2, 0, 1]},
            ),
        ),
        errors=(
            ErrorSample("negative", RuntimeError, script=lambda side: side.random.randperm(-1)),
            ErrorSample(
                "very many",
                RuntimeError,
                script=lambda side: side.random.randperm(214_748_364),
                only_ours="PyTorch shuffles in another way there",
            ),
            ErrorSample(
                "beyond the dtype",
                RuntimeError,
                script=lambda side: side.random.randperm(300, dtype=side.dtype("uint8")),
            ),
        ),
        differences=(
            Difference("n >= 214,748,364 is refused", "PyTorch shuffles in another way there, with 64-bit words"),
        ),
    ),
]
