"""Cases of the layers that change the shape, or the order of the elements, only."""

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ModuleSample, ScriptSample, normal

__all__ = ["CASES"]

FACTOR_AT_ONCE = Difference(
    "groups or a factor below 1", "they are refused at once, when the layer is built; PyTorch waits for an input"
)

CASES = [
    Case(
        "ChannelShuffle",
        samples=(
            ModuleSample(
                "images", "a gradient that is dealt out once more, not back", {"groups": 2}, (normal(2, 6, 4, 3),)
            ),
            ModuleSample(
                "worked by hand",
                "channels dealt into groups: 1, 4, 2, 5, 3, 6",
                {"groups": 3},
                (np.array([[[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]]]),),
                expected={"forward": [[[1.0], [3.0], [5.0], [2.0], [4.0], [6.0]]]},
            ),
            ModuleSample("one group", "channels that move all the same", {"groups": 1}, (normal(5, 4, 3),)),
            ModuleSample("empty batch", "a size of −1 that cannot be worked out", {"groups": 2}, (normal(0, 4, 3),)),
        ),
        errors=(
            ErrorSample("groups of unequal size", RuntimeError, {"groups": 2}, (np.ones((2, 5, 4)),)),
            ErrorSample("too few axes", RuntimeError, {"groups": 2}, (np.ones((4, 6)),)),
            ErrorSample("no group", RuntimeError, {"groups": 0}, (np.ones((2, 6, 4)),)),
            ErrorSample(
                "backward first",
                RuntimeError,
                script=lambda side: side.ChannelShuffle(2).backward(np.ones((1, 2, 3))),
                only_ours="a tensor knows its own past",
            ),
        ),
        differences=(FACTOR_AT_ONCE,),
    ),
    Case(
        "Flatten",
        samples=(
            ModuleSample("images", "a batch axis flattened away", inputs=(normal(5, 4, 3, 2),)),
            ModuleSample(
                "worked by hand",
                "columns read before rows: 1, 3, 2, 4",
                inputs=(np.array([[[1.0, 2.0], [3.0, 4.0]]]),),
                expected={"forward": [[1.0, 2.0, 3.0, 4.0]]},
            ),
            ModuleSample("everything", "a first axis that is always kept", {"start_dim": 0}, (normal(5, 4, 3),)),
            ModuleSample(
                "middle axes",
                "axes after end_dim flattened, too",
                {"start_dim": 1, "end_dim": 2},
                (normal(5, 4, 3, 2),),
            ),
            ModuleSample(
                "counted from the end",
                "negative axes taken for positive ones",
                {"start_dim": -3, "end_dim": -2},
                (normal(5, 4, 3, 2),),
            ),
            ModuleSample("one axis only", "a lone axis that is split or dropped", inputs=(normal(5, 4),)),
            ModuleSample("size one", "axes of size one squeezed away", inputs=(normal(1, 4, 1, 1),)),
            ModuleSample(
                "empty batch", "a size of −1 that cannot be worked out from nothing", inputs=(normal(0, 4, 3),)
            ),
        ),
        errors=(
            ErrorSample("no second axis", IndexError, {}, (np.ones(3),)),
            ErrorSample("end beyond the last axis", IndexError, {"end_dim": 3}, (np.ones((4, 3, 2)),)),
            ErrorSample("start after end", RuntimeError, {"start_dim": 2, "end_dim": 1}, (np.ones((4, 3, 2)),)),
        ),
    ),
    Case(
        "PixelShuffle",
        samples=(
            ModuleSample(
                "batch", "rows and columns exchanged in each square", {"upscale_factor": 2}, (normal(2, 8, 4, 3),)
            ),
            ModuleSample(
                "worked by hand",
                "channels that become squares of different channels",
                {"upscale_factor": 2},
                (np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]).reshape(8, 1, 1),),
                expected={"forward": [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]},
            ),
            ModuleSample(
                "two batch axes", "one batch axis taken for granted", {"upscale_factor": 3}, (normal(2, 1, 9, 2, 4),)
            ),
            ModuleSample("factor one", "pixels that move all the same", {"upscale_factor": 1}, (normal(4, 3, 2),)),
            ScriptSample(
                "empty batch",
                "a size of −1 that cannot be worked out",
                script=lambda side: side.PixelShuffle(2)(side.array(np.zeros((0, 4, 3, 5)))),
            ),
        ),
        errors=(
            ErrorSample("channels not a square", RuntimeError, {"upscale_factor": 2}, (np.ones((2, 6, 4, 3)),)),
            ErrorSample("too few axes", RuntimeError, {"upscale_factor": 2}, (np.ones((4, 3)),)),
            ErrorSample("no factor", RuntimeError, {"upscale_factor": 0}, (np.ones((2, 4, 4, 3)),)),
            ErrorSample(
                "backward first",
                RuntimeError,
                script=lambda side: side.PixelShuffle(2).backward(np.ones((1, 2, 2))),
                only_ours="a tensor knows its own past",
            ),
        ),
        differences=(
            FACTOR_AT_ONCE,
            Difference("an empty input", "it has an empty gradient; PyTorch's backward raises an error of its own"),
        ),
    ),
    Case(
        "PixelUnshuffle",
        samples=(
            ModuleSample(
                "batch", "rows and columns exchanged in each square", {"downscale_factor": 2}, (normal(2, 3, 4, 6),)
            ),
            ModuleSample(
                "worked by hand",
                "squares that are cut into quarters, not into pixels",
                {"downscale_factor": 2},
                (np.arange(1.0, 9.0).reshape(1, 2, 4),),
                expected={"forward": [[[1.0, 3.0]], [[2.0, 4.0]], [[5.0, 7.0]], [[6.0, 8.0]]]},
            ),
            ModuleSample(
                "two batch axes", "one batch axis taken for granted", {"downscale_factor": 3}, (normal(2, 1, 4, 3, 6),)
            ),
        ),
        errors=(
            ErrorSample("height not a multiple", RuntimeError, {"downscale_factor": 2}, (np.ones((2, 3, 5, 4)),)),
            ErrorSample("width not a multiple", RuntimeError, {"downscale_factor": 2}, (np.ones((2, 3, 4, 5)),)),
            ErrorSample("too few axes", RuntimeError, {"downscale_factor": 2}, (np.ones((4, 6)),)),
            ErrorSample("no factor", RuntimeError, {"downscale_factor": 0}, (np.ones((2, 3, 4, 6)),)),
            ErrorSample(
                "backward first",
                RuntimeError,
                script=lambda side: side.PixelUnshuffle(2).backward(np.ones((4, 1, 1))),
                only_ours="a tensor knows its own past",
            ),
        ),
        differences=(
            FACTOR_AT_ONCE,
            Difference(
                "an empty input",
                "its output has the documented shape; PyTorch hands it back in the shape in which it came",
            ),
        ),
    ),
    Case(
        "Unflatten",
        samples=(
            ModuleSample(
                "features",
                "columns filled before rows",
                {"dim": 1, "unflattened_size": (3, 2)},
                (normal(5, 6, 4),),
            ),
            ModuleSample(
                "counted from the end, a size to work out",
                "a size of −1 taken as it is",
                {"dim": -2, "unflattened_size": [2, -1, 1]},
                (normal(5, 6, 4),),
            ),
            ModuleSample(
                "worked by hand",
                "a batch axis that is unfolded, too",
                {"dim": 0, "unflattened_size": (2, 2)},
                (np.array([1.0, 2.0, 3.0, 4.0]),),
                expected={"forward": [[1.0, 2.0], [3.0, 4.0]]},
            ),
            ModuleSample(
                "an axis in front",
                "a −1 that stays where the others are 1",
                {"dim": 1, "unflattened_size": (1, -1)},
                (normal(5, 4),),
            ),
            ModuleSample(
                "nothing to unfold",
                "a division by zero: 0 is 2 times nothing",
                {"dim": 1, "unflattened_size": (2, -1)},
                (normal(5, 0, 3),),
            ),
        ),
        errors=(
            ErrorSample("no such axis", IndexError, {"dim": 2, "unflattened_size": (2, 2)}, (np.ones((5, 4)),)),
            ErrorSample("no axis", RuntimeError, {"dim": 0, "unflattened_size": (1, 1)}, (np.ones(()),)),
            ErrorSample("other size", RuntimeError, {"dim": 1, "unflattened_size": (2, 3)}, (np.ones((5, 4)),)),
            ErrorSample("a remainder", RuntimeError, {"dim": 1, "unflattened_size": (3, -1)}, (np.ones((5, 4)),)),
            ErrorSample("two unknowns", RuntimeError, {"dim": 1, "unflattened_size": (-1, -1)}, (np.ones((5, 4)),)),
            ErrorSample("below −1", RuntimeError, {"dim": 1, "unflattened_size": (-2, -2)}, (np.ones((5, 4)),)),
            ErrorSample("0 · −1", RuntimeError, {"dim": 1, "unflattened_size": (0, -1)}, (np.ones((5, 0)),)),
            ErrorSample("no size", RuntimeError, {"dim": 1, "unflattened_size": ()}, (np.ones((5, 1)),)),
            ErrorSample("one number", TypeError, {"dim": 1, "unflattened_size": 4}),
            ErrorSample("sizes of floats", TypeError, {"dim": 1, "unflattened_size": (2.0, 2.0)}),
            ErrorSample("axis of floats", TypeError, {"dim": 1.0, "unflattened_size": (2, 2)}, (np.ones((5, 4)),)),
        ),
        differences=(Difference("named axes", "NumPy's axes have no names, and PyTorch's are experimental"),),
    ),
]
