"""Folders, zips and files that people have named after students."""

from __future__ import annotations

from grader.core.text import printable
from grader.files.tree import Kind
from grader.submissions.layouts.base import BESIDE, LOOSE, Download, LayoutMatch, Rejected, stem, submission_of_name
from grader.submissions.unpacking import ARCHIVES


def plain(download: Download) -> LayoutMatch:
    """Folders, zips and single files, each named after a student."""
    submissions, rejected, oddities = [], [], []
    for node in download.nodes:
        lower = node.name.lower()
        if node.kind is Kind.FOLDER or lower.endswith(LOOSE):
            submissions.append(submission_of_name(node))
        elif lower.endswith(BESIDE) and not download.in_roster(stem(node)):
            oddities.append(f"{printable(node.name)}: ignored, not a submission")
        else:
            what = "cannot be opened here" if lower.endswith(ARCHIVES) else "not a submission"
            rejected.append(Rejected(node.name, f"{what}; ask for a zip, a folder, or a .py or .ipynb file"))
    kinds = {"a folder" if not each.files[0].name else f"a {each.files[0].name.rpartition('.')[2].lower()}"
             for each in submissions}  # fmt: skip
    words = {"a folder": "a folder for each student", "a zip": "a zip for each student"}
    layout = (
        words.get(kinds.pop(), "a file for each student")
        if len(kinds) == 1
        else "folders and files named after students"
    )
    return LayoutMatch(layout, tuple(submissions), tuple(rejected), tuple(oddities))
