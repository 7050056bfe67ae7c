"""A teaching assistant's evening: from the platform's download to the file that the platform takes back."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import lms_downloads
import pytest
from rich.console import Console
from test_cli import _grader, _refused
from tiny_course import Course, square

from grader.core.limits import Level
from grader.core.verdict import Outcome, Verdict
from grader.pages.class_terminal import print_class, print_class_problems, print_earlier
from grader.results.gradebook import build
from grader.results.marks import Graded
from grader.results.report import Report

LATE = """
[late]
deadline = 2026-11-20T23:59:00+01:00
percent_per_day = 10
"""
NAMES = {101: "Ada Lovelace", 102: "Emmy Noether", 103: "Zoë Müller", 104: "Alan Turing"}
WORKSHEET = "Identifier,Full name,Grade,Maximum Grade,Last modified (grade)\r\n"


@pytest.fixture
def course(tiny: Course, tiny_copy: Path) -> Path:
    """The tiny assignment with a late policy, and beside it a download of Moodle's and its worksheet."""
    manifest = tiny_copy / "assignments/tiny/assignment.toml"
    text = manifest.read_text()
    manifest.write_text(text.replace("[limits]", f"{LATE}\n[limits]"))
    right = {f"hw/{name}": content for name, content in tiny.reference.items()}
    wrong = {**right, "hw/maths.py": square("import tkinter_of_mine; return -x").encode()}
    twice = {f"{copy}/{path}": content for copy in ("old", "new") for path, content in right.items()}
    made = lms_downloads.moodle({"101": right, "102": wrong, "103": twice}, tiny_copy / "folders")
    lms_downloads.zip_of(made, tiny_copy / "download.zip")
    people = "".join(f"Participant {id},{name},,6.00,-\r\n" for id, name in NAMES.items())
    (tiny_copy / "worksheet.csv").write_bytes((WORKSHEET + people).encode())
    (tiny_copy / "late.csv").write_text("id,days\n102,2\n")
    return tiny_copy


@pytest.mark.slow
def test_from_download_to_upload(course: Path) -> None:
    """Intake, grading, a rerun, points by hand and the filled worksheet; nobody is lost on the way."""
    shown = _grader("intake", "download.zip", "--roster", "worksheet.csv", cwd=course)
    assert shown.returncode == 0
    assert "one zip, Moodle download, a folder for each student: 3 submissions" in shown.stdout
    assert "not submitted (1): 104" in shown.stdout
    grade = ("grade", "assignments/tiny", "download.zip", "--sandbox", "separate", "--roster", "worksheet.csv",
             "--late", "late.csv")  # fmt: skip
    first = _grader(*grade, cwd=course)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "not installed here: tkinter_of_mine: 1 student: 102" in first.stdout
    assert "page cache" not in first.stdout
    again = _grader(*grade, "--json", cwd=course)
    assert "kept: 3 submissions for which nothing has changed" in again.stderr
    assert again.stdout == (course / "results/gradebook.json").read_text()
    quiet = _grader(*grade, "--quiet", cwd=course)
    assert "kept: " not in quiet.stdout and "Checks in order" not in quiet.stdout
    assert "not submitted (1): 104" in quiet.stdout and quiet.stdout.splitlines()[-1].startswith("results: ")
    only = _grader(*grade[:5], "--only", "101", "--check", "greets", cwd=course)
    assert "known from the last run into results: roster, late list" in only.stdout
    assert "[1/1] 101: 6 of 6" in only.stdout
    assert "kept: " not in only.stdout and "(kept)" not in only.stdout
    rows = {row["id"]: row for row in csv.DictReader((course / "results/grades.csv").read_text().splitlines())}
    assert {id: (row["state"], row["points"], row["taken"]) for id, row in rows.items()} == {
        "101": ("GRADED", "6", "0"),
        "102": ("GRADED", "0.8", "0.2"),
        "103": ("QUARANTINED", "", ""),
        "104": ("NOT_HANDED_IN", "", ""),
    }
    assert [row["name"] for row in rows.values()] == list(NAMES.values())
    assert re.search("102 +Emmy Noether +graded", first.stdout)
    assert re.search('102</a></th><td class="name">Emmy Noether</td>', (course / "results/index.html").read_text())

    assert _grader("manual", "export", "results", cwd=course).returncode == 0
    sheet = list(csv.DictReader((course / "manual.csv").read_text().splitlines()))
    assert [(row["id"], row["question"]) for row in sheet] == [("101", "essay"), ("102", "essay")]
    filled = io.StringIO()
    writer = csv.DictWriter(filled, sheet[0].keys())
    writer.writeheader()
    writer.writerows({**row, "points": "1", "comment": "<b>Good.</b>"} for row in sheet)
    (course / "manual.csv").write_text(filled.getvalue())
    _refused(_grader("manual", "export", "results", cwd=course), "manual.csv: already exists and may hold points")
    assert _grader("manual", "import", "results", "manual.csv", cwd=course).returncode == 0
    page = (course / "results/students/102/report.html").read_text()
    assert "How the total is calculated" in page
    assert "&lt;b&gt;Good.&lt;/b&gt;" in page

    out = ("--fill", "worksheet.csv", "--out", "upload.csv", "--feedback", "feedback.zip")
    same = ("--fill", "worksheet.csv", "--out", "./worksheet.csv")
    _refused(_grader("export", "results", "--to", "moodle", *same, cwd=course), "is the downloaded file")
    export = _grader("export", "results", "--to", "moodle", *out, cwd=course)
    assert export.returncode == 0, export.stderr
    assert "104: NOT_HANDED_IN" in export.stdout
    upload = {row["Identifier"]: row for row in csv.DictReader((course / "upload.csv").read_text().splitlines())}
    assert [upload[f"Participant {id}"]["Grade"] for id in (101, 102, 103, 104)] == ["7", "1.6", "", ""]
    assert (course / "feedback.zip").is_file()
    for to in ("csv", "json"):
        assert _grader("export", "results", "--to", to, "--out", f"grades.{to}", cwd=course).returncode == 0
    assert json.loads((course / "grades.json").read_bytes())["max_points"] == "7"


