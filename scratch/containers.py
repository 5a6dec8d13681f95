"""Containers: modules and parameters in a row, in a list or by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any, Self

import numpy as np

from scratch.dtypes import Array
from scratch.module import Module, Parameter

__all__ = ["ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"]


def _checked_index(container: Any, index: int) -> int:
    if not -len(container) <= index < len(container):
        raise IndexError(f"{type(container).__name__}: expected an index below {len(container)}, got {index}")
    return index


class _Row(Module, MutableSequence[Module]):
    """Modules under the keys "0", "1", …; `append`, `extend`, `insert`, `pop` and `del` are those of a list."""

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__()
        self.layers = [self._checked(module) for module in modules]

    def named_children(self) -> Iterator[tuple[str, Module]]:
        for index, layer in enumerate(self.layers):
            yield str(index), layer

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, index: Any) -> Any:
        """A module, or for a slice a container of the same modules."""
        if not isinstance(index, slice):
            return self.layers[_checked_index(self, index)]
        part = type(self)()
        part.layers = self.layers[index]
        return part

    def __setitem__(self, index: Any, module: Any) -> None:
        self.layers[index] = self._checked(module)

    def __delitem__(self, index: int | slice) -> None:
        del self.layers[index]

    def insert(self, index: int, module: Module) -> None:
        self.layers.insert(index, self._checked(module))

    def append(self, module: Module) -> Self:  # type: ignore[override]  # PyTorch's returns the container
        self.layers.append(self._checked(module))
        return self

    def extend(self, modules: Iterable[Module]) -> Self:  # type: ignore[override]
        self.layers += [self._checked(module) for module in modules]
        return self

    def _checked(self, module: Any) -> Module:
        if not isinstance(module, Module):
            raise TypeError(f"{type(self).__name__}: expected modules, got {type(module).__name__}")
        return module


class Sequential(_Row):
    """Layers one after another.

    Math:
        forward:  output = f_n(... f_2(f_1(input)))
        backward: grad_input = J_1ᵀ (J_2ᵀ (... J_nᵀ grad_output)), where J_i is the Jacobian of layer f_i

    Args:
        *args: the layers, in order.

    Shape:
        - Input: what the first layer takes.
        - Output: what the last layer gives.

    Raises:
        TypeError: an argument is not a Module.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Sequential.html

    Example:
        >>> from scratch.layers import ReLU
        >>> net = Sequential(ReLU(), ReLU())
        >>> net(np.array([-1.0, 2.0]))
        array([0., 2.])
    """

    def __init__(self, *args: Module) -> None:
        super().__init__(args)

    def input_requires_grad_(self, requires_grad: bool = True) -> Self:
        super().input_requires_grad_(requires_grad)
        for layer in self.layers:
            layer.input_requires_grad_(requires_grad)
            if next(layer.parameters(), None) is not None:
                break
        return self

    def forward(self, input: Array) -> Array:
        for layer in self.layers:
            input = layer(input)
        return input

    def backward(self, grad_output: Array) -> Array | None:
        grad: Array | None = grad_output
        for layer in reversed(self.layers):
            if grad is None:  # nothing before this layer is trained
                break
            grad = layer.backward(grad)
        return grad


class ModuleList(_Row):
    """Modules in a list, so that their parameters are found. What is computed with them, the owner's `forward` says.

    Args:
        modules: the modules, in order.

    Raises:
        TypeError: something that is not a Module.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ModuleList.html

    Example:
        >>> from scratch.layers import Linear
        >>> layers = ModuleList([Linear(3, 2)]).append(Linear(2, 1))
        >>> [name for name, _ in layers.named_parameters()]
        ['0.weight', '0.bias', '1.weight', '1.bias']
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__(modules or ())


