"""Cases of the schedule that looks at a metric."""

from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, ScriptSample
from parity.cases.schedulers._scripts import EXACT, FOLLOWED, ONE, made, trainer, warned
from parity.sides import Side

__all__ = ["CASES"]

# It falls, stands, falls by too little, falls, and climbs.
LOSSES = (1.0, 0.5, 0.5, 0.49, 0.48, 0.47, 0.46, 0.3, 0.31, 0.3, 0.32, 0.35, 0.4, 0.1, 0.2, 0.2, 0.2)
ACCURACIES = (0.1, 0.5, 0.5, 0.51, 0.52, 0.53, 0.54, 0.7, 0.69, 0.7, 0.7, 0.6, 0.6, 0.9, 0.9)


def _added_group(side: Side, min_lr: Any) -> Any:
    """A group is added to the optimizer after the schedule was made."""
    optimizer = trainer(side, 0.1)
    scheduler = side.ReduceLROnPlateau(optimizer, factor=0.5, patience=0, min_lr=min_lr)
    optimizer.add_param_group({"params": [side.parameter(np.ones(2))], "lr": 0.04})
    for _ in range(2):
        scheduler.step(1.0)
    return [scheduler.get_last_lr(), scheduler.min_lrs]


def _metric_of_the_side(side: Side) -> Any:
    """A loss as it comes, and at last an epoch that is said, which is deprecated."""
    scheduler = side.ReduceLROnPlateau(trainer(side, 0.1), patience=0, cooldown=2)
    losses = [side.array(np.array(value)) for value in (2.0, 3.0, 4.0)]
    said = [warned(scheduler.step, loss) for loss in losses] + [warned(scheduler.step, losses[0], 9)]
    return [scheduler.get_last_lr(), scheduler.last_epoch, scheduler.best, scheduler.in_cooldown, said]


def _changed_mode(side: Side) -> Any:
    scheduler = side.ReduceLROnPlateau(trainer(side, 0.1))
    scheduler.load_state_dict({**scheduler.state_dict(), "mode": "middle"})


CASES = [
    Case(
        "ReduceLROnPlateau",
        samples=(
            ScriptSample(
                "default",
                "a fall after as many epochs as patience, and not one more",
                {"component": "ReduceLROnPlateau", "given": (1.0,) * 13},
                expected={"result.last.0": [0.1 * 0.1, 0.03 * 0.1]},
                **FOLLOWED,
            ),
            ScriptSample(
                "cooldown",
                "epochs counted during the cooldown, or a best value forgotten after a fall",
                {"component": "ReduceLROnPlateau", "factor": 0.5, "patience": 1, "cooldown": 2, "given": LOSSES},
                **FOLLOWED,
            ),
            ScriptSample(
                "relative threshold",
                "a threshold added to the best value, where a share of it is meant",
                {"component": "ReduceLROnPlateau", "factor": 0.5, "patience": 1, "threshold": 0.1, "given": LOSSES},
                **FOLLOWED,
            ),
            ScriptSample(
                "absolute threshold",
                "a threshold times the best value, where an amount is meant",
                {
                    "component": "ReduceLROnPlateau",
                    "factor": 0.5,
                    "patience": 1,
                    "threshold": 0.03,
                    "threshold_mode": "abs",
                    "given": LOSSES,
                },
                **FOLLOWED,
            ),
            ScriptSample(
                "largest, relative",
                "an accuracy that is to become smaller",
                {
                    "component": "ReduceLROnPlateau",
                    "mode": "max",
                    "patience": 1,
                    "threshold": 0.05,
                    "given": ACCURACIES,
                },
                **FOLLOWED,
            ),
            ScriptSample(
                "largest, absolute",
                "a margin with the sign of the other mode, or one that is reached and counts",
                {
                    "component": "ReduceLROnPlateau",
                    "mode": "max",
                    "patience": 1,
                    "threshold": 0.25,
                    "threshold_mode": "abs",
                    "given": (0.0, 0.25, 0.5, 0.5, 0.75, 1.0, 1.25),
                },
                **FOLLOWED,
            ),
            ScriptSample(
                "least rates",
                "one least rate for all groups, or a fall smaller than eps",
                {
                    "component": "ReduceLROnPlateau",
                    "lrs": (1.0, 0.5),
                    "factor": 0.5,
                    "patience": 0,
                    "min_lr": [0.3, 0.0],
                    "eps": 0.125,
                    "given": (1.0,) * 8,
                },
                expected={"result.last.0": [0.3, 0.25]},  # 1, 0.5 and 0.3; 0.5 and 0.25, from which it is eps to 0.125
                **FOLLOWED,
            ),
            ScriptSample(
                "not a number",
                "a loss of nan or infinity that counts as better",
                {"component": "ReduceLROnPlateau", "patience": 1, "given": (np.inf, np.nan, 1.0, -np.inf, np.nan)},
                **FOLLOWED,
            ),
            ScriptSample(
                "added group",
                "a least rate only for the groups there were at the start",
                {"min_lr": 0.03},
                script=_added_group,
                tolerance=EXACT,
                dtypes=ONE,
            ),
            ScriptSample(
                "loss as an array",
                "a best value that is an array, and changes with it",
                script=_metric_of_the_side,
                tolerance=EXACT,
                dtypes=ONE,
            ),
        ),
        errors=(
            ErrorSample("not an optimizer", TypeError, script=lambda side: side.ReduceLROnPlateau(None)),
            made("factor of 1", ValueError, "ReduceLROnPlateau", factor=1.0),
            made("another mode", ValueError, "ReduceLROnPlateau", mode="middle"),
            made("another threshold mode", ValueError, "ReduceLROnPlateau", threshold_mode="half"),
            made("three least rates for two groups", ValueError, "ReduceLROnPlateau", min_lr=[0.1] * 3),
            ErrorSample("no metric", TypeError, script=lambda side: side.ReduceLROnPlateau(trainer(side, 0.1)).step()),
            ErrorSample("added group", RuntimeError, script=lambda side: _added_group(side, [0.03])),
            ErrorSample("another mode in the state", ValueError, script=_changed_mode),
        ),
    ),
]
