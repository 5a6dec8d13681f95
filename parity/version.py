"""Which version this is, and what its numbers depend on."""

from __future__ import annotations

import platform
from pathlib import Path

__all__ = ["project_version", "suite_versions"]


def project_version() -> str:
    """The version that pyproject.toml gives, or that of the installed package."""
    import tomllib
    from importlib import metadata

    file = Path(__file__).resolve().parent.parent / "pyproject.toml"
    if file.is_file():
        return str(tomllib.loads(file.read_text(encoding="utf-8"))["project"]["version"])
    return metadata.version("valor-parity")


def suite_versions() -> dict[str, str]:
    """What the numbers depend on."""
    import numpy as np
    import torch

    return {
        "version": project_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu": str(torch.backends.cpu.get_cpu_capability()),
        "threads": str(torch.get_num_threads()),
    }
