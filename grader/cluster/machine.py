"""What verdicts depend on of a machine: where two differ in it, they may grade differently."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from grader.core.digest import digest
from grader.core.own_files import OURS
from grader.core.text import printable
from grader.core.version import VERSION
from grader.grading.environment import installed_versions

TOLD = 3  # of the distributions that differ


@dataclass(frozen=True, slots=True)
class Machine:
    """The versions on a machine. `code` is a digest of grader's own files, `packages` are what rooms show."""

    grader: str
    code: str
    python: str
    torch: str
    packages: tuple[str, ...]

    @classmethod
    def here(cls) -> Self:
        """This one."""
        import torch

        return cls(VERSION, _code(), platform.python_version(), str(torch.__version__), installed_versions())

    def unlike(self, teachers: Machine) -> str:
        """How it differs from the teacher's, as the rest of a sentence; empty where it does not."""
        different = ", ".join(self._differences(teachers))
        return f"{different}; install the same on both" if different else ""

    def _differences(self, teachers: Machine) -> Iterator[str]:
        for name in ("grader", "python", "torch"):
            here, there = getattr(self, name), getattr(teachers, name)
            if here != there:
                yield f"has {name} {printable(here)} where the teacher's machine has {printable(there)}"
                return
        if self.code != teachers.code:
            yield f"has other files of grader {self.grader} than the teacher's machine"
        elif self.packages != teachers.packages:
            only = sorted({*self.packages} ^ {*teachers.packages})
            more = f" and {len(only) - TOLD} more" if len(only) > TOLD else ""
            yield f"has other packages than the teacher's machine (only one has {', '.join(only[:TOLD])}{more})"


def _code() -> str:
    files = sorted(OURS.rglob("*.py"))
    return digest(*(part for file in files for part in (file.relative_to(OURS).as_posix(), file.read_bytes())))
