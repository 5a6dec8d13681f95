"""Packages that a submission may import, and those that it may not; what published ones have taught, without them."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity.cli import carry_out
from parity.outputs import CommandError
from parity.student.isolation.installed import installed
from parity.student.isolation.jail import Jail, best_tier, try_tier
from parity.student.judge import judge_submission

# --- what these packages have taught, without them

HARDSIGMOID = """
import numpy as np

class Hardsigmoid:
    def forward(self, x):
        self.x = x
        return np.clip(x / 6 + 0.5, 0, 1)

    def backward(self, grad_output):
        return grad_output * (np.abs(self.x) < 3) * {slope}
"""
WRAPPED = """
import functools

def power(x, n):
    return x**n

square, cube = functools.partial(power, n=2), functools.cache(power)

class Everything:
    def __getattr__(self, name):
        return Everything()

    def __call__(self):
        pass

thing = Everything()
"""


@pytest.mark.parametrize(("slope", "failed"), [("1 / 6", False), ("np.float32(1 / 6)", False), ("0.16667", True)])
def test_a_sixth_is_no_mistake_where_pytorch_s_is_rounded(slope: str, failed: bool, tmp_path: Path) -> None:
    file = tmp_path / "hard.py"
    file.write_text(HARDSIGMOID.format(slope=slope), encoding="utf-8")
    assert judge_submission(file, best_tier()).failed == failed


def test_a_function_is_found_in_its_wrapping(tmp_path: Path) -> None:
    file = tmp_path / "wrapped.py"
    file.write_text(WRAPPED, encoding="utf-8")
    with Jail(file, best_tier()) as jail:
        found = jail.run([{"kind": "describe"}]).replies[0]["description"]
    assert found["functions"] == {"power": ["x", "n"], "square": ["x", "n="], "cube": ["x", "n"]}


# --- what may be imported


@pytest.mark.parametrize("name", ["torch", "Torch", "torchvision", "valor-parity", "valor_parity"])
def test_what_knows_the_answers_is_not_for_submissions(name: str) -> None:
    with pytest.raises(CommandError, match=r"is not for submissions, since it knows the answers"):
        installed((name,))


@pytest.mark.parametrize("tier", ["bwrap", "landlock", "limits", "in-process"])
def test_nor_at_any_tier(tier: str, tmp_path: Path) -> None:
    if not try_tier(tier).works:
        pytest.skip(try_tier(tier).why)
    (tmp_path / "empty.py").touch()
    with pytest.raises(CommandError, match="torch is not for submissions"):
        Jail(tmp_path / "empty.py", tier, packages=("torch",))


def test_what_is_no_name_of_a_package() -> None:
    with pytest.raises(CommandError, match="--package: "):
        installed(("../torch",))


def test_a_package_that_is_not_there() -> None:
    with pytest.raises(CommandError, match=r"no-such-package is not installed \(pip install no-such-package\)"):
        installed(("no_such_package",))


@pytest.mark.parametrize("tier", ["bwrap", "landlock", "limits"])
def test_what_was_not_named_cannot_be_imported(tier: str, tmp_path: Path) -> None:
    if not try_tier(tier).works:
        pytest.skip(try_tier(tier).why)
    file = tmp_path / "importing.py"
    one = "try:\n    import {0}\nexcept ImportError:\n    pass\nelse:\n    def has_{0}(): pass\n"
    names = ("packaging", "torch", "parity", "scratch", "psutil", "jinja2")
    file.write_text("".join(one.format(name) for name in names), encoding="utf-8")
    with Jail(file, tier, packages=("packaging",)) as jail:
        assert list(jail.run([{"kind": "describe"}]).replies[0]["description"]["functions"]) == ["has_packaging"]


def test_a_package_is_named_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "importing.py"
    code = "import packaging\n\nclass ReLU:\n    forward = backward = lambda self, x: x\n"
    file.write_text(code, encoding="utf-8")
    assert carry_out(["check", str(file)]) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "No module named 'packaging'; beside NumPy, only what --package names" in told
    carry_out(["check", str(file), "--package", "packaging"])
    assert "No module named" not in capsys.readouterr().out


def test_a_class_is_graded_with_numpy_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["grade", "submissions", "--package", "jax"]) == 2
    assert "--package" in capsys.readouterr().err
