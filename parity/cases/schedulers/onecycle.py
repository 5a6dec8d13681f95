"""Cases of the 1cycle schedule."""

from typing import Any

from parity.cases import Case, ErrorSample, SchedulerSample, ScriptSample
from parity.cases.schedulers._scripts import EXACT, FOLLOWED, ONE, made, no_initial_rate, resumes, trainer
from parity.sides import Side

__all__ = ["CASES"]


def _too_many_steps(side: Side) -> Any:
    """PyTorch allows one more than there are."""
    optimizer = trainer(side, 0.1)
    scheduler = side.OneCycleLR(optimizer, 0.1, total_steps=4)
    for _ in range(5):
        optimizer.step()
        scheduler.step()


CASES = [
    Case(
        "OneCycleLR",
        samples=(
            SchedulerSample(
                "worked by hand",
                "phases that are a step longer, or a last rate that is the first",
                {
                    "max_lr": 8.0,
                    "total_steps": 5,
                    "pct_start": 0.6,
                    "anneal_strategy": "linear",
                    "div_factor": 2.0,
                    "final_div_factor": 4.0,
                },
                lrs=(0.1,),
                steps=4,
                expected={"rates.step 0": [4.0], "rates.step 1": [6.0], "rates.step 2": [8.0], "rates.step 4": [1.0]},
                tolerance=EXACT,
                dtypes=ONE,
            ),
            ScriptSample(
                "default",
                "a momentum that stands still, or a count of steps that is that of the epochs",
                {"component": "OneCycleLR", "max_lr": 0.1, "epochs": 1, "steps_per_epoch": 20, "steps": 20},
                **FOLLOWED,
            ),
            ScriptSample(
                "three phases",
                "a second phase that goes down to the end, or betas of which both are cycled",
                {
                    "component": "OneCycleLR",
                    "optimizer": "Adam",
                    "max_lr": [0.1, 0.4],
                    "total_steps": 12,
                    "base_momentum": [0.5, 0.6],
                    "max_momentum": (0.8, 0.9),
                    "three_phase": True,
                    "steps": 11,
                },
                **FOLLOWED,
            ),
            ScriptSample(
                "without momentum",
                "an optimizer without momentum that is refused all the same",
                {
                    "component": "OneCycleLR",
                    "optimizer": "Adagrad",
                    "max_lr": 0.1,
                    "total_steps": 9,
                    "pct_start": 0.0,
                    "cycle_momentum": False,
                    "steps": 9,
                },
                **FOLLOWED,
            ),
            resumes(
                "OneCycleLR",
                "bounds computed anew where one goes on",
                last_epoch=2,
                steps=5,
                max_lr=0.1,
                total_steps=10,
                pct_start=1.0,
            ),
        ),
        errors=(
            ErrorSample("not an optimizer", TypeError, script=lambda side: side.OneCycleLR(None, 0.1, 10)),
            made("no number of steps", ValueError, "OneCycleLR", max_lr=0.1, epochs=3),
            made("total_steps not whole", ValueError, "OneCycleLR", max_lr=0.1, total_steps=9.5),
            made("no epochs", ValueError, "OneCycleLR", max_lr=0.1, epochs=0, steps_per_epoch=3),
            made("no batches", ValueError, "OneCycleLR", max_lr=0.1, epochs=3, steps_per_epoch=0),
            made("pct_start above 1", ValueError, "OneCycleLR", max_lr=0.1, total_steps=9, pct_start=1.5),
            made("pct_start as a whole number", ValueError, "OneCycleLR", max_lr=0.1, total_steps=9, pct_start=1),
            made("another strategy", ValueError, "OneCycleLR", max_lr=0.1, total_steps=9, anneal_strategy="cosine"),
            made("three rates for two groups", ValueError, "OneCycleLR", max_lr=[0.1] * 3, total_steps=9),
            made("no momentum", ValueError, "OneCycleLR", optimizer="Adagrad", max_lr=0.1, total_steps=9),
            made("phase without length", ZeroDivisionError, "OneCycleLR", max_lr=0.1, total_steps=4, pct_start=0.25),
            ErrorSample("too many steps", ValueError, script=_too_many_steps),
            no_initial_rate("OneCycleLR", max_lr=0.1, total_steps=9),
        ),
    ),
]
