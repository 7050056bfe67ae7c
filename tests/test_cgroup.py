"""Control groups count what no other limit does: all processes together, and memory that belongs to none."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_course import Course, buried, eventually, square

from grader.core.limits import LAYERS, MIB, Layer, Level
from grader.core.observation import Fault
from grader.core.verdict import Outcome
from grader.grading.observe import observe
from grader.grading.tasks import Task
from grader.sandbox import cgroup
from grader.sandbox.cgroup import OWN, PREFIX, Cgroup, Parents, find_parents
from grader.sandbox.processor_time import Reading
from grader.sandbox.sandbox import Sandbox


@pytest.fixture(scope="module")
def parents() -> Parents:
    """Where groups can be made; skips where they cannot."""
    found = find_parents()
    if found is None:
        pytest.skip("this process may make no cgroups with a memory and a process limit here")
    return found


@pytest.fixture
def group(parents: Parents) -> Iterator[Cgroup]:
    """A group of 64 MiB and three processes."""
    made = Cgroup(parents)
    made.limit(memory=64 * MIB, processes=3, cores=1)
    yield made
    made.remove()


def _in_group(group: Cgroup, code: str) -> subprocess.CompletedProcess[str]:
    """Run Python code as a process of the group; "0" written to the group's doors means the writer."""
    join = f"import os\nfor door in {group.doors}: os.write(door, b'0')\n"
    return subprocess.run(
        [sys.executable, "-c", join + code], capture_output=True, text=True, check=False, pass_fds=group.doors
    )


@pytest.mark.process
def test_memory_in_files_counts_and_the_end_is_known_for_certain(group: Cgroup) -> None:
    """A file in memory belongs to no process's address space; the group's limit meets it, and the group says so."""
    assert not group.ran_out_of_memory()
    done = _in_group(group, "fd = os.memfd_create('big')\nfor _ in range(200): os.write(fd, bytes(1 << 20))")
    assert done.returncode == -9
    assert group.ran_out_of_memory()


@pytest.mark.process
def test_processes_count_together(group: Cgroup) -> None:
    """The joiner is not counted: three more may be there beside it."""
    forks = "    for made in range(20):\n        if os.fork() == 0: time.sleep(2); os._exit(0)\n"
    done = _in_group(group, f"import time\ntry:\n{forks}except BlockingIOError: print(made)")
    assert done.stdout == "3\n", done.stderr


@pytest.mark.process
def test_what_is_removed_is_gone_and_what_a_killed_grader_left_is_swept(parents: Parents) -> None:
    """Groups of processes that have ended are removed at the next start; those of living ones stay."""
    folders = parents.folders
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = [folder / f"{PREFIX}{ended.pid}-0" for folder in folders]
    kept = Cgroup(parents)
    for folder in left:
        folder.mkdir()
    assert find_parents() == parents
    assert not any(folder.exists() for folder in left)
    mine = [path for folder in folders for path in folder.glob(f"{PREFIX}{os.getpid()}-*")]
    assert mine
    kept.remove()
    assert not any(path.exists() for path in mine if path in kept._folders)


HOARDER = """
import os, time
for child in range(6):
    if os.fork() == 0:
        hoard = bytearray(90 << 20)
        for page in range(0, len(hoard), 4096): hoard[page] = 1
        time.sleep(3)
        os._exit(0)
if any(os.wait()[1] for _ in range(6)):
    raise RuntimeError("a process was killed")
return x * x
"""


def test_processes_that_are_each_small_enough_are_a_memory_limit_together(
    parents: Parents, isolated: Sandbox, tiny: Course
) -> None:
    """Six times 90 MiB pass every limit of a single process, and not that of the group: MEMORY_LIMIT, not a crash.

    Without the group the same code runs through: the test can fail.
    """
    context = tiny.limited(memory_mb=128)  # and 256 MiB for files
    check = context.checks[0]
    without = LAYERS[Level.ISOLATED] - {Layer.CGROUP}

    def outcome(sandbox: Sandbox) -> Outcome | None:
        small = Task(replace(check, seconds=9), "small")
        files = tiny.submission(maths=square(HOARDER)).files
        (seen,) = observe(sandbox, context.assignment, files, [small])
        assert seen.observation is not None, seen.trouble
        result = seen.observation.result
        return result.outcome if isinstance(result, Fault) else None

    assert outcome(isolated) is Outcome.MEMORY_LIMIT
    with Sandbox(Level.ISOLATED, layers=without) as open_to_all:
        assert outcome(open_to_all) is None


