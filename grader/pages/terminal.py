"""The terminal's face: a report as a table with what to do beneath it, and a class as a strip of symbols per student.

Texts are wrapped in `rich.text.Text`, so that brackets in them are never read as markup, after `visible` took away what
could move the cursor. On a console that is not UTF-8 everything is ASCII.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.core.limits import Level
from grader.core.text import some_of, visible
from grader.core.verdict import Outcome
from grader.results.by_check import CheckResult, Finding, by_check, told_alike
from grader.results.outcomes import Look, Tone
from grader.results.redaction import for_student
from grader.results.report import Report, State, shown
from grader.results.twins import secret_share

if TYPE_CHECKING:  # regeneration brings torch
    from grader.doctor.doctor import Attempt
    from grader.grading.measure import Wider
    from grader.grading.renewal import Regenerated

STYLES = {
    Tone.GOOD: "green",
    Tone.WRONG: "bold red",
    Tone.FAULT: "bold yellow",
    Tone.IDLE: "dim",
    Tone.OURS: "bold magenta",
}
STATE_STYLES = {State.GRADED: "", State.UNFINISHED: "bold magenta", State.QUARANTINED: "bold yellow"}
TEXT_LIMIT = 1000
NAMES_SHOWN = 3
LINES_SHOWN = 2  # of those that led to an exception


def verdict_table(report: Report, *, staff: bool) -> VerdictTable:
    """A row per check, for `Console.print`. Students see of a hidden check outcome and points only."""
    return VerdictTable(by_check((report if staff else for_student(report)).verdicts))


@dataclass(frozen=True, slots=True)
class VerdictTable:
    """A table that is laid out when it is printed, since only the console knows which symbols it can show."""

    checks: tuple[CheckResult, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Rich's protocol for things that can be printed."""
        ascii_only = options.ascii_only
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        table.add_column("check", overflow="fold")
        table.add_column("outcome", no_wrap=True)
        table.add_column("points", justify="right", no_wrap=True)
        table.add_column("seconds", justify="right", no_wrap=True)
        shares = [secret_share(check.verdicts) for check in self.checks]
        if any(shares):
            table.add_column("secret inputs", justify="right", no_wrap=True)
        for check, share in zip(self.checks, shares, strict=True):
            look = check.look
            outcome = Text(f"{shown_symbol(look, ascii_only)} {look.word}", STYLES[look.tone])
            points = Text(f"{shown(check.points)} of {shown(check.max_points)}")
            seconds = Text(f"{check.seconds:.2f}" if check.seconds else "")
            cells = (_check_name(check, ascii_only), outcome, points, seconds)
            table.add_row(*cells, *([Text(share)] if any(shares) else []))
        yield table


def print_report(console: Console, report: Report, *, staff: bool, only_problems: bool = False) -> None:
    """`print_findings`, then the total."""
    print_findings(console, report, staff=staff, only_problems=only_problems)
    print_total(console, report)


def print_total(console: Console, report: Report) -> None:
    """The last line: the points, and how the checks were run."""
    total = "No total" if report.reason else f"Total: {shown(report.points)} of {shown(report.max_points)} points"
    console.print(Text(total, "bold"), Text(f"(sandbox: {report.level}, device: {visible(report.device)})", "dim"))


def print_findings(console: Console, report: Report, *, staff: bool, only_problems: bool = False) -> None:
    """The table, unless `only_problems`; for each unmet verdict what is wrong and what to do; what else is known."""
    report = report if staff else for_student(report)
    if report.verdicts and not only_problems:
        console.print(verdict_table(report, staff=staff))
    for findings in alike(report):
        tell_alike(console, findings)
        console.print()
    print_beside(console, report)


def print_beside(console: Console, report: Report) -> None:
    """What else a report tells: written answers, notes, and why it has no points."""
    for answer in report.answers:
        state = answer.why_no_text or "is graded by hand" + (f"; {answer.problem}" if answer.problem else "")
        style = "yellow" if answer.problem else "dim"
        console.print(shown_text(console, f"The written answer {answer.id} {state}.", style))
    for note in report.notes:
        console.print(shown_text(console, f"Note: {note}"))
    _print_state(console, report)


