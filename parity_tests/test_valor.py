"""Valor against PyTorch's scalars at ordinary and edge points, against finite differences, and as a graph."""

import gc
import itertools
import math
import operator
import random
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from scratch import valor
from scratch.valor import Valor
from torch_ref import valor as twin

INF, NAN = math.inf, math.nan
EDGES = [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 1.5, 3.0, -3.0, INF, -INF, NAN]
FAR = [*EDGES, 20.0, 20.5, -40.0, 1e-9, 1e200, -1e200, 710.0, -710.0, 800.0, -800.0, math.pi / 2]

UNARY: dict[str, Callable[[Any], Any]] = {
    **{
        name: operator.methodcaller(name)
        for name in (
            "abs", "cos", "exp", "expm1", "leaky_relu", "log", "log1p", "relu", "sigmoid", "sin", "softplus", "sqrt",
            "tan", "tanh",
        )
    },
    "abs()": abs,
    "negative": lambda x: -x,
    "positive": lambda x: +x * 1,
    "leaky_relu(0)": lambda x: x.leaky_relu(0.0),
    "softplus(2, 10)": lambda x: x.softplus(beta=2.0, threshold=10.0),
    "softplus(1, 1000)": lambda x: x.softplus(threshold=1000.0),
    "clamp(-1, 2)": lambda x: x.clamp(-1, 2),
    "clamp(min)": lambda x: x.clamp(min=0.5),
    "clamp(max)": lambda x: x.clamp(max=-0.5),
    "clamp(2, -1)": lambda x: x.clamp(2, -1),
    "x + x": lambda x: x + x,
    "x - x": lambda x: x - x,
    "x * x": lambda x: x * x,
    "x ** x": lambda x: x**x,
    "maximum(x, x)": lambda x: x.maximum(x),
}  # fmt: skip
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "pow": lambda a, b: a.pow(b),
    "maximum": lambda a, b: a.maximum(b),
    "minimum": lambda a, b: a.minimum(b),
}
NARY = {
    "dot": lambda half, a, b, c: half.dot([a, b], [c, 2.0], a),
    "sum": lambda half, a, b, c: half.sum([a, b, c, a]),
    "logsumexp": lambda half, a, b, c: half.logsumexp([a, b, c]),
}


def run(half: Any, function: Callable[..., Any], points: tuple[float, ...], upstream: float) -> list[float]:
    """The value, and the gradient of each argument."""
    leaves = [half.Valor(point) for point in points]
    result = function(*leaves)
    result.backward(upstream)
    return [result.item(), *(0.0 if leaf.grad is None else float(leaf.grad) for leaf in leaves)]


def same(got: float, expected: float) -> bool:
    if math.isnan(expected) or math.isinf(expected) or math.isnan(got):
        return got == expected or (math.isnan(got) and math.isnan(expected))
    return math.isclose(got, expected, rel_tol=1e-13, abs_tol=1e-200)


def assert_like_torch(function: Callable[..., Any], points: tuple[float, ...], upstream: float = 0.7) -> None:
    got, expected = run(valor, function, points, upstream), run(twin, function, points, upstream)
    assert all(map(same, got, expected)), f"at {points}, upstream {upstream}: got {got}, expected {expected}"
    assert math.copysign(1, got[0]) == math.copysign(1, expected[0]) or math.isnan(got[0]), f"sign of zero at {points}"


@pytest.mark.parametrize("name", UNARY)
def test_unary_is_torchs_everywhere(name: str) -> None:
    for x, upstream in itertools.product(FAR, (0.7, 0.0, INF, NAN)):
        assert_like_torch(UNARY[name], (x,), upstream)


@pytest.mark.parametrize("name", BINARY)
def test_binary_is_torchs_everywhere(name: str) -> None:
    function = BINARY[name]
    for a, b in itertools.product(EDGES, EDGES):
        for upstream in (0.7, INF):
            assert_like_torch(function, (a, b), upstream)
        assert_like_torch(lambda x, b=b: function(x, b), (a,))
        if name in ("+", "-", "*", "/", "**"):
            assert_like_torch(lambda x, a=a: function(a, x), (b,))


