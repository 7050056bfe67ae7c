"""nbgrader's folder `submitted/`."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from grader.core.errors import UsageError
from grader.core.text import in_ascii
from grader.files.tree import Kind, Node
from grader.files.zips import Unsafe
from grader.submissions.layouts.base import Claim, Hall, Reading, Rejected, visible_nodes
from grader.submissions.layouts.gradescope_metadata import moment
from grader.submissions.unpacking import Part

TIMESTAMP = "timestamp.txt"


def nbgrader(hall: Hall) -> Reading | None:
    """`submitted/<student>/<assignment>/`, which holds every assignment of the course."""
    students = {node.name: [each for each in visible_nodes(node) if each.kind is Kind.FOLDER]
                for node in hall.nodes if node.kind is Kind.FOLDER}  # fmt: skip
    stamped = sum(any(_stamp(each) for each in folders) for folders in students.values())
    if not stamped or (hall.name != "submitted" and 2 * stamped <= len(hall.nodes)):
        return None
    known = Counter(each.name for folders in students.values() for each in folders)
    chosen = hall.assignment if hall.assignment in known else next(iter(known)) if len(known) == 1 else None
    if chosen is None:
        raise UsageError(
            f"{hall.name}: several assignments, {', '.join(map(in_ascii, sorted(known)))}; name one with --called"
        )
    claims, rejected = [], []
    for node in hall.nodes:
        home = next((each for each in students.get(node.name, []) if each.name == chosen), None)
        if home:
            handed_in = _handed_in(home)
            claims.append(Claim(node.name, ((node.name,),), (Part("", home),), handed_in=handed_in))
        elif node.name not in students:
            rejected.append(Rejected(node.name, "not a folder of a student"))
    return Reading(f"nbgrader's submissions of `{in_ascii(chosen)}`", tuple(claims), tuple(rejected))


def _stamp(folder: Node) -> Node | None:
    return next((each for each in visible_nodes(folder) if each.name == TIMESTAMP and each.kind is Kind.FILE), None)


def _handed_in(folder: Node) -> datetime | None:
    stamp = _stamp(folder)
    try:
        return moment(b"".join(stamp.chunks(1000)).decode()) if stamp else None
    except (Unsafe, OSError, UnicodeDecodeError):
        return None
