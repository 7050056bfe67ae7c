"""Exports write points into a teacher's file and nothing else, and give students no measure of hidden checks."""

import csv
import io
import zipfile
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lms_downloads import put
from sample_reports import scored
from test_csv_cells import ANY_CELLS, cells_of

from grader.assignment.manifest import Late
from grader.core.errors import UsageError
from grader.exports.canvas import fill_canvas
from grader.exports.moodle import Names, fill_moodle, write_feedback
from grader.results.decisions import Decisions
from grader.results.gradebook import Gradebook, build
from grader.results.lateness import LateEntry
from grader.results.marks import Graded, Mark, Question
from grader.results.report import State

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Quiz 1 (23),Homework 2 (4711),Current Score,Final Score (2026)\n"
    ',,,,,,Manual Posting,"",\n'
    "    Points Possible,,,,,5,20,(read only),(read only)\n"
    '"Lovelace, Ada",101,007,ada@uni.edu,"Sec 1, Sec 2",4.5,,93.2,88\n'
    '"Hopper, Grace ""Amazing""",102,0042,grace@uni.edu,Sec 1,5,"3",91,90\n'
    '"Turing, Alan",103,,alan@uni.edu,Sec 1,,EX,,\n'
    '"Noether, Emmy",104,0044,emmy@uni.edu,Sec 1,,1.5,,\n'
    '"Student, Test",105,,b2c3,Sec 1,,,,\n'
)
MOODLE = (
    '\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum Grade","Marking workflow state",'
    '"Grade can be changed","Last modified (submission)","Last modified (grade)","Feedback comments"\r\n'
    '"Participant 101","Ada_B Lovelace",ada@uni.edu,"Submitted for grading - ",,20.00,"In review",Yes,'
    '"Monday, 30 November 2026, 9:00 PM",-,\r\n'
    '"Participant 102","Grace Hopper",grace@uni.edu,"Submitted for grading - ","3.00",20.00,Released,Yes,-,-,'
    '"<p>Well, done</p>\r\n<p>Truly</p>"\r\n'
    '"Participant 104","Emmy Noether",emmy@uni.edu,"No submission",,20.00,,No,-,-,\r\n'
)

WHY = Question(Fraction(2), "answer", "rubric")


def student(id: str, points: str, most: str = "20", state: State = State.GRADED, **fields: Any) -> Graded:
    """A submission with one check."""
    return Graded(id, state, {"squares": Mark(Fraction(points), Fraction(most))}, **fields)


def book_of(*students: Graded, **fields: Any) -> Gradebook:
    """A class."""
    return build(students, **fields)


def saved(folder: Path, content: str | bytes, name: str = "download.csv") -> Path:
    """A file that a teacher downloaded."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


CLASS = (student("101", "12.5"), student("102", "4"), student("103", "9"), student("104", "1.5"), student("900", "1"))


def test_canvas_gets_points_in_one_column_and_every_other_byte_stays(tmp_path: Path) -> None:
    """Quotes, the row of posting policies, full marks, totals, excused students: all as downloaded."""
    filled = fill_canvas(book_of(*CLASS), saved(tmp_path, CANVAS), column="Homework 2")
    wanted = CANVAS.replace("4.5,,93.2", "4.5,12.5,93.2").replace('5,"3",91', '5,"4",91')
    assert filled.content.decode() == wanted
    assert filled.filled == ("101", "102", "104")
    assert filled.changed == ("102: 3 before, now 4",)
    assert filled.kept == ("103: EX",)
    assert (filled.not_in_file, filled.not_in_results) == (("900",), ("105",))
    assert not filled.warnings


@pytest.mark.parametrize("column", ["Homework 2", "4711", "Homework 2 (4711)", " 4711 "])
def test_a_canvas_assignment_is_named_by_title_or_number(tmp_path: Path, column: str) -> None:
    """Either is enough."""
    assert fill_canvas(book_of(*CLASS), saved(tmp_path, CANVAS), column=column).filled == ("101", "102", "104")


@pytest.mark.parametrize("column", [None, "Homework", "47", "Final Score", "Final Score (2026)", "Section", "2026"])
def test_a_canvas_assignment_that_is_not_clear_is_not_guessed(tmp_path: Path, column: str | None) -> None:
    """The candidates are named, totals and students' columns are none of them."""
    with pytest.raises(UsageError) as caught:
        fill_canvas(book_of(*CLASS), saved(tmp_path, CANVAS), column=column)
    assert str(caught.value).endswith('name one with --column, by title or number: "Quiz 1 (23)", "Homework 2 (4711)"')


