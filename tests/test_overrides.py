"""Points that a person gives in the place of a check's: a reason, a maximum, and the same number everywhere."""

from __future__ import annotations

import csv
import io
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sample_reports import HOSTILE, report, verdict
from test_html import Page, assert_inert

from grader.cli.export import Platform, export
from grader.cli.manual import manual_override
from grader.core.errors import UsageError
from grader.core.verdict import Outcome
from grader.exports.canvas import fill_canvas
from grader.exports.moodle import fill_moodle
from grader.files.tables import write_table
from grader.pages.class_terminal import print_class, print_class_problems
from grader.pages.write import settle_class, settle_with_pages
from grader.results.decisions import MARKS, read_decisions
from grader.results.folder import Class, read_report, save, save_class
from grader.results.gradebook import Gradebook
from grader.results.manual import import_sheet
from grader.results.marks import Graded
from grader.results.report import Answer, Illustrations, Report
from grader.results.row import Row

WHY = Answer("why", "Why?", "Why?", ((2, "The reason."),), "Because.")


def submission(
    id: str = "ada", *, files: str = "files", version: str = "check", points: int = 4, **more: Any
) -> Report:
    """With 2 points: `squares` is wrong and would give `points`, `greets` is passed."""
    return report(
        verdict("squares", Outcome.WRONG_ANSWER, points=points),
        verdict("greets", hidden=True),
        submission_id=id,
        keys={"squares": f"{version}.run", "greets": "greets.run"},
        provenance={"submission": files},
        **more,
    )


def results(out: Path, *reports: Report) -> Path:
    """A folder of results with these reports, pages and all."""
    save_class(out, Class("cnn", "CNN", tuple(each.submission_id for each in reports)))
    for each in reports:
        save(out, each, Illustrations())
    settle_with_pages(out)
    return out


def change(out: Path, points: str | None, *, id: str = "ada", check: str = "squares", **given: str) -> None:
    """`grader manual override`; `--withdraw` without points."""
    told: dict[str, Any] = {"reason": "A typo of ours.", "marker": "tina"} | given
    manual_override(out, id, check, points, take_back=points is None, **told)


def row(out: Path, id: str = "ada") -> Row:
    """One student's row, as everything works it out."""
    return next(each for each in settle_class(out)[0].rows if each.id == id)


def said_everywhere(out: Path, sheets: Path) -> dict[str, str]:
    """The total of `ada`, as each place tells it."""
    book, short = settle_class(out)
    student = Page((out / "students/ada/report.html").read_text()).text
    staff = Page((out / "index.html").read_text()).text
    console = Console(file=io.StringIO(), width=200)
    print_class(console, short, book)
    line = next(line for line in console.file.getvalue().splitlines() if line.split()[:1] == ["ada"])  # type: ignore[attr-defined]
    canvas, moodle = sheets / "canvas.csv", sheets / "moodle.csv"
    canvas.write_text("Student,ID,Section,HW (7)\nAda,ada,S,\n")
    moodle.write_text(
        "Identifier,Full name,Email address,Grade,Last modified (grade),Feedback comments\nParticipant 1,Ada,ada,,-,\n"
    )
    filled = list(csv.reader(fill_moodle(book, moodle, comments=True).content.decode().splitlines()))[1]
    export(out, to=Platform.GRADESCOPE, target=sheets / "gradescope")
    gradescope = json.loads((sheets / "gradescope/ada/results.json").read_bytes())
    with (out / "grades.csv").open() as file:
        table = next(csv.DictReader(file))
    exact = json.loads((out / "gradebook.json").read_bytes())
    return {
        "gradebook.json": f"{float(Fraction(exact['rows'][0]['points'])):g}",
        "grades.csv": table["points"],
        "grades.csv, its checks": f"{float(table['squares']) + float(table['greets']):g}",
        "the student's page": student.split("The total counts, as calculated below:")[1].split("of")[0].strip(),
        "the student's page, above": student.split("Convolutional networks ada")[1].split("of")[0].strip(),
        "the staff's page": staff.split("ada graded")[1].split()[0],
        "the staff's page, checks": staff.split("ada graded")[1].split()[1],
        "the terminal": line.split()[2],
        "the terminal, checks": line.split()[3],
        "Canvas": fill_canvas(book, canvas).content.decode().rsplit(",", 1)[1].strip(),
        "Moodle": filled[3],
        "Moodle's comment": filled[5].split("Graded automatically: ")[1].split()[0],
        "Gradescope": f"{gradescope['score']:g}",
        "Gradescope's tests": f"{sum(each['score'] for each in gradescope['tests']):g}",
    }  # fmt: skip


def test_all_places_say_the_same_number(tmp_path: Path) -> None:
    """Gradebook, pages, terminal and exports; with who changed it and why for the staff, and why for the student."""
    out = results(tmp_path / "results", submission())
    change(out, "3.5")
    assert set(said_everywhere(out, tmp_path).values()) == {"5.5"}
    student, staff = (Page((out / name).read_text()).text for name in ("students/ada/report.html", "index.html"))
    assert "The course staff changed the points from 0 to 3.5: A typo of ours." in student
    assert "tina" not in student
    assert "ada squares 3.5 instead of 0 tina A typo of ours." in staff
    assert row(out).remarks == ("squares has 3.5 and not 0 points by tina: A typo of ours.",)
    change(out, "0")
    assert set(said_everywhere(out, tmp_path).values()) == {"2"}
    change(out, None)
    assert row(out).points == 2
    assert "changed" not in Page((out / "students/ada/report.html").read_text()).text


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (submission(files="others"), "the submission has changed"),
        (submission(version="other"), "the check has changed"),
        (submission(points=3), "more than the maximum"),
    ],
)
def test_it_belongs_to_what_was_judged(tmp_path: Path, now: Report, why: str) -> None:
    """When that changes it has no effect, and page, terminal and gradebook say so; as it was, it counts again."""
    out = results(tmp_path, submission())
    change(out, "4")
    assert row(out).points == 6
    results(out, now)
    assert (row(out).points, row(out).overridden) == (2, {})
    book, short = settle_class(out)
    console = Console(file=io.StringIO(), width=200)
    print_class_problems(console, short, book)
    told = console.file.getvalue()  # type: ignore[attr-defined]
    assert f"points given by hand for a check have no effect: ada (squares, by tina: {why}); look at them again" in told
    assert f"to be looked at again: {why}" in (out / "grades.csv").read_text()
    assert f"to be looked at again : {why} tina A typo of ours." in Page((out / "index.html").read_text()).text
    assert "staff" not in Page((out / "students/ada/report.html").read_text()).text
    change(out, "1", reason="Looked at again.")
    assert row(out).points == 3 and not row(out).lapsed
    results(out, submission())
    assert row(out).points == (6 if why != "more than the maximum" else 3)


