"""This machine as it looks to a user who may enter every folder on the way to Python and to the tests.

root's Python may lie below a folder that is shut for others, and then neither an ordinary user nor the level
`restricted` could be tried here. `python tests/machine_view.py UID COMMAND...` runs a command as that user (0 is root).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from grader.sandbox import bubblewrap
from grader.sandbox.room import interpreter, system_folders

REPOSITORY = Path(__file__).resolve().parent.parent


def seen_by(uid: int) -> list[str]:
    """The beginning of a command that runs the rest as the user `uid`; only root can give such a view."""
    view = [*system_folders(), "--ro-bind", "/etc", "/etc", "--bind", "/proc", "/proc", "--dev", "/dev"]
    view += ["--bind-try", "/sys", "/sys"]
    view += ["--perms", "1777", "--tmpfs", "/tmp", "--perms", "1777", "--tmpfs", "/dev/shm"]
    for path in (REPOSITORY, *(path for path in interpreter() if not path.is_relative_to(REPOSITORY))):
        for parent in reversed(path.parents[:-1]):
            view += ["--perms", "0755", "--dir", str(parent)]
        view += ["--ro-bind", str(path), str(path)]
    view += ["--die-with-parent", "--chdir", str(REPOSITORY), "--"]
    drop = [f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
    return [str(bubblewrap.find() or "bwrap"), *view, *(["setpriv", *drop] if uid else [])]


if __name__ == "__main__":
    command = [*seen_by(int(sys.argv[1])), *sys.argv[2:]]
    os.execvp(command[0], command)
