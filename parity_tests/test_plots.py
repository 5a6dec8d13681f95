"""Pictures: the same bytes twice, words that stand for them, axes with labels, and readable in grey."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from parity import plots
from parity.plots.heat_maps import SCALE
from parity.plots.style import LINES, Picture, as_power, short
from scratch.valor import Valor

POINTS, LABELS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), [0, 1, 1, 0]
PATHS = {"SGD": [(1.5, 1.0), (1.0, 0.5), (0.0, 0.0)], "Adam": [(1.5, 1.0), (0.5, 0.9)]}
LOSS = 0.69 * np.exp(-np.arange(50) / 10)


def bowl(x: Any, y: Any) -> Any:
    return x**2 + 3 * y**2


def neuron() -> Valor:
    x1, x2, w1, w2, b = (Valor(v, name) for v, name in ((2, "x1"), (5, "x2"), (3, "w1"), (6, "w2"), (-2, "b")))
    output = (x1 * w1 + x2 * w2 + b).tanh()
    output.label = "o"
    output.backward()
    return output


def grow(figure: Figure, frame: int) -> None:
    axes = figure.add_subplot()
    plots.draw_lines(axes, {"loss": LOSS[: 2 + frame]}, "step", "loss")
    axes.set(xlim=(0, 50), ylim=(0, 1))


PICTURES: dict[str, Callable[[], Picture]] = {
    "lines": lambda: plots.lines({"a": LOSS, "b": 2 * LOSS}, "step", "loss", marks={"best": 9}, levels={"goal": 0.1}),
    "curves": lambda: plots.curves(LOSS, LOSS + 1e-16 * (np.arange(50) % 2)),
    "decision_boundary": lambda: plots.decision_boundary(lambda x: x[:, 0] - x[:, 1], POINTS, LABELS),
    "surface": lambda: plots.surface(bowl, (-2, 2), (-2, 2), PATHS),
    "relief": lambda: plots.relief(bowl, (-2, 2), (-2, 2), PATHS),
    "slope": lambda: plots.slope(np.square, 1.0, 2.0, steps=[1.0, 0.5]),
    "activation": lambda: plots.activation(np.tanh, lambda x: 1 - np.tanh(x) ** 2, "tanh"),
    "activations": lambda: plots.activations({"tanh": (np.tanh, np.cos), "sin": (np.sin, np.cos)}),
    "images": lambda: plots.images(np.arange(3 * 16.0).reshape(3, 16), titles="abc"),
    "weights": lambda: plots.weights(np.linspace(-1, 2, 2 * 784).reshape(2, 784)),
    "heat_map": lambda: plots.heat_map([[1.0, np.nan], [3.0, 4.5]], "key", "query"),
    "confusion": lambda: plots.confusion([[8, 2], [1, 9]], ["cat", "dog"]),
    "histogram": lambda: plots.histogram({"before": LOSS, "after": LOSS / 2}, "weight"),
    "bars": lambda: plots.bars(
        {"train": {"L1": 0.9, "L2": 0.8}, "test": {"L1": 0.7, "L2": 0.8}}, "penalty", "accuracy"
    ),
    "graph": lambda: plots.graph(neuron()),
    "network": lambda: plots.network([4, 8, 8, 2]),
}
WITHOUT_AXES = ("images", "weights", "graph", "network")


@cache
def picture_of(name: str) -> Picture:
    return PICTURES[name]()


@cache
def png_of(name: str) -> bytes:
    return picture_of(name).png()


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PARITY_LANG", "en")


@pytest.mark.parametrize("name", PICTURES)
def test_picture_has_the_same_bytes_twice_and_words(name: str) -> None:
    picture, again = picture_of(name), PICTURES[name]()
    assert png_of(name) == again.png()
    assert len(png_of(name)) < 60_000
    with Image.open(io.BytesIO(png_of(name))) as image:
        assert image.mode == "P"
        assert not image.info, "neither a date nor the name of a program"
        assert 250 <= image.width <= 1100
    assert picture.alt == again.alt
    assert len(picture.alt) > 25


@pytest.mark.parametrize("name", ["curves", "heat_map", "graph"])
def test_picture_stands_in_a_page_and_in_a_notebook(name: str) -> None:
    picture = picture_of(name)
    assert picture.svg() == PICTURES[name]().svg()
    assert re.match(r'<svg role="img" aria-label="[^"]{25}', picture.svg())
    data, told = picture._repr_mimebundle_()
    assert data == {"image/png": png_of(name), "text/plain": picture.alt}
    assert told == {"image/png": {"alt": picture.alt}}


@pytest.mark.parametrize("name", [name for name in PICTURES if name not in WITHOUT_AXES])
def test_axes_have_labels(name: str) -> None:
    axes = [panel for panel in picture_of(name).figure.axes if panel.get_label() != "<colorbar>"]
    assert axes
    assert any(panel.get_ylabel() or panel.get_title() for panel in axes)
    assert axes[-1].get_xlabel()


def test_nothing_stands_beyond_the_edges() -> None:
    for name in PICTURES:
        pixels = np.asarray(Image.open(io.BytesIO(png_of(name))).convert("L"))
        edges = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
        assert all((edge > 200).all() for edge in edges), f"{name} is cut at an edge"


# --- readable in grey


def test_lines_differ_in_more_than_colour() -> None:
    drawn = plots.lines({str(i): LOSS + i for i in range(len(LINES) + 4)}, "step", "loss").figure.axes[0]
    looks = [(str(line._dash_pattern), line.get_linewidth(), line.get_marker()) for line in drawn.lines]  # type: ignore[attr-defined]
    assert len(set(looks)) == len(looks)


def test_classes_differ_in_marker_and_their_sides_in_brightness() -> None:
    many = plots.decision_boundary(lambda x: np.stack([x[:, 0], x[:, 1], -x.sum(axis=1)], axis=1), POINTS, [0, 1, 2, 1])
    shapes = [tuple(map(tuple, dots.get_paths()[0].vertices)) for dots in many.figure.axes[0].collections[:3]]
    assert len({len(shape) for shape in shapes} | set(shapes)) >= 3
    two = Image.open(io.BytesIO(png_of("decision_boundary"))).convert("L")
    sides = (
        np.asarray(two)[two.height // 5 : two.height // 2, two.width // 4],
        np.asarray(two)[two.height // 2 :, two.width - 40],
    )
    assert np.median(sides[0]) - np.median(sides[1]) > 25


def test_scale_gets_lighter_from_one_end_to_the_other() -> None:
    import matplotlib

    red, green, blue, _ = matplotlib.colormaps[SCALE](np.linspace(0, 1, 50)).T
    assert (np.diff(0.3 * red + 0.59 * green + 0.11 * blue) > 0).all()


def test_bars_differ_in_hatch() -> None:
    axes = picture_of("bars").figure.axes[0]
    assert len({bar.get_hatch() for bar in axes.patches}) == 2


# --- what is drawn is what was given


def test_bars_may_stand_on_a_logarithmic_axis() -> None:
    picture = plots.bars({"a": 1e-16, "b": 1e-9, "c": 0.0}, log=True)
    tops = [bar.get_y() + bar.get_height() for bar in picture.figure.axes[0].patches]  # type: ignore[attr-defined]
    assert tops == pytest.approx([1e-16, 1e-9, 1e-17])
    assert picture.figure.axes[0].get_ylim()[0] == pytest.approx(1e-17)
    assert picture.alt == "Bars of value: a 1e-16, b 1e-9, c 0"


def test_lines_have_gaps_where_there_is_no_number() -> None:
    axes = plots.lines({"a": [1.0, np.nan, 3.0, 1e300]}, "step", "loss").figure.axes[0]
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), [1.0, np.nan, 3.0, np.nan])
    axes = plots.lines({"a": [1.0, 0.0, -3.0]}, "step", "loss", log=True).figure.axes[0]
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), [1.0, np.nan, np.nan])


def test_a_long_line_keeps_its_peaks_and_ends() -> None:
    values = np.sin(np.arange(100_000) / 3e4)
    values[54_321], values[77_777] = 40.0, -40.0
    x, y = plots.lines({"a": values}, "step", "loss").figure.axes[0].lines[0].get_data()
    assert len(x) < 1500
    assert (max(y), min(y), x[0], x[-1]) == (40.0, -40.0, 0, 99_999)


def test_difference_of_zero_is_said_and_stands_on_the_floor() -> None:
    same = plots.curves(LOSS, LOSS)
    assert "equal to the last bit at each of 50 steps" in same.alt
    assert [text.get_text() for text in same.figure.axes[1].texts] == ["the difference is 0 at every step"]
    apart = plots.curves(LOSS, LOSS + 1e-3 * (np.arange(50) == 7))
    drawn = np.asarray(apart.figure.axes[1].lines[0].get_ydata())
    assert drawn[7] == pytest.approx(1e-3)
    assert (np.delete(drawn, 7) == 1e-17).all()
    apart.png()
    labels = [label.get_text() for label in apart.figure.axes[1].get_yticklabels()]
    assert labels[0] == "0"
    assert all(label.startswith("10") for label in labels[1:])
    assert "largest difference is 0.001" in apart.alt


@pytest.mark.parametrize(
    ("predict", "threshold"),
    [
        (lambda x: x[:, 0] - 0.5, None),
        (lambda x: x[:, :1] - 0.5, 0.0),
        (lambda x: 1 / (1 + np.exp(0.5 - x[:, 0])), None),
        (lambda x: 1 / (1 + np.exp(0.5 - x[:, 0])), 0.5),
        (lambda x: np.stack([0 * x[:, 0], x[:, 0] - 0.5], axis=1), None),
    ],
    ids=["logits", "column", "probabilities", "threshold", "two columns"],
)
def test_boundary_counts_the_points_on_their_side(predict: Any, threshold: float | None) -> None:
    picture = plots.decision_boundary({"net": predict}, POINTS, [0, 0, 1, 1], threshold=threshold)
    assert "net: 100 %" in picture.alt
    assert "50 %" in plots.decision_boundary(predict, POINTS, LABELS, threshold=threshold).alt


def test_functions_may_take_numbers_only() -> None:
    import math

    one, two = (
        plots.surface(lambda x, y: math.sin(x) + y, (0, 1), (0, 1)),
        plots.surface(lambda x, y: np.sin(x) + y, (0, 1), (0, 1)),
    )
    assert one.png() == two.png()
    assert "slope 2" in plots.slope(lambda x: (Valor(x) ** 2).data, 1.0, 2.0).alt


def test_images_stand_in_rows_with_their_titles() -> None:
    axes = plots.images(np.zeros((5, 8, 8)), titles=range(5), columns=3).figure.axes[0]
    assert [text.get_text() for text in axes.texts] == ["0", "1", "2", "3", "4"]
    assert len({patch.get_y() for patch in axes.patches}) == 2
    limits = plots.weights([[0.5, -1.0, 0.0, 2.0]], shape=(2, 2)).figure.axes[0].images[0].get_clim()
    assert limits == (-2.0, 2.0)


def test_graph_has_its_nodes_and_edges_and_no_box_over_another() -> None:
    root = neuron()
    axes = plots.graph(root * root + root).figure.axes[0]
    kinds = [patch.get_gid() for patch in axes.patches]
    assert (kinds.count("value"), kinds.count("op"), kinds.count("edge")) == (12, 7, 13)
    boxes = [patch.get_extents() for patch in axes.patches if patch.get_gid() in ("value", "op")]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    said = [text.get_text() for text in axes.texts]
    assert {"x1", "w2", "b", "o", "data 5", "×", "tanh"} <= set(said)
    assert [text.get_text() for text in axes.texts if text.get_gid() == "slope"].count("1") == 8
    bare = [text.get_text() for text in plots.graph(root, labels=False).figure.axes[0].texts]
    assert "x1" not in bare
    assert "data 5" in bare


def test_network_counts_its_weights() -> None:
    picture = plots.network([4, 8, 8, 2])
    assert "weights: 112, biases: 18" in picture.alt
    assert [len(dots.get_offsets()) for dots in picture.figure.axes[0].collections[3:]] == [4, 8, 8, 2]
    large = plots.network([784, 16, 16, 10]).figure.axes[0]
    assert [text.get_text() for text in large.texts].count("⋮") == 3
    assert "weights: 13002" not in [text.get_text() for text in large.texts]


# --- what moves


def test_animation_is_a_png_that_plays_and_rests(tmp_path: Path) -> None:
    moving = plots.animate(grow, 6, fps=10, size=(4, 2.5), alt="A loss that falls")
    data, told = moving._repr_mimebundle_()
    assert data["image/png"] == plots.animate(grow, 6, fps=10, size=(4, 2.5), alt="A loss that falls").png()
    assert (data["text/plain"], told["image/png"]["alt"]) == ("A loss that falls",) * 2
    with Image.open(io.BytesIO(data["image/png"])) as image:
        assert (image.n_frames, image.info["loop"], image.info["duration"]) == (6, 3, 100)  # type: ignore[attr-defined]
        image.seek(5)
        np.testing.assert_array_equal(np.asarray(image.convert("RGB")), np.asarray(moving.frames[5].convert("RGB")))
    moving.save(tmp_path / "moving.gif")
    with Image.open(tmp_path / "moving.gif") as image:
        assert (image.n_frames, image.size) == (6, (400, 250))  # type: ignore[attr-defined]


def test_player_asks_nobody_for_anything(tmp_path: Path) -> None:
    moving = plots.animate(grow, 3, alt='A "loss" that falls')
    page = moving.player()._repr_mimebundle_()["text/html"]
    assert page == moving.player().html
    assert not re.search(r"<link|https?://|fa-play", page)
    assert page.count("aria-label=") == 10
    assert not re.search("Once|Increase", page.split("</script>")[1])
    assert page.count("data:image/png;base64,") == 3
    assert 'alt="A &quot;loss&quot; that falls"' in page
    moving.save(tmp_path / "moving.html")
    assert (tmp_path / "moving.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_files_are_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    picture = picture_of("lines")
    picture.save(tmp_path / "lines.png")
    picture.save(tmp_path / "lines.svg")
    assert (tmp_path / "lines.png").read_bytes() == picture.png()
    assert "<svg" in (tmp_path / "lines.svg").read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lines.png", "lines.svg"]


# --- errors, languages, imports

WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "no curve": (lambda: plots.lines({}, "x", "y"), "dict of names and values"),
    "an empty curve": (lambda: plots.lines({"a": []}, "x", "y"), "a: expected at least one number"),
    "a matrix as a curve": (lambda: plots.lines({"a": [[1.0]]}, "x", "y"), r"1 dimension, got shape \(1, 1\)"),
    "words": (lambda: plots.lines({"a": ["one", "two"]}, "x", "y"), "expected numbers"),
    "complex numbers": (lambda: plots.lines({"a": [1j, 2.0]}, "x", "y"), "expected numbers"),
    "x and y": (lambda: plots.lines({"a": ([1, 2, 3], [1, 2])}, "x", "y"), "as many x as y, got 3 and 2"),
    "lengths": (lambda: plots.curves([1, 2], [1, 2, 3]), r"one length, got \(2,\) and \(3,\)"),
    "labels": (lambda: plots.decision_boundary(lambda x: x[:, 0], POINTS, [0, 1]), r"got \(4, 2\) and \(2,\)"),
    "three axes": (lambda: plots.decision_boundary(lambda x: x[:, 0], np.zeros((4, 3)), LABELS), r"points \(n, 2\)"),
    "scores": (lambda: plots.decision_boundary(lambda x: x[:5, 0], POINTS, LABELS), "expected scores for"),
    "one score": (lambda: plots.decision_boundary(lambda x: x[:, 0], POINTS, [0, 1, 2, 3]), "4 classes"),
    "limits": (lambda: plots.surface(bowl, (2, -2), (-2, 2)), "limits in order"),
    "a path": (lambda: plots.surface(bowl, (-2, 2), (-2, 2), {"SGD": [1.0, 2.0]}), "SGD: expected numbers in 2"),
    "no finite height": (lambda: plots.relief(lambda x, y: x * np.nan, (-2, 2), (-2, 2)), "finite values"),
    "a step of 0": (lambda: plots.slope(np.square, 1.0, 2.0, steps=[0.0]), "steps that are not 0"),
    "a width": (lambda: plots.slope(np.square, 1.0, 2.0, width=0.0), "width > 0"),
    "no square": (lambda: plots.images(np.zeros((2, 10))), r"shape \(n, height, width\), got \(2, 10\)"),
    "unequal images": (lambda: plots.images([np.zeros((2, 2)), np.zeros((3, 3))]), "pictures of one shape"),
    "titles": (lambda: plots.images(np.zeros((2, 4, 4)), titles="a"), "expected 2 titles, got 1"),
    "rows": (lambda: plots.weights(np.zeros((2, 10))), r"rows of 28 × 28, got shape \(2, 10\)"),
    "not a matrix": (lambda: plots.heat_map([1.0, 2.0], "x", "y"), "2 dimensions"),
    "not square": (lambda: plots.confusion([[1, 2, 3], [4, 5, 6]]), "as many rows as columns"),
    "classes": (lambda: plots.confusion([[1, 2], [3, 4]], ["a"]), "expected 2 names, got 1"),
    "nothing finite": (lambda: plots.histogram({"a": [np.nan]}), "finite values"),
    "series": (lambda: plots.bars({"a": {"x": 1.0}, "b": {"y": 1.0}}), "the same names in each series"),
    "too large": (lambda: plots.graph(sum((Valor(i) for i in range(60)), Valor(0))), "at most 48 values"),
    "one layer": (lambda: plots.network([3]), "at least two sizes"),
    "an empty layer": (lambda: plots.network([3, 0]), "at least two sizes of 1 or more"),
    "names": (lambda: plots.network([3, 1], ["input"]), "expected 2 names, got 1"),
    "no frame": (lambda: plots.animate(grow, 0, alt="nothing"), "at least one frame"),
    "no words": (lambda: plots.animate(grow, 2), "words in `alt`"),
    "no words for a picture": (lambda: plots.lines({"a": [1.0, 2.0]}, "x", "y", alt=" "), "alternative text"),
    "a format": (lambda: picture_of("lines").save("lines.jpg"), "ends in .png or .svg, got lines.jpg"),
    "a format of an animation": (lambda: plots.animate(grow, 1, alt="a").save("a.mp4"), ".gif or .html, got a.mp4"),
}


@pytest.mark.parametrize("what", WRONG)
def test_garbage_is_named(what: str) -> None:
    draw, message = WRONG[what]
    with pytest.raises(ValueError, match=message):
        draw()


def test_a_graph_is_made_of_valores() -> None:
    with pytest.raises(TypeError, match="expected a Valor, got float"):
        plots.graph(2.0)  # type: ignore[arg-type]


def test_pictures_speak_portuguese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_LANG", "pt")
    picture = plots.curves(LOSS, LOSS)
    assert picture.alt == (
        "Curvas de perda ao longo de passo, scratch e PyTorch, de 0.69 a 0.00514; "
        "iguais até o último bit em cada um dos 50 passos"
    )
    assert [axes.get_ylabel() for axes in picture.figure.axes] == ["perda", "diferença"]
    assert plots.curves(LOSS, LOSS, xlabel="epoch").figure.axes[1].get_xlabel() == "epoch"
    assert 'title="tocar"' in plots.animate(grow, 2, alt="perda").player().html
    for name, make in PICTURES.items():
        assert not re.search(r"\b(from|with|the|of|and)\b", make().alt), f"{name}: {make().alt}"


def test_numbers_are_said_in_few_characters() -> None:
    assert list(map(short, (0.5, 3.0, 1e-20, 2.25e8, -0.25, np.inf))) == [
        "0.5",
        "3",
        "1e-20",
        "2.25e+8",
        "-0.25",
        "inf",
    ]
    assert list(map(as_power, (1e-9, 1.0, 2e-3))) == ["10⁻⁹", "10⁰", "0.002"]


def test_neither_torch_nor_pyplot_is_imported() -> None:
    code = "import sys, parity.plots; print(sorted({'torch', 'networkx', 'matplotlib.pyplot'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


@pytest.mark.parametrize(
    ("log", "scales"), [(False, ("linear", "linear")), (True, ("linear", "log")), ("xy", ("log", "log"))]
)
def test_axes_that_are_logarithmic(log: Any, scales: tuple[str, str]) -> None:
    axes = plots.lines({"a": ([0.0, 1.0, 10.0], [1.0, 0.0, 5.0])}, "x", "y", log=log).figure.axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == scales
    assert int(np.isnan(axes.lines[0].get_xdata()).sum()) == ("x" in str(log))
