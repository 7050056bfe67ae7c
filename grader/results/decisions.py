"""What people have decided: append-only, and each decision belongs to what it is about.

results/marks/<marker>.jsonl    a line for each decision, in order; never changed, only added to

A score of a written answer counts while answer and rubric are those that were scored (`Question`), and other points for
a check while files and check are those that were judged (`Judged`). Each counts again where both come back.

A line is one act: what belongs together is on one line, so that all of it is there or nothing, whenever we are killed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias, TypeVar

from grader.core.errors import UsageError
from grader.core.submission import is_id
from grader.files.atomic import append_whole
from grader.results.acts import Act, Decision, Flag, Override, Request, RubricItem, Second, Seen
from grader.results.marks import Mark, Question
from grader.results.stored import Stored

MARKS = "marks"
T = TypeVar("T")
OTHERWISE = "put a copy back, or remove what is damaged and import its sheet again"


# An id, and the name of a question or of a check; of items of a rubric a question, and the digest of its rubric.
Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Decisions:
    """All that people have decided: for written answers, and in the place of checks; each in order of time.

    `seconds` are scores that count for nobody (see `Second`). `last` is when the latest was.
    """

    scores: Mapping[Key, tuple[Decision, ...]] = field(default_factory=dict)
    overrides: Mapping[Key, tuple[Override, ...]] = field(default_factory=dict)
    items: Mapping[Key, tuple[RubricItem, ...]] = field(default_factory=dict)
    flags: Mapping[Key, tuple[Flag, ...]] = field(default_factory=dict)
    seconds: Mapping[Key, tuple[Decision, ...]] = field(default_factory=dict)
    seen: Mapping[Key, tuple[Seen, ...]] = field(default_factory=dict)
    requests: Mapping[Key, tuple[Request, ...]] = field(default_factory=dict)
    last: datetime | None = None

    @property
    def ids(self) -> set[str]:
        """Whom they are about."""
        return {id for id, _ in (*self.scores, *self.overrides)}


class MarksReader:
    """What people have decided in a folder of results, read again and again, and each line once.

    `unfinished` says that a line which was cut off does not count: where nobody adds to the store meanwhile, a process
    was killed there, and has told nobody that it was stored.
    """

    def __init__(self, results: Path, *, unfinished: bool = False) -> None:
        self._folder = results / MARKS
        self._unfinished = unfinished
        self._read: dict[Path, tuple[int, list[Act]]] = {}
        self._found = Decisions()

    def read(self) -> Decisions:
        """All of it; empty where there is nothing. Raises `UsageError`."""
        try:
            files = sorted(path for path in self._folder.iterdir() if path.suffix == ".jsonl")
            new = [self._read_on(path) for path in files]
            if any(new):
                self._found = _in_order(act for _, acts in self._read.values() for act in acts)
        except FileNotFoundError:
            return Decisions()
        except OSError as error:
            raise UsageError(f"{error.filename}: cannot be read ({error.strerror}); {OTHERWISE}") from None
        return self._found

    def _read_on(self, path: Path) -> bool:
        """Whether there is anything new in the file of one marker, which is then read."""
        end, acts = self._read.get(path, (0, []))
        with path.open("rb") as file:
            file.seek(end)
            content = file.read()
        if self._unfinished:
            content = content[: content.rfind(b"\n") + 1]
        if not content:
            return False
        new = _ACT.parsed_lines(path, content, first=len(acts) + 1)
        for number, each in enumerate(new, len(acts) + 1):
            if each.marker != path.stem:
                raise UsageError(f"{path} line {number}: damaged: another marker's; {OTHERWISE}")
        self._read[path] = end + len(content), [*acts, *new]
        return True


def read_decisions(results: Path) -> Decisions:
    """All that people have decided in a folder of results; empty where there is nothing. Raises `UsageError`."""
    return MarksReader(results).read()


def given_to(decisions: Decisions, id: str, submission: str, question: str) -> tuple[Decision, ...]:
    """Those that a student has points from: the student's own before those on the shared submission."""
    return decisions.scores.get((id, question)) or decisions.scores.get((submission, question), ())


def time_after(decisions: Decisions) -> datetime:
    """Now, or later: a decision comes after all that there are, whatever the clock says."""
    now = datetime.now(UTC)
    return now if decisions.last is None else max(now, decisions.last + timedelta(microseconds=1))


def add_decisions(results: Path, marker: str, new: Sequence[Act]) -> None:
    """Add to what a marker has decided: on the disk when this returns, and nothing of it where it fails.

    Raises `UsageError`.
    """
    if not new:
        return
    path = results / MARKS / f"{marker}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        append_whole(path, b"".join(map(_ACT.line, new)))
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}); nothing was stored") from None


def drop_unfinished(results: Path, marker: str) -> int:
    """Remove what a process that was killed has left of a line, and return how many bytes that were.

    Only while nobody else adds to the store (see `deciding`).
    """
    path = results / MARKS / f"{marker}.jsonl"
    content = path.read_bytes() if path.exists() else b""
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)
    return len(content) - whole


def require_marker(marker: str) -> None:
    """Raises `UsageError` where a name cannot be a marker's."""
    if not is_id(marker):
        raise UsageError(f"--marker {marker}: write a short name of letters, digits and . _ - @")


def about(decisions: Sequence[Decision], question: Question) -> Decision | None:
    """The latest decision on this text; None where there is none."""
    return next((each for each in reversed(decisions) if each.is_about(question)), None)


def mark(decisions: Sequence[Decision], question: Question) -> Mark:
    """What decisions give for an answer: no points, and why, where the latest score is to be looked at again."""
    latest = about(decisions, question)
    if latest and (latest.points is None or latest.points <= question.max_points):
        return Mark(latest.points, question.max_points, latest.comment)
    scored = [each for each in decisions if each.points is not None]
    return Mark(None, question.max_points, again=_changed(scored[-1], question) if scored else "")


def _changed(score: Decision, question: Question) -> str:
    if score.answer != question.answer:
        return "the answer has changed"
    return "the rubric has changed" if score.rubric != question.rubric else "more than the maximum"


def _in_order(acts: Iterable[Act]) -> Decisions:
    """Acts by what they are about. Scores that follow from an item of a rubric are there like any others."""
    every = [each for act in acts for each in (act, *(act.scores if isinstance(act, RubricItem) else ()))]
    every.sort(key=lambda act: act.at)
    return Decisions(
        _by_key(((each.id, each.question), each) for each in every if isinstance(each, Decision)),
        _by_key(((each.id, each.check), each) for each in every if isinstance(each, Override)),
        _by_key(((each.question, each.rubric), each) for each in every if isinstance(each, RubricItem)),
        _by_key(((each.id, each.question), each) for each in every if isinstance(each, Flag)),
        _by_key(((each.second.id, each.second.question), each.second) for each in every if isinstance(each, Second)),
        _by_key(((each.id, each.seen), each) for each in every if isinstance(each, Seen)),
        _by_key(((each.id, each.part), each) for each in every if isinstance(each, Request)),
        last=every[-1].at if every else None,
    )


def _by_key(decisions: Iterable[tuple[Key, T]]) -> dict[Key, tuple[T, ...]]:
    found: dict[Key, list[T]] = {}
    for key, each in decisions:
        found.setdefault(key, []).append(each)
    return {key: tuple(those) for key, those in found.items()}


_ACT: Stored[Act] = Stored(Act, 1, OTHERWISE)
