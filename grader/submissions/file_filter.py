"""Which of a student's files are looked at: by name, size, and what was given out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.assignment.handout import Handout
from grader.files.notebooks import NOTEBOOK_CAP
from grader.files.tree import Node
from grader.files.zips import Unsafe, folded
from grader.submissions import data_files
from grader.submissions.finding import FILE_CAP, without_number

NOTEBOOK = ".ipynb"


@dataclass(frozen=True, slots=True)
class FileFilter:
    """The files to put down: the code and data of the `package`, and where one is asked for any `notebook`.

    `wanted` are the files of the package that the assignment asks for, of any kind, by their paths below it; without
    any there is no package. A notebook may have another name. The `handout` tells what is nobody's work.
    """

    package: str
    wanted: frozenset[str]
    notebook: str | None
    handout: Handout

    @property
    def suffixes(self) -> tuple[str, ...]:
        """How names of files with code end."""
        return (*((".py",) if self.wanted else ()), *((NOTEBOOK,) if self.notebook else ()))

    def may_be_notebook(self, name: str) -> bool:
        """Whether a file of that name may be the notebook that the assignment asks for."""
        return self.notebook is not None and name.endswith(NOTEBOOK)

    def asks_for(self, name: str) -> bool:
        """Whether a file of that name may be one that the assignment asks for, in any spelling of some file system."""
        return self.meant(name) is not None

    def meant(self, name: str) -> str | None:
        """The file that the assignment asks for which one of that name may be."""
        names = {folded(name), folded(without_number(name))}
        asked = (*self.wanted, *((self.notebook,) if self.notebook else ()))
        return next((each for each in asked if folded(PurePosixPath(each).name) in names), None)

    def is_untouched(self, name: str, node: Node) -> bool:
        """Whether a file of that name is still as given out; what cannot be read is not."""
        file = (self.notebook if self.may_be_notebook(name) else self.meant(name)) or name
        try:
            cap = self.cap_of(name)
            return file in self.handout.files and self.handout.is_untouched(file, b"".join(node.chunks(cap)))
        except (Unsafe, OSError):
            return False

    def cap_of(self, name: str) -> int:
        """The most bytes that a file of that name may have."""
        if name.endswith(self.suffixes):
            return NOTEBOOK_CAP if name.endswith(NOTEBOOK) else FILE_CAP
        return data_files.ASKED_CAP if self.asks_for(PurePosixPath(name).name) else data_files.FILE_CAP
