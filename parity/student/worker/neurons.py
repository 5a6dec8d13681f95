"""Neurons, layers and networks of the student's scalars, and a network that trains itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .adapter import Component
from .notes import note
from .reach import assign, value_of
from .seen import Seen, copied, number_of, seeded

__all__ = ["network", "steps"]

NEURONS = ("layers", "weights", "bias", "new", "value", "grad")


def network(names: Mapping[str, Any], spec: Mapping[str, Any], task: Mapping[str, Any], seen: Seen) -> None:
    """Neurons of scalars: set, called, and differentiated from a sum of the outputs."""
    component = Component({"leaf": {key: spec[key] for key in NEURONS if key in spec}, **spec}, names, task)
    values = copied(task["values"])
    seeded(0)
    component.make()
    layers = component.read("leaf", "layers")
    seen.stage = "parameters"
    leaves = _leaves_of(component, layers, values)
    for name, valores in leaves.items():
        for valor, number in zip(valores, np.ravel(values[name]), strict=True):
            component.run("put", v=valor, x=float(number))
    seen.stage = "forward"
    output = component.forward([_given(component, values["input"], spec)], ["input"], {})
    outputs = list(output) if isinstance(output, list | tuple) else [output]
    if isinstance(output, list | tuple):
        note("outputs", "several")
    seen.record("forward", np.array([number_of(component.read("leaf", "value", v=y)) for y in outputs], np.float64))
    seen.stage = "grad"
    total = outputs[0]
    if not np.array_equal(values["upstream"], [1.0]):
        total = outputs[0] * float(values["upstream"][0])
        for y, upstream in zip(outputs[1:], values["upstream"][1:], strict=False):
            total = total + y * float(upstream)
    component.run("backward", y=total)
    for name, valores in leaves.items():
        grads = [number_of(component.read("leaf", "grad", v=valor)) for valor in valores]
        seen.record(f"grad.{name}", np.array(grads, np.float64).reshape(values[name].shape))


def _leaves_of(component: Component, layers: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Arrays of the student's scalars, by "weight.0" and "bias.0"."""
    found: dict[str, Any] = {}
    count = sum(name.startswith("weight") for name in values)
    if len(layers) != count:
        raise ValueError(f"expected {count} layers, found {len(layers)}")
    for index, neurons in enumerate(layers):
        weights = [list(component.read("leaf", "weights", n=n)) for n in neurons]
        out_features, in_features = values[f"weight.{index}"].shape
        if [len(row) for row in weights] != [in_features] * out_features:
            sizes = f"{out_features} neurons of {in_features} weights"
            raise ValueError(f"layer {index + 1}: expected {sizes}, found {[len(row) for row in weights]}")
        biases = [component.read("leaf", "bias", n=n) for n in neurons]
        found |= {f"weight.{index}": _objects(weights), f"bias.{index}": _objects(biases)}
    return found


def _objects(nested: list[Any]) -> Any:
    """An array of the student's scalars; NumPy is not to look into them."""
    flat = [item for row in nested for item in row] if isinstance(nested[0], list) else nested
    array = np.empty(len(flat), object)
    for place, item in enumerate(flat):
        array[place] = item
    return array


def _given(component: Component, numbers: Any, spec: Mapping[str, Any]) -> list[Any]:
    """Numbers; or scalars of the student's, where a number times one of them is not defined."""
    if hasattr(component.scope[spec["needs"][0]], "__rmul__"):
        return [float(x) for x in numbers]
    note("given", "objects")
    return [component.read("leaf", "new", x=float(x)) for x in numbers]


def steps(names: Mapping[str, Any], spec: Mapping[str, Any], task: Mapping[str, Any], seen: Seen) -> None:
    """A network whose backward changes its weights: the outputs and the weights after each."""
    component = Component({"leaf": {"layers": spec["layers"]}, **spec}, names, task)
    values = copied(task["values"])
    component.make()
    for output_number, activation, bias in task["layers"]:
        component.run("append", output_number=output_number, activation=activation, bias=bias)
    layers = component.read("leaf", "layers")
    seen.stage = "parameters"
    for index, layer in enumerate(layers):
        for name in ("weight", "bias"):
            assign(layer, name, values[f"{name}.{index}"])
    seen.stage = "trajectory"
    for step in range(sum(name.startswith("derivative") for name in values)):
        output = component.forward([np.array(values["input"])], ["input"], {})
        seen.record(f"trajectory.step {step + 1}.output", output)
        component.run("backward", loss_derivative=np.array(values[f"derivative.{step}"]))
        for index, layer in enumerate(layers):
            for name in ("weight", "bias"):
                seen.record(f"trajectory.step {step + 1}.{name}.{index}", value_of(layer, name))
