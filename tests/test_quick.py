"""What `make quick` runs is quick, because nothing else can be in it."""

import os
import subprocess
import sys

import pytest
from tiny_course import Course

from grader.core.limits import Level
from grader.sandbox.sandbox import Sandbox


def test_a_quick_test_that_starts_a_process_fails() -> None:
    """By whatever function, and with a word on what to do."""
    with pytest.raises(pytest.fail.Exception, match="mark it `process`"):
        subprocess.run([sys.executable, "-c", ""], check=True)
    with pytest.raises(pytest.fail.Exception, match="mark it `process`"):
        os.fork()


def test_a_quick_test_that_starts_a_sandbox_fails() -> None:
    """Not only one that asks for it by a fixture."""
    with pytest.raises(pytest.fail.Exception, match="mark it `process`"):
        Sandbox(Level.SEPARATE)


def test_what_asks_for_no_sandbox_is_quick(request: pytest.FixtureRequest) -> None:
    """Without saying so."""
    assert request.node.get_closest_marker("quick")


def test_what_asks_for_one_indirectly_is_not(request: pytest.FixtureRequest, tiny: Course) -> None:
    """The tiny course is regenerated in a sandbox."""
    assert not request.node.get_closest_marker("quick")


@pytest.mark.process
def test_a_marked_test_may_start_one(request: pytest.FixtureRequest) -> None:
    """It is not quick."""
    assert not request.node.get_closest_marker("quick")
    subprocess.run([sys.executable, "-c", ""], check=True)
