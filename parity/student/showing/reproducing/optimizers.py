"""Optimizers and schedules: as many steps as it takes to differ."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from parity.student.findings import Finding
from parity.student.showing.reproducing.lines import Lines, inlined, spelled, statements
from parity.student.showing.reproducing.numbers import FEWER, Draws, written

__all__ = ["PARAMETER", "listed", "optimizer_lines", "scheduler_lines"]

LONG = 56  # characters of a list in one line
# Stand-ins as the worker has them, as short as they can be.
PARAMETER = """class Parameter:
    def __init__(self, data):
        self.data, self.shape = data, data.shape
        self.grad, self.requires_grad = None, True"""
MODEL = """class Model:
    def parameters(self):
        return params

    parametros = parameters"""
RATES = """class Optimizer:
    def __init__(self, rates):
        self.param_groups = [{"lr": rate, "params": []} for rate in rates]
        self.defaults = {"lr": rates[0]}

    def change(self, rate):
        for group in self.param_groups:
            group["lr"] = rate

    lr = learning_rate = property(lambda self: self.param_groups[0]["lr"], change)
    step = lambda self: None"""


class _Asked:
    """An optimizer's task up to the step that differs."""

    def __init__(self, finding: Finding, draws: Draws) -> None:
        told = re.fullmatch(r"(trajectory|later)\.step (\d+)\.parameter (\d+)", finding.check)
        evidence = finding.evidence
        if told is None or evidence is None:
            raise ValueError("no step is told")
        self.task: Mapping[str, Any] = evidence.task
        self.finding, self.draws = finding, draws
        self.later, self.index = told[1] == "later", int(told[3])
        self.extra = int(told[2]) if self.later else 0
        self.steps = len(self.task["grads"]) if self.later else int(told[2])
        self.spec, self.notes = self.task["spec"], self.task.get("notes", {})
        self.own = spelled(self.task.get("renamed", self.task["args"]))

    def values(self, indices: Sequence[int]) -> list[str]:
        return [self.draws.written(self.task["values"][index], str(index), FEWER) for index in indices]

    def gradients(self, indices: Sequence[int]) -> list[list[str]]:
        """Of each step."""
        return [
            [self.draws.written(np.asarray(self.task["grads"][t][i]), f"{t} {i}", FEWER) for i in indices]
            for t in range(self.steps)
        ]

    def loop(self, variable: str, rows: Sequence[str], body: Sequence[str]) -> Iterator[str]:
        """The steps, and those after the rate was changed."""
        yield from listed("steps", rows)
        yield f"for {variable} in steps:"
        yield from (f"    {line}" for line in body)
        if self.later:
            yield self.notes["rate"]
            yield f"for {variable} in steps[:{self.extra}]:"
            yield from (f"    {line}" for line in body)

    def compared(self, expression: str) -> Iterator[str]:
        if self.finding.verdict == "ERROR":
            return
        evidence = self.finding.evidence
        assert evidence is not None
        where = self.finding.where
        got, expected = evidence.got, evidence.expected
        if isinstance(got, np.ndarray) and got.shape != expected.shape:
            yield f'print("got shape", np.shape({expression}), "expected", {expected.shape})'
            return
        if where is None:
            where = tuple(int(i) for i in np.argwhere(~np.isclose(got, expected, rtol=1e-9, atol=1e-12))[0])
        place = f"[{', '.join(map(str, where))}]" if where else ""
        yield f'print("got", np.asarray({expression}){place}, "expected", {written(expected[where])})'


def listed(name: str, rows: Sequence[str]) -> Iterator[str]:
    """In one line, or in a line each."""
    if len(together := ", ".join(rows)) < LONG:
        yield f"{name} = [{together}]"
    else:
        yield from (f"{name} = [", *(f"    {row}," for row in rows), "]")


def optimizer_lines(lines: Lines, finding: Finding, draws: Draws) -> Iterator[str]:
    """By how the adapter drives it."""
    asked = _Asked(finding, draws)
    if "parameter" not in asked.notes:
        lines.defined["Parameter"] = PARAMETER
    lines.defined["Model"] = MODEL
    lines.values |= {
        key: draws.said(value, key) for key, value in {**asked.task["defaults"], **asked.task["args"]}.items()
    }
    make, step = str(asked.spec.get("make", "")), str(asked.spec.get("step", ""))
    if "Drive(" in make:
        yield from _driven(asked)
    elif "Rule(" in make and "nnfs" not in make:
        yield from _ruled(asked, make)
    elif "nnfs_layers(" in make:
        yield from _layered(asked, make)
    else:
        yield from _as_it_stands(asked, make, step)


