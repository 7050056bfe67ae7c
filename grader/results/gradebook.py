"""The gradebook: a row for every student, derived from reports, lateness and manual points, and never edited.

    points = from checks + manual - taken for lateness

Every number is the sum of parts that are in the row. A student who is not GRADED has no points, nor has one whose
written answers are not all scored once any of the class are; no points is not zero.

results/gradebook.json    exact, for programs: fractions as text, such as "3/2"
results/grades.csv        for people: at most two decimals
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from grader.assignment.manifest import Late
from grader.core.errors import UsageError
from grader.files.atomic import write_whole
from grader.files.tables import write_table
from grader.results.lateness import LateEntry, Lateness, lateness
from grader.results.manual import Score, Scores
from grader.results.marks import Graded, Mark
from grader.results.report import State, shown

FIXED = ("id", "name", "state", "points", "max_points", "level", "device", "note")
PARTS = ("submission", "from_checks", "late_days", "taken", "manual")


@dataclass(frozen=True, slots=True)
class Row:
    """One student; of some no `name` is known.

    `questions` is empty while nobody's written answers are scored; then they count for nobody.
    """

    id: str
    submission: str
    state: State
    checks: Mapping[str, Mark] = field(default_factory=dict)
    questions: Mapping[str, Mark] = field(default_factory=dict)
    late: Lateness | None = None
    level: str = ""
    device: str = ""
    note: str = ""
    name: str = ""

    @property
    def from_checks(self) -> Fraction | None:
        """What the checks gave; None unless GRADED."""
        return _sum(self.checks.values()) if self.state is State.GRADED else None

    @property
    def manual(self) -> Fraction | None:
        """What people gave; None unless every question is scored."""
        return _sum(self.questions.values()) if self.state is State.GRADED else None

    @property
    def unscored(self) -> tuple[str, ...]:
        """The questions of a graded submission that no person has scored."""
        graded = self.state is State.GRADED
        return tuple(name for name, mark in self.questions.items() if graded and mark.points is None)

    @property
    def taken(self) -> Fraction | None:
        """What lateness takes of both; None where there is no total."""
        if self.from_checks is None or self.manual is None:
            return None
        return self.late.taken(self.from_checks + self.manual) if self.late else Fraction()

    @property
    def points(self) -> Fraction | None:
        """The total; None where there is none, which is not zero."""
        if self.from_checks is None or self.manual is None or self.taken is None:
            return None
        return self.from_checks + self.manual - self.taken

    @property
    def max_points(self) -> Fraction:
        """What its checks, and its questions where they count, can earn."""
        return sum((mark.max_points for mark in (*self.checks.values(), *self.questions.values())), Fraction())

    @property
    def is_more_than_checks(self) -> bool:
        """Whether the total has other parts than the points of checks."""
        return self.points is not None and bool(self.questions or (self.late and self.late.days))

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a person should know of this row."""
        late = self.late.sentence if self.late else ""
        waiting = f"not scored yet: {', '.join(self.unscored)}" if self.unscored else ""
        return tuple(each for each in (late, waiting, self.note) if each)


@dataclass(frozen=True, slots=True)
class Gradebook:
    """A class, in order of id. `checks` and `questions` have what each can earn; all of it is in `max_points`."""

    assignment: str
    title: str
    rows: tuple[Row, ...]
    checks: Mapping[str, Fraction]
    questions: Mapping[str, Fraction] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def max_points(self) -> Fraction:
        """Full marks, of checks and, once any is scored, of written questions."""
        return sum((*self.checks.values(), *self.questions.values()), Fraction())

    @property
    def names(self) -> dict[str, str]:
        """Who shares each submission, by its id; those are left out of whom nobody's name is known."""
        found: dict[str, list[str]] = {}
        for row in self.rows:
            if row.name:
                found.setdefault(row.submission, []).append(row.name)
        return {submission: ", ".join(names) for submission, names in found.items()}


def build(
    graded: Iterable[Graded],
    *,
    assignment: str = "",
    title: str = "",
    policy: Late | None = None,
    late: Mapping[str, LateEntry] | None = None,
    scores: Scores | None = None,
    missing: Iterable[str] = (),
    names: Mapping[str, str] | None = None,
) -> Gradebook:
    """The gradebook of a class: each member of a group has a row, and so has each of `missing`, who submitted nothing.

    `late` is the teacher's list, and `names` are by id. Raises `UsageError` where there is a list and the assignment
    has no `[late]`.
    """
    submissions = [*graded, *map(Graded.not_submitted, missing)]
    if late and policy is None:
        raise UsageError("assignment.toml: it has no [late], so the list of late submissions has no effect; add [late]")
    questions = _most(each.questions for each in submissions) if scores else {}
    rows: dict[str, Row] = {}
    for each in submissions:
        for id in each.ids:
            row = _row(id, each, questions, policy, late or {}, scores or {})
            rows[id] = _twice(rows[id], row) if id in rows else row
    return Gradebook(
        assignment,
        title,
        rows=tuple(replace(rows[id], name=(names or {}).get(id, "")) for id in sorted(rows)),
        checks=_most({name: mark.max_points for name, mark in each.checks.items()} for each in submissions),
        questions=questions,
        warnings=tuple(_warnings(submissions, rows, policy, late or {}, scores or {})),
    )