@pytest.mark.slow
@pytest.mark.usefixtures("confined_here")
def test_without_student_text_students_are_shown_none_until_the_teacher_says_otherwise(course: Path) -> None:
    """In the page, Gradescope's results and the pages that `manual import` writes; staff's report has it all along.

    Before the public checks are run the page cache is cleared, where they are.
    """
    grade = ("grade", "assignments/tiny", "download.zip", "--roster", "worksheet.csv")
    theirs, answer = "tkinter_of_mine", "Because."
    page, report = course / "results/students/102/report.html", course / "results/students/102/report.json"
    answered = course / "results/students/101/report.html"

    first = _grader(*grade, "--no-student-text", cwd=course)
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stdout.count("page cache: evicted ") == 1
    assert theirs not in page.read_text() and answer not in answered.read_text()
    assert theirs in report.read_text()

    again = _grader(*grade, cwd=course)
    assert "known from the last run into results: roster, no student text" in again.stdout
    assert "kept: 3 submissions" in again.stdout and "page cache" not in again.stdout
    assert theirs not in page.read_text()
    (course / "manual.csv").write_text("id,question,points\n101,essay,1\n102,essay,1\n")
    assert _grader("manual", "import", "results", "manual.csv", cwd=course).returncode == 0
    assert "How the total is calculated" in page.read_text() and theirs not in page.read_text()
    assert _grader("export", "results", "--to", "gradescope", "--out", "upload", cwd=course).returncode == 0
    exported = "".join(path.read_text() for path in (course / "upload").rglob("results.json"))
    assert exported.count('"score"') > 2 and theirs not in exported
    for form, name in (("md", "101.md"), ("junit", "101.xml")):
        assert _grader("export", "results", "--to", form, "--out", form, cwd=course).returncode == 0
        assert "squares" in (course / form / name).read_text()
        assert theirs not in "".join(path.read_text() for path in (course / form).iterdir())

    shown = _grader(*grade, "--student-text", cwd=course)
    assert "known from the last run into results: roster\n" in shown.stdout
    assert theirs in page.read_text() and answer in answered.read_text()
    assert "no student text" not in _grader(*grade, cwd=course).stdout


