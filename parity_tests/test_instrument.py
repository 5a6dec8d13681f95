"""The instrument says where and why it blames, says it once, and blames the one who is wrong."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch

import scratch
import torch_ref
from parity.cases import ErrorSample, ModuleSample, ScriptSample, Tolerance, normal
from parity.checks import NEEDS, Result, check_case, check_error, check_sample
from parity.mistakes import find_mistake
from parity.registry import find_case, nearest
from parity.sides import ScratchSide, TorchSide, cast, flatten
from scratch.dtypes import Array
from scratch.module import Module

OURS, THEIRS = ScratchSide(), TorchSide()
LINEAR = ModuleSample("linear", "", {"in_features": 4, "out_features": 3}, (normal(5, 4),))


# One mistake is one message.


def results_of(mistake: str, sample: str, dtype: str = "float64") -> list[Result]:
    found = find_mistake(mistake)
    chosen = next(s for s in find_case(found.component).samples if s.name == sample)
    return check_sample(found.component, chosen, dtype, ScratchSide({found.component: found.wrong}), THEIRS)


def verdicts(results: list[Result]) -> dict[str, set[str]]:
    """By family."""
    found: dict[str, set[str]] = {}
    for result in results:
        found.setdefault(result.check.split(".", 1)[0], set()).add(result.verdict)
    return found


def test_a_failed_check_skips_what_depends_on_it() -> None:
    results = results_of("batch-mean-twice", "batch")
    found = verdicts(results)
    assert {family for family, seen in found.items() if "FAIL" in seen} == {"grad", "finite"}
    assert found["accumulated"] == {"SKIPPED", "PASS"}  # of the weight, and of the bias
    assert found["eval"] == {"SKIPPED", "PASS"}
    for family in ("parameters", "initial", "forward", "unchanged", "kept", "state"):
        assert found[family] == {"PASS"}
    assert {r.message for r in results if r.verdict == "SKIPPED"} >= {"because grad failed"}


def test_finite_differences_speak_for_themselves() -> None:
    """They do not need the comparison with PyTorch, and do not believe in it."""
    found = {r.check: r for r in results_of("batch-mean-twice", "batch")}
    finite, grad = found["finite.weight"], found["grad.weight"]
    assert (finite.got, finite.where) == (grad.got, grad.where) == (grad.got, (0, 0))
    assert finite.expected == pytest.approx(grad.expected, rel=1e-6)


def test_finite_differences_of_a_share_say_where() -> None:
    """Of a large array only some are taken; the place is that in the array, not among them."""
    wide = replace(LINEAR, args={"in_features": 40, "out_features": 30}, inputs=(normal(5, 40),))
    wrong = find_mistake("batch-mean-twice")
    results = check_sample("Linear", wide, "float64", ScratchSide({"Linear": wrong.wrong}), THEIRS)
    found = {r.check: r for r in results}
    grad = found["finite.weight"]
    assert grad.where is not None
    assert len(grad.where) == 2
    assert "(24 of 1200 differ)" in grad.message


def test_an_error_skips_what_was_not_reached() -> None:
    results = results_of("weight-not-transposed", "batch")
    assert [r.check for r in results if r.failed] == ["grad"]
    assert "ValueError: matmul" in next(r.message for r in results if r.failed)
    found = verdicts(results)
    assert found["forward"] == {"PASS"}
    assert found["eval"] == found["state"] == {"SKIPPED"}
    assert {r.message for r in results if r.verdict == "SKIPPED"} == {"because grad raised"}


def test_a_constructor_that_raises_is_one_message() -> None:
    results = results_of("constructor-renamed", "batch")
    assert [(r.check, r.verdict) for r in results if r.verdict != "SKIPPED"] == [("constructs", "ERROR")]


def test_each_wrong_result_says_how_wrong() -> None:
    result = next(r for r in results_of("bias-grad-mean@Linear", "batch") if r.check == "grad.bias")
    assert result.got == pytest.approx(result.expected / 5)  # five rows
    assert result.max_rel_error == pytest.approx(0.8)
    assert result.where == (0,)
    assert result.allowed == Tolerance(rtol=1e-9, atol=1e-12)
    assert result.to_json()["verdict"] == "FAIL"


def test_what_depends_on_what() -> None:
    """Every check that is needed is a check, and none needs itself."""

    def ancestors(check: str) -> set[str]:
        return set().union(*({needed} | ancestors(needed) for needed in NEEDS[check]))

    assert all(check not in ancestors(check) for check in NEEDS)


# Who is to blame.


def test_the_table_is_blamed_where_pytorch_raises() -> None:
    impossible = replace(LINEAR, inputs=(normal(5, 3),))
    results = check_sample("Linear", impossible, "float64", OURS, THEIRS)
    assert [(r.check, r.verdict) for r in results] == [("forward", "ERROR")]
    assert results[0].message.startswith("the PyTorch side itself raised RuntimeError")


def test_what_only_one_half_has_fails() -> None:
    class Talkative(scratch.Linear):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.register_buffer("more", np.ones(2))

    results = check_sample("Linear", LINEAR, "float64", ScratchSide({"Linear": Talkative}), THEIRS)
    assert verdicts(results)["parameters"] == {"FAIL"}
    script = ScriptSample(
        "script", "", script=lambda side: {"one": 1.0} | ({"two": 2.0} if side.name == "torch" else {})
    )
    [missing] = [r for r in check_sample("Linear", script, "float64", OURS, THEIRS) if r.failed]
    assert (missing.check, missing.message) == ("result.two", "PyTorch has this, and it is missing here")
    script = ScriptSample(
        "script", "", script=lambda side: {"one": 1.0} | ({"two": 2.0} if side.name != "torch" else {})
    )
    [extra] = [r for r in check_sample("Linear", script, "float64", OURS, THEIRS) if r.failed]
    assert (extra.check, extra.message) == ("result.two", "PyTorch does not have this")


def test_numbers_worked_out_by_hand_are_compared() -> None:
    """Where both halves agree, they must agree with the hand, too."""
    by_hand = replace(
        LINEAR,
        inputs=(np.array([[1.0, 0.0, 0.0, 2.0]]),),
        parameters={"weight": np.eye(3, 4), "bias": np.zeros(3)},
        expected={"forward": [[1.0, 0.0, 0.5]], "nonsense": 1.0},
    )
    results = check_sample("Linear", by_hand, "float64", OURS, THEIRS)
    assert {r.check: r.message for r in results if r.failed} == {
        "expected.forward": "at [0, 2] expected 0.5, got 0.0 (1 of 3 differ)",
        "expected.nonsense": "the table expects this, and it was not observed",
    }
    right = replace(by_hand, expected={"forward": [[1.0, 0.0, 0.0]]})
    assert all(r.verdict == "PASS" for r in check_sample("Linear", right, "float32", OURS, THEIRS))


def test_both_halves_wrong_alike_are_caught_by_finite_differences() -> None:
    shared = find_mistake("shared-tanh-prime")
    sample = find_case("Tanh").samples[0]
    ours, theirs = ScratchSide({"Tanh": shared.wrong}), TorchSide({"Tanh": shared.twin})
    assert [r.check for r in check_sample("Tanh", sample, "float64", ours, theirs) if r.failed] == ["finite.input"]
    assert not any(r.failed for r in check_sample("Tanh", sample, "float32", ours, theirs))  # too coarse for them
    assert next(r.check for r in check_sample("Tanh", sample, "float64", ours, THEIRS) if r.failed) == "grad.input"


def test_an_interruption_is_no_finding() -> None:
    class Interrupted(scratch.ReLU):
        def forward(self, input: Array) -> Array:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(check_case(find_case("ReLU"), ScratchSide({"ReLU": Interrupted}), THEIRS))


class Picky(Module):
    """Raises what it is told to."""

    error: Any = None

    def __init__(self, size: int = 1) -> None:
        super().__init__()

    def forward(self, input: Array) -> Array:
        if self.error is not None:
            raise self.error
        return input


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (RuntimeError("Linear: expected 4, got 3"), ""),
        (RuntimeError("expected 4, got 3"), "the message does not name Linear: RuntimeError: expected 4, got 3"),
        (ValueError("Linear: expected 4"), "expected RuntimeError, and it raised ValueError: Linear: expected 4"),
        (None, "expected RuntimeError, and it raised nothing"),
    ],
)
def test_errors_must_have_the_type_and_name_the_class(error: Any, message: str) -> None:
    side = ScratchSide(
        {"Linear": type("Wrong", (Picky,), {"error": error, "__init__": lambda s, **_: Picky.__init__(s)})}
    )
    sample = ErrorSample("too few", RuntimeError, {"in_features": 4, "out_features": 3}, (np.ones((5, 3)),))
    result = check_error("Linear", sample, side, THEIRS)
    assert (result.verdict, result.message) == ("FAIL" if message else "PASS", message)


def test_an_error_that_pytorch_does_not_raise_is_the_tables_mistake() -> None:
    sample = ErrorSample("fine", RuntimeError, {"in_features": 4, "out_features": 3}, (np.ones((5, 4)),))
    result = check_error("Linear", sample, OURS, THEIRS)
    assert result.message == "PyTorch was expected to raise RuntimeError, and raised nothing"
    only_ours = replace(sample, only_ours="a reason")
    assert check_error("Linear", only_ours, OURS, THEIRS).message == "expected RuntimeError, and it raised nothing"


# The two halves behind one face.


@pytest.mark.parametrize("side", [OURS, THEIRS], ids=["scratch", "torch"])
def test_arrays_keep_their_layout_and_are_copies(side: Any) -> None:
    columns = np.asfortranarray(np.arange(12.0).reshape(3, 4))
    array = side.array(columns)
    strides = tuple(s // 8 for s in array.strides) if side is OURS else array.stride()
    assert strides == (1, 3)
    side.array(columns)[0] = 7.0
    side.numpy(array)[0] = 7.0
    assert columns[0, 1] == side.numpy(array)[0, 1] == 1.0
    assert cast(columns, "float32").strides == (4, 12)


@pytest.mark.parametrize("side", [OURS, THEIRS], ids=["scratch", "torch"])
def test_numbers_without_axes_stay_so(side: Any) -> None:
    assert side.numpy(side.array(np.array(2.5))).shape == ()
    assert side.numpy(side.array(np.array(2.5))).dtype == np.float64
    assert side.numpy(3).dtype == np.int64
    assert side.numpy(side.parameter(np.ones(2))).tolist() == [1.0, 1.0]
    assert side.grad(side.parameter(np.ones(2))) is None


@pytest.mark.parametrize("side", [OURS, THEIRS], ids=["scratch", "torch"])
def test_a_gradient_can_be_set_and_taken_away(side: Any) -> None:
    parameter, grad = side.parameter(np.ones(2)), np.array([1.0, 2.0])
    side.set_grad(parameter, grad)
    grad[...] = 0
    assert side.numpy(side.grad(parameter)).tolist() == [1.0, 2.0]
    side.set_grad(parameter, None)
    assert side.grad(parameter) is None


@pytest.mark.parametrize("side", [OURS, THEIRS], ids=["scratch", "torch"])
def test_shared_data_is_not_copied(side: Any) -> None:
    data = np.zeros(2)
    shared = side.share(data)
    data[0] = 3.0
    assert side.numpy(shared)[0] == 3.0


@pytest.mark.parametrize("side", [OURS, THEIRS], ids=["scratch", "torch"])
def test_the_default_dtype_is_restored(side: Any) -> None:
    before = side.get_default_dtype()
    with side.default_dtype("float64"):
        assert side.numpy(side.Linear(2, 1).weight).dtype == np.float64
    with pytest.raises(TypeError), side.default_dtype("float64"):
        side.Linear("two", 1)
    assert side.get_default_dtype() == before


def test_whole_numbers_keep_their_dtype() -> None:
    assert cast(np.array([1, 2]), "float32").dtype == np.int64
    assert cast([0.5], "float32").dtype == np.float32


@dataclass
class Pair:
    left: Any
    right: Any


def test_names_of_what_a_script_returns() -> None:
    value = {"a": [1.0, 2.0], "b": (np.ones(2), {"c": None}), "d": Pair("x", [np.zeros(1)])}
    found = dict(flatten(OURS, value, "result"))
    assert list(found) == ["result.a", "result.b.0", "result.b.1.c", "result.d.left", "result.d.right.0"]
    assert found["result.a"].tolist() == [1.0, 2.0]
    assert (found["result.b.1.c"], found["result.d.left"]) == (None, "x")


def test_a_replaced_component_is_seen_wherever_it_is_looked_up() -> None:
    side = ScratchSide({"Linear": "wrong", "init.zeros_": "zeros", "valor.dot": "product"})
    assert side.Linear == side.find("Linear") == "wrong"
    assert side.init.zeros_ == side.find("init.zeros_") == "zeros"
    assert side.find("valor.dot") == "product"
    assert side.init.ones_ is scratch.init.ones_
    assert side.ReLU is scratch.ReLU
    assert THEIRS.find("init.ones_") is torch_ref.init.ones_
    assert scratch.Linear != "wrong"
    with pytest.raises(AttributeError):
        side.find("Linaer")


def test_the_gradient_that_an_input_does_not_have() -> None:
    x, y = THEIRS.inputs([np.ones(2), np.ones(2)], [True, False])
    first, second = THEIRS.backward(None, (x * y).sum(), torch.tensor(2.0, dtype=torch.float64), [x, y])
    assert (first.tolist(), second) == ([2.0, 2.0], None)
    loss = scratch.MSELoss()
    loss(np.array([3.0]), np.array([1.0]))
    grads = OURS.backward(loss, None, None, [np.array([3.0]), np.array([1.0])])
    assert (grads[0].tolist(), grads[1]) == ([4.0], None)


# What there is.


def test_the_nearest_name_is_suggested() -> None:
    with pytest.raises(KeyError, match=r"no component 'Linaer'; did you mean 'Linear'\?"):
        find_case("Linaer")
    with pytest.raises(KeyError, match=r"no mistake 'relu-kinks'; did you mean 'relu-kink'\?"):
        find_mistake("relu-kinks")
    assert nearest("crossentropyloss", ["CrossEntropyLoss"]) == "; did you mean 'CrossEntropyLoss'?"
    assert nearest("zzz", ["Linear"]) == ""


def test_mistakes_are_found_by_id_and_component() -> None:
    assert find_mistake("relu-kink").id == "relu-kink"
    assert find_mistake("bias-grad-mean@Conv2d").component == "Conv2d"
    with pytest.raises(KeyError, match="no mistake 'bias-grad-mean@Sigmoid'"):
        find_mistake("bias-grad-mean@Sigmoid")