def _driven(asked: _Asked) -> Iterator[str]:
    """As `Drive` of the worker did it."""
    ways = {"params": _held, "model": _held, "objects": _given, "single": _one_array, "together": _several_arrays}
    yield from ways[asked.notes["holds"]](asked)


def _all(asked: _Asked) -> range:
    return range(len(asked.task["values"]))


def _held(asked: _Asked) -> Iterator[str]:
    """It is made with the parameters."""
    own = asked.notes.get("parameter", "Parameter")
    arrays = "arrays" in asked.notes
    values = asked.values(_all(asked))
    yield from listed("params", values if arrays else [f"{own}({value})" for value in values])
    yield from _made(asked, "Model()" if asked.notes["holds"] == "model" else "params")
    rows = [f"[{', '.join(row)}]" for row in asked.gradients(_all(asked))]
    method = asked.notes.get("method", "step")
    body = (
        [f"m.{method}(grads)"] if arrays
        else ["for p, grad in zip(params, grads):", "    p.grad = grad", f"m.{method}()"]
    )  # fmt: skip
    yield from asked.loop("grads", rows, body)
    yield from asked.compared(f"params[{asked.index}]" + ("" if arrays else ".data"))


def _made(asked: _Asked, first: str = "") -> Iterator[str]:
    yield f"m = {asked.finding.name}({', '.join(filter(None, (first, asked.own)))})"


def _given(asked: _Asked) -> Iterator[str]:
    """Every step is given the parameters."""
    yield from listed("params", [f"Parameter({value})" for value in asked.values(_all(asked))])
    yield from _made(asked)
    rows = [f"[{', '.join(row)}]" for row in asked.gradients(_all(asked))]
    body = ["for p, grad in zip(params, grads):", "    p.grad = grad", f"m.{asked.notes['method']}(params)"]
    yield from asked.loop("grads", rows, body)
    yield from asked.compared(f"params[{asked.index}].data")


def _one_array(asked: _Asked) -> Iterator[str]:
    """An optimizer for each array, whose step is given the array and its gradient."""
    yield from _made(asked)
    yield f"w = {asked.values([asked.index])[0]}"
    moved = "w = " if "returned" in asked.notes else ""
    rows = [row[0] for row in asked.gradients([asked.index])]
    yield from asked.loop("grad", rows, [f"{moved}m.{asked.notes['method']}(w, grad)"])
    yield from asked.compared("w")


def _several_arrays(asked: _Asked) -> Iterator[str]:
    """Lists, or tables, of arrays and of gradients."""
    table = asked.notes.get("kind") == "dict"

    def together(texts: Sequence[str]) -> str:
        named = [f'"p{index}": {text}' for index, text in enumerate(texts)]
        return f"{{{', '.join(named)}}}" if table else f"[{', '.join(texts)}]"

    yield from _made(asked)
    yield f"params = {together(asked.values(_all(asked)))}"
    moved = "params = " if "returned" in asked.notes else ""
    rows = [together(row) for row in asked.gradients(_all(asked))]
    yield from asked.loop("grads", rows, [f"{moved}m.{asked.notes['method']}(params, grads)"])
    yield from asked.compared(f'params["p{asked.index}"]' if table else f"params[{asked.index}]")


