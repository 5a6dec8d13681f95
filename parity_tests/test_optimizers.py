"""What the table cannot say of optimizers and schedules: states that travel, arrays that stay, numbers by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import scratch
import torch_ref

CONFIGURATIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.2}),
    ("RMSprop", {"lr": 0.1, "momentum": 0.5, "centered": True}),
    ("Adam", {"lr": 0.1, "amsgrad": True, "weight_decay": 0.1}),
    ("AdamW", {"lr": 0.1, "betas": (0.8, 0.9)}),
    ("Adadelta", {"lr": 0.1, "rho": 0.8, "weight_decay": 0.1}),
    ("Adafactor", {"lr": 0.1, "weight_decay": 0.1}),
    ("Adamax", {"lr": 0.1, "betas": (0.8, 0.9)}),
    ("RAdam", {"lr": 0.1, "betas": (0.5, 0.5), "decoupled_weight_decay": True}),
    ("Rprop", {"lr": 0.1, "etas": (0.6, 1.1)}),
)
IDS = [name for name, _ in CONFIGURATIONS]
SHAPES = ((5, 4), (3,))


def build(half: Any, name: str, options: dict[str, Any], values: list[Any]) -> tuple[list[Any], Any]:
    """Parameters with these values, in two groups."""
    parameters = [half.Parameter(np.array(v) if half is scratch else torch.from_numpy(np.array(v))) for v in values]
    groups = [{"params": parameters[:1]}, {"params": parameters[1:], "lr": 0.03}]
    return parameters, getattr(half, name)(groups, **options)


def steps(half: Any, parameters: list[Any], optimizer: Any, seed: int, count: int = 4) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(count):
        for parameter in parameters:
            grad = rng.normal(size=tuple(parameter.shape))
            parameter.grad = grad if half is scratch else torch.from_numpy(grad)
        optimizer.step()


def values_of(parameters: list[Any]) -> list[Any]:
    return [np.array(p.data if isinstance(p, scratch.Parameter) else p.detach().numpy()) for p in parameters]


def converted(value: Any, convert: Callable[[Any], Any]) -> Any:
    """A state with its arrays, or its tensors, converted."""
    if isinstance(value, dict):
        return {key: converted(item, convert) for key, item in value.items()}
    if isinstance(value, list):
        return [converted(item, convert) for item in value]
    return convert(value) if isinstance(value, np.ndarray | torch.Tensor) else value


@pytest.mark.parametrize(("name", "options"), CONFIGURATIONS, ids=IDS)
@pytest.mark.parametrize("to_torch", [True, False], ids=["to PyTorch", "from PyTorch"])
def test_a_state_travels(name: str, options: dict[str, Any], to_torch: bool) -> None:
    """Train on one side, go on from its state on the other: as if the other had trained all along."""
    first, second = (scratch, torch_ref) if to_torch else (torch_ref, scratch)
    start = [np.random.default_rng(index).normal(size=shape) for index, shape in enumerate(SHAPES)]
    parameters, optimizer = build(first, name, options, start)
    steps(first, parameters, optimizer, seed=1)
    convert = torch.from_numpy if to_torch else (lambda tensor: tensor.numpy())
    saved = converted(optimizer.state_dict(), lambda value: convert(value.copy() if to_torch else value.clone()))

    moved, moved_optimizer = build(second, name, {}, values_of(parameters))
    moved_optimizer.load_state_dict(saved)
    steps(first, parameters, optimizer, seed=2)
    steps(second, moved, moved_optimizer, seed=2)
    for got, expected in zip(values_of(moved), values_of(parameters), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-14)
    assert moved_optimizer.param_groups[1]["lr"] == 0.03
    assert [set(s) for s in moved_optimizer.state_dict()["state"].values()] == [set(s) for s in saved["state"].values()]


def test_loading_a_state_copies_it() -> None:
    parameters, optimizer = build(scratch, "Adam", {}, [np.ones(shape) for shape in SHAPES])
    steps(scratch, parameters, optimizer, seed=1)
    saved = optimizer.state_dict()
    before = converted(saved, np.copy)
    again, resumed = build(scratch, "Adam", {}, values_of(parameters))
    resumed.load_state_dict(saved)
    steps(scratch, again, resumed, seed=2)
    for number, state in saved["state"].items():
        for key, value in state.items():
            np.testing.assert_array_equal(value, before["state"][number][key])


def test_a_wrong_state_changes_nothing() -> None:
    parameters, optimizer = build(scratch, "SGD", {"momentum": 0.9}, [np.ones(shape) for shape in SHAPES])
    steps(scratch, parameters, optimizer, seed=1)
    saved = optimizer.state_dict()
    saved["state"][1] = {"momentum_buffer": np.ones(1)}  # would broadcast
    before = dict(optimizer.state)
    with pytest.raises(ValueError, match=r"SGD: expected momentum_buffer of shape \(3,\), got \(1,\)"):
        optimizer.load_state_dict(saved)
    assert dict(optimizer.state) == before


def test_adamw_stays_adamw_whatever_it_loads() -> None:
    for half in (scratch, torch_ref):
        _, adam = build(half, "Adam", {}, [np.ones(shape) for shape in SHAPES])
        _, adamw = build(half, "AdamW", {}, [np.ones(shape) for shape in SHAPES])
        adamw.load_state_dict(adam.state_dict())
        assert [group["decoupled_weight_decay"] for group in adamw.param_groups] == [True, True]


@pytest.mark.parametrize(("name", "options"), [*CONFIGURATIONS, ("SGD", {"momentum": 0.9})], ids=[*IDS, "momentum"])
def test_what_was_handed_out_never_changes(name: str, options: dict[str, Any]) -> None:
    scratch.manual_seed(0)
    model = scratch.Sequential(scratch.Linear(4, 5), scratch.ReLU(), scratch.Linear(5, 3))
    criterion = scratch.CrossEntropyLoss()
    optimizer = getattr(scratch, name)(model.parameters(), **options)
    rng = np.random.default_rng(0)
    kept: list[tuple[Any, Any]] = []

    def keep(*arrays: Any) -> None:
        kept.extend((array, np.copy(array)) for array in (*arrays, *(p.grad for p in model.parameters())))

    for _ in range(3):
        inputs, labels = rng.normal(size=(6, 4)).astype(np.float32), rng.integers(0, 3, 6)
        optimizer.zero_grad()
        for _ in range(2):  # the second backward adds to the gradients
            output = model(inputs)
            loss = criterion(output, labels)
            grad_output = criterion.backward()
            keep(inputs, labels, output, loss, grad_output, model.backward(grad_output))
        scratch.clip_grad_norm_(model.parameters(), max_norm=0.1)
        keep()
        scratch.clip_grad_value_(model.parameters(), clip_value=0.01)
        keep()
        optimizer.step()
    for array, copy in kept:
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize(("name", "options"), CONFIGURATIONS, ids=IDS)
def test_parameters_stay_where_they_are(name: str, options: dict[str, Any]) -> None:
    """An array taken before the optimizer was made shows the training, and so does a state that was read early."""
    layer = scratch.Linear(4, 3)
    weight = layer.state_dict()["weight"]
    before = weight.copy()
    optimizer = getattr(scratch, name)(layer.parameters(), **options)
    for _ in range(2):
        layer.weight.grad = np.ones((3, 4), np.float32)
        optimizer.step()
    assert layer.weight.data is weight
    assert not np.any(weight == before)


WORKED = (  # the parameter after each of two steps, from p = 1 with the gradients 3 and 4
    ("SGD", {"lr": 0.1}, (1 - 0.3, 1 - 0.3 - 0.4)),
    ("SGD", {"lr": 0.1, "momentum": 0.5}, (1 - 0.3, 0.7 - 0.1 * (0.5 * 3 + 4))),
    ("SGD", {"lr": 0.1, "momentum": 0.5, "dampening": 0.25}, (1 - 0.3, 0.7 - 0.1 * (0.5 * 3 + 0.75 * 4))),
    ("SGD", {"lr": 0.1, "momentum": 0.5, "nesterov": True}, (1 - 0.1 * 4.5, 0.55 - 0.1 * (4 + 0.5 * 5.5))),
    ("SGD", {"lr": 0.1, "weight_decay": 2.0}, (1 - 0.1 * 5, 0.5 - 0.1 * 5)),
    ("SGD", {"lr": 0.1, "maximize": True}, (1.3, 1.7)),
    ("Adagrad", {"lr": 0.1, "eps": 0.0}, (1 - 0.1 * 3 / 3, 0.9 - 0.1 * 4 / 5)),  # √(3² + 4²) is 5
    ("Adagrad", {"lr": 0.1, "eps": 1.0, "lr_decay": 1.0}, (1 - 0.1 * 3 / 4, 0.925 - 0.05 * 4 / 6)),
    ("RMSprop", {"lr": 0.1, "alpha": 0.75, "eps": 0.5}, (1 - 0.1 * 3 / 2, 0.85 - 0.1 * 4 / (5.6875**0.5 + 0.5))),
    # m̂ is the gradient at the first step, then (½·½·3 + ½·4) / ¾; v̂ is 9, then (½·½·9 + ½·16) / ¾
    ("Adam", {"lr": 0.1, "betas": (0.5, 0.5), "eps": 1.0}, (0.925, 0.925 - 0.1 * (11 / 3) / ((41 / 3) ** 0.5 + 1))),
    ("AdamW", {"lr": 0.1, "eps": 0.0, "weight_decay": 0.5, "betas": (0.0, 0.0)}, (0.95 - 0.1, 0.85 * 0.95 - 0.1)),
)  # fmt: skip


@pytest.mark.parametrize(("name", "options", "expected"), WORKED, ids=[f"{n} {o}" for n, o, _ in WORKED])
def test_two_steps_worked_by_hand(name: str, options: dict[str, Any], expected: tuple[float, float]) -> None:
    weight = scratch.Parameter(np.array([1.0]))
    optimizer = getattr(scratch, name)([weight], **options)
    seen = []
    for grad in (3.0, 4.0):
        weight.grad = np.array([grad])
        optimizer.step()
        seen.append(weight.data[0])
    np.testing.assert_allclose(seen, expected, rtol=1e-15)


@pytest.mark.parametrize("amsgrad", [False, True])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_adam_is_the_textbook_formula(dtype: str, amsgrad: bool) -> None:
    """Its code works in place and corrects numbers instead of arrays; here is the formula of its Math section."""
    rng = np.random.default_rng(0)
    weight = scratch.Parameter(rng.normal(size=(5, 4)).astype(dtype))
    optimizer = scratch.Adam([weight], lr=0.1, amsgrad=amsgrad)
    p, m, v, largest = weight.data.astype(float), 0.0, 0.0, 0.0
    for t in range(1, 51):
        g = rng.normal(size=(5, 4)) * (1.0 if t < 10 else 0.1)
        weight.grad = g.astype(dtype)
        optimizer.step()
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        largest = np.maximum(largest, v)
        mean = m / (1 - 0.9**t)
        mean_square = (largest if amsgrad else v) / (1 - 0.999**t)
        p = p - 0.1 * mean / (np.sqrt(mean_square) + 1e-8)
    np.testing.assert_allclose(
        weight.data, p, rtol=1e-12 if dtype == "float64" else 1e-5, atol=1e-6 * (dtype != "float64")
    )


@pytest.mark.parametrize(("name", "options"), CONFIGURATIONS, ids=IDS)
def test_a_numpy_rate_does_not_widen(name: str, options: dict[str, Any]) -> None:
    """NumPy promotes float32 arrays for a float64 scalar, though not for a Python number."""
    results = []
    for lr in (0.1, np.float64(0.1)):
        weight = scratch.Parameter(np.linspace(-1, 1, 7, dtype=np.float32))
        optimizer = getattr(scratch, name)([weight], **options | {"lr": lr})
        for _ in range(3):
            weight.grad = np.cos(weight.data)
            optimizer.step()
        assert {value.dtype for value in optimizer.state[weight].values()} == {np.dtype(np.float32)}
        results.append(weight.data)
    np.testing.assert_array_equal(*results)


def test_nothing_is_said_of_numbers_that_are_not_finite() -> None:
    """0 / 0 where eps is 0 and a gradient was always 0: nan, as in PyTorch, without a warning."""
    for name in ("Adagrad", "RMSprop", "Adam"):
        got, expected = scratch.Parameter(np.ones(3)), torch.nn.Parameter(torch.ones(3, dtype=torch.float64))
        grad = np.array([0.0, 1.0, np.inf])
        got.grad, expected.grad = grad, torch.from_numpy(grad)
        getattr(scratch, name)([got], eps=0.0).step()
        getattr(torch_ref, name)([expected], eps=0.0).step()
        np.testing.assert_allclose(got.data, expected.detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize("half", [scratch, torch_ref], ids=["scratch", "torch"])
def test_a_parameter_twice_in_a_group_is_warned_of(half: Any) -> None:
    weight = half.Parameter(np.ones(3) if half is scratch else torch.ones(3))
    with pytest.warns(UserWarning, match=r"twice|duplicate"):
        half.SGD([weight, weight])


@pytest.mark.parametrize("half", [scratch, torch_ref], ids=["scratch", "torch"])
def test_a_schedule_before_its_optimizer_is_warned_of(half: Any) -> None:
    optimizer = half.SGD([half.Parameter(np.ones(3) if half is scratch else torch.ones(3))], lr=0.1)
    scheduler = half.StepLR(optimizer, step_size=1)
    with pytest.warns(UserWarning, match=r"before"):
        scheduler.step()
    optimizer.step()
    half.StepLR(optimizer, step_size=1).step()


@pytest.mark.parametrize("half", [scratch, torch_ref], ids=["scratch", "torch"])
@pytest.mark.parametrize("name", ["StepLR", "CosineAnnealingLR"])
def test_get_lr_from_outside_is_warned_of(half: Any, name: str) -> None:
    optimizer = half.SGD([half.Parameter(np.ones(3) if half is scratch else torch.ones(3))], lr=0.1)
    scheduler = getattr(half, name)(optimizer, 5)
    with pytest.warns(UserWarning, match=r"get_last_lr"):
        scheduler.get_lr()


@pytest.mark.parametrize("half", [scratch, torch_ref], ids=["scratch", "torch"])
def test_clipping_an_empty_generator_is_warned_of(half: Any) -> None:
    with pytest.warns(UserWarning, match=r"empty generator"):
        half.clip_grad_norm_((parameter for parameter in ()), max_norm=1.0)
