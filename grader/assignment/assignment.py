"""An assignment: `assignment.toml`, its checks, and the files that always come from it and never from a student."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path, PurePosixPath

from grader.assignment.handout import NO_HANDOUT, Handout
from grader.assignment.manifest import MANIFEST, Manifest, manifest_to_grade
from grader.assignment.provided import read_provided
from grader.checks.checks import FILES, Check
from grader.checks.loading import load_checks
from grader.core.digest import digest
from grader.core.errors import AuthorError
from grader.core.limits import MIB, Limits


@dataclass(frozen=True, slots=True)
class Assignment:
    """A named set of checks over one student package.

    `provided` is the content of the provided files and packages, by their path in the submission.
    """

    folder: Path
    manifest: Manifest
    checks: tuple[Check, ...]
    provided: Mapping[str, bytes]

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @property
    def public(self) -> tuple[Check, ...]:
        """The checks that students may run themselves."""
        return tuple(check for check in self.checks if not check.hidden)

    @property
    def expected_folder(self) -> Path:
        """Where the expected values are: one file per check."""
        return self.folder / self.manifest.assets / "expected"

    @property
    def secret_folder(self) -> Path:
        """Where the secret seeds are, with their expected values: one file per check that has a twin."""
        return self.folder / self.manifest.assets / "secret"

    @property
    def max_points(self) -> Fraction:
        """The points of all checks, hidden ones included."""
        return Fraction(sum(check.points for check in self.checks))

    def data_file(self, check: Check) -> Path | None:
        """The file with the check's data, if it has any."""
        return self.folder / self.manifest.assets / "data" / f"{check.data}.safetensors" if check.data else None

    def limits(self, seconds: float) -> Limits:
        """The limits of one check that may take `seconds`."""
        return Limits(seconds=seconds, memory=self.manifest.limits.memory_mb * MIB)

    def judged_files(self, submitted: Mapping[str, bytes]) -> dict[str, bytes]:
        """What of a submission's files is judged, by path below the package.

        Neither what is provided, nor what would stand in the place of a provided file or hide a provided module.
        """
        taken = {*self.provided, *(path.removesuffix(".py") for path in self.provided)}
        folders = {str(parent) for path in self.provided for parent in PurePosixPath(path).parents}

        def is_taken(path: str) -> bool:
            place = PurePosixPath(self.manifest.package, path)
            if str(place) in {*self.provided, *folders} or str(place).removesuffix(".py") in folders:
                return True
            return bool(taken & {str(parent) for parent in place.parents})

        return {path: content for path, content in submitted.items() if not is_taken(path)}

    def laid_out(self, submitted: Mapping[str, bytes]) -> dict[str, bytes]:
        """What student code finds around it: of a submission's files what is judged, and what is provided."""
        judged = self.judged_files(submitted).items()
        package = PurePosixPath(self.manifest.package)
        return {**{str(package / path): content for path, content in judged}, **self.provided}

    def handout(self) -> Handout:
        """The files as students were given them."""
        return Handout.of(self.folder, self.manifest)

    def given_out(self) -> Handout:
        """The same in a student's own folder: known of a release, whose files have become the student's work."""
        return Handout.of_release(self.folder) if self.manifest.is_release else NO_HANDOUT

    def check_files(self) -> dict[str, bytes]:
        """Content of the files of checks that exist."""
        return {name: (self.folder / name).read_bytes() for name in FILES if (self.folder / name).is_file()}

    def digest(self) -> str:
        """Changes with anything in the assignment that a score depends on, expected values apart."""
        own = {
            **self.check_files(),
            **self.provided,
            MANIFEST: (self.folder / MANIFEST).read_bytes(),
        }
        return digest(*(part for name in sorted(own) for part in (name, own[name])))


def load_assignment(folder: Path) -> Assignment:
    """Read an assignment.

    Raises `AuthorError` with every problem found, and `UsageError` where what reads submissions is not installed.
    """
    manifest = manifest_to_grade(folder)
    loaded = Assignment(folder, manifest, load_checks(folder, manifest.release.checks), {})
    problems = [
        f'{check.where}: takes "notebook", but none is submitted beside modules; name it in {MANIFEST}, or take "hw"'
        for check in loaded.checks
        if check.takes_notebook and not manifest.is_mixed
    ]
    problems += [
        f"{check.where}: there is no data file {file}; make it or correct data="
        for check in loaded.checks
        if (file := loaded.data_file(check)) and not file.is_file()
    ]
    if problems:
        raise AuthorError(problems)
    own = [*(folder / name for name in (MANIFEST, *FILES)), loaded.expected_folder, loaded.secret_folder]
    own += [file for check in loaded.checks if (file := loaded.data_file(check))]
    return replace(loaded, provided=read_provided(folder, manifest, own))
