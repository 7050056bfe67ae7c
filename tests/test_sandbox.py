"""The sandbox, with real processes and real bubblewrap: what hostile or broken code costs, and what stays behind."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from machine_view import seen_by
from tiny_course import (
    TINY,
    Course,
    buried,
    descendants,
    eventually,
    living,
    look,
    named,
    square,
    task_named,
)

import grader
from grader.core.errors import SandboxError
from grader.core.limits import Level, Limits
from grader.core.verdict import Outcome
from grader.grading.observe import observe
from grader.sandbox import bubblewrap
from grader.sandbox.room import BubblewrapRoom, interpreter
from grader.sandbox.run import Running
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.slot import Slot
from grader.sandbox.users import SPARE_UIDS

FORGED = """
import json, os
header = json.dumps({{"fault": {{"outcome": "{outcome}", "message": "", "next_step": ""}}}}).encode()
os.write(3, len(header).to_bytes(8, "big") + bytes(8) + header)
return x * x
"""

# name -> what `square` does, the outcome, and words of the message
FAULTS: Mapping[str, tuple[str, Outcome, str]] = {
    "exits": ("import sys; sys.exit(0)", Outcome.RUNTIME_ERROR, "your code ended Python (exit status 0)"),
    "exits_hard": ("import os; os._exit(0)", Outcome.RUNTIME_ERROR, "your code ended Python (exit status 0)"),
    "raises_system_exit": ("raise SystemExit('bye')", Outcome.RUNTIME_ERROR, "(exit status bye)"),
    "raises_what_cannot_be_shown": (
        "raise type('Evil', (Exception,), {'__str__': lambda self: 1 / 0})()",
        Outcome.RUNTIME_ERROR,
        "(its message could not be shown)",
    ),
    "crashes": ("import ctypes; ctypes.string_at(0)", Outcome.RUNTIME_ERROR, "segmentation fault"),
    "kills_itself": ("import os; os.kill(os.getpid(), 9)", Outcome.MEMORY_LIMIT, "the system killed Python"),
    "reads_stdin": ("return input()", Outcome.RUNTIME_ERROR, "EOFError"),
    "loops_and_swallows": (
        """
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass
        """,
        Outcome.TIME_LIMIT,
        "stopped after",
    ),
    "closes_the_pipe_and_loops": (
        "import os; os.close(3)\nwhile True: pass",
        Outcome.TIME_LIMIT,
        "stopped after",
    ),
    "prints_too_much": ("for _ in range(40): print('x' * 65536)", Outcome.OUTPUT_LIMIT, "printed more than 1 MiB"),
    "returns_too_much": (
        "import torch; return torch.empty(20_000_000)",
        Outcome.OUTPUT_LIMIT,
        "`squares` makes the result larger than 64 MiB",
    ),
    "returns_an_object": (
        "return type('Always', (), {'__eq__': lambda self, other: True})()",
        Outcome.INVALID_RESULT,
        "Always",
    ),
    "returns_a_tensor_subclass": (
        "import torch; return (x * x).as_subclass(type('Fool', (torch.Tensor,), {}))",
        Outcome.INVALID_RESULT,
        "Fool",
    ),
    "says_that_it_passed": (FORGED.format(outcome="PASSED"), Outcome.INVALID_RESULT, "not a result"),
    "blames_the_grader": (FORGED.format(outcome="GRADER_ERROR"), Outcome.INVALID_RESULT, "not a result"),
    "writes_garbage": ("import os; os.write(3, b'\\xff' * 64); return x * x", Outcome.INVALID_RESULT, "more than"),
    "ends_within_its_frame": (
        "import os; os.write(3, (8).to_bytes(8, 'big') + bytes(8)); os._exit(0)",
        Outcome.RUNTIME_ERROR,
        "your code ended Python",
    ),
}


def test_the_reference_passes_every_check(sandbox: Sandbox, tiny: Course) -> None:
    """The reference solution earns every point at each level."""
    report = tiny.grade(sandbox)
    assert {verdict.name: verdict.outcome for verdict in report.verdicts} == {
        "squares[small]": "PASSED",
        "squares[large]": "PASSED",
        "greets": "PASSED",
        "essay_written": "PASSED",
        "squares_of_a_matrix": "PASSED",
    }
    assert report.points == report.max_points == 6


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_costs_its_own_check_and_no_other(sandbox: Sandbox, tiny: Course, fault: str) -> None:
    """Whatever a call does, its check gets the right outcome in time, and the next check is graded as ever."""
    body, outcome, words = FAULTS[fault]
    limit = 1 if outcome is Outcome.TIME_LIMIT else 10  # a busy machine may take its time
    squares, greets = tiny.squares_and_greets(sandbox, square(body), seconds=limit)
    assert squares.outcome is outcome, squares
    assert words in squares.message
    assert squares.points == 0
    assert squares.seconds < limit + 5
    assert greets.outcome is Outcome.PASSED, greets


@pytest.mark.parametrize("source", ["import sys; sys.exit(0)", "import os; os._exit(0)", "1 / 0", "def ("])
def test_a_module_that_does_not_import_fails_its_own_checks_only(sandbox: Sandbox, tiny: Course, source: str) -> None:
    """An exit, an exception or a syntax error at import is told as such, and other modules' checks pass."""
    squares, greets = tiny.squares_and_greets(sandbox, source)
    assert squares.outcome is Outcome.RUNTIME_ERROR
    assert squares.message.startswith("hw/maths.py could not be imported: ")
    assert greets.outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("source", "place", "missing"),
    [
        ("import os; os._exit(0)", "hw/maths.py", ""),
        ("\ndef (", "maths.py:2", ""),
        ("import tkinter_of_mine", "hw/maths.py:1", "tkinter_of_mine"),
        ("import hw.mine", "hw/maths.py:1", ""),  # not installed anywhere: a file of the student's own
        (square("import tkinter_of_mine"), "hw/maths.py:2", "tkinter_of_mine"),
        (square("raise ModuleNotFoundError('no', name='Two days of extension')"), "hw/maths.py:2", ""),
        (square("raise ModuleNotFoundError('no', name=1)"), "hw/maths.py:2", ""),
        (square("x +* 2"), "maths.py:2", ""),
        (square("exit()"), "", ""),
    ],
)
def test_a_fault_tells_its_place_and_what_is_missing(
    best: Sandbox, tiny: Course, source: str, place: str, missing: str
) -> None:
    """Beside its words, at import as in a call, so that nobody needs to read them out of the message."""
    squares, _ = tiny.squares_and_greets(best, source)
    assert (squares.place, squares.missing_module) == (place, missing), squares
    assert not place or place in squares.message


