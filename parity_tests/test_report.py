"""report.html: whole in itself, complete, honest about failures, and the same bytes for the same findings."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from parity.cases import Case, Difference, ModuleSample, Tolerance
from parity.checks import Result
from parity.curves import CurveResult, Drift, Training
from parity.report import render, verdict
from parity.run import all_components
from parity.source import highlight, side_by_side
from parity.summary import Broken, ComponentResult, Outcome, share, size
from parity.terminal import explain, make_console, recipes_table
from scratch.training import History

STEPS = 40
PASSED = Result("Linear", "batch", "forward", "float64", "PASS", "", 1e-16, 1e-15, 1e-6, Tolerance(1e-9, 1e-12))
FAILED = replace(
    PASSED, check="grad.weight", verdict="FAIL", message="at [0, 2] expected <b>0.304</b>, got 1.52", used=5.0
)
LINEAR = Case(
    "Linear",
    (ModuleSample("batch", "a transposed weight & more"),),
    differences=(Difference("foreach is left out", "it concerns a GPU"),),
)


def curve(ours: float = 1.0, verdict: str = "PASS") -> CurveResult:
    """A run in which everything that is drawn ends in this number."""
    loss = np.linspace(2.0, 0.5, STEPS)
    loss[-1] = ours
    run = Training(History(loss=loss.tolist(), lr=[0.1] * STEPS), np.zeros(4, np.int64), 0.75, 1.0)
    apart = {0: {"weight": 0.0}, STEPS: {"weight": ours}}
    drift = Drift(np.full(STEPS, 1e-16), np.zeros(STEPS), {STEPS: ours}, apart)
    return CurveResult("xor-sgd", "XOR", "float64", STEPS, run, run, run, drift, drift, 1e-9, verdict, "the reason")


def outcome(*results: Result, curves: tuple[CurveResult | Broken, ...] = ()) -> Outcome:
    return Outcome(
        {"version": "1"},
        7,
        curves,
        (ComponentResult("Linear", "layers.linear", LINEAR, results),),
        ("synthetic digits",),
    )


class Page(HTMLParser):
    """The attributes, tags and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, *names: str) -> list[str]:
        return [value for name, value in self.attributes if name in names]


BROKEN = Broken("mnist-convolutional", "synthetic digits", "float64", "raised ValueError: 3 & 4")
FULL = outcome(PASSED, FAILED, curves=(curve(), replace(curve(), dtype="float32"), BROKEN))


@pytest.fixture(scope="module")
def full() -> str:
    """A page with something of everything."""
    return render(FULL)


def test_page_asks_nobody_for_anything(full: str) -> None:
    page = Page(full)
    links = page.values("href", "xlink:href", "src", "srcset", "data", "action", "poster")
    assert links
    assert all(link.startswith("#") for link in links)
    assert not page.tags & {"script", "link", "iframe", "img", "object", "embed", "base"}
    assert "@import" not in full
    assert "<metadata" not in full  # matplotlib writes the date there
    assert all(target.startswith("#") for target in re.findall(r"url\((.*?)\)", full))


def test_links_lead_somewhere_and_ids_are_unique(full: str) -> None:
    page = Page(full)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in page.values("href", "xlink:href")} <= set(ids)


def test_every_component_is_there_with_both_sources() -> None:
    known = all_components()
    parts = tuple(ComponentResult(name, module, LINEAR, (PASSED,)) for name, module in known.items())
    text = render(Outcome({}, 0, (), parts))
    page = Page(text)
    assert set(known) <= set(page.values("id"))
    for name in known:
        for listing in side_by_side(name):
            assert listing is None or f"{listing.path}, line {listing.line}" in page.text
    assert len(text) < 6_000_000


def test_failure_is_explained_and_escaped(full: str) -> None:
    assert "Not in agreement with PyTorch: 1 of 3 training runs and 1 of 1 component." in full
    assert "at [0, 2] expected &lt;b&gt;0.304&lt;/b&gt;, got 1.52" in full
    assert "a transposed weight &amp; more" in full
    assert "raised ValueError: 3 &amp; 4" in full


def test_page_without_a_failure_names_none() -> None:
    text = render(outcome(PASSED))
    assert "In agreement with PyTorch: 1 component." in text
    assert "What failed" not in text


def test_component_without_a_sample_is_a_failure() -> None:
    found = Outcome({}, 0, (), (ComponentResult("Linear", "layers.linear", None, ()),))
    assert found.failed
    assert verdict(found) == "Not in agreement with PyTorch: 1 of 1 component."
    assert "nothing is known about them: Linear" in Page(render(found)).text


def test_differences_and_notes_are_listed(full: str) -> None:
    text = Page(full).text
    assert "foreach is left out" in text
    assert "it concerns a GPU" in text
    assert "synthetic digits" in text


def test_equal_findings_give_equal_bytes(full: str) -> None:
    assert render(FULL) == full


@pytest.mark.parametrize("value", [0.0, float("inf"), float("nan"), 1e300])
def test_numbers_that_cannot_be_drawn(value: float) -> None:
    """A run that exploded is the one whose report is wanted most."""
    text = render(outcome(replace(FAILED, used=abs(value)), curves=(curve(value, "FAIL"),)))
    assert text.count("<svg") == 3


def test_highlighting_keeps_the_text() -> None:
    listing, twin = side_by_side("Linear")
    assert listing is not None
    assert twin is not None
    for text in (listing.text, twin.text):
        assert html.unescape(re.sub(r"<[^>]*>", "", highlight(text))) == text


def test_twin_is_found_without_importing_it() -> None:
    _, twin = side_by_side("Linear")
    assert twin is not None
    assert (twin.path, twin.base, twin.kind) == ("torch_ref/layers/linear.py", "nn.Linear", "class")
    _, imported = side_by_side("init.zeros_")
    assert imported is not None
    assert imported.text == "from torch.nn.init import zeros_\n"


def test_terminal_fits_into_80_columns_and_leaves_messages_as_they_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    console = make_console()
    long = replace(curve(), recipe="mnist-784-16-16-10-adam", data="synthetic digits")
    console.print(recipes_table([long, BROKEN]))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert sum("mnist-784-16-16-10-adam  40 " in line for line in lines) == 1
    assert sum("synthetic digits  " in line for line in lines) == 2
    explain(
        console, (), [ComponentResult("Linear", "layers.linear", LINEAR, (replace(FAILED, message="[red] [0, 2]"),))]
    )
    assert "[red] [0, 2]" in " ".join(capsys.readouterr().out.split())


def test_margin_ignores_finite_differences() -> None:
    quotient = replace(PASSED, check="finite.input", used=0.9, max_abs_error=1e-6)
    part = ComponentResult("Linear", "layers.linear", LINEAR, (PASSED, quotient))
    assert part.margin("float64") == pytest.approx(1e6)
    assert part.largest_error("float64") == 1e-16
    assert part.margin("float32") is None
    assert not part.failed


@pytest.mark.parametrize(
    ("margin", "text"),
    [
        (None, "—"),
        (float("inf"), "exact"),
        (3.14, "×3.1"),
        (0.2, "×0.2"),
        (32_000.0, "×3e4"),
        (2e12, "×2e12"),
        (99.7, "×1e2"),
    ],
)
def test_share(margin: float | None, text: str) -> None:
    assert share(margin) == text


def test_size() -> None:
    assert [size(value) for value in (0.0, 4.2e-16, 0.31, 2.0, float("inf"))] == ["0", "4e-16", "3e-1", "2e0", "inf"]
