"""All that is known of one student: the report, how the total came about, and the files that were judged."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.verdict import Verdict, own_name
from grader.results.decisions import Decisions, read_decisions
from grader.results.folder import Class, derive, read_class, read_report
from grader.results.judged import size_of
from grader.results.report import Report
from grader.results.row import Row


@dataclass(frozen=True, slots=True)
class JudgedFile:
    """A file of a submission: its path there, its SHA-256, and its size in bytes; None where it is not there."""

    path: str
    digest: str
    size: int | None


@dataclass(frozen=True, slots=True)
class OneStudent:
    """A student, or those who share a submission: a row of the gradebook for each.

    `report` is None where there is none, `source` the submission's name in the download where there was one.
    `decisions` are all of the class.
    """

    rows: tuple[Row, ...]
    report: Report | None
    source: str
    files: tuple[JudgedFile, ...]
    decisions: Decisions

    def verdicts(self, check: str) -> tuple[Verdict, ...]:
        """Those on one check and on its twin. Raises `UsageError` where there is none of this name."""
        verdicts = (*self.report.verdicts, *self.report.twins) if self.report else ()
        names = dict.fromkeys(own_name(each.check) for each in verdicts)
        if check not in names:
            raise UsageError(f"--check {check}: {self.rows[0].id} has no such check; {_named(check, names)}")
        return tuple(each for each in verdicts if own_name(each.check) == check)

    def file(self, path: str) -> JudgedFile:
        """The one with this path. Raises `UsageError` where there is none."""
        files = {each.path: each for each in self.files}
        if path not in files:
            raise UsageError(f"--file {path}: {self.rows[0].id} has no such file; {_named(path, files)}")
        return files[path]


def find_student(out: Path, id: str) -> OneStudent:
    """What a folder of results has of a student or a submission. Raises `UsageError`."""
    graded = read_class(out)
    mine = tuple(name for name in graded.submissions if id in (name, *graded.members.get(name, ())))
    if not mine and id not in graded.missing:
        raise UsageError(f"{id}: nobody in {out} has this id; {_near(id, graded)}")
    book, _ = derive(out, replace(graded, submissions=mine, missing=() if mine else (id,)))
    rows = tuple(row for row in book.rows if row.id == id) or book.rows
    first = rows[0]
    report = read_report(out, first.submission) if mine else None
    return OneStudent(
        rows,
        report,
        graded.came[first.submission].source if first.submission in graded.came else "",
        tuple(JudgedFile(path, each, size_of(out, each)) for path, each in report.files.items()) if report else (),
        read_decisions(out),
    )


def _named(name: str, known: Collection[str]) -> str:
    """What to do instead."""
    near = difflib.get_close_matches(name, known, 3, 0.5) or known
    return f"name one of {', '.join(near)}" if near else "there are none"


def _near(id: str, graded: Class) -> str:
    known = {*graded.submissions, *graded.missing, *(each for ids in graded.members.values() for each in ids)}
    near = ", ".join(difflib.get_close_matches(id, sorted(known), 3, 0.5))
    return f"similar: {near}" if near else "the ids are in grades.csv"
