"""Stand-ins for the libraries that draw and report, which the jail does not have.

Much student code imports matplotlib in its first line. It is judged all the same: whatever these libraries are asked
for does nothing. They come last, so that one that is installed goes before its stand-in.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

__all__ = ["stand_in"]

LIBRARIES = ("matplotlib", "seaborn", "plotly", "graphviz", "IPython", "tqdm")


class Nothing(ModuleType):
    """A module, function and object in one, of which every attribute, item and result is another."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing(name)

    def __call__(self, *_: Any, **__: Any) -> Nothing:
        return self

    def __getitem__(self, _: Any) -> Nothing:
        return self

    def __setitem__(self, _: Any, __: Any) -> None:
        """Nothing is kept."""

    def __iter__(self) -> Iterator[Nothing]:
        """Two, as `figure, axes = plt.subplots()` wants."""
        return iter((Nothing("first"), Nothing("second")))

    def __enter__(self) -> Nothing:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing was opened."""


def progress(iterable: Iterable[Any] = (), *_: Any, **__: Any) -> Iterable[Any]:
    """What `tqdm` does, without the bar."""
    return iterable


class _Finder(MetaPathFinder, Loader):
    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> ModuleSpec | None:
        return ModuleSpec(fullname, self, is_package=True) if fullname.split(".")[0] in LIBRARIES else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return Nothing(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        if module.__name__.split(".")[0] == "tqdm":
            vars(module).update(tqdm=progress, trange=range)


def stand_in() -> None:
    """Once in a process."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.append(_Finder())
