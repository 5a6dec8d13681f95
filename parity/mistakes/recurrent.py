"""Mistakes in recurrent layers: gates in another order, gradients that do not go back through time."""

from __future__ import annotations

from typing import Any

import numpy as np

from parity.mistakes import Mistake
from scratch.dtypes import Array
from scratch.layers import GRU, LSTM, RNN
from scratch.layers._recurrence import GradState, GRUStep, LSTMStep, State, Step, TanhStep

__all__ = ["MISTAKES"]


def _with_step(layer: Any, step: Step) -> None:
    for pair in layer._weights:
        for weights in pair:
            weights.step = step


class _GatesSwapped(LSTMStep):
    def step(self, sums: Array, state: State) -> tuple[State, Any]:
        i, f, g, o = np.split(sums, 4)
        return super().step(np.concatenate([i, f, o, g]), state)

    def step_grad(self, kept: Any, grad_state: State) -> tuple[Array, GradState]:
        grad, before = super().step_grad(kept, grad_state)
        i, f, g, o = np.split(grad, 4)
        return np.concatenate([i, f, o, g]), before


class LSTMGatesSwapped(LSTM):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _with_step(self, _GatesSwapped())


class _CellGradientDropped(LSTMStep):
    def step_grad(self, kept: Any, grad_state: State) -> tuple[Array, GradState]:
        grad, (hidden, cell) = super().step_grad(kept, grad_state)
        return grad, (hidden, np.zeros_like(cell))


class LSTMCellGradientDropped(LSTM):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _with_step(self, _CellGradientDropped())


class _UpdateGateSwapped(GRUStep):
    def step(self, sums: Array, state: State) -> tuple[State, Any]:
        size = len(state[0])
        sums[size : 2 * size] *= -1  # σ(−x) = 1 − σ(x)
        return super().step(sums, state)

    def step_grad(self, kept: Any, grad_state: State) -> tuple[Array, GradState]:
        grad, before = super().step_grad(kept, grad_state)
        size = len(grad) // 4
        grad[size : 2 * size] *= -1
        return grad, before


class GRUUpdateGateSwapped(GRU):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _with_step(self, _UpdateGateSwapped())


class _PrimeOfInput(TanhStep):
    def step(self, sums: Array, state: State) -> tuple[State, Any]:
        new, _ = super().step(sums, state)
        return new, sums


class RNNPrimeOfInput(RNN):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.nonlinearity == "tanh":
            _with_step(self, _PrimeOfInput())


MISTAKES = [
    Mistake("lstm-gates-swapped", "LSTM", "forward", LSTMGatesSwapped, "the gates stand in the order i, f, o, g"),
    Mistake(
        "lstm-cell-gradient-dropped",
        "LSTM",
        "grad",
        LSTMCellGradientDropped,
        "the gradient of the cell stops at each moment instead of going back through time",
    ),
    Mistake(
        "gru-update-gate-swapped", "GRU", "forward", GRUUpdateGateSwapped, "z and 1 − z are exchanged in the new state"
    ),
    Mistake(
        "rnn-tanh-prime-of-input", "RNN", "grad", RNNPrimeOfInput, "the slope of tanh is 1 − s² instead of 1 − tanh²(s)"
    ),
]
