"""An assignment whose hidden check has a secret, and submissions that carry it to a public check in caches.

The carrier is that of the attack B17a, which needs no call but `pread` and `access`, and its own clock. Both the
measurement (`benchmarks.carriers`) and the tests of what keeps it from working use this trial.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grader.assignment.assignment import Assignment, load_assignment
from grader.grading.observe import observe
from grader.grading.regenerate import regenerate
from grader.grading.tasks import tasks_of
from grader.sandbox.sandbox import Sandbox

ATTACK = Path(__file__).resolve().parent.parent / "tests/attacks/B17a_caches_and_a_second_try.py"
CARRIER = ATTACK.read_text().partition("# ==== carrier.py\n")[2]
KINDS = ("pages", "names")  # pages of files that nobody uses, names that no file has
MANIFEST = 'title = "Carriers"\nform = "package"\npackage = "hw"\nfiles = ["mine.py"]\nreference = "reference"\n'
CHECKS = '''
from grader import check, equal

@check(points=1, seconds=SECONDS, expect=[equal("told")])
def tells(hw):
    """`tell` has nothing to tell."""
    return {"told": hw.mine.tell()}
'''
HIDDEN = '''
from grader import check, equal

@check(points=1, seconds=SECONDS, expect=[equal("kept")])
def keeps(hw):
    """`keep` returns what it is given."""
    return {"kept": hw.mine.keep("SECRET")}
'''
HONEST = """
def tell():
    return "nothing"

def keep(text):
    return text
"""
WRITES = """
def keep(text):
    carrier.write(KIND, CHANNEL, text)
    return text
"""
# Prints "carried", the bits, and the milliseconds that reading took.
READS = """
def tell():
    carrier.files()
    began = time.perf_counter()
    bits = carrier.read(KIND, CHANNEL, COUNT)
    print("carried", bits, 1000 * (time.perf_counter() - began))
    return "something"
"""


@dataclass(frozen=True)
class Trial:
    """One use of the carrier for so many bits, in a channel in which nothing has been written."""

    kind: str
    count: int
    channel: str = field(default_factory=lambda: os.urandom(6).hex())

    def files(self, *parts: str) -> dict[str, bytes]:
        """A submission of these parts."""
        constants = {"KIND": self.kind, "CHANNEL": self.channel, "COUNT": self.count}
        head = ["import time", "from hw import carrier", *(f"{name} = {value!r}" for name, value in constants.items())]
        return {"mine.py": "\n".join((*head, HONEST, *parts)).encode(), "carrier.py": CARRIER.encode()}


def write_course(folder: Path, sandbox: Sandbox, secret: str, *, seconds: float) -> Assignment:
    """The assignment, in a new folder, with its expected values; each check may take `seconds`."""
    files = {
        "assignment.toml": MANIFEST,
        "checks.py": CHECKS.replace("SECONDS", str(seconds)),
        "hidden_checks.py": HIDDEN.replace("SECONDS", str(seconds)).replace("SECRET", secret),
        "reference/hw/mine.py": HONEST,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    assignment = load_assignment(folder)
    regenerate(assignment, sandbox, jobs=1, done=lambda name: None)
    return assignment


def files_of_the_carrier(sandbox: Sandbox, assignment: Assignment) -> list[Path]:
    """The files whose pages it uses, as code in a room finds them."""
    source = CARRIER + "\n\ndef tell():\n    return ' '.join(files())\n"
    (seen,) = observe(sandbox, assignment, {"mine.py": source.encode()}, tasks_of(assignment.public))
    assert seen.observation and isinstance(seen.observation.result, Mapping), seen
    return [Path(path) for path in str(seen.observation.result["told"]).split()]


def evict(paths: Iterable[Path]) -> None:
    """Make the kernel forget the pages of these files."""
    for path in paths:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)
