"""Blackboard's download of an assignment: every file of every attempt in one folder, and a text beside each attempt.

The names are as kwurst/bb-file-cleanup and BBGradebookOrganiser take them apart, the text as CodeGrade's importer
(psef/blackboard.py) reads it. `attempt` is in the site's language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from grader.core.text import printable
from grader.files.tree import Kind, Node
from grader.submissions.layouts.base import ClaimedSubmission, Download, LayoutMatch, Rejected, beginning, most
from grader.submissions.unpacking import SubmittedFile

# The first time in a name is Blackboard's: what students choose is behind it.
NAME = re.compile(r"((.+?)_[^_]+_([0-9]{4}(?:-[0-9]{2}){5}))(?:_(.+)|\.txt)", re.DOTALL)
WHOSE = re.compile(r"[^:\n]+: (.*) \(([^()\n]+)\)\s*")


def blackboard(download: Download) -> LayoutMatch | None:
    """`<assignment>_<username>_attempt_<time>_<file>`, and `<assignment>_<username>_attempt_<time>.txt`."""
    if not most(download, lambda node: node.kind is Kind.FILE and NAME.fullmatch(node.name)):
        return None
    attempts: dict[str, _Attempt] = {}
    rejected = []
    for node in download.nodes:
        match = NAME.fullmatch(node.name) if node.kind is Kind.FILE else None
        if not match:
            rejected.append(Rejected(node.name, "not a name that Blackboard gives"))
            continue
        attempt = attempts.setdefault(match[1], _Attempt(match[2], int(match[3].replace("-", ""))))
        if match[4]:
            attempt.files.append(SubmittedFile(match[4], node, attempt.number))
        else:
            attempt.text = node
    submissions = []
    for name, attempt in attempts.items():
        claimed = attempt.claimed()
        if claimed:
            submissions.append(claimed)
        else:
            reason = f"`{printable(name)}.txt` is not there, or does not say whose it is"
            rejected += [Rejected(file.node.name, reason) for file in attempt.submitted()]
    return LayoutMatch("Blackboard download", tuple(submissions), tuple(rejected))


@dataclass(slots=True)
class _Attempt:
    """One attempt. Its number grows with its time, which is the server's, of a zone that is not told."""

    prefix: str
    number: int
    text: Node | None = None
    files: list[SubmittedFile] = field(default_factory=list)

    def submitted(self) -> list[SubmittedFile]:
        """The files; where there are none, the text that stands for them, by a name that no data has."""
        text = [SubmittedFile(self.text.name.removesuffix(".txt"), self.text, self.number)] if self.text else []
        return self.files or text

    def claimed(self) -> ClaimedSubmission | None:
        """Whose it is as the text says, where that is what the names end with."""
        said = WHOSE.fullmatch(beginning(self.text).partition("\n")[0]) if self.text else None
        if not said or not self.prefix.endswith(f"_{said[2]}"):
            return None
        files = tuple(self.submitted())
        return ClaimedSubmission(files[0].node.name, ((said[2],),), files, name=" ".join(said[1].split()))
