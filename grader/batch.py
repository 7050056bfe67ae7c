"""A batch: every submission of a folder graded in parallel, each report saved as soon as it is there.

out/grades.csv                       written at the end
out/students/<id>/report.json        staff's; whole or not there at all
out/students/<id>/log.txt            staff's; what the student's code printed, check by check
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from grader.digest import digest
from grader.errors import UsageError
from grader.gradebook import to_csv
from grader.grading import RETRIED, Bench, confirm, grade, unfinished
from grader.handed_in import read_handed_in
from grader.plain_text import visible
from grader.report import Report, to_json, write_whole
from grader.sandbox import Sandbox
from grader.submission import ID, Submission

LOG_SHOWN = 8000


def find_submissions(source: Path, bench: Bench, *, apart: Path | None = None) -> list[Submission]:
    """The submissions below `source`, one per folder, in order of id; the folder `apart` is none.

    Raises `UsageError` where there are none.
    """
    if not source.is_dir():
        raise UsageError(f"{source}: no such folder; name the folder that holds one folder per student")
    manifest = bench.assignment.manifest
    if (source / manifest.package).is_dir():
        raise UsageError(f"{source}: this is one submission; name the folder above it, or use `grader check {source}`")
    folders = [path for path in sorted(source.iterdir()) if path.is_dir() and not path.name.startswith((".", "__"))]
    if apart:
        folders = [path for path in folders if path.resolve() != apart.resolve()]
    if not folders:
        raise UsageError(f"{source}: no submissions; it should hold one folder per student")
    return [read_handed_in(folder, manifest) for folder in folders]


def grade_batch(
    bench: Bench,
    submissions: Sequence[Submission],
    sandbox: Sandbox,
    out: Path,
    *,
    jobs: int,
    done: Callable[[Report, int], None],
) -> list[Report]:
    """Grade all submissions with `jobs` at a time. `done` hears of each report that is final, with how many are left.

    What ran out of time or memory is tried again at the end, alone. Every report is saved before `done` hears of it,
    and again when the second try changes it.
    """
    reports: dict[str, Report] = {}
    left = len(submissions)
    with ThreadPoolExecutor(jobs) as pool:
        started = [pool.submit(_grade, bench, submission, sandbox) for submission in submissions]
        try:
            for future in as_completed(started):
                report = future.result()
                reports[report.submission] = report
                _save(out, report)
                if not _late(report):
                    left -= 1
                    done(report, left)
        except BaseException:  # Ctrl-C, a full disk: begin no more, and wait only for those under way
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    late = [submission for submission in submissions if _late(reports[submission.id])]
    for submission in late:
        left -= 1
        report = _confirm(bench, submission, sandbox, reports[submission.id])
        reports[submission.id] = report
        _save(out, report)
        done(report, left)
    ordered = [reports[name] for name in sorted(reports)]
    write_whole(out / "grades.csv", to_csv(ordered).encode())
    return ordered


def folder_of(out: Path, report: Report) -> Path:
    """Where the files of one submission go; a name that is no student id is not used as a path."""
    name = report.submission
    safe = name if ID.fullmatch(name) and name.strip(".") else f"quarantined-{digest(name)[:12]}"
    return out / "students" / safe


def _grade(bench: Bench, submission: Submission, sandbox: Sandbox) -> Report:
    """The report, whatever happens: our mistake on one submission is an unfinished report, not the batch's end."""
    try:
        return grade(bench, submission, sandbox)
    except Exception as error:
        return unfinished(bench, submission, sandbox, f"{type(error).__name__}: {error}")


def _confirm(bench: Bench, submission: Submission, sandbox: Sandbox, report: Report) -> Report:
    try:
        return confirm(bench, submission, sandbox, report)
    except Exception:  # our mistake: the first try stands
        return report


def _late(report: Report) -> bool:
    return any(verdict.outcome in RETRIED for verdict in report.verdicts)


def _save(out: Path, report: Report) -> None:
    folder = folder_of(out, report)
    parts = [f"== {each.name}: {each.outcome}\n{visible(each.log, LOG_SHOWN)}" for each in report.verdicts if each.log]
    write_whole(folder / "log.txt", "\n".join(parts).encode())
    write_whole(folder / "report.json", to_json(report))
