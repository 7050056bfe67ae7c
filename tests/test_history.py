"""What changed from run to run is told with its reason, from a small file that no kill makes wrong."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sample_reports import report, scored, verdict
from test_cli import _grader, _refused
from test_html import Page
from test_terminal import console, plain
from tiny_course import Course, square
from typer.testing import CliRunner

from grader.assignment.manifest import Late
from grader.cli.app import app
from grader.core.errors import UsageError
from grader.core.verdict import Outcome, Verdict
from grader.pages.changes_terminal import print_changes
from grader.pages.html import student_page
from grader.results.acts import Override
from grader.results.changes import Change, Why, changes
from grader.results.decisions import Decisions
from grader.results.folder import Class, save_class
from grader.results.gradebook import build
from grader.results.history import HISTORY, add_run, attempts_in, before_this, read_runs, standings_after
from grader.results.lateness import LateEntry
from grader.results.marks import Graded
from grader.results.report import Answer, Report, in_short

POLICY = Late.model_validate_json('{"deadline": "2026-11-15T23:59:00Z", "percent_per_day": 10}')
WHY = Answer("why", "Why?", "Why?", ((2, "The reason."),), "Because.")
WRONG = verdict("forward", Outcome.WRONG_ANSWER)
RIGHT = verdict("forward")
RIGHT_TOO = verdict("backward")
WHERE = {"judging": "j", "torch": "2.9", "packages": "p"}


def of(
    id: str, *verdicts: Verdict, on: str = "1" * 64, version: str = "v", torch: str = "2.9", **fields: Any
) -> Report:
    """A final report on what was submitted as `on`, by this version of the checks."""
    where = {**WHERE, "torch": torch, "submission": on}
    keys = {each.check: f"{version}.{on}" for each in verdicts}
    return report(*verdicts, submission_id=id, provenance=where, keys=keys, **fields)


def run(
    out: Path,
    *reports: Report,
    verb: str = "grade",
    late: Mapping[str, LateEntry] | None = None,
    decisions: Decisions | None = None,
    missing: Iterable[str] = (),
) -> None:
    """A run that ends with these reports, which it has in short by then."""
    book = build(map(Graded.of, reports), policy=POLICY, late=late, decisions=decisions, missing=missing)
    add_run(out, read_runs(out), verb, book, [in_short(each) for each in reports])


def last(out: Path, since: int = -1) -> tuple[Change, ...]:
    """What changed in the last run, or since an earlier one."""
    runs = read_runs(out)
    return changes(standings_after(runs[:since]), standings_after(runs))


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (of("ada", RIGHT, on="2" * 64), {Why.SUBMITTED_AGAIN}),
        (of("ada", RIGHT, version="w"), {Why.CHECK_CHANGED}),
        (of("ada", RIGHT, torch="2.10"), {Why.ENVIRONMENT_CHANGED}),
        (of("ada", RIGHT, on="2" * 64, version="w", torch="3"), set(Why) - {Why.RUN_AGAIN, Why.LATE, Why.SCORE}),
        (of("ada", RIGHT), {Why.RUN_AGAIN}),
        (of("ada", replace(RIGHT, max_points=Fraction(3), points=Fraction(3)), version="w"), {Why.CHECK_CHANGED}),
        (of("ada", verdict("backward"), version="w"), {Why.CHECK_CHANGED}),
    ],
)
def test_a_changed_check_has_its_reasons(tmp_path: Path, now: Report, why: set[Why]) -> None:
    """From what to what, and of all that a verdict depends on what is another; nothing of bob, who is as he was."""
    run(tmp_path, of("ada", WRONG), of("bob", RIGHT))
    run(tmp_path, now, of("bob", RIGHT))
    (change,) = last(tmp_path)
    assert (change.id, set(change.why)) == ("ada", why)
    first = change.checks[0]
    assert first.before is None or first.before.outcome is Outcome.WRONG_ANSWER
    assert {each.name: each.now and each.now.points for each in change.checks} == {
        each.name: None for each in change.checks
    } | {each.check: each.points for each in now.verdicts}


def test_points_in_the_place_of_a_check_are_told(tmp_path: Path) -> None:
    """Given, given by somebody else, and taken back: each is a change of that check, by hand."""
    ada = of("ada", WRONG)
    judged = Graded.of(ada).judged("forward")
    assert judged

    def by(marker: str, points: int) -> Decisions:
        given = Override(
            "ada", "forward", Fraction(points), "Fine.", judged.files, judged.version, marker, datetime.now(UTC)
        )
        return Decisions(overrides={("ada", "forward"): (given,)})

    run(tmp_path, ada)
    for decisions, points in ((by("tina", 1), 1), (by("tom", 1), 1), (by("tom", 2), 2), (None, 0)):
        run(tmp_path, ada, verb="manual override", decisions=decisions)
        (change,) = last(tmp_path)
        assert (change.why, change.now and change.now.points) == ((Why.SCORE,), points)
        assert [(each.name, each.now and each.now.points) for each in change.checks] == [("forward", points)]
    run(tmp_path, ada, verb="manual override")
    assert last(tmp_path) == ()


def test_lateness_and_scores_have_their_reasons(tmp_path: Path) -> None:
    """Nothing of the checks; a score whose answer has changed says so."""
    ada = of("ada", RIGHT, answers=(WHY,))
    given = Decisions({("ada", "why"): scored(WHY, Fraction(1))})
    run(tmp_path, ada)
    run(tmp_path, ada, verb="manual import", decisions=given)
    (change,) = last(tmp_path)
    assert (change.why, change.checks) == ((Why.SCORE,), ())
    assert change.before and change.now and (change.before.points, change.now.points) == (2, 3)
    run(tmp_path, ada, decisions=given, late={"ada": LateEntry(days=Fraction(2))})
    (change,) = last(tmp_path)
    assert (change.why, change.now and change.now.points) == ((Why.LATE,), Fraction(12, 5))
    again = of("ada", RIGHT, on="2" * 64, answers=(replace(WHY, text="No idea."),))
    run(tmp_path, again, decisions=given, late={"ada": LateEntry(days=Fraction(2))})
    (change,) = last(tmp_path)
    assert change.scores[0].now and change.scores[0].now.again == "the answer has changed"
    assert change.now and change.now.points is None


def test_a_student_reads_what_became_of_the_submission_before(tmp_path: Path) -> None:
    """By what was submitted, not by run: grading the same again changes nothing, and the page stays as it was."""
    first, second = of("ada", WRONG, RIGHT_TOO, on="1" * 64), of("ada", RIGHT, RIGHT_TOO, on="2" * 64)

    def page(of_report: Report) -> str:
        earlier = before_this(attempts_in(read_runs(tmp_path)).get("ada", ()), of_report)
        return Page(student_page(of_report, earlier=earlier, due=POLICY.deadline)).text

    assert "due 15 November 2026, 23:59 +00:00" in page(first)
    assert "Since your submission" not in page(first)
    run(tmp_path, first)
    run(tmp_path, first, of("bob", RIGHT))
    new = page(second)
    assert "ada · submission 2 of those graded" in new
    assert "Since your submission before ✗ → ✓ forward wrong answer, now passed; 0, now 2 points" in new
    assert new.count("now passed") == 1
    run(tmp_path, second)
    assert page(second) == new
    assert "submission 3" in page(of("ada", WRONG, on="3" * 64))


def test_a_run_that_changes_nothing_is_one_short_line(tmp_path: Path) -> None:
    """And 400 students with ten checks are less than a megabyte at first."""
    class_of_400 = [
        of(str(5001 + at), *(verdict(f"check_number_{n}") for n in range(10)), on=f"{at:064}") for at in range(400)
    ]
    run(tmp_path, *class_of_400)
    size = (tmp_path / HISTORY).stat().st_size
    assert size < 1_000_000
    run(tmp_path, *class_of_400)
    assert (tmp_path / HISTORY).stat().st_size - size < 200
    assert last(tmp_path) == ()
    assert len(read_runs(tmp_path)) == 2


def test_a_report_that_does_not_count_for_a_while_is_compared_with_the_last_that_did(tmp_path: Path) -> None:
    """Quarantined and back: the check is told from what it was, and not as new."""
    run(tmp_path, of("ada", WRONG))
    run(tmp_path, of("ada", reason="it is empty"))
    (change,) = last(tmp_path)
    assert (change.before and change.before.state, change.now and change.now.state) == ("GRADED", "QUARANTINED")
    assert not change.checks
    run(tmp_path, of("ada", RIGHT, on="2" * 64))
    (change,) = last(tmp_path)
    assert (change.why, change.checks[0].before and change.checks[0].before.points) == ((Why.SUBMITTED_AGAIN,), 0)


def test_who_comes_and_who_goes_is_told(tmp_path: Path) -> None:
    """Somebody who comes again is new again."""
    run(tmp_path, of("ada", RIGHT), missing=["karl"])
    run(tmp_path, of("bob", RIGHT), missing=["karl"])
    assert [(each.id, each.before is None, each.now is None) for each in last(tmp_path)] == [
        ("ada", False, True),
        ("bob", True, False),
    ]
    run(tmp_path, of("ada", WRONG), of("bob", RIGHT), missing=["karl"])
    assert [each.id for each in last(tmp_path)] == ["ada"]
    assert [each.id for each in last(tmp_path, 0)] == ["ada", "bob", "karl"]


def some_class(chance: random.Random) -> list[Report]:
    """Of five students some, with some of three checks, passed or not."""
    return [
        of(
            f"s{at}",
            *(
                verdict(name, chance.choice(list(Outcome)[:3]), points=chance.choice((2, 3)))
                for name in ("a", "b", "c")
                if chance.random() < 0.8
            ),
            on=str(chance.randrange(3)) * 64,
            version=chance.choice("vw"),
            reason="it is empty" if chance.random() < 0.1 else "",
        )
        for at in range(5)
        if chance.random() < 0.9
    ]


@pytest.mark.parametrize("seed", range(6))
def test_lines_add_up_to_what_was_wherever_a_kill_cuts_one_off(tmp_path: Path, seed: int) -> None:
    """Of 15 random runs some leave half a line; the classes after the others are as without those."""
    chance = random.Random(seed)
    for _ in range(15):
        graded = some_class(chance)
        whole = tmp_path / "whole"
        whole.mkdir(exist_ok=True)
        run(tmp_path, *graded)
        if chance.random() < 0.4:
            content = (tmp_path / HISTORY).read_bytes()
            begin = content.rfind(b"\n", 0, -1) + 1
            (tmp_path / HISTORY).write_bytes(content[: chance.randrange(begin, len(content))])
            assert [each.students for each in read_runs(tmp_path)] == [each.students for each in read_runs(whole)]
        else:
            run(whole, *graded)
            assert standings_after(read_runs(tmp_path)) == standings_after(read_runs(whole))
    for since in range(len(read_runs(whole))):
        assert last(tmp_path, since) == last(whole, since)
    points = {each.submission_id: each.points for each in graded if not each.reason}
    run(tmp_path, *graded)
    assert {
        id: each.points for id, each in standings_after(read_runs(tmp_path)).items() if each.points is not None
    } == points


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda line: line[:40] + b"\n", "line 1: damaged: it is not JSON"),
        (
            lambda line: line.replace(b'"format": 1', b'"format": 7'),
            "line 1: of format 7; this version of grader reads",
        ),
        (lambda line: line.replace(b'"verb"', b'"colour"'), "line 1: damaged: 'verb'"),
        (lambda line: b"\n" + line, "line 1: damaged: it is not JSON"),
    ],
)
def test_a_damaged_history_is_one_sentence(tmp_path: Path, damage: Any, words: str) -> None:
    """For who reads it, and for a run before it has done anything; nothing is added to it."""
    run(tmp_path, of("ada", RIGHT))
    path = tmp_path / HISTORY
    path.write_bytes(damage(path.read_bytes()))
    damaged = path.read_bytes()
    for act in (lambda: read_runs(tmp_path), lambda: run(tmp_path, of("ada", WRONG))):
        with pytest.raises(UsageError, match=words) as problem:
            act()
        assert str(problem.value).startswith(f"{path} ") and "\n" not in str(problem.value)
    assert path.read_bytes() == damaged


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_what_is_printed(tmp_path: Path, encoding: str) -> None:
    """Who, which, from what to what, and why; in sum the reasons."""
    eve = replace(WRONG, check="[bold]\x1b[2J")
    run(tmp_path, of("ada", WRONG, answers=(WHY,)), of("bob", RIGHT), of("eve", eve), of("ian", RIGHT))
    run(
        tmp_path,
        of("ada", RIGHT, answers=(WHY,), on="2" * 64),
        of("bob", reason="it is empty"),
        of("eve", replace(eve, outcome=Outcome.RUNTIME_ERROR)),
        of("jan", RIGHT),
        decisions=Decisions({("ada", "why"): scored(WHY, Fraction(2))}),
        late={"ada": LateEntry(days=Fraction(1))},
    )
    terminal, written = console(encoding)
    print_changes(terminal, read_runs(tmp_path), 1, last(tmp_path), {"ada": "Ada Lovelace"})
    text = plain(written.getvalue().decode(encoding)).replace("→", "->")
    _, *lines, end = text.splitlines()
    assert lines == [
        "ada (Ada Lovelace): total 0 -> 3.6",
        "  forward: wrong answer, 0 of 2 -> passed, 2 of 2 (submitted again)",
        "  why, by hand: not counted -> 2",
        "  late: 0 -> 1 day",
        "bob: graded -> quarantined; total 2 -> none",
        "eve: total 0 -> none",
        r"  [bold]\x1b[2J: wrong answer, 0 of 2 -> runtime error, 0 of 2 (run again)",
        "  why, by hand: not counted -> no score",
        "new (1): jan",
        "no longer in the class (1): ian",
    ]
    assert end.startswith("3 students changed; ") and "submitted again: 1" in end


@pytest.mark.parametrize(
    ("given", "words"),
    [((), "no run is recorded yet"), (("1",), "run 1: the last one is 1; name one before it, or 0"), (("-1",), "-1")],
)
def test_a_run_that_is_not_there_is_one_sentence(tmp_path: Path, given: tuple[str, ...], words: str) -> None:
    """With those that are."""
    save_class(tmp_path, Class("tiny", "Tiny", ("ada",)))
    if given:
        run(tmp_path, of("ada", RIGHT))
    done = CliRunner().invoke(app, ["diff", str(tmp_path), "--", *given])
    assert isinstance(done.exception, UsageError) and words in str(done.exception)


@pytest.mark.long
@pytest.mark.process
@pytest.mark.harmless
def test_grade_and_manual_import_write_it(tiny: Course, tiny_copy: Path) -> None:
    """By the real commands: a resubmission, a score; and a damaged one ends a run at once."""
    for name, content in tiny.reference.items():
        path = tiny_copy / "in/ada/hw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    maths = tiny_copy / "in/ada/hw/maths.py"
    right = maths.read_bytes()
    maths.write_text(square("return -x"))
    grade = ("grade", "assignments/tiny", "in", "--sandbox", "separate")
    assert _grader(*grade, cwd=tiny_copy).returncode == 0
    maths.write_bytes(right)
    assert _grader(*grade, cwd=tiny_copy).returncode == 0
    told = _grader("diff", "results", cwd=tiny_copy).stdout
    assert "ada: total 1 → 6" in told and "wrong answer, 0 of 3 → passed, 3 of 3 (submitted again)" in told
    (tiny_copy / "sheet.csv").write_text("id,question,points\nada,essay,1\n")
    assert _grader("manual", "import", "results", "sheet.csv", cwd=tiny_copy).returncode == 0
    told = _grader("diff", "results", "1", cwd=tiny_copy).stdout
    assert "run 3 (manual import, " in told and "since run 1 (grade, " in told
    assert "ada: total 1 → 7" in told and "essay, by hand: not counted → 1" in told
    history = tiny_copy / "results" / HISTORY
    history.write_bytes(b"{}\n" + history.read_bytes())
    before = {path: path.read_bytes() for path in (tiny_copy / "results/students").rglob("*.json")}
    maths.write_text(square("return -x"))
    _refused(_grader(*grade, cwd=tiny_copy), "results/history.jsonl line 1: damaged")
    assert {path: path.read_bytes() for path in before} == before
    assert json.loads(history.read_bytes().splitlines()[-1])["verb"] == "manual import"
