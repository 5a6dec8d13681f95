"""Nothing is left out: files, twins, cases, arguments, docstrings."""

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_overloads

import numpy as np
import pytest
import torch
import torch.nn.utils.rnn
import torch.optim.swa_utils

from parity.cases import Case, ModuleSample
from parity.checks import samples_with_arguments
from parity.coverage import coverage, torch_names
from parity.observation import draw
from parity.registry import cases, components, family_modules
from parity.sides import ScratchSide, TorchSide, leaves

ROOT = Path(__file__).parent.parent
OURS, THEIRS = ScratchSide(), TorchSide()
COMPONENTS = components()

# Arguments of PyTorch's that are left out everywhere. A component's own differences stand in its case.
LEFT_OUT = {
    "device": "everything runs on the CPU",
    "inplace": "inputs are never modified",
    "size_average": "deprecated in favour of `reduction`",
    "reduce": "deprecated in favour of `reduction`",
    "foreach": "chooses among PyTorch's implementations, not among results",
    "fused": "chooses among PyTorch's implementations, not among results",
    "capturable": "for CUDA graphs",
    "differentiable": "for gradients through the optimizer",
}
TORCH_HOMES = (
    torch.nn,
    torch.optim,
    torch.optim.lr_scheduler,
    torch.optim.swa_utils,
    torch.nn.utils.rnn,
    torch.utils.data,
)


def torch_original(name: str) -> Any:
    """torch's own class or function behind a component, or None where torch has no such thing."""
    module, _, short = name.rpartition(".")
    homes = {"init": (torch.nn.init,), "": (*TORCH_HOMES, torch.nn.utils)}.get(module, ())
    return next((getattr(home, short) for home in homes if hasattr(home, short)), None)


@pytest.mark.parametrize("package", ["torch_ref", "parity.cases"])
def test_file_lists_are_equal(package: str) -> None:
    assert list(family_modules(package)) == list(family_modules("scratch"))


def test_public_names_are_equal() -> None:
    for name, module in family_modules("scratch").items():
        twin = family_modules("torch_ref")[name]
        ours = {n for n in module.__all__ if callable(getattr(module, n))}
        theirs = {n for n in twin.__all__ if callable(getattr(twin, n))}
        assert ours == theirs, f"scratch/{name} and torch_ref/{name} have different public names"


@pytest.mark.parametrize("name", COMPONENTS)
def test_component_has_a_case_and_stands_on_the_face(name: str) -> None:
    assert name in cases(), f"{name} has no case in parity/cases/{COMPONENTS[name].replace('.', '/')}.py"
    for side in (OURS, THEIRS):
        assert side.find(name) is not None


def test_cases_name_something_and_stand_in_the_right_file() -> None:
    for file, module in family_modules("parity.cases").items():
        for case in module.CASES:
            assert COMPONENTS.get(case.component) == file, (
                f"parity/cases/{file}: no component {case.component} in scratch/{file}"
            )


@pytest.mark.parametrize("case", cases().values(), ids=cases().keys())
def test_case_is_whole(case: Case) -> None:
    names = [sample.name for sample in case.samples]
    assert names, f"{case.component} has no sample"
    assert len(set(names)) == len(names), f"{case.component} has two samples of one name"
    assert all(len(sample.exposes.split()) > 2 for sample in case.samples), "each sample says which mistake it exposes"
    differences = [difference.what for difference in case.differences if not difference.why]
    assert not differences, f"differences without a reason: {differences}"


def test_every_name_of_torch_is_here_or_left_out_with_a_reason() -> None:
    covered, known = coverage(), set(torch_names())
    assert not covered.missing, f"neither here nor left out in parity/coverage.py: {covered.missing}"
    assert covered.share > 0.95
    for part in covered.left_out:
        assert part.reason
        assert set(part.names) <= known, f"not in torch: {set(part.names) - known}"
        assert not set(part.names) & set(covered.here), f"here after all: {set(part.names) & set(covered.here)}"


