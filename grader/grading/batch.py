"""A batch: every submission of a class graded in parallel, each result saved as soon as it is there.

Whatever ends the grader loses at most the submissions under way: a rerun keeps every verdict on which nothing has
changed that it depends on (see `Report.keys`). What ran out of time or memory is not final until it has been tried
again, alone, at the end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from grader.core.submission import Submission
from grader.core.verdict import Verdict
from grader.grading.grade import Bench, confirm, grade, unfinished
from grader.rendering.illustrations import illustrate
from grader.results.folder import UNPACKED, read_report, read_shown, save
from grader.results.lateness import Source
from grader.results.report import Illustrations, Report, in_short
from grader.sandbox.sandbox import Sandbox
from grader.submissions.pending import Entry, Quarantined

LATE = "the platform says that it was handed in late, but not when; say it with a list of late submissions"
ASIDE = "it could not be told whose it is, or it was not safe to open"

Page = Callable[[Report, Illustrations], None]


@dataclass(frozen=True, slots=True)
class Watch:
    """Who hears of a batch, from any thread.

    `begun` and `waits` (for its second try) hear an id, `step` an id and each verdict on the way, `done` each final
    report and whether nothing had to be run.
    """

    begun: Callable[[str], None]
    step: Callable[[str, Verdict], None]
    waits: Callable[[str], None]
    done: Callable[[Report, bool], None]


@dataclass(frozen=True, slots=True)
class Again:
    """What is run although a verdict stands: everything (`force`), or only the named checks."""

    force: bool = False
    checks: Collection[str] | None = None


ONLY_WHAT_CHANGED = Again()


def grade_batch(
    bench: Bench,
    entries: Sequence[Entry],
    sandbox: Sandbox,
    out: Path,
    *,
    jobs: int,
    watch: Watch,
    page: Page,
    again: Again = ONLY_WHAT_CHANGED,
) -> list[Report]:
    """Grade all entries with `jobs` at a time, and return the reports in short, in order of id.

    `page` writes the student's page; it is called where the report is final. On Ctrl-C what is under way is given up.
    """
    batch = _Batch(bench, sandbox, out, watch, page, again)
    reports: dict[str, Report] = {}
    late: list[Entry] = []
    with ThreadPoolExecutor(jobs) as pool:
        started: dict[Future[Report | None], Entry] = {pool.submit(batch.grade, entry): entry for entry in entries}
        try:
            for future in as_completed(started):
                entry, report = started.pop(future), future.result()
                if report is None:
                    late.append(entry)
                else:
                    reports[entry.id] = report
        except BaseException:  # Ctrl-C, a full disk: begin no more, and end what is under way
            batch.stopped.set()
            sandbox.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    try:
        for entry in sorted(late, key=lambda entry: entry.id):
            reports[entry.id] = batch.confirm(entry)
    except BaseException:
        sandbox.stop()
        raise
    return [reports[name] for name in sorted(reports)]


def set_aside(
    bench: Bench, quarantined: Sequence[Quarantined], sandbox: Sandbox, out: Path, page: Page
) -> list[Report]:
    """Write the reports on what cannot be graded before a person has looked, and return them."""
    reports = []
    for each in quarantined:
        report = replace(grade(bench, each.submission(), sandbox), members=each.claimed)
        save(out, report, Illustrations())
        page(replace(report, reason=ASIDE), Illustrations())  # the reason may name other students' files
        reports.append(in_short(report))
    return reports


class _Batch:
    """One run over a class. Its methods are called from several threads."""

    def __init__(self, bench: Bench, sandbox: Sandbox, out: Path, watch: Watch, page: Page, again: Again) -> None:
        self.stopped = threading.Event()
        self._bench = bench
        self._sandbox = sandbox
        self._out = out
        self._watch = watch
        self._page = page
        self._again = again

    def grade(self, entry: Entry) -> Report | None:
        """The report in short; None where it is not final before it has been tried again."""
        if self.stopped.is_set():
            return None
        self._watch.begun(entry.id)
        submission = Submission(entry.id)
        before = None if self._again.force else read_report(self._out, entry.id)
        try:
            submission = self._read(entry)
            step = partial(self._watch.step, entry.id)
            report = grade(self._bench, submission, self._sandbox, before=before, again=self._again.checks, step=step)
        except Exception as error:  # our mistake on one submission is an unfinished report, not the batch's end
            report = unfinished(self._bench, submission, self._sandbox, f"{type(error).__name__}: {error}")
        if self.stopped.is_set():  # the sandbox was taken away: what this report says is not so
            return None
        kept = report is before
        report = _stamped(report, entry)
        shown = self._save(report, submission, before)
        if report.waiting:
            self._watch.waits(entry.id)
            return None
        return self._finish(report, shown, kept)

    def confirm(self, entry: Entry) -> Report:
        """The report in short after the second try of what ran out of time or memory."""
        self._watch.begun(entry.id)
        submission, before = Submission(entry.id), read_report(self._out, entry.id)
        try:
            submission = self._read(entry)
            first = before or grade(self._bench, submission, self._sandbox)  # somebody may have deleted it by now
            report = confirm(self._bench, submission, self._sandbox, first)
        except Exception as error:  # our mistake: the first try is not final, so a rerun tries again
            report = unfinished(self._bench, submission, self._sandbox, f"{type(error).__name__}: {error}")
        report = _stamped(report, entry)
        return self._finish(report, self._save(report, submission, before), False)

    def _save(self, report: Report, submission: Submission, before: Report | None) -> Illustrations:
        """Save what is not as it was `before`; what is shown is made anew where it may be another, or failed."""
        same = before is not None and _shown_of(before) == _shown_of(report)
        shown = read_shown(self._out, report.submission) if same else Illustrations(failed=True)
        anew = shown.failed
        if anew:
            shown = self._illustrate(report, submission)
        if anew or report != before:
            save(self._out, report, shown)
        return shown

    def _finish(self, report: Report, shown: Illustrations, kept: bool) -> Report:
        self._page(report, shown)  # of what is kept too: its total may have changed, or the last run ended before it
        short = in_short(report)
        self._watch.done(short, kept)
        return short

    def _read(self, entry: Entry) -> Submission:
        return entry.read(self._bench.assignment.manifest, self._out / UNPACKED)

    def _illustrate(self, report: Report, submission: Submission) -> Illustrations:
        answers = {answer.id: answer.text for answer in report.answers if answer.text}
        try:
            return illustrate(self._sandbox, answers, submission.figures)
        except Exception:  # whatever a picture does, the report stands; the page shows plain text
            return Illustrations(lost=len(submission.figures), failed=True)


def _shown_of(report: Report) -> object:
    """What the illustrations are made of: the answers, and the figures, which are among what was handed in."""
    return report.answers, report.provenance.get("submission")


def _stamped(report: Report, entry: Entry) -> Report:
    """The report with what the platform knows: whose it is, and when it came."""
    members = entry.members if entry.members != (entry.id,) else ()
    source = Source.FILES if entry.by_file_times else Source.LMS
    notes = report.notes
    if entry.late and not entry.handed_in and LATE not in notes:
        notes = (*notes, LATE)
    return replace(report, members=members, handed_in=entry.handed_in, handed_in_by=source, notes=notes)
