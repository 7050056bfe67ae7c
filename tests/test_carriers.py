"""What code writes into the machine's caches in a hidden check reaches no public check: all of those are over by then.

The carrier is that of the attack B17a: pages of files that every room shows, and names that no file has, told apart by
the time that looking takes. Each test has its control, the same submissions in another order, in which the secret does
come through; where it does not, the carrier does not work on this machine, and the test is skipped.

Whether pages have been forgotten the kernel is asked: what the host of a virtual machine still has of them is not ours
to evict, and is read faster than a disk.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from residency import PAGE, resident
from tiny_course import buried, look, run_batch

from benchmarks import carrier_trial
from benchmarks.carrier_trial import CARRIER, HONEST, KINDS, READS, WRITES, Trial, files_of_the_carrier, write_course
from grader.core.submission import Submission
from grader.core.verdict import Outcome
from grader.grading.context import GradingContext, prepare
from grader.grading.session import Session
from grader.pages.html import student_page
from grader.results.folder import read_report
from grader.results.redaction import for_student
from grader.results.report import Report, to_json
from grader.sandbox import page_cache
from grader.sandbox.room import shown, shown_by
from grader.sandbox.sandbox import Sandbox
from grader.sandbox.slot import Slot
from grader.submissions.intake import plan

pytestmark = [pytest.mark.long, pytest.mark.solitary]  # what other tests read is in the caches, too

BITS = 256
SECRET = "".join(random.sample("01" * (BITS // 2), BITS))  # half of them 1, so that nobody gains by always saying so
TRIES = 3  # others on this machine may need the memory, and then its caches go

READS_AT_THE_SECOND_TRY = """
def tell():
    if not carrier.seen(KIND, CHANNEL):
        time.sleep(60)
    print("carried", carrier.read(KIND, CHANNEL, COUNT))
    return "something"
"""


@dataclass(frozen=True)
class Carried:
    """How many bits of the secret a student can read out of what the grader shows, and how many are wrong."""

    right: int
    wrong: int

    @property
    def is_chance(self) -> bool:
        """Whether guessing would have given as much; four standard deviations are allowed."""
        return self.right - self.wrong <= 4 * (self.right + self.wrong) ** 0.5

    @property
    def is_nearly_all(self) -> bool:
        """Whether the secret has come through, but for what a student can correct."""
        return self.right >= 0.8 * BITS and self.wrong <= 0.05 * BITS


@pytest.fixture(scope="module")
def context(best: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> GradingContext:
    """An assignment whose hidden check has the secret."""
    assignment = write_course(tmp_path_factory.mktemp("carriers") / "carriers", best, SECRET, seconds=2)
    return prepare(assignment, assignment.checks)


@pytest.fixture(scope="module")
def evict(best: Sandbox, context: GradingContext) -> Callable[[], None]:
    """Makes the kernel forget the pages of the files that the carrier uses."""
    found = files_of_the_carrier(best, context.assignment)
    assert all(map(shown_by, found))
    return partial(carrier_trial.evict, found)


class Remembering:
    """The sandbox at hand, on a machine that has no cgroups to forget what the room of a hidden check has left."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sandbox, name)

    def place(self, files: Mapping[str, bytes], *, secret: bool = False) -> Slot:
        """A place like any other."""
        return self._sandbox.place(files)


@pytest.fixture
def remembering(best: Sandbox) -> Any:
    """What hidden checks leave in caches stays there."""
    return Remembering(best)


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_try_reads_nothing(
    remembering: Any, context: GradingContext, evict: Callable[[], None], tmp_path: Path, kind: str
) -> None:
    """A public check that ran out of time is tried again before any code has seen a hidden input."""

    def class_of_two() -> Carried | None:
        twice = Trial(kind, BITS).files(WRITES, READS_AT_THE_SECOND_TRY)
        return _carried(_graded(context, remembering, tmp_path / os.urandom(3).hex(), {"twice": twice})["twice"])

    def hidden_in_between() -> Carried | None:
        submission = Submission("twice", Trial(kind, BITS).files(WRITES, READS_AT_THE_SECOND_TRY))
        session = Session(remembering, context)
        first = session.public(submission)
        if [each.outcome for each in first.waiting] != [Outcome.TIME_LIMIT]:
            return None  # what is in the caches of a busy machine has made it look as if the channel had been written
        return _carried(_shown(session.again(submission, session.hidden(submission, first))))

    _only_the_second_leaks(evict, class_of_two, hidden_in_between)


@pytest.mark.parametrize("kind", KINDS)
def test_another_submission_reads_nothing(
    remembering: Any, context: GradingContext, evict: Callable[[], None], tmp_path: Path, kind: str
) -> None:
    """The public checks of all submissions come before the first hidden one, whatever the order of the submissions."""

    def class_of_three() -> Carried | None:
        trial = Trial(kind, BITS)
        submissions = {"a-writer": trial.files(WRITES), "reader": trial.files(READS), "z-writer": trial.files(WRITES)}
        return _carried(_graded(context, remembering, tmp_path / os.urandom(3).hex(), submissions)["reader"])

    def one_after_the_other() -> Carried | None:
        trial = Trial(kind, BITS)
        session = Session(remembering, context)
        session.grade(Submission("writer", trial.files(WRITES)))
        return _carried(_shown(session.grade(Submission("reader", trial.files(READS)))))

    _only_the_second_leaks(evict, class_of_three, one_after_the_other)


