"""The assignment `residual_gradients`: its criteria, its given helpers, other right solutions, and a real submission.

The submission is that of the document which the assignment comes from, with its mistakes.
"""

from __future__ import annotations

import importlib.util
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from grader.assignment.assignment import load_assignment
from grader.assignment.expected import read
from grader.checks.criteria import normal
from grader.checks.seeds import PUBLISHED, of_seed
from grader.core.verdict import Outcome
from grader.files.notebooks import CELLS
from grader.grading.context import GradingContext, prepare
from grader.grading.grade import grade
from grader.results.report import Report
from grader.sandbox.sandbox import Sandbox
from grader.submissions.reading import read_submission

ROOT = Path(__file__).parents[1]
NAME = "residual_gradients"
ASSIGNMENT = ROOT / "assignments" / NAME
ORIGINAL = ROOT / "tests/submissions" / NAME / "the_original"
ANOTHER_STYLE = '''
import gradient_figures as figures


def compute_gradient_wrt_input(neural_network, x):
    flags = [parameter.requires_grad for parameter in neural_network.parameters()]
    neural_network.requires_grad_(False)
    x = x.detach().clone().requires_grad_()
    out = neural_network(x)
    out.backward(torch.ones_like(out))
    for parameter, flag in zip(neural_network.parameters(), flags):
        parameter.requires_grad_(flag)
    return x.grad.T


class residual1D(nn.Module):
    """Separate lists, made from the last layer to the first, biases before weights, the ReLU as a function."""

    def __init__(self, d, n, beta, skip=True):
        super().__init__()
        sizes = [(1, n), *[(n, n)] * (d - 2), (n, 1)]
        linears, norms = [], []
        for inside, outside in reversed(sizes):
            norms.insert(0, nn.BatchNorm1d(outside))
            linear = nn.Linear(inside, outside)
            linear.bias = nn.Parameter(torch.normal(0.0, inside**-0.5, (outside,)))
            linear.weight.data = torch.randn(outside, inside) / inside**0.5
            linears.insert(0, linear)
        self.norms, self.linears = nn.ModuleList(norms), nn.ModuleList(linears)
        self.register_buffer("factor", torch.tensor(float(beta)))
        self.skip = skip

    def forward(self, a):
        for linear, norm in zip(self.linears, self.norms):
            out = torch.relu(norm(linear(a)))
            a = a + self.factor * out if self.skip and linear.in_features == linear.out_features else out
        return a


def inspect_gradients(network_type, x, depths, num_iters, seed):
    torch.manual_seed(seed)
    tables = {depth: torch.empty(num_iters, len(x)) for depth in depths}
    for iteration in range(num_iters):  # the iterations outside, the depths inside
        for depth in depths:
            network = residual1D(d=depth, n=WIDTH, beta=BETA, skip=network_type == "residual")
            tables[depth][iteration] = compute_gradient_wrt_input(network, x).squeeze(0)
    tables = {depth: table.numpy() for depth, table in tables.items()}
    for depth in depths:
        table = tables[depth]
        figures.visualize_gradients(
            gradients=table, mean=table.mean(axis=0), figsize=(9, 2), color="k", name=network_type, depth=depth
        )
    return tables


x = torch.arange(-50, 51).reshape(-1, 1) / 50
'''


def module(name: str) -> ModuleType:
    """One of the assignment's files, imported under a name that no other test uses."""
    spec = importlib.util.spec_from_file_location(f"{NAME}_{name}", ASSIGNMENT / f"{name}.py")
    assert spec is not None and spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


CHECKS, FIGURES = module("checks"), module("gradient_figures")


@pytest.fixture(scope="module")
def context() -> GradingContext:
    """The assignment with its expected values."""
    assignment = load_assignment(ASSIGNMENT)
    return prepare(assignment, assignment.checks)


@pytest.fixture(scope="module")
def original(context: GradingContext, best: Sandbox) -> Report:
    """The report on the document's own submission."""
    return grade(context, read_submission(ORIGINAL, context.assignment.manifest), best)


# --- real submissions ---


@pytest.mark.slow
def test_the_original_loses_what_its_mistakes_cost(original: Report) -> None:
    """Shared layers, an output of n columns, one depth and one width for all: these verdicts and no others."""
    assert {verdict.name for verdict in original.verdicts if verdict.outcome is not Outcome.PASSED} == {
        "distinct_layers",
        "layers_of_other_depths",
        "forward[residual]",
        "forward[skip_by_default]",
        "forward[no_inner_layers]",
        "forward_of_other_sizes[two_layers]",
        "forward_of_other_sizes[deep]",
        "forward_of_other_sizes[beta_of_one]",
        "one_array_for_each_depth[feedforward]",
        "one_array_for_each_depth[residual]",
        "inspects_other_depths",
        "networks_as_asked[feedforward]",
        "networks_as_asked[residual]",
        "follows_the_seed",
        "draws_each_depth[feedforward]",
        "draws_each_depth[residual]",
        "skips_keep_gradients_together",
    }
    assert {verdict.outcome for verdict in original.verdicts} == {Outcome.PASSED, Outcome.WRONG_ANSWER}
    assert original.points == Fraction(81, 4)


