"""Points that people give for written answers: a sheet to fill in, and the filled one read back.

The sheet has a row for each submission and written question: those who share a submission share its answers, and its
row is scored once. A row with a member's own id may be added; it counts for that member before the shared one.

results/manual.csv    what was imported so far, written whole: id, question, points, comment
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

from grader.core.errors import UsageError
from grader.files.atomic import write_whole
from grader.files.tables import Line, number, read_table, write_table
from grader.results.report import Answer, Report, State, shown

SHEET = ("id", "question", "title", "max points", "rubric", "answer", "points", "comment")
STORED = ("id", "question", "points", "comment")
STORE = "manual.csv"


@dataclass(frozen=True, slots=True)
class Score:
    """A person's points for one written answer; None where there is only a comment so far."""

    points: Fraction | None
    comment: str = ""


# By id (of a submission or of a member) and question.
Scores: TypeAlias = Mapping[tuple[str, str], Score]
# What each question can earn, by every id that may be scored.
Asked: TypeAlias = Mapping[str, Mapping[str, Fraction]]


def sheet(reports: Iterable[Report], scores: Scores | None = None) -> bytes:
    """A CSV to be filled in: `points` is empty, except where `scores` has some. Nobody quarantined is in it."""
    rows = (
        _sheet_row(report.submission_id, answer, (scores or {}).get((report.submission_id, answer.id), Score(None)))
        for report in reports
        if report.state is not State.QUARANTINED
        for answer in report.answers
    )
    return write_table(SHEET, rows)


def import_scores(path: Path, asked: Asked, results: Path) -> Scores:
    """Check the filled sheet as a whole, store it in `results` with what was imported before, and return all scores.

    Raises `UsageError` with every problem, a line for each; then nothing is stored. A row without points and comment
    says nothing, and changes nothing.
    """
    stored = dict(read_stored(results))
    for key, score in read_sheet(path, asked).items():
        old = stored.get(key, Score(None))
        points = old.points if score.points is None else score.points
        stored[key] = Score(points, score.comment or old.comment)
    ordered = sorted(stored.items())
    rows = ([id, question, _exactly(score.points), score.comment] for (id, question), score in ordered)
    write_whole(results / STORE, write_table(STORED, rows))
    return stored


def read_sheet(path: Path, asked: Asked) -> Scores:
    """The rows of a filled sheet that say something. Raises `UsageError` with every problem, a line for each."""
    scores: dict[tuple[str, str], Score] = {}
    problems: list[str] = []
    seen: dict[tuple[str, str], int] = {}
    for row in read_table(path, ["id", "question", "points"]):
        key = row.cells["id"], row.cells["question"]
        found = list(_problems(row, asked))
        if key in seen:
            found.append(f"{key[0]} has {key[1]} already in row {seen[key]}; keep one")
        problems += [f"{path.name} row {row.number}: {each}" for each in found]
        seen.setdefault(key, row.number)
        comment = row.cells.get("comment", "")
        if not found and (row.cells["points"] or comment):
            scores[key] = Score(number(row.cells["points"]), comment)
    if problems:
        raise UsageError("\n".join(problems))
    return scores


def read_stored(results: Path) -> Scores:
    """What was imported into a folder of results so far; empty where nothing was. Raises `UsageError`."""
    path = results / STORE
    if not path.exists():
        return {}
    scores = {}
    for row in read_table(path, STORED):
        points = number(row.cells["points"])
        if points is None and row.cells["points"]:
            raise UsageError(
                f"{path} row {row.number}: {row.cells['points']!a} is not a number; import the sheet again"
            )
        scores[row.cells["id"], row.cells["question"]] = Score(points, row.cells["comment"])
    return scores


def _sheet_row(submission: str, answer: Answer, score: Score) -> list[str]:
    most = sum(points for points, _ in answer.rubric)
    rubric = " | ".join(f"{points}: {text}" for points, text in answer.rubric)
    status = "not submitted" if answer.text is None else "submitted"
    points = _exactly(score.points)
    return [submission, answer.id, answer.title, str(most), rubric, status, points, score.comment]


def _problems(row: Line, asked: Asked) -> Iterator[str]:
    id, question, text = (row.cells[name] for name in ("id", "question", "points"))
    if id not in asked:
        yield f"no student in the results has the id {id or '(empty)'}; {_near(id, asked)}"
        return
    if question not in asked[id]:
        yield f"there is no question {question or 'without a name'}; use {' or '.join(asked[id]) or 'none'}"
        return
    if not text:
        return
    points, most = number(text), asked[id][question]
    if points is None:
        yield f"{text!a} is not a number; write points such as 1.5"
    elif points < 0:
        yield f"{text} is below 0; write 0 to {shown(most)}"
    elif points > most:
        yield f"{text} is above the maximum of {shown(most)}; write 0 to {shown(most)}"


def _near(id: str, asked: Asked) -> str:
    """What a spreadsheet did to an id, if it did; nothing is guessed."""
    alike = [each for each in asked if each.lstrip("0") == id.lstrip("0")] if id else []
    if len(alike) == 1:
        return f"write {alike[0]}: a spreadsheet drops leading zeros unless the column is text"
    return "write the id as it is in grades.csv"


def _exactly(points: Fraction | None) -> str:
    """A decimal number, exact because what was typed was one."""
    if points is None:
        return ""
    whole, rest = divmod(points, 1)
    digits = f"{int(rest * 10**6):06d}".rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)