def test_an_endless_loop_at_import_is_not_waited_for_by_every_check(sandbox: Sandbox, tiny: Course) -> None:
    """A module that never imports costs its import limit (once with the others, once alone), not each check's time."""
    report = tiny.grade(sandbox, context=tiny.limited(import_seconds=0.7), maths="while True: pass")
    outcomes = {verdict.check: verdict.outcome for verdict in report.verdicts}
    assert outcomes == {
        "squares": Outcome.TIME_LIMIT,
        "squares_of_a_matrix": Outcome.TIME_LIMIT,
        "greets": Outcome.PASSED,
        "essay_written": Outcome.PASSED,
    }
    assert report.verdicts[0].message.startswith("hw/maths.py could not be imported: stopped after 0.7 s")
    assert max(verdict.seconds for verdict in report.verdicts) < 0.7


def test_a_submission_that_spent_its_time_is_not_run_further(sandbox: Sandbox, tiny: Course) -> None:
    """When the budget is spent the rest is `not run`, and the room that was ready for the next check is gone."""
    before = _settled(sandbox)
    report = tiny.grade(sandbox, context=tiny.limited(seconds=1.2), maths=square("while True: pass"))
    assert {verdict.outcome for verdict in report.verdicts} == {Outcome.TIME_LIMIT}
    first, *others = (verdict.message for verdict in report.verdicts)
    assert "the 1.2 s that one submission may take are used up" in first
    assert all(message.startswith("not run: ") for message in others)
    assert eventually(lambda: _quiet(sandbox) == before), (before, _quiet(sandbox))


