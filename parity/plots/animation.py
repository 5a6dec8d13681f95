"""Pictures that move: an animated PNG, a GIF, and a player with buttons."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import Blend

from parity.plots.style import DPI, SETTINGS, pixels, quantised, word, written

__all__ = ["Animation", "Player", "animate"]

PLAYS = 3  # times, and then it rests on its last frame
SAMPLED = 6  # frames from which the colours are taken
COLOURS = 64
SIGNS = {
    "fa-minus": "−", "fa-plus": "+", "fa-fast-backward": "|‹", "fa-fast-forward": "›|", "fa-step-backward": "‹",
    "fa-step-forward": "›", "fa-play fa-flip-horizontal": "◀", "fa-play": "▶", "fa-pause": "❚❚",
}  # fmt: skip
WORDS = {
    "Decrease speed": "slower", "First frame": "first", "Previous frame": "previous", "Play backwards": "backwards",
    "Pause": "pause", "Play": "play", "Next frame": "next", "Last frame": "last", "Increase speed": "faster",
    "Repetition mode": "mode",
}  # fmt: skip
MODES = {"Once": "once", "Loop": "loop", "Reflect": "reflect"}


class Animation:
    """Frames with one palette, and the words that stand for them. A notebook shows them as an animated PNG.

    An animated PNG is a PNG, so that it moves wherever pictures are shown; it plays three times, and rests on its
    last frame.

    Args:
        frames: images of one size and one palette.
        fps: frames a second.
        alt: the alternative text.

    Raises:
        ValueError: no frame, a rate that is not positive, an empty alternative text.
    """

    def __init__(self, frames: Sequence[Image.Image], fps: float, alt: str) -> None:
        if not frames or not fps > 0 or not alt.strip():
            raise ValueError(f"Animation: expected frames, fps > 0 and words, got {len(frames)}, {fps}, {alt!r}")
        self.frames = list(frames)
        self.fps = fps
        self.alt = alt

    def __repr__(self) -> str:
        return f"Animation({self.alt!r}, {len(self.frames)} frames)"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"image/png": self.png(), "text/plain": self.alt}, {"image/png": {"alt": self.alt}}

    def png(self) -> bytes:
        """The bytes of the animated PNG: of each frame what has changed, which is half of it or less."""
        clear = len(self.frames[0].getpalette() or []) // 3
        changes = _changes(self.frames, clear)
        options = {"blend": Blend.OP_OVER, "transparency": clear, "optimize": True}
        return _encoded(changes, "PNG", loop=PLAYS, duration=1000 / self.fps, **options)

    def gif(self, path: str | Path) -> None:
        """Write a GIF, which plays as often."""
        target = Path(path)
        if target.suffix != ".gif":
            raise ValueError(f"Animation.gif: expected a name that ends in .gif, got {target.name}")
        written(target, _encoded(self.frames, "GIF", loop=PLAYS - 1, duration=round(100 / self.fps) * 10))

    def save(self, path: str | Path) -> None:
        """Write a file, .png, .gif or .html (the player) by its suffix.

        Raises:
            ValueError: another suffix.
        """
        target = Path(path)
        if target.suffix == ".gif":
            self.gif(target)
        elif target.suffix == ".png":
            written(target, self.png())
        elif target.suffix == ".html":
            written(target, f'<!doctype html><meta charset="utf-8">{self.player().html}'.encode())
        else:
            raise ValueError(f"Animation.save: expected a name that ends in .png, .gif or .html, got {target.name}")

    def player(self) -> Player:
        """The frames with buttons and a slider, as matplotlib makes them; it needs a page that runs scripts."""
        return Player(_player(self.frames, self.fps, self.alt), self.alt)


@dataclass(frozen=True)
class Player:
    """A piece of a page; a notebook shows it."""

    html: str
    alt: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/html": self.html, "text/plain": self.alt}


def animate(
    draw: Callable[[Figure, int], object],
    frames: int,
    fps: float = 12,
    size: tuple[float, float] = (6.0, 3.6),
    alt: str = "",
) -> Animation:
    """Draw frame after frame.

    Args:
        draw: fills the figure, which is empty, for the frame of this number, from 0 up; `draw_lines`, `draw_boundary`
            and the like draw on the axes that it makes. Axes whose limits it fixes stand still.
        frames: how many.
        fps: frames a second.
        size: of the figure, in inches of 100 pixels.
        alt: the words that stand for the animation: what moves, and where it ends.

    Raises:
        ValueError: no frame, a rate that is not positive, no words.

    Example:
        >>> def draw(figure, frame):
        ...     _ = figure.add_subplot().plot([0, frame + 1], [0, 1])
        >>> animate(draw, 3, alt="A line that gets less steep")
        Animation('A line that gets less steep', 3 frames)
    """
    if frames < 1 or not alt.strip():
        raise ValueError(f"animate: expected at least one frame and words in `alt`, got frames={frames}, alt={alt!r}")
    shown = []
    with matplotlib.rc_context(SETTINGS):
        figure = Figure(figsize=size, dpi=DPI, layout="constrained")
        for frame in range(frames):
            figure.clear()
            draw(figure, frame)
            shown.append(pixels(figure))
    palette = _common_palette(shown)
    return Animation([image.quantize(palette=palette, dither=Image.Dither.NONE) for image in shown], fps, alt)


def _changes(frames: Sequence[Image.Image], clear: int) -> list[Image.Image]:
    """Each frame where it differs from the one before; the rest has the index `clear`, which shows what is below."""
    indices = [np.asarray(frame) for frame in frames]
    changed = [indices[0], *(np.where(old == new, clear, new) for old, new in pairwise(indices))]
    found = []
    for frame in changed:
        image = Image.fromarray(frame.astype(np.uint8), "P")
        image.putpalette([*(frames[0].getpalette() or []), 0, 0, 0])
        image.info["transparency"] = clear
        found.append(image)
    return found


def _encoded(frames: Sequence[Image.Image], kind: str, **options: Any) -> bytes:
    page = io.BytesIO()
    frames[0].save(page, kind, save_all=True, append_images=frames[1:], **options)
    return page.getvalue()


def _common_palette(images: list[Image.Image]) -> Image.Image:
    """The colours of a few frames under each other."""
    some = [images[round(index * (len(images) - 1) / (SAMPLED - 1))] for index in range(SAMPLED)]
    width, height = some[0].size
    sheet = Image.new("RGB", (width, height * SAMPLED))
    for index, image in enumerate(some):
        sheet.paste(image, (0, index * height))
    return quantised(sheet, COLOURS)


def _player(frames: Sequence[Image.Image], fps: float, alt: str) -> str:
    """matplotlib's player with the frames at hand, signs in place of a font from elsewhere, and the words."""
    from matplotlib.animation import HTMLWriter

    with TemporaryDirectory() as folder:
        page = Path(folder) / "player.html"
        writer: Any = HTMLWriter(fps=1, embed_frames=True, default_mode="once")
        writer.fps = fps
        writer.setup(Figure(), page)
        writer._saved_frames += map(_as_base64, frames)  # a figure drawn anew would be three times as large
        writer.finish()
        html = page.read_text(encoding="utf-8")
    html = re.sub(r"<link[^>]*>", "", html)
    for name, sign in SIGNS.items():
        html = html.replace(f'<i class="fa {name}"></i>', sign)
    for theirs, key in WORDS.items():
        html = html.replace(f'="{theirs}"', f'="{word(f"player.{key}")}"')
    for theirs, key in MODES.items():
        html = html.replace(f">{theirs}</label>", f">{word(f'player.{key}')}</label>")
    html = html.replace("<img ", f'<img alt="{escape(alt)}" ')
    made = re.search(r"_anim_img([0-9a-f]{32})", html)
    return html.replace(made[1], sha256(html.replace(made[1], "").encode()).hexdigest()[:32]) if made else html


def _as_base64(frame: Image.Image) -> str:
    page = io.BytesIO()
    frame.save(page, "PNG", optimize=True)
    return base64.encodebytes(page.getvalue()).decode("ascii")
