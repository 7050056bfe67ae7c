"""The gradebook shows points only where they are a grade, adds up, and holds nothing that a spreadsheet would run."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_reports import scored

from grader.assignment.manifest import Late
from grader.core.errors import UsageError
from grader.core.limits import Level
from grader.core.verdict import Outcome, Verdict
from grader.results.decisions import Decisions
from grader.results.folder import Class, book_of
from grader.results.gradebook import Gradebook, build
from grader.results.gradebook_files import as_csv, to_json, write_gradebook
from grader.results.lateness import LateEntry, Source
from grader.results.marks import Graded, Mark, Question
from grader.results.report import Answer, Report, State
from grader.results.row import Row

DEADLINE = datetime(2026, 11, 30, tzinfo=UTC)
POLICY = Late(deadline=DEADLINE, percent_per_day=10, cutoff_days=7)
WHY = Answer("why", "Why?", "Why?", ((2, "The reason."), (1, "Another.")), "Because.")


def verdict(check: str, points: str, most: str, case: str | None = None, outcome: Outcome = Outcome.PASSED) -> Verdict:
    """A verdict on a check."""
    return Verdict(check, case, "Claim.", outcome, Fraction(points), Fraction(most), False, 0.0)


def report(id: str, *verdicts: Verdict, **fields: Any) -> Report:
    """A report on a student."""
    return Report(id, "a", "A", Level.ISOLATED, "cpu", verdicts, **fields)


def graded(id: str, points: str = "6", most: str = "10", **fields: Any) -> Graded:
    """A submission with one check and one written question."""
    return replace(Graded.of(report(id, verdict("squares", points, most), answers=(WHY,))), **fields)


def table(book: Gradebook) -> list[dict[str, str]]:
    """`grades.csv` as a spreadsheet reads it."""
    return list(csv.DictReader(io.StringIO(as_csv(book).decode())))


def rows(*reports: Report) -> list[dict[str, str]]:
    """`grades.csv` of some reports."""
    return table(build(map(Graded.of, reports)))


def row_of(book: Gradebook, id: str) -> Row:
    """One student."""
    return next(row for row in book.rows if row.id == id)


def test_a_row_has_the_total_and_each_checks_points() -> None:
    """The cases of a check are added up exactly, and rows are in order of id."""
    third = [verdict("squares", "1/3", "1/3", case) for case in "abc"]
    ada = report("ada", *third, verdict("greets", "0", "2", outcome=Outcome.WRONG_ANSWER))
    bob, first = report("bob", *third[:2], notes=("odd", "very")), rows(report("bob"), ada)[0]
    assert first == {
        "id": "ada", "name": "", "state": "GRADED", "points": "1", "max_points": "3", "level": "isolated",
        "device": "cpu", "note": "", "submission": "ada", "from_checks": "1", "late_days": "", "taken": "0",
        "manual": "", "squares": "1", "greets": "0",
    }  # fmt: skip
    second = rows(bob, ada)[1]
    assert (second["points"], second["squares"], second["greets"], second["note"]) == ("0.67", "0.67", "", "odd; very")


def test_an_unfinished_report_has_no_points_anywhere() -> None:
    """Not in total, not by check: our error must not become anybody's zero."""
    failed = verdict("squares", "0", "1", outcome=Outcome.GRADER_ERROR)
    (row,) = rows(report("ada", failed, verdict("greets", "1", "1")))
    numbers = ("points", "from_checks", "taken", "manual", "squares", "greets")
    assert (row["state"], *(row[name] for name in numbers)) == ("UNFINISHED", *[""] * 6)
    assert row["max_points"] == "2"


def test_a_quarantined_report_has_a_reason_and_no_points() -> None:
    """A person looks first."""
    (row,) = rows(report("ada", verdict("greets", "1", "1"), reason="two copies", notes=("odd",)))
    assert (row["state"], row["points"], row["greets"], row["note"]) == ("QUARANTINED", "", "", "two copies; odd")
    assert rows(report("bob", reason="two copies"))[0]["max_points"] == ""


