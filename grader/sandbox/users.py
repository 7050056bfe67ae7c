"""Users that no account has: as root each check runs as one that no other running check has, of this grader or another.

Two checks that share a user could end each other's processes, and the kernel counts processes for each user.
"""

from __future__ import annotations

import fcntl
import os
import random
import time
from pathlib import Path

from grader.core.errors import SandboxError, UsageError

SPARE_UIDS = range(64_000, 64_256)
LOCKS = Path("/run/grader-users")  # root's own; a user is lent while the file of that number is locked
FREE_SECONDS = 60


class SpareUsers:
    """Lends the users. Safe to use from several threads and processes; what a killed grader held is free again.

    Raises `UsageError` where `locks` is not a folder and cannot be made one.
    """

    def __init__(self, locks: Path = LOCKS) -> None:
        self._locks = locks
        self._held: dict[int, int] = {}
        try:
            locks.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"{locks}: cannot be created ({error.strerror}); as root, grader records there which users run student "
                "code; make it writable, or start as an ordinary user"
            ) from None

    def lend(self) -> int:
        """A uid that nobody else has until it is given back. Raises `SandboxError` where none comes free."""
        deadline = time.monotonic() + FREE_SECONDS
        while time.monotonic() < deadline:
            for uid in random.sample(SPARE_UIDS, len(SPARE_UIDS)):
                if self._lock(uid):
                    return uid
            time.sleep(0.05)
        raise SandboxError("no unprivileged user is free; use fewer jobs")

    @property
    def lent(self) -> int:
        """How many this grader has not got back."""
        return len(self._held)

    def give_back(self, uid: int) -> None:
        """Only once its last process has ended."""
        os.close(self._held.pop(uid))

    def _lock(self, uid: int) -> bool:
        file = os.open(self._locks / str(uid), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._held[uid] = file
        return True
