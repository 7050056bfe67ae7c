"""What each run has changed, as a line for each: a small file that is only added to.

out/history.jsonl    {"format": 1, "at": ..., "verb": "grade", "students": {"101": {...}, ...}}

A line has the students who stand otherwise than after the run before, and of their checks and questions those that do.
How a class stood after a run is what the lines so far add up to. Each line is worked out from that and from the
gradebook: a run that was ended before its line was whole has none, and the next one has what it would have said.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias, TypeVar

from pydantic import AwareDatetime

from grader.core.digest import digest
from grader.core.errors import UsageError
from grader.core.points import Points
from grader.core.verdict import Outcome
from grader.files.atomic import append_whole
from grader.results.by_check import CheckResult, by_check
from grader.results.gradebook import Gradebook
from grader.results.marks import Mark
from grader.results.report import ENVIRONMENT, Report, State
from grader.results.row import Row
from grader.results.stored import Stored

HISTORY = "history.jsonl"
SHORT = 12  # letters of a digest that is only compared with that of the run before


@dataclass(frozen=True, slots=True)
class CheckStanding:
    """A check: what became of it, and a digest of its `version`, which is empty where the verdict is not final.

    `marker` is whose points they are where a person has changed them.
    """

    outcome: Outcome
    points: Points
    max_points: Points
    version: str = ""
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """A written question: its points, or None and where it was scored why that does not count."""

    points: Points | None
    again: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a student stands after a run. `submission` and `environment` are digests of what was run, and where.

    Where no report counts they are those of the last one that did, and so are lateness, checks and questions. In a line
    checks and questions are the ones that stand otherwise than before; None is gone.
    """

    state: State
    points: Points | None = None
    late_days: int = 0
    submission: str = ""
    environment: str = ""
    checks: Mapping[str, CheckStanding | None] = field(default_factory=dict)
    questions: Mapping[str, Score | None] = field(default_factory=dict)


T = TypeVar("T")
# By the id of the student.
Standings: TypeAlias = Mapping[str, Standing]
Attempts: TypeAlias = Mapping[str, Sequence[Standing]]


@dataclass(frozen=True, slots=True)
class Run:
    """One line: when a command ended, which, and whom it has changed; None is no longer of the class."""

    at: AwareDatetime
    verb: str
    students: Mapping[str, Standing | None]


def read_runs(out: Path) -> tuple[Run, ...]:
    """All runs so far; none where there were none. Raises `UsageError`."""
    path = out / HISTORY
    return tuple(_RUN.parsed_lines(path, _finished(path)))


def standings_after(runs: Iterable[Run]) -> Standings:
    """How the class stood after these runs, which are the first."""
    found: dict[str, Standing] = {}
    for run in runs:
        for id, now in run.students.items():
            before = found.pop(id, None)
            if now is not None:
                found[id] = _whole(before or Standing(now.state), now)
    return found


def attempts_in(runs: Iterable[Run]) -> Attempts:
    """How each student stood last with each thing that was submitted, in order; not with one that never counted."""
    found: dict[str, list[Standing]] = {}
    now: dict[str, Standing] = {}
    for run in runs:
        for id, changed in run.students.items():
            if changed is None:
                now.pop(id, None)
                found.pop(id, None)
                continue
            now[id] = whole = _whole(now.get(id) or Standing(changed.state), changed)
            those = found.setdefault(id, [])
            if those and those[-1].submission == whole.submission:
                those[-1] = whole
            elif whole.submission:
                those.append(whole)
    return {id: tuple(those) for id, those in found.items()}


def before_this(attempts: Sequence[Standing], report: Report) -> Sequence[Standing]:
    """Those of them that were before what is in the report."""
    last_is_this = attempts and attempts[-1].submission == _submission(report)
    return attempts[:-1] if last_is_this else attempts


def add_run(out: Path, runs: Sequence[Run], verb: str, book: Gradebook, reports: Sequence[Report]) -> None:
    """Add a line for a command that has ended, after the `runs` so far: on the disk when this returns.

    Raises `OSError`.
    """
    before = standings_after(runs)
    now = _standings(book, reports, before)
    changed = {
        id: _changed(before.get(id) or Standing(each.state), each) for id, each in now.items() if each != before.get(id)
    }
    run = Run(datetime.now(UTC), verb, {**changed, **dict.fromkeys(before.keys() - now.keys())})
    path = out / HISTORY
    if path.exists():
        os.truncate(path, len(_finished(path)))  # what a run that was killed has left
    append_whole(path, _RUN.line(run))


def _standings(book: Gradebook, reports: Iterable[Report], before: Standings) -> dict[str, Standing]:
    by_submission = {report.submission_id: report for report in reports}
    return {row.id: _standing(row, by_submission.get(row.submission), before.get(row.id)) for row in book.rows}


def _standing(row: Row, report: Report | None, before: Standing | None) -> Standing:
    standing = replace(before or Standing(row.state), state=row.state, points=row.points)
    if report is None or not report.verdicts:
        return standing
    versions, changed = report.check_versions, row.overridden
    where = *(report.provenance.get(name, "") for name in ENVIRONMENT), report.level, report.device
    return replace(
        standing,
        late_days=row.late.days if row.late else 0,
        submission=_submission(report),
        environment=digest(*where)[:SHORT],
        checks={
            each.name: _check(each, changed.get(each.name), versions.get(each.name, ""))
            for each in by_check(report.verdicts)
        },
        questions={name: Score(mark.points, mark.again) for name, mark in row.questions.items()},
    )


def _submission(report: Report) -> str:
    return report.provenance.get("submission", "")[:SHORT]


def _check(found: CheckResult, changed: Mark | None, version: str) -> CheckStanding:
    points, marker = (changed.points, changed.marker) if changed and changed.points is not None else (found.points, "")
    return _STANDING(found.outcome, points, found.max_points, version[:SHORT], marker)


def _changed(before: Standing, now: Standing) -> Standing:
    """What a line says."""
    checks, questions = _others(before.checks, now.checks), _others(before.questions, now.questions)
    return replace(now, checks=checks, questions=questions)


def _whole(before: Standing, changed: Standing) -> Standing:
    """What comes of what a line says."""
    checks, questions = {**before.checks, **changed.checks}, {**before.questions, **changed.questions}
    return replace(changed, checks=_there(checks), questions=_there(questions))


def _others(before: Mapping[str, T], now: Mapping[str, T]) -> dict[str, T | None]:
    """What of `now` is new or another, and what is gone."""
    return {name: now.get(name) for name in {**before, **now} if now.get(name) != before.get(name)}


def _there(parts: Mapping[str, T | None]) -> dict[str, T | None]:
    return {name: each for name, each in parts.items() if each is not None}


def _finished(path: Path) -> bytes:
    """The whole lines of the file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); {_RUN.otherwise}") from None
    return content[: content.rfind(b"\n") + 1]


_RUN = Stored(Run, 1, "put a copy back, or move it away: then what changes is told from the next run on")
_STANDING = lru_cache(maxsize=1 << 12)(CheckStanding)  # the same object where checks stand alike
