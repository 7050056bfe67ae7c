"""What a `kill -9` in the middle of a run leaves behind."""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path


def killed(run: Callable[[], object], out: Path, *, at: int) -> None:
    """Do it in a child process that is killed when it opens, or moves into place, the file number `at` below `out`.

    For what needs no sandbox: a `RecordedSandbox` must know all that it is asked.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of this process hold nothing that `run` needs
        child = os.fork()
    if child == 0:
        try:
            _kill_at(out, at)
            run()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, f"it ended before file {at}"


def _kill_at(out: Path, at: int) -> None:
    left, counting = at, threading.Lock()

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in ("open", "os.rename") and str(arguments[0]).startswith(str(out)):
            with counting:
                left -= 1
                if not left:
                    os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
