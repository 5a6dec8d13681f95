"""The page of the playground: one session for each window that shows it, which works only while the window is there.

Whatever the window sends is a name and a value for `Choices`, which refuses what is in none of its lists.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from nicegui import Client, run, ui

from parity.playground.choices import HIDDEN, NEURONS, OPTIONS, SEEDS
from parity.playground.session import Session
from parity.playground.view import View, choice_name, look, say

__all__ = ["STEPS", "Page", "show_page"]

STEPS = (1, 5, 20, 100)  # that may be taken at a time
PAUSE = 0.05  # seconds at least between two pictures, in which the server answers others
STYLE = """
body { font-family: system-ui, sans-serif; background: #fafafa; color: #111111; }
.nicegui-content { max-width: 1320px; margin: 0 auto; padding: 12px; gap: 10px; align-items: stretch; }
h1 { font-size: 1.35rem; font-weight: 600; line-height: 1.3; margin: 0; }
h2 { font-size: 1rem; font-weight: 600; line-height: 1.3; margin: 0; }
.note { color: #444444; font-size: 0.85rem; margin: 0; }
.controls { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 2px 14px; width: 100%; }
.panels { display: grid; gap: 12px; width: 100%; }
.panels { grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); }
.panel { background: #ffffff; border: 1px solid #dddddd; border-radius: 6px; padding: 10px; min-width: 0; }
.panel img { width: 100%; height: auto; aspect-ratio: 624 / 429; }
.bar { display: flex; flex-wrap: wrap; gap: 8px 10px; align-items: center; }
.curve { height: 190px; } .net { height: 400px; } .nicegui-echart { width: 100%; }
"""


async def show_page(client: Client) -> None:
    """Build the page of one window."""
    session = await run.io_bound(Session)
    if session is None:  # the server ends
        return
    page = Page(client, session)
    page.build()
    ui.timer(0.01, page.draw, once=True)
    ui.timer(PAUSE, page.work)


class Page:
    """One window: its session, whether it plays, and the elements that show it."""

    def __init__(self, client: Client, session: Session) -> None:
        self.client, self.session = client, session
        self.playing = False
        self.at_a_time = STEPS[1]
        self._turn = asyncio.Lock()  # one thread at a time works on a session
        self._controls: dict[str, Any] = {}
        self._settling = False

    def build(self) -> None:
        """Every element, without numbers."""
        ui.add_css(STYLE)
        ui.html(say("title"), sanitize=False, tag="h1")
        _paragraph(say("intro"))
        with ui.element("div").classes("panel"):
            self._build_bar()
            self._build_controls()
        with ui.element("div").classes("panels"):
            with _panel("boundaries"):
                self.picture = ui.element("img").props("data-testid=boundaries")
                self.source = ui.label().classes("note")
            with _panel("losses"):
                self.losses = ui.echart({}).classes("curve").props("role=img")
                _heading("difference")
                self.difference = ui.echart({}).classes("curve").props("role=img")
                self.numbers = ui.label().classes("note").props("data-testid=numbers aria-live=off")
                self.verdict = ui.label().classes("note").props("data-testid=verdict aria-live=off")
            with _panel("network").style("grid-column: 1 / -1"):
                self.network = ui.echart({}).classes("net").props("role=img")
                self.apart = ui.label().classes("note").props("data-testid=apart")
                _paragraph(say("network_note"))

    def _build_bar(self) -> None:
        with ui.element("div").classes("bar"):
            self.play = ui.button(say("play"), on_click=self.toggle).props("no-caps data-testid=play")
            ui.button(say("step"), on_click=self.step).props("no-caps outline data-testid=step")
            ui.button(say("reset"), on_click=self.reset).props("no-caps outline data-testid=reset")
            select = ui.select(list(STEPS), label=say("per_picture"), value=self.at_a_time, on_change=self._set_steps)
            select.props("dense data-testid=at_a_time").style("min-width: 130px")
            self.count = ui.label().props("data-testid=count").style("font-variant-numeric: tabular-nums")

    def _build_controls(self) -> None:
        chosen = self.session.choices
        with ui.element("div").classes("controls"):
            for name, options in OPTIONS.items():
                named = {value: choice_name(value) for value in options}
                self._select(name, named, say(name), getattr(chosen, name), partial(self.change, name))
            seed = ui.number(say("seed"), value=chosen.seed, min=0, max=SEEDS - 1, step=1, format="%.0f")
            seed.props("dense debounce=300 data-testid=seed").on_value_change(lambda e: self.change("seed", e.value))
            self._controls["seed"] = seed
            sizes = {count: str(count) for count in range(HIDDEN + 1)}
            self._select("layers", sizes, say("hidden"), len(chosen.hidden), self.change_layers)
            for place in range(HIDDEN):
                counts = {count: str(count) for count in range(1, NEURONS + 1)}
                label = say("neurons", number=place + 1)
                size = chosen.hidden[place] if place < len(chosen.hidden) else 4
                self._select(f"layer{place}", counts, label, size, self.change_layers)
        self._settle()

    def _select(self, name: str, options: dict[Any, str], label: str, value: Any, change: Any) -> None:
        made = ui.select(options, label=label, value=value, on_change=lambda e: change(e.value))
        self._controls[name] = made.props(f"dense options-dense data-testid={name}")

    def _settle(self) -> None:
        """Let the controls show what is chosen; a value that was refused goes back."""
        self._settling = True
        chosen = self.session.choices
        for name in (*OPTIONS, "seed"):
            self._controls[name].value = getattr(chosen, name)
        self._controls["layers"].value = len(chosen.hidden)
        for place in range(HIDDEN):
            control = self._controls[f"layer{place}"]
            control.set_visibility(place < len(chosen.hidden))
            if place < len(chosen.hidden):
                control.value = chosen.hidden[place]
        self._controls["strength"].set_enabled(chosen.regularisation != "none")
        self._settling = False

    def _set_steps(self, event: Any) -> None:
        if event.value in STEPS:
            self.at_a_time = event.value

    async def toggle(self) -> None:
        """Play or pause."""
        self._set_playing(not self.playing)

    def _set_playing(self, playing: bool) -> None:
        self.playing = playing
        self.play.set_text(say("pause" if playing else "play"))

    async def step(self) -> None:
        """Pause, and take one step."""
        self._set_playing(False)
        async with self._turn:
            await run.io_bound(self.session.step, 1)
        await self.draw()

    async def reset(self) -> None:
        """Pause, and begin anew from the seed."""
        self._set_playing(False)
        async with self._turn:
            await run.io_bound(self.session.reset)
        await self.draw()

    async def change(self, name: str, value: Any) -> None:
        """Choose something else; what was playing goes on, from the beginning."""
        if self._settling or value == getattr(self.session.choices, name):
            return
        if name == "seed" and isinstance(value, float) and value.is_integer():
            value = int(value)  # the browser's numbers are floats
        try:
            async with self._turn:
                await run.io_bound(self.session.change, name, value)
        except ValueError as error:
            ui.notify(say("refused", reason=error), type="warning")
        except Exception as error:  # damaged digits, a full disk: the page stays, with what it had
            ui.notify(say("failed", reason=f"{type(error).__name__}: {error}"), type="negative")
        self._settle()
        await self.draw()

    async def change_layers(self, _value: Any) -> None:
        """The sizes of the hidden layers, from the controls that are in use."""
        count = self._controls["layers"].value
        if not self._settling and count in range(HIDDEN + 1):
            await self.change("hidden", tuple(self._controls[f"layer{place}"].value for place in range(count)))

    async def work(self) -> None:
        """While it plays and its window is there, some steps and a picture. The timer ends with the window."""
        if not self.playing or not self.client.has_socket_connection:
            return
        async with self._turn:
            await run.io_bound(self.session.step, self.at_a_time)
        if self.session.ended:
            self._set_playing(False)
        await self.draw()

    async def draw(self) -> None:
        """Show the session as it is."""
        async with self._turn:
            view = await run.io_bound(look, self.session)
        if view is not None and not self.client.is_deleted:  # the server ends, or the window has gone
            self._show(view)

    def _show(self, view: View) -> None:
        self.picture.props["src"], self.picture.props["alt"] = view.picture, view.picture_alt
        self.picture.update()
        for label, words in (
            (self.source, view.source),
            (self.count, view.count),
            (self.numbers, view.numbers),
            (self.verdict, view.verdict),
            (self.apart, view.apart),
        ):
            label.set_text(words)
        _redraw(self.losses, view.losses, view.numbers)
        _redraw(self.difference, view.difference, view.verdict or view.numbers)
        _redraw(self.network, view.network, view.apart)


def _redraw(chart: Any, options: dict[str, Any], words: str) -> None:
    chart.options.clear()
    chart.options.update(options)
    chart.props["aria-label"] = words
    chart.update()


def _panel(heading: str) -> Any:
    panel = ui.element("section").classes("panel")
    with panel:
        _heading(heading)
    return panel


def _heading(key: str) -> None:
    ui.html(say(key), sanitize=False, tag="h2")


def _paragraph(words: str) -> None:
    ui.label(words).classes("note")