def as_csv(book: Gradebook) -> bytes:
    """`grades.csv`: a row per student, a column for each part of the points."""
    columns = _with([*FIXED, *PARTS], book.checks, "check")
    columns = _with(columns, book.questions, "question")
    return write_table(columns, (_cells(book, row) for row in book.rows))


def to_json(book: Gradebook) -> bytes:
    """`gradebook.json`: every row with its parts and what they add up to."""
    content = _ADAPTER.dump_python(book, mode="json", by_alias=True)
    for written, row in zip(content["rows"], book.rows, strict=True):
        sums = {"from_checks": row.from_checks, "manual": row.manual, "taken": row.taken, "points": row.points}
        written |= {name: None if value is None else str(value) for name, value in sums.items()}
        written["max_points"] = str(book.max_points)
    return json.dumps({**content, "max_points": str(book.max_points)}, indent=1).encode() + b"\n"


def read_gradebook(results: Path) -> Gradebook:
    """The gradebook in a folder of results; its sums are computed again. Raises `UsageError`."""
    path = results / "gradebook.json"
    try:
        return _ADAPTER.validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(
            f"{path}: no gradebook there ({error.strerror}); name a folder that `grader grade` wrote"
        ) from None
    except ValidationError:
        raise UsageError(f"{path}: damaged, or written by another version of grader; grade again") from None


def write_gradebook(results: Path, book: Gradebook) -> None:
    """Write both files, each whole or not at all."""
    write_whole(results / "gradebook.json", to_json(book))
    write_whole(results / "grades.csv", as_csv(book))


def _row(
    id: str,
    graded: Graded,
    questions: Mapping[str, Fraction],
    policy: Late | None,
    late: Mapping[str, LateEntry],
    scores: Scores,
) -> Row:
    is_graded = graded.state is State.GRADED
    entry = late.get(id) or late.get(graded.submission)
    nothing = Score(None)
    marks = {}
    for name, most in questions.items():
        score = scores.get((id, name)) or scores.get((graded.submission, name), nothing)
        marks[name] = Mark(score.points, most, score.comment)
    return Row(
        id=id,
        submission=graded.submission,
        state=graded.state,
        checks=graded.checks
        if is_graded
        else {name: Mark(None, each.max_points) for name, each in graded.checks.items()},
        questions=marks,
        late=lateness(policy, graded.submitted_at, entry, source=graded.source) if policy and is_graded else None,
        level=graded.level,
        device=graded.device,
        note=graded.note,
    )


def _twice(first: Row, second: Row) -> Row:
    """Somebody of two submissions: which one counts is for a person to say."""
    both = f"in more than one submission: {first.submission} and {second.submission}; keep one"
    return Row(first.id, first.submission, State.QUARANTINED, note=both)


def _most(each: Iterable[Mapping[str, Fraction]]) -> dict[str, Fraction]:
    """All names in the order in which they come first, with the most that each can earn."""
    found: dict[str, Fraction] = {}
    for points in each:
        for name, most in points.items():
            found[name] = max(most, found.get(name, most))
    return found


def _warnings(
    submissions: Sequence[Graded],
    rows: Mapping[str, Row],
    policy: Late | None,
    late: Mapping[str, LateEntry],
    scores: Scores,
) -> Iterator[str]:
    known = {*rows, *(each.submission for each in submissions)}
    for id in sorted(late.keys() - known):
        yield f"the list of late submissions has {id}, but no student in the results has this id; correct the id"
    for id in sorted({id for id, _ in scores} - known):
        yield f"the manual points have {id}, but no student in the results has this id; grade that submission again"
    if not scores and any(each.questions for each in submissions):
        yield "no written answer is scored yet, so the points are those of the checks alone; see `grader manual export`"
    graded = [row for row in rows.values() if row.state is State.GRADED]
    unknown = [row.id for row in graded if policy and row.late is None]
    if unknown:
        who = "everybody" if len(unknown) == len(graded) else ", ".join(sorted(unknown))
        yield f"submission time not known, so treated as on time: {who}; give the times in a list of late submissions"


def _cells(book: Gradebook, row: Row) -> list[str]:
    marks = [row.checks.get(name) for name in book.checks] + [row.questions.get(name) for name in book.questions]
    return [
        row.id,
        row.name,
        row.state,
        _shown(row.points),
        shown(book.max_points) if book.checks else "",
        row.level,
        row.device,
        "; ".join(row.remarks),
        row.submission,
        _shown(row.from_checks),
        "" if row.late is None else str(row.late.days),
        _shown(row.taken),
        _shown(row.manual) if book.questions else "",
        *(_shown(mark.points) if mark else "" for mark in marks),
    ]


def _with(columns: Sequence[str], names: Iterable[str], kind: str) -> list[str]:
    """The columns and those for `names`, all different: a check may be called `id`."""
    return [*columns, *(f"{name} ({kind})" if name in columns else name for name in names)]


def _shown(points: Fraction | None) -> str:
    return "" if points is None else shown(points)


def _sum(marks: Iterable[Mark]) -> Fraction | None:
    points = [mark.points for mark in marks]
    return sum((each for each in points if each is not None), Fraction()) if None not in points else None


_ADAPTER = TypeAdapter(Gradebook)