def test_who_submitted_nothing_has_a_row_without_points() -> None:
    """Even where the teacher's list and the manual points know the student."""
    book = build(
        [graded("ada")], missing=["eve"], policy=POLICY,
        late={"eve": LateEntry(days=Fraction(1))}, decisions=Decisions({("ada", "why"): scored(WHY, Fraction(3))}),
    )  # fmt: skip
    eve = row_of(book, "eve")
    assert (eve.state, eve.points, eve.taken, eve.late) == (State.NOT_HANDED_IN, None, None, None)
    (_, row) = table(book)
    assert (row["state"], row["points"], row["max_points"], row["squares"]) == ("NOT_HANDED_IN", "", "13", "")


def test_who_is_not_graded_yet_has_a_row_without_points() -> None:
    """Each member of a group has one; the checks of the others are not zeros in it."""
    book = book_of(
        Class("a", "A", ("ada", "bob_eve"), members={"bob_eve": ("bob", "eve")}),
        [Graded.of(report("ada", verdict("squares", "2", "3")))],
        Decisions(),
    )
    assert [(row.id, row.submission, row.state, row.points) for row in book.rows] == [
        ("ada", "ada", State.GRADED, 2), ("bob", "bob_eve", State.NOT_GRADED_YET, None),
        ("eve", "bob_eve", State.NOT_GRADED_YET, None),
    ]  # fmt: skip
    assert [(row["state"], row["points"], row["squares"]) for row in table(book)][1:] == [
        ("NOT_GRADED_YET", "", ""), ("NOT_GRADED_YET", "", ""),
    ]  # fmt: skip


def test_lateness_takes_of_checks_and_of_manual_points() -> None:
    """Both came late together; every number of the row is the sum of its parts."""
    book = build(
        [graded("ada", submitted_at=DEADLINE + timedelta(days=1, hours=1))],
        policy=POLICY,
        decisions=Decisions({("ada", "why"): scored(WHY, Fraction(3, 2), "fair")}),
    )
    ada = row_of(book, "ada")
    assert (ada.from_checks, ada.manual, ada.taken, ada.points) == (6, Fraction(3, 2), Fraction(3, 2), 6)
    (row,) = table(book)
    assert (row["late_days"], row["taken"], row["manual"], row["points"], row["max_points"]) == (
        "2", "1.5", "1.5", "6", "13",
    )  # fmt: skip
    assert row["note"] == "2 days late: 20 percent of the points earned are deducted"


def test_after_the_cut_off_there_are_zero_points_and_a_reason() -> None:
    """This zero is not silent."""
    (row,) = table(build([graded("ada", submitted_at=DEADLINE + timedelta(days=30))], policy=POLICY))
    assert (row["state"], row["points"], row["from_checks"], row["taken"]) == ("GRADED", "0", "6", "6")
    assert row["note"] == "30 days late: after the cut-off, so no points"


def test_unscored_answers_leave_no_total_once_any_are_scored() -> None:
    """Before the first import they count for nobody; after it they are part of full marks, and waiting is not zero."""
    both = [graded("ada"), graded("bob")]
    before = build(both)
    assert (before.max_points, [row.points for row in before.rows]) == (10, [6, 6])
    assert "no written answer is scored yet" in before.warnings[0].said
    after = build(both, decisions=Decisions({("ada", "why"): scored(WHY, Fraction(0))}))
    assert (after.max_points, [row.points for row in after.rows]) == (13, [6, None])
    assert row_of(after, "bob").remarks == ("not scored yet: why",)
    assert not after.warnings


def test_points_for_another_text_are_to_be_looked_at_again_and_never_count() -> None:
    """Another answer, another rubric, points above the maximum: no total, and the row says why; both back, they do."""
    other = replace(WHY, text="Because of the mean.")
    shorter = replace(WHY, rubric=((1, "Another."),))
    before = {("ada", "why"): scored(WHY, Fraction(3), "Well said.")}
    for answer, why in ((other, "the answer has changed"), (shorter, "the rubric has changed")):
        now = Graded.of(report("ada", verdict("squares", "6", "10"), answers=(answer,)))
        (row,) = build([now], decisions=Decisions(before)).rows
        assert (row.points, row.questions["why"]) == (None, Mark(None, answer.max_points, again=why))
        assert row.remarks == (f"to be looked at again: why ({why})",)
        again = {("ada", "why"): (*before["ada", "why"], *scored(answer, Fraction(1)))}
        assert build([now], decisions=Decisions(again)).rows[0].points == 7
        (back,) = build([graded("ada")], decisions=Decisions(again)).rows
        assert (back.points, back.questions["why"].comment) == (9, "Well said.")
    (row,) = build([graded("ada")], decisions=Decisions({("ada", "why"): scored(WHY, Fraction(4))})).rows
    assert (row.points, row.waits_for) == (None, "to be looked at again: why (more than the maximum)")
    book = build([graded("ada"), graded("bob", questions={"why": Question.of(other)})], decisions=Decisions({
        ("ada", "why"): scored(WHY, Fraction(3)), ("bob", "why"): scored(WHY, Fraction(3)),
    }))  # fmt: skip
    (warning,) = book.warnings
    assert warning.sentence() == "points by hand to be looked at again: bob; see `grader manual export`"


