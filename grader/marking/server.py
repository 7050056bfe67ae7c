"""The server: pages, what they ask for, and what they send. It serves files of ours by name, and none by a path."""

from __future__ import annotations

import base64
from collections.abc import Callable

from pydantic.dataclasses import dataclass
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from grader.core.errors import UsageError
from grader.marking import checks_page, payloads
from grader.marking.desk import Desk, Score
from grader.marking.guard import Guard
from grader.marking.routes import as_html, as_json, asked, says, script, showing, taking
from grader.results.folder import read_class, read_shown


@dataclass(frozen=True, slots=True)
class Which:
    """An answer, and for a flag whether it is to have one."""

    question: str
    alias: str
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class ChangedItem:
    """An item of the rubric as it is to be; a new one has no key. `seen` is the version of the items."""

    question: str
    key: str
    points: str
    text: str
    seen: str


def application(desk: Desk, token: str, renew: Callable[[], str]) -> ASGIApp:
    """The whole server of one marker. `renew` works out totals and pages, and says how that went."""
    title = read_class(desk.results).title

    def page(request: Request) -> Response:
        return as_html(payloads.page("mark.html.j2", title, desk.marker))

    def style(request: Request) -> Response:
        return Response(payloads.stylesheet(), media_type="text/css")

    def questions(request: Request) -> Response:
        with desk.open() as now:
            return as_json(payloads.questions(now))

    def overview(request: Request) -> Response:
        with desk.open() as now:
            return as_json(payloads.overview(now, asked(request, "question"), second=says(request, "second")))

    def answer(request: Request) -> Response:
        question, alias, second = asked(request, "question"), asked(request, "alias"), says(request, "second")
        now, view, shown = desk.read(question, alias, second=second, ahead=says(request, "ahead"))
        return as_json(payloads.answer(now, view, desk.results, second=second) if shown else payloads.in_short(view))

    def figure(request: Request) -> Response:
        with desk.open() as now:
            entry = now.entry(asked(request, "question"), asked(request, "alias"))
        figures = dict(enumerate(read_shown(desk.results, entry.id).figures, 1))
        number = asked(request, "number")
        found = figures.get(int(number)) if number.isdecimal() and len(number) < 4 else None
        if found is None:
            raise UsageError("there is no such figure; load the page again")
        return Response(base64.b64decode(found.png), media_type="image/png")

    def comments(request: Request) -> Response:
        with desk.open() as now:
            return as_json(now.comments(asked(request, "question"), second=says(request, "second")))

    def agreements(request: Request) -> Response:
        with desk.open() as now:
            return as_json(payloads.agreements(now))

    def find(request: Request) -> Response:
        with desk.open() as now:
            return as_json(payloads.find(now, asked(request, "question"), asked(request, "text")))

    def score(given: Score) -> Response:
        conflicts = desk.save(given)
        with desk.open() as now:
            if conflicts:
                both = [
                    {"why": each.why, "answer": payloads.answer(now, each.view, desk.results, second=given.second)}
                    for each in conflicts
                ]
                return as_json({"conflicts": both}, 409)
            views = [now.view(now.entry(given.question, alias), second=given.second) for alias in given.seen]
            return as_json([payloads.in_short(each) for each in views])

    def flag(given: Which) -> Response:
        desk.flag(given.question, given.alias, given.flagged)
        return as_json({})

    def unmask(given: Which) -> Response:
        return as_json({"who": desk.unmask(given.question, given.alias)})

    def item(given: ChangedItem) -> Response:
        return as_json({"scored": desk.change(given.question, given.key, given.points, given.text, given.seen)})

    def renewed(given: dict[str, str]) -> Response:
        return as_json({"said": renew()})

    shown = {
        "/": page, "/mark.css": style, "/questions": questions, "/overview": overview, "/answer": answer,
        "/figure": figure, "/comments": comments, "/find": find, "/agreements": agreements,
    }  # fmt: skip
    routes = [showing(path, each) for path, each in shown.items()]
    routes += [
        Route("/favicon.ico", lambda _: Response(status_code=204)),
        script("page.js"),
        script("mark.js"),
        taking("/score", Score, score),
        taking("/flag", Which, flag),
        taking("/unmask", Which, unmask),
        taking("/item", ChangedItem, item),
        taking("/renew", dict[str, str], renewed),
        *checks_page.routes(desk, title),
    ]
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    return Guard(app, token)
