"""Packages that a submission may import beside NumPy, when whoever judges names them: `parity check --package jax`.

What lies on this disk of a package and of those that it requires is shown to the worker, and nothing else. The answers
stay out of reach: PyTorch and this suite cannot be named, nor can what requires them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from parity.outputs import CommandError

__all__ = ["installed"]

WITHHELD = ("torch", "torchvision", "valor-parity")  # what is asked for would be given away
THERE = ("numpy",)  # every worker has it
TAKEN = ("worker", "parity", "scratch", "torch_ref", "datasets", "numpy", "numpy.libs")


@cache
def installed(names: Sequence[str]) -> dict[str, Path]:
    """Files and folders by the name under which they are imported.

    Raises:
        CommandError: a package is not installed, is withheld, or cannot be parted from others; the message says which.
    """
    found: dict[str, Path] = {}
    wanted = _required(names)
    owners = packages_distributions()
    for name, own in wanted.items():
        for top in sorted(_tops(own)):
            others = {canonicalize_name(owner) for owner in owners.get(top, ())} - wanted.keys()
            if others or top in TAKEN:
                beside = ", ".join(sorted(others)) or "this suite"
                raise CommandError(f"--package: {name} shares the name {top!r} with {beside}: it cannot be given alone")
            found[top] = Path(str(own.locate_file(top)))
    return found


def _required(names: Sequence[str]) -> dict[str, Distribution]:
    """The packages, and those that they require here, by their names."""
    found: dict[str, Distribution] = {}
    try:
        waiting = [Requirement(name) for name in names]
    except InvalidRequirement as error:
        raise CommandError(f"--package: {error}") from error
    while waiting:
        name = canonicalize_name((asked := waiting.pop()).name)
        if name in WITHHELD:
            raise CommandError(f"--package: {name} is not for submissions, since it knows the answers")
        if name in THERE or name in found:
            continue
        try:
            found[name] = distribution(asked.name)
        except PackageNotFoundError as error:
            raise CommandError(f"--package: {name} is not installed (pip install {name})") from error
        waiting += _requirements(found[name], asked.extras)
    return found


def _requirements(own: Distribution, extras: set[str]) -> Iterator[Requirement]:
    """What it requires on this machine, with these extras."""
    for text in own.requires or ():
        needed = Requirement(text)
        if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield needed


def _tops(own: Distribution) -> set[str]:
    """What it has put beside the other packages; programs and manuals lie elsewhere."""
    tops = {file.parts[0] for file in own.files or ()} - {"..", "__pycache__"}
    if not any((Path(str(own.locate_file(top))) / "__init__.py").is_file() or top.endswith(".py") for top in tops):
        raise CommandError(f"--package: of {own.name} no module is found; is it installed as editable?")
    return {top for top in tops if not top.endswith(".pth")}