def test_what_cannot_be_done_is_told_in_one_line(course: Path) -> None:
    """A wrong id, check, roster, list or file: exit code 2, and nothing is graded."""
    grade = ("grade", "assignments/tiny", "download.zip", "--sandbox", "separate")
    (course / "bad.csv").write_text("who,what\n1,2\n")
    (course / "lent.ipynb").write_text("{}")
    (course / "seen.html").symlink_to("lent.ipynb")
    for arguments, words in (
        ((*grade, "--only", "1O1"), "--only 1O1: no submission has this id; similar: 101"),
        ((*grade, "--only", "zzzzzz"), "--only zzzzzz: no submission has this id; see `grader intake`"),
        ((*grade, "--roster", "worksheet.csv", "--only", "104"), "--only 104: is in the roster, but submitted nothing"),
        (("notebook", "lent.ipynb", "--html", "lent.ipynb"), "that would replace a notebook; name a file that"),
        (("notebook", "lent.ipynb", "--html", "seen.html"), "that would replace a notebook; name a file that"),
        ((*grade, "--roster", "bad.csv"), "bad.csv: no column of ids"),
        ((*grade, "--late", "bad.csv"), "bad.csv"),
        (("intake", "late.csv"), "late.csv"),
        (("intake", "download.zip", "none.zip"), "none.zip: no such folder or zip"),
        ((*grade[:3], "none.zip", *grade[3:]), "none.zip: no such folder or zip"),
        ((*grade, "--groups", "bad.csv"), "bad.csv: no columns of groups and ids"),
        (("export", ".", "--to", "csv", "--out", "x"), "class.json: it is not there"),
        (("export", ".", "--to", "canvas", "--out", "x"), "class.json: it is not there"),
        (("manual", "export", "."), "class.json: it is not there"),
        (("notebook", "late.csv", "--html", "x.html"), "cannot be read as a notebook"),
        (("notebook", "assignments", "--html", "x.html"), "no notebook there; name one .ipynb file"),
        (("bundle", "gradescope", "absent", "--out", "x.zip"), "absent: no such assignment"),
    ):
        _refused(_grader(*arguments, cwd=course), words)
    assert not (course / "results/students").exists()
    manifest = course / "assignments/tiny/assignment.toml"
    manifest.write_text(manifest.read_text().replace(LATE, ""))
    _refused(
        _grader(*grade, "--late", "late.csv", cwd=course),
        "so late.csv has no effect; add [late], or give an empty list",
    )
    assert not (course / "x").exists()


def test_results_of_another_assignment_are_not_written_over(course: Path) -> None:
    """One sentence, and everything is as it was."""
    (course / "results").mkdir()
    known = '{"format": 1, "assignment": "another", "title": "Another", "submissions": []}'
    (course / "results/class.json").write_text(known)
    grade = ("grade", "assignments/tiny", "download.zip", "--sandbox", "separate")
    _refused(_grader(*grade, cwd=course), "results: has the results of another; name another folder with --out")
    assert (course / "results/class.json").read_text() == known


@pytest.mark.slow
def test_an_unknown_check_is_told(course: Path) -> None:
    """With those that have a name like it."""
    done = _grader(
        "grade", "assignments/tiny", "download.zip", "--sandbox", "separate", "--check", "square", cwd=course
    )
    assert done.returncode == 2
    assert "--check square: there is no such check; name one of squares" in done.stderr


def test_the_end_of_a_batch_names_what_a_person_must_look_at() -> None:
    """Modules that are not here by how many miss them, slow checks, and whom the grader failed on."""
    reports = [
        _report("ada", Outcome.RUNTIME_ERROR, "no such module", 2.5, "tkinter"),
        _report("bob", Outcome.RUNTIME_ERROR, "no such module", 1.5, "tkinter"),
        _report("dan", Outcome.RUNTIME_ERROR, "`tkinter` is imported in hw/a.py:1 (f)", 1.1, "hw.mine"),
        _report("eve", Outcome.GRADER_ERROR, "the grader failed", 0.0),
        replace(_report("lea", Outcome.MISSING, "no folder `hw`", 1.3), notes=("found answers.docx",)),
        Report("kim", "tiny", "Tiny", Level.ISOLATED, "cpu", reason="a link"),
    ]
    yet = [Graded.not_graded_yet(f"s{number}") for number in range(10)]
    console = Console(file=io.StringIO(), width=200)
    book = build([*map(Graded.of, reports), *yet], missing=["zoe"])
    print_class(console, reports, book)
    print_class_problems(console, reports, book)
    assert isinstance(console.file, io.StringIO)
    said = console.file.getvalue()
    for words in (
        "not installed here: tkinter: 2 students: ada, bob",
        "Slowest checks, on average: squares 1.3 s",
        "UNFINISHED: eve: the grader itself failed on it; grade again",
        "quarantined: kim: a link",
        "check before you publish this zero: lea: found answers.docx",
        "not submitted (1): zoe",
        "not graded yet (10): s0, s1, s2, s3, s4, s5, s6, s7 and 2 more; run `grader grade` again",
    ):
        assert words in said, said


def test_what_becomes_of_earlier_downloads_is_told() -> None:
    """How many are kept, and who is replaced."""
    console = Console(file=io.StringIO(), width=200)
    print_earlier(console, [], [])
    print_earlier(console, [f"s{number}" for number in range(10)], ["ada", "bob"])
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == (
        "10 of earlier downloads kept; --drop leaves them out\n2 of earlier downloads replaced: ada, bob\n"
    )


def _report(id: str, outcome: Outcome, message: str, seconds: float, missing: str = "") -> Report:
    points = Fraction(), Fraction(4)
    verdict = Verdict("squares", None, "It squares.", outcome, *points, False, seconds, message, missing_module=missing)
    return Report(id, "tiny", "Tiny", Level.ISOLATED, "cpu", verdicts=(verdict,))
