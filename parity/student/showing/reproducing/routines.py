"""Functions for training: the call with what the worker hands over, and the number that tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from parity.student.findings import Finding
from parity.student.showing.reproducing.lines import Lines, inlined
from parity.student.showing.reproducing.numbers import Draws, written
from parity.student.showing.reproducing.optimizers import PARAMETER, listed

__all__ = ["batches_lines", "clipping_lines", "drawing_lines", "training_lines"]

EXAMPLES = """class Examples:
    def __init__(self, inputs, targets):
        self.inputs, self.targets = self.tensors = inputs, targets

    def __len__(self):
        return len(self.inputs)

    def __getitem__(self, index):
        return self.inputs[index], self.targets[index]"""
SETTINGS = "batch_size shuffle drop_last"


def _task(finding: Finding) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    assert finding.evidence is not None
    return finding.evidence.task, finding.evidence.task.get("notes", {})


def _called(task: Mapping[str, Any], notes: Mapping[str, str], names: str) -> list[str]:
    """The call, as the worker noted it or as the adapter says; `names` are those of numbers."""
    code = str(task["spec"]["call"]) if "call" in task["spec"] else f"result = {notes['call']}"
    known = {name: task[name] for name in names.split() if name in task}
    known |= {"limit": task["max_norm"]} if "max_norm" in task else {}
    return inlined(code, known).strip().split("\n")


# --- gradients


def clipping_lines(lines: Lines, finding: Finding, draws: Draws) -> Iterator[str]:
    """The gradients, the call, and the first that is another."""
    task, notes = _task(finding)
    grads = [draws.written(np.asarray(grad), str(number)) for number, grad in enumerate(task["grads"])]
    table = ", ".join(f'"dW{number}": {grad}' for number, grad in enumerate(grads, start=1))
    objects = notes["way"] == "_as_objects" and ("params" in task["names"] or "call" in task["spec"])
    lines.defined["Parameter"] = PARAMETER
    yield from [f"grads = {{{table}}}"] if notes["way"] == "_as_dict" else listed("grads", grads)
    if objects:
        yield "params = [Parameter(np.ones_like(grad)) for grad in grads]"
        yield "for p, grad in zip(params, grads):"
        yield "    p.grad = grad"
    elif "params" in task["names"] or "call" in task["spec"]:
        yield "params = grads"
    yield from _called(task, notes, "max_norm")
    if finding.verdict == "ERROR":
        return
    assert finding.evidence is not None
    place = f"[{', '.join(map(str, finding.where))}]" if finding.where else ""
    if finding.expected is None:
        yield f'print("got", {notes[finding.check]}, "expected", {written(finding.evidence.expected)})'
    else:
        yield f'print("got", np.asarray({notes[finding.check]}){place}, "expected", {written(finding.expected)})'


# --- weights


def drawing_lines(lines: Lines, finding: Finding, draws: Draws) -> Iterator[str]:
    """What it draws, and what there is to be told about that."""
    task, notes = _task(finding)
    shape = (task["fan_out"], task["fan_in"])
    if "np.random.default_rng" not in notes.get("call", ""):
        yield f"np.random.seed({task['seed']})"
    lines.defined["Parameter"] = PARAMETER
    lines.values |= {"shape": written(shape)}
    if "tensor" in task["names"] or "call" in task["spec"]:
        yield (
            "tensor = Parameter(np.zeros(shape))" if notes.get("tensor") == "Parameter" else "tensor = np.zeros(shape)"
        )
    yield from _called(task, notes, "fan_in fan_out")
    if finding.verdict == "ERROR":
        return
    assert finding.evidence is not None
    weights, std = notes["result"], f"{float(finding.evidence.answers['std']):.4g}"
    told = {
        "shape": f'print("got shape", np.shape({weights}), "expected", {(task["fan_in"], task["fan_out"])})',
        "finite": f'print("got", np.sum(~np.isfinite({weights})), "that are no numbers, expected", 0)',
        "mean": f'print("got a mean of", np.mean({weights}), "expected about", 0)',
        "distribution": f'print("got at most", np.abs({weights}).max() / np.std({weights}), "standard deviations, '
        f'expected {"no more than" if task["uniform"] else "some beyond"}", {1.82 if task["uniform"] else 1.9})',
    }  # fmt: skip
    spread = f'print("got a standard deviation of", np.std({weights}), "expected about", {std})'
    yield told.get(finding.check, spread)


# --- batches


def batches_lines(lines: Lines, finding: Finding, draws: Draws) -> Iterator[str]:
    """An epoch or two, and which examples came."""
    task, notes = _task(finding)
    count, columns = task["count"], notes.get("targets") == "columns"
    lines.defined["Examples"] = EXAMPLES
    yield f"inputs = np.arange({count})[:, None] + np.array([0.0, 0.25, 0.5])  # rows that tell their number"
    yield f"targets = np.arange({count}){'[:, None]' if notes.get('targets') == 'column' else ''}"
    if columns:
        yield "inputs, targets = inputs.T, targets[None]"
    if "dataset" in task["names"]:
        yield "dataset = Examples(inputs, targets)"
    if "np.random.default_rng" not in notes.get("call", ""):
        yield f"np.random.seed({task['seed']})"
    call = [re.sub("^result = ", "batches = ", line) for line in _called(task, notes, SETTINGS)]
    if finding.verdict == "ERROR":
        yield from call
        yield "for epoch in range(2):"
        yield "    list(batches)"
        return
    kept = "kept" in notes
    yield from call if kept else ()
    epochs = 1 if finding.check.startswith("epoch 1") or (finding.check == "order" and task["shuffle"]) else 2
    body = [*([] if kept else call), "pairs = list(zip(*batches))" if "two lists" in notes else "pairs = list(batches)"]
    body += ["pairs = [tuple(pair.values()) for pair in pairs]"] * ("tables" in notes)
    body.append(f"came = [int(row[0]) for x, y in pairs for row in {'x.T' if columns else 'x'}]")
    if epochs == 2:
        yield from ("came = []", "for epoch in range(2):", "    before = came", *(f"    {line}" for line in body))
    else:
        yield from body
    yield from _told(finding, task, notes)


def _told(finding: Finding, task: Mapping[str, Any], notes: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the batches of the last epoch."""
    assert finding.evidence is not None
    what = finding.check.split(".")[-1]
    count = task["count"]
    if what == "pairs":
        labels = "int(label) for x, y in pairs for label in np.ravel(y)"
        labels = "int(np.argmax(label)) for x, y in pairs for label in y" if "one hot" in notes else labels
        yield f"labels = [{labels}]"
        yield 'print("got targets", labels, "expected", came)'
    elif what == "examples":
        yield f'print("got each", [came.count(n) for n in range({count})], "times, expected", {[1] * count})'
    elif what == "sizes":
        sizes = "len(x.T)" if notes.get("targets") == "columns" else "len(x)"
        yield f'print("got batches of", [{sizes} for x, y in pairs], "expected", {finding.evidence.expected.tolist()})'
    elif what == "order" and not task["shuffle"]:
        yield f'print("got", before or came, came, "expected", list(range({count})), "twice")'
    elif what == "order":
        yield 'print("got", came, "expected another order")'
    else:
        yield 'print("got", came, "expected another order than", before)'


