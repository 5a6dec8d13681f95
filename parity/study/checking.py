"""`parity check` from a cell: the same command, run apart, its words in the page."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

__all__ = ["check"]

FORCED = {"FORCE_COLOR", "CLICOLOR_FORCE", "PY_COLORS"}  # a kernel asks for colours, which a page shows as escapes


def check(arguments: str) -> None:
    """Run `parity check` with these arguments, and show what it says.

    Example:
        check("answer_05.py --only Valor")
    """
    print(f"$ parity check {arguments}", flush=True)
    environment = {name: value for name, value in os.environ.items() if name not in FORCED}
    environment |= {"COLUMNS": "80", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "parity", "check", *shlex.split(arguments)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    print(done.stdout.decode("utf-8", errors="replace"), end="")
