"""Unfinished, misspelt, or not what was asked for; no ill will."""

from __future__ import annotations

from hostile.submission import Hostile, relu, returning

__all__ = ["BROKEN"]

SKIPPED = "class Skipped(BaseException): pass"
HIDDEN = """
class Odd(type):
    def __dir__(self): raise ValueError('hidden')
class ReLU(metaclass=Odd): pass
"""
STATE = relu("calls.append(1)", "calls = []").replace("return output", "return output * (2 if len(calls) > 2 else 1)")
NOISE = relu("input = input + noise.normal(size=input.shape)", "noise = np.random.default_rng()")
UNFILLED = returning("output + int.from_bytes(os.urandom(4), 'little')", "import os")
NO_COLON = "class ReLU:\n    def forward(self, input)\n        return input\n"
IN_PLACE = relu("input *= (input > 0)")

BROKEN = (
    Hostile("empty file", "", "MISSING", harmless=True),
    Hostile("only a comment", "# nothing yet\n", "MISSING", harmless=True),
    Hostile("syntax error", NO_COLON, "ERROR", says="SyntaxError", harmless=True),
    Hostile("binary file", "\x00\x01\x02" * 100, "ERROR", harmless=True),
    Hostile("not in UTF-8", "# caf\udce9\n" + relu(), "ERROR", says="Unicode", harmless=True),
    Hostile(
        "a name that is not there", relu("np.where(posittive, input, 0)"), "ERROR", says="posittive", harmless=True
    ),
    Hostile("nothing with a known name", "def helper(x):\n    return x\n", "MISSING", harmless=True),
    Hostile("import torch", "import torch\n" + relu(), "FORBIDDEN", says="torch"),
    Hostile("NotImplementedError", relu("raise NotImplementedError"), "MISSING", harmless=True),
    Hostile("input()", relu("float(ask('x? '))", "ask = __import__('builtins').input"), "ERROR", says="EOF"),
    Hostile("SystemExit raised", relu("raise SystemExit"), "EXITED", harmless=True),
    Hostile("KeyboardInterrupt raised", relu("raise KeyboardInterrupt"), "ERROR", says="KeyboardInterrupt"),
    Hostile("a skip raised", relu("raise Skipped('not today')", SKIPPED), "ERROR", says="not today", harmless=True),
    Hostile("pytest.skip", relu(top="import pytest\npytest.skip(allow_module_level=True)"), "ERROR", says="pytest"),
    Hostile("deep recursion", relu("down(input)", "def down(x): return down(x)"), "ERROR", says="RecursionError"),
    Hostile("the wrong shape", returning("output.reshape(-1)[:1]"), "FAIL", says="shape", harmless=True),
    Hostile("one axis more", returning("output[None]"), "FAIL", says="shape", harmless=True),
    Hostile("integers", returning("output.astype(int)"), "FAIL", says="dtype", harmless=True),
    Hostile("complex numbers", returning("output.astype(complex)"), "FAIL", says="complex", harmless=True),
    Hostile("half precision", returning("output.astype(np.float16)"), "FAIL", says="float16", harmless=True),
    Hostile("right numbers in a list", returning("output.tolist()"), "FAIL", says="list", harmless=True),
    Hostile("right numbers in a tuple", returning("tuple(output)"), "FAIL", says="tuple", harmless=True),
    Hostile("right numbers as objects", returning("output.astype(object)"), "FAIL", says="object", harmless=True),
    Hostile("None", returning("None"), "FAIL ERROR", harmless=True),
    Hostile("inputs modified in place", IN_PLACE, "FAIL", says="in place", harmless=True),
    Hostile("state kept between calls", STATE, "FAIL", says="second time", harmless=True),
    Hostile("randomness without a seed", NOISE, "NONDETERMINISTIC", says="new process"),
    Hostile("memory never filled", UNFILLED, "NONDETERMINISTIC", says="new process"),
    Hostile("prints a little", relu("print('hello')"), "PASS", harmless=True),
    Hostile("stdout replaced", relu(top="import sys; sys.stdout = sys.stderr = None"), "PASS"),
    Hostile("terminal codes", relu("raise ValueError('\\x1b[2J\\x07\\ud800 gone')"), "ERROR", says="gone"),
    Hostile("a class that hides", HIDDEN, "ERROR", says="hidden"),
)
