"""Mutants that the handout allows: `audit.toml` beside the reference names them, each with the handout's own words.

    [sums_in_another_order]
    function = "Block.forward"                 # optional, where the same lines stand elsewhere
    old = "return self.main(x) + self.shortcut(x)"
    new = "return self.shortcut(x) + self.main(x)"
    handout = "The order of the sum is yours to choose."

The sentence must stand in the README, the stubs or the notebook that students get; line breaks do not matter.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grader.assignment.assignment import Assignment
from grader.assignment.expected import reference_folder
from grader.authoring.edits import tables_beside
from grader.authoring.mutants import Mutant
from grader.core.errors import AuthorError
from grader.files.notebooks import read_notebook

FILE = "audit.toml"
SENTENCE = 20  # letters; fewer say nothing


class _Equivalent(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    old: str = Field(min_length=1)
    new: str
    function: str = ""
    handout: str = Field(min_length=SENTENCE)

    def is_of(self, mutant: Mutant) -> bool:
        changes = mutant.old.strip() == self.old.strip() and mutant.new.strip() == self.new.strip()
        return changes and self.function in ("", mutant.function)


def equivalents(assignment: Assignment, mutants: Sequence[Mutant]) -> dict[str, str]:
    """The handout's sentence for each mutant that is equivalent, by the mutant's digest.

    Raises `AuthorError` with every table that is wrong, quotes what is not in the handout, or is of no mutant.
    """
    path, tables = tables_beside(reference_folder(assignment), FILE)
    handout = _handout(assignment)
    found: dict[str, str] = {}
    problems: list[str] = []
    for name, table in tables.items():
        try:
            one = _Equivalent.model_validate(table)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join((name, *map(str, first["loc"])))
            problems.append(f"{path}: {where}: {first['msg'].lower()}; correct it")
            continue
        meant = [mutant.digest for mutant in mutants if one.is_of(mutant)]
        if _words(one.handout) not in handout:
            problems.append(f"{path}: {name}: the handout does not say {one.handout!r}; quote it as it stands there")
        elif not meant:
            problems.append(f"{path}: {name}: no mutant is this edit; remove the table, or copy old and new anew")
        found |= dict.fromkeys(meant, one.handout)
    if problems:
        raise AuthorError(problems)
    return found


def _handout(assignment: Assignment) -> str:
    """All words that students are given."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(assignment.folder.glob("*.md"))]
    for name, content in assignment.handout().files.items():
        if name.endswith(".ipynb"):
            texts += [cell.source for cell in read_notebook(content).cells]
        elif name.endswith(".py"):
            texts.append(content.decode("utf-8-sig"))
    return _words("\n".join(texts))


def _words(text: str) -> str:
    return " ".join(text.split())
