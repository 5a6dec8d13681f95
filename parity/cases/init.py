"""Cases of the weight initialisers: what they fill in, and where they leave the generator."""

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ScriptSample
from parity.sides import Side

__all__ = ["CASES"]

WIDE = np.full((4, 7), 9.0)  # what stood there before must not matter
TALL = np.full((9, 4), 9.0)
KERNEL = np.full((4, 6, 3, 2), 9.0)
TURNED = np.full((7, 4), 9.0).T  # lies in memory the other way round
NOTHING, ONE = np.full((0, 4), 9.0), np.full((1, 1), 9.0)


def _fill(name: str, **args: Any) -> Callable[..., Any]:
    """What is filled in, that it is the tensor that was given, where it left the generator, and the warnings."""

    def script(side: Side, array: Any) -> Any:
        tensor = side.array(array)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            filled = getattr(side.init, name)(tensor, **args)
        return [filled, filled is tensor, side.get_rng_state(), len(caught)]

    return script


def _fill_from_own(name: str, **args: Any) -> Callable[..., Any]:
    def script(side: Side, array: Any) -> Any:
        generator = side.Generator().manual_seed(3)
        filled = getattr(side.init, name)(side.array(array), **args, generator=generator)
        return [filled, generator.get_state(), side.get_rng_state()]

    return script


def _sample(name: str, exposes: str, function: str, array: Any = KERNEL, **args: Any) -> ScriptSample:
    return ScriptSample(name, exposes, inputs=(array,), script=_fill(function, **args))


def _drawn(function: str, array: Any = WIDE, **args: Any) -> tuple[ScriptSample, ...]:
    """The samples that every initialiser has that draws."""
    return (
        _sample("a matrix", "fan-in and fan-out swapped", function, array, **args),
        _sample("turned in memory", "a view that is filled row by row", function, TURNED, **args),
        ScriptSample(
            "own generator", "a generator that is ignored", inputs=(array,), script=_fill_from_own(function, **args)
        ),
    )


def _bounds_drawn(side: Side) -> Any:
    """The bounds are the least and the largest of the numbers that will be drawn."""
    side.manual_seed(3)
    drawn = side.numpy(side.init.normal_(side.array(WIDE)))
    side.manual_seed(3)
    return side.init.trunc_normal_(side.array(WIDE), a=float(drawn.min()), b=float(drawn.max()))


def _far_means(side: Side) -> Any:
    """How often a mean is called far from [1, 2]: at just 2 std beside it not yet."""
    counts = []
    for mean in (0.0, -0.25, 3.0, 3.25):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            side.init.trunc_normal_(side.array(ONE), mean=mean, std=0.5, a=1.0, b=2.0)
        counts.append(len(caught))
    return counts


def _bad(name: str, shape: tuple[int, ...], **args: Any) -> Callable[[Side], Any]:
    return lambda side: getattr(side.init, name)(side.array(np.ones(shape)), **args)


def _gain(nonlinearity: str, param: Any = None) -> Callable[[Side], Any]:
    return lambda side: float(side.init.calculate_gain(nonlinearity, param=param))


def _expected(values: Any) -> dict[str, Any]:
    return {"result.0": values}


def _kaiming(function: str) -> Case:
    return Case(
        f"init.{function}",
        samples=(
            *_drawn(function),
            _sample("a kernel", "a kernel left out of the fans", function),
            _sample("slope", "a slope that is ignored", function, a=math.sqrt(5)),
            _sample("fan out", "a mode that is ignored", function, mode="fan_out"),
            _sample("another nonlinearity", "a gain that is ignored", function, nonlinearity="relu"),
            _sample("capitals", "a mode that minds its capitals", function, mode="FAN_OUT", nonlinearity="tanh"),
            _sample("nothing", "a fan of 0 that is divided by, and no warning", function, NOTHING),
            _sample("one number", "one number that is taken for none", function, ONE),
        ),
        errors=(
            ErrorSample("one axis", ValueError, script=_bad(function, (3,))),
            ErrorSample("unknown mode", ValueError, script=_bad(function, (3, 2), mode="fan")),
        ),
    )