def test_the_only_assignment_needs_no_name(tmp_path: Path) -> None:
    """Nor does one of two of which the other is read only."""
    small = 'Student,ID,Section,"HW; 2 (7)"\n    Points Possible,,,20\nA,1,S,\n'
    assert fill_canvas(book_of(student("1", "3")), saved(tmp_path, small)).content.decode().endswith("A,1,S,3\n")
    two = "Student,ID,Section,HW (7),Old (8)\n    Points Possible,,,20,(read only)\nA,1,S,,\n"
    assert fill_canvas(book_of(student("1", "3")), saved(tmp_path, two)).content.decode().endswith("A,1,S,3,\n")


def test_a_title_that_canvas_takes_for_a_total_is_named(tmp_path: Path) -> None:
    """It hides no second assignment, and is not filled for Canvas to pass over."""
    text = CANVAS.replace("Quiz 1 (23)", "Course Final Grade Essay (504)")
    with pytest.raises(UsageError, match=r'by title or number: "Course Final Grade Essay \(504\)", "Homework 2'):
        fill_canvas(book_of(*CLASS), saved(tmp_path, text))
    for column in ("504", "Course Final Grade Essay", "Course Final Grade Essay (504)"):
        with pytest.raises(UsageError, match=r'Canvas passes over .* it has "Final Grade" in its title; give'):
            fill_canvas(book_of(*CLASS), saved(tmp_path, text), column=column)


@pytest.mark.parametrize("title", ["Final Status Report (504)", "Override Points (504)"])
def test_a_title_that_canvas_takes_for_an_assignment_is_filled(tmp_path: Path, title: str) -> None:
    """Of scores, points and grades there are current and final ones, and of scores, grades and statuses overrides."""
    text = f"Student,ID,Section,{title},Current Score\n    Points Possible,,,20,(read only)\nA,1,S,,\n"
    assert fill_canvas(book_of(student("1", "3")), saved(tmp_path, text)).content.decode().endswith("A,1,S,3,\n")


@pytest.mark.parametrize("said", ["(schreibgeschützt)", "(solo lectura)", "(只读)", "(read only)"])
def test_canvas_translates_what_it_says_of_totals_and_nothing_else(tmp_path: Path, said: str) -> None:
    """Whatever stands in the place of full marks and is not a number: that column is not to be filled."""
    text = f'Student,ID,Section,HW (7),Old (8)\n    Points Possible,,,"1.020,50",{said}\nA,1,S,,\n'
    assert fill_canvas(book_of(student("1", "3")), saved(tmp_path, text)).content.decode().endswith("A,1,S,3,\n")


def test_two_assignments_of_one_title_are_told_apart_by_number_only(tmp_path: Path) -> None:
    """A title that two have names neither."""
    twins = "Student,ID,Section,HW (7),HW (8)\nA,1,S,,\n"
    with pytest.raises(UsageError, match='more than one assignment "HW"'):
        fill_canvas(book_of(student("1", "3")), saved(tmp_path, twins), column="HW")
    assert fill_canvas(book_of(student("1", "3")), saved(tmp_path, twins), column="8").content.endswith(b"A,1,S,,3\n")


@pytest.mark.parametrize(
    ("ids", "filled"),
    [
        (("007", "0042", "0044"), ("0042", "0044", "007")),  # SIS User ID
        (("ada@uni.edu", "grace@uni.edu"), ("ada@uni.edu", "grace@uni.edu")),  # SIS Login ID
        (("Ada@Uni.edu", "EMMY@uni.edu"), ("Ada@Uni.edu", "EMMY@uni.edu")),  # in any letter case
        (("ADA@uni.edu", "Ada@uni.edu", "101"), ("101",)),  # unless it tells two people apart
        (("7", "42", "101"), ("101",)),  # zeros are not forgiven
    ],
)
def test_canvas_students_are_found_by_whichever_id_the_results_have(
    tmp_path: Path, ids: tuple[str, ...], filled: tuple[str, ...]
) -> None:
    """Exactly: 007 is not 7."""
    found = fill_canvas(book_of(*(student(id, "1") for id in ids)), saved(tmp_path, CANVAS), column="4711")
    assert found.filled == filled
    assert found.not_in_file == tuple(sorted(set(ids) - set(filled)))


