"""What is written down about a submission, and small things that every task needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .frames import DTYPES

__all__ = ["Seen", "copied", "is_array", "number_of", "seeded"]

LARGEST = 1 << 22  # elements of an array that is sent back


@dataclass
class Seen:
    """Arrays by name, and the containers of what was no array; `stage` is what was under way."""

    values: dict[str, Any] = field(default_factory=dict)
    containers: dict[str, str] = field(default_factory=dict)
    stage: str = "constructs"

    def record(self, name: str, value: Any) -> None:
        if isinstance(value, tuple):
            for index, item in enumerate(value):
                self.record(f"{name}.{index}", item)
            return
        kind = type(value)
        if kind not in (np.ndarray, float, int, bool, type(None)) and not isinstance(value, np.generic):
            self.containers[name] = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
        try:
            array = None if value is None else _plain(value)
        except Exception:  # a container of whatever has no numbers to show
            array = None
        if array is not None and array.dtype.name not in DTYPES:
            self.containers.setdefault(name, f"array of {array.dtype}")
            array = None
        self.values[name] = array


def _plain(value: Any) -> np.ndarray[Any, Any]:
    """A copy of what is an array, or can be made one."""
    data = getattr(value, "data", value) if not isinstance(value, np.ndarray | np.generic) else value
    array = np.array(data, copy=True, subok=False)
    if array.size > LARGEST:
        raise ValueError(f"{array.size} elements")
    return array


def number_of(value: Any) -> Any:
    return None if value is None else float(value)


def seeded(seed: int) -> None:
    import random

    random.seed(seed)
    np.random.seed(seed)


def is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(copied(item) for item in value)
    return np.array(value) if isinstance(value, np.ndarray) else value
