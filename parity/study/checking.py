"""Commands of the suite from a cell: run apart, as in a terminal, their words in the page."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

__all__ = ["check", "terminal"]

FORCED = {"FORCE_COLOR", "CLICOLOR_FORCE", "PY_COLORS"}  # a kernel asks for colours, which a page shows as escapes


def terminal(line: str) -> None:
    """Run a command that begins with `parity`, and show what it says.

    Raises:
        ValueError: it is another program.

    Example:
        terminal("parity diverge --fault bias-grad-mean")
    """
    program, *arguments = shlex.split(line)
    if program != "parity":
        raise ValueError(f"terminal: expected a command that begins with `parity`, got {line!r}")
    print(f"$ {line}", flush=True)
    environment = {name: value for name, value in os.environ.items() if name not in FORCED}
    environment |= {"COLUMNS": "80", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "parity", *arguments]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    print(done.stdout.decode("utf-8", errors="replace"), end="")


def check(arguments: str) -> None:
    """Run `parity check` with these arguments: check("answer_05.py --only Valor")."""
    terminal(f"parity check {arguments}")