@pytest.mark.parametrize("name", NARY)
def test_many_parents_are_torchs_everywhere(name: str) -> None:
    for points in itertools.product([0.0, 1.0, -2.0, 800.0, INF, -INF, NAN], repeat=3):
        got = run(valor, lambda *leaves: NARY[name](valor, *leaves), points, 0.7)
        expected = run(twin, lambda *leaves: NARY[name](twin, *leaves), points, 0.7)
        assert all(map(same, got, expected)), f"at {points}: got {got}, expected {expected}"


def test_a_number_over_a_tiny_or_huge_valor_is_exact_where_torch_leaves_the_range_of_floats() -> None:
    assert run(valor, lambda x: 1e-200 / x, (1e-200,), 1.0) == [1.0, -1e200]
    assert run(twin, lambda x: 1e-200 / x, (1e-200,), 1.0) == [1.0, -INF]


@pytest.mark.parametrize("x", [0.3, 1.7])
@pytest.mark.parametrize("name", UNARY)
def test_unary_against_finite_differences(name: str, x: float) -> None:
    step = 1e-6
    slope = (UNARY[name](Valor(x + step)).data - UNARY[name](Valor(x - step)).data) / (2 * step)
    assert run(valor, UNARY[name], (x,), 1.0)[1] == pytest.approx(slope, rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("name", BINARY)
def test_binary_against_finite_differences(name: str) -> None:
    a, b, step = 1.3, 0.6, 1e-6
    function = BINARY[name]
    slopes = [
        (function(Valor(a + step), b).data - function(Valor(a - step), b).data) / (2 * step),
        (function(Valor(a), b + step).data - function(Valor(a), b - step).data) / (2 * step),
    ]
    assert run(valor, function, (a, b), 1.0)[1:] == pytest.approx(slopes, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize("name", NARY)
def test_many_parents_against_finite_differences(name: str) -> None:
    points, step = (0.5, -1.2, 0.8), 1e-6
    gradients = run(valor, lambda *leaves: NARY[name](valor, *leaves), points, 1.0)[1:]
    for index, gradient in enumerate(gradients):
        moved = [[x + sign * step * (i == index) for i, x in enumerate(points)] for sign in (1, -1)]
        above, below = (NARY[name](valor, *map(Valor, p)).data for p in moved)
        assert gradient == pytest.approx((above - below) / (2 * step), rel=1e-8)


def test_gradients_of_a_node_used_several_times_add_up() -> None:
    a = Valor(3.0)
    (a * a).backward()
    assert a.grad == 6.0
    a = Valor(1.0)
    b = a + a
    (b + b).backward()
    assert (a.grad, b.grad) == (4.0, 2.0)
    a = Valor(2.0)
    left, right = a * 3, a + 1
    (left * right).backward()  # 3a(a + 1), slope 6a + 3
    assert a.grad == 15.0


def test_random_graphs_with_reuse_agree_with_torch_in_every_node() -> None:
    rng = random.Random(0)
    steps = ["+", "-", "*", "maximum", "minimum"]
    for _ in range(40):
        values = [rng.uniform(-1, 1) for _ in range(4)]
        plan = [(rng.choice([*steps, "tanh", "relu", "sin"]), rng.random(), rng.random()) for _ in range(30)]
        graphs = []
        for half in (valor, twin):
            nodes: list[Any] = [half.Valor(value) for value in values]
            for op, first, second in plan:
                a, b = nodes[int(first * len(nodes))], nodes[int(second * len(nodes))]
                nodes.append(BINARY[op](a, b) if op in BINARY else UNARY[op](a))
                if half is twin:
                    nodes[-1].retain_grad()
            half.sum(nodes).backward()
            graphs.append(nodes)
        for ours, theirs in zip(*graphs, strict=True):
            assert ours.data == pytest.approx(theirs.item(), rel=1e-12, abs=1e-14)
            assert ours.grad == pytest.approx(float(theirs.grad), rel=1e-12, abs=1e-13)


def test_second_backward_leaves_inner_nodes_and_adds_to_leaves() -> None:
    results = []
    for half in (valor, twin):
        a, b = half.Valor(2.0), half.Valor(3.0)
        y = (a * b + a) * b
        for _ in range(2):
            y.backward()
        results.append([float(a.grad), float(b.grad)])
    assert results[0] == results[1] == [24.0, 28.0]
    a = Valor(2.0)
    inner = a * 3
    y = inner * inner
    for times in (1, 2, 3):
        y.backward()
        assert (y.grad, inner.grad, a.grad) == (1.0, 12.0, 36.0 * times)


def test_backward_from_two_ends_of_a_graph() -> None:
    results = []
    for half in (valor, twin):
        a = half.Valor(2.0)
        shared = a * a
        (shared * 3).backward()
        (shared * 5).backward()
        results.append(float(a.grad))
    assert results == [32.0, 32.0]


def test_backward_of_a_leaf_adds_the_gradient() -> None:
    for half in (valor, twin):
        leaf = half.Valor(2.0)
        leaf.backward()
        leaf.backward(0.5)
        assert float(leaf.grad) == 1.5


def test_zero_grad() -> None:
    a = Valor(2.0)
    (a * 3).backward()
    a.zero_grad()
    (a * 3).backward()
    assert a.grad == 3.0


def test_an_interrupted_backward_does_not_spoil_the_next() -> None:
    a = Valor(2.0)
    b = a * a
    c = b + b
    y = c * b
    slope, b._left_slope = b._left_slope, "not a number"
    with pytest.raises(TypeError):
        y.backward()
    b._left_slope = slope
    a.zero_grad()
    y.backward()
    assert (a.grad, b.grad) == (4 * 2 * 2.0**3, 16.0)  # y = 2a⁴


def test_paths_are_not_walked_one_by_one() -> None:
    a = Valor(1.0)
    y = a
    for _ in range(60):
        y = y + y
    y.backward()
    assert a.grad == 2.0**60


def chain(nodes: int) -> tuple[Valor, Valor]:
    start = end = Valor(1.0)
    for _ in range(nodes // 2):
        end = end * 1.0000001 + start
    return start, end


def test_a_long_chain_needs_no_recursion_and_leaves_nothing() -> None:
    assert sys.getrecursionlimit() < 50_000
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        start, end = chain(50_000)
        end.backward()
        assert start.grad > 0
        assert len(gc.get_objects()) - before >= 50_000
        del end
        assert len(gc.get_objects()) - before < 100, "the graph outlives its last node"
    finally:
        gc.enable()
    assert gc.collect() == 0, "the graph has reference cycles"


@pytest.mark.slow
def test_a_chain_of_a_million_nodes() -> None:
    start = time.process_time()
    leaf, end = chain(1_000_000)
    end.backward()
    del end
    assert leaf.grad > 0
    assert time.process_time() - start < 5  # 1.1 µs a node, and room for a slow machine


def test_memory_of_a_node() -> None:
    tracemalloc.start()
    try:
        kept = chain(20_000)
        used = tracemalloc.get_traced_memory()[0] / 20_000
    finally:
        tracemalloc.stop()
    assert used <= 130, f"{used} bytes a node"
    assert not hasattr(kept[1], "__dict__")


def test_the_order_of_accumulation_is_fixed() -> None:
    def gradient() -> float:
        rng = random.Random(1)
        a = Valor(0.1)
        nodes = [a * rng.random() for _ in range(200)]
        valor.sum([x * y for x, y in zip(nodes, reversed(nodes), strict=True)]).backward()
        return a.grad

    assert len({gradient() for _ in range(5)}) == 1


def test_many_parents_may_come_from_a_generator() -> None:
    a = Valor(2.0)
    valor.sum(a * k for k in range(4)).backward()
    assert a.grad == 6.0
    assert valor.logsumexp(a * k for k in (0, 0)).data == pytest.approx(math.log(2))


def test_comparisons_are_by_value_and_the_hash_by_identity() -> None:
    a, b = Valor(2.0), Valor(2.0)
    for left, right in ((1.0, 2.0), (2.0, 2.0), (3.0, 2.0), (NAN, 2.0)):
        for compare in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
            expected = compare(left, right)
            assert compare(Valor(left), Valor(right)) is expected
            assert compare(Valor(left), right) is expected
            assert compare(left, Valor(right)) is expected
    assert hash(a) != hash(b)
    assert len({a, b}) == 2
    assert {a: "a", b: "b"}[b] == "b"
    assert (a == "x", a is None) == (False, False)
    assert (bool(Valor(0.0)), bool(Valor(-1.0))) == (False, True)
    assert max([Valor(1.0), Valor(3.0), Valor(2.0)]).data == 3.0
    with pytest.raises(TypeError):
        _ = a < "x"  # type: ignore[operator]  # the mistake under test


def test_conversions_and_printing() -> None:
    a = Valor(2, label="x")
    assert (a.item(), float(a), type(a.data)) == (2.0, 2.0, float)
    assert repr(a) == "Valor(data=2.0, grad=0.0, label='x')"
    assert repr(a * 2) == "Valor(data=4.0, grad=0.0)"
    assert (f"{a:.3f}", f"{Valor(1)}") == ("2.000", "Valor(data=1.0, grad=0.0)")


@pytest.mark.parametrize("number", [np.float64(3.0), np.float32(3.0), np.int64(3), 3, True, Fraction(3)])
def test_any_real_number_may_stand_beside_a_valor(number: Any) -> None:
    x = Valor(2.0)
    for result in (x + number, number + x, x * number, number * x, x - number, number - x, x / number, number**x):
        assert type(result.data) is float
        result.backward()
    assert type(x.grad) is float
    assert (number - x).data == float(number) - 2
    assert valor.dot([x], [number], number).data == 3 * float(number)


@pytest.mark.parametrize("bad", ["x", None, 1j, [1.0], Valor(1.0)])
def test_a_valor_is_made_of_a_number(bad: Any) -> None:
    with pytest.raises(TypeError, match=f"Valor: expected a number, got {type(bad).__name__}"):
        Valor(bad)


@pytest.mark.parametrize("name", BINARY)
def test_what_is_not_a_number_is_a_type_error(name: str) -> None:
    with pytest.raises(TypeError):
        BINARY[name](Valor(1.0), "x")
    if name in ("+", "-", "*", "/", "**"):
        with pytest.raises(TypeError):
            BINARY[name]("x", Valor(1.0))


def test_errors_say_what_was_expected() -> None:
    a = Valor(1.0)
    with pytest.raises(RuntimeError, match=r"dot: expected as many inputs as weights \(2\), got 1"):
        valor.dot([a, a], [a])
    with pytest.raises(TypeError, match="Valor: expected a number, got str"):
        valor.dot([a, a], [a, "x"])  # type: ignore[list-item]  # the mistake under test
    with pytest.raises(TypeError, match=r"dot: expected Valores, got \['float'\]"):
        valor.dot([1.0], [a])  # type: ignore[list-item]  # the mistake under test
    with pytest.raises(TypeError, match=r"sum: expected Valores, got \['Valor', 'float'\]"):
        valor.sum([a, 1.0])  # type: ignore[list-item]  # the mistake under test
    with pytest.raises(RuntimeError, match="sum: expected at least one Valor"):
        valor.sum([])
    with pytest.raises(RuntimeError, match="logsumexp: expected at least one Valor"):
        valor.logsumexp([])
    with pytest.raises(RuntimeError, match=r"Valor\.clamp: expected min, max or both"):
        a.clamp()


def picture() -> Valor:
    a, b = Valor(2.0, "a"), Valor(-3.0, '<b> & "c" {|}')
    y = (a * b + 2).tanh().maximum(a) - b.relu()
    y.label = "y"
    y.backward()
    return y


def test_the_graph_can_be_walked() -> None:
    y = picture()
    assert (y.op, y.label, Valor(1.0).op, Valor(1.0).label) == ("-", "y", "", "")
    maximum, relu = y.parents
    assert (maximum.op, relu.op) == ("maximum", "relu")
    assert [slope for _, slope in maximum.edges] == [None, 1.0]
    assert valor.dot([maximum], [relu], 1.0).parents == (maximum, relu)
    assert Valor(1.0).parents == ()


def test_tree() -> None:
    a = Valor(2.0, "a")
    b = a * 3
    y = b * b
    y.backward()
    assert y.tree() == (
        "*  data=36  grad=1\n├─ *  data=6  grad=12\n│  └─ a  data=2  grad=36\n└─ *  data=6  grad=12  (shown above)"
    )


def test_dot_source() -> None:
    source = picture().to_dot()
    assert source.startswith("digraph {")
    assert source.count("->") == 9
    assert r"\<b\> & \"c\" \{\|\}" in source
    assert source.count("blocked") == 2


def test_svg_is_whole() -> None:
    root = ElementTree.fromstring(picture().to_svg())
    spaces = {"": "http://www.w3.org/2000/svg"}
    boxes = [
        tuple(float(box.get(k, "nan")) for k in ("x", "y", "width", "height")) for box in root.findall("rect", spaces)
    ]
    assert len(boxes) == 8
    for (x0, y0, w, h), (x1, y1, _, _) in itertools.combinations(boxes, 2):
        assert abs(x0 - x1) >= w or abs(y0 - y1) >= h, "two nodes overlap"
    width, height = float(root.get("width", "nan")), float(root.get("height", "nan"))
    assert all(0 <= x <= width - w and 0 <= y <= height - h for x, y, w, h in boxes)
    texts = [text.text for text in root.findall("text", spaces)]
    assert '<b> & "c" {|}' in texts
    assert "y (-)" in texts


def test_svg_of_one_node_and_of_parallel_edges() -> None:
    assert Valor(1.0).to_svg().count("<rect") == 1
    a = Valor(1.0)
    assert (a * a).to_svg().count("marker-end") == 2


def test_svg_worked_by_hand() -> None:
    """Columns of 104 pixels, 80 apart, after a margin of 10; rows of 44, 16 apart. The edge from a to + bends at
    (246, 90), under the product; its slope stands at 0.35 of the way there, and 3 below the line.
    """
    a, b = Valor(2.0, "a"), Valor(3.0, "b")
    y = a * b + a
    y.backward()
    root = ElementTree.fromstring(y.to_svg())
    spaces = {"": "http://www.w3.org/2000/svg"}
    assert [root.get(k) for k in ("width", "height", "viewBox")] == ["492", "120", "0 0 492 120"]
    boxes = [[box.get(k) for k in ("x", "y", "width", "height", "fill")] for box in root.findall("rect", spaces)]
    assert boxes == [
        ["10", "68", "104", "44", "#e8f0fe"],
        ["10", "8", "104", "44", "#e8f0fe"],
        ["194", "8", "104", "44", "#fff"],
        ["378", "38", "104", "44", "#fff"],
    ]
    assert [path.get("d") for path in root.findall("path", spaces)] == [
        "M114 90C154 90 154 30 194 30",
        "M114 30C154 30 154 30 194 30",
        "M298 30C338 30 338 60 378 60",
        "M114 90C180 90 180 90 246 90C312 90 312 60 378 60",
    ]
    texts = [(text.get("x"), text.get("y"), text.text) for text in root.findall("text", spaces)]
    assert texts[:4] == [("142", "79.8", "3"), ("142", "33", "2"), ("326", "39.6", "1"), ("160.2", "93", "1")]
    assert texts[4:7] == [("62", "82", "a"), ("62", "95", "data 2"), ("62", "107", "grad 4")]


def test_svg_is_untangled() -> None:
    """As the nodes come the edges of this graph cross often; twice is enough."""
    x, y, z = Valor(1.0), Valor(2.0), Valor(3.0)
    first, second = valor.sum([x * x, y]) * x, valor.sum([z * z, y]) * x
    root = ElementTree.fromstring(valor.sum([first, second, valor.sum([y, x])]).to_svg())
    pieces = []
    for path in root.findall("path", {"": "http://www.w3.org/2000/svg"}):
        start, *curves = (list(map(float, part.split())) for part in str(path.get("d")).lstrip("M").split("C"))
        points = [start, *(curve[-2:] for curve in curves)]
        pieces += [(round(x0 / 184), y0, y1) for (x0, y0), (_, y1) in itertools.pairwise(points)]
    pairs = itertools.combinations(pieces, 2)
    assert sum(a[0] == b[0] and (a[1] - b[1]) * (a[2] - b[2]) < 0 for a, b in pairs) == 2


def test_draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    y = picture()
    monkeypatch.setenv("PATH", str(tmp_path))
    y.draw(tmp_path / "graph.svg")
    assert (tmp_path / "graph.svg").read_text(encoding="utf-8") == y.to_svg()
    y.draw(str(tmp_path / "graph.dot"))
    assert (tmp_path / "graph.dot").read_text(encoding="utf-8") == y.to_dot()
    with pytest.raises(RuntimeError, match=r"Valor\.draw: expected \.svg or \.dot"):
        y.draw(tmp_path / "graph.png")
    graphviz = tmp_path / "dot"
    graphviz.write_text('#!/bin/sh\n[ "$1" = -Tpng ] && /bin/cat > "${2#-o}"\n', encoding="utf-8")
    graphviz.chmod(0o755)
    y.draw(tmp_path / "graph.png")
    assert (tmp_path / "graph.png").read_text(encoding="utf-8") == y.to_dot()
    graphviz.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError):
        y.draw(tmp_path / "graph.png")
