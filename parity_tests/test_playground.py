"""A session of the playground, without a page: every choice trains, and what it shows is the library's comparison."""

from __future__ import annotations

import socket
from itertools import product, zip_longest
from string import Formatter
from typing import Any

import numpy as np
import pytest

from parity.compare import TOLERANCES, compare
from parity.curves import drift, tensor_difference
from parity.outputs import CommandError
from parity.playground import charts
from parity.playground.choices import ACTIVATIONS, DATA, OPTIMIZERS, OPTIONS, REGULARISATIONS, SEEDS, Choices
from parity.playground.pictures import boundaries
from parity.playground.session import MOST_STEPS, Session
from parity.playground.sets import load_points
from parity.playground.view import look
from parity.plots.style import short
from parity.sides import ScratchSide, TorchSide
from parity.student.messages import text, words_of

STEPS = 3
EVERY = (DATA, ACTIVATIONS, tuple(OPTIMIZERS), REGULARISATIONS)
LONGEST = max(map(len, EVERY))
# Each entry of each list at least once, each list in turn from its beginning.
ONCE = [tuple(entries[place % len(entries)] for entries in EVERY) for place in range(LONGEST)]


def choose(data: str, activation: str, optimizer: str, regularisation: str, **others: Any) -> Choices:
    return Choices(
        data=data, activation=activation, optimizer=optimizer, regularisation=regularisation, hidden=(4, 3), **others
    )


def say(key: str, **values: Any) -> str:
    return text("en", f"playground.{key}", **values)


