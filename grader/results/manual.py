"""Points that people give for written answers: a sheet to fill in, and the filled one read back.

The sheet has a row for each submission and written question: those who share a submission share its answers, and its
row is scored once. A row with a member's own id may be added; it counts for that member before the shared one.

What is read goes into the store of `decisions`. The column `text` says which answer and rubric a row is about, so that
points from a sheet that is older than the answer count for nobody until a person has looked again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from grader.core.errors import UsageError
from grader.files.tables import Line, number, read_table, write_table
from grader.results.acts import Decision
from grader.results.decisions import Decisions, about, add_decisions, mark, read_decisions, require_marker, time_after
from grader.results.lock import deciding
from grader.results.marks import Graded, Question
from grader.results.report import Answer, Report, State, shown

SHEET = (
    "id", "question", "title", "max points", "rubric", "answer", "points", "comment", "reason", "earlier", "text",
)  # fmt: skip
REASON = "give a `reason` to replace it"
TEXT = re.compile("[0-9a-f]{32}-[0-9a-f]{32}")
# By each id that may be scored, of a submission or of a member, what it has submitted.
Asked: TypeAlias = Mapping[str, Graded]


def sheet(reports: Iterable[Report], decisions: Decisions) -> bytes:
    """A CSV to be filled in: `points` is empty, except where a score counts. Nobody quarantined is in it."""
    rows = (
        _sheet_row(id, answer, graded.questions[answer.id], decisions.scores.get((id, answer.id), ()))
        for report in reports
        if report.state is not State.QUARANTINED
        for graded in [Graded.of(report)]
        for answer in report.answers
        for id in _scored(graded, answer.id, decisions)
    )
    return write_table(SHEET, rows)


def asked(reports: Iterable[Report]) -> dict[str, Graded]:
    """What may be scored, by every id."""
    found = map(Graded.of, reports)
    return {id: each for each in found for id in (each.submission, *each.members)}


def find_submission(id: str, asked: Asked) -> Graded:
    """The submission of this id, or of the member who has it. Raises `UsageError`."""
    if id not in asked:
        raise UsageError(_unknown(id, asked))
    return asked[id]


def import_sheet(path: Path, asked: Asked, results: Path, marker: str) -> tuple[Decision, ...]:
    """Check the filled sheet as a whole, add what is new in it to the store, and return that.

    A row without points and comment says nothing, and changes nothing. Raises `UsageError` with every problem, a line
    for each; then nothing is stored.
    """
    require_marker(marker)
    with deciding(results):
        new = _decided(path, asked, read_decisions(results), marker)
        add_decisions(results, marker, new)
    return tuple(new)


def _decided(path: Path, asked: Asked, decisions: Decisions, marker: str) -> list[Decision]:
    """What is new in a filled sheet. Raises `UsageError`."""
    now = time_after(decisions)
    new: list[Decision] = []
    problems: list[str] = []
    seen: dict[tuple[str, str], int] = {}
    for row in read_table(path, ["id", "question", "points"]):
        key = row.cells["id"], row.cells["question"]
        found = list(_problems(row, asked))
        if key in seen:
            found.append(f"{key[0]} has {key[1]} already in row {seen[key]}; keep one")
        seen.setdefault(key, row.number)
        if not found and (row.cells["points"] or row.cells.get("comment")):
            try:
                new += _new(row, asked[key[0]], decisions, marker, now)
            except _Replaces as problem:
                found.append(str(problem))
        problems += [f"{path.name} row {row.number}: {each}" for each in found]
    if problems:
        raise UsageError("\n".join(problems))
    return new


class _Replaces(Exception):
    """A row that would replace what a colleague has given, without a reason."""


def _new(row: Line, graded: Graded, decisions: Decisions, marker: str, now: datetime) -> list[Decision]:
    """What a row decides beside what is known: one decision or none. Raises `_Replaces`."""
    id, question, reason = row.cells["id"], row.cells["question"], row.cells.get("reason", "")
    points, comment = number(row.cells["points"]), row.cells.get("comment", "")
    text = _text(row, graded.questions[question])
    own = decisions.scores.get((id, question), ())
    before = about(own, text)
    counted = before if own else about(decisions.scores.get((graded.submission, question), ()), text)
    if counted and counted.marker != marker and not reason:
        if None not in (points, counted.points) and points != counted.points:
            raise _Replaces(f"{counted.marker} gave {_exactly(counted.points)} for this; {REASON}")
        if comment and counted.comment and comment != counted.comment:
            raise _Replaces(f"{counted.marker} has another comment on this; {REASON}")
    if not before:
        return [Decision(id, question, points, comment, text.answer, text.rubric, marker, now, reason)]
    if points in (None, before.points):  # and from the same items of the rubric
        new = replace(before, comment=comment or before.comment)
    else:
        new = replace(before, points=points, comment=comment or before.comment, items=(), adjust=Fraction())
    return [replace(new, marker=marker, at=now, reason=reason)] if new != before else []


def _text(row: Line, question: Question) -> Question:
    """The question with the answer and the rubric that a row is about: the present ones where it does not say."""
    answer, _, rubric = (row.cells.get("text") or _named(question)).partition("-")
    return replace(question, answer=answer, rubric=rubric)


def _named(question: Question) -> str:
    return f"{question.answer}-{question.rubric}"


def _scored(graded: Graded, question: str, decisions: Decisions) -> tuple[str, ...]:
    """Who has a row: a submission, and those of its members about whom there is a decision of their own."""
    own = (id for id in graded.members if id != graded.submission and (id, question) in decisions.scores)
    return (graded.submission, *own)


def _sheet_row(id: str, answer: Answer, question: Question, decided: Sequence[Decision]) -> list[str]:
    rubric = " | ".join(f"{points}: {text}" for points, text in answer.rubric)
    status = "submitted" if answer.text is not None else answer.why_no_text.removeprefix("was ")
    now = mark(decided, question)
    earlier = ""
    if now.again:
        last = next(each for each in reversed(decided) if each.points is not None)
        earlier = f"{_exactly(last.points)} by {last.marker}, but {now.again}"
    most = _exactly(question.max_points)
    text = _named(question)
    return [id, answer.id, answer.title, most, rubric, status, _exactly(now.points), now.comment, "", earlier, text]


def _problems(row: Line, asked: Asked) -> Iterator[str]:
    id, name, typed = (row.cells[each] for each in ("id", "question", "points"))
    if id not in asked:
        yield _unknown(id, asked)
        return
    questions = asked[id].questions
    if name not in questions:
        yield f"there is no question {name or 'without a name'}; use {' or '.join(questions) or 'none'}"
        return
    question = questions[name]
    if not TEXT.fullmatch(row.cells.get("text") or _named(question)):
        yield "the cell `text` is not as it was exported; copy it from the sheet, or leave it empty"
        return
    if not typed:
        return
    points, most = number(typed), question.max_points
    if points is None:
        yield f"{typed!a} is not a number; write points such as 1.5"
    elif points < 0:
        yield f"{typed} is below 0; write 0 to {shown(most)}"
    elif points > most and _text(row, question).rubric == question.rubric:  # an earlier one may have given more
        yield f"{typed} is above the maximum of {shown(most)}; write 0 to {shown(most)}"


def _unknown(id: str, asked: Asked) -> str:
    """With what a spreadsheet did to an id, if it did; nothing is guessed."""
    unknown = f"no student in the results has the id {id or '(empty)'}"
    alike = [each for each in asked if each.lstrip("0") == id.lstrip("0")] if id else []
    if len(alike) == 1:
        return f"{unknown}; write {alike[0]}: a spreadsheet drops leading zeros unless the column is text"
    return f"{unknown}; write the id as it is in grades.csv"


def _exactly(points: Fraction | None) -> str:
    """A decimal number, exact because what was typed was one."""
    if points is None:
        return ""
    whole, rest = divmod(points, 1)
    digits = f"{int(rest * 10**6):06d}".rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)
