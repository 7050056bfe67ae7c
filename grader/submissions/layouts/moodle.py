"""Moodle's download of an assignment."""

from __future__ import annotations

import re

from grader.core.text import in_ascii
from grader.files.tree import Kind
from grader.submissions.layouts.base import NUMBER, Hall, Reading, Rejected, claim_of_parts, most, together
from grader.submissions.unpacking import Part

NAME = re.compile(f"([^_]*)_({NUMBER})_assignsubmission_(file|onlinetext)(_.*)?")


def moodle(hall: Hall) -> Reading | None:
    """`<Full Name>_<participant>_assignsubmission_file[_]`, a folder or the beginning of a file's name."""
    if not most(hall, lambda node: NAME.fullmatch(node.name)):
        return None
    found: list[tuple[tuple[str, str], Part]] = []
    rejected = []
    oddities = []
    for node in hall.nodes:
        match = NAME.fullmatch(node.name)
        rest = match[4] or "" if match else ""
        loose = node.kind is Kind.FILE
        if not match or (not rest[1:] if loose else rest not in ("", "_")):
            rejected.append(Rejected(node.name, "not a name that Moodle gives; it says not whose it is"))
            continue
        if match[3] == "onlinetext":
            oddities.append(f"{in_ascii(node.name)}: an online text; read it by hand")
        found.append(((match[1], match[2]), Part(rest[1:] if loose else "", node)))
    flat = any(part.name for _, part in found)
    return Reading(
        f"Moodle download, {'files without folders' if flat else 'a folder for each student'}",
        tuple(claim_of_parts(each) for each in together(found)),
        tuple(rejected),
        tuple(oddities),
    )