# --- training


def training_lines(lines: Lines, finding: Finding, draws: Draws) -> Iterator[str]:
    """A model, a loss and an optimizer that only write down what the loop does with them."""
    task, notes = _task(finding)
    own = {name.removeprefix("used.") for name in notes if name.startswith("used.")}
    size, count = task["batch_size"], task["count"]
    yield "param = SimpleNamespace(data=np.zeros(1), grad=None)"
    yield "starts, found = [], []  # of each batch, and what each step finds"
    yield from _functions(own, task, notes)
    yield f"inputs, targets = np.arange({count})[:, None] * np.ones(3), np.arange({count})"
    if "batches" in task["names"] or "call" in task["spec"]:
        yield f"batches = [(inputs[i : i + {size}], targets[i : i + {size}]) for i in range(0, {count}, {size})]"
    yield from _called(task, notes, "epochs batch_size")
    if finding.verdict != "ERROR":
        yield _outcome(finding, task, notes)


ONES = "lambda *_: np.ones((1, 1))"
NOTHING = "lambda *_: None"
STEP = "lambda *_: found.append(0.0 if param.grad is None else float(param.grad[0]))"
STAND_INS: dict[str, dict[str, str]] = {
    "model": {
        "forward": "model", "backward": "backward", "zero_grad": "zero_grad", "train": NOTHING, "eval": NOTHING,
        "training": "True", "parameters": "lambda: [param]", "input_requires_grad_": NOTHING, "state_dict": "dict",
    },
    "loss": {"forward": "loss", "backward": ONES, "gradient": ONES, "derivative": ONES, "grad": ONES},
    "optimizer": {
        "step": STEP, "update": STEP, "zero_grad": "zero_grad", "lr": "0.125", "params": "[param]",
        "parameters": "[param]", "param_groups": '[{"lr": 0.125, "params": [param]}]',
    },
    "value": {"backward": "backward", "item": "float.__float__", "data": "property(float.__float__)"},
}  # fmt: skip


