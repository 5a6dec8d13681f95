"""Recurrent cells: one step of RNN, LSTM and GRU."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array, resolve_dtype
from scratch.layers._recurrence import Direction, GRUStep, LSTMStep, RectifierStep, State, Step, TanhStep, Weights, draw
from scratch.module import Module

__all__ = ["GRUCell", "LSTMCell", "RNNCell"]


class _Cell(Module):
    """One layer, in one direction, for one moment."""

    _states = 1  # how many arrays a state has

    def __init__(self, step: Step, input_size: int, hidden_size: int, bias: bool, dtype: npt.DTypeLike | None) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self._weights = Weights(step, input_size, hidden_size, bias, 0, resolve_dtype(dtype))
        vars(self).update(self._weights.named())
        self.bias = bias
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew, in PyTorch's order."""
        draw(list(self.parameters()), self.hidden_size)

    @np.errstate(over="ignore", invalid="ignore")  # exp overflows in a sigmoid of what is very negative
    def forward(self, input: Array, hx: Any = None) -> Any:
        self._check(input, hx)
        columns = np.atleast_2d(input).T  # (I, N)
        direction = Direction(self._weights, [(0, columns.shape[1])])
        _, state = direction.forward(columns, self._columns(hx, columns))
        self.save(direction, hx is not None)
        return self._like(state, input.ndim)

    def backward(self, grad_hidden: Array, grad_cell: Array | None = None) -> Any:
        direction, given = self.saved(grad_hidden)
        columns = np.atleast_2d(grad_hidden).T  # (H, N)
        state = self._columns((grad_hidden, grad_cell)[: self._states], columns)
        grad, state = direction.backward(np.zeros_like(columns), state, self.needs_input_grad)
        grad_input = None if grad is None else self._like((grad,), grad_hidden.ndim)
        return grad_input, self._like(state, grad_hidden.ndim) if given else None

    def _columns(self, hx: Any, like: Array) -> State:
        """The arrays of a state, with the batch in columns; zeros where none is given."""
        given = hx if isinstance(hx, tuple) else (hx,) * self._states
        zeros = np.zeros((self.hidden_size, like.shape[1]), like.dtype)
        return tuple(zeros if array is None else np.atleast_2d(array).T for array in given)

    def _like(self, state: State, ndim: int) -> Any:
        """Each array with the batch in rows, or without a batch; a tuple if there are several."""
        rows = tuple(array.T if ndim == 2 else array[:, 0] for array in state)
        return rows if len(rows) > 1 else rows[0]

    def _check(self, input: Array, hx: Any) -> None:
        name = type(self).__name__
        if input.ndim not in (1, 2):
            raise ValueError(f"{name}: expected an input of 1 or 2 axes, got shape {input.shape}")
        states = () if hx is None else hx if self._states > 1 else (hx,)
        for array in states:
            if array.ndim not in (1, 2):
                raise ValueError(f"{name}: expected hx of 1 or 2 axes, got shape {array.shape}")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(f"{name}: expected input_size={self.input_size} on the last axis, got {input.shape}")
        expected = (*input.shape[:-1], self.hidden_size)
        for array in states:
            if array.shape != expected:
                raise RuntimeError(f"{name}: expected hx of shape {expected}, got {array.shape}")
        dtype = self._weights.ih.dtype
        if any(array.dtype != dtype for array in (input, *states)):
            raise RuntimeError(f"{name}: expected an input and a state of the weights' dtype {dtype}")


