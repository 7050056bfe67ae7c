"""Clones of GitHub Classroom's repositories, side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.core.text import printable
from grader.files.tree import Kind, Node
from grader.submissions.layouts.base import ClaimedSubmission, Download, LayoutMatch, Rejected
from grader.submissions.unpacking import SubmittedFile

LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")


def github(download: Download) -> LayoutMatch | None:
    """`<assignment>-<login>`, clones side by side."""
    clones = [node for node in download.nodes if node.kind is Kind.FOLDER and _is_clone(node)]
    prefix = _prefix(download, [node.name for node in clones]) if 2 * len(clones) > len(download.nodes) else None
    if not prefix:
        return None
    submissions, rejected = [], []
    for node in download.nodes:
        login = node.name.removeprefix(prefix)
        if node.kind is Kind.FOLDER and login != node.name and LOGIN.fullmatch(login):
            files = (SubmittedFile("", node),)
            submissions.append(ClaimedSubmission(node.name, ((login,),), files, group=login, team=login))
        else:
            rejected.append(Rejected(node.name, f"not a clone `{printable(prefix)}<login>`"))
    return LayoutMatch(f"GitHub Classroom clones of `{printable(prefix[:-1])}`", tuple(submissions), tuple(rejected))


def _is_clone(node: Node) -> bool:
    try:
        return any(each.name == ".git" for each in node.children())
    except OSError:
        return False


def _prefix(download: Download, names: Sequence[str]) -> str | None:
    """What comes before the logins: said by the folder's name, else by the roster, else all that the names share."""
    said = f"{download.name.removesuffix('-submissions')}-"
    if download.name.endswith("-submissions") and all(name.startswith(said) for name in names):
        return said
    first = min(names, key=len)
    ends = [match.end() for match in re.finditer("-", first)]
    shared = [
        first[:end] for end in ends if all(name.startswith(first[:end]) and name != first[:end] for name in names)
    ]
    if download.roster:
        known = {
            prefix: sum(download.in_roster(name.removeprefix(prefix)) for name in names) for prefix in ["", *shared]
        }
        return max(reversed(known), key=lambda prefix: known[prefix]) or None
    return shared[-1] if shared and len(names) > 1 else None
