"""The base of the optimizers: parameter groups, the step and the state."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from scratch.dtypes import Array, get_default_dtype
from scratch.module import Parameter

__all__ = ["Optimizer"]


class Optimizer:
    """Holds groups of parameters, each with its options, and a state per parameter.

    A subclass gives its options to `__init__` and writes its formula in `update(parameter, grad, state, group)`, which
    changes `parameter` and `state` in place and leaves `grad` alone. A parameter whose `grad` is None keeps its value
    and its state.

    Args:
        params: parameters, or dicts `{"params": parameters, option: value}` that override options for a group.
        defaults: the options of groups that do not say otherwise.

    Raises:
        ValueError: no parameter, or a parameter in two groups.
        TypeError: something that is not a Parameter, or parameters without an order.

    Source:
        https://docs.pytorch.org/docs/stable/optim.html

    Example:
        >>> class HalfStep(Optimizer):
        ...     def update(self, parameter, grad, state, group):
        ...         parameter -= group["share"] * grad
        >>> weight = Parameter(np.array([1.0]))
        >>> optimizer = HalfStep([weight], {"share": 0.5})
        >>> weight.grad = np.array([0.5])
        >>> optimizer.step()
        >>> weight.data  # 1 − 0.5 · 0.5
        array([0.75])
    """

    update: Callable[[Array, Array, dict[str, Any], dict[str, Any]], None]

    def __init__(self, params: Iterable[Parameter] | Iterable[dict[str, Any]], defaults: dict[str, Any]) -> None:
        if isinstance(params, Parameter):
            raise TypeError(f"{type(self).__name__}: expected an iterable of Parameters or dicts, got one Parameter")
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self.state: defaultdict[Parameter, dict[str, Any]] = defaultdict(dict)
        self._opt_called = False  # asked by the schedulers
        entries: list[Any] = list(params)
        if not entries:
            raise ValueError(f"{type(self).__name__}: expected at least one parameter, got an empty list")
        for group in entries if isinstance(entries[0], dict) else [{"params": entries}]:
            self.add_param_group(group)

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Train more parameters; options that the group does not name take their defaults."""
        name = type(self).__name__
        if not isinstance(param_group, Mapping):
            raise TypeError(f"{name}: expected a parameter group as a dict, got {type(param_group).__name__}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError(f"{name}: expected parameters in order, got a set; use a list")
        params = [params] if isinstance(params, Parameter) else list(params)
        for parameter in params:
            if not isinstance(parameter, Parameter):
                raise TypeError(f"{name}: expected Parameters, got {type(parameter).__name__}")
        if len(set(params)) < len(params):
            warnings.warn(f"{name}: a parameter appears twice in a group and is changed twice a step", stacklevel=3)
        if any(parameter in group["params"] for group in self.param_groups for parameter in params):
            raise ValueError(f"{name}: expected each parameter in one group, got one that is in two")
        self.param_groups.append({**self.defaults, **param_group, "params": params})

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients: None, PyTorch's default, or zeros."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.grad = None if set_to_none else np.zeros_like(parameter.grad)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient. A closure computing them comes first; its loss is returned."""
        self._opt_called = True
        loss = None if closure is None else closure()
        with np.errstate(all="ignore"):  # inf and nan come unannounced, as in PyTorch
            for group in self.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is not None:
                        self.update(parameter.data, parameter.grad, self.state[parameter], group)
        return loss

    def state_dict(self) -> dict[str, Any]:
        """PyTorch's format: the state by the parameter's number, and the groups with numbers for parameters.

        The arrays are live, as in PyTorch: copy them to keep a snapshot.
        """
        parameters = [parameter for group in self.param_groups for parameter in group["params"]]
        numbers = {parameter: number for number, parameter in enumerate(parameters)}
        return {
            "state": {numbers[parameter]: state for parameter, state in self.state.items() if state},
            "param_groups": [{**group, "params": [numbers[p] for p in group["params"]]} for group in self.param_groups],
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Copy a state in, one of this class or PyTorch's with its tensors as arrays; what was saved is never shared.

        Raises:
            ValueError: the groups, the numbers of parameters in them, or the shape of an array differ.
        """
        saved_groups = state_dict["param_groups"]
        sizes = [len(group["params"]) for group in self.param_groups]
        saved_sizes = [len(group["params"]) for group in saved_groups]
        if sizes != saved_sizes:
            raise ValueError(
                f"{type(self).__name__}: expected groups of {sizes} parameters in the state, got {saved_sizes}"
            )
        parameters = {
            number: parameter
            for group, saved in zip(self.param_groups, saved_groups, strict=True)
            for number, parameter in zip(saved["params"], group["params"], strict=True)
        }
        loaded: defaultdict[Parameter, dict[str, Any]] = defaultdict(dict)
        for number, state in state_dict["state"].items():
            parameter = parameters[number]
            loaded[parameter] = {key: self._loaded(key, value, parameter) for key, value in state.items()}
        self.state = loaded
        self.param_groups = [
            {**self.defaults, **saved, "params": group["params"]}
            for group, saved in zip(self.param_groups, saved_groups, strict=True)
        ]

    def _loaded(self, key: str, value: Any, parameter: Parameter) -> Any:
        """A copy of a saved value: the step count as it is, other arrays in the parameter's dtype and layout."""
        if key == "step":
            return np.array(value, get_default_dtype() if isinstance(value, int | float) else None)
        if not isinstance(value, np.ndarray):
            return value
        shape = self._state_shape(key, parameter.shape)
        if value.shape != shape:
            raise ValueError(f"{type(self).__name__}: expected {key} of shape {shape}, got {value.shape}")
        array = np.empty_like(parameter.data, shape=shape)
        array[...] = value
        return array

    def _state_shape(self, key: str, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of the array `key` in the state of a parameter of this shape."""
        return shape
