"""The trusted side of the zygote: starts it, has it fork, knows when it is gone."""

from __future__ import annotations

import array
import json
import select
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence

from grader.core.errors import SandboxError
from grader.core.limits import Level

WARM_UP_SECONDS = 180


class WarmProcess:
    """The trusted side of the warm process. It has a clean environment, no inherited descriptor, its own session."""

    def __init__(self, level: Level) -> None:
        self._said = tempfile.TemporaryFile()
        self._socket, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            [sys.executable, "-s", "-P", "-B", "-m", "grader.worker.zygote", str(far.fileno()), level],
            env=_student_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            pass_fds=(far.fileno(),),
            start_new_session=True,
            cwd="/",
        )
        far.close()
        self._waiting = threading.Lock()
        self._ready = False

    def fork(self, door: int, groups: Sequence[int]) -> None:
        """Fork a joiner that waits at `door`. Waits for the warm-up the first time.

        Raises `SandboxError` where the process is gone.
        """
        try:
            self._warm()
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

    def _warm(self) -> None:
        with self._waiting:
            if self._ready:
                return
            self._socket.settimeout(WARM_UP_SECONDS)
            said = self._socket.recv(4096)
            self._socket.settimeout(None)
            if not said:
                self._process.wait()
                raise SandboxError(f"the warm process did not start{self._last_words()}")
            if json.loads(said)["threads"] != 1:
                self._process.kill()
                raise SandboxError("the warm process has several threads; its forks could hang")
            self._ready = True

    def _last_words(self) -> str:
        try:
            self._said.seek(0)
            lines = self._said.read().decode(errors="replace").strip().splitlines()
        except ValueError:  # another thread has closed and replaced this process meanwhile
            return ""
        return f": {lines[-1]}" if lines else ""


def _student_environment() -> dict[str, str]:
    """The environment of the zygote, and so of student code: nothing of ours is in it."""
    return {
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
    }
