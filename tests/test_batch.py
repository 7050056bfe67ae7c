"""A batch: every submission of a folder gets its report, whatever the others do and whatever happens to the grader."""

from __future__ import annotations

import csv
import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tiny_course import Course, descendants, eventually, living, run_batch, square

from benchmarks.recorded_sandbox import RecordedSandbox
from grader.assignment.handout import NO_HANDOUT, Handout
from grader.assignment.manifest import Criterion, Manifest
from grader.core.errors import SandboxError, UsageError
from grader.core.limits import Limits
from grader.core.submission import SavedFigure, Submission
from grader.core.verdict import Outcome
from grader.exports.gradescope import results_json
from grader.grading.batch import BatchListener, set_aside
from grader.grading.context import GradingContext
from grader.grading.grade import RUN_WHAT_CHANGED, RerunRule, grade, try_again
from grader.grading.session import Session
from grader.grading.tasks import tasks_of
from grader.pages.write import settle_with_pages, write_student_page
from grader.results.decisions import Decisions, read_decisions
from grader.results.folder import HALF, UNPACKED, Class, folder_of, read_report, save_class, settle
from grader.results.manual import asked, import_sheet
from grader.results.redaction import QUARANTINE_MESSAGE
from grader.results.report import Report, State, from_json
from grader.sandbox.run import Running
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.slot import Slot
from grader.sandbox.worker_process import WorkerProcess
from grader.submissions import unpacking
from grader.submissions.intake import plan
from grader.submissions.pending import Entry

BAD_ID = "no id!"


def _submit(folder: Path, reference: Mapping[str, bytes], **modules: str) -> Path:
    """A submission: the reference with some modules replaced."""
    package = folder / "hw"
    package.mkdir(parents=True)
    for name, source in reference.items():
        (package / name).write_bytes(source)
    for name, text in modules.items():
        (package / f"{name}.py").write_text(text)
    return folder


def _class(tiny: Course, source: Path) -> Class:
    found = plan(source)
    names = [*(each.id for each in found.entries), *(each.name for each in found.quarantined)]
    return Class("tiny", "Tiny", tuple(names), set_aside=tuple(each.name for each in found.quarantined))


def _grade(
    tiny: Course,
    source: Path,
    sandbox: Any,
    out: Path,
    rerun: RerunRule = RUN_WHAT_CHANGED,
    context: GradingContext | None = None,
) -> tuple[dict[str, Report], list[tuple[str, bool]]]:
    """The whole reports, and what the batch told on the way."""
    told: list[tuple[str, bool]] = []
    found, graded = plan(source), _class(tiny, source)
    out.mkdir(exist_ok=True)
    save_class(out, graded)
    page = partial(write_student_page, out, graded, decisions=read_decisions(out))
    listener = BatchListener(done=lambda report, kept: told.append((report.submission_id, kept)))
    context = context or tiny.context
    aside = set_aside(Session(sandbox, context), found.quarantined, out, page)
    short = run_batch(context, found.entries, sandbox, out, jobs=2, listener=listener, page=page, rerun=rerun)
    settle(out)
    whole = {each.submission_id: read_report(out, each.submission_id) for each in (*aside, *short)}
    return {name: report for name, report in whole.items() if report}, told


def _rows(out: Path) -> dict[str, dict[str, str]]:
    """The rows of the gradebook by id."""
    return {row["id"]: row for row in csv.DictReader((out / "grades.csv").read_text(encoding="utf-8").splitlines())}


