"""Pages: a student's report and the staff's index of a batch, each one file that loads and runs nothing.

Every text in them may be hostile. Three things hold it: autoescaping, `visible` on every value that is printed (as the
templates' `finalize`, so none can forget it), and a content security policy that admits the page's own style, by its
hash, and pictures that are in the page, and nothing else: no script, no `style` attribute, no request. Written answers
and notebooks come as HTML that `illustrations` and `notebook_page` have cleaned.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, TypeVar

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from grader.core.submission import is_id
from grader.core.text import visible
from grader.core.verdict import Outcome
from grader.pages.advice import advice
from grader.pages.class_summary import nothing_found, seconds_by_check, summarise
from grader.pages.pictures import picture
from grader.results.by_check import CheckResult, by_check
from grader.results.gradebook import Gradebook
from grader.results.history import CheckStanding, Standing
from grader.results.marks import Mark
from grader.results.outcomes import LOOKS, Tone
from grader.results.redaction import for_student
from grader.results.report import Illustrations, Report, State
from grader.results.report import shown as points_shown
from grader.results.row import Row
from grader.results.statistics import FEWEST, Item, Kind

T = TypeVar("T")
MESSAGE_LIMIT = 1200
ANSWER_LIMIT = 40_000
TO_FIX_LIMIT = 5
CHECKS_NAMED_LIMIT = 3
ABSENT = {State.NOT_GRADED_YET: "not graded yet", State.NOT_HANDED_IN: "not submitted"}
# For a background that may be light or dark.
COLOURS = {Tone.GOOD: "#2e8b57", Tone.WRONG: "#d9534f", Tone.FAULT: "#c77700", Tone.IDLE: "#888", Tone.OURS: "#8a63c9"}


def student_page(
    report: Report,
    illustrations: Illustrations | None = None,
    rows: Sequence[Row] = (),
    *,
    student_text: bool = True,
    earlier: Sequence[Standing] = (),
    due: datetime | None = None,
    replies: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """The student's page. Of a hidden check it tells outcome and points only.

    `illustrations` are the written answers and figures as they can be shown; without them answers are plain text.
    `rows` are those of the gradebook that come of this report: one, or one for each member of a group. Without
    `student_text` nothing of the student's writing is in the page. `earlier` says how earlier submissions stood, and
    `replies` what the staff replied to requests, by check or question.
    """
    report = for_student(report, student_text=student_text)
    shown = (illustrations if student_text else None) or Illustrations()
    checks = by_check(report.verdicts)
    to_fix = advice(checks)
    return _rendered(
        "report.html.j2",
        report=report,
        student_text=student_text,
        checks=checks,
        to_fix=to_fix[:TO_FIX_LIMIT],
        further=sum(len(each.checks) for each in to_fix[TO_FIX_LIMIT:]),
        named=CHECKS_NAMED_LIMIT,
        positions={check.name: number for number, check in enumerate(checks, 1)},
        tones=[check.look.tone for check in checks],
        looks=LOOKS,
        names=[row.name for row in rows if row.name],
        due=due,
        replies=replies or {},
        late=_shared([row.late.sentence if row.late else "" for row in rows], ""),
        attempt=len(earlier) + 1,
        since=_since(earlier[-1], checks) if earlier else (),
        sums=rows if any(row.is_more_than_checks or row.unscored for row in rows) else (),
        earned=_shared([row.from_checks for row in rows], report.points),
        changed={check.name: _shared([row.overridden.get(check.name) for row in rows], None) for check in checks},
        questions={answer.id: answer.title for answer in report.answers},
        rendered={name: Markup(html) for name, html in shown.answers.items()},  # noqa: S704  (cleaned by `illustrate`)
        lost=shown.lost,
        figures=_by_cell(shown),
        drawn_again=shown.now is not None,
    )


def notebook_page(name: str, body: str) -> str:
    """A page around the `body` of a notebook, as `notebook_page.page_body` has cleaned it."""
    return _rendered("notebook.html.j2", name=name, body=Markup(body))  # noqa: S704


def result_in_notebook(report: Report | None, notes: Sequence[str]) -> str:
    """What a student's own notebook shows of a run of public checks: a piece of a page."""
    checks = by_check(report.verdicts) if report else ()
    return _rendered("result.html.j2", checks=checks, notes=notes, colours=COLOURS)


