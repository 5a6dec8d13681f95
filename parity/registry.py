"""What there is: components are discovered in `scratch`, cases in `parity/cases`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from types import ModuleType

from parity.cases import Case

__all__ = ["QUALIFIED", "cases", "components", "family_modules", "find_case", "nearest"]

# Modules whose names are always said with the module's: `init.zeros_`, `exercises.Layer`. So is a name that the
# package's face does not show, such as `valor.sum`.
QUALIFIED = ("exercises", "init", "random")


def family_modules(package: str) -> dict[str, ModuleType]:
    """The public modules below a package, by their dotted names relative to it."""
    root = importlib.import_module(package)
    found = {}
    for info in pkgutil.walk_packages(root.__path__, f"{package}."):
        name = info.name.removeprefix(f"{package}.")
        if not info.ispkg and not any(part.startswith("_") for part in name.split(".")):
            found[name] = importlib.import_module(info.name)
    return dict(sorted(found.items()))


def components(package: str = "scratch") -> dict[str, str]:
    """Every public class and function: its name ("Linear", "init.zeros_") and its module ("layers.linear")."""
    face = importlib.import_module(package)
    found = {}
    for module_name, module in family_modules(package).items():
        for name in module.__all__:
            component = getattr(module, name)
            if callable(component):
                qualified = module_name in QUALIFIED or getattr(face, name, None) is not component
                found[f"{module_name}.{name}" if qualified else name] = module_name
    return found


@cache
def cases() -> dict[str, Case]:
    """Every case, by its component, in the order of the files."""
    found: dict[str, Case] = {}
    for module in family_modules("parity.cases").values():
        for case in module.CASES:
            if case.component in found:
                raise ValueError(f"two cases for {case.component}")
            found[case.component] = case
    return found


def find_case(name: str) -> Case:
    """The case of a component.

    Raises:
        KeyError: there is none; the message suggests the nearest name.
    """
    if name not in cases():
        raise KeyError(f"no component {name!r}{nearest(name, cases())}")
    return cases()[name]


def nearest(name: str, known: Iterable[str]) -> str:
    """ "; did you mean 'Linear'?", or nothing. What contains the name is near, and so is what is spelt alike."""
    names = {candidate.lower(): candidate for candidate in known}
    close = [n for n in names if name.lower() in n][:1] or get_close_matches(name.lower(), list(names), n=1, cutoff=0.5)
    return f"; did you mean {names[close[0]]!r}?" if close else ""
