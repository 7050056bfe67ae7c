"""What students were given: a file that is still like that is nobody's work."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from grader.assignment.manifest import Manifest
from grader.assignment.provided import digests, provided_paths
from grader.core.errors import AuthorError
from grader.files.notebooks import UnreadableNotebook, read_notebook

RECORD = "handout.json"  # in a release: the students' code as it was given out, since they write in it
COMPARED_CAP = 50  # files of one submission that are compared with the handout's: a notebook takes a while to read


@dataclass(frozen=True, slots=True)
class Handout:
    """The students' files of an assignment by name, as far as they are known. Without any, nothing is untouched.

    `provided` are digests of the files that always come from the assignment, by path in the submission. For a class
    only: in a student's own folder they are what the student has written.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    provided: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, manifest: Manifest) -> Self:
        """Of the assignment in `folder`."""
        files = handout_files(folder, manifest).items()
        own = {name: path.read_bytes() for name, path in files if path.is_file()}
        given = (path for path in provided_paths(folder, manifest) if path.is_file())
        return cls(own, digests({path.relative_to(folder).as_posix(): path.read_bytes() for path in given}))

    @classmethod
    def of_release(cls, folder: Path) -> Self:
        """Of the release that was unpacked in `folder`, as it says itself. Raises `AuthorError`."""
        path = folder / RECORD
        try:
            texts = json.loads(path.read_bytes())
            return cls({str(name): str(text).encode(errors="surrogateescape") for name, text in texts.items()})
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, AttributeError):
            raise AuthorError([f"{path}: damaged; unpack the release again"]) from None

    def is_untouched(self, name: str, content: bytes) -> bool:
        """Whether the content is that of the file `name`, but for white space; of a notebook its code and answers."""
        given = self.files.get(name)
        if given is None or given == content:
            return given is not None
        return name.endswith((".py", ".ipynb")) and _words(name, given) == _words(name, content)


NO_HANDOUT = Handout()


def handout_files(folder: Path, manifest: Manifest) -> dict[str, Path]:
    """Where the files that students change lie in the assignment's folder, if they are there: by name as in a handout.

    That is a module's place below the package, and the name of the notebook.
    """
    files = {name: folder / manifest.package / name for name in manifest.files}
    return files | ({manifest.notebook: folder / manifest.notebook} if manifest.notebook else {})


def record_of(files: Mapping[str, bytes]) -> bytes:
    """What a release says of the students' files, by name as in a handout; `Handout.of_release` reads them again."""
    texts = {name: content.decode(errors="surrogateescape") for name, content in sorted(files.items())}
    return json.dumps(texts, indent=1).encode() + b"\n"


def _words(name: str, content: bytes) -> object:
    if not name.endswith(".ipynb"):
        return content.split()
    try:
        notebook = read_notebook(content)
    except UnreadableNotebook:
        return content
    code = [cell.source.split() for cell in notebook.cells if cell.code and cell.source.strip()]
    return code, {question: (each.text or "").split() for question, each in notebook.answers().items()}
