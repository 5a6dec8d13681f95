"""The jail: hostile submissions get their verdicts at every tier that works here, and nothing is left of them."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from hostile import HOSTILE, Hostile
from hostile.submission import SKIP, relu

from parity.student.adapters import Description, built_in, find_matches
from parity.student.findings import BAD, Finding, Judgement
from parity.student.isolation import jail as jails
from parity.student.isolation.copies import SubmissionError, copy_submission
from parity.student.isolation.ending import remove_tree
from parity.student.isolation.exchange import Exchange
from parity.student.isolation.folders import OwnFolder, sweep
from parity.student.isolation.jail import TIERS, TOKEN, Jail, Limits, TierError, best_tier, probe, try_tier
from parity.student.isolation.replies import checked_reply
from parity.student.judge import judge_submission
from parity.student.plan import plan
from parity.student.worker.frames import FrameError, Incoming, TooMuchError, frame_bytes

SUITE = Path(__file__).parents[1]
QUICK = Limits(cpu=1, wall=20, memory=512 << 20, file=1 << 20, output=1 << 16, disk=8 << 20)
SHORT = Limits(cpu=1, wall=3, memory=512 << 20, file=1 << 20, output=1 << 16, disk=8 << 20)


def needs(tier: str) -> None:
    """Skip what cannot be had here; a tier that starts and stops nothing is no such thing."""
    if not try_tier(tier).works:
        assert "it allows" not in try_tier(tier).why, try_tier(tier).why
        pytest.skip(try_tier(tier).why)


def children() -> set[psutil.Process]:
    """What runs below this process; other tests may have left something, such as Python's own tracker of resources."""
    return {p for p in psutil.Process().children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE}


