"""The mistakes people make, as wrong variants that can be run.

Each variant stands in for one component of `scratch` and carries one mistake, the kind that recurs in student code
and in well-known public code. A test demands that the table catches every one; a mistake that no sample catches is a
hole in the table.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import Any

from parity.registry import nearest

__all__ = ["Mistake", "find_mistake", "mistakes"]


@dataclass(frozen=True)
class Mistake:
    """A wrong variant: `wrong` stands in for `component`, and `explanation` says in one sentence what is wrong with it.

    `check` is the family of checks in which it shows first. Several variants may share an `id`, where the same mistake
    is made in different components. A misunderstanding that both halves share has a wrong `twin`, too.
    """

    id: str
    component: str
    check: str
    wrong: Any
    explanation: str
    twin: Any = None


@cache
def mistakes() -> tuple[Mistake, ...]:
    """Every mistake, in the order of the files."""
    found: list[Mistake] = []
    for info in pkgutil.iter_modules(__path__, f"{__name__}."):
        found += importlib.import_module(info.name).MISTAKES
    return tuple(found)


def find_mistake(name: str) -> Mistake:
    """The mistake with this id; "id@component" where several components share it.

    Raises:
        KeyError: there is none; the message suggests the nearest id.
    """
    for mistake in mistakes():
        if name in (mistake.id, f"{mistake.id}@{mistake.component}"):
            return mistake
    raise KeyError(f"no mistake {name!r}{nearest(name, [mistake.id for mistake in mistakes()])}")