def test_the_first_frame_counts(sandbox: Sandbox, tiny: Course) -> None:
    """What follows the first complete frame is never read: it neither fixes a wrong result nor spoils a correct one."""
    wrong_first = """
    import os
    from grader.core.wire import encode_values
    os.write(3, encode_values({"squares": x * 0}, 1 << 20))
    return x * x
    """
    right_first = """
    import os
    from grader.core.wire import encode_values
    os.write(3, encode_values({"squares": x * x}, 1 << 20) + b"garbage" * 1000)
    return x * 0
    """
    assert tiny.squares_and_greets(sandbox, square(wrong_first))[0].outcome is Outcome.WRONG_ANSWER
    assert tiny.squares_and_greets(sandbox, square(right_first))[0].outcome is Outcome.PASSED


@pytest.mark.parametrize("body", ["import torch; return torch.zeros(1 << 31)", "return bytearray(8 << 30)"])
def test_a_huge_allocation_is_a_memory_limit(isolated: Sandbox, tiny: Course, body: str) -> None:
    """Eight gibibytes at once are refused by the kernel, whatever asks for them."""
    squares, greets = tiny.squares_and_greets(isolated, square(body))
    assert squares.outcome is Outcome.MEMORY_LIMIT
    assert greets.outcome is Outcome.PASSED


def test_a_daemon_dies_with_its_check(isolated: Sandbox, tiny: Course) -> None:
    """A process that forked twice, began a session and ignores signals is gone when the next check has run."""
    name = f"d{os.getpid()}"
    daemon = f"""
    import ctypes, os, signal, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            ctypes.CDLL(None).prctl(15, b"{name}", 0, 0, 0)
            time.sleep(600)
        os._exit(0)
    os.wait()
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        for pid in filter(str.isdigit, os.listdir("/proc")):
            if open(f"/proc/{{pid}}/comm").read().strip() == "{name}":
                return x * x
    raise RuntimeError("no daemon was seen")
    """
    squares, _ = tiny.squares_and_greets(isolated, square(daemon))
    assert squares.outcome is Outcome.PASSED, squares.message  # so it did run
    assert eventually(lambda: not named(name))


def test_a_fork_bomb_is_bounded_and_ends_with_its_check(isolated: Sandbox, tiny: Course) -> None:
    """Fewer processes than the limit can be made, and none of them outlives the check."""
    name = f"b{os.getpid()}"
    bomb = f"""
    import ctypes, os, time
    ctypes.CDLL(None).prctl(15, b"{name}", 0, 0, 0)
    made = 0
    try:
        while made < 200:
            if os.fork() == 0:
                time.sleep(600)
            made += 1
    finally:
        raise RuntimeError(f"made {{made}}")
    """
    squares, greets = tiny.squares_and_greets(isolated, square(bomb))
    assert squares.outcome is Outcome.RUNTIME_ERROR
    made = int(squares.message.rpartition("made ")[2])
    assert 0 < made < Limits(seconds=1).processes
    assert greets.outcome is Outcome.PASSED
    assert eventually(lambda: not named(name))


@pytest.mark.parametrize("place", ["tempfile.gettempdir()", "os.environ['HOME']", "os.getcwd()"])
def test_a_file_left_by_one_check_is_not_seen_by_the_next(sandbox: Sandbox, tiny: Course, place: str) -> None:
    """Each check has its own empty folders."""
    maths = square(f"""
    import os, tempfile
    left = os.path.join({place}, "left")
    if os.path.exists(left):
        raise RuntimeError("seen")
    open(left, "w").close()
    return x * x
    """)
    report = tiny.grade(sandbox, maths=maths)
    assert {verdict.outcome for verdict in report.verdicts} == {Outcome.PASSED}, report.verdicts
    assert not (Path(tempfile.gettempdir()) / "left").exists()


