"""A release: what students get of an assignment, which has been searched for secrets and can be tried as they would."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.assignment.assignment import Assignment, load_assignment
from grader.assignment.expected import Expected, load_expected, reference_folder
from grader.assignment.student_files import student_files
from grader.checks.checks import Check
from grader.core.errors import AuthorError
from grader.core.observation import Observation
from grader.core.verdict import Outcome, Verdict
from grader.files.packing import zipped
from grader.grading.judge import judge
from grader.grading.reference import read_reference
from grader.grading.session import Checks, Session
from grader.releasing.contents import students_files, students_given
from grader.releasing.leaks import refuse_leaks, secrets_of
from grader.results.report import Report, shown
from grader.sandbox.sandbox import Sandbox
from grader.submissions.reading import read_submission


@dataclass(frozen=True, slots=True)
class Release:
    """The students' files of an assignment by path in their folder, and what its author should know of them.

    `points` are those that its public checks can earn.
    """

    assignment: Assignment
    files: Mapping[str, bytes]
    points: int
    notes: tuple[str, ...]

    def zipped(self) -> bytes:
        """A zip of one folder, which has the assignment's name; the same assignment gives the same bytes."""
        return zipped({f"{self.assignment.name}/{name}": content for name, content in self.files.items()})

    def write(self, folder: Path) -> None:
        """Write all files into a folder."""
        for name, content in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)


def release_of(assignment: Assignment) -> Release:
    """The students' files of an assignment.

    Raises `AuthorError` with all problems found: expected values or stubs that are not up to date, a secret in a file.
    """
    expected = load_expected(assignment, assignment.public)
    kept = [check for check in assignment.public if not _needs_what_is_withheld(assignment, check, expected)]
    files = students_files(assignment, kept, expected, _made(assignment))
    refuse_leaks(files.items(), secrets_of(assignment))
    notes = [
        f"{check.name} is left out: it cannot be judged without {', '.join(check.withhold)}, which students do not get"
        for check in assignment.public
        if check not in kept
    ]
    if reference_folder(assignment) is None:
        notes.append("there is no reference solution: not tried whether these checks can be passed")
    return Release(assignment, files, sum(check.points for check in kept), tuple(notes))


def try_release(release: Release, sandbox: Sandbox) -> Report:
    """Unpack it, and grade there what students begin with, and the reference: the report on the former.

    Raises `AuthorError` where what students begin with earns a point or gets anything else than "not attempted yet" (or
    than "missing", of a file that they are to make), or where the reference does not earn all points.
    """
    with tempfile.TemporaryDirectory() as place:
        home = Path(place).resolve() / release.assignment.name
        release.write(home)
        session = Session.of(sandbox, load_assignment(home), checks=Checks.PUBLIC)
        sandbox.wait()
        released = session.assignment
        read = read_submission(home, released.manifest, id="you", handout=released.given_out())
        begun = session.grade(read)
        problems = [f"students' files: {problem}" for problem in _begun_problems(begun, read.missing)]
        if reference_folder(release.assignment):
            solved = session.grade(read_reference(release.assignment))
            problems += [f"reference: {problem}" for problem in _solved_problems(solved)]
    if problems:
        raise AuthorError(problems)
    return begun


def _needs_what_is_withheld(assignment: Assignment, check: Check, expected: Mapping[str, Expected]) -> bool:
    """Whether its criteria cannot be asked without the names that it withholds."""
    if not check.withhold or not check.data:
        return False
    given = students_given(assignment, assignment.public, check.data)
    values = expected[check.name].values
    verdicts = (judge(check, case, Observation(values[case], 0.0), values[case], given) for case in check.case_names)
    return any(verdict.outcome is not Outcome.PASSED for verdict in verdicts)


def _made(assignment: Assignment) -> dict[str, bytes]:
    """The students' files as the reference gives them. Raises `AuthorError` where those in the folder are others."""
    reference = reference_folder(assignment)
    if reference is None:
        return {}
    made = student_files(reference, assignment.manifest)
    other = [name for name, content in made.items() if not _has(assignment.folder / name, content)]
    if other:
        again = f"run `grader stubs {assignment.name}`, or move the change to the reference"
        raise AuthorError([f"{assignment.folder / name}: not what the reference gives; {again}" for name in other])
    return made


def _has(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _begun_problems(report: Report, missing: Sequence[str]) -> list[str]:
    """What is wrong with the first run. Files that students have yet to make may be missing, and then are."""
    if report.reason:
        return [f"{report.reason}; correct what students get"]
    right = {Outcome.NOT_ATTEMPTED, Outcome.MISSING} if missing else {Outcome.NOT_ATTEMPTED}
    odd = [each for each in report.verdicts if each.outcome not in right]
    return [f"{_told(each)}; mark what it tests as solution in the reference" for each in odd]


def _solved_problems(report: Report) -> list[str]:
    if report.reason:
        return [f"{report.reason}; fix the reference solution"]
    return [f"{_told(each)}; it passes here, so look at what students do not get" for each in report.verdicts
            if each.outcome is not Outcome.PASSED]  # fmt: skip


def _told(verdict: Verdict) -> str:
    earned = f", {shown(verdict.points)} of {shown(verdict.max_points)} points" if verdict.points else ""
    return f"{verdict.name} gets {verdict.outcome}{earned}" + (f" ({verdict.message})" if verdict.message else "")
