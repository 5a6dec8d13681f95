"""Sphinx's settings. `parity docs` gathers the pages and builds them; nothing comes from the network."""

import unicodedata
from pathlib import Path

from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish
from sphinx.writers.html5 import HTML5Translator

from parity.source import STYLE
from parity.version import project_version

project = "valor-parity"
release = project_version()
copyright = "the authors of valor-parity"
extensions = ["myst_nb"]
html_theme = "furo"
html_title = "valor-parity"
html_static_path = [str(Path(__file__).parent / "_static")]
html_css_files = ["site.css"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_use_index = False
html_domain_indices = False
html_search_scorer = str(Path(__file__).parent / "scorer.js")
html_math_renderer = "mathml"
highlight_language = "none"  # what a terminal shows is no Python
pygments_style = STYLE
pygments_dark_style = "github-dark"
smartquotes = False  # `--watch` keeps its dashes
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # the notebooks are shown as they stand in the repository
nb_merge_streams = True


def inline_mathml(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(latex2mathml.tex2mathml(node.astext(), as_block=False))
    raise nodes.SkipNode


def block_mathml(self: HTML5Translator, node: nodes.math_block) -> None:
    self.body.append(f'<div class="math">{latex2mathml.tex2mathml(node.astext(), as_block=True)}</div>')
    raise nodes.SkipNode


class Search(SearchEnglish):
    """Words are found without their accents too, as many people type them."""

    def split(self, input: str) -> list[str]:
        words = super().split(input)
        plain = [unicodedata.normalize("NFD", word) for word in words]
        without = ["".join(sign for sign in word if not unicodedata.combining(sign)) for word in plain]
        return words + [bare for bare, word in zip(without, words, strict=True) if bare != word]


def set_language(app: Sphinx, page: str, template: str, context: dict[str, object], tree: object) -> None:
    """A screen reader says Portuguese pages in Portuguese."""
    if page.startswith("notebooks/pt/"):
        context["language"] = "pt-BR"


def setup(app: Sphinx) -> None:
    app.add_search_language(Search)  # in place of Sphinx's English
    app.add_html_math_renderer("mathml", (inline_mathml, None), (block_mathml, None))
    app.connect("html-page-context", set_language)
