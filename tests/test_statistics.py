"""Statistics of checks and written questions: by hand, by another formula, and on pages."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from made_results import make_results
from sample_reports import HOSTILE, report, scored, verdict
from test_html import Page, assert_inert

from grader.core.verdict import Outcome
from grader.pages.html import class_page
from grader.results.decisions import Decisions
from grader.results.gradebook import build
from grader.results.marks import Graded
from grader.results.report import Answer, Report
from grader.results.statistics import FEWEST, Item, Kind, Message, Statistics, discrimination, statistics_of

WHY = Answer("why", "Why?", "Why?", ((4, "The reason."),), "Because.")
WRONG = Outcome.WRONG_ANSWER
POINTS = st.integers(0, 12).map(lambda number: Fraction(number, 4))


def of(reports: Sequence[Report], *, student_text: bool = True, **fields: object) -> dict[str, Item]:
    """By name."""
    book = build(map(Graded.of, reports), **fields)  # type: ignore[arg-type]
    return {each.name: each for each in statistics_of(book, reports, student_text=student_text).items}


def student(number: int, *passed: bool) -> Report:
    """Of checks `a`, `b`, ... worth 2 points each."""
    outcomes = [Outcome.PASSED if each else Outcome.WRONG_ANSWER for each in passed]
    checks = [verdict(name, outcome) for name, outcome in zip("abcd", outcomes, strict=False)]
    return report(*checks, submission_id=f"s{number}")


def test_one_class_by_hand() -> None:
    """Ten students and three checks.

    Of `a` six have all: p = 0.6. The other two give 4, 4, 4, 4, 2, 2 to those six and 2, 2, 0, 0 to the rest. With
    x = 1 or 0: means 10/3 and 1, all 2.4, sum of squares 80, so variance 80/10 - 2.4² = 2.24, and
    r = (10/3 - 1) / sqrt(2.24) * sqrt(0.6 * 0.4) = 0.7637...
    """
    others = [(True, True)] * 4 + [(True, False)] * 2 + [(True, False)] * 2 + [(False, False)] * 2
    found = of([student(number, number < 6, *rest) for number, rest in enumerate(others)])
    a = found["a"]
    assert (a.kind, a.count, a.full, a.mean, a.difficulty) == (Kind.CHECK, 10, 6, 0.6, 0.6)
    assert a.discrimination == pytest.approx((10 / 3 - 1) / math.sqrt(2.24) * math.sqrt(0.24))
    assert a.discrimination == pytest.approx(0.7638, abs=1e-4)


@given(st.lists(st.tuples(st.booleans(), POINTS), min_size=FEWEST, max_size=40))
def test_of_all_or_nothing_it_is_the_point_biserial_correlation(pairs: list[tuple[bool, Fraction]]) -> None:
    """As textbooks write it: (M1 - M0) / s * sqrt(pq)."""
    right = [rest for passed, rest in pairs if passed]
    wrong = [rest for passed, rest in pairs if not passed]
    rest = [each for _, each in pairs]
    assume(right and wrong and len(set(rest)) > 1)
    mean = sum(rest) / len(rest)
    deviation = math.sqrt(sum((each - mean) ** 2 for each in rest) / len(rest))
    p = len(right) / len(rest)
    expected = float(sum(right) / len(right) - sum(wrong) / len(wrong)) / deviation * math.sqrt(p * (1 - p))
    assert discrimination([Fraction(3 * passed) for passed, _ in pairs], rest) == pytest.approx(expected, abs=1e-9)


@given(st.lists(st.tuples(POINTS, POINTS), max_size=40), st.integers(1, 9), st.integers(0, 9))
def test_it_is_a_correlation(pairs: list[tuple[Fraction, Fraction]], scale: int, moved: int) -> None:
    """Between -1 and 1, the same whatever points are worth, and its sign turns with the item's; else not defined."""
    here, rest = [a for a, _ in pairs], [b for _, b in pairs]
    found = discrimination(here, rest)
    defined = len(pairs) >= FEWEST and len(set(here)) > 1 and len(set(rest)) > 1
    assert (found is not None) == defined
    if found is not None:
        assert -1 <= found <= 1
        assert discrimination([scale * each + moved for each in here], rest) == pytest.approx(found, abs=1e-9)
        assert discrimination([-each for each in here], rest) == pytest.approx(-found, abs=1e-9)
        assert discrimination(rest, here) == pytest.approx(found, abs=1e-9)


@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=25))
def test_counts_and_means_are_those_of_the_class(passed: list[list[bool]]) -> None:
    """And an item is held against the others alone: its own points move nothing in the rest."""
    found = of([student(number, *each) for number, each in enumerate(passed)])
    for at, name in enumerate("abc"):
        column = [each[at] for each in passed]
        item = found[name]
        assert (item.count, item.full) == (len(passed), sum(column))
        assert item.mean == item.difficulty == pytest.approx(sum(column) / len(column))
        rest = [Fraction(2 * (sum(each) - each[at])) for each in passed]
        assert item.discrimination == discrimination([Fraction(2 * each) for each in column], rest)


def test_only_graded_submissions_count_and_a_group_once() -> None:
    """Not the unfinished, not the quarantined, and not each member."""
    reports = [
        student(1, True),
        report(verdict("a", WRONG, message="No."), submission_id="pair", members=("x", "y", "z")),
        report(verdict("a", Outcome.GRADER_ERROR, message="Ours."), submission_id="unfinished"),
        report(verdict("a"), submission_id="aside", reason="a link"),
    ]
    item = of(reports, missing=["nobody"])["a"]
    assert (item.count, item.full, item.difficulty, item.discrimination) == (2, 1, 0.5, None)
    assert item.messages == (Message("No.", 1),)