def test_ids_that_mean_two_students_are_not_guessed(tmp_path: Path) -> None:
    """One column says Ada and another Grace; the teacher says which column counts."""
    text = "Student,ID,SIS User ID,SIS Login ID,Section,HW (7)\nAda,1,2,a,S,\nGrace,2,1,b,S,\n"
    with pytest.raises(UsageError, match=r'1 is one student in "ID" and another in "SIS User ID"'):
        fill_canvas(book_of(student("1", "3")), saved(tmp_path, text))
    filled = fill_canvas(book_of(student("1", "3")), saved(tmp_path, text), id_column="sis user id")
    assert filled.content.decode().endswith("Ada,1,2,a,S,\nGrace,2,1,b,S,3\n")


def test_an_id_that_is_another_persons_in_the_file_gets_nothing(tmp_path: Path) -> None:
    """A team's number was taken for a participant's, or the column has other ids than the results: the names tell."""
    names = {"101": "Team 1", "102": "Grace Hopper", "104": "noetheremmy"}
    book = book_of(*CLASS, names=names)
    canvas = fill_canvas(book, saved(tmp_path, CANVAS), column="4711")
    assert canvas.other_name == ("101: Team 1 here, Lovelace, Ada in the file",)
    assert canvas.filled == ("102", "104")
    assert canvas.content.decode() == CANVAS.replace('5,"3",91', '5,"4",91')
    moodle = fill_moodle(book, saved(tmp_path, MOODLE))
    assert moodle.other_name == ("101: Team 1 here, Ada_B Lovelace in the file",)
    assert (moodle.filled, moodle.not_in_file) == (("102", "104"), ("103", "900"))
    for id in names:
        put(tmp_path / "results", {f"students/{id}/report.html": b"page"})
    sheet = saved(tmp_path, MOODLE, "worksheet.csv")
    assert write_feedback(book, sheet, tmp_path / "results", tmp_path / "f.zip") == ("102", "104")


@pytest.mark.parametrize(
    ("sheet", "others"),
    [
        (MOODLE.replace("Full name", "Nombre completo").replace("Identifier", "Identificador"), 1),
        (MOODLE.replace(',"Full name"', "").replace('"Ada_B Lovelace",', "").replace('"Grace Hopper",', "")
         .replace('"Emmy Noether",', ""), 0),
    ],
    ids=["another language", "blind"],
)  # fmt: skip
def test_names_are_looked_at_where_a_worksheet_has_some(tmp_path: Path, sheet: str, others: int) -> None:
    """In another language the column beside the identifiers, where it agrees with most; in blind marking none."""
    book = book_of(*CLASS, names={"101": "Team 1", "102": "Grace Hopper", "104": "Emmy Noether"})
    assert len(fill_moodle(book, saved(tmp_path, sheet), names=Names("Grade")).other_name) == others


def test_an_id_in_two_rows_is_told(tmp_path: Path) -> None:
    """A student who is in the file twice would get points twice."""
    text = "Student,ID,Section,HW (7)\nAda,1,S,\nAda,1,T,\n"
    with pytest.raises(UsageError, match="1 is in rows 2 and 3"):
        fill_canvas(book_of(student("1", "3")), saved(tmp_path, text))


def test_other_full_marks_are_warned_of(tmp_path: Path) -> None:
    """Points are not scaled silently; 20.00 is 20."""
    book = book_of(student("101", "12", "16"))
    (warning,) = fill_canvas(book, saved(tmp_path, CANVAS), column="4711").warnings
    assert "full marks are 20 in the file and 16 here" in warning.said
    (warning,) = fill_moodle(book, saved(tmp_path, MOODLE)).warnings
    assert "full marks are 20.00 in the file and 16 here" in warning.said
    assert not fill_moodle(book_of(student("101", "12")), saved(tmp_path, MOODLE)).warnings


