"""What recurrent layers and cells share: the formulae of one step, with their derivatives, and the way through time.

A kind of step is a class with two functions. `step` makes the new state from the old one and from two sums, that of the
input, W_ih x + b_ih, and that of the hidden state, W_hh h + b_hh; it may work in place on the second. `step_grad` goes
back, from the gradient of the new state to those of both sums and of the old state. A state is (hidden,), or
(hidden, cell).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np

from scratch import init
from scratch.dtypes import Array
from scratch.module import Parameter

__all__ = ["Direction", "GRUStep", "LSTMStep", "Span", "State", "Step", "TanhStep", "RectifierStep", "Weights"]

State: TypeAlias = tuple[Array, ...]
Span: TypeAlias = tuple[int, int]  # the rows of one moment: the first, and the one after the last


class Step(Protocol):
    """One step of a kind of recurrence."""

    chunks: int  # blocks of hidden_size rows in a weight

    def step(self, from_input: Array, from_hidden: Array, state: State) -> tuple[State, Any]:
        """The new state, and what `step_grad` needs."""

    def step_grad(self, kept: Any, grad_state: State) -> tuple[Array, Array, State]:
        """The gradients of the two sums, and of the old state without what came to it through the second sum."""


class TanhStep:
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh)."""

    chunks = 1

    def step(self, from_input: Array, from_hidden: Array, state: State) -> tuple[State, Any]:
        from_hidden += from_input
        hidden = np.tanh(from_hidden)
        return (hidden,), hidden

    def step_grad(self, kept: Any, grad_state: State) -> tuple[Array, Array, State]:
        grad = grad_state[0] * (1 - np.square(kept))
        return grad, grad, (np.zeros_like(grad),)


class RectifierStep:
    """h' = max(W_ih x + b_ih + W_hh h + b_hh, 0)."""

    chunks = 1

    def step(self, from_input: Array, from_hidden: Array, state: State) -> tuple[State, Any]:
        from_hidden += from_input
        hidden = np.maximum(from_hidden, 0)
        return (hidden,), hidden

    def step_grad(self, kept: Any, grad_state: State) -> tuple[Array, Array, State]:
        grad = grad_state[0] * (kept > 0)
        return grad, grad, (np.zeros_like(grad),)


class LSTMStep:
    """i, f, o = σ(…), g = tanh(…), each from its own block of the sums; c' = f c + i g; h' = o tanh(c')."""

    chunks = 4

    def step(self, from_input: Array, from_hidden: Array, state: State) -> tuple[State, Any]:
        gates, cell = from_hidden, state[1]
        gates += from_input
        size = cell.shape[1]
        sigmoid_(gates[:, : 2 * size])
        sigmoid_(gates[:, 3 * size :])
        i, f, g, o = np.split(gates, 4, axis=1)
        np.tanh(g, out=g)
        new_cell = f * cell
        new_cell += i * g
        tanh_cell = np.tanh(new_cell)
        return (o * tanh_cell, new_cell), (gates, cell, tanh_cell)

    def step_grad(self, kept: Any, grad_state: State) -> tuple[Array, Array, State]:
        gates, cell, tanh_cell = kept
        i, f, g, o = np.split(gates, 4, axis=1)
        grad_hidden, grad_cell = grad_state
        grad_cell = grad_cell + grad_hidden * o * (1 - np.square(tanh_cell))
        slopes = gates * (1 - gates)  # σ' in three of the four blocks
        slopes_i, slopes_f, slopes_g, slopes_o = np.split(slopes, 4, axis=1)
        slopes_i *= grad_cell * g
        slopes_f *= grad_cell * cell
        slopes_o *= grad_hidden * tanh_cell
        np.multiply(grad_cell * i, 1 - np.square(g), out=slopes_g)
        return slopes, slopes, (np.zeros_like(grad_hidden), grad_cell * f)


class GRUStep:
    """r, z = σ(…); n = tanh(x_n + r · h_n), where x_n and h_n are the last blocks of the sums; h' = (1 − z) n + z h."""

    chunks = 3

    def step(self, from_input: Array, from_hidden: Array, state: State) -> tuple[State, Any]:
        (hidden,) = state
        size = hidden.shape[1]
        gates = from_hidden[:, : 2 * size]
        gates += from_input[:, : 2 * size]
        sigmoid_(gates)
        r, z, hidden_n = np.split(from_hidden, 3, axis=1)
        n = r * hidden_n
        n += from_input[:, 2 * size :]
        np.tanh(n, out=n)
        new = hidden - n
        new *= z
        new += n
        return (new,), (from_hidden, n, hidden)

    def step_grad(self, kept: Any, grad_state: State) -> tuple[Array, Array, State]:
        gates, n, hidden = kept
        r, z, hidden_n = np.split(gates, 3, axis=1)
        (grad,) = grad_state
        grad_n = grad * (1 - z) * (1 - np.square(n))
        grad_r = grad_n * hidden_n * r * (1 - r)
        grad_z = grad * (hidden - n) * z * (1 - z)
        from_input = np.concatenate([grad_r, grad_z, grad_n], axis=1)
        from_hidden = np.concatenate([grad_r, grad_z, grad_n * r], axis=1)
        return from_input, from_hidden, (grad * z,)


def sigmoid_(x: Array) -> None:
    """1 / (1 + exp(−x)), in place."""
    np.negative(x, out=x)
    np.exp(x, out=x)  # overflows to inf for what is very negative, and 1 / inf is right
    x += 1
    np.reciprocal(x, out=x)