def test_every_kind_of_submission_gets_what_it_should(sandbox: Sandbox, tiny: Course, tmp_path: Path) -> None:
    """Good, bad, printing, empty, oddly named and linked submissions: each has a report, a log and a row."""
    source, out = tmp_path / "in", tmp_path / "out"
    _submit(source / "good", tiny.reference)
    _submit(source / "bad", tiny.reference, maths=square("print('I was here'); return x"))
    _submit(source / BAD_ID, tiny.reference)
    linked = _submit(source / "linked", tiny.reference)
    (linked / "hw" / "more.py").symlink_to("/etc/passwd")
    (source / "empty").mkdir()
    reports, told = _grade(tiny, source, sandbox, out)
    assert {name: report.state for name, report in reports.items()} == {
        "good": State.GRADED,
        "bad": State.GRADED,
        BAD_ID: State.QUARANTINED,
        "linked": State.GRADED,
        "empty": State.QUARANTINED,
    }
    assert {name: report.points for name, report in reports.items() if report.verdicts} == {
        "good": 6,
        "bad": Fraction(1),
        "linked": 6,
    }
    assert sorted(told) == [(name, False) for name in sorted(reports) if name != BAD_ID]
    for name in reports:
        folder = folder_of(out, name)
        assert folder.parent == out / "students"
        assert {path.name for path in folder.iterdir()} == {"log.txt", "report.html", "report.json", "shown.json"}
    assert "== squares[small]: WRONG_ANSWER\nI was here" in (out / "students/bad/log.txt").read_text()
    assert reports["good"].answers[0].text == "Because."
    rows = _rows(out)
    assert {name: (row["points"], row["state"]) for name, row in rows.items()} == {
        "good": ("6", "GRADED"),
        "bad": ("1", "GRADED"),
        BAD_ID: ("", "QUARANTINED"),
        "linked": ("6", "GRADED"),
        "empty": ("", "QUARANTINED"),
    }


def test_no_student_reads_what_the_intake_says_of_others(sandbox: Sandbox, tiny: Course, tmp_path: Path) -> None:
    """Why something was quarantined may name other people's files: not when it is graded, nor when pages are anew."""
    source, out = tmp_path / "in", tmp_path / "out"
    _submit(source / BAD_ID, tiny.reference)
    reports, _ = _grade(tiny, source, sandbox, out)
    aside = reports[BAD_ID]
    page = folder_of(out, BAD_ID) / "report.html"
    assert BAD_ID in aside.reason
    for _ in range(2):
        assert QUARANTINE_MESSAGE in page.read_text()
        assert aside.reason not in page.read_text()
        page.unlink()
        settle_with_pages(out)
    (row,) = settle(out)[0].rows
    told = results_json(_class(tiny, source).as_told(aside), row).decode()
    assert QUARANTINE_MESSAGE in told
    assert aside.reason not in told


def test_the_same_folder_gives_the_same_grades(best: Sandbox, tiny: Course, tmp_path: Path) -> None:
    """Grading again writes the same gradebook, byte for byte."""
    source = tmp_path / "in"
    _submit(source / "good", tiny.reference)
    _submit(source / "bad", tiny.reference, maths=square("return x"))
    _grade(tiny, source, best, tmp_path / "one")
    _grade(tiny, source, best, tmp_path / "two")
    assert (tmp_path / "one/grades.csv").read_bytes() == (tmp_path / "two/grades.csv").read_bytes()


class _SlowAtFirst:
    """The sandbox at hand, in which the first run of each check of one submission is given far too little time."""

    def __init__(self, sandbox: Any, marker: bytes, times: int = 1) -> None:
        self._sandbox, self._marker, self._times = sandbox, marker, times
        self._marked: set[int] = set()
        self.late = 0
        self.level, self.device = sandbox.level, sandbox.device

    def place(self, files: Mapping[str, bytes], *, secret: bool = False) -> Slot:
        place = self._sandbox.place(files, secret=secret)
        if any(self._marker in content for content in files.values()):
            self._marked.add(id(place))
        return place

    def begin(self, place: Slot, work: Mapping[str, Any], limits: Limits) -> Running:
        if id(place) in self._marked and work.get("check") == "greets" and self.late < self._times:
            self.late += 1
            limits = limits.within(0.001)
        return self._sandbox.begin(place, work, limits)

    def open(self, place: Slot, common: Mapping[str, Any], limits: Limits) -> WorkerProcess:
        """Each case runs alone."""
        self.discard(place)
        raise SandboxError("no process is shared here")

    def discard(self, place: Slot) -> None:
        self._sandbox.discard(place)

    def stop(self) -> None:
        """The sandbox at hand is other tests' too."""


