"""A place where no process can be forked: a temporary folder, and a fresh process in it that imports torch meanwhile.

The process is told on its standard input where to connect to, on this machine, and a word by which it is known. Its
first connection is the control: requests go there, and its end is that of the process. For each case it makes another
one, for the result, known by a word of its own. What it prints goes to a file. See `grader.worker.fresh`.
"""

from __future__ import annotations

import contextlib
import hmac
import io
import json
import os
import secrets
import shutil
import site
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.core.errors import SandboxError
from grader.kernel.process_tree import apart, kill_tree
from grader.sandbox.clock import Clock
from grader.sandbox.room import INSIDE, OUTSIDE
from grader.sandbox.warm_process import STUDENT_ENVIRONMENT, WARM_UP_SECONDS, import_path

ANSWER_SECONDS = 20  # for a process that is there to greet
# On the clock, for what a fresh process has not imported yet: torch's compiler at a first step, torchvision, plots.
IMPORT_SECONDS = 10
END_SECONDS = 5  # for one that has hung up to end
LOOK = 0.1  # seconds between two looks at whether a process that has not greeted yet is there
HERE = "127.0.0.1"
KEPT = ("PATH", "SYSTEMROOT", "PROCESSOR_ARCHITECTURE")  # Windows opens no socket without its SYSTEMROOT


class FreshSlot:
    """Made ahead where that can be: to import torch takes longer than much of what is checked."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="grader-fresh-")).resolve()
        for folder in (*INSIDE, *OUTSIDE):
            (self.root / folder).mkdir()
        self._printed = self.root / "log"
        self._listener = socket.create_server((HERE, 0))
        self._listener.settimeout(LOOK)
        self._word = secrets.token_hex()
        self._door: socket.socket | None = None
        try:
            self._process = self._started()
        except OSError:
            self._clear()
            raise

    def _started(self) -> subprocess.Popen[bytes]:
        own = () if site.ENABLE_USER_SITE else ("-s",)
        with self._printed.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *own, "-P", "-B", "-m", "grader.worker.fresh"],
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self.root / "box",
                **apart(),
            )
        told = {"port": self._listener.getsockname()[1], "word": self._word, "root": str(self.root)}
        assert process.stdin
        with contextlib.suppress(OSError), process.stdin:  # it has ended; `wait` says so
            process.stdin.write(json.dumps(told).encode())
        return process

    def fill(self, files: Mapping[str, bytes]) -> None:
        """Write the files (path in the place -> content). Raises `OSError`."""
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def wait(self) -> None:
        """Wait until the process has imported torch. Raises `SandboxError` with its last words where it does not."""
        if self._door is None:
            self._door = self._greeted(self._word, WARM_UP_SECONDS)

    @property
    def door(self) -> socket.socket:
        """The control; all that ever comes there is its end."""
        assert self._door
        return self._door

    def start(self, request: Mapping[str, Any]) -> None:
        """Have the process serve. Raises `SandboxError`."""
        self.wait()
        self._say(request)

    def clock(self, seconds: float, *, by_wall: bool) -> Clock:
        """One on the wall: nothing tells the processor time."""
        return Clock(seconds + IMPORT_SECONDS, None)

    def ask(self, work: Mapping[str, Any]) -> tuple[io.RawIOBase, io.FileIO]:
        """Ask for one case: where its result and its log come. Raises `SandboxError` where the process is gone."""
        word = secrets.token_hex()
        log = io.FileIO(self._printed)
        log.seek(0, os.SEEK_END)
        try:
            self._say({**work, "word": word})
            with self._greeted(word, ANSWER_SECONDS) as result:
                result.setblocking(False)
                return result.makefile("rb", buffering=0), log
        except BaseException:
            log.close()
            raise

    def exit_code(self) -> int:
        """How the process ended."""
        try:
            return self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:  # it only closed what it is asked by: that is its end for us
            return 0

    def words(self) -> bytes:
        """All of it is in the log of the case."""
        return b""

    def ran_out_of_memory(self) -> bool:
        """Not known here."""
        return False

    def has_left_something(self) -> bool:
        """The process itself looks, and ends where another case is asked for."""
        return False

    def kill(self) -> None:
        """Kill the process and, where the system can, what it has started."""
        kill_tree(self._process)

    def remove(self) -> None:
        """Wait for the end of the process, and delete the folder."""
        self._process.wait()
        self._clear()

    def _clear(self) -> None:
        self._listener.close()
        if self._door:
            self._door.close()
        shutil.rmtree(self.root, ignore_errors=True)

    def _say(self, message: Mapping[str, Any]) -> None:
        try:
            self.door.sendall(json.dumps(message).encode() + b"\n")
        except OSError as error:
            raise SandboxError(f"the process that should run the check is gone ({error})") from None

    def _greeted(self, word: str, seconds: float) -> socket.socket:
        """A connection that begins with the word; others are closed. Raises `SandboxError` where none comes."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                if self._process.poll() is not None:
                    raise SandboxError(f"a fresh process ended too early{self._last_words()}") from None
                if time.monotonic() > deadline:
                    raise SandboxError(f"a fresh process did not answer within {seconds} s") from None
                continue
            if hmac.compare_digest(_read(connection, len(word)), word.encode()):
                return connection
            connection.close()

    def _last_words(self) -> str:
        lines = self._printed.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return f": {lines[-1]}" if lines else ""

    def _environment(self) -> dict[str, str]:
        box, temporary = str(self.root / "box"), str(self.root / "tmp")
        folders = {"HOME": box, "USERPROFILE": box, "TMPDIR": temporary, "TEMP": temporary, "TMP": temporary}
        # matplotlib keeps its list of fonts there, half a second's work or more.
        fonts = {"MPLCONFIGDIR": str(Path.home() / ".cache" / "grader")}
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        return {**STUDENT_ENVIRONMENT, **kept, **folders, **fonts, "PYTHONUTF8": "1", **import_path()}


def _read(connection: socket.socket, size: int) -> bytes:
    """The first bytes of a connection; fewer where they do not come at once."""
    read = b""
    connection.settimeout(1)
    with contextlib.suppress(OSError):
        while len(read) < size and (part := connection.recv(size - len(read))):
            read += part
    connection.settimeout(None)
    return read
