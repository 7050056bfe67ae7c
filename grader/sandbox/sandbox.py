"""The sandbox as the grader sees it: places, checks begun in them, and the observations that come back.

    with Sandbox(Level.ISOLATED) as sandbox:
        place = sandbox.place(files)
        running = sandbox.begin(place, work, limits)   # the child runs; make the next place meanwhile
        observation = running.wait()

A student's fault is part of the observation. `SandboxError` is ours: nothing was observed.
"""

from typing import TYPE_CHECKING

from grader.kernel.forks import FORKS

if TYPE_CHECKING or FORKS:
    from grader.sandbox.forked_sandbox import ForkedSandbox as Sandbox
else:
    from grader.sandbox.fresh_sandbox import FreshSandbox as Sandbox

__all__ = ["Sandbox"]
