"""How courses name submissions: nbgrader's folders, groups' zips, GitHub Classroom's clones, plain names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from grader.archives import Unsafe
from grader.errors import UsageError
from grader.file_tree import Kind, Node, in_ascii
from grader.gradescope_export import moment
from grader.layouts import (
    BESIDE,
    LOOSE,
    Claim,
    Hall,
    Reading,
    Rejected,
    claim_of_name,
    most,
    stem,
    usable_nodes,
    visible_nodes,
)
from grader.lms_layouts import canvas, gradescope, moodle
from grader.unpacking import ARCHIVES, Part

TIMESTAMP = "timestamp.txt"
TECHNION = re.compile(r"(?:hw|ex|lab|ps|homework|assignment|project)[0-9]{1,2}-([0-9]{5,12}(?:_[0-9]{5,12})*)")
LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")


def recognise(hall: Hall) -> Reading:
    """Read the folder in the layout that most of its names have. Raises `UsageError` where it takes a person to say."""
    usable, rejected = usable_nodes(hall.nodes)
    hall = replace(hall, nodes=usable)
    for layout in (gradescope, moodle, canvas, _nbgrader, _technion, _github):
        reading = layout(hall)
        if reading:
            break
    else:
        reading = _plain(hall)
    return replace(reading, rejected=(*rejected, *reading.rejected))


def _nbgrader(hall: Hall) -> Reading | None:
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


def _technion(hall: Hall) -> Reading | None:
    """`hw2-<id>_<id>.zip`, a pair's."""
    if not most(hall, lambda node: TECHNION.fullmatch(stem(node))):
        return None
    claims, rejected = [], []
    for node in hall.nodes:
        match = TECHNION.fullmatch(stem(node))
        if match:
            ids = match[1].split("_")
            claims.append(replace(claim_of_name(node), members=tuple((id,) for id in ids)))
        else:
            rejected.append(
                Rejected(node.name, "its name does not say whose it is, as in `hw2-123456789_987654321.zip`")
            )
    return Reading("a zip for each group, named after its members", tuple(claims), tuple(rejected))


def _github(hall: Hall) -> Reading | None:
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


def _plain(hall: Hall) -> Reading:
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
