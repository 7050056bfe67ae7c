"""nbgrader's folder `submitted/`."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime

from grader.core.errors import UsageError
from grader.core.text import printable
from grader.files.tree import Kind, Node
from grader.files.zips import Unsafe
from grader.submissions.layouts.base import ClaimedSubmission, Download, LayoutMatch, Rejected, visible_nodes
from grader.submissions.layouts.gradescope_metadata import moment
from grader.submissions.unpacking import SubmittedFile

TIMESTAMP = "timestamp.txt"
SAKAIS = re.compile(r".*,.*\(.+\)")


def nbgrader(download: Download) -> LayoutMatch | None:
    """`submitted/<student>/<assignment>/`, which holds every assignment of the course."""
    students = {node.name: [each for each in visible_nodes(node) if each.kind is Kind.FOLDER]
                for node in download.nodes if node.kind is Kind.FOLDER}  # fmt: skip
    stamped = sum(any(_is_assignments(each) for each in folders) for folders in students.values())
    if not stamped or (download.name != "submitted" and 2 * stamped <= len(download.nodes)):
        return None
    known = Counter(each.name for folders in students.values() for each in folders)
    chosen = download.assignment if download.assignment in known else next(iter(known)) if len(known) == 1 else None
    if chosen is None:
        raise UsageError(
            f"{download.name}: several assignments, {', '.join(map(printable, sorted(known)))}; name one with --called"
        )
    submissions, rejected = [], []
    for node in download.nodes:
        home = next((each for each in students.get(node.name, []) if each.name == chosen), None)
        if home:
            files = (SubmittedFile("", home),)
            submissions.append(ClaimedSubmission(node.name, ((node.name,),), files, submitted_at=_submitted_at(home)))
        elif node.name not in students:
            rejected.append(Rejected(node.name, "not a folder of a student"))
    return LayoutMatch(f"nbgrader's submissions of `{printable(chosen)}`", tuple(submissions), tuple(rejected))


def _is_assignments(folder: Node) -> bool:
    """Sakai has a file of that name, too, in the folder of a person in that of an assignment."""
    return bool(_stamp(folder)) and not SAKAIS.fullmatch(folder.name)


def _stamp(folder: Node) -> Node | None:
    return next((each for each in visible_nodes(folder) if each.name == TIMESTAMP and each.kind is Kind.FILE), None)


def _submitted_at(folder: Node) -> datetime | None:
    stamp = _stamp(folder)
    try:
        return moment(b"".join(stamp.chunks(1000)).decode()) if stamp else None
    except (Unsafe, OSError, UnicodeDecodeError):
        return None