def test_fixed_folders_of_a_room_are_its_own(isolated: Sandbox, tiny: Course) -> None:
    """`/tmp` and `/dev/shm` of one check are not those of the next, nor the machine's."""
    maths = square("""
    import os
    for left in ("/tmp/left", "/dev/shm/left", "/box/left"):
        open(left, "x").close()
    return x * x
    """)
    report = tiny.grade(isolated, maths=maths)
    assert {verdict.outcome for verdict in report.verdicts} == {Outcome.PASSED}, report.verdicts
    assert not Path("/tmp/left").exists()


def test_there_is_no_network(isolated: Sandbox, tiny: Course) -> None:
    """A server on this machine's loopback cannot be reached, and there is no other interface."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connect = f"""
        import socket
        assert [name for _, name in socket.if_nameindex()] == ["lo"]
        socket.create_connection(("127.0.0.1", {server.getsockname()[1]}), timeout=0.5)
        return x * x
        """
        squares, _ = tiny.squares_and_greets(isolated, square(connect))
        assert squares.outcome is Outcome.RUNTIME_ERROR
        assert "Error" in squares.message and "Assertion" not in squares.message
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()


SPY = """
import ctypes, os, stat, struct, sys

def look():
    descriptors = []
    for number in range(256):
        try:
            mode = os.fstat(number).st_mode
        except OSError:
            continue
        descriptors.append([number, "pipe" if stat.S_ISFIFO(mode) else "device" if stat.S_ISCHR(mode) else "other"])
    libc, sets = ctypes.CDLL(None), ctypes.create_string_buffer(24)
    assert libc.capget(ctypes.create_string_buffer(struct.pack("Ii", 0x20080522, 0)), sets) == 0
    bounding = [libc.prctl(23, number, 0, 0, 0) for number in range(38)]
    return {
        "environment": sorted(map(list, os.environ.items())),
        "descriptors": descriptors,
        "capabilities": sets.raw.hex(),
        "bounding": sum(bounding),
        "no_new_privileges": libc.prctl(39, 0, 0, 0, 0),
        "seccomp": libc.prctl(21, 0, 0, 0, 0),
        "uids": list(os.getresuid()),
        "groups": os.getgroups(),
        "stdin": sys.stdin.read(),
        "arguments": sys.argv,
    }
"""


def test_student_code_has_only_the_environment_made_for_it(sandbox: Sandbox, tmp_path: Path, secret: str) -> None:
    """None of the grader's variables reaches student code; the list of those that do is closed.

    torch may add one, and an import path is handed on where there is one.
    """
    seen = dict(look(sandbox, tmp_path, SPY)["environment"])
    assert set(seen) == {
        "PATH", "LANG", "HOME", "TMPDIR", "USER", "LOGNAME", "OMP_NUM_THREADS", "MPLBACKEND", "MPLCONFIGDIR",
        "PYTHONHASHSEED", "CUBLAS_WORKSPACE_CONFIG", "CUDA_VISIBLE_DEVICES", "PIP_NO_INDEX",
    } | ({"TORCHINDUCTOR_CACHE_DIR", "PYTHONPATH", "PYTHONUSERBASE"} & set(seen))  # fmt: skip
    assert os.environ["GRADER_TEST_SECRET"] == secret
    assert secret not in str(seen)


def test_student_code_has_five_descriptors_and_empty_input(sandbox: Sandbox, tmp_path: Path) -> None:
    """An empty device, three pipes, and where cases are asked for: a directory's descriptor would be a way out."""
    seen = look(sandbox, tmp_path, SPY)
    assert seen["descriptors"] == [[0, "device"], [1, "pipe"], [2, "pipe"], [3, "pipe"], [10, "other"]]
    assert seen["stdin"] == ""
    assert seen["arguments"] == [""]
    assert seen["no_new_privileges"] == 1


