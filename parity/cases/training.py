"""Cases of the training loop."""

from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, ScriptSample, integers, normal
from parity.sides import Side

__all__ = ["CASES"]

REGRESSION = (normal(5, 4), normal(5, 3))
LABELLED = (normal(5, 4), integers(5, high=3))
XOR = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]


def _batches(side: Side, *arrays: Any, size: int = 2) -> list[tuple[Any, ...]]:
    """Five examples make batches of 2, 2 and 1: a short last one."""
    return [tuple(side.array(a[i : i + size]) for a in arrays) for i in range(0, len(arrays[0]), size)]


def _history(side: Side) -> Any:
    return side.History(
        loss=[0.5, 0.25], lr=[0.1, 0.2], epoch_loss=[0.375], grad_norm={1: 2.0}, snapshots={0: {"weight": np.ones(2)}}
    )


def _kept_history(side: Side, state: Any) -> Any:
    """A snapshot is taken before the step, and another after it."""
    model = side.Linear(4, 3, bias=False)
    history = side.History()
    for value in (state, np.zeros_like(state)):
        side.set_data(model.weight, value)
        side.set_grad(model.weight, value + 1)
        history.add_step(model, 1.5, 0.1, snapshot_every=1)
    return history


def _train(side: Side, x: Any, y: Any, **args: Any) -> Any:
    model = side.Linear(4, 3)
    optimizer = side.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return side.train(model, side.MSELoss(), optimizer, _batches(side, x, y), **args)


def _one_slope(side: Side) -> Any:
    """The slope goes from 1 to 1 − 0.125 · 2 (2 − 4) · 2 = 2, which is the answer."""
    model = side.Linear(1, 1, bias=False)
    side.set_data(model.weight, np.ones((1, 1)))
    optimizer = side.SGD(model.parameters(), lr=0.125)
    return side.train(model, side.MSELoss(), optimizer, [(side.array([[2.0]]), side.array([[4.0]]))], epochs=2)


def _epoch_of_three(side: Side) -> Any:
    """Nothing is learned at a rate of 0. Errors of 1, 3 and 5 in batches of 2 and 1: 5, 25, and a mean of 35/3."""
    model = side.Linear(1, 1, bias=False)
    side.set_data(model.weight, np.ones((1, 1)))
    batches = _batches(side, np.array([[1.0], [3.0], [5.0]]), np.zeros((3, 1)))
    return side.train(model, side.MSELoss(), side.SGD(model.parameters(), lr=0.0), batches)


def _scheduled(side: Side, x: Any, y: Any) -> Any:
    model = side.Linear(4, 3)
    optimizer = side.SGD(model.parameters(), lr=0.1)
    scheduler = side.StepLR(optimizer, step_size=1, gamma=0.5)
    return side.train(model, side.MSELoss(), optimizer, _batches(side, x, y), epochs=3, scheduler=scheduler)


def _plateau(side: Side) -> Any:
    """The slope climbs away from the answer: times 2.25 and 7.25 in an epoch, and at half the rate 1.625 and 4.125."""
    told: list[float] = []

    class Listening(side.ReduceLROnPlateau):  # type: ignore[misc, name-defined]  # the base is the side's
        def step(self, metrics: float = 0.0) -> None:
            told.append(metrics)
            super().step(metrics)

    model = side.Linear(1, 1, bias=False)
    side.set_data(model.weight, np.ones((1, 1)))
    optimizer = side.SGD(model.parameters(), lr=0.125, maximize=True)
    scheduler = Listening(optimizer, factor=0.5, patience=0)
    batches = _batches(side, np.array([[1.0], [3.0], [5.0]]), np.zeros((3, 1)))
    history = side.train(model, side.MSELoss(), optimizer, batches, epochs=3, scheduler=scheduler)
    return [history, told]


def _shuffled(side: Side, x: Any, y: Any) -> Any:
    model = side.Linear(4, 3)
    loader = side.DataLoader(side.TensorDataset(side.array(x), side.array(y)), batch_size=2, shuffle=True)
    return side.train(model, side.MSELoss(), side.Adam(model.parameters(), lr=0.1), loader, epochs=3)


def _classifier(side: Side) -> Any:
    """A network that does one thing in training and another in evaluation."""
    return side.Sequential(side.Linear(4, 3), side.BatchNorm1d(3), side.Dropout(0.5))


def _after_evaluation(side: Side, x: Any, y: Any) -> Any:
    model = _classifier(side).eval()
    optimizer = side.SGD(model.parameters(), lr=0.1)
    batches = _batches(side, x, y, size=5)
    return side.train(model, side.CrossEntropyLoss(), optimizer, batches, epochs=2, snapshot_every=1)


