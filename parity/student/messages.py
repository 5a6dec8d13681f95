"""The words that a student reads, in English and Portuguese, from the catalogues in `messages/`.

A key is "section.name"; the two catalogues have the same keys, and the same places to fill in, which a test compares.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["LANGUAGES", "find_language", "sample_name", "sample_words", "text", "words_of"]

LANGUAGES = ("en", "pt")
CATALOGUES = Path(__file__).parent / "messages"
APART = ("mistakes", "playground", "plots", "signatures")  # tables with a file of their own


@cache
def _catalogue(lang: str) -> Mapping[str, Any]:
    return tomllib.loads((CATALOGUES / f"{lang}.toml").read_text(encoding="utf-8"))


def text(lang: str, key: str, /, **values: Any) -> str:
    """The words for a key ("show.expected"), with the values in their places."""
    return str(words_of(lang, key)).format_map(values)


def words_of(lang: str, key: str) -> Any:
    """What stands under a key: words with places to fill in, or a table of them."""
    table = key.split(".")[0]
    found: Any = _catalogue(f"{table}.{lang}" if table in APART else lang)
    for part in key.split("."):
        found = found[part]
    return found


def sample_words(lang: str, exposes: str) -> str:
    """What a sample was made to show, which parity/cases says in English; "" where nobody has translated it yet."""
    return exposes if lang == "en" else str(_catalogue(f"samples.{lang}").get(exposes, ""))


def sample_name(lang: str, name: str) -> str:
    """What a sample is called; its own name where nobody has translated it yet."""
    return name if lang == "en" else str(_catalogue(f"names.{lang}").get(name, name))


def find_language(environment: Mapping[str, str] = os.environ) -> str:
    """The language that PARITY_LANG or the locale names, if there is a catalogue for it; else English."""
    for variable in ("PARITY_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(variable):
            language = environment[variable][:2].lower()
            return language if language in LANGUAGES else "en"
    return "en"
