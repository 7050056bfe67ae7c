"""A batch: every submission of a class graded in parallel, in two phases, each result saved as soon as it is ready.

    public     the public checks of all submissions, second tries included; fixes every text that a student will read
    hidden     the hidden checks; what a student learns of them is outcomes and points

Whatever ends the grader loses at most the submissions under way: a rerun keeps every verdict on which nothing has
changed that it depends on (see `Report.keys`), of a half too. What ran out of time or memory is not final until it has
been tried again, alone, at the end of its phase.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from grader.core.submission import Submission
from grader.core.verdict import Verdict
from grader.files.notebooks import CELLS
from grader.grading.grade import RUN_WHAT_CHANGED, RerunRule, unfinished
from grader.grading.session import Session
from grader.grading.unchanged import Origin, Page, stamped
from grader.rendering.illustrations import illustrate, illustrate_together, without_room
from grader.rendering.notebook_page import with_figures_now
from grader.results.folder import UNPACKED, read_half, read_report, read_shown, save, save_half, save_shown
from grader.results.judged import keep_files
from grader.results.report import Illustrations, Report, in_short
from grader.submissions.pending import Entry, Quarantined


@dataclass(frozen=True, slots=True)
class BatchListener:
    """Who hears of a batch, from any thread.

    `begun` and `waits` (for its second try) hear an id, `step` an id and each verdict on the way, `half` the public
    half of a report, `done` each final report and whether it is the one from before.
    """

    begun: Callable[[str], None] = lambda id: None
    step: Callable[[str, Verdict], None] = lambda id, verdict: None
    waits: Callable[[str], None] = lambda id: None
    half: Callable[[Report], None] = lambda report: None
    done: Callable[[Report, bool], None] = lambda report, kept: None


NOBODY = BatchListener()


def grade_batch(
    session: Session,
    entries: Sequence[Entry],
    out: Path,
    pool: Executor,
    *,
    page: Page,
    listener: BatchListener = NOBODY,
    rerun: RerunRule = RUN_WHAT_CHANGED,
    before_public: Callable[[], object] = lambda: None,
) -> None:
    """Grade all entries in `pool`; what comes of each, the listener hears. No report is kept in memory.

    `page` writes the student's page; it is called where the report is final. `before_public` is called once, before the
    first public check; not where every report is kept. On Ctrl-C what is under way is given up.
    """
    batch = _Batch(session, out, page, listener, rerun, _Once(before_public))
    batch.run(batch.public, entries, pool)
    batch.render()
    batch.run(batch.hidden, [entry for entry in entries if entry.id not in batch.finished], pool)


def set_aside(session: Session, quarantined: Sequence[Quarantined], out: Path, page: Page) -> list[Report]:
    """Write the reports on what cannot be graded until a person has looked at it, and return them."""
    reports, origin = [], _origin(session)
    for each in quarantined:
        report = session.grade(each.submission())
        report = replace(report, members=each.claimed, made_from=origin.with_reason(each))
        save(out, report, Illustrations())
        page(report, Illustrations())
        reports.append(in_short(report))
    return reports


def _origin(session: Session) -> Origin:
    return Origin.of(session.assignment.folder, session.sandbox.level, session.sandbox.device)


class _Batch:
    """One run over a class. `public` and `hidden` are called from several threads, for one entry at a time each.

    `finished` are the ids of those whose report is final.
    """

    def __init__(
        self,
        session: Session,
        out: Path,
        page: Page,
        listener: BatchListener,
        rerun: RerunRule,
        before_public: Callable[[], None],
    ) -> None:
        self.finished: set[str] = set()
        self._to_render: dict[str, Mapping[str, str]] = {}  # answers, by id of the submission
        self._before_public = before_public
        self._stopped = threading.Event()
        self._session = session
        self._origin = _origin(session)
        self._handout = session.assignment.handout()
        self._out = out
        self._page = page
        self._listener = listener
        self._rerun = rerun

    def run(self, phase: Callable[[Entry, bool], bool], entries: Sequence[Entry], pool: Executor) -> None:
        """Run a phase on all entries in the pool; then once more, one at a time, on those that it did not settle."""
        started: dict[Future[bool], Entry] = {pool.submit(phase, entry, False): entry for entry in entries}
        waiting: list[Entry] = []
        try:
            for future in as_completed(started):
                if not future.result():
                    waiting.append(started[future])
            for entry in sorted(waiting, key=lambda entry: entry.id):
                phase(entry, True)
        except BaseException:  # Ctrl-C, a full disk: begin no more, and end what is under way
            self._stopped.set()
            for future in started:
                future.cancel()
            self._session.stop()
            raise

    def public(self, entry: Entry, again: bool) -> bool:
        """The public half of a report, saved; or the whole one, where nothing more needs to be run.

        Whether it is settled, as it always is where it was tried `again`.
        """
        anew = self._rerun.force and not again
        half, before = (None, None) if anew else (read_half(self._out, entry.id), read_report(self._out, entry.id))
        grade = self._public_again if again else self._public
        graded = self._graded(entry, lambda submission: grade(submission, half, before))
        if graded is None:
            return True
        submission, report = graded
        shown, made = self._shown(report, submission, half or before)
        if report.waiting or not self._is_whole(report):
            save_half(self._out, report, shown)
            if report.waiting:
                self._listener.waits(entry.id)
                return False
            self._listener.half(in_short(report))
            return True
        if made or report != before:
            save(self._out, report, shown)
        self._finish(report, shown, kept=before is not None and report == replace(before, made_from=report.made_from))
        return True

    def render(self) -> None:
        """Render the answers that share a room. Before any hidden check: none of their writers has seen its inputs."""
        together = illustrate_together(self._session.sandbox, list(self._to_render.values()))
        for id, shown in zip(self._to_render, together, strict=True):
            save_shown(self._out, id, shown)
            if id in self.finished and (report := read_report(self._out, id)):
                self._page(report, shown)

    def hidden(self, entry: Entry, again: bool) -> bool:
        """The whole report, saved, from its public half and the hidden checks. Whether it is settled."""
        graded = self._graded(entry, self._hidden_again if again else self._hidden)
        if graded is None:
            return True
        _, report = graded
        shown = read_shown(self._out, entry.id)  # never made here: code that has seen hidden inputs may have run
        save(self._out, report, shown)
        if report.waiting:
            self._listener.waits(entry.id)
            return False
        self._finish(report, shown, kept=False)
        return True

    def _graded(self, entry: Entry, grade: Callable[[Submission], Report]) -> tuple[Submission, Report] | None:
        """The submission of the entry, and what `grade` makes of it; None where the batch was stopped."""
        if self._stopped.is_set():
            return None
        self._listener.begun(entry.id)
        submission = Submission(entry.id)
        made_from = self._origin.with_files(entry)  # before they are read: what changes meanwhile is read next time
        try:
            submission = entry.read(self._session.assignment.manifest, self._out / UNPACKED, self._handout)
            report = grade(submission)
            report = replace(report, made_from=made_from if self._session.is_settled(submission, report) else "")
        except Exception as error:  # our mistake on one submission is an unfinished report, not the batch's end
            trouble = f"{type(error).__name__}: {error}"
            report = unfinished(self._session.context, submission, self._session.sandbox, trouble)
        if self._stopped.is_set():  # the sandbox was taken away: what this report says is not so
            return None
        keep_files(self._out, self._session.assignment.judged_files(submission.files).values())
        return submission, stamped(report, entry)

    def _public(self, submission: Submission, half: Report | None, before: Report | None) -> Report:
        if before and not half and (kept := self._session.kept(submission, before, self._rerun)):
            return kept
        if self._session.runs_public(submission, half or before, self._rerun):
            self._before_public()
        step = partial(self._listener.step, submission.id)
        return self._session.public(submission, before=half or before, rerun=self._rerun, step=step)

    def _public_again(self, submission: Submission, half: Report | None, before: Report | None) -> Report:
        first = half or self._public(submission, None, before)  # somebody may have deleted it by now
        return self._session.again(submission, first)

    def _hidden(self, submission: Submission) -> Report:
        half, before = read_half(self._out, submission.id), read_report(self._out, submission.id)
        if half is None:
            raise FileNotFoundError("the report's public half is gone")
        step = partial(self._listener.step, submission.id)
        return self._session.hidden(submission, half, before=before, rerun=self._rerun, step=step)

    def _hidden_again(self, submission: Submission) -> Report:
        first = read_report(self._out, submission.id) or self._hidden(submission)
        return self._session.again(submission, first)

    def _is_whole(self, report: Report) -> bool:
        """Whether there is no hidden half to come."""
        due = {check.name for check in self._session.context.due(report.ran).checks}
        return bool(report.reason) or due <= {verdict.check for verdict in report.ran}

    def _shown(self, report: Report, submission: Submission, before: Report | None) -> tuple[Illustrations, bool]:
        """What is shown of the submission, and whether that is new: it may be another than `before`, or failed then.

        What can share a room has failed as long as it is not rendered: a rerun would make up for it.
        """
        same = before is not None and _shown_of(before) == _shown_of(report)
        shown = read_shown(self._out, report.submission_id) if same else Illustrations(failed=True)
        if not shown.failed:
            return shown, False
        answers = {answer.id: answer.text for answer in report.answers if answer.text}
        if submission.figures:
            return self._with_figures(illustrate(self._session.sandbox, answers, submission.figures), submission), True
        if plain := without_room(answers):
            return plain, True
        self._to_render[report.submission_id] = answers
        return Illustrations(failed=True), True

    def _with_figures(self, shown: Illustrations, submission: Submission) -> Illustrations:
        """The same with what the notebook draws now, where the assignment asks for that."""
        assignment = self._session.assignment
        seconds, code = assignment.manifest.draw_again_seconds, submission.files.get(CELLS)
        if not seconds or code is None or shown.failed:
            return shown
        self._before_public()  # it is student code that runs, though no check
        beside = assignment.laid_out(submission.files)
        return with_figures_now(self._session.sandbox, shown, code, beside, seconds=seconds)

    def _finish(self, report: Report, shown: Illustrations, *, kept: bool) -> None:
        self._page(report, shown)  # of what is kept too: its total may have changed, or the last run ended before it
        self.finished.add(report.submission_id)
        self._listener.done(in_short(report), kept)


class _Once:
    """Calls what it is given the first time that it is called; other threads wait for that."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act
        self._acting = threading.Lock()
        self._is_done = False

    def __call__(self) -> None:
        with self._acting:
            if not self._is_done:
                self._act()
                self._is_done = True


def _shown_of(report: Report) -> object:
    """What the illustrations are made of: the answers, and the figures, which are part of the submission."""
    return report.answers, report.provenance.get("submission")
