"""Convolution and pooling, beyond the table.

The fast form is the plain one; gradients by hand; arrays that were handed out stay as they are.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from scratch.dtypes import Array
from scratch.layers import Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d, MaxPool2d
from scratch.layers._correlation import (
    band_correlate,
    band_grad_input,
    band_grad_weight,
    band_order,
    correlate,
    correlate_grad_input,
    correlate_grad_weight,
)
from scratch.layers._windows import crop
from scratch.module import no_grad
from torch_ref.layers import Conv2d as TorchConv2d

SHAPES = [  # input, weight
    ((2, 3, 7), (4, 3, 3)),
    ((5, 1, 4), (2, 1, 4)),
    ((0, 2, 5), (3, 2, 1)),
    ((2, 3, 6, 5), (4, 3, 3, 2)),
    ((5, 1, 4, 7), (2, 1, 1, 4)),
    ((1, 4, 5, 6), (3, 4, 5, 6)),
    ((3, 2, 4, 5), (1, 2, 1, 1)),
    ((0, 2, 4, 5), (3, 2, 2, 3)),
]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("shape", "weight_shape"), SHAPES)
def test_band_form_equals_plain_form(shape: tuple[int, ...], weight_shape: tuple[int, ...], dtype: str) -> None:
    rng = np.random.default_rng(0)
    close = {"rtol": 1e-12, "atol": 1e-12} if dtype == "float64" else {"rtol": 1e-5, "atol": 1e-5}
    images, weight = rng.normal(size=shape).astype(dtype), rng.normal(size=weight_shape).astype(dtype)
    dims = len(shape) - 2
    options = {"stride": (1,) * dims, "dilation": (1,) * dims, "groups": 1}
    plain = correlate(images, weight, **options)
    fast = band_correlate(band_order(images), weight)
    assert fast.dtype == plain.dtype
    np.testing.assert_allclose(fast, plain, **close)

    grad = rng.normal(size=plain.shape).astype(dtype)
    np.testing.assert_allclose(
        band_grad_weight(band_order(grad), band_order(images), weight_shape),
        correlate_grad_weight(grad, images, weight_shape, **options),
        **close,
    )
    wide = tuple(min(2, k - 1) for k in weight_shape[2:])
    margins = tuple((0, k) if axis == 0 else (k, 0) for axis, k in enumerate(wide))
    uncropped = correlate_grad_input(grad, weight, shape, **options)
    np.testing.assert_allclose(band_grad_input(grad, weight, margins), crop(uncropped, margins), **close)


@pytest.mark.parametrize("padding_mode", ["zeros", "reflect", "replicate", "circular"])
@pytest.mark.parametrize("padding", [0, (2, 1), "same"])
def test_layer_is_the_same_in_either_form(padding: int | tuple[int, int] | str, padding_mode: str) -> None:
    layers = [Conv2d(3, 4, (4, 3), padding=padding, padding_mode=padding_mode, dtype=np.float64) for _ in range(2)]
    assert_equal_in_either_form(layers, (2, 3, 6, 5))


@pytest.mark.parametrize("padding", [0, 2])
def test_sequences_are_the_same_in_either_form(padding: int) -> None:
    assert_equal_in_either_form([Conv1d(3, 4, 3, padding=padding, dtype=np.float64) for _ in range(2)], (2, 3, 7))
    layers = [ConvTranspose1d(3, 4, 3, padding=padding, dtype=np.float64) for _ in range(2)]
    assert_equal_in_either_form(layers, (2, 3, 7))


@pytest.mark.parametrize("padding", [0, (2, 1)])
def test_transposed_layer_is_the_same_in_either_form(padding: int | tuple[int, int]) -> None:
    layers = [ConvTranspose2d(3, 4, (4, 3), padding=padding, dtype=np.float64) for _ in range(2)]
    assert_equal_in_either_form(layers, (2, 3, 6, 5))


def assert_equal_in_either_form(layers: list[Any], shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    images = rng.normal(size=shape)
    layers[1].load_state_dict(layers[0].state_dict())
    assert layers[0]._usual
    layers[1]._usual = False
    outputs = [layer(images) for layer in layers]
    grad = rng.normal(size=outputs[0].shape)
    results = [(y, layer.backward(grad), layer.weight.grad) for y, layer in zip(outputs, layers, strict=True)]
    for fast, plain in zip(*results, strict=True):
        np.testing.assert_allclose(fast, plain, rtol=1e-12, atol=1e-12)


def test_transposed_convolution_is_a_convolution_backwards() -> None:
    """Its forward is the gradient of the convolution's input, its gradient of the input the convolution's forward."""
    rng = np.random.default_rng(0)
    options = {"kernel_size": (3, 2), "stride": (2, 3), "padding": 1, "bias": False, "dtype": np.float64}
    conv, transposed = Conv2d(3, 4, **options), ConvTranspose2d(4, 3, **options)
    transposed.load_state_dict(conv.state_dict())
    images = rng.normal(size=(2, 3, 7, 6))
    output = conv(images)
    grad = rng.normal(size=output.shape)
    np.testing.assert_allclose(transposed(grad, (7, 6)), conv.backward(grad), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(transposed.backward(images), output, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(transposed.weight.grad, conv.weight.grad, rtol=1e-12, atol=1e-12)


def test_gradients_worked_by_hand() -> None:
    layer = Conv2d(1, 1, (1, 2), dtype=np.float64)
    layer.load_state_dict({"weight": np.array([[[[3.0, 5.0]]]]), "bias": np.array([1.0])})
    output = layer(np.array([[[1.0, 2.0, 4.0]]]))
    assert output.tolist() == [[[14.0, 27.0]]]  # 1·3 + 2·5 + 1, 2·3 + 4·5 + 1
    grad_input = layer.backward(np.array([[[10.0, 100.0]]]))
    assert grad_input.tolist() == [[[30.0, 350.0, 500.0]]]  # 10·3, 10·5 + 100·3, 100·5
    assert layer.weight.grad.tolist() == [[[[210.0, 420.0]]]]  # 10·1 + 100·2, 10·2 + 100·4
    assert layer.bias.grad.tolist() == [110.0]


def test_gradient_of_shared_maximum_worked_by_hand() -> None:
    pool = MaxPool2d((1, 2), stride=1)
    assert pool(np.array([[[1.0, 5.0, 5.0, 2.0]]])).tolist() == [[[5.0, 5.0, 5.0]]]
    # The middle window sees a tie, and the first of the two gets it.
    assert pool.backward(np.array([[[1.0, 10.0, 100.0]]])).tolist() == [[[0.0, 11.0, 100.0, 0.0]]]


def test_infinite_upstream_gradient_reaches_the_maximum_alone() -> None:
    pool = MaxPool2d((1, 2))
    pool(np.array([[[1.0, 2.0, 4.0, 3.0]]]))
    grad = pool.backward(np.array([[[np.inf, np.nan]]]))
    np.testing.assert_array_equal(grad, [[[0.0, np.inf, np.nan, 0.0]]])


def test_same_with_an_even_kernel_is_torchs() -> None:
    """In the table PyTorch's warning about a padded copy would be an error."""
    torch.manual_seed(0)
    theirs = TorchConv2d(3, 4, (4, 2), padding="same", dtype=torch.float64)
    ours = Conv2d(3, 4, (4, 2), padding="same", dtype=np.float64)
    ours.load_state_dict({name: value.numpy() for name, value in theirs.state_dict().items()})
    images = np.random.default_rng(0).normal(size=(2, 3, 6, 5))
    with pytest.warns(UserWarning, match="even kernel lengths"):
        expected = theirs(torch.from_numpy(images)).detach().numpy()
    np.testing.assert_allclose(ours(images), expected, rtol=1e-12, atol=1e-12)


