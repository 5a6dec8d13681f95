"""The base of the optimizers: parameter groups, the step and the state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from scratch.dtypes import Array
from scratch.module import Parameter

__all__ = ["Optimizer"]


class Optimizer:
    """Holds groups of parameters, each with its options, and a state per parameter.

    A subclass gives its options to `__init__` and writes its formula in `update(parameter, grad, state, group)`, which
    changes `parameter` and `state` in place. Parameters whose `grad` is None are left alone.

    Args:
        params: parameters, or dicts `{"params": parameters, option: value}` that override options for a group.
        defaults: the options of groups that do not say otherwise.

    Raises:
        ValueError: no parameter, or a parameter in two groups.
        TypeError: something that is not a Parameter.

    Source:
        https://docs.pytorch.org/docs/stable/optim.html
    """

    update: Callable[[Array, Array, dict[str, Any], dict[str, Any]], None]

    def __init__(self, params: Iterable[Parameter] | Iterable[dict[str, Any]], defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self.param_groups: list[dict[str, Any]] = []
        self.state: dict[Parameter, dict[str, Any]] = {}
        entries = list(params)
        if not entries:
            raise ValueError(f"{type(self).__name__}: expected at least one parameter, got an empty list")
        groups = entries if isinstance(entries[0], dict) else [{"params": entries}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        params = param_group["params"]
        params = [params] if isinstance(params, Parameter) else list(params)
        for parameter in params:
            if not isinstance(parameter, Parameter):
                raise TypeError(f"{type(self).__name__}: expected Parameters, got {type(parameter).__name__}")
        known = [id(parameter) for group in self.param_groups for parameter in group["params"]] + [id(p) for p in params]
        if len(set(known)) < len(known):
            raise ValueError(f"{type(self).__name__}: a parameter appears more than once")
        self.param_groups.append({**self.defaults, **param_group, "params": params})

    def zero_grad(self) -> None:
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None

    def step(self) -> None:
        """Change every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    state = self.state.setdefault(parameter, {})
                    self.update(parameter.data, parameter.grad, state, group)

    def state_dict(self) -> dict[str, Any]:
        """PyTorch's format: the state by the parameter's number, and the groups with numbers for parameters."""
        numbers = {id(p): i for i, p in enumerate(p for group in self.param_groups for p in group["params"])}
        return {
            "state": {numbers[id(parameter)]: dict(state) for parameter, state in self.state.items()},
            "param_groups": [{**group, "params": [numbers[id(p)] for p in group["params"]]} for group in self.param_groups],
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Copy a state in.

        Raises:
            ValueError: the groups, or the numbers of parameters in them, differ.
        """
        sizes = [len(group["params"]) for group in self.param_groups]
        saved_sizes = [len(group["params"]) for group in state_dict["param_groups"]]
        if sizes != saved_sizes:
            raise ValueError(
                f"{type(self).__name__}: expected groups of {sizes} parameters in the state, got {saved_sizes}"
            )
        for group, saved in zip(self.param_groups, state_dict["param_groups"], strict=True):
            group.update({key: value for key, value in saved.items() if key != "params"})
        parameters = [parameter for group in self.param_groups for parameter in group["params"]]
        self.state = {
            parameters[number]: {
                key: np.array(value) if isinstance(value, np.ndarray) else value for key, value in state.items()
            }
            for number, state in state_dict["state"].items()
        }
