"""How every picture here looks, and what a picture is: a figure with the words that stand for it.

Lines differ in dash and width, points in their markers, so that a picture can be read in grey; the colours are Okabe
and Ito's, which colour-blind readers tell apart. The same numbers give the same bytes.
"""

from __future__ import annotations

import io
import os
import re
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any, Literal

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from PIL import Image

from parity.student.messages import find_language, text

__all__ = [
    "BLUE",
    "DASHES",
    "DPI",
    "FLOOR",
    "GREEN",
    "GREY",
    "LINES",
    "MARKERS",
    "ORANGE",
    "PALE",
    "SETTINGS",
    "Picture",
    "as_power",
    "check_names",
    "figure",
    "finished",
    "log_axis",
    "numbers",
    "pixels",
    "quantised",
    "short",
    "word",
    "written",
]

Array = npt.NDArray[np.float64]
BLUE, ORANGE, GREEN, GREY, PALE = "#0072B2", "#D55E00", "#009E73", "#555555", "#56B4E9"
DPI = 100
COLOURS = 128  # of a PNG's palette
FLOOR = 1e-17  # where no difference at all is drawn on a log axis
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
DASHES = (6, 3)
MARKERS = ("o", "^", "s", "D", "v", "P", "X", "*", "<", ">")
LINES: tuple[dict[str, Any], ...] = (
    {"color": BLUE, "linewidth": 2.4, "linestyle": "-"},
    {"color": ORANGE, "linewidth": 1.8, "linestyle": (0, (5, 2))},
    {"color": "#000000", "linewidth": 1.0, "linestyle": "-"},
    {"color": GREEN, "linewidth": 2.0, "linestyle": (0, (6, 2, 1, 2))},
    {"color": "#A0457A", "linewidth": 2.4, "linestyle": (0, (1, 1.4))},
    {"color": PALE, "linewidth": 3.6, "linestyle": "-"},
    {"color": "#A67200", "linewidth": 1.4, "linestyle": (0, (9, 3))},
    {"color": GREY, "linewidth": 1.4, "linestyle": (0, (3, 1.5, 1, 1.5, 1, 1.5))},
)
SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: small, searchable, in the page's font
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.7,
    "axes.titlesize": 10.5,
    "legend.frameon": True,
    "legend.framealpha": 0.8,
    "legend.edgecolor": "none",
    "legend.fontsize": 9,
    "figure.constrained_layout.h_pad": 0.06,  # inches
    "figure.constrained_layout.w_pad": 0.06,
    "hatch.linewidth": 0.7,
    "text.parse_math": False,
}


def word(key: str, **values: Any) -> str:
    """The words for a key of the catalogue's table "plots", in the language of the locale."""
    return text(find_language(), f"plots.{key}", **values)


class Picture:
    """A figure, and the words that stand for it where it is not seen. A notebook shows it as a PNG.

    Args:
        figure: matplotlib's figure; it belongs to no window, and pyplot does not know it.
        alt: the alternative text.

    Raises:
        ValueError: an empty alternative text.

    Example:
        >>> picture = Picture(Figure(), "Nothing, drawn for an example")
        >>> picture.png()[:8]
        b'\\x89PNG\\r\\n\\x1a\\n'
    """

    def __init__(self, figure: Figure, alt: str) -> None:
        if not alt.strip():
            raise ValueError("Picture: expected an alternative text, got an empty one")
        self.figure = figure
        self.alt = alt

    def __repr__(self) -> str:
        return f"Picture({self.alt!r})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"image/png": self.png(), "text/plain": self.alt}, {"image/png": {"alt": self.alt}}

    def png(self) -> bytes:
        """The bytes of a PNG with a palette, which is a third of the size of one without."""
        self._arrange()
        page = io.BytesIO()
        quantised(pixels(self.figure)).save(page, "PNG", optimize=True)
        return page.getvalue()

    def _arrange(self) -> None:
        """Give everything its place, once: to do so again from where things stand would move them a little."""
        engine = self.figure.get_layout_engine()
        if engine is not None:
            with matplotlib.rc_context(SETTINGS):
                FigureCanvasAgg(self.figure)
                engine.execute(self.figure)
                self.figure.set_layout_engine("none")

    def svg(self) -> str:
        """SVG that stands in a page itself, in the page's font."""
        self._arrange()
        page = io.StringIO()
        with matplotlib.rc_context({**SETTINGS, "svg.hashsalt": self.alt}):
            self.figure.savefig(page, format="svg", transparent=True)
        return _inline(page.getvalue(), self.alt)

    def save(self, path: str | Path) -> None:
        """Write a file, .png or .svg by its suffix.

        Raises:
            ValueError: another suffix.
        """
        target = Path(path)
        if target.suffix == ".png":
            written(target, self.png())
        elif target.suffix == ".svg":
            alone = self.svg().replace("<svg ", '<svg font-family="sans-serif" style="background: white" ', 1)
            written(target, f'<?xml version="1.0" encoding="utf-8"?>\n{alone}\n'.encode())
        else:
            raise ValueError(f"Picture.save: expected a name that ends in .png or .svg, got {target.name}")


