"""Where several mistakes were made at once: what explains the first failure by itself, and how much it leaves.

A mistake that is named for one failure alone has to give all of its wrong numbers, and nowhere a wrong number where the
student's is right. That other things fail does not speak against it; that they fail otherwise than it says does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.student.diagnosis.seen import Hypothesis, Seen, Weight, agree, informative, predicted, shows
from parity.student.findings import Finding
from parity.student.graphs import Graph

__all__ = ["explained_by", "weigh_alone"]

Array = npt.NDArray[Any]

ALONE = 0.8  # of what the same fit is worth where nothing else is wrong
THIN = 0.7  # where it rests on a single number
RICH = 4  # numbers of one array that differ, each in its own way: another mistake does not give them by chance


@dataclass(frozen=True)
class _Told:
    """What a mistake says about a sample: the checks whose wrong numbers it gives, those that are wrong in another way,
    those that it would leave right, and whether it would make a right one wrong.
    """

    shown: set[str] = field(default_factory=set)
    otherwise: set[str] = field(default_factory=set)
    untouched: set[str] = field(default_factory=set)
    denied: bool = False


def weigh_alone(hypothesis: Hypothesis, check: str, first: Seen, others: Sequence[Seen]) -> Weight | None:
    """How well a mistake explains the first failure, where others fail for reasons of their own."""
    here = _told(hypothesis, first)
    if check not in here.shown and "raised" not in here.shown:
        return None
    rich = check in here.shown and _numbers(hypothesis, first, check) >= RICH
    if here.denied or here.otherwise or (here.untouched and not rich):
        return None
    rest = [_told(hypothesis, other, check) for other in others]
    if any(told.denied for told in rest):
        return None
    counted = [told for told, other in zip(rest, others, strict=True) if not other.beyond]
    agreeing = 1 + sum(bool(told.shown) and not told.otherwise for told in counted)
    share = agreeing / (agreeing + sum(bool(told.otherwise) for told in counted))
    explained = len(here.shown) + sum(len(told.shown) for told in rest)
    thin = explained == 1 and not rich
    return Weight(round(hypothesis.sure * (THIN if thin else ALONE) * share, 3), hypothesis, explained)


def _told(hypothesis: Hypothesis, seen: Seen, check: str = "") -> _Told:
    """`check`: the only one that a mistake which may have been made here and there has to answer for."""
    said = predicted(hypothesis, seen)
    told = _Told()
    failed = bool(seen.differing or seen.raised)
    if "raised" in said:
        if not failed:
            return _Told(denied=True)
        (told.shown if said["raised"] == seen.raised else told.otherwise).add("raised")
    for name in seen.got:
        telling = name in said and informative(said[name], seen.expected[name])
        if name not in seen.differing:
            witness = telling and not hypothesis.partial and not (failed and seen.beyond)
            if witness and not agree(seen.got[name], said[name], seen.expected[name]):
                return _Told(denied=True)
        elif telling and shows(seen, name, said[name]):
            told.shown.add(name)
        elif telling and not _lost(seen.got[name], said[name]) and not (hypothesis.partial and check not in ("", name)):
            told.otherwise.add(name)
        else:
            told.untouched.add(name)
    return told


def _lost(got: Array, said: Array) -> bool:
    """Whether numbers became none, which has a reason of its own."""
    return got.shape == said.shape and bool(np.any(~np.isfinite(got) & np.isfinite(said)))


def _numbers(hypothesis: Hypothesis, seen: Seen, check: str) -> int:
    """How many different numbers the mistake changes in an array; of a scalar that is one."""
    if isinstance(seen.sample, Graph):
        return 1
    said, right = predicted(hypothesis, seen)[check], seen.expected[check]
    if said.shape != right.shape:
        return int(np.unique(said).size)
    return int(np.unique(said[~np.isclose(said, right, rtol=1e-9, atol=1e-12)]).size)


def explained_by(hypothesis: Hypothesis, findings: Sequence[Finding], seen: Sequence[Seen]) -> tuple[int, int]:
    """Of the checks that count and fail: how many a mistake explains, and how many must have another reason."""
    by_name = {s.sample.name: s for s in seen}
    told = [_explains(hypothesis, f, by_name[f.sample]) for f in findings if f.failed and f.sample in by_name]
    return told.count(True), told.count(False)


def _explains(hypothesis: Hypothesis, finding: Finding, seen: Seen) -> bool | None:
    """None where the mistake says nothing about it."""
    said = predicted(hypothesis, seen)
    if "raised" in said or finding.check not in said:
        return said["raised"] == seen.raised if "raised" in said else None
    return shows(seen, finding.check, said[finding.check])