def print_regenerated(console: Console, results: Sequence[Regenerated]) -> None:
    """What becomes of each check's expected values, by case where they move, and what the author should know."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("expected values", overflow="fold")
    table.add_column("change", no_wrap=True)
    table.add_column("largest change", justify="right", no_wrap=True)
    for result in results:
        for case, largest in result.moved.items() or [(None, 0.0)]:
            name = f"{result.check}[{case}]" if case else result.check
            table.add_row(Text(name), Text(result.change), Text(_far(largest)))
    console.print(table)
    for result in results:
        for warning in result.warnings:
            console.print(shown_text(console, f"{result.check}: {warning}", "yellow"))


def print_wider(console: Console, wider: Sequence[Wider], device: str) -> None:
    """Which values are compared more generously on a device than on the CPU, and why."""
    for each in wider:
        console.print(
            f"{each.check}: `{each.value}` is up to {each.apart:.2g} off on {device}; "
            f"{each.tolerance:.2g} is allowed there, {each.before:.2g} on the CPU",
            markup=False,
        )
    if not wider:
        console.print(f"on {device} all values are within a tenth of their tolerance", markup=False)


def _far(largest: float) -> str:
    if largest == float("inf"):  # no number says how far a text has moved
        return "other text, names or shape"
    return f"{largest:.3g}" if largest else ""


def print_machine(console: Console, machine: Mapping[str, str], level: Level, reason: str | None) -> None:
    """What the machine has, the best sandbox level that it gives, and why it gives no better one."""
    table = Table.grid(padding=(0, 2))
    for name, value in machine.items():
        table.add_row(Text(name, "dim"), Text(value))
    style = "green" if level is Level.ISOLATED else "bold yellow"
    table.add_row(Text("sandbox", "dim"), Text.assemble((level, style), f" ({reason})" if reason else ""))
    console.print(table)


def print_attempts(console: Console, level: Level, attempts: Sequence[Attempt], *, only_open: bool = False) -> None:
    """What code in the sandbox tried, and what stopped it or what it got; with `only_open` not what was blocked."""
    shown = [each for each in attempts if not (only_open and each.blocked)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(f"tried at the level {level}", overflow="fold")
    table.add_column("", no_wrap=True)
    table.add_column("how", overflow="fold")
    for each in shown:
        result = Text("blocked", "green") if each.blocked else Text("OPEN", "bold red")
        table.add_row(Text(each.claim), result, shown_text(console, each.how))
    if shown:
        console.print(table)
    through = sum(not each.blocked for each in attempts)
    if not through:
        console.print(Text(f"All {len(attempts)} attempts were blocked: the level {level} is delivered.", "green"))
        return
    promise = "as this level promises no protection" if level is Level.SEPARATE else "so this level is NOT delivered"
    many = f"{through} of {len(attempts)} attempts {'was' if through == 1 else 'were'}"
    console.print(Text(f"{many} not blocked, {promise}.", "bold red"))


def alike(report: Report) -> list[list[Finding]]:
    """What is to be told: findings of different checks that say the same, or have one cause, are told once."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for check in by_check(report.verdicts):
        for finding in check.findings:
            said = finding.first
            if said.outcome is not Outcome.PASSED and (said.message or said.next_step):
                groups.setdefault(told_alike(said), []).append(finding)
    return list(groups.values())


def tell_alike(console: Console, findings: Sequence[Finding]) -> None:
    """`names: message`, the next step on its own line, evidence indented. What is wrong is not to drown in names."""
    verdict, style = findings[0].first, STYLES[findings[0].look.tone]
    names = some_of([finding.name for finding in findings], NAMES_SHOWN)
    console.print(shown_text(console, names, style) + Text(": ") + shown_text(console, verdict.message))
    if verdict.next_step:
        arrow = "->" if console.options.ascii_only else "→"
        console.print(Padding(Text(f"{arrow} ", "bold") + shown_text(console, verdict.next_step, "bold"), (0, 0, 0, 2)))
    for line in (*(each.sentence for each in verdict.trace[-LINES_SHOWN:]), *verdict.evidence):
        console.print(Padding(shown_text(console, line, "dim"), (0, 0, 0, 4)))
    if verdict.log.strip():
        console.print(Padding(shown_text(console, f"It printed:\n{verdict.log.strip()}", "dim"), (0, 0, 0, 4)))


def _print_state(console: Console, report: Report) -> None:
    if report.state is State.UNFINISHED:
        failed = sum(verdict.outcome is Outcome.GRADER_ERROR for verdict in report.verdicts)
        said = f"UNFINISHED: the grader itself failed on {failed} of the checks, so the total is not final."
        console.print(Text(said, STATE_STYLES[report.state]))
    if report.state is State.QUARANTINED:
        console.print(shown_text(console, f"QUARANTINED: {report.reason}", STATE_STYLES[report.state]))
        console.print(Text("It gets no grade until the course staff have looked at it."))


def _check_name(check: CheckResult, ascii_only: bool) -> Text:
    name = Text(_encodable(visible(check.name), ascii_only))
    if len(check.verdicts) > 1:
        name.append(f"  {check.passed}/{len(check.verdicts)} cases", "dim")
    if check.hidden:
        name.append("  hidden", "dim")
    return name


def state_word(state: State) -> str:
    """Where a submission stands, for people."""
    return "not submitted" if state is State.NOT_HANDED_IN else state.lower().replace("_", " ")


def shown_symbol(look: Look, ascii_only: bool) -> str:
    return look.plain if ascii_only else look.symbol


def shown_text(console: Console, text: str, style: str = "", *, limit: int = TEXT_LIMIT) -> Text:
    """Anybody's text as it may be printed on this console, in at most `limit` characters."""
    return Text(_encodable(visible(text, limit), console.options.ascii_only), style)


def _encodable(text: str, ascii_only: bool) -> str:
    """What the console cannot show is written out: an accent in a message must not end in a `UnicodeEncodeError`."""
    return text.encode("ascii", "backslashreplace").decode() if ascii_only else text
