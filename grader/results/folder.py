"""A folder of results: what is in it, and what is worked out from all of it together.

out/class.json                       who is in the class, and what lateness is worked out from
out/students/<id>/report.json        staff's; whole or not there at all
out/students/<id>/public.json        the half of it that students may read, as long as there is no whole one
out/students/<id>/report.html        the student's
out/students/<id>/shown.json         written answers and figures as the student's page shows them
out/students/<id>/log.txt            staff's; what the student's code printed, check by check
out/files/<digest>                   the files that were judged (see `judged`)
out/marks/<marker>.jsonl             what people have decided on answers and checks (see `decisions`)
out/history.jsonl                    what each run has changed (see `history`)
out/gradebook.json, grades.csv       worked out from those above; so are statistics.json and the pages
out/.lock, .deciding                 who writes here now (see `lock`)
out/.aliases                         what the names of answers are made with while they are marked (see `marking`)
out/.made/                           what pages and tables were made of (see `made`)
out/.unpacked/                       archives while they are read; nobody else's, and gone at the end
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.assignment.manifest import Late
from grader.core.digest import digest
from grader.core.errors import UsageError
from grader.core.submission import is_id
from grader.core.text import visible
from grader.files.atomic import write_whole
from grader.results.decisions import Decisions, read_decisions
from grader.results.gradebook import Gradebook, build, rows_of
from grader.results.gradebook_files import write_gradebook
from grader.results.judged import Digests
from grader.results.lateness import LateEntry
from grader.results.marks import Graded, InShort
from grader.results.redaction import QUARANTINE_MESSAGE
from grader.results.report import REPORT, Illustrations, Report, State, to_json
from grader.results.row import Row
from grader.results.stored import Stored
from grader.submissions.groups import Groups
from grader.submissions.rivals import Came
from grader.submissions.roster import Roster

LOG_SHOWN = 8000
UNPACKED = ".unpacked"
HALF = "public.json"
NONE: Mapping[str, InShort] = {}
EARLIER = "its report is by an earlier version of the assignment; grade it again"


@dataclass(frozen=True, slots=True)
class Class:
    """A class as it was graded: the submissions by id, who submitted nothing, and what lateness is computed from.

    `members` are the ids of those whose submission it is, `names` what people are called, by id, where that is known.
    What the teacher has said once (`roster`, `groups`, `late`, `by_file_times`, `student_text`) holds for later runs
    into the same folder. Without `student_text` nothing of students' writing is in what they are shown. `set_aside` are
    the names of what the intake has quarantined, and `came` says how the others came. `listed` are the downloads, as
    paths, of which a list has said whose everything is. `handout` is what students started from (see `judged`).
    `version` is that of the assignment in the last run (`Report.version`), and `pending` what was to be graded by a run
    that has not ended.
    """

    assignment: str
    title: str
    submissions: tuple[str, ...]
    missing: tuple[str, ...] = ()
    policy: Late | None = None
    late: Mapping[str, LateEntry] = field(default_factory=dict)
    roster: Roster | None = None
    groups: Groups | None = None
    by_file_times: bool = False
    student_text: bool = True
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    set_aside: tuple[str, ...] = ()
    came: Mapping[str, Came] = field(default_factory=dict)
    listed: tuple[str, ...] = ()
    handout: Digests = field(default_factory=dict)
    version: Mapping[str, str] = field(default_factory=dict)
    pending: tuple[str, ...] = ()

    def counts(self, state: State, version: Mapping[str, str]) -> bool:
        """Whether a report may count: a grade does where it is by the version of the assignment of the last run."""
        return not self.version or state is not State.GRADED or version == self.version

    def without_pending(self, ids: Collection[str]) -> Class:
        """The same once a run has ended on these submissions."""
        return replace(self, pending=tuple(each for each in self.pending if each not in ids))

    def whatever_version(self) -> Class:
        """The same where reports count by whatever version they are."""
        return replace(self, version={})

    def as_told(self, report: Report) -> Report:
        """The report with the reason that its student may read: the intake's may name other students' files."""
        return replace(report, reason=QUARANTINE_MESSAGE) if report.submission_id in self.set_aside else report


def save_class(out: Path, graded: Class) -> None:
    """Write `class.json`."""
    write_whole(out / "class.json", _CLASS.dumped(graded))


def find_class(out: Path) -> Class | None:
    """What `class.json` says; None where it is not there. Raises `UsageError`."""
    return _CLASS.read(out / "class.json")


def read_class(out: Path) -> Class:
    """What `class.json` says. Raises `UsageError`."""
    graded = find_class(out)
    if graded is None:
        raise UsageError(f"{out}/class.json: it is not there; name the folder that `grader grade` wrote")
    return graded


def folder_of(out: Path, submission: str) -> Path:
    """Where the files of one submission go; a name that is not a student id is not used as a path."""
    safe = submission if is_id(submission) else f"quarantined-{digest(submission)[:12]}"
    return out / "students" / safe


def save(out: Path, report: Report, shown: Illustrations) -> None:
    """Write what is known of one submission; the report last, so that where it is, the rest is too."""
    folder = folder_of(out, report.submission_id)
    parts = [f"== {each.name}: {each.outcome}\n{visible(each.log, LOG_SHOWN)}" for each in report.ran if each.log]
    write_whole(folder / "log.txt", "\n".join(parts).encode())
    save_shown(out, report.submission_id, shown)
    write_whole(folder / "report.json", to_json(report))
    if not report.waiting:
        (folder / HALF).unlink(missing_ok=True)


def save_half(out: Path, report: Report, shown: Illustrations) -> None:
    """Write the public half of a report. It is not a result yet: nothing is computed from it or exported."""
    save_shown(out, report.submission_id, shown)
    write_whole(folder_of(out, report.submission_id) / HALF, to_json(report))


def made_of(out: Path, submission: str) -> tuple[bytes, bytes]:
    """The files that a student's page is made of: the report, and what is shown beside it, where that was kept."""
    folder = folder_of(out, submission)
    report, shown = folder / "report.json", folder / "shown.json"
    return report.read_bytes(), shown.read_bytes() if shown.exists() else b""