def test_written_questions_count_who_is_scored_and_tell_the_comments() -> None:
    """Partial points count for the mean; who waits for points is in no correlation."""
    reports = [
        report(verdict("a", each), submission_id=f"s{number:02}", answers=(WHY,))
        for number, each in enumerate([Outcome.MISSING, Outcome.PASSED] * 6)
    ]
    given = Decisions(
        {(f"s{number:02}", "why"): scored(WHY, Fraction(number % 5), "Too short.") for number in range(11)}
    )
    found = of(reports, decisions=given)
    why = found["why"]
    assert (why.kind, why.count, why.full, why.difficulty) == (Kind.QUESTION, 11, 2, 2 / 11)
    assert why.mean == pytest.approx((0 + 1 + 2 + 3 + 4 + 0 + 1 + 2 + 3 + 4 + 0) / 44)
    assert why.messages == (Message("Too short.", 11),)
    assert found["a"].count == 12
    scores = [Fraction(number % 5) for number in range(11)]
    checks = [Fraction(2 * (number % 2)) for number in range(11)]
    assert why.discrimination == found["a"].discrimination == discrimination(scores, checks)


def test_the_most_common_messages_count_each_submission_once() -> None:
    """The first three, of cases alike one, without what passed, on one line and cut."""
    reports = [
        report(
            verdict("a", WRONG, case="x", message="Same."),
            verdict("a", WRONG, case="y", message="Same."),
            verdict("a", WRONG, case="z", message=f"Number\n{number % 3}"),
            verdict("b", message="Passed all the same."),
            verdict("c", WRONG, message="A" * 5000),
            submission_id=f"s{number}",
        )
        for number in range(6)
    ]
    found = of(reports)
    assert found["a"].messages == (Message("Same.", 6), Message("Number 0", 2), Message("Number 1", 2))
    assert found["b"].messages == ()
    (long,) = found["c"].messages
    assert len(long.text) <= 200 and long.count == 6


def test_without_students_texts_only_our_own_messages_are_told() -> None:
    """As on students' pages."""
    told = report(verdict("a", WRONG, message="theirs"), verdict("b", WRONG, message="ours", ours=True))
    assert [of([told])[name].messages for name in "ab"] == [(Message("theirs", 1),), (Message("ours", 1),)]
    assert [of([told], student_text=False)[name].messages for name in "ab"] == [(), (Message("ours", 1),)]


def test_neither_the_page_nor_the_file_has_what_students_wrote_where_the_teacher_wants_none(tmp_path: Path) -> None:
    """As the class was graded."""
    told = report(verdict("a", WRONG, message="theirs"), verdict("b", WRONG, message="by us", ours=True))
    for student_text in (True, False):
        out = make_results(tmp_path / str(student_text), told, student_text=student_text)
        for name in ("index.html", "statistics.json"):
            written = (out / name).read_text()
            assert "by us" in written and ("theirs" in written) == student_text


def test_a_check_without_points_has_no_shares() -> None:
    """Nothing is divided by zero, nor for an empty class."""
    item = of([report(verdict("a", points=0))])["a"]
    assert (item.count, item.mean, item.difficulty, item.discrimination) == (1, None, None, None)
    assert statistics_of(build([]), []) == Statistics("", ())


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_hostile_messages_stay_text(text: str) -> None:
    """On the page of the class, where what is not defined is a dash."""
    reports = [report(verdict("a", WRONG, message=text), submission_id=id) for id in ("ada", "bob")]
    book = build(map(Graded.of, reports))
    page = assert_inert(class_page(reports, book, statistics_of(book, reports).items))
    assert "a 0 % 0 of 2 0.0 % – 0.25 2 ×" in page.text


def test_hidden_checks_and_questions_are_marked() -> None:
    """For staff, who see their messages."""
    reports = [report(verdict("a", WRONG, hidden=True, message="Secret."), answers=(WHY,))]
    book = build(map(Graded.of, reports), decisions=Decisions({("ada", "why"): scored(WHY, Fraction(2))}))
    text = Page(class_page(reports, book, statistics_of(book, reports).items)).text
    assert "a hidden 0 % 0 of 1 0.0 % – 0.25 1 × Secret." in text
    assert "why graded by hand 0 % 0 of 1 50.0 % –" in text


def test_no_check_name_is_cut_in_the_head_of_the_table() -> None:
    """It stands upright, as high as it needs."""
    name = "a_check_with_a_very_long_name_that_says_everything_about_what_it_does"
    source = class_page([report(verdict(name))])
    assert f"<span>{name}</span>" in source
    (rule,) = (line for line in source.splitlines() if line.startswith(".grid .check span"))
    assert "vertical-rl" in rule and "overflow" not in rule and "height" not in rule


def test_statistics_are_beside_the_gradebook_for_programs(tmp_path: Path) -> None:
    """With its format."""
    out = make_results(tmp_path / "out", *(student(number, number % 2 == 0) for number in range(4)))
    found = json.loads((out / "statistics.json").read_text())
    assert found == {
        "format": 1,
        "assignment": "cnn",
        "items": [
            {
                "name": "a", "kind": "check", "hidden": False, "count": 4, "full": 2, "mean": 0.5, "difficulty": 0.5,
                "discrimination": None, "messages": [],
            }
        ],
    }  # fmt: skip
    assert "Statistics by check and question" in (out / "index.html").read_text()