def test_what_has_lapsed_can_be_withdrawn(tmp_path: Path) -> None:
    """By a colleague, too: then nothing is to be looked at, and it does not come back with the old files."""
    out = results(tmp_path, submission())
    change(out, "4")
    results(out, submission(files="others"))
    change(out, None, marker="theo")
    assert not row(out).lapsed
    results(out, submission())
    assert (row(out).points, row(out).overridden) == (2, {})
    with pytest.raises(UsageError, match="ada squares: nobody has changed these points; changed are those of no check"):
        change(out, None)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"points": "4.01"}, "'4.01' is not a number of points for squares; write 0 to 4"),
        ({"points": "-1"}, "write 0 to 4"),
        ({"points": "nan"}, "write 0 to 4"),
        ({"reason": " "}, "--reason: say why"),
        ({"check": "square"}, "ada has no check square; use squares or greets"),
        ({"id": "eve"}, "no student in the results has the id eve"),
        ({"id": "bob"}, r"bob has no final verdict on squares \(QUARANTINED\); grade it first"),
        ({"id": "cy"}, r"cy has no final verdict on squares \(UNFINISHED\); grade it first"),
        ({"marker": "../tina"}, "--marker ../tina: write a short name"),
    ],
)
def test_what_is_not_in_order_is_refused(tmp_path: Path, given: dict[str, str], said: str) -> None:
    """In one sentence, and nothing is stored."""
    failed = report(verdict("squares", Outcome.GRADER_ERROR), submission_id="cy")
    out = results(tmp_path, submission(), report(submission_id="bob", reason="two copies"), failed)
    with pytest.raises(UsageError, match=said) as caught:
        change(out, **{"points": "1", **given})
    assert "\n" not in str(caught.value)
    assert not (out / MARKS).exists()


def test_a_member_of_a_group_may_have_points_of_ones_own(tmp_path: Path) -> None:
    """They count before those of the group, which count again once they are withdrawn."""
    out = results(tmp_path, submission("a_b", members=("a", "b")))
    change(out, "4", id="a_b")
    change(out, "1", id="b")
    assert (row(out, "a").points, row(out, "b").points) == (6, 3)
    page = Page((out / "students/a_b/report.html").read_text()).text
    assert "The totals below count, one for each of you." in page
    assert "4 instead of 0" in page and "1 instead of 0" in page
    change(out, None, id="b")
    assert (row(out, "a").points, row(out, "b").points) == (6, 6)


def test_the_store_keeps_whose_decisions_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Append-only, and what replaces a colleague's says so."""
    out = results(tmp_path, submission())
    change(out, "4")
    before = (out / MARKS / "tina.jsonl").read_bytes()
    capsys.readouterr()
    change(out, "1", marker="theo", reason="Not that good.")
    assert "no longer 4 by tina: A typo of ours." in capsys.readouterr().out
    assert (out / MARKS / "tina.jsonl").read_bytes() == before
    assert [each.marker for each in read_decisions(out).overrides["ada", "squares"]] == ["tina", "theo"]
    assert row(out).points == 3


def test_it_scores_no_written_answer(tmp_path: Path) -> None:
    """Those count for nobody until one is scored, and a sheet of scores leaves overrides as they are."""
    out = results(tmp_path / "results", submission(answers=(WHY,)))
    change(out, "4")
    assert (row(out).points, row(out).max_points) == (6, 6)
    sheet = tmp_path / "points.csv"
    sheet.write_bytes(write_table(["id", "question", "points"], [["ada", "why", "2"]]))
    graded = read_report(out, "ada")
    assert graded
    import_sheet(sheet, {"ada": Graded.of(graded)}, out, "theo")
    assert (row(out).points, row(out).max_points, row(out).checks["squares"].points) == (8, 8, 4)


def test_a_check_that_is_gone_is_told(tmp_path: Path) -> None:
    """The assignment was changed: what was given for it is nobody's points, and that is told."""
    out = results(tmp_path, submission())
    change(out, "4")
    results(out, report(verdict("greets"), keys={"greets": "greets.run"}))
    book: Gradebook = settle_class(out)[0]
    said = "points given by hand have no effect, as there is no such check: ada (squares)"
    assert said in [each.sentence() for each in book.warnings]
    assert book.rows[0].points == 2


@pytest.mark.parametrize("text", HOSTILE[:9])
def test_a_reason_is_text(tmp_path: Path, text: str) -> None:
    """On both pages, whatever stands in it."""
    out = results(tmp_path, submission())
    change(out, "4", reason=text)
    for name in ("students/ada/report.html", "index.html"):
        source = (out / name).read_text()
        assert_inert(source)