def _input_gradient_after(side: Side, x: Any, y: Any) -> Any:
    model = side.Linear(4, 3)
    side.train(model, side.MSELoss(), side.SGD(model.parameters(), lr=0.1), _batches(side, x, y))
    inputs = side.inputs([x], [True])
    return side.backward(model, model(*inputs), side.array(y), inputs)


def _watched(side: Side, x: Any, y: Any) -> Any:
    seen: list[Any] = []
    _train(side, x, y, on_step=lambda step, loss: seen.append([step, loss, type(loss).__name__]))
    return seen


def _interrupted(side: Side, x: Any, y: Any) -> Any:
    """Ctrl-C after the second of three steps."""
    model = side.Linear(4, 3)

    def stop(step: int, loss: float) -> None:
        if step == 2:
            raise KeyboardInterrupt

    try:
        optimizer = side.SGD(model.parameters(), lr=0.1)
        side.train(model, side.MSELoss(), optimizer, _batches(side, x, y), on_step=stop)
    except KeyboardInterrupt:
        inputs = side.inputs([x], [True])
        return [model.state_dict(), side.backward(model, model(*inputs), side.array(y), inputs)]
    return "not interrupted"


def _used_up(side: Side) -> Any:
    model = side.Linear(4, 3)
    batches = iter(_batches(side, np.ones((5, 4)), np.ones((5, 3))))
    return side.train(model, side.MSELoss(), side.SGD(model.parameters(), lr=0.1), batches, epochs=2)


def _predict(side: Side, x: Any, y: Any) -> Any:
    """The model is in training but for one frozen part, and is found so afterwards."""
    model = _classifier(side)
    model[1].eval()
    return [side.predict(model, _batches(side, x, y)), [module.training for module in (model, *model)]]


def _evaluate(side: Side, x: Any, y: Any) -> Any:
    model = _classifier(side)
    model[1].eval()
    cross_entropy, grad_enabled = side.CrossEntropyLoss(), []

    def criterion(output: Any, target: Any) -> Any:
        grad_enabled.append(side.is_grad_enabled())
        return cross_entropy(output, target)

    found = side.evaluate(model, criterion, _batches(side, x, y))
    return [found, grad_enabled, [module.training for module in (model, *model)]]


def _evaluate_by_hand(side: Side) -> Any:
    """Errors of 1, 3 and 5 in batches of 2 and 1: the mean of 1, 9 and 25 is 35/3; that of the batches' means is 15."""
    outputs = side.array([[1.0], [3.0], [5.0]])
    targets = side.array([[0.0], [0.0], [0.0]])
    return side.evaluate(side.Identity(), side.MSELoss(), [(outputs[:2], targets[:2]), (outputs[2:], targets[2:])])[0]


