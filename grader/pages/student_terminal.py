"""The terminal's face of one student: the verdicts, how the total came about, and what was judged."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.core.text import counted
from grader.core.verdict import Verdict, total
from grader.files.notebooks import CELLS, as_script
from grader.pages.terminal import STATE_STYLES, STYLES, print_findings, shown_symbol, shown_text, state_word
from grader.results.acts import Decision
from grader.results.decisions import given_to
from grader.results.lateness import Lateness
from grader.results.marks import Mark, Question
from grader.results.one_student import OneStudent
from grader.results.outcomes import LOOKS
from grader.results.report import Answer, shown
from grader.results.row import Row

WRITTEN_OUT = 10  # a character is at most so long where it is written out


def print_student(console: Console, found: OneStudent) -> None:
    """Who it is, the report, the sum of each row, and the files."""
    for row in found.rows:
        name = f" ({row.name})" if row.name else ""
        source = f", submitted as {found.source}" if found.source else ""
        heading = f"{row.id}{name}: {state_word(row.state)}{source}"
        console.print(shown_text(console, heading, STATE_STYLES.get(row.state, "yellow")))
    if found.report:
        print_findings(console, found.report, staff=True)
    for row in found.rows:
        _print_sum(console, found, row)
    _print_files(console, found)


def print_check(console: Console, verdicts: Sequence[Verdict]) -> None:
    """Every case of one check, with all that is known of it."""
    console.print(shown_text(console, f"{verdicts[0].check}: {verdicts[0].claim}", "bold"))
    for each in verdicts:
        look = LOOKS[each.outcome]
        symbol = shown_symbol(look, console.options.ascii_only)
        points = f"{shown(each.points)} of {shown(each.max_points)}"
        console.print(Text(f"{symbol} {look.word}", STYLES[look.tone]), shown_text(console, f"{each.name}: {points}"))
        for line in (each.message, each.next_step, *(at.sentence for at in each.trace), *each.evidence):
            if line:
                console.print(shown_text(console, line))
        if each.log.strip():
            console.print(shown_text(console, f"It printed:\n{each.log.strip()}", "dim", limit=_whole(each.log)))


def print_file(console: Console, path: str, content: bytes) -> None:
    """A file as plain text, of a notebook its cells; what cannot be seen, or moves a cursor, is written out."""
    text = as_script(content) if path == CELLS else content.decode(errors="backslashreplace")
    console.print(shown_text(console, text.removesuffix("\n"), limit=_whole(text)), soft_wrap=True)


def _print_sum(console: Console, found: OneStudent, row: Row) -> None:
    """points = from checks + by hand - taken for lateness"""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(shown_text(console, f"points of {row.id}"), overflow="fold")
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    if row.from_checks is not None:
        most = total(mark.max_points for mark in row.checks.values())
        said = "\n".join((f"sandbox: {row.level}, device: {row.device}", *row.about_overrides))
        table.add_row(Text("checks"), Text(f"{shown(row.from_checks)} of {shown(most)}"), shown_text(console, said))
    answers = {answer.id: answer for answer in found.report.answers} if found.report else {}
    for name, mark in row.questions.items():
        said = _decided(answers.get(name), mark, given_to(found.decisions, row.id, row.submission, name))
        points = "-" if mark.points is None else f"{shown(mark.points)} of {shown(mark.max_points)}"
        table.add_row(*(shown_text(console, each) for each in (f"by hand: {name}", points, said)))
    if row.late:
        taken = "" if row.taken is None else f"-{shown(row.taken)}"
        table.add_row(Text("lateness"), Text(taken), shown_text(console, _lateness(row.late)))
    points = "none" if row.points is None else f"{shown(row.points)} of {shown(row.max_points)}"
    why = [row.waits_for, row.note] if row.points is None else []
    table.add_row(Text("total", "bold"), Text(points, "bold"), shown_text(console, "; ".join(filter(None, why))))
    console.print(table)


def _lateness(late: Lateness) -> str:
    """How late, and how that is known."""
    when = f"submitted at {late.submitted_at:%Y-%m-%d %H:%M %z}, by {late.source}" if late.submitted_at else ""
    extension = f"{shown(late.extension)} days of extension" if late.extension else ""
    return "; ".join(filter(None, (late.sentence or "on time", when, extension)))


def _decided(answer: Answer | None, mark: Mark, decisions: Sequence[Decision]) -> str:
    """What people have decided, a line for each, and whether it was about the answer as it is now."""
    lines = [mark.again] if mark.again else []
    for each in decisions:
        about = answer is not None and each.is_about(Question.of(answer))
        parts = (
            "no points" if each.points is None else shown(each.points),
            each.comment,
            f"reason: {each.reason}" if each.reason else "",
            "" if about else "for another answer or rubric",
        )
        lines.append(f"{each.marker}, {each.at.astimezone():%Y-%m-%d %H:%M}: {'; '.join(filter(None, parts))}")
    return "\n".join(lines)


def _print_files(console: Console, found: OneStudent) -> None:
    if not found.files:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("judged file", "size", "SHA-256"):
        table.add_column(title, overflow="fold")
    for each in found.files:
        size = "not there" if each.size is None else counted(each.size, "byte")
        table.add_row(*(shown_text(console, cell) for cell in (each.path, size, each.digest[:12])))
    console.print(table)
    console.print(shown_text(console, "`--file NAME` prints one of them", "dim"))


def _whole(text: str) -> int:
    """A limit within which all of a text can be shown."""
    return WRITTEN_OUT * len(text)
