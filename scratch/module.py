"""Module and Parameter: what a network is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from scratch.dtypes import Array

__all__ = ["Module", "Parameter", "is_grad_enabled", "no_grad"]

_ARRAYS = (np.ndarray, np.generic)
_NO_ARRAYS = (list, tuple, str, int, float, type(None))  # what people pass by mistake; a named tuple is not meant

_grad_enabled = True


def is_grad_enabled() -> bool:
    """Whether a forward keeps what its backward will need."""
    return _grad_enabled


@contextmanager
def no_grad() -> Iterator[None]:
    """Inside this context (or a function decorated with it) a forward keeps nothing for a backward that will not come.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html
    """
    global _grad_enabled
    before, _grad_enabled = _grad_enabled, False
    try:
        yield
    finally:
        _grad_enabled = before


class Parameter:
    """An array that is trained: `data`, and the gradient `grad` that backward adds to (None before the first backward).

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html

    Example:
        >>> weight = Parameter(np.array([1.0, 2.0]))
        >>> weight.accumulate(np.array([0.5, 0.0]))
        >>> weight.accumulate(np.array([0.5, 1.0]))
        >>> weight.grad
        array([1., 1.])
    """

    __slots__ = ("__weakref__", "data", "grad")

    def __init__(self, data: Array) -> None:
        if not isinstance(data, np.ndarray):
            raise TypeError(f"Parameter: expected a NumPy array, got {type(data).__name__}")
        if data.dtype.kind != "f":
            raise RuntimeError(f"Parameter: expected a floating-point array, got dtype {data.dtype}")
        self.data = data
        self.grad: Array | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @property
    def dtype(self) -> np.dtype[np.floating[Any]]:
        return self.data.dtype

    def accumulate(self, grad: Array) -> None:
        """Add to the gradient, in a new array: one that was handed out before never changes."""
        self.grad = grad if self.grad is None else self.grad + grad

    def __repr__(self) -> str:
        return f"Parameter(shape={self.shape}, dtype={self.dtype})"


class Module:
    """The base of layers and losses: `forward`, `backward`, parameters, buffers and a mode.

    Calling a module runs `forward`, which saves what the derivative needs; `backward(grad_output)` takes it,
    adds to every parameter's `grad` and returns the gradient of the input. A forward serves one backward.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    training: bool
    needs_input_grad: bool

    def __init__(self) -> None:
        self.training = True
        self.needs_input_grad = True
        self._buffer_names: list[str] = []
        self._saved: tuple[Any, ...] | None = None
        self._output: tuple[tuple[int, ...], Any] | None = None

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        if inputs and type(inputs[0]) in _NO_ARRAYS:
            raise TypeError(f"{type(self).__name__}: expected a NumPy array, got {type(inputs[0]).__name__}")
        if not hasattr(self, "forward"):
            raise NotImplementedError(f"{type(self).__name__}: has no forward, so it cannot be called")
        output = self.forward(*inputs, **options)
        first = output[0] if isinstance(output, tuple) else output  # what is differentiated
        self._output = (first.shape, first.dtype) if isinstance(first, _ARRAYS) else None
        return output

    def save(self, *values: Any) -> None:
        """Keep what backward needs; nothing under `no_grad`."""
        self._saved = values if _grad_enabled else None
        self._output = None  # until __call__ knows it

    def saved(self, grad_output: Any) -> tuple[Any, ...]:
        """What the last forward kept. It is given out once, so that a second backward is an error, as in PyTorch.

        Raises:
            RuntimeError: no forward, a second backward, or a `grad_output` unlike the output in shape or dtype.
        """
        if self._saved is None:
            raise RuntimeError(
                f"{type(self).__name__}: backward needs a forward before it, outside no_grad;"
                " one forward serves one backward"
            )
        expected = self._output
        if isinstance(grad_output, np.ndarray) and expected and expected != (grad_output.shape, grad_output.dtype):
            shape, dtype = expected
            raise RuntimeError(
                f"{type(self).__name__}: expected grad_output of shape {shape} and dtype {dtype}, as the output,"
                f" got {grad_output.shape} and {grad_output.dtype}"
            )
        values, self._saved = self._saved, None
        return values

    def register_buffer(self, name: str, array: npt.NDArray[Any] | None) -> None:
        """An array that belongs to the state but is not trained, such as a running mean."""
        setattr(self, name, array)
        self._buffer_names.append(name)

    def named_children(self) -> Iterator[tuple[str, Module]]:
        for name, value in vars(self).items():
            if isinstance(value, Module):
                yield name, value

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all below it, with their dotted names; one that stands in two places comes once."""
        return _once(self._all_modules(prefix))

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Every parameter with its dotted name; one that stands in two places, such as a tied weight, comes once."""
        return _once(entry for entry in self._all_arrays() if isinstance(entry[1], Parameter))

    def named_buffers(self) -> Iterator[tuple[str, npt.NDArray[Any]]]:
        return _once(entry for entry in self._all_arrays() if not isinstance(entry[1], Parameter))

    def _all_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        yield prefix, self
        for name, child in self.named_children():
            yield from child._all_modules(f"{prefix}.{name}" if prefix else name)

    def _all_arrays(self) -> Iterator[tuple[str, Any]]:
        """Every parameter and buffer at every place where it stands, by PyTorch's keys."""
        for prefix, module in self._all_modules():
            buffers = [(name, getattr(module, name)) for name in module._buffer_names]
            for name, value in [*module._own_parameters(), *buffers]:
                if value is not None:
                    yield f"{prefix}.{name}" if prefix else name, value

    def _own_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """The parameters that stand in this module itself."""
        for name, value in vars(self).items():
            if isinstance(value, Parameter):
                yield name, value

    def parameters(self) -> Iterator[Parameter]:
        for _, parameter in self.named_parameters():
            yield parameter

    def zero_grad(self) -> None:
        """Forget the gradients: every `grad` is None again, PyTorch's default."""
        for parameter in self.parameters():
            parameter.grad = None

    def train(self, mode: bool = True) -> Self:
        for _, module in self.named_modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        return self.train(False)

    def input_requires_grad_(self, requires_grad: bool = True) -> Self:
        """Whether backward must return the gradient of this module's input.

        Data is not trained, so a training loop says False and spares the first layer the product that computes it, as
        PyTorch does for a tensor whose `requires_grad` is False. Backward may then return None.
        """
        self.needs_input_grad = requires_grad
        return self

    def to(self, dtype: npt.DTypeLike) -> Self:
        """Convert parameters and floating-point buffers, in place."""
        for parameter in self.parameters():
            parameter.data = parameter.data.astype(dtype)
            parameter.grad = None if parameter.grad is None else parameter.grad.astype(dtype)
        for _, module in self.named_modules():
            for name in module._buffer_names:
                if (array := getattr(module, name)) is not None and array.dtype.kind == "f":
                    setattr(module, name, array.astype(dtype))
        return self

    def state_dict(self) -> dict[str, npt.NDArray[Any]]:
        """Parameters and buffers by PyTorch's keys; live arrays, as in PyTorch: copy them to keep a snapshot."""
        return {key: value.data if isinstance(value, Parameter) else value for key, value in self._all_arrays()}

    def load_state_dict(self, state_dict: Mapping[str, npt.NDArray[Any]]) -> None:
        """Copy a state in. Keys and shapes are checked first, so that a wrong state changes nothing.

        Raises:
            RuntimeError: a key is missing or unexpected, or a shape differs.
        """
        own = self.state_dict()
        errors = [f"missing key {key!r}" for key in own if key not in state_dict]
        errors += [f"unexpected key {key!r}" for key in state_dict if key not in own]
        errors += [
            f"{key!r} has shape {np.shape(state_dict[key])}, expected {own[key].shape}"
            for key in own
            if key in state_dict and np.shape(state_dict[key]) != own[key].shape
        ]
        if errors:
            raise RuntimeError(f"{type(self).__name__}: cannot load the state: {'; '.join(errors)}")
        for key, array in own.items():
            array[...] = state_dict[key]


def _once(entries: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """The named things, each the first time it comes."""
    seen = set()
    for name, value in entries:
        if id(value) not in seen:
            seen.add(id(value))
            yield name, value
