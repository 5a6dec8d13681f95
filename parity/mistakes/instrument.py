"""Misunderstandings that both halves share: PyTorch's half is wrong, too, so that comparing the two shows nothing.

What shows them are the other witnesses: finite differences, and the numbers in the table that were worked out by hand.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from parity.mistakes import Mistake
from parity.mistakes.activations import TanhPrimeOfInput
from parity.mistakes.losses import HalfSquare

__all__ = ["MISTAKES"]


@cache
def _twins() -> dict[str, Any]:
    """PyTorch's halves, made when one is wanted: whoever only reads the list need not import torch."""
    import torch
    from torch import Tensor

    import torch_ref

    class HalfSquareTwin(torch_ref.MSELoss):
        def forward(self, input: Tensor, target: Tensor) -> Tensor:
            return super().forward(input, target) / 2

    class PrimeOfInput(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, input: Tensor) -> Tensor:
            ctx.save_for_backward(input)
            return torch.tanh(input)

        @staticmethod
        def backward(ctx: Any, *grad_outputs: Any) -> Any:
            (input,) = ctx.saved_tensors
            return grad_outputs[0] * (1 - input**2)

    class TanhPrimeOfInputTwin(torch_ref.Tanh):
        def forward(self, input: Tensor) -> Tensor:
            output: Tensor = PrimeOfInput.apply(input)  # type: ignore[no-untyped-call]  # torch gives apply no types
            return output

    return {"MSELoss": HalfSquareTwin, "Tanh": TanhPrimeOfInputTwin}


def half_square_twin(*args: Any, **options: Any) -> Any:
    return _twins()["MSELoss"](*args, **options)


def tanh_prime_of_input_twin(*args: Any, **options: Any) -> Any:
    return _twins()["Tanh"](*args, **options)


MISTAKES = [
    Mistake(
        "shared-half-square", "MSELoss", "expected", HalfSquare, "both halves take half the square", half_square_twin
    ),
    Mistake(
        "shared-tanh-prime",
        "Tanh",
        "finite",
        TanhPrimeOfInput,
        "both halves take 1 − x² for the derivative of tanh",
        tanh_prime_of_input_twin,
    ),
]