class _Settled(ast.NodeTransformer):
    """Choices by an argument whose value is known, and tables within tables."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self.known = known

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.test, ast.Name) and node.test.id in self.known:
            return node.body if self.known[node.test.id] else node.orelse
        return node

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        self.generic_visit(node)
        keys: list[ast.expr | None] = []
        values: list[ast.expr] = []
        for key, value in zip(node.keys, node.values, strict=True):
            inner = key is None and isinstance(value, ast.Dict)
            keys += value.keys if inner and isinstance(value, ast.Dict) else [key]
            values += value.values if inner and isinstance(value, ast.Dict) else [value]
        return ast.Dict(keys, values)


def _settled(asked: _Asked, code: str) -> ast.Module:
    known = {**asked.task["defaults"], **asked.task["args"]}
    tree = _Settled(known).visit(ast.parse(code))
    return ast.parse(inlined(ast.unparse(tree), known))


def _ruled(asked: _Asked, make: str) -> Iterator[str]:
    """`w, config = rule(w, dw, config)`, which the dialect's `Rule` does for each array."""
    (call,) = (node for node in ast.walk(_settled(asked, make)) if isinstance(node, ast.Call) and len(node.args) == 3)
    rule, config = ast.unparse(call.args[0]), ast.unparse(call.args[2])
    yield f"w, config = {asked.values([asked.index])[0]}, {config}"
    rows = [row[0] for row in asked.gradients([asked.index])]
    yield from asked.loop("dw", rows, [f"w, config = {rule}(w, dw, config)"])
    yield from asked.compared("w")


def _layered(asked: _Asked, make: str) -> Iterator[str]:
    """nnfs moves the weights and biases of a layer: those of the layer that holds the parameter."""
    first = asked.index - asked.index % 2
    alone = first + 1 == len(asked.task["values"])
    indices = [first] if alone else [first, first + 1]
    weights, biases = [*asked.values(indices), "np.zeros((1, 1))"][:2]
    yield from ("class Layer:", f"    weights = {weights}", f"    biases = {biases}", "", "layer = Layer()")
    made = _settled(asked, make).body[0]
    yield re.sub(r"\bClass\b", asked.finding.name, ast.unparse(made))
    rows = [f"({', '.join([*row, 'np.zeros((1, 1))'][:2])})" for row in asked.gradients(indices)]
    body = ["m.update_params(layer)"]
    body = [*["m.pre_update_params()"] * ("before" in asked.notes), *body]
    body += ["m.post_update_params()"] * ("after" in asked.notes)
    yield from asked.loop("layer.dweights, layer.dbiases", rows, body)
    yield from asked.compared("layer.biases" if asked.index % 2 else "layer.weights")


def _as_it_stands(asked: _Asked, make: str, step: str) -> Iterator[str]:
    """An adapter's own snippets."""
    if asked.later:
        raise ValueError("only Drive's rate is known")
    yield from listed("values", asked.values(_all(asked)))
    for _, text in statements(make):
        yield re.sub(r"\bClass\b", asked.finding.name, text.replace("**args", asked.own))
    rows = [f"[{', '.join(row)}]" for row in asked.gradients(_all(asked))]
    yield from asked.loop("grads", rows, [line for _, text in statements(step) for line in text.split("\n")])
    read = str(asked.spec.get("read", {}).get("value", ""))
    yield from asked.compared(re.sub(r"\bindex\b", str(asked.index), read))


def scheduler_lines(lines: Lines, finding: Finding, draws: Draws) -> Iterator[str]:
    """The rate after some epochs."""
    told = re.fullmatch(r"rates\.step (\d+)", finding.check)
    evidence = finding.evidence
    if told is None or evidence is None or "Rates(" not in evidence.task["spec"].get("make", ""):
        raise ValueError("no step is told")
    task, notes = evidence.task, evidence.task.get("notes", {})
    place = finding.where[0] if finding.where else 0
    rates = list(task["rates"]) if "together" in notes else [task["rates"][place]]
    group = place if "together" in notes else 0
    if "optimizer" in notes:
        if "parameter" not in notes:
            lines.defined["Parameter"] = PARAMETER
        held = f"[{notes.get('parameter', 'Parameter')}(np.ones(1))]"
        yield f"optimizer = {notes['optimizer']}({held}, {notes['rate']}={written(rates[0])})"
    else:
        lines.defined["Optimizer"] = RATES
        yield f"optimizer = Optimizer({written(rates)})"
    given = spelled(task.get("renamed", task["args"]))
    yield f"m = {finding.name}({', '.join(filter(None, ('optimizer', given)))})"
    if int(told[1]):
        yield f"for epoch in range({told[1]}):"
        yield "    m.step()"
    if finding.verdict != "ERROR":
        rate = str(notes.get("rates", 'optimizer.param_groups[{group}]["lr"]')).replace("{group}", str(group))
        yield f'print("got", {rate}, "expected", {written(finding.expected)})'
