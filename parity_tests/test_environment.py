"""What is said on a machine where the suite cannot run."""

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from parity.environment import HOME, Unusable, check_environment

PROGRAM = """
import sys
from parity.environment import Unusable, check_environment
try:
    check_environment()
except Unusable as error:
    print(error)
print(*sorted({"torch", "torchvision", "numpy", "datasets"} & set(sys.modules)))
"""


def run(folder: Path, *path: Path, options: tuple[str, ...] = ()) -> list[str]:
    """Check in a fresh Python whose module path starts with these folders; return what it prints."""
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}
    result = subprocess.run(
        [sys.executable, *options, "-W", "error", "-c", PROGRAM],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.splitlines()


def test_this_machine_is_usable_and_nothing_heavy_is_imported_to_find_out() -> None:
    assert run(HOME) == [""]


@pytest.mark.parametrize("kind", ["package", "module"])
def test_another_package_named_datasets_is_named(kind: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    if kind == "package":
        (other / "datasets").mkdir()
        (other / "datasets" / "__init__.py").write_text("raise ImportError('it must not be imported')")
    else:
        (other / "datasets.py").write_text("raise ImportError('it must not be imported')")
    message, imported = run(tmp_path, other, HOME)
    assert str(other) in message
    assert "another package of that name" in message
    assert f"run `python -m parity` in {HOME}" in message
    assert imported == ""


def test_no_datasets_at_all_is_explained(tmp_path: Path) -> None:
    (tmp_path / "parity").symlink_to(HOME / "parity")
    (tmp_path / "scratch").symlink_to(HOME / "scratch")
    message, _ = run(tmp_path, tmp_path, options=("-S",))  # no site: an installed clone is not on the path
    assert message == f"the folder {HOME / 'datasets'} is not found: start Python in {HOME}, or add it to PYTHONPATH"


def versions(monkeypatch: pytest.MonkeyPatch, **installed: str) -> None:
    def version(package: str) -> str:
        if package not in installed:
            raise metadata.PackageNotFoundError(package)
        return installed[package]

    monkeypatch.setattr(metadata, "version", version)


@pytest.mark.parametrize("torch", ["2.13.0", "2.13.1+cpu", "2.13.0a0+git1234"])
def test_every_build_of_the_supported_torch_is_accepted(torch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    versions(monkeypatch, torch=torch, torchvision="0.28.0")
    check_environment()


@pytest.mark.parametrize("torch", ["2.12.1", "2.14.0+cpu", "2.130.0", "1.2.13", "3.0.0"])
def test_another_torch_is_named(torch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    versions(monkeypatch, torch=torch, torchvision="0.28.0")
    with pytest.raises(Unusable) as caught:
        check_environment()
    assert str(caught.value) == f"torch {torch} is installed, expected 2.13: run `pip install 'torch==2.13.*'`"


@pytest.mark.parametrize("missing", ["torch", "torchvision"])
def test_a_missing_package_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    versions(monkeypatch, **{package: "2.13.0" for package in ("torch", "torchvision") if package != missing})
    with pytest.raises(Unusable) as caught:
        check_environment()
    assert str(caught.value) == f"{missing} is not installed: run `pip install -e .` in {HOME}"
