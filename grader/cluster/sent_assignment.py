"""An assignment as it travels to a worker: the files that grading reads, without the reference solution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Self

from grader.assignment.assignment import Assignment
from grader.assignment.confirmed import CONFIRMED
from grader.assignment.expected import path_of
from grader.assignment.manifest import MANIFEST
from grader.assignment.measured import DEVICES, file_of
from grader.assignment.twins import twins_of
from grader.core.digest import digest
from grader.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class SentAssignment:
    """Its name, where its assets are as the manifest says, and the files below its folder and below its assets."""

    name: str
    assets: str
    own: Mapping[str, bytes]
    of_assets: Mapping[str, bytes]

    @classmethod
    def of(cls, assignment: Assignment) -> Self:
        """What grading reads of an assignment, secret seeds included. Raises `UsageError`."""
        folder, assets = assignment.folder, assignment.manifest.assets
        if PurePosixPath(assets).is_absolute():
            raise UsageError(f"{folder / MANIFEST}: assets: a cluster needs a path from the folder, not {assets}")
        own = {**assignment.provided, **assignment.check_files(), MANIFEST: (folder / MANIFEST).read_bytes()}
        paths = {path_of(assignment, check) for check in (*assignment.checks, *twins_of(assignment))}
        beside = (CONFIRMED, *map(file_of, DEVICES))
        paths |= {listed for path in paths for name in beside if (listed := path.with_name(name)).is_file()}
        paths |= {data for check in assignment.checks if (data := assignment.data_file(check))}
        base = folder / assets
        return cls(folder.name, assets, own, {path.relative_to(base).as_posix(): path.read_bytes() for path in paths})

    @property
    def digest(self) -> str:
        """Changes with any byte of it."""
        files = ((kind, *each) for kind, of in (("own", self.own), ("assets", self.of_assets))
                 for each in sorted(of.items()))  # fmt: skip
        return digest(self.name, self.assets, *(part for file in files for part in file))

    def unpack(self, root: Path) -> Path:
        """Write it below an empty folder, as deep as the way up to its assets leads; return the assignment's folder."""
        up = PurePosixPath(self.assets).parts.count("..")
        folder = root.joinpath(*["up"] * up, self.name)
        folder.mkdir(parents=True)
        for base, files in ((folder, self.own), (folder / self.assets, self.of_assets)):
            for name, content in files.items():
                path = base / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        return folder
