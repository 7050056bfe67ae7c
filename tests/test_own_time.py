"""The time that code takes of its own: what it computes, and what it stands still; never what others take."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from grader.core.own_time import OwnTime


@dataclass
class Machine:
    """A machine whose clocks are set by hand."""

    wall: float = 100.0
    computed: float = 7.0
    idle: float = 50.0

    def pass_by(self, seconds: float, *, computed: float = 0.0, idle: float = 0.0) -> None:
        """Let time pass, in which the code computed, and a core was idle, for so many seconds."""
        self.wall += seconds
        self.computed += computed
        self.idle += idle

    def own(self) -> OwnTime:
        """The time of code that begins now."""
        return OwnTime(lambda: self.computed, lambda: self.idle)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """The machine on which the module runs."""
    made = Machine()
    monkeypatch.setattr(time, "monotonic", lambda: made.wall)
    return made


def test_what_is_computed_counts(machine: Machine) -> None:
    """Not what passes on the clock of a machine on which others run."""
    own = machine.own()
    machine.pass_by(30, computed=8)
    assert (own.taken(), own.passed) == (8, 30)


def test_a_fifth_of_the_wall_counts_at_least(machine: Machine) -> None:
    """Whatever code does, its time ends."""
    own = machine.own()
    machine.pass_by(60, computed=2)
    assert own.taken() == 12


def test_standing_still_beside_a_free_core_counts_whole(machine: Machine) -> None:
    """It waits for nothing; it is told once for each stretch of that length."""
    own = machine.own()
    machine.pass_by(9, idle=9)
    assert not own.stands_still(10)
    machine.pass_by(1, idle=1)
    assert own.stands_still(10)
    assert own.taken() == 10
    machine.pass_by(1, idle=1)
    assert not own.stands_still(10)


def test_without_a_free_core_it_may_only_not_have_had_its_turn(machine: Machine) -> None:
    """A starved process is not a hang; only the clock on the wall ends it."""
    own = machine.own()
    machine.pass_by(10, idle=4)
    assert not own.stands_still(10)
    assert own.taken() == 2


def test_cores_that_were_free_before_say_nothing_of_now(machine: Machine) -> None:
    """Idle time is that of the stretch in which the code stood still."""
    own = machine.own()
    machine.pass_by(10, computed=10, idle=10)
    assert not own.stands_still(10)
    machine.pass_by(10, idle=1)
    assert not own.stands_still(10)


def test_who_computes_now_and_then_does_not_stand_still(machine: Machine) -> None:
    """Every stretch with some of it begins the next."""
    own = machine.own()
    for _ in range(20):
        machine.pass_by(9, computed=0.2, idle=17)
        assert not own.stands_still(10)


def test_half_a_second_without_a_turn_means_nothing(machine: Machine) -> None:
    """On a busy machine code may wait for its turn for longer than half a second."""
    own = machine.own()
    machine.pass_by(1.9, idle=3)
    assert not own.stands_still(0.5)
    machine.pass_by(0.2, idle=0.4)
    assert own.stands_still(0.5)
