"""The gradebook shows points only where they are a grade, and holds nothing that a spreadsheet would run."""

import csv
import io
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.gradebook import to_csv
from grader.limits import Level
from grader.report import Report
from grader.verdict import Outcome, Verdict


def verdict(check: str, points: str, most: str, case: str | None = None, outcome: Outcome = Outcome.PASSED) -> Verdict:
    """A verdict on a check."""
    return Verdict(check, case, "Claim.", outcome, Fraction(points), Fraction(most), False, 0.0)


def report(id: str, *verdicts: Verdict, reason: str = "", notes: tuple[str, ...] = ()) -> Report:
    """A report on a student."""
    return Report(id, "a", "A", Level.ISOLATED, "cpu", verdicts, notes=notes, reason=reason)


def rows(*reports: Report) -> list[dict[str, str]]:
    """The table as a spreadsheet reads it."""
    return list(csv.DictReader(io.StringIO(to_csv(reports))))


def test_a_row_has_the_total_and_each_checks_points() -> None:
    """The cases of a check are added up exactly, and rows are in order of id."""
    third = [verdict("squares", "1/3", "1/3", case) for case in "abc"]
    ada = report("ada", *third, verdict("greets", "0", "2", outcome=Outcome.WRONG_ANSWER))
    bob, first = report("bob", *third[:2], notes=("odd", "very")), rows(report("bob"), ada)[0]
    assert first == {
        "id": "ada", "state": "GRADED", "points": "1", "max_points": "3", "level": "isolated", "device": "cpu",
        "note": "", "squares": "1", "greets": "0",
    }  # fmt: skip
    second = rows(bob, ada)[1]
    assert (second["points"], second["squares"], second["greets"], second["note"]) == ("0.67", "0.67", "", "odd; very")


def test_an_unfinished_report_has_no_points_anywhere() -> None:
    """Not in total, not by check: our error must not become anybody's zero."""
    failed = verdict("squares", "0", "1", outcome=Outcome.GRADER_ERROR)
    (row,) = rows(report("ada", failed, verdict("greets", "1", "1")))
    assert (row["state"], row["points"], row["squares"], row["greets"]) == ("UNFINISHED", "", "", "")
    assert row["max_points"] == "2"


def test_a_quarantined_report_has_a_reason_and_no_points() -> None:
    """A person looks first."""
    (row,) = rows(report("ada", verdict("greets", "1", "1"), reason="two copies", notes=("odd",)))
    assert (row["state"], row["points"], row["greets"], row["note"]) == ("QUARANTINED", "", "", "two copies; odd")
    assert rows(report("bob", reason="two copies"))[0]["max_points"] == ""


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@sum(a)", "\t=1", "\r=1", " =cmd|' /C calc'!A0", '=HYPERLINK("x")']
)
def test_a_cell_that_looks_like_a_formula_is_defused(text: str) -> None:
    """Ids and notes hold what students chose."""
    for row in rows(report(text, reason="x", notes=()), report("z", notes=(text,))):
        assert not {cell[:1] for cell in row.values()} & set("=+-@\t\r")
    assert rows(report("z", notes=(text,)))[0]["note"] == f"'{' '.join(text.split())}"


@settings(deadline=None)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=4))
def test_no_text_breaks_the_table(texts: list[str]) -> None:
    """Commas, quotes and line ends stay in their cell, and no cell begins like a formula."""
    table = list(csv.reader(io.StringIO(to_csv([report(text, reason=text, notes=(text,)) for text in texts]))))
    assert len(table) == 1 + len(texts)
    assert {len(row) for row in table} == {7}
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in table for cell in row)


def test_no_report_is_a_table_without_rows() -> None:
    """With its head."""
    assert to_csv([]) == "id,state,points,max_points,level,device,note\n"