def test_what_ran_out_of_time_is_tried_again(recorded: RecordedSandbox, tiny: Course, tmp_path: Path) -> None:
    """A check that a busy machine stopped passes on the second try, and the saved report says so."""
    source, out = tmp_path / "in", tmp_path / "out"
    _submit(source / "other", tiny.reference)
    _submit(source / "unlucky", tiny.reference, words=tiny.reference["words.py"].decode() + "# unlucky\n")
    sandbox = _SlowAtFirst(recorded, b"# unlucky")
    reports, told = _grade(tiny, source, sandbox, out)
    assert sandbox.late == 1
    assert {verdict.outcome for verdict in reports["unlucky"].verdicts} == {Outcome.PASSED}
    assert sorted(told) == [("other", False), ("unlucky", False)]
    assert from_json((out / "students/unlucky/report.json").read_bytes()).points == 6


def test_a_report_that_is_lost_before_the_second_try_is_made_again(
    recorded: RecordedSandbox, tiny: Course, tmp_path: Path
) -> None:
    """Deleted by somebody while the run goes on: those students are graded whole."""
    source, out = tmp_path / "in", tmp_path / "out"
    for name in ("unlucky", "zoe"):
        _submit(source / name, tiny.reference, words=tiny.reference["words.py"].decode() + "# unlucky\n")
    slow = _SlowAtFirst(recorded, b"# unlucky", times=2)

    def lose(id: str) -> None:
        shutil.rmtree(out / "students" / id)

    listener = BatchListener(waits=lose)
    page = partial(write_student_page, out, _class(tiny, source), decisions=Decisions())
    short = run_batch(tiny.context, plan(source).entries, slow, out, listener=listener, page=page)
    assert slow.late == 2
    assert [(report.submission_id, report.points) for report in short] == [("unlucky", 6), ("zoe", 6)]
    report = read_report(out, "unlucky")
    assert report is not None and report.points == 6
    assert "<p>Because.</p>" in (out / "students/unlucky/report.html").read_text()


def test_an_endless_loop_is_still_late_on_the_second_try(best: Sandbox, tiny: Course, tmp_path: Path) -> None:
    """A true TIME_LIMIT stays one."""
    source = tmp_path / "in"
    _submit(source / "loops", tiny.reference, words="essay = ''\n\ndef greet(name):\n    while True:\n        pass\n")
    reports, _ = _grade(tiny, source, best, tmp_path / "out")
    outcomes = {verdict.check: verdict.outcome for verdict in reports["loops"].verdicts}
    assert outcomes["greets"] is Outcome.TIME_LIMIT
    assert outcomes["squares"] is Outcome.PASSED


class _FailsOn:
    """A fake sandbox: our own mistake on one submission."""

    def __init__(self, sandbox: Any, marker: bytes, error: Exception) -> None:
        self._sandbox, self._marker, self._error = sandbox, marker, error
        self.level, self.device = sandbox.level, sandbox.device

    def place(self, files: Mapping[str, bytes], *, secret: bool = False) -> Slot:
        if any(self._marker in content for content in files.values()):
            raise self._error
        return self._sandbox.place(files, secret=secret)

    def begin(self, place: Slot, work: Mapping[str, Any], limits: Limits) -> Running:
        return self._sandbox.begin(place, work, limits)

    def open(self, place: Slot, common: Mapping[str, Any], limits: Limits) -> WorkerProcess:
        """Each case runs alone."""
        self.discard(place)
        raise SandboxError("no process is shared here")

    def discard(self, place: Slot) -> None:
        self._sandbox.discard(place)

    def stop(self) -> None:
        """The sandbox at hand is other tests' too."""


