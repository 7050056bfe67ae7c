"""One submission of a download: whose it is, and how its files are read when its turn comes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from grader.assignment.handout import NO_HANDOUT, Handout
from grader.assignment.manifest import Manifest
from grader.core.submission import Submission
from grader.core.text import printable
from grader.files.tree import Kind, OnDisk, newest_file_time
from grader.files.zips import Unsafe, is_ours
from grader.submissions.file_filter import FileFilter
from grader.submissions.finding import without_number
from grader.submissions.reading import read_submission
from grader.submissions.unpacking import SubmittedFile, is_archive, unpack

LATE = "the platform says that it was submitted late, but not when; say when in a list of late submissions"


@dataclass(frozen=True, slots=True)
class Entry:
    """One submission of a download: whose it is, and where its files are.

    `members` are the ids of those who share it, `id` is theirs together. `source` is its name in the download,
    fit to show, and `downloads` are the paths that its files come from. `submitted_at` and `late` are what the
    platform says, where it does.
    """

    id: str
    name: str
    members: tuple[str, ...]
    files: tuple[SubmittedFile, ...]
    submitted_at: datetime | None = None
    late: bool = False
    by_file_times: bool = False  # `submitted_at` is when the newest file was changed, as nothing better is known
    notes: tuple[str, ...] = ()
    source: str = ""
    downloads: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """What is known of it before it is read, as notes of the submission."""
        return (*self.notes, LATE) if self.late and not self.submitted_at else self.notes

    @property
    def is_loose(self) -> bool:
        """Whether it is files as the student uploaded them, none of them an archive."""
        return all(file.name and file.node.kind is Kind.FILE and not is_archive(file.name) for file in self.files)

    def lacks(self, manifest: Manifest) -> bool:
        """Whether it is loose files, and some that the assignment asks for are not among them."""
        names = {without_number(file.name) for file in self.files} | {file.name for file in self.files}
        asked = _names(manifest) | ({manifest.notebook} if manifest.notebook else set())
        if len(asked) == 1:
            return self.is_loose and not any(name.endswith(PurePosixPath(min(asked)).suffix) for name in names)
        return self.is_loose and not names.issuperset(asked)

    def dated(self) -> Entry:
        """With the time of its newest file, where the platform gives none and it lies in a folder."""
        home = self._folder()
        if self.submitted_at or home is None:
            return self
        return replace(self, submitted_at=newest_file_time(home), by_file_times=True)

    def read(self, manifest: Manifest, work: Path, handout: Handout = NO_HANDOUT) -> Submission:
        """Read the files, unpacking them below `work` for as long as that takes. Never raises for what they are.

        With the `handout`, a file that nobody has touched is told from the student's work.
        Raises `OSError` where the machine fails, or what is to be read or was unpacked has been taken away.
        """
        try:
            home = self._folder()
            if home:
                home.stat()  # raises where it has been taken away
                return self._noted(read_submission(home, manifest, id=self.id, handout=handout))
            kept = FileFilter(manifest.package, frozenset(manifest.files), manifest.notebook, handout)
            work.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix="unpacked-", dir=work) as room:
                files, renamed = _as_expected(self.files, manifest)
                folder, unread = unpack(files, kept, Path(room))
                read = read_submission(folder, manifest, id=self.id, handout=handout)
                return self._noted(read, *renamed, *unread)
        except Unsafe as unsafe:
            return Submission(self.id, problem=str(unsafe))
        except OSError as error:
            if is_ours(error) or isinstance(error, FileNotFoundError):
                raise
            return Submission(self.id, problem=f"cannot be read ({error.strerror}); look at it by hand")

    def _folder(self) -> Path | None:
        """The folder on disk that is the whole submission as it is, if so."""
        node = self.files[0].node
        if len(self.files) > 1 or not isinstance(node, OnDisk) or node.kind is not Kind.FOLDER:
            return None
        try:
            packed = any(each.kind is Kind.FILE and is_archive(each.name) for each in node.children())
        except OSError:  # reading it will say why
            return node.path
        return None if packed else node.path

    def _noted(self, read: Submission, *notes: str) -> Submission:
        return replace(read, notes=(*self.told, *notes, *read.notes))


@dataclass(frozen=True, slots=True)
class Quarantined:
    """What is not graded until a person has looked at it: its name in the download, fit to show, and the reason.

    `claimed` are the ids that it would have been graded for, or else whose it may be.
    """

    name: str
    reason: str
    claimed: tuple[str, ...] = ()

    def submission(self) -> Submission:
        """A submission for the report; its name takes the place of an id."""
        return Submission(self.name, problem=self.reason)


def _as_expected(
    files: Sequence[SubmittedFile], manifest: Manifest
) -> tuple[tuple[SubmittedFile, ...], tuple[str, ...]]:
    """Loose files by the names that the assignment has for them: platforms number copies, and people name their own."""
    files, notes = _newest(files, manifest)
    names, asked = {file.name for file in files}, _names(manifest)
    only = next(iter(asked)) if len(asked) == 1 and len(files) == 1 else None
    renamed = []
    for file in files:
        first = without_number(file.name)
        meant = file.name
        if file.name not in asked and first in asked and first not in names:
            meant = first
        elif file.name not in asked and only and file.name.endswith(PurePosixPath(only).suffix):
            meant = only
        if meant != file.name:
            notes.append(f"`{printable(file.name)}` was used as `{meant}`")
        renamed.append(replace(file, name=meant))
    return tuple(renamed), tuple(notes)


def _names(manifest: Manifest) -> set[str]:
    """Of the files to submit, as platforms have them: without the folders that they lie in."""
    return {PurePosixPath(file).name for file in manifest.files}


def _newest(files: Sequence[SubmittedFile], manifest: Manifest) -> tuple[list[SubmittedFile], list[str]]:
    """Of files that were submitted again the last, by Canvas's numbers; `cnn-1.py` is `cnn.py` again."""
    known = {file.name for file in files} | {*_names(manifest), manifest.notebook}
    versions: dict[str, list[SubmittedFile]] = {}
    for file in files:
        first = without_number(file.name)
        versions.setdefault(first if first in known else file.name, []).append(file)
    newest, notes = [], []
    for name, same in versions.items():
        if len(same) == 1 or not all(file.number for file in same):
            newest += same
            continue
        last = max(same, key=lambda file: file.number)
        newest.append(replace(last, name=name))
        notes.append(f"`{printable(name)}` was submitted {len(same)} times; the last is used, number {last.number}")
    return newest, notes
