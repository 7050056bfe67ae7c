"""The terminal's face of `grader check`: each verdict as it comes, then one screen that begins with where to start."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.text import Text

from grader.core.text import counted, some_of
from grader.core.verdict import Outcome, Verdict
from grader.pages.terminal import STYLES, alike, print_beside, print_total, shown_symbol, shown_text, tell_alike
from grader.results.by_check import Finding
from grader.results.outcomes import LOOKS, Tone
from grader.results.report import Report, shown
from grader.submissions.looked_at import LookedAt

TOLD = 4  # what is told in full: the rest mostly follows from it
NAMED = 8
WORD = max(len(look.word) for look in LOOKS.values())


def print_verdict(console: Console, verdict: Verdict) -> None:
    """One line: the outcome, the case, its points and seconds."""
    look = LOOKS[verdict.outcome]
    outcome = Text(f"{shown_symbol(look, console.options.ascii_only)} {look.word:{WORD}}", STYLES[look.tone])
    points = f"  {shown(verdict.points)} of {shown(verdict.max_points)}"
    seconds = Text(f"  {verdict.seconds:.2f} s" if verdict.seconds else "", "dim")
    console.print(outcome + Text("  ") + shown_text(console, verdict.name) + Text(points) + seconds)


def print_screen(console: Console, report: Report, looked: LookedAt, *, rerun: str, brief: bool = False) -> None:
    """What was looked at, what is done, what comes next and how to run just that, and the total.

    `rerun` is the command to which the name of a check can be added. If `brief`, only problems and the total.
    """
    console.print()
    if not brief:
        console.print(shown_text(console, _files(looked), "dim"))
        if report.verdicts:
            console.print(shown_text(console, _done(report), "green"))
    causes = sorted(alike(report), key=_rank)
    for position, findings in enumerate(causes[:TOLD]):
        console.print(Text("Next:" if position == 0 else "Then:", "bold"), end=" ")
        tell_alike(console, findings)
    if further := [finding.name for findings in causes[TOLD:] for finding in findings]:
        console.print(shown_text(console, f"After these: {some_of(further, NAMED)}"))
    if causes:
        command = shown_text(console, f"{rerun} {_quoted(causes[0][0])}")
        console.print(Text("To run just that:", "dim"), command, soft_wrap=True)  # to copy it as it is
    print_beside(console, report)
    print_total(console, report)


def _rank(findings: Sequence[Finding]) -> int:
    """Where to start: what keeps several checks from running, the first that is wrong, what is not written yet."""
    look = findings[0].look
    if look.tone is Tone.FAULT and len(findings) > 1:
        return 0
    return {Tone.IDLE: 2, Tone.OURS: 3}.get(look.tone, 1)


def _done(report: Report) -> str:
    passed = [verdict.name for verdict in report.verdicts if verdict.outcome is Outcome.PASSED]
    names = f": {some_of(passed, NAMED)}" if passed else ""
    return f"Done: {len(passed)} of {counted(len(report.verdicts), 'case')}{names}"


def _files(looked: LookedAt) -> str:
    files = [f"{name} ({_when(saved)})" if saved else name for name, saved in looked.files]
    return f"Looked at {looked.folder}: {some_of(files, NAMED) or 'nothing'}"


def _when(saved: datetime) -> str:
    today = saved.date() == datetime.now().astimezone().date()
    return f"{saved:%H:%M:%S}" if today else f"{saved:%Y-%m-%d %H:%M}"


def _quoted(finding: Finding) -> str:
    """The check's name, or the case's where only one case is concerned: a shell would read its brackets."""
    return f"'{finding.name}'" if len(finding.cases) == 1 else finding.first.check
