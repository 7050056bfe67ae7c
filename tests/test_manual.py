"""Points for written answers: the sheet that people fill in comes back whole, or every problem in it is told.

What people decide belongs to the text that they scored, and nobody's is replaced without a word.
"""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
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
from grader.results.decisions import MARKS, Decisions, add_decisions, mark, read_decisions
from grader.results.manual import asked, import_sheet, sheet
from grader.results.marks import Mark, Question
from grader.results.report import Answer, Report
from grader.sandbox.sandbox import Sandbox

WHY = Answer("why", "Why?", "Why?", ((2, "The reason."), (1, "Another, in a sentence.")), "Because.")
HOW = Answer("how", "How?", "How?", ((4, "=A1"),), None)


def submitted(id: str, *answers: Answer, **fields: Any) -> Report:
    """A report with two written questions."""
    return report(verdict("squares"), submission_id=id, answers=answers or (WHY, HOW), **fields)


CLASS = [submitted(id) for id in ("007", "ada", "-bob")]


def take(path: Path, out: Path, marker: str = "tina", reports: Iterable[Report] = CLASS) -> int:
    """How many decisions come of a filled sheet."""
    return len(import_sheet(path, asked(reports), out, marker))


def marks(out: Path, *answers: Answer) -> dict[tuple[str, str], Mark]:
    """What counts of all that is decided, for these answers of everybody."""
    texts = {each.id: Question.of(each) for each in answers or (WHY, HOW)}
    return {key: mark(decided, texts[key[1]]) for key, decided in read_decisions(out).scores.items()}


def points(out: Path, *answers: Answer) -> dict[tuple[str, str], Fraction | None]:
    """The points that count."""
    return {key: each.points for key, each in marks(out, *answers).items()}


def rows(content: bytes) -> list[dict[str, str]]:
    """A sheet as a spreadsheet reads it."""
    return list(csv.DictReader(io.StringIO(content.decode())))


def filled(folder: Path, *lines: str) -> Path:
    """A sheet that somebody filled in."""
    path = folder / "points.csv"
    path.write_text("\n".join(["id,question,points,comment", *lines]) + "\n")
    return path


def refilled(folder: Path, content: bytes, **cells: str) -> Path:
    """A sheet with these cells in every row."""
    table = [row | cells for row in rows(content)]
    path = folder / "refilled.csv"
    path.write_bytes(write_table(list(table[0]), [list(row.values()) for row in table]))
    return path


def test_the_sheet_has_a_row_for_each_student_and_question() -> None:
    """With the rubric, whether anything was submitted, and an empty cell for the points."""
    first, second, *_ = rows(sheet([submitted("007"), submitted("ada")], Decisions()))
    assert first == {
        "id": "007", "question": "why", "title": "Why?", "max points": "3",
        "rubric": "2: The reason. | 1: Another, in a sentence.", "answer": "submitted", "points": "", "comment": "",
        "reason": "", "earlier": "", "text": f"{WHY.text_digest}-{WHY.rubric_digest}",
    }  # fmt: skip
    assert (second["question"], second["max points"], second["answer"]) == ("how", "4", "not submitted")


def test_an_answer_that_is_still_the_template_is_told_from_one(tiny: Course, best: Sandbox) -> None:
    """However it is spaced; one written character more is an answer."""
    template, written = (
        tiny.grade(best, words=f'essay = """{text}"""\n\ndef greet(name):\n    return f"Hello, {{name}}!"\n')
        for text in ("\n  write\nhere ", "write here:")
    )
    assert {each.outcome for each in template.verdicts} == {Outcome.PASSED, Outcome.NOT_ATTEMPTED}
    assert [row["answer"] for row in rows(sheet([template, written], Decisions()))] == [
        "is still the template",
        "submitted",
    ]


def test_nobody_quarantined_is_in_the_sheet_and_the_unfinished_are() -> None:
    """A person looks at the first before; the written answers of the second are there."""
    failed = verdict("squares", Outcome.GRADER_ERROR)
    unfinished = report(failed, submission_id="eve", answers=(WHY,))
    found = rows(sheet([submitted("ada", reason="two copies"), unfinished], Decisions()))
    assert [row["id"] for row in found] == ["eve"]


def test_a_filled_sheet_comes_back(tmp_path: Path) -> None:
    """Ids with zeros or a dash in front stay what they are, through export, filling and import."""
    path = refilled(tmp_path, sheet([submitted("007"), submitted("-bob")], Decisions()), points="1.5", comment="=good")
    assert take(path, tmp_path) == 4
    half = Mark(Fraction(3, 2), Fraction(3), "=good")
    assert marks(tmp_path) == {
        (id, question): replace(half, max_points=Fraction(most))
        for id in ("007", "-bob")
        for question, most in (("why", 3), ("how", 4))
    }


