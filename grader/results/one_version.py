"""Whether grades may be taken from a folder of results: by one version of the assignment, and with no run cut short."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.text import some_of
from grader.results.folder import Class, derive, read_class
from grader.results.gradebook import Gradebook

NAMED = 10


def book_in_order(out: Path, *, anyway: bool = False) -> Gradebook:
    """The gradebook of a folder of results. Raises `UsageError` where it is in doubt, unless it is taken `anyway`."""
    graded = read_class(out)
    if anyway:
        return derive(out, graded.whatever_version())[0]
    book, _ = derive(out, graded)
    refuse_doubtful(out, graded, book)
    return book


def refuse_doubtful(out: Path, graded: Class, book: Gradebook) -> None:
    """Raises `UsageError` where the grades of a class should not be taken, with a line for each reason."""
    if found := [*_doubts(out, graded, book)]:
        raise UsageError("\n".join(found))


def _doubts(out: Path, graded: Class, book: Gradebook) -> Iterator[str]:
    whole = len(graded.submissions)
    if pending := graded.pending:
        are = f"{len(pending)} of {whole} may be as before it ({some_of(pending, NAMED)})"
        yield f"{out}: the last run did not end, and {are}; run it again, or add --anyway"
    if earlier := book.earlier:
        are = f"{len(earlier)} of {whole} are by an earlier version of the assignment ({some_of(earlier, NAMED)})"
        yield f"{out}: {are}; run `grader grade` with all downloads, or add --anyway"
