"""`parity docs`: gather the pages, and let Sphinx build them, with warnings as errors."""

from __future__ import annotations

import time
import webbrowser
from pathlib import Path

from rich.console import Console
from sphinx.cmd.build import build_main

from parity.docs.site import gather
from parity.environment import HOME
from parity.outputs import CommandError

__all__ = ["build_site", "docs_command"]

SETTINGS = HOME / "docs" / "site"


def docs_command(folder: Path, open: bool, console: Console) -> int:
    """Build the site into `folder`/html."""
    started = time.monotonic()
    page = build_site(folder)
    console.print(f"{page} ({time.monotonic() - started:.0f} s)", soft_wrap=True)
    if open:
        webbrowser.open(page.resolve().as_uri())
    return 0


def build_site(folder: Path) -> Path:
    """The site's first page.

    Raises:
        CommandError: something in a page is wrong; Sphinx has said what.
    """
    gather().write(folder / "source")
    settings = [
        "-b",
        "html",
        "-W",
        "--keep-going",
        "-q",
        "-j",
        "2",
        "-c",
        str(SETTINGS),
        "-d",
        str(folder / "doctrees"),
    ]
    if build_main([*settings, str(folder / "source"), str(folder / "html")]):
        raise CommandError("the site was not built; Sphinx's messages above say why")
    return folder / "html" / "index.html"
