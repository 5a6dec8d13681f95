"""What a student reads is in English and in Portuguese, and says the same."""

from __future__ import annotations

import io
import re
import string
import tomllib
from pathlib import Path
from typing import Any

import pytest
from checking import prepare
from rich.console import Console

from parity.student.curriculum import is_beyond, ordered_components, samples
from parity.student.diagnosis.explain import explained
from parity.student.findings import Finding, Judgement
from parity.student.judge import judge_submission
from parity.student.messages import CATALOGUES, find_language, sample_name, sample_words, words_of
from parity.student.showing.show import beyond_lines, show
from parity.student.showing.view import cleaned, rows, said, title
from parity.student.verdicts import UNSTEADY


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    prepare(monkeypatch, tmp_path)


def test_the_languages_have_the_same_words_to_fill_in() -> None:
    def places(lang: str) -> dict[str, set[str | None]]:
        def walk(table: dict[str, Any], at: str) -> dict[str, set[str | None]]:
            found: dict[str, set[str | None]] = {}
            for key, value in table.items():
                if isinstance(value, dict):
                    found |= walk(value, f"{at}.{key}")
                else:
                    found[f"{at}.{key}"] = {
                        name for _, name, _, _ in string.Formatter().parse(value) if name is not None
                    }
            return found

        return walk(tomllib.loads((CATALOGUES / f"{lang}.toml").read_text(encoding="utf-8"))["show"], "show")

    assert places("en") == places("pt")


def test_what_is_translated_is_what_the_samples_say() -> None:
    said = {sample.exposes for name in ordered_components() for sample in samples(name)}
    translated = tomllib.loads((CATALOGUES / "samples.pt.toml").read_text(encoding="utf-8"))
    assert not set(translated) - said
    assert all(translated.values())
    assert sample_words("pt", "no sample says this") == ""


LINEAR = """
import numpy as np
class Linear:
    def __init__(self, in_features, out_features, bias=True):
        self.weight = np.zeros((out_features, in_features))
        self.bias = np.zeros(out_features)
    def forward(self, input):
        {line}
    def backward(self, grad_output):
        return grad_output @ self.weight
"""
# A line of the student's, and what has to be shown of it, in English and in Portuguese.
GARBAGE = {
    "a typo in a name": (
        "return imput @ self.weight.T + self.bias",
        "NameError: name 'imput' is not defined",
        "file.py, {line} 8, {inside} forward\n        return imput @ self.weight.T + self.bias\n",
    ),
    "a typo in an attribute": (
        "return input @ self.wieght.T + self.bias",
        "AttributeError: 'Linear' object has no attribute 'wieght'",
        "file.py, {line} 8, {inside} forward\n        return input @ self.wieght.T + self.bias\n",
    ),
    "too many arguments": (
        "return np.matmul(input, self.weight.T, self.bias, 1, 2)",
        "TypeError: matmul()",
        "file.py, {line} 8, {inside} forward\n        return np.matmul(",
    ),
    "other arguments than it is given": (
        "pass\n    def forward(self, input, weight, bias):\n        return input @ weight.T + bias",
        "TypeError: Linear.forward() missing 2 required positional arguments: 'weight'",
        "file.py, {line} 9\n        def forward(self, input, weight, bias):\n",
    ),
    "nothing handed back": (
        "input @ self.weight.T + self.bias",
        {"en": "expected an array, got nothing", "pt": "esperado um array, obtido nada"},
        {"en": "Does forward end with `return`?", "pt": "O forward termina com `return`?"},
    ),
    "a list": (
        "return (input @ self.weight.T + self.bias).tolist()",
        {"en": "expected a NumPy array, got list", "pt": "esperado um array do NumPy, obtido list"},
        {"en": "np.array(...) makes an array of a list.", "pt": "np.array(...) faz de uma lista um array."},
    ),
    "a tuple": (
        "return input @ self.weight.T + self.bias, input",
        {"en": "expected a NumPy array, got tuple", "pt": "esperado um array do NumPy, obtido tuple"},
        {"en": "`return a, b` makes a tuple of two.", "pt": "`return a, b` faz uma tupla de dois."},
    ),
    "a text": (
        "return '34'",
        {"en": "expected a NumPy array, got str", "pt": "esperado um array do NumPy, obtido str"},
        {"en": "expected      shape (1, 1)", "pt": "esperado      formato (1, 1)"},
    ),
    "shapes swapped": (
        "return input @ self.weight + self.bias",
        "ValueError: matmul: ",
        "file.py, {line} 8, {inside} forward\n        return input @ self.weight + self.bias\n",
    ),
    "another shape": (
        "return (input @ self.weight.T + self.bias).ravel()",
        {"en": "expected shape (1, 1), got (1,)", "pt": "esperado o formato (1, 1), obtido (1,)"},
        {"en": "got           shape (1,)", "pt": "obtido        formato (1,)"},
    ),
    "no end": (
        "return self.forward(input)",
        "RecursionError: maximum recursion depth exceeded",
        "file.py, {line} 8, {inside} forward\n        return self.forward(input)\n",
    ),
    "a long line": (
        f"return input @ self.weight.T + self.biases[{' + '.join(['0'] * 25)}]",
        "AttributeError: 'Linear' object has no attribute 'biases'",
        "file.py, {line} 8, {inside} forward\n        return input @ self.weight.T + self.biases[",
    ),
}


