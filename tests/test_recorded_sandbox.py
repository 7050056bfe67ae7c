"""The sandbox of class-sized tests says what the real one says, and asks it once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tiny_course import Course, square

from benchmarks.recorded_sandbox import RecordedSandbox
from grader.core.errors import SandboxError
from grader.core.limits import Limits
from grader.grading.tasks import tasks_of
from grader.sandbox.sandbox import Sandbox


def test_the_second_of_two_equal_submissions_is_not_run(best: Sandbox, tiny: Course) -> None:
    """Its report is the first one's, which is what the real sandbox gives; another submission is run."""
    recorded: Any = RecordedSandbox(best)
    first = tiny.grade(recorded)
    asked = recorded.run
    assert asked == 2 + len(tasks_of(tiny.context.checks))  # the imports, each case, and the answers in the source
    assert tiny.grade(recorded) == first
    assert (recorded.run, recorded.replayed) == (asked, asked)
    real = tiny.grade(best)
    assert [each.outcome for each in first.verdicts] == [each.outcome for each in real.verdicts]
    assert tiny.grade(recorded, maths=square("return -x")).points < first.points
    assert recorded.run > asked


def test_equal_requests_of_many_threads_are_run_once(best: Sandbox) -> None:
    """All get what the one gave; other work and other limits are other requests."""
    recorded = RecordedSandbox(best)

    def ask(seconds: float, *imports: str) -> object:
        work = {
            "imports": list(imports),
            "package": "hw",
            "form": "package",
            "notebook": None,
            "skip_calls": [],
            "files": [],
        }
        place = recorded.place({"submission/hw/mine.py": b"raise ValueError('mine')"})
        return recorded.begin(place, work, Limits(seconds)).wait()

    with ThreadPoolExecutor(4) as pool:
        seen = [each.result() for each in [pool.submit(ask, 10, "hw.mine") for _ in range(8)]]
    assert all(each is seen[0] for each in seen)
    assert (recorded.run, recorded.replayed) == (1, 7)
    ask(11, "hw.mine")
    ask(10)
    assert recorded.run == 3


def test_where_the_sandbox_fails_nothing_is_kept() -> None:
    """The next request of the kind is tried anew."""

    class Failing:
        level = device = ""

        def place(self, files: object, *, secret: bool = False) -> object:
            raise SandboxError("no room")

    recorded: Any = RecordedSandbox(Failing())  # type: ignore[arg-type]
    for asked in (1, 2):
        with pytest.raises(SandboxError, match="no room"):
            recorded.begin(recorded.place({}), {}, Limits(1)).wait()
        assert (recorded.run, recorded.replayed) == (asked, 0)
