"""Feedback without a platform: to each student the own page and nobody else's, and a table that mail merge can use."""

from __future__ import annotations

import csv
import json
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from made_results import make_results
from sample_reports import report, scored, verdict

from grader.cli.consoles import speak
from grader.cli.export import Platform, export
from grader.core.errors import UsageError
from grader.core.verdict import Outcome
from grader.results.decisions import add_decisions
from grader.results.report import Answer, Report
from grader.submissions.roster import Person, Roster

WHY = Answer("why", "Why?", "Why?", ((2, "The reason."),), "Because.")
ROSTER = Roster(
    (
        Person("101", "Ada Lovelace", ("ada", "ada@uni.edu")),
        Person("102", "=HYPERLINK(1)", ("emmy@uni.edu",)),
        Person("103", "Zoë Müller"),
        Person("104", "Alan Turing", ("alan@uni.edu",)),
        Person("105", "Grace Hopper", ("-grace",)),
        Person("106", "Mary Jackson"),
    )
)


def passed(id: str, *more: Any, **fields: Any) -> Report:
    """Somebody graded, with a page of one's own."""
    return report(verdict("squares"), *more, submission_id=id, title=f"The page of {id}", **fields)


CLASS = (
    passed("101"),
    passed("team", members=("102", "103")),
    report(submission_id="104", reason="a link"),
    passed("105"),
)


def rows(folder: Path) -> dict[str, dict[str, str]]:
    """The table, by id."""
    return {row["id"]: row for row in csv.DictReader((folder / "feedback.csv").read_text().splitlines())}


def feedback(out: Path, name: str = "feedback", **options: Any) -> Path:
    """What `grader export --to feedback` writes."""
    export(out, Platform.FEEDBACK, out.parent / name, **options)
    return out.parent / name


def test_each_has_the_own_page_and_everybody_a_row(tmp_path: Path) -> None:
    """By login, else address, else id; members of a group share a page, and no cell is a formula."""
    members = {"team": ("102", "103")}
    names = {person.id: person.name for person in ROSTER.people}
    out = make_results(
        tmp_path / "out", *CLASS, roster=ROSTER, members=members, names=names, missing=("106",),
    )  # fmt: skip
    target = feedback(out)
    found = rows(target)
    places = {id: row["page"] for id, row in found.items() if row["page"]}
    assert places == {
        "101": "students/ada/report.html",
        "102": "students/emmy@uni.edu/report.html",
        "103": "students/103/report.html",
        "105": "students/-grace/report.html",
    }
    whose = {"101": "101", "102": "team", "103": "team", "105": "105"}
    for id, place in places.items():
        assert (target / place).read_bytes() == (out / "students" / whose[id] / "report.html").read_bytes()
        assert f"The page of {whose[id]}" in (target / place).read_text()
    files = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    assert files == {*places.values(), "feedback.csv"}
    assert found["101"] == {
        "mail": "ada@uni.edu", "name": "Ada Lovelace", "id": "101", "points": "2", "maximum": "2",
        "page": "students/ada/report.html", "note": "",
    }  # fmt: skip
    assert (found["102"]["mail"], found["102"]["name"]) == ("emmy@uni.edu", "'=HYPERLINK(1)")
    assert (found["104"]["mail"], found["104"]["points"]) == ("alan@uni.edu", "")
    assert found["104"]["note"].startswith("It was set aside until the course staff")
    assert (found["106"]["points"], found["106"]["note"]) == ("", "Nothing was submitted.")


def test_who_has_no_points_yet_has_a_sentence_and_no_page(tmp_path: Path) -> None:
    """Unfinished, and with an answer that waits; a name that is not an id is neither a folder nor an address."""
    add_decisions(tmp_path / "out", "tina", [*scored(WHY, Fraction(2))])
    failed = report(verdict("squares", Outcome.GRADER_ERROR), submission_id="bob")
    aside = report(submission_id="../../x@y.z", reason="a bad id")
    out = make_results(tmp_path / "out", passed("ada", answers=(WHY,)), passed("eve", answers=(WHY,)), failed, aside)
    target = feedback(out)
    told = {row["id"] or row["mail"]: (row["points"], row["note"]) for row in rows(target).values()}
    assert told == {
        "ada": ("4", ""),
        "eve": ("", "The written answers are not all scored yet."),
        "bob": ("", "It is not graded yet."),
        "": ("", "It was set aside until the course staff have looked at it. It has no points yet."),
    }
    assert [path.name for path in (target / "students").iterdir()] == ["ada"]


def test_nothing_is_written_where_pages_could_be_mixed_up(tmp_path: Path) -> None:
    """One login for two, something at the target, a run that did not end, and reports of another version."""
    twins = Roster((Person("101", "Ada", ("ada",)), Person("105", "Grace", ("ADA",))))
    out = make_results(tmp_path / "twins", *CLASS[::3], roster=twins)
    with pytest.raises(UsageError, match="the roster has `ADA` for both 101 and 105; correct it"):
        feedback(out)
    out = make_results(tmp_path / "out", *CLASS[::3])
    (tmp_path / "full").mkdir()
    (tmp_path / "full/old.html").write_text("Another's.")
    with pytest.raises(UsageError, match="already exists; name a new folder"):
        feedback(out, "full")
    make_results(out, *CLASS[::3], pending=("101",))
    with pytest.raises(UsageError, match="the last run did not end"):
        feedback(out)
    make_results(out, *CLASS[::3], version={"squares": "another"})
    with pytest.raises(UsageError, match="2 of 2 are by an earlier version of the assignment"):
        feedback(out)
    assert not (tmp_path / "feedback").exists()
    assert set(rows(feedback(out, anyway=True))) == {"101", "105"}


def test_pages_are_those_of_the_points_beside_them(tmp_path: Path) -> None:
    """Also after an import that was cut short before its pages, and where one was changed or is gone."""
    out = make_results(tmp_path / "out", *(passed(id, answers=(WHY,)) for id in ("ada", "bob", "eve")))
    for id in ("ada", "bob", "eve"):
        add_decisions(out, "tina", [replace(each, id=id) for each in scored(WHY, Fraction(1), f"Said to {id}.")])
    (out / "students/bob/report.html").write_text("somebody else's")
    (out / "students/eve/report.html").unlink()
    target = feedback(out)
    for row in rows(target).values():
        page = (target / row["page"]).read_text()
        assert row["points"] == "3" and "<b>3</b> of 4" in page and f"Said to {row['id']}." in page
    with zipfile.ZipFile(_moodle(out)) as archive:
        assert b"Said to eve." in archive.read("Eve_103_assignsubmission_file/report.html")


def _moodle(out: Path) -> Path:
    """The zip that Moodle takes, of an import that was cut short as well."""
    (out / "students/eve/report.html").write_text("as it was")
    sheet = out.parent / "worksheet.csv"
    sheet.write_text("Identifier,Full name,Username,Grade,Last modified (grade)\nParticipant 103,Eve,eve,,-\n")
    target = out.parent / "feedback.zip"
    export(out, Platform.MOODLE, out.parent / "upload.csv", fill=sheet, feedback=target)
    return target


def test_programs_are_told_who_has_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And who has none, and why."""
    out = make_results(tmp_path / "out", *CLASS, members={"team": ("102", "103")})
    feedback(out, as_json=True)
    speak(quiet=False, as_json=False)
    assert json.loads(capsys.readouterr().out) == {
        "wrote": [str(tmp_path / "feedback")],
        "with_page": ["101", "102", "103", "105"],
        "without_page": ["104: QUARANTINED"],
    }
