"""What a page shows of a session: pictures, charts and words. It takes time, and is made in a thread of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from parity.playground import charts
from parity.playground.choices import DATA, REGULARISATIONS
from parity.playground.pictures import boundaries
from parity.playground.session import MOST_STEPS, Session
from parity.plots.style import short
from parity.student.messages import find_language, text

__all__ = ["View", "choice_name", "look", "say"]


@dataclass(frozen=True)
class View:
    """A session at one moment."""

    picture: str  # a data URL
    picture_alt: str
    source: str
    count: str
    numbers: str
    verdict: str
    apart: str
    losses: dict[str, Any]
    difference: dict[str, Any]
    network: dict[str, Any]


def say(key: str, **values: Any) -> str:
    """The words for a key of the catalogue's table "playground", in the language of the locale."""
    return text(find_language(), f"playground.{key}", **values)


def choice_name(value: Any) -> str:
    """What an entry of a list is called."""
    return say(f"names.{value}") if value in (*DATA, *REGULARISATIONS) else f"{value}"


def look(session: Session) -> View:
    """All that is shown of a session."""
    neurons = session.neurons()
    picture, alt = boundaries(session, (say("ours"), say("theirs")))
    return View(
        picture=picture,
        picture_alt=alt,
        source=_source(session),
        count=say("ended", count=MOST_STEPS) if session.ended else say("steps", count=session.steps),
        numbers=_numbers(session),
        verdict=say(session.verdict(), budget=short(session.budget)) if session.steps else "",
        apart=_apart(session, neurons),
        losses=charts.losses_options(session, say),
        difference=charts.difference_options(session, say),
        network=charts.network_options(session, neurons, say),
    )


def _source(session: Session) -> str:
    source = session.points.source
    if not source:
        return ""
    key = "source_synthetic" if source == "synthetic digits" else "source"
    return f"{say(key, source=source)}. {say('plane')}."


def _numbers(session: Session) -> str:
    if not session.steps:
        return say("no_loss")
    ours, theirs = (f"{half.losses[-1]:.12g}" for half in (session.ours, session.theirs))
    apart = short(float(session.difference().max()))
    return say("losses_alt", step=session.steps, ours=ours, theirs=theirs, difference=apart)


def _apart(session: Session, neurons: Any) -> str:
    weights, outputs = (short(size) for size in charts.largest(neurons))
    tensors = short(max(session.tensor_differences().values()))
    return say("network_alt", count=len(neurons), weights=weights, outputs=outputs, tensors=tensors)
