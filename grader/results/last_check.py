"""What `grader check` remembers in a student's folder: what has not passed when it last ran.

.grader/last.json      for --last-failed
.grader/report.html    the page of --html
.grader/.gitignore     so that no repository takes it along
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from grader.core.verdict import Outcome, Verdict
from grader.files.atomic import write_whole
from grader.results.stored import Stored

FOLDER = ".grader"
PAGE = "report.html"


@dataclass(frozen=True, slots=True)
class LastCheck:
    """The cases, as `check[case]`, that had not passed when they were last run."""

    failed: tuple[str, ...]


LAST_CHECK = Stored(LastCheck, 1, "delete it")


def read_failed(folder: Path) -> tuple[str, ...]:
    """What had not passed. Raises `UsageError` where the file is damaged."""
    last = LAST_CHECK.read(_file(folder))
    return last.failed if last else ()


def remember(folder: Path, before: Collection[str], verdicts: Iterable[Verdict]) -> None:
    """Keep what has not passed: of what did not run now, what was among `before`. Raises `OSError`."""
    now = {verdict.name: verdict.outcome is Outcome.PASSED for verdict in verdicts}
    failed = (*(name for name in before if name not in now), *(name for name, passed in now.items() if not passed))
    write_whole(_file(folder), LAST_CHECK.dumped(LastCheck(failed)))
    (folder / FOLDER / ".gitignore").write_text("*\n")


def write_page(folder: Path, page: str) -> Path:
    """Write the page of a report; return where it is. Raises `OSError`."""
    path = folder / FOLDER / PAGE
    write_whole(path, page.encode())
    return path


def _file(folder: Path) -> Path:
    return folder / FOLDER / "last.json"
