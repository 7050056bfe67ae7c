"""The submissions of earlier downloads of a class, beside those of the downloads of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from grader.assignment.manifest import Manifest
from grader.core.text import printable
from grader.results.folder import Class
from grader.submissions.intake import Plan
from grader.submissions.pending import Entry, Quarantined
from grader.submissions.rivals import Came, is_newer


class Earlier:
    """What an earlier run into the same folder says of submissions; nothing where there was none."""

    def __init__(self, before: Class | None) -> None:
        self.came: Mapping[str, Came] = before.came if before else {}
        self.set_aside = before.set_aside if before else ()
        self.names: Mapping[str, str] = before.names if before else {}
        self._members: Mapping[str, tuple[str, ...]] = before.members if before else {}
        self._of: dict[str, list[str]] = {}
        for name in self.came:
            for id in self._members[name]:
                self._of.setdefault(id, []).append(name)

    def of(self, ids: Iterable[str]) -> list[str]:
        """The submissions, quarantined ones left out, of some students."""
        return list(dict.fromkeys(name for id in ids for name in self._of.get(id, ())))

    def is_new(self, entry: Entry) -> bool:
        """Whether none of its students had a submission."""
        return not self.of(entry.members)

    def without_older(self, download: Plan) -> Plan:
        """The plan without what is older, as the platform says, than what there was; a note says so."""
        entries, notes = [], []
        for entry in download.entries:
            old = {id for name in self.of(entry.members) if is_newer(self.came[name], Came.of(entry))
                   for id in self._members[name]}  # fmt: skip
            rest = tuple(id for id in entry.members if id not in old)
            if rest:
                entries.append(replace(entry, members=rest))
            if rest != entry.members:
                notes.append(f"{entry.id}: `{entry.source}` is older than what an earlier download had, which is kept")
        return replace(download, entries=tuple(entries), oddities=tuple(sorted({*download.oddities, *notes})))

    def kept(self, entries: Sequence[Entry], quarantined: Sequence[Quarantined]) -> dict[str, tuple[str, ...]]:
        """The earlier submissions that still count for somebody, and for whom.

        Not that of a name in a download of which it is now said that it is somebody else's, or nobody's; and nothing
        that was quarantined once its students or the same name are in order.
        """
        names = {entry.id for entry in entries} | {each.name for each in quarantined}
        sources = {entry.source for entry in entries} | {each.name for each in quarantined}
        again = {id for entry in entries for id in entry.members}
        kept = {}
        for name, members in self._members.items():
            source = self.came[name].source if name in self.came else name
            rest = tuple(id for id in members if id not in again)
            if name not in names and source not in sources and (rest or not members):
                kept[name] = rest
        return kept

    def replaced(self, entries: Sequence[Entry]) -> tuple[str, ...]:
        """The submissions, of other downloads, in whose place something newer or later comes."""
        return tuple(sorted({
            name for entry in entries for name in self.of(entry.members)
            if not set(self.came[name].downloads) & set(entry.downloads)
        }))  # fmt: skip


def with_earlier_files(
    plans: Sequence[Plan], earlier: Earlier, manifest: Manifest, read: Callable[[Path], Plan]
) -> list[Plan]:
    """The plans and, where a part of a submission was submitted again, those of the earlier downloads with the rest.

    Where such a download is no longer there, the part is quarantined.
    """
    there = {path for each in plans for entry in each.entries for path in entry.downloads}
    needed: dict[str, set[str]] = {}
    for each in plans:
        for entry in each.entries:
            for path in _downloads_with_the_rest(entry, earlier, manifest) - there:
                needed.setdefault(path, set()).update(entry.members)
    older = [_only(read(Path(path)), ids) for path, ids in needed.items() if Path(path).exists()]
    gone = {id: path for path, ids in needed.items() if not Path(path).exists() for id in ids}
    return [*older, *(_without_parts(each, gone) for each in plans)]


def _downloads_with_the_rest(entry: Entry, earlier: Earlier, manifest: Manifest) -> set[str]:
    """Of a part: those of what it is newer than, or of what it was put together with before."""
    if not entry.lacks(manifest):
        return set()
    came = [earlier.came[name] for name in earlier.of(entry.members)]
    return {path for each in came if len(each.downloads) > 1 or is_newer(Came.of(entry), each)
            for path in each.downloads}  # fmt: skip


def _only(found: Plan, ids: set[str]) -> Plan:
    """Of an earlier download what some students submitted."""
    return Plan(found.layout, tuple(entry for entry in found.entries if ids & set(entry.members)))


def _without_parts(found: Plan, gone: Mapping[str, str]) -> Plan:
    """The plan with what these students submitted quarantined, as the download with the rest is gone."""
    entries, aside = [], list(found.quarantined)
    for entry in found.entries:
        path = next((gone[id] for id in entry.members if id in gone), None)
        if path is None:
            entries.append(entry)
        else:
            reason = (
                f"only a part was submitted again, and the rest is in {printable(path)}; put that back, or name it too"
            )
            aside.append(Quarantined(entry.source, reason, entry.members))
    return replace(found, entries=tuple(entries), quarantined=tuple(aside))
