"""GPUs that are not there, for what is to be tested without any: `devices.gpus` is the one place that knows of them."""

from __future__ import annotations

import pytest

from grader.core.limits import Level
from grader.sandbox import forked_sandbox
from grader.sandbox.devices import Gpu
from grader.sandbox.levels import best_level
from grader.sandbox.sandbox import Sandbox

GIB = 1 << 30
# A file of /dev that is on every machine and in no other room.
GPUS = (Gpu("GPU-a", "Small", 8 * GIB, ("/dev/tty",)), Gpu("GPU-b", "Large", 16 * GIB, ("/dev/tty",)))


def sandbox_on(device: str) -> Sandbox:
    """A sandbox whose places are lent these GPUs. On `cpu:0`, the processor by the name of a device, they compute."""
    level = best_level()[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forked_sandbox, "gpus", lambda: GPUS)
        return Sandbox(Level.SEPARATE if level is Level.RESTRICTED else level, device=device)
