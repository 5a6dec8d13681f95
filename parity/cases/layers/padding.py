"""Cases of the margins of a constant."""

from typing import Any

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ModuleSample, normal

__all__ = ["CASES"]

ROWS = np.array([[1.0, 2.0], [3.0, 4.0]])
SHORT = Difference("padding of another length", "refused at once; PyTorch pads fewer axes, or waits for an input")


def errors(*image: int, **args: Any) -> tuple[ErrorSample, ...]:
    """What is refused for an image of these sides."""
    images = (np.ones((2, 3, *image)),)
    width, dims = image[-1], len(image)
    none = (0, 0) * (dims - 1)
    return (
        ErrorSample("an odd number of numbers", RuntimeError, {**args, "padding": (1,) * (2 * dims + 1)}, images),
        ErrorSample("too few axes", RuntimeError, {**args, "padding": 1}, (np.ones(image[1:]),)),
        ErrorSample("crops too much", RuntimeError, {**args, "padding": (-width, -1, *none)}, images),
        ErrorSample("crops too much on one side", RuntimeError, {**args, "padding": (-width - 1, 4, *none)}, images),
    )


def constant(dims: int, sides: ModuleSample, *others: ModuleSample) -> Case:
    image = (4, 5, 6)[:dims]
    return Case(
        f"ConstantPad{dims}d",
        samples=(
            sides,
            ModuleSample(
                "one number, unbatched",
                "a batch axis that is padded, or a value that is ignored",
                {"padding": 1, "value": -0.5},
                (normal(3, *image),),
            ),
            *others,
        ),
        errors=errors(*image, value=1.5),
        differences=(SHORT,),
    )


def zero(dims: int, sides: ModuleSample, crop: tuple[int, ...]) -> Case:
    image = (4, 5, 6)[:dims]
    return Case(
        f"ZeroPad{dims}d",
        samples=(
            sides,
            ModuleSample("one number, unbatched", "a batch axis that is padded", {"padding": 2}, (normal(3, *image),)),
            ModuleSample(
                "crop",
                "a negative number counted from the other end, or a gradient of what was cropped",
                {"padding": crop},
                (normal(2, 3, *image),),
            ),
        ),
        errors=errors(*image),
        differences=(SHORT,),
    )


CASES = [
    constant(
        1,
        ModuleSample(
            "worked by hand",
            "left and right swapped, or the batch padded too",
            {"padding": (2, 1), "value": 9.0},
            (ROWS,),
            expected={"forward": [[9.0, 9.0, 1.0, 2.0, 9.0], [9.0, 9.0, 3.0, 4.0, 9.0]]},
        ),
        ModuleSample(
            "crop",
            "a negative number counted from the other end, or a gradient of what was cropped",
            {"padding": (-1, 2), "value": 1.5},
            (normal(3, 2, 4),),
        ),
        ModuleSample(
            "one axis", "axes for batch and channels taken for granted", {"padding": (1, 2), "value": 1.5}, (normal(4),)
        ),
        ModuleSample(
            "more axes", "axes counted from the front", {"padding": (1, 2), "value": 1.5}, (normal(2, 1, 3, 4),)
        ),
        ModuleSample("cropped away", "a slice to −0", {"padding": (-1, -3), "value": 1.5}, (normal(3, 2, 4),)),
    ),
    constant(
        2,
        ModuleSample(
            "worked by hand",
            "rows and columns swapped: PyTorch begins with the last axis",
            {"padding": (1, 0, 0, 1), "value": 9.0},
            (ROWS,),
            expected={"forward": [[9.0, 1.0, 2.0], [9.0, 3.0, 4.0], [9.0, 9.0, 9.0]]},
        ),
        ModuleSample(
            "crop",
            "a negative number counted from the other end, or a gradient of what was cropped",
            {"padding": (-1, 2, 1, -3), "value": 1.5},
            (normal(2, 3, 4, 5),),
        ),
        ModuleSample(
            "infinite",
            "a mask that is multiplied by the value",
            {"padding": 1, "value": -np.inf},
            (normal(3, 4, 2),),
            kink="a sum with infinities has no slope",
        ),
        ModuleSample(
            "empty", "a slice that counts from the end", {"padding": (0, 1, 2, 0), "value": 1.5}, (normal(0, 2, 3, 0),)
        ),
    ),
    constant(
        3,
        ModuleSample(
            "each side another number",
            "depth and width swapped: PyTorch begins with the last axis",
            {"padding": (1, 0, 2, 1, 0, 3), "value": 1.5},
            (normal(2, 1, 3, 4, 5),),
        ),
        ModuleSample(
            "crop",
            "a negative number counted from the other end, or a gradient of what was cropped",
            {"padding": (-2, -1, 1, -1, 0, -2), "value": 1.5},
            (normal(2, 1, 3, 4, 5),),
        ),
    ),
    zero(
        1,
        ModuleSample(
            "worked by hand",
            "left and right swapped, or the batch padded too",
            {"padding": (2, 1)},
            (ROWS,),
            expected={"forward": [[0.0, 0.0, 1.0, 2.0, 0.0], [0.0, 0.0, 3.0, 4.0, 0.0]]},
        ),
        (-1, 2),
    ),
    zero(
        2,
        ModuleSample(
            "worked by hand",
            "rows and columns swapped: PyTorch begins with the last axis",
            {"padding": (1, 0, 0, 1)},
            (ROWS,),
            expected={"forward": [[0.0, 1.0, 2.0], [0.0, 3.0, 4.0], [0.0, 0.0, 0.0]]},
        ),
        (-1, 2, 1, -3),
    ),
    zero(
        3,
        ModuleSample(
            "each side another number",
            "depth and width swapped: PyTorch begins with the last axis",
            {"padding": (1, 0, 2, 1, 0, 3)},
            (normal(2, 1, 3, 4, 5),),
        ),
        (-2, -1, 1, -1, 0, -2),
    ),
]
