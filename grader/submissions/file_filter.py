"""Which of a student's files are looked at: by name, size, and what was given out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.assignment.handout import Handout
from grader.files.tree import Node
from grader.files.zips import Unsafe, folded
from grader.submissions import data_files
from grader.submissions.finding import without_number


@dataclass(frozen=True, slots=True)
class FileFilter:
    """The files to put down: of the `package`, those whose names end in `suffix`, each of at most `cap` bytes.

    Beside the code of a package its data is put down, too. `wanted` are those that the assignment asks for, of any
    kind, by their paths below the package; a notebook may have another name. The `handout` tells what is nobody's work.
    """

    suffix: str
    cap: int
    package: str
    wanted: frozenset[str]
    handout: Handout

    @property
    def is_notebook(self) -> bool:
        """Whether one notebook is asked for."""
        return self.suffix == ".ipynb"

    def asks_for(self, name: str) -> bool:
        """Whether a file of that name may be one that the assignment asks for, in any spelling of some file system."""
        return self.meant(name) is not None

    def meant(self, name: str) -> str | None:
        """The file that the assignment asks for which one of that name may be."""
        names = {folded(name), folded(without_number(name))}
        return next((each for each in self.wanted if folded(PurePosixPath(each).name) in names), None)

    def is_untouched(self, name: str, node: Node) -> bool:
        """Whether a file of that name is still as given out; what cannot be read is not."""
        file = min(self.wanted) if self.is_notebook else self.meant(name) or name
        try:
            return file in self.handout.files and self.handout.is_untouched(file, b"".join(node.chunks(self.cap)))
        except (Unsafe, OSError):
            return False

    def cap_of(self, name: str) -> int:
        """The most bytes that a file of that name may have."""
        if name.endswith(self.suffix):
            return self.cap
        return data_files.ASKED_CAP if self.asks_for(PurePosixPath(name).name) else data_files.FILE_CAP