Layer = Conv2d | ConvTranspose2d | MaxPool2d

LAYERS: dict[str, Callable[[], Layer]] = {
    "padded": lambda: Conv2d(3, 3, 3, padding=1, dtype=np.float64),
    "pixel": lambda: Conv2d(3, 3, 1, bias=False, dtype=np.float64),
    "stride": lambda: Conv2d(3, 3, 3, stride=2, dtype=np.float64),
    "circular": lambda: Conv2d(3, 3, 3, padding=1, padding_mode="circular", dtype=np.float64),
    "transposed": lambda: ConvTranspose2d(3, 3, 3, padding=1, dtype=np.float64),
    "transposed, stride": lambda: ConvTranspose2d(3, 3, 3, stride=2, padding=1, dtype=np.float64),
    "pool": lambda: MaxPool2d(2),
    "pool of one": lambda: MaxPool2d(1),
    "pool, overlapping": lambda: MaxPool2d(3, stride=1, padding=1),
}


@pytest.fixture(params=LAYERS)
def layer(request: pytest.FixtureRequest) -> Layer:
    return LAYERS[request.param]()


def test_what_was_handed_out_never_changes(layer: Layer) -> None:
    rng = np.random.default_rng(0)
    shape = (2, 3, 6, 5)
    images: Array = rng.normal(size=shape)
    output = layer(images)
    upstream = rng.normal(size=output.shape)
    grads = [layer.backward(upstream), *(parameter.grad for parameter in layer.parameters())]
    copies = [np.array(array) for array in (output, upstream, *grads)]
    layer(rng.normal(size=shape))
    layer.backward(rng.normal(size=output.shape))
    for array, copy in zip((output, upstream, *grads), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_outputs_and_gradients_share_no_memory_with_what_came_in(layer: Layer) -> None:
    rng = np.random.default_rng(0)
    for images in (rng.normal(size=(2, 3, 6, 5)), band_order(rng.normal(size=(2, 3, 6, 5)))):
        output = layer(images)
        upstream = band_order(rng.normal(size=output.shape))
        grad_input = layer.backward(upstream)
        assert not np.shares_memory(output, images)
        assert not np.shares_memory(grad_input, upstream)
        assert not np.shares_memory(grad_input, images)


def test_no_input_gradient_where_none_is_needed(layer: Layer) -> None:
    rng = np.random.default_rng(0)
    images = rng.normal(size=(2, 3, 6, 5))
    upstream = rng.normal(size=layer(images).shape)
    layer.backward(upstream)
    expected = [parameter.grad for parameter in layer.parameters()]
    layer.zero_grad()
    layer.input_requires_grad_(False)
    layer(images)
    assert layer.backward(upstream) is None
    for parameter, grad in zip(layer.parameters(), expected, strict=True):
        np.testing.assert_array_equal(parameter.grad, grad)


def test_nothing_is_kept_under_no_grad(layer: Layer) -> None:
    with no_grad():
        output = layer(np.ones((2, 3, 6, 5)))
    with pytest.raises(RuntimeError, match=type(layer).__name__):
        layer.backward(output)


def test_layers_in_a_row_do_not_depend_on_how_arrays_lie_in_memory() -> None:
    """They hand on arrays that lie as (H, C, W, N); the same layers, fed (N, C, H, W) at every step, must agree."""
    rng = np.random.default_rng(0)
    images = rng.normal(size=(5, 2, 7, 6))
    row = [Conv2d(2, 3, 3, dtype=np.float64), MaxPool2d(2, stride=1), Conv2d(3, 4, 2, dtype=np.float64)]
    reference = [Conv2d(2, 3, 3, dtype=np.float64), MaxPool2d(2, stride=1), Conv2d(3, 4, 2, dtype=np.float64)]
    output = expected = images
    for layer, other in zip(row, reference, strict=True):
        other.load_state_dict(layer.state_dict())
        output, expected = layer(output), np.ascontiguousarray(other(expected))
    assert not output.flags.c_contiguous
    np.testing.assert_allclose(output, expected, rtol=1e-12, atol=1e-12)
    grad = expected_grad = rng.normal(size=output.shape)
    for layer, other in zip(reversed(row), reversed(reference), strict=True):
        grad, expected_grad = layer.backward(grad), np.ascontiguousarray(other.backward(expected_grad))
    np.testing.assert_allclose(grad, expected_grad, rtol=1e-12, atol=1e-12)
