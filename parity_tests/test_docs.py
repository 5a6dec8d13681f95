"""The documentation site: a page for each component, links that lead somewhere, and a search that finds."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pytest

from parity.docs.components import component_pages, page_of
from parity.docs.docstrings import definitions, formulas, prose, sections
from parity.docs.failure import failure_page
from parity.docs.site import LINK, Site, gather
from parity.environment import HOME
from parity.registry import cases, components
from parity.study.pages import glossary

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
# What is typed, and the page that must be among the first so many.
SEARCHES = [
    ("Linear", "components/Linear", 1),
    ("crossentropyloss", "components/CrossEntropyLoss", 1),
    ("softmax", "components/Softmax", 1),
    ("σ", "components/LSTM", 20),
    ("tanh", "components/Tanh", 3),
    ("viés", "components/Linear", 10),
    ("vies", "components/Linear", 10),
    ("convolução", "components/Conv2d", 10),
]


@pytest.fixture(scope="module")
def site() -> Site:
    return gather(failure=lambda: "(outputs)")


def test_each_component_has_its_page(site: Site) -> None:
    pages = {Path(name).stem for name in site.pages if name.startswith("components/")} - {"index"}
    assert pages == set(components())
    listed = re.findall(r"^- \[.*?\]\(<(.*)\.md>\):", site.pages["components/index.md"], re.MULTILINE)
    assert sorted(listed) == sorted(components())


def test_a_page_says_what_the_library_says(site: Site) -> None:
    for name, case in cases().items():
        page = site.pages[f"components/{name}.md"]
        assert page.count("\n| ") == len(case.samples) + 1 + bool(case.errors) * (len(case.errors) + 1), name
        assert f"# {name}\n" in page
        assert page.count('<div class="highlight"') == 2, name
    page = site.pages["components/Linear.md"]
    assert "∑<sub>i</sub> input[<i>n</i>, <i>i</i>]" in page
    assert "torch_ref/layers/linear.py:" in page
    assert "*bias* (viés)" in page
    assert "Linear(in_features, out_features, bias=True, dtype=None)" in page
    assert not [name for name, text in component_pages().items() if re.search(r" at 0x|<factory>|<class '", text)]


def test_each_term_of_the_glossary_stands_on_its_components_pages(site: Site) -> None:
    for term in glossary():
        for page in filter(None, map(page_of, term.code)):
            assert f"*{term.name['en']}* ({term.name['pt']})" in site.pages[page]


def test_links_of_the_pages_resolve(site: Site) -> None:
    known, wrong = site.pages.keys() | site.copies, []
    for page, text in site.pages.items():
        if page.endswith(".md"):
            for found in LINK.finditer(text.replace("(<", "(").replace(">)", ")")):
                target = found["target"]
                if target and not re.match(r"[a-z]+:|#", target):
                    place = os.path.normpath(Path(page).parent / target.partition("#")[0])
                    wrong += [] if place in known else [f"{page}: {target}"]
    assert not wrong
    assert all((HOME / name).is_file() for name in site.copies)
    assert "docs/report.png" in site.copies


def test_a_link_to_what_is_not_there_is_only_text() -> None:
    site = Site()
    site.add(
        "notebooks/en/page.md", "[one](99-none.ipynb) `[x](y)` [two](../../README.md#speed) [out](../../../etc/passwd)"
    )
    assert site.pages["notebooks/en/page.md"] == "one `[x](y)` [two](<../../index.md#speed>) out"


def test_prose_is_taken_for_what_it_says() -> None:
    assert prose("(*), max_norm_ and `a_b`") == r"\(\*\)\, max\_norm\_ and `a_b`"
    assert prose("see https://a.org/b_c.html.") == r"see <https://a.org/b_c.html>\."
    assert definitions("ValueError: one,\n    or two.\nnothing") == [("ValueError", r"one\, or two\."), ("", "nothing")]
    assert sections("A.\n\nB.\n\nMath:\n    x = 1\n\nSource:\n    page") == {
        "": "A.\n\nB.",
        "Math": "x = 1",
        "Source": "page",
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("forward:  y_i = x_i²", "<b>forward</b>\n<div><span><i>y</i><sub>i</sub> = <i>x</i><sub>i</sub>²</span>"),
        ("h_{t−1} < W_hh", "<i>h</i><sub>t−1</sub> &lt; <i>W</i><sub>hh</sub>"),
        ("lr_0 · gamma^e", "lr<sub>0</sub> · gamma<sup>e</sup>"),
        ("1/√in_features", "1/√in_features"),
        ("grad_input_i = max_norm", "grad_input<sub>i</sub> = max_norm"),
        ("Σ_j e^(z_j)", "∑<sub>j</sub> <i>e</i><sup>z<sub>j</sub></sup>"),
        ("σ(x)", "<i>σ</i>(<i>x</i>)"),
        ("where n counts\nthe rows.", "<p>where n counts the rows.</p>"),
        ("it follows that:\nv = g", "<p>it follows that:</p>\n<div"),
    ],
)
def test_formulas_are_set(text: str, shown: str) -> None:
    assert shown in formulas(text)


@pytest.mark.slow
def test_the_page_on_failures_shows_real_ones() -> None:
    page = failure_page()
    assert "FAILED parity_tests/test_parity.py::test_sample[Linear-batch-float64]" in page
    assert "grad.bias: at [0] expected" in page
    assert "Fix first:" in page


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site, by its command. Warnings are errors."""
    pytest.importorskip("sphinx", reason="Sphinx is not installed")
    folder = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "parity", "docs", "--out", str(folder)]
    done = subprocess.run(command, cwd=HOME, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return folder / "html"


class Links(HTMLParser):
    """What a page links to and loads, and the places that can be linked to."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.add(value or "")
            elif value and name == "href" and tag == "a":
                self.links.append(value)
            elif value and (name == "src" or (name == "href" and tag == "link")):
                self.loaded.append(value)


@pytest.mark.slow
def test_the_built_site_is_whole_and_needs_no_network(built: Path) -> None:
    pages = {file: Links() for file in built.rglob("*.html")}
    for file, page in pages.items():
        page.feed(file.read_text(encoding="utf-8"))
    wrong = []
    for file, page in pages.items():
        for link in (*page.links, *page.loaded):
            parts = urlsplit(link)
            target = file if not parts.path else Path(os.path.normpath(file.parent / unquote(parts.path)))
            if parts.scheme in ("data", "mailto") or (parts.scheme and link in page.links):
                continue
            missing = not target.is_file() or parts.scheme
            if missing or (target in pages and parts.fragment and unquote(parts.fragment) not in pages[target].ids):
                wrong.append(f"{file.relative_to(built)}: {link}")
    assert not wrong
    assert {file.stem for file in (built / "components").iterdir()} == {*components(), "index"}
    notebooks = {file.relative_to(HOME).with_suffix(".html") for file in HOME.glob("notebooks/??/*.ipynb")}
    assert notebooks <= {file.relative_to(built) for file in pages}


@pytest.mark.slow
def test_formulas_of_notebooks_are_mathml(built: Path) -> None:
    page = (built / "notebooks" / "en" / "04-chain-rule.html").read_text(encoding="utf-8")
    assert "<mfrac>" in page
    assert "<script>window.MathJax" not in page
    assert not re.search(
        r"\$\$|\\frac|\\sum", re.sub(r"<pre>.*?</pre>|<annotation.*?</annotation>", "", page, flags=re.DOTALL)
    )
    assert '<html class="no-js" lang="pt-BR"' in (built / "notebooks" / "pt" / "glossary.html").read_text(
        encoding="utf-8"
    )


@pytest.mark.slow
@pytest.mark.parametrize(("query", "page", "first"), SEARCHES)
def test_the_index_knows_the_word(built: Path, query: str, page: str, first: int) -> None:
    from sphinx.search.en import SearchEnglish

    text = (built / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
    word = SearchEnglish({}).stem(query.lower())
    found: list[int] = []
    for table in ("terms", "titleterms"):
        numbers = index[table].get(word, [])
        found += [numbers] if isinstance(numbers, int) else numbers
    assert page in {index["docnames"][number] for number in found}


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
@pytest.mark.parametrize(("query", "page", "first"), SEARCHES)
def test_the_search_finds(built: Path, tmp_path: Path, query: str, page: str, first: int) -> None:
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    address = f"{(built / 'search.html').as_uri()}?q={quote(query)}"
    command = [
        str(CHROMIUM),
        *flags,
        f"--user-data-dir={tmp_path}",
        "--virtual-time-budget=5000",
        "--dump-dom",
        address,
    ]
    shown = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=True).stdout
    results = re.findall(r'<li class="kind-[^"]*"><a href="([^"#?]*)\.html', shown)
    assert html.unescape(page) in list(dict.fromkeys(results))[:first], results