def test_student_code_has_no_privilege(shut_in: Sandbox, tmp_path: Path) -> None:
    """There are no capabilities, no groups, no uid 0, and a filter of system calls."""
    seen = look(shut_in, tmp_path, SPY)
    assert set(seen["capabilities"]) == {"0"}
    assert seen["seccomp"] == 2
    assert 0 not in seen["uids"]
    if os.geteuid() == 0 or shut_in.level is Level.ISOLATED:
        assert seen["bounding"] == 0
    if os.geteuid() == 0:
        assert seen["groups"] == []
        assert set(seen["uids"]) <= set(SPARE_UIDS)


def test_a_room_shows_nothing_of_the_repository_but_the_package(isolated: Sandbox, tmp_path: Path) -> None:
    """Below the folder that holds `grader` a room has the package and the virtual environment, and nothing else."""
    repository = Path(grader.__file__).resolve().parent.parent
    shown = {str(path) for path in interpreter()}
    spy = f"""
    import os

    def look():
        top = sorted(os.listdir("/"))
        mounts = [line.split() for line in open("/proc/self/mountinfo")]
        repository = {str(repository)!r}
        known = {sorted([*shown, "/usr", "/proc", "/lib", "/lib64", "/bin"])!r}
        files = []
        for folder, folders, names in os.walk("/"):
            folders[:] = [name for name in folders if os.path.join(folder, name) not in known]
            files += [os.path.join(folder, name) for name in names]
        return {{
            "mounts": [mount[4] for mount in mounts] + [mount[3] for mount in mounts],
            "repository": sorted(os.listdir(repository)) if os.path.isdir(repository) else [],
            "files": sorted(files),
        }}
    """
    seen = look(isolated, tmp_path, spy)
    mounts: Any = seen["mounts"]
    inside = [path for path in mounts if Path(path).is_relative_to(repository)]
    assert set(inside) <= shown
    assert not [path for path in mounts if str(tmp_path) in path]
    assert set(seen["repository"]) <= {"grader", Path(sys.prefix).name}
    files: Any = seen["files"]
    own = [path for path in files if not path.startswith(("/dev/", "/etc/"))]
    assert own == ["/assignment/checks.code", "/submission/hw/mine.py"]
    assert {path for path in files if path.startswith("/etc/")} <= {"/etc/ld.so.cache"}


def test_files_of_a_room_cannot_be_written(isolated: Sandbox, tmp_path: Path) -> None:
    """The system, the interpreter, the checks and the submission are read-only; only scratch folders are not."""
    places = ["/", "/usr", "/etc", "/dev", "/submission", "/assignment", "/data", *map(str, interpreter())]
    spy = f"""
    import os

    def look():
        written = []
        for place in {places!r}:
            try:
                open(os.path.join(place, "written"), "w").close()
                written.append(place)
            except OSError:
                pass
        return {{"written": written}}
    """
    assert look(isolated, tmp_path, spy)["written"] == []


