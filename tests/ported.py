"""Courses that come from elsewhere, in `tests/ports`: made ready to grade, and a class with what each must get."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from lms_downloads import Files, put
from safetensors.torch import save_file

from grader.assignment.assignment import load_assignment
from grader.assignment.manifest import read_manifest
from grader.assignment.student_files import write_student_files
from grader.core.verdict import Outcome
from grader.grading.context import GradingContext, prepare
from grader.grading.grade import grade
from grader.grading.regenerate import regenerate
from grader.results.report import Report
from grader.sandbox.sandbox import Sandbox
from grader.submissions.intake import plan

PORTS = Path(__file__).parent / "ports"


def saved(state: object) -> bytes:
    """As `torch.save` writes it."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


class Bomb:
    """Weights whose loading would run a command."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('loaded')",)


@dataclass(frozen=True)
class Submitted:
    """The solution with some files put in the place of its own, or beside them; None for one that is forgotten.

    `edit` is one of a file: its name, a text that it has once, and another. It gets the verdicts in `fails`, the rest
    of them being passed, and `said` is read in its report.
    """

    files: Mapping[str, bytes | None] = field(default_factory=dict)
    edit: tuple[str, str, str] | None = None
    folder: str = ""
    fails: Mapping[str, Outcome] = field(default_factory=dict)
    said: str = ""

    def made_of(self, solved: Files) -> Files:
        """The files as they are submitted."""
        made = {name: content for name, content in {**solved, **self.files}.items() if content is not None}
        if self.edit:
            name, old, new = self.edit
            assert solved[name].decode().count(old) == 1
            made[name] = solved[name].replace(old.encode(), new.encode())
        return {self.folder + name: content for name, content in made.items()}


def each(outcome: Outcome, *checks: str) -> dict[str, Outcome]:
    """All of these checks fail in one way."""
    return dict.fromkeys(checks, outcome)


def made_ready(
    name: str,
    folder: Path,
    sandbox: Sandbox,
    *,
    submitted: Files,
    data: Mapping[str, Mapping[str, torch.Tensor]],
    before: Callable[[Path, Sandbox], object] = lambda home, sandbox: None,
) -> GradingContext:
    """The assignment of a port in a new folder, with stubs and expected values.

    `submitted` are files of its solution that are made, and `data` those with its checks' tensors. `before` is done in
    the assignment's folder, before the expected values are made.
    """
    shutil.copytree(PORTS / name, folder, ignore=shutil.ignore_patterns("__pycache__"))
    home, solved = folder / f"assignments/{name}", folder / f"solutions/{name}"
    put(solved, submitted)
    (home / "data").mkdir()
    for file, tensors in data.items():
        save_file(dict(tensors), home / f"data/{file}.safetensors")
    write_student_files(solved, home, read_manifest(home))
    before(home, sandbox)
    assignment = load_assignment(home)
    regenerate(assignment, sandbox, jobs=2, done=lambda name: None)
    assignment = load_assignment(home)
    return prepare(assignment, assignment.checks)


def reports_on(
    course: GradingContext, submissions: Mapping[str, Submitted], sandbox: Sandbox, root: Path
) -> dict[str, Report]:
    """All of a class, by what each did. Who is called `untouched` submits what students begin with."""
    home = course.assignment.folder
    solved = dict(files_below(home / f"../../solutions/{course.assignment.name}"))
    # Students' folders have the course's checks, data and expected values in them.
    given = {name: content for name, content in files_below(home) if name != "hidden_checks.py"}
    for id, submitted in submissions.items():
        put(root / "all" / id, given if id == "untouched" else submitted.made_of({**given, **solved}))
    manifest, handout = course.assignment.manifest, course.assignment.handout()
    entries = plan(root / "all", manifest=manifest).entries
    return {entry.id: grade(course, entry.read(manifest, root / "work", handout), sandbox) for entry in entries}


def files_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """All files with their paths."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def assert_verdicts(submitted: Submitted, report: Report) -> None:
    """Each as it must be, and what is wrong can be read."""
    named = {f"{each.check}[{each.case}]" if each.case else each.check: each for each in report.verdicts}
    failed = {name: each.outcome for name, each in named.items() if each.outcome is not Outcome.PASSED}
    assert failed == submitted.fails, {name: each.message for name, each in named.items()}
    said = (text for each in report.verdicts for text in (each.message, each.next_step))
    assert submitted.said in "\n".join([*report.notes, *said])
    assert not any(each.missing_module for each in report.verdicts)