def check_trains(choices: Choices) -> None:
    """It takes steps, the weights move, and the difference that is shown is the library's."""
    session = Session(choices)
    before = session.ours.tensors()
    session.step(STEPS)
    assert session.steps == len(session.theirs.losses) == STEPS
    assert np.isfinite(session.ours.losses).all()
    after, theirs = session.ours.tensors(), session.theirs.tensors()
    assert any((before[name] != after[name]).any() for name in before)
    assert session.difference().max() < 1e-9
    assert session.tensor_differences() == {name: tensor_difference(after[name], theirs[name]) for name in theirs}
    for neuron in session.neurons():
        index = 2 * (neuron.layer - 1)
        weights = [key for key in after if key.endswith("weight")][index // 2]
        bias = weights.replace("weight", "bias")
        ours, other = (
            np.append(side[weights][neuron.number - 1], side[bias][neuron.number - 1]) for side in (after, theirs)
        )
        assert neuron.weights == compare(ours, other, TOLERANCES["float64"])
        assert neuron.weights.ok
        assert neuron.outputs.ok


@pytest.mark.parametrize("chosen", ONCE, ids="-".join)
def test_each_choice_trains(chosen: tuple[str, str, str, str]) -> None:
    check_trains(choose(*chosen, lr=0.01, strength=0.01))


@pytest.mark.slow
@pytest.mark.parametrize("data", DATA)
def test_every_combination_trains(data: str) -> None:
    for others in product(*EVERY[1:]):
        check_trains(choose(data, *others, lr=0.01, strength=0.01))


@pytest.mark.parametrize("regularisation", REGULARISATIONS)
def test_a_session_is_a_run_of_the_library(regularisation: str) -> None:
    """Steps in portions give what `train` gives in one go, and the difference is that of `parity.curves.drift`."""
    choices = choose("moons", "GELU", "Adam", regularisation, batch_size=64, seed=5, strength=0.1)
    session = Session(choices)
    for count in (1, 5, 2):
        session.step(count)
    histories = [_plain(side, choices) for side in (ScratchSide(), TorchSide())]
    assert session.ours.losses == histories[0].loss
    assert session.theirs.losses == histories[1].loss
    found = drift(*histories)
    assert session.difference().tolist() == found.loss.tolist()
    assert session.tensor_differences() == found.parameters[8]


def _plain(side: Any, choices: Choices) -> Any:
    """Two epochs of four batches with the library's own loop."""
    points = load_points(choices.data, choices.seed, choices.dtype)
    with side.default_dtype(choices.dtype):
        side.manual_seed(choices.seed)
        model = choices.build(side, 2, 1)
        loss: Any = side.BCEWithLogitsLoss()
        if choices.regularisation in ("L1", "L2"):
            loss = _with_penalty(loss, side.find(f"{choices.regularisation}Penalty")(choices.strength), model)
        rows = side.TensorDataset(side.array(points.x), side.array(points.labels[:, None].astype(choices.dtype)))
        loader = side.DataLoader(rows, batch_size=choices.batch_size, shuffle=True)
        return side.train(model, loss, side.Adam(model.parameters(), lr=choices.lr), loader, epochs=2)


def _with_penalty(loss: Any, penalty: Any, model: Any) -> Any:
    class Both:
        def __call__(self, output: Any, target: Any) -> Any:
            return loss(output, target) + penalty(model.parameters())

        def backward(self) -> Any:
            penalty.backward()
            return loss.backward()

    return Both()


def test_sessions_share_nothing() -> None:
    """Dropout and shuffles draw from streams that belong to the process; one session must not move another's."""
    choices = choose("circles", "ReLU", "SGD", "dropout", strength=0.3)
    alone = Session(choices)
    alone.step(10)
    first, second = Session(choices), Session(choose("xor", "Tanh", "Adam", "dropout", strength=0.5, seed=3))
    for _ in range(10):
        first.step(1)
        second.step(2)
        second.neurons()
    assert first.ours.losses == alone.ours.losses
    assert first.theirs.losses == alone.theirs.losses


def test_reset_gives_the_same_and_another_seed_another() -> None:
    session = Session(choose("moons", "Tanh", "Adam", "dropout", strength=0.1))
    session.step(5)
    before = list(session.ours.losses)
    session.reset()
    assert session.steps == 0
    session.step(5)
    assert session.ours.losses == before
    session.change("seed", 1)
    session.step(5)
    assert session.ours.losses != before
    assert session.difference().max() < 1e-9


def test_what_is_shown_has_no_dropout() -> None:
    session = Session(choose("moons", "Tanh", "Adam", "dropout", strength=0.5))
    session.step(5)
    for half in (session.ours, session.theirs):
        first, again = (half.scores(session.points.x) for _ in range(2))
        assert (first == again).all()


def test_the_process_keeps_its_random_streams_and_dtype() -> None:
    sides = ScratchSide(), TorchSide()
    before = [side.numpy(side.get_rng_state()).tolist() for side in sides]
    dtypes = [side.get_default_dtype() for side in sides]
    Session(choose("moons", "Tanh", "Adam", "dropout", strength=0.1)).step(3)
    assert [side.numpy(side.get_rng_state()).tolist() for side in sides] == before
    assert [side.get_default_dtype() for side in sides] == dtypes


def test_float32_is_float32() -> None:
    session = Session(Choices(dtype="float32"))
    session.step(5)
    assert {value.dtype for half in (session.ours, session.theirs) for value in half.tensors().values()} == {
        np.dtype("float32")
    }
    assert session.difference().max() < 1e-4


def test_the_end() -> None:
    session = Session(Choices(data="xor", hidden=()))
    session.ours.losses = [1.0] * (MOST_STEPS - 1)
    session.theirs.losses = [1.0] * (MOST_STEPS - 1)
    session.step(20)
    assert session.steps == MOST_STEPS
    assert session.ended


NASTY = (
    "../../etc/passwd",
    "__import__('os').system('true')",
    "$(true)",
    "",
    None,
    -1,
    10**30,
    2.5,
    True,
    float("nan"),
)


@pytest.mark.parametrize("name", [*OPTIONS, "hidden", "seed"])
def test_what_is_in_no_list_is_refused(name: str) -> None:
    session = Session(Choices(data="xor"))
    session.step(2)
    before = session.choices
    others: tuple[Any, ...] = ([1], {"a": 1}, (0,), (9,), (1,) * 5, (True,), ("3",), SEEDS)
    for value in (*NASTY, *others):
        with pytest.raises(ValueError, match=f"^{name}: expected"):
            session.change(name, value)
    assert session.choices == before
    assert session.steps == 2


@pytest.mark.parametrize("name", ["__class__", "changed", "nothing"])
def test_what_cannot_be_chosen_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no such choice"):
        Choices().changed(name, 1)


def test_digits_say_where_they_come_from() -> None:
    for name, classes in (("two digits", 2), ("ten digits", 10)):
        points = load_points(name, 0, "float64")
        assert points.source in ("MNIST", "synthetic digits")
        assert len(points.names) == classes
        assert set(points.labels) == set(range(classes))
        assert points.rows_at(points.places).shape == points.x.shape
        # The plane's directions are of length 1 and at right angles, so that places there and back are the same.
        again = (points.rows_at(points.places) - points.origin) @ points.axes.T  # type: ignore[operator,union-attr]
        np.testing.assert_allclose(again, points.places, atol=1e-9)


@pytest.mark.parametrize("data", DATA)
def test_the_picture_is_of_both_nets(data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_LANG", "en")
    session = Session(Choices(data=data))
    session.step(2)
    url, alt = boundaries(session, ("scratch", "PyTorch"))
    assert url.startswith("data:image/png;base64,")
    assert "scratch: " in alt
    assert "PyTorch: " in alt


def test_a_net_that_runs_away_is_drawn_too() -> None:
    session = Session(choose("spirals", "Identity", "SGD, momentum 0.9", "L2", lr=3.0, strength=0.5))
    session.step(400)
    assert not np.isfinite(session.ours.losses[-1])
    boundaries(session, ("a", "b"))
    charts.losses_options(session, say)
    charts.difference_options(session, say)
    charts.network_options(session, session.neurons(), say)


def test_the_charts_show_the_comparison() -> None:
    session = Session(choose("moons", "Tanh", "Adam", "none"))
    session.step(30)
    losses = charts.losses_options(session, say)["series"]
    assert [point[1] for point in losses[0]["data"]] == session.ours.losses
    assert [point[1] for point in losses[1]["data"]] == session.theirs.losses
    control, apart = (
        [point[1] for point in line["data"]] for line in charts.difference_options(session, say)["series"]
    )
    assert apart == [max(size, 1e-17) for size in session.difference()]
    assert control == [max(size, 1e-17) for size in session.control_difference()]
    assert max(control) > 1e-17
    neurons = session.neurons()
    series = charts.network_options(session, neurons, say)["series"][0]
    assert len(series["data"]) == 2 + 4 + 3 + 1
    assert len(series["links"]) == 2 * 4 + 4 * 3 + 3 * 1
    assert charts.largest(neurons)[0] == max(neuron.weights.max_abs_error for neuron in neurons)
    for neuron, node in zip_longest(neurons, series["data"][2:]):
        assert node["name"] == f"{neuron.layer}.{neuron.number}"
        said = float(node["label"]["formatter"])
        assert said == pytest.approx(neuron.weights.max_abs_error, rel=0.5)


def test_the_words_say_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_LANG", "en")
    session = Session(choose("moons", "Tanh", "Adam", "none"))
    assert look(session).numbers == say("no_loss")
    session.step(20)
    view = look(session)
    assert view.count == "Step 20"
    assert f"largest relative difference of any step {short(float(session.difference().max()))}" in view.numbers
    assert short(max(session.tensor_differences().values())) in view.apart
    assert view.verdict.startswith("PASS")


def test_every_step_up_to_the_end_can_be_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_LANG", "pt")
    session = Session(Choices(data="xor", hidden=()))
    for half in (session.ours, session.theirs, session.control):
        half.losses = [0.5] * MOST_STEPS
    assert look(session).count == f"Fim: {MOST_STEPS} passos"


def test_both_languages_say_everything() -> None:
    english, portuguese = (words_of(lang, "playground") for lang in ("en", "pt"))
    assert list(english) == list(portuguese)
    assert set(english["names"]) == set(portuguese["names"]) == {*DATA, *REGULARISATIONS}
    assert {*OPTIONS, "hidden", "seed"} <= set(english)
    for key in set(english) - {"names"}:
        places = [
            {name for _, name, _, _ in Formatter().parse(said) if name} for said in (english[key], portuguese[key])
        ]
        assert places[0] == places[1], key


def test_many_steps_are_drawn_with_the_last_one() -> None:
    session = Session(Choices(data="xor", hidden=()))
    session.ours.losses = session.theirs.losses = [float(step) for step in range(5000)]
    data = charts.losses_options(session, say)["series"][0]["data"]
    assert len(data) == charts.DRAWN
    assert data[-1] == [5000, 4999.0]


def test_chaos_is_told_from_a_fault() -> None:
    """A deep net at a high rate magnifies every rounding, as the control shows; a small one does not."""
    chaos = Session(Choices(data="ten digits", hidden=(8, 8, 8, 8)))
    chaos.step(200)
    assert chaos.difference()[-1] > 1e-3
    assert chaos.verdict() == "CHAOS"
    small = Session(choose("moons", "Tanh", "SGD", "none"))
    small.step(20)
    assert small.verdict() == "PASS"
    small.ours.model[0].weight.data[0, 0] += 1e-3
    small.step(20)
    assert small.verdict() == "FAIL"


def test_a_mistake_in_one_half_is_seen() -> None:
    session = Session(choose("moons", "Tanh", "SGD", "none"))
    session.step(1)
    layer = session.ours.model[2]
    layer.weight.data[1, 0] += 1e-6
    wrong = [(neuron.layer, neuron.number) for neuron in session.neurons() if not neuron.weights.ok]
    assert wrong == [(2, 2)]
    node = charts.network_options(session, session.neurons(), say)["series"][0]["data"][2 + 4 + 1]
    assert node["itemStyle"]["color"] == charts.FAR
    assert node["label"]["formatter"] == "1e-6"


class TestListening:
    """Nobody else reaches the page unless that is asked for."""

    @pytest.fixture(autouse=True)
    def _needs_nicegui(self) -> None:
        pytest.importorskip("nicegui", reason="NiceGUI is not installed: the extra `playground`")

    @pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1"])
    def test_hosts_that_others_reach_are_refused(self, host: str) -> None:
        from parity.playground.serve import listen

        with pytest.raises(CommandError, match="--allow-remote"):
            listen(host, 0, False)

    def test_no_host_is_not_every_host(self) -> None:
        from parity.playground.serve import listen

        with pytest.raises(CommandError, match="no such IPv4 address"):
            listen("", 0, False)

    def test_localhost(self) -> None:
        from parity.playground.serve import listen

        with listen("localhost", 0, False) as listening:
            assert listening.getsockname()[0] == "127.0.0.1"

    def test_others_when_told_so(self) -> None:
        from parity.playground.serve import listen

        with listen("0.0.0.0", 0, True) as listening:
            assert listening.getsockname()[0] == "0.0.0.0"

    def test_a_port_that_is_taken(self) -> None:
        from parity.playground.serve import listen

        with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(CommandError, match="--port 0"):
            listen("127.0.0.1", taken.getsockname()[1], False)
