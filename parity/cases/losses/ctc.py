"""Cases of the loss of a sequence whose alignment with its target is not known."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from parity.cases import Case, Difference, ErrorSample, ModuleSample, ScriptSample, normal
from parity.sides import Side

__all__ = ["CASES"]

INF = np.inf
THROUGH_SOFTMAX = "the gradient is that of the logits of a log-softmax, as in PyTorch; a script below has their slope"
LABELS = np.array([[1, 2, 3], [2, 2, 1], [3, -1, -1], [1, 1, -1]])  # padded with what is no label
FRAMES, SIZES = np.array([5, 5, 3, 4]), np.array([3, 3, 1, 2])
HARD = np.full((3, 4, 3), [-1.0, -2.0, -3.0])
HARD[0, 0, 2], HARD[1, 0, 1], HARD[:, 1, 1] = -INF, -INF, -INF  # the last one makes the target impossible
HARD[2, 2], HARD[1, 3, 1] = np.nan, np.nan  # behind the end, and before it
TWO_TIMES = np.log(np.full((2, 1, 2), 0.5))


def _log_probs(*shape: int) -> Any:
    def draw(rng: np.random.Generator) -> Any:
        scores = rng.normal(size=shape)
        return scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))

    return draw


def _slopes(function: Callable[[Any], float], x: Any) -> Any:
    """Central differences, entry by entry."""
    slopes = np.empty_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = 1e-5
        slopes[index] = (function(x + step) - function(x - step)) / 2e-5
    return slopes


def _against_slopes(side: Side, logits: Any) -> Any:
    """Do gradient and slope agree: of the logits, with a log-softmax before the loss; and of log_probs alone?"""
    softmax, loss = side.LogSoftmax(dim=2), side.CTCLoss()
    rest = [side.array(given) for given in (LABELS, FRAMES, SIZES)]

    def after_softmax(x: Any) -> float:
        return float(side.numpy(loss(softmax(side.array(x)), *rest)))

    def alone(x: Any) -> float:
        return float(side.numpy(loss(side.array(x), *rest)))

    inputs = side.inputs([logits], [True])
    log_probs = softmax(*inputs)
    output = loss(log_probs, *rest)
    if side.name == "scratch":
        grad_log_probs = loss.backward()
        grad = softmax.backward(grad_log_probs)
    else:
        log_probs.retain_grad()
        output.backward()
        grad_log_probs, grad = log_probs.grad, inputs[0].grad
    values = side.numpy(log_probs)
    return {
        "grad": grad,
        "logits agree": np.allclose(side.numpy(grad), _slopes(after_softmax, logits), rtol=1e-6, atol=1e-8),
        "log_probs agree": np.allclose(side.numpy(grad_log_probs), _slopes(alone, values), rtol=1e-6, atol=1e-8),
    }


def _error(name: str, *changes: Any, **args: Any) -> ErrorSample:
    """One argument of the call is replaced: (position, value)."""
    inputs: list[Any] = [np.zeros((4, 2, 3)), np.array([[1, 2], [1, 1]]), np.array([4, 3]), np.array([2, 2])]
    for position, value in changes:
        inputs[position] = value
    return ErrorSample(name, RuntimeError, args, tuple(inputs))


CASES = [
    Case(
        "CTCLoss",
        samples=(
            ModuleSample(
                "mean",
                "a loss that is not divided by the target's length; labels read behind the end of a target",
                inputs=(_log_probs(5, 4, 6), LABELS, FRAMES, SIZES),
                kink=THROUGH_SOFTMAX,
            ),
            ModuleSample(
                "worked by hand",
                "one alignment where three of four give the target: '1 1', '1 −' and '− 1'; two of them say 1 first",
                inputs=(TWO_TIMES, np.array([[1]]), np.array([2]), np.array([1])),
                expected={"forward": math.log(4 / 3), "unit.log_probs": np.full((2, 1, 2), [1 / 6, -1 / 6])},
                kink=THROUGH_SOFTMAX,
            ),
            ModuleSample(
                "repeated label",
                "equal labels side by side without a blank: '1 − 1' alone, of eight, gives them",
                {"reduction": "sum"},
                (np.log(np.full((3, 1, 2), 0.5)), np.array([[1, 1]]), np.array([3]), np.array([2])),
                expected={"forward": math.log(8.0), "unit.log_probs": np.array([[[0.5, -0.5]], [[-0.5, 0.5]]] * 2)[:3]},
                kink=THROUGH_SOFTMAX,
            ),
            ModuleSample(
                "one after another, another blank",
                "a blank that is always class 0; targets cut at the wrong places",
                {"blank": 2, "reduction": "none"},
                (_log_probs(5, 4, 3), np.array([0, 1, 1, 0, 0, 0]), np.array([5, 4, 2, 0]), np.array([3, 2, 1, 0])),
                kink=THROUGH_SOFTMAX,
            ),
            ModuleSample(
                "too long",
                "a finite loss for what cannot be said, and a gradient other than nan",
                {"reduction": "none"},
                (_log_probs(4, 3, 5), np.array([[1, 1, 1], [1, 2, 3], [4, 4, 4]]), np.array([4, 4, 0]), np.full(3, 3)),
                kink="infinities have no difference quotient",
            ),
            ModuleSample(
                "too long, zero_infinity",
                "nan in the gradient where the infinite loss was made 0; a mean over the others only",
                {"zero_infinity": True},
                (_log_probs(4, 3, 5), np.array([[1, 1, 1], [1, 2, 3], [4, 4, 4]]), np.array([4, 4, 0]), np.full(3, 3)),
                kink=THROUGH_SOFTMAX,
            ),
            ModuleSample(
                "empty targets",
                "a division by a length of 0, or a last label that is not there",
                inputs=(_log_probs(4, 3, 5), np.array([[1], [0], [0]]), np.array([4, 3, 0]), np.array([1, 0, 0])),
                kink=THROUGH_SOFTMAX,
            ),
            ModuleSample(
                "blanks only",
                "labels taken for granted; one state is all there is, and each time costs log 2",
                {"reduction": "sum"},
                (np.log(np.full((3, 2, 2), 0.5)), np.zeros((2, 0), np.int64), np.array([3, 2]), np.array([0, 0])),
                expected={"forward": 5 * math.log(2.0)},
                kink=THROUGH_SOFTMAX,
            ),
            ModuleSample(
                "one time",
                "a step back or ahead from the only time",
                {"reduction": "none"},
                (_log_probs(1, 2, 3), np.array([[2], [1]]), np.array([1, 1]), np.array([1, 0])),
                kink=THROUGH_SOFTMAX,
            ),
            ModuleSample(
                "no batch",
                "an output with an axis of one",
                {"reduction": "none"},
                (_log_probs(5, 4), np.array([1, 3, 3]), np.array(5), np.array(3)),
                kink=THROUGH_SOFTMAX,
            ),
            ModuleSample(
                "not normalised, hardly possible",
                "probabilities multiplied as they are, which underflow; or log_probs normalised once more",
                inputs=(normal(5, 4, 6, mean=-400.0, std=100.0), LABELS, FRAMES, SIZES),
                kink=THROUGH_SOFTMAX,
                dtypes=("float64",),  # float32 near −2000 has steps of 1e-4, and so have both sides' logarithms
            ),
            ModuleSample(
                "impossible and nan",
                "−∞ − (−∞) in a sum of logarithms; nan from behind the end",
                {"reduction": "none"},
                (HARD, np.array([[1, 2], [1, 2], [2, 1], [2, 1]]), np.array([3, 3, 2, 3]), np.array([1, 1, 1, 2])),
                kink="infinities have no difference quotient",
            ),
            ModuleSample(
                "lengths as tuples",
                "lengths that must be arrays",
                {"reduction": "sum"},
                (_log_probs(5, 4, 6), LABELS, tuple(FRAMES.tolist()), tuple(SIZES.tolist())),
                kink=THROUGH_SOFTMAX,
            ),
            ScriptSample(
                "against slopes",
                "a gradient of the logits that is not their slope; and the belief that log_probs alone have theirs",
                inputs=(normal(5, 4, 4),),
                expected={"result.logits agree": True, "result.log_probs agree": False},
                script=_against_slopes,
                dtypes=("float64",),
            ),
        ),
        errors=(
            ErrorSample(
                "unknown reduction",
                ValueError,
                {"reduction": "average"},
                only_ours="PyTorch says so only when the loss is called",
            ),
            _error("blank above the classes", blank=3),
            _error("negative blank", blank=-1),
            _error("one axis too few", (0, np.zeros(4))),
            _error("one axis too many", (0, np.zeros((4, 2, 3, 1)))),
            _error("empty batch", (0, np.zeros((4, 0, 3))), (2, np.zeros(0, np.int64)), (3, np.zeros(0, np.int64))),
            _error("integers as input", (0, np.zeros((4, 2, 3), np.int64))),
            _error("too few input lengths", (2, np.array([4]))),
            _error("input lengths as floats", (2, np.array([4.0, 3.0]))),
            _error("input length above T", (2, np.array([5, 4]))),
            _error("negative input length", (2, np.array([-1, 4]))),
            _error("too few target lengths", (3, np.array([2]))),
            _error("negative target length", (3, np.array([2, -1]))),
            _error("target length above S", (3, np.array([3, 2]))),
            _error("targets of another batch", (1, np.array([[1, 2]]))),
            _error("targets too short together", (1, np.array([1, 2, 1]))),
            _error("targets too long together", (1, np.array([1, 2, 1, 1, 1]))),
            _error("three axes of targets", (1, np.ones((1, 2, 2), np.int64))),
            ErrorSample(
                "label above the classes",
                IndexError,
                {},
                (np.zeros((4, 1, 3)), np.array([[3]]), np.array([4]), np.array([1])),
                only_ours="PyTorch reads what lies behind the array",
            ),
        ),
        differences=(
            Difference("a label that is no class is an error", "PyTorch reads what lies behind the array"),
            Difference(
                "a target that has the blank in it, which PyTorch's page forbids",
                "no error on either side; at the last time PyTorch's gradient then leaves one of two ends out",
            ),
            Difference(
                "nan in log_probs makes nan of the sequence's loss wherever its target has the label",
                "PyTorch leaves it out at the first time, where only the first label can stand",
            ),
            Difference(
                "lengths may be tuples, arrays or, without a batch, an int, in any combination",
                "PyTorch wants two tensors or two tuples",
            ),
        ),
    ),
]