@pytest.mark.slow
def test_the_original_reads_what_is_wrong(original: Report) -> None:
    """The messages name each of the three mistakes."""
    said = {verdict.name: f"{verdict.message} {verdict.next_step}" for verdict in original.verdicts}
    assert "1 parameters of shape (60, 60), expected 7" in said["distinct_layers"]
    assert "shape (24, 5), expected (24, 1)" in said["forward[residual]"]
    assert "broadcasts" in said["forward[residual]"]
    assert "of that depth" in said["one_array_for_each_depth[residual]"]


@pytest.mark.slow
def test_the_original_left_two_questions_open(original: Report) -> None:
    """Answers that are the template's own line are not answers."""
    assert [answer.id for answer in original.answers if not answer.text] == ["q2_how_far_solved", "q5_beta"]


@pytest.mark.slow
def test_another_style_passes(context: GradingContext, best: Sandbox) -> None:
    """Another order of drawing and of loops, arrays instead of tensors, other ways to import and to differentiate."""
    right = read_submission(ROOT / "solutions" / NAME, context.assignment.manifest, id="another_style")
    cells = json.loads(right.files[CELLS])
    cells.append({"number": cells[-1]["number"] + 1, "source": ANOTHER_STYLE, "tags": []})
    report = grade(context, replace(right, files={CELLS: json.dumps(cells).encode()}), best)
    assert {each.name: each.message for each in report.verdicts if each.outcome is not Outcome.PASSED} == {}


# --- expected values ---


def test_expected_gradients_are_the_known_derivatives(context: GradingContext) -> None:
    """The reference was not merely believed: its gradients are those of the textbook, by the chain rule."""
    values = read(context.assignment.expected_folder / "known_derivatives.safetensors").values
    for seed in PUBLISHED:
        x = CHECKS.grid(21, seed)
        first, _, last = CHECKS.given_network(3 + seed % 3, seed, norm=False)
        hidden = torch.tanh(first(x))
        y = last(hidden)[:, 0].detach()
        inner = ((1 - hidden**2) * first.weight[:, 0] * last.weight[0]).sum(dim=1).detach()
        known = {"cube": 3 * y**2, "sine": 2 * torch.cos(2 * y), "bell": -2 * y * torch.exp(-(y**2))}
        for case, outer in known.items():
            assert torch.allclose(tensor(values[case][f"gradient[{seed}]"]), (outer * inner)[None], atol=1e-5)


def test_expected_gradient_of_coupled_points_is_that_of_the_sum(context: GradingContext) -> None:
    """With batch norm in training mode, finite differences of the sum of all outputs give the expected gradient."""
    network, x = CHECKS.given_network(5, 1).double(), CHECKS.grid(16, 1).double()
    step = 1e-6
    with torch.no_grad():
        moved = [[float(network(x + sign * step * torch.eye(16)[:, [i]]).sum()) for sign in (1, -1)] for i in range(16)]
    slopes = torch.tensor([(up - down) / (2 * step) for up, down in moved], dtype=torch.float64)
    saved = read(context.assignment.expected_folder / "coupled_points.safetensors").values["training"]["gradient[1]"]
    assert torch.allclose(tensor(saved).double(), slopes, atol=1e-4)


# --- criteria ---


@pytest.mark.parametrize("factor", [math.sqrt(2), 1 / math.sqrt(2)])
@pytest.mark.parametrize(
    "check", ["weights_start_normal", "biases_start_normal", "last_bias_starts_normal"], ids=lambda name: name
)
def test_every_sample_tells_a_deviation_off_by_root_two(context: GradingContext, check: str, factor: float) -> None:
    """The saved draws of the reference pass; stretched or shrunk by the root of 2 each of them fails."""
    (found,) = [each for each in context.checks if each.name == check]
    values = of_seed(context.expected[check].values[None], found.seeds[0] if found.seeds else None)
    tests = [criterion for criterion in found.criteria if isinstance(criterion, normal)]
    assert tests
    for criterion in tests:
        assert criterion(values, values, {}) is None
        stretched = {criterion.name: tensor(values[criterion.name]) * factor}
        assert criterion(stretched, values, {}) is not None


def smooth_and_noisy() -> Iterator[tuple[str, Tensor, float]]:
    """Tables of gradients, and how their neighbours correlate."""
    points = torch.linspace(0, 1, 50)
    draws = torch.randn(40, 2, generator=torch.Generator().manual_seed(1))
    yield "lines through a common slope", draws[:, :1] + draws[:, 1:] * points, 1.0
    yield "multiples of one curve", draws[:, :1] * torch.cos(points), 1.0
    yield "white noise", torch.randn(400, 50, generator=torch.Generator().manual_seed(2)), 0.0
    yield "changing sign from point to point", draws[:, :1] * (-1.0) ** torch.arange(50), -1.0