@contextmanager
def figure(width: float, height: float, layout: Literal["constrained"] | None = "constrained") -> Iterator[Figure]:
    """An empty figure, in inches, and the settings while it is drawn on."""
    with matplotlib.rc_context(SETTINGS):
        yield Figure(figsize=(width, height), dpi=DPI, layout=layout)


def finished(drawn: Figure, title: str, alt: str | None, default: str) -> Picture:
    """The picture of a figure, its title above it, and the default words where no others were given."""
    if title:
        room = int(drawn.get_figwidth() * 11)
        drawn.suptitle(textwrap.fill(title, room), fontsize=11.5)
    return Picture(drawn, default if alt is None else alt)


def pixels(drawn: Figure) -> Image.Image:
    """The figure as an image in full colour."""
    with matplotlib.rc_context(SETTINGS):
        canvas: Any = FigureCanvasAgg(drawn)
        canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")


def quantised(image: Image.Image, colours: int = COLOURS) -> Image.Image:
    """The image with a palette, in which rare colours have their place too and white is white."""
    found = image.quantize(colours, Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)
    palette = found.getpalette() or []
    found.putpalette(
        [255 if min(palette[i - i % 3 : i - i % 3 + 3]) > 249 else value for i, value in enumerate(palette)]
    )
    return found


def written(path: Path, content: bytes) -> None:
    """Write a file that is there as a whole or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def numbers(what: str, values: Any, dimensions: int | None = None) -> Array:
    """The values as float64, with as many axes as expected, and at least one entry.

    Example:
        >>> numbers("lines", [1, 2], 2)
        Traceback (most recent call last):
        ...
        ValueError: lines: expected numbers in 2 dimensions, got shape (2,)
    """
    try:
        found = np.asarray(values)
        if found.dtype == object:  # Valores, Fractions: what float() takes
            found = np.vectorize(float, otypes=[np.float64])(found) if found.size else found
        if np.iscomplexobj(found):
            raise TypeError("complex")
        found = found.astype(np.float64)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{what}: expected numbers, got {type(values).__name__} ({error})") from error
    if dimensions is not None and found.ndim != dimensions:
        many = f"{dimensions} dimension{'s' * (dimensions != 1)}"
        raise ValueError(f"{what}: expected numbers in {many}, got shape {found.shape}")
    if not found.size:
        raise ValueError(f"{what}: expected at least one number, got shape {found.shape}")
    return found


def short(value: float) -> str:
    """A number in few characters, as it is said in words: 0.69, 2e-16, 1e+20.

    Example:
        >>> short(0.6931), short(2.2e-16), short(1500.0)
        ('0.693', '2.2e-16', '1500')
    """
    if not np.isfinite(value):
        return str(float(value))
    if value == round(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.3g}".replace("e-0", "e-").replace("e+0", "e+")


def as_power(value: float, position: int | None = None) -> str:
    """10⁻⁹ in plain text, which is drawn ten times as fast as in mathematical notation."""
    if value <= 0:
        return short(value)
    exponent = round(np.log10(value))
    if not np.isclose(value, 10.0**exponent, rtol=1e-6):
        return short(value)
    return "10" + str(exponent).translate(SUPERSCRIPTS)


def log_axis(axis: Any) -> None:
    """Make an axis of matplotlib's ("xaxis", "yaxis") logarithmic, with labels in plain text."""
    name = axis.axis_name
    getattr(axis.axes, f"set_{name}scale")("log")
    axis.set_major_formatter(FuncFormatter(as_power))
    axis.set_minor_formatter(FuncFormatter(lambda value, position: _between(axis, value)))


def _between(axis: Any, value: float) -> str:
    """A label between two powers of ten, where fewer than two powers are in sight."""
    low, high = sorted(axis.get_view_interval())
    if low <= 0 or np.floor(np.log10(high)) - np.ceil(np.log10(low)) >= 1:
        return ""
    return short(float(f"{value:.6g}"))


def _inline(document: str, name: str) -> str:
    """What may stand inside a page: no prologue, no date, no ids that another picture has too."""
    body = document[document.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r' id="[\w.]+_\d+"', "", body)
    body = re.sub(r"font-family: [^;\"]*;? ?", "", body)
    body = re.sub(r"\s*\n\s*", " ", body)
    return body.replace("<svg ", f'<svg role="img" aria-label="{escape(name)}" ', 1)


def check_names(what: str, values: Mapping[str, Any]) -> None:
    """Raise ValueError where there is nothing, or no names, to draw."""
    if not values or not hasattr(values, "items"):
        raise ValueError(f"{what}: expected a dict of names and values, got {type(values).__name__} {values!r:.60}")
