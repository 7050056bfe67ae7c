"""Moodle's download of an assignment.

Teams have folders of their own, in which the number is the team's and says nothing of a person. Before Moodle 4.1 each
member had one, with the team's name before the member's: `Team 1-Ada Lovelace_101_...`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from grader.core.text import printable
from grader.files.tree import Kind
from grader.submissions.layouts.base import NUMBER, Download, LayoutMatch, Rejected, most, submission_of_files, together
from grader.submissions.unpacking import SubmittedFile

# Only the team of all who are in none has no number: `Default group_assignsubmission_file`, in the site's language.
NAME = re.compile(f"([^_]*)(?:_({NUMBER}))?_assignsubmission_(file|onlinetext)(_.*)?")
DEFAULT = "0"


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
            oddities.append(f"{printable(node.name)}: an online text; read it by hand")
        found.append(((match[1], match[2] or DEFAULT), SubmittedFile(rest[1:] if loose else "", node)))
    flat = any(file.name for _, file in found)
    submissions = [submission_of_files(each) for each in together(found)]
    teams = _are_teams(download, [key for key, _ in found])
    if teams:
        submissions = [
            replace(each, members=(), group=f"group_{each.members[0][0]}", team=each.name) for each in submissions
        ]
    whose = "team" if teams else "student"
    return LayoutMatch(
        f"Moodle download, {'files without folders' if flat else f'a folder for each {whose}'}",
        tuple(submissions),
        tuple(rejected),
        tuple(oddities),
    )


def _are_teams(download: Download, found: list[tuple[str, str]]) -> bool:
    """Whether the numbers are those of teams: a download has either teams or people."""
    groups = download.groups
    return any(number == DEFAULT or (groups and groups.find(name)) for name, number in found)
