"""A failure as a few lines that need only NumPy and the student's file, to be run and changed by hand.

They are made of the adapter's snippets, or of what the worker noted of its calls, and of the task's numbers. Where that
does not make a whole (an argument that is an object, hundreds of numbers, a check that takes more than a forward and a
backward) there are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

import numpy as np

from parity.student.findings import Finding
from parity.student.worker.adapter import PROVIDED

__all__ = ["reproducer"]

MOST = 400  # numbers
SNIPPETS = ("make", "set", "forward", "backward")


def reproducer(finding: Finding, target: str) -> str:
    """The lines; "" where there are none. `target` is the name of the student's file."""
    evidence = finding.evidence
    makers = {"module": _module, "optimizer": _optimizer, "scheduler": _scheduler, "graph": _graph}
    if evidence is None or finding.verdict not in ("FAIL", "ERROR") or not target.endswith(".py"):
        return ""
    maker = makers.get(str(evidence.task.get("kind")))
    drawn = evidence.expected is None  # a dropout draws other numbers each time
    if maker is None or drawn or _numbers(evidence.task) > MOST:
        return ""
    try:
        lines = list(maker(finding, evidence.task))
    except (LookupError, ValueError):  # something that cannot be said in lines
        return ""
    return "\n".join(["import numpy as np", _import(target), "", *lines, ""]) if lines else ""


def _import(target: str) -> str:
    stem = PurePath(target).stem
    if stem.isidentifier():
        return f"from {stem} import *"
    return f"import runpy\n\nglobals().update(runpy.run_path({target!r}))"


def _numbers(task: Mapping[str, Any]) -> int:
    """How many the task holds that would have to be written down; an optimizer's gradients are counted by the step."""
    arrays = [*task.get("inputs", ()), *task.get("parameters", {}).values(), *task.get("values", ())]
    return sum(np.size(array) for array in arrays)


def _number(value: Any) -> str:
    text = repr(value.item())
    return f"np.{text}" if text in ("nan", "inf") else "-np.inf" if text == "-inf" else text


def _written(value: Any) -> str:
    """As Python that gives the same number again."""
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        if array.ndim == 0:
            return _number(array)
        formatter: Any = {"all": _number}
        text = np.array2string(array, separator=", ", threshold=MOST + 1, max_line_width=90, formatter=formatter)
        return f"np.array({text})" + ("" if array.size else f".reshape({array.shape})")
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(_written, value))}{',' if len(value) == 1 else ''})"
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    raise ValueError("an object cannot be written down")


def _compared(expression: str, finding: Finding) -> Iterator[str]:
    """The end of all: what came beside what was expected, in the first place that differs."""
    if finding.verdict == "ERROR":
        return
    where = list(finding.where or ())
    place = f"[{', '.join(map(str, where))}]" if where else ""
    evidence = finding.evidence
    assert evidence is not None
    got, expected = evidence.got, evidence.expected
    if isinstance(got, np.ndarray) and got.shape != expected.shape:
        yield f'print("got shape", np.shape({expression}), "expected", {expected.shape})'
    else:
        number = _written(finding.expected if finding.expected is not None else expected.tolist())
        yield f'print("got", np.asarray({expression}){place}, "expected", {number})'


# --- layers and losses


def _module(finding: Finding, task: Mapping[str, Any]) -> Iterator[str]:
    family, _, rest = finding.check.partition(".")
    if family not in ("forward", "grad", "buffer", "accumulated") or task["keywords"]:
        return
    says = _Spoken(task)
    lines = says.start(finding.name)
    lines += says.code("forward")
    if family in ("grad", "accumulated"):
        lines += says.code("backward")
    if family == "accumulated":
        lines += [f"grad_output = {_written(task['second'][0])}", *says.code("forward"), *says.code("backward")]
    expression = "" if finding.verdict == "ERROR" else says.result(family, rest)
    names = [name for name in (*says.values, "grad_output") if re.search(rf"\b{name}\b(?!=)", "\n".join(lines))]
    known = {**says.values, "grad_output": task["upstream"][0]}
    yield from (f"{name} = {_written(known[name])}" for name in names)
    yield ""
    yield from lines
    yield from _compared(expression, finding)