def test_thirty_checks_leave_nothing_behind(sandbox: Sandbox, tiny: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes, mounts, descriptors (of the grader and the zygote), uids and folders are as many after as before."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)  # as root at `restricted` another user runs the checks
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    tasks = [task_named(tiny.context, "greets"), task_named(tiny.context, "squares", "small")]
    tiny.grade(sandbox)
    before = _settled(sandbox)
    files = tiny.submission(maths=square("import os; os._exit(1)")).files
    outcomes = [each.observation for each in observe(sandbox, tiny.context.assignment, files, tasks * 15)]
    assert len(outcomes) == 30 and None not in outcomes
    assert eventually(lambda: _quiet(sandbox) == before), (before, _quiet(sandbox))
    assert list(folder.iterdir()) == []
    folder.rmdir()


def _rooms() -> set[int]:
    """The processes of bubblewrap that there are."""
    program = str(bubblewrap.find()).encode()
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if path.read_bytes().startswith(program + b"\0--args"):
                found.add(int(path.parent.name))
    return found


def test_a_room_that_is_given_up_while_it_is_made_leaves_no_process(isolated: Sandbox) -> None:
    """Its pid 1 waits for bubblewrap to have it go on, and would for ever, were only that one killed."""
    buried(isolated)
    before = _rooms()
    for _ in range(20):
        isolated.discard(isolated.place({}))
    buried(isolated)
    assert eventually(lambda: _rooms() <= before), _rooms() - before


def test_what_a_killed_grader_left_of_rooms_in_the_making_is_swept(isolated: Sandbox) -> None:
    """bubblewrap dies with the grader at whatever moment; what it has just made is found by the next start."""
    before = _rooms()
    for _ in range(50):
        room = BubblewrapRoom({}, isolated._arguments)
        room._know_first()  # it is made, and may have been told to go on
        room._bwrap.kill()
        room.remove()
    left = _rooms() - before
    if not left:
        pytest.skip("no bubblewrap was killed in the moment that matters")
    bubblewrap.sweep_orphans()
    assert eventually(lambda: not _rooms() & left)


def test_a_room_that_cannot_be_made_leaves_nothing_behind(isolated: Sandbox) -> None:
    """bubblewrap's own words come back as our failure, and neither a descriptor nor a uid is lost."""
    before = _settled(isolated)
    for _ in range(3):
        place = isolated.place({})
        place.room.kill()
        place.room.remove()
        place.room = BubblewrapRoom({}, ["--no-such-option"])
        with pytest.raises(SandboxError, match="no-such-option"):
            isolated.begin(place, {}, Limits(seconds=1))
    assert eventually(lambda: _quiet(isolated) == before), (before, _quiet(isolated))


class _Mortal(Sandbox):
    """A sandbox whose zygote is killed when the checks of these numbers began; where a name stands, once it runs."""

    deaths: Mapping[int, str] = {}
    begun = 0

    def begin(self, place: Slot, work: Mapping[str, Any], limits: Limits) -> Running:
        """Begin, then kill."""
        running = super().begin(place, work, limits)
        self.begun += 1
        if self.begun in self.deaths:
            awaited = self.deaths[self.begun]
            assert not awaited or eventually(lambda: bool(named(awaited)))
            os.kill(self._zygote._process.pid, signal.SIGKILL)
        return running


@pytest.mark.slow
@pytest.mark.parametrize("level", list(Level), ids=str)
def test_a_killed_zygote_is_replaced_and_never_costs_points(start: Any, tiny: Course, level: Level) -> None:
    """Killed once during a check, the check is tried again and passes; killed twice, it is GRADER_ERROR, not a zero.

    Behind a fence a check goes on without its zygote.
    """
    start(level)  # skips where the machine has no such level
    once, twice = (check for check in tiny.context.checks if check.name in ("greets", "squares_of_a_matrix"))
    process = f"g{os.getpid()}"
    maths = square(f"""
    import ctypes, time
    ctypes.CDLL(None).prctl(15, b"{process}", 0, 0, 0)
    time.sleep(600)
    """)
    words = "import time\n\ndef greet(name):\n    time.sleep(0.3)\n    return f'Hello, {name}!'\n"
    with _Mortal(level) as sandbox:
        sandbox.deaths = {2: "", 4: process, 5: process}  # 1 is the imports
        report = tiny.grade(sandbox, context=replace(tiny.context, checks=(once, twice)), maths=maths, words=words)
        outcomes = [each.outcome for each in report.verdicts]
        if sandbox._fenced:  # the joiner outlives the zygote, so the endless check meets its own limit
            assert outcomes == [Outcome.PASSED, Outcome.TIME_LIMIT], report.verdicts
        else:
            assert sandbox.begun == 5
            assert outcomes == [Outcome.PASSED, Outcome.GRADER_ERROR], report.verdicts
            assert report.state == "UNFINISHED"
            assert "not your code" in report.verdicts[1].message
        assert eventually(lambda: not named(process))


@pytest.mark.process
def test_a_process_whose_parent_has_ended_before_the_kernel_knew_does_not_begin() -> None:
    """Else it would run on, as nothing would kill it."""
    script = """
import os, subprocess
from grader.kernel import process

parent = subprocess.Popen(["true"])
pidfd = os.pidfd_open(parent.pid)
parent.wait()
process.die_with_parent(pidfd)
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "the parent of this process has ended" in ended.stderr


@pytest.mark.slow
def test_nothing_runs_on_when_the_grader_is_killed(tiny: Course, tmp_path: Path) -> None:
    """SIGKILL of the trusted process ends zygote, joiner and child without a room too (`test_batch` has one with)."""
    script = """
import sys
from grader.assignment.assignment import load_assignment
from grader.core.limits import Level
from grader.grading.observe import observe
from grader.grading.tasks import tasks_of
from grader.sandbox.sandbox import Sandbox
from pathlib import Path

assignment = load_assignment(Path(sys.argv[1]))
files = {"maths.py": b"def square(x):\\n    import time\\n    print(1)\\n    time.sleep(60)", "words.py": b""}
with Sandbox(Level.SEPARATE) as sandbox:
    list(observe(sandbox, assignment, files, tasks_of(assignment.checks[:1]), patient=True))
"""
    run = [sys.executable, "-c", script, str(tiny.context.assignment.folder)]
    grading = subprocess.Popen(run, env={**os.environ, "TMPDIR": str(tmp_path)})
    try:

        def child() -> int:  # below zygote and joiner
            return max((_depth(pid, grading.pid) for pid in descendants(grading.pid)), default=0)

        assert eventually(lambda: child() >= 3, seconds=60)
        time.sleep(1)  # past the imports, into the sleep
        below = descendants(grading.pid)
        assert len(below) >= 3
    finally:
        grading.kill()
        grading.wait()
    assert eventually(lambda: not below & living().keys(), seconds=20), [living().get(pid) for pid in below]


def _depth(pid: int, ancestor: int) -> int:
    parents = {each: parent for each, (parent, _) in living().items()}
    depth = 0
    while pid != ancestor and pid in parents:
        pid, depth = parents[pid], depth + 1
    return depth


@pytest.mark.slow
def test_an_ordinary_user_has_rooms_too(start: Any) -> None:
    """Without root a user namespace takes the place of the spare uid: full marks, full confinement."""
    start(Level.ISOLATED)
    if os.geteuid() != 0:
        pytest.skip("this user is an ordinary one: every test of this file says so")
    script = Path(__file__).with_name("ordinary_user.py")
    run = [*seen_by(50_000 + os.getpid() % 10_000), sys.executable, str(script), str(TINY)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode == 77:
        pytest.skip(f"no user namespace inside a room here: {done.stdout.strip()}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "reference PASSED PASSED PASSED PASSED PASSED",
        "exits RUNTIME_ERROR",
        "daemon PASSED",
        "allocates MEMORY_LIMIT",
        "forks RUNTIME_ERROR",
        "loops TIME_LIMIT",
        "uid is not root, capabilities 0000000000000000, no new privileges 1, user namespaces refused",
        "nothing left",
    ]


def _quiet(sandbox: Sandbox) -> Mapping[str, int]:
    """What there is of everything that a check could leave behind, once the remains of earlier checks are removed."""
    buried(sandbox)
    zygote = sandbox._zygote._process.pid
    return {
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "descriptors of the zygote": len(list(Path(f"/proc/{zygote}/fd").iterdir())),
        "forks of the zygote": len(descendants(zygote)),
        "processes": len(descendants(os.getpid())),
        "mounts": len(Path("/proc/self/mountinfo").read_text().splitlines()),
        "uids": sandbox._users.lent if sandbox._users else 0,
    }


def _settled(sandbox: Sandbox) -> Mapping[str, int]:
    """The same, once it stays the same: the other level's sandbox may still be removing what an earlier test left."""
    seen = _quiet(sandbox)
    while True:
        time.sleep(0.1)
        before, seen = seen, _quiet(sandbox)
        if seen == before:
            return seen
