"""Cases of the layers that cut images into blocks, and add blocks up to images."""

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ModuleSample, normal

__all__ = ["CASES"]

IMAGE = {"output_size": (5, 4), "kernel_size": (3, 2)}  # 3 × 3 blocks
UNEQUAL = {"kernel_size": (3, 2), "dilation": (2, 1), "padding": (1, 2), "stride": (1, 3)}
ONES = (np.ones((2, 3, 5, 4)),)

AT_ONCE = Difference(
    "bad kernel_size, dilation, padding, stride or output_size",
    "they are refused at once, when the layer is built; PyTorch waits for an input",
)

CASES = [
    Case(
        "Fold",
        samples=(
            ModuleSample("batch", "blocks that overwrite one another where they overlap", IMAGE, (normal(2, 12, 9),)),
            ModuleSample(
                "worked by hand",
                "a mean where blocks overlap: 10 + 2 is 12",
                {"output_size": (1, 3), "kernel_size": (1, 2)},
                (np.array([[[1.0, 2.0], [10.0, 20.0]]]),),
                expected={"forward": [[[[1.0, 12.0, 20.0]]]]},
            ),
            ModuleSample(
                "unequal sides",
                "height and width exchanged, or padding that is kept",
                {**UNEQUAL, "output_size": (7, 5)},
                (normal(2, 18, 15),),
            ),
            ModuleSample(
                "one number for both",
                "a stride of the block's size where none is given",
                {"output_size": 4, "kernel_size": 2, "dilation": 2, "padding": 1, "stride": 3},
                (normal(3, 8, 4),),
            ),
            ModuleSample("unbatched", "a batch axis taken for granted", IMAGE, (normal(12, 9),)),
            ModuleSample("empty batch", "a size of −1 that cannot be worked out", IMAGE, (normal(0, 12, 9),)),
        ),
        errors=(
            ErrorSample("another number of blocks", RuntimeError, IMAGE, (np.ones((2, 12, 8)),)),
            ErrorSample("rows that make no blocks", RuntimeError, IMAGE, (np.ones((2, 11, 9)),)),
            ErrorSample("too few axes", RuntimeError, IMAGE, (np.ones(12),)),
            ErrorSample("too many axes", RuntimeError, IMAGE, (np.ones((1, 2, 12, 9)),)),
            ErrorSample("no row", RuntimeError, IMAGE, (np.ones((2, 0, 9)),)),
            ErrorSample(
                "block larger than the image",
                RuntimeError,
                {"output_size": (1, 1), "kernel_size": 3},
                (np.ones((2, 9, 1)),),
            ),
            ErrorSample(
                "three sides", RuntimeError, {"output_size": (5, 4, 3), "kernel_size": 2}, (np.ones((2, 12, 9)),)
            ),
            ErrorSample("integers", RuntimeError, IMAGE, (np.ones((2, 12, 9), np.int64),)),
            ErrorSample(
                "backward first",
                RuntimeError,
                script=lambda side: side.Fold((1, 3), 1).backward(np.ones((1, 1, 1, 3))),
                only_ours="a tensor knows its own past",
            ),
        ),
        differences=(AT_ONCE,),
    ),
    Case(
        "Unfold",
        samples=(
            ModuleSample(
                "batch",
                "columns that begin with the place in the block and not with the channel",
                {"kernel_size": (3, 2)},
                (normal(2, 3, 5, 4),),
            ),
            ModuleSample(
                "worked by hand",
                "blocks that become rows",
                {"kernel_size": (1, 2)},
                (np.array([[[1.0, 2.0, 3.0]]]),),
                expected={"forward": [[1.0, 2.0], [2.0, 3.0]]},
            ),
            ModuleSample("unequal sides", "height and width exchanged", UNEQUAL, (normal(2, 3, 7, 5),)),
            ModuleSample(
                "one number for both",
                "a gradient for rows that no block covers",
                {"kernel_size": 2, "dilation": 2, "padding": 1, "stride": 3},
                (normal(2, 3, 5, 4),),
            ),
            ModuleSample("unbatched", "a batch axis taken for granted", {"kernel_size": 2}, (normal(3, 5, 4),)),
            ModuleSample("empty batch", "blocks of nothing", {"kernel_size": 2}, (normal(0, 3, 5, 4),)),
        ),
        errors=(
            ErrorSample("block larger than the image", RuntimeError, {"kernel_size": (2, 5)}, ONES),
            ErrorSample("too many axes", RuntimeError, {"kernel_size": 2}, (np.ones((1, 2, 3, 5, 4)),)),
            ErrorSample("no channels", RuntimeError, {"kernel_size": 2}, (np.ones((2, 0, 5, 4)),)),
            ErrorSample("no block", RuntimeError, {"kernel_size": 0}, ONES),
            ErrorSample("three sides", RuntimeError, {"kernel_size": (2, 2, 2)}, ONES),
            ErrorSample("no dilation", RuntimeError, {"kernel_size": 2, "dilation": 0}, ONES),
            ErrorSample("negative padding", RuntimeError, {"kernel_size": 2, "padding": -1}, ONES),
            ErrorSample("no stride", RuntimeError, {"kernel_size": 2, "stride": 0}, ONES),
            ErrorSample("integers", RuntimeError, {"kernel_size": 2}, (np.ones((2, 3, 5, 4), np.int64),)),
        ),
        differences=(AT_ONCE,),
    ),
]
