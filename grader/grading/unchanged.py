"""Reports that a run leaves as they are, found before it: without the assignment's checks, torch, or a warm process.

What a report was made from is part of it, as a digest of the assignment's files, of what is installed, of the level and
the device, and of the submission's files as they lie (`Report.made_from`). It is there only where grading again would
run nothing and give the same. Where it is the same now, so is all that the keys of verdicts are made of. Where it is
not, or anything cannot be told, the submission goes the whole way, and keys decide.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from grader.assignment.handout import handout_files
from grader.assignment.manifest import MANIFEST, Manifest, read_manifest
from grader.assignment.provided import provided_paths
from grader.core.digest import digest
from grader.core.limits import Level
from grader.core.own_files import digest_of_files, own_digest
from grader.grading.class_plan import ClassPlan
from grader.grading.environment import installed, is_there_now
from grader.results.folder import has_half, read_class, read_report, read_shown, save, save_class
from grader.results.judged import has_files
from grader.results.lateness import Source
from grader.results.report import Illustrations, Report, State
from grader.submissions.fingerprint import fingerprint
from grader.submissions.pending import Entry, Quarantined

Page = Callable[[Report, Illustrations], object]


@dataclass(frozen=True, slots=True)
class Origin:
    """What all reports of a run are made from beside the submissions."""

    manifest: Manifest
    digest: str

    @classmethod
    def of(cls, folder: Path, level: Level, device: str) -> Self:
        """Of the assignment in `folder`, graded here at this level and on this device. Raises `AuthorError`."""
        manifest = read_manifest(folder)
        try:
            files = digest_of_files(sorted({path for path in _files(folder, manifest) if path.is_file()}))
        except OSError:  # loading the assignment says why
            return cls(manifest, "")
        return cls(manifest, digest(own_digest(), sys.version, installed(), level, device, files))

    def with_files(self, entry: Entry) -> str:
        """What the report on an entry is made from now; empty where that cannot be told."""
        lies = fingerprint(entry, self.manifest)
        return digest(self.digest, lies) if self.digest and lies else ""

    def with_reason(self, aside: Quarantined) -> str:
        """The same of what is quarantined."""
        return digest(self.digest, aside.name, aside.reason, *aside.claimed) if self.digest else ""


def keep_unchanged(plan: ClassPlan, results: Path, origin: Origin, page: Page) -> ClassPlan:
    """Finish what is as it was, and return the plan of the rest.

    Its page is written as for any other: a total, lateness or points by hand may have changed.
    """
    entries, record, graded = [], read_class(results), None
    for entry in plan.entries:
        report = _keep(entry, results, origin, page)
        if report is None:
            entries.append(entry)
        elif report.state is State.GRADED:
            graded = report
    if graded:  # by the assignment as it is now
        record = replace(record, version=graded.version)
    aside = tuple(each for each in plan.aside if not _keep_aside(each, results, origin, page))
    rest = replace(plan, entries=tuple(entries), download=replace(plan.download, quarantined=aside))
    save_class(results, record.without_pending({*plan.ids} - {*rest.ids}))
    return rest


def stamped(report: Report, entry: Entry) -> Report:
    """The report with whose it is, and when it came."""
    members = entry.members if entry.members != (entry.id,) else ()
    source = Source.FILES if entry.by_file_times else Source.LMS
    return replace(report, members=members, submitted_at=entry.submitted_at, submitted_at_by=source)


def _keep(entry: Entry, results: Path, origin: Origin, page: Page) -> Report | None:
    """The report of before, finished, where it stands as it is."""
    before = read_report(results, entry.id)
    if not before or not before.made_from or has_half(results, entry.id):
        return None
    if any(is_there_now(verdict.missing_module) for verdict in (*before.verdicts, *before.twins)):
        return None
    shown = read_shown(results, entry.id)
    are_kept = has_files(results, before.files.values())
    if shown.failed or not are_kept or before.made_from != origin.with_files(entry):
        return None
    report = stamped(before, entry)
    if report != before:
        save(results, report, shown)
    page(report, shown)
    return report


def _keep_aside(aside: Quarantined, results: Path, origin: Origin, page: Page) -> bool:
    report = read_report(results, aside.name)
    if not report or not report.made_from or report.made_from != origin.with_reason(aside):
        return False
    page(report, Illustrations())
    return True


def _files(folder: Path, manifest: Manifest) -> Iterator[Path]:
    """All that a verdict may depend on, and all whose change makes expected values stale."""
    yield folder / MANIFEST
    yield from folder.glob("*.py")
    yield from handout_files(folder, manifest).values()  # what a file is compared with
    yield from provided_paths(folder, manifest)
    for holder in ("expected", "secret", "data"):
        yield from (folder / manifest.assets / holder).glob("*")
    if manifest.reference:
        solved = folder / manifest.reference
        yield from (path for path in solved.rglob("*") if path.suffix in (".py", ".ipynb"))
        yield from (solved / manifest.package / file for file in manifest.files)