class _Spoken:
    """The adapter's snippets: those of a dialect as they stand, general ones as they were carried out."""

    def __init__(self, task: Mapping[str, Any]) -> None:
        self.task, self.spec, self.notes = task, task["spec"], task.get("notes", {})
        parameters = {name.replace(".", "_"): value for name, value in task["parameters"].items()}
        inputs = dict(zip(task["arguments"], task["inputs"], strict=True))
        self.values: dict[str, Any] = {**task["defaults"], **task["args"], **inputs, **parameters}

    def start(self, name: str) -> list[str]:
        """Build it and set its parameters."""
        own = self.task.get("renamed", self.task["args"])
        given = ", ".join(f"{key}={_written(value)}" for key, value in own.items())
        make = self.spec.get("make", "").split("; training = True")[0]
        lines = re.sub(r"\bClass\b", name, make.replace("**args", given)).strip().split("\n")
        if any(word in self.spec.get("set", "") for word in ("assign(", "parameters")):
            return lines + [self._noted(f"set.{key}") for key in self.task["parameters"]]
        return lines + self._plain("set")

    def code(self, step: str) -> list[str]:
        step = "tried" if step == "forward" and "forward" not in self.notes else step
        if step in self.notes:
            left = [self.notes["left"]] if step == "forward" and "left" in self.notes else []
            return [self._noted(step), *left]
        return self._plain("forward" if step == "tried" else step)

    def _plain(self, step: str) -> list[str]:
        """The snippet as it stands, if it needs nothing that only the worker has."""
        code = str(self.spec.get(step, "")).strip()
        code = re.sub(
            r"output = called\(m, m\.(\w+), (.+)\)$",
            r"output = m.\1(\2)\noutput = m.output if output is None else output",
            code,
        )
        if any(re.search(rf"\b{word}\(", code) for word in PROVIDED if word != "np"):
            raise ValueError("it needs the worker")
        return code.split("\n") if code else []

    def _noted(self, what: str) -> str:
        line = str(self.notes[what]).replace("{up}", "grad_output")
        for place, name in enumerate(self.task["arguments"]):
            line = line.replace(f"{{{place}}}", name)
        return line

    def result(self, family: str, rest: str) -> str:
        """Where the number is that was compared."""
        if family == "forward":
            return "output" + "".join(f"[{part}]" for part in rest.split(".") if part)
        if family == "buffer":
            return str(self.notes[f"value.{rest}"])
        if rest in self.task["needs_grad"]:
            several = "" if len(self.task["needs_grad"]) == 1 else f"[{self.task['needs_grad'].index(rest)}]"
            return str(self.notes.get("inputs", self.spec.get("inputs", ""))) + several
        known = self.spec.get("grads", {})
        return str(self.notes[f"grad.{rest}"]) if f"grad.{rest}" in self.notes else str(known[rest])


# --- optimizers, schedules, scalars

PARAMETER = """class Parameter:
    def __init__(self, data):
        self.data, self.grad = np.array(data), None
"""
RATES = """class Optimizer:
    def __init__(self, lr):
        self.param_groups = [{"lr": lr, "params": []}]

    lr = property(
        lambda self: self.param_groups[0]["lr"], lambda self, rate: self.param_groups[0].update(lr=rate)
    )
"""


def _optimizer(finding: Finding, task: Mapping[str, Any]) -> Iterator[str]:
    """As many steps as it takes to differ."""
    told = re.fullmatch(r"trajectory\.step (\d+)\.parameter (\d+)", finding.check)
    if told is None or task.get("notes", {}).get("holds") != "params":
        return
    steps, index = int(told[1]), int(told[2])
    grads = [[np.asarray(grad) for grad in each] for each in task["grads"][:steps]]
    if steps * _numbers(task) > MOST:
        return
    given = "".join(f", {key}={_written(value)}" for key, value in task.get("renamed", task["args"]).items())
    yield from PARAMETER.split("\n")
    yield f"params = [Parameter(value) for value in {_written(list(task['values']))}]"
    yield f"m = {finding.name}(params{given})"
    yield f"for grads in {_written(grads)}:"
    yield "    for p, grad in zip(params, grads):"
    yield "        p.grad = grad"
    yield "    m.step()"
    yield from _compared(f"params[{index}].data", finding)


def _scheduler(finding: Finding, task: Mapping[str, Any]) -> Iterator[str]:
    told = re.fullmatch(r"rates\.step (\d+)", finding.check)
    if told is None or "Rates(" not in task["spec"].get("make", "") or not finding.where:
        return
    given = "".join(f", {key}={_written(value)}" for key, value in task.get("renamed", task["args"]).items())
    yield from RATES.split("\n")
    yield f"optimizer = Optimizer({_written(task['rates'][finding.where[0]])})"
    yield f"m = {finding.name}(optimizer{given})"
    yield f"for epoch in range({told[1]}):"
    yield "    m.step()"
    yield f'print("got", optimizer.lr, "expected", {_written(finding.expected)})'


def _graph(finding: Finding, task: Mapping[str, Any]) -> Iterator[str]:
    spec, (family, _, name) = task["spec"], finding.check.partition(".")

    def put(key: str, letter: str, value: str) -> str:
        code = re.sub(r"\bClass\b", finding.name, str(spec[key]))
        return re.sub(rf"\b{letter}\b", lambda _: value, code)

    for leaf, value in task["leaves"].items():
        yield f"{leaf} = {put('new', 'x', repr(value))}"
    yield from task["code"].split("\n")
    if family != "forward":
        for _ in range(2 if family == "again" else 1):
            yield from (put("backward", "y", result) for result in task["results"])
    yield from _compared(put("value" if family == "forward" else "grad", "v", name), finding)
