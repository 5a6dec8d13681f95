"""The short commands: `parity list`, `parity show` and `parity data`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from rich import box
from rich.console import Console, RenderableType
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from parity import source
from parity.cases import Case, ErrorSample
from parity.outputs import CommandError, check_writable, dump, write_whole
from parity.registry import cases, nearest
from parity.run import all_components, check_components, resolve
from parity.summary import ComponentResult, Outcome
from parity.terminal import COLOURS, explain
from parity.version import suite_versions

__all__ = ["data_command", "list_command", "show_command"]

BESIDE = 120  # columns from which two sources stand beside each other
