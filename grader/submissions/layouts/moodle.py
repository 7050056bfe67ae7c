"""Moodle's download of an assignment."""

from __future__ import annotations

import re

from grader.core.text import in_ascii
from grader.files.tree import Kind
from grader.submissions.layouts.base import NUMBER, Download, LayoutMatch, Rejected, most, submission_of_files, together
from grader.submissions.unpacking import SubmittedFile

NAME = re.compile(f"([^_]*)_({NUMBER})_assignsubmission_(file|onlinetext)(_.*)?")


def moodle(download: Download) -> LayoutMatch | None:
    """`<Full Name>_<participant>_assignsubmission_file[_]`, a folder or the beginning of a file's name."""
    if not most(download, lambda node: NAME.fullmatch(node.name)):
        return None
    found: list[tuple[tuple[str, str], SubmittedFile]] = []
    rejected = []
    oddities = []
    for node in download.nodes:
        match = NAME.fullmatch(node.name)
        rest = match[4] or "" if match else ""
        loose = node.kind is Kind.FILE
        if not match or (not rest[1:] if loose else rest not in ("", "_")):
            rejected.append(Rejected(node.name, "not a name that Moodle gives; it does not say whose it is"))
            continue
        if match[3] == "onlinetext":
            oddities.append(f"{in_ascii(node.name)}: an online text; read it by hand")
        found.append(((match[1], match[2]), SubmittedFile(rest[1:] if loose else "", node)))
    flat = any(file.name for _, file in found)
    return LayoutMatch(
        f"Moodle download, {'files without folders' if flat else 'a folder for each student'}",
        tuple(submission_of_files(each) for each in together(found)),
        tuple(rejected),
        tuple(oddities),
    )
