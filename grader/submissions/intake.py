"""Intake: the download of a learning platform, or a folder that somebody made, as submissions by student.

A plan is made from names alone: nothing is unpacked, nothing of a submission is run. What is unsafe or could be two
people's is quarantined with a reason, and costs nobody else anything.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.assignment.manifest import Manifest
from grader.core.errors import UsageError
from grader.core.text import printable
from grader.files.tree import InArchive, Kind, Node, OnDisk, disk_tree, zip_tree
from grader.files.zips import Unsafe
from grader.submissions.groups import Groups
from grader.submissions.layouts.base import ClaimedSubmission, Download, stem, visible_nodes
from grader.submissions.layouts.recognise import is_platforms, recognise
from grader.submissions.names import is_named, mentions
from grader.submissions.pending import Entry, Quarantined
from grader.submissions.rivals import settled
from grader.submissions.roster import Person, Roster
from grader.submissions.unpacking import is_archive
from grader.submissions.who_table import WhoTable
from grader.submissions.whose import entry_of, id_problem

DIRECTORY_CAP = 64 << 20  # of a platform's zip, some hundred thousand files
WRAPPERS = re.compile(r"submitted|submissions|assignment_[0-9]+_export|.+-submissions")
NBGRADER = {"source", "release", "submitted", "autograded", "feedback", "gradebook.db", "nbgrader_config.py"}
# Google Drive makes `class-20240301T123000Z-001.zip` of a folder `class`, and browsers `class (1).zip` of `class.zip`.
COPY = re.compile(r"(?:-[0-9]{8}T[0-9]{6}Z(?:-[0-9]{1,3}){1,2})?(?: ?\([0-9]{1,3}\)|-[0-9]{1,3})?\Z")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a download holds: its layout as text, entries by id, what is quarantined, what was odd, who is missing.

    `top` are the names of all files and folders at its top; `is_recognised` is whether it is known of any whose it is.
    """

    layout: str
    entries: tuple[Entry, ...]
    quarantined: tuple[Quarantined, ...] = ()
    oddities: tuple[str, ...] = ()
    missing: tuple[Person, ...] = ()
    top: tuple[str, ...] = ()
    is_recognised: bool = True

    def names(self, roster: Roster | None) -> dict[str, str]:
        """The name of each person of whom the roster or the platform tells one, by id."""
        alone = [entry for entry in self.entries if entry.members == (entry.id,) and entry.name != entry.id]
        told = {entry.id: entry.name for entry in alone if is_named(entry.name)}
        return told | {person.id: person.name for person in (roster.people if roster else ()) if person.name}


def plan(
    source: Path,
    *,
    roster: Roster | None = None,
    groups: Groups | None = None,
    who: WhoTable | None = None,
    manifest: Manifest | None = None,
    assignment: str | None = None,
    apart: Path | None = None,
) -> Plan:
    """What `source`, a folder or a zip, holds for whom. Writes nothing.

    `groups` tells whose the submissions of groups are, `who` whose anything is. With a `manifest`, a source that is
    itself one submission is told from a class. `assignment` is the platform's name of the assignment, where a download
    has several. The folder `apart` is not a submission. Raises `UsageError` where the source as a whole cannot be read.
    """
    download = _unwrapped(source, _opened(source), Download(source.stem, (), roster, groups, who, assignment), apart)
    if manifest and _is_one_submission(download, manifest):
        instead = (
            f"use `grader check {source}`"
            if source.is_dir()
            else "put it into a folder of its own and name that folder"
        )
        raise UsageError(f"{source}: this is one submission; name the folder above it, or {instead}")
    match = recognise(download)
    found = [entry_of(claimed, roster, groups) for claimed in _named(match.submissions)]
    quarantined = [each for each in found if isinstance(each, Quarantined)]
    quarantined += [Quarantined(printable(each.source), each.reason) for each in match.rejected]
    place = str(source.resolve())
    entries = [replace(each, downloads=(place,)) for each in found if isinstance(each, Entry)]
    layout = match.layout if source.is_dir() else f"one zip, {match.layout}"
    return replace(
        _settled(layout, entries, quarantined, match.oddities, roster, manifest),
        top=tuple(node.name for node in download.nodes),
        is_recognised=bool(entries) or any(each.claimed for each in quarantined),
    )