def class_page(reports: Sequence[Report], book: Gradebook | None = None, items: Sequence[Item] = ()) -> str:
    """The staff's `index.html` of a batch. It links to `students/<id>/report.html`.

    The `book` tells who has no report, people's names, and the totals where they are more than the points of checks;
    `items` how each check and written question did.
    """
    rows, names = (book.rows, book.names) if book else ((), {})
    title = reports[0].title if reports else book.title if book else "No submissions"
    totals = _totals(rows) if any(row.is_more_than_checks for row in rows) else {}
    absent = {words: those for state, words in ABSENT.items() if (those := [row for row in rows if row.state is state])}
    earned = book.from_checks if book else {}
    summary = summarise(reports, earned)
    zeros = nothing_found(reports)
    return _rendered(
        "class.html.j2",
        title=title,
        summary=summary,
        looks=LOOKS,
        names=names,
        totals=totals,
        earned=earned,
        changed={row.submission: row.overridden for row in rows if row.submission in earned},
        by_hand=[row for row in rows if row.state is State.GRADED and (row.overridden or row.lapsed)],
        waiting=_waiting(rows, totals),
        absent=absent,
        nothing_found=zeros,
        items=items,
        seconds=seconds_by_check(reports),
        set_aside=[each for each in reports if each.state is not State.GRADED],
        statistics={item.name: item for item in items if item.kind is Kind.CHECK},
        lead=3 + bool(names) + bool(totals) + summary.has_secret,
        fewest=FEWEST,
    )


def _by_cell(shown: Illustrations) -> list[tuple[int, list[Markup], list[Markup]]]:
    """The figures that each cell was saved with, and those that it draws now."""
    saved, now = (
        [(figure.cell, Markup(figure.png)) for figure in figures]  # noqa: S704  (base64, by us)
        for figures in (shown.figures, shown.now or ())
    )
    return [
        (cell, [png for one, png in saved if one == cell], [png for one, png in now if one == cell])
        for cell in sorted({cell for cell, _ in (*saved, *now)})
    ]


def _shared(values: Sequence[T | None], otherwise: T) -> T:
    """What all have in common; `otherwise` where they differ, or there is nothing."""
    first, *others = values or [None]
    return otherwise if first is None or any(each != first for each in others) else first


def _since(before: Standing, checks: Sequence[CheckResult]) -> list[tuple[CheckResult, CheckStanding]]:
    """The checks that stand otherwise than they did with the submission before, each with how it stood.

    Not those whose points a person has changed: that is not the student's doing.
    """
    found = ((check, before.checks.get(check.name)) for check in checks)
    return [
        (check, was)
        for check, was in found
        if was and not was.marker and (was.outcome, was.points) != (check.outcome, check.points)
    ]


def _totals(rows: Sequence[Row]) -> dict[str, Fraction | None]:
    """The total of each submission; None where it has none, or its members have different ones."""
    totals: dict[str, Fraction | None] = {}
    for row in rows:
        totals[row.submission] = row.points if totals.get(row.submission, row.points) == row.points else None
    return totals


def _waiting(rows: Sequence[Row], totals: Mapping[str, Fraction | None]) -> dict[str, str]:
    """Why a graded submission has no one total -> by submission."""
    found: dict[str, str] = {}
    for row in rows:
        if row.state is State.GRADED and row.submission in totals and totals[row.submission] is None:
            found[row.submission] = row.waits_for or found.get(
                row.submission, "members have different totals, see grades.csv"
            )
    return found


def _rendered(template: str, **values: Any) -> str:
    return environment().get_template(template).render(**values)


