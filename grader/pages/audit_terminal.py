"""The terminal's face of an audit: in short, the page has the rest."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.core.text import counted, some_of
from grader.pages.terminal import shown_text
from grader.results.report import shown

if TYPE_CHECKING:  # brings torch
    from grader.authoring.audit import Audit, Rate

SURVIVORS_SHOWN = 20
REMARKS_SHOWN = 10
NAMES_SHOWN = 6


def print_audit(console: Console, audit: Audit) -> None:
    """Rates by function, the first survivors, and what else the author should look at."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("function or cell", "mistakes", "killed", "survive", "equivalent"):
        table.add_column(title, justify="left" if title.startswith("function") else "right", overflow="fold")
    for rate in (*audit.functions, audit.total):
        cells = (str(rate.tried), share(rate), str(rate.survived or ""), str(rate.equivalent or ""))
        table.add_row(Text(rate.name, "bold" if rate is audit.total else ""), *cells)
    console.print(table)
    survivors = audit.survivors
    for each in survivors[:SURVIVORS_SHOWN]:
        what = f"{each.place}:{each.line} {each.function}, {each.operator}:"
        console.print(shown_text(console, f"survives: {what} {_line(each.old)} → {_line(each.new)}", "yellow"))
    if len(survivors) > SURVIVORS_SHOWN:
        console.print(shown_text(console, f"and {len(survivors) - SURVIVORS_SHOWN} more, on the page", "yellow"))
    if audit.idle:
        console.print(shown_text(console, f"fail for no mistake: {some_of(audit.idle, NAMES_SHOWN)}"))
    for group in audit.together:
        where = f"always fail together, for {counted(group.mutants, 'mistake')}"
        console.print(shown_text(console, f"{where}: {', '.join(group.checks)}"))
    for remark in audit.remarks[:REMARKS_SHOWN]:
        console.print(shown_text(console, f"{remark.about}: {remark.kind}: {remark.text}", "yellow"))
    if (more := len(audit.remarks) - REMARKS_SHOWN) > 0:
        console.print(shown_text(console, f"and {more} more to look at, on the page", "yellow"))
    if costs := [each.lost or Fraction() for each in audit.by_cost]:
        span = f"from {shown(costs[-1])} to {shown(costs[0])} of {shown(audit.max_points)} points"
        console.print(shown_text(console, f"one mistake costs {span}, of {len(costs)} that were taken to all checks"))
    if audit.stub and audit.stub.points:
        given = some_of([f"{name} {shown(points)}" for name, points in audit.stub.checks.items()], NAMES_SHOWN)
        total = f"{shown(audit.stub.points)} of {shown(audit.max_points)}"
        console.print(shown_text(console, f"the untouched stub gets {total} points: {given}", "yellow"))
    for alarm in audit.false_alarms:
        failed = some_of([*alarm.failed], NAMES_SHOWN)
        told = f"right, but loses {shown(alarm.lost)}: {alarm.name}, by {failed}"
        console.print(shown_text(console, told, "yellow"))
    if audit.rewrites:
        right = counted(len(audit.rewrites), "other right solution")
        console.print(shown_text(console, f"{right}, {counted(len(audit.false_alarms), 'false alarm')}"))
    killed = f"{audit.total.killed} of {counted(audit.total.real, 'mistake')} killed ({share(audit.total)})"
    mean = f"{audit.seconds / max(audit.total.tried, 1):.2f} s of processor time of checks for each"
    console.print(shown_text(console, f"{killed}, {share(audit.quiet)} of those that raise no error; {mean}"))


def share(rate: Rate) -> str:
    """Of real mistakes, as a percentage that says 100 of nothing less."""
    return f"{int(1000 * rate.killed / rate.real) / 10:g} %" if rate.real else "–"


def _line(text: str) -> str:
    return " ".join(text.split())
