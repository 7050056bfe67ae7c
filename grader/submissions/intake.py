"""Intake: the download of a learning platform, or a folder that somebody made, as submissions by student.

A plan is made from names alone: nothing is unpacked, nothing of a submission is run. What is unsafe or could be two
people's is quarantined with a reason, and costs nobody else anything.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.assignment.manifest import Manifest
from grader.core.errors import UsageError
from grader.core.submission import is_id
from grader.core.text import in_ascii, printable
from grader.files.tree import InZip, Kind, Node, OnDisk, disk_tree, walk, zip_tree
from grader.files.zips import Unsafe, folded, name_problem
from grader.submissions.layouts.base import ClaimedSubmission, Download, stem, visible_nodes
from grader.submissions.layouts.recognise import recognise
from grader.submissions.pending import Entry, Quarantined
from grader.submissions.roster import Person, Roster
from grader.submissions.unpacking import SubmittedFile

DIRECTORY_CAP = 64 << 20  # of a platform's zip, some hundred thousand files
WRAPPERS = re.compile(r"submitted|submissions|assignment_[0-9]+_export|.+-submissions")
NBGRADER = {"source", "release", "submitted", "autograded", "feedback", "gradebook.db", "nbgrader_config.py"}
COPY = re.compile(r"(?: ?\([0-9]{1,3}\)|-[0-9]{1,3})\Z")  # browsers make `class (1).zip` of `class.zip`
UNNAMED = {"Participant", "anonymous"}
TELLING = 5  # an id of so many letters in a file's name is not there by accident


@dataclass(frozen=True, slots=True)
class Plan:
    """What a download holds: its layout as text, entries by id, what is quarantined, what was odd, who is missing."""

    layout: str
    entries: tuple[Entry, ...]
    quarantined: tuple[Quarantined, ...] = ()
    oddities: tuple[str, ...] = ()
    missing: tuple[Person, ...] = ()

    def names(self, roster: Roster | None) -> dict[str, str]:
        """The name of each person of whom the roster or the platform tells one, by id."""
        alone = [entry for entry in self.entries if entry.members == (entry.id,) and entry.name != entry.id]
        told = {entry.id: entry.name for entry in alone if entry.name.partition(" ")[0] not in UNNAMED}
        return told | {person.id: person.name for person in (roster.people if roster else ()) if person.name}


def plan(
    source: Path,
    *,
    roster: Roster | None = None,
    manifest: Manifest | None = None,
    assignment: str | None = None,
    apart: Path | None = None,
) -> Plan:
    """What `source`, a folder or a zip, holds for whom. Writes nothing.

    With a `manifest`, a source that is itself one submission is told from a class. `assignment` is the platform's name
    of the assignment, where a download has several. The folder `apart` is not a submission. Raises `UsageError` where
    the source as a whole cannot be read.
    """
    download = _unwrapped(source, _opened(source), Download(source.stem, (), roster, assignment), apart)
    if manifest and _is_one_submission(download, manifest):
        instead = (
            f"use `grader check {source}`"
            if source.is_dir()
            else "put it into a folder of its own and name that folder"
        )
        raise UsageError(f"{source}: this is one submission; name the folder above it, or {instead}")
    match = recognise(download)
    found = [_entry(claimed, roster) for claimed in match.submissions]
    entries, quarantined = _apart_from_collisions(found)
    quarantined += [Quarantined(in_ascii(each.source), each.reason) for each in match.rejected]
    there = {id for entry in entries for id in entry.members} | {id for each in quarantined for id in each.claimed}
    return Plan(
        match.layout if source.is_dir() else f"one zip, {match.layout}",
        tuple(sorted(entries, key=lambda entry: entry.id)),
        _told_apart(quarantined, {entry.id for entry in entries}),
        tuple(sorted([*match.oddities, *(f"{entry.id}: {note}" for entry in entries for note in entry.notes)])),
        tuple(person for person in roster.people if person.id not in there) if roster else (),
    )


def id_problem(id: str) -> str | None:
    """Why a text cannot be a student's id, or None."""
    if not is_id(id):
        return f"bad id '{in_ascii(id)}': letters, digits and ._@- only, up to 64"
    problem = name_problem(id)
    return f"bad id '{in_ascii(id)}': {problem}" if problem else None


def _opened(source: Path) -> OnDisk | InZip:
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
    called_so = isinstance(node, InZip) and node.name in (source.stem, COPY.sub("", source.stem))
    if WRAPPERS.fullmatch(node.name) or called_so:
        return node
    ours = any(download.in_roster(stem(child)) for child in visible_nodes(node))
    plain = not id_problem(node.name) and not download.in_roster(node.name) and "assignsubmission" not in node.name
    return node if ours and plain else None


def _is_one_submission(download: Download, manifest: Manifest) -> bool:
    wanted = {*manifest.files, manifest.notebook}
    return any(
        node.name in wanted or (node.name == manifest.package and node.kind is Kind.FOLDER) for node in download.nodes
    )


