"""An assignment: `assignment.toml`, its checks, and the files that always come from it and never from a student."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grader.checks import FILES, Check, load_checks
from grader.digest import digest
from grader.errors import AuthorError, UsageError
from grader.limits import MIB, Limits

MANIFEST = "assignment.toml"
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Criterion(_Strict):
    """One line of a rubric: what a person looks for in a written answer, and what it is worth."""

    points: int = Field(ge=0)
    text: str


class Question(_Strict):
    """A written question, scored by a person with its rubric."""

    id: Identifier
    title: str
    prompt: str
    rubric: list[Criterion] = Field(min_length=1)


class _Limits(_Strict):
    seconds: float = Field(default=120, gt=0)
    import_seconds: float = Field(default=10, gt=0)
    memory_mb: int = Field(default=2048, ge=64)


class Manifest(_Strict):
    """`assignment.toml`, as written."""

    title: str
    form: Literal["package"]
    package: Identifier
    files: list[str] = Field(min_length=1)
    provided: list[str] = []
    assets: str = "."
    reference: str | None = None
    limits: _Limits = _Limits()
    questions: list[Question] = []


@dataclass(frozen=True, slots=True)
class Assignment:
    """A named set of checks over one student package."""

    folder: Path
    manifest: Manifest
    checks: tuple[Check, ...]

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
    def max_points(self) -> Fraction:
        """The points of all checks, hidden ones included."""
        return Fraction(sum(check.points for check in self.checks))

    def data_file(self, check: Check) -> Path | None:
        """The file with the check's data, if it has any."""
        return self.folder / self.manifest.assets / "data" / f"{check.data}.safetensors" if check.data else None

    def limits(self, seconds: float) -> Limits:
        """The limits of one check that may take `seconds`."""
        return Limits(seconds=seconds, memory=self.manifest.limits.memory_mb * MIB)

    def provided_files(self) -> dict[str, bytes]:
        """Content of the provided files and packages, by their path in the submission. Raises `AuthorError`."""
        found: dict[str, bytes] = {}
        for entry in self.manifest.provided:
            path = self.folder / entry
            if Path(entry).is_absolute() or ".." in Path(entry).parts:
                raise AuthorError([f"{self.folder / MANIFEST}: provided: {entry} is not inside the folder; copy it in"])
            if not path.exists():
                raise AuthorError([f"{self.folder / MANIFEST}: provided: there is no {entry}; add it or take it out"])
            for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
                found[file.relative_to(self.folder).as_posix()] = file.read_bytes()
        return found

    def check_files(self) -> dict[str, bytes]:
        """Content of the files of checks that there are."""
        return {name: (self.folder / name).read_bytes() for name in FILES if (self.folder / name).is_file()}

    def digest(self) -> str:
        """Changes with anything in the assignment that a score depends on, expected values apart."""
        own = {
            **self.check_files(),
            **self.provided_files(),
            MANIFEST: (self.folder / MANIFEST).read_bytes(),
        }
        return digest(*(part for name in sorted(own) for part in (name, own[name])))


def find_assignment(name: str) -> Path:
    """The folder that `name` means: a folder with an assignment.toml, or a name under `assignments/`."""
    for folder in (Path(name), Path("assignments") / name):
        if (folder / MANIFEST).is_file():
            return folder.resolve()
    known = sorted(path.parent.name for path in Path("assignments").glob(f"*/{MANIFEST}"))
    hint = f"name one of {', '.join(known)}, or a folder" if known else "name a folder"
    raise UsageError(f"{name}: no such assignment; {hint} with an {MANIFEST}")


def nearest_assignment(start: Path) -> Path:
    """The nearest folder from `start` upward that has an assignment.toml."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / MANIFEST).is_file():
            return folder
    raise UsageError(
        f"{start}: no {MANIFEST} here or above; go to the assignment's folder, or name it with --assignment"
    )


def load_assignment(folder: Path) -> Assignment:
    """Read an assignment. Raises `AuthorError` with every problem found."""
    manifest = read_manifest(folder)
    loaded = Assignment(folder, manifest, load_checks(folder))
    problems = [
        f"{check.where}: there is no data file {file}; make it or correct data="
        for check in loaded.checks
        if (file := loaded.data_file(check)) and not file.is_file()
    ]
    if problems:
        raise AuthorError(problems)
    loaded.provided_files()
    return loaded


def read_manifest(folder: Path) -> Manifest:
    """Read `assignment.toml` alone. Raises `AuthorError` with every problem found."""
    path = folder / MANIFEST
    try:
        return Manifest.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AuthorError([f"{path}: not TOML ({error}); mend the file"]) from None
    except ValidationError as error:
        raise AuthorError([f"{path}: {_place(part['loc'])}: {part['msg']}" for part in error.errors()]) from None


def _place(location: tuple[str | int, ...]) -> str:
    return ".".join(map(str, location))