class Weights:
    """The parameters of one layer in one direction."""

    def __init__(self, step: Step, input_size: int, hidden_size: int, bias: bool, proj_size: int, dtype: Any) -> None:
        rows = step.chunks * hidden_size
        shapes = [(rows, input_size), (rows, proj_size or hidden_size)]
        shapes += [(rows,), (rows,)] if bias else []
        made = [_parameter(shape, dtype) for shape in shapes]
        self.ih, self.hh = made[:2]
        self.bias_ih, self.bias_hh = made[2:] if bias else (None, None)
        self.hr = _parameter((proj_size, hidden_size), dtype) if proj_size else None

    def named(self, suffix: str) -> dict[str, Parameter]:
        """PyTorch's names, in its order."""
        found = {
            "weight_ih": self.ih,
            "weight_hh": self.hh,
            "bias_ih": self.bias_ih,
            "bias_hh": self.bias_hh,
            "weight_hr": self.hr,
        }
        return {f"{name}{suffix}": parameter for name, parameter in found.items() if parameter is not None}

    def from_input(self, rows: Array) -> Array:
        return _affine(rows, self.ih, self.bias_ih)

    def from_hidden(self, hidden: Array) -> Array:
        return _affine(hidden, self.hh, self.bias_hh)

    def collect(self, rows: Array, hidden: Array, grad_input_sum: Array, grad_hidden_sum: Array) -> None:
        """Add to the gradients what all the rows, and the hidden states that stood beside them, contribute."""
        self.ih.accumulate((rows.T @ grad_input_sum).T)
        self.hh.accumulate((hidden.T @ grad_hidden_sum).T)
        for bias, grad in ((self.bias_ih, grad_input_sum), (self.bias_hh, grad_hidden_sum)):
            if bias is not None:
                bias.accumulate(grad.sum(axis=0))


def draw(parameters: Sequence[Parameter], hidden_size: int) -> None:
    """Uniform numbers in ±1/√hidden_size, parameter by parameter, as PyTorch draws them."""
    bound = 1 / math.sqrt(hidden_size) if hidden_size > 0 else 0.0
    for parameter in parameters:
        parameter.data[...] = init.uniform_(np.empty(parameter.shape, parameter.dtype), -bound, bound)


def _parameter(shape: tuple[int, ...], dtype: Any) -> Parameter:
    """A weight lies in memory as (in, out), which the product of a small batch likes."""
    return Parameter(np.empty(shape[::-1], dtype).T)


def _affine(rows: Array, weight: Parameter, bias: Parameter | None) -> Array:
    sums: Array = rows @ weight.data.T
    if bias is not None:
        sums += bias.data
    return sums


class Direction:
    """One layer on its way through time, forward or in reverse.

    The rows of the input are those of the first moment, then those of the second, and so on; `spans` says where each
    moment stands. Later moments may have fewer rows: the sequences that have ended are the last ones, and their state
    waits.
    """

    def __init__(self, step: Step, weights: Weights, spans: Sequence[Span], reverse: bool) -> None:
        self.step, self.weights = step, weights
        self.spans = spans[::-1] if reverse else spans
        self.reverse = reverse

    def forward(self, rows: Array, state: State) -> tuple[Array, State]:
        """The hidden states, a row each, and the last state of every sequence."""
        sums = self.weights.from_input(rows)  # (Σ n, chunks · H)
        self.rows, self.kept, self.hidden_before, self.unprojected = rows, [], [], []
        hidden_after: list[Array] = []
        for start, stop in self.spans:
            now = tuple(array[: stop - start] for array in state)
            new, kept = self.step.step(sums[start:stop], self.weights.from_hidden(now[0]), now)
            if self.weights.hr is not None:
                self.unprojected.append(new[0])
                new = (new[0] @ self.weights.hr.data.T, *new[1:])
            self.kept.append(kept)
            self.hidden_before.append(now[0])
            hidden_after.append(new[0])
            state = _merge(new, state)
        return self._in_order(hidden_after), state

    def backward(self, grad_rows: Array, grad_state: State) -> tuple[Array, State]:
        """The gradients of the rows and of the first state; those of the weights are added to."""
        grads_input, grads_hidden, projected = [], [], []
        for (start, stop), kept in zip(self.spans[::-1], self.kept[::-1], strict=True):
            now = tuple(array[: stop - start] for array in grad_state)
            grad_hidden = now[0] + grad_rows[start:stop]
            if self.weights.hr is not None:
                projected.append(grad_hidden)
                grad_hidden = grad_hidden @ self.weights.hr.data
            from_input, from_hidden, (before, *rest) = self.step.step_grad(kept, (grad_hidden, *now[1:]))
            grads_input.append(from_input)
            grads_hidden.append(from_hidden)
            through = from_hidden @ self.weights.hh.data
            grad_state = _merge((through if self.weights.hr is not None else before + through, *rest), grad_state)
        sums = self._in_order(grads_input[::-1])
        shared = grads_input[-1] is grads_hidden[-1]  # both sums have the same gradient, except in a GRU
        hidden_sums = sums if shared else self._in_order(grads_hidden[::-1])
        self.weights.collect(self.rows, self._in_order(self.hidden_before), sums, hidden_sums)
        if self.weights.hr is not None:
            self.weights.hr.accumulate((self._in_order(self.unprojected).T @ self._in_order(projected[::-1])).T)
        return sums @ self.weights.ih.data, grad_state

    def _in_order(self, moments: list[Array]) -> Array:
        """What was made moment by moment, as rows in the order of time."""
        return np.concatenate(moments[::-1] if self.reverse else moments)


def _merge(new: State, old: State) -> State:
    """The new state of the sequences that go on, and the old one of those that wait."""
    return tuple(a if len(a) == len(b) else np.concatenate([a, b[len(a) :]]) for a, b in zip(new, old, strict=True))
