"""Cases of the schedules that begin with a smaller rate."""

from typing import Any

from parity.cases import Case, ErrorSample, SchedulerSample, ScriptSample
from parity.cases.schedulers._scripts import EXACT, FOLLOWED, ONE, made, no_initial_rate, resumes, trainer
from parity.sides import Side

__all__ = ["CASES"]


def _out_of_nothing(side: Side) -> Any:
    """A rate of zero cannot be divided back."""
    optimizer = trainer(side, 0.1)
    scheduler = side.ConstantLR(optimizer, factor=0.0, total_iters=1)
    optimizer.step()
    scheduler.step()


CASES = [
    Case(
        "ConstantLR",
        samples=(
            SchedulerSample("default", "the whole rate an epoch late", tolerance=EXACT, dtypes=ONE),
            SchedulerSample(
                "all of it", "a factor of one that is refused", {"factor": 1.0}, steps=6, tolerance=EXACT, dtypes=ONE
            ),
            SchedulerSample(
                "from nothing",
                "a factor of zero that is refused",
                {"factor": 0.0, "total_iters": 20},
                tolerance=EXACT,
                dtypes=ONE,
            ),
            ScriptSample(
                "jumps",
                "a factor that is taken back where it was never applied",
                {"component": "ConstantLR", "factor": 0.3, "total_iters": 4, "given": (5, None, 2, None, None, 4)},
                **FOLLOWED,
            ),
            resumes("ConstantLR", "a factor applied anew where one goes on", last_epoch=2, steps=5),
        ),
        errors=(
            made("factor above 1", ValueError, "ConstantLR", factor=1.5),
            made("factor below 0", ValueError, "ConstantLR", factor=-0.5),
            ErrorSample("out of nothing", ZeroDivisionError, script=_out_of_nothing),
            no_initial_rate("ConstantLR"),
        ),
    ),
    Case(
        "LinearLR",
        samples=(
            SchedulerSample("default", "a line that is one epoch short or long", tolerance=EXACT, dtypes=ONE),
            SchedulerSample(
                "worked by hand",
                "a line that does not begin at start_factor",
                {"start_factor": 0.25, "total_iters": 3},
                lrs=(8.0,),
                steps=4,
                expected={"rates.step 0": [2.0], "rates.step 1": [4.0], "rates.step 3": [8.0], "rates.step 4": [8.0]},
                tolerance=EXACT,
                dtypes=ONE,
            ),
            SchedulerSample(
                "down to zero",
                "a line that only climbs, or a division by zero at its end",
                {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 7},
                tolerance=EXACT,
                dtypes=ONE,
            ),
            ScriptSample(
                "jumps",
                "a formula that goes on beyond the end",
                {"component": "LinearLR", "end_factor": 0.8, "total_iters": 6, "given": (9, None, 2, None, None)},
                **FOLLOWED,
            ),
            resumes("LinearLR", "a line that begins anew where one goes on", last_epoch=2, steps=5),
        ),
        errors=(
            made("start factor of 0", ValueError, "LinearLR", start_factor=0.0),
            made("start factor above 1", ValueError, "LinearLR", start_factor=1.5),
            made("end factor below 0", ValueError, "LinearLR", end_factor=-0.5),
            made("end factor above 1", ValueError, "LinearLR", end_factor=1.5),
            no_initial_rate("LinearLR"),
        ),
    ),
]
