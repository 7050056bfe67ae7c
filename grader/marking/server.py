"""The server: a page, what it asks for, and what it sends. It serves two files of ours, and none by a path."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from grader.core.errors import UsageError
from grader.core.text import visible
from grader.marking import payloads
from grader.marking.desk import Desk, Score
from grader.marking.guard import Guard
from grader.results.folder import read_class, read_shown

BODY_LIMIT = 1_000_000  # bytes
SCRIPT = Path(__file__).with_name("static") / "mark.js"
T = TypeVar("T")
Handler: TypeAlias = Callable[[Request], Response]


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
        return Response(payloads.page(title, desk.marker).encode(errors="replace"), media_type="text/html")

    def style(request: Request) -> Response:
        return Response(payloads.stylesheet(), media_type="text/css")

    def script(request: Request) -> Response:
        return Response(SCRIPT.read_bytes(), media_type="text/javascript")

    def questions(request: Request) -> Response:
        with desk.open() as now:
            return _json(payloads.questions(now))

    def overview(request: Request) -> Response:
        with desk.open() as now:
            return _json(payloads.overview(now, _asked(request, "question")))

    def answer(request: Request) -> Response:
        with desk.open() as now:
            view = now.view(now.entry(_asked(request, "question"), _asked(request, "alias")))
        return _json(payloads.answer(now, view, desk.results))

    def figure(request: Request) -> Response:
        with desk.open() as now:
            entry = now.entry(_asked(request, "question"), _asked(request, "alias"))
        figures = dict(enumerate(read_shown(desk.results, entry.id).figures, 1))
        number = _asked(request, "number")
        found = figures.get(int(number)) if number.isdecimal() and len(number) < 4 else None
        if found is None:
            raise UsageError("there is no such figure; load the page again")
        return Response(base64.b64decode(found.png), media_type="image/png")

    def comments(request: Request) -> Response:
        with desk.open() as now:
            return _json(now.comments(_asked(request, "question")))

    def find(request: Request) -> Response:
        with desk.open() as now:
            return _json(payloads.find(now, _asked(request, "question"), _asked(request, "text")))

    def score(given: Score) -> Response:
        conflicts = desk.save(given)
        with desk.open() as now:
            if conflicts:
                both = [
                    {"why": each.why, "answer": payloads.answer(now, each.view, desk.results)} for each in conflicts
                ]
                return _json({"conflicts": both}, 409)
            views = [now.view(now.entry(given.question, alias)) for alias in given.seen]
            return _json([payloads.in_short(each) for each in views])

    def flag(given: Which) -> Response:
        desk.flag(given.question, given.alias, given.flagged)
        return _json({})

    def unmask(given: Which) -> Response:
        return _json({"who": desk.unmask(given.question, given.alias)})

    def item(given: ChangedItem) -> Response:
        return _json({"scored": desk.change(given.question, given.key, given.points, given.text, given.seen)})

    def renewed(given: dict[str, str]) -> Response:
        return _json({"said": renew()})

    shown = {
        "/": page, "/mark.css": style, "/mark.js": script, "/questions": questions, "/overview": overview,
        "/answer": answer, "/figure": figure, "/comments": comments, "/find": find,
    }  # fmt: skip
    routes = [Route(path, _told(each)) for path, each in shown.items()]
    routes += [
        Route("/favicon.ico", lambda _: Response(status_code=204)),
        _taking("/score", Score, score),
        _taking("/flag", Which, flag),
        _taking("/unmask", Which, unmask),
        _taking("/item", ChangedItem, item),
        _taking("/renew", dict[str, str], renewed),
    ]
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    return Guard(app, token)


def _taking(path: str, kind: type[T], handler: Callable[[T], Response]) -> Route:
    """A route that takes JSON of this kind."""
    adapter = TypeAdapter(kind)

    async def taken(request: Request) -> Response:
        content = b""
        async for piece in request.stream():
            content += piece
            if len(content) > BODY_LIMIT:
                return _problem("too much at once", 413)
        try:
            given = adapter.validate_json(content)
        except ValidationError:
            return _problem("not what this page sends; load the page again", 400)
        return await run_in_threadpool(_told(lambda _: handler(given)), request)

    return Route(path, taken, methods=["POST"])


def _told(handler: Handler) -> Handler:
    """The same, where what cannot be done is one sentence."""

    def handle(request: Request) -> Response:
        try:
            return handler(request)
        except UsageError as problem:
            return _problem(str(problem), 400)
        except OSError as problem:
            return _problem(f"{problem.filename or 'the system'}: {problem.strerror}", 500)

    return handle


def _asked(request: Request, name: str) -> str:
    return request.query_params.get(name, "")


def _json(content: object, status: int = 200) -> Response:
    """In ASCII: what students wrote may not be valid text."""
    return Response(json.dumps(content).encode(), status, media_type="application/json")


def _problem(sentence: str, status: int) -> Response:
    return _json({"problem": visible(sentence)}, status)