def save_shown(out: Path, submission: str, shown: Illustrations) -> None:
    """Write what the student's page shows beside the report."""
    write_whole(folder_of(out, submission) / "shown.json", SHOWN.dumped(shown))


def read_half(out: Path, submission: str) -> Report | None:
    """The public half of a report that is not whole yet; None where there is none. Raises `UsageError`."""
    return _read(folder_of(out, submission) / HALF, submission)


def clear_unpacked(out: Path) -> None:
    """Remove what only a run needs, and nothing that may be anybody else's."""
    shutil.rmtree(out / UNPACKED, ignore_errors=True)


def has_half(out: Path, submission: str) -> bool:
    """Whether there is a public half, of a run that was ended."""
    return (folder_of(out, submission) / HALF).exists()


def read_report(out: Path, submission: str) -> Report | None:
    """The stored report; None where there is none. Raises `UsageError`."""
    return _read(folder_of(out, submission) / "report.json", submission)


def read_shown(out: Path, submission: str) -> Illustrations:
    """What the student's page shows beside the report; nothing, but that it `failed`, where it was not kept.

    Raises `UsageError`.
    """
    return SHOWN.read(folder_of(out, submission) / "shown.json") or Illustrations(failed=True)


def reports(out: Path, graded: Class) -> Iterator[Report]:
    """The reports of a class that exist and are final, one at a time, in order of id. Raises `UsageError`."""
    for submission in sorted(graded.submissions):
        report = read_report(out, submission)
        if report and not report.waiting:
            yield report


def book_of(graded: Class, marks: Iterable[Graded], decisions: Decisions) -> Gradebook:
    """The gradebook of what submissions of the class have, with the points that people have given so far.

    A submission of the class that has nothing is not graded yet.
    """
    found = {each.submission: _whose(graded, each) for each in marks}
    yet = [_whose(graded, Graded.not_graded_yet(each)) for each in graded.submissions if each not in found]
    return build(
        [*found.values(), *yet],
        assignment=graded.assignment,
        title=graded.title,
        policy=graded.policy,
        late=graded.late,
        decisions=decisions,
        missing=graded.missing,
        names=graded.names,
    )


def rows_for(graded: Class, marks: Graded, decisions: Decisions) -> tuple[Row, ...]:
    """What the gradebook has of one submission of the class."""
    whose = _whose(graded, marks)
    return rows_of(whose, policy=graded.policy, late=graded.late, decisions=decisions, names=graded.names)


def _whose(graded: Class, marks: Graded) -> Graded:
    """The same with the members that the class knows of."""
    return replace(marks, members=graded.members.get(marks.submission, marks.members))


def derive(out: Path, graded: Class, known: Mapping[str, InShort] = NONE) -> tuple[Gradebook, list[Report]]:
    """Work out the gradebook from what is in the folder. The reports that count come back in short.

    Whose report does not count is not graded yet. `known` are those, by id, that this run has read or written, and that
    are not read again.
    """
    short, marks, earlier = [], [], []
    for submission in sorted(graded.submissions):
        final = known.get(submission) or _final(out, submission)
        if final is None:
            continue
        if graded.counts(final.report.state, final.version):
            short.append(final.report)
            marks.append(final.marks)
        else:
            earlier.append(submission)
            marks.append(replace(Graded.not_graded_yet(submission, final.report.members), note=EARLIER))
    return replace(book_of(graded, marks, read_decisions(out)), earlier=tuple(earlier)), short


def settle(out: Path, *, anyway: bool = False, known: Mapping[str, InShort] = NONE) -> tuple[Gradebook, list[Report]]:
    """Work out the gradebook, and write it; with those reports that are by an earlier version only `anyway`."""
    graded = read_class(out)
    book, short = derive(out, graded.whatever_version() if anyway else graded, known)
    write_gradebook(out, book)
    return book, short


def _final(out: Path, submission: str) -> InShort | None:
    report = read_report(out, submission)
    return InShort.of(report) if report and not report.waiting else None


def _read(path: Path, submission: str) -> Report | None:
    report = REPORT.read(path)
    if report and report.submission_id != submission:
        raise UsageError(f"{path}: it is the report on {report.submission_id}; {REPORT.otherwise}")
    return report


_CLASS = Stored(Class, 1, "put a copy back, or move it away and give the roster and the lists again")
SHOWN = Stored(Illustrations, 1, "delete it and run `grader grade` again")