def _functions(own: set[str], task: Mapping[str, Any], notes: Mapping[str, str]) -> Iterator[str]:
    """Functions with attributes, of which only those are written that the loop asks for."""
    used = {owner: {k: v for k, v in known.items() if f"{owner}.{k}" in own} for owner, known in STAND_INS.items()}
    if any("backward" in used[owner] for owner in ("model", "value")):
        before = "(0 if param.grad is None else param.grad) + " if "adds up" in notes else ""
        yield from ("", "def backward(*_):", f"    param.grad = {before}np.ones(1)")
    if any("zero_grad" in used[owner] for owner in ("model", "optimizer")):
        yield from ("", "def zero_grad(*_):", "    param.grad = None")
    yield from ("", "def model(x, *_):", *(["    x = x.data"] if "wrapped" in notes else []))
    yield from ("    starts.append(int(x[0, 0]))", "    return x[:, :1]")
    if used["value"]:
        yield from ("", "class Number(float):")
        yield f"    {', '.join(used['value'])} = {', '.join(used['value'].values())}"
    yield from ("", "def loss(*_):")
    value = f"{written(list(task['losses']))}[starts[-1] // {task['batch_size']}] / starts.count(starts[-1])"
    yield from (f"    return {'Number(' if used['value'] else ''}{value}{')' if used['value'] else ''}", "")
    for owner in ("model", "loss"):
        yield from (f"{owner}.{key} = {value}" for key, value in used[owner].items())
    yield f"optimizer = SimpleNamespace({', '.join(f'{key}={value}' for key, value in used['optimizer'].items())})"


def _outcome(finding: Finding, task: Mapping[str, Any], notes: Mapping[str, str]) -> str:
    assert finding.evidence is not None
    evidence = finding.evidence
    if finding.check == "steps":
        return 'print("got gradients of", found, "expected", [1.0] * len(found))'
    if finding.check == "batches":
        starts = [*range(0, task["count"], task["batch_size"])] * task["epochs"]
        return f'print("got batches that start with", starts, "expected", {starts})'
    number = next(
        name for name, value in evidence.values.items()
        if name.startswith("losses.") and value.shape == evidence.got.shape and np.allclose(value, evidence.got)
    )  # fmt: skip
    return f'print("got", [float(x) for x in {notes[number]}], "expected", {written(evidence.expected.tolist())})'
