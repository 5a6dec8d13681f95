"""Real failures, run while the site is built: a test beside a planted mistake, and a submission that is checked."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from parity.docs.components import render
from parity.environment import HOME
from parity.mistakes import find_mistake
from parity.outputs import CommandError

__all__ = ["failure_page"]

MISTAKE = "bias-grad-mean"
SUBMISSION = "examples/course_wrong.py"
PLUGIN = f'''"""A known mistake in the from-scratch half."""

from parity.mistakes import find_mistake
import scratch

mistake = find_mistake("{MISTAKE}")
setattr(scratch, mistake.component, mistake.wrong)
'''


def failure_page() -> str:
    """The outputs as Markdown."""
    mistake = find_mistake(MISTAKE)
    test = [
        "pytest",
        "-q",
        "--tb=short",
        "-p",
        "planted",
        "--noconftest",
        "-p",
        "no:cacheprovider",
        "--override-ini=addopts=",
    ]
    test += ["parity_tests/test_parity.py", "-k", f"{mistake.component}-batch-float64"]
    check = ["parity", "check", SUBMISSION, "--lang", "en"]
    return render(
        "outputs.md",
        mistake=mistake,
        submission=SUBMISSION,
        test=_failing(test),
        command=" ".join(check),
        check=_failing(check),
    )


def _failing(module: list[str]) -> str:
    """What a command prints that finds a mistake.

    Raises:
        CommandError: it found none, or could not be carried out.
    """
    with tempfile.TemporaryDirectory(prefix="parity-docs-") as folder:
        Path(folder, "planted.py").write_text(PLUGIN, encoding="utf-8")
        path = os.pathsep.join([folder, str(HOME), *filter(None, [os.environ.get("PYTHONPATH")])])
        setting = {**os.environ, "PYTHONPATH": path, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run(
            [sys.executable, "-m", *module], cwd=HOME, env=setting, capture_output=True, encoding="utf-8", check=False
        )
    if done.returncode != 1:
        raise CommandError(f"{' '.join(module)} ended with {done.returncode}, expected 1: {done.stderr or done.stdout}")
    return done.stdout.strip("\n")