def test_each_member_of_a_group_has_a_row() -> None:
    """They share points and answers; an extension or a score of one's own counts for that one alone."""
    group = graded("a_b", members=("a", "b"), submitted_at=DEADLINE + timedelta(hours=1))
    scores = {("a_b", "why"): scored(WHY, Fraction(2)), ("b", "why"): scored(WHY, Fraction(1))}
    book = build([group], policy=POLICY, late={"a": LateEntry(extension=Fraction(1))}, decisions=Decisions(scores))
    assert [(row.id, row.submission, row.manual, row.taken) for row in book.rows] == [
        ("a", "a_b", 2, 0), ("b", "a_b", 1, Fraction(7, 10)),
    ]  # fmt: skip
    everyone = build([group], policy=POLICY, late={"a_b": LateEntry(days=Fraction(3))})
    assert [row.late.days if row.late else None for row in everyone.rows] == [3, 3]


def test_somebody_of_two_submissions_is_not_graded_twice() -> None:
    """Which one counts is not guessed."""
    book = build([graded("a_b", members=("a", "b")), graded("b_c", "9", members=("b", "c"))])
    assert [(row.id, row.state, row.points) for row in book.rows] == [
        ("a", State.GRADED, 6), ("b", State.QUARANTINED, None), ("c", State.GRADED, 9),
    ]  # fmt: skip
    assert "a_b and b_c" in row_of(book, "b").note


def test_what_goes_to_nobody_or_is_not_known_is_warned_of() -> None:
    """An extension under a mistyped id, points of somebody who is gone, and a time that nobody knows."""
    book = build(
        [graded("ada", submitted_at=DEADLINE), graded("bob")],
        policy=POLICY,
        late={"adda": LateEntry(extension=Fraction(1))},
        decisions=Decisions({("ada", "why"): scored(WHY, Fraction(1)), ("gone", "why"): scored(WHY, Fraction(1))}),
    )
    late, manual, unknown = (each.sentence() for each in book.warnings)
    assert "adda" in late and "gone" in manual and unknown.endswith("bob; give the times in a list of late submissions")
    with pytest.raises(UsageError, match=r"no \[late\]"):
        build([graded("ada")], late={"ada": LateEntry(days=Fraction(1))})


