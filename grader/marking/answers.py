"""The written answers of a class under names that do not tell whose they are, read again where they have changed."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from grader.files.atomic import write_whole
from grader.results.folder import Class, folder_of, read_class, read_report
from grader.results.lock import deciding
from grader.results.marks import Question
from grader.results.report import Answer, State

ALIASES = ".aliases"  # the key of the names; anyone who has it and a list of ids can tell who is who, as in report.json
ALIAS_LENGTH = 10
Stamp: TypeAlias = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer: the name it is marked under, the id of its submission, and what was submitted."""

    alias: str
    id: str
    answer: Answer
    question: Question

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to read."""
        return not (self.answer.text or "").strip()

    def is_like(self, other: Entry) -> bool:
        """Whether it is the same answer to the same question, byte by byte; all blank ones are."""
        same = self.question.answer == other.question.answer or (self.is_blank and other.is_blank)
        return same and (self.answer.id, self.question.rubric) == (other.answer.id, other.question.rubric)


class Answers:
    """All answers that may be marked: of submissions with a report that counts. Nobody quarantined is among them.

    They are in an order that has nothing to do with ids, another one for each question.
    """

    def __init__(self, results: Path) -> None:
        self._results = results
        self._class: tuple[Stamp, Class] = None, read_class(results)
        self._key = _key(results)
        self._read: dict[str, tuple[Stamp, tuple[Entry, ...]]] = {}
        self._by_question: dict[str, dict[str, Entry]] = {}
        self.refresh()

    def refresh(self) -> dict[str, dict[str, Entry]]:
        """By question and alias, what there is now. Raises `UsageError` where it cannot be read."""
        graded = self._graded()
        read = {id: self._entries(graded, id) for id in graded.submissions}
        if read != self._read:
            self._read = read
            found: dict[str, dict[str, Entry]] = {}
            for entry in sorted((each for _, those in read.values() for each in those), key=lambda each: each.alias):
                found.setdefault(entry.answer.id, {})[entry.alias] = entry
            order = [each.answer.id for _, those in read.values() for each in those]
            self._by_question = {question: found[question] for question in dict.fromkeys(order)}
        return self._by_question

    def who(self, entry: Entry) -> str:
        """Whose an answer is: the id, members of a group, and names where they are known."""
        graded = self._class[1]
        ids = graded.members.get(entry.id) or (entry.id,)
        people = [f"{id} {graded.names[id]}" if id in graded.names else id for id in ids]
        return ", ".join(people) if ids == (entry.id,) else f"{entry.id}: {', '.join(people)}"

    def _graded(self) -> Class:
        stamp = _stamp(self._results / "class.json")
        if stamp != self._class[0]:
            self._class = stamp, read_class(self._results)
            self._read = {}  # which reports count may be another matter now
        return self._class[1]

    def _entries(self, graded: Class, id: str) -> tuple[Stamp, tuple[Entry, ...]]:
        stamp = _stamp(folder_of(self._results, id) / "report.json")
        known = self._read.get(id)
        return known if known and known[0] == stamp else (stamp, tuple(self._new(graded, id)))

    def _new(self, graded: Class, id: str) -> Iterator[Entry]:
        report = read_report(self._results, id)
        if (
            report
            and not report.waiting
            and report.state is not State.QUARANTINED
            and graded.counts(report.state, report.version)
        ):
            for answer in report.answers:
                yield Entry(self._alias(id, answer.id), id, answer, Question.of(answer))

    def _alias(self, id: str, question: str) -> str:
        return hmac.new(self._key, f"{question}\0{id}".encode(), "sha256").hexdigest()[:ALIAS_LENGTH]


def _key(results: Path) -> bytes:
    """The same for everybody who marks these results, so that they can talk about an answer."""
    path = results / ALIASES
    with deciding(results):
        if not path.exists():
            write_whole(path, secrets.token_bytes(32))
        return path.read_bytes()


def _stamp(path: Path) -> Stamp:
    """Changes when a file is written anew; None where there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
