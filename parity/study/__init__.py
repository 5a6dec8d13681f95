"""What the notebooks need: cells in two columns, equality that is asserted, sources shown; and the notebooks.

A notebook begins with `%load_ext parity.study`, before NumPy is imported.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parity.environment import HOME

if TYPE_CHECKING:
    from parity.study.beside import ours, theirs
    from parity.study.checking import check, terminal
    from parity.study.equality import equal
    from parity.study.listing import source, twins

__all__ = ["check", "equal", "ours", "source", "terminal", "theirs", "twins"]

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
WHERE = {
    "check": "checking",
    "equal": "equality",
    "ours": "beside",
    "source": "listing",
    "terminal": "checking",
    "theirs": "beside",
    "twins": "listing",
}


def __getattr__(name: str) -> Any:
    """Import what a notebook asks for when it asks, so that the threads are set before NumPy is imported."""
    if name not in WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"parity.study.{WHERE[name]}"), name)


def load_ipython_extension(shell: Any) -> None:
    """Set what a notebook of this project expects, and add the magic `%%beside`."""
    for variable in THREADS:
        os.environ.setdefault(variable, "1")  # NumPy's threads and PyTorch's fight
    os.environ.setdefault("PARITY_DATA", str(HOME / "data"))
    if Path.cwd().name in ("en", "pt"):  # the notebook's folder says its language
        os.environ["PARITY_LANG"] = Path.cwd().name
    from parity.study.beside import Beside

    shell.register_magics(Beside)
