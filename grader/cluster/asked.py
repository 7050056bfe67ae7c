"""What a worker is asked, and what it answers: values of ours there, bytes in a format of ours back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from grader.cluster.machine import Machine
from grader.cluster.sent_assignment import SentAssignment
from grader.core.limits import Level
from grader.core.submission import Submission
from grader.grading.grade import RUN_WHAT_CHANGED, RerunRule
from grader.results.report import Report
from grader.results.stored import Stored


@dataclass(frozen=True, slots=True)
class Job:
    """What all questions of a run share, sent once to each worker. `run` is the run's own name."""

    run: str
    assignment: SentAssignment
    digest: str  # of the assignment
    machine: Machine  # the teacher's
    level: Level
    device: str


class Ask(StrEnum):
    """What to do: make everything ready, or what the method of `Session` with this name does."""

    READY = "ready"
    PUBLIC = "public"
    HIDDEN = "hidden"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to do for one submission. `report` is the one that `again` is about, or `hidden` completes.

    `submission` is None where there is none, or the worker has had it by its `digest`.
    """

    run: str
    ask: Ask
    digest: str = ""
    submission: Submission | None = None
    report: Report | None = None
    before: Report | None = None
    rerun: RerunRule = RUN_WHAT_CHANGED


@dataclass(frozen=True, slots=True)
class Answer:
    """A report; or why this worker grades nothing of this run (`refused`); or why it failed on this (`trouble`).

    `lacks` where it no longer has the submission, and has to be sent it.
    """

    report: Report | None = None
    refused: str = ""
    trouble: str = ""
    lacks: bool = False


ANSWER = Stored(Answer, 1, "grade again")