@dataclass
class Ground:
    """Where a submission is judged, with what it must leave alone; `check` says what it did not."""

    folder: Path
    tokens: list[str] = field(default_factory=list)
    secret: str = "the answer is 42"
    before: set[psutil.Process] = field(default_factory=children)

    def __post_init__(self) -> None:
        for name in ("submissions", "temporary"):
            (self.folder / name).mkdir()
        (self.folder / "secret").write_text(self.secret)
        self.victim.write_text("x = 1\n")
        self.victim.chmod(0o640)

    @property
    def victim(self) -> Path:
        return self.folder / "submissions" / "another.py"

    def write(self, hostile: Hostile) -> Path:
        paths = {
            "OUTSIDE": self.folder / "outside", "SECRET": self.folder / "secret", "VICTIM": self.victim,
            "SUITE": SUITE, "PACKAGES": Path(np.__file__).parents[1],
        }  # fmt: skip
        source = hostile.source
        for name, path in paths.items():
            source = source.replace(name, repr(str(path)))
        folder = self.folder / "submissions" / "mine"
        for name, text in {"relu.py": source, **hostile.files}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(text.encode(errors="surrogateescape"))
        return folder if hostile.folder else folder / "relu.py"

    def files(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}

    def check(self, before: dict[str, bytes]) -> None:
        assert self.files() == before, "files were written, changed or deleted"
        assert stat.S_IMODE(self.victim.stat().st_mode) == 0o640
        assert not list((self.folder / "temporary").iterdir()), "something is left in the folder for temporary files"
        assert children() <= self.before, "a child is still running"
        assert not self.left(), "something is still running"

    def left(self) -> list[psutil.Process]:
        """What runs on; whatever was ended just now is given a moment to be gone."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.environ().get(TOKEN) in self.tokens or process.cmdline() == ["sleep", "301.5"]:
                    found.append(process)
        return psutil.wait_procs(found, timeout=2)[1]


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
    found = Ground(tmp_path)
    make = secrets.token_hex
    monkeypatch.setattr(secrets, "token_hex", lambda size: found.tokens.append(make(size)) or found.tokens[-1])
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setenv("PARITY_HIDDEN", "not for students")
    return found


def decisive(judgement: Judgement) -> Finding:
    """The first finding that counts and is bad; else the first that is passed."""
    counted = [finding for finding in judgement.findings if not finding.beyond]
    return next((f for f in counted if f.verdict in BAD), next((f for f in counted if f.verdict == "PASS"), counted[0]))


def cases() -> Iterator[Any]:
    strongest = best_tier()
    for tier in TIERS:
        for hostile in HOSTILE:
            if hostile.at.get(tier) == SKIP or (tier == "in-process" and not hostile.harmless):
                continue
            marks = [pytest.mark.slow] if hostile.slow or tier not in (strongest, "in-process") else []
            yield pytest.param(tier, hostile, id=f"{tier}-{hostile.name}", marks=marks)


@pytest.mark.parametrize(("tier", "hostile"), list(cases()))
def test_hostile(tier: str, hostile: Hostile, ground: Ground) -> None:
    needs(tier)
    path = ground.write(hostile)
    before = ground.files()
    found = judge_submission(path, tier, only=("ReLU",), limits=SHORT if hostile.slow else QUICK)
    finding = decisive(found)
    assert finding.verdict in hostile.expected(tier), (finding.verdict, finding.message)
    if hostile.says and finding.verdict == hostile.verdict:
        assert hostile.says in finding.message
    assert "\x1b" not in finding.message
    finding.message.encode()
    assert ground.secret not in found.printed
    assert "PARITY_HIDDEN" not in found.printed
    ground.check(before)


def test_enough_submissions_with_names_of_their_own() -> None:
    assert len({hostile.name for hostile in HOSTILE}) == len(HOSTILE) >= 100


# --- tiers


def test_every_tier_works_or_says_why() -> None:
    found = probe()
    assert [one.tier for one in found] == list(TIERS)
    for one in found:
        assert one.works == (not one.why)
    assert best_tier() == next(one.tier for one in found if one.works)


@pytest.fixture
def untried() -> Iterator[None]:
    """Tiers are tried anew, and what was found is forgotten."""
    try_tier.cache_clear()
    yield
    try_tier.cache_clear()


@pytest.mark.usefixtures("untried")
def test_a_tier_that_is_not_there(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jails.shutil, "which", lambda name: None)
    with pytest.raises(TierError, match="bubblewrap is not installed"):
        Jail(ground.victim, "bwrap")
    assert best_tier() != "bwrap"
    try_tier.cache_clear()
    packages = jails.packages()
    monkeypatch.setattr(jails, "packages", lambda *_: {name: packages[name] for name in ("worker", "numpy")})
    with pytest.raises(TierError, match=r"landlock.*(pyseccomp|No module|os.fork)"):
        Jail(ground.victim, "landlock")
    with pytest.raises(TierError, match="no tier 'chroot'"):
        Jail(ground.victim, "chroot")


@pytest.mark.usefixtures("untried")
def test_a_tier_that_stops_nothing_does_not_work(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    needs("landlock")
    try_tier.cache_clear()
    monkeypatch.setattr(jails, "readable", lambda *_: {"read": ["/"], "list": []})
    assert "allows reading" in try_tier("landlock").why


def test_what_cannot_start_any_more_is_not_the_students(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    needs("limits")
    path = ground.write(Hostile("right", relu(), "PASS"))
    before = ground.files()
    monkeypatch.setattr(jails, "interpreter", lambda: Path("/nowhere/python"))
    assert [finding.verdict for finding in judge_submission(path, "limits").findings] == ["INFRA"]
    ground.check(before)


def test_an_interruption_leaves_nothing(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    needs("limits")
    path = ground.write(Hostile("endless", "while True: pass", ""))
    before = ground.files()
    monkeypatch.setattr(Exchange, "_look_at_disk", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt), Jail(path, best_tier()) as jail:
        jail.run([{"kind": "describe"}])
    ground.check(before)


ABANDONED = """
import sys
from pathlib import Path
from parity.student.isolation.jail import Jail
with Jail(Path({path!r}), {tier!r}) as jail:
    print("running", flush=True)
    jail.run([{{"kind": "describe"}}])
"""


JUDGE = """
import sys, time
from pathlib import Path
from parity.student.isolation.jail import Jail

