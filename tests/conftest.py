"""One warm sandbox per level for the whole session, a tiny course regenerated once, and reports on known solutions."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
from attack_course import TALLIES
from hypothesis import settings
from tiny_course import TINY, Course
from wrong_solutions import ROOT, ChangedReference, Contexts, Graded, write_files

from benchmarks.recorded_sandbox import RecordedSandbox
from grader.assignment.assignment import load_assignment
from grader.core.limits import Level
from grader.grading.context import GradingContext, prepare
from grader.grading.grade import grade, try_again
from grader.grading.regenerate import regenerate
from grader.results.report import Report
from grader.sandbox.levels import best_level, why_not
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.slot import Slot
from grader.submissions.reading import read_submission

settings.register_profile("no clock", deadline=None)  # a busy machine's clock decides no test
settings.load_profile("no clock")

collect_ignore = ["tiny", "ports", "attacks"]  # the plugin under test would collect them as a student's folder

# What the interpreter reports just before it starts a process.
STARTS = ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system")
quick_now = ""  # the quick test that runs, where one does


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as `quick` what neither asks for a sandbox, however indirectly, nor has a mark that says otherwise."""
    for item in items:
        asks = "start" in getattr(item, "fixturenames", ())
        if not asks and not any(item.get_closest_marker(name) for name in ("slow", "long", "process")):
            item.add_marker("quick")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Say which quick test runs, fixtures included."""
    global quick_now
    quick_now = item.nodeid if item.get_closest_marker("quick") else ""
    try:
        return (yield)
    finally:
        quick_now = ""


def _fail_where_a_quick_test_starts_a_process(event: str, arguments: tuple[object, ...]) -> None:
    if quick_now and event in STARTS:
        pytest.fail(f"{quick_now} starts a process ({event}): mark it `process`, or ask for a sandbox by a fixture")


sys.addaudithook(_fail_where_a_quick_test_starts_a_process)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last lines of a run: what became of the attacks, where any were tried."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    for level, tally in TALLIES.items():
        if reporter:
            reporter.write_line(tally.line(level))


Start = Callable[[Level], Sandbox]
UNCONFINED = "nothing that may be hostile starts below the level restricted"


@pytest.fixture(autouse=True)
def confined(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one place that lets students' code start unconfined: for tests that ask for it, and for no other.

    Those are the ones that are marked `harmless`, and those that try every level (the fixture `sandbox`). Any other
    whose sandbox comes down to `separate`, as it does on a machine that gives nothing better, is skipped before
    anything of the submission has started.
    """
    if request.node.get_closest_marker("harmless") or "sandbox" in request.fixturenames:
        return
    place = Sandbox.place

    def confined_place(sandbox: Sandbox, files: Mapping[str, bytes], *, secret: bool = False) -> Slot:
        if sandbox.level is Level.SEPARATE:
            pytest.skip(UNCONFINED)
        return place(sandbox, files, secret=secret)

    monkeypatch.setattr(Sandbox, "place", confined_place)


@pytest.fixture(autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `grader check` remembers of releases is the tests' own, not that of who runs them."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / "state"))


@pytest.fixture
def confined_here() -> None:
    """For tests of commands that choose the level themselves, in a process of their own."""
    if best_level()[0] is Level.SEPARATE:
        pytest.skip(UNCONFINED)


@pytest.fixture(scope="session")
def secret() -> str:
    """A word in this process's memory and environment, put there before any sandbox starts."""
    word = f"canary{os.urandom(8).hex()}"
    os.environ["GRADER_TEST_SECRET"] = word
    return word


@pytest.fixture(scope="session")
def start(secret: str) -> Iterator[Start]:
    """Gives the session's sandbox of a level; skips where this machine has no such level."""
    with contextlib.ExitStack() as stack:
        started: dict[Level, Sandbox] = {}

        def give(level: Level) -> Sandbox:
            if level not in started:
                reason = why_not(level)
                if reason:
                    pytest.skip(reason)
                started[level] = stack.enter_context(Sandbox(level))
            return started[level]

        yield give


@pytest.fixture(params=list(Level), ids=str)
def sandbox(request: pytest.FixtureRequest, start: Start) -> Sandbox:
    """The session's sandbox, once for each level."""
    level: Level = request.param
    return start(level)


@pytest.fixture(params=[Level.ISOLATED, Level.RESTRICTED], ids=str)
def shut_in(request: pytest.FixtureRequest, start: Start) -> Sandbox:
    """The session's sandbox, once for each level that stops attacks."""
    level: Level = request.param
    return start(level)


@pytest.fixture
def isolated(start: Start) -> Sandbox:
    """The session's sandbox of the level `isolated`."""
    return start(Level.ISOLATED)


@pytest.fixture(scope="session")
def best(start: Start) -> Sandbox:
    """The session's sandbox of the best level that this machine gives."""
    return start(best_level()[0])


@pytest.fixture(scope="session")
def recorded(best: Sandbox) -> RecordedSandbox:
    """The same, with each distinct request run once: for tests that are about what becomes of a check's outcome."""
    return RecordedSandbox(best)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory, best: Sandbox) -> Course:
    """The tiny course with expected values. Not to be written to: take a copy of its folder."""
    folder = tmp_path_factory.mktemp("course")
    for part in ("assignments", "solutions"):
        shutil.copytree(TINY / part, folder / part, ignore=shutil.ignore_patterns("expected", "__pycache__"))
    assignment = load_assignment(folder / "assignments" / "tiny")
    regenerate(assignment, best, jobs=2, done=lambda name: None)
    reference = {path.name: path.read_bytes() for path in (folder / "solutions/tiny/hw").glob("*.py")}
    return Course(folder, prepare(assignment, assignment.checks), reference)


@pytest.fixture
def tiny_copy(tiny: Course, tmp_path: Path) -> Path:
    """A copy of the tiny course's folder that a test may change."""
    return Path(shutil.copytree(tiny.folder, tmp_path / "course"))


@pytest.fixture(scope="session")
def contexts() -> Contexts:
    """Gives an assignment's context, prepared once."""
    prepared: dict[str, GradingContext] = {}

    def give(name: str) -> GradingContext:
        if name not in prepared:
            loaded = load_assignment(ROOT / "assignments" / name)
            prepared[name] = prepare(loaded, loaded.checks)
        return prepared[name]

    return give


@pytest.fixture(scope="module")
def graded(
    request: pytest.FixtureRequest, contexts: Contexts, best: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Graded]:
    """Gives the reports on the changed references that were chosen, graded two at a time: one core would idle."""
    root = tmp_path_factory.mktemp("changed")

    def report(changed: ChangedReference) -> Report:
        context = contexts(changed.solution.name)
        folder = root / changed.solution.name / changed.table_file / changed.how
        write_files(changed.files(), folder)
        submission = read_submission(folder, context.assignment.manifest, id=changed.how)
        first = grade(context, submission, best)
        return try_again(context, submission, best, first)  # as in a batch: a busy machine is not the student's fault

    mine = (item for item in request.session.items if getattr(item, "module", None) is request.module)
    specs = (getattr(item, "callspec", None) for item in mine)
    chosen = [each for spec in specs if spec for each in spec.params.values() if isinstance(each, ChangedReference)]
    for changed in chosen:
        contexts(changed.solution.name)  # prepared here, by one thread
    with ThreadPoolExecutor(2) as pool:
        reports = {changed: pool.submit(report, changed) for changed in chosen}

        def give(changed: ChangedReference) -> Report:
            wait(reports.values())
            return reports[changed].result()

        yield give
