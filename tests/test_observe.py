"""Observing gives every room back, whatever becomes of the time."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.assignment.assignment import load_assignment
from grader.core.limits import Limits
from grader.core.observation import Fault, Observation
from grader.core.verdict import Outcome
from grader.grading.observe import observe
from grader.grading.tasks import tasks_of

TINY = Path(__file__).parent / "tiny/assignments/tiny"


class FakeRunning:
    """A check that took all the time there is."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def wait(self) -> Observation:
        """What came back."""
        return Observation({"x": 1}, self.seconds)


class FakeSandbox:
    """A sandbox that counts its rooms; each check in it takes `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.rooms: list[object] = []

    def place(self, files: Mapping[str, bytes], *, secret: bool = False) -> object:
        """A room that is open."""
        self.rooms.append(room := object())
        return room

    def begin(self, room: object, work: Mapping[str, Any], limits: Limits) -> FakeRunning:
        """The check takes over the room and ends it."""
        self.rooms.remove(room)
        return FakeRunning(self.seconds)

    def discard(self, room: object) -> None:
        """The room is given up."""
        self.rooms.remove(room)


def observed(sandbox: Any, most: int | None = None) -> list[Observation | None]:
    """The observations of all tasks of the tiny assignment, or of the first few."""
    assignment = load_assignment(TINY)
    running = observe(sandbox, assignment, {"maths.py": b""}, tasks_of(assignment.checks))
    return [each.observation for each, _ in zip(running, range(most or 99), strict=False)]


def test_when_the_time_is_spent_the_rest_are_not_run_and_no_room_is_left() -> None:
    """The room that was made for the next check is given back."""
    sandbox = FakeSandbox(seconds=16)  # of 30: the imports take 16, the first check the rest
    first, *rest = observed(sandbox)
    assert first == Observation({"x": 1}, 16)
    assert len(rest) == 4
    for each in rest:
        assert each is not None
        assert isinstance(each.result, Fault)
        assert each.result.outcome is Outcome.TIME_LIMIT
        assert each.result.message == "not run: the 30 s that one submission may take are used up"
    assert sandbox.rooms == []


def test_a_caller_that_stops_early_leaves_no_room() -> None:
    """Nor does one that goes on to the end."""
    for most in (1, 2, None):
        sandbox = FakeSandbox(seconds=1)
        observed(sandbox, most)
        assert sandbox.rooms == []
