"""Clones of GitHub Classroom's repositories, side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.core.text import in_ascii
from grader.files.tree import Kind, Node
from grader.submissions.layouts.base import Claim, Hall, Reading, Rejected
from grader.submissions.unpacking import Part

LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")


def github(hall: Hall) -> Reading | None:
    """`<assignment>-<login>`, clones side by side."""
    clones = [node for node in hall.nodes if node.kind is Kind.FOLDER and _is_clone(node)]
    prefix = _prefix(hall, [node.name for node in clones]) if 2 * len(clones) > len(hall.nodes) else None
    if not prefix:
        return None
    claims, rejected = [], []
    for node in hall.nodes:
        login = node.name.removeprefix(prefix)
        if node.kind is Kind.FOLDER and login != node.name and LOGIN.fullmatch(login):
            claims.append(Claim(node.name, ((login,),), (Part("", node),)))
        else:
            rejected.append(Rejected(node.name, f"not a clone `{in_ascii(prefix)}<login>`"))
    return Reading(f"GitHub Classroom clones of `{in_ascii(prefix[:-1])}`", tuple(claims), tuple(rejected))


def _is_clone(node: Node) -> bool:
    try:
        return any(each.name == ".git" for each in node.children())
    except OSError:
        return False


def _prefix(hall: Hall, names: Sequence[str]) -> str | None:
    """What comes before the logins: said by the folder's name, else by the roster, else all that the names share."""
    said = f"{hall.name.removesuffix('-submissions')}-"
    if hall.name.endswith("-submissions") and all(name.startswith(said) for name in names):
        return said
    first = min(names, key=len)
    ends = [match.end() for match in re.finditer("-", first)]
    shared = [
        first[:end] for end in ends if all(name.startswith(first[:end]) and name != first[:end] for name in names)
    ]
    if hall.roster:
        known = {prefix: sum(hall.in_roster(name.removeprefix(prefix)) for name in names) for prefix in ["", *shared]}
        return max(reversed(known), key=lambda prefix: known[prefix]) or None
    return shared[-1] if shared and len(names) > 1 else None
