"""Cases of the losses of where things lie."""

from typing import Any

import numpy as np

from parity.cases import Case, ErrorSample, ModuleSample, ScriptSample, normal
from parity.sides import Side

__all__ = ["CASES"]

INF, NAN = np.inf, np.nan
NO_SLOPE = "infinities have no difference quotient"
TIE = "at a tie the slope jumps"
ONES = np.ones((3, 2))
PAIR = (normal(5, 4), normal(5, 4))
TRIPLET = (normal(5, 4), normal(5, 4), normal(5, 4))
ORIGIN, NEAR, FAR = np.zeros((1, 2)), np.array([[0.0, 2.0]]), np.array([[3.0, 4.0]])  # 2 and 5 from the origin
ONE_DTYPE = "PyTorch promotes; here nothing is promoted silently"


def _signs(*shape: int) -> Any:
    """Targets of 1.0 and −1.0."""
    return lambda rng: rng.choice([-1.0, 1.0], shape)


def _whole_signs(*shape: int) -> Any:
    """Targets of 1 and −1, as int64."""
    return lambda rng: rng.choice([-1, 1], shape)


def _projected(side: Side) -> Any:
    """‖W (x1 − x2)‖², a distance with a layer that is trained. PyTorch finds its gradient, and calls no backward."""

    def forward(self: Any, x1: Any, x2: Any) -> Any:
        projection = self.layer(x1 - x2)
        if side.name == "scratch":
            self.save(projection)
        return (projection * projection).sum(-1)

    def backward(self: Any, grad_output: Any) -> Any:
        (projection,) = self.saved(grad_output)
        grad = self.layer.backward(2 * projection * grad_output[..., np.newaxis])
        return grad, -grad

    distance = type("Projected", (side.Module,), {"forward": forward, "backward": backward})()
    distance.layer = side.Linear(4, 3, bias=False)
    return distance


def _trained_distance(side: Side, *arrays: Any, swap: bool, reduction: str) -> Any:
    """The distance is used twice, or three times with swap: the gradients of its layer add up."""
    loss = side.TripletMarginWithDistanceLoss(
        distance_function=_projected(side), margin=2.0, swap=swap, reduction=reduction
    )
    *triplet, upstream = arrays
    inputs = side.inputs(triplet, [True] * 3)
    seen: dict[str, Any] = {"state": loss.state_dict()}
    for turn in ("first", "second"):
        output = loss(*inputs)
        grads = side.backward(loss, output, side.array(upstream) if reduction == "none" else None, inputs)
        seen[turn] = {"output": output, "grads": grads}
        seen[turn]["parameters"] = [side.numpy(side.grad(parameter)) for parameter in loss.parameters()]
    return seen


def _other_norm(side: Side, *arrays: Any) -> Any:
    """PyTorch's own distance, with another norm."""
    loss = side.TripletMarginWithDistanceLoss(distance_function=side.PairwiseDistance(p=1.0), margin=3.0)
    inputs = side.inputs(list(arrays), [True] * 3)
    output = loss(*inputs)
    return {"output": output, "grads": side.backward(loss, output, None, inputs)}


def _no_module(side: Side) -> None:
    loss = side.TripletMarginWithDistanceLoss(distance_function=3)
    loss(*[side.array(ONES)] * 3)


TRIPLET_ERRORS = (
    ErrorSample("margin of zero", ValueError, {"margin": 0.0}),
    ErrorSample("unknown reduction when called", ValueError, {"reduction": "average"}, (ONES, ONES, ONES)),
    ErrorSample("numbers of axes that differ", RuntimeError, {}, (ONES, np.ones(2), ONES)),
    ErrorSample("two dtypes", RuntimeError, {}, (ONES, ONES, ONES.astype(np.int64)), only_ours=ONE_DTYPE),
)

