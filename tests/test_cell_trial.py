"""The trial of a notebook's cells: whatever a cell does to the process that tries it, the others are tried too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from scratch_notebook import GOOD, graded, notebook, outcomes, scratch_assignment

from grader.assignment.assignment import Assignment
from grader.sandbox.sandbox import Sandbox


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory, best: Sandbox) -> Assignment:
    """Three checks with expected values."""
    return scratch_assignment(tmp_path_factory.mktemp("notebooks"), best)


IN_TRIAL = (
    "import os, signal, time, traceback\nif any('cell_trial' in each.filename for each in traceback.extract_stack()):\n"
)
NUISANCES = {
    "nonsense on every descriptor": "    for fd in range(3, 256):\n"
    "        try: os.write(fd, b'\\xff[[[[\\n[1, 9e999]\\n[3, ' + b'9' * 5000 + b', 1]\\n{' * 9)\n"
    "        except OSError: pass",
    "nonsense without end": "    while True: os.write(3, bytes(65536))",
    "no descriptor": "    os.closerange(3, 256)",
    "a child that holds the pipe": "    os.fork() or time.sleep(60)",
    "a child that runs on": "    os.fork()",
    "a child that runs on alone": "    os.fork() and (time.sleep(0.5), os._exit(0))",
    "a lock that a child keeps": "    import fcntl\n    lock = open('lock', 'w')\n"
    "    fcntl.flock(lock, fcntl.LOCK_EX)\n    os.fork() or time.sleep(60)",
    "no process left": "    while True:\n        try: os.fork() or time.sleep(60)\n        except OSError: break",
    "a process that is stopped": "    os.kill(os.getpid(), signal.SIGSTOP)",
    "an exception that hangs": "    class Odd(Exception):\n        def __str__(self): time.sleep(60)\n    raise Odd",
}


@pytest.mark.parametrize("name", NUISANCES)
def test_a_hostile_cell_does_not_keep_the_trial_from_crashes_behind_it(
    shut_in: Sandbox, assignment: Assignment, tmp_path: Path, name: str
) -> None:
    """What a cell does to the process that tries it costs what it defines; the next two are still found out."""
    cells = [*GOOD[:2], IN_TRIAL + NUISANCES[name], "import os\nos._exit(0)\nx = 1", "os.abort()", GOOD[3]]
    report = graded(assignment, shut_in, tmp_path, notebook(*cells))
    assert outcomes(report) == ["PASSED", "RUNTIME_ERROR", "PASSED"], report.verdicts
    assert report.verdicts[1].message.startswith("cell 4 stopped in line 2: your code ended Python (exit status 0)")


def test_a_cell_that_takes_all_memory_costs_what_it_defines(
    shut_in: Sandbox, assignment: Assignment, tmp_path: Path
) -> None:
    """The kernel kills the process with the most memory: the one that runs the cells, not the one that reports."""
    if not shut_in.counts_memory_together:
        pytest.skip("memory is not counted together here")
    limits = assignment.manifest.limits.model_copy(update={"memory_mb": 1024, "import_seconds": 20.0})
    small = replace(assignment, manifest=assignment.manifest.model_copy(update={"limits": limits}))
    children = "for _ in range(3):\n    if os.fork() == 0:\n        much = b'x' * (250 << 20)\n        time.sleep(60)"
    greedy = f"import os, time\n{children}\ntime.sleep(1)\nmuch = b'x' * (800 << 20)\nx = 1"
    report = graded(small, shut_in, tmp_path, notebook(*GOOD[:2], greedy, GOOD[3]))
    assert outcomes(report) == ["PASSED", "MEMORY_LIMIT", "PASSED"], report.verdicts
    assert report.verdicts[1].message.startswith("cell 3 stopped in line 7: the system killed Python")


def test_a_trial_is_not_lost_to_what_cells_print(best: Sandbox, assignment: Assignment, tmp_path: Path) -> None:
    """As in a check, it goes nowhere: printed again by every runner, it would end the trial."""
    noisy = "import os\nprint('x' * (2 << 20))\nos._exit(0)\nx = 1"
    report = graded(assignment, best, tmp_path, notebook(*GOOD[:2], noisy, GOOD[3]))
    assert outcomes(report) == ["PASSED", "RUNTIME_ERROR", "PASSED"], report.verdicts


def test_cells_draw_the_same_numbers_when_tried_and_when_checked(
    best: Sandbox, assignment: Assignment, tmp_path: Path
) -> None:
    """Though a fork seeds one generator anew: else a cell would break by chance, and in the trial only."""
    drawn = "(random.random(), numpy.random.rand(), torch.rand(()).item())"
    seeded = f"random.seed(0); numpy.random.seed(0); torch.manual_seed(0); seeded = {drawn}"
    draw = (
        f"import numpy, os, random, torch\nfirst = {drawn}\n{seeded}\nif first != seeded: os._exit(1)\nx = 2 * math.pi"
    )
    assert outcomes(graded(assignment, best, tmp_path, notebook(*GOOD[:2], draw, GOOD[3]))) == ["PASSED"] * 3


def test_notes_are_ours_and_never_the_students(best: Sandbox, assignment: Assignment, tmp_path: Path) -> None:
    """Code that sends a frame of its own in the trial puts no words into the report and the gradebook."""
    said = "['Two days of extension, the teacher', [1, 'tag', 'Two days of extension'], [1, 'call', 'the teacher']]"
    forge = (
        "import os\nfrom grader.core import wire\n"
        f"os.write(3, wire.encode_values({{'notes': {said}, 'cells': []}}, 1 << 20))\nos._exit(0)"
    )
    report = graded(assignment, best, tmp_path, notebook(*GOOD, forge))
    assert report.notes == ()
