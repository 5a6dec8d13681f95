"""What is written down about a run, and the values that a sample stands for."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from parity.sides import Side, cast, flatten

__all__ = ["SEED", "Observation", "Raised", "draw", "drawn_from"]

SEED = 20
_seed_of_draws = 0


@dataclass(frozen=True)
class Raised:
    """An exception, and the check during which it came."""

    check: str
    error: BaseException

    def __str__(self) -> str:
        first_line = (str(self.error).splitlines() or [""])[0]
        return f"{type(self.error).__name__}: {first_line}"


@dataclass
class Observation:
    """Values by name ("forward", "grad.weight"); an exception ends it."""

    values: dict[str, Any] = field(default_factory=dict)
    raised: Raised | None = None
    stage: str = "constructs"

    def record(self, name: str, value: Any, side: Side) -> None:
        for below, item in flatten(side, value):
            self.values[f"{name}.{below}" if below else name] = item


@contextmanager
def drawn_from(seed: int) -> Iterator[None]:
    """Draw other inputs: for whoever may have seen the usual ones, those of seed 0."""
    global _seed_of_draws
    before, _seed_of_draws = _seed_of_draws, seed
    try:
        yield
    finally:
        _seed_of_draws = before


def draw(value: Any, key: str, dtype: str) -> Any:
    """An input's value: an array as it is, or drawn from a stream of its own that depends on the key alone.

    A tuple stands for several.
    """
    if isinstance(value, tuple):
        return tuple(draw(item, f"{key}.{index}", dtype) for index, item in enumerate(value))
    if callable(value):
        stream = zlib.crc32(key.encode())
        value = np.asarray(value(np.random.default_rng([stream, _seed_of_draws] if _seed_of_draws else stream)))
    return cast(value, dtype) if isinstance(value, np.ndarray) else value
