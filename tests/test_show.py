"""`grader show`: one student's verdicts, what the total adds up from, and what was judged, as plain text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from sample_reports import HOSTILE, report, verdict
from test_terminal import console, plain
from typer.testing import CliRunner

from grader.assignment.manifest import Late
from grader.cli.app import app
from grader.core.errors import UsageError
from grader.core.verdict import Outcome
from grader.pages.student_terminal import print_check, print_file, print_student
from grader.results.acts import Decision
from grader.results.decisions import add_decisions
from grader.results.folder import Class, save, save_class
from grader.results.judged import FILES, digests_of, keep_files
from grader.results.lateness import LateEntry
from grader.results.one_student import OneStudent, find_student
from grader.results.report import Answer, Illustrations, Report

CELLS = b'[{"number": 3, "source": "x = 1\\n", "tags": []}, {"number": 7, "source": "y", "tags": []}]'
DUE = datetime(2026, 11, 15, 23, 59, tzinfo=UTC)
WHY = Answer("why", "Why?", "Why?", ((2, "The reason."),), "Because.")
OLD = Answer("why", "Why?", "Why?", ((2, "The reason."),), "No idea.")
FILE = {"maths.py": b"def square(x):\n    return x * x\n"}


def ada(**fields: object) -> Report:
    """5 of 7 points for the checks, and a written answer."""
    wrong = verdict("forward", Outcome.WRONG_ANSWER, message="3 is not 4", log="trace of forward")
    hidden = verdict("large", points=5, hidden=True)
    final = {"forward": "v.r", "large": "v.r"}
    return report(wrong, hidden, **{"answers": (WHY,), "files": digests_of(FILE), "keys": final, **fields})


def decided(answer: Answer, points: int, marker: str, **fields: str) -> Decision:
    """A score for what was written then, each later than the one before."""
    decided.at += timedelta(minutes=1)  # type: ignore[attr-defined]
    given = {"comment": "", "reason": ""} | fields
    at = decided.at  # type: ignore[attr-defined]
    about = answer.text_digest, answer.rubric_digest
    return Decision("ada", "why", Fraction(points), given["comment"], *about, marker, at, given["reason"])


decided.at = DUE  # type: ignore[attr-defined]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Ada, who is late; bob and eve, who share a submission; mary, who is quarantined; and karl, who has none."""
    out = tmp_path / "results"
    members = {"ada": ("ada",), "bob_eve": ("bob", "eve"), "mary": ("mary",)}
    graded = Class(
        "tiny",
        "Tiny",
        ("ada", "bob_eve", "mary"),
        missing=("karl",),
        policy=Late(deadline=DUE, percent_per_day=10),
        late={"ada": LateEntry(days=Fraction(2)), "eve": LateEntry(days=Fraction(1))},
        members=members,
        names={"ada": "Ada Lovelace", "eve": "Eve"},
    )
    save_class(out, graded)
    save(out, ada(), Illustrations())
    save(out, ada(submission_id="bob_eve", members=("bob", "eve")), Illustrations())
    save(out, report(submission_id="mary", reason="it is empty (0 bytes)"), Illustrations())
    keep_files(out, FILE.values())
    return out


def shown(found: OneStudent) -> str:
    """What `print_student` writes, in single spaces."""
    terminal, written = console(width=200)
    print_student(terminal, found)
    return re.sub(" +", " ", plain(written.getvalue().decode()))


def test_the_sum_is_traced_to_every_part(out: Path) -> None:
    """Checks, each score with whose it is and for which text, what lateness takes, and the maximum."""
    add_decisions(out, "theo", [decided(OLD, 2, "theo")])
    add_decisions(out, "tina", [decided(WHY, 2, "tina", comment="good")])
    add_decisions(out, "theo", [decided(WHY, 1, "theo", reason="no example")])
    found = find_student(out, "ada")
    assert (found.rows[0].points, found.rows[0].max_points) == (Fraction(24, 5), 9)
    text = shown(found)
    for line in (
        r"ada \(Ada Lovelace\): graded",
        r"forward ✗ wrong answer 0 of 2",
        r"large hidden ✓ passed 5 of 5",
        r"checks 5 of 7",
        r"by hand: why 1 of 2 theo, [-0-9]+ [:0-9]+: 2; for another answer or rubric",
        r"tina, [-0-9]+ [:0-9]+: 2; good",
        r"theo, [-0-9]+ [:0-9]+: 1; reason: no example",
        r"lateness -1.2 2 days late: 20 percent of the points earned are deducted",
        r"total 4.8 of 9",
        r"maths.py 32 bytes [0-9a-f]{12}",
    ):
        assert re.search(line, text), (line, text)


