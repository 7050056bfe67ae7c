"""A folder of results: what is in it, and what is worked out from all of it together.

out/class.json                       who is in the class, and what lateness is worked out from
out/students/<id>/report.json        staff's; whole or not there at all
out/students/<id>/public.json        the half of it that students may read, as long as there is no whole one
out/students/<id>/report.html        the student's
out/students/<id>/shown.json         written answers and figures as the student's page shows them
out/students/<id>/log.txt            staff's; what the student's code printed, check by check
out/manual.csv                       points for written answers (see `manual`)
out/gradebook.json, grades.csv       worked out from those above
out/.unpacked/                       archives while they are read; nobody else's, and gone at the end
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from grader.assignment.manifest import Late
from grader.core.digest import digest
from grader.core.errors import UsageError
from grader.core.submission import is_id
from grader.core.text import visible
from grader.files.atomic import write_whole
from grader.results.gradebook import Gradebook, build, write_gradebook
from grader.results.lateness import LateEntry
from grader.results.manual import Scores, read_stored
from grader.results.marks import Graded
from grader.results.report import Illustrations, Report, from_json, in_short, to_json
from grader.submissions.roster import Roster

LOG_SHOWN = 8000
UNPACKED = ".unpacked"
HALF = "public.json"


@dataclass(frozen=True, slots=True)
class Class:
    """A class as it was graded: the submissions by id, who submitted nothing, and what lateness is computed from.

    `members` are the ids of those whose submission it is, `names` what people are called, by id, where that is known.
    What the teacher has said once (`roster`, `late`, `by_file_times`) holds for later runs into the same folder.
    """

    assignment: str
    title: str
    submissions: tuple[str, ...]
    missing: tuple[str, ...] = ()
    policy: Late | None = None
    late: Mapping[str, LateEntry] = field(default_factory=dict)
    roster: Roster | None = None
    by_file_times: bool = False
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)


def save_class(out: Path, graded: Class) -> None:
    """Write `class.json`."""
    write_whole(out / "class.json", _CLASS.dump_json(graded, indent=1, by_alias=True) + b"\n")


def read_class(out: Path) -> Class:
    """What `class.json` says. Raises `UsageError`."""
    path = out / "class.json"
    try:
        return _CLASS.validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read ({error.strerror}); name the folder that `grader grade` wrote"
        ) from None
    except ValidationError:
        raise UsageError(
            f"{path}: damaged, or written by another version of grader; run `grader grade` again"
        ) from None


def folder_of(out: Path, submission: str) -> Path:
    """Where the files of one submission go; a name that is not a student id is not used as a path."""
    safe = submission if is_id(submission) else f"quarantined-{digest(submission)[:12]}"
    return out / "students" / safe


def save(out: Path, report: Report, shown: Illustrations) -> None:
    """Write what is known of one submission; the report last, so that where it is, the rest is too."""
    folder = folder_of(out, report.submission_id)
    parts = [f"== {each.name}: {each.outcome}\n{visible(each.log, LOG_SHOWN)}" for each in report.verdicts if each.log]
    write_whole(folder / "log.txt", "\n".join(parts).encode())
    write_whole(folder / "shown.json", _SHOWN.dump_json(shown))
    write_whole(folder / "report.json", to_json(report))
    if not report.waiting:
        (folder / HALF).unlink(missing_ok=True)


def save_half(out: Path, report: Report, shown: Illustrations) -> None:
    """Write the public half of a report. It is not a result yet: nothing is computed from it or exported."""
    folder = folder_of(out, report.submission_id)
    write_whole(folder / "shown.json", _SHOWN.dump_json(shown))
    write_whole(folder / HALF, to_json(report))


def read_half(out: Path, submission: str) -> Report | None:
    """The public half of a report that is not whole yet; None where there is none."""
    return _read(folder_of(out, submission) / HALF, submission)


def read_report(out: Path, submission: str) -> Report | None:
    """The stored report; None where there is none, or one that is damaged or of another version."""
    return _read(folder_of(out, submission) / "report.json", submission)


def read_shown(out: Path, submission: str) -> Illustrations:
    """What the student's page shows beside the report; nothing, but that it `failed`, where that is not known."""
    try:
        return _SHOWN.validate_json((folder_of(out, submission) / "shown.json").read_bytes())
    except (OSError, ValidationError):
        return Illustrations(failed=True)


def reports(out: Path, graded: Class) -> Iterator[Report]:
    """The reports of a class that exist and are final, one at a time, in order of id."""
    for submission in sorted(graded.submissions):
        report = read_report(out, submission)
        if report and not report.waiting:
            yield report


def book_of(graded: Class, short: Iterable[Report], scores: Scores) -> Gradebook:
    """The gradebook of reports of the class, with the points that people have given so far (`manual.read_stored`).

    A submission of the class that has none of the reports is not graded yet.
    """
    found = {report.submission_id: Graded.of(report) for report in short}
    members = graded.members
    yet = [Graded.not_graded_yet(each, members.get(each, ())) for each in graded.submissions if each not in found]
    return build(
        [*found.values(), *yet],
        assignment=graded.assignment,
        title=graded.title,
        policy=graded.policy,
        late=graded.late,
        scores=scores,
        missing=graded.missing,
        names=graded.names,
    )


def settle(out: Path) -> tuple[Gradebook, list[Report]]:
    """Work out the gradebook from what is in the folder, and write it. The reports come back in short."""
    graded = read_class(out)
    short = [in_short(report) for report in reports(out, graded)]
    book = book_of(graded, short, read_stored(out))
    write_gradebook(out, book)
    return book, short


def _read(path: Path, submission: str) -> Report | None:
    try:
        report = from_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    return report if report.submission_id == submission else None


_CLASS = TypeAdapter(Class)
_SHOWN = TypeAdapter(Illustrations)
