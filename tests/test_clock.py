"""The clock of a check: a limit is of its own time, and what is said of it tells whose time it was."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tiny_course import Course, square

from grader.core.verdict import Outcome
from grader.sandbox import clock, processor_time
from grader.sandbox.clock import Clock
from grader.sandbox.processor_time import Reading, of_processes
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.slot import Slot


class Machine:
    """A machine whose clocks are set by hand, with two cores, and a check on it."""

    def __init__(self) -> None:
        self.wall = 0.0
        self.idle = 0.0
        self.reading = Reading(3.0, 2)  # of what was there before the check

    def pass_by(self, seconds: float, *, computed: float, threads: int = 1, idle: float = 0.0) -> None:
        """Let time pass on the wall, in which the check computes on so many threads, and cores are idle."""
        self.wall += seconds
        self.idle += idle
        self.reading = Reading(self.reading.seconds + computed, 2 + threads)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """The machine on which the clock runs."""
    made = Machine()
    monkeypatch.setattr(time, "monotonic", lambda: made.wall)
    monkeypatch.setattr(clock, "idle", lambda: made.idle)
    monkeypatch.setattr(clock, "CORES", 2)
    return made


def _running(machine: Machine, limit: float) -> Clock:
    return Clock(limit, lambda: machine.reading, others=2)


def test_a_check_that_computes_all_the_time_is_stopped_at_its_limit(machine: Machine) -> None:
    """On a quiet machine the two clocks agree, and one number is told."""
    running = _running(machine, 10)
    machine.pass_by(9.9, computed=9.9)
    assert running.look() is None
    machine.pass_by(0.2, computed=0.2)
    fault = running.look()
    assert fault
    assert (fault.outcome, fault.message) == (Outcome.TIME_LIMIT, "stopped after 10 s")


def test_what_stood_still_while_nobody_read_what_it_says_is_excused(machine: Machine) -> None:
    """Its pipe may have been full; from then on it is not excused."""
    running = _running(machine, 10)
    machine.pass_by(15, computed=0.1, idle=15)
    running.watch()
    assert running.look() is None
    machine.pass_by(10, computed=0, idle=10)
    assert running.look()


def test_a_busy_machine_takes_no_time(machine: Machine) -> None:
    """A third of a core for 25 s is 8 s."""
    running = _running(machine, 10)
    machine.pass_by(25, computed=8)
    assert running.look() is None
    assert running.taken == 8


def test_who_is_late_on_a_busy_machine_reads_both_clocks(machine: Machine) -> None:
    """The student can tell slow code from a busy machine."""
    running = _running(machine, 10)
    machine.pass_by(30, computed=10.5)
    fault = running.look()
    assert fault
    assert fault.message == "stopped after 10 s of processor time, 30 s on the clock: the machine was busy"


def test_five_times_the_limit_on_the_wall_is_the_end(machine: Machine) -> None:
    """And nobody is told to look for a loop."""
    running = _running(machine, 4)
    machine.pass_by(20, computed=3.8)
    fault = running.look()
    assert fault
    assert fault.message.startswith("stopped after 20 s on the clock, 3.8 s of processor time: the machine was busy")
    assert "loop" not in fault.next_step


def test_threads_share_a_limit_as_far_as_there_are_cores(machine: Machine) -> None:
    """Twenty that spin on two cores take two seconds in each."""
    running = _running(machine, 10)
    machine.pass_by(9, computed=18, threads=20)
    assert running.look() is None
    assert running.taken == 9
    machine.pass_by(1.1, computed=2.2, threads=20)
    assert running.look()


def test_the_thread_that_served_a_case_before_is_the_check_s_own(machine: Machine) -> None:
    """It is there before the clock runs, in all cases of a process but the first."""
    machine.pass_by(1, computed=1)
    running = _running(machine, 10)
    machine.pass_by(9, computed=18, threads=2)
    assert running.look() is None
    assert running.taken == 9


def test_waiting_for_nothing_is_told_as_what_it_is(machine: Machine) -> None:
    """Beside a free core it ends after the limit, on the wall."""
    running = _running(machine, 10)
    machine.pass_by(10.1, computed=0.02, idle=10)
    fault = running.look()
    assert fault
    assert fault.message == "stopped: it waited for 10 s and computed nothing"
    assert running.taken > 10


def test_without_a_meter_the_wall_decides(machine: Machine) -> None:
    """On a GPU, and where processor time cannot be read."""
    running = Clock(10, None)
    machine.pass_by(9.9, computed=0)
    assert running.look() is None
    machine.pass_by(0.2, computed=0)
    assert running.look()


# --- for real ---


@pytest.mark.process
def test_processor_time_of_all_processes_below_is_read() -> None:
    """Of a child's child too, and of one that has ended and was waited for."""
    code = (
        "import os, time\n"
        "def spin(seconds):\n"
        "    while time.process_time() < seconds: pass\n"
        "if os.fork() == 0: spin(0.3); os._exit(0)\n"
        "os.wait()\n"
        "if os.fork() == 0: spin(0.3); os.write(1, b'.'); time.sleep(60)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout
        process.stdout.read(1)
        reading = of_processes([process.pid])
        os.killpg(process.pid, 9)
    assert reading.seconds >= 0.59
    assert reading.threads == 2
    assert of_processes([process.pid]) == Reading(0.0, 0)


@contextmanager
def _busy(processes: int) -> Iterator[None]:
    """Keep the machine busy with processes of its own."""
    spinning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for each in spinning:
            each.kill()
            each.wait()


COMPUTES = """
import time
begin = time.process_time()
while time.process_time() < begin + 0.8: pass
return x * x
"""


def test_a_busy_machine_costs_an_honest_student_nothing(sandbox: Sandbox, tiny: Course) -> None:
    """0.8 s of work pass a limit of 1.5 s beside four processes for each core, where the clock shows far more."""
    with _busy(4 * processor_time.CORES):
        first, _ = tiny.squares_and_greets(sandbox, square(COMPUTES), seconds=1.5)
    assert first.outcome is Outcome.PASSED, first
    assert first.seconds < 1.5


def test_without_control_groups_the_same_is_counted_in_proc(
    sandbox: Sandbox, tiny: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that computes beside the check counts for it, wherever it was started from."""
    children = "import os, time\nfor _ in range(3):\n    if os.fork() == 0:\n        while True: pass\n"
    orphan = "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        while True: pass\n    os._exit(0)\n"
    monkeypatch.setattr(Slot, "meter", _by_proc)
    for body in (f"{children}time.sleep(60)", f"import os, time\n{orphan}time.sleep(60)"):
        first, _ = tiny.squares_and_greets(sandbox, square(body), seconds=1)
        assert first.outcome is Outcome.TIME_LIMIT
        assert "waited" not in first.message, first


def _by_proc(slot: Slot) -> Any:
    """`Slot.meter` on a machine without control groups."""
    group, slot.group = slot.group, None
    try:
        return _METER(slot)
    finally:
        slot.group = group


_METER = Slot.meter


def test_what_sleeps_is_stopped_as_such(sandbox: Sandbox, tiny: Course) -> None:
    """On a machine with a core to spare after its seconds, else after five times as many; never as a loop."""
    first, _ = tiny.squares_and_greets(sandbox, square("import time\ntime.sleep(600)"), seconds=2)
    assert first.outcome is Outcome.TIME_LIMIT
    assert "waited" in first.message or "on the clock" in first.message, first
    assert "loop" not in first.next_step
