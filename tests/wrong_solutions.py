"""Known wrong solutions: each is the reference with one mistake, a table of `solutions/<assignment>/wrong.toml`.

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

Right solutions in other styles are tables of `rewrites.toml`: edits of the same form, with a `why` that says why they
are right, and without `fails`.
"""

import json
import tomllib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grader.core.verdict import Outcome

ROOT = Path(__file__).resolve().parent.parent
CELL: dict[str, Any] = {"cell_type": "code", "id": "wrong", "metadata": {}, "outputs": [], "execution_count": None}


class Edit(BaseModel):
    """`old` becomes `new`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    old: str = Field(min_length=1)
    new: str


class Edited(BaseModel):
    """One table, and the folder of the reference."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    tables: ClassVar[str]

    solution: Path
    how: str
    why: str = ""
    file: str = ""
    edits: tuple[Edit, ...] = ()
    cell: str = ""

    def files(self) -> dict[str, str]:
        """What is submitted, by path. Raises `ValueError` where the edits do not fit the reference."""
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
        edited = dict(texts)
        for edit in self.edits:
            places = [name for name, text in edited.items() for _ in range(text.count(edit.old))]
            if len(places) != 1:
                raise self._unfit(f"{edit.old!r} must stand in the reference once, not {len(places)} times")
            edited[places[0]] = edited[places[0]].replace(edit.old, edit.new)
        return edited

    def _unfit(self, what: str) -> ValueError:
        return ValueError(f"solutions/{self.solution.name}/{self.tables}: {self.how}: {what}")


class WrongSolution(Edited):
    """The reference with a mistake, and what comes of it."""

    tables = "wrong.toml"

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


class Rewrite(Edited):
    """The reference in another style, as right as it is."""

    tables = "rewrites.toml"

    why: str = Field(min_length=1)


Kind = TypeVar("Kind", bound=Edited)


def read_wrong_solutions(solution: Path) -> list[WrongSolution]:
    """Those of one reference, in the order of the file. Raises `ValueError` with the first problem."""
    return _read(WrongSolution, solution)


def read_rewrites(solution: Path) -> list[Rewrite]:
    """Likewise; none where the reference has no such file."""
    return _read(Rewrite, solution) if (solution / Rewrite.tables).exists() else []


def _read(kind: type[Kind], solution: Path) -> list[Kind]:
    found = []
    for how, table in tomllib.loads((solution / kind.tables).read_text(encoding="utf-8")).items():
        if pair := {key: table.pop(key) for key in ("old", "new") if key in table}:
            table["edits"] = [pair, *table.get("edits", [])]
        try:
            found.append(kind(solution=solution, how=how, **table))
        except ValidationError as error:
            (*_, where), what = error.errors()[0]["loc"], error.errors()[0]["msg"]
            raise ValueError(f"solutions/{solution.name}/{kind.tables}: {how}: `{where}`: {what}") from None
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
