"""What recurrent layers and cells share: the formulae of one step, with their derivatives, and the way through time.

Here a batch stands in columns. At each moment the input x, the hidden state h and a 1 for the biases are stacked into
one array (I + H + 1, n), and one matrix, made of the layer's weights and biases, turns it into the blocks of sums
that a step starts from: one for each gate.

A kind of step is a class. `step` makes the new state from the sums and the old state, and may work in place on the
sums. `step_grad` goes back, from the gradient of the new state to those of the sums and of the old state. A state is
(hidden,), or (hidden, cell).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np

from scratch import init
from scratch.dtypes import Array
from scratch.module import Parameter

__all__ = ["Direction", "GRUStep", "LSTMStep", "RectifierStep", "Span", "State", "Step", "TanhStep", "Weights", "draw"]

State: TypeAlias = tuple[Array, ...]
GradState: TypeAlias = tuple[Any, ...]  # a State in which the first may be None
Span: TypeAlias = tuple[int, int]  # the columns of one moment: the first, and the one after the last


class Step(Protocol):
    """One step of a kind of recurrence, and how its matrix is made from the layer's weights."""

    chunks: int  # blocks of hidden_size rows in a weight

    def matrix(self, ih: Array, hh: Array, *biases: Array) -> Array:
        """The matrix (blocks · H, I + H + 1), or without the last column where there are no biases, b_ih and b_hh."""

    def matrix_grad(self, grad: Array, input_size: int, bias: bool) -> tuple[Array, ...]:
        """The gradients of the weights and the biases, from that of the matrix."""

    def step(self, sums: Array, state: State) -> tuple[State, Any]:
        """The new state, and what `step_grad` needs."""

    def step_grad(self, kept: Any, grad_state: State) -> tuple[Array, GradState]:
        """The gradients of the sums, and of the old state without what came to it through the sums (None: nothing)."""


class _OneSum:
    """A kind of which every block is W_ih x + b_ih + W_hh h + b_hh."""

    def matrix(self, ih: Array, hh: Array, *biases: Array) -> Array:
        parts = [ih, hh, (biases[0] + biases[1])[:, None]] if biases else [ih, hh]
        return np.concatenate(parts, axis=1)

    def matrix_grad(self, grad: Array, input_size: int, bias: bool) -> tuple[Array, ...]:
        if not bias:
            return grad[:, :input_size], grad[:, input_size:]
        return grad[:, :input_size], grad[:, input_size:-1], grad[:, -1], grad[:, -1]


class TanhStep(_OneSum):
    """h' = tanh(sum)."""

    chunks = 1

    def step(self, sums: Array, state: State) -> tuple[State, Any]:
        hidden = np.tanh(sums)
        return (hidden,), hidden

    def step_grad(self, kept: Any, grad_state: State) -> tuple[Array, GradState]:
        grad = np.square(kept)
        np.subtract(1, grad, out=grad)
        grad *= grad_state[0]
        return grad, (None,)


class RectifierStep(_OneSum):
    """h' = max(sum, 0)."""

    chunks = 1

    def step(self, sums: Array, state: State) -> tuple[State, Any]:
        hidden = np.maximum(sums, 0)
        return (hidden,), hidden

    def step_grad(self, kept: Any, grad_state: State) -> tuple[Array, GradState]:
        grad = grad_state[0] * (kept > 0)
        return grad, (None,)


class LSTMStep(_OneSum):
    """i, f, o = σ(sum) and g = tanh(sum), each of its own block; c' = f c + i g; h' = o tanh(c')."""

    chunks = 4

    def step(self, sums: Array, state: State) -> tuple[State, Any]:
        cell = state[1]
        i, f, g, o = gates = np.split(sums, 4)
        sigmoid_(sums[: 2 * len(cell)])  # i and f
        np.tanh(g, out=g)
        sigmoid_(o)
        new_cell = f * cell
        new_cell += i * g
        tanh_cell = np.tanh(new_cell)
        return (o * tanh_cell, new_cell), (gates, cell, tanh_cell)

    def step_grad(self, kept: Any, grad_state: State) -> tuple[Array, GradState]:
        (i, f, g, o), cell, tanh_cell = kept
        grad_hidden, grad_cell = grad_state
        through_tanh = np.square(tanh_cell)
        np.subtract(1, through_tanh, out=through_tanh)
        through_tanh *= o
        through_tanh *= grad_hidden
        grad_cell = grad_cell + through_tanh
        grad = np.empty((4 * len(cell), cell.shape[1]), cell.dtype)
        grad_i, grad_f, grad_g, grad_o = np.split(grad, 4)
        for gate, grad_gate, reached in ((i, grad_i, grad_cell * g), (f, grad_f, grad_cell * cell)):
            _sigmoid_grad(gate, reached, grad_gate)
        _sigmoid_grad(o, grad_hidden * tanh_cell, grad_o)
        np.square(g, out=grad_g)
        np.subtract(1, grad_g, out=grad_g)
        grad_g *= i
        grad_g *= grad_cell
        grad_cell *= f
        return grad, (None, grad_cell)


