"""Cases of the layers that change the shape only."""

import numpy as np

from parity.cases import Case, ErrorSample, ModuleSample, normal

__all__ = ["CASES"]

CASES = [
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
]
