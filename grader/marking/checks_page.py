"""The page of points in the place of a check's, and of what students ask about theirs."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from pydantic.dataclasses import dataclass
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from grader.core.errors import UsageError
from grader.marking import payloads
from grader.marking.desk import Desk
from grader.marking.routes import as_html, as_json, asked, script, showing, taking
from grader.results import requests
from grader.results.acts import Override
from grader.results.by_check import CheckResult, by_check
from grader.results.decisions import Decisions
from grader.results.marks import Graded, Mark
from grader.results.one_student import OneStudent, find_student
from grader.results.overrides import override, withdraw
from grader.results.report import Report, State, shown, shown_if_any
from grader.results.row import Row


@dataclass(frozen=True, slots=True)
class Changed:
    """Other points for a check, as they were typed; None takes back what people gave."""

    id: str
    part: str
    points: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a student asks about a check or a question, or what the staff reply."""

    id: str
    part: str
    text: str


def routes(desk: Desk, title: str) -> list[Route]:
    """The page, what it asks for, and what it sends."""

    def page(request: Request) -> Response:
        return as_html(payloads.page("checks.html.j2", title, desk.marker))

    def open_requests(request: Request) -> Response:
        with desk.open() as now:
            waiting = requests.open_requests(now.decisions)
        return as_json([{"id": each.id, "part": each.part, "text": each.text} for each in waiting])

    def student(request: Request) -> Response:
        return as_json(_student(desk.results, asked(request, "id").strip()))

    def change(given: Changed) -> Response:
        return as_json({"said": _change(desk, given)})

    def ask(given: Asked) -> Response:
        report = _report(find_student(desk.results, given.id), given.id)
        requests.ask(desk.results, report, given.id, given.part, given.text, marker=desk.marker)
        return as_json({"said": "the request is noted"})

    def reply(given: Asked) -> Response:
        report = _report(find_student(desk.results, given.id), given.id)
        requests.reply(desk.results, report, given.id, given.part, given.text, marker=desk.marker)
        desk.has_decided = True
        return as_json({"said": "the reply is stored; the student's page has it once totals are renewed"})

    return [
        showing("/checks", page),
        showing("/requests", open_requests),
        showing("/student", student),
        script("checks.js"),
        taking("/change", Changed, change),
        taking("/ask", Asked, ask),
        taking("/reply", Asked, reply),
    ]


def _change(desk: Desk, given: Changed) -> str:
    """Give a check other points, or take them back; says what they replace. Raises `UsageError`."""
    found = find_student(desk.results, given.id)
    if not given.text.strip():
        raise UsageError("say why; the student reads it, too")
    if given.points is None:
        before = withdraw(desk.results, given.id, given.part, reason=given.text, marker=desk.marker)
    else:
        report = _report(found, given.id)
        if found.rows[0].state is not State.GRADED:
            raise UsageError(f"{given.id} has no points that count ({found.rows[0].state}); grade it first")
        marker, graded = desk.marker, Graded.of(report)
        before = override(desk.results, graded, given.id, given.part, given.points, reason=given.text, marker=marker)
    desk.has_decided = True
    return "; ".join(["stored", *map(_replaced, before)])


def _replaced(before: Override) -> str:
    return f"no longer {shown(before.points or Fraction())} by {before.marker}: {before.reason}"


def _report(found: OneStudent, id: str) -> Report:
    if found.report is None:
        raise UsageError(f"{id} has no report; grade it first")
    return found.report


def _student(results: Path, id: str) -> payloads.Json:
    """How a student stands, part by part. Raises `UsageError`."""
    found = find_student(results, id)
    report, row = found.report, found.rows[0]
    checks = by_check(report.verdicts) if report else ()
    answers = report.answers if report else ()
    total = "none" if row.points is None else f"{shown(row.points)} of {shown(row.max_points)}"
    return {
        "id": id,
        "who": " · ".join(dict.fromkeys(each.name or each.id for each in found.rows)),
        "total": "; ".join([f"total {total}", *row.remarks]),
        "parts": [
            *(_check(each, row) | _requests(found.decisions, id, each.name) for each in checks),
            *(_question(each.id, each.title, row) | _requests(found.decisions, id, each.id) for each in answers),
        ],
    }


def _check(check: CheckResult, row: Row) -> payloads.Json:
    mark = row.checks.get(check.name, Mark(None, check.max_points))
    given = replace(mark, points=check.points) if mark.points is None else mark
    return {
        "part": check.name,
        "title": check.claim or check.name,
        "isCheck": True,
        "state": f"{check.look.word}{', hidden' if check.hidden else ''}",
        "points": f"{shown_if_any(given.points)} of {shown(given.max_points)}",
        "messages": [each.first.message for each in check.findings if each.first.message][:3],
        "byHand": _by_hand(given),
    }


def _question(name: str, title: str, row: Row) -> payloads.Json:
    mark = row.questions.get(name)
    return {
        "part": name,
        "title": title,
        "isCheck": False,
        "state": "written answer",
        "points": f"{shown_if_any(mark.points) or '–'} of {shown(mark.max_points)}" if mark else "not scored yet",
        "messages": [mark.comment] if mark and mark.comment else [],
        "byHand": "",
    }


def _by_hand(mark: Mark) -> str:
    """What people have given in the place of a check's points; empty where nobody has."""
    if not mark.marker:
        return ""
    lapsed = f" (these points have no effect: {mark.again})" if mark.again else ""
    return f"{mark.marker} changed the points: {mark.comment}{lapsed}"


def _requests(decisions: Decisions, id: str, part: str) -> payloads.Json:
    those = decisions.requests.get((id, part), ())
    said = [f"{'Asked' if each.open else f'{each.marker} replied'}: {each.text}" for each in those]
    return {"requests": said, "isOpen": bool(those) and those[-1].open}