def test_a_later_run_finds_nothing_where_files_were_evicted(
    best: Sandbox, remembering: Any, context: GradingContext, evict: Callable[[], None], tmp_path: Path
) -> None:
    """New bytes are run after hidden checks of an earlier run; what those left is forgotten in between."""
    trial = Trial("pages", BITS)
    places = _places(best, trial, tmp_path)

    def earlier_run() -> Carried:
        _graded(context, remembering, tmp_path / os.urandom(3).hex(), {"student": trial.files(WRITES)})
        return _in_memory(places)

    if not _first(evict, earlier_run, lambda carried: carried.is_nearly_all):
        pytest.skip("the carrier does not work on this machine: what it reads is not, or not known to be, in memory")
    page_cache.evict(shown())
    assert _in_memory(places).right == 0


def test_a_room_of_a_hidden_check_leaves_no_pages(
    best: Sandbox, remembering: Any, context: GradingContext, evict: Callable[[], None], tmp_path: Path
) -> None:
    """Where there are cgroups, what it has read is forgotten as soon as it is gone."""
    if not best.counts_memory_together:
        pytest.skip("this machine gives no cgroups")
    trial = Trial("pages", BITS)
    places = _places(best, trial, tmp_path)

    def after(sandbox: Any) -> Carried:
        Session(sandbox, context).grade(Submission("writer", trial.files(WRITES)))
        buried(best)
        return _in_memory(places)

    evict()
    assert after(best).is_chance
    if not _first(evict, lambda: after(remembering), lambda carried: carried.is_nearly_all):
        pytest.skip("the carrier does not work on this machine: what it reads is not, or not known to be, in memory")


def test_a_room_of_a_hidden_check_leaves_no_names(
    best: Sandbox, remembering: Any, context: GradingContext, evict: Callable[[], None]
) -> None:
    """Where there are cgroups, not even code that runs right after it can tell which names it has asked for."""
    if not best.counts_memory_together:
        pytest.skip("this machine gives no cgroups")

    def right_after(sandbox: Any) -> Carried | None:
        trial = Trial("names", BITS)
        session = Session(sandbox, context)
        session.grade(Submission("writer", trial.files(WRITES)))
        buried(best)
        return _carried(_shown(session.grade(Submission("reader", trial.files(READS)))))

    _only_the_second_leaks(evict, lambda: right_after(best), lambda: right_after(remembering))


def _graded(
    context: GradingContext, sandbox: Sandbox, folder: Path, submissions: Mapping[str, Mapping[str, bytes]]
) -> dict[str, str]:
    """All that each student can read of a class graded as any class is, with an honest submission in it."""
    honest = {"honest": {"mine.py": HONEST.encode()}}
    for name, files in {**honest, **submissions}.items():
        for path, content in files.items():
            place = folder / "in" / name / "hw" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    pages: dict[str, str] = {}
    run_batch(
        context,
        plan(folder / "in").entries,
        sandbox,
        folder / "out",
        page=lambda report, shown: pages.update({report.submission_id: student_page(report, shown)}),
    )
    saved = {name: read_report(folder / "out", name) for name in pages}
    assert saved["honest"] and saved["honest"].points == 2
    return {name: pages[name] + _shown(report) for name, report in saved.items() if report}


def _shown(report: Report) -> str:
    """Everything of a report that its student may see."""
    return student_page(report) + to_json(for_student(report)).decode()


def _carried(shown: str) -> Carried | None:
    """What the best of the texts that the carrier was read into says of the secret; None where there is none."""
    read = re.findall(rf"carried ([01?]{{{BITS}}})(?![01?])", shown)
    pairs = [list(zip(SECRET, each, strict=True)) for each in read]
    found = [Carried(sum(a == b for a, b in each), sum(a != b != "?" for a, b in each)) for each in pairs]
    return max(found, key=lambda carried: carried.right - carried.wrong, default=None)


def _places(sandbox: Sandbox, trial: Trial, folder: Path) -> list[tuple[Path, int]]:
    """File and offset of what the carrier looks at: two for each bit, of which the second says 1."""
    source = f"""{CARRIER}
def look():
    looked_at = [places()[place({trial.channel!r}, FIRST + number)] for number in range({2 * BITS})]
    return {{"places": [f"{{offset}} {{path}}" for path, offset in looked_at]}}
"""
    found = look(sandbox, folder / "places", source)["places"]
    return [(Path(path), int(offset)) for offset, _, path in (each.partition(" ") for each in found)]


def _in_memory(places: list[tuple[Path, int]]) -> Carried:
    """What a reader could tell that knows of each place whether it is in memory."""
    pages = {path: resident(path) for path in {path for path, _ in places}}
    there = [pages[path][offset // PAGE] for path, offset in places]
    said = [(one and not zero, zero and not one) for zero, one in zip(there[::2], there[1::2], strict=True)]
    right = sum(pair[bit == "0"] for bit, pair in zip(SECRET, said, strict=True))
    return Carried(right, sum(map(any, said)) - right)


def _only_the_second_leaks(
    evict: Callable[[], None], graded: Callable[[], Carried | None], control: Callable[[], Carried | None]
) -> None:
    """Where the public check reads the carrier it reads nothing as `graded`, and the secret in the control."""
    carried = _first(evict, graded, lambda carried: True)
    if not carried:
        pytest.skip("the carrier does not work on this machine: no public check got as far as reading it")
    assert carried.is_chance, carried
    if not _first(evict, control, lambda carried: carried.is_nearly_all):
        pytest.skip("the carrier does not work on this machine: the secret does not come through in the control")


def _first(
    evict: Callable[[], None], attempt: Callable[[], Carried | None], good: Callable[[Carried], bool]
) -> Carried | None:
    for _ in range(TRIES):
        evict()
        carried = attempt()
        if carried and good(carried):
            return carried
    return None
