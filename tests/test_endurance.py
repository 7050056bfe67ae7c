"""The grader outlives hostile code: what it holds is as much after many hostile submissions as after a few.

In `make attacks` they are a thousand, in plain `make test` forty.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_course import Course, buried, descendants, eventually, square

from grader.core.limits import MIB, Level
from grader.grading.grade import grade
from grader.results.report import Report, State
from grader.sandbox.sandbox import Sandbox

HOW_MANY = 1000 if os.environ.get("GRADER_ATTACKS") == "all" else 40
ROUND = 20

HOSTILE = (
    "import os; os._exit(0)",
    "import ctypes; ctypes.string_at(0)",
    "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\nreturn x * x",
    "import os\nopen('left', 'w').close(); os.mkdir('shut', 0)\nos.open('/', os.O_RDONLY)\nreturn x * x",
    "import os\nos.write(3, b'\\xff' * 100000)\nreturn x * x",
    "import os\nos.close(3); os.close(1); os.close(2)\nos.kill(0, 9)",
    "print('x' * 200000)\nreturn type('Always', (), {'__eq__': lambda self, other: True})()",
    "import os\nos.kill(-1, 9)\nos.kill(os.getppid(), 9)\nreturn x * x",
    "import threading\nthreads = [threading.Thread(target=input, daemon=True) for _ in range(30)]\n"
    "[thread.start() for thread in threads]\nreturn x * x",
    "raise type('Evil', (Exception,), {'__str__': lambda self: 'x' * (1 << 24)})()",
)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("level", [Level.ISOLATED, Level.RESTRICTED], ids=str)
def test_nothing_grows(start: object, tiny: Course, level: Level) -> None:
    """Memory, descriptors, mounts, processes, groups and uids; and every submission has its report."""
    sandbox: Sandbox = start(level)  # type: ignore[operator]
    context = replace(tiny.context, checks=(replace(tiny.context.checks[0], cases={"small": {"n": 3}}),))
    sources = itertools.cycle(HOSTILE)

    def one(source: str) -> Report:
        return grade(context, tiny.submission(maths=square(source)), sandbox)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, itertools.islice(sources, ROUND)))  # warms caches of allocators and of pools
        early = _held(sandbox)
        for _ in range(HOW_MANY // ROUND):
            reports = list(pool.map(one, itertools.islice(sources, ROUND)))
            assert {report.state for report in reports} == {State.GRADED}
        assert eventually(lambda: not _changes(sandbox, early[0])), _changes(sandbox, early[0])
        _, memory = _held(sandbox)
    assert memory - early[1] < 32 * MIB, f"{(memory - early[1]) / MIB:.1f} MiB more"
    assert tiny.grade(sandbox).points == 6


def _held(sandbox: Sandbox) -> tuple[dict[str, int], int]:
    """What is held in numbers that must not differ, and memory of the grader and the zygote in bytes."""
    counts = _counts(sandbox)
    before: dict[str, int] = {}
    while counts != before:
        time.sleep(0.5)
        before, counts = counts, _counts(sandbox)
    return counts, sum(_resident(pid) for pid in (os.getpid(), sandbox._zygote._process.pid))


def _changes(sandbox: Sandbox, before: dict[str, int]) -> dict[str, tuple[int, int]]:
    return {name: (before[name], now) for name, now in _counts(sandbox).items() if now != before[name]}


def _is_left(room: Path) -> bool:
    """Whether nobody holds a room's folder any more: other graders on this machine have rooms of their own."""
    try:
        held = os.open(room, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:  # gone meanwhile
        return False
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(held)
    return True


def _counts(sandbox: Sandbox) -> dict[str, int]:
    for _ in range(4):  # as many as bury at a time
        buried(sandbox)
    zygote = sandbox._zygote._process.pid
    groups = sorted(sandbox._groups.folders) if sandbox._groups else []
    return {
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "descriptors of the zygote": len(list(Path(f"/proc/{zygote}/fd").iterdir())),
        "processes": len(descendants(os.getpid())),
        "mounts": len(Path("/proc/self/mountinfo").read_text().splitlines()),
        "groups": sum(len(list(folder.glob(f"grader-{os.getpid()}-*"))) for folder in groups),
        "folders": sum(map(_is_left, Path("/tmp").glob("grader-room-*"))),
        "uids": sandbox._users.lent if sandbox._users else 0,
    }


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
