"""A batch: every submission of a folder gets its report, whatever the others do and whatever happens to the grader."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tiny_course import Course, descendants, eventually, living, square

from grader.batch import find_submissions, folder_of, grade_batch
from grader.errors import SandboxError, UsageError
from grader.grading import confirm, grade
from grader.limits import Limits
from grader.place import Place
from grader.report import Report, State, from_json
from grader.room import shown_by
from grader.running import Running
from grader.sandbox import Sandbox
from grader.verdict import Outcome

BAD_ID = "no id!"


def _hand_in(folder: Path, reference: Mapping[str, bytes], **modules: str) -> Path:
    """A submission: the reference with some modules replaced."""
    package = folder / "hw"
    package.mkdir(parents=True)
    for name, source in reference.items():
        (package / name).write_bytes(source)
    for name, text in modules.items():
        (package / f"{name}.py").write_text(text)
    return folder


def _grade(tiny: Course, source: Path, sandbox: Any, out: Path) -> tuple[dict[str, Report], list[tuple[str, int]]]:
    told: list[tuple[str, int]] = []
    submissions = find_submissions(source, tiny.bench)
    reports = grade_batch(
        tiny.bench, submissions, sandbox, out, jobs=2, done=lambda report, left: told.append((report.submission, left))
    )
    return {report.submission: report for report in reports}, told


def test_every_kind_of_submission_gets_what_it_should(sandbox: Sandbox, tiny: Course, tmp_path: Path) -> None:
    """Good, bad, printing, empty, oddly named and linked submissions: each has a report, a log and a row."""
    source, out = tmp_path / "in", tmp_path / "out"
    _hand_in(source / "good", tiny.reference)
    _hand_in(source / "bad", tiny.reference, maths=square("print('I was here'); return x"))
    _hand_in(source / BAD_ID, tiny.reference)
    linked = _hand_in(source / "linked", tiny.reference)
    (linked / "hw" / "more.py").symlink_to("/etc/passwd")
    (source / "empty").mkdir()
    reports, told = _grade(tiny, source, sandbox, out)
    assert {name: report.state for name, report in reports.items()} == {
        "good": State.GRADED,
        "bad": State.GRADED,
        BAD_ID: State.QUARANTINED,
        "linked": State.QUARANTINED,
        "empty": State.GRADED,
    }
    assert {name: report.points for name, report in reports.items() if report.verdicts} == {
        "good": 6,
        "bad": Fraction(1),
        "empty": 0,
    }
    assert {verdict.outcome for verdict in reports["empty"].verdicts} == {Outcome.MISSING}
    assert sorted(name for name, _ in told) == sorted(reports)
    assert sorted(left for _, left in told) == [0, 1, 2, 3, 4]
    for name, report in reports.items():
        folder = folder_of(out, report)
        assert folder.parent == out / "students"
        assert from_json((folder / "report.json").read_bytes()) == report, name
        assert (folder / "log.txt").is_file()
    assert "== squares[small]: WRONG_ANSWER\nI was here" in (out / "students/bad/log.txt").read_text()
    assert reports["good"].answers[0].text == "Because."
    rows = {row["id"]: row for row in csv.DictReader((out / "grades.csv").open())}
    assert {name: (row["points"], row["state"]) for name, row in rows.items()} == {
        "good": ("6", "GRADED"),
        "bad": ("1", "GRADED"),
        BAD_ID: ("", "QUARANTINED"),
        "linked": ("", "QUARANTINED"),
        "empty": ("0", "GRADED"),
    }


def test_the_same_folder_gives_the_same_grades(best: Sandbox, tiny: Course, tmp_path: Path) -> None:
    """Grading again writes the same gradebook, byte for byte."""
    source = tmp_path / "in"
    _hand_in(source / "good", tiny.reference)
    _hand_in(source / "bad", tiny.reference, maths=square("return x"))
    _grade(tiny, source, best, tmp_path / "one")
    _grade(tiny, source, best, tmp_path / "two")
    assert (tmp_path / "one/grades.csv").read_bytes() == (tmp_path / "two/grades.csv").read_bytes()


class _SlowAtFirst:
    """The sandbox at hand, in which the first run of each check of one submission is given far too little time."""

    def __init__(self, sandbox: Sandbox, marker: bytes) -> None:
        self._sandbox, self._marker = sandbox, marker
        self._marked: set[int] = set()
        self.late = 0
        self.level, self.device = sandbox.level, sandbox.device

    def place(self, files: Mapping[str, bytes]) -> Place:
        place = self._sandbox.place(files)
        if any(self._marker in content for content in files.values()):
            self._marked.add(id(place))
        return place

    def begin(self, place: Place, work: Mapping[str, Any], limits: Limits) -> Running:
        if id(place) in self._marked and work.get("check") == "greets" and self.late < 1:
            self.late += 1
            limits = limits.within(0.001)
        return self._sandbox.begin(place, work, limits)

    def discard(self, place: Place) -> None:
        self._sandbox.discard(place)


def test_what_ran_out_of_time_is_tried_again(best: Sandbox, tiny: Course, tmp_path: Path) -> None:
    """A check that a busy machine stopped passes on the second try, and the saved report says so."""
    source, out = tmp_path / "in", tmp_path / "out"
    _hand_in(source / "other", tiny.reference)
    _hand_in(source / "unlucky", tiny.reference, words=tiny.reference["words.py"].decode() + "# unlucky\n")
    sandbox = _SlowAtFirst(best, b"# unlucky")
    reports, told = _grade(tiny, source, sandbox, out)
    assert sandbox.late == 1
    assert {verdict.outcome for verdict in reports["unlucky"].verdicts} == {Outcome.PASSED}
    assert told == [("other", 1), ("unlucky", 0)]
    assert from_json((out / "students/unlucky/report.json").read_bytes()).points == 6


def test_an_endless_loop_is_still_late_on_the_second_try(best: Sandbox, tiny: Course, tmp_path: Path) -> None:
    """A true TIME_LIMIT stays one."""
    source = tmp_path / "in"
    _hand_in(source / "loops", tiny.reference, words="essay = ''\n\ndef greet(name):\n    while True:\n        pass\n")
    reports, _ = _grade(tiny, source, best, tmp_path / "out")
    outcomes = {verdict.check: verdict.outcome for verdict in reports["loops"].verdicts}
    assert outcomes["greets"] is Outcome.TIME_LIMIT
    assert outcomes["squares"] is Outcome.PASSED


class _FailsOn:
    """A fake sandbox: our own mistake on one submission."""

    def __init__(self, sandbox: Sandbox, marker: bytes, error: Exception) -> None:
        self._sandbox, self._marker, self._error = sandbox, marker, error
        self.level, self.device = sandbox.level, sandbox.device

    def place(self, files: Mapping[str, bytes]) -> Place:
        if any(self._marker in content for content in files.values()):
            raise self._error
        return self._sandbox.place(files)

    def begin(self, place: Place, work: Mapping[str, Any], limits: Limits) -> Running:
        return self._sandbox.begin(place, work, limits)

    def discard(self, place: Place) -> None:
        self._sandbox.discard(place)


@pytest.mark.parametrize("error", [RuntimeError("ours"), SandboxError("ours"), OSError("ours")], ids=repr)
def test_our_mistake_on_one_submission_is_no_zero(
    best: Sandbox, tiny: Course, tmp_path: Path, error: Exception
) -> None:
    """Where the grader itself fails, that report is unfinished and no zero in the gradebook; others are graded."""
    source, out = tmp_path / "in", tmp_path / "out"
    _hand_in(source / "fine", tiny.reference)
    _hand_in(source / "unlucky", tiny.reference, words=tiny.reference["words.py"].decode() + "# unlucky\n")
    reports, _ = _grade(tiny, source, _FailsOn(best, b"# unlucky", error), out)
    assert reports["fine"].points == 6
    assert reports["unlucky"].state is State.UNFINISHED
    assert {verdict.outcome for verdict in reports["unlucky"].verdicts} == {Outcome.GRADER_ERROR}
    assert all("ours" in verdict.message for verdict in reports["unlucky"].verdicts)
    rows = {row["id"]: row for row in csv.DictReader((out / "grades.csv").open())}
    assert rows["unlucky"]["points"] == ""


def test_a_folder_that_holds_no_submissions_is_refused(tiny: Course, tmp_path: Path) -> None:
    """A missing folder, an empty one, and a single submission are each told in one line."""
    with pytest.raises(UsageError, match="no such folder"):
        find_submissions(tmp_path / "absent", tiny.bench)
    with pytest.raises(UsageError, match="no submissions"):
        find_submissions(tmp_path, tiny.bench)
    with pytest.raises(UsageError, match="this is one submission"):
        find_submissions(_hand_in(tmp_path / "one", tiny.reference), tiny.bench)


def test_an_error_while_saving_begins_no_further_submission(best: Sandbox, tiny: Course, tmp_path: Path) -> None:
    """A full disk or Ctrl-C ends the batch after what is under way, not after everybody."""
    source = tmp_path / "in"
    for number in range(12):
        _hand_in(source / f"student{number}", tiny.reference)
    begun: set[bytes] = set()

    class Counting(_FailsOn):
        def begin(self, place: Place, work: Mapping[str, Any], limits: Limits) -> Running:
            begun.add(repr(id(place)).encode())
            return super().begin(place, work, limits)

    def full(report: Report, left: int) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        grade_batch(
            tiny.bench,
            find_submissions(source, tiny.bench),
            Counting(best, b"never", OSError()),  # type: ignore[arg-type]
            tmp_path / "out",
            jobs=1,
            done=full,
        )
    assert len(begun) < 12 * 6 / 2


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["SIGKILL", "SIGINT"])
def test_a_grader_ended_midway_leaves_whole_reports_only(
    tiny: Course, best: Sandbox, tmp_path: Path, number: signal.Signals
) -> None:
    """However `grader grade` ends, every report.json there is can be read, and nothing of it runs on."""
    source, out = tmp_path / "in", tmp_path / "out"
    slow = square("import time; time.sleep(0.2); return x * x")
    for student in range(20):
        _hand_in(source / f"student{student:02}", tiny.reference, maths=slow)
    home = tiny.bench.assignment.folder
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
    assert not (out / "grades.csv").exists()
    assert eventually(lambda: not below & living().keys(), seconds=20)


def test_the_folder_for_results_is_no_student(tiny: Course, tmp_path: Path) -> None:
    """Whoever grades `.` has `results` among the submissions."""
    _hand_in(tmp_path / "ada", tiny.reference)
    (tmp_path / "results").mkdir()
    found = find_submissions(tmp_path, tiny.bench, apart=tmp_path / "results")
    assert [submission.id for submission in found] == ["ada"]


def test_a_second_try_finds_written_answers(tiny: Course, best: Sandbox) -> None:
    """A check of answers that ran out of time at first hands them to the report when it passes later."""
    submission = tiny.submission()
    report = grade(tiny.bench, submission, best)
    late = tuple(
        replace(each, outcome=Outcome.TIME_LIMIT) if each.check == "essay_written" else each for each in report.verdicts
    )
    first = replace(report, verdicts=late, answers=tuple(replace(each, text=None) for each in report.answers))
    second = confirm(tiny.bench, submission, best, first)
    assert {verdict.outcome for verdict in second.verdicts} == {Outcome.PASSED}
    assert [answer.text for answer in second.answers] == ["Because."]


def test_what_every_room_shows_is_known() -> None:
    """The system and the interpreter; not the repository, and not a folder beside them."""
    assert shown_by(Path("/usr/src/app/assets")) == Path("/usr")
    assert shown_by(Path(sys.prefix) / "course") is not None
    assert shown_by(Path(__file__).parent) is None
