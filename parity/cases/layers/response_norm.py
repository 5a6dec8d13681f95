"""Cases of the normalisation across neighbouring channels."""

import numpy as np

from parity.cases import Case, ErrorSample, ModuleSample, normal

__all__ = ["CASES"]

STRONG = {"alpha": 0.5}  # the default hardly changes anything

CASES = [
    Case(
        "LocalResponseNorm",
        samples=(
            ModuleSample("odd window", "a window over the places", {"size": 3, **STRONG}, (normal(2, 5, 4, 3),)),
            ModuleSample(
                "even window",
                "a window that reaches further up than down, or does not turn round in backward",
                {"size": 4, **STRONG},
                (normal(2, 6, 3),),
            ),
            ModuleSample(
                "worked by hand",
                "a sum in place of size's share of it: 1/(1 + 1), 2/(1 + 1 + 4), 3/(1 + 4 + 9)",
                {"size": 2, "alpha": 2.0, "beta": 1.0},
                (np.array([[[1.0], [2.0], [3.0]]]),),
                expected={"forward": [[[1 / 2], [1 / 3], [3 / 14]]]},
            ),
            ModuleSample(
                "every argument",
                "k outside the power, or an exponent of a half",
                {"size": 3, "alpha": 0.2, "beta": 1.5, "k": 2.0},
                (normal(2, 5, 3),),
            ),
            ModuleSample(
                "default", "an alpha that is not divided by the size", {"size": 5}, (normal(2, 6, 3, std=9.0),)
            ),
            ModuleSample(
                "window of one", "a channel that does not count itself", {"size": 1, **STRONG}, (normal(2, 4, 3),)
            ),
            ModuleSample(
                "window wider than the channels", "an edge that wraps round", {"size": 9, **STRONG}, (normal(2, 3, 4),)
            ),
            ModuleSample(
                "volumes", "two axes of places taken for granted", {"size": 2, **STRONG}, (normal(2, 3, 2, 1, 4),)
            ),
            ModuleSample("zeros", "a division by the channel itself", {"size": 3}, (np.zeros((1, 4, 2)),)),
            ModuleSample(
                "not finite",
                "a nan that spoils channels outside its window, as a running sum does",
                {"size": 2},
                (np.array([[[np.inf], [1.0], [2.0], [np.nan], [3.0], [4.0]]]),),
                kink="not a number has no difference quotient",
            ),
            ModuleSample("empty batch", "a window over nothing", {"size": 3}, (normal(0, 4, 3),)),
        ),
        errors=(
            ErrorSample("no places", ValueError, {"size": 3}, (np.ones((5, 4)),)),
            ErrorSample("no window", RuntimeError, {"size": 0}, (np.ones((5, 4, 3)),)),
            ErrorSample(
                "integers",
                RuntimeError,
                {"size": 3},
                (np.ones((5, 4, 3), dtype=np.int64),),
                only_ours="PyTorch goes on in float32, without a gradient",
            ),
        ),
    ),
]