@functools.cache
def environment() -> Environment:
    """Of all pages: values are escaped and made visible, and an undefined one is an error."""
    made = Environment(
        loader=PackageLoader("grader.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    made.globals.update(style=_Own.read(made, "style.css"), class_script=_Own.read(made, "class.js"))
    made.filters.update(points=points_shown, percent=_percent, prose=_prose, whole=_whole, linkable=is_id)
    made.filters.update(moment=_moment)
    made.filters.update(unwrapped=_unwrapped, cells=_cells, statistic=_statistic, picture=picture)
    return made


@dataclass(frozen=True, slots=True)
class _Own:
    """A file of ours that is put into a page, and its hash, by which the page's policy admits it."""

    text: Markup
    hash: str

    @classmethod
    def read(cls, environment: Environment, name: str) -> _Own:
        source, _, _ = PackageLoader("grader.pages").get_source(environment, name)
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        return cls(Markup(source), f"sha256-{digest}")  # noqa: S704  (our own)


def _finalize(value: object) -> object:
    """What is printed as is: markup that the templates made, and numbers. Any other text is made visible first."""
    return value if isinstance(value, Markup | int | float) else visible(str(value))


def _percent(part: Fraction | int, whole: Fraction | int) -> int:
    """A whole number from 0 to 100, rounded, but 100 is said of nothing less, and 0 of nothing more."""
    if not whole or part <= 0:
        return 0
    return 100 if part >= whole else max(1, min(99, round(100 * Fraction(part) / Fraction(whole))))


def _statistic(item: Item | None, kind: str) -> str:
    """One number of a check for the heading of its column; a dash where it is not defined."""
    if item is None or item.difficulty is None or item.mean is None:
        return "–"
    if kind == "discrimination":
        return "–" if item.discrimination is None else f"{item.discrimination:.2f}"
    return str(_percent(item.full, item.count) if kind == "full" else round(100 * item.mean))


def _cells(results: Sequence[CheckResult | None], changed: Mapping[str, Mark]) -> Markup:
    """A student's cells: a symbol for the outcome, and the points where they are neither all nor none.

    There may be 30,000 of them in a page, so what has passed has no attribute, and all are made in one go.
    """
    made = []
    for check in results:
        if check is None:
            made.append("<td></td>")
            continue
        by_hand = changed.get(check.name)
        points = check.points if by_hand is None or by_hand.points is None else by_hand.points
        if check.outcome is Outcome.PASSED and points == check.max_points:
            made.append(f"<td>{check.look.symbol}</td>")
            continue
        beside = f" {points_shown(points)}" if by_hand or 0 < points < check.max_points else ""
        made.append(f'<td class="{check.look.tone}">{check.look.symbol}{beside}</td>')
    return Markup("".join(made))  # noqa: S704  (our own symbols, and numbers)


def _prose(text: str, limit: int = MESSAGE_LIMIT) -> Markup:
    """A sentence in which `names in backticks` are set as code. A backtick without a partner stays one."""
    pieces = visible(text, limit).split("`")
    if len(pieces) % 2 == 0:
        pieces[-2:] = [f"{pieces[-2]}`{pieces[-1]}"]
    code = Markup("<code>{}</code>")
    return Markup().join(code.format(each) if index % 2 else escape(each) for index, each in enumerate(pieces))


def _unwrapped(text: str) -> str:
    """A text whose author has wrapped its lines, with only those breaks that begin a paragraph or an item."""
    return re.sub(r"(?<!\n)\n(?!\n|\s*(?:[-*]|[0-9]+\.)\s)[ \t]*", " ", text.strip())


def _moment(time: datetime) -> str:
    """A moment for people, with its own offset: `29 November 2026, 23:59 +01:00`."""
    return f"{time.day} {time:%B %Y, %H:%M} {time.isoformat()[-6:]}"


def _whole(text: str) -> Markup:
    """A written answer, which a person is to read, with more room than a message has."""
    return escape(visible(text, ANSWER_LIMIT))
