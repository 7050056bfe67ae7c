"""Errors by whom they concern: the author of an assignment, the person at the command line, or ourselves."""

from collections.abc import Sequence


class AuthorError(Exception):
    """An assignment is wrong; every problem found, each as one line `where: what; do this`."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class UsageError(Exception):
    """What was asked cannot be done; one sentence `where: what; do this`."""


class SandboxError(Exception):
    """The sandbox itself failed. Never the student's fault, never a zero."""


class WireError(Exception):
    """Bytes that are not a valid frame; the message says what is wrong with them."""