def test_who_has_no_points_keeps_the_cell(tmp_path: Path) -> None:
    """Unfinished, quarantined, not submitted, waiting for a person: never a zero, and each is named with its reason."""
    students = (
        student("101", "1", state=State.UNFINISHED),
        student("102", "1", state=State.QUARANTINED),
        Graded.not_graded_yet("103"),
        student("104", "1", questions={"why": WHY}),
        student("ok", "1", questions={"why": WHY}),
    )
    book = book_of(*students, missing=["105"], decisions=Decisions({("ok", "why"): scored(WHY, Fraction(1))}))
    filled = fill_canvas(book, saved(tmp_path, CANVAS), column="4711")
    assert filled.content.decode() == CANVAS
    assert filled.filled == ()
    assert filled.without_points == (
        "101: UNFINISHED", "102: QUARANTINED", "103: NOT_GRADED_YET", "104: GRADED, not scored yet: why",
        "105: NOT_HANDED_IN",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a file from Canvas"),
        (b"Name,Mark\nAda,3\n", "it begins with 'Name,Mark'"),
        (b'Student,ID,Section,HW (7)\n"Ada,1,S,\n', "row 2: a quote is never closed"),
        (b"Student,ID,Section,HW (7)\nAda,1,S\n", "row 2: 3 cells under 4 columns"),
        (b"Student,ID,Section,HW (7)\nAda,9,S,\n", 'none of the ids in the results (1) is in "ID"'),
        (b"Student,ID,Section,HW (7)\n", "none of the ids in the results"),
        ("Student,ID,Section,HW (7)\nJosé,1,S,\n".encode("latin-1"), "not UTF-8"),
        ("Student,ID,Section,HW (7)\n".encode("utf-16"), "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_filled_is_told_in_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    """Nothing is written then."""
    with pytest.raises(UsageError) as caught:
        fill_canvas(book_of(student("1", "3")), saved(tmp_path, content))
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_moodle_gets_grades_and_every_other_byte_stays(tmp_path: Path) -> None:
    """The byte order mark, CRLF, line breaks in comments, workflow states: all as downloaded."""
    filled = fill_moodle(book_of(*CLASS[:2], student("104", "20")), saved(tmp_path, MOODLE))
    wanted = MOODLE.replace('grading - ",,20', 'grading - ",12.5,20').replace('"3.00"', '"4"')
    assert filled.content.decode() == wanted.replace('submission",,20', 'submission",20,20')
    assert filled.filled == ("101", "102", "104")
    (warning,) = filled.warnings
    assert warning.sentence() == "Moodle says that these grades cannot be changed, and will skip them: 104"


def test_moodle_students_are_found_by_address_too(tmp_path: Path) -> None:
    """Whatever the results have."""
    filled = fill_moodle(book_of(student("emmy@uni.edu", "1"), student("x@uni.edu", "2")), saved(tmp_path, MOODLE))
    assert (filled.filled, filled.not_in_file) == (("emmy@uni.edu",), ("x@uni.edu",))


def test_a_worksheet_in_another_language_needs_the_name_of_one_column(tmp_path: Path) -> None:
    """Identifier is its first column, whatever it is called, and the number counts."""
    german = 'ID;"Vollständiger Name";Bewertung;"Zuletzt geändert (Bewertung)"\nTeilnehmer/in 101;"Ada L.";;-\n'
    with pytest.raises(UsageError, match="name its column of grades with --column"):
        fill_moodle(book_of(*CLASS), saved(tmp_path, german))
    filled = fill_moodle(book_of(*CLASS), saved(tmp_path, german), names=Names(grade="bewertung"))
    assert filled.content.decode() == german.replace(";;-", ";12.5;-")


# Titles and words of Moodle's own language packs: participant, status, yes, no.
LANGUAGES = {
    "German": (("ID", "Vollständiger Name", "E-Mail-Adresse", "Status", "Gruppe", "Bewertung", "Bestwertung",
                "Bewertung kann geändert werden", "Zuletzt geändert (Abgabe)", "Zuletzt geändert (Bewertung)",
                "Feedback als Kommentar"), ("Teilnehmer/in", "Zur Bewertung abgegeben", "Ja", "Nein")),
    "Spanish": (("Identificador", "Nombre completo", "Dirección de correo", "Estado", "Grupo", "Calificación",
                 "Calificación máxima", "La calificación puede ser cambiada", "Última modificación (entrega)",
                 "Última modificación (calificación)", "Comentarios"), ("Participante", "Enviado para calificar",
                 "Sí", "No")),
    "Hebrew": (("מזהה", "שם מלא", "דואר אלקטרוני", "מצב", "קבוצה", "ציון", "ציון מירבי", "ניתן לשנות", "הגשה", "שונה",
                "הערות"), ("משתתף:", "הוגש לבדיקה", "כן", "לא")),
    "Chinese": (("编号", "全名", "电子邮件地址", "状态", "小组", "成绩", "最高分", "允许更改成绩", "提交", "修改",
                 "评论"),
                ("参与者", "已提交", "是", "否")),
}  # fmt: skip


def worksheet_in(language: str, *, group: bool = True, blind: bool = False, most: str = "20,00") -> str:
    """Moodle's worksheet of two, the second of whom has a grade that cannot be changed."""
    titles, (word, status, yes, no) = LANGUAGES[language]
    rows = [titles] + [
        (f"{word}{id}", name, address, status, team, "", most, may, "1.12.2026", "-", "")
        for id, name, address, team, may in (
            ("101", "Ada Lovelace", "ada@uni.edu", "Team 1", yes), ("102", "Grace Hopper", "grace@uni.edu", "", no),
        )
    ]  # fmt: skip
    left_out = {*((1, 2) if blind else ()), *(() if group else (4,))}
    text = io.StringIO()
    csv.writer(text).writerows([cell for at, cell in enumerate(row) if at not in left_out] for row in rows)
    return "\ufeff" + text.getvalue()


@pytest.mark.parametrize("group", [True, False], ids=["groups", "alone"])
@pytest.mark.parametrize("blind", [True, False], ids=["blind", "named"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_worksheet_in_any_language_is_filled_and_checked(
    tmp_path: Path, language: str, blind: bool, group: bool
) -> None:
    """By its rows, with the checks of an English one: the maximum, what cannot be changed, and whose a row is."""
    sheet = worksheet_in(language, group=group, blind=blind)
    filled = fill_moodle(book_of(student("101", "12.5"), student("102", "21")), saved(tmp_path, sheet))
    assert filled.filled == ("101", "102")
    before, after = (list(csv.reader(io.StringIO(text))) for text in (sheet, filled.content.decode()))
    changed = [(row, at) for row, cells in enumerate(after) for at, cell in enumerate(cells) if cell != before[row][at]]
    grade = 5 - 2 * blind - (not group)
    assert [(row, at, after[row][at]) for row, at in changed] == [(1, grade, "12.5"), (2, grade, "21")]
    assert [each.sentence() for each in filled.warnings] == [
        "more points than Moodle's maximum, so Moodle will skip them: 102 (21 of 20)",
        "Moodle says that these grades cannot be changed, and will skip them: 102",
    ]
    named = book_of(student("101", "12.5"), names={"101": "Team 1"})
    assert len(fill_moodle(named, saved(tmp_path, sheet)).other_name) == (not blind)


def test_a_column_that_the_teacher_names_is_filled(tmp_path: Path) -> None:
    """Also where the rows do not tell which it is, as where no two of them have one maximum."""
    sheet = worksheet_in("German").replace('"20,00"', "20", 1)
    with pytest.raises(UsageError, match="name its column of grades with --column"):
        fill_moodle(book_of(*CLASS), saved(tmp_path, sheet.replace('"20,00"', "30")))
    named = Names(grade="Bewertung")
    filled = fill_moodle(book_of(*CLASS), saved(tmp_path, sheet.replace('"20,00"', "30")), names=named)
    assert filled.filled == ("101", "102")


def test_a_scale_is_refused(tmp_path: Path) -> None:
    """Points are not words of a scale."""
    with pytest.raises(UsageError, match="scale"):
        fill_moodle(book_of(*CLASS), saved(tmp_path, MOODLE.replace("Maximum Grade", "Scale")))


def test_points_above_moodles_maximum_are_warned_of(tmp_path: Path) -> None:
    """Moodle skips them silently."""
    warnings = fill_moodle(book_of(student("101", "25", "30")), saved(tmp_path, MOODLE)).warnings
    said = [each.sentence() for each in warnings]
    assert "more points than Moodle's maximum, so Moodle will skip them: 101 (25 of 20)" in said


def test_comments_say_what_the_points_are_made_of_and_are_neither_formulas_nor_markup(tmp_path: Path) -> None:
    """Somebody else's comment stays; ours is replaced by a later run."""
    book = book_of(
        student("101", "10", questions={"why": WHY}), student("102", "4", questions={"why": WHY}),
        decisions=Decisions({("101", "why"): scored(WHY, Fraction(2), '=1+1 <img src=x onerror="alert(1)">'),
                ("102", "why"): scored(WHY, Fraction(1))}),
        policy=Late(deadline=datetime(2026, 11, 30, tzinfo=UTC), percent_per_day=25),
        late={"101": LateEntry(days=Fraction(1))},
    )  # fmt: skip
    path = saved(tmp_path, MOODLE)
    filled = fill_moodle(book, path, comments=True)
    ada, grace = (row[-1] for row in cells_of(filled.content.decode())[1:3])
    assert ada.startswith("Graded automatically: 9 of 22 points; checks 10; why 2 of 2, =1+1 &lt;img")
    assert ada.endswith("1 day late: 25 percent of the points earned are deducted")
    assert "<" not in ada
    assert grace == "<p>Well, done</p>\r\n<p>Truly</p>"
    (foreign,) = (each for each in filled.warnings if "a feedback comment by somebody else" in each.said)
    assert foreign.whose == ("102",)
    path.write_bytes(filled.content)
    again = fill_moodle(book_of(student("101", "11"), student("102", "4")), path, comments=True)
    assert "Graded automatically: 11 of 20 points; checks 11" in again.content.decode()
    assert "9 of 22" not in again.content.decode()


def test_the_feedback_zip_has_moodles_own_folders(tmp_path: Path) -> None:
    """One page for each student with points, under a name whose second part is the participant's number."""
    for id in ("101", "102", "104"):
        page = tmp_path / "results/students" / id / "report.html"
        page.parent.mkdir(parents=True)
        page.write_text(f"<p>{id}</p>")
    book = book_of(student("101", "1"), student("102", "2"), student("104", "3", state=State.QUARANTINED))
    worksheet, target = saved(tmp_path, MOODLE), tmp_path / "feedback.zip"
    assert write_feedback(book, worksheet, tmp_path / "results", target) == ("101", "102")
    with zipfile.ZipFile(target) as archive:
        assert archive.namelist() == [
            "Ada B Lovelace_101_assignsubmission_file/report.html",
            "Grace Hopper_102_assignsubmission_file/report.html",
        ]
        assert archive.read(archive.namelist()[1]) == b"<p>102</p>"
        for name in archive.namelist():
            assert name.split("_", 4)[1] in ("101", "102")  # as Moodle takes it apart
    before = target.read_bytes()
    write_feedback(book, worksheet, tmp_path / "results", target)
    assert target.read_bytes() == before
    write_feedback(book, worksheet, tmp_path / "results", target, older=True)
    with zipfile.ZipFile(target) as archive:
        assert archive.namelist()[0] == "Ada B Lovelace_101_assignsubmission_file_/report.html"
    with pytest.raises(UsageError, match="no report for anybody"):
        write_feedback(book, worksheet, tmp_path / "elsewhere", target)


def test_a_name_cannot_leave_its_folder(tmp_path: Path) -> None:
    """Names are students' own."""
    page = tmp_path / "results/students/101/report.html"
    page.parent.mkdir(parents=True)
    page.touch()
    worksheet = saved(tmp_path, MOODLE.replace("Ada_B Lovelace", "../../~x\\_9_<b>"))
    write_feedback(book_of(student("101", "1")), worksheet, tmp_path / "results", tmp_path / "f.zip")
    with zipfile.ZipFile(tmp_path / "f.zip") as archive:
        (name,) = archive.namelist()
    assert name.count("/") == 1 and "\\" not in name and not name.startswith((".", "~"))
    assert name.split("_")[1] == "101"


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.tuples(ANY_CELLS, ANY_CELLS, ANY_CELLS), min_size=1, max_size=5),
    st.sampled_from(",;"),
    st.sampled_from(["\n", "\r\n"]),
)
def test_a_whole_canvas_file_of_any_texts_keeps_them(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str, str]], separator: str, end: str
) -> None:
    """Names, sections and other marks may be anything; only the points of those in the results differ."""
    before = io.StringIO()
    # Python's writer forgets to quote a lone CR where lines end otherwise.
    quoting: Any = csv.QUOTE_MINIMAL if end == "\r\n" else csv.QUOTE_ALL
    writer = csv.writer(before, delimiter=separator, lineterminator=end, quoting=quoting)
    writer.writerow(["Student", "ID", "Section", "Other (1)", "HW (2)"])
    for number, (name, section, other) in enumerate(texts):
        writer.writerow([f"x{name}", f"00{number}", section, other, ""])
    path = saved(tmp_path_factory.mktemp("canvas"), before.getvalue())
    graded = [student(f"00{number}", str(number)) for number in range(0, len(texts), 2)]
    filled = fill_canvas(book_of(*graded), path, column="2")
    rows, after = cells_of(before.getvalue(), separator), cells_of(filled.content.decode(), separator)
    wanted = [[*row[:-1], str(number) if number % 2 == 0 else ""] for number, row in enumerate(rows[1:])]
    assert after == [rows[0], *wanted]
    assert len(filled.content) == len(before.getvalue().encode()) + len(graded)  # numbers of one digit each
