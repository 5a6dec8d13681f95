"""What the notebooks are made with: two columns, equality, sources."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell

from parity.study.beside import Beside, Columns, Side, run
from parity.study.checking import check
from parity.study.equality import equal, same
from parity.study.listing import source, twins
from scratch import Valor
from scratch.layers import Linear


@pytest.fixture
def magic() -> Beside:
    return Beside(InteractiveShell())


def test_equal_says_how_far_apart(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_LANG", "en")
    equal(Valor(0.1 + 0.2), torch.tensor(0.3, dtype=torch.float64), "sum")
    equal([1.0, 2.0], [1, 2], "list")
    monkeypatch.setenv("PARITY_LANG", "pt")
    equal(1.0, 1.0, "um")
    assert capsys.readouterr().out == (
        "sum: equal, largest difference 5.6e-17\nlist: equal, bit for bit\num: iguais, bit a bit\n"
    )


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (1.0, 1.0 + 1e-6),
        ([1.0], [1.0, 2.0]),
        (np.float32([1]), np.float64([1])),
        ({"a": 1.0}, {"b": 1.0}),
        ({"a": 1.0, "b": 1.0}, {"a": 1.0, "b": 2.0}),
        ("left", "right"),
        (True, False),
        (float("nan"), 1.0),
    ],
)
def test_unequal_is_an_error(ours: object, theirs: object) -> None:
    with pytest.raises(AssertionError):
        equal(ours, theirs)


def test_exact_allows_nothing() -> None:
    equal(0.1 + 0.2, 0.3)
    with pytest.raises(AssertionError):
        equal(0.1 + 0.2, 0.3, exact=True)


def test_mapping_names_its_worst() -> None:
    assert "1.0e-10" in same({"a": 1.0, "b": 1.0 + 1e-10}, {"a": 1.0, "b": 1.0}).words


def test_sides_keep_their_names_apart() -> None:
    left, right = Side(), Side()
    common = {"start": 10.0}
    assert run(left, "x = start + 1\nx", "left", common) == "11.0\n"
    run(right, "x = start + 2", "right", common)
    assert (left.x, right.x) == (11.0, 12.0)
    run(left, "start = 5", "left", common)
    run(left, "y = start", "left", common)
    run(right, "y = start", "right", common)
    assert (left.y, right.y) == (5, 10.0)
    for side in (left, right):
        run(side, "y = start", "column", {"start": 20.0})  # an ordinary cell has changed it
    assert (left.y, right.y) == (20.0, 20.0)
    with pytest.raises(AttributeError, match="'z'"):
        _ = left.z


def test_function_of_a_column_sees_later_names() -> None:
    side = Side()
    run(side, "def f():\n    return later", "column", {})
    run(side, "later = 3\ny = f()", "column", {})
    assert side.y == 3


def test_columns_that_differ(magic: Beside) -> None:
    magic.beside("y", "# Python\ny = 1.0\n# PyTorch\ny = 1.0")
    with pytest.raises(AssertionError, match="y: "):
        magic.beside("x, y", "# Python\nx = 1.0\ny = 1.0\n# PyTorch\nx = 1.0\ny = 1.1")


@pytest.mark.parametrize("cell", ["x = 1\n# PyTorch\nx = 1", "# Valor\nx = 1", "# A\n# PyTorch\n1\n# PyTorch\n2"])
def test_cell_without_two_columns(magic: Beside, cell: str) -> None:
    with pytest.raises(ValueError, match="one line '# PyTorch'"):
        magic.beside("", cell)


def test_columns_escape_what_they_show() -> None:
    shown = Columns(["<a>", "b"], ["x < 1", "y"], ["<script>", ""])
    shown.rows.append(("a < b", ["<i>", "2"], same(1.0, 1.0)))
    page = shown._repr_html_()
    assert "<script>" not in page
    assert "<i>" not in page
    assert "<a>" not in page


def test_source_without_its_docstring() -> None:
    text = source(Linear).text
    assert text.startswith("class Linear(")
    assert '"""' not in text
    assert '"""' in source(Linear, docstring=True).text


def test_twins_stand_beside_each_other() -> None:
    shown = twins("Linear")
    assert shown.headings[0].startswith("scratch/layers/linear.py:")
    assert "class Linear(nn.Linear)" in shown.codes[1]
    with pytest.raises(ValueError, match="Linaer"):
        twins("Linaer")


def test_check_runs_the_command(
    tmp_path: object, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))
    monkeypatch.setenv("PARITY_LANG", "pt")
    check("missing.py --only ReLU")
    printed = capsys.readouterr().out
    assert printed.startswith("$ parity check missing.py --only ReLU\n")
    assert "missing.py" in printed.split("\n", 1)[1]