jail = Jail(Path(sys.argv[1]), "limits")
jail.run([{"kind": "describe"}])
print(jail._folder, flush=True)
time.sleep(60)
"""


def judge_at_work(submission: Path) -> tuple[subprocess.Popen[str], Path]:
    """A judge of its own, which has started a worker and waits; and its folder."""
    command = [sys.executable, "-c", JUDGE, str(submission)]
    judge = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=SUITE)
    assert judge.stdout is not None
    return judge, Path(judge.stdout.readline().strip())


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Temporary files of one's own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_what_a_killed_judge_left_is_removed_by_the_next(place: Path, tmp_path: Path) -> None:
    """And nothing of one that lives, of another user, or of another program."""
    needs("limits")
    submission = tmp_path / "nothing.py"
    submission.write_text("")
    others = [place / name for name in ("parity-of-another", "unrelated")]
    for other in others:
        other.mkdir()
    (others[1] / "owner").touch()
    (place / "parity-link").symlink_to(others[1])
    (place / "parity-file").touch()
    kept = {path.name for path in place.iterdir()}
    judges = [judge_at_work(submission) for _ in range(2)]
    (dead, left), (_, used) = judges
    try:
        dead.kill()
        dead.wait()
        assert {path.name for path in place.iterdir()} == {*kept, left.name, used.name}
        sweep.cache_clear()  # it is done once in a process, and this one may have tried the tier
        with Jail(submission, "limits") as jail:
            assert {path.name for path in place.iterdir()} == {*kept, used.name, jail._folder.name}
            assert (used / "submission" / "nothing.py").exists()
    finally:
        for judge, _ in judges:
            judge.kill()
            judge.communicate()
    assert {path.name for path in place.iterdir()} == {*kept, used.name}
    sweep.cache_clear()
    sweep(str(place))
    assert {path.name for path in place.iterdir()} == kept


def test_what_is_another_users_stays(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = OwnFolder()
    assert folder._lock is not None
    os.close(folder._lock)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    sweep.cache_clear()
    sweep(str(place))
    assert folder.path.exists()
    monkeypatch.undo()
    sweep.cache_clear()
    sweep(str(place))
    assert not folder.path.exists()


@pytest.mark.parametrize("tier", TIERS[:3])
def test_a_worker_ends_when_nobody_listens_any_more(tier: str, ground: Ground) -> None:
    needs(tier)
    path = ground.write(Hostile("asleep", "import time; time.sleep(301.5)", ""))
    program = ABANDONED.format(path=str(path), tier=tier)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=SUITE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"running\n"
        time.sleep(0.5)
        workers = psutil.Process(process.pid).children(recursive=True)
        assert workers
        process.kill()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert all(worker.status() == psutil.STATUS_ZOMBIE for worker in alive)


@pytest.mark.parametrize("tier", TIERS[:3])
def test_groups_know_nothing_of_each_other(tier: str, ground: Ground) -> None:
    """Neither by a file nor by a name; and one that crashes takes no other with it."""
    needs(tier)
    source = """
