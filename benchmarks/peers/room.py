"""The room in which peers run hostile submissions: bubblewrap, an ordinary user, no network, this class's folder.

No peer contains what it runs, so each of its commands gets such a room. All of the machine that the room shows is
read-only, but the class's folder is the user's: what the peer could have lost there, it can lose here.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from benchmarks.peers.place import REPOSITORY, Place
from grader.sandbox import bubblewrap
from grader.sandbox.room import interpreter, system_folders

USER = 65533  # who root becomes
MEMORY = 8 << 30  # bytes for each process, and of files
FILE = 1 << 30
LEFT = "left.txt"
# What the command leaves running is listed before the room ends.
INSIDE = f'"$@"; status=$?; cat /proc/[0-9]*/cmdline | tr "\\0" " " >> "$COURSE/{LEFT}"; exit $status'


def give_away(place: Place) -> None:
    """Make the class's folder the user's that commands in the room run as."""
    if os.getuid() == 0:
        subprocess.run(["chown", "-R", f"{USER}:{USER}", str(place.folder)], check=True)


def inside(place: Place, command: list[str]) -> list[str]:
    """The command, in a room."""
    view = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--new-session"]
    view += [*system_folders(), "--ro-bind", "/etc", "/etc", "--proc", "/proc", "--dev", "/dev"]
    view += ["--perms", "1777", "--tmpfs", "/tmp", "--perms", "1777", "--tmpfs", "/dev/shm"]
    shown = (REPOSITORY, *interpreter(), place.python.parent.parent)
    for path in dict.fromkeys(shown):
        view += [*_parents(path), "--ro-bind", str(path), str(path)]
    view += [*_parents(place.folder), "--bind", str(place.folder), str(place.folder), "--chdir", str(place.folder)]
    drop = [f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
    user = ["setpriv", *drop, "--no-new-privs"] if os.getuid() == 0 else []
    limits = ["prlimit", f"--as={MEMORY}", f"--fsize={FILE}", "--core=0"]
    return [str(bubblewrap.find() or "bwrap"), *view, "--", *user, *limits, "sh", "-c", INSIDE, "sh", *command]


def _parents(path: Path) -> list[str]:
    return [part for parent in reversed(path.parents[:-1]) for part in ("--perms", "0755", "--dir", str(parent))]
