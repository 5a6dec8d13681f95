"""Cases of the schedules along a cosine."""

from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, SchedulerSample, ScriptSample
from parity.cases.schedulers._scripts import EXACT, FOLLOWED, ONE, made, no_initial_rate, resumes, trainer
from parity.sides import Side

__all__ = ["CASES"]


def _first_in_a_sequence(side: Side) -> Any:
    optimizer = trainer(side, 0.1)
    scheduler = side.SequentialLR(optimizer, [side.CosineAnnealingWarmRestarts(optimizer, T_0=3)], [])
    rates = [scheduler.get_last_lr()]
    for _ in range(4):
        optimizer.step()
        scheduler.step()
        rates.append(scheduler.get_last_lr())
    return np.array(rates)


CASES = [
    Case(
        "CosineAnnealingLR",
        samples=(
            SchedulerSample("to the minimum", "π e / (T_max − 1)", {"T_max": 12}, tolerance=EXACT, dtypes=ONE),
            SchedulerSample(
                "and up again",
                "a rate that stays at the minimum, or a division by zero just after it",
                {"T_max": 4, "eta_min": 0.01},
                steps=24,
                tolerance=EXACT,
                dtypes=ONE,
            ),
            ScriptSample(
                "jumps",
                "a jump that goes on from the present rate",
                {"component": "CosineAnnealingLR", "T_max": 5, "eta_min": 0.01, "given": (3, None, 12, None)},
                **FOLLOWED,
            ),
            resumes(
                "CosineAnnealingLR",
                "the closed form, where PyTorch goes on from the rate it finds",
                last_epoch=3,
                steps=7,
                T_max=5,
                eta_min=0.01,
            ),
        ),
        errors=(no_initial_rate("CosineAnnealingLR", T_max=2),),
    ),
    Case(
        "CosineAnnealingWarmRestarts",
        samples=(
            SchedulerSample(
                "default", "a minimum that is reached before the restart", {"T_0": 5}, tolerance=EXACT, dtypes=ONE
            ),
            SchedulerSample(
                "worked by hand",
                "a restart that comes an epoch late, or waves that do not grow",
                {"T_0": 2, "T_mult": 2, "eta_min": 1.0},
                lrs=(5.0,),
                steps=6,
                expected={"rates.step 1": [3.0], "rates.step 2": [5.0], "rates.step 4": [3.0], "rates.step 6": [5.0]},
                tolerance=EXACT,
                dtypes=ONE,
            ),
            ScriptSample(
                "fractions",
                "an epoch between two batches that is rounded, or one that is counted from a jump's fraction",
                {
                    "component": "CosineAnnealingWarmRestarts",
                    "T_0": 3,
                    "T_mult": 3,
                    "given": (0.25, 2.75, 3, 11.5, 12, None, 1.5, None, None, 38.5, 39.25),
                },
                **FOLLOWED,
            ),
            ScriptSample(
                "equal waves",
                "a wave found by a logarithm to the base 1",
                {"component": "CosineAnnealingWarmRestarts", "T_0": 4, "given": (27, None, 3.5, 0, None)},
                **FOLLOWED,
            ),
            ScriptSample(
                "first in a sequence",
                "a wave that goes on where its first epoch is undone",
                script=_first_in_a_sequence,
                tolerance=EXACT,
                dtypes=ONE,
            ),
            resumes(
                "CosineAnnealingWarmRestarts",
                "a wave found anew where one goes on: PyTorch takes the epoch for the place in the first",
                last_epoch=4,
                steps=4,
                T_0=3,
            ),
        ),
        errors=(
            made("T_0 of 0", ValueError, "CosineAnnealingWarmRestarts", T_0=0),
            made("T_0 not whole", ValueError, "CosineAnnealingWarmRestarts", T_0=2.5),
            made("T_mult of 0", ValueError, "CosineAnnealingWarmRestarts", T_0=2, T_mult=0),
            made("eta_min not a number", ValueError, "CosineAnnealingWarmRestarts", T_0=2, eta_min="0"),
            ErrorSample(
                "epoch below 0",
                ValueError,
                script=lambda side: side.CosineAnnealingWarmRestarts(trainer(side, 0.1), T_0=2).step(-1),
            ),
            no_initial_rate("CosineAnnealingWarmRestarts", T_0=2),
        ),
    ),
]
