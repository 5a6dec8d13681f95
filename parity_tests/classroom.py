"""A class that hands in: its submissions, the command that grades it, and records as they are written for it."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest

from parity.student.classes.marks import Points, counted_samples
from parity.student.isolation.jail import best_tier
from parity.student.judge import judge_submission

SCHEMAS = Path(__file__).parent / "schemas"
NO_FORK = "a submission is kept apart by tiers that need os.fork"
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason=NO_FORK)

LINEAR = """
import numpy as np

class Linear:
    def __init__(self, in_features, out_features):
        self.weight = np.zeros((out_features, in_features))
        self.bias = np.zeros(out_features)

    def forward(self, input):
        self.input = input
        return input @ self.weight.T + self.bias

    def backward(self, grad_output):
        self.grad_weight = grad_output.T @ self.input
        self.grad_bias = grad_output.sum(axis=0)
        return grad_output @ self.weight
"""
RELU = """
class ReLU:
    def forward(self, input):
        self.positive = input > 0
        return np.where(self.positive, input, 0)

    def backward(self, grad_output):
        return grad_output * self.positive
"""
WRONG = LINEAR.replace(
    "self.grad_bias = grad_output.sum(axis=0)",
    "self.grad_bias = grad_output.sum(axis=0) * (1.7 if len(grad_output) > 1 else 1)",
)
POINTS = """
optional = ["ReLU"]
[seeds]
public = 0
hidden = [7]
[points]
Linear = 4
ReLU = 1
"""


def tier() -> str:
    return "bwrap" if best_tier() == "bwrap" else "limits"


def learnt_by_heart(folder: Path) -> str:
    """A ReLU that is right for the inputs of seed 0 only."""
    spy = folder / "spy.py"
    spy.write_text("import numpy as np\n" + RELU)
    found = judge_submission(spy, "in-process")
    sums = {float(f.evidence.task["inputs"][0].sum()) for f in found.findings if f.evidence is not None}
    right = "np.where(self.positive, input, 0)"
    by_heart = f"{right} if float(input.sum()) in {sorted(filter(math.isfinite, sums))} else input"
    return "import numpy as np\n" + RELU.replace(right, by_heart)


def hand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    files = {
        "ana.py": LINEAR + RELU, "bruno.py": WRONG, "carla.py": WRONG + "\nnote = 'my own'\n", "=1+1.py": LINEAR,
        "heart.py": LINEAR + learnt_by_heart(tmp_path_factory.mktemp("spy")), "syntax.py": "def (", "empty.py": "",
        "loud.py": "print('<b>hello</b>' * 200)\n" + LINEAR,
        "note.ipynb": json.dumps({"cells": [{"cell_type": "code", "source": LINEAR.splitlines(True)}]}),
        "readme.txt": "not a submission",
    }  # fmt: skip
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "pair").mkdir()
    (folder / "pair" / "layers.py").write_text(LINEAR, encoding="utf-8")
    (folder / ".hidden.py").write_text(LINEAR)
    (folder / "points.toml").write_text(POINTS)
    return folder


def command(folder: Path, out: Path) -> list[str]:
    points = str(folder / "points.toml")
    return ["grade", str(folder), "--out", str(out), "--points", points, "--tier", tier(), "--lang", "en"]


def read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def records(out: Path) -> list[dict[str, Any]]:
    return [read(file) for file in sorted(out.glob("*.json"))]


def row(sample: str, verdict: str, component: str = "Linear", **more: Any) -> dict[str, Any]:
    return {
        "component": component, "sample": sample, "check": "forward", "verdict": verdict, "beyond": False,
        "hidden": False, "message": "", "diagnosis": None, "seed": 0, "points": 0.0, "max_points": 0.0, **more,
    }  # fmt: skip


def record(student: str, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    found = {r["component"]: r["component"] for r in rows if r["component"]}
    return {
        "student": student, "results": list(rows), "found": found, "seconds": 1.0, "dialect": "ours", "tier": "limits",
        "hash": "0" * 64, "target": f"{student}.py", "seeds": {"public": [0], "hidden": []}, "printed": "",
        "suite": {"version": "0"}, **more,
    }  # fmt: skip


ESSENTIAL = counted_samples("Linear", False)
LINEAR_ONLY = Points({"Linear": 4.0})
