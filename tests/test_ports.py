"""A course of loose modules, as it comes from elsewhere: what each of a class of submissions gets.

`tests/ports/tagger` has what the course gives and its solution. The weights that students submit are made here.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
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

pytestmark = pytest.mark.long

PORT = Path(__file__).parent / "ports/tagger"
WORDS, TAGS = 9, 4
WINDOWS = ("windows_of_a_sentence[near]", "windows_of_a_sentence[far]", "windows_of_strange_words")
TAGGER = ("scores_of_windows", "tags_by_windows", "a_trained_tagger")
STEP = "a_step_with_momentum"


def saved(state: object) -> bytes:
    """As `torch.save` writes it."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def weights(output: torch.Tensor) -> bytes:
    """Of a tagger that scores the word in the middle of a window by `output` (words, tags)."""
    beside = torch.zeros(TAGS, WORDS)
    layer = {"output.weight": torch.cat([beside, output.T, beside], 1), "output.bias": torch.zeros(TAGS)}
    return saved({"embedding.weight": torch.eye(WORDS), **layer})


# The tag of a word is its id modulo 4.
TRAINED = weights(torch.nn.functional.one_hot(torch.arange(WORDS) % TAGS, TAGS).float())


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, best: Sandbox) -> GradingContext:
    """The assignment, with stubs and expected values."""
    folder = tmp_path_factory.mktemp("port") / "tagger"
    shutil.copytree(PORT, folder, ignore=shutil.ignore_patterns("__pycache__"))
    home, solved = folder / "assignments/tagger", folder / "solutions/tagger"
    put(solved, {"tagger.pth": TRAINED})
    (home / "data").mkdir()
    words = torch.arange(40) % WORDS
    save_file({"words": words, "tags": words % TAGS}, home / "data/words.safetensors")
    write_student_files(solved, home, read_manifest(home))
    assignment = load_assignment(home)
    regenerate(assignment, best, jobs=2, done=lambda name: None)
    assignment = load_assignment(home)
    return prepare(assignment, assignment.checks)


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


LOADING = ("tags_by_windows", "a_trained_tagger")
STEPS = "    velocity = momentum * velocity - rate * gradient\n    return weights + velocity, velocity\n"
EXTRA = "extra.product(momentum, velocity)"
IN_PLACE = """
    velocity.mul_(momentum).sub_(rate * gradient)
    return weights.add_(velocity), velocity
"""
SUBMISSIONS = {
    "solved": Submitted(),
    "one-folder-deeper": Submitted(folder="hw 3/"),
    "changed-what-is-given": Submitted({"helpers/vocabulary.py": b"1 / 0", "helpers.py": b"", "vocab.json": b"[]"}),
    "with-helpers": Submitted(
        {"extra.py": b"from more.ops import product\n", "more/ops.py": b"from operator import mul as product\n"},
        edit=("momentum.py", STEPS, f"    import extra\n{STEPS.replace('momentum * velocity', EXTRA)}"),
    ),
    "a-name-of-pythons": Submitted({"types.py": b"1 / 0"}, said="`types.py` has the name of another module"),
    "in-place": Submitted(
        edit=("momentum.py", STEPS, IN_PLACE), fails=each(Outcome.WRONG_ANSWER, STEP), said="`weights`: "
    ),
    "forgotten-module": Submitted(
        {"windows.py": None},
        fails=each(Outcome.MISSING, *WINDOWS, *TAGGER),
        said="tagger.py could not be imported: `windows` is imported in tagger.py:4, but there is no windows.py",
    ),
    "forgotten-weights": Submitted(
        {"tagger.pth": None},
        fails=each(Outcome.MISSING, *LOADING),
        said="tagger.pth is read in tagger.py:30 (tag), but it is missing",
    ),
    "untrained": Submitted(
        {"tagger.pth": weights(torch.ones(WORDS, TAGS))}, fails=each(Outcome.WRONG_ANSWER, "a_trained_tagger")
    ),
    "a-bomb": Submitted(
        {"tagger.pth": saved(Bomb())}, fails=each(Outcome.RUNTIME_ERROR, *LOADING), said="Weights only load failed"
    ),
    "not-python": Submitted(
        edit=("tagger.py", "SIZE, TAGS = 1, 4", "SIZE, TAGS = 1,, 4"),
        fails=each(Outcome.RUNTIME_ERROR, *TAGGER),
        said="tagger.py could not be imported: tagger.py:8: SyntaxError",
    ),
    "windows-too-short": Submitted(
        edit=("windows.py", "i + 2 * size + 1] for", "i + 2 * size] for"),
        fails=each(Outcome.RUNTIME_ERROR, *WINDOWS, *LOADING),
    ),
    "untouched": Submitted(fails=each(Outcome.NOT_ATTEMPTED, *WINDOWS, *TAGGER, STEP)),
}


@pytest.fixture(scope="module")
def reports(course: GradingContext, best: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Report]:
    """All of the class, by what each did."""
    root, home = tmp_path_factory.mktemp("class"), course.assignment.folder
    solved = dict(_files(home / "../../solutions/tagger"))
    # Students' folders have the course's checks, data and expected values in them.
    given = {name: content for name, content in _files(home) if name != "hidden_checks.py"}
    for id, submitted in SUBMISSIONS.items():
        put(root / "all" / id, given if id == "untouched" else submitted.made_of({**given, **solved}))
    manifest, handout = course.assignment.manifest, course.assignment.handout()
    entries = plan(root / "all", manifest=manifest).entries
    return {entry.id: grade(course, entry.read(manifest, root / "work", handout), best) for entry in entries}


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(folder).as_posix(), path.read_bytes()


@pytest.mark.parametrize("id", SUBMISSIONS)
def test_each_submission_gets_its_verdicts(reports: Mapping[str, Report], id: str) -> None:
    """And reads what is wrong."""
    submitted, report = SUBMISSIONS[id], reports[id]
    named = {f"{each.check}[{each.case}]" if each.case else each.check: each for each in report.verdicts}
    failed = {name: each.outcome for name, each in named.items() if each.outcome is not Outcome.PASSED}
    assert failed == submitted.fails, {name: each.message for name, each in named.items()}
    assert submitted.said in "\n".join([*report.notes, *(each.message for each in report.verdicts)])
    assert not any(each.missing_module for each in report.verdicts)
