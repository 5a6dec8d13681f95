"""The tables of a drafted adapter: one for each class that may be a component, line by line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity.student.adapters import PARAMS, Match, constructor_arguments
from parity.student.drafting.guesses import guess
from parity.student.drafting.trying import (
    IN,
    OUT,
    N,
    Tried,
    attempt,
    backward_roles,
    constructions,
    loss_order,
    trial_inputs,
)
from parity.student.isolation.jail import Jail
from parity.student.worker.names import GRADIENT, INPUT_GRADIENTS, MODES, pairing

__all__ = ["UNSURE", "Drafted", "draft_table"]

FORWARD = (
    "forward", "__call__", "propagate", "forward_pass", "forward_propagation", "forwards", "feedforward",
    "feed_forward", "fprop", "fwd", "propagar", "avancar", "para_frente", "propagacao", "ativar", "calcular",
    "calculate", "compute", "apply", "predict", "activate", "loss", "f", "run", "saida", "custo", "perda", "erro",
)  # fmt: skip
BACKWARD = (
    "backward", "backprop", "backpropagate", "backward_pass", "backward_propagation", "back_propagate", "back",
    "bprop", "bwd", "retropropagar", "voltar", "para_tras", "retropropagacao", "gradient", "gradiente", "grad",
    "derivative", "derivada", "prime", "df", "propagar_tudo", "propagar_para_tras",
)  # fmt: skip
STEP = ("step", "update", "apply", "passo", "atualizar")
UNSURE = "# UNSURE: "


@dataclass
class Drafted:
    """A component's table, line by line, and whether a table can say it at all."""

    component: str
    name: str
    lines: list[str]
    whole: bool = True
    forward: str = "forward"


def draft_table(jail: Jail, name: str, methods: Mapping[str, list[str]], matches: Sequence[Match]) -> Drafted | None:
    component = guess(name)
    forward = next((one for one in FORWARD if one in methods), "")
    backward = next((one for one in BACKWARD if one in methods), "")
    if component == "Layer" and backward and forward:
        component = "Linear"
    if not component or component in {match.component for match in matches}:
        return None
    if component == "Valor":
        return _graph(jail, name, methods, backward)
    if any(one in methods for one in STEP) and not (forward and backward):
        return _optimizer(component, name, methods)
    if not forward:
        return None
    return _module(jail, component, name, methods, (forward, backward))


# --- scalars


def _graph(jail: Jail, name: str, methods: Mapping[str, list[str]], backward: str) -> Drafted:
    """By what an object of 2.5 holds: 2.5 where the number is, 0 where the gradient is."""
    tried = attempt(jail, {"class": name, "args": [[2.5]]})
    data = next((key for key, value in tried.made.items() if value.shape == () and value == 2.5), "")
    grads = [key for key, value in tried.made.items() if value.shape == () and value == 0]
    grad = next((key for key in grads if key in GRADIENT or "grad" in key or "deriv" in key), grads[0] if grads else "")
    functions = {
        "relu": ("relu", "retificar"), "tanh": ("tanh", "tgh"), "sigmoid": ("sigmoid", "sig", "sigmoide", "logistica"),
        "exp": ("exp", "exponencial"), "log": ("log", "ln", "logaritmo"),
    }  # fmt: skip
    own = {key: next((one for one in options if one in methods), "") for key, options in functions.items()}
    lines = ["[graph]  # a scalar that differentiates itself", f"class = {json.dumps([name])}", 'new = "Class(x)"']
    lines += _line("value", f"v.{data or 'data'}", "" if data else "no attribute held the number")
    lines += _line("grad", f"v.{grad or 'grad'}", "" if grad else "no attribute held a gradient of 0")
    lines += _line("backward", f"y.{backward or 'backward'}()", "" if backward else "no method looked like backward")
    table = ", ".join(f'{key} = "{value}"' for key, value in own.items() if value)
    return Drafted("Valor", name, [*lines, f"functions = {{{table}}}"])


# --- optimizers


