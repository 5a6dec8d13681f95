"""What several optimizers demand of their options."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["check_betas", "check_not_negative"]


def check_not_negative(name: str, **options: float) -> None:
    """Raise ValueError for an option of the optimizer `name` that is below 0, or nan."""
    for option, value in options.items():
        if not value >= 0:
            raise ValueError(f"{name}: expected {option} >= 0, got {value}")


def check_betas(name: str, betas: Iterable[float]) -> None:
    """Raise ValueError unless every share that is kept lies in [0, 1): a share of 1 would take nothing in."""
    if not all(0 <= share < 1 for share in betas):
        raise ValueError(f"{name}: expected betas in [0, 1), got {betas}")
