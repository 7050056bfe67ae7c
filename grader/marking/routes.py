"""What all routes of the server share: JSON in and out, and one sentence where something cannot be done."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias, TypeVar

from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from grader.core.errors import UsageError
from grader.core.text import visible

BODY_LIMIT = 1_000_000  # bytes
STATIC = Path(__file__).with_name("static")
T = TypeVar("T")
Handler: TypeAlias = Callable[[Request], Response]


def showing(path: str, handler: Handler) -> Route:
    """A route that changes nothing."""
    return Route(path, _told(handler))


def script(name: str) -> Route:
    """A script of ours."""
    return Route(f"/{name}", lambda _: Response((STATIC / name).read_bytes(), media_type="text/javascript"))


def taking(path: str, kind: type[T], handler: Callable[[T], Response]) -> Route:
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


def asked(request: Request, name: str) -> str:
    """A value of the address; empty where it is not there."""
    return request.query_params.get(name, "")


def says(request: Request, name: str) -> bool:
    """Whether a value of the address is true."""
    return asked(request, name) == "true"


def as_html(page: str) -> Response:
    """A page. What students wrote may not be valid text."""
    return Response(page.encode(errors="replace"), media_type="text/html")


def as_json(content: object, status: int = 200) -> Response:
    """In ASCII, for the same reason."""
    return Response(json.dumps(content).encode(), status, media_type="application/json")


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


def _problem(sentence: str, status: int) -> Response:
    return as_json({"problem": visible(sentence)}, status)
