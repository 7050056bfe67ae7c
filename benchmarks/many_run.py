"""One run of `benchmarks.many`, in a process of its own: python -m benchmarks.many_run SOURCE OUT [ADDRESS].

Does what `grader grade` does, in recorded rooms; those of a cluster's workers are recorded there.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from grader.grading.class_plan import Asked, ClassPlan, make_results, plan_class, record_class
from grader.grading.unchanged import Origin, Page, keep_unchanged
from grader.pages.write import settle_class, write_student_page
from grader.results.decisions import read_decisions
from grader.results.history import add_run, attempts_in, read_runs
from grader.results.lock import only_writer
from grader.results.marks import InShort
from grader.results.report import Illustrations, Report
from grader.sandbox.levels import best_level
from grader.sandbox.processor_time import CORES, TICK

ASSIGNMENT = Path(__file__).resolve().parent.parent / "assignments/cnn"
EVERY = 1000


class Meter:
    """Prints what this process holds of the memory, and its own processor time since the line before."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()
        self._before = self._starting = 0.0

    def say(self, what: str, *, is_start: bool = False) -> None:
        """Print a line, of what was done, or of what starting takes however large the class is."""
        now = time.process_time()
        print(f"  {what:28} {memory('self'):6.0f} MiB {now - self._before:9.2f} s", flush=True)
        self._starting += is_start * (now - self._before)
        self._before = now

    def saw(self, what: str) -> None:
        """One more of these; every so often that is a line."""
        self._seen[what] += 1
        if self._seen[what] % EVERY == 0:
            self.say(f"{self._seen[what]} {what}")

    def total(self, submissions: int) -> None:
        """Print the last line."""
        each = 1000 * (self._before - self._starting) / submissions
        print(f"  {each:.1f} ms of processor time for each submission, beside what starting takes", flush=True)


def memory(process: int | str) -> float:
    """MiB of the machine's memory that a process holds."""
    status = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS:"))


def processor_time(process: int | str) -> float:
    """Seconds that a process has taken of the processors, those below it left out."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / TICK


def main(source: Path, out: Path, address: str = "") -> None:
    """Plan, keep what stands, grade the rest, and settle."""
    meter = Meter()
    level = best_level()[0]
    meter.say("Python and grader", is_start=True)
    make_results(out)
    with only_writer(out):
        plan = plan_class(ASSIGNMENT, [source], out, Asked())
        runs = read_runs(out)
        decisions, attempts = read_decisions(out), attempts_in(runs)
        known: dict[str, InShort] = {}

        def page(report: Report, shown: Illustrations) -> None:
            known[report.submission_id] = write_student_page(
                out, plan.record, report, shown, decisions=decisions, attempts=attempts
            )
            meter.saw("reports")

        record_class(plan, out)
        meter.say("intake")
        rest = keep_unchanged(plan, out, Origin.of(ASSIGNMENT, level, "cpu"), page)
        meter.say(f"{len(plan.entries) - len(rest.entries)} kept")
        if rest.entries or rest.aside:
            _grade(rest, out, address, page, meter)
        book, reports = settle_class(out, known=known)
        meter.say("gradebook and class page")
        add_run(out, runs, "grade", book, reports)
        meter.say("history")
        meter.total(len(plan.entries))


def _grade(plan: ClassPlan, out: Path, address: str, page: Page, meter: Meter) -> None:
    from benchmarks.recorded_worker import recorded
    from grader.assignment.assignment import load_assignment
    from grader.cli.cluster import graders
    from grader.cluster.connection import Address
    from grader.grading.batch import BatchListener
    from grader.grading.class_run import grade_class
    from grader.grading.session import Checks, Session

    listener = BatchListener(half=lambda report: meter.saw("public halves"))
    with recorded(best_level()[0]) as sandbox:
        session = Session.of(sandbox, load_assignment(ASSIGNMENT), checks=Checks.ALL)  # type: ignore[arg-type]
        sandbox.wait()
        meter.say("a session", is_start=True)
        on = Address.checked(address, None) if address else None
        with graders(session, on, CORES) as those, ThreadPoolExecutor(those.jobs) as pool:
            whole = partial(settle_class, out)
            grade_class(those.session, plan, out, pool, page=page, whole=whole, listener=listener)
        meter.say("the rest of the checks")
        print(f"  {sandbox.run} requests were run in rooms here, {sandbox.replayed} replayed", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
