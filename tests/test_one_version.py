"""One gradebook, one version: grades of several versions of an assignment, or of a run cut short, are never mixed."""

from __future__ import annotations

import csv
import json
import random
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import lms_downloads
import pytest
from killed import killed
from test_class_of_downloads import SHEETS
from test_cli import _grader, _refused
from test_whole_class import WORK, grades, students
from tiny_course import Course, eventually

from benchmarks.recorded_sandbox import RecordedSandbox
from grader.assignment.assignment import load_assignment
from grader.cli.export import Platform, export
from grader.cli.manual import manual_export, manual_import
from grader.core.errors import UsageError
from grader.exports.canvas import fill_canvas
from grader.exports.moodle import fill_moodle
from grader.files.tables import write_table
from grader.grading.batch import BatchListener
from grader.grading.class_plan import Asked, ClassPlan, make_results, plan_class, record_class
from grader.grading.class_run import grade_class
from grader.grading.context import prepare
from grader.grading.grade import RerunRule
from grader.grading.session import Session
from grader.grading.unchanged import Origin, Page, keep_unchanged
from grader.pages.write import settle_class, write_student_page
from grader.results.decisions import read_decisions
from grader.results.folder import read_class, reports
from grader.results.one_version import book_in_order
from grader.results.report import Report

COUNT = 20
DUE = {str(70_001 + number): WORK[number % len(WORK)][1] for number in range(COUNT)}
# The same where the check `squares` is worth 3 points more: only two kinds of submissions pass it.
DEARER = {id: str(int(points) + 3) if points in ("6", "5") else points for id, points in DUE.items()}
YET = ("", "NOT_GRADED_YET")
CHECKS, MANIFEST = "checks.py", "assignment.toml"


class Stopped(Exception):
    """What ends a run in its middle."""


class InTurn(Executor):
    """Does at once what it is given, and begins nothing more once something raised.

    With a thread, the machine would decide how many are graded before the run hears that it is to stop.
    """

    def __init__(self) -> None:
        self._stopped = False

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if not self._stopped:
            try:
                future.set_result(work(*args, **kwargs))
            except Stopped as stopped:
                self._stopped = True
                future.set_exception(stopped)
        return future


class Class:
    """A class of twenty, its assignment, which may be changed, and its results."""

    def __init__(self, tiny: Course, sandbox: RecordedSandbox, home: Path) -> None:
        self.folder, self.out, self._sandbox = home / "assignments/tiny", home / "results", sandbox
        self.source = lms_downloads.plain(students(tiny, COUNT), home / "in")

    def run(self, *sources: Path, check: Sequence[str] | None = None, stop_after: int = 1000, **asked: Any) -> None:
        """`grader grade`, which may be ended after some reports."""
        plan = plan_class(self.folder, sources or [self.source], self.out, Asked(**asked))
        make_results(self.out)
        record_class(plan, self.out)
        page = partial(write_student_page, self.out, plan.record, decisions=read_decisions(self.out))
        if not check:
            origin = Origin.of(self.folder, self._sandbox.level, self._sandbox.device)
            plan = keep_unchanged(plan, self.out, origin, page)
        if plan.ids:
            self._grade(plan, page, RerunRule(checks=check), stop_after)
        settle_class(self.out)

    def _grade(self, plan: ClassPlan, page: Page, rerun: RerunRule, stop_after: int) -> None:
        assignment = load_assignment(self.folder)
        session = Session(self._sandbox, prepare(assignment, assignment.checks))  # type: ignore[arg-type]
        finished: list[str] = []

        def done(report: Report, kept: bool) -> None:
            finished.append(report.submission_id)
            if len(finished) > stop_after:
                raise Stopped

        whole, listener = partial(settle_class, self.out), BatchListener(done=done)
        with InTurn() as pool:
            grade_class(session, plan, self.out, pool, page=page, whole=whole, listener=listener, rerun=rerun)

    def points(self) -> dict[str, str]:
        """By id, where everybody is graded."""
        found = grades(self.out)
        assert {state for _, state in found.values()} == {"GRADED"}
        return {id: points for id, (points, _) in found.items()}


def change(path: Path, old: str, new: str) -> None:
    """Edit a file of the assignment."""
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))


