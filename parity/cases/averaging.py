"""Cases of the averages of a model's weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ScriptSample, normal
from parity.sides import Side

__all__ = ["CASES"]

BATCHES = (normal(5, 4), normal(5, 4), normal(5, 4))


def _network(side: Side) -> Any:
    """It has weights, and a norm with buffers of both kinds."""
    return side.Sequential(side.Linear(4, 3), side.BatchNorm1d(3, momentum=0.3))


def _averaging(side: Side, averaged: Any, model: Any, *batches: Any) -> Any:
    """The average of new weights with each batch, and what it makes of the last."""
    for x in batches:
        inputs = side.inputs([x], [True])
        side.set_data(model[0].weight, x[:3])
        side.backward(model, model(*inputs), side.array(x[:, :3]), inputs)
        averaged.update_parameters(model)
    state = {key: side.numpy(value) for key, value in averaged.state_dict().items()}
    output = averaged.eval()(*inputs)
    grads = side.backward(averaged, output, side.array(x[:, :3]), inputs)
    return {"state": state, "output": output, "grads": grads, "weight": side.grad(averaged.module[0].weight)}


def _with(side: Side, *batches: Any, avg_fn: Any = None, multi_avg_fn: Any = None, use_buffers: bool = False) -> Any:
    """The functions are given as their makers' names and arguments."""
    model = _network(side)
    one, several = (None if made is None else side.find(made[0])(*made[1:]) for made in (avg_fn, multi_avg_fn))
    averaged = side.AveragedModel(model, avg_fn=one, multi_avg_fn=several, use_buffers=use_buffers)
    return _averaging(side, averaged, model, *batches)


def _own_function(side: Side, *batches: Any) -> Any:
    """The newest model counts the more, the more there are."""
    model = _network(side)
    averaged = side.AveragedModel(model, avg_fn=lambda mean, new, count: mean + (new - mean) * count / (count + 1))
    return _averaging(side, averaged, model, *batches)


def _one_weight(side: Side, *weights: float, **makers: Any) -> Any:
    model = side.Linear(1, 1, bias=False)
    averaged = side.AveragedModel(model, **{name: side.find(made[0])(*made[1:]) for name, made in makers.items()})
    for weight in weights:
        side.set_data(model.weight, np.full((1, 1), weight))
        averaged.update_parameters(model)
    return averaged.state_dict()


def _copied(side: Side, x: Any) -> Any:
    """A copy of a model that has a gradient, and that is trained on."""
    model = side.Linear(4, 3)
    inputs = side.inputs([x], [True])
    side.backward(model, model(*inputs), side.array(x[:, :3]), inputs)
    averaged = side.AveragedModel(model)
    no_gradient = averaged.module.weight.grad is None
    side.set_data(model.weight, np.ones((3, 4)))
    return [no_gradient, list(averaged.state_dict()), averaged.state_dict(), averaged.training]


def _restored(side: Side, *batches: Any) -> Any:
    """The state of an average in another, which goes on with it."""
    model = _network(side)
    averaged, other = side.AveragedModel(model), side.AveragedModel(_network(side))
    _averaging(side, averaged, model, *batches)
    other.load_state_dict(averaged.state_dict())
    return _averaging(side, other.train(), model, *batches[:1])


def _applied(side: Side, *arrays: Any, maker: str, count: int, **args: Any) -> Any:
    """A function for one array at a time: the averages come first, then what is new."""
    function = side.find(maker)(**args)
    return [function(side.array(mean), side.array(new), count) for mean, new in _pairs(arrays)]


def _applied_to_all(side: Side, *arrays: Any, maker: str, count: int, **args: Any) -> Any:
    """A function for lists, in place."""
    means, new = ([side.array(array) for array in part] for part in zip(*_pairs(arrays), strict=True))
    return [side.find(maker)(**args)(means, new, count), means, new]


def _pairs(arrays: tuple[Any, ...]) -> list[tuple[Any, Any]]:
    half = len(arrays) // 2
    return list(zip(arrays[:half], arrays[half:], strict=True))


def _two_sizes(side: Side) -> Any:
    side.AveragedModel(side.Linear(4, 3)).update_parameters(side.Linear(5, 3))


