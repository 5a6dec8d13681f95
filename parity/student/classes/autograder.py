"""A folder for Gradescope: what installs the suite there, and what grades a submission. Run as a module, it grades one.

https://gradescope-autograders.readthedocs.io/en/latest/specs/ says what lies where below /autograder.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
import tomllib
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from parity.outputs import CommandError, dump, write_whole

if TYPE_CHECKING:
    from parity.student.classes.grade import Options, Plan

__all__ = ["grade_one", "write_autograder"]

HOME = Path(__file__).resolve().parents[3]
SUITE = ("parity", "scratch", "torch_ref", "datasets", "pyproject.toml", "LICENSE", "README.md", "constraints.txt")
SETUP = """\
#!/usr/bin/env bash
# Runs once, as root, when Gradescope builds the image.
set -euo pipefail

apt-get update
apt-get install -y bubblewrap libseccomp2 python3 python3-venv
python=python3
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  apt-get install -y software-properties-common
  add-apt-repository -y ppa:deadsnakes/ppa
  apt-get install -y python3.12 python3.12-venv
  python=python3.12
fi
"$python" -m venv /autograder/env
# The answers are in this folder, so that PyTorch is not needed.
/autograder/env/bin/python -m pip install --no-cache-dir {packages}
"""
RUN = """\
#!/usr/bin/env bash
# Runs for each submission: grades /autograder/submission into /autograder/results/results.json.
set -euo pipefail

root="${AUTOGRADER_ROOT:-/autograder}"
python="${AUTOGRADER_PYTHON:-$root/env/bin/python}"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
cd "$root/source/suite"
exec "$python" -m parity.student.classes.autograder "$root"
"""


def write_autograder(folder: Path, options: Options, plan: Plan) -> None:
    """Write setup.sh, run_autograder, the suite, the answers and what was asked for.

    Raises:
        CommandError: the folder holds something else, or no points file says what counts.
    """
    if plan.points is None or options.points is None:
        raise CommandError("--autograder needs --points: one submission cannot say what counts")
    if folder.exists() and any(folder.iterdir()) and not (folder / "run_autograder").exists():
        raise CommandError(f"{folder}: is not empty, and no autograder")
    folder.mkdir(parents=True, exist_ok=True)
    _copy_suite(folder / "suite")
    shutil.copyfile(options.points, folder / "points.toml")
    if options.adapter is not None:
        for file in (options.adapter, options.adapter.with_suffix(".py")):
            if file.exists():
                shutil.copyfile(file, folder / f"adapter{file.suffix}")
    settings = {
        "seed": plan.public,
        "tier": options.tier,
        "lang": plan.lang,
        "only": plan.only,
        "answers": _answers(folder, plan),
    }
    write_whole(folder / "settings.json", dump(settings))
    for name, content in (("setup.sh", SETUP.replace("{packages}", _packages())), ("run_autograder", RUN)):
        write_whole(folder / name, content)
        (folder / name).chmod(0o755)


def _copy_suite(target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for name in SUITE:
        if (HOME / name).is_dir():
            shutil.copytree(HOME / name, target / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        elif (HOME / name).exists():
            shutil.copyfile(HOME / name, target / name)


def _packages() -> str:
    """What pip installs: our dependencies at the versions that are here, without torch, whose answers are at hand."""
    project = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.split(r"[^\w-]", line)[0] for line in project["dependencies"]]
    found = []
    for name in names:
        if name not in ("torch", "torchvision"):
            with contextlib.suppress(metadata.PackageNotFoundError):  # one that this system does not need
                found.append(f"{name}=={metadata.version(name)}")
    return " ".join(found)


def _answers(folder: Path, plan: Plan) -> dict[str, str]:
    """PyTorch's answers for seeds other than 0, by the name of their folder beside the suite."""
    from parity.student.classes.grade import hidden_answers

    shutil.rmtree(folder / "answers", ignore_errors=True)
    found = hidden_answers(folder / "answers", [*plan.public, *plan.hidden], plan.only, plan.lang, Console())
    return {str(seed): f"answers/{Path(str(kept)).name}" for seed, kept in found.items()}


def grade_one(root: Path) -> None:
    """Grade root/submission into root/results/results.json.

    Raises:
        CommandError: it could not be judged. No file is written then: Gradescope says that the autograder failed, and
            runs it again when asked to, where a file would be a mark.
    """
    from parity.student.classes.export import gradescope
    from parity.student.classes.jobs import Job, judge_job
    from parity.student.classes.marks import is_ours, mark

    plan = _plan(root / "source")
    path = _target(root / "submission")
    record = judge_job(
        Job(path.name, path, "", plan.tier, plan.public, plan.hidden, plan.only, plan.adapter, plan.lang)
    )
    if is_ours(record):
        said = next(row["message"] for row in record["results"] if row["verdict"] == "INFRA")
        raise CommandError(f"the submission could not be judged, which is not the student's fault: {said}")
    assert plan.points is not None
    marks = mark(record, replace(plan.points, public=plan.public, hidden=plan.hidden).restricted(plan.only))
    (root / "results").mkdir(exist_ok=True)
    write_whole(root / "results" / "results.json", dump(gradescope(record, marks, plan.lang)))


def _plan(source: Path) -> Plan:
    """What was asked for when the folder was written."""
    from parity.student import reference
    from parity.student.classes.grade import Options, make_plan

    settings: dict[str, Any] = json.loads((source / "settings.json").read_text(encoding="utf-8"))
    adapter = source / "adapter.toml"
    for seed, kept in settings["answers"].items():
        reference.keep(int(seed), source / kept)
    return make_plan(
        Options(
            points=source / "points.toml",
            seed=settings["seed"],
            tier=settings["tier"],
            lang=settings["lang"],
            only=settings["only"],
            adapter=adapter if adapter.exists() else None,
        )
    )


def _target(folder: Path) -> Path:
    """The one file that was handed in, or all of them."""
    files = [path for path in folder.iterdir() if not path.name.startswith(".") and path.name != "__MACOSX"]
    only = files[0] if len(files) == 1 else folder
    return only if only.is_dir() or only.suffix in (".py", ".ipynb") else folder


if __name__ == "__main__":
    os.umask(0o077)
    try:
        grade_one(Path(sys.argv[1]))
    except CommandError as error:
        sys.exit(f"parity: {error}")
