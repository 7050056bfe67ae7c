"""Points for written answers: the sheet that people fill in comes back whole, or every problem in it is told."""

import csv
import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_reports import report, verdict
from tiny_course import Course

from grader.core.errors import UsageError
from grader.core.verdict import Outcome
from grader.files.tables import number, safe, typed, write_table
from grader.results.manual import Score, import_scores, read_sheet, read_stored, sheet
from grader.results.report import Answer, Report
from grader.sandbox.sandbox import Sandbox

WHY = Answer("why", "Why?", "Why?", ((2, "The reason."), (1, "Another, in a sentence.")), "Because.")
HOW = Answer("how", "How?", "How?", ((4, "=A1"),), None)
ASKED = {id: {"why": Fraction(3), "how": Fraction(4)} for id in ("007", "ada", "-bob")}


def submitted(id: str, **fields: Any) -> Report:
    """A report with two written questions."""
    return report(verdict("squares"), submission_id=id, answers=(WHY, HOW), **fields)


def rows(content: bytes) -> list[dict[str, str]]:
    """A sheet as a spreadsheet reads it."""
    return list(csv.DictReader(io.StringIO(content.decode())))


def filled(folder: Path, *lines: str) -> Path:
    """A sheet that somebody filled in."""
    path = folder / "points.csv"
    path.write_text("\n".join(["id,question,points,comment", *lines]) + "\n")
    return path


def test_the_sheet_has_a_row_for_each_student_and_question() -> None:
    """With the rubric, whether anything was submitted, and an empty cell for the points."""
    first, second, *_ = rows(sheet([submitted("007"), submitted("ada")]))
    assert first == {
        "id": "007", "question": "why", "title": "Why?", "max points": "3",
        "rubric": "2: The reason. | 1: Another, in a sentence.", "answer": "submitted", "points": "", "comment": "",
    }  # fmt: skip
    assert (second["question"], second["max points"], second["answer"]) == ("how", "4", "not submitted")


def test_an_answer_that_is_still_the_template_was_not_submitted(tiny: Course, best: Sandbox) -> None:
    """However it is spaced; one written character more is an answer."""
    template, written = (
        tiny.grade(best, words=f'essay = """{text}"""\n\ndef greet(name):\n    return f"Hello, {{name}}!"\n')
        for text in ("\n  write\nhere ", "write here:")
    )
    assert {each.outcome for each in template.verdicts} == {Outcome.PASSED, Outcome.NOT_ATTEMPTED}
    assert [row["answer"] for row in rows(sheet([template, written]))] == ["not submitted", "submitted"]


def test_nobody_quarantined_is_in_the_sheet_and_the_unfinished_are() -> None:
    """A person looks at the first before; the written answers of the second are there."""
    failed = verdict("squares", Outcome.GRADER_ERROR)
    unfinished = report(failed, submission_id="eve", answers=(WHY,))
    assert [row["id"] for row in rows(sheet([submitted("ada", reason="two copies"), unfinished]))] == ["eve"]


def test_a_filled_sheet_comes_back(tmp_path: Path) -> None:
    """Ids with zeros or a dash in front stay what they are, through export, filling and import."""
    table = rows(sheet([submitted("007"), submitted("-bob")]))
    for row in table:
        row |= {"points": "1.5", "comment": "=good"}
    content = write_table(list(table[0]), [list(row.values()) for row in table])
    (tmp_path / "points.csv").write_bytes(content)
    scores = read_sheet(tmp_path / "points.csv", ASKED)
    assert scores == {
        (id, question): Score(Fraction(3, 2), "=good") for id in ("007", "-bob") for question in ("why", "how")
    }


def test_a_spreadsheet_of_another_country_writes_commas(tmp_path: Path) -> None:
    """Semicolons between cells, a decimal comma, a byte order mark, CRLF."""
    (tmp_path / "points.csv").write_bytes("\ufeffid;question;points\r\nada;why;2,25\r\n".encode())
    assert read_sheet(tmp_path / "points.csv", ASKED) == {("ada", "why"): Score(Fraction(9, 4))}


