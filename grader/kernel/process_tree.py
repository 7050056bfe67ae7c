"""A process and what it starts, ended together as far as the system lets anybody: POSIX by group, Windows by tree."""

import contextlib
import os
import signal
import subprocess
from typing import Any


def apart() -> dict[str, Any]:
    """What `Popen` needs for a process that `kill_tree` is to end."""
    if hasattr(os, "killpg"):
        return {"start_new_session": True}
    return {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0)}


def kill_tree(process: subprocess.Popen[Any]) -> None:
    """Kill the process and what it has started, at once; does not wait for their end."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):  # all ended; macOS says so of zombies
            os.killpg(process.pid, signal.SIGKILL)
    elif os.name == "nt" and process.poll() is None:
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
    process.kill()
