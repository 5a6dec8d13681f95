"""Cases of the random numbers: what is drawn from a seed, and where it leaves the generator."""

import math

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ScriptSample
from parity.cases._random import (
    ENDS,
    FIRST,
    LONG,
    ROUNDED,
    SECOND,
    SHORT,
    UNITS32,
    UNITS64,
    bad,
    beyond,
    changed_state,
    edges_of_a_block,
    fill,
    fills,
    new,
    of_bad_weights,
    of_weights,
    restored,
    seeded,
    seeds,
    state_in_mid_stream,
    to_the_ends,
    waiting_normal,
    whole_numbers,
    widest,
)

__all__ = ["CASES"]

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
            ScriptSample("state", "a state without the number that waits", script=state_in_mid_stream),
            ScriptSample(
                "streams apart",
                "two generators that share a stream",
                script=lambda side: [
                    side.random.rand(4, generator=generator)
                    for generator in (seeded(side, 1), seeded(side, 2), side.default_generator)
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
            ScriptSample("edges of a block", "a block of words begun too early or too late", script=edges_of_a_block),
            ScriptSample("all of a dtype", "numbers that the dtype does not hold", script=whole_numbers),
            ScriptSample(
                "from a bound on",
                "an upper bound that is left out, or counted in",
                {"low": -3},
                script=whole_numbers,
            ),
        ),
        errors=(
            ErrorSample("half a seed", RuntimeError, script=lambda side: side.Generator().manual_seed(1.5)),
            ErrorSample("a wide seed", ValueError, script=lambda side: side.Generator().manual_seed(2**64)),
            ErrorSample("a low seed", ValueError, script=lambda side: side.Generator().manual_seed(-(2**63) - 1)),
            ErrorSample("no words left", RuntimeError, script=changed_state(8, 0)),
            ErrorSample("too many words left", RuntimeError, script=changed_state(8, 625)),
            ErrorSample("a word beyond the block", RuntimeError, script=changed_state(16, 625)),
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
            ScriptSample("five seeds", "a sign, or bits beyond the low 32, that change the stream", script=seeds),
            ScriptSample("waiting normal", "a seed that leaves a number of the old stream", script=waiting_normal),
        ),
        errors=(ErrorSample("a wide seed", ValueError, script=lambda side: side.manual_seed(2**64)),),
    ),
    Case(
        "random.initial_seed",
        samples=(ScriptSample("five seeds", "a negative seed told as it was given", script=seeds),),
    ),
    Case(
        "random.get_rng_state",
        samples=(
            ScriptSample("waiting normal", "a state without the number that waits", script=waiting_normal),
            ScriptSample("a new block of words", "a position that is off by one", script=restored),
        ),
    ),
    Case(
        "random.set_rng_state",
        samples=(ScriptSample("back again", "a state that is read and not restored", script=restored),),
    ),
    Case(
        "random.uniform_",
        samples=(
            *fills("uniform_", a=-1.0, b=2.5),
            ScriptSample(
                "an open end",
                "an end that is reached by rounding",
                inputs=(LONG,),
                script=lambda side, array: side.random.uniform_(side.array(array), a=2.0**23, b=2.0**23 + 1) - 2.0**23,
            ),
            ScriptSample(
                "one point", "a range of nothing refused", inputs=(SHORT,), script=fill("uniform_", a=1.0, b=1.0)
            ),
            ScriptSample("from zero", "an upper bound ignored", inputs=(SHORT,), script=fill("uniform_", a=0.0, b=2.0)),
            ScriptSample("widest", "a range that fits and is refused", inputs=(SHORT,), script=widest),
        ),
        errors=(
            ErrorSample("ends swapped", RuntimeError, script=bad("uniform_", 1, 0)),
            ErrorSample("not a number", RuntimeError, script=bad("uniform_", math.nan, 0)),
            ErrorSample("endless", RuntimeError, script=bad("uniform_", 0, math.inf)),
            ErrorSample("too wide", RuntimeError, script=bad("uniform_", -1e308, 1e308)),
            ErrorSample(
                "integers", RuntimeError, script=lambda side: side.random.uniform_(side.array(np.ones(3, np.int64)))
            ),
        ),
    ),
    Case(
        "random.normal_",
        samples=(
            *fills("normal_", mean=-1.5, std=0.25),
            ScriptSample("waiting normal", "the second of a pair thrown away", script=waiting_normal),
            ScriptSample(
                "no spread", "a spread of 0 refused", inputs=(LONG,), script=fill("normal_", mean=2.0, std=0.0)
            ),
        ),
        errors=(
            ErrorSample("negative std", RuntimeError, script=bad("normal_", 0, -1)),
            ErrorSample("not a number", RuntimeError, script=bad("normal_", 0, math.nan)),
            ErrorSample(
                "integers", RuntimeError, script=lambda side: side.random.normal_(side.array(np.ones(3, np.int64)))
            ),
        ),
    ),
    Case(
        "random.exponential_",
        samples=fills("exponential_", lambd=2.5),
        errors=(
            ErrorSample("no rate", RuntimeError, script=bad("exponential_", 0)),
            ErrorSample("negative rate", RuntimeError, script=bad("exponential_", -1)),
            ErrorSample(
                "integers", RuntimeError, script=lambda side: side.random.exponential_(side.array(np.ones(3, np.int64)))
            ),
        ),
    ),
    Case(
        "random.bernoulli_",
        samples=(
            *fills("bernoulli_", p=0.3),
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
                script=lambda side: side.random.bernoulli_(side.array(np.ones(1)), UNITS64[0], generator=seeded(side)),
                expected={"result": [0.0]},
            ),
            ScriptSample(
                "just the chances",
                "a one where the number drawn equals the chance in an array",
                dtypes=("float64",),
                script=lambda side: side.random.bernoulli_(
                    side.array(np.ones(2)), side.array(np.array(UNITS64)), generator=seeded(side)
                ),
                expected={"result": [0.0, 0.0]},
            ),
            ScriptSample(
                "whole numbers",
                "an array of whole numbers refused",
                inputs=(np.zeros((5, 4), np.int64),),
                script=fill("bernoulli_", p=0.5),
            ),
        ),
        errors=(
            ErrorSample("above one", RuntimeError, script=bad("bernoulli_", 1.5)),
            ErrorSample("below zero", RuntimeError, script=bad("bernoulli_", -0.1)),
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
                    side.random.bernoulli(side.array(p), generator=seeded(side)),
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
                script=of_weights(1, True),
            ),
            ScriptSample(
                "with replacement",
                "weights that are taken for probabilities",
                inputs=(np.array([0.2, 3.0, 1.0, 0.0]),),
                script=of_weights(30, True),
            ),
            ScriptSample(
                "without replacement",
                "a draw that comes twice",
                inputs=(np.array([0.2, 3.0, 1.0, 0.5, 0.1]),),
                script=of_weights(5),
            ),
            ScriptSample(
                "rows",
                "rows that share their draws",
                inputs=(np.arange(1.0, 13.0).reshape(3, 4),),
                script=of_weights(7, True),
            ),
            ScriptSample(
                "rows without replacement",
                "rows that share their draws",
                inputs=(np.arange(1.0, 13.0).reshape(3, 4),),
                script=of_weights(3),
            ),
            ScriptSample(
                "own generator",
                "a generator that is ignored",
                inputs=(np.array([0.2, 0.3, 0.1]),),
                script=lambda side, w: side.random.multinomial(side.array(w), 9, True, generator=seeded(side)),
            ),
        ),
        errors=tuple(
            ErrorSample(name, RuntimeError, script=of_bad_weights(weights, n))
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
            ScriptSample("a shape", "a size that is taken for a number", script=new("rand", 5, 4, 3)),
            ScriptSample("a sequence", "a shape that must be spelled out", script=new("rand", (5, 4, 3))),
            ScriptSample("no axes", "a single number in an array of one", script=new("rand", ())),
            ScriptSample("no numbers", "a side of 0 refused", script=new("rand", 0, 3)),
            ScriptSample(
                "worked by hand",
                "high bits where PyTorch takes the low ones",
                script=lambda side: side.random.rand(2, dtype=side.dtype("float32"), generator=seeded(side)),
                expected={"result": UNITS32},
            ),
            ScriptSample(
                "worked by hand, float64",
                "one word where PyTorch takes two",
                script=lambda side: side.random.rand(2, dtype=side.dtype("float64"), generator=seeded(side)),
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
            ScriptSample("few", "a short array drawn as a long one is", script=new("randn", 5, 3)),
            ScriptSample("sixteen", "the bound between the two ways", script=new("randn", 16)),
            ScriptSample("many", "a rest that is left undrawn", script=new("randn", (7, 5, 3))),
            ScriptSample(
                "worked by hand",
                "a sine and a cosine that change places",
                script=lambda side: side.random.randn(2, dtype=side.dtype("float64"), generator=seeded(side)),
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
            ScriptSample("one bound", "a bound that is the lower one", script=new("randint", 10, (5, 4))),
            ScriptSample(
                "one bound, a size by name", "a bound that is taken for a size", script=new("randint", 10, size=(5, 4))
            ),
            ScriptSample("two bounds", "a lower bound that is ignored", script=new("randint", -3, 7, (5, 4))),
            ScriptSample("by name", "arguments that have no names", script=new("randint", low=3, high=9, size=(5, 4))),
            ScriptSample("wide", "32 bits where 64 are drawn", script=new("randint", -5, 2**28 - 5, (5, 4))),
            ScriptSample("nearly wide", "64 bits where 32 are drawn", script=new("randint", 5, 2**28 + 4, (5, 4))),
            *(
                ScriptSample(
                    f"all of {name}",
                    "bounds that fit and are refused",
                    {"name": name, "low": low, "high": high},
                    script=to_the_ends,
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
                script=lambda side: side.random.randint(-3, 7, (2,), generator=seeded(side)),
                expected={"result": [FIRST % 10 - 3, SECOND % 10 - 3]},
            ),
        ),
        errors=(
            *(
                ErrorSample(f"{where} {name}", RuntimeError, script=beyond(name, low, high), only_ours=ours)
                for where, below, above in (("below", 1, 0), ("above", 0, 1))
                for name, low, high, ours in (
                    (n, low - below, high + above, ROUNDED if n.startswith("float") else "") for n, low, high in ENDS
                )
            ),
            ErrorSample(
                "all of 64 bits",
                RuntimeError,
                script=lambda side: to_the_ends(side, "int64", -(2**63), 2**63),
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
            ScriptSample("a shuffle", "a shuffle that runs from the other end", script=new("randperm", 20)),
            ScriptSample("one", "a draw for a place that has no partner", script=new("randperm", 1)),
            ScriptSample("none", "an empty order that is refused", script=new("randperm", 0)),
            ScriptSample(
                "small numbers",
                "a dtype that is ignored",
                script=lambda side: side.random.randperm(100, dtype=side.dtype("uint8")),
            ),
            ScriptSample(
                "worked by hand",
                "partners drawn among all places",
                script=lambda side: side.random.randperm(3, generator=seeded(side)),
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