def test_the_json_is_exact(tmp_path: Path) -> None:
    """Fractions are text, with what they add up to."""
    submissions = [
        graded("ada", "1/3", submitted_at=DEADLINE + timedelta(hours=1), source=Source.FILES),
        graded("b_c", members=("b", "c")),
        Graded.of(report("linked", reason="a link")),
    ]
    late = {"c": LateEntry(days=Fraction(9), extension=Fraction(1, 2))}
    scores = {("ada", "why"): scored(WHY, Fraction(1, 4), "hm"), ("b_c", "why"): scored(WHY, Fraction(3))}
    book = build(
        submissions, assignment="a", title="A", policy=POLICY, late=late, decisions=Decisions(scores), missing=["zoe"]
    )
    write_gradebook(tmp_path, book)
    assert (tmp_path / "grades.csv").read_bytes() == as_csv(book)
    written = json.loads(to_json(book))
    ada = written["rows"][0]
    assert (ada["from_checks"], ada["manual"], ada["taken"], ada["points"]) == ("1/3", "1/4", "7/120", "21/40")
    assert Fraction(ada["points"]) == Fraction(ada["from_checks"]) + Fraction(ada["manual"]) - Fraction(ada["taken"])
    assert ada["late"]["source"] == Source.FILES
    assert [row["points"] for row in written["rows"]][-2:] == [None, None]
    assert written["max_points"] == "13"


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.fractions(0, 5, max_denominator=12), st.integers(0, 12)), min_size=1, max_size=5),
    st.fractions(0, 3, max_denominator=7),
    st.integers(0, 10),
)
def test_points_are_the_sum_of_their_parts(marks: Sequence[tuple[Fraction, int]], manual: Fraction, days: int) -> None:
    """Exactly, whatever the fractions, and never below zero or above full marks."""
    verdicts = [verdict(f"check{n}", str(points), str(points + extra)) for n, (points, extra) in enumerate(marks)]
    submission = Graded.of(report("ada", *verdicts, answers=(WHY,)))
    late, scores = {"ada": LateEntry(days=Fraction(days))}, {("ada", "why"): scored(WHY, manual)}
    book = build([submission], policy=POLICY, late=late, decisions=Decisions(scores))
    (ada,) = book.rows
    earned = sum((points for points, _ in marks), manual)
    percent = 100 if days > 7 else 10 * days
    assert ada.points == earned - earned * percent / 100
    assert 0 <= ada.points <= book.max_points


def test_a_check_may_be_called_like_a_column() -> None:
    """No column hides another."""
    named = report(
        "ada", verdict("id", "1", "1"), verdict("points", "2", "2"), verdict("why", "3", "3"), answers=(WHY,)
    )
    (row,) = table(build([Graded.of(named)], decisions=Decisions({("ada", "why"): scored(WHY, Fraction(1))})))
    assert (row["id"], row["points"], row["id (check)"], row["points (check)"]) == ("ada", "7", "1", "2")
    assert (row["why"], row["why (question)"]) == ("3", "1")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@sum(a)", "\t=1", "\r=1", " =cmd|' /C calc'!A0", '=HYPERLINK("x")']
)
def test_a_cell_that_looks_like_a_formula_is_defused(text: str) -> None:
    """Ids, names of checks and notes hold what others chose."""
    for row in rows(report(text, reason="x", notes=()), report("z", verdict(text, "1", "1"), notes=(text,))):
        assert not {cell[:1] for cell in (*row.values(), *row.keys())} & set("=+-@\t\r")
    assert rows(report("z", notes=(text,)))[0]["note"] == f"'{' '.join(text.split())}"


def test_names_stand_behind_the_ids_where_they_are_known() -> None:
    """Of members of groups, too, and of the missing; a name is not a formula."""
    team = graded("bob_cy", members=("bob", "cy"))
    names = {"ada": "=Ada", "bob": "Bo", "cy": "Cy", "eve": "Eve", "nobody": "Nobody"}
    book = build([graded("ada"), team, graded("dan")], missing=["eve"], names=names)
    assert list(table(book)[0])[:3] == ["id", "name", "state"]
    assert [row["name"] for row in table(book)] == ["'=Ada", "Bo", "Cy", "", "Eve"]
    assert book.names == {"ada": "=Ada", "bob_cy": "Bo, Cy", "eve": "Eve"}


def test_ids_with_zeros_stay_text() -> None:
    """007 is not 7, in the table and in the JSON."""
    book = build([graded("007"), graded("7")])
    assert (
        [row["id"] for row in table(book)] == [row["id"] for row in json.loads(to_json(book))["rows"]] == ["007", "7"]
    )


@settings(deadline=None)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=4, unique=True))
def test_no_text_breaks_the_table(texts: list[str]) -> None:
    """Commas, quotes and line ends stay in their cell, and no cell begins like a formula."""
    graded = [Graded.of(report(text, reason=text, notes=(text,))) for text in texts]
    book = build(graded, names={text: text for text in texts})
    cells = list(csv.reader(io.StringIO(as_csv(book).decode())))
    assert len(cells) == 1 + len(texts)
    assert {len(row) for row in cells} == {13}
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in cells for cell in row)


def test_no_report_is_a_table_without_rows() -> None:
    """With its head."""
    head = "id,name,state,points,max_points,level,device,note,submission,from_checks,late_days,taken,manual\n"
    assert as_csv(build([])).decode() == head
