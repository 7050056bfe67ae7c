"""What is drawn of a wrong answer is true, small, and nothing but numbers; of a hidden check nothing is."""

import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_reports import report, verdict
from test_html import Page

from grader.checks.criteria import close, equal, normal, uniform
from grader.checks.criterion import drawing
from grader.checks.drawings import BINS, POINTS, SIDE
from grader.core.drawing import Curves, Drawing, Heat, Histogram
from grader.core.observation import Value
from grader.core.verdict import Outcome
from grader.pages.html import student_page
from grader.results.redaction import for_student
from grader.results.report import from_json, to_json


def drawn(seen: Value, expected: Value, atol: float = 1e-3) -> Drawing | None:
    """Of one value that is compared."""
    return drawing(close("x", atol=atol), {"x": seen}, {"x": expected})


def page_of(each: Drawing) -> str:
    """A student's page with one picture."""
    return student_page(report(verdict("a", Outcome.WRONG_ANSWER, message="no", drawing=each)))


def test_a_plane_shows_where_it_differs() -> None:
    """The plane of the worst place, in blocks; what is within the tolerance is empty, and the worst is darkest."""
    expected = torch.zeros(3, 2, 48, 48)
    seen = expected.clone()
    seen[2, 1, 10, 30] = 5.0
    seen[2, 1, 0, 0] = 0.01
    seen[2, 1, 47, 47] = 0.0005
    heat = drawn(seen, expected)
    assert isinstance(heat, Heat)
    assert (heat.plane, heat.worst, heat.block) == ((2, 1), (10, 30), 2)
    assert heat.rows[5][15] == "9" and heat.rows[0][0] in "1234" and heat.rows[23][23] == "0"
    assert "at (2, 1, 10, 30)" in page_of(heat)


def test_a_row_of_numbers_is_two_curves() -> None:
    """Losses over epochs; where yours is not finite there is a gap."""
    curves = drawn([1.0, float("nan"), 0.5, 0.4], [1.0, 0.7, 0.5, 0.2])
    assert curves == Curves((1.0, None, 0.5, 0.4), (1.0, 0.7, 0.5, 0.2), 0.001)
    page = page_of(curves)
    assert "4 values from 0.2 to 1. 1 value of yours not finite." in page
    assert page.count("<polyline") == 2


@pytest.mark.parametrize("criterion", [normal("x", std=1.0), uniform("x", low=-1, high=1)])
def test_draws_stand_beside_their_density(criterion: normal | uniform) -> None:
    """Every draw is counted once, in a bin or outside."""
    sample = torch.randn(1000, generator=torch.Generator().manual_seed(1)) * 2
    found = drawing(criterion, {"x": sample}, {"x": sample})
    assert isinstance(found, Histogram)
    assert sum(found.counts) + found.outside == 1000
    assert len(found.counts) == len(found.expected) == BINS
    assert sum(found.expected) == pytest.approx(1000, rel=0.01)
    assert "How often your values fall where" in page_of(found)


def test_what_cannot_be_compared_is_not_drawn() -> None:
    """Other shapes and kinds, single numbers, the reference's infinities, a dtype that differs, a plain function."""
    ones = torch.ones(3, 3)
    for seen, expected in (
        (ones, torch.ones(3)), (None, ones), ("text", ones), (1.0, 2.0), (ones, ones * torch.inf),
        (ones.double(), ones),
        (torch.ones(2, 2, dtype=torch.complex64), torch.zeros(2, 2, dtype=torch.complex64)),
    ):  # fmt: skip
        assert drawn(seen, expected) is None
    assert drawing(equal("x"), {"x": ones}, {"x": ones * 2}) is None
    assert drawing(lambda *_: "no", {}, {}) is None


VALUES = st.floats(width=32) | st.sampled_from([float("inf"), float("-inf"), float("nan"), 0.0, 1e38])
SHAPES = st.lists(st.integers(0, 30), max_size=4)


@given(SHAPES, VALUES, VALUES, st.integers(0, 2**16), st.sampled_from([0.0, 1e-3, 1e30]))
@settings(max_examples=150, deadline=None)
def test_any_tensor_gives_a_small_inert_picture(shape: list[int], a: float, b: float, at: int, atol: float) -> None:
    """Whatever the code gave: few cells, no other text than ours, and the report is read back as it was."""
    seen = torch.full(shape, a)
    if seen.numel():
        seen.view(-1)[at % seen.numel()] = b
    expected = torch.zeros(shape)
    for criterion in (close("x", atol=atol), normal("x", std=1.0), uniform("x", low=0, high=1)):
        found = drawing(criterion, {"x": seen}, {"x": expected})
        if found is None:
            continue
        if isinstance(found, Heat):
            assert len(found.rows) <= SIDE and all(re.fullmatch(f"[0-9]{{1,{SIDE}}}", row) for row in found.rows)
        if isinstance(found, Curves):
            assert len(found.yours) == len(found.expected) <= POINTS
        page = page_of(found)
        assert not re.search(r"nan|inf\b", page.partition('<svg class="bar"')[2])
        assert not Page(page).open
        whole = report(verdict("a", Outcome.WRONG_ANSWER, drawing=found))
        assert from_json(to_json(whole)) == whole


def test_nothing_is_drawn_of_a_hidden_check() -> None:
    """A picture would tell what is expected there."""
    heat = Heat(("09", "90"), 1, (0, 1), ())
    told = for_student(report(verdict("a", Outcome.WRONG_ANSWER, hidden=True, drawing=heat)))
    assert told.verdicts[0].drawing is None
    assert for_student(report(verdict("a", drawing=heat)), student_text=False).verdicts[0].drawing is None
