"""A right submission, wrong ones, and where they are checked."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from parity.student.findings import Judgement
from parity.student.showing.show import show

RIGHT = '''
import numpy as np
class ReLU:
    """<script>alert("docstring")</script>"""
    def forward(self, x):
        self.mask = x > 0
        return np.where(self.mask, x, 0.0)
    def backward(self, g):
        return g * self.mask
'''
WRONG = RIGHT.replace("x > 0", "x >= 0").replace("np.where(self.mask, x, 0.0)", "np.where(self.mask, 2 * x, 0.0)")
LAYERS = """
import numpy as np
class Linear:
    def __init__(self, in_features, out_features, bias=True):
        self.weight, self.bias = np.zeros((out_features, in_features)), np.zeros(out_features)
    def forward(self, x):
        self.x = x
        return x @ self.weight.T + self.bias
    def backward(self, g):
        self.weight_grad, self.bias_grad = g.T @ self.x / len(g), g.mean(0)
        return g @ self.weight
class Sigmoid:
    def forward(self, x):
        raise ValueError("<script>alert(1)</script> \\x1b[2J \\ud800 `@someone` | [link](http://evil)")
    def backward(self, g):
        return g
class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        self.y[0] = np.nan
        return self.y
    def backward(self, g):
        return g
class Adam:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.params, self.lr, self.betas, self.eps = params, lr, betas, eps
        self.m, self.v = [0.0 for _ in params], [0.0 for _ in params]
    def step(self):
        for i, p in enumerate(self.params):
            self.m[i] = self.betas[0] * self.m[i] + (1 - self.betas[0]) * p.grad
            self.v[i] = self.betas[1] * self.v[i] + (1 - self.betas[1]) * p.grad**2
            m, v = self.m[i] / (1 - self.betas[0]), self.v[i] / (1 - self.betas[1])
            p.data = p.data - self.lr * m / (np.sqrt(v) + self.eps)
class Sofmax:
    def forward(self, x): return x
    def backward(self, g): return g
print("printed by the submission")
"""


def prepare(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """A narrow pipe, an English locale, in a folder where nothing is lost."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("PARITY_DEBUG", raising=False)
    monkeypatch.chdir(folder)
    for name, code in (("right.py", RIGHT), ("wrong.py", WRONG), ("layers.py", LAYERS)):
        Path(name).write_text(code, encoding="utf-8")


def shown(judgement: Judgement, lang: str = "en", verbose: bool = False) -> str:
    page = io.StringIO()
    show(judgement, lang, Console(width=80, highlight=False, emoji=False, markup=False, file=page), verbose)
    return page.getvalue()