import os
def first(): pass
if os.path.exists('here'): del first
open('here', 'w').close()
os.makedirs('a/b')
"""
    path = ground.write(Hostile("curious", source, ""))
    with Jail(path, tier, QUICK) as jail:
        for _ in range(2):
            assert jail.run([{"kind": "describe"}]).replies[0]["description"]["functions"] == {"first": []}
        assert jail.run([{"kind": "no such kind"}]).replies[0]["raised"]["type"] == "KeyError"
        jail.kill()
        assert jail.run([{"kind": "describe"}]).verdict == ""


def test_answers_learned_by_heart_fail_at_another_seed(ground: Ground) -> None:
    known = Description({"ReLU": {"__init__": [], "forward": ["input"], "backward": ["grad_output"]}})
    (match,) = find_matches(known, [built_in()["ours"]])
    heart = {
        item.task["inputs"][0].tobytes().hex(): item.expected["forward"].tolist()
        for item in plan(match, known, 0)
        if not item.skip
    }
    source = relu("return np.array(HEART[input.tobytes().hex()])", f"HEART = {heart!r}".replace("nan", "np.nan"))
    source = source.replace("def backward", "def backward(self, grad_output): return grad_output\n    def unused")
    source = source.replace("return np.array(", "self.positive = input > 0\n        return np.array(")
    source = source.replace("return grad_output\n", "return np.where(self.positive, grad_output, 0.0)\n")
    path = ground.write(Hostile("by heart", source.replace("inf", "np.inf"), ""))
    assert decisive(judge_submission(path, best_tier())).verdict == "PASS"
    assert decisive(judge_submission(path, best_tier(), seed=7)).verdict in ("ERROR", "FAIL")


# --- what crosses

RAISED = {
    "stage": "forward", "type": "ValueError", "kinds": ["ValueError"], "message": "no", "module": None, "errno": None,
    "line": None, "trace": [{"file": "a.py", "line": 1, "function": "f", "text": "x"}],
}  # fmt: skip
REPLY: dict[str, Any] = {
    "number": 3,
    "values": {"forward": np.zeros(2), "grad": None},
    "containers": {},
    "raised": RAISED,
}
WRONG: list[dict[str, Any]] = [
    {"number": 3.0}, {"number": True}, {"number": "3"}, {"number": 4}, {"number": -1}, {"number": None},
    {"number": [3]}, {"values": []}, {"values": {"forward": [1.0]}}, {"values": {"forward": float("nan")}},
    {"values": {"forward": {"a": 1}}}, {"values": None}, {"containers": {"forward": 1}}, {"containers": [["a", "b"]]},
    {"raised": "ValueError"}, {"raised": []}, {"raised": {}}, {"raised": {**RAISED, "kinds": "ValueError"}},
    {"raised": {**RAISED, "message": None}}, {"raised": {**RAISED, "trace": [1]}}, {"raised": {**RAISED, "line": 1.5}},
    {"raised": {**RAISED, "errno": 1 << 70}}, {"raised": {**RAISED, "trace": [{"file": "a.py"}]}},
    {"description": {"classes": {"A": ["x"]}, "functions": {}}}, {"description": {"classes": {"A": {"f": [1]}}}},
    {"description": [1]}, {"values": {str(n): None for n in range(6000)}},
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: repr(wrong)[:50])
def test_a_reply_with_a_wrong_field_is_refused(wrong: dict[str, Any]) -> None:
    assert checked_reply(REPLY, 3)["raised"] == RAISED
    with pytest.raises(FrameError):
        checked_reply(REPLY | wrong, 3)


def test_text_loses_what_a_terminal_would_obey() -> None:
    found = checked_reply(REPLY | {"raised": RAISED | {"message": "a\x1b[31m\ud800\x07\nb" + "c" * 5000}}, 3)
    assert found["raised"]["message"].startswith("a�[31m��\nbc")
    assert len(found["raised"]["message"]) == 2000


def test_frames_arrive_in_any_pieces() -> None:
    messages = [{"a": np.arange(6.0).reshape(2, 3), "b": [1, None, "x"]}, {"c": np.array([True, False])}]
    data = b"".join(map(frame_bytes, messages))
    incoming = Incoming(1 << 10, 1 << 20)
    found = [message for index in range(len(data)) for message in incoming.feed(data[index : index + 1])]
    np.testing.assert_array_equal(found[0]["a"], messages[0]["a"])
    np.testing.assert_array_equal(found[1]["c"], messages[1]["c"])
    assert found[0]["b"] == [1, None, "x"]
    assert len(incoming) == 0


def test_lengths_are_refused_before_they_are_read() -> None:
    large = frame_bytes({"a": np.zeros(1000)})
    with pytest.raises(FrameError, match="8000 bytes"):
        list(Incoming(7999, 1 << 20).feed(large[:20]))
    incoming = Incoming(8000, 2 * len(large) - 1)
    assert len(list(incoming.feed(large))) == 1
    with pytest.raises(TooMuchError):
        list(incoming.feed(large))


def test_a_bool_is_true_or_false() -> None:
    data = frame_bytes({"a": np.array([True, True])})
    (found,) = Incoming(1 << 10, 1 << 20).feed(data[:-2] + b"\x02\x00")
    np.testing.assert_array_equal(found["a"].view(np.uint8), [1, 0])


# --- what is handed over


def test_links_and_pipes_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("x = 1")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "own.py").write_text("y = 1")
    (tmp_path / "mine" / "link.py").symlink_to(tmp_path / "secret.py")
    (tmp_path / "mine" / "all").symlink_to(tmp_path)
    copied = copy_submission(tmp_path / "mine", tmp_path / "copy", True)
    assert [str(path.relative_to(copied)) for path in copied.rglob("*")] == ["own.py"]
    with pytest.raises(SubmissionError, match="is a link"):
        copy_submission(tmp_path / "mine" / "link.py", tmp_path / "second", True)
    (tmp_path / "linked").symlink_to(tmp_path / "mine")
    with pytest.raises(SubmissionError, match="is a link"):
        copy_submission(tmp_path / "linked", tmp_path / "sixth", True)
    os.mkfifo(tmp_path / "pipe.py")
    with pytest.raises(SubmissionError, match="no ordinary file"):
        copy_submission(tmp_path / "pipe.py", tmp_path / "third", True)
    (tmp_path / "large.py").write_bytes(b"#" * (9 << 20))
    with pytest.raises(SubmissionError, match="larger than"):
        copy_submission(tmp_path / "large.py", tmp_path / "fourth", True)
    with pytest.raises(SubmissionError, match="no such file"):
        copy_submission(tmp_path / "none.py", tmp_path / "fifth", True)


def test_a_file_brings_what_it_imports_unless_it_stands_alone(tmp_path: Path) -> None:
    for name, text in {
        "net.py": "from layers import Linear\nimport tools.extra", "layers.py": "import base", "base.py": "",
        "tools/__init__.py": "", "tools/extra.py": "", "other_student.py": "", "data.npz": "",
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    copied = copy_submission(tmp_path / "net.py", tmp_path / "copy", alone=False)
    found = sorted(str(path.relative_to(copied.parent)) for path in copied.parent.rglob("*.*"))
    assert found == ["base.py", "layers.py", "net.py", "tools/__init__.py", "tools/extra.py"]
    alone = copy_submission(tmp_path / "net.py", tmp_path / "alone", alone=True)
    assert [path.name for path in alone.parent.rglob("*")] == ["net.py"]


@pytest.mark.parametrize("tier", ["bwrap", "landlock", "limits"])
def test_what_a_file_imports_is_there_at_every_tier(tier: str, tmp_path: Path) -> None:
    needs(tier)
    (tmp_path / "layers.py").write_text("import base\n")
    (tmp_path / "base.py").write_text("")
    (tmp_path / "net.py").write_text("import layers\n\ndef found(): pass\n")
    with Jail(tmp_path / "net.py", tier) as jail:
        assert list(jail.run([{"kind": "describe"}]).replies[0]["description"]["functions"]) == ["found"]
    with Jail(tmp_path / "net.py", tier, alone=True) as jail:
        assert jail.run([{"kind": "describe"}]).replies[-1]["raised"]["type"] == "ModuleNotFoundError"


FOLDERS = {
    "files that import each other": {
        "valor.py": "class Valor: pass",
        "rede.py": "from valor import Valor\nimport valor\nif Valor is valor.Valor:\n    def one(): pass",
        "random.py": "def two(): pass",
        "cells.ipynb": '{"cells": [{"cell_type": "code", "source": ["%run x\\n", "def three(): pass"]}]}',
        "test_rede.py": "raise RuntimeError",
    },
    "a package": {
        "__init__.py": "",
        "deep/__init__.py": "from ..valor import Valor",
        "deep/rede.py": "from ..valor import Valor\ndef one(): pass",
        "valor.py": "from importlib import import_module\nclass Valor: pass\ndef two(): pass\ndef three(): pass",
    },
}


@pytest.mark.parametrize("tier", [best_tier(), "in-process"])
@pytest.mark.parametrize("files", FOLDERS.values(), ids=FOLDERS)
def test_a_folder_is_one_submission(tier: str, files: dict[str, str], tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / "work" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "work" / name).write_text(text)
    before = set(sys.path), set(sys.modules)
    with Jail(tmp_path / "work", tier) as jail:
        reply = jail.run([{"kind": "describe"}]).replies
    assert reply[0]["raised"] is None
    assert set(reply[0]["description"]["classes"]) == {"Valor"}
    assert {"one", "two", "three"} <= set(reply[0]["description"]["functions"])
    assert set(sys.path) == before[0]
    assert not {"valor", "rede", "work", "work.valor"} & (set(sys.modules) - before[1])


@pytest.mark.skipif(sys.platform == "win32", reason="no such paths")
def test_a_tree_too_deep_for_recursion_is_removed(tmp_path: Path) -> None:
    here = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(1200):
            Path("deep").mkdir()
            os.chdir("deep")
    finally:
        os.chdir(here)
    remove_tree(tmp_path / "deep")
    assert not list(tmp_path.iterdir())