@pytest.mark.parametrize("error", [RuntimeError("ours"), SandboxError("ours"), OSError("ours")], ids=repr)
def test_our_mistake_on_one_submission_is_not_a_zero(
    recorded: RecordedSandbox, tiny: Course, tmp_path: Path, error: Exception
) -> None:
    """Where the grader itself fails, that report is unfinished and no zero in the gradebook; others are graded."""
    source, out = tmp_path / "in", tmp_path / "out"
    _submit(source / "fine", tiny.reference)
    _submit(source / "unlucky", tiny.reference, words=tiny.reference["words.py"].decode() + "# unlucky\n")
    reports, _ = _grade(tiny, source, _FailsOn(recorded, b"# unlucky", error), out)
    assert reports["fine"].points == 6
    assert reports["unlucky"].state is State.UNFINISHED
    assert {verdict.outcome for verdict in reports["unlucky"].verdicts} == {Outcome.GRADER_ERROR}
    assert all("ours" in verdict.message for verdict in reports["unlucky"].verdicts)
    rows = _rows(out)
    assert rows["unlucky"]["points"] == ""


def test_no_hidden_check_begins_before_the_last_public_one(best: Sandbox, tiny: Course, tmp_path: Path) -> None:
    """Second tries included: what a student reads is fixed before code of any student has seen a hidden input."""
    source = tmp_path / "in"
    for name in ("ada", "bob", "unlucky"):
        words = tiny.reference["words.py"].decode() + f"# {name}\n"
        _submit(source / name, tiny.reference, words=words)
    begun: list[str] = []

    class Ordered(_SlowAtFirst):
        def begin(self, place: Slot, work: Mapping[str, Any], limits: Limits) -> Running:
            begun.append(work.get("check", ""))
            return super().begin(place, work, limits)

    sandbox = Ordered(best, b"# unlucky")
    reports, _ = _grade(tiny, source, sandbox, tmp_path / "out")
    assert sandbox.late == 1 and {report.points for report in reports.values()} == {6}
    hidden = {check.name for check in tiny.context.checks if check.hidden}
    last = max(number for number, name in enumerate(begun) if name and name not in hidden)
    assert min(number for number, name in enumerate(begun) if name in hidden) > last


def test_what_waits_for_its_second_try_has_no_points(recorded: RecordedSandbox, tiny: Course, tmp_path: Path) -> None:
    """A run that ends before it: neither a row with a zero, nor a sheet for its answers, nor a page; then a rerun."""
    source, out = tmp_path / "in", tmp_path / "out"
    _submit(source / "unlucky", tiny.reference, words=tiny.reference["words.py"].decode() + "# unlucky\n")

    class Ended(_SlowAtFirst):
        def begin(self, place: Slot, work: Mapping[str, Any], limits: Limits) -> Running:
            if self.late and "answers" not in work:  # which are read before
                self.discard(place)
                raise KeyboardInterrupt
            return super().begin(place, work, limits)

    ended = Ended(recorded, b"# unlucky")
    context = replace(tiny.context, checks=tuple(each for each in tiny.context.checks if each.name == "greets"))
    with pytest.raises(KeyboardInterrupt):
        _grade(tiny, source, ended, out, context=context)
    assert (out / "students/unlucky" / HALF).is_file()
    book, _ = settle_with_pages(out)
    assert [(row.id, row.state, row.points) for row in book.rows] == [("unlucky", State.NOT_GRADED_YET, None)]
    assert not (out / "students/unlucky/report.html").exists()
    reports, _ = _grade(tiny, source, recorded, out, context=context)
    assert reports["unlucky"].points == 1
    assert [row.state for row in settle(out)[0].rows] == [State.GRADED]


