"""Other right solutions: `rewrites.toml` beside the reference, each an edit of it that must cost no point.

    [modules_in_a_list]
    file = "cnn.py"                  # of the package; a notebook needs none
    edits = [{ old = "nn.Sequential(*layers)", new = "nn.ModuleList(layers)" }, { old = "...", new = "..." }]

One edit may be `old` and `new` of the table itself, as in `wrong.toml`; of a notebook a `cell` may be added instead.
"""

from __future__ import annotations

from dataclasses import replace

from pydantic import BaseModel, ConfigDict, ValidationError

from grader.assignment.assignment import Assignment
from grader.assignment.expected import reference_folder
from grader.authoring.edits import Replacement, edited, tables_beside, with_edits
from grader.authoring.places import texts_of, with_cell, with_texts
from grader.core.errors import AuthorError
from grader.core.submission import Submission

FILE = "rewrites.toml"


class _Rewrite(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = ""
    why: str = ""
    edits: tuple[Replacement, ...] = ()
    cell: str = ""

    def of(self, reference: Submission) -> Submission:
        """What is submitted. Raises `ValueError`."""
        if bool(self.edits) == bool(self.cell):
            raise ValueError("needs edits or a cell, and not both")
        if self.cell:
            return replace(reference, files=with_cell(reference, self.cell))
        texts = texts_of(reference)
        chosen = {place: text for place, text in texts.items() if self.file in ("", place)}
        if not chosen:
            raise ValueError(f"the reference has no {self.file}")
        return replace(reference, files=with_texts(reference, edited(chosen, self.edits)))


def read_rewrites(assignment: Assignment, reference: Submission) -> dict[str, Submission]:
    """The other right solutions, by name; none where there is no such file. Raises `AuthorError` with every problem."""
    path, tables = tables_beside(reference_folder(assignment), FILE)
    found: dict[str, Submission] = {}
    problems: list[str] = []
    for name, table in tables.items():
        try:
            found[name] = _Rewrite.model_validate(with_edits(table)).of(reference)
        except ValidationError as error:
            first = error.errors()[0]
            problems.append(f"{path}: {'.'.join((name, *map(str, first['loc'])))}: {first['msg'].lower()}; correct it")
        except ValueError as error:
            problems.append(f"{path}: {name}: {error}; correct it")
    if problems:
        raise AuthorError(problems)
    return found
