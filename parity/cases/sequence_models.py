"""Cases of the networks that read a digit row by row."""

from parity.cases import Case, ModuleSample, normal

__all__ = ["CASES"]

CASES = [
    Case(
        "RowLSTM",
        samples=(
            ModuleSample(
                "small",
                "the first moment taken for the last, or a gradient at every moment",
                {"input_size": 4, "hidden_size": 3, "num_classes": 2},
                (normal(2, 5, 4),),
            ),
        ),
    ),
]
