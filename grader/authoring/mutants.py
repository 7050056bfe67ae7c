"""Mutants: the reference solution with one mistake each, in the lines that students write."""

from __future__ import annotations

import ast
import difflib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from grader.assignment.manifest import Manifest
from grader.assignment.stubs import solution_lines
from grader.authoring.operators import OPERATORS, Operator
from grader.authoring.places import place_of, texts_of, with_texts
from grader.authoring.source import Edit, Source
from grader.core.cell_note import SKIP_TAGS, called_at_once
from grader.core.digest import canonical_text, digest
from grader.core.submission import Submission
from grader.files.notebooks import CELLS


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake: its operator, where it is made, and the lines that it changes.

    `place` is a file of the package or a cell, `function` what it is in, or the place at the top of one. `text` is the
    whole of the place with the mistake in it.
    """

    operator: str
    place: str
    function: str
    line: int
    old: str
    new: str
    diff: str
    text: str

    @property
    def digest(self) -> str:
        """Of no other mutant of the same reference."""
        return digest(self.place, self.text)

    def of(self, reference: Submission) -> Submission:
        """What a student with this mistake submits."""
        return replace(reference, files=with_texts(reference, {self.place: self.text}))


def mutants_of(reference: Submission, manifest: Manifest) -> list[Mutant]:
    """All mutants of a reference solution as it was read, each once, in an order that mixes kinds and places."""
    found: dict[str, Mutant] = {}
    texts = _students_texts(reference, manifest)
    marked = {place: solution_lines(text) for place, text in texts.items()}
    for place, text in texts.items():
        # Where nothing is marked as what students write, it may be all.
        lines = marked[place] if any(marked.values()) else range(1, text.count("\n") + 2)
        for mutant in _of_text(place, text, frozenset(lines)):
            found.setdefault(mutant.digest, mutant)
    return [found[each] for each in sorted(found)]


def _of_text(place: str, text: str, students: frozenset[int]) -> Iterator[Mutant]:
    source = Source(text)
    original = canonical_text(source.tree)
    nodes = sorted(source.nodes(), key=source.start)
    for operator in OPERATORS:
        for node in nodes:
            for edit in operator.make(source, node):
                if students.issuperset(range(source.line(edit.start), source.line(edit.end) + 1)):
                    made = _mutant(operator, place, source, node, edit)
                    if made and canonical_text(ast.parse(made.text)) != original:
                        yield made


def _mutant(operator: Operator, place: str, source: Source, node: ast.AST, edit: Edit) -> Mutant | None:
    """The mutant of one edit; None where what comes out is not Python."""
    text = source.edited(edit)
    try:
        ast.parse(text)
    except SyntaxError:
        return None
    start, end = source.whole_lines(edit.start, edit.end)
    lines = difflib.unified_diff(source.text.splitlines(), text.splitlines(), n=2, lineterm="")
    return Mutant(
        operator.name,
        place,
        source.qualified_name(node) or place,
        source.line(edit.start),
        source.between(start, end),
        source.between(start, edit.start) + edit.new + source.between(edit.end, end),
        "\n".join([*lines][3:]),
        text,
    )


def _students_texts(reference: Submission, manifest: Manifest) -> dict[str, str]:
    """What students write in, by place. Of a notebook the cells that are Python and are run while grading."""
    texts = texts_of(reference)
    modules = {name: texts[name] for name in manifest.files if name in texts}
    cells = json.loads(reference.files.get(CELLS, b"[]"))
    run = [cell for cell in cells if _is_run(cell["source"], cell["tags"], manifest.skip_calls)]
    return modules | {place_of(cell): cell["source"] for cell in run}


def _is_run(source: str, tags: Sequence[str], skip_calls: Sequence[str]) -> bool:
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return False
    return SKIP_TAGS.isdisjoint(tags) and called_at_once(statements).isdisjoint(skip_calls)