def _renormed(side: Side, *batches: Any) -> Any:
    """A model in evaluation, but for a part; batches alone and with targets."""
    model = side.Sequential(side.Linear(4, 3), side.BatchNorm1d(3, momentum=0.3), side.Dropout(0.5)).eval()
    model[2].train()
    seen: list[bool] = []

    def loader() -> Iterator[Any]:
        for index, x in enumerate(batches):
            seen.append(side.is_grad_enabled())
            batch = side.array(x)
            yield (batch, [batch, batch], (batch, None))[index % 3]

    model[1].train()(side.array(batches[0][:, :3]))
    model[1].eval()
    side.update_bn(loader(), model)
    return [model.state_dict(), model[1].momentum, seen, [module.training for module in (model, *model)]]


def _nothing_to_norm(side: Side, x: Any) -> Any:
    """The batches are not asked for."""
    batches = iter([side.array(x)])
    side.update_bn(batches, side.Sequential(side.Linear(4, 3)))
    return len(list(batches))


def _one_channel(side: Side, *batches: Any) -> Any:
    model = side.BatchNorm1d(1, affine=False)
    side.update_bn([side.array(x) for x in batches], model)
    return model.state_dict()


def _decays(maker: str) -> tuple[ErrorSample, ...]:
    return (
        ErrorSample("decay above 1", ValueError, {"decay": 1.5}),
        ErrorSample("decay below 0", ValueError, script=lambda side: side.find(maker)(-0.5)),
    )


def _extremes(maker: str, script: Callable[..., Any]) -> tuple[ScriptSample, ...]:
    """The default decay, and both ends of what is allowed."""
    given = {"maker": maker, "count": 7}
    return (
        ScriptSample("default", "another decay where none is said", given, FLOATING, script=script),
        ScriptSample("nothing new", "a decay of one that is refused", {**given, "decay": 1.0}, FLOATING, script=script),
        ScriptSample("all new", "a decay of zero that is refused", {**given, "decay": 0.0}, FLOATING, script=script),
    )


# A matrix, a number and nothing: first the averages, then what is new.
FLOATING = (
    np.array([[4.0, -2.0, 1e30], [0.0, 1.0, 3.0]]), np.array(2.0), np.zeros((0, 2)),
    np.array([[8.0, 2.0, -1e30], [0.0, 1.0, -5.0]]), np.array(5.0), np.zeros((0, 2)),
)  # fmt: skip
WHOLE = (np.array([4, 10, 7]), np.array(1), np.array([9, 10, 0]), np.array(3))

