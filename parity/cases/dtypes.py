"""Cases of the element type of new arrays."""

from typing import Any

from parity.cases import Case, Difference, ErrorSample, ScriptSample
from parity.sides import Side

__all__ = ["CASES"]


def _name(dtype: Any) -> str:
    return str(dtype).removeprefix("torch.")


def _set_and_get(side: Side) -> Any:
    """Inside a sample the default is the dtype under test."""
    seen = [_name(side.get_default_dtype()), _name(side.random.rand(2).dtype)]
    for dtype in ("float64", "float32"):
        side.set_default_dtype(side.dtype(dtype))
        seen += [
            _name(side.get_default_dtype()),
            _name(side.random.rand(2).dtype),
            _name(side.Linear(2, 1).weight.dtype),
        ]
    return seen


CASES = [
    Case(
        "get_default_dtype",
        samples=(ScriptSample("after setting", "a default that never changes", script=_set_and_get),),
    ),
    Case(
        "set_default_dtype",
        samples=(ScriptSample("both ways", "a default that new arrays ignore", script=_set_and_get),),
        errors=(
            ErrorSample("integers", TypeError, script=lambda side: side.set_default_dtype(side.dtype("int64"))),
            ErrorSample("nothing", TypeError, script=lambda side: side.set_default_dtype(None)),
            ErrorSample(
                "half precision",
                TypeError,
                script=lambda side: side.set_default_dtype(side.dtype("float16")),
                only_ours="nothing here computes in half precision",
            ),
        ),
        differences=(
            Difference("float16 and bfloat16 are refused", "nothing here computes in them, and NumPy has no bfloat16"),
        ),
    ),
    Case(
        "resolve_dtype",
        samples=(
            ScriptSample(
                "given and not",
                "an explicit dtype that the default overrules",
                script=lambda side: [
                    _name(side.resolve_dtype(dtype))
                    for dtype in (None, side.dtype("float32"), side.dtype("float64"), side.get_default_dtype())
                ],
            ),
        ),
        errors=(
            ErrorSample(
                "integers",
                TypeError,
                script=lambda side: side.resolve_dtype(side.dtype("int64")),
                only_ours="PyTorch refuses integers later, where a layer makes a parameter of them",
            ),
        ),
    ),
]