def test_every_problem_is_told_at_once_with_its_row(tmp_path: Path) -> None:
    """Nothing is stored then."""
    path = filled(
        tmp_path, "eve,why,1,", "ada,when,1,", "ada,how,good,", "-bob,how,-1,", "-bob,why,3.01,", "007,why,1,",
        "007,why,2,", "7,how,1,", ",why,1,", '"ada","why",nan,',
    )  # fmt: skip
    with pytest.raises(UsageError) as caught:
        import_scores(path, ASKED, tmp_path)
    assert str(caught.value).splitlines() == [
        "points.csv row 2: no student in the results has the id eve; write the id as it is in grades.csv",
        "points.csv row 3: there is no question when; use why or how",
        "points.csv row 4: 'good' is not a number; write points such as 1.5",
        "points.csv row 5: -1 is below 0; write 0 to 4",
        "points.csv row 6: 3.01 is above the maximum of 3; write 0 to 3",
        "points.csv row 8: 007 has why already in row 7; keep one",
        "points.csv row 9: no student in the results has the id 7; write 007: a spreadsheet drops leading zeros unless "
        "the column is text",
        "points.csv row 10: no student in the results has the id (empty); write the id as it is in grades.csv",
        "points.csv row 11: 'nan' is not a number; write points such as 1.5",
    ]
    assert not (tmp_path / "manual.csv").exists()


def test_a_later_import_loses_nothing_of_an_earlier_one(tmp_path: Path) -> None:
    """What the new file does not name stays, what it leaves empty stays, and what it names is new."""
    import_scores(filled(tmp_path, "ada,why,1,first", "ada,how,2,", "007,why,3,"), ASKED, tmp_path)
    scores = import_scores(
        filled(tmp_path, "ada,why,2.5,", "ada,how,,", "007,why,,read again", "-bob,why,,to be discussed"),
        ASKED,
        tmp_path,
    )
    assert scores == read_stored(tmp_path) == {
        ("ada", "why"): Score(Fraction(5, 2), "first"),
        ("ada", "how"): Score(Fraction(2)),
        ("007", "why"): Score(Fraction(3), "read again"),
        ("-bob", "why"): Score(None, "to be discussed"),
    }  # fmt: skip


def test_an_export_shows_what_was_imported(tmp_path: Path) -> None:
    """So that a second person continues where the first stopped."""
    scores = import_scores(filled(tmp_path, "ada,why,0.125,well"), ASKED, tmp_path)
    first, second = rows(sheet([submitted("ada")], scores))
    assert (first["points"], first["comment"], second["points"]) == ("0.125", "well", "")


def test_a_damaged_store_is_told(tmp_path: Path) -> None:
    """Rather than read as no points."""
    assert read_stored(tmp_path) == {}
    (tmp_path / "manual.csv").write_text("id,question,points,comment\nada,why,many,\n")
    with pytest.raises(UsageError, match="row 2: 'many' is not a number"):
        read_stored(tmp_path)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(ASKED)), st.decimals(0, 3, places=6), min_size=1))
def test_points_come_back_exactly(tmp_path_factory: pytest.TempPathFactory, given_points: dict[str, Any]) -> None:
    """Whatever decimal number was typed, through import and store."""
    folder = tmp_path_factory.mktemp("scores")
    lines = [f"{id},why,{points:f}," for id, points in given_points.items()]
    import_scores(filled(folder, *lines), ASKED, folder)
    assert {id: score.points for (id, _), score in read_stored(folder).items()} == {
        id: Fraction(points) for id, points in given_points.items()
    }


@given(st.text(max_size=30))
def test_no_text_is_a_formula_and_none_is_lost(text: str) -> None:
    """A cell never begins like a formula, stays on one line, and plain text comes back as it was."""
    cell = safe(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
    assert "\n" not in cell and "\r" not in cell
    if text.isascii() and text.isprintable() and text == " ".join(text.split()) and not text.startswith("'"):
        assert typed(cell) == text


@given(st.text(max_size=12))
def test_only_plain_decimal_numbers_are_numbers(text: str) -> None:
    """No infinity, no exponent, no digits of another script: what is taken is the number that stands there."""
    read = number(text)
    if read is not None:
        assert text.isascii()
        assert read == Fraction(text.replace(",", "."))
    assert number("1e3") is number("٣") is number("inf") is number("1_0") is number(" 1") is None
