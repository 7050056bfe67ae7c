"""Known solutions that are the reference with a change: wrong ones, and right ones written in another style.

Each is a table. One of `solutions/<assignment>/wrong.toml` makes one mistake:

    [no_skip]
    why = "The input is not added."          # optional, where the name does not say it
    file = "blocks.py"                       # the file of the package; a notebook needs none
    fails = ["block_forward[res]=WRONG_ANSWER", "network_forward=WRONG_ANSWER"]
    old = "out = x + self.conv2(hidden)"
    new = "out = self.conv2(hidden)"

`fails` holds every verdict that is not PASSED; a check's name alone means all its cases. Only where a training run ends
differently from processor to processor, `may_fail` holds it. `old` stands exactly once in
the file, or in all code cells of the notebook together. Several edits are a list `edits` of such pairs, made in order.
A mistake that is not an edit of the notebook is a `cell`: the code of one more cell behind the others.

A table of `solutions/<assignment>/rewrites.toml` has no `fails`, as everything passes; its `why` says how it differs.
"""

import json
import os
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grader.authoring.edits import Replacement, edited, with_edits
from grader.core.verdict import Outcome
from grader.grading.context import GradingContext
from grader.results.report import Report

ROOT = Path(__file__).resolve().parent.parent
CELL: dict[str, Any] = {"cell_type": "code", "id": "wrong", "metadata": {}, "outputs": [], "execution_count": None}


class ChangedReference(BaseModel):
    """One table, and the folder of the reference."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    table_file: ClassVar[str]

    solution: Path
    how: str
    why: str = ""
    file: str = ""
    edits: tuple[Replacement, ...] = ()
    cell: str = ""

    def files(self) -> dict[str, str]:
        """What is submitted, by path. Raises `ValueError` where the reference cannot be changed so."""
        files = files_of(self.solution)
        notebook = next((name for name in files if name.endswith(".ipynb")), None)
        if bool(self.edits) == bool(self.cell):
            raise self._unfit("needs edits or a cell, and not both")
        if notebook and not self.file:
            return {notebook: self._in_cells(files[notebook])}
        chosen = {name: text for name, text in files.items() if name.partition("/")[2] == self.file}
        if not chosen or self.cell:
            raise self._unfit(f"needs edits of a file that the reference has, not of {self.file!r}")
        return files | self._edited(chosen)

    def _in_cells(self, text: str) -> str:
        """The text of a notebook with the edits made, or with one cell more."""
        notebook = json.loads(text)
        cells = {str(number): cell for number, cell in enumerate(notebook["cells"]) if cell["cell_type"] == "code"}
        for number, source in self._edited({name: "".join(cell["source"]) for name, cell in cells.items()}).items():
            cells[number]["source"] = source
        notebook["cells"] += [{**CELL, "source": self.cell}] if self.cell else []
        return json.dumps(notebook)

    def _edited(self, texts: Mapping[str, str]) -> dict[str, str]:
        """The texts with the edits made."""
        try:
            return edited(texts, self.edits)
        except ValueError as error:
            raise self._unfit(str(error)) from None

    def _unfit(self, what: str) -> ValueError:
        return ValueError(f"solutions/{self.solution.name}/{self.table_file}: {self.how}: {what}")


# What two fixtures give: the context of an assignment, and the report on a changed reference.
Contexts = Callable[[str], GradingContext]
Graded = Callable[[ChangedReference], Report]


class WrongSolution(ChangedReference):
    """The reference with a mistake, and the verdicts that it gets."""

    table_file = "wrong.toml"

    fails: tuple[str, ...] = Field(min_length=1)
    may_fail: tuple[str, ...] = ()

    def promised(self, verdicts: Collection[str]) -> dict[str, str]:
        """The outcomes that `fails` names, by names out of `verdicts`. Raises `ValueError` for an unknown word."""
        return self._named(self.fails, verdicts)

    def possible(self, verdicts: Collection[str]) -> dict[str, str]:
        """Likewise for `may_fail`."""
        return self._named(self.may_fail, verdicts)

    def _named(self, words: Iterable[str], verdicts: Collection[str]) -> dict[str, str]:
        promised: dict[str, str] = {}
        for word in words:
            name, _, outcome = word.partition("=")
            meant = [each for each in verdicts if name in (each, each.partition("[")[0])]
            if not meant or outcome not in set(Outcome) - {Outcome.PASSED}:
                raise self._unfit(f"{word!r} does not name a check and an outcome other than PASSED")
            promised |= dict.fromkeys(meant, outcome)
        return promised


class Rewrite(ChangedReference):
    """The reference in another style, which is as right."""

    table_file = "rewrites.toml"

    why: str = Field(min_length=1)


Changed = TypeVar("Changed", bound=ChangedReference)
T = TypeVar("T")


def tried(known: Sequence[T]) -> Sequence[T]:
    """Those that a run tries: one in eight, or all where GRADER_SOLUTIONS=all, which takes most of an hour."""
    return known if os.environ.get("GRADER_SOLUTIONS") == "all" else known[::8]


def read_wrong_solutions(solution: Path) -> list[WrongSolution]:
    """Those of one reference, in the order of the file. Raises `ValueError` with the first problem."""
    return _read(solution, WrongSolution)


def read_rewrites(solution: Path) -> list[Rewrite]:
    """Likewise the right ones."""
    return _read(solution, Rewrite)


def _read(solution: Path, kind: type[Changed]) -> list[Changed]:
    found = []
    for how, table in tomllib.loads((solution / kind.table_file).read_text(encoding="utf-8")).items():
        try:
            found.append(kind(solution=solution, how=how, **with_edits(table)))
        except ValidationError as error:
            (*_, where), what = error.errors()[0]["loc"], error.errors()[0]["msg"]
            raise ValueError(f"solutions/{solution.name}/{kind.table_file}: {how}: `{where}`: {what}") from None
    return found


def files_of(folder: Path) -> dict[str, str]:
    """What is submitted or given out, by path: the modules of the package in `folder`, or its notebook."""
    paths = sorted([*folder.glob("*/*.py"), *folder.glob("*.ipynb")])
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Write a submission into a new folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
