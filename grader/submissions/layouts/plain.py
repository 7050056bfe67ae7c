"""Folders, zips and files that people have named after students themselves."""

from __future__ import annotations

from grader.core.text import in_ascii
from grader.files.tree import Kind
from grader.submissions.layouts.base import BESIDE, LOOSE, Hall, Reading, Rejected, claim_of_name, stem
from grader.submissions.unpacking import ARCHIVES


def plain(hall: Hall) -> Reading:
    """Folders, zips and single files, each named after a student."""
    claims, rejected, oddities = [], [], []
    for node in hall.nodes:
        lower = node.name.lower()
        if node.kind is Kind.FOLDER or lower.endswith(LOOSE):
            claims.append(claim_of_name(node))
        elif lower.endswith(BESIDE) and not hall.in_roster(stem(node)):
            oddities.append(f"{in_ascii(node.name)}: left aside, not a submission")
        else:
            what = "cannot be opened here" if lower.endswith(ARCHIVES) else "not a submission"
            rejected.append(Rejected(node.name, f"{what}; ask for a zip, a folder, or a .py or .ipynb file"))
    kinds = {"a folder" if not each.parts[0].name else f"a {each.parts[0].name.rpartition('.')[2].lower()}"
             for each in claims}  # fmt: skip
    words = {"a folder": "a folder for each student", "a zip": "a zip for each student"}
    layout = (
        words.get(kinds.pop(), "a file for each student")
        if len(kinds) == 1
        else "folders and files named after students"
    )
    return Reading(layout, tuple(claims), tuple(rejected), tuple(oddities))
