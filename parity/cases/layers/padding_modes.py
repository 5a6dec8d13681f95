"""Cases of the margins that are taken from the image itself."""

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ModuleSample, normal

__all__ = ["CASES"]

IMAGES = ((4,), (3, 4), (2, 3, 4))  # as small as they can be
EACH_SIDE = ((2, 1), (2, 1, 0, 2), (2, 1, 0, 2, 1, 0))
CROP = ((-1, 2), (-1, 2, 1, -2), (-1, 2, 0, -1, 1, -1))

SHORT = Difference("padding of another length", "refused at once; PyTorch waits for an input")
NOTHING_LEFT = Difference(
    "cropping everything",
    "gives an output without places, and the gradient 0; PyTorch refuses it over one axis, and over three its gradient"
    " is what happens to lie in memory",
)
EMPTY = ModuleSample("empty batch", "a size found by division", {"padding": 1}, (normal(0, 2, 3, 4),))


def image(dims: int, *before: int) -> np.ndarray:
    return np.ones((*before, *IMAGES[dims - 1]))


def samples(dims: int, farthest: int) -> tuple[ModuleSample, ...]:
    """`farthest` is how much longer than a side its margin can be."""
    sides = IMAGES[dims - 1]
    everywhere = tuple(size + farthest for size in reversed(sides) for _ in range(2))
    swapped = "left and right swapped" if dims == 1 else "axes swapped: PyTorch begins with the last one"
    return (
        ModuleSample("each side another number", swapped, {"padding": EACH_SIDE[dims - 1]}, (normal(2, 1, *sides),)),
        ModuleSample(
            "one number, unbatched", "channels taken for an axis of the image", {"padding": 1}, (normal(5, *sides),)
        ),
        ModuleSample(
            "as far as it goes",
            "a gradient that each place collects from one of its copies only",
            {"padding": everywhere},
            (normal(2, 1, *sides),),
        ),
        ModuleSample(
            "crop",
            "a negative number counted from the other end, or a gradient of what was cropped",
            {"padding": CROP[dims - 1]},
            (normal(2, 1, *sides),),
        ),
    )


def errors(dims: int, wrong_axes: type[Exception]) -> tuple[ErrorSample, ...]:
    none = (0, 0) * (dims - 1)
    width = IMAGES[dims - 1][-1]
    no_columns = np.ones((2, 1, *IMAGES[dims - 1][:-1], 0))
    return (
        ErrorSample("an odd number of numbers", RuntimeError, {"padding": (1, 1, 1)}, (image(dims, 2, 1),)),
        ErrorSample("too few axes", wrong_axes, {"padding": 1}, (image(dims),)),
        ErrorSample("too many axes", wrong_axes, {"padding": 1}, (image(dims, 2, 2, 1),)),
        ErrorSample("no columns", RuntimeError, {"padding": 1}, (no_columns,)),
        ErrorSample("crops too much", RuntimeError, {"padding": (-width, -1, *none)}, (image(dims, 2, 1),)),
    )


def circular(dims: int, *others: ModuleSample) -> Case:
    none = (0, 0) * (dims - 1)
    return Case(
        f"CircularPad{dims}d",
        samples=(*samples(dims, farthest=0), *others),
        errors=(
            *errors(dims, ValueError),
            ErrorSample("around more than once", RuntimeError, {"padding": (0, 5, *none)}, (image(dims, 2, 1),)),
            *(
                ErrorSample(
                    f"more than the crop {side} has left",
                    RuntimeError,
                    {"padding": (*padding, *none)},
                    (image(dims, 2, 1),),
                    only_ours="PyTorch refuses a single row only, and otherwise copies what it has not written yet",
                )
                for side, padding in (("on the left", (-2, 3)), ("on the right", (3, -2)))
            ),
        ),
        differences=(SHORT,),
    )


def reflection(dims: int, *others: ModuleSample) -> Case:
    none = (0, 0) * (dims - 1)
    return Case(
        f"ReflectionPad{dims}d",
        samples=(*samples(dims, farthest=-1), *others),
        errors=(
            *errors(dims, NotImplementedError),
            ErrorSample("as wide as the image", RuntimeError, {"padding": (0, 4, *none)}, (image(dims, 2, 1),)),
            ErrorSample("no channels", RuntimeError, {"padding": 1}, (image(dims, 2, 0),)),
        ),
        differences=(SHORT, NOTHING_LEFT),
    )


def replication(dims: int, *others: ModuleSample) -> Case:
    return Case(
        f"ReplicationPad{dims}d",
        samples=(*samples(dims, farthest=1), *others),
        errors=(
            *errors(dims, NotImplementedError),
            ErrorSample("no channels", RuntimeError, {"padding": 1}, (image(dims, 2, 0),)),
        ),
        differences=(SHORT, NOTHING_LEFT),
    )


def by_hand(exposes: str, padding: tuple[int, ...], input: object, forward: object) -> ModuleSample:
    return ModuleSample(
        "worked by hand", exposes, {"padding": padding}, (np.array(input),), expected={"forward": forward}
    )


ROW = [[1.0, 2.0, 3.0]]
SQUARE = [[[1.0, 2.0], [3.0, 4.0]]]

CASES = [
    circular(
        1,
        by_hand("the near side where the opposite one is meant", (2, 1), ROW, [[2.0, 3.0, 1.0, 2.0, 3.0, 1.0]]),
        ModuleSample("crop on the right", "what was cropped coming around", {"padding": (2, -1)}, (normal(2, 1, 4),)),
        ModuleSample("cropped away", "an output without places refused", {"padding": (-1, -3)}, (normal(2, 1, 4),)),
    ),
    circular(
        2,
        by_hand("corners left empty", (1, 0, 0, 1), SQUARE, [[[2.0, 1.0, 2.0], [4.0, 3.0, 4.0], [2.0, 1.0, 2.0]]]),
        EMPTY,
    ),
    circular(3),
    reflection(1, by_hand("an edge that is repeated", (2, 1), ROW, [[3.0, 2.0, 1.0, 2.0, 3.0, 2.0]])),
    reflection(
        2,
        by_hand("corners left empty", (1, 0, 0, 1), SQUARE, [[[2.0, 1.0, 2.0], [4.0, 3.0, 4.0], [2.0, 1.0, 2.0]]]),
        EMPTY,
    ),
    reflection(3),
    replication(1, by_hand("an edge that is left out", (2, 1), ROW, [[1.0, 1.0, 1.0, 2.0, 3.0, 3.0]])),
    replication(
        2,
        by_hand("corners left empty", (1, 0, 0, 1), SQUARE, [[[1.0, 1.0, 2.0], [3.0, 3.0, 4.0], [3.0, 3.0, 4.0]]]),
        EMPTY,
    ),
    replication(3),
]
