"""Recurrent layers: RNN, LSTM and GRU over whole sequences."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array, resolve_dtype
from scratch.layers._recurrence import (
    Direction,
    GRUStep,
    LSTMStep,
    RectifierStep,
    Span,
    State,
    Step,
    TanhStep,
    Weights,
    draw,
)
from scratch.layers.dropout import Dropout
from scratch.module import Module
from scratch.sequences import PackedSequence

__all__ = ["GRU", "LSTM", "RNN"]


class _Recurrent(Module):
    """Layers of recurrence, each in one direction or in both, with dropout between the layers."""

    _states = 1  # how many arrays a state has

    def __init__(
        self,
        step: Step,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        bias: bool,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
        proj_size: int,
        dtype: npt.DTypeLike | None,
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = dropout
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._check_arguments()
        self.dropout = float(dropout)
        self._directions = 2 if bidirectional else 1
        self._output_size = (proj_size or hidden_size) * self._directions
        self._weights: list[list[Weights]] = []  # layer by layer, one for each direction
        for layer in range(num_layers):
            size = input_size if layer == 0 else self._output_size
            kind = resolve_dtype(dtype)
            pair = [Weights(step, size, hidden_size, bias, proj_size, kind) for _ in range(self._directions)]
            self._weights.append(pair)
            for weights, suffix in zip(pair, ("", "_reverse"), strict=False):
                vars(self).update(weights.named(f"_l{layer}{suffix}"))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew, in PyTorch's order."""
        draw(list(self.parameters()), self.hidden_size)

    def forward(self, input: Array | PackedSequence, hx: Any = None) -> tuple[Any, Any]:
        packed = input if isinstance(input, PackedSequence) else None
        columns, spans = self._columns(input)  # (I, Σ n)
        count = spans[0][1]
        states = self._first_states(hx, count, packed, columns.dtype)
        passes: list[Direction] = []
        masks: list[Array | None] = []
        last: list[State] = []
        for layer, pair in enumerate(self._weights):
            mask = self._mask(columns) if layer > 0 else None
            masks.append(mask)
            columns = columns if mask is None else columns * mask
            outputs = []
            for number, weights in enumerate(pair):
                direction = Direction(weights, spans, reverse=number == 1)
                output, state = self._run(direction, columns, states[len(last)])
                passes.append(direction)
                outputs.append(output)
                last.append(state)
            columns = np.concatenate(outputs)  # (D · H, Σ n)
        self.save(passes, masks, hx is not None)
        return self._like(input, columns, count), self._hidden(last, packed, self._batched(input))

    def backward(self, grad_output: Any, grad_hidden: Any = None) -> tuple[Any, Any]:
        passes, masks, given = self.saved(grad_output)
        packed = grad_output if isinstance(grad_output, PackedSequence) else None
        grad, spans = self._columns(grad_output)
        count = spans[0][1]
        grad_states = self._first_states(grad_hidden, count, packed, grad.dtype)
        found: list[State] = []
        for layer in reversed(range(self.num_layers)):
            parts: list[Any] = []
            wanted = layer > 0 or self.needs_input_grad
            for number in reversed(range(self._directions)):
                direction = passes.pop()
                share = np.split(grad, self._directions)[number]
                part, state = direction.backward(share, grad_states.pop(), wanted)
                parts.append(part)
                found.append(state)
            if wanted:
                grad = sum(parts[1:], parts[0])
                grad = grad if masks[layer] is None else grad * masks[layer]
        grad_input = self._like(grad_output, grad, count) if self.needs_input_grad else None
        return grad_input, self._hidden(found[::-1], packed, self._batched(grad_output)) if given else None

    @np.errstate(over="ignore", invalid="ignore")  # exp overflows in a sigmoid of what is very negative
    def _run(self, direction: Direction, columns: Array, state: State) -> tuple[Array, State]:
        return direction.forward(columns, state)

    def _mask(self, columns: Array) -> Array | None:
        """What dropout multiplies the output of a layer by; drawn in rows, as PyTorch draws it."""
        if not self.training or self.dropout == 0:
            return None
        ones = np.ones(columns.shape[::-1], columns.dtype)
        return Dropout(self.dropout)(ones).T  # type: ignore[no-any-return]

    def _batched(self, input: Any) -> bool:
        return isinstance(input, PackedSequence) or input.ndim == 3

    def _columns(self, input: Any) -> tuple[Array, list[Span]]:
        """A column for every element of every sequence, moment by moment, and where each moment stands."""
        if isinstance(input, PackedSequence):
            ends = np.cumsum(input.batch_sizes).tolist()
            return input.data.T, list(zip([0, *ends[:-1]], ends, strict=True))
        steps = input[:, None] if input.ndim == 2 else input.swapaxes(0, 1) if self.batch_first else input  # (T, N, I)
        time, count, size = steps.shape
        return steps.reshape(time * count, size).T, [(t * count, (t + 1) * count) for t in range(time)]

    def _like(self, input: Any, columns: Array, count: int) -> Any:
        """Columns in the form of the input: packed, or (T, N, *), (N, T, *) or (T, *)."""
        if isinstance(input, PackedSequence):
            return input._replace(data=columns.T)
        steps = columns.T.reshape(columns.shape[1] // max(count, 1), count, len(columns))
        return steps[:, 0] if input.ndim == 2 else steps.swapaxes(0, 1) if self.batch_first else steps

    def _first_states(self, hx: Any, count: int, packed: PackedSequence | None, dtype: Any) -> list[State]:
        """For each layer and direction the state to begin with, its sequences in columns; zeros where none is given."""
        given = hx if isinstance(hx, tuple) else (hx,) * self._states
        sizes = (self.proj_size or self.hidden_size, self.hidden_size)
        made = []
        for array, size in zip(given, sizes[: self._states], strict=True):
            full = np.zeros((self.num_layers * self._directions, count, size), dtype) if array is None else array
            full = full if full.ndim == 3 else full[:, None]
            if packed is not None and packed.sorted_indices is not None:
                full = full[:, packed.sorted_indices]
            made.append(full.swapaxes(1, 2))  # (D · layers, H, N)
        return list(zip(*made, strict=True))

    def _hidden(self, states: list[State], packed: PackedSequence | None, batched: bool) -> Any:
        """The states of all layers and directions as PyTorch gives them: (D · layers, N, H), one array or a tuple."""
        arrays = []
        for parts in zip(*states, strict=True):
            full = np.stack([part.T for part in parts])
            if packed is not None and packed.unsorted_indices is not None:
                full = full[:, packed.unsorted_indices]
            arrays.append(full if batched else full[:, 0])
        return tuple(arrays) if self._states > 1 else arrays[0]

    def __call__(self, input: Any, hx: Any = None) -> Any:
        if isinstance(input, np.ndarray | PackedSequence):
            self._check(input, hx)
        return super().__call__(input, hx)

    def _check_arguments(self) -> None:
        name = type(self).__name__
        if type(self.dropout) not in (int, float) or not 0 <= self.dropout <= 1:
            raise ValueError(f"{name}: expected a dropout between 0 and 1, got {self.dropout}")
        if self.dropout > 0 and self.num_layers == 1:
            warnings.warn(f"{name}: dropout comes after every layer but the last, and there is only one", stacklevel=4)
        for argument, kind in (("bias", bool), ("batch_first", bool), ("input_size", int), ("hidden_size", int)):
            if not isinstance(getattr(self, argument), kind):
                raise TypeError(f"{name}: expected {argument} as {kind.__name__}, got {getattr(self, argument)!r}")
        for argument in ("input_size", "hidden_size", "num_layers"):
            if getattr(self, argument) <= 0:
                raise ValueError(f"{name}: expected {argument} to be at least 1, got {getattr(self, argument)}")
        if not 0 <= self.proj_size < self.hidden_size:
            raise ValueError(f"{name}: expected proj_size from 0 to hidden_size − 1, got {self.proj_size}")

    def _check(self, input: Any, hx: Any) -> None:
        name = type(self).__name__
        data = input.data if isinstance(input, PackedSequence) else input
        if not isinstance(input, PackedSequence) and data.ndim not in (2, 3):
            raise ValueError(f"{name}: expected an input of 2 or 3 axes, got shape {data.shape}")
        dtype = next(self.parameters()).dtype
        if data.dtype != dtype:
            raise ValueError(f"{name}: expected an input of the weights' dtype {dtype}, got {data.dtype}")
        if data.shape[-1] != self.input_size:
            raise RuntimeError(f"{name}: expected input_size={self.input_size} on the last axis, got {data.shape}")
        _, spans = self._columns(input)
        if not spans:
            raise RuntimeError(f"{name}: expected a sequence of at least one element, got shape {data.shape}")
        if hx is None:
            return
        count = (spans[0][1],) if self._batched(input) else ()
        sizes = (self.proj_size or self.hidden_size, self.hidden_size)
        for array, size in zip(hx if self._states > 1 else (hx,), sizes, strict=False):
            expected = (self.num_layers * self._directions, *count, size)
            if array.shape != expected:
                raise RuntimeError(f"{name}: expected hx of shape {expected}, got {array.shape}")
            if array.dtype != dtype:
                raise ValueError(f"{name}: expected hx of the weights' dtype {dtype}, got {array.dtype}")


class RNN(_Recurrent):
    """A plain recurrent network: at each moment the hidden state is made anew from the input and the state before.

    Math:
        forward:  h_t = φ(s_t), s_t = W_ih x_t + b_ih + W_hh h_{t−1} + b_hh, where φ is tanh or ReLU; output_t = h_t
        backward: d_t = φ'(s_t) (grad_output_t + W_hhᵀ d_{t+1}), from the last moment to the first, where grad_hidden
                  joins at the last; grad_x_t = W_ihᵀ d_t
                  grad_W_ih = Σ_t d_t x_tᵀ;  grad_W_hh = Σ_t d_t h_{t−1}ᵀ;  grad_b_ih = grad_b_hh = Σ_t d_t
        A further layer takes the output of the layer below as its input. A second direction reads the sequence from its
        end; its outputs stand behind those of the first. With H = hidden_size, everything is initially uniform in
        ±1/√H.

    Args:
        input_size: features of an element, I.
        hidden_size: features of the hidden state, H.
        num_layers: layers on top of each other.
        nonlinearity: φ, "tanh" or "relu".
        bias: whether there are b_ih and b_hh.
        batch_first: whether the input and the output have the batch before the time.
        dropout: the probability with which an output of a layer but the last is set to zero, in training.
        bidirectional: whether there is a second direction, D = 2 of them.
        dtype: of the parameters; the default dtype when None.

    Shape:
        - Input: (T, N, I), (N, T, I) if batch_first, (T, I), or a PackedSequence.
        - hx: (D · num_layers, N, H), or (D · num_layers, H) without a batch; zeros when None.
        - Output: the output (T, N, D · H), in the form of the input, and the last hidden state, shaped as hx.
        - weight_ih_l0: (H, I), above (H, D · H); weight_hh_l0: (H, H); bias_ih_l0, bias_hh_l0: (H,);
          and so on for _l1, …, and for _l0_reverse, ….

    Raises:
        ValueError: an argument outside its range, an input of other than 2 or 3 axes, or of another dtype.
        TypeError: a size that is no int, or a switch that is no bool.
        RuntimeError: another number of features, an empty sequence, or hx of another shape.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html
        Finding Structure in Time (Elman, 1990), https://doi.org/10.1207/s15516709cog1402_1, which has one bias.

    Example:
        >>> layer = RNN(1, 1, nonlinearity="relu", bias=False)
        >>> layer.load_state_dict({"weight_ih_l0": np.array([[1.0]]), "weight_hh_l0": np.array([[2.0]])})
        >>> output, hidden = layer(np.array([[3.0], [1.0], [0.0]], np.float32))
        >>> output.ravel(), hidden.ravel()  # 3, 1 + 2 · 3, 2 · 7
        (array([ 3.,  7., 14.], dtype=float32), array([14.], dtype=float32))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        steps: dict[str, Step] = {"tanh": TanhStep(), "relu": RectifierStep()}
        if nonlinearity not in steps:
            raise ValueError(f'RNN: expected nonlinearity "tanh" or "relu", got {nonlinearity!r}')
        step = steps[nonlinearity]
        super().__init__(step, input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, 0, dtype)
        self.nonlinearity = nonlinearity


class LSTM(_Recurrent):
    """Long short-term memory: a cell that keeps what a forget gate lets it keep, beside the hidden state.

    Math:
        forward:  i, f, o = σ(s^i_t), σ(s^f_t), σ(s^o_t); g = tanh(s^g_t), where
                  s_t = W_ih x_t + b_ih + W_hh h_{t−1} + b_hh has four blocks of rows, in the order i, f, g, o
                  c_t = f c_{t−1} + i g; h_t = o tanh(c_t); output_t = h_t
        backward: from the last moment to the first, with grad_h_t = grad_output_t + W_hhᵀ d_{t+1}:
                  grad_c_t = grad_h_t o (1 − tanh²(c_t)) + f_{t+1} grad_c_{t+1}
                  d_t has the blocks grad_c_t g i (1 − i), grad_c_t c_{t−1} f (1 − f), grad_c_t i (1 − g²) and
                  grad_h_t tanh(c_t) o (1 − o); the weights' gradients are those of RNN with this d_t
        With a projection, h_t = W_hr (o tanh(c_t)), and grad_W_hr = Σ_t grad_h_t (o tanh(c_t))ᵀ. Layers and directions
        are those of RNN; everything is initially uniform in ±1/√hidden_size.

    Args:
        input_size: features of an element, I.
        hidden_size: features of the cell, H.
        num_layers: layers on top of each other.
        bias: whether there are b_ih and b_hh.
        batch_first: whether the input and the output have the batch before the time.
        dropout: the probability with which an output of a layer but the last is set to zero, in training.
        bidirectional: whether there is a second direction, D = 2 of them.
        proj_size: features of the hidden state where it is a projection, P; 0 for none, when P = H.
        dtype: of the parameters; the default dtype when None.

    Shape:
        - Input: (T, N, I), (N, T, I) if batch_first, (T, I), or a PackedSequence.
        - hx: a tuple of h_0, (D · num_layers, N, P), and c_0, (D · num_layers, N, H), both without N if there is no
          batch; zeros when None.
        - Output: the output (T, N, D · P), in the form of the input, and a tuple of the last h and c, shaped as hx.
        - weight_ih_l0: (4H, I), above (4H, D · P); weight_hh_l0: (4H, P); bias_ih_l0, bias_hh_l0: (4H,);
          weight_hr_l0: (P, H) with a projection; and so on for _l1, …, and for _l0_reverse, ….

    Raises:
        ValueError: an argument outside its range, an input of other than 2 or 3 axes, or of another dtype.
        TypeError: a size that is no int, or a switch that is no bool.
        RuntimeError: another number of features, an empty sequence, or a state of another shape.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html
        Long Short-Term Memory (Hochreiter & Schmidhuber, 1997), https://doi.org/10.1162/neco.1997.9.8.1735, which has
        no forget gate.

    Example:
        >>> layer = LSTM(1, 1, bias=False)
        >>> layer.load_state_dict({"weight_ih_l0": np.zeros((4, 1)), "weight_hh_l0": np.zeros((4, 1))})
        >>> start = np.zeros((1, 1), np.float32), np.full((1, 1), 8, np.float32)
        >>> _, (hidden, cell) = layer(np.ones((2, 1), np.float32), start)
        >>> cell.ravel()  # each gate is ½ and g is 0, so twice a half is kept
        array([2.], dtype=float32)
    """

    _states = 2

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        super().__init__(
            LSTMStep(),
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            proj_size,
            dtype,
        )


class GRU(_Recurrent):
    """Gated recurrent unit: the hidden state moves part of the way to a candidate, as far as a gate lets it.

    Math:
        forward:  r, z = σ(s^r_t), σ(s^z_t); n = tanh(x^n_t + r h^n_t), where W_ih x_t + b_ih = (x^r, x^z, x^n) and
                  W_hh h_{t−1} + b_hh = (h^r, h^z, h^n) have three blocks of rows, and s = x + h for the first two
                  h_t = (1 − z) n + z h_{t−1}; output_t = h_t
        backward: d^n = grad_h_t (1 − z) (1 − n²); d^r = d^n h^n r (1 − r); d^z = grad_h_t (h_{t−1} − n) z (1 − z)
                  grad_x_t = W_ihᵀ (d^r, d^z, d^n)
                  grad_h_{t−1} = z grad_h_t + W_hhᵀ (d^r, d^z, r d^n) + grad_output_{t−1}
                  the weights' gradients are those of RNN, with (d^r, d^z, d^n) for W_ih, (d^r, d^z, r d^n) for W_hh
        Layers and directions are those of RNN; everything is initially uniform in ±1/√hidden_size.

    Args:
        input_size: features of an element, I.
        hidden_size: features of the hidden state, H.
        num_layers: layers on top of each other.
        bias: whether there are b_ih and b_hh.
        batch_first: whether the input and the output have the batch before the time.
        dropout: the probability with which an output of a layer but the last is set to zero, in training.
        bidirectional: whether there is a second direction, D = 2 of them.
        dtype: of the parameters; the default dtype when None.

    Shape:
        - Input: (T, N, I), (N, T, I) if batch_first, (T, I), or a PackedSequence.
        - hx: (D · num_layers, N, H), or (D · num_layers, H) without a batch; zeros when None.
        - Output: the output (T, N, D · H), in the form of the input, and the last hidden state, shaped as hx.
        - weight_ih_l0: (3H, I), above (3H, D · H); weight_hh_l0: (3H, H); bias_ih_l0, bias_hh_l0: (3H,);
          and so on for _l1, …, and for _l0_reverse, ….

    Raises:
        ValueError: an argument outside its range, an input of other than 2 or 3 axes, or of another dtype.
        TypeError: a size that is no int, or a switch that is no bool.
        RuntimeError: another number of features, an empty sequence, or hx of another shape.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html
        Learning Phrase Representations (Cho et al., 2014), https://arxiv.org/abs/1406.1078, where r multiplies h_{t−1}
        before W_hh does.

    Example:
        >>> layer = GRU(1, 1, bias=False)
        >>> layer.load_state_dict({"weight_ih_l0": np.zeros((3, 1)), "weight_hh_l0": np.zeros((3, 1))})
        >>> _, hidden = layer(np.ones((2, 1), np.float32), np.full((1, 1), 8, np.float32))
        >>> hidden.ravel()  # z is ½ and n is 0, so twice a half is kept
        array([2.], dtype=float32)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        dtype: npt.DTypeLike | None = None,
    ) -> None:
        super().__init__(
            GRUStep(), input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, 0, dtype
        )