def _optimizer(component: str, name: str, methods: Mapping[str, list[str]]) -> Drafted:
    given = methods.get("__init__", [])
    paired = pairing(given, constructor_arguments(component))
    args = ", ".join(
        f"{own!r}: {key}" if len(several) == 1 else f"{own!r}: {key}[{place}]"
        for key, several in paired.items()
        for place, own in enumerate(several)
    )
    lines = [f"[components.{component}]", f"class = {json.dumps([name])}"]
    lines += [f"arguments = {json.dumps([*paired])}  # those of PyTorch's that yours has"]
    lines += ["# Drive tells by the arguments whether your optimizer holds parameters or is given arrays (drive.py)."]
    known = {own for several in paired.values() for own in several}
    strange = [a for a in given if not a.endswith("=") and a not in known and a not in PARAMS and not a.startswith("*")]
    lines += _line(
        "make", f"m = Drive(Class, values, {{{args}}}, submission)", f"what is {', '.join(strange)}?" if strange else ""
    )
    return Drafted(component, name, [*lines, 'step = "m.step(grads)"', 'read = {value = "m.value(index)"}'])


# --- layers, activations and losses


def _module(
    jail: Jail, component: str, name: str, methods: Mapping[str, list[str]], called: tuple[str, str]
) -> Drafted:
    forward, backward = called
    is_loss = component.endswith("Loss")
    paired = pairing(methods.get("__init__", []), constructor_arguments(component))
    own_roles = backward_roles(methods.get(backward, []), is_loss)
    order = loss_order(methods.get(forward, []), is_loss)
    task: dict[str, Any] = {
        "class": name, "args": constructions(component, methods.get("__init__", []), paired), "roles": own_roles,
        "forward": forward, "backward": backward, "inputs": trial_inputs(component), "order": order,
    }  # fmt: skip
    tried = attempt(jail, task)
    turned = False
    if tried.raised:  # the other order, of the constructor's two numbers or of prediction and target
        other = attempt(jail, {**task, "args": [args[::-1] for args in task["args"]], "order": order[::-1]})
        turned = not other.raised
        tried = other if turned else tried
    lines = [f"[components.{component}]", f"class = {json.dumps([name])}", *_make(component, methods, paired, turned)]
    if tried.raised:
        lines.append(f"{UNSURE}a try ended with {tried.raised}")
    if is_loss:
        lines += _loss(called, order[::-1] if turned else order, own_roles, tried)
    else:
        lines += _layer(component, called, methods, own_roles, tried)
    return Drafted(component, name, lines, bool(backward), forward)


def _make(
    component: str, methods: Mapping[str, list[str]], paired: Mapping[str, tuple[str, ...]], turned: bool
) -> list[str]:
    """The constructor's arguments, by the names that are PyTorch's."""
    given = methods.get("__init__", [])
    names = {own: key for key, several in paired.items() for own in several}
    required = [a for a in given if not a.endswith("=") and not a.startswith("*")]
    if component == "Linear" and len(required) == 2 and not any(a in names for a in required):
        order = ["out_features", "in_features"] if turned else ["in_features", "out_features"]
        unsure = f"{required[0]} may be {order[0]} and {required[1]} {order[1]}: so it could be called"
        head = ['arguments = ["in_features", "out_features"]', "assumes = {bias = [true]}"]
        return head + _line("make", f"m = Class({', '.join(order)})", unsure)
    parts = []
    for argument in (a for a in given if not a.startswith("*")):
        own = argument.rstrip("=")
        if own in names:
            parts.append(f"{own}={names[own]}")
        elif not argument.endswith("="):
            parts.append(f"{own}=None")
    strange = [a for a in given if not a.endswith("=") and not a.startswith("*") and a not in names]
    lines = [f"arguments = {json.dumps(list(paired))}  # those of PyTorch's that yours has"] if paired else []
    if component in ("Linear", "Conv2d") and "bias" not in paired:
        lines.append("assumes = {bias = [true]}")
    if component in ("Softmax", "LogSoftmax") and "dim" not in paired:
        lines += ["assumes = {dim = [1, -1]}", "axes = [2]"]
    return lines + _line("make", f"m = Class({', '.join(parts)})", f"what is {', '.join(strange)}?" if strange else "")


