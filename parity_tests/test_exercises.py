"""The course exercises: what they are for, which a comparison with PyTorch does not say."""

from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest
import torch

import scratch
import torch_ref
from datasets.xor import xor
from scratch import exercises, random
from torch_ref import exercises as twin

SEED = 0


def test_one_weight_finds_the_target() -> None:
    run = exercises.one_weight(input=1.5, target=0.8, weight=0.5, lr=0.1, epochs=100)
    assert run["output"][-1] == pytest.approx(0.8)
    assert run["weight"][-1] == pytest.approx(0.8 / 1.5)
    assert np.all(np.diff(run["loss"]) <= 0)


def test_a_hidden_layer_learns_faster_than_one_weight() -> None:
    """The course asks to compare how the two losses fall. Here both networks start from the same output."""
    alone = exercises.one_weight(input=1.0, target=2.0, weight=0.5, lr=0.05, epochs=20)
    hidden = exercises.hidden_layer(1.0, 2.0, [0.5, 0.5], 0.0, [0.5, 0.5], 0.0, lr=0.05, epochs=20)
    assert hidden["output"][0] == alone["output"][0] == 0.5
    assert np.all(hidden["loss"][1:] < alone["loss"][1:])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_classes_give_the_numbers_of_the_flat_network(dtype: str) -> None:
    """Exercise 4 is exercise 3 in classes: the same numbers, to the last bit."""
    x, y = (array.astype(dtype) for array in xor())
    random.manual_seed(SEED)
    flat = exercises.xor_network(x, y, epochs=200)
    random.manual_seed(SEED)
    network = exercises.build_xor(dtype=dtype)
    history = exercises.train_xor(network, x, y, epochs=200)
    assert np.array_equal(flat["loss"], np.array(history.loss, dtype))
    assert np.array_equal(flat["output"], network(x))
    for part, name in (("hidden", "layers.0"), ("output", "layers.1")):
        for kind in ("weight", "bias"):
            assert np.array_equal(flat[f"{part}_{kind}"], history.snapshots[200][f"{name}.{kind}"])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_default_recipe_learns_xor(dtype: str) -> None:
    x, y = (array.astype(dtype) for array in xor())
    random.manual_seed(SEED)
    network = exercises.build_xor(dtype=dtype)
    history = exercises.train_xor(network, x, y)
    assert len(history.loss) == 5000
    assert history.loss[-1] < 0.01
    assert np.array_equal(network(x) > 0.5, y == 1)


@pytest.mark.slow
def test_the_default_recipe_learns_xor_in_pytorch() -> None:
    x, y = (torch.from_numpy(array) for array in xor())
    torch.manual_seed(SEED)
    network = twin.build_xor(dtype=torch.float64)
    assert twin.train_xor(network, x, y).loss[-1] < 0.01
    assert torch.equal(network(x) > 0.5, y == 1)


@pytest.mark.slow
def test_as_many_seeds_learn_xor_as_the_docstring_says() -> None:
    x, y = xor()
    losses = []
    for seed in range(100):
        random.manual_seed(seed)
        losses.append(exercises.xor_network(x, y)["loss"][-1])
    learned = np.array(losses) < 0.011
    assert learned.sum() == 70
    assert np.allclose(np.array(losses)[~learned], 0.5, atol=0.01)
    assert "70 of the seeds 0 to" in (exercises.xor_network.__doc__ or "")


def digits() -> npt.NDArray[np.float32]:
    """Ten images at random: a fifth of the pixels is ink."""
    return (np.random.default_rng(SEED).random((10, 784)) < 0.2).astype(np.float32)


@pytest.mark.parametrize(("half", "module"), [(scratch, exercises), (torch_ref, twin)], ids=["scratch", "torch"])
def test_digits_are_told_apart(half: ModuleType, module: ModuleType) -> None:
    images, labels = digits(), np.arange(10)
    given = (images, labels) if half is scratch else (torch.from_numpy(images), torch.from_numpy(labels))
    half.random.manual_seed(SEED)
    network = module.mnist_network()
    history, accuracy = module.train_mnist(network, *given, epochs=100, batch_size=5)
    assert history.epoch_loss[-1] < 0.2
    assert accuracy == 1.0
    assert network(given[0]).argmax(1).tolist() == list(range(10))


def test_accuracy_is_that_of_the_trained_network() -> None:
    """Of two images that are equal but differ in their labels, one is wrong."""
    random.manual_seed(SEED)
    images = np.repeat(digits()[:2], 2, axis=0)
    _, accuracy = exercises.train_mnist(exercises.mnist_network(), images, np.array([0, 0, 1, 2]), epochs=200)
    assert accuracy == 0.75
