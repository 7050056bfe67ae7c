"""The doctor: what this machine has, which sandbox level it gives, and live attempts to break out of it.

The attempts are checks like any other (`canaries/checks.py`), made by code in the sandbox on real things of ours: a
file, an environment variable, this process, a server. What they say of themselves is held against what we see here.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.assignment.assignment import load_assignment
from grader.core.errors import UsageError
from grader.core.limits import Level
from grader.core.observation import Fault, Observation
from grader.core.text import counted
from grader.core.verdict import Outcome
from grader.core.version import VERSION
from grader.grading.observe import observe
from grader.grading.tasks import tasks_of
from grader.kernel import landlock
from grader.sandbox import bubblewrap
from grader.sandbox.cgroup import find_parents
from grader.sandbox.devices import gpus
from grader.sandbox.processor_time import can_see_processes
from grader.sandbox.sandbox import Sandbox

CANARIES = Path(__file__).with_name("canaries")
PACKAGES = ("torch", "torchvision", "numpy")
VARIABLE = "GRADER_DOCTOR_CANARY"
# What the grader's own limits stop does not say so itself.
STOPPED = {"never_ends": Outcome.TIME_LIMIT, "prints": Outcome.OUTPUT_LIMIT, "memory": Outcome.MEMORY_LIMIT}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of code in the sandbox: what it tried, and what stopped it or what it got."""

    claim: str
    blocked: bool
    how: str


def describe() -> Mapping[str, str]:
    """What matters of this machine, by name."""
    versions = [f"Python {platform.python_version()}", *(f"{each} {_version(each)}" for each in PACKAGES)]
    walls = [
        f"Linux {platform.release()}",
        bubblewrap.describe(),
        f"Landlock ABI {landlock.abi() or 'none'}",
    ]
    groups = find_parents()
    counted = f"cgroups version {groups.version}: memory and processes of a check count together" if groups else ""
    if groups and groups.counts_time:
        clock = "processor time of a check's processes, counted by its cgroup"
    elif can_see_processes():
        clock = "processor time of a check's processes, as /proc tells it"
    else:
        clock = "the clock on the wall, as /proc hides what processes take: a busy machine makes checks run out of time"
    return {
        "grader": f"{VERSION} ({', '.join(versions)})",
        "system": ", ".join(walls),
        "limits": counted or "cgroups cannot be made here: memory is limited for each process, not for all together",
        "time": clock,
        "devices": _devices(),
    }


def attempts(level: Level) -> list[Attempt]:
    """Try every canary at a level that this machine gives."""
    assignment = load_assignment(CANARIES)
    with _targets() as targets:
        source = "\n".join(f"{name} = {value!r}" for name, value in targets.items())
        tried = {}
        with Sandbox(level) as sandbox:
            for seen in observe(sandbox, assignment, {"target.py": source.encode()}, tasks_of(assignment.checks)):
                tried[seen.task.check.name] = seen
            outside = _seen_outside(targets)
    return [
        Attempt(each.task.check.claim, *_judge(name, each.observation, each.trouble, outside.get(name, "")))
        for name, each in tried.items()
    ]


def _judge(name: str, observation: Observation | None, trouble: str, outside: str) -> tuple[bool, str]:
    """Whether it was blocked, and how. What we saw out here counts first; no evidence is not a pass."""
    if outside:
        return False, outside
    if observation is None:
        return False, f"not known: {trouble}"
    if isinstance(observation.result, Fault):
        expected = STOPPED.get(name) is observation.result.outcome
        return expected, observation.result.message if expected else f"not known: {observation.result.message}"
    reached = observation.result["reached"]
    return (False, f"reached: {reached}") if reached else (True, str(observation.result["how"]))


def _seen_outside(targets: Mapping[str, str | int]) -> dict[str, str]:
    """What has really happened to our things, whatever the code in the sandbox says."""
    precious = Path(str(targets["PRECIOUS"]))
    found = {}
    if precious.read_text() != "precious":
        found["writes"] = "one of the grader's files was changed"
    if precious.stat().st_mode & 0o777 != 0o666:
        found["changes"] = "the permissions of one of the grader's files were changed"
    deadline = time.monotonic() + 3  # the last remains are removed in the background
    while alive := _named(str(targets["DAEMON"])):
        if time.monotonic() > deadline:
            found["leaves"] = f"process {alive[0]} still runs"
            break
        time.sleep(0.05)
    return found


@contextlib.contextmanager
def _targets() -> Iterator[dict[str, str | int]]:
    """Things of ours for the canaries to reach for, every one of them real."""
    secret = f"canary-{os.urandom(8).hex()}"
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="grader-doctor-")))
        folder.chmod(0o755)
        (folder / "secret").write_text(secret)
        (folder / "precious").write_text("precious")
        (folder / "precious").chmod(0o666)
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        name = f"grader-{secret}"
        for address in (str(folder / "service"), f"\0{name}"):
            service = stack.enter_context(socket.socket(socket.AF_UNIX))
            service.bind(address)
            service.listen()
        (folder / "service").chmod(0o777)
        os.environ[VARIABLE] = secret
        stack.callback(os.environ.pop, VARIABLE)
        yield {
            "SECRET_FILE": str(folder / "secret"),
            "PRECIOUS": str(folder / "precious"),
            "VARIABLE": VARIABLE,
            "GRADER": os.getpid(),
            "PORT": server.getsockname()[1],
            "SERVICE": str(folder / "service"),
            "NAME": name,
            "DAEMON": f"gd-{os.getpid()}",
            "LEFT": name,
        }
        for shared in ("/tmp", "/dev/shm"):  # where nothing protects, the canary did leave it
            Path(shared, name).unlink(missing_ok=True)


def _named(name: str) -> list[int]:
    """The living processes of this name."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            before, _, after = path.read_text().rpartition(")")
            if before.partition(" (")[2] == name and after.split()[0] not in "ZX":
                found.append(int(before.partition(" ")[0]))
    return found


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _devices() -> str:
    try:
        names = ", ".join(gpu.name for gpu in gpus())
    except UsageError:
        names = "no CUDA device"
    return f"{counted(os.cpu_count() or 1, 'core')}, {names}"