def test_a_spreadsheet_of_another_country_writes_commas(tmp_path: Path) -> None:
    """Semicolons between cells, a decimal comma, a byte order mark, CRLF."""
    (tmp_path / "points.csv").write_bytes("\ufeffid;question;points\r\nada;why;2,25\r\n".encode())
    assert take(tmp_path / "points.csv", tmp_path) == 1
    assert points(tmp_path) == {("ada", "why"): Fraction(9, 4)}


def test_every_problem_is_told_at_once_with_its_row(tmp_path: Path) -> None:
    """Nothing is stored then."""
    path = filled(
        tmp_path, "eve,why,1,", "ada,when,1,", "ada,how,good,", "-bob,how,-1,", "-bob,why,3.01,", "007,why,1,",
        "007,why,2,", "7,how,1,", ",why,1,", '"ada","why",nan,',
    )  # fmt: skip
    with pytest.raises(UsageError) as caught:
        take(path, tmp_path)
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
    assert not (tmp_path / MARKS).exists()


def test_a_later_import_loses_nothing_of_an_earlier_one(tmp_path: Path) -> None:
    """What the new file does not name stays, what it leaves empty stays, and what it names is new."""
    assert take(filled(tmp_path, "ada,why,1,first", "ada,how,2,", "007,why,3,"), tmp_path) == 3
    again = filled(tmp_path, "ada,why,2.5,", "ada,how,,", "007,why,,read again", "-bob,why,,to be discussed")
    assert (take(again, tmp_path), take(again, tmp_path)) == (3, 0)
    assert marks(tmp_path) == {
        ("ada", "why"): Mark(Fraction(5, 2), Fraction(3), "first"),
        ("ada", "how"): Mark(Fraction(2), Fraction(4)),
        ("007", "why"): Mark(Fraction(3), Fraction(3), "read again"),
        ("-bob", "why"): Mark(None, Fraction(3), "to be discussed"),
    }  # fmt: skip


def test_the_store_is_only_added_to(tmp_path: Path) -> None:
    """A file for each marker, a line for each decision: what was there before stays, byte for byte."""
    store = tmp_path / MARKS / "tina.jsonl"
    take(filled(tmp_path, "ada,why,1,"), tmp_path)
    before = store.read_bytes()
    take(filled(tmp_path, "ada,why,2,"), tmp_path)
    take(filled(tmp_path, "007,why,2,"), tmp_path, "theo")
    assert store.read_bytes().startswith(before)
    assert [json.loads(line)["points"] for line in store.read_text().splitlines()] == ["1", "2"]
    assert sorted(path.name for path in store.parent.iterdir()) == ["theo.jsonl", "tina.jsonl"]


def test_a_colleagues_score_is_replaced_only_with_a_reason(tmp_path: Path) -> None:
    """Which is kept with it. Without one nothing of the sheet is stored; what says the same replaces nothing."""
    take(filled(tmp_path, "ada,why,2,Good.", "ada,how,1,"), tmp_path, "tina")
    again = filled(tmp_path, "007,why,1,", "ada,why,1,", "ada,how,1,Short.")
    with pytest.raises(UsageError, match=r"^points.csv row 3: tina gave 2 for this; give a `reason` to replace it$"):
        take(again, tmp_path, "theo")
    with pytest.raises(UsageError, match=r"row 2: tina has another comment on this; give a `reason` to replace it$"):
        take(filled(tmp_path, "ada,why,2,Fair."), tmp_path, "theo")
    assert points(tmp_path) == {("ada", "why"): 2, ("ada", "how"): 1}
    assert take(filled(tmp_path, "ada,why,2,", "ada,how,1,Short."), tmp_path, "theo") == 1
    (tmp_path / "points.csv").write_text("id,question,points,reason\nada,why,1,We agreed.\n")
    take(tmp_path / "points.csv", tmp_path, "theo")
    assert points(tmp_path) == {("ada", "why"): 1, ("ada", "how"): 1}
    last = read_decisions(tmp_path).scores["ada", "why"][-1]
    assert (last.marker, last.reason, last.comment) == ("theo", "We agreed.", "Good.")


def test_a_members_own_score_replaces_a_colleagues_for_the_group_only_with_a_reason(tmp_path: Path) -> None:
    """A row with the member's id counts for that one, and is in the next sheet."""
    group = [submitted("a_b", members=("a", "b"))]
    take(filled(tmp_path, "a_b,why,2,"), tmp_path, "tina", group)
    with pytest.raises(UsageError, match="tina gave 2 for this"):
        take(filled(tmp_path, "b,why,1,"), tmp_path, "theo", group)
    assert take(filled(tmp_path, "b,why,1,"), tmp_path, "tina", group) == 1
    shown = rows(sheet(group, read_decisions(tmp_path)))
    assert [(row["id"], row["question"], row["points"]) for row in shown] == [
        ("a_b", "why", "2"), ("b", "why", "1"), ("a_b", "how", ""),
    ]  # fmt: skip