def total(plans: Sequence[Plan], *, roster: Roster | None = None, manifest: Manifest | None = None) -> Plan:
    """What several downloads of a class hold together."""
    return _settled(
        " and ".join(dict.fromkeys(each.layout for each in plans)),
        [entry for each in plans for entry in each.entries],
        [quarantined for each in plans for quarantined in each.quarantined],
        [oddity for each in plans for oddity in each.oddities],
        roster,
        manifest,
    )


def refuse_unrecognised(sources: Sequence[Path], plans: Sequence[Plan], who: WhoTable | None) -> None:
    """Raise `UsageError` for a download of which it is known of nothing whose it is, and for rows about no file."""
    if who:
        who.refuse_absent(name for each in plans for name in each.top)
    for source, found in zip(sources, plans, strict=True):
        if not found.is_recognised:
            first, *rest = (*(f"`{each.name}`: {each.reason}" for each in found.quarantined), *found.oddities)
            more = f", and {len(rest)} more" if rest else ""
            raise UsageError(
                f"{source}: no submission was recognised: {first}{more}; where names do not tell whose they are, "
                f"`grader intake {source} --write-who who.csv` writes a list: fill in the ids, and add --who who.csv"
            )


def who_rows(plans: Iterable[Plan]) -> list[tuple[str, str, str]]:
    """For a list to fill in: each file and folder at the top of downloads, with the id and name of whom is known."""
    rows = []
    for found in plans:
        whose = {entry.source: entry for entry in found.entries if entry.members == (entry.id,)}
        for name in found.top:
            entry = whose.get(printable(name))
            shown = entry.name if entry and entry.name != entry.id else ""
            rows.append((name, entry.id if entry else "", shown))
    return rows


def _settled(
    layout: str,
    found: Sequence[Entry],
    quarantined: Sequence[Quarantined],
    oddities: Sequence[str],
    roster: Roster | None,
    manifest: Manifest | None,
) -> Plan:
    """A plan in which each student has one submission at most."""
    entries, rivals = settled(found, manifest)
    aside = [*quarantined, *rivals]
    there = {id for entry in entries for id in entry.members} | {id for each in aside for id in each.claimed}
    aside = [each if each.claimed else _perhaps_of(each, roster, there) for each in aside]
    there |= {id for each in aside for id in each.claimed}
    notes = (f"{entry.id}: {note}" for entry in entries for note in entry.notes)
    return Plan(
        layout,
        tuple(sorted(entries, key=lambda entry: entry.id)),
        _told_apart(aside, {entry.id for entry in entries}),
        tuple(sorted({*oddities, *notes, *(roster.notes if roster else ())})),
        tuple(person for person in roster.people if person.id not in there) if roster else (),
    )


def _perhaps_of(quarantined: Quarantined, roster: Roster | None, there: Container[str]) -> Quarantined:
    """With the ids of those whose it may be, of all who have nothing else: nobody says that they submitted nothing."""
    people = [person for person in roster.people if person.id not in there] if roster else []
    ids = (person.id for person in people if mentions(quarantined.name, person.name, (person.id, *person.also)))
    return replace(quarantined, claimed=tuple(ids))


def _opened(source: Path) -> OnDisk | InArchive:
    if source.is_dir():
        return disk_tree(source)
    if not source.exists():
        raise UsageError(f"{source}: no such folder or zip; name what holds the submissions")
    try:
        return zip_tree(source.resolve(), directory_cap=DIRECTORY_CAP)
    except Unsafe as unsafe:
        raise UsageError(f"{source}: {unsafe}; name a folder of submissions, or download the zip again") from None
    except OSError as error:
        raise UsageError(f"{source}: cannot be read ({error.strerror}); name what holds the submissions") from None