def test_an_error_while_saving_begins_no_further_submission(best: Sandbox, tiny: Course, tmp_path: Path) -> None:
    """A full disk or Ctrl-C ends the batch after what is under way, not after everybody."""
    source = tmp_path / "in"
    for number in range(12):
        _submit(source / f"student{number}", tiny.reference)
    begun: list[Slot] = []

    class Counting(_FailsOn):
        def begin(self, place: Slot, work: Mapping[str, Any], limits: Limits) -> Running:
            begun.append(place)
            return super().begin(place, work, limits)

    def full(report: Report) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        sandbox, listener = Counting(best, b"never", OSError()), BatchListener(half=full)
        run_batch(tiny.context, plan(source).entries, sandbox, tmp_path / "out", listener=listener)
    assert len(begun) < 12 * 4 / 2


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["SIGKILL", "SIGINT"])
def test_a_grader_ended_midway_leaves_whole_reports_only(
    tiny: Course, best: Sandbox, tmp_path: Path, number: signal.Signals
) -> None:
    """However `grader grade` ends, every report.json there is can be read, and nothing of it runs on."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background ignores it
    source, out = tmp_path / "in", tmp_path / "out"
    slow = square("import time; time.sleep(x.dim() == 2); return x * x")  # in the hidden check
    for student in range(20):
        _submit(source / f"student{student:02}", tiny.reference, maths=slow)
    home = tiny.context.assignment.folder
    command = [str(Path(sys.executable).with_name("grader")), "grade", str(home), str(source), "--out", str(out)]
    command += ["-j", "2", "--sandbox", best.level.value]
    grading = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert eventually(lambda: len(list(out.glob("students/*/report.json"))) >= 3, seconds=120)
        below = descendants(grading.pid)
        asked = time.monotonic()
        grading.send_signal(number)
        _, said = grading.communicate(timeout=60)
    finally:
        grading.kill()
    assert grading.returncode not in (0, 1)
    assert "Traceback" not in said
    assert time.monotonic() - asked < 20
    found = list(out.glob("students/*/report.json"))
    assert 3 <= len(found) < 20
    assert all(from_json(path.read_bytes()).points == 6 for path in found)
    rows = _rows(out)
    assert len(rows) == 20, "students who were not reached are there too"
    known = {path.parent.name for path in found} if number == signal.SIGINT else set()
    assert {id for id, row in rows.items() if (row["state"], row["points"]) == ("GRADED", "6")} == known
    assert {row["points"] for id, row in rows.items() if id not in known} == {""}
    assert {row["state"] for id, row in rows.items() if id not in known} == {"NOT_GRADED_YET"}
    assert f"{20 - len(known)} not graded yet" in (out / "index.html").read_text()
    assert not (out / UNPACKED).exists() or number == signal.SIGKILL
    assert eventually(lambda: not below & living().keys(), seconds=20)


class _Counting(_FailsOn):
    """The sandbox at hand; `begun` has the checks that were begun in it."""

    def __init__(self, sandbox: Any) -> None:
        super().__init__(sandbox, b"never", OSError())
        self.begun: list[str] = []

    def begin(self, place: Slot, work: Mapping[str, Any], limits: Limits) -> Running:
        if "check" in work:
            self.begun.append(work["check"])
        return super().begin(place, work, limits)


def _files(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_a_rerun_keeps_what_is_done(recorded: RecordedSandbox, tiny: Course, tmp_path: Path) -> None:
    """Nothing is run again and no byte changes; who submitted again is graded again, and nobody else."""
    source, out = tmp_path / "in", tmp_path / "out"
    for name in ("ada", "bob"):
        _submit(source / name, tiny.reference)
    _grade(tiny, source, recorded, out)
    before, counting = _files(out), _Counting(recorded)
    _, told = _grade(tiny, source, counting, out)
    assert (counting.begun, sorted(told)) == ([], [("ada", True), ("bob", True)])
    assert _files(out) == before
    (source / "bob/hw/maths.py").write_text(square("return -x"))
    reports, told = _grade(tiny, source, counting, out)
    assert sorted(told) == [("ada", True), ("bob", False)]
    assert len(counting.begun) == len(tasks_of(tiny.context.checks))
    assert (reports["ada"].points, reports["bob"].points < 6) == (6, True)


def test_only_what_a_change_concerns_is_run_again(recorded: RecordedSandbox, tiny: Course, tmp_path: Path) -> None:
    """A check that is judged in another way is run anew, the others stand; so it is where one is asked for."""
    source, out = tmp_path / "in", tmp_path / "out"
    _submit(source / "ada", tiny.reference)
    first, _ = _grade(tiny, source, recorded, out)
    counting = _Counting(recorded)
    changed = replace(tiny.context, judgements={**tiny.context.judgements, "greets": "another"})
    second, _ = _grade(tiny, source, counting, out, context=changed)
    assert counting.begun == ["greets"]
    _grade(tiny, source, counting, out, RerunRule(checks=["essay_written"]), context=changed)
    assert counting.begun == ["greets", "essay_written"]
    _grade(tiny, source, counting, out, context=changed)
    assert counting.begun == ["greets", "essay_written"]
    third, _ = _grade(tiny, source, counting, out, RerunRule(force=True), context=changed)
    assert len(counting.begun) == 2 + len(tasks_of(tiny.context.checks))
    for report in (second["ada"], third["ada"]):
        assert report.points == first["ada"].points == 6
        assert [each.name for each in report.verdicts] == [each.name for each in first["ada"].verdicts]
        assert [answer.text for answer in report.answers] == ["Because."]


def test_a_check_that_was_asked_for_does_not_hide_that_others_are_old(
    recorded: RecordedSandbox, tiny: Course, tmp_path: Path
) -> None:
    """`--check` keeps the other verdicts as they were; the next plain run grades what has changed in them."""
    source, out = tmp_path / "in", tmp_path / "out"
    _submit(source / "ada", tiny.reference)
    _grade(tiny, source, recorded, out)
    changed = replace(tiny.context, judgements={**tiny.context.judgements, "greets": "another"})
    counting = _Counting(recorded)
    _grade(tiny, source, counting, out, RerunRule(checks=["essay_written"]), context=changed)
    assert counting.begun == ["essay_written"]
    _grade(tiny, source, counting, out, context=changed)
    assert counting.begun == ["essay_written", "greets"]


def test_other_words_and_fewer_checks_reach_what_is_kept(
    recorded: RecordedSandbox, tiny: Course, tmp_path: Path
) -> None:
    """A corrected rubric, title or docstring is in the next report, and a check that is gone gives no points there."""
    source, out = tmp_path / "in", tmp_path / "out"
    _submit(source / "ada", tiny.reference)
    _grade(tiny, source, recorded, out)
    question = tiny.context.assignment.manifest.questions[0]
    dearer = question.model_copy(update={"title": "Why, please", "rubric": [Criterion(points=5, text="Reasons.")]})
    manifest = tiny.context.assignment.manifest.model_copy(update={"title": "Smaller", "questions": [dearer]})
    checks = tuple(replace(each, claim="In other words.") for each in tiny.context.checks if each.name != "greets")
    judgements = {name: key for name, key in tiny.context.judgements.items() if name != "greets"}
    assignment = replace(tiny.context.assignment, manifest=manifest, checks=checks)
    counting = _Counting(recorded)
    context = replace(tiny.context, assignment=assignment, checks=checks, judgements=judgements)
    report = _grade(tiny, source, counting, out, context=context)[0]["ada"]
    assert counting.begun == []
    assert (report.title, report.points, report.max_points) == ("Smaller", 5, 5)
    assert {verdict.claim for verdict in report.verdicts} == {"In other words."}
    answer = report.answers[0]
    assert (answer.title, answer.rubric, answer.text) == ("Why, please", ((5, "Reasons."),), "Because.")
    assert "Why, please" in (out / "students/ada/report.html").read_text()


def test_the_page_of_a_kept_report_tells_the_present_total(
    recorded: RecordedSandbox, tiny: Course, tmp_path: Path
) -> None:
    """Points by hand, other words on lateness, a run that was killed before the page: the page follows."""
    source, out = tmp_path / "in", tmp_path / "out"
    _submit(source / "ada", tiny.reference)
    reports, _ = _grade(tiny, source, recorded, out)
    (tmp_path / "sheet.csv").write_text("id,question,points,comment\nada,essay,1,well said\n")
    import_sheet(tmp_path / "sheet.csv", asked(reports.values()), out, "tina")
    _, told = _grade(tiny, source, recorded, out)
    assert told == [("ada", True)]
    assert "well said" in (out / "students/ada/report.html").read_text()


def test_other_figures_are_another_submission(best: Sandbox, tiny: Course) -> None:
    """The same code with another picture is not kept with the old one."""
    submission = replace(tiny.submission(), figures=(SavedFigure(1, b"one"),))
    first = grade(tiny.context, submission, best)
    assert grade(tiny.context, submission, best, before=first) is first
    other = replace(submission, figures=(SavedFigure(1, b"two"),))
    assert grade(tiny.context, other, best, before=first) is not first


def test_what_was_late_twice_is_not_tried_a_third_time(recorded: RecordedSandbox, tiny: Course, tmp_path: Path) -> None:
    """A confirmed TIME_LIMIT stands when another check has changed."""
    source, out = tmp_path / "in", tmp_path / "out"
    _submit(source / "loops", tiny.reference, words="essay = ''\n\ndef greet(name):\n    while True:\n        pass\n")
    _grade(tiny, source, recorded, out)
    counting = _Counting(recorded)
    changed = replace(tiny.context, judgements={**tiny.context.judgements, "essay_written": "another"})
    reports, _ = _grade(tiny, source, counting, out, context=changed)
    assert counting.begun == ["essay_written"]
    assert {verdict.check: verdict.outcome for verdict in reports["loops"].verdicts}["greets"] is Outcome.TIME_LIMIT


class _Unreadable(Entry):
    """An entry on which the reader itself fails."""

    def read(self, manifest: Manifest, work: Path, handout: Handout = NO_HANDOUT) -> Submission:
        raise RecursionError("too deep")


class _CannotRender(_FailsOn):
    """The sandbox at hand, which fails us where written answers are to be rendered, as often as told."""

    def __init__(self, sandbox: Any, times: int) -> None:
        super().__init__(sandbox, b"never", OSError())
        self.left, self.rendered = times, 0

    def begin(self, place: Slot, work: Mapping[str, Any], limits: Limits) -> Running:
        if "render" in work:
            self.left -= 1
            if self.left >= 0:
                self.discard(place)
                raise SandboxError("ours")
            self.rendered += 1
        return super().begin(place, work, limits)


def test_what_we_could_not_render_is_tried_again(recorded: RecordedSandbox, tiny: Course, tmp_path: Path) -> None:
    """A rerun keeps the verdicts and renders the answers; what is rendered once is not rendered again."""
    source, out = tmp_path / "in", tmp_path / "out"
    _submit(
        source / "ada", tiny.reference, words=tiny.reference["words.py"].decode().replace("Because.", "Be *cause*.")
    )
    sandbox = _CannotRender(recorded, times=2)
    for kept, rendered in ((False, 0), (True, 0), (True, 1), (True, 1)):
        reports, told = _grade(tiny, source, sandbox, out)
        assert (reports["ada"].points, told, sandbox.rendered) == (6, [("ada", kept)], rendered)
        page = (out / "students/ada/report.html").read_text()
        assert ("<p>Be <em>cause</em>.</p>" in page) == bool(rendered)
        assert "Be *cause*." in page  # as it was written, one click away


def test_our_mistake_in_reading_ends_nobody_elses_grading(
    recorded: RecordedSandbox, tiny: Course, tmp_path: Path
) -> None:
    """The one report is unfinished, the others are there."""
    source, out = tmp_path / "in", tmp_path / "out"
    for name in ("ada", "bob"):
        _submit(source / name, tiny.reference)
    ada, bob = plan(source).entries
    entries = [_Unreadable(ada.id, ada.name, ada.members, ada.files), bob]
    short = run_batch(tiny.context, entries, recorded, out)
    assert [report.state for report in short] == [State.UNFINISHED, State.GRADED]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EMFILE, errno.ENOENT], ids=errno.errorcode.get)
def test_a_full_or_failing_disk_is_not_the_students_quarantine(
    recorded: RecordedSandbox, tiny: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """While a zip is unpacked: the report is unfinished, and a rerun grades it."""
    source, out = tmp_path / "in", tmp_path / "out"
    _submit(source / "bob", tiny.reference)
    shutil.make_archive(str(source / "bob"), "zip", source / "bob")
    shutil.rmtree(source / "bob")

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as failing:
        failing.setattr(unpacking._Unpacking, "_write", fail)
        reports, _ = _grade(tiny, source, recorded, out)
        assert reports["bob"].state is State.UNFINISHED
    reports, _ = _grade(tiny, source, recorded, out)
    assert reports["bob"].points == 6


def test_our_mistake_is_fixed_by_a_rerun(recorded: RecordedSandbox, tiny: Course, tmp_path: Path) -> None:
    """An unfinished report is never kept as done."""
    source, out = tmp_path / "in", tmp_path / "out"
    _submit(source / "ada", tiny.reference, words=tiny.reference["words.py"].decode() + "# unlucky\n")
    reports, _ = _grade(tiny, source, _FailsOn(recorded, b"# unlucky", SandboxError("ours")), out)
    assert reports["ada"].state is State.UNFINISHED
    reports, _ = _grade(tiny, source, recorded, out)
    assert reports["ada"].points == 6


def test_a_damaged_report_is_told_until_it_is_deleted(recorded: RecordedSandbox, tiny: Course, tmp_path: Path) -> None:
    """Half a file, and one that was put in another's place: neither counts as a student who was never graded."""
    source, out = tmp_path / "in", tmp_path / "out"
    for name in ("ada", "bob"):
        _submit(source / name, tiny.reference)
    _grade(tiny, source, recorded, out)
    ada, bob = (out / "students" / name / "report.json" for name in ("ada", "bob"))
    bob.write_bytes(ada.read_bytes())
    with pytest.raises(UsageError, match=r"students/bob/report.json: it is the report on ada; delete it and run"):
        settle(out)
    ada.write_bytes(ada.read_bytes()[:100])
    bob.unlink()
    for act in (lambda: settle(out), lambda: _grade(tiny, source, recorded, out)):
        with pytest.raises(UsageError, match=r"students/ada/report.json: damaged: it is not JSON; delete it and run"):
            act()
    ada.unlink()
    reports, told = _grade(tiny, source, recorded, out)
    assert dict(told)["ada"] is False
    assert {name: report.points for name, report in reports.items()} == {"ada": 6, "bob": 6}


