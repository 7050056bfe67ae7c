"""`assignment.toml`: where it is and what it says. Imports no torch, so that a mistyped path is answered at once."""

from __future__ import annotations

import difflib
import sys
import tomllib
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from grader.core import extras
from grader.core.errors import AuthorError, UsageError
from grader.files.notebooks import CELLS

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MANIFEST = "assignment.toml"
TOP = "."  # as `package`: the modules lie at the top of what is submitted, and import each other by their bare names
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
# Below the package's folder, such as `cnn.py` or `weights/best.pth`.
FilePath = Annotated[str, Field(pattern=r"^([A-Za-z0-9_][A-Za-z0-9_. -]*/)*[A-Za-z0-9_][A-Za-z0-9_. -]*$")]
NotebookFile = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+\.ipynb$")]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
# Imported before anything of a student's is, so that a file of this name at the top would never be.
TAKEN = {*sys.stdlib_module_names, "torch", "numpy", "grader", "checks", "hidden_checks"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Criterion(_Strict):
    """One line of a rubric: what a person looks for in a written answer, and what it is worth."""

    points: int = Field(ge=0)
    text: str


class Question(_Strict):
    """A written question, graded by hand with its rubric."""

    id: Identifier
    title: str
    prompt: str
    rubric: list[Criterion] = Field(min_length=1)


class _Limits(_Strict):
    seconds: float = Field(default=120, gt=0)
    import_seconds: float = Field(default=10, gt=0)
    memory_mb: int = Field(default=2048, ge=64)


class Late(_Strict):
    """What lateness takes: percent of the points earned for each day begun after the grace; see `results.lateness`."""

    deadline: datetime  # with its zone
    grace_minutes: int = Field(default=0, ge=0, le=525_600)
    percent_per_day: Percent
    cap_percent: Percent = 100
    cutoff_days: int | None = Field(default=None, ge=0)  # later than this: no points

    @field_validator("deadline")
    @classmethod
    def _has_a_zone(cls, deadline: datetime) -> datetime:
        if deadline.utcoffset() is None:
            raise ValueError(f"{deadline} has no time zone; write for example {deadline.isoformat()}+01:00")
        return deadline


class Release(_Strict):
    """Which release it is.

    Of one that `grader release` has made, `checks` are all that it has, and `provided` has a digest of each file.
    """

    version: int = Field(default=1, ge=1)
    checks: list[Identifier] | None = None
    provided: dict[str, str] = {}


class Manifest(_Strict):
    """`assignment.toml`, as written."""

    title: str
    form: Literal["package", "notebook"]
    package: str  # the folder of the student's code, or TOP
    files: Annotated[list[FilePath], Field(min_length=1)] = []
    notebook: NotebookFile | None = None  # all that is submitted, or beside the modules
    skip_calls: list[Identifier] = []  # cells that call these are not run while grading
    # For how long a notebook with saved figures is run once more, whole, to show beside them what it draws now.
    draw_again_seconds: float = Field(default=0, ge=0, le=600)
    provided: list[str] = []
    requires: list[Identifier] = []  # modules that must be installed where it is graded, such as `sklearn`
    assets: str = "."
    reference: str | None = None
    claimable_percent: Percent = 10  # of the points, that `regenerate` may find can be had without the work
    limits: _Limits = _Limits()
    late: Late | None = None
    release: Release = Release()
    questions: list[Question] = []

    @field_validator("package")
    @classmethod
    def _can_be_imported(cls, package: str) -> str:
        if package != TOP and not (package.isascii() and package.isidentifier()):
            raise ValueError(f'{package!r} is not the name of a package; write "hw", say, or "." for loose modules')
        return package

    @model_validator(mode="after")
    def _has_what_its_form_needs(self) -> Self:
        if self.form == "package" and not self.files:
            raise ValueError("a package needs files = [...], the modules to submit")
        if self.form == "notebook" and (self.files or not self.notebook):
            raise ValueError('a notebook assignment needs notebook = "name.ipynb" and no files')
        if self.form == "notebook" and self.is_loose:
            raise ValueError('a notebook needs a name for messages; write package = "hw"')
        for file in self.files:
            if file.endswith(".py") and not all(part.isidentifier() for part in file.removesuffix(".py").split("/")):
                raise ValueError(f"files: Python can import no module called {file}; rename it")
        for file in (*self.files, *self.provided):
            if self.notebook and PurePosixPath(file).name == CELLS:
                raise ValueError(f"{file} has the name that the cells of a notebook get; rename it")
            if self.is_loose and file.endswith(".py") and file.removesuffix(".py") in TAKEN:
                raise ValueError(f"{file} has the name of another module, which is imported in its place; rename it")
        return self

    @property
    def is_release(self) -> bool:
        """Whether students have got it from `grader release`."""
        return self.release.checks is not None

    @property
    def is_loose(self) -> bool:
        """Whether the modules lie at the top of what is submitted, in no package."""
        return self.package == TOP

    @property
    def is_mixed(self) -> bool:
        """Whether a notebook is submitted beside the modules."""
        return self.form == "package" and self.notebook is not None

    @property
    def modules(self) -> dict[str, str]:
        """The submitted modules: by path in the submission the name that they are imported by, such as `hw.cnn`."""
        paths = (PurePosixPath(self.package, file) for file in self.files if file.endswith(".py"))
        names = {str(path): ".".join(path.with_suffix("").parts) for path in paths}
        return {path: name.removesuffix(".__init__") for path, name in names.items()}


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


def read_manifest(folder: Path) -> Manifest:
    """Read `assignment.toml` alone. Raises `AuthorError` with every problem found."""
    path = folder / MANIFEST
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AuthorError([f"{path}: not TOML ({error}); fix the file"]) from None
    try:
        return Manifest.model_validate(written)
    except ValidationError as error:
        problems = (f"{_place(part['loc'], written)}{_told(part)}" for part in error.errors())
        raise AuthorError([f"{path}: {problem}" for problem in problems]) from None


def manifest_to_grade(folder: Path) -> Manifest:
    """`read_manifest` before submissions are read: `UsageError` where a package which that needs is not installed."""
    manifest = read_manifest(folder)
    if manifest.notebook:
        extras.require(str(folder / MANIFEST), "nbformat")
    absent = [module for module in manifest.requires if not extras.is_there(module)]
    if absent:
        line = extras.remedies(absent)
        raise UsageError(f"{folder / MANIFEST}: requires {', '.join(absent)}; run `{line}`, then this again")
    return manifest


def _told(problem: ErrorDetails) -> str:
    """What pydantic found, as `what; do this`."""
    if problem["type"] == "extra_forbidden":
        models: list[type[BaseModel]] = [Manifest, _Limits, Late, Release, Question, Criterion]
        known = [name for model in models for name in model.model_fields]
        near = difflib.get_close_matches(str(problem["loc"][-1]), known, 1)
        return f"there is no such key; {f'did you mean {near[0]}?' if near else 'remove it'}"
    message = problem["msg"].removeprefix("Value error, ")
    return message if ";" in message else f"{message}; correct it"


def _place(location: tuple[str | int, ...], written: Any) -> str:
    """Where a problem is: what lies in a list by its id, or by its number from 1. Empty for the file as a whole."""
    names: list[str] = []
    for step in location:
        try:
            written = written[step]
        except (LookupError, TypeError):  # what is absent is told too
            written = None
        own = written.get("id") if isinstance(written, dict) else None
        names.append(step if isinstance(step, str) else own if isinstance(own, str) else str(step + 1))
    return f"{'.'.join(names)}: " if names else ""
