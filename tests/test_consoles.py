"""What the command line says, and where: a line for each kind, only problems if asked, JSON with nothing beside it."""

from __future__ import annotations

import io
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import lms_downloads
import pytest
import typer
from made_results import make_results
from rich.console import Console
from sample_reports import report, verdict
from test_cli import GRADER

from grader.cli.consoles import speak
from grader.cli.doctor import doctor
from grader.cli.export import Platform, export
from grader.cli.intake import intake
from grader.cli.manual import manual_export, manual_import
from grader.cli.options import Choice
from grader.core.verdict import Outcome
from grader.core.version import VERSION
from grader.doctor.doctor import Attempt
from grader.exports.filling import Filled
from grader.pages.class_terminal import print_cautions, print_class_problems, print_plan_problems
from grader.results.cautions import Caution
from grader.results.gradebook import build
from grader.results.marks import Graded
from grader.results.report import Answer
from grader.submissions.intake import plan

WHY = Answer("why", "Why?", "Why?", ((2, "The reason."),), "Because.")
WORKSHEET = "Identifier,Full name,Grade,Maximum Grade,Last modified (grade)\nParticipant 101,Ada L,,2.00,-\n"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Other tests hear what they ask for."""
    yield
    speak(quiet=False, as_json=False)


def printed(act: Callable[[Console], object]) -> list[str]:
    """The lines that are printed."""
    file = io.StringIO()
    act(Console(file=file, width=400))
    return file.getvalue().splitlines()


def test_many_of_one_kind_share_a_line_and_verbose_names_all() -> None:
    """Quarantined, unfinished, not submitted, not graded, not installed, and what the gradebook warns of."""
    quarantined = [report(submission_id=f"q{number}", reason=f"reason {number}") for number in range(12)]
    failed = [report(verdict("a", Outcome.GRADER_ERROR), submission_id=f"u{number}") for number in range(4)]
    absent = [
        report(verdict("a", Outcome.RUNTIME_ERROR, missing_module="tkinter"), submission_id=f"t{number}")
        for number in range(10)
    ]
    reports = [*quarantined, *failed, *absent]
    missing = [f"m{number:03}" for number in range(270)]
    book = build(map(Graded.of, reports), missing=missing)
    short = printed(lambda console: print_class_problems(console, reports, book))
    assert short == [
        "not installed here: tkinter: 10 students: t0, t1, t2, t3, t4, t5, t6, t7 and 2 more",
        "quarantined (12): q0, q1, q2, q3, q4, q5, q6, q7 and 4 more; --verbose tells more",
        "UNFINISHED (4): u0, u1, u2, u3; --verbose tells more",
        "not submitted (270): m000, m001, m002, m003, m004, m005, m006, m007 and 262 more",
    ]
    console = Console(file=io.StringIO(), width=100_000)
    print_class_problems(console, reports, book, verbose=True)
    assert isinstance(console.file, io.StringIO)
    whole = console.file.getvalue()
    assert all(f"quarantined: q{number}: reason {number}\n" in whole for number in range(12))
    assert f"not submitted (270): {', '.join(missing)}\n" in whole
    assert "u3: the grader itself failed on it" in whole and "t8, t9\n" in whole


def test_a_caution_names_a_few_or_all() -> None:
    """And what to do after them."""
    caution = Caution("odd", tuple(f"s{number}" for number in range(10)), "look")
    alone = Caution("nothing is known", advice="look")
    assert printed(lambda console: print_cautions(console, [caution, alone])) == [
        "odd: s0, s1, s2, s3, s4, s5, s6, s7 and 2 more; look",
        "nothing is known; look",
    ]
    assert caution.sentence() == "odd: s0, s1, s2, s3, s4, s5, s6, s7, s8, s9; look"


def test_a_download_is_told_in_a_line_for_each_kind(tmp_path: Path) -> None:
    """What is quarantined in it, and what is odd."""
    for number in range(5):
        lms_downloads.put(tmp_path / "in" / f"no id {number}!", {"hw/nets.py": b""})
    lms_downloads.put(tmp_path / "in/ada", {"hw/nets.py": b""})
    found = plan(tmp_path / "in")
    (short,) = printed(lambda console: print_plan_problems(console, found))
    assert short.startswith("quarantined (5): no id 0!, no id 1!, ") and short.endswith("; --verbose tells more")
    assert len(printed(lambda console: print_plan_problems(console, found, verbose=True))) == 5


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Of two who are graded and one who is set aside; one of the class has submitted nothing."""
    graded = [report(verdict("a", hidden=True), submission_id=id, answers=(WHY,)) for id in ("101", "102")]
    return make_results(tmp_path / "results", *graded, report(submission_id="103", reason="a link"), missing=("104",))


