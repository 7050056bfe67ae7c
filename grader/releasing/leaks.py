"""One search of all that leaves the course for what must not: secret seeds, and what only staff may read.

Seeds are found as a number in decimal or hexadecimal digits, or as 8 bytes in either order; names as words; longer
texts by their letters and digits alone, so that neither line breaks nor quotes, nor the escapes of a notebook, hide
them. What is compressed is not searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.assignment.assignment import Assignment
from grader.assignment.expected import reference_folder
from grader.assignment.stubs import solution_lines
from grader.assignment.twins import seeds_of
from grader.core.errors import AuthorError
from grader.files.notebooks import Notebook, UnreadableNotebook, read_notebook

SHORTEST = 24  # letters and digits; shorter texts stand in many places
SHORTEST_SOLUTION = 60  # a line such as `return self.model(x)` does, too
WINDOW = 4  # lines of a solution that are looked for together
NEW_SEEDS = "draw others with `grader regenerate NAME --new-secrets`"
_CODE = re.compile(r"\\+u([0-9a-f]{4})")
_REST = re.compile(r'\\+[nrtbf"]?|[^\w\\]+|_+')


@dataclass(frozen=True, slots=True)
class Secrets:
    """What students must not get: seeds, names of hidden checks, and texts with what each is."""

    seeds: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)

    def found_in(self, content: bytes) -> Iterator[str]:
        """What of them a file has, each as `what; do this`."""
        if any(_has_seed(content, seed) for seed in self.seeds):
            yield f"has a secret seed in it; take it out, and {NEW_SEEDS}"
        for name in self.names:
            if re.search(rb"(?<![A-Za-z0-9_])%b(?![A-Za-z0-9_])" % name.encode(), content):
                yield f"names the hidden check {name}; take the name out, or rename the check"
        plain = _plain(content.decode(errors="ignore"))
        told = {what for text, what in self.texts.items() if _plain(text) in plain}
        yield from (f"has {what} in it; take that out" for what in sorted(told))


def seeds_alone(assignment: Assignment) -> Secrets:
    """What not even staff's files may have but in the folder `secret`. Raises `AuthorError` as `seeds_of` does."""
    return Secrets(seeds_of(assignment))


def secrets_of(assignment: Assignment) -> Secrets:
    """All that students must not get of an assignment. Raises `AuthorError` as `seeds_of` does."""
    hidden = tuple(check.name for check in assignment.checks if check.hidden)
    rubrics = ((line.text, f"the rubric of the question {question.id}")
               for question in assignment.manifest.questions for line in question.rubric)  # fmt: skip
    texts = _long(rubrics, SHORTEST) | _long(_answers(assignment), SHORTEST)
    return Secrets(seeds_of(assignment), hidden, texts | _long(_solutions(assignment), SHORTEST_SOLUTION))


def refuse_leaks(files: Iterable[tuple[str, bytes]], secrets: Secrets) -> None:
    """Raises `AuthorError` with every secret that one of the files, as name and content, has in it."""
    open_files = ((name, content) for name, content in files if not name.endswith(".whl"))  # this grader, compressed
    problems = [f"{name}: {found}" for name, content in open_files for found in secrets.found_in(content)]
    if problems:
        raise AuthorError(problems)


def _long(texts: Iterable[tuple[str, str]], shortest: int) -> dict[str, str]:
    return {text: what for text, what in texts if len(_plain(text)) >= shortest}


def _solutions(assignment: Assignment) -> Iterator[tuple[str, str]]:
    """The marked lines of the reference, with what each is."""
    folder, manifest = reference_folder(assignment), assignment.manifest
    if folder is None:
        return
    if manifest.notebook:
        for cell in _reference_notebook(folder, manifest.notebook).cells:
            if cell.code:
                yield from _marked(cell.source, f"{manifest.notebook} cell {cell.number}")
    if manifest.files:
        for path in sorted((folder / manifest.package).rglob("*.py")):
            yield from _marked(path.read_text(encoding="utf-8-sig"), path.relative_to(folder).as_posix())


def _answers(assignment: Assignment) -> Iterator[tuple[str, str]]:
    """The written answers in a reference notebook; those of a package are marked lines."""
    folder, name = reference_folder(assignment), assignment.manifest.notebook
    if folder and name:
        for question, written in _reference_notebook(folder, name).answers().items():
            if written.text:
                yield written.text, f"the reference's answer to the question {question}"


def _reference_notebook(folder: Path, name: str) -> Notebook:
    try:
        return read_notebook((folder / name).read_bytes())
    except (OSError, UnreadableNotebook) as error:
        raise AuthorError([f"{folder / name}: {error}; fix the reference solution"]) from None


def _marked(source: str, where: str) -> Iterator[tuple[str, str]]:
    """The solution of a source: some lines at a time, as a part of it gives it away too."""
    taken = solution_lines(source)
    lines = source.splitlines()
    block: list[tuple[int, str]] = []
    for number, line in enumerate([*lines, ""], start=1):
        if number in taken and not line.strip().startswith("#"):
            block += [(number, line)] if line.strip() else []
        elif number not in taken:
            for start in range(max(len(block) - WINDOW + 1, 1) if block else 0):
                window = block[start : start + WINDOW]
                yield "\n".join(text for _, text in window), f"the solution of {where}:{window[0][0]}"
            block = []


def _plain(text: str) -> str:
    """Its letters and digits, in whatever script."""
    return _REST.sub("", _CODE.sub(lambda found: chr(int(found[1], 16)), text.lower()))


def _has_seed(content: bytes, seed: int) -> bool:
    digits = content.lower().replace(b"_", b"")
    if any(form.encode() in digits for form in (str(seed), f"{seed:x}")):
        return True
    return any(seed.to_bytes(8, order) in content for order in ("little", "big"))