def test_a_score_of_another_answer_does_not_count(out: Path) -> None:
    """There is no total then, and why is said beside it."""
    add_decisions(out, "theo", [decided(OLD, 2, "theo")])
    text = shown(find_student(out, "ada"))
    assert re.search("by hand: why - the answer has changed", text)
    assert re.search(r"total none to be looked at again: why \(the answer has changed\)", text)


def test_members_of_a_group_have_their_own_sums(out: Path) -> None:
    """By any id: a member's shows that member, the submission's all of them."""
    bob, eve, both = (find_student(out, id) for id in ("bob", "eve", "bob_eve"))
    assert [row.points for row in (*bob.rows, *eve.rows)] == [5, Fraction(9, 2)]
    assert both.rows == (*bob.rows, *eve.rows)
    assert "points of bob" in shown(both) and "eve (Eve): graded" in shown(both)
    add_decisions(
        out, "tina", [replace(decided(WHY, 2, "tina"), id="bob_eve"), replace(decided(WHY, 1, "tina"), id="eve")]
    )
    of_bob, of_eve = shown(find_student(out, "bob_eve")).split("points of eve")
    assert re.search("by hand: why 2 of 2 tina, .*: 2 *\n", of_bob) and "total 7 of 9" in of_bob
    assert re.search("by hand: why 1 of 2 tina, .*: 1 *\n", of_eve) and "total 5.4 of 9" in of_eve


@pytest.mark.parametrize(
    ("id", "words"),
    [("mary", "quarantined.*it is empty.*total none"), ("karl", "karl: not submitted.*total none")],
)
def test_who_has_no_points_is_shown_with_the_reason(out: Path, id: str, words: str) -> None:
    """Never as a zero."""
    assert re.search(words, shown(find_student(out, id)), re.DOTALL)


def test_one_check_is_shown_case_by_case(out: Path) -> None:
    """With what the student's code printed."""
    terminal, written = console()
    print_check(terminal, find_student(out, "ada").verdicts("forward"))
    text = plain(written.getvalue().decode())
    for line in ("The claim of forward.", "wrong answer", "3 is not 4", "trace of forward"):
        assert line in text
    assert "large" not in text


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_a_hostile_file_is_text(text: str, encoding: str) -> None:
    """Controls are written out, markup is not obeyed, and nothing is left out, however long."""
    terminal, written = console(encoding)
    print_file(terminal, "maths.py", b"x = 1\n" + text.encode(errors="surrogatepass") + b"\xff\ry = 2\n")
    printed = plain(written.getvalue().decode(encoding))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", printed)
    assert printed.startswith("x = 1\n") and printed.endswith("\\xff\\x0dy = 2\n")
    if text.isascii() and text.isprintable():
        assert text in printed


def test_a_notebook_is_shown_as_its_cells() -> None:
    """They were judged, and the numbers are those that a reader counts."""
    terminal, written = console()
    print_file(terminal, "cells.json", CELLS)
    assert plain(written.getvalue().decode()) == "# %% cell 3\nx = 1\n\n# %% cell 7\ny\n"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("adda",), "adda: nobody in results has this id; similar: ada"),
        (("70099",), "70099: nobody in results has this id; the ids are in grades.csv"),
        (("ada", "--check", "forwards"), "--check forwards: ada has no such check; name one of forward"),
        (("ada", "--file", "../class.json"), "--file ../class.json: ada has no such file; name one of maths.py"),
        (("karl", "--file", "maths.py"), "--file maths.py: karl has no such file; there are none"),
    ],
)
def test_what_is_not_there_is_one_sentence(
    out: Path, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...], words: str
) -> None:
    """With what to do."""
    monkeypatch.chdir(out.parent)
    done = CliRunner().invoke(app, ["show", "results", *given])
    assert isinstance(done.exception, UsageError)
    assert str(done.exception) == words


def test_a_file_that_is_gone_or_damaged_is_told_and_the_rest_is_shown(out: Path) -> None:
    """Only printing it is refused."""
    (path,) = (out / FILES).iterdir()
    path.write_bytes(b"something else")
    done = CliRunner().invoke(app, ["show", str(out), "ada", "--file", "maths.py"])
    assert isinstance(done.exception, UsageError) and "damaged" in str(done.exception)
    path.unlink()
    assert "maths.py not there" in shown(find_student(out, "ada"))
