"""Cases of the schedules that let the rate fall."""

from parity.cases import Case, SchedulerSample, ScriptSample
from parity.cases.schedulers._scripts import EXACT, FOLLOWED, ONE, no_initial_rate, resumes

__all__ = ["CASES"]

CASES = [
    Case(
        "StepLR",
        samples=(
            SchedulerSample("default", "one epoch early or late", {"step_size": 3}, tolerance=EXACT, dtypes=ONE),
            SchedulerSample(
                "gamma", "another default factor", {"step_size": 1, "gamma": 0.5}, tolerance=EXACT, dtypes=ONE
            ),
            ScriptSample(
                "jumps",
                "a jump that goes on from the present rate",
                {"component": "StepLR", "step_size": 3, "given": (7, None, None, 2, None)},
                **FOLLOWED,
            ),
            resumes("StepLR", "a start that forgets how many epochs have passed", last_epoch=4, steps=5, step_size=3),
        ),
        errors=(no_initial_rate("StepLR", step_size=2),),
    ),
    Case(
        "MultiStepLR",
        samples=(
            SchedulerSample(
                "default", "a fall after the milestone", {"milestones": [3, 7]}, tolerance=EXACT, dtypes=ONE
            ),
            SchedulerSample(
                "twice the same",
                "milestones without order kept as a set, or in order only",
                {"milestones": (5, 2, 5), "gamma": 0.5},
                lrs=(8.0,),
                steps=6,
                expected={"rates.step 1": [8.0], "rates.step 2": [4.0], "rates.step 5": [1.0]},
                tolerance=EXACT,
                dtypes=ONE,
            ),
            ScriptSample(
                "jumps",
                "milestones jumped over that do not count, or count twice",
                {"component": "MultiStepLR", "milestones": [2, 6, 2], "given": (6, None, 1, None, None)},
                **FOLLOWED,
            ),
            resumes("MultiStepLR", "milestones passed that count again", last_epoch=3, steps=4, milestones=[2, 4, 6]),
        ),
        errors=(no_initial_rate("MultiStepLR", milestones=[2]),),
    ),
    Case(
        "ExponentialLR",
        samples=(
            SchedulerSample("default", "a fall at the start", {"gamma": 0.9}, tolerance=EXACT, dtypes=ONE),
            ScriptSample(
                "jumps",
                "a factor for the jump instead of one for each epoch jumped over",
                {"component": "ExponentialLR", "gamma": 0.9, "given": (7, None, 0, None)},
                **FOLLOWED,
            ),
            resumes("ExponentialLR", "a fall too many where one goes on", last_epoch=3, steps=4, gamma=0.9),
        ),
        errors=(no_initial_rate("ExponentialLR", gamma=0.9),),
    ),
    Case(
        "PolynomialLR",
        samples=(
            SchedulerSample("default", "a rate that falls below zero", tolerance=EXACT, dtypes=ONE),
            SchedulerSample(
                "power",
                "a power of the share that has passed instead of what is left",
                {"total_iters": 4, "power": 2},
                lrs=(16.0,),
                steps=4,
                expected={"rates.step 1": [9.0], "rates.step 4": [0.0]},
                tolerance=EXACT,
                dtypes=ONE,
            ),
            ScriptSample(
                "jumps",
                "a formula that goes on beyond the end",
                {"component": "PolynomialLR", "total_iters": 8, "power": 0.5, "given": (3, None, 20, None, 2, None)},
                **FOLLOWED,
            ),
            resumes("PolynomialLR", "a fall too many where one goes on", last_epoch=2, steps=6, total_iters=7),
        ),
        errors=(no_initial_rate("PolynomialLR"),),
    ),
]