class GRUStep:
    """r, z = σ(sum); n = tanh(x_n + r · h_n), of which x_n comes from the input and h_n from the hidden state alone;
    h' = (1 − z) n + z h. So the matrix has four blocks, in two of which a half is 0."""

    chunks = 3

    def matrix(self, ih: Array, hh: Array, *biases: Array) -> Array:
        size = len(ih) // 3
        parts = [ih, hh, *(bias[:, None] for bias in biases)]
        rows = np.concatenate([np.concatenate([part, part[2 * size :]]) for part in parts], axis=1)
        edge = ih.shape[1]
        rows[2 * size : 3 * size, edge : edge + size] = 0  # x_n takes nothing from the hidden state
        rows[3 * size :, :edge] = 0  # h_n takes nothing from the input
        if not biases:
            return rows
        rows[2 * size : 3 * size, -1] = 0
        rows[3 * size :, -2] = 0
        rows[:, -2] += rows[:, -1]
        return rows[:, :-1]

    def matrix_grad(self, grad: Array, input_size: int, bias: bool) -> tuple[Array, ...]:
        size = len(grad) // 4
        from_input = grad[: 3 * size]
        from_hidden = np.concatenate([grad[: 2 * size], grad[3 * size :]])
        weights = from_input[:, :input_size], from_hidden[:, input_size : input_size + size]
        return (*weights, from_input[:, -1], from_hidden[:, -1]) if bias else weights

    def step(self, sums: Array, state: State) -> tuple[State, Any]:
        (hidden,) = state
        r, z, n, hidden_n = np.split(sums, 4)
        sigmoid_(sums[: 2 * len(hidden)])  # r and z
        n += r * hidden_n
        np.tanh(n, out=n)
        new = hidden - n
        new *= z
        new += n
        return (new,), (r, z, n, hidden_n, hidden)

    def step_grad(self, kept: Any, grad_state: State) -> tuple[Array, GradState]:
        r, z, n, hidden_n, hidden = kept
        (grad_hidden,) = grad_state
        grad = np.empty((4 * len(hidden), hidden.shape[1]), hidden.dtype)
        grad_r, grad_z, grad_n, grad_hidden_n = np.split(grad, 4)
        np.square(n, out=grad_n)
        np.subtract(1, grad_n, out=grad_n)
        grad_n *= 1 - z
        grad_n *= grad_hidden
        np.multiply(grad_n, r, out=grad_hidden_n)
        _sigmoid_grad(r, grad_n * hidden_n, grad_r)
        _sigmoid_grad(z, grad_hidden * (hidden - n), grad_z)
        return grad, (grad_hidden * z,)


def sigmoid_(x: Array) -> None:
    """1 / (1 + exp(−x)), in place."""
    np.negative(x, out=x)
    np.exp(x, out=x)  # overflows to inf for what is very negative, and 1 / inf is right
    x += 1
    np.divide(1, x, out=x)


def _sigmoid_grad(gate: Array, grad_gate: Array, out: Array) -> None:
    """The gradient of what the sigmoid was taken of: gate (1 − gate) grad_gate."""
    np.subtract(1, gate, out=out)
    out *= gate
    out *= grad_gate


class Weights:
    """The parameters of one layer in one direction."""

    def __init__(self, step: Step, input_size: int, hidden_size: int, bias: bool, proj_size: int, dtype: Any) -> None:
        rows = step.chunks * hidden_size
        self.step = step
        self.ih = Parameter(np.empty((rows, input_size), dtype))
        self.hh = Parameter(np.empty((rows, proj_size or hidden_size), dtype))
        self.bias_ih = Parameter(np.empty(rows, dtype)) if bias else None
        self.bias_hh = Parameter(np.empty(rows, dtype)) if bias else None
        self.hr = Parameter(np.empty((proj_size, hidden_size), dtype)) if proj_size else None

    def named(self, suffix: str = "") -> dict[str, Parameter]:
        """PyTorch's names, in its order."""
        found = {
            "weight_ih": self.ih,
            "weight_hh": self.hh,
            "bias_ih": self.bias_ih,
            "bias_hh": self.bias_hh,
            "weight_hr": self.hr,
        }
        return {f"{name}{suffix}": parameter for name, parameter in found.items() if parameter is not None}

    def matrix(self) -> Array:
        biases = (bias.data for bias in (self.bias_ih, self.bias_hh) if bias is not None)
        return self.step.matrix(self.ih.data, self.hh.data, *biases)

    def accumulate(self, grad_matrix: Array) -> None:
        grads = self.step.matrix_grad(grad_matrix, self.ih.shape[1], self.bias_ih is not None)
        for parameter, grad in zip((self.ih, self.hh, self.bias_ih, self.bias_hh), grads, strict=False):
            if parameter is not None:
                parameter.accumulate(grad.copy())


