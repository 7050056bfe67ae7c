"""A fresh process that serves the cases of one group, where no process can be forked.

Started as `-m grader.worker.fresh`, with its log as standard output and error, and one JSON object on its standard
input: {"port", "word", "root"}. It imports torch, connects to that port of this machine and says the word. What comes
back on that connection are lines of JSON: first what all requests share, then one request after another, each with a
word of its own, which it says on a new connection before it sends the result there. See `work`.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import queue
import shutil
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.core.without_collection import without_collection

if TYPE_CHECKING:
    from grader.worker.cell_trial import Runner, Trial

HERE = "127.0.0.1"
SETTLING_SECONDS = 0.2  # what a case has started may still be on its way out


def main() -> None:
    """Import torch, say so, and serve until the other end is closed."""
    told = json.loads(sys.stdin.read())
    sys.argv[:] = [""]
    vars(sys.modules["__main__"]).pop("__file__", None)  # multiprocessing's spawn would look for it
    with without_collection():
        from grader.worker.torch_settings import make_optimizers_cheap, settle_torch
        from grader.worker.work import serve

        kept = settle_torch()  # noqa: F841  the override of dropout lives as long as this reference
        make_optimizers_cheap()
    root = Path(told["root"])
    channel = FreshChannel(told["port"], told["word"], root)
    if common := channel.receive_line():
        serve(common, root, channel)


class FreshChannel:
    """One case after another, each with a connection of its own for its result."""

    def __init__(self, port: int, word: str, root: Path) -> None:
        self._port = port
        self._root = root
        self._lines: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        threading.Thread(target=self._listen, args=(self._greet(word),), daemon=True).start()
        self._threads = threading.active_count()
        self._result: socket.socket | None = None

    def receive_line(self) -> dict[str, Any] | None:
        """The next thing that is said; None where nobody is there any more."""
        return self._lines.get()

    def receive(self) -> dict[str, Any] | None:
        """The next request; None where nobody asks any more, or a case has left something that runs on."""
        asked = self.receive_line()
        if self._result:
            self._result.close()
        if asked is None or not self._is_alone():
            return None
        self._result = self._greet(asked.pop("word"))
        return asked

    def send(self, data: bytes) -> None:
        """Part of the result."""
        assert self._result
        self._result.sendall(data)

    def runner(self, trial: Trial) -> Runner:
        """A process that runs the cells of a notebook."""
        from grader.worker.fresh_runner import FreshRunner

        return FreshRunner(trial)

    def _greet(self, word: str) -> socket.socket:
        connection = socket.create_connection((HERE, self._port))
        connection.sendall(word.encode())
        return connection

    def _listen(self, control: socket.socket) -> None:
        """In a thread, so that this process ends with the one that asks, whatever student code does, and its folder."""
        try:
            with control, control.makefile("rb") as lines:
                for line in lines:
                    self._lines.put(json.loads(line))
        finally:
            shutil.rmtree(self._root, ignore_errors=True)
            os._exit(0)

    def _is_alone(self) -> bool:
        deadline = time.monotonic() + SETTLING_SECONDS
        while threading.active_count() > self._threads or multiprocessing.active_children():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True


if __name__ == "__main__":
    main()
