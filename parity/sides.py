"""The two halves behind one face, so that a sample is written once and runs on both."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Namespace", "ScratchSide", "Side", "TorchSide", "flatten"]

Array = npt.NDArray[Any]


class Namespace:
    """A package or module in which some dotted names stand for something else, such as a wrong variant."""

    def __init__(self, target: Any, replaced: Mapping[str, Any]) -> None:
        self._target = target
        self._replaced = replaced

    def __getattr__(self, name: str) -> Any:
        if name in self._replaced:
            return self._replaced[name]
        below = {
            key.removeprefix(f"{name}."): value for key, value in self._replaced.items() if key.startswith(f"{name}.")
        }
        found = getattr(self._target, name)
        return Namespace(found, below) if below else found


class Side:
    """One half: its components as attributes, and what the instrument must do differently on each half."""

    name: str

    def __init__(self, package: str, replaced: Mapping[str, Any] | None = None) -> None:
        self._components = Namespace(importlib.import_module(package), replaced or {})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._components, name)

    def find(self, component: str) -> Any:
        """The class or function behind "Linear" or "init.dirac_"."""
        found: Any = self._components
        for part in component.split("."):
            found = getattr(found, part)
        return found

    def array(self, value: Any) -> Any:
        """The side's own kind of array, holding a copy of this one."""
        raise TypeError("Side is the base of ScratchSide and TorchSide")

    def share(self, value: Array) -> Any:
        """The side's own kind of array, on the same memory: for data that neither side changes."""
        return value

    def numpy(self, value: Any) -> Array:
        """A copy, as a NumPy array."""
        return np.array(value)

    def dtype(self, name: str) -> Any:
        return np.dtype(name)

    def inputs(self, arrays: list[Array], needs_grad: list[bool]) -> list[Any]:
        return [self.array(array) for array in arrays]

    def arguments(self, args: Mapping[str, Any], dtype: str) -> dict[str, Any]:
        """Constructor arguments in this side's terms: arrays, and the name of a dtype."""
        return {
            key: self.array(cast(value, dtype))
            if isinstance(value, np.ndarray)
            else self.dtype(value)
            if key == "dtype"
            else value
            for key, value in args.items()
        }

    @contextmanager
    def default_dtype(self, dtype: str) -> Iterator[None]:
        before = self.get_default_dtype()
        self.set_default_dtype(self.dtype(dtype))
        try:
            yield
        finally:
            self.set_default_dtype(before)


class ScratchSide(Side):
    """The from-scratch half, on NumPy arrays."""

    name = "scratch"

    def __init__(self, replaced: Mapping[str, Any] | None = None) -> None:
        super().__init__("scratch", replaced)

    def array(self, value: Any) -> Any:
        return np.array(value, order="K")

    def numpy(self, value: Any) -> Array:
        return np.array(getattr(value, "data", value) if not isinstance(value, np.ndarray | np.generic) else value)

    def parameter(self, value: Array) -> Any:
        return self.Parameter(np.array(value))

    def set_grad(self, parameter: Any, grad: Array | None) -> None:
        parameter.grad = None if grad is None else np.array(grad)

    def grad(self, parameter: Any) -> Any:
        return parameter.grad

    def set_data(self, parameter: Any, value: Array) -> None:
        parameter.data[...] = value

    def load(self, module: Any, state: Mapping[str, Array]) -> None:
        module.load_state_dict(state)

    def backward(self, module: Any, output: Any, upstream: Any, inputs: list[Any]) -> list[Any]:
        """The gradient of each input, None where it has none. `upstream` None: backward from the loss itself."""
        grads = module.backward() if upstream is None else module.backward(upstream)
        grads = list(grads) if isinstance(grads, tuple) else [grads]
        return grads + [None] * (len(inputs) - len(grads))


class TorchSide(Side):
    """The PyTorch half, on tensors."""

    name = "torch"

    def __init__(self, replaced: Mapping[str, Any] | None = None) -> None:
        super().__init__("torch_ref", replaced)
        self._torch = importlib.import_module("torch")

    def array(self, value: Any) -> Any:
        return self._torch.from_numpy(np.array(value, order="K"))

    def share(self, value: Array) -> Any:
        return self._torch.from_numpy(value)

    def numpy(self, value: Any) -> Array:
        return np.array(value.detach().numpy() if isinstance(value, self._torch.Tensor) else value)

    def dtype(self, name: str) -> Any:
        return getattr(self._torch, name)

    def inputs(self, arrays: list[Array], needs_grad: list[bool]) -> list[Any]:
        return [self.array(a).requires_grad_(needs) for a, needs in zip(arrays, needs_grad, strict=True)]

    def parameter(self, value: Array) -> Any:
        return self.Parameter(self.array(value))

    def set_grad(self, parameter: Any, grad: Array | None) -> None:
        parameter.grad = None if grad is None else self.array(grad)

    def grad(self, parameter: Any) -> Any:
        return parameter.grad

    def set_data(self, parameter: Any, value: Array) -> None:
        with self._torch.no_grad():
            parameter.copy_(self.array(value))

    def load(self, module: Any, state: Mapping[str, Array]) -> None:
        module.load_state_dict({name: self.array(value) for name, value in state.items()})

    def backward(self, module: Any, output: Any, upstream: Any, inputs: list[Any]) -> list[Any]:
        for tensor in inputs:
            tensor.grad = None
        if output.requires_grad:
            output.backward(upstream)
        return [tensor.grad for tensor in inputs]


def cast(value: Any, dtype: str) -> Array:
    """An array in the dtype under test, if it is floating; its layout in memory is kept."""
    array = np.asarray(value)
    return array.astype(dtype) if array.dtype.kind == "f" else array


def flatten(side: Side, value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The numbers inside tuples, lists, dicts and dataclasses, with dotted names."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from flatten(side, item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, tuple | list) and not all(isinstance(item, int | float) for item in value):
        for index, item in enumerate(value):
            yield from flatten(side, item, f"{name}.{index}" if name else str(index))
    elif value is None or isinstance(value, str):
        yield name, value
    else:
        yield name, side.numpy(value)
