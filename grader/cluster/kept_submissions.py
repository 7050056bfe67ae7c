"""The submissions that a worker has been sent, so that they travel to it once and not for each of its questions."""

from __future__ import annotations

import threading
from collections import OrderedDict

from grader.core.submission import Submission

KEEP_BYTES = 256 * 2**20  # of files, on each worker; classes with weights are larger than their code


class KeptSubmissions:
    """By digest, those that were asked for last. Safe to use from several threads."""

    def __init__(self, room: int = KEEP_BYTES) -> None:
        self._room = room
        self._bytes = 0
        self._kept: OrderedDict[str, Submission] = OrderedDict()
        self._using = threading.Lock()

    def keep(self, digest: str, submission: Submission) -> None:
        """Keep it in place of those that nobody has asked for longest; one that is too large alone is not kept."""
        with self._using:
            if digest not in self._kept:
                self._kept[digest] = submission
                self._bytes += _size(submission)
            self._kept.move_to_end(digest)
            while self._bytes > self._room:
                self._bytes -= _size(self._kept.popitem(last=False)[1])

    def get(self, digest: str) -> Submission | None:
        """The submission, where it is still there."""
        with self._using:
            if digest in self._kept:
                self._kept.move_to_end(digest)
            return self._kept.get(digest)


def _size(submission: Submission) -> int:
    files = (*submission.files.values(), *submission.given.values(), *(each.content for each in submission.figures))
    return sum(map(len, files)) + sum(len(each.text or "") for each in submission.answers.values())