def version(folder: Path) -> dict[str, str]:
    """Of the assignment as it is now."""
    assignment = load_assignment(folder)
    return prepare(assignment, assignment.checks).version


@pytest.fixture
def taught(tiny: Course, recorded: RecordedSandbox, tiny_copy: Path) -> Class:
    """A class that was graded once."""
    found = Class(tiny, recorded, tiny_copy)
    found.run()
    assert found.points() == DUE
    assert book_in_order(found.out).max_points == 6
    return found


def refused(taught: Class, words: str) -> None:
    """Every verb that takes grades refuses, and writes nothing."""
    target, sheet = taught.out.parent / "target.csv", taught.out.parent / "sheet.csv"
    sheet.write_text("id,question,points\n70001,essay,1\n")
    for act in (
        lambda: export(taught.out, Platform.CSV, target),
        lambda: export(taught.out, Platform.GRADESCOPE, target),
        lambda: manual_export(taught.out, target),
        lambda: manual_import(taught.out, sheet),
    ):
        with pytest.raises(UsageError, match=words):
            act()
    assert not target.exists() and not (taught.out / "marks").exists()


def test_a_rerun_with_changed_points_that_is_cut_short_gives_nobody_old_points(taught: Class) -> None:
    """Before, 333 of 390 were exported with them; and after `manual import` the same answer was worth 2 and 4."""
    change(taught.folder / CHECKS, "points=3", "points=6")
    with pytest.raises(Stopped):
        taught.run(stop_after=6)
    refused(
        taught, r"the last run did not end, and 20 of 20 may be as before it \(70001, .* and 10 more\); run it again"
    )
    assert set(grades(taught.out).values()) == {YET}
    settle_class(taught.out)  # as on Ctrl-C
    found = grades(taught.out)
    assert Counter(state for _, state in found.values()) == {"GRADED": 7, "NOT_GRADED_YET": 13}
    assert all(entry in ((DEARER[id], "GRADED"), YET) for id, entry in found.items())
    export(taught.out, Platform.CSV, taught.out.parent / "mixed.csv", anyway=True)
    mixed = list(csv.DictReader((taught.out.parent / "mixed.csv").read_text().splitlines()))
    assert {row["points"] for row in mixed if DUE[row["id"]] == "6"} == {"6", "9"}
    taught.run()
    assert taught.points() == DEARER
    manual_export(taught.out, taught.out.parent / "manual.csv")


def test_a_run_that_ends_on_some_does_not_end_another_on_the_rest(taught: Class) -> None:
    """After resubmissions a report may be on the old one, by the same version: only a run on it settles that."""
    for words in taught.source.glob("*/hw/words.py"):
        words.write_text(words.read_text() + "# again")
    with pytest.raises(Stopped):
        taught.run(stop_after=3)
    taught.run(only=["70001", "70002"])
    refused(taught, "the last run did not end, and 18 of 20 may be as before it")
    (taught.source / "70003").rename(taught.source.parent / "70003")
    taught.run(drop=True)
    assert (read_class(taught.out).pending, book_in_order(taught.out).earlier) == ((), ())
    assert taught.points() == {id: points for id, points in DUE.items() if id != "70003"}


def test_a_part_of_a_class_or_of_its_checks_by_another_version_is_told(taught: Class, tmp_path: Path) -> None:
    """`--only`, `--check` and a download of late-comers; a run with all of them settles it."""
    change(taught.folder / CHECKS, "points=3", "points=6")
    taught.run(only=["70001"])
    refused(taught, r"19 of 20 are by an earlier version of the assignment \(70002, 70003, .* and 9 more\)")
    assert grades(taught.out) == dict.fromkeys(DUE, YET) | {"70001": ("9", "GRADED")}
    taught.run(check=["greets"])
    refused(taught, "19 of 20 are by an earlier version")
    taught.run()
    assert taught.points() == DEARER
    change(taught.folder / CHECKS, "points=6", "points=3")
    late = tmp_path / "late/70099"
    late.parent.mkdir()
    (taught.source / "70001").rename(late)
    taught.run(late.parent)
    refused(taught, "20 of 21 are by an earlier version")
    taught.run(taught.source, late.parent, drop=True)
    assert taught.points() == {id: points for id, points in DUE.items() if id != "70001"} | {"70099": DUE["70001"]}