class _Named(Module, MutableMapping[str, Any]):
    """Things under the keys that they are given; methods are those of a dict."""

    __eq__ = object.__eq__  # a module is equal to itself alone
    __hash__ = object.__hash__

    def __init__(self, entries: Any = None) -> None:
        super().__init__()
        self.entries: dict[str, Any] = {}
        if entries is not None:
            self.update(entries)

    def __getitem__(self, key: str) -> Any:
        if key not in self.entries:
            raise KeyError(f"{type(self).__name__}: expected one of the keys {list(self.entries)}, got {key!r}")
        return self.entries[key]

    def __delitem__(self, key: str) -> None:
        del self.entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __setitem__(self, key: Any, value: Any) -> None:
        if not isinstance(key, str):
            raise TypeError(f"{type(self).__name__}: expected keys to be strings, got {type(key).__name__}")
        self.entries[key] = self._checked(value)

    def _checked(self, value: Any) -> Any:
        raise TypeError(f"{type(self).__name__}: takes nothing")


class ModuleDict(_Named):
    """Modules by name, so that their parameters are found. What is computed with them, the owner's `forward` says.

    Args:
        modules: a mapping of names to modules, or pairs of them.

    Raises:
        TypeError: something that is not a Module, or a key that is not a string.
        KeyError: a key that is empty or has a dot in it, which would not be a name in a state.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ModuleDict.html

    Example:
        >>> from scratch.layers import ReLU, Tanh
        >>> choices = ModuleDict({"relu": ReLU(), "tanh": Tanh()})
        >>> choices["relu"](np.array([-1.0, 2.0]))
        array([0., 2.])
    """

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        super().__init__(modules)

    def named_children(self) -> Iterator[tuple[str, Module]]:
        yield from self.entries.items()

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, str) and ("." in key or not key):
            raise KeyError(f"ModuleDict: expected a key that is a name without dots, got {key!r}")
        super().__setitem__(key, value)

    def _checked(self, value: Any) -> Module:
        if not isinstance(value, Module):
            raise TypeError(f"ModuleDict: expected modules, got {type(value).__name__}")
        return value


def _as_parameter(container: Module, value: Any) -> Parameter:
    """A Parameter as it is; an array becomes one."""
    if isinstance(value, Parameter | np.ndarray):
        return value if isinstance(value, Parameter) else Parameter(value)
    raise TypeError(f"{type(container).__name__}: expected Parameters or arrays, got {type(value).__name__}")


class ParameterDict(_Named):
    """Parameters by name, so that they are found. What is computed with them, the owner's `forward` says.

    Args:
        parameters: a mapping of names to Parameters, or pairs of them; an array becomes a Parameter.

    Raises:
        TypeError: something that is neither a Parameter nor an array, or a key that is not a string.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ParameterDict.html

    Example:
        >>> scales = ParameterDict({"left": np.array([1.0]), "right": np.array([2.0])})
        >>> scales.state_dict()
        {'left': array([1.]), 'right': array([2.])}
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__(parameters)

    def _own_parameters(self) -> Iterator[tuple[str, Parameter]]:
        yield from self.entries.items()

    def _checked(self, value: Any) -> Parameter:
        return _as_parameter(self, value)


class ParameterList(Module, Sequence[Parameter]):
    """Parameters in a list, so that they are found. What is computed with them, the owner's `forward` says.

    Args:
        values: the Parameters, in order; an array becomes a Parameter.

    Raises:
        TypeError: something that is neither a Parameter nor an array.

    Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.ParameterList.html

    Example:
        >>> scales = ParameterList([np.array([1.0])]).append(np.array([2.0]))
        >>> scales.state_dict()
        {'0': array([1.]), '1': array([2.])}
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self.entries = [_as_parameter(self, value) for value in values or ()]

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, index: Any) -> Any:
        """A Parameter, or for a slice a list of the same Parameters."""
        if isinstance(index, slice):
            return ParameterList(self.entries[index])
        return self.entries[_checked_index(self, index)]

    def __setitem__(self, index: int, value: Any) -> None:
        self.entries[index] = _as_parameter(self, value)

    def append(self, value: Any) -> Self:
        return self.extend([value])

    def extend(self, values: Iterable[Any]) -> Self:
        self.entries += [_as_parameter(self, value) for value in values]
        return self

    def __iadd__(self, values: Iterable[Any]) -> Self:
        return self.extend(values)

    def _own_parameters(self) -> Iterator[tuple[str, Parameter]]:
        for index, parameter in enumerate(self.entries):
            yield str(index), parameter