@pytest.mark.parametrize("lang", ["en", "pt"])
@pytest.mark.parametrize("name", GARBAGE)
def test_what_goes_wrong_is_shown_with_the_students_line(name: str, lang: str, tmp_path: Path) -> None:
    """80 columns wide, in both languages; Python's own sentences as they are, and each line once."""
    line, wrong, shown = GARBAGE[name]
    (tmp_path / "file.py").write_text(LINEAR.format(line=line))
    judgement = cleaned(explained(judge_submission(tmp_path / "file.py", "limits", only=("Linear",)), lang))
    (finding,) = judgement.first_to_fix()
    assert finding.sample == "worked by hand"
    page = shown_on(judgement, lang)
    words = {"en": {"line": "line", "inside": "in"}, "pt": {"line": "linha", "inside": "em"}}[lang]
    expected, beside = (x[lang] if isinstance(x, dict) else x.format(**words) for x in (wrong, shown))
    page = page[page.index(f"\n{finding.verdict} Linear, ") :]
    unwrapped = re.sub(r"\n {16}", " ", page)
    assert expected in unwrapped
    assert beside in (page if beside.startswith("file.py") else unwrapped)
    assert page.count("file.py, ") <= 1
    assert max(map(len, page.splitlines())) <= 80
    hint = {"en": "made to show", "pt": "para revelar"}[lang]
    assert hint not in page  # what the sample was made to show has nothing to do with it


def shown_on(judgement: Judgement, lang: str) -> str:
    stream = io.StringIO()
    show(judgement, lang, Console(file=stream, width=80))
    return stream.getvalue()


def test_the_judges_sentences_are_those_of_the_catalogue() -> None:
    """What the catalogue recognises stands somewhere in the code, or it would never be said in Portuguese."""
    files = [*sorted(CATALOGUES.parent.rglob("*.py")), CATALOGUES.parents[1] / "compare.py"]
    code = "".join(file.read_text(encoding="utf-8") for file in files)
    code = re.sub(r"\{[^{}]*\}", "{}", code)
    joined = re.sub(r'"\s*\n?\s*f?"', "", code)
    for key, sentence in words_of("en", "show.said").items():
        for piece in re.split(r"\{\w+\}", sentence):
            assert piece.strip(" :") in joined, f"{key}: {piece!r}"


def test_a_reason_is_said_in_the_readers_language() -> None:
    absent = "no gradient of bias found: looked for b.grad; an adapter can say where it is (parity init drafts one)"
    assert said("pt", absent) == (
        "nenhum gradiente de bias encontrado: procurado em b.grad; "
        "um adaptador pode dizer onde está (parity init esboça um)"
    )
    foreign = "ModuleNotFoundError: No module named 'torch'"
    assert said("pt", f"{foreign}; beside NumPy, only what --package names can be imported").startswith(foreign)
    assert said("pt", "Linear has no backward") == "Linear não tem backward"
    assert said("pt", "'Valor' object has no attribute 'dat'") == "'Valor' object has no attribute 'dat'"
    assert said("pt", UNSTEADY) != UNSTEADY


def test_every_essential_sample_has_its_portuguese() -> None:
    """Its name and what it was made to show, of all that is in the curriculum."""
    curriculum = tomllib.loads(Path(CATALOGUES.parent / "curriculum.toml").read_text(encoding="utf-8"))
    components = [name for part in curriculum["part"] for name in part["components"]]
    asked = [s for name in components for s in samples(name) if not is_beyond(name, s.name)]
    names = tomllib.loads((CATALOGUES / "names.pt.toml").read_text(encoding="utf-8"))
    assert len(asked) > 250
    assert sorted({s.name for s in asked} - set(names)) == []
    assert sorted({s.exposes for s in asked if not sample_words("pt", s.exposes)}) == []
    assert not set(names) - {s.name for name in components for s in samples(name)}
    assert all(names.values())


def test_a_sample_is_called_by_its_name_in_the_readers_language() -> None:
    assert sample_name("en", "worked by hand") == "worked by hand"
    assert sample_name("pt", "worked by hand") == "feito à mão"
    assert sample_name("pt", "nobody has translated this") == "nobody has translated this"
    finding = Finding("Linear", "worked by hand", "forward", "FAIL", "Linear", beyond=True)
    assert title("pt", finding) == "forward, amostra “feito à mão”"
    judgement = Judgement("file.py", "limits", 0, found={"Linear": "Linear"}, findings=(finding,))
    assert list(beyond_lines(rows(judgement), "pt")) == [("Linear", "feito à mão (forward)")]


def test_the_language_is_that_of_the_locale() -> None:
    assert find_language({"LANG": "pt_BR.UTF-8"}) == "pt"
    assert find_language({"LANG": "pt_PT", "LC_ALL": "C"}) == "en"
    assert find_language({"LANG": "fr_FR"}) == find_language({}) == "en"