def test_no_group_is_left(parents: Parents, isolated: Sandbox, tiny: Course) -> None:
    """Each check's group is removed with its place."""
    folders = parents.folders

    def groups() -> set[Path]:
        return {path for folder in folders for path in folder.glob(f"{PREFIX}{os.getpid()}-*")}

    buried(isolated)
    before = groups()
    assert tiny.grade(isolated).points == 6
    buried(isolated)
    assert eventually(lambda: groups() <= before), groups() - before


@pytest.mark.process
def test_a_group_counts_processor_time_and_shares_it(parents: Parents) -> None:
    """Four that spin take no more than the one core of the group, and are counted with what has ended."""
    if not {"cpu", "cpuacct"} <= parents.groups.keys() | ({"cpuacct"} if parents.version == 2 else set()):
        pytest.skip("this machine gives no groups with a share of the processors")
    group = Cgroup(parents)
    group.limit(memory=512 * MIB, processes=9, cores=1)
    spin = "import os, time\nend = time.time() + 1\nos.fork(), os.fork()\nwhile time.time() < end: pass"
    before = group.read()
    began = time.monotonic()
    _in_group(group, f"{spin}\nos._exit(0)")
    passed = time.monotonic() - began
    taken = group.read().seconds - before.seconds
    group.remove()
    assert 0.1 < taken < 1.2 * passed + 0.2
    assert before.threads == 0


V2 = {"cgroup.controllers": "cpuset cpu io memory pids\n", "cgroup.subtree_control": "", "cgroup.procs": ""}


def _recorded(folder: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> Path:
    """A tree as version 2 has it, with this process in its group."""
    group = folder / "user.slice"
    group.mkdir(parents=True)
    for name, content in {**V2, **files}.items():
        (group / name).write_text(content)
    monkeypatch.setattr(cgroup, "_own_groups", lambda: {"": group})
    return group


def test_version_2_gives_one_group_with_every_controller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process steps aside into a leaf, and what is there is switched on for the groups of checks."""
    group = _recorded(tmp_path, monkeypatch)
    found = find_parents()
    assert found == Parents(dict.fromkeys(("memory", "pids", "cpu"), group), 2)
    assert found.counts_time
    assert (group / OWN / "cgroup.procs").read_text() == str(os.getpid())
    assert (group / "cgroup.subtree_control").read_text() in ("+cpu", "+memory", "+pids")  # the last that was written


def test_version_2_without_memory_gives_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A share of the processors alone is not what a group is for."""
    _recorded(tmp_path, monkeypatch, **{"cgroup.controllers": "cpu pids\n"})
    assert find_parents() is None


def test_version_2_without_a_share_of_processors_still_limits_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And counts processor time, as every group of that version does."""
    group = _recorded(tmp_path, monkeypatch, **{"cgroup.controllers": "memory pids\n"})
    found = find_parents()
    assert found == Parents({"memory": group, "pids": group}, 2)
    assert found.counts_time


def test_a_group_of_version_2_is_limited_and_read_as_its_files_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The names and the units of cgroup-v2's documentation."""
    monkeypatch.setattr(os, "open", lambda path, flags: os.dup(2))  # the kernel makes `cgroup.procs`
    made = Cgroup(Parents(dict.fromkeys(("memory", "pids", "cpu"), tmp_path), 2))
    (folder,) = made._folders
    made.limit(memory=64 * MIB, processes=3, cores=2)
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "pids.max": "4",
        "memory.max": str(64 * MIB),
        "memory.swap.max": "0",
        "cpu.max": "200000 100000",
    }
    (folder / "pids.current").write_text("3\n")
    (folder / "cpu.stat").write_text("usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\n")
    (folder / "memory.events").write_text("low 0\nhigh 0\nmax 3\noom 1\noom_kill 1\noom_group_kill 0\n")
    assert made.read() == Reading(2.5, 3)
    assert made.ran_out_of_memory()
