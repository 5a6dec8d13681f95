"""Whether this machine has what the suite needs, asked at the start so that the answer is a sentence.

Nothing is imported to find out, which keeps `parity --help` quick.
"""

import importlib.util
from importlib import metadata
from pathlib import Path

__all__ = ["Unusable", "check_environment"]

TORCH = "2.13"  # the version whose random stream scratch/random.py reproduces
HOME = Path(__file__).resolve().parent.parent  # the folder that holds scratch, torch_ref, parity and datasets


class Unusable(Exception):  # noqa: N818 - it describes the machine, and is raised nowhere but here
    """The suite cannot run here; the message says why, and what to do."""


def check_environment() -> None:
    """Raise Unusable unless our own `datasets` is the one that is found, and a supported torch is installed.

    Raises:
        Unusable: another package named `datasets` is found first, or torch or torchvision is missing, or torch is of
            another version.
    """
    _check_datasets()
    _check_torch()


def _check_datasets() -> None:
    spec = importlib.util.find_spec("datasets")
    found = Path(spec.origin).resolve() if spec and spec.origin else None
    if found == HOME / "datasets" / "__init__.py":
        return
    if found is None:
        raise Unusable(f"the folder {HOME / 'datasets'} is not found: start Python in {HOME}, or add it to PYTHONPATH")
    raise Unusable(
        f"`import datasets` finds {found.parent}, another package of that name, before {HOME / 'datasets'}: "
        f"run `python -m parity` in {HOME}, or use an environment without that package"
    )


def _check_torch() -> None:
    for package in ("torch", "torchvision"):
        try:
            version = metadata.version(package)
        except metadata.PackageNotFoundError:
            raise Unusable(f"{package} is not installed: run `pip install -e .` in {HOME}") from None
        if package == "torch" and not version.startswith(f"{TORCH}."):
            raise Unusable(f"torch {version} is installed, expected {TORCH}: run `pip install 'torch=={TORCH}.*'`")
