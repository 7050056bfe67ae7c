"""One submission of a download: whose it is, and how its files are read when its turn comes."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from grader.assignment.manifest import Manifest
from grader.core.submission import Submission
from grader.core.text import in_ascii
from grader.files.notebooks import NOTEBOOK_CAP
from grader.files.tree import Kind, OnDisk, newest_file_time
from grader.files.zips import Unsafe
from grader.submissions.package import FILE_CAP, without_number
from grader.submissions.reading import read_submission
from grader.submissions.unpacking import ARCHIVES, FileFilter, SubmittedFile, unpack


@dataclass(frozen=True, slots=True)
class Entry:
    """One submission of a download: whose it is, and where its files are.

    `members` are the ids of those who share it, `id` is theirs together. `submitted_at` and `late` are what the
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

    def dated(self) -> Entry:
        """With the time of its newest file, where the platform gives none and it lies in a folder."""
        home = self._folder()
        if self.submitted_at or home is None:
            return self
        return replace(self, submitted_at=newest_file_time(home), by_file_times=True)

    def read(self, manifest: Manifest, work: Path) -> Submission:
        """Read the files, unpacking them below `work` for as long as that takes. Never raises for what they are."""
        try:
            home = self._folder()
            if home:
                return self._noted(read_submission(home, manifest, id=self.id))
            work.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix="unpacked-", dir=work) as room:
                files, renamed = _as_expected(self.files, manifest)
                folder, unread = unpack(files, _kept(manifest), Path(room))
                return self._noted(read_submission(folder, manifest, id=self.id), *renamed, *unread)
        except Unsafe as unsafe:
            return Submission(self.id, problem=str(unsafe))
        except OSError as error:
            return Submission(self.id, problem=f"cannot be read ({error.strerror}); look at it by hand")

    def _folder(self) -> Path | None:
        """The folder on disk that is the whole submission as it is, if so."""
        node = self.files[0].node
        if len(self.files) > 1 or not isinstance(node, OnDisk) or node.kind is not Kind.FOLDER:
            return None
        try:
            packed = any(each.kind is Kind.FILE and each.name.lower().endswith(ARCHIVES) for each in node.children())
        except OSError:  # reading it will say why
            return node.path
        return None if packed else node.path

    def _noted(self, read: Submission, *notes: str) -> Submission:
        return replace(read, notes=(*self.notes, *notes, *read.notes))


@dataclass(frozen=True, slots=True)
class Quarantined:
    """What is not graded until a person has looked at it: its name in the download, in printable ASCII, and the reason.

    `claimed` are the ids that it would have been graded for.
    """

    name: str
    reason: str
    claimed: tuple[str, ...] = ()

    def submission(self) -> Submission:
        """A submission for the report; its name takes the place of an id."""
        return Submission(self.name, problem=self.reason)


def _kept(manifest: Manifest) -> FileFilter:
    return FileFilter(".ipynb", NOTEBOOK_CAP) if manifest.notebook else FileFilter(".py", FILE_CAP)


def _as_expected(
    files: Sequence[SubmittedFile], manifest: Manifest
) -> tuple[tuple[SubmittedFile, ...], tuple[str, ...]]:
    """Loose files by the names that the assignment has for them: platforms number copies, and people name their own."""
    names = {file.name for file in files}
    only = manifest.files[0] if len(manifest.files) == 1 and len(files) == 1 else None
    renamed, notes = [], []
    for file in files:
        first = without_number(file.name)
        meant = file.name
        if file.name not in manifest.files and file.name.endswith(".py"):
            meant = first if first in manifest.files and first not in names else only or file.name
        if meant != file.name:
            notes.append(f"`{in_ascii(file.name)}` was used as `{meant}`")
        renamed.append(replace(file, name=meant))
    return tuple(renamed), tuple(notes)
