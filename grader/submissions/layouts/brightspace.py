"""Brightspace's (D2L's) download of an assignment: a folder for each submission, or files without folders.

The names are as tools take them apart that teachers have written for it: squell/bb-scripts (bsunzip.sh), and parsers of
`27236-46025 - 23304308 Angood - 05 March 2026 612 PM` and `39786-640693 - Aiden Rodriguez - Oct 10, 2025 1022 AM`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from grader.core.text import printable
from grader.files.tree import Kind
from grader.submissions.layouts.base import ClaimedSubmission, Download, LayoutMatch, Rejected, most
from grader.submissions.names import is_same
from grader.submissions.roster import Roster
from grader.submissions.unpacking import SubmittedFile

INDEX = "index.html"  # a page about all submissions
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TIME = "(?:([A-Z][a-z]+) ([0-9]{1,2}),|([0-9]{1,2}) ([A-Z][a-z]+)) ([0-9]{4}) ([0-9]{1,2}):?([0-9]{2}) ([AP])M"
# The first time in a name is Brightspace's: what students choose is behind it.
NAME = re.compile(f"([0-9]+-[0-9]+) - (.+?) ?- {TIME}(?: - (.+))?", re.DOTALL)
ID_AND_NAME = re.compile(r"(?:([A-Za-z]{0,3}[0-9][A-Za-z0-9]*) (?:- )?)?(.+)")


def brightspace(download: Download) -> LayoutMatch | None:
    """`<numbers> - [<id>] <name> - <time>/`, or the same as the beginning of a file's name."""
    download = replace(download, nodes=tuple(node for node in download.nodes if node.name != INDEX))
    if not most(download, lambda node: _number(node.name)):
        return None
    by_name: dict[str, set[str]] = {}
    files: dict[tuple[str, str, int], list[SubmittedFile]] = {}
    rejected = []
    for node in download.nodes:
        match = NAME.fullmatch(node.name)
        number = _number(node.name)
        loose = node.kind is Kind.FILE
        if not match or not number or loose != bool(match[11]):
            rejected.append(Rejected(node.name, "not a name that Brightspace gives; it does not say whose it is"))
            continue
        file = SubmittedFile(match[11] or "", node, number)
        files.setdefault((match[1], match[2], number), []).append(file)
    submissions = []
    for (numbers, who, _), theirs in files.items():
        id, name = _id_and_name(who)
        found = id or _only_one_called(name, download.roster)
        if isinstance(found, Rejected):
            rejected += [replace(found, source=file.node.name) for file in theirs]
            continue
        submissions.append(ClaimedSubmission(theirs[0].node.name, ((found,),), tuple(theirs), name=name))
        if not id:
            by_name.setdefault(found, set()).add(numbers)
    # Brightspace's own numbers tell two people of one name apart.
    unclear = {((id,),) for id, numbers in by_name.items() if len(numbers) > 1}
    rejected += [_unclear(each.name, each.source) for each in submissions if each.members in unclear]
    submissions = [each for each in submissions if each.members not in unclear]
    return LayoutMatch("Brightspace download", tuple(submissions), tuple(rejected))


def _number(name: str) -> int:
    """What grows with the time, which is of a zone that is not told; 0 where there is none."""
    match = NAME.fullmatch(name)
    if not match:
        return 0
    month, day = match[3] or match[6], match[4] or match[5]
    if month[:3] not in MONTHS:
        return 0
    hour = int(match[8]) % 12 + (12 if match[10] == "P" else 0)
    return int(f"{match[7]}{MONTHS.index(month[:3]) + 1:02}{int(day):02}{hour:02}{match[9]}")


def _id_and_name(who: str) -> tuple[str, str]:
    """Some sites put an id before the name; it has digits in it."""
    match = ID_AND_NAME.fullmatch(who)
    return (match[1] or "", match[2]) if match else ("", who)


def _only_one_called(name: str, roster: Roster | None) -> str | Rejected:
    """The id of the one person of that name, where there is one."""
    if not roster:
        return Rejected("", "Brightspace gives a name and no id; give a roster with names")
    people = [person for person in roster.people if is_same(name, person.name)]
    if not people:
        return Rejected("", f"nobody in the roster is called `{printable(name)}`; say whose it is with --who")
    return people[0].id if len(people) == 1 else _unclear(name)


def _unclear(name: str, source: str = "") -> Rejected:
    return Rejected(source, f"several people may be called `{printable(name)}`; say whose it is with --who")