class RNNCell(_Cell):
    """One step of `RNN`: the hidden state is made anew from the input and the state before.

    Math:
        forward:  h' = φ(s), s = W_ih x + b_ih + W_hh h + b_hh, where φ is tanh or ReLU
        backward: d = φ'(s) grad_h'; grad_x = W_ihᵀ d; grad_h = W_hhᵀ d
                  grad_W_ih = Σ d xᵀ; grad_W_hh = Σ d hᵀ; grad_b_ih = grad_b_hh = Σ d, over the batch

    Args:
        input_size: features of the input, I.
        hidden_size: features of the hidden state, H.
        bias: whether there are b_ih and b_hh.
        nonlinearity: φ, "tanh" or "relu".
        dtype: of the parameters; the default dtype when None.

    Shape:
        - Input: (N, I) or (I,). hx, output: (N, H) or (H,); hx is zeros when None.
        - weight_ih: (H, I); weight_hh: (H, H); bias_ih, bias_hh: (H,).

    Raises:
        ValueError: an input or a state of other than 1 or 2 axes.
        RuntimeError: other sizes, another dtype, or another nonlinearity.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.RNNCell.html

    Example:
        >>> cell = RNNCell(1, 1, bias=False, nonlinearity="relu")
        >>> cell.load_state_dict({"weight_ih": np.array([[1.0]]), "weight_hh": np.array([[2.0]])})
        >>> cell(np.array([3.0], np.float32), np.array([5.0], np.float32))  # 3 + 2 · 5
        array([13.], dtype=float32)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        steps: dict[str, Step] = {"tanh": TanhStep(), "relu": RectifierStep()}
        if nonlinearity not in steps:
            raise RuntimeError(f'RNNCell: expected nonlinearity "tanh" or "relu", got {nonlinearity!r}')
        super().__init__(steps[nonlinearity], input_size, hidden_size, bias, dtype)
        self.nonlinearity = nonlinearity


class LSTMCell(_Cell):
    """One step of `LSTM`: a cell that keeps what a forget gate lets it keep, beside the hidden state.

    Math:
        forward:  i, f, o = σ(s^i), σ(s^f), σ(s^o); g = tanh(s^g), where s = W_ih x + b_ih + W_hh h + b_hh has four
                  blocks of rows, in the order i, f, g, o; c' = f c + i g; h' = o tanh(c')
        backward: a = grad_c' + grad_h' o (1 − tanh²(c')); grad_c = a f
                  d has the blocks a g i (1 − i), a c f (1 − f), a i (1 − g²) and grad_h' tanh(c') o (1 − o); what
                  follows from it is as in RNNCell

    Args:
        input_size: features of the input, I.
        hidden_size: features of the state, H.
        bias: whether there are b_ih and b_hh.
        dtype: of the parameters; the default dtype when None.

    Shape:
        - Input: (N, I) or (I,). hx, output: a tuple of h and c, each (N, H) or (H,); hx is zeros when None.
        - weight_ih: (4H, I); weight_hh: (4H, H); bias_ih, bias_hh: (4H,).

    Raises:
        ValueError: an input or a state of other than 1 or 2 axes.
        RuntimeError: other sizes, or another dtype.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html

    Example:
        >>> cell = LSTMCell(1, 1, bias=False)
        >>> cell.load_state_dict({"weight_ih": np.zeros((4, 1)), "weight_hh": np.zeros((4, 1))})
        >>> _, c = cell(np.ones(1, np.float32), (np.zeros(1, np.float32), np.full(1, 8, np.float32)))
        >>> c  # each gate is ½ and g is 0, so half is kept
        array([4.], dtype=float32)
    """

    _states = 2

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, dtype: npt.DTypeLike | None = None
    ) -> None:
        super().__init__(LSTMStep(), input_size, hidden_size, bias, dtype)


class GRUCell(_Cell):
    """One step of `GRU`: the hidden state moves part of the way to a candidate, as far as a gate lets it.

    Math:
        forward:  r, z = σ(x^r + h^r), σ(x^z + h^z); n = tanh(x^n + r h^n), where W_ih x + b_ih = (x^r, x^z, x^n) and
                  W_hh h + b_hh = (h^r, h^z, h^n) have three blocks of rows; h' = (1 − z) n + z h
        backward: d^n = grad_h' (1 − z) (1 − n²); d^r = d^n h^n r (1 − r); d^z = grad_h' (h − n) z (1 − z)
                  grad_x = W_ihᵀ (d^r, d^z, d^n); grad_h = z grad_h' + W_hhᵀ (d^r, d^z, r d^n)
                  the weights' gradients are those of RNNCell, with (d^r, d^z, d^n) for W_ih, (d^r, d^z, r d^n) for W_hh

    Args:
        input_size: features of the input, I.
        hidden_size: features of the hidden state, H.
        bias: whether there are b_ih and b_hh.
        dtype: of the parameters; the default dtype when None.

    Shape:
        - Input: (N, I) or (I,). hx, output: (N, H) or (H,); hx is zeros when None.
        - weight_ih: (3H, I); weight_hh: (3H, H); bias_ih, bias_hh: (3H,).

    Raises:
        ValueError: an input or a state of other than 1 or 2 axes.
        RuntimeError: other sizes, or another dtype.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.GRUCell.html

    Example:
        >>> cell = GRUCell(1, 1, bias=False)
        >>> cell.load_state_dict({"weight_ih": np.zeros((3, 1)), "weight_hh": np.zeros((3, 1))})
        >>> cell(np.ones(1, np.float32), np.full(1, 8, np.float32))  # z is ½ and n is 0, so half is kept
        array([4.], dtype=float32)
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, dtype: npt.DTypeLike | None = None
    ) -> None:
        super().__init__(GRUStep(), input_size, hidden_size, bias, dtype)