CASES = [
    Case(
        "CosineEmbeddingLoss",
        samples=(
            ModuleSample("mean", "a gradient for one of the two only", inputs=(*PAIR, _signs(5))),
            ModuleSample(
                "sum",
                "targets that must be floats, or a gradient divided by N",
                {"reduction": "sum"},
                (*PAIR, _whole_signs(5)),
            ),
            ModuleSample(
                "none and margin",
                "a margin for the alike, too",
                {"reduction": "none", "margin": 0.25},
                (normal(5, 4, mean=1.0), normal(5, 4, mean=1.0), _signs(5)),
            ),
            ModuleSample(
                "worked by hand",
                "1 and −1 in each other's place: a cosine of 4/5, across which the slope is 3/5 / 3",
                {"reduction": "none"},
                (np.array([[3.0, 0.0]] * 2), np.array([[4.0, 3.0]] * 2), np.array([1.0, -1.0])),
                expected={"forward": [0.2, 0.8]},
            ),
            ModuleSample(
                "at the margin",
                "a slope of 0 at the margin, where PyTorch has one",
                {"reduction": "sum"},
                (np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]), np.array([-1.0])),
                expected={"forward": 0.0, "unit.input1": [[0.0, 1.0]]},
                kink=TIE,
            ),
            ModuleSample(
                "no length",
                "a division by 0, or an eps that is added to the length, not to its square",
                {"reduction": "none"},
                (
                    np.array([[0.0, 0.0], [1e-6, 0.0], [0.0, 0.0]]),
                    np.array([[1.0, 2.0]] * 3),
                    np.array([1.0, 1.0, -1.0]),
                ),
                kink="the loss bends more than a difference quotient follows",
            ),
            ModuleSample(
                "edges",
                "nan or infinity mended",
                {"reduction": "none"},
                (
                    np.array([[INF, 1.0], [NAN, 1.0], [1e200, 1.0], [1.0, NAN]]),
                    np.array([[1.0, 2.0]] * 4),
                    np.array([1.0, -1.0, 1.0, 0.0]),
                ),
                kink=NO_SLOPE,
                dtypes=("float64",),  # 1e200 is no float32
            ),
            ModuleSample(
                "other targets",
                "a target other than 1 and −1 that counts",
                {"reduction": "none"},
                (*PAIR, np.array([0.0, 2.0, -2.0, 1.0, NAN])),
            ),
            ModuleSample("one pair", "a batch that is demanded", inputs=(normal(4), normal(4), np.array(1.0))),
            ModuleSample(
                "empty batch",
                "0 for the mean of nothing, which is nan",
                inputs=(normal(0, 4), normal(0, 4), normal(0)),
                expected={"forward": NAN},
            ),
        ),
        errors=(
            ErrorSample(
                "unknown reduction when called", ValueError, {"reduction": "average"}, (ONES, ONES, np.ones(3))
            ),
            ErrorSample("column of targets", RuntimeError, {}, (ONES, ONES, np.ones((3, 1)))),
            ErrorSample("one target for a batch", RuntimeError, {}, (ONES, ONES, np.array(1.0))),
            ErrorSample("lengths that differ", RuntimeError, {}, (ONES, np.ones((3, 4)), np.ones(3))),
            ErrorSample("three axes", RuntimeError, {}, (np.ones((5, 4, 3)), np.ones((5, 4, 3)), np.ones((5, 4)))),
            ErrorSample(
                "one vector for a batch",
                RuntimeError,
                {},
                (ONES, np.ones((1, 2)), np.ones(3)),
                only_ours="PyTorch broadcasts silently; here the shapes are equal",
            ),
            ErrorSample("two dtypes", RuntimeError, {}, (ONES, ONES.astype(np.int64), np.ones(3)), only_ours=ONE_DTYPE),
        ),
    ),
    Case(
        "TripletMarginLoss",
        samples=(
            ModuleSample("mean", "an anchor that has the gradient of one distance only", inputs=TRIPLET),
            ModuleSample(
                "sum, a norm of 1",
                "Euclid's distance for every p",
                {"reduction": "sum", "p": 1.0, "margin": 0.5},
                TRIPLET,
            ),
            ModuleSample(
                "none, a norm of 3, three axes",
                "a distance over all axes but the first",
                {"reduction": "none", "p": 3.0, "margin": 3.0},
                (normal(5, 4, 3), normal(5, 4, 3), normal(5, 4, 3)),
            ),
            ModuleSample(
                "the largest component, one triplet",
                "a power of infinity, or a whole gradient for each of two largest components",
                {"p": INF, "eps": 0.0, "margin": 2.0},
                (np.zeros(3), np.array([2.0, -2.0, 1.0]), np.array([0.0, 3.0, 0.0])),
                expected={
                    "forward": 1.0,
                    "unit.anchor": [-0.5, 1.5, 0.0],
                    "unit.positive": [0.5, -0.5, 0.0],
                    "unit.negative": [0.0, -1.0, 0.0],
                },
                kink=TIE,
            ),
            ModuleSample(
                "a norm of a half",
                "a slope for p ≥ 1 only: below, components that are equal have 0 for ∞",
                {"p": 0.5, "eps": 0.0, "margin": 20.0},
                (np.array([[1.0, 2.0, -3.0]]), np.array([[1.0, 0.5, 2.0]]), np.array([[4.0, 2.0, -3.0]])),
                kink="where components are equal the slope is infinite",
            ),
            ModuleSample(
                "number of components",
                "a gradient where PyTorch has none",
                {"p": 0.0, "swap": True, "eps": 0.0},
                (np.array([[1.0, 2.0, 3.0]]), np.array([[1.0, 5.0, 6.0]]), np.array([[1.0, 5.0, 3.0]])),
                expected={"forward": 2.0},
            ),
            ModuleSample(
                "eps",
                "an eps that is added to the distance, not to the difference",
                {"eps": 0.5, "margin": 3.0},
                TRIPLET,
            ),
            ModuleSample(
                "swap",
                "the anchor's distance from the negative, where the positive is nearer",
                {"swap": True, "margin": 3.0},
                TRIPLET,
            ),
            ModuleSample(
                "worked by hand",
                "positive and negative in each other's place: 5 − 2 + 1, slopes (3, 4) / 5 and −(0, 2) / 2",
                {"eps": 0.0},
                (ORIGIN, FAR, NEAR),
                expected={
                    "forward": 4.0,
                    "unit.anchor": [[-0.6, 0.2]],
                    "unit.positive": [[0.6, 0.8]],
                    "unit.negative": [[0.0, -1.0]],
                },
            ),
            ModuleSample(
                "at the margin, and no distance",
                "a slope of 0 at the margin, or nan at distance 0",
                {"eps": 0.0, "reduction": "sum"},
                (
                    np.zeros((3, 2)),
                    np.array([[0.0, 0.0], [1.0, 0.0], [3.0, 4.0]]),
                    np.array([[1.0, 0.0], [2.0, 0.0], [0, 0]]),
                ),
                kink=TIE,
            ),
            ModuleSample(
                "swap at a tie",
                "a whole gradient for one of two equal distances",
                {"eps": 0.0, "swap": True, "margin": 5.0},
                (ORIGIN, np.array([[2.0, 0.0]]), np.array([[1.0, 0.0]])),
                expected={"forward": 6.0, "unit.anchor": [[-0.5, 0.0]], "unit.negative": [[0.0, 0.0]]},
                kink=TIE,
            ),
            ModuleSample(
                "edges",
                "nan or infinity mended",
                {"reduction": "none", "swap": True},
                (
                    np.array([[NAN, 0.0], [INF, 0.0], [1.0, 0.0]]),
                    np.array([[1.0, 0.0]] * 3),
                    np.array([[3.0, 4.0], [0, 0], [INF, 0]]),
                ),
                kink=NO_SLOPE,
            ),
            ModuleSample(
                "one anchor for a batch",
                "a gradient of what is repeated that is not summed",
                {"margin": 3.0},
                (normal(1, 4), normal(5, 4), normal(1, 4)),
            ),
            ModuleSample(
                "empty batch",
                "0 for the mean of nothing, which is nan",
                inputs=(normal(0, 4), normal(0, 4), normal(0, 4)),
                expected={"forward": NAN},
            ),
        ),
        errors=(
            *TRIPLET_ERRORS,
            ErrorSample("shapes that do not fit", RuntimeError, {}, (ONES, np.ones((3, 4)), ONES)),
        ),
    ),
    Case(
        "TripletMarginWithDistanceLoss",
        samples=(
            ModuleSample("mean", "a distance that is not Euclid's by default", inputs=TRIPLET),
            ModuleSample(
                "none, margin and swap",
                "the anchor's distance from the negative, where the positive is nearer",
                {"reduction": "none", "margin": 3.0, "swap": True},
                TRIPLET,
            ),
            ModuleSample(
                "one number",
                "a loss that wants an axis",
                {"margin": 3.0},
                (np.array(1.0), np.array(3.0), np.array(2.5)),
            ),
            ModuleSample(
                "empty batch",
                "0 for the mean of nothing, which is nan",
                inputs=(normal(0, 4), normal(0, 4), normal(0, 4)),
                expected={"forward": NAN},
            ),
            ScriptSample("another norm", "Euclid's distance for every function", inputs=TRIPLET, script=_other_norm),
            ScriptSample(
                "trained distance",
                "a forward of the distance that overwrites what the other one kept",
                {"swap": False, "reduction": "mean"},
                (*TRIPLET, np.ones(5)),
                script=_trained_distance,
            ),
            ScriptSample(
                "trained distance and swap",
                "a gradient of the distance's layer that leaves the third use out",
                {"swap": True, "reduction": "none"},
                (*TRIPLET, normal(5)),
                script=_trained_distance,
            ),
        ),
        errors=(
            *TRIPLET_ERRORS,
            ErrorSample("distance that is no function", TypeError, script=_no_module),
            ErrorSample(
                "distance that is a function",
                TypeError,
                {"distance_function": max},
                only_ours="PyTorch differentiates any function; here the distance has a backward of its own",
            ),
        ),
    ),
]