def arguments(function: Any) -> dict[str, inspect.Parameter]:
    target = function
    if inspect.isclass(function):
        target = function.__init__ if inspect.isfunction(function.__init__) else function.__new__
        target = next(iter(get_overloads(target)), target) if inspect.isfunction(target) else target
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = inspect.signature(target).parameters.items()
    return {name: p for name, p in parameters if name not in ("self", "cls", "_cls") and p.kind not in kinds}


@pytest.mark.parametrize("name", [name for name in COMPONENTS if torch_original(name) is not None])
def test_arguments_and_defaults_are_torchs(name: str) -> None:
    left_out = set(LEFT_OUT) | {d.argument for d in cases()[name].differences if d.argument}
    theirs = {n: p for n, p in arguments(torch_original(name)).items() if n not in left_out}
    ours = {n: p for n, p in arguments(OURS.find(name)).items() if n not in left_out}
    assert list(ours) == list(theirs)
    defaults = {n: (ours[n].default, p.default) for n, p in theirs.items() if ours[n].default != p.default}
    assert not defaults, f"defaults differ (ours, torch's): {defaults}"


@pytest.mark.parametrize("name", [name for name in COMPONENTS if inspect.isclass(OURS.find(name))])
def test_every_constructor_argument_is_exercised(name: str) -> None:
    scripted = " ".join(inspect.getsource(s.script) for s in cases()[name].samples if hasattr(s, "script"))
    exercised = samples_with_arguments(cases()[name]) | set(re.findall(r"\w+(?==)", scripted))
    positional = [n for n, p in arguments(OURS.find(name)).items() if p.default is inspect.Parameter.empty]
    missing = set(arguments(OURS.find(name))) - exercised - set(positional) - {"params", "optimizer"}
    assert not missing, f"no sample of {name} sets {sorted(missing)}"


@pytest.mark.parametrize("case", cases().values(), ids=cases().keys())
def test_some_sample_has_unequal_sides(case: Case) -> None:
    """With equal sides a transpose or a wrong axis would go unseen."""
    shapes = [
        np.shape(array)
        for sample in case.samples
        if isinstance(sample, ModuleSample)
        for _, array in leaves(draw(sample.inputs, "shape", "float64"))
    ]
    wide = [shape for shape in shapes if len(shape) > 1]
    assert not wide or any(len(set(shape)) == len(shape) and min(shape) > 1 for shape in wide), f"only {wide}"


SECTIONS = ("Math:", "Source:", "Example:")


@pytest.mark.parametrize(
    "name", [n for n, m in COMPONENTS.items() if m.split(".")[0] in ("layers", "losses", "optimizers", "schedulers")]
)
def test_docstring_has_its_sections(name: str) -> None:
    component = OURS.find(name)
    text = inspect.getdoc(component) or ""
    wanted = [
        *SECTIONS,
        *(["Args:"] if arguments(component) else []),
        *(["Shape:", "Raises:"] if inspect.isclass(component) else []),
    ]
    wanted = [s for s in wanted if name not in ("Optimizer", "LRScheduler") or s not in ("Math:", "Shape:", "Example:")]
    assert not [section for section in wanted if section not in text], f"{name}: sections missing in the docstring"


@pytest.mark.parametrize("name", COMPONENTS)
def test_everything_public_has_a_docstring(name: str) -> None:
    assert inspect.getdoc(OURS.find(name)), f"scratch: {name} has no docstring"
    twin = THEIRS.find(name)
    own = str(getattr(twin, "__module__", "")).startswith("torch_ref")  # not one of torch's own, under the same name
    assert inspect.getdoc(twin) or not own, f"torch_ref: {name} has no docstring"


@pytest.mark.parametrize("path", sorted((ROOT / "scratch").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_scratch_imports_numpy_and_the_standard_library_only(path: Path) -> None:
    roots = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            roots.add((node.module or "").split(".")[0])
    assert roots <= {"numpy", "scratch"} | set(sys.stdlib_module_names)


def test_importing_scratch_does_not_import_torch() -> None:
    code = "import sys, scratch; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("package", ["scratch", "torch_ref", "parity", "datasets"])
def test_nothing_imports_the_tests_and_parity_no_pytest(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"^\s*(import|from) (parity_tests|pytest)\b", text, re.MULTILINE), path
