"""Linear without inputs or outputs: PyTorch warns, and goes on."""

import numpy as np
import pytest
import torch

from scratch.layers import Linear


@pytest.mark.parametrize(("in_features", "out_features"), [(0, 3), (4, 0)])
@pytest.mark.filterwarnings("ignore:.*zero-element", "ignore:an empty tensor")
def test_a_size_of_zero(in_features: int, out_features: int) -> None:
    ours = Linear(in_features, out_features, dtype=np.float64)
    theirs = torch.nn.Linear(in_features, out_features, dtype=torch.float64)
    assert ours.bias is not None
    np.testing.assert_array_equal(ours.bias.data, np.zeros(3) if in_features == 0 else [])
    ours.load_state_dict({key: value.numpy() for key, value in theirs.state_dict().items()})
    x = torch.ones(5, in_features, dtype=torch.float64, requires_grad=True)
    output, expected = ours(np.ones((5, in_features))), theirs(x)
    np.testing.assert_array_equal(output, expected.detach().numpy())
    expected.backward(torch.ones_like(expected))
    np.testing.assert_array_equal(ours.backward(np.ones((5, out_features))), x.grad)
    assert ours.weight.grad is not None
    np.testing.assert_array_equal(ours.weight.grad, theirs.weight.grad)
    assert ours.bias.grad is not None
    np.testing.assert_array_equal(ours.bias.grad, theirs.bias.grad)
