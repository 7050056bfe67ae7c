"""What to do for a class: what a download holds, and what the teacher and earlier runs say of it.

Imports nothing that loads torch, so that a teacher's mistake is reported at once.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.assignment.manifest import Manifest, read_manifest
from grader.core.errors import UsageError
from grader.results.folder import Class, read_class
from grader.results.lateness import read_late
from grader.submissions.intake import Plan, plan
from grader.submissions.pending import Entry
from grader.submissions.roster import read_roster


@dataclass(frozen=True, slots=True)
class Asked:
    """What the teacher says about a class, in files: who is in it, who is late; and which submissions to grade.

    `called` is the assignment's name on the platform, where a download has several. `only` are ids; none mean all.
    """

    roster: Path | None = None
    called: str | None = None
    late: Path | None = None
    file_times: bool = False
    only: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ClassPlan:
    """A class before a run: what the download holds, what is kept of the class, and the submissions to grade.

    `remembered` names what is known from the last run into the same folder.
    """

    download: Plan
    record: Class
    entries: tuple[Entry, ...]
    is_whole: bool
    remembered: tuple[str, ...] = ()


def plan_class(folder: Path, source: Path, results: Path, asked: Asked) -> ClassPlan:
    """What to do for the assignment in `folder`. Writes nothing.

    Raises `AuthorError` and `UsageError`.
    """
    manifest = read_manifest(folder)
    before = _before(results, folder.name)
    roster = read_roster(asked.roster) if asked.roster else before.roster if before else None
    download = plan(source, roster=roster, manifest=manifest, assignment=asked.called, apart=results)
    by_file_times = asked.file_times or bool(before and before.by_file_times)
    record = replace(
        _record(folder, manifest, download, asked.late, before),
        names=download.names(roster),
        roster=roster,
        by_file_times=by_file_times,
    )
    entries = _chosen(download, asked.only)
    entries = [entry.dated() for entry in entries] if by_file_times else entries
    return ClassPlan(download, record, tuple(entries), not asked.only, _remembered(before))


def make_results(results: Path) -> None:
    """Make the folder of results. Raises `UsageError` where it cannot be made."""
    try:
        results.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{results}: no folder for results ({error.strerror}); name another with --out") from None


def _before(results: Path, assignment: str) -> Class | None:
    """What an earlier run into the same folder knows of the class; None where there was no such run."""
    try:
        before = read_class(results)
    except UsageError:
        return None
    if before.assignment != assignment:
        raise UsageError(f"{results}: has the results of {before.assignment}; name another folder with --out")
    return before


def _remembered(before: Class | None) -> tuple[str, ...]:
    if before is None:
        return ()
    said = {"roster": before.roster, "late list": before.late, "file times": before.by_file_times}
    return tuple(name for name, value in said.items() if value)


def _record(folder: Path, manifest: Manifest, download: Plan, late: Path | None, before: Class | None) -> Class:
    words = read_late(late) if late else before.late if before else {}
    if words and manifest.late is None:
        said = late or "the late list of the last run"
        raise UsageError(
            f"{folder}/assignment.toml: it has no [late], so {said} has no effect; add [late], or give an empty list"
        )
    whose = {entry.id: entry.members for entry in download.entries}
    whose |= {each.name: each.claimed for each in download.quarantined}
    missing = tuple(person.id for person in download.missing)
    return Class(folder.name, manifest.title, tuple(sorted(whose)), missing, manifest.late, words, members=whose)


def _chosen(download: Plan, only: Sequence[str]) -> list[Entry]:
    """The entries of the ids that are asked for, or of a member of theirs; all without any."""
    ids = [id for entry in download.entries for id in (*entry.members, entry.id)]
    for id in only:
        if id not in ids:
            raise UsageError(f"--only {id}: {_why_not_there(id, download, ids)}")
    return [entry for entry in download.entries if not only or {entry.id, *entry.members} & set(only)]


def _why_not_there(id: str, download: Plan, ids: Sequence[str]) -> str:
    if any(person.id == id for person in download.missing):
        return "is in the roster, but submitted nothing; leave it out"
    set_aside = next((each.reason for each in download.quarantined if id in (each.name, *each.claimed)), None)
    if set_aside:
        return f"is quarantined: {set_aside}"
    near = ", ".join(difflib.get_close_matches(id, ids, 3, 0.5))
    return f"no submission has this id; {f'similar: {near}' if near else 'see `grader intake`'}"
