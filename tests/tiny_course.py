"""What the integration tests share: a tiny course with expected values, assignments made on the spot, and processes."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from grader.assignment.assignment import Assignment, load_assignment
from grader.assignment.student_files import write_student_files
from grader.core.observation import Fault, Values
from grader.core.submission import Submission
from grader.core.verdict import Verdict
from grader.grading.batch import NOBODY, BatchListener, grade_batch
from grader.grading.context import GradingContext
from grader.grading.grade import RUN_WHAT_CHANGED, RerunRule, grade
from grader.grading.observe import observe
from grader.grading.session import Session
from grader.grading.tasks import Task, tasks_of
from grader.grading.unchanged import Page
from grader.results.report import Report
from grader.sandbox.sandbox import Sandbox
from grader.submissions.pending import Entry

TINY = Path(__file__).parent / "tiny"


@dataclass(frozen=True)
class Course:
    """A copy of `tests/tiny` whose expected values have been regenerated."""

    folder: Path
    context: GradingContext
    reference: Mapping[str, bytes]

    def submission(self, **modules: str) -> Submission:
        """The reference with some modules replaced."""
        replaced = {f"{name}.py": source.encode() for name, source in modules.items()}
        return Submission("student", {**self.reference, **replaced})

    def grade(self, sandbox: Sandbox, *, context: GradingContext | None = None, **modules: str) -> Report:
        """The report on the reference with some modules replaced."""
        return grade(context or self.context, self.submission(**modules), sandbox)

    def squares_and_greets(self, sandbox: Sandbox, maths: str, *, seconds: float = 10) -> tuple[Verdict, Verdict]:
        """The verdicts on one check that touches `maths` and on one after it that does not."""
        squares, greets = self.context.checks[:2]
        small = replace(squares, cases={"small": squares.cases["small"]}, seconds=seconds)
        first, second = self.grade(sandbox, context=replace(self.context, checks=(small, greets)), maths=maths).verdicts
        return first, second

    def limited(self, **limits: float) -> GradingContext:
        """The context with other limits of the assignment."""
        manifest = self.context.assignment.manifest
        update = {"limits": manifest.limits.model_copy(update=limits)}
        assignment = replace(self.context.assignment, manifest=manifest.model_copy(update=update))
        return replace(self.context, assignment=assignment)


def with_stubs(course: Course, folder: Path) -> Path:
    """A copy of the tiny assignment, below `folder`, that has the students' files."""
    home = Path(shutil.copytree(course.folder, folder / "course")) / "assignments/tiny"
    write_student_files(home.parent.parent / "solutions/tiny", home, course.context.assignment.manifest)
    return home


def square(body: str) -> str:
    """A `maths.py` whose `square(x)` has this body."""
    return "def square(x):\n" + indent(dedent(body).strip(), "    ") + "\n"


def write_assignment(
    folder: Path, checks: str, *, hidden: str = "", reference: Mapping[str, str] | None = None
) -> Path:
    """An assignment of one module `mine.py` with these checks, and its reference solution where one is given."""
    home = folder / "assignments" / "scratch"
    home.mkdir(parents=True)
    manifest = ['title = "Scratch"', 'form = "package"', 'package = "hw"', 'files = ["mine.py"]']
    manifest += ['reference = "../../solutions/scratch"', "claimable_percent = 100"]
    (home / "assignment.toml").write_text("\n".join(manifest) + "\n")
    imports = "import torch\nfrom grader import accuracy, check, close, equal\n\n"
    (home / "checks.py").write_text(imports + dedent(checks))
    if hidden:
        (home / "hidden_checks.py").write_text(imports + dedent(hidden))
    for name, source in (reference or {}).items():
        path = folder / "solutions" / "scratch" / "hw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(source))
    return home


def observed(sandbox: Sandbox, assignment: Assignment, mine: str, check: str) -> Values:
    """What a check's probe returns on a student's `mine.py`."""
    tasks = [task for task in tasks_of(assignment.checks) if task.check.name == check]
    (seen,) = observe(sandbox, assignment, {"mine.py": dedent(mine).encode()}, tasks)
    assert seen.observation is not None, seen.trouble
    assert not isinstance(seen.observation.result, Fault), seen.observation.result
    return seen.observation.result


def look(sandbox: Sandbox, folder: Path, mine: str) -> Mapping[str, Any]:
    """What `look()` in a student's `mine.py` returns from within a check."""
    checks = '''
    @check(points=1, seconds=20, expect=[equal("nothing")])
    def looks(hw):
        """The student's code looks around."""
        return hw.mine.look()
    '''
    return observed(sandbox, load_assignment(write_assignment(folder, checks)), mine, "looks")


def run_batch(
    context: GradingContext,
    entries: Sequence[Entry],
    sandbox: Any,
    out: Path,
    *,
    jobs: int = 1,
    listener: BatchListener = NOBODY,
    page: Page = lambda report, shown: None,
    rerun: RerunRule = RUN_WHAT_CHANGED,
    before_public: Callable[[], object] = lambda: None,
) -> list[Report]:
    """The reports in short, in order of id, from so many threads."""
    reports: list[Report] = []

    def done(report: Report, kept: bool) -> None:
        reports.append(report)
        listener.done(report, kept)

    hears = replace(listener, done=done)
    with ThreadPoolExecutor(jobs) as pool:
        session = Session(sandbox, context)
        grade_batch(session, entries, out, pool, listener=hears, page=page, rerun=rerun, before_public=before_public)
    return sorted(reports, key=lambda report: report.submission_id)


def task_named(context: GradingContext, check: str, case: str | None = None) -> Task:
    """One task of a context."""
    return next(task for task in tasks_of(context.checks) if (task.check.name, task.case) == (check, case))


def eventually(condition: Callable[[], bool], *, seconds: float = 5) -> bool:
    """Whether the condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def buried(sandbox: Sandbox) -> None:
    """Wait until the sandbox has removed the remains of all checks so far, and so has no thread busy with any."""
    threads = sandbox._burials._max_workers
    all_idle = threading.Barrier(threads)
    list(sandbox._burials.map(lambda _: all_idle.wait(), range(threads)))


def living() -> dict[int, tuple[int, str]]:
    """Parent and name of every process that is not a zombie."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            before, _, after = path.read_text().rpartition(")")
        except OSError:
            continue
        pid, _, name = before.partition(" (")
        state, parent = after.split()[:2]
        if state not in "ZX":
            found[int(pid)] = (int(parent), name)
    return found


def descendants(ancestor: int) -> set[int]:
    """All living processes below one."""
    parents = {pid: parent for pid, (parent, _) in living().items()}
    found: set[int] = set()
    while more := {pid for pid, parent in parents.items() if parent in {ancestor, *found}} - found:
        found |= more
    return found


def named(name: str) -> set[int]:
    """All living processes of this name (at most 15 letters)."""
    return {pid for pid, (_, each) in living().items() if each == name}
