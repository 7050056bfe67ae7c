"""Several submissions of one student: the newer counts where the platform says which is newer; else none is graded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from grader.assignment.manifest import Manifest
from grader.core.text import printable
from grader.files.tree import Kind, Node, walk
from grader.files.zips import Unsafe, folded
from grader.submissions.pending import Entry, Quarantined
from grader.submissions.unpacking import ARCHIVE_CAP


@dataclass(frozen=True, slots=True)
class Came:
    """From which downloads a submission came, as paths, and under which name.

    What says how new it is is a time, or a platform's number.
    """

    downloads: tuple[str, ...]
    source: str
    submitted_at: datetime | None = None
    number: int = 0

    @classmethod
    def of(cls, entry: Entry) -> Came:
        """How an entry came."""
        return cls(entry.downloads, entry.source, entry.submitted_at, max(file.number for file in entry.files))


def is_newer(one: Came, other: Came) -> bool | None:
    """Whether one was submitted after the other; None where the platform does not say."""
    if one.submitted_at and other.submitted_at and one.submitted_at != other.submitted_at:
        return one.submitted_at > other.submitted_at
    if one.number and other.number and one.number != other.number:
        return one.number > other.number
    return None


def settled(entries: Sequence[Entry], manifest: Manifest | None) -> tuple[list[Entry], list[Quarantined]]:
    """At most one entry for each student, and those that cannot be told apart.

    Of a group's older submission those members keep it who have no newer one. A newer one of loose files, of which some
    that the `manifest` asks for are missing, replaces just those that it has.
    """
    kept: list[Entry] = []
    aside: list[Quarantined] = []
    for rivals in _rivals(entries):
        unlike = _without_copies(rivals)
        newest_first = _newest_first(unlike)
        for each in _claiming_one_id(unlike) if newest_first is None else _newer_only(newest_first, manifest):
            if isinstance(each, Entry):
                kept.append(each)
            else:
                aside.append(each)
    return kept, aside


def _rivals(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The entries, with those together that share a student, directly or through others; most are alone."""
    found: list[list[Entry]] = []
    at: dict[str, list[Entry]] = {}
    for entry in entries:
        ids = {folded(id) for id in (entry.id, *entry.members)}
        together = [entry]
        for rivals in {id(at[each]): at[each] for each in ids if each in at}.values():
            found.remove(rivals)
            together = [*rivals, *together]
        found.append(together)
        at |= {folded(id): together for each in together for id in (each.id, *each.members)}
    return found


def _without_copies(rivals: list[Entry]) -> list[Entry]:
    """Where downloads overlap, the same submission is in both."""
    unlike: list[Entry] = []
    for entry in rivals:
        if not any(_are_copies(entry, each) for each in unlike):
            unlike.append(entry)
    return unlike


def _are_copies(one: Entry, other: Entry) -> bool:
    if one.downloads == other.downloads or one.members != other.members or not _may_be_one(one, other):
        return False
    content = _content(one)
    return content is not None and content == _content(other)


def _content(entry: Entry) -> bytes | None:
    """Of all files; what cannot be read is like nothing."""
    content = hashlib.sha256()
    try:
        for file in entry.files:
            is_folder = file.node.kind is Kind.FOLDER
            for path, node in sorted(walk(file.node), key=_path) if is_folder else [((), file.node)]:
                content.update(repr((file.name, path)).encode(errors="replace"))
                for chunk in () if node.kind is Kind.NONE else node.chunks(ARCHIVE_CAP):
                    content.update(chunk)
    except (Unsafe, OSError):
        return None
    return content.digest()


def _newest_first(rivals: Sequence[Entry]) -> list[Entry] | None:
    """None where that is not known of all, or ids or names say that they may be of different people."""
    if len(rivals) == 1:
        return list(rivals)
    ids = {id for each in rivals for id in (each.id, *each.members)}
    if len({folded(id) for id in ids}) < len(ids):
        return None
    ordered = sorted(rivals, key=_order, reverse=True)
    for newer, older in pairwise(ordered):
        if not is_newer(Came.of(newer), Came.of(older)) or not _may_be_one(newer, older):
            return None
    return ordered


def _may_be_one(one: Entry, other: Entry) -> bool:
    """One id under two names is two people, or somebody who wants to look like another."""
    return one.id != other.id or one.name in (other.name, one.id) or other.name == other.id


def _newer_only(newest_first: Sequence[Entry], manifest: Manifest | None) -> Iterator[Entry | Quarantined]:
    taken: set[str] = set()
    for at, entry in enumerate(newest_first):
        rest = tuple(id for id in entry.members if id not in taken)
        older = [each for each in newest_first[at + 1 :] if set(rest) & set(each.members)]
        taken.update(rest)
        if rest:
            yield _completed(replace(entry, members=rest), older, manifest)


def _completed(entry: Entry, older: Sequence[Entry], manifest: Manifest | None) -> Entry | Quarantined:
    """The entry with a note on the older ones, and where it is a part with the rest from them."""
    notes = [f"submitted again: `{each.source}` in {_places(each)} is older" for each in older]
    again = ", ".join(f"`{printable(file.name)}`" for file in entry.files)
    for each in older:
        if not manifest or not entry.lacks(manifest):
            break
        if not each.is_loose:
            reason = (
                f"only {again} submitted again, after `{each.source}` in {_places(each)}; put them together by hand"
            )
            return Quarantined(entry.source, reason, entry.members)
        entry = replace(entry, files=(*each.files, *entry.files), downloads=(*each.downloads, *entry.downloads))
        notes = [f"only {again} submitted again; the rest is from {_places(each)}"]
    return replace(entry, notes=(*entry.notes, *notes))


def _claiming_one_id(rivals: Sequence[Entry]) -> Iterator[Quarantined]:
    apart = len({each.downloads for each in rivals}) > 1
    names = " and ".join(f"`{each.source}`{f' in {_places(each)}' if apart else ''}" for each in rivals[:3])
    for each in rivals:
        reason = f"{len(rivals)} submissions claim one id: {names}; keep the right one"
        yield Quarantined(each.source, reason, each.members)


def _places(entry: Entry) -> str:
    return " and ".join(printable(Path(each).name) for each in entry.downloads)


def _order(entry: Entry) -> tuple[float, int]:
    came = Came.of(entry)
    return came.submitted_at.timestamp() if came.submitted_at else 0, came.number


def _path(found: tuple[tuple[str, ...], Node]) -> tuple[str, ...]:
    return found[0]
