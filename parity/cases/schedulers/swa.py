"""Cases of the schedule of stochastic weight averaging."""

from typing import Any

import numpy as np

from parity.cases import Case, SchedulerSample, ScriptSample
from parity.cases.schedulers._scripts import EXACT, FOLLOWED, ONE, made, no_initial_rate, resumes, trainer
from parity.sides import Side

__all__ = ["CASES"]


def _after_another(side: Side) -> Any:
    """First one schedule, then this one from wherever the rate is; after its end someone else changes it."""
    optimizer = trainer(side, 0.1, 0.03)
    before = side.ExponentialLR(optimizer, gamma=0.9)
    averaging = side.SWALR(optimizer, swa_lr=0.05, anneal_epochs=3)
    rates = []
    for epoch in range(9):
        optimizer.step()
        (before if epoch < 4 else averaging).step()
        rates.append([group["lr"] for group in optimizer.param_groups])
        if epoch == 7:
            optimizer.param_groups[0]["lr"] = 1.0
    return np.array(rates)


CASES = [
    Case(
        "SWALR",
        samples=(
            SchedulerSample(
                "cosine", "a rate that goes on beyond the end", {"swa_lr": 0.05}, tolerance=EXACT, dtypes=ONE
            ),
            SchedulerSample(
                "worked by hand",
                "an end that is a step late, or a cosine where a straight line is meant",
                {"swa_lr": 2.0, "anneal_epochs": 2, "anneal_strategy": "linear"},
                lrs=(8.0,),
                steps=4,
                expected={"rates.step 0": [8.0], "rates.step 1": [5.0], "rates.step 2": [2.0], "rates.step 4": [2.0]},
                tolerance=EXACT,
                dtypes=ONE,
            ),
            ScriptSample(
                "one for each group",
                "the rate of the first group for all",
                {"component": "SWALR", "swa_lr": [0.2, 0.01], "anneal_epochs": 5},
                **FOLLOWED,
            ),
            ScriptSample(
                "at once",
                "a division by zero where there is no way to go",
                {"component": "SWALR", "swa_lr": (0.2, 0.01), "anneal_epochs": 0, "steps": 4},
                **FOLLOWED,
            ),
            ScriptSample(
                "after another",
                "a way that begins at the initial rate instead of the present one",
                script=_after_another,
                tolerance=EXACT,
                dtypes=ONE,
            ),
            resumes("SWALR", "epochs before its own that count", last_epoch=3, steps=5, swa_lr=0.05, anneal_epochs=4),
        ),
        errors=(
            made("another strategy", ValueError, "SWALR", swa_lr=0.05, anneal_strategy="cosine"),
            made("epochs below 0", ValueError, "SWALR", swa_lr=0.05, anneal_epochs=-1),
            made("epochs not whole", ValueError, "SWALR", swa_lr=0.05, anneal_epochs=2.5),
            made("three rates for two groups", ValueError, "SWALR", swa_lr=[0.1] * 3),
            no_initial_rate("SWALR", swa_lr=0.05),
        ),
    ),
]