def test_an_export_shows_what_counts(tmp_path: Path) -> None:
    """So that a second person continues where the first stopped; a score for another text is to be given anew."""
    take(filled(tmp_path, "ada,why,0.125,well"), tmp_path)
    first, second = rows(sheet([submitted("ada")], read_decisions(tmp_path)))
    assert (first["points"], first["comment"], first["earlier"], second["points"]) == ("0.125", "well", "", "")
    for changed, why in (
        (replace(WHY, text="Because of it."), "the answer has changed"),
        (replace(WHY, rubric=((3, "A reason."),)), "the rubric has changed"),
    ):
        again = submitted("ada", changed, HOW)
        content = sheet([again], read_decisions(tmp_path))
        row = rows(content)[0]
        assert (row["points"], row["comment"], row["earlier"]) == ("", "", f"0.125 by tina, but {why}")
        path = tmp_path / "untouched.csv"
        path.write_bytes(content)
        assert take(path, tmp_path, "theo", [again]) == 0
        assert points(tmp_path, changed)["ada", "why"] is None


def test_points_from_a_sheet_that_is_older_than_the_answer_count_for_nobody(tmp_path: Path) -> None:
    """They belong to the text that the sheet was made for, and count again where that is submitted again."""
    changed = replace(WHY, text="Because of it.")
    path = refilled(tmp_path, sheet([submitted("ada", WHY)], Decisions()), points="2", comment="")
    assert take(path, tmp_path, "theo", [submitted("ada", changed)]) == 1
    assert marks(tmp_path, changed) == {("ada", "why"): Mark(None, Fraction(3), again="the answer has changed")}
    assert points(tmp_path, WHY) == {("ada", "why"): 2}
    take(filled(tmp_path, "ada,why,1,"), tmp_path, "tina", [submitted("ada", changed)])
    assert take(path, tmp_path, "theo", [submitted("ada", changed)]) == 0
    assert points(tmp_path, changed) == {("ada", "why"): 1}
    text = f"{WHY.text_digest}-{changed.rubric_digest}"[:-1]
    path.write_text(f"id,question,points,text\nada,why,2,{text}\n")
    with pytest.raises(UsageError, match="row 2: the cell `text` is not as it was exported"):
        take(path, tmp_path, "theo", [submitted("ada", changed)])


def test_a_clock_that_goes_back_changes_no_order(tmp_path: Path) -> None:
    """The later decision is the one that was stored later."""
    take(filled(tmp_path, "ada,why,1,"), tmp_path)
    (first,) = read_decisions(tmp_path).scores["ada", "why"]
    later = replace(first, points=Fraction(2), marker="theo", at=first.at + timedelta(days=400))
    add_decisions(tmp_path, "theo", [later])
    take(filled(tmp_path, "ada,why,3,"), tmp_path, "theo")
    assert points(tmp_path) == {("ada", "why"): 3}


def test_a_full_disk_leaves_the_store_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be made sure of was not decided."""
    take(filled(tmp_path, "ada,why,1,"), tmp_path)
    before = (tmp_path / MARKS / "tina.jsonl").read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UsageError, match=r"tina.jsonl: cannot be written .*; nothing was stored"):
        take(filled(tmp_path, "ada,why,2,"), tmp_path)
    assert (tmp_path / MARKS / "tina.jsonl").read_bytes() == before


@pytest.mark.parametrize("marker", ["", "../tina", "Tina T", "a" * 65])
def test_a_marker_has_a_short_plain_name(tmp_path: Path, marker: str) -> None:
    """It is the name of a file."""
    with pytest.raises(UsageError, match=r"write a short name of letters, digits and . _ - @"):
        take(filled(tmp_path, "ada,why,1,"), tmp_path, marker)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["007", "ada", "-bob"]), st.decimals(0, 3, places=6), min_size=1))
def test_points_come_back_exactly(tmp_path_factory: pytest.TempPathFactory, given_points: dict[str, Any]) -> None:
    """Whatever decimal number was typed, through import and store."""
    folder = tmp_path_factory.mktemp("scores")
    take(filled(folder, *(f"{id},why,{points:f}," for id, points in given_points.items())), folder)
    assert points(folder) == {(id, "why"): Fraction(each) for id, each in given_points.items()}


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
