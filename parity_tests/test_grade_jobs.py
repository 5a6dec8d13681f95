"""How a class's submissions are carried out: in processes of this machine, on a cluster, by Gradescope's autograder."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import psutil
import pytest
from classroom import LINEAR, SCHEMAS, hand_in, needs_fork, read, tier

from parity.cli import carry_out
from parity.outputs import CommandError
from parity.student.classes import grade as grading
from parity.student.classes import jobs
from parity.student.classes.grade import choose_tier, submissions
from parity.student.classes.jobs import Job, carry_out_here, carry_out_with_dask
from parity.student.isolation.jail import Limits
from parity.student.judge import judge_submission

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hand_in(tmp_path_factory)


def test_a_tier_that_keeps_nothing_apart_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="keeps nothing apart"):
        choose_tier("in-process")
    monkeypatch.setattr(grading, "best_tier", lambda: "limits")
    with pytest.raises(CommandError, match="--tier limits"):
        choose_tier(None)
    monkeypatch.setattr(grading, "best_tier", lambda: "in-process")
    with pytest.raises(CommandError, match="on Linux"):
        choose_tier(None)
    monkeypatch.setattr(grading, "best_tier", lambda: "landlock")
    assert choose_tier(None) == "landlock"


def test_options_are_checked_before_the_work_begins(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "ana.py").touch()
    start = ["grade", str(tmp_path), "--tier", "limits"]
    for options, said in (
        (["--only", "Linaer"], "did you mean 'Linear'"),
        (["--points", str(tmp_path / "none.toml")], "none.toml"),
        (["--adapter", str(tmp_path / "none.toml")], "none.toml"),
        (["--out", str(tmp_path / "ana.py")], "is no folder"),
        (["--autograder", str(tmp_path / "new")], "needs --points"),
    ):
        assert carry_out([*start, *options]) == 2
        assert said in capsys.readouterr().err
    assert carry_out(["grade"]) == 2


class Poison(PurePosixPath):
    """Ends the process that unpacks it."""

    def __reduce__(self) -> Any:
        return os._exit, (1,)


@needs_fork
@pytest.mark.slow
def test_a_process_that_dies_costs_nobody_else(handed_in: Path) -> None:
    paths: list[Any] = [handed_in / "ana.py", Poison("poison.py"), handed_in / "syntax.py", handed_in / "empty.py"]
    found: dict[str, str] = {}

    def done(record: dict[str, Any]) -> None:
        assert record["student"] not in found
        found[record["student"]] = record["results"][0]["verdict"]

    carry_out_here([Job(path.name, path, "", tier()) for path in paths], 2, {}, done)
    assert found == {"ana.py": "PASS", "poison.py": "INFRA", "syntax.py": "ERROR", "empty.py": "MISSING"}


@needs_fork
@pytest.mark.slow
def test_a_submission_cannot_take_for_ever(tmp_path: Path) -> None:
    (tmp_path / "loops.py").write_text(
        "def loop(self, *args):\n    while True:\n        pass\n\n"
        + "".join(
            f"class {name}:\n    forward = backward = loop\n\n" for name in ("ReLU", "Sigmoid", "Tanh", "Softmax")
        )
    )
    found = judge_submission(tmp_path / "loops.py", tier(), limits=Limits(cpu=1, wall=3))
    assert [f.verdict for f in found.findings] == ["TIMEOUT"] * 4
    assert found.findings[-1].message.startswith("not tried")


def processes_below(pid: int) -> Iterator[psutil.Process]:
    yield from psutil.Process(pid).children(recursive=True)


@needs_fork
@pytest.mark.slow
def test_ctrl_c_leaves_what_is_finished_and_no_process(tmp_path: Path) -> None:
    folder, out = tmp_path / "class", tmp_path / "out"
    folder.mkdir()
    (folder / "ana.py").write_text(LINEAR)
    for name in ("loop", "lupe"):
        (folder / f"{name}.py").write_text("while True: pass")
    argv = [sys.executable, "-m", "parity", "grade", str(folder), "--out", str(out), "--tier", tier(), "--jobs", "3"]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not (out / "ana.json").exists() and time.monotonic() < deadline:
            time.sleep(0.2)
        below = list(processes_below(process.pid))
        process.send_signal(signal.SIGINT)
        printed, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "interrupted" in errors
    assert "1 of 3" in printed
    assert sorted(file.name for file in out.iterdir()) == ["ana.json"]
    assert len(below) > 4
    # Python's own resource tracker ends a second or two after the last who spoke to it; the loops would never end.
    assert psutil.wait_procs(below, timeout=10)[1] == []


@needs_fork
@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # what Dask's own threads leave open is not ours
def test_a_cluster_of_which_a_worker_dies(handed_in: Path) -> None:
    distributed = pytest.importorskip(
        "distributed", reason="dask.distributed is not installed: no cluster to hand jobs to"
    )
    paths = list(submissions(handed_in, Path()).values()) * 2
    given = [Job(f"{number}", path, "", tier()) for number, path in enumerate(paths)]
    found: dict[str, dict[str, Any]] = {}
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        first = next(iter(cluster.workers.values())).pid

        def done(record: dict[str, Any]) -> None:
            found[record["student"]] = record
            if len(found) == 3:
                os.kill(first, signal.SIGKILL)

        carry_out_with_dask(given, cluster.scheduler_address, {}, done)
        assert next(iter(cluster.workers.values())).pid != first
    assert set(found) == {job.student for job in given}
    verdicts = {job.path.stem: found[job.student]["results"][0]["verdict"] for job in given}
    assert (verdicts["ana"], verdicts["syntax"], verdicts["empty"]) == ("PASS", "ERROR", "MISSING")
    assert not any(r["verdict"] == "INFRA" for record in found.values() for r in record["results"])


def test_a_cluster_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PATIENCE", 0.5)
    with pytest.raises(CommandError, match="--dask"):
        carry_out_with_dask([], "tcp://127.0.0.1:1", {}, print)


# --- the autograder


@needs_fork
def test_an_autograder_grades_a_submission(tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema, which reads the schemas, is not installed")
    points, source = tmp_path / "points.toml", tmp_path / "autograder" / "source"
    points.write_text("[points]\nLinear = 4\nReLU = 2\n")
    assert (
        carry_out(["grade", "--autograder", str(source), "--points", str(points), "--tier", tier(), "--lang", "en"])
        == 0
    )
    for name in ("setup.sh", "run_autograder"):
        assert (source / name).stat().st_mode & stat.S_IXUSR
        if shutil.which("shellcheck"):
            subprocess.run(["shellcheck", source / name], check=True)
    assert "torch" not in (source / "setup.sh").read_text().split("pip install")[1]
    root = source.parent
    (root / "submission").mkdir()
    (root / "submission" / "layers.py").write_text(LINEAR)
    environment = {**os.environ, "AUTOGRADER_ROOT": str(root), "AUTOGRADER_PYTHON": sys.executable}
    environment.pop("PYTHONPATH", None)
    subprocess.run([source / "run_autograder"], check=True, env=environment, cwd=tmp_path)
    found = read(root / "results" / "results.json")
    jsonschema.validate(found, read(SCHEMAS / "gradescope.json"))
    assert found["score"] == 4.0
    assert [(t["name"], t["score"], t["max_score"], t["status"]) for t in found["tests"]] == [
        ("Linear", 4.0, 4.0, "passed"), ("ReLU", 0.0, 2.0, "failed"),
    ]  # fmt: skip
    (root / "results" / "results.json").unlink()
    settings = read(source / "settings.json")
    (source / "settings.json").write_text(json.dumps({**settings, "tier": "in-process"}))
    ended = subprocess.run([source / "run_autograder"], env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "keeps nothing apart" in ended.stderr
    assert list((root / "results").iterdir()) == []