@pytest.mark.parametrize(("name", "table", "wanted"), list(smooth_and_noisy()), ids=lambda value: str(value)[:20])
def test_neighbours_are_measured_as_students_measure_them(name: str, table: Tensor, wanted: float) -> None:
    """The criterion and the given helper agree, and give what they should where it is known."""
    assert CHECKS.neighbour_correlation(table.double()) == pytest.approx(wanted, abs=0.05), name
    assert FIGURES.neighbour_correlation(table) == pytest.approx(CHECKS.neighbour_correlation(table.double()), abs=1e-6)


def test_one_huge_network_does_not_outweigh_all_others() -> None:
    """White noise with one smooth row that is a million times as large is still white noise."""
    table = torch.randn(100, 50, generator=torch.Generator().manual_seed(3))
    table[0] = 1e6 * torch.linspace(1, 2, 50)
    assert abs(CHECKS.neighbour_correlation(table.double())) < 0.1


@pytest.mark.parametrize("at_least,at_most,met", [(0.5, 1.0, False), (-0.25, 0.25, True), (-1.0, -0.5, False)])
def test_limits_of_neighbours_hold_on_both_sides(at_least: float, at_most: float, met: bool) -> None:
    """Noise is between the limits around 0, not above and not below."""
    values = {"gradients": torch.randn(100, 50, generator=torch.Generator().manual_seed(4))}
    criterion = CHECKS.neighbours("gradients", at_least=at_least, at_most=at_most)
    assert (criterion(values, values, {}) is None) is met


HOSTILE: list[Any] = [
    None, True, 3, "text", [], [[1.0]], torch.zeros(0), torch.zeros(3, 4), torch.full((3, 4, 25), torch.nan),
    torch.zeros(3, 4, 25), torch.zeros(3, 4, 25, dtype=torch.int64), torch.full((8, 200), torch.inf),
    torch.zeros(30, 100), torch.full((30, 100), 1e38),
]  # fmt: skip


@pytest.mark.parametrize("check", ["distinct_layers", "follows_the_seed", "draws_each_depth", "x_is_a_grid",
                                   "forward", "skips_keep_gradients_together"])  # fmt: skip
def test_odd_values_meet_no_criterion(context: GradingContext, check: str) -> None:
    """Whatever stands in the place of the values: a reason, never a pass and never an exception."""
    (found,) = [each for each in context.checks if each.name == check]
    case = found.case_names[0]
    expected = of_seed(context.expected[check].values[case], found.seeds[0] if found.seeds else None)
    for odd in HOSTILE:
        seen = dict.fromkeys(expected, odd)
        reasons = [criterion(seen, expected, {}) for criterion in found.criteria]
        assert any(reason is not None for reason in reasons), (check, odd)


# --- given helpers ---


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 12), st.integers(1, 12), st.integers(0, 1000), st.floats(1e-3, 1e3))
def test_correlation_is_that_of_numpy(rows: int, points: int, seed: int, scale: float) -> None:
    """For tables of any size and scale the matrix and its first column are NumPy's."""
    table = scale * np.random.default_rng(seed).standard_normal((rows, points))
    matrix, first = FIGURES.compute_correlation(torch.from_numpy(table))
    assert np.allclose(matrix, np.corrcoef(table, rowvar=False).reshape(points, points), atol=1e-9)
    assert np.array_equal(first, matrix[:, 0])


def test_a_constant_column_correlates_with_nothing() -> None:
    """No NaN and no warning where a gradient is the same in all networks."""
    table = np.column_stack([np.arange(4.0), np.full(4, 0.1), -np.arange(4.0)])
    matrix, _ = FIGURES.compute_correlation(table)
    assert np.allclose(matrix, [[1, 0, -1], [0, 0, 0], [-1, 0, 1]])


@pytest.mark.parametrize("shape", [(5,), (1, 5), (2, 3, 4)])
def test_a_table_of_another_shape_is_refused_with_a_sentence(shape: tuple[int, ...]) -> None:
    """The message has the shape, and what is needed."""
    with pytest.raises(ValueError, match=r"an array of shape .* it needs two axes"):
        FIGURES.compute_correlation(np.zeros(shape))


@pytest.mark.process
def test_figures_are_drawn_and_leave_the_generators_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both figures have three panels and a colour bar; drawing noise disturbs no experiment."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    monkeypatch.setattr(plt, "show", lambda: None)
    torch.manual_seed(1)
    np.random.seed(1)
    before = torch.get_rng_state(), _numpys_state()
    FIGURES.visualize_white_noise(20, 10, (6, 2), "C0")
    FIGURES.visualize_gradients(torch.randn(10, 20, generator=torch.Generator()), torch.zeros(20), (6, 2), "C1", "a", 3)
    assert [len(plt.figure(number).axes) for number in plt.get_fignums()[-2:]] == [4, 4]
    assert torch.equal(before[0], torch.get_rng_state()) and np.array_equal(before[1], _numpys_state())
    with pytest.raises(ValueError, match="one value for each point"):
        FIGURES.visualize_gradients(torch.zeros(10, 20), torch.zeros(10), (6, 2), "C1", "a", 3)
    plt.close("all")


def _numpys_state() -> Any:
    return np.random.get_state(legacy=False)["state"]["key"].copy()


def tensor(value: Any) -> Tensor:
    """A saved value that is a tensor."""
    assert isinstance(value, Tensor)
    return value
