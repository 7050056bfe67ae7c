"""What runs cases needs of the place in which its process is, whichever way that came to be."""

from __future__ import annotations

import io
import socket
from collections.abc import Mapping
from typing import Any, Protocol

from grader.sandbox.clock import Clock


class Place(Protocol):
    """A room and the one process in it. Where either is gone, each call raises `SandboxError`."""

    @property
    def door(self) -> socket.socket:
        """Can be read once the process has ended."""

    def start(self, request: Mapping[str, Any]) -> None:
        """Have the process begin to serve."""

    def clock(self, seconds: float, *, by_wall: bool) -> Clock:
        """The clock of one case; that on the wall where asked for, and where nothing tells processor time."""

    def ask(self, work: Mapping[str, Any]) -> tuple[io.RawIOBase, io.RawIOBase]:
        """Ask for one case; whence its result and its log can be read. A log that is a file has no end to wait for."""

    def exit_code(self) -> int:
        """How the process ended; to be asked when the door can be read."""

    def words(self) -> bytes:
        """What a process that has ended said before it served."""

    def ran_out_of_memory(self) -> bool:
        """Whether memory that all here have together ran out."""

    def has_left_something(self) -> bool:
        """Whether more than the process's own threads run here, as far as that is known from outside."""

    def kill(self) -> None:
        """Kill whatever runs here; does not wait for its end."""

    def remove(self) -> None:
        """Wait for the end of a killed place and leave nothing of it behind."""