def test_something_is_done_once_before_the_first_public_check(
    recorded: RecordedSandbox, tiny: Course, tmp_path: Path
) -> None:
    """Whichever thread comes first, all others wait for it; where every report is kept it is not done."""
    source, out, counting = tmp_path / "in", tmp_path / "out", _Counting(recorded)
    for name in ("ada", "bob", "eve"):
        _submit(source / name, tiny.reference)

    def once() -> None:
        time.sleep(0.2)  # for the others to come
        counting.begun.append("once")

    entries = plan(source).entries
    run_batch(tiny.context, entries, counting, out, jobs=3, before_public=once)
    assert counting.begun[0] == "once"
    assert (counting.begun.count("once"), len(counting.begun)) == (1, 1 + 3 * len(tasks_of(tiny.context.checks)))
    counting.begun.clear()
    run_batch(tiny.context, entries, counting, out, jobs=3, before_public=once)
    assert counting.begun == []
    (source / "bob/hw/maths.py").write_text(square("return -x"))
    run_batch(tiny.context, plan(source).entries, counting, out, jobs=3, before_public=once)
    assert (counting.begun[0], counting.begun.count("once")) == ("once", 1)


def test_a_second_try_finds_written_answers(tiny: Course, best: Sandbox) -> None:
    """A check of answers that ran out of time at first hands them to the report when it passes later."""
    submission = tiny.submission()
    report = grade(tiny.context, submission, best)
    late = tuple(
        replace(each, outcome=Outcome.TIME_LIMIT) if each.check == "essay_written" else each for each in report.verdicts
    )
    first = replace(report, verdicts=late, answers=tuple(replace(each, text=None) for each in report.answers), keys={})
    second = try_again(tiny.context, submission, best, first)
    assert {verdict.outcome for verdict in second.verdicts} == {Outcome.PASSED}
    assert [answer.text for answer in second.answers] == ["Because."]
