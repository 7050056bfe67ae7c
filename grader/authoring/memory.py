"""What became of submissions of our own making, kept from run to run: each verdict stands while its check is the same.

verdicts.jsonl    {"format": 1, "submission": <digest of its files and of where they ran>, "seen": {...}}

A line adds to those before it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.core.verdict import Outcome
from grader.files.atomic import append_whole, write_whole
from grader.results.stored import Stored


@dataclass(frozen=True, slots=True)
class Seen:
    """The verdict on one case, its processor time, and the version of the check that made it."""

    outcome: Outcome
    seconds: float
    version: str

    @property
    def passed(self) -> bool:
        """Whether it is full points."""
        return self.outcome is Outcome.PASSED


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file: verdicts by the names of cases."""

    submission: str
    seen: Mapping[str, Seen]


LINE = Stored(Line, 1, "delete it, and all is run again")


class Memory:
    """The file at `path`. May be added to from several threads. Raises `UsageError` where it cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._adding = threading.Lock()
        self._seen: dict[str, dict[str, Seen]] = {}
        content = path.read_bytes() if path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        for line in LINE.parsed_lines(path, whole):
            self._seen.setdefault(line.submission, {}).update(line.seen)
        if whole != content:  # it was ended in the middle of a line
            write_whole(path, whole)

    def of(self, submission: str) -> Mapping[str, Seen]:
        """What is known of a submission, by the names of cases."""
        return self._seen.get(submission, {})

    def add(self, submission: str, seen: Mapping[str, Seen]) -> None:
        """Keep verdicts: on the disk when this returns."""
        with self._adding:
            append_whole(self._path, LINE.line(Line(submission, seen)))
            self._seen.setdefault(submission, {}).update(seen)