def test_a_change_taken_back_before_anything_was_graded_by_it_leaves_nothing_in_doubt(
    taught: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run after it grades nothing, and knows the version by what it keeps."""

    def stop(*_: object, **__: object) -> None:
        raise Stopped

    change(taught.folder / CHECKS, "points=3", "points=6")
    monkeypatch.setattr("grader.grading.class_run.grade_batch", stop)
    with pytest.raises(Stopped):
        taught.run()
    refused(taught, "20 of 20 are by an earlier version")
    change(taught.folder / CHECKS, "points=6", "points=3")
    taught.run()
    assert (read_class(taught.out).pending, book_in_order(taught.out).earlier) == ((), ())
    assert taught.points() == DUE


@pytest.mark.parametrize(
    ("file", "old", "new", "another"),
    [
        (CHECKS, "SEED = 42", "SEED = 42  # the answer", False),
        (CHECKS, "says hello by name", "greets by name", False),
        (MANIFEST, 'title = "A tiny', 'title = "The tiny', False),
        (MANIFEST, 'prompt = "Why?"', 'prompt = "Why, please?"', False),
        (CHECKS, "points=1", "points=2", True),
        (CHECKS, "atol=1e-5", "atol=1e-4", True),
        (CHECKS, 'seconds=2, expect=[equal("', 'seconds=3, expect=[equal("', True),
        (MANIFEST, "seconds = 30", "seconds = 40", True),
        (MANIFEST, "points = 1", "points = 2", True),
        (MANIFEST, "A reason.", "A good reason.", True),
        ("hw/__init__.py", "", "KNOWN = 1\n", True),
    ],
)
def test_a_version_is_what_points_depend_on(tiny_copy: Path, file: str, old: str, new: str, another: bool) -> None:
    """Points, criteria, limits, rubrics and provided files; no comment, title or prompt."""
    shutil.rmtree(tiny_copy / "solutions")  # with it, other provided files make expected values stale
    folder = tiny_copy / "assignments/tiny"
    before = version(folder)
    change(folder / file, old, new)
    assert (version(folder) != before) == another


def test_a_corrected_comment_leaves_all_of_one_version(taught: Class) -> None:
    """Also where only one submission is graded again; each report has the version of the assignment."""
    change(taught.folder / CHECKS, "SEED = 42", "SEED = 42  # the answer")
    taught.run(only=["70001"])
    assert taught.points() == DUE
    book_in_order(taught.out)
    graded = read_class(taught.out)
    assert graded.version == version(taught.folder)
    assert all(report.version == graded.version for report in reports(taught.out, graded))


@pytest.mark.long
@pytest.mark.parametrize("platform", ["canvas", "moodle"])
def test_four_hundred_get_what_is_due_through_kills_changed_points_and_marks(
    tiny: Course, recorded: RecordedSandbox, tiny_copy: Path, platform: str
) -> None:
    """Two markers, points changed, two runs killed, a third of the answers submitted again: no row differs."""
    ids = [str(5001 + number) for number in range(400)]
    build = {"canvas": lms_downloads.canvas, "moodle": lms_downloads.moodle}[platform]

    def work(number: int, essay: str) -> dict[str, bytes]:
        changed = {name: text.encode() for name, text in WORK[number % 5][0].items()}
        files = {**tiny.reference, **changed}
        files["words.py"] = re.sub(rb"essay = .*", f"essay = {essay!r}".encode(), files["words.py"])
        return {f"hw/{name}": content for name, content in files.items()}

    first = {id: work(at, f"Because {at % 3}.") for at, id in enumerate(ids)}
    later = {id: work(at, f"For {at % 3}." if at % 3 == 0 else f"Because {at % 3}.") for at, id in enumerate(ids)}
    taught = Class(tiny, recorded, tiny_copy)
    taught.run(build(first, tiny_copy / "first"))
    half = {"tina": lambda at: at % 2 == 0, "theo": lambda at: at % 2 == 1}
    given = {id: Fraction(at % 4, 4) for at, id in enumerate(ids)}
    for marker, mine in half.items():
        mark(taught.out, marker, {id: given[id] for at, id in enumerate(ids) if mine(at)})
    change(taught.folder / CHECKS, "points=3", "points=6")
    source = build(later, tiny_copy / "later")
    taught.run(source, only=ids[:15])  # one of each kind, so that all is recorded
    moments = random.Random(platform)
    for _ in range(2):
        killed(partial(taught.run, source), taught.out, at=moments.randrange(500, 3000))
        with pytest.raises(UsageError, match="the last run did not end"):
            book_in_order(taught.out)
    taught.run(source)
    again = {id: Fraction(1, 2) for at, id in enumerate(ids) if at % 6 == 0}
    mark(taught.out, "theo", again)

    due = {}  # worked out here; who has submitted another answer and was not scored again keeps the cell
    for at, id in enumerate(ids):
        by_hand = again.get(id) if at % 3 == 0 else given[id]
        checks = int(WORK[at % 5][1]) + 3 * (WORK[at % 5][1] in ("6", "5"))
        due[id] = "" if by_hand is None else f"{float(checks + by_hand):.2f}".rstrip("0").rstrip(".")
    sheet = tiny_copy / "sheet.csv"
    sheet.write_text(SHEETS[platform]({id: lms_downloads.name_of(first, id) for id in ids}))
    book = book_in_order(taught.out)
    filled = fill_canvas(book, sheet) if platform == "canvas" else fill_moodle(book, sheet)
    rows = list(csv.reader(filled.content.decode().splitlines()))[-400:]
    found = {row[1] if platform == "canvas" else row[0].split()[1]: row[5] for row in rows}
    assert found == due
    assert len(filled.filled) == sum(points != "" for points in due.values()) == 333
    assert f"{ids[3]}: GRADED, to be looked at again: essay (the answer has changed)" in filled.without_points


def mark(out: Path, marker: str, points: Mapping[str, Fraction]) -> None:
    """Fill in a sheet that was exported now, and import it."""
    path = out.parent / f"{marker}.csv"
    path.unlink(missing_ok=True)
    manual_export(out, path)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    mine = [{**row, "points": str(float(points[row["id"]]))} for row in rows if row["id"] in points]
    path.write_bytes(write_table(list(rows[0]), [list(row.values()) for row in mine]))
    manual_import(out, path, marker=marker)


@pytest.mark.long
def test_after_kill_9_nothing_is_exported_until_the_run_is_repeated(tiny: Course, tiny_copy: Path) -> None:
    """By the real commands; and a `--only` that leaves the others behind ends with exit status 2."""
    made = students(tiny, 3)
    made["70001"]["hw/maths.py"] = b"import time; time.sleep(1.5)\n" + made["70001"]["hw/maths.py"]
    lms_downloads.plain(made, tiny_copy / "in")
    grade = ("grade", "assignments/tiny", "in", "--sandbox", "separate")
    command = [str(Path(sys.executable).with_name("grader")), *grade]
    running = subprocess.Popen(command, cwd=tiny_copy, stdout=subprocess.DEVNULL)
    record = tiny_copy / "results/class.json"
    assert eventually(lambda: record.exists() and bool(json.loads(record.read_bytes())["pending"]), seconds=60)
    running.send_signal(signal.SIGKILL)
    running.wait()
    to_csv = ("export", "results", "--to", "csv", "--out", "grades.csv")
    words = "results: the last run did not end, and 3 of 3 may be as before it (70001, 70002, 70003); run it again"
    _refused(_grader(*to_csv, cwd=tiny_copy), words)
    _refused(_grader("manual", "export", "results", cwd=tiny_copy), words)
    assert _grader(*to_csv, "--anyway", cwd=tiny_copy).returncode == 0
    assert _grader(*grade, cwd=tiny_copy).returncode == 0
    assert _grader(*to_csv, cwd=tiny_copy).returncode == 0
    checks = tiny_copy / "assignments/tiny/checks.py"
    checks.write_text(checks.read_text().replace("points=3", "points=6"))
    only = _grader(*grade, "--only", "70002", cwd=tiny_copy)
    assert only.returncode == 2
    assert (
        "results: 2 of 3 are by an earlier version of the assignment (70001, 70003); run `grader grade`" in only.stderr
    )
