"""A submission's names: of a Python file, of a folder of them, or of a notebook's code cells."""

from __future__ import annotations

import importlib
import inspect
import json
import linecache
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from .drawing import stand_in

__all__ = ["describe", "load", "own_trace"]

LIMIT = 4 << 20  # bytes of a file
NAMES = 2000  # of a submission that are looked at
NAME = "submission"
REFUSED = re.compile(r"(?:(\w+)\.)?(\w+)\(\) (?:missing|takes|got)\b")  # of a TypeError


def load(path: Path, helpers: str = "") -> dict[str, Any]:
    """Run the submission and return what it defines; `helpers` is an adapter in Python, run after it.

    Raises:
        Whatever the code raises.
    """
    stand_in()
    module = ModuleType(NAME)
    sys.modules[NAME] = module
    package = path.is_dir() and (path / "__init__.py").is_file()
    sys.path.insert(0, str(path if path.is_dir() and not package else path.parent))
    if path.is_dir():
        for file in _files(path):
            module.__dict__.update(_public(_imported(file, path, package)))
    else:
        _run(path, module)
    if helpers:
        exec(compile(helpers, "adapter.py", "exec"), module.__dict__)
    return module.__dict__


def _run(file: Path, module: ModuleType) -> None:
    """The code of a file, or of a notebook's cells one after the other."""
    module.__file__ = str(file)
    data = _read(file)
    if file.suffix != ".ipynb":
        exec(compile(data.decode("utf-8-sig"), str(file), "exec"), module.__dict__)
        return
    for number, cell in enumerate(_notebook(data), start=1):
        name = f"{file}, cell {number}"
        linecache.cache[name] = (len(cell), None, cell.splitlines(keepends=True), name)  # where a traceback finds lines
        exec(compile(cell, name, "exec"), module.__dict__)


def _imported(file: Path, folder: Path, package: bool) -> ModuleType:
    """A file of a folder as a module: one that another has imported already is not run again, so a class stays one."""
    parts = file.relative_to(folder).with_suffix("").parts
    name = ".".join([folder.name, *parts] if package else parts).removesuffix(".__init__")
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__file__", None) == str(file):
        return known
    if file.suffix == ".py" and known is None and all(part.isidentifier() for part in parts):
        return importlib.import_module(name)
    module = ModuleType(f"{NAME}.{name}")  # a notebook, or a name that Python itself uses: random.py
    _run(file, module)
    return module


def _public(module: ModuleType) -> dict[str, Any]:
    return {name: value for name, value in vars(module).items() if not name.startswith("__")}


def _files(folder: Path) -> Iterator[Path]:
    """Python files and notebooks, but for tests and set-up."""
    others = ("test_", "conftest", "setup", "sitecustomize", "usercustomize")
    for file in sorted([*folder.rglob("*.py"), *folder.rglob("*.ipynb")]):
        hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        if not hidden and not file.name.startswith(others):
            yield file


def _read(file: Path) -> bytes:
    if file.stat().st_size > LIMIT:
        raise ValueError(f"{file.name} is larger than {LIMIT >> 20} MiB")
    return file.read_bytes()


def _notebook(data: bytes) -> list[str]:
    """The code cells, without the lines that are the notebook's own (%matplotlib, !pip)."""
    cells = json.loads(data)["cells"]
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
        elif _is_function(value):
            functions[name] = _arguments(value)
    return {"classes": classes, "functions": functions}


def _is_function(value: Any) -> bool:
    """A function, or what `functools` and compilers make of one: partial, cache, jit."""
    if inspect.isfunction(value) or isinstance(value, partial):
        return True
    try:
        return callable(value) and inspect.isfunction(inspect.unwrap(value))
    except Exception:  # an object that has every attribute, and so is wrapped without end
        return False


def callable_method(owner: type, key: str) -> bool:
    defined = any(key in vars(base) for base in owner.__mro__[:-1])  # an operator may come from a class of theirs
    own = key in ("__init__", "__call__") or not key.startswith("__") or defined
    return own and callable(getattr(owner, key, None)) and getattr(object, key, None) is not getattr(owner, key)


def _arguments(function: Any) -> list[str]:
    """Names in order; those with a default end in "=", and *args and **kwargs keep their stars."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ["*args", "**kwargs"]
    marks: dict[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    names = [marks.get(p.kind, "") + p.name + ("" if p.default is inspect.Parameter.empty else "=") for p in parameters]
    return [name for name in names if name != "self"]


def own_trace(error: BaseException, path: Path, names: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lines of the submission that an exception passed, the innermost last; or where what was called begins."""
    inside = str(path)
    try:
        frames = traceback.extract_tb(error.__traceback__)[-200:]
    except Exception:  # an error that hides where it came from
        return []
    found = [f for f in frames if f.filename.startswith(inside) or f.filename == "adapter.py"]
    if isinstance(error, SyntaxError) and str(error.filename).startswith(inside):  # it names its line itself
        found.append(traceback.FrameSummary(str(error.filename), error.lineno, "", line=error.text or ""))
    if not found and isinstance(error, TypeError):
        with suppress(Exception):  # classes and errors may be anything
            found += [frame for frame in _refused(str(error), names) if frame.filename.startswith(inside)]
    return [
        {"file": Path(f.filename).name, "line": f.lineno or 0, "function": f.name, "text": (f.line or "")[:200]}
        for f in found[-3:]
    ]


def _refused(message: str, names: Mapping[str, Any]) -> Iterator[traceback.FrameSummary]:
    """The first line of a function that does not take what it was given, which Python says before it is entered."""
    found = REFUSED.match(message)
    if found is not None:
        owner, name = found.groups()
        function = getattr(names[owner], name) if owner else names[name]
        code = function.__code__
        first = code.co_firstlineno
        yield traceback.FrameSummary(code.co_filename, first, "", line=linecache.getline(code.co_filename, first))