def _layer(
    component: str, called: tuple[str, str], methods: Mapping[str, list[str]], own_roles: list[str], tried: Tried
) -> list[str]:
    forward, backward = called
    turned = ".T" if tried.which("inputs") == 1 else ""
    lines = [f"# Your batch is in columns: (features, N). PyTorch's is (N, features)."] if turned else []  # noqa: F541
    shapes = _parameters(component, tried)
    if shapes or component == "Linear":
        lines += _set(shapes)
    mode = next((f", {a.rstrip('=')}=training" for a in methods.get(forward, []) if a.rstrip("=") in MODES), "")
    call = "m" if forward == "__call__" else f"m.{forward}"
    kept = "" if tried.values.get("forward") is not None else _kept_output(component, tried)
    statement = (
        f"{call}(input{turned}{mode}); output = m.{kept}{turned}"
        if kept
        else f"output = {call}(input{turned}{mode}){turned}"
    )
    lines += _line("forward", statement, "" if "forward" in tried.values else "forward could not be tried")
    if mode:
        lines += ['train = "training = True"', 'eval = "training = False"']
    if not backward:
        return [*lines, f"{UNSURE}no method looks like a backward; adapter.py may say it"]
    return lines + _backward(backward, turned, own_roles, shapes, tried, component)


def _backward(
    backward: str,
    turned: str,
    own_roles: list[str],
    shapes: Mapping[str, tuple[str, str]],
    tried: Tried,
    component: str,
) -> list[str]:
    grad = f"grad_output{turned}"
    given = ", ".join(grad if role == "grad" else "1.0" for role in own_roles)
    lines: list[str] = []
    if "rate" in own_roles and shapes:
        lines.append("# Yours takes the step itself: with a rate of 1 it moves by the gradient.")
    before = (
        "".join(f"old_{name} = m.{reach}.copy(); " for name, (reach, _) in shapes.items())
        if "rate" in own_roles
        else ""
    )
    undo = "".join(
        f"; d_{name} = old_{name} - m.{reach}; m.{reach} = old_{name}" for name, (reach, _) in shapes.items()
    )
    lines += _line("backward", f"{before}d = m.{backward}({given}){undo if before else ''}", "")
    lines += _input_gradient(tried, turned)
    if shapes:
        lines += _gradients(shapes, tried, "rate" in own_roles)
    return [*lines, "accumulates = false  # true, if a second backward adds to the gradients of the first"]


def _input_gradient(tried: Tried, turned: str) -> list[str]:
    shape = (IN, N) if turned else (N, IN)
    if isinstance(tried.values.get("backward"), np.ndarray):
        return _line("inputs", f"d{turned}", "" if tried.values["backward"].shape == shape else "the shape is another")
    places = [i for i in range(4) if np.shape(tried.values.get(f"backward.{i}", 0)) == shape]
    if places:
        return _line("inputs", f"d[{places[0]}]{turned}", "")
    kept = [key for key, value in tried.backwarded.items() if value.shape == shape]
    named = [key for key in kept if key in INPUT_GRADIENTS or key.lower().startswith(("d", "g"))]
    if kept:
        return _line("inputs", f"m.{(named or kept)[0]}{turned}", "" if named else "told by its shape alone")
    return _line("inputs", f"d{turned}", "where the gradient of the input is, was not to be seen")


def _parameters(component: str, tried: Tried) -> dict[str, tuple[str, str]]:
    """PyTorch's parameters: how each is reached, and what turns PyTorch's layout into the student's."""
    if component != "Linear":
        vectors = [key for key, value in tried.made.items() if value.shape == (IN,)]
        scales = [key for key in vectors if np.array_equal(tried.made[key], np.ones(IN))]
        shifts = [key for key in vectors if np.array_equal(tried.made[key], np.zeros(IN))]
        normalizes = component.startswith(("BatchNorm", "LayerNorm"))
        return {"weight": (scales[0], ""), "bias": (shifts[0], "")} if normalizes and scales and shifts else {}
    found: dict[str, tuple[str, str]] = {}
    for key, value in tried.made.items():
        if key.lower().startswith(("d", "grad")) or any(key.endswith(f".{one}") for one in GRADIENT):
            continue
        layout = {(OUT, IN): ("weight", ""), (IN, OUT): ("weight", ".T"), (OUT,): ("bias", ""),
                  (1, OUT): ("bias", "[None]"), (OUT, 1): ("bias", "[:, None]")}.get(value.shape)  # fmt: skip
        if layout and layout[0] not in found:
            found[layout[0]] = (key, layout[1])
    return dict(sorted(found.items(), reverse=True))


