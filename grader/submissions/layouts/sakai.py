"""Sakai's download of an assignment, as `zipSubmissions` and `zipGroupSubmissions` in AssignmentServiceImpl write it.

Only what is in the folder of attachments is a student's; all else there is written by Sakai or by the teacher.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from grader.core.text import printable
from grader.files.tree import Kind, Node
from grader.submissions.layouts.base import (
    BESIDE,
    ClaimedSubmission,
    Download,
    LayoutMatch,
    Rejected,
    beginning,
    most,
    together,
    visible_nodes,
)
from grader.submissions.layouts.gradescope_metadata import moment
from grader.submissions.unpacking import SubmittedFile

ATTACHED = "Submission attachment(s)"  # in English
TIMESTAMP, MEMBERS = "timestamp.txt", "members.txt"
GRADES = {"grades.csv", "grades.xls", "grades.xlsx"}
PERSON = re.compile(r"([^;]*,[^;]*)\(([^()]+)\)")
GROUP = re.compile(r".+ \(([A-Za-z0-9-]+)\)")
LOOSE = re.compile(rf"(.+?)_{re.escape(ATTACHED)}_(.+)", re.DOTALL)


def sakai(download: Download) -> LayoutMatch | None:
    """`<Last>, <First>(<id>)/Submission attachment(s)/`, the same without folders, or `<Group> (<number>)/`."""
    nodes = [node for node in download.nodes if node.name not in GRADES]
    if not most(download, lambda node: node.name in GRADES or _is_ours(node)) or not any(map(_is_ours, nodes)):
        return None
    submissions: list[ClaimedSubmission] = []
    rejected: list[Rejected] = []
    oddities: list[str] = []
    loose = []
    for node in nodes:
        match = LOOSE.fullmatch(node.name) if node.kind is Kind.FILE else None
        found = _of_folder(node) if node.kind is Kind.FOLDER else None
        if match and _people(match[1]):
            loose.append(((match[1], ""), SubmittedFile(match[2], node)))
        elif isinstance(found, Rejected):
            rejected.append(found)
        elif found:
            submissions.append(found)
        elif node.kind is Kind.FILE and node.name.lower().endswith(BESIDE):
            oddities.append(f"{printable(node.name)}: ignored, not a submission")
        elif not _is_ours(node):
            rejected.append(Rejected(node.name, "not a name that Sakai gives"))
    submissions += [_claimed(files[0].node.name, _people(who), files) for (who, _), files in together(loose)]
    return LayoutMatch("Sakai download", tuple(submissions), tuple(rejected), tuple(oddities))


def _is_ours(node: Node) -> bool:
    if node.kind is Kind.FILE:
        return bool(_people(node.name.partition(")_")[0] + ")"))
    inside = _inside(node)
    return bool((_people(node.name) or MEMBERS in inside) and (TIMESTAMP in inside or ATTACHED in inside))


def _of_folder(node: Node) -> ClaimedSubmission | Rejected | None:
    """None where nothing was submitted: Sakai can be told to list those people too."""
    inside = _inside(node)
    people = _people(html.unescape(beginning(inside[MEMBERS])).strip()) if MEMBERS in inside else _people(node.name)
    stamp = inside.get(TIMESTAMP)
    attached = inside.get(ATTACHED)
    text = next((each for name, each in inside.items() if name.endswith("_submissionText.html")), None)
    if not people:
        return Rejected(node.name, f"`{MEMBERS}` does not say whose it is") if MEMBERS in inside else None
    if attached and attached.kind is Kind.FOLDER and visible_nodes(attached):
        file = SubmittedFile("", attached)
    elif text and text.size:
        file = SubmittedFile(text.name, text)
    else:
        reason = f"no files in `{ATTACHED}`; look at it by hand"
        return Rejected(node.name, reason) if stamp else None
    return _claimed(node.name, people, (file,), beginning(stamp) if stamp else "")


def _claimed(
    source: str, people: Sequence[tuple[str, str]], files: tuple[SubmittedFile, ...], stamp: str = ""
) -> ClaimedSubmission:
    names = ", ".join(name for name, _ in people)
    number = GROUP.fullmatch(source)
    members = tuple((id,) for _, id in people)
    group = number[1] if number else ""
    return ClaimedSubmission(source, members, files, name=names, group=group, submitted_at=moment(stamp))


def _people(text: str) -> list[tuple[str, str]]:
    """The names and ids in `Lovelace, Ada(ada); Noether, Emmy(emmy)`; nobody where that is anything else."""
    found = [PERSON.fullmatch(each) for each in text.split("; ")]
    return [(" ".join(match[1].split()), match[2]) for match in found if match] if all(found) else []


def _inside(node: Node) -> dict[str, Node]:
    return {each.name: each for each in visible_nodes(node) if not each.problem} if node.kind is Kind.FOLDER else {}
