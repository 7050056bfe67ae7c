"""The gradebook: a row for every student, derived from reports, lateness and manual points, and never edited.

    points = from checks + manual - taken for lateness

Every number is the sum of parts that are in the row. A student who is not GRADED has no points, nor has one whose
written answers are not all scored once any of the class are; no points is not zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from grader.assignment.manifest import Late
from grader.core.errors import UsageError
from grader.core.verdict import total
from grader.results.cautions import Caution
from grader.results.decisions import Decisions, given_to, mark
from grader.results.lateness import LateEntry, lateness
from grader.results.marks import Graded, Mark, Question
from grader.results.overrides import overridden, standing
from grader.results.report import State
from grader.results.requests import open_requests
from grader.results.row import Row


@dataclass(frozen=True, slots=True)
class Gradebook:
    """A class, in order of id. `checks` and `questions` have what each can earn; all of it is in `max_points`.

    `earlier` are the submissions whose reports do not count, as they are by an earlier version of the assignment.
    """

    assignment: str
    title: str
    rows: tuple[Row, ...]
    checks: Mapping[str, Fraction]
    questions: Mapping[str, Fraction] = field(default_factory=dict)
    warnings: tuple[Caution, ...] = ()
    earlier: tuple[str, ...] = ()

    @property
    def max_points(self) -> Fraction:
        """Full marks, of checks and, once any is scored, of written questions."""
        return total((*self.checks.values(), *self.questions.values()))

    @property
    def from_checks(self) -> dict[str, Fraction]:
        """What the checks give each submission; those are left out that have none, or members of different ones."""
        found: dict[str, set[Fraction | None]] = {}
        for row in self.rows:
            found.setdefault(row.submission, set()).add(row.from_checks)
        return {id: each for id, (each, *others) in found.items() if each is not None and not others}

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
    decisions: Decisions | None = None,
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
    decisions, late = decisions or Decisions(), late or {}
    questions = _questions(submissions, decisions)
    rows: dict[str, Row] = {}
    for each in submissions:
        for row in _rows(each, questions, policy, late, decisions):
            rows[row.id] = _twice(rows[row.id], row) if row.id in rows else row
    return Gradebook(
        assignment,
        title,
        rows=tuple(replace(rows[id], name=(names or {}).get(id, "")) for id in sorted(rows)),
        checks=_most(_max_points(each.checks) for each in submissions),
        questions=questions,
        warnings=tuple(_warnings(submissions, rows, policy, late, decisions)),
    )


def rows_of(
    graded: Graded,
    *,
    policy: Late | None,
    late: Mapping[str, LateEntry],
    decisions: Decisions,
    names: Mapping[str, str],
) -> tuple[Row, ...]:
    """The rows of one submission, for its student's page: of written questions those that it has."""
    rows = _rows(graded, _questions([graded], decisions), policy, late, decisions)
    return tuple(replace(row, name=names.get(row.id, "")) for row in rows)


def _questions(submissions: Iterable[Graded], decisions: Decisions) -> dict[str, Fraction]:
    """What written questions can earn; none counts before the first is scored."""
    return _most(_max_points(each.questions) for each in submissions) if decisions.scores else {}


def _rows(
    graded: Graded,
    questions: Mapping[str, Fraction],
    policy: Late | None,
    late: Mapping[str, LateEntry],
    decisions: Decisions,
) -> Iterator[Row]:
    for id in graded.ids:
        yield _row(id, graded, questions, policy, late, decisions)


def _row(
    id: str,
    graded: Graded,
    questions: Mapping[str, Fraction],
    policy: Late | None,
    late: Mapping[str, LateEntry],
    decisions: Decisions,
) -> Row:
    is_graded = graded.state is State.GRADED
    entry = late.get(id) or late.get(graded.submission)
    marks = {}
    for name, most in questions.items():
        decided = given_to(decisions, id, graded.submission, name)
        asked = graded.questions.get(name)
        marks[name] = mark(decided, asked) if asked else Mark(None, most)
    return Row(
        id=id,
        submission=graded.submission,
        state=graded.state,
        checks=overridden(id, graded, decisions)
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


def _max_points(parts: Mapping[str, Mark] | Mapping[str, Question]) -> dict[str, Fraction]:
    return {name: each.max_points for name, each in parts.items()}


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
    decisions: Decisions,
) -> Iterator[Caution]:
    known = {*rows, *(each.submission for each in submissions)}
    if strange := sorted(late.keys() - known):
        said = "the list of late submissions has ids that no student in the results has"
        yield Caution(said, (*strange,), "correct them")
    if strange := sorted(decisions.ids - known):
        yield Caution(
            "the manual points have ids that no student in the results has",
            (*strange,),
            "grade those submissions again",
        )
    if not decisions.scores and any(each.questions for each in submissions):
        yield Caution(
            "no written answer is scored yet, so the points are those of the checks alone",
            advice="see `grader manual export`",
        )
    if again := [row.id for row in rows.values() if any(row.questions[name].again for name in row.unscored)]:
        yield Caution("points by hand to be looked at again", (*sorted(again),), "see `grader manual export`")
    if lapsed := [
        f"{row.id} ({name}, by {each.marker}: {each.again})"
        for row in rows.values()
        for name, each in row.lapsed.items()
    ]:
        said = "points given by hand for a check have no effect"
        yield Caution(said, (*lapsed,), "look at them again, see `grader manual override`")
    if waiting := [f"{each.id} ({each.part})" for each in open_requests(decisions)]:
        yield Caution("requests of students without a reply", (*waiting,), "see `grader mark`")
    checks = {name for each in submissions for name in each.checks}
    changed = sorted(key for key, those in decisions.overrides.items() if standing(those))
    if lost := [f"{id} ({name})" for id, name in changed if checks and name not in checks]:
        yield Caution("points given by hand have no effect, as there is no such check", (*lost,))
    graded = [row for row in rows.values() if row.state is State.GRADED]
    if unknown := sorted(row.id for row in graded if policy and row.late is None):
        who = ("everybody",) if len(unknown) == len(graded) else (*unknown,)
        advice = "give the times in a list of late submissions"
        yield Caution("submission time not known, so treated as on time", who, advice)
