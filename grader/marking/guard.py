"""Who may speak to the server: a browser on this machine that has been given the address with its token, and its page.

Other people's pages in the same browser can send requests here too, and a name of theirs can lead here (DNS rebinding).
So every request names this machine as its host, and comes with a cookie that their pages cannot send or read; what
changes anything also comes from our own origin. Whatever is not as expected is refused before any of it is looked at.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Any port: `ssh -L` may give another one at the browser's end.
OUR_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?")
HEADERS = {
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Guard:
    """Lets through to `app` what comes with the `token`, which `/?token=...` changes into a cookie."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token
        self._cookie = f"grader-{secrets.token_hex(4)}"  # cookies are of a host, whatever its port: one for each server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI asks for it."""
        if scope["type"] != "http":
            raise ValueError(f"nothing here speaks {scope['type']}")  # the server is started without

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._answer(scope)(scope, receive, send_guarded)

    def _answer(self, scope: Scope) -> ASGIApp:
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        host = _only(headers, "host")
        if not host or not OUR_HOST.fullmatch(host):
            return PlainTextResponse("not this host", 421)
        own = f"http://{host}"
        origins = [value for name, value in headers if name == "origin"]
        if any(each != own for each in origins) or (scope["method"] not in ("GET", "HEAD") and origins != [own]):
            return PlainTextResponse("not from this page", 403)
        if scope["path"] == "/" and scope["query_string"]:
            return self._take_token(scope["query_string"])
        if not self._is_known(value for name, value in headers if name == "cookie"):
            return PlainTextResponse("open the address that `grader mark` has printed", 403)
        return self._app

    def _take_token(self, query: bytes) -> ASGIApp:
        given = parse_qs(query.decode("latin-1")).get("token", [""])
        if not all(secrets.compare_digest(each.encode(), self._token.encode()) for each in given):
            return PlainTextResponse("not the token of this server; open the address that it has printed", 403)
        response = RedirectResponse("/", 303)
        response.set_cookie(self._cookie, self._token, httponly=True, samesite="strict", path="/")
        return response

    def _is_known(self, cookies: Iterable[str]) -> bool:
        for each in cookies:
            try:
                found = SimpleCookie(each).get(self._cookie)
            except CookieError:
                continue
            if found and secrets.compare_digest(found.value.encode(), self._token.encode()):
                return True
        return False


def _only(headers: list[tuple[str, str]], wanted: str) -> str:
    """The value of a header that is there once; empty otherwise."""
    found = [value for name, value in headers if name == wanted]
    return found[0] if len(found) == 1 else ""
