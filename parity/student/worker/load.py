"""A submission's names: of a Python file, of a folder of them, or of a notebook's code cells."""

from __future__ import annotations

import inspect
import json
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["describe", "load", "own_trace"]

LIMIT = 4 << 20  # bytes of a file
NAMES = 2000  # of a submission that are looked at
NAME = "submission"


def load(path: Path, helpers: str = "") -> dict[str, Any]:
    """Run the submission and return what it defines; `helpers` is an adapter in Python, run after it.

    Raises:
        Whatever the code raises.
    """
    module = ModuleType(NAME)
    sys.modules[NAME] = module
    sys.path.insert(0, str(path if path.is_dir() else path.parent))
    for file in _files(path):
        source = _notebook(file) if file.suffix == ".ipynb" else [file.read_bytes().decode("utf-8-sig")]
        module.__file__ = str(file)
        for cell in source:
            exec(compile(cell, str(file), "exec"), module.__dict__)
    if helpers:
        exec(compile(helpers, "adapter.py", "exec"), module.__dict__)
    return module.__dict__


def _files(path: Path) -> Iterator[Path]:
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    tests = ("test_", "conftest", "setup", "sitecustomize", "usercustomize")
    for file in files:
        if path.is_dir() and (file.name.startswith(tests) or any(part.startswith(".") for part in file.parts)):
            continue
        if file.stat().st_size > LIMIT:
            raise ValueError(f"{file.name} is larger than {LIMIT >> 20} MiB")
        yield file


def _notebook(file: Path) -> list[str]:
    """The code cells, without the lines that are the notebook's own (%matplotlib, !pip)."""
    cells = json.loads(file.read_bytes())["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return ["\n".join("" if line.lstrip()[:1] in ("%", "!") else line for line in cell.split("\n")) for cell in code]


def describe(names: dict[str, Any]) -> dict[str, Any]:
    """Classes with the arguments of their methods, and functions with theirs, by name."""
    classes, functions = {}, {}
    for name, value in list(names.items())[:NAMES]:
        if name.startswith("_"):
            continue
        if isinstance(value, type):
            classes[name] = {key: _arguments(getattr(value, key)) for key in dir(value) if callable_method(value, key)}
        elif inspect.isfunction(value):
            functions[name] = _arguments(value)
    return {"classes": classes, "functions": functions}


def callable_method(owner: type, key: str) -> bool:
    own = key in ("__init__", "__call__") or not key.startswith("__") or key in vars(owner)
    return own and callable(getattr(owner, key, None)) and getattr(object, key, None) is not getattr(owner, key)


def _arguments(function: Any) -> list[str]:
    """Names in order; those with a default end in "=", and *args and **kwargs keep their stars."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ["*args", "**kwargs"]
    marks = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    names = [marks.get(p.kind, "") + p.name + ("" if p.default is inspect.Parameter.empty else "=") for p in parameters]
    return [name for name in names if name != "self"]


def own_trace(error: BaseException, path: Path) -> list[dict[str, Any]]:
    """The lines of the submission that an exception passed, the innermost last."""
    inside = str(path)
    try:
        frames = traceback.extract_tb(error.__traceback__)[-200:]
    except Exception:  # an error that hides where it came from
        return []
    found = [f for f in frames if f.filename.startswith(inside) or f.filename == "adapter.py"]
    return [
        {"file": Path(f.filename).name, "line": f.lineno or 0, "function": f.name, "text": (f.line or "")[:200]}
        for f in found[-3:]
    ]
