"""Canvas's download of an assignment: every file of everybody in one folder.

A group's files come once, under the group's name and the id of the member who represents it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from grader.files.tree import Kind
from grader.submissions.layouts.base import NUMBER, Download, LayoutMatch, Rejected, most, submission_of_files, together
from grader.submissions.unpacking import SubmittedFile

IDS = re.compile(f"(?=_({NUMBER})_({NUMBER})_.)")
ANONYMOUS = re.compile(f"(LATE_)?anon_([A-Za-z0-9]{{1,20}})_({NUMBER})_(.+)")
# As Ruby has it: letters, combining marks, digits, and what connects words.
WORD = {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Pc"}
TEXT = re.compile(f"(.+?)(_LATE)?_({NUMBER})_((?:text|link)\\.html)")


def canvas(download: Download) -> LayoutMatch | None:
    """`<name>[_LATE]_<user>_<attachment>_<file>`, all in one folder."""
    anonymous = all(node.name.startswith(("anon_", "LATE_anon_")) for node in download.nodes)
    read = _anonymous_names if anonymous else _names
    if not most(download, lambda node: node.kind is Kind.FILE and next(read(node.name), None)):
        return None
    found: list[tuple[tuple[str, str], SubmittedFile]] = []
    rejected = []
    late = set()
    for node in download.nodes:
        names = list(read(node.name)) if node.kind is Kind.FILE else []
        if len(names) > 1 and download.roster:
            names = [name for name in names if download.in_roster(name.id)] or names[:1]
        if len(names) != 1:
            ids = " or ".join(name.id for name in names)
            reason = f"its name can mean user {ids}; give a roster" if ids else "not a name that Canvas gives"
            rejected.append(Rejected(node.name, reason))
            continue
        (name,) = names
        key = (name.who, name.id)
        found.append((key, SubmittedFile(name.file, node, name.number)))
        late |= {key} if name.late else set()
    submissions = [
        replace(submission_of_files(each), late=each[0] in late, group=f"group_{each[0][1]}", team=each[0][0])
        for each in together(found)
    ]
    words = "Canvas download, anonymous" if anonymous else "Canvas download"
    return LayoutMatch(words, tuple(submissions), tuple(rejected))


def _names(name: str) -> Iterator[_Name]:
    """Every reading of `<name>[_LATE]_<user>_<attachment>_<file>`: names and files may have numbers in them too."""
    text = TEXT.fullmatch(name)
    if text and _is_person(text[1]):
        yield _Name(text[1], bool(text[2]), text[3], text[4], 0)
    for match in IDS.finditer(name):
        who = name[: match.start()]
        if _is_person(who.removesuffix("_LATE")):
            file = name[match.start() + len(match[1]) + len(match[2]) + 3 :]
            yield _Name(who.removesuffix("_LATE"), who.endswith("_LATE"), match[1], file, int(match[2]))


def _anonymous_names(name: str) -> Iterator[_Name]:
    match = ANONYMOUS.fullmatch(name)
    if match:
        yield _Name("anonymous", bool(match[1]), match[2], match[4], int(match[3]))


def _is_person(who: str) -> bool:
    """Canvas takes a sortable name, drops all but letters and their marks, digits and `_`, and lowers it."""
    return bool(who) and who == who.lower() and all(unicodedata.category(each) in WORD for each in who)


@dataclass(frozen=True, slots=True)
class _Name:
    who: str
    late: bool
    id: str
    file: str
    number: int  # of the attachment, which grows; a text has none