def draw(parameters: Sequence[Parameter], hidden_size: int) -> None:
    """Uniform numbers in ±1/√hidden_size, parameter by parameter, as PyTorch draws them."""
    bound = 1 / math.sqrt(max(hidden_size, 1))
    for parameter in parameters:
        init.uniform_(parameter.data, -bound, bound)


class Direction:
    """One layer on its way through time, forward or in reverse, over one input.

    The columns of the input are those of the first moment, then those of the second, and so on; `spans` says where
    each moment stands. Later moments may have fewer columns: the sequences that have ended are the last ones, and their
    state waits.
    """

    def __init__(self, weights: Weights, spans: Sequence[Span], reverse: bool = False) -> None:
        self.weights, self.reverse = weights, reverse
        self.spans = spans[::-1] if reverse else spans
        self.matrix = weights.matrix()
        self.stacks: list[Array] = []  # (I + H + 1, n) at each moment
        self.kept: list[Any] = []
        self.unprojected: list[Array] = []

    def forward(self, input: Array, state: State) -> tuple[Array, State]:
        """(I, Σ n) to the hidden states (H, Σ n), and the last state of every sequence."""
        outputs = []
        for start, stop in self.spans:
            now = tuple(array[:, : stop - start] for array in state)
            new, kept = self.weights.step.step(self.matrix @ self._stack(input[:, start:stop], now[0]), now)
            self.kept.append(kept)
            new = (self._project(new[0]), *new[1:])
            outputs.append(new[0])
            state = _merge(new, state)
        return self._in_order(outputs), state

    def backward(self, grad_output: Array, grad_state: State, input_grad: bool) -> tuple[Array | None, State]:
        """The gradients of the input and of the first state; those of the weights are added to."""
        edge = self.weights.ih.shape[1]
        size = edge if input_grad else 0
        back = self.matrix[:, edge - size : edge + self.weights.hh.shape[1]].T  # ([I +] H, blocks · H)
        grad_matrix = np.zeros_like(self.matrix)
        grads_input = []
        for (start, stop), kept, stack in zip(self.spans[::-1], self.kept[::-1], self.stacks[::-1], strict=True):
            now = tuple(array[:, : stop - start] for array in grad_state)
            grad_hidden = self._unproject(now[0] + grad_output[:, start:stop])
            grad_sums, (before, *rest) = self.weights.step.step_grad(kept, (grad_hidden, *now[1:]))
            grad_matrix += grad_sums @ stack.T
            grads = back @ grad_sums
            grads_input.append(grads[:size])
            through = grads[size:]
            grad_state = _merge((through if before is None else before + through, *rest), grad_state)
        self.weights.accumulate(grad_matrix)
        return self._in_order(grads_input[::-1]) if input_grad else None, grad_state

    def _project(self, hidden: Array) -> Array:
        """W_hr h, if there is such a weight."""
        if self.weights.hr is None:
            return hidden
        self.unprojected.append(hidden)
        return self.weights.hr.data @ hidden

    def _unproject(self, grad: Array) -> Array:
        """The derivative of `_project`, whose moments come back last first."""
        if self.weights.hr is None:
            return grad
        self.weights.hr.accumulate(grad @ self.unprojected.pop().T)
        return self.weights.hr.data.T @ grad

    def _stack(self, input: Array, hidden: Array) -> Array:
        """The input, the hidden state, and a 1 where there are biases."""
        edge, size = len(input), len(hidden)
        stack = np.empty((self.matrix.shape[1], input.shape[1]), input.dtype)
        stack[:edge] = input
        stack[edge : edge + size] = hidden
        stack[edge + size :] = 1
        self.stacks.append(stack)
        return stack

    def _in_order(self, moments: Sequence[Array]) -> Array:
        """What was made moment by moment, as columns in the order of time."""
        return np.concatenate(moments[::-1] if self.reverse else moments, axis=1)


def _merge(new: State, old: State) -> State:
    """The new state of the sequences that go on, and the old one of those that wait."""
    return tuple(
        a if a.shape == b.shape else np.concatenate([a, b[:, a.shape[1] :]], axis=1)
        for a, b in zip(new, old, strict=True)
    )