CASES = [
    Case(
        "AveragedModel",
        samples=(
            ScriptSample(
                "worked by hand",
                "a mean that forgets how many models are in it",
                script=lambda side: _one_weight(side, 1.0, 2.0, 6.0),
                expected={"result.n_averaged": 3, "result.module.weight": [[3.0]]},
            ),
            ScriptSample(
                "moving average worked by hand",
                "a first model that is averaged with the start, or a decay for what is new",
                script=lambda side: _one_weight(side, 4.0, 8.0, 1.0, avg_fn=("get_ema_avg_fn", 0.75)),
                expected={"result.module.weight": [[4.0]]},  # 3 + 2, then 3.75 + 0.25
            ),
            ScriptSample("default", "buffers that are left behind", inputs=BATCHES, script=_with),
            ScriptSample(
                "moving average",
                "whole numbers that are averaged, where they are to be copied",
                {"avg_fn": ("get_ema_avg_fn", 0.9)},
                BATCHES,
                script=_with,
            ),
            ScriptSample(
                "moving average with buffers",
                "buffers that are copied where they are to be averaged, or whole numbers that are rounded",
                {"avg_fn": ("get_ema_avg_fn", 0.4), "use_buffers": True},
                BATCHES,
                script=_with,
            ),
            ScriptSample("mean with buffers", "means of weights only", {"use_buffers": True}, BATCHES, script=_with),
            ScriptSample("own function", "a count that begins with the start", inputs=BATCHES, script=_own_function),
            ScriptSample(
                "all at once",
                "a function in place whose work is lost",
                {"multi_avg_fn": ("get_swa_multi_avg_fn",)},
                BATCHES,
                script=_with,
            ),
            ScriptSample(
                "all at once with buffers",
                "arrays of two dtypes in one call",
                {"multi_avg_fn": ("get_ema_multi_avg_fn", 0.4), "use_buffers": True},
                BATCHES,
                script=_with,
            ),
            ScriptSample(
                "a copy", "a model that is not copied, or copied with its gradients", inputs=BATCHES[:1], script=_copied
            ),
            ScriptSample("restored", "a count that is not part of the state", inputs=BATCHES, script=_restored),
        ),
        errors=(
            ErrorSample(
                "two functions",
                AssertionError,
                script=lambda side: side.AveragedModel(
                    side.Linear(4, 3), avg_fn=side.get_swa_avg_fn(), multi_avg_fn=side.get_swa_multi_avg_fn()
                ),
            ),
            ErrorSample("two sizes", RuntimeError, script=_two_sizes),
        ),
        differences=(
            Difference(
                "the count that a function is given",
                "it is a Python int, which leaves the dtype alone; PyTorch hands over a tensor without dimensions",
            ),
        ),
    ),
    Case(
        "get_ema_avg_fn",
        samples=(
            ScriptSample(
                "decay",
                "a decay for what is new, or a result in another dtype",
                {"maker": "get_ema_avg_fn", "count": 1, "decay": 0.75},
                FLOATING,
                expected={"result.1": 2.75},
                script=_applied,
            ),
            *_extremes("get_ema_avg_fn", _applied),
            ScriptSample(
                "whole numbers",
                "a result that is cut down to whole numbers here already",
                {"maker": "get_ema_avg_fn", "count": 1, "decay": 0.9},
                WHOLE,
                script=_applied,
            ),
        ),
        errors=_decays("get_ema_avg_fn"),
    ),
    Case(
        "get_ema_multi_avg_fn",
        samples=(
            ScriptSample(
                "decay",
                "a share of what is new in place of the average's, or new arrays in place of the old",
                {"maker": "get_ema_multi_avg_fn", "count": 1, "decay": 0.25},
                FLOATING,
                expected={"result.1.1": 4.25},
                script=_applied_to_all,
            ),
            *_extremes("get_ema_multi_avg_fn", _applied_to_all),
            ScriptSample(
                "whole numbers",
                "whole numbers that are rounded, where PyTorch cuts them down",
                {"maker": "get_ema_multi_avg_fn", "count": 1, "decay": 0.9},
                WHOLE,
                script=_applied_to_all,
            ),
        ),
        errors=_decays("get_ema_multi_avg_fn"),
    ),
    Case(
        "get_swa_avg_fn",
        samples=(
            ScriptSample(
                "third model",
                "a mean of the last two",
                {"maker": "get_swa_avg_fn", "count": 2},
                FLOATING,
                expected={"result.1": 3.0},
                script=_applied,
            ),
            ScriptSample(
                "whole numbers",
                "a result that is cut down to whole numbers here already",
                {"maker": "get_swa_avg_fn", "count": 2},
                WHOLE,
                script=_applied,
            ),
        ),
    ),
    Case(
        "get_swa_multi_avg_fn",
        samples=(
            ScriptSample(
                "third model",
                "a mean of the last two, or new arrays in place of the old",
                {"maker": "get_swa_multi_avg_fn", "count": 2},
                FLOATING,
                expected={"result.1.1": 3.0},
                script=_applied_to_all,
            ),
        ),
        differences=(
            Difference(
                "whole numbers",
                "they are averaged and cut down, as by the other functions; PyTorch's kernel raises RuntimeError, as"
                " does its AveragedModel with `use_buffers` where a norm counts its batches",
            ),
        ),
    ),
    Case(
        "update_bn",
        samples=(
            ScriptSample(
                "renewed",
                "statistics that remember what was before, a momentum that is lost, or a mode that stays",
                inputs=BATCHES,
                script=_renormed,
            ),
            ScriptSample(
                "worked by hand",
                "an exponential average of the batches",
                inputs=(np.array([[0.0], [2.0]]), np.array([[4.0], [6.0]])),
                expected={"result.running_mean": [3.0], "result.running_var": [2.0], "result.num_batches_tracked": 2},
                script=_one_channel,
            ),
            ScriptSample("no norm", "batches used up for nothing", inputs=BATCHES[:1], script=_nothing_to_norm),
        ),
    ),
]