def test_json_stands_alone_on_standard_output(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of export, of both directions of points by hand, and of intake; what people read goes to standard error."""

    def heard() -> dict[str, object]:
        said = capsys.readouterr()
        assert said.err
        return dict(json.loads(said.out))

    home = results.parent
    export(results, Platform.CSV, home / "grades.csv", as_json=True)
    assert heard() == {"wrote": [str(home / "grades.csv")]}
    (home / "worksheet.csv").write_text(WORKSHEET)
    export(results, Platform.MOODLE, home / "up.csv", fill=home / "worksheet.csv", as_json=True)
    found = heard()
    assert found.keys() == {"wrote"} | Filled.__dataclass_fields__.keys() - {"content"}
    assert (found["filled"], found["not_in_file"]) == (["101"], ["102", "103", "104"])
    manual_export(results, home / "manual.csv", as_json=True)
    assert heard() == {"wrote": [str(home / "manual.csv")]}
    (home / "filled.csv").write_text("id,question,points\n101,why,2\n")
    manual_import(results, home / "filled.csv", marker="tina", as_json=True)
    assert heard() == {"new_scores": 1, "students": 4, "waiting": ["102"], "warnings": []}
    lms_downloads.put(home / "in/ada", {"hw/nets.py": b""})
    lms_downloads.put(home / "in/no id!", {"hw/nets.py": b""})
    intake([home / "in"], as_json=True)
    found = heard()
    assert found["submissions"] == [
        {"id": "ada", "members": ["ada"], "name": "ada", "submitted_at": None, "late": False, "files": ["ada/"]}
    ]
    assert [each["name"] for each in found["quarantined"]] == ["no id!"]  # type: ignore[attr-defined]


def test_quiet_leaves_problems_and_the_last_line(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of intake no table, of export what was written."""
    home = results.parent
    lms_downloads.put(home / "in/ada", {"hw/nets.py": b""})
    lms_downloads.put(home / "in/no id!", {"hw/nets.py": b""})
    intake([home / "in"], quiet=True)
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("quarantined: no id!: ")
    export(results, Platform.CSV, home / "grades.csv", quiet=True)
    assert capsys.readouterr().out.startswith("wrote ")


@pytest.mark.process
def test_the_doctor_tells_programs_and_who_is_in_a_hurry(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was tried; of that in short only what got through."""
    tried = [Attempt("reads a file", True, "denied"), Attempt("calls home", False, "it answered")]
    monkeypatch.setattr("grader.doctor.doctor.attempts", lambda level: tried)
    with pytest.raises(typer.Exit):
        doctor(Choice.SEPARATE, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["level"], found["lacking"], found["attempts"]) == ("separate", None, [asdict(each) for each in tried])
    assert found["machine"]["grader"].startswith(VERSION)
    with pytest.raises(typer.Exit):
        doctor(Choice.SEPARATE, quiet=True)
    said = capsys.readouterr().out
    assert "calls home" in said and "reads a file" not in said and "system" not in said
    assert said.splitlines()[-1].startswith("1 of 2 attempts was not blocked")


@pytest.mark.process
def test_the_version_is_told_and_the_shell_completes_verbs() -> None:
    """Without torch, by the real command."""
    told = subprocess.run([GRADER, "--version"], capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout == f"grader {VERSION}\n"
    asked = {**os.environ, "_GRADER_COMPLETE": "complete_bash", "COMP_WORDS": "grader gra", "COMP_CWORD": "1"}
    done = subprocess.run([GRADER], env=asked, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["grade"]
