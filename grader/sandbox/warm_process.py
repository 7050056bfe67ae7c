"""The trusted side of the zygote: starts it, has it fork, knows when it is gone."""

from __future__ import annotations

import array
import json
import os
import select
import site
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from grader.core.errors import SandboxError
from grader.core.limits import Level

WARM_UP_SECONDS = 180

# The environment of the zygote, and so of student code: nothing of ours is in it but the import path.
STUDENT_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/box",
    "TMPDIR": "/tmp",
    "USER": "student",
    "LOGNAME": "student",
    "OMP_NUM_THREADS": "1",
    "MPLBACKEND": "Agg",
    "PYTHONHASHSEED": "0",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # without it cuBLAS does not repeat
    "CUDA_VISIBLE_DEVICES": "",  # a fork that is to compute on one sets its own
    "PIP_NO_INDEX": "1",  # without a network pip tries for half a minute
}

# A process that forks often asks glibc (2.35 and later) for huge pages: a fork copies an entry for each page.
HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


class WarmProcess:
    """The trusted side of the warm process. It has a clean environment, no inherited descriptor, its own session.

    It imports from where this process does, so that an installation for one user or on PYTHONPATH works. It sees no
    GPU: a fork of a process that has used one can compute nothing there.
    """

    def __init__(self, level: Level, device: str) -> None:
        self._said = tempfile.TemporaryFile()
        self._socket, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with far:
                own = () if site.ENABLE_USER_SITE else ("-s",)
                given = {**STUDENT_ENVIRONMENT, **HUGE_PAGES, **import_path()}
                self._process = subprocess.Popen(
                    [sys.executable, *own, "-P", "-B", "-m", "grader.worker.zygote", str(far.fileno()), level, device],
                    env=given if device == "cpu" else {**driver_path(), **given},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=self._said,
                    pass_fds=(far.fileno(),),
                    start_new_session=True,
                    cwd="/",
                )
        except BaseException:
            self._socket.close()
            self._said.close()
            raise
        self._waiting = threading.Lock()
        self.was_ready = False

    def wait(self) -> None:
        """Wait until it is warm. Raises `SandboxError` with its last words where it does not get there."""
        with self._waiting:
            if self.was_ready:
                return
            try:
                self._socket.settimeout(WARM_UP_SECONDS)
                said = self._socket.recv(4096)
                self._socket.settimeout(None)
            except TimeoutError:
                self._process.kill()
                raise SandboxError(f"the warm process was not ready within {WARM_UP_SECONDS} s") from None
            except OSError:  # it died with something unread
                said = b""
            if not said:
                self._process.wait()
                raise SandboxError(f"the warm process did not start{self._last_words()}")
            if json.loads(said)["threads"] != 1:
                self._process.kill()
                raise SandboxError("the warm process has several threads; its forks could hang")
            self.was_ready = True

    def fork(self, door: int, groups: Sequence[int]) -> None:
        """Fork a joiner that waits at `door`. Waits for the warm-up the first time.

        Raises `SandboxError` where the process is gone.
        """
        try:
            self.wait()
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [door, *groups]))
            self._socket.sendmsg([b"fork"], [rights])
        except OSError as error:
            raise SandboxError(f"the warm process is gone ({error}){self._last_words()}") from None

    def alive(self) -> bool:
        """Whether the process still listens: its socket hangs up a moment before it can be seen to have ended."""
        hung_up = select.poll()
        hung_up.register(self._socket, 0)
        return not hung_up.poll(0) and self._process.poll() is None

    def close(self) -> None:
        """End the process: its forks die with it."""
        self._socket.close()
        self._process.kill()
        self._process.wait()
        self._said.close()

    def _last_words(self) -> str:
        try:
            self._said.seek(0)
            lines = self._said.read().decode(errors="replace").strip().splitlines()
        except ValueError:  # another thread has closed and replaced this process meanwhile
            return ""
        return f": {lines[-1]}" if lines else ""


def import_path() -> dict[str, str]:
    """What makes a process import from where this one does, but never from its current folder; usually nothing."""
    entries = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if Path(entry).is_absolute()]
    path = {"PYTHONPATH": os.pathsep.join(entries)} if entries else {}
    return path | ({"PYTHONUSERBASE": site.getuserbase()} if site.ENABLE_USER_SITE else {})


def driver_path() -> dict[str, str]:
    """What makes a process find CUDA's driver where only our environment tells where it lies, as in some containers."""
    entries = [Path(entry) for entry in os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)]
    folders = [str(entry) for entry in entries if entry.is_absolute() and (entry / "libcuda.so.1").exists()]
    return {"LD_LIBRARY_PATH": os.pathsep.join(folders)} if folders else {}