def _set(shapes: Mapping[str, tuple[str, str]]) -> list[str]:
    if not shapes:
        return [f"{UNSURE}no attribute had the shape of a weight", '# set = "m.W = weight.T; m.b = bias"']
    said = {"": "as PyTorch's", ".T": "(in, out), PyTorch's transposed", "[None]": "(1, out)", "[:, None]": "(out, 1)"}
    lines = [f"# {name}: m.{reach}, {said[turn]}" for name, (reach, turn) in shapes.items()]
    back = {"": "", ".T": ".T", "[None]": "[0]", "[:, None]": "[:, 0]"}
    get = ", ".join(f'{name} = "m.{reach}{back[turn]}"' for name, (reach, turn) in shapes.items())
    statement = "; ".join(f"m.{reach} = {name}{turn}.copy()" for name, (reach, turn) in shapes.items())
    return [*lines, f"get = {{{get}}}", *_line("set", statement, "")]


def _gradients(shapes: Mapping[str, tuple[str, str]], tried: Tried, moves: bool) -> list[str]:
    """Where a gradient is: of the parameter's shape, new or changed after backward, or returned with the others."""
    back = {"": "", ".T": ".T", "[None]": "[0]", "[:, None]": "[:, 0]"}
    rows, unsure = [], []
    for name, (reach, turn) in shapes.items():
        shape = tried.made[reach].shape
        kept = [key for key, value in tried.backwarded.items() if value.shape == shape and key != reach]
        returned = [i for i in range(6) if np.shape(tried.values.get(f"backward.{i}", 0)) == shape]
        if moves:
            code = f"d_{name}{back[turn]}"
        elif kept:
            code = f"m.{kept[0]}{back[turn]}"
        elif returned:
            code = f"d[{returned[0]}]{back[turn]}"
        else:
            code = f"m.d{reach}{back[turn]}"
            unsure.append(name)
        rows.append(f'{name} = "{code}"')
    lines = [f"{UNSURE}no gradient of {' and '.join(unsure)} was to be seen"] if unsure else []
    return [*lines, f"grads = {{{', '.join(rows)}}}"]


def _kept_output(component: str, tried: Tried) -> str:
    shape = (N, OUT) if component == "Linear" else (N, IN)
    named = [k for k, v in tried.forwarded.items() if v.shape in (shape, shape[::-1])]
    return next(
        (k for k in named if k.lower() in ("output", "out", "saida", "y", "a", "result")), named[-1] if named else ""
    )


def _loss(called: tuple[str, str], order: list[str], own_roles: list[str], tried: Tried) -> list[str]:
    forward, backward = called
    call = "m" if forward == "__call__" else f"m.{forward}"
    value = tried.values.get("forward")
    each = isinstance(value, np.ndarray) and value.ndim > 0
    lines = [] if not each else ["# Yours gives the loss of each row; PyTorch's is their mean."]
    before = ""
    if tried.which("inputs") == 1:
        lines += ["# Your labels are rows of 0 and 1; PyTorch's are numbers."]
        before = "target = np.eye(input.shape[1])[target]; "
    mean = "np.mean({})" if each else "{}"
    lines += _line(
        "forward",
        f"{before}output = " + mean.format(f"{call}({', '.join(order)})"),
        "" if value is not None else "no loss came",
    )
    if not backward:
        return [*lines, f"{UNSURE}no method looks like a backward; adapter.py may say it"]
    lines += ["upstream = false  # backward starts from the loss itself"] if "grad" not in own_roles else []
    given = ", ".join({"grad": "grad_output", "rate": "1.0"}.get(role, role) for role in own_roles)
    return [*lines, *_line("backward", f"d = m.{backward}({given})", ""), *_input_gradient(tried, "")]


def _line(key: str, code: str, unsure: str) -> list[str]:
    text = f"{key} = {json.dumps(code, ensure_ascii=False)}"
    return [f"{UNSURE}{unsure}", text] if unsure else [text]
