"""Cases of regularisation as penalties."""

from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, ScriptSample, normal
from parity.sides import Side

__all__ = ["CASES"]


def _twice(side: Side, first: Any, second: Any, penalty: str, weight: float) -> Any:
    """Two penalties after one another, as a list and as an iterator; the second has an upstream gradient."""
    parameters = [side.parameter(first), side.parameter(second)]
    component = side.find(penalty)(weight)
    seen = []
    for given, upstream in ((parameters, None), (iter(parameters), np.array(-1.5, first.dtype))):
        value = component(given)
        side.backward(component, value, None if upstream is None else side.array(upstream), [])
        seen.append({"value": value, "grads": [side.numpy(side.grad(parameter)) for parameter in parameters]})
    return seen


def _beside_a_loss(side: Side, x: Any, target: Any, penalty: str) -> Any:
    """One step of training: the loss's gradient and that of a penalty on the weights alone."""
    model, loss, component = side.Linear(4, 3), side.MSELoss(), side.find(penalty)(0.1)
    output = model(side.array(x))
    value = loss(output, side.array(target))
    value = value + component([model.weight])
    if side.name == "scratch":
        model.backward(loss.backward())
        component.backward()
    else:
        value.backward()
    return {"value": value, "weight": side.grad(model.weight), "bias": side.grad(model.bias)}


def _beside_weight_decay(
    side: Side, start: Any, gradients: Any, optimizer: str, weight: float, weight_decay: float
) -> Any:
    """Descend with the penalty, and with the optimizer's weight decay in its place."""

    def descend(weight_decay: float, penalty: Any) -> list[Any]:
        parameter = side.parameter(start)
        descent = side.find(optimizer)([parameter], lr=0.05, weight_decay=weight_decay)
        seen = []
        for gradient in gradients:
            side.set_grad(parameter, gradient)
            if penalty is not None:
                side.backward(penalty, penalty([parameter]), None, [])
            descent.step()
            seen.append(side.numpy(parameter))
        return seen

    penalised, decayed = descend(0.0, side.L2Penalty(weight)), descend(weight_decay, None)
    return {"penalty": penalised, "equal": np.allclose(penalised, decayed, rtol=1e-5)}


def _decay(name: str, exposes: str, optimizer: str, weight_decay: float, equal: bool) -> ScriptSample:
    return ScriptSample(
        name,
        exposes,
        {"optimizer": optimizer, "weight": 0.3, "weight_decay": weight_decay},
        (normal(4, 3), normal(6, 4, 3)),
        expected={"result.equal": equal},
        script=_beside_weight_decay,
    )


def _samples(penalty: str) -> tuple[ScriptSample, ...]:
    return (
        ScriptSample(
            "twice",
            "a gradient that takes the place of what was there; a weight that only the value has",
            {"penalty": penalty, "weight": 0.7},
            (normal(5, 4), np.array([0.0, -2.0, 1e-3])),
            script=_twice,
        ),
        ScriptSample(
            "of size one, weight of 0",
            "gradients of None where the penalty costs nothing",
            {"penalty": penalty, "weight": 0},
            (normal(1, 1), normal(3)),
            script=_twice,
        ),
        ScriptSample(
            "beside a loss",
            "a penalty on parameters that it was not given, or a loss that is forgotten",
            {"penalty": penalty},
            (normal(5, 4), normal(5, 3)),
            script=_beside_a_loss,
        ),
    )


def _errors(penalty: str) -> tuple[ErrorSample, ...]:
    def call(side: Side, parameters: Any) -> None:
        side.find(penalty)(0.1)(parameters)

    def used_up(side: Side) -> None:
        parameters = side.Linear(4, 3).parameters()
        call(side, list(parameters) and parameters)

    accepts = "PyTorch's tensors need not be parameters"
    return (
        ErrorSample("negative weight", ValueError, {"weight": -0.1}),
        ErrorSample("no parameters", ValueError, script=lambda side: call(side, [])),
        ErrorSample("an iterator that was used up", ValueError, script=used_up),
        ErrorSample("arrays", TypeError, script=lambda side: call(side, [side.array(np.ones(3))]), only_ours=accepts),
        ErrorSample(
            "one parameter",
            TypeError,
            script=lambda side: call(side, side.parameter(np.ones(3))),
            only_ours="PyTorch runs over the rows of a single parameter, by chance with the same sum",
        ),
    )


CASES = [
    Case(
        "L1Penalty",
        samples=(
            *_samples("L1Penalty"),
            ScriptSample(
                "worked by hand",
                "a slope of 1 or nan at exactly 0; then −1.5 times the same on top",
                {"penalty": "L1Penalty", "weight": 0.5},
                (np.array([3.0, -2.0, 0.0]), np.array([[-4.0]])),
                expected={
                    "result.0.value": 4.5,
                    "result.0.grads.0": [0.5, -0.5, 0.0],
                    "result.1.grads.0": [-0.25, 0.25, 0.0],
                    "result.1.grads.1": [[0.25]],
                },
                script=_twice,
            ),
            ScriptSample(
                "nan and infinities",
                "a slope of nan, where PyTorch's sign of nan is 0",
                {"penalty": "L1Penalty", "weight": 0.5},
                (np.array([np.nan, np.inf]), np.array([-np.inf])),
                expected={"result.0.grads.0": [0.0, 0.5]},
                script=_twice,
            ),
        ),
        errors=_errors("L1Penalty"),
    ),
    Case(
        "L2Penalty",
        samples=(
            *_samples("L2Penalty"),
            ScriptSample(
                "worked by hand",
                "the slope λ p of another penalty, λ/2 Σ p²; then −1.5 times the same on top",
                {"penalty": "L2Penalty", "weight": 0.5},
                (np.array([3.0, -2.0, 0.0]), np.array([[-4.0]])),
                expected={
                    "result.0.value": 14.5,
                    "result.0.grads.0": [3.0, -2.0, 0.0],
                    "result.1.grads.0": [-1.5, 1.0, 0.0],
                    "result.1.grads.1": [[2.0]],
                },
                script=_twice,
            ),
            ScriptSample(
                "huge and nan",
                "a square that is capped, or a warning for one that is infinite",
                {"penalty": "L2Penalty", "weight": 0.5},
                (np.array([np.nan, np.inf]), np.array([1e200, -np.inf])),
                script=_twice,
                dtypes=("float64",),
            ),
            _decay("weight_decay of twice the weight", "a factor of two between them", "SGD", 0.6, True),
            _decay("weight_decay of the weight", "the belief that both mean the same λ", "SGD", 0.3, False),
            _decay("weight_decay of Adam", "a decay that stays out of the moments", "Adam", 0.6, True),
            _decay("weight_decay of AdamW", "the belief that decoupled decay is a penalty", "AdamW", 0.6, False),
        ),
        errors=_errors("L2Penalty"),
    ),
]
