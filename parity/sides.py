"""The two halves behind one face, so that a sample is written once and runs on both."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Namespace", "ScratchSide", "Side", "TorchSide", "flatten", "leaves", "rebuild"]

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

    def inputs(self, values: Sequence[Any], needs_grad: Sequence[bool]) -> list[Any]:
        return [self.input(value, needs) for value, needs in zip(values, needs_grad, strict=True)]

    def input(self, value: Any, needs_grad: bool) -> Any:
        """An argument of a forward: the side's own kind of array, or, if it is not an array, the value itself."""
        return self.array(value) if isinstance(value, np.ndarray) else value

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

    def backward(self, module: Any, output: Any, upstream: Any, inputs: Sequence[Any]) -> list[Any]:
        """The gradient of each input, None where it has none; of an input that is a tuple, of each in it.

        `upstream` is shaped as the output, which may be a tuple: a gradient for each, None for what has none. Where it
        is None, backward starts from the loss itself.
        """
        given = list(upstream) if isinstance(upstream, tuple) else [upstream]
        while given and given[-1] is None:
            given.pop()
        grads = module.backward(*given)
        aligned = list(grads) if isinstance(grads, tuple) else [grads]
        aligned += [None] * (len(inputs) - len(aligned))
        found: list[Any] = []
        for value, grad in zip(inputs, aligned, strict=False):  # a script may not ask for any
            several = isinstance(value, tuple)
            found += ([None] * len(value) if grad is None else list(grad)) if several else [grad]
        return found


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

    def input(self, value: Any, needs_grad: bool) -> Any:
        return self.array(value).requires_grad_(needs_grad) if isinstance(value, np.ndarray) else value

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

    def backward(self, module: Any, output: Any, upstream: Any, inputs: Sequence[Any]) -> list[Any]:
        tensors = [tensor for _, tensor in leaves(list(inputs))]
        for tensor in tensors:
            if isinstance(tensor, self._torch.Tensor):
                tensor.grad = None
        pairs = zip((value for _, value in leaves(output)), (grad for _, grad in leaves(upstream)), strict=True)
        ends = [(value, grad) for value, grad in pairs if getattr(value, "requires_grad", False)]
        if ends:
            self._torch.autograd.backward(*zip(*ends, strict=True))
        return [getattr(tensor, "grad", None) for tensor in tensors]


def cast(value: Any, dtype: str) -> Array:
    """An array in the dtype under test, if it is floating; its layout in memory is kept."""
    array = np.asarray(value)
    return array.astype(dtype) if array.dtype.kind == "f" else array


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """What stands in tuples and lists, with dotted names; anything else stands for itself."""
    if isinstance(value, tuple | list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{name}.{index}" if name else str(index))
    else:
        yield name, value


def rebuild(shape: Any, values: Iterator[Any]) -> Any:
    """The next values, arranged in tuples as those of `shape` are: the inverse of `leaves`."""
    return tuple(rebuild(item, values) for item in shape) if isinstance(shape, tuple | list) else next(values)


def flatten(side: Side, value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The numbers inside tuples, lists, dicts and dataclasses, with dotted names."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from flatten(side, item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, tuple | list) and not all(type(item) in (bool, int, float) for item in value):
        for index, item in enumerate(value):
            yield from flatten(side, item, f"{name}.{index}" if name else str(index))
    elif value is None or isinstance(value, str):
        yield name, value
    else:
        yield name, side.numpy(value)