class _Refused(Exception):
    """It is not clear whose a submission is; the message is the reason."""


def _entry(claimed: ClaimedSubmission, roster: Roster | None) -> tuple[str, Entry] | Quarantined:
    """The entry with its name in the download."""
    source = in_ascii(claimed.source)
    try:
        members = tuple(sorted({_member(ids, roster) for ids in claimed.members}))
        id = _shared_id(members, claimed.group)
    except _Refused as refused:
        return Quarantined(source, str(refused))
    problem = _problem_inside(claimed.files) or _names_others(claimed, members, roster)
    if problem:
        return Quarantined(source, problem, members)
    people = [person for member in members for person in (roster.find(member) if roster else ())]
    theirs = ", ".join(person.name for person in people if person.name)
    name = theirs or claimed.name.strip() or id
    notes = _other_name(claimed, theirs)
    return source, Entry(id, printable(name), members, claimed.files, claimed.submitted_at, claimed.late, notes=notes)


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
    """What is wrong in the platform's zip; a folder on disk is looked into when it is read."""
    try:
        for file in files:
            if isinstance(file.node, InZip) and file.node.kind is Kind.FOLDER:
                for _ in walk(file.node):
                    pass
    except Unsafe as unsafe:
        return str(unsafe)
    return None


def _names_others(claimed: ClaimedSubmission, members: Sequence[str], roster: Roster | None) -> str | None:
    """A file that is named after somebody else says that it is another's, or that the platform is wrong."""
    if not roster or not claimed.named_by_platform:
        return None
    own = {id for member in members for person in roster.find(member) for id in (person.id, *person.also)}
    for name in _names_at_top(claimed.files):
        words = {word for word in re.split(r"[^A-Za-z0-9]+", name) if len(word) >= TELLING}
        if words & own:
            continue
        other = next((word for word in sorted(words) if roster.find(word)), None)
        if other:
            return f"two ids: submitted by {', '.join(members)}, but `{in_ascii(name)}` names {other}"
    return None


def _other_name(claimed: ClaimedSubmission, name: str) -> tuple[str, ...]:
    """The number of a group may be somebody's as well; then the names tell."""
    known = claimed.name and name and claimed.name.partition(" ")[0] not in UNNAMED
    if not known or _letters(claimed.name) in (_letters(name), *map(_letters, _without_accents(name))):
        return ()
    return (f"submitted by `{printable(claimed.name)}`, who is `{printable(name)}` in the roster",)


def _letters(name: str) -> list[str]:
    """`Lovelace, Ada` and `adalovelace` are one name."""
    return sorted(letter for letter in folded(name) if letter.isalnum())


def _without_accents(name: str) -> tuple[str, str]:
    """`Müller` as platforms write it in names of files: `Muller`, or `Mller`."""
    bare = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return bare, "".join(letter for letter in unicodedata.normalize("NFC", name) if letter.isascii())


def _names_at_top(files: Iterable[SubmittedFile]) -> list[str]:
    folders = [file.node for file in files if not file.name and file.node.kind is Kind.FOLDER]
    return [file.name for file in files if file.name] + [node.name for each in folders for node in visible_nodes(each)]


def _apart_from_collisions(
    found: Sequence[tuple[str, Entry] | Quarantined],
) -> tuple[list[Entry], list[Quarantined]]:
    """Entries whose ids are nobody else's; where two claim one id, neither is graded."""
    quarantined = [each for each in found if isinstance(each, Quarantined)]
    claimed: dict[str, dict[str, str]] = {}
    both = [each for each in found if not isinstance(each, Quarantined)]
    for number, (source, entry) in enumerate(both):
        for id in {entry.id, *entry.members}:
            claimed.setdefault(folded(id), {})[str(number)] = source
    entries = []
    for source, entry in both:
        rivals = next((those for id in (*entry.members, entry.id) if len(those := claimed[folded(id)]) > 1), None)
        if rivals:
            names = " and ".join(f"`{name}`" for name in list(rivals.values())[:3])
            reason = f"{len(rivals)} submissions claim one id: {names}; keep the right one"
            quarantined.append(Quarantined(source, reason, entry.members))
        else:
            entries.append(entry)
    return entries, quarantined


def _told_apart(quarantined: Iterable[Quarantined], taken: Iterable[str]) -> tuple[Quarantined, ...]:
    """In order of name, each name once and none that an entry has, so that each has a report of its own."""
    times = dict.fromkeys(taken, 1)
    told = []
    for each in sorted(quarantined, key=lambda each: (each.name, each.reason)):
        times[each.name] = times.get(each.name, 0) + 1
        again = times[each.name] > 1
        told.append(replace(each, name=f"{each.name} ({times[each.name]})") if again else each)
    return tuple(told)
