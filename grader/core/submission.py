"""A submission: one student's files in memory, as everything after their reading sees them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from grader.core.digest import digest
from grader.core.written import Written

_ID = re.compile(r"[A-Za-z0-9._@-]{1,64}")


def is_id(text: str) -> bool:
    """Whether a text can be a student's id, and so the name of a folder."""
    return bool(_ID.fullmatch(text) and text.strip("."))


@dataclass(frozen=True, slots=True)
class SavedFigure:
    """A PNG or JPEG that was saved with a cell's output: the cell's number and bytes that nobody has looked into."""

    cell: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Submission:
    """One student's code and data by path below the package's folder, such as `cnn.py`; of a notebook, its cells.

    `answers` are what a notebook has for questions, `figures` the pictures that it was saved with. `notes`
    say what was odd but harmless. `place` is where in what was submitted the package or the notebook was found, fit to
    show, and `missing` are the files that the assignment asks for and the package does not have. `problem` is set where
    the submission cannot be graded without guessing: it is then quarantined with that reason, and has no files.
    `given` are the files as they were given out, by the same names, and `cells_as_given` the numbers of a notebook's
    cells that still are, where that is known.
    """

    id: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    problem: str | None = None
    answers: Mapping[str, Written] = field(default_factory=dict)
    figures: tuple[SavedFigure, ...] = ()
    place: str = ""
    missing: tuple[str, ...] = ()
    given: Mapping[str, bytes] = field(default_factory=dict)
    cells_as_given: frozenset[int] = frozenset()

    @property
    def digest(self) -> str:
        """Changes with anything of it."""
        small = repr(replace(self, files={}, given={}, figures=()))
        kinds = (self.files, self.given, {str(place): each.content for place, each in enumerate(self.figures)})
        big = (part for kind in kinds for part in (str(len(kind)), *(each for file in kind.items() for each in file)))
        return digest(small, *(str(figure.cell) for figure in self.figures), *big)

    @property
    def files_digest(self) -> str:
        """Changes with any byte of the files, and with where one lies."""
        return digest(*(part for name, content in sorted(self.files.items()) for part in (name, content)))