def _valor(side: Side, inputs: Any, targets: Any, **args: Any) -> Any:
    model = side.MLP(len(inputs[0]), [4, np.size(targets) // len(inputs)], "tanh")
    return side.train_valor(model, inputs, targets, **args)


def _valor_by_hand(side: Side) -> Any:
    model = side.MLP(1, [1])
    side.load(model, {"0.weight": np.array([[1.0]]), "0.bias": np.array([0.0])})
    return side.train_valor(model, [[2.0]], [4.0], lr=0.125, epochs=1)


def _watched_valor(side: Side) -> Any:
    seen: list[Any] = []
    _valor(side, XOR, [0.0, 1.0, 0.0, 1.0], lr=0.5, epochs=3, on_step=lambda step, loss: seen.append([step, loss]))
    return seen


CASES = [
    Case(
        "History",
        samples=(
            ScriptSample("made by hand", "values that are lost or exchanged", script=_history),
            ScriptSample(
                "copies",
                "snapshots that are the live arrays, so that all of them show the end",
                inputs=(normal(3, 4),),
                script=_kept_history,
            ),
        ),
    ),
    Case(
        "train",
        samples=(
            ScriptSample(
                "worked by hand",
                "a loss written down after the step",
                expected={
                    "result.loss": [4.0, 0.0],
                    "result.lr": [0.125, 0.125],
                    "result.epoch_loss": [4.0, 0.0],
                    "result.grad_norm.2": 0.0,
                    "result.snapshots.0.weight": [[1.0]],
                    "result.snapshots.2.weight": [[2.0]],
                },
                script=_one_slope,
                dtypes=("float64",),
            ),
            ScriptSample(
                "epoch worked by hand",
                "the loss of an epoch as the mean of its batches' means",
                expected={"result.loss": [5.0, 25.0], "result.epoch_loss": [35 / 3]},
                script=_epoch_of_three,
                dtypes=("float64",),
            ),
            ScriptSample(
                "short last batch",
                "a state that is kept at the wrong steps",
                {"epochs": 2, "snapshot_every": 4},
                REGRESSION,
                script=_train,
            ),
            ScriptSample(
                "every step",
                "gradients that add up from step to step",
                {"snapshot_every": 1},
                REGRESSION,
                script=_train,
            ),
            ScriptSample(
                "clipping",
                "gradients clipped after the step, or not at all",
                {"max_norm": 0.1, "snapshot_every": 1},
                REGRESSION,
                script=_train,
            ),
            ScriptSample(
                "schedule",
                "a schedule stepped with every batch, or a rate written down after it was changed",
                inputs=REGRESSION,
                expected={"result.lr": [0.1] * 3 + [0.05] * 3 + [0.025] * 3},
                script=_scheduled,
            ),
            ScriptSample(
                "plateau",
                "a schedule that is not told the loss of the epoch, or told that of the last batch",
                expected={
                    "result.0.lr": [0.125, 0.125, 0.125, 0.125, 0.0625, 0.0625],
                    "result.1": [
                        (2 * 5 + 25 * 2.25**2) / 3,
                        (2 * 5 + 25 * 2.25**2) / 3 * 16.3125**2,
                        (2 * 5 + 25 * 1.625**2) / 3 * 16.3125**4,
                    ],
                },
                script=_plateau,
                dtypes=("float64",),
            ),
            ScriptSample("shuffled", "batches read once and kept in one order", inputs=REGRESSION, script=_shuffled),
            ScriptSample(
                "after evaluation",
                "a model left in evaluation mode: dropout off, statistics that stand still",
                inputs=LABELLED,
                script=_after_evaluation,
            ),
            ScriptSample(
                "input gradient afterwards",
                "a model that has no input gradient once it was trained",
                inputs=REGRESSION,
                script=_input_gradient_after,
            ),
            ScriptSample("watched", "steps that count from 0", inputs=REGRESSION, script=_watched),
            ScriptSample(
                "interrupted",
                "an interruption that is swallowed, or comes late",
                inputs=REGRESSION,
                script=_interrupted,
            ),
            ScriptSample(
                "no epochs", "a state lost where nothing is trained", {"epochs": 0}, REGRESSION, script=_train
            ),
        ),
        errors=(ErrorSample("batches used up", ValueError, script=_used_up),),
    ),
    Case(
        "predict",
        samples=(
            ScriptSample(
                "modes", "dropout in evaluation, or a frozen part that is thawed", inputs=LABELLED, script=_predict
            ),
            ScriptSample(
                "worked by hand",
                "the largest value instead of its place",
                expected={"result": [1, 0]},
                script=lambda side: side.predict(side.Identity(), [(side.array([[0.5, 2.0], [1.0, -3.0]]), None)]),
            ),
        ),
        errors=(ErrorSample("no batches", ValueError, script=lambda side: side.predict(side.Identity(), [])),),
    ),
    Case(
        "evaluate",
        samples=(
            ScriptSample(
                "modes",
                "dropout in evaluation, gradients kept for nothing, or a frozen part that is thawed",
                inputs=LABELLED,
                script=_evaluate,
            ),
            ScriptSample(
                "worked by hand",
                "the mean of the batches' means, where the last batch is short",
                expected={"result": 35 / 3},
                script=_evaluate_by_hand,
            ),
        ),
        errors=(
            ErrorSample(
                "no batches", ValueError, script=lambda side: side.evaluate(side.Identity(), side.MSELoss(), [])
            ),
        ),
    ),
    Case(
        "train_valor",
        samples=(
            ScriptSample(
                "worked by hand",
                "a gradient without its factor of 2, or a bias that is not trained",
                expected={
                    "result.loss": [4.0],
                    "result.grad_norm.1": 80**0.5,  # of (−8, −4)
                    "result.snapshots.1.0.weight": [[2.0]],
                    "result.snapshots.1.0.bias": [0.5],
                },
                script=_valor_by_hand,
                dtypes=("float64",),
            ),
            ScriptSample(
                "XOR",
                "gradients that add up from step to step",
                {"lr": 0.5, "epochs": 25, "snapshot_every": 10},
                (XOR, [0.0, 1.0, 0.0, 1.0]),
                script=_valor,
                dtypes=("float64",),
            ),
            ScriptSample(
                "two outputs",
                "a mean over the rows only",
                {"lr": 0.1, "epochs": 5},
                (normal(5, 3), normal(5, 2)),
                script=_valor,
                dtypes=("float64",),
            ),
            ScriptSample("watched", "steps that count from 0", script=_watched_valor, dtypes=("float64",)),
        ),
        errors=(
            ErrorSample(
                "too few targets",
                ValueError,
                script=lambda side: side.train_valor(side.MLP(2, [1]), XOR, [0.0, 1.0], lr=0.1, epochs=1),
            ),
        ),
    ),
]
