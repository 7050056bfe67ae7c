"""Whose a submission is that a download claims for somebody; where it is not clear, nobody's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from grader.core.submission import is_id
from grader.core.text import printable
from grader.files.tree import InArchive, Kind, walk
from grader.files.zips import Unsafe, name_problem
from grader.submissions.groups import Groups, Ids
from grader.submissions.layouts.base import ClaimedSubmission, visible_nodes
from grader.submissions.names import agree
from grader.submissions.pending import Entry, Quarantined
from grader.submissions.roster import Roster
from grader.submissions.unpacking import SubmittedFile, refuse_foul

TELLING = 5  # an id of so many letters in a file's name is not there by accident


def id_problem(id: str) -> str | None:
    """Why a text cannot be a student's id, or None."""
    if not is_id(id):
        return f"bad id '{printable(id)}': letters, digits and ._@- only, up to 64"
    problem = name_problem(id)
    return f"bad id '{printable(id)}': {problem}" if problem else None


def entry_of(claimed: ClaimedSubmission, roster: Roster | None, groups: Groups | None) -> Entry | Quarantined:
    """The entry, or the reason why a person has to look first."""
    source = printable(claimed.source)
    try:
        group = groups.find(claimed.team) if groups and claimed.team else ()
        members = tuple(sorted({_member(ids, roster) for ids in group or _claimants(claimed, groups)}))
        id = _shared_id(members, claimed.group)
    except _Refused as refused:
        return Quarantined(source, str(refused))
    people = [person for member in members for person in (roster.find(member) if roster else ())]
    theirs = ", ".join(person.name for person in people if person.name)
    problem = (
        _problem_inside(claimed.files)
        or _names_others(claimed, members, roster)
        or (_not_in_group(claimed, members, roster) if group else _other_name(claimed, members, theirs, groups))
    )
    if problem:
        return Quarantined(source, problem, members)
    said = "" if group and len(members) == 1 else claimed.name.strip()  # a group's name is nobody's
    return Entry(id, printable(theirs or said or id), members, claimed.files, claimed.submitted_at, claimed.late,
                 source=source)  # fmt: skip


class _Refused(Exception):
    """It is not clear whose a submission is; the message is the reason."""


def _claimants(claimed: ClaimedSubmission, groups: Groups | None) -> tuple[Ids, ...]:
    """Who submitted it as the platform says; of some groups it says only the name."""
    if not claimed.members:
        listed = "is not in the list of groups; add it" if groups else "is a group; list its members with --groups"
        raise _Refused(f"`{printable(claimed.team)}` {listed} (a CSV: group, id)")
    return claimed.members


def _member(ids: Sequence[str], roster: Roster | None) -> str:
    usable = [id for id in ids if not id_problem(id)]
    if not usable:
        raise _Refused(id_problem(ids[0]))
    if not roster:
        return usable[0]
    people = list(dict.fromkeys(person for id in usable for person in roster.find(id)))
    if not people:
        raise _Refused(f"`{usable[0]}` is not in the roster{_alike(usable[0], roster)}")
    if len(people) > 1:
        raise _Refused(f"`{usable[0]}` is more than one person in the roster: {', '.join(each.id for each in people)}")
    return people[0].id


def _alike(id: str, roster: Roster) -> str:
    """Who is probably meant, where one of the two has lost its zeros in a spreadsheet."""
    alike = [person.id for person in roster.people if person.id.lstrip("0") == id.lstrip("0")]
    return f", but `{alike[0]}` is: give both the same zeros" if len(alike) == 1 else ""


def _shared_id(members: Sequence[str], group: str) -> str:
    together = "_".join(members)
    if id_problem(together):
        together = group
    if id_problem(together):
        raise _Refused(f"a group of {len(members)} whose joined ids are not an id of up to 64 letters")
    return together


def _problem_inside(files: Iterable[SubmittedFile]) -> str | None:
    """What no ordinary program has put into the platform's zip; a folder on disk is looked into when it is read."""
    try:
        for file in files:
            if isinstance(file.node, InArchive) and file.node.kind is Kind.FOLDER:
                for path, node in walk(file.node):
                    refuse_foul(path, node)
    except Unsafe as unsafe:
        return str(unsafe)
    return None


def _names_others(claimed: ClaimedSubmission, members: Sequence[str], roster: Roster | None) -> str | None:
    """A file that is named after somebody else says that it is another's, or that the platform is wrong."""
    if not roster or not claimed.named_by_platform:
        return None
    own = {person for member in members for person in roster.find(member)}
    for name in _names_at_top(claimed.files):
        words = {word for word in re.split(r"[^A-Za-z0-9]+", name) if len(word) >= TELLING}
        named = {word: set(roster.find(word)) for word in words}
        if any(people & own for people in named.values()):
            continue
        other = next((word for word in sorted(words) if named[word]), None)
        if other:
            return f"two ids: submitted by {', '.join(members)}, but `{printable(name)}` names {other}"
    return None


def _not_in_group(claimed: ClaimedSubmission, members: Sequence[str], roster: Roster | None) -> str | None:
    """A platform that gives a group's files under the id of one of its members says who represents it."""
    for ids in claimed.members if _has_representative(claimed) else ():
        if not _ids(ids, roster) & set(members):
            team = printable(claimed.team)
            return f"submitted by {ids[0]}, who is not in the group `{team}`; correct the list of groups"
    return None


def _other_name(claimed: ClaimedSubmission, members: Sequence[str], name: str, groups: Groups | None) -> str | None:
    """An id may be of another kind than the roster's, such as a group's number; then the names tell."""
    who = ", ".join(members)
    if not agree(claimed.name, name):
        return (
            f"two names: `{printable(claimed.name)}` here, but {who} is `{printable(name)}` in the roster; "
            "if it is a group, list its members with --groups, else correct the roster"
        )
    if groups and not name and _has_representative(claimed) and any(map(groups.has, members)):
        return (
            f"`{printable(claimed.team)}` is not the group that {who} is in; "
            "correct the list of groups, or give a roster with names"
        )
    return None


def _has_representative(claimed: ClaimedSubmission) -> bool:
    return bool(claimed.team) and (claimed.team,) not in claimed.members


def _ids(ids: Iterable[str], roster: Roster | None) -> set[str]:
    return {person.id for id in ids for person in roster.find(id)} if roster else set(ids)


def _names_at_top(files: Iterable[SubmittedFile]) -> list[str]:
    folders = [file.node for file in files if not file.name and file.node.kind is Kind.FOLDER]
    return [file.name for file in files if file.name] + [node.name for each in folders for node in visible_nodes(each)]