def _unwrapped(source: Path, root: Node, download: Download, apart: Path | None) -> Download:
    """The folder that holds the submissions: the source, or the one folder that is around everything in it."""
    try:
        root.children()
    except OSError as error:
        raise UsageError(f"{source}: cannot be read ({error.strerror}); name what holds the submissions") from None
    download = replace(download, nodes=tuple(node for node in visible_nodes(root) if not _is_at(node, apart)))
    for _ in range(2):
        inner = _wrapped(source, download)
        if not inner:
            break
        strays = [node for node in download.nodes if node.problem]
        download = replace(download, name=inner.name, nodes=(*visible_nodes(inner), *strays))
    if not download.nodes:
        raise UsageError(f"{source}: no submissions; it should hold a folder or a zip for each student")
    return download


def _is_at(node: Node, place: Path | None) -> bool:
    return bool(place and isinstance(node, OnDisk) and node.path.resolve() == place.resolve())


def _wrapped(source: Path, download: Download) -> Node | None:
    """The folder around everything, where its name or the roster says that it is nobody's."""
    sound = [node for node in download.nodes if not node.problem]
    inside = {node.name: node for node in sound if node.kind is Kind.FOLDER}
    if "submitted" in inside and all(node.name in NBGRADER for node in sound):
        return inside["submitted"]
    if len(sound) != 1 or not inside:
        return None
    (node,) = inside.values()
    if download.who and download.who.row(node.name):
        return None
    if download.who and (download.who.rows or _holds_several(node)):
        return node
    has_its_name = isinstance(node, InArchive) and node.name in (source.stem, COPY.sub("", source.stem))
    if WRAPPERS.fullmatch(node.name) or has_its_name:
        return node
    ours = any(download.in_roster(stem(child)) for child in visible_nodes(node))
    plain = not id_problem(node.name) and not download.in_roster(node.name) and "assignsubmission" not in node.name
    return node if (ours and plain) or _is_title(node, download) else None


def _is_title(node: Node, download: Download) -> bool:
    """Whether a folder has the assignment's title: in it are names of a platform's, and it is nobody's itself."""
    people = download.roster.people if download.roster else ()
    may_be_an_id = not download.roster and not id_problem(node.name)
    if may_be_an_id or any(mentions(node.name, each.name, (each.id, *each.also)) for each in people):
        return False
    inside = replace(download, name=node.name, nodes=visible_nodes(node))
    return not is_platforms(download) and is_platforms(inside)


def _holds_several(node: Node) -> bool:
    """Whether a folder may be that of a class: with a folder or an archive for each of several."""
    each = [child for child in visible_nodes(node) if child.kind is Kind.FOLDER or is_archive(child.name)]
    return len(each) > 1


def _is_one_submission(download: Download, manifest: Manifest) -> bool:
    wanted = {manifest.notebook, *(file.partition("/")[0] for file in manifest.files)}
    return any(
        node.name in wanted or (node.name == manifest.package and node.kind is Kind.FOLDER) for node in download.nodes
    )


def _named(claimed: Sequence[ClaimedSubmission]) -> list[ClaimedSubmission]:
    """Without names where all have the same: that is what blind marking puts there, in any language."""
    several = len({each.members for each in claimed}) > 1  # not one person's attempts
    if several and len({each.name for each in claimed}) == 1 and is_named(claimed[0].name):
        return [replace(each, name="") for each in claimed]
    return list(claimed)


def _told_apart(quarantined: Iterable[Quarantined], taken: Iterable[str]) -> tuple[Quarantined, ...]:
    """In order of name, each name once and none that an entry has, so that each has a report of its own."""
    times = dict.fromkeys(taken, 1)
    told = []
    for each in sorted(quarantined, key=lambda each: (each.name, each.reason)):
        times[each.name] = times.get(each.name, 0) + 1
        again = times[each.name] > 1
        told.append(replace(each, name=f"{each.name} ({times[each.name]})") if again else each)
    return tuple(told)
