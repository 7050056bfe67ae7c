"""A neighbour that spins, on a machine that is busy already: the reference beside it keeps full marks."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.assignment.assignment import load_assignment
from grader.assignment.expected import reference_folder
from grader.core.errors import SandboxError
from grader.core.submission import Submission
from grader.core.verdict import Outcome
from grader.files.notebooks import CELLS
from grader.grading.session import Checks, Session
from grader.sandbox.sandbox import Sandbox
from grader.submissions.reading import read_submission

pytestmark = [pytest.mark.long, pytest.mark.solitary, pytest.mark.timeout(1500)]

ROOT = Path(__file__).parents[1]
ASSIGNMENTS = sorted(path.parent.name for path in (ROOT / "assignments").glob("*/assignment.toml"))
TIMES = int(os.environ.get("GRADER_TIMES", "1"))
SPINS = """
import os
for _ in range(20):
    if os.fork() == 0:
        while True:
            pass
"""


@contextlib.contextmanager
def busy_core() -> Iterator[None]:
    """One core of the machine has something else to do."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as spinning:
        try:
            yield
        finally:
            spinning.kill()


@contextlib.contextmanager
def graded_again_and_again(session: Session, submission: Submission) -> Iterator[None]:
    """It is graded beside what the `with` block does, and stopped in the end."""
    ended = threading.Event()

    def grade() -> None:
        with contextlib.suppress(SandboxError):
            while not ended.is_set():
                session.grade(submission)

    thread = threading.Thread(target=grade)
    thread.start()
    try:
        yield
        assert thread.is_alive()
    finally:
        ended.set()
        session.sandbox.stop()
        thread.join()


def spinning(reference: Submission) -> Submission:
    """The reference, which first starts what spins, wherever its code begins."""
    files = dict(reference.files)
    for name, content in files.items():
        if name.endswith(".py"):
            files[name] = SPINS.encode() + content
        elif name == CELLS:
            first, *rest = json.loads(content)
            files[name] = json.dumps([{**first, "source": SPINS + first["source"]}, *rest]).encode()
    assert files != reference.files
    return Submission("spins", files)


@pytest.mark.parametrize("time", range(TIMES))
@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_twenty_spinning_processes_beside_it_cost_the_reference_nothing(best: Sandbox, name: str, time: int) -> None:
    """Not even a second try: no check of it runs out of its time, as that is its own."""
    if not best.counts_memory_together:
        pytest.skip("this machine gives no cgroups: nothing is lost there either, but it takes an hour")
    assignment = load_assignment(ROOT / "assignments" / name)
    folder = reference_folder(assignment)
    assert folder
    reference = read_submission(folder, assignment.manifest, id="reference")
    with busy_core(), Sandbox(best.level) as beside:
        neighbour = Session.of(beside, assignment, checks=Checks.ALL)
        with graded_again_and_again(neighbour, spinning(reference)):
            session = Session.of(best, assignment, checks=Checks.ALL)
            report = session.hidden(reference, session.public(reference))
    assert [each for each in report.verdicts if each.outcome is not Outcome.PASSED] == []
    assert report.points == report.max_points == assignment.max_points