GAINS = {
    "linear": 1.0,
    "conv1d": 1.0,
    "conv2d": 1.0,
    "conv3d": 1.0,
    "conv_transpose1d": 1.0,
    "conv_transpose2d": 1.0,
    "conv_transpose3d": 1.0,
    "sigmoid": 1.0,
    "tanh": 5 / 3,
    "relu": math.sqrt(2),
    "selu": 0.75,
    "leaky_relu": math.sqrt(2 / 1.0001),
}

CASES = [
    Case(
        "init.calculate_gain",
        samples=(
            *(
                ScriptSample(name, "a gain out of another table", script=_gain(name), expected={"result": gain})
                for name, gain in GAINS.items()
            ),
            ScriptSample(
                "no slope",
                "a slope of 0 that is taken for none",
                script=_gain("leaky_relu", 0),
                expected={"result": math.sqrt(2)},
            ),
            ScriptSample(
                "steep slope",
                "a slope that is not squared",
                script=_gain("leaky_relu", 3.0),
                expected={"result": math.sqrt(0.2)},
            ),
        ),
        errors=(
            ErrorSample("unknown", ValueError, script=_gain("gelu")),
            ErrorSample("a truth for a slope", ValueError, script=_gain("leaky_relu", True)),
            ErrorSample("a text for a slope", ValueError, script=_gain("leaky_relu", "0.1")),
        ),
    ),
    Case(
        "init.uniform_",
        samples=(*_drawn("uniform_", a=-0.2, b=0.3), _sample("by default", "other bounds than 0 and 1", "uniform_")),
        errors=(ErrorSample("ends swapped", RuntimeError, script=_bad("uniform_", (3,), a=1.0, b=0.0)),),
    ),
    Case(
        "init.normal_",
        samples=(*_drawn("normal_", mean=0.1, std=0.02), _sample("by default", "another spread than 1", "normal_")),
        errors=(ErrorSample("negative std", RuntimeError, script=_bad("normal_", (3,), std=-1.0)),),
    ),
    Case(
        "init.trunc_normal_",
        samples=(
            *_drawn("trunc_normal_"),
            _sample("narrow spread", "bounds in standard deviations", "trunc_normal_", std=0.02, a=-0.04, b=0.04),
            _sample("to one side", "only the bad places drawn again", "trunc_normal_", mean=0.5, a=0.4, b=9.0),
            _sample("a little room", "a wrong bound between the two ways", "trunc_normal_", a=-0.5, b=0.5),
            _sample("hardly any room", "normal proposals that never fit", "trunc_normal_", a=-0.1, b=0.1),
            _sample("room enough", "a third way of drawing", "trunc_normal_", a=-0.4, b=0.4),
            # 0.3 to the last bit, as Python computes it here
            _sample("a limit", "0.3 on the wrong side", "trunc_normal_", a=-1.0, b=-0.1038221253499555),
            _sample(
                "in the tail",
                "a peak that is taken to lie at the mean",
                "trunc_normal_",
                mean=0.5,
                std=0.75,
                a=1.5,
                b=3.0,
            ),
            ScriptSample("bounds drawn", "numbers on the bounds drawn again", script=_bounds_drawn),
            ScriptSample(
                "far means",
                "a warning too early, or on one side only",
                script=_far_means,
                expected={"result": [0, 1, 0, 1]},
            ),
        ),
        errors=(ErrorSample("no spread", ZeroDivisionError, script=_bad("trunc_normal_", (3,), std=0.0)),),
    ),
    Case(
        "init.constant_",
        samples=(_sample("a number", "a value that is ignored", "constant_", val=0.3),),
        errors=(
            ErrorSample("a text", TypeError, script=_bad("constant_", (3,), val="a")),
            ErrorSample("a list", TypeError, script=_bad("constant_", (3,), val=[1.0, 2.0, 3.0])),
        ),
    ),
    Case("init.ones_", samples=(_sample("a kernel", "a tensor that is not filled", "ones_"),)),
    Case("init.zeros_", samples=(_sample("a kernel", "a tensor that is not filled", "zeros_"),)),
    Case(
        "init.eye_",
        samples=(
            _sample("wide", "what stood there before", "eye_", WIDE),
            _sample("tall", "a diagonal that runs on", "eye_", TALL),
            ScriptSample(
                "worked by hand",
                "a diagonal from the other corner",
                inputs=(np.ones((2, 3)),),
                script=_fill("eye_"),
                expected=_expected([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
            ),
        ),
        errors=(ErrorSample("three axes", ValueError, script=_bad("eye_", (3, 2, 1))),),
    ),
    Case(
        "init.dirac_",
        samples=(
            _sample("a picture", "what stood there before", "dirac_"),
            _sample("groups", "groups that share their channels", "dirac_", groups=2),
            _sample("a line", "only two axes in the kernel", "dirac_", np.ones((6, 4, 5))),
            _sample("a body", "only two axes in the kernel", "dirac_", np.ones((3, 4, 2, 3, 5))),
            ScriptSample(
                "worked by hand",
                "a centre left of the middle of an even kernel",
                inputs=(np.ones((2, 3, 4)),),
                script=_fill("dirac_"),
                expected=_expected([[[0.0, 0, 1, 0], [0.0] * 4, [0.0] * 4], [[0.0] * 4, [0.0, 0, 1, 0], [0.0] * 4]]),
            ),
        ),
        errors=(
            ErrorSample("a matrix", ValueError, script=_bad("dirac_", (3, 2))),
            ErrorSample("uneven groups", ValueError, script=_bad("dirac_", (3, 2, 1), groups=2)),
        ),
    ),
    *(
        Case(
            f"init.{function}",
            samples=(
                *_drawn(function),
                _sample("a kernel", "a kernel left out of the fans", function),
                _sample("gain", "a gain that is ignored", function, gain=5 / 3),
            ),
            errors=(ErrorSample("one axis", ValueError, script=_bad(function, (3,))),),
        )
        for function in ("xavier_uniform_", "xavier_normal_")
    ),
    _kaiming("kaiming_uniform_"),
    _kaiming("kaiming_normal_"),
    Case(
        "init.orthogonal_",
        samples=(
            *_drawn("orthogonal_"),
            _sample("tall", "columns that should be orthogonal", "orthogonal_", TALL),
            _sample("square", "signs that LAPACK chose", "orthogonal_", np.ones((5, 5))),
            _sample("a kernel", "a kernel that is not flattened", "orthogonal_"),
            _sample("gain", "a gain that is ignored", "orthogonal_", gain=2.5),
            _sample("nothing", "a division by no rows", "orthogonal_", NOTHING),
            _sample("one number", "one number that is taken for none", "orthogonal_", ONE),
        ),
        errors=(ErrorSample("one axis", ValueError, script=_bad("orthogonal_", (3,))),),
        differences=(
            Difference("the last digits", "NumPy and PyTorch carry LAPACK in two builds, which round otherwise"),
        ),
    ),
    Case(
        "init.sparse_",
        samples=(
            *_drawn("sparse_", sparsity=0.3),
            _sample("tall", "a share of the rows, not of the columns", "sparse_", TALL, sparsity=0.5),
            _sample("spread", "a spread that is ignored", "sparse_", TALL, sparsity=0.75, std=2.0),
            _sample("nothing", "a zero too many", "sparse_", TALL, sparsity=0.0),
        ),
        errors=(ErrorSample("three axes", ValueError, script=_bad("sparse_", (3, 2, 1), sparsity=0.1)),),
    ),
]
